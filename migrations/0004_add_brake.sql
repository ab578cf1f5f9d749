-- The brake on mass changes with what it holds, and the domains of single sign-on.

-- off, a number of people, or a share: 20%.
ALTER TABLE connections ADD COLUMN brake TEXT NOT NULL DEFAULT '20%';
ALTER TABLE connections ADD COLUMN require_sso_domain INTEGER NOT NULL DEFAULT 0
    CHECK (require_sso_domain IN (0, 1));

-- What shares are shares of: kept, not counted. By triggers, so that it holds on every path.
ALTER TABLE accounts ADD COLUMN active_count INTEGER NOT NULL DEFAULT 0
    CHECK (active_count >= 0);
UPDATE accounts SET active_count =
    (SELECT count(*) FROM members m WHERE m.account = accounts.seq AND m.state = 'active');

CREATE TABLE member_returns (
    -- Since when somebody is a member again who was not for a while.
    member INTEGER PRIMARY KEY REFERENCES members (seq) ON DELETE CASCADE,
    since_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE brake_removals (
    -- How many people a connection removed in each ten seconds of the window.
    connection INTEGER NOT NULL REFERENCES connections (seq) ON DELETE CASCADE,
    meter TEXT NOT NULL CHECK (meter IN ('members', 'privileged')),
    slot INTEGER NOT NULL,
    people INTEGER NOT NULL CHECK (people > 0),
    PRIMARY KEY (connection, meter, slot)
) STRICT, WITHOUT ROWID;

CREATE TABLE held_changes (
    -- One row for each person or group whose removal was refused: its retries count up.
    seq INTEGER PRIMARY KEY,
    connection INTEGER NOT NULL REFERENCES connections (seq) ON DELETE CASCADE,
    member INTEGER REFERENCES members (seq) ON DELETE CASCADE,
    grp INTEGER REFERENCES groups (seq) ON DELETE CASCADE,
    operation TEXT NOT NULL CHECK (operation IN
        ('deactivate_user', 'delete_user', 'remove_members', 'delete_group')),
    meter TEXT NOT NULL CHECK (meter IN ('members', 'privileged')),
    -- How many would go by it.
    people INTEGER NOT NULL CHECK (people > 0),
    tries INTEGER NOT NULL DEFAULT 1 CHECK (tries > 0),
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    -- The request that tried last, as the provisioning log names it.
    request BLOB NOT NULL CHECK (length(request) = 16),
    state TEXT NOT NULL CHECK (state IN ('held', 'released', 'discarded')),
    -- Until when a released one passes.
    until_ms INTEGER,
    CHECK ((member IS NULL) <> (grp IS NULL)),
    CHECK ((state = 'released') = (until_ms IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX held_changes_by_member ON held_changes (member, connection)
    WHERE member IS NOT NULL;
CREATE UNIQUE INDEX held_changes_by_group ON held_changes (grp, connection)
    WHERE grp IS NOT NULL;
CREATE INDEX held_changes_in_order ON held_changes (connection);
CREATE INDEX held_changes_by_connection ON held_changes (connection, state, first_ms);

CREATE TRIGGER active_members_come AFTER INSERT ON members WHEN new.state = 'active'
BEGIN
    UPDATE accounts SET active_count = active_count + 1 WHERE seq = new.account;
END;
CREATE TRIGGER active_members_go AFTER DELETE ON members WHEN old.state = 'active'
BEGIN
    UPDATE accounts SET active_count = active_count - 1 WHERE seq = old.account;
END;
CREATE TRIGGER active_members_change AFTER UPDATE OF state ON members
WHEN old.state <> new.state
BEGIN
    UPDATE accounts
    SET active_count = active_count + (new.state = 'active') - (old.state = 'active')
    WHERE seq = new.account;
    -- Whoever comes back begins anew, on every path.
    INSERT INTO member_returns (member, since_ms)
    SELECT new.seq, new.modified_ms WHERE new.state = 'active'
    ON CONFLICT (member) DO UPDATE SET since_ms = excluded.since_ms;
    -- Nothing is held of somebody who is out.
    DELETE FROM held_changes WHERE member = new.seq AND new.state <> 'active';
END;

CREATE TABLE sso_connectors (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    -- In lower case.
    email_domain TEXT NOT NULL,
    enabled INTEGER NOT NULL DEFAULT 0 CHECK (enabled IN (0, 1)),
    use_fedramp_language INTEGER NOT NULL DEFAULT 0 CHECK (use_fedramp_language IN (0, 1)),
    code TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('awaiting', 'pending', 'verified')),
    -- When the verification that is pending was begun.
    begun_ms INTEGER,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL,
    UNIQUE (account, email_domain),
    CHECK (enabled = 0 OR status = 'verified'),
    CHECK ((status = 'pending') = (begun_ms IS NOT NULL))
) STRICT;
-- A domain signs in through one account.
CREATE UNIQUE INDEX sso_connectors_enabled ON sso_connectors (email_domain) WHERE enabled = 1;
