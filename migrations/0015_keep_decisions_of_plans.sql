-- What an operator decided of a plan and did not carry out, to be filled in when they open it
-- again. It changes nothing by itself, and goes with the operator's place in the account.
CREATE TABLE legacy_plan_decisions (
    operator INTEGER NOT NULL,
    account INTEGER NOT NULL,
    -- The plan's options as JSON.
    options TEXT NOT NULL CHECK (json_type(options) = 'object' AND length(options) <= 131072),
    -- What the groups were called that they name, by id: JSON.
    names TEXT NOT NULL CHECK (json_type(names) = 'object' AND length(names) <= 131072),
    kept_ms INTEGER NOT NULL,
    PRIMARY KEY (operator, account),
    FOREIGN KEY (operator, account) REFERENCES operator_members (operator, account)
        ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Names that migrations gave which were undone: asked for each group that a provider makes.
CREATE INDEX legacy_migration_groups_undone ON legacy_migration_groups (new_name COLLATE NOCASE)
    WHERE undone_ms IS NOT NULL;
