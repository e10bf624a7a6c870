-- Sessions that outlive their connections, and what waits in them. Times are microseconds since 1970.
CREATE TABLE session (
  id INTEGER PRIMARY KEY,            -- random: it names the session for ever, in ledger entries too
  fleet TEXT NOT NULL,
  principal TEXT NOT NULL,           -- a device, or "app:<application>"
  client TEXT NOT NULL,
  expiry INTEGER NOT NULL,           -- seconds from the end of the connection
  expires INTEGER,                   -- NULL: it has a connection
  sent INTEGER NOT NULL DEFAULT 0,   -- the last sequence number that was sent
  exchanges INTEGER NOT NULL DEFAULT 0,
  will BLOB,                         -- PUBLISH
  will_received INTEGER,
  will_delay INTEGER,
  will_kind INTEGER,
  will_type TEXT,
  will_privacy INTEGER,
  will_at INTEGER,                   -- NULL: not due
  UNIQUE (fleet, principal, client)
);
CREATE INDEX session_expires ON session (expires) WHERE expires IS NOT NULL;
CREATE INDEX session_will ON session (will_at) WHERE will_at IS NOT NULL;

-- Wills of connections whose sessions end with them, and whatever will is being published.
CREATE TABLE will (
  id INTEGER PRIMARY KEY,            -- random: it is in the ledger entry too
  session INTEGER NOT NULL,          -- that left it; 0: none that is kept
  fleet TEXT NOT NULL,
  principal TEXT NOT NULL,
  received INTEGER NOT NULL,
  frame BLOB NOT NULL,               -- PUBLISH
  kind INTEGER NOT NULL,
  type TEXT NOT NULL,
  privacy INTEGER NOT NULL,
  since INTEGER                      -- NULL: its connection is there; else its entry has this number or a later one, if it exists
);
CREATE INDEX will_due ON will (since) WHERE since IS NOT NULL;

CREATE TABLE subscription (
  session INTEGER NOT NULL,
  filter TEXT NOT NULL,              -- canonical
  share TEXT NOT NULL,               -- group of a shared subscription; empty: none
  alias INTEGER NOT NULL,            -- written with "d/me/"
  options INTEGER NOT NULL,          -- QoS, 4 No Local, 8 Retain As Published
  identifier INTEGER NOT NULL,       -- 0: none
  PRIMARY KEY (session, filter, share, alias)
) WITHOUT ROWID;

CREATE TABLE message (
  id INTEGER PRIMARY KEY,
  fleet TEXT NOT NULL,
  publisher TEXT NOT NULL,
  received INTEGER NOT NULL,
  expires INTEGER,
  frame BLOB NOT NULL,               -- PUBLISH
  refs INTEGER NOT NULL
);
CREATE INDEX message_expires ON message (expires) WHERE expires IS NOT NULL;

CREATE TABLE queue (
  session INTEGER NOT NULL,
  sequence INTEGER NOT NULL,
  message INTEGER NOT NULL,
  options INTEGER NOT NULL,          -- QoS, 4 retain, 8 alias, 16 released
  share TEXT NOT NULL,               -- "<group>/<filter>" through which it came; empty: none
  identifiers BLOB NOT NULL,         -- 4 bytes each
  bytes INTEGER NOT NULL,
  PRIMARY KEY (session, sequence)
) WITHOUT ROWID;
CREATE INDEX queue_message ON queue (message);
CREATE TRIGGER queue_left AFTER DELETE ON queue BEGIN
  UPDATE message SET refs = refs - 1 WHERE id = OLD.message;
  DELETE FROM message WHERE id = OLD.message AND refs <= 0;
END;

CREATE TABLE inbound (
  session INTEGER NOT NULL,
  packet INTEGER NOT NULL,
  exchange INTEGER NOT NULL,
  since INTEGER,                     -- NULL: settled; else its entry has this number or a later one, if it exists
  received INTEGER,
  frame BLOB,                        -- PUBLISH, until it is settled
  PRIMARY KEY (session, packet)
) WITHOUT ROWID;
CREATE INDEX inbound_unsettled ON inbound (session) WHERE since IS NOT NULL;

CREATE TABLE retained (
  fleet TEXT NOT NULL,
  topic TEXT NOT NULL,
  publisher TEXT NOT NULL,
  received INTEGER NOT NULL,
  frame BLOB NOT NULL,
  PRIMARY KEY (fleet, topic)
) WITHOUT ROWID;
