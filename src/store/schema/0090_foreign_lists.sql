-- Revocation lists of other CAs (fleet/ways_in).

CREATE TABLE foreign_list (
  fleet       TEXT NOT NULL,
  authority   TEXT NOT NULL,  -- which CA: fleet/ways_in/lists.h
  number      TEXT NOT NULL,  -- lower-case hex
  next_update BIGINT NOT NULL,
  when_stale  TEXT NOT NULL,  -- 'refuse', 'accept'
  PRIMARY KEY (fleet, authority)
);

CREATE TABLE foreign_revoked (
  fleet     TEXT NOT NULL,
  authority TEXT NOT NULL,
  serial    TEXT NOT NULL,  -- the CA's, lower-case hex
  PRIMARY KEY (fleet, authority, serial)
);
