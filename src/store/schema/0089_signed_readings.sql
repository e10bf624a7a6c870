-- Signed readings (fleet/signed): the keys that sign, and how far the numbers of each have come.

ALTER TABLE identity ADD COLUMN spki TEXT NOT NULL DEFAULT '';  -- hex of the public key (DER); '': not known

CREATE TABLE signed_mark (
  fleet      TEXT NOT NULL,
  device     TEXT NOT NULL,
  key_id     TEXT NOT NULL,    -- hex, as the device names its key
  boot_count BIGINT NOT NULL,
  number     BIGINT NOT NULL,
  remembered TEXT NOT NULL,    -- the beginnings of the last messages' SHA-256, 16 hex digits each, oldest first
  PRIMARY KEY (fleet, device, key_id)
);

-- The keys of identities that were issued before are in their entries: read them again.
DELETE FROM reader_cursor WHERE reader = 'registry';
