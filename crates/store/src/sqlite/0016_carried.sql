-- Nobody speaks as this identity any more: whoever had it went on elsewhere.
ALTER TABLE identities ADD COLUMN closed_at INTEGER;
