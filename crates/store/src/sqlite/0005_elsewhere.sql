-- A session may be served in the platform's own client: by this member; empty: in its pool.
ALTER TABLE sessions ADD COLUMN elsewhere TEXT;
