-- When each value of a token was last used: after a roll with an overlap it tells whether the old one
-- or the new one is sent, of which the token's own last use says nothing.
ALTER TABLE token_secrets ADD COLUMN used_ms INTEGER;
