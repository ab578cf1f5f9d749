-- Who may do what: domains, resource groups that name them, policies beside the one that
-- everybody has, and the guard of the last Super Administrator.

CREATE TABLE domains (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),
    account INTEGER NOT NULL REFERENCES accounts (seq),
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    UNIQUE (account, id),
    UNIQUE (account, name)
) STRICT;

-- Named ones have a name_key. Those made for an inline scope have a scope_key instead, by which
-- the same scope finds the same one. The built-in one has neither.
ALTER TABLE resource_groups ADD COLUMN name_key TEXT;
ALTER TABLE resource_groups ADD COLUMN scope_key TEXT
    CHECK (built_in + (name_key IS NOT NULL) + (scope_key IS NOT NULL) = 1);
CREATE UNIQUE INDEX resource_groups_by_name ON resource_groups (account, name_key)
    WHERE name_key IS NOT NULL;
CREATE UNIQUE INDEX resource_groups_by_scope ON resource_groups (account, scope_key)
    WHERE scope_key IS NOT NULL;
CREATE INDEX resource_groups_by_account ON resource_groups (account);

CREATE TABLE resource_group_domains (
    resource_group INTEGER NOT NULL REFERENCES resource_groups (seq) ON DELETE CASCADE,
    ordinal INTEGER NOT NULL,
    domain INTEGER NOT NULL REFERENCES domains (seq),
    PRIMARY KEY (resource_group, ordinal),
    UNIQUE (resource_group, domain)
) STRICT, WITHOUT ROWID;
CREATE INDEX resource_group_domains_by_domain ON resource_group_domains (domain);

-- The account's key is in the upper bits of a policy's, as it is in a member's: so one index
-- finds the policies of an account that name a role.
CREATE INDEX policy_permission_groups_by_role
    ON policy_permission_groups (policy >> 40, permission_group, policy);
CREATE INDEX policy_resource_groups_by_group ON policy_resource_groups (resource_group);
-- Most accounts deny nothing: one look tells.
CREATE INDEX policies_that_deny ON policies (account) WHERE access = 'deny';

CREATE TRIGGER policies_lie_with_their_account AFTER INSERT ON policies
WHEN NEW.seq >> 40 <> NEW.account
BEGIN
    SELECT RAISE(ABORT, 'a policy has its account in its key');
END;
CREATE TRIGGER policies_keep_their_holder
BEFORE UPDATE OF seq, account, member, grp, access ON policies
BEGIN
    SELECT RAISE(ABORT, 'a policy is replaced, not changed');
END;
CREATE TRIGGER policy_permission_groups_stay BEFORE UPDATE ON policy_permission_groups
BEGIN
    SELECT RAISE(ABORT, 'a policy is replaced, not changed');
END;
CREATE TRIGGER policy_resource_groups_stay BEFORE UPDATE ON policy_resource_groups
BEGIN
    SELECT RAISE(ABORT, 'a policy is replaced, not changed');
END;
CREATE TRIGGER group_members_stay BEFORE UPDATE OF grp, member ON group_members
BEGIN
    SELECT RAISE(ABORT, 'who is in a group comes and goes, and is not exchanged');
END;
CREATE TRIGGER resource_groups_keep_their_kind
BEFORE UPDATE OF seq, id, account, built_in, scope_key ON resource_groups
BEGIN
    SELECT RAISE(ABORT, 'a resource group keeps its kind and its account');
END;
CREATE TRIGGER whole_accounts_stay BEFORE DELETE ON resource_groups WHEN OLD.built_in = 1
BEGIN
    SELECT RAISE(ABORT, 'every account has its built-in resource group');
END;

-- What nobody named goes with the last policy that needed it.
CREATE TRIGGER resource_groups_go_unused AFTER DELETE ON policy_resource_groups
BEGIN
    DELETE FROM resource_groups
    WHERE seq = OLD.resource_group AND scope_key IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM policy_resource_groups x
                      WHERE x.resource_group = OLD.resource_group);
