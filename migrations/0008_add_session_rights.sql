-- What the roles of a session's operator came to when its cookie was made, and what a password's
-- hash costs on this machine.

CREATE TABLE session_rights (
    -- When the roles come to something else, the session gets another cookie.
    session INTEGER NOT NULL REFERENCES sessions (seq) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES accounts (seq),
    rights TEXT NOT NULL CHECK (rights IN ('own', 'reads', 'administers', 'everything')),
    PRIMARY KEY (session, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE password_cost (
    -- One row, measured when the first server started here; none before.
    seq INTEGER PRIMARY KEY CHECK (seq = 1),
    memory_kib INTEGER NOT NULL,
    passes INTEGER NOT NULL,
    -- Milliseconds that one hash took then.
    took_ms INTEGER NOT NULL,
    measured_ms INTEGER NOT NULL
) STRICT;
