-- What a revocation followed from, apart from the reason it was given (facts::RevocationCause).

ALTER TABLE identity ADD COLUMN revoked_cause TEXT;  -- successor, anchor; NULL: a decision about this identity

-- Until now the reason alone said so. Without an identity that came after it, it was an operator who gave that reason.
UPDATE identity SET revoked_cause = 'successor'
WHERE revoked_why = 'superseded' AND EXISTS (
  SELECT 1 FROM identity AS next
  WHERE next.fleet = identity.fleet AND next.device = identity.device AND next.entry > identity.entry);
