-- Which entries decided what a holder (facts/holder.h) may do, so that it can be said why, and for any moment of the
-- past (fleet/hindsight). Reports and sessions are not in it.

CREATE TABLE decision (
  fleet  TEXT NOT NULL,
  holder TEXT NOT NULL,  -- empty: of the fleet as a whole
  entry  BIGINT NOT NULL,
  PRIMARY KEY (fleet, holder, entry)
);

-- The registry reads the ledger once more, from its beginning, and fills it.
DELETE FROM reader_cursor WHERE reader = 'registry';
