-- Which issuing CA signed an identity, and so which revocation list it belongs to (fleet/revocation.h).

ALTER TABLE identity ADD COLUMN issuer TEXT NOT NULL DEFAULT '';  -- hex of the CA's key identifier; '': the first one
