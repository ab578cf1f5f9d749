-- Operators: who signs in to the console, with what, and where they work.

CREATE TABLE operators (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    -- Accounts, operators, TLS and backups are theirs.
    box_administrator INTEGER NOT NULL CHECK (box_administrator IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    -- argon2id over an HMAC of the password (PHC text); none until they chose one. A passkey and
    -- an identity at a provider will be rows of tables of their own, beside the recovery codes.
    password TEXT,
    -- Sealed under a key that is not in the database. Pending: not yet confirmed by a code.
    totp BLOB,
    totp_pending BLOB,
    -- The time step of the last code that was taken: none is taken twice.
    totp_step INTEGER NOT NULL DEFAULT 0,
    theme TEXT NOT NULL DEFAULT 'system' CHECK (theme IN ('system', 'light', 'dark')),
    zone TEXT NOT NULL DEFAULT 'UTC',
    shortcuts INTEGER NOT NULL DEFAULT 1 CHECK (shortcuts IN (0, 1)),
    signed_in_ms INTEGER,
    created_ms INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE operator_members (
    -- What an operator may do in an account follows from the roles of this member.
    operator INTEGER NOT NULL REFERENCES operators (seq) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES accounts (seq),
    member INTEGER NOT NULL UNIQUE REFERENCES members (seq) ON DELETE CASCADE,
    PRIMARY KEY (operator, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE recovery_codes (
    operator INTEGER NOT NULL REFERENCES operators (seq) ON DELETE CASCADE,
    -- HMAC-SHA-256 under a key that is not in the database. A used one is gone.
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (operator, hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE operator_networks (
    -- Where the operator has signed in from: nobody's guesses elsewhere keep them out there.
    operator INTEGER NOT NULL REFERENCES operators (seq) ON DELETE CASCADE,
    network TEXT NOT NULL,
    last_ms INTEGER NOT NULL,
    PRIMARY KEY (operator, network)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    -- HMAC-SHA-256 of the cookie's value under a key that is not in the database.
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    operator INTEGER NOT NULL REFERENCES operators (seq) ON DELETE CASCADE,
    created_ms INTEGER NOT NULL,
    -- To the minute.
    seen_ms INTEGER NOT NULL,
    -- When the password was given last: dangerous actions ask for it again.
    confirmed_ms INTEGER NOT NULL,
    address TEXT,
    agent TEXT NOT NULL
) STRICT;
CREATE INDEX sessions_by_operator ON sessions (operator);

CREATE TABLE setup_links (
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
    -- Nobody: the first operator is made with it. Else whose password it lets choose anew.
    operator INTEGER REFERENCES operators (seq) ON DELETE CASCADE,
    -- The browser that opened it first, by the hash of its cookie.
    browser BLOB CHECK (length(browser) = 32),
    expires_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE setup (
    -- One row: how far the first run has come. Passed steps need not be done.
    seq INTEGER PRIMARY KEY CHECK (seq = 1),
    account INTEGER REFERENCES accounts (seq),
    -- How clients reach this server, when no setting says it.
    public_url TEXT,
    address_passed INTEGER NOT NULL DEFAULT 0 CHECK (address_passed IN (0, 1)),
    connection INTEGER REFERENCES connections (seq),
    connect_passed INTEGER NOT NULL DEFAULT 0 CHECK (connect_passed IN (0, 1)),
    finished INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1))
) STRICT;
INSERT INTO setup (seq) VALUES (1);

-- No provider takes an operator's member over, whichever way it comes.
CREATE TRIGGER operator_members_stay_unmanaged
BEFORE UPDATE OF connection ON members
WHEN NEW.connection IS NOT NULL
    AND EXISTS (SELECT 1 FROM operator_members o WHERE o.member = NEW.seq)
BEGIN
    SELECT RAISE(ABORT, 'an operator''s member is managed by nobody');
END;
CREATE TRIGGER operator_members_are_made_by_hand
BEFORE INSERT ON operator_members
WHEN NOT EXISTS (SELECT 1 FROM members m WHERE m.seq = NEW.member
    AND m.account = NEW.account AND m.connection IS NULL)
BEGIN
    SELECT RAISE(ABORT, 'an operator''s member is made by hand, in the same account');
END;
CREATE TRIGGER operator_members_stay BEFORE UPDATE ON operator_members
BEGIN
    SELECT RAISE(ABORT, 'an operator''s link is replaced, not changed');
END;

-- Somebody who can sign in must be left to administer the box: where there was such an operator
-- before a change, there is one after it.
CREATE TRIGGER operators_keep_a_box_administrator
BEFORE UPDATE OF box_administrator, disabled ON operators
WHEN OLD.box_administrator = 1 AND OLD.disabled = 0
    AND (NEW.box_administrator = 0 OR NEW.disabled = 1)
    AND NOT EXISTS (SELECT 1 FROM operators o
        WHERE o.box_administrator = 1 AND o.disabled = 0 AND o.seq <> OLD.seq)
BEGIN
    SELECT RAISE(ABORT, 'last box administrator');
END;
CREATE TRIGGER operators_keep_the_last_box_administrator
BEFORE DELETE ON operators
WHEN OLD.box_administrator = 1 AND OLD.disabled = 0
    AND NOT EXISTS (SELECT 1 FROM operators o
        WHERE o.box_administrator = 1 AND o.disabled = 0 AND o.seq <> OLD.seq)
BEGIN
    SELECT RAISE(ABORT, 'last box administrator');
END;
