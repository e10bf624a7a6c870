-- Applications: backend services with certificates of their own (fleet/grants.h).

CREATE TABLE application (
  fleet   TEXT NOT NULL,
  id      TEXT NOT NULL,
  label   TEXT,
  added   BIGINT NOT NULL,
  removed BIGINT,
  session TEXT,  -- id of the newest open session; NULL: offline
  PRIMARY KEY (fleet, id)
);

CREATE TABLE application_grant (
  fleet       TEXT NOT NULL,
  application TEXT NOT NULL,
  action      TEXT NOT NULL,  -- 'publish', 'subscribe'
  filter      TEXT NOT NULL,
  since       BIGINT NOT NULL,
  entry       BIGINT NOT NULL,  -- the application.granted entry
  PRIMARY KEY (fleet, application, action, filter)
);

-- Whoever can hold codes, identities and sessions, by the name facts/holder.h gives.
CREATE VIEW holder AS
  SELECT fleet, id FROM device
  UNION ALL
  SELECT fleet, 'app:' || id AS id FROM application;
