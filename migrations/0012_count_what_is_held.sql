-- What the brake held is counted apart from what was refused, and when a request last went well apart
-- from when one last came. What a change asked for that was refused stands in its row.
ALTER TABLE connection_activity ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE connection_activity ADD COLUMN last_good_ms INTEGER NOT NULL DEFAULT 0;
-- Of the hours before, as far as it is known; where it is not, nothing is said to have gone wrong.
UPDATE connection_activity
SET last_good_ms = iif(refused + failed = 0 OR reads > 0, last_request_ms, last_write_ms);
UPDATE connection_activity SET held = min(refused, brake.n), refused = refused - min(refused, brake.n)
FROM (SELECT connection, at_ms / 3600000 AS hour, count(*) AS n FROM provisioning
      WHERE reason = 'brake' GROUP BY connection, hour) brake
WHERE brake.connection = connection_activity.connection AND brake.hour = connection_activity.hour;
ALTER TABLE provisioning ADD COLUMN asked TEXT NOT NULL DEFAULT '';
