-- Values of tokens that a roll replaced and that have ended. They are known, so that whoever goes on
-- with one is told what became of it, and never good again, whatever the clock says. The newest few
-- of a token are kept.
ALTER TABLE token_secrets ADD COLUMN ended INTEGER NOT NULL DEFAULT 0 CHECK (ended IN (0, 1));
