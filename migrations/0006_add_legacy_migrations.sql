-- Migrations of legacy groups that were carried out, and what undoes them.

CREATE TABLE legacy_migrations (
    seq INTEGER PRIMARY KEY,
    -- The plan's.
    id BLOB NOT NULL CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    state TEXT NOT NULL CHECK (state IN ('converted', 'undone', 'closed')),
    converted_ms INTEGER NOT NULL,
    undone_ms INTEGER,
    closed_ms INTEGER,
    backup TEXT NOT NULL,
    -- The last row of the provisioning log then: what comes later, providers sent since.
    provisioned INTEGER NOT NULL,
    -- The document, as it was carried out.
    plan TEXT NOT NULL CHECK (json_type(plan) = 'object'),
    UNIQUE (account, id),
    CHECK ((state = 'undone') = (undone_ms IS NOT NULL)),
    CHECK ((state = 'closed') = (closed_ms IS NOT NULL))
) STRICT;

CREATE TABLE legacy_migration_groups (
    migration INTEGER NOT NULL REFERENCES legacy_migrations (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    -- No reference: the group may be deleted since, which undoing it then says.
    grp INTEGER NOT NULL,
    group_id BLOB NOT NULL CHECK (length(group_id) = 16),
    scim_id TEXT NOT NULL,
    old_name TEXT NOT NULL,
    new_name TEXT NOT NULL,
    -- What groups.legacy was.
    legacy BLOB CHECK (legacy IS NULL OR length(legacy) = 16),
    -- Whether the migration made the group, from a file.
    made INTEGER NOT NULL CHECK (made IN (0, 1)),
    -- Its policies, as JSON: as they were, and as the migration left them.
    policies_before TEXT NOT NULL CHECK (json_type(policies_before) = 'array'),
    policies_after TEXT NOT NULL CHECK (json_type(policies_after) = 'array'),
    undone_ms INTEGER,
    PRIMARY KEY (migration, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE legacy_migration_people (
    -- Those whom the migration made, from a file.
    migration INTEGER NOT NULL REFERENCES legacy_migrations (seq) ON DELETE CASCADE,
    member BLOB NOT NULL CHECK (length(member) = 16),
    PRIMARY KEY (migration, member)
) STRICT, WITHOUT ROWID;
