-- Looking at a migration that was carried out, without reading everybody who was in it.

-- The plan without its people and what they may do.
ALTER TABLE legacy_migrations ADD COLUMN outline TEXT NOT NULL DEFAULT '{}';
UPDATE legacy_migrations
SET outline = json_set(plan, '$.people', json('[]'), '$.access', json('{"roles":[],"sets":[]}'));

-- What was refused of groups: few rows of a log that is mostly about people, and mostly of success.
CREATE INDEX provisioning_refused_groups ON provisioning (account)
    WHERE target_kind = 'Group' AND outcome IN ('refused', 'failed');
