-- Groups whose names grant a role, CF-<account> - <Role>, and the names that groups had before
-- they were given others.

-- Off: no legacy group grants anything.
ALTER TABLE accounts ADD COLUMN legacy_mapping INTEGER NOT NULL DEFAULT 0
    CHECK (legacy_mapping IN (0, 1));
-- Whether the group of Super Administrator is offered too.
ALTER TABLE accounts ADD COLUMN legacy_super_administrator INTEGER NOT NULL DEFAULT 0
    CHECK (legacy_super_administrator IN (0, 1)
           AND legacy_super_administrator <= legacy_mapping);
-- How many of group_count are legacy groups: kept, not counted.
ALTER TABLE accounts ADD COLUMN legacy_count INTEGER NOT NULL DEFAULT 0
    CHECK (legacy_count BETWEEN 0 AND group_count);

-- The permission group of the role that the name grants; NULL: a user group.
ALTER TABLE groups ADD COLUMN legacy BLOB CHECK (legacy IS NULL OR length(legacy) = 16);
-- Whether group_old_names has rows of it, so that reading all others costs nothing.
ALTER TABLE groups ADD COLUMN has_old_names INTEGER NOT NULL DEFAULT 0
    CHECK (has_old_names IN (0, 1));
CREATE UNIQUE INDEX groups_legacy ON groups (account, legacy) WHERE legacy IS NOT NULL;

CREATE TABLE group_old_names (
    -- By what name a connection knows a group that has another one now.
    grp INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    connection INTEGER NOT NULL REFERENCES connections (seq),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    -- When the connection last wrote to the group while it knew it by that name.
    seen_ms INTEGER,
    -- When it sent another name: since then it is shown the group's own.
    renamed_ms INTEGER,
    PRIMARY KEY (grp, connection)
) STRICT, WITHOUT ROWID;
-- Whether a connection is shown any old name is one look.
CREATE INDEX group_old_names_shown ON group_old_names (connection, name_key)
    WHERE renamed_ms IS NULL;

CREATE TRIGGER legacy_groups_come AFTER INSERT ON groups WHEN NEW.legacy IS NOT NULL
BEGIN
    UPDATE accounts SET legacy_count = legacy_count + 1 WHERE seq = NEW.account;
END;
CREATE TRIGGER legacy_groups_go BEFORE DELETE ON groups WHEN OLD.legacy IS NOT NULL
BEGIN
    UPDATE accounts SET legacy_count = legacy_count - 1 WHERE seq = OLD.account;
END;
CREATE TRIGGER legacy_groups_change AFTER UPDATE OF legacy ON groups
WHEN (OLD.legacy IS NULL) <> (NEW.legacy IS NULL)
BEGIN
    UPDATE accounts
    SET legacy_count = legacy_count + (NEW.legacy IS NOT NULL) - (OLD.legacy IS NOT NULL)
    WHERE seq = NEW.account;
END;
-- The role is what the name says.
CREATE TRIGGER legacy_groups_keep_their_role BEFORE UPDATE OF legacy ON groups
WHEN OLD.legacy IS NOT NULL AND NEW.legacy IS NOT NULL AND OLD.legacy <> NEW.legacy
BEGIN
    SELECT RAISE(ABORT, 'a legacy group keeps its role');
END;

CREATE TRIGGER group_old_names_come AFTER INSERT ON group_old_names
BEGIN
    UPDATE groups SET has_old_names = 1 WHERE seq = NEW.grp AND has_old_names = 0;
END;
CREATE TRIGGER group_old_names_go AFTER DELETE ON group_old_names
BEGIN
    UPDATE groups SET has_old_names = 0
    WHERE seq = OLD.grp AND NOT EXISTS (SELECT 1 FROM group_old_names x WHERE x.grp = OLD.grp);
END;
CREATE TRIGGER group_old_names_stay BEFORE UPDATE OF grp, connection ON group_old_names
BEGIN
    SELECT RAISE(ABORT, 'an old name is of one group and one connection');
END;
