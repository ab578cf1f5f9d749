-- Roles of an account's own, and which built-in ones it leaves out of its lists. Built-in roles
-- are not in the database: they come with the program.

CREATE TABLE custom_roles (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    permission_group BLOB NOT NULL UNIQUE CHECK (length(permission_group) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('account', 'domains')),
    -- A JSON array of resource:action texts, in the order they were given.
    permissions TEXT NOT NULL CHECK (json_type(permissions) = 'array'),
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account, name_key)
) STRICT;

CREATE TABLE hidden_roles (
    account INTEGER NOT NULL REFERENCES accounts (seq),
    permission_group BLOB NOT NULL CHECK (length(permission_group) = 16),
    PRIMARY KEY (account, permission_group)
) STRICT, WITHOUT ROWID;

-- Policies name roles by these.
CREATE TRIGGER custom_roles_keep_their_ids
BEFORE UPDATE OF id, permission_group, account ON custom_roles
BEGIN
    SELECT RAISE(ABORT, 'a role keeps its ids and its account');
END;

-- Whoever asks: a policy must not name what is not there.
CREATE TRIGGER custom_roles_in_use_stay BEFORE DELETE ON custom_roles
WHEN EXISTS (SELECT 1 FROM policy_permission_groups x
             WHERE x.permission_group = OLD.permission_group)
BEGIN
    SELECT RAISE(ABORT, 'a policy names this role');
END;
