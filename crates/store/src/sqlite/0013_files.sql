-- A file that no message names is removed after a day. Those of before are kept.
ALTER TABLE media ADD COLUMN named INTEGER NOT NULL DEFAULT 1;
CREATE INDEX media_unnamed ON media (created_at) WHERE named = 0;
DROP INDEX media_hash;
CREATE INDEX media_hash ON media (hash);
-- Who somebody is at any door of the brand.
CREATE INDEX identities_who ON identities (brand, kind, value);
-- Facts that the brand signed, as JSON: what a page tells does not overrule them.
ALTER TABLE customers ADD COLUMN signed TEXT NOT NULL DEFAULT '{}';
