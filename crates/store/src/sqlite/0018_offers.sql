-- What targets and agents offered of late, and who added of late, is counted from these alone.
DROP INDEX handoffs_offered;
CREATE INDEX handoffs_offered ON handoffs (brand, offered_at, kind, target, agent, status, seen_at, opened_at, done_at);
CREATE INDEX handoffs_added ON handoffs (brand, done_at, kind, target, offered_at) WHERE status = 4;
