-- How far the connections that push to a group were when its migration was closed, as JSON: the
-- names by which they knew it, which told that, have ended. Nothing where it was closed before.
ALTER TABLE legacy_migration_groups ADD COLUMN at_close TEXT NOT NULL DEFAULT '[]'
    CHECK (json_type(at_close) = 'array');
