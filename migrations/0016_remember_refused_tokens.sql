-- When a token was last refused though its secret was the right one: why, from where, and how
-- often since it was first refused so. Wrong secrets belong to no token and leave nothing here.
ALTER TABLE tokens ADD COLUMN refused_ms INTEGER;
ALTER TABLE tokens ADD COLUMN refused_since_ms INTEGER;
ALTER TABLE tokens ADD COLUMN refused_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tokens ADD COLUMN refused_why TEXT;
ALTER TABLE tokens ADD COLUMN refused_address TEXT;