END;

-- What denies what to whom: by a member's own policies, and by those of their groups.
CREATE VIEW denials_of_members AS
SELECT p.member, x.permission_group, y.resource_group
FROM policies p CROSS JOIN policy_permission_groups x ON x.policy = p.seq
CROSS JOIN policy_resource_groups y ON y.policy = p.seq
WHERE p.access = 'deny' AND p.member IS NOT NULL;
CREATE VIEW denials_of_groups AS
SELECT v.member, x.permission_group, y.resource_group
FROM group_members v CROSS JOIN policies p ON p.grp = v.grp
CROSS JOIN policy_permission_groups x ON x.policy = p.seq
CROSS JOIN policy_resource_groups y ON y.policy = p.seq
WHERE p.access = 'deny';

-- The roles of which something is left after all denials, for lists and filters of people: the
-- same as domain::effective finds. While nothing of the account denies, one look tells so. The
-- role that nearly everybody has is a flag and not here.
CREATE VIEW roles_of_members AS
SELECT p.member, x.permission_group
FROM policies p CROSS JOIN policy_permission_groups x ON x.policy = p.seq
WHERE p.access = 'allow' AND p.member IS NOT NULL
  AND (NOT EXISTS (SELECT 1 FROM policies z WHERE z.account = p.account AND z.access = 'deny')
       OR EXISTS (SELECT 1 FROM policy_resource_groups y
                  JOIN resource_groups q ON q.seq = y.resource_group
                  WHERE y.policy = p.seq
                    AND NOT EXISTS (SELECT 1 FROM denials_of_members d JOIN resource_groups t ON t.seq = d.resource_group
                              WHERE d.member = p.member AND d.permission_group = x.permission_group
                                AND t.built_in = 1)
                    AND NOT EXISTS (SELECT 1 FROM denials_of_groups d JOIN resource_groups t ON t.seq = d.resource_group
                              WHERE d.member = p.member AND d.permission_group = x.permission_group
                                AND t.built_in = 1)
                    AND (q.built_in = 1
                         OR EXISTS (SELECT 1 FROM resource_group_domains e
                                    WHERE e.resource_group = q.seq
                                      AND NOT EXISTS (SELECT 1 FROM denials_of_members d
                                            JOIN resource_group_domains f
                                                ON f.resource_group = d.resource_group
                                            WHERE d.member = p.member AND f.domain = e.domain
                                              AND d.permission_group = x.permission_group)
                                      AND NOT EXISTS (SELECT 1 FROM denials_of_groups d
                                            JOIN resource_group_domains f
                                                ON f.resource_group = d.resource_group
                                            WHERE d.member = p.member AND f.domain = e.domain
                                              AND d.permission_group = x.permission_group)))));
CREATE VIEW roles_of_groups AS
SELECT v.member, x.permission_group
FROM group_members v CROSS JOIN policies p ON p.grp = v.grp
CROSS JOIN policy_permission_groups x ON x.policy = p.seq
WHERE p.access = 'allow'
  AND (NOT EXISTS (SELECT 1 FROM policies z WHERE z.account = p.account AND z.access = 'deny')
       OR EXISTS (SELECT 1 FROM policy_resource_groups y
                  JOIN resource_groups q ON q.seq = y.resource_group
                  WHERE y.policy = p.seq
                    AND NOT EXISTS (SELECT 1 FROM denials_of_members d JOIN resource_groups t ON t.seq = d.resource_group
                              WHERE d.member = v.member AND d.permission_group = x.permission_group
                                AND t.built_in = 1)
                    AND NOT EXISTS (SELECT 1 FROM denials_of_groups d JOIN resource_groups t ON t.seq = d.resource_group
                              WHERE d.member = v.member AND d.permission_group = x.permission_group
                                AND t.built_in = 1)
                    AND (q.built_in = 1
                         OR EXISTS (SELECT 1 FROM resource_group_domains e
                                    WHERE e.resource_group = q.seq
                                      AND NOT EXISTS (SELECT 1 FROM denials_of_members d
                                            JOIN resource_group_domains f
                                                ON f.resource_group = d.resource_group
                                            WHERE d.member = v.member AND f.domain = e.domain
                                              AND d.permission_group = x.permission_group)
                                      AND NOT EXISTS (SELECT 1 FROM denials_of_groups d
                                            JOIN resource_group_domains f
                                                ON f.resource_group = d.resource_group
                                            WHERE d.member = v.member AND f.domain = e.domain
                                              AND d.permission_group = x.permission_group)))));

