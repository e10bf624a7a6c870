-- Who has read how far (store/projection.h), and the inventory (fleet/registry.h).
-- Times are microseconds since 1970 (UTC). Names are stored as they are; hashes and serials as lower-case hex.

CREATE TABLE reader_cursor (
  reader TEXT NOT NULL,
  fleet  TEXT NOT NULL,
  next   BIGINT NOT NULL,  -- number of the next entry the reader wants
  PRIMARY KEY (reader, fleet)
);

CREATE TABLE fleet (
  id      TEXT NOT NULL PRIMARY KEY,
  title   TEXT NOT NULL,
  created BIGINT NOT NULL
);

CREATE TABLE profile (
  fleet TEXT NOT NULL,
  id    TEXT NOT NULL,
  toml  TEXT NOT NULL,
  PRIMARY KEY (fleet, id)
);

CREATE TABLE device (
  fleet           TEXT NOT NULL,
  id              TEXT NOT NULL,
  profile         TEXT NOT NULL,
  lifecycle       TEXT NOT NULL,
  lifecycle_since BIGINT NOT NULL,
  serial_number   TEXT,
  label           TEXT,
  added           BIGINT NOT NULL,
  session         TEXT,  -- id of the newest open session; NULL: offline
  PRIMARY KEY (fleet, id)
);

CREATE TABLE identity (
  fleet             TEXT NOT NULL,
  serial            TEXT NOT NULL,
  device            TEXT NOT NULL,
  spki_sha256       TEXT NOT NULL,
  issued            BIGINT NOT NULL,
  not_before        BIGINT NOT NULL,
  not_after         BIGINT NOT NULL,
  enrolment_right   TEXT NOT NULL,
  key_home          TEXT NOT NULL,
  key_home_attested INTEGER NOT NULL,
  revoked           BIGINT,
  revoked_why       TEXT,
  entry             BIGINT NOT NULL,  -- the identity.issued entry
  PRIMARY KEY (fleet, serial)
);
CREATE INDEX identity_of_device ON identity (fleet, device);

CREATE TABLE enrolment_code (
  fleet   TEXT NOT NULL,
  hash    TEXT NOT NULL,
  device  TEXT NOT NULL,
  expires BIGINT NOT NULL,
  used    INTEGER NOT NULL,
  PRIMARY KEY (fleet, hash)
);
CREATE INDEX code_of_device ON enrolment_code (fleet, device);

CREATE TABLE api_token (
  fleet      TEXT NOT NULL,
  hash       TEXT NOT NULL,
  name       TEXT NOT NULL,
  created    BIGINT NOT NULL,
  expires    BIGINT,
  revoked    BIGINT,
  created_by TEXT NOT NULL,
  PRIMARY KEY (fleet, hash)
);

-- What we believe of a device, one row a fact (fleet/inventory.h, Posture).
CREATE TABLE posture (
  fleet  TEXT NOT NULL,
  device TEXT NOT NULL,
  fact   TEXT NOT NULL,
  value  TEXT,            -- NULL: unknown
  since  BIGINT NOT NULL,
  entry  BIGINT NOT NULL,
  PRIMARY KEY (fleet, device, fact)
);
