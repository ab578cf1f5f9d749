-- The first schema: accounts, connections, tokens, members, groups, policies and the logs.
-- Times are milliseconds since 1970 (UTC); ids are the 16 bytes of a UUID. A `seq` is the
-- row's own small key, which never leaves the database.

CREATE TABLE box (
    -- One row: what belongs to the whole box.
    seq INTEGER PRIMARY KEY CHECK (seq = 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    -- Counts starts, so that the order of audit rows can be told from the clock's.
    boots INTEGER NOT NULL DEFAULT 0,
    -- The latest time this database has seen: a clock set back revives no token.
    last_seen_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE accounts (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,
    reserved_prefix TEXT NOT NULL,
    -- Totals are kept, not counted: count(*) of a million rows takes 15 ms.
    member_count INTEGER NOT NULL DEFAULT 0 CHECK (member_count >= 0),
    group_count INTEGER NOT NULL DEFAULT 0 CHECK (group_count >= 0),
    -- The keys given last, without the account's part: none is given twice.
    last_member INTEGER NOT NULL DEFAULT 0 CHECK (last_member BETWEEN 0 AND 1099511627775),
    last_group INTEGER NOT NULL DEFAULT 0 CHECK (last_group BETWEEN 0 AND 1099511627775),
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE connections (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    kind TEXT NOT NULL CHECK (kind IN ('okta', 'entra', 'authentik', 'generic')),
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    strict_upn_email INTEGER NOT NULL CHECK (strict_upn_email IN (0, 1)),
    attribute_updates TEXT NOT NULL CHECK (attribute_updates IN ('store', 'ignore')),
    adopt_existing TEXT NOT NULL CHECK (adopt_existing IN ('adopt', 'refuse')),
    paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
    built_in INTEGER NOT NULL DEFAULT 0 CHECK (built_in IN (0, 1)),
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account, name_key)
) STRICT;

CREATE TABLE connection_activity (
    -- Sums an hour: reads have no rows of their own.
    connection INTEGER NOT NULL REFERENCES connections (seq) ON DELETE CASCADE,
    hour INTEGER NOT NULL,
    reads INTEGER NOT NULL DEFAULT 0,
    writes INTEGER NOT NULL DEFAULT 0,
    refused INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    last_request_ms INTEGER NOT NULL DEFAULT 0,
    last_write_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (connection, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    -- The account's key, 40 bits further up, and a number that counts up: the people of an
    -- account lie together in the order they were made, so that a page needs no index. As long
    -- as nobody was deleted, the number is also the row's place in the list.
    seq INTEGER PRIMARY KEY CHECK (seq >> 40 = account),
    -- A UUIDv7 whose last two bits are 0. With 1 it is the id of the membership, with 2 that of
    -- the policy in minimal_access.
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'inactive')),
    -- Whether the person has, as their own policy, the role that everybody gets: too many to
    -- have rows of their own.
    minimal_access INTEGER NOT NULL DEFAULT 0 CHECK (minimal_access IN (0, 1)),
    -- These save look-ups where there is nothing to be found. 0: no rows in policies.
    has_policies INTEGER NOT NULL DEFAULT 0 CHECK (has_policies IN (0, 1)),
    -- 0: never was in a group.
    had_groups INTEGER NOT NULL DEFAULT 0 CHECK (had_groups IN (0, 1)),
    -- 0: no connection has an external id for the person but external_connection.
    more_external_ids INTEGER NOT NULL DEFAULT 0 CHECK (more_external_ids IN (0, 1)),
    -- 0: active, with that role alone, and nothing else to look up. Nearly everybody's answer is
    -- the document.
    unusual INTEGER NOT NULL GENERATED ALWAYS AS
        (has_policies OR had_groups OR more_external_ids OR NOT minimal_access OR state <> 'active')
        STORED,
    external_connection INTEGER REFERENCES connections (seq),
    external_id TEXT CHECK ((external_id IS NULL) = (external_connection IS NULL)),
    version INTEGER NOT NULL DEFAULT 1,
    connection INTEGER REFERENCES connections (seq),
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    user_name_key TEXT NOT NULL,
    display_name_key TEXT,
    -- The person as answers show them, so that a page of people is copied and not put together:
    -- all but what differs by who asks, or changes without the person (id, externalId, groups,
    -- roles, meta.location). It ends with meta, and meta with the version.
    document TEXT NOT NULL,
    UNIQUE (account, user_name_key)
) STRICT;
CREATE INDEX members_by_display_name ON members (account, display_name_key)
    WHERE display_name_key IS NOT NULL;
CREATE INDEX members_by_modified ON members (account, modified_ms);
-- Few, mostly: lists of those who are members pass over them by number.
CREATE INDEX members_inactive ON members (account) WHERE state = 'inactive';

CREATE TABLE member_emails (
    -- For finding people by: rows follow the document, which tells what to delete. That saves
    -- an index by member, and a foreign key that would need it.
    account INTEGER NOT NULL,
    value_key TEXT NOT NULL,
    member INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    kind_key TEXT,
    PRIMARY KEY (account, value_key, member, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE member_external_ids (
    -- Of all connections; the first connection's is in the member's row too.
    connection INTEGER NOT NULL REFERENCES connections (seq),
    value TEXT NOT NULL,
    member INTEGER NOT NULL,
    further INTEGER NOT NULL CHECK (further IN (0, 1)),
    PRIMARY KEY (connection, value)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX member_external_ids_further ON member_external_ids (member, connection)
    WHERE further = 1;

CREATE TABLE tombstones (
    -- Ids are never used again, by anybody.
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    kind TEXT NOT NULL CHECK (kind IN ('member', 'group')),
    deleted_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    -- As the members' seq.
    seq INTEGER PRIMARY KEY CHECK (seq >> 40 = account),
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    scim_id TEXT NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    member_count INTEGER NOT NULL DEFAULT 0 CHECK (member_count BETWEEN 0 AND 1000000),
    connection INTEGER REFERENCES connections (seq),
    -- As the members' three.
    more_external_ids INTEGER NOT NULL DEFAULT 0 CHECK (more_external_ids IN (0, 1)),
    external_connection INTEGER REFERENCES connections (seq),
    external_id TEXT CHECK ((external_id IS NULL) = (external_connection IS NULL)),
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    -- The group as answers show it, as the members' document: all but schemas, id, externalId,
    -- members and meta.location. It ends with the version.
    document TEXT NOT NULL GENERATED ALWAYS AS (
        '"displayName":' || json_quote(name) || ',"meta":{"resourceType":"Group","created":"'
        || strftime('%Y-%m-%dT%H:%M:%fZ', created_ms / 1000.0, 'unixepoch')
        || '","lastModified":"'
        || strftime('%Y-%m-%dT%H:%M:%fZ', modified_ms / 1000.0, 'unixepoch')
        || '","version":"W/\"' || version || '\""') STORED,
    UNIQUE (account, scim_id)
) STRICT;

CREATE TABLE group_names (
    -- Every name a group answers to; its own, and later those it had before.
    account INTEGER NOT NULL REFERENCES accounts (seq),
    name_key TEXT NOT NULL,
    grp INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('current', 'alias')),
    PRIMARY KEY (account, name_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX group_names_current ON group_names (grp) WHERE kind = 'current';
CREATE INDEX group_names_by_group ON group_names (grp);

CREATE TABLE group_external_ids (
    -- As the members'.
    connection INTEGER NOT NULL REFERENCES connections (seq),
    value TEXT NOT NULL,
    grp INTEGER NOT NULL,
    further INTEGER NOT NULL CHECK (further IN (0, 1)),
    PRIMARY KEY (connection, value)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX group_external_ids_further ON group_external_ids (grp, connection)
    WHERE further = 1;

CREATE TABLE group_members (
    grp INTEGER NOT NULL REFERENCES groups (seq) ON DELETE CASCADE,
    member INTEGER NOT NULL REFERENCES members (seq) ON DELETE CASCADE,
    -- The public id beside the key: a full list is eight times cheaper without the join.
    member_id BLOB NOT NULL CHECK (length(member_id) = 16),
    connection INTEGER REFERENCES connections (seq),
    added_ms INTEGER NOT NULL,
    PRIMARY KEY (grp, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_by_member ON group_members (member, grp);

CREATE TABLE resource_groups (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    name TEXT NOT NULL,
    -- The whole account, which every account has from its making on.
    built_in INTEGER NOT NULL DEFAULT 0 CHECK (built_in IN (0, 1)),
    created_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX resource_groups_built_in ON resource_groups (account) WHERE built_in = 1;

CREATE TABLE policies (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    member INTEGER REFERENCES members (seq) ON DELETE CASCADE,
    grp INTEGER REFERENCES groups (seq) ON DELETE CASCADE,
    access TEXT NOT NULL CHECK (access IN ('allow', 'deny')),
    ordinal INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    CHECK ((member IS NULL) <> (grp IS NULL))
) STRICT;
CREATE INDEX policies_by_member ON policies (member) WHERE member IS NOT NULL;
CREATE INDEX policies_by_group ON policies (grp) WHERE grp IS NOT NULL;

CREATE TABLE policy_permission_groups (
    policy INTEGER NOT NULL REFERENCES policies (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    permission_group BLOB NOT NULL CHECK (length(permission_group) = 16),
    PRIMARY KEY (policy, ordinal)
) STRICT, WITHOUT ROWID;

CREATE TABLE policy_resource_groups (
    policy INTEGER NOT NULL REFERENCES policies (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    resource_group INTEGER NOT NULL REFERENCES resource_groups (seq),
    PRIMARY KEY (policy, ordinal)
) STRICT, WITHOUT ROWID;

-- The hints in a member's row are never wrong where they say that there is nothing.
CREATE TRIGGER members_had_groups AFTER INSERT ON group_members
BEGIN
    UPDATE members SET had_groups = 1 WHERE seq = NEW.member AND had_groups = 0;
END;
CREATE TRIGGER members_have_policies AFTER INSERT ON policies WHEN NEW.member IS NOT NULL
BEGIN
    UPDATE members SET has_policies = 1 WHERE seq = NEW.member AND has_policies = 0;
END;

-- What every policy grants or denies, one row for each permission group on each resource group.
-- Rows without policy and policy_id are those of members.minimal_access; the id of that policy
-- is the member's with other last bits.
CREATE VIEW grants AS
SELECT p.account, p.member, p.grp, p.seq AS policy, p.id AS policy_id, p.access,
    p.ordinal AS policy_ordinal, g.permission_group, g.ordinal AS group_ordinal,
    r.resource_group
FROM policies p
JOIN policy_permission_groups g ON g.policy = p.seq
JOIN policy_resource_groups r ON r.policy = p.seq
UNION ALL
SELECT m.account, m.seq, NULL, NULL, NULL, 'allow', -1,
    x'124b3f784ed20e168bc6bda6be3538a4', 0, r.seq
FROM members m JOIN resource_groups r ON r.account = m.account AND r.built_in = 1
WHERE m.minimal_access = 1;

CREATE TABLE tokens (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    owner TEXT NOT NULL CHECK (owner IN ('connection', 'account', 'member')),
    connection INTEGER REFERENCES connections (seq),
    member INTEGER REFERENCES members (seq) ON DELETE CASCADE,
    name TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    not_before_ms INTEGER,
    expires_ms INTEGER,
    -- {"in":[CIDR],"not_in":[CIDR]}, or nothing.
    addresses TEXT,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    last_used_ms INTEGER,
    last_used_address TEXT,
    last_used_agent TEXT,
    CHECK ((owner = 'connection') = (connection IS NOT NULL)),
    CHECK ((owner = 'member') = (member IS NOT NULL))
) STRICT;
CREATE INDEX tokens_by_account ON tokens (account);
CREATE INDEX tokens_by_member ON tokens (member) WHERE member IS NOT NULL;

CREATE TABLE token_secrets (
    -- HMAC-SHA-256 of the token under a key that is not in the database.
    hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
    token INTEGER NOT NULL REFERENCES tokens (seq) ON DELETE CASCADE,
    hint TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    -- Set when the token was rolled: the old secret overlaps until then.
    until_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX token_secrets_by_token ON token_secrets (token);

CREATE TABLE token_policies (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    token INTEGER NOT NULL REFERENCES tokens (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    effect TEXT NOT NULL CHECK (effect IN ('allow', 'deny')),
    -- The resources map as the API shows it.
    resources TEXT NOT NULL
) STRICT;
CREATE INDEX token_policies_by_token ON token_policies (token);

CREATE TABLE token_policy_permission_groups (
    policy INTEGER NOT NULL REFERENCES token_policies (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    permission_group BLOB NOT NULL CHECK (length(permission_group) = 16),
    PRIMARY KEY (policy, ordinal)
) STRICT, WITHOUT ROWID;

-- Owner, account and kind of a token never change (T-19).
CREATE TRIGGER tokens_keep_their_owner
BEFORE UPDATE OF account, owner, connection, member ON tokens
BEGIN
    SELECT RAISE(ABORT, 'a token keeps its owner and its account');
END;

CREATE TABLE audit (
    -- Gap-free; the chain goes over seq, account, time and entry.
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),
    account INTEGER REFERENCES accounts (seq),
    at_ms INTEGER NOT NULL,
    entry TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_rows_stay_as_they_are BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
CREATE TRIGGER audit_rows_stay BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never removed');
END;

CREATE TABLE provisioning (
    seq INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES accounts (seq),
    connection INTEGER REFERENCES connections (seq),
    token BLOB,
    at_ms INTEGER NOT NULL,
    duration_us INTEGER NOT NULL,
    request BLOB NOT NULL CHECK (length(request) = 16),
    method TEXT NOT NULL,
    uri TEXT NOT NULL,
    address TEXT,
    target_kind TEXT NOT NULL,
    target_id TEXT NOT NULL,
    target_name TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('applied', 'unchanged', 'refused', 'failed')),
    status INTEGER NOT NULL,
    scim_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    -- A JSON array of short texts.
    changes TEXT NOT NULL
) STRICT;