-- ------------------------------------------------------------------------------------------
-- The last Super Administrator. An account that has one, by a policy on the whole account that
-- reaches an active member whom no policy denies the role, never goes without. The rule is kept
-- here, whoever writes: after each row that could break it. What replaces something comes before
-- what it replaces.

CREATE TABLE administered_accounts (
    -- Those that have, or had, a Super Administrator.
    account INTEGER PRIMARY KEY REFERENCES accounts (seq)
) STRICT;
CREATE TRIGGER administered_accounts_stay BEFORE DELETE ON administered_accounts
BEGIN
    SELECT RAISE(ABORT, 'an account that had a Super Administrator keeps one');
END;
CREATE TRIGGER administered_accounts_stay_so BEFORE UPDATE ON administered_accounts
BEGIN
    SELECT RAISE(ABORT, 'an account that had a Super Administrator keeps one');
END;

CREATE VIEW super_administrator_policies AS
SELECT x.policy >> 40 AS account, x.policy, p.member, p.grp, p.access
FROM policy_permission_groups x CROSS JOIN policies p ON p.seq = x.policy
WHERE x.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb';

-- By their own policies, and by groups: two views, since a view of both could not be asked
-- about one account alone.
CREATE VIEW super_administrators_themselves AS
SELECT s.account, m.seq AS member
FROM super_administrator_policies s CROSS JOIN members m ON m.seq = s.member
WHERE s.access = 'allow' AND m.state = 'active'
  AND EXISTS (SELECT 1 FROM policy_resource_groups y JOIN resource_groups r ON r.seq = y.resource_group
              WHERE y.policy = s.policy AND r.built_in = 1)
  AND NOT EXISTS (SELECT 1 FROM super_administrator_policies d
                  WHERE d.account = +m.account AND d.access = 'deny'
                    AND (d.member = m.seq
                         OR EXISTS (SELECT 1 FROM group_members z
                                    WHERE z.grp = d.grp AND z.member = m.seq)));
CREATE VIEW super_administrators_by_groups AS
SELECT s.account, m.seq AS member
FROM super_administrator_policies s CROSS JOIN group_members x ON x.grp = s.grp
CROSS JOIN members m ON m.seq = x.member
WHERE s.access = 'allow' AND m.state = 'active'
  AND EXISTS (SELECT 1 FROM policy_resource_groups y JOIN resource_groups r ON r.seq = y.resource_group
              WHERE y.policy = s.policy AND r.built_in = 1)
  AND NOT EXISTS (SELECT 1 FROM super_administrator_policies d
                  WHERE d.account = +m.account AND d.access = 'deny'
                    AND (d.member = m.seq
                         OR EXISTS (SELECT 1 FROM group_members z
                                    WHERE z.grp = d.grp AND z.member = m.seq)));

-- A change of several steps may put the guard off to its end: while a row is here, nothing can be
-- committed, since it refers to what is never there. Its deletion is when the guard looks.
CREATE TABLE never (seq INTEGER PRIMARY KEY CHECK (0)) STRICT;
CREATE TABLE guards_put_off (
    account INTEGER PRIMARY KEY REFERENCES accounts (seq),
    until INTEGER NOT NULL DEFAULT 0 REFERENCES never (seq) DEFERRABLE INITIALLY DEFERRED
) STRICT;

