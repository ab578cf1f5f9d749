-- What the brake held is counted apart from what was refused, and when a request last went well apart
-- from when one last came. What a change asked for that was refused stands in its row.
ALTER TABLE connection_activity ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connection_activity ADD COLUMN last_good_ms INTEGER NOT NULL DEFAULT 0;
-- Of the hours before, as far as it is known.
UPDATE connection_activity
SET last_good_ms = iif(refused + failed = 0, last_request_ms, last_write_ms);
ALTER TABLE provisioning ADD COLUMN asked TEXT NOT NULL DEFAULT '';
