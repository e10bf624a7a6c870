-- What has been said about certificates that end (fleet/expiry/endings.h), so that it is said once.

CREATE TABLE expiry_notice (
  fleet    TEXT NOT NULL,    -- whose ledger has the entry
  serial   TEXT NOT NULL,
  within_s BIGINT NOT NULL,  -- the stage that was reached; 0: it has ended
  PRIMARY KEY (fleet, serial, within_s)
);
