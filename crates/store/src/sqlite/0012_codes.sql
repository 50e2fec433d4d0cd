-- When the code of a handoff is to be taken back at its platform, and how often that failed.
ALTER TABLE handoffs ADD COLUMN withdraw_at INTEGER;
ALTER TABLE handoffs ADD COLUMN withdraw_tries INTEGER NOT NULL DEFAULT 0;
UPDATE handoffs SET withdraw_at = CASE status WHEN 7 THEN 0 WHEN 0 THEN offered_at + 600000 ELSE expires_at + 7776000000 END
  WHERE config_id IS NOT NULL;
CREATE INDEX handoffs_withdraw ON handoffs (withdraw_at) WHERE withdraw_at IS NOT NULL;
