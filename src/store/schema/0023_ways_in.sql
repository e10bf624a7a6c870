-- Who may come in without an enrolment code (fleet/ways_in), and which identities have been used.

CREATE TABLE anchor (
  fleet          TEXT NOT NULL,
  name           TEXT NOT NULL,
  role           TEXT NOT NULL,
  certificate    TEXT NOT NULL,  -- DER as lower-case hex
  profile        TEXT,
  device_id_from TEXT,
  trusted_until  BIGINT,
  added          BIGINT NOT NULL,
  added_by       TEXT NOT NULL,
  PRIMARY KEY (fleet, name)
);

CREATE TABLE enrolment_request (
  fleet       TEXT NOT NULL,
  name        TEXT NOT NULL,
  device      TEXT NOT NULL,
  spki_sha256 TEXT NOT NULL,
  address     TEXT NOT NULL,
  requested   BIGINT NOT NULL,
  expires     BIGINT NOT NULL,
  state       TEXT NOT NULL,  -- 'pending', 'approved', 'rejected', 'used'
  decided     BIGINT,
  why         TEXT,
  decided_by  TEXT,
  PRIMARY KEY (fleet, name)
);

ALTER TABLE identity ADD COLUMN connected BIGINT;  -- when its first session began; NULL: never
