-- Readings, a row for all of a report that have the same time: a report of ten readings is one row, not ten. They are read
-- again from the ledger.

DROP TABLE reading;
DELETE FROM latest_reading;
DELETE FROM reader_cursor WHERE reader = 'history';

-- Clustered by device and time: what a query over time asks for lies together.
CREATE TABLE reading_group (
  device   INTEGER NOT NULL,
  time     BIGINT NOT NULL,   -- the device's, in microseconds
  entry    BIGINT NOT NULL,   -- the ledger entry that holds them
  early    BIGINT NOT NULL,   -- how far `time` was ahead of our clock when it came; 0: not
  personal INTEGER NOT NULL,  -- 1: goes when the subject's key is shredded
  readings INTEGER NOT NULL,  -- how many
  content  TEXT NOT NULL,     -- [series_name.id, value, …] as JSON, by id (fleet/reading_content.h)
  PRIMARY KEY (device, time, entry)
) WITHOUT ROWID;