-- Always empty at the end of a statement. The + takes the column's type from the comparison: SQLite
-- would not ask an index on an expression, which has none.
CREATE VIEW accounts_left_alone AS
SELECT a.account FROM administered_accounts a
WHERE NOT EXISTS (SELECT 1 FROM guards_put_off b WHERE b.account = a.account)
  AND NOT EXISTS (SELECT 1 FROM super_administrators_themselves s WHERE s.account = +a.account)
  AND NOT EXISTS (SELECT 1 FROM super_administrators_by_groups s WHERE s.account = +a.account);
CREATE VIEW accounts_newly_administered AS
SELECT a.seq AS account FROM accounts a
WHERE NOT EXISTS (SELECT 1 FROM administered_accounts b WHERE b.account = a.seq)
  AND NOT EXISTS (SELECT 1 FROM guards_put_off b WHERE b.account = a.seq)
  AND (EXISTS (SELECT 1 FROM super_administrators_themselves s WHERE s.account = +a.seq)
       OR EXISTS (SELECT 1 FROM super_administrators_by_groups s WHERE s.account = +a.seq));

INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered;

CREATE TRIGGER guard_group_members_added AFTER INSERT ON group_members
WHEN EXISTS (SELECT 1 FROM policies p CROSS JOIN policy_permission_groups x ON x.policy = p.seq
             WHERE p.grp = NEW.grp
               AND x.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb')
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = (SELECT m.account FROM members m WHERE m.seq = NEW.member);
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = (SELECT m.account FROM members m WHERE m.seq = NEW.member);
END;

CREATE TRIGGER guard_group_members_removed AFTER DELETE ON group_members
WHEN EXISTS (SELECT 1 FROM policies p CROSS JOIN policy_permission_groups x ON x.policy = p.seq
             WHERE p.grp = OLD.grp
               AND x.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb')
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = (SELECT m.account FROM members m WHERE m.seq = OLD.member);
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = (SELECT m.account FROM members m WHERE m.seq = OLD.member);
END;

CREATE TRIGGER guard_member_states AFTER UPDATE OF state ON members
WHEN NEW.state <> OLD.state
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = NEW.account;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = NEW.account;
END;

CREATE TRIGGER guard_members_removed AFTER DELETE ON members
WHEN OLD.state = 'active'
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.account;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.account;
END;

CREATE TRIGGER guard_groups_removed AFTER DELETE ON groups
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.account;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.account;
END;

CREATE TRIGGER guard_policies_removed AFTER DELETE ON policies
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.account;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.account;
END;

CREATE TRIGGER guard_policy_roles_added AFTER INSERT ON policy_permission_groups
WHEN NEW.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb'
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = NEW.policy >> 40;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = NEW.policy >> 40;
END;

CREATE TRIGGER guard_policy_scopes_added AFTER INSERT ON policy_resource_groups
WHEN EXISTS (SELECT 1 FROM policy_permission_groups x
             WHERE x.policy = NEW.policy
               AND x.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb')
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = NEW.policy >> 40;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = NEW.policy >> 40;
END;

CREATE TRIGGER guard_policy_roles_removed AFTER DELETE ON policy_permission_groups
WHEN OLD.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb'
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.policy >> 40;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.policy >> 40;
END;

CREATE TRIGGER guard_policy_scopes_removed AFTER DELETE ON policy_resource_groups
WHEN EXISTS (SELECT 1 FROM policy_permission_groups x
             WHERE x.policy = OLD.policy
               AND x.permission_group = X'8e23b19e4e0d44c29d239c5688ba8cbb')
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.policy >> 40;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.policy >> 40;
END;

CREATE TRIGGER guard_no_longer_put_off AFTER DELETE ON guards_put_off
BEGIN
    SELECT RAISE(ABORT, 'last super administrator') FROM accounts_left_alone
    WHERE account = OLD.account;
    INSERT INTO administered_accounts SELECT account FROM accounts_newly_administered
    WHERE account = OLD.account;
END;
