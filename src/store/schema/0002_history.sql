-- Readings (fleet/history.h). Devices and names become small numbers, so that a reading takes about 30 bytes.

CREATE TABLE series_device (
  id     INTEGER PRIMARY KEY,
  fleet  TEXT NOT NULL,
  device TEXT NOT NULL,
  UNIQUE (fleet, device)
);

CREATE TABLE series_name (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  UNIQUE (name, unit)
);

-- Clustered by device and time: a report's readings go to one page, and so do those a query over time asks for.
-- (By device, name and time each of them would touch a page of its own: as many times the writing as a report has names.)
CREATE TABLE reading (
  device   INTEGER NOT NULL,
  time     BIGINT NOT NULL,   -- the device's, in microseconds
  name     INTEGER NOT NULL,
  entry    BIGINT NOT NULL,   -- the ledger entry that holds it
  early    BIGINT NOT NULL,   -- how far `time` was ahead of our clock when it came; 0: not
  number   DOUBLE PRECISION,  -- one of number, text and truth is not NULL
  text     TEXT,
  truth    INTEGER,
  personal INTEGER NOT NULL,  -- 1: goes when the subject's key is shredded
  PRIMARY KEY (device, time, name, entry)
) WITHOUT ROWID;

-- The newest reading of each name: by time, where a time ahead of our clock counts as when it came, so that a device
-- whose clock once jumped to 2099 does not show that reading for ever.
CREATE TABLE latest_reading (
  device   INTEGER NOT NULL,
  name     INTEGER NOT NULL,
  time     BIGINT NOT NULL,
  entry    BIGINT NOT NULL,
  early    BIGINT NOT NULL,
  number   DOUBLE PRECISION,
  text     TEXT,
  truth    INTEGER,
  personal INTEGER NOT NULL,
  PRIMARY KEY (device, name)
) WITHOUT ROWID;
