-- Offers that still wait for their customer, by the end of their time.
CREATE INDEX handoffs_lapse ON handoffs (expires_at) WHERE status IN (1, 2, 3);
