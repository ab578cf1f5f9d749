-- Looking through members: by who manages them, by state, and by a part of what they are called.

-- Whether the address is another text than the userName. Nearly all are the same, and are found by
-- that: so a search goes through the others alone.
ALTER TABLE member_emails ADD COLUMN other INTEGER NOT NULL DEFAULT 1 CHECK (other IN (0, 1));
UPDATE member_emails SET other = 0
WHERE value_key = (SELECT m.user_name_key FROM members m WHERE m.seq = member_emails.member);
CREATE INDEX member_emails_other ON member_emails (account, value_key) WHERE other = 1;

CREATE INDEX members_by_source ON members (account, connection, state);
-- Those who were invited and have not come yet: few.
CREATE INDEX members_pending ON members (account) WHERE state = 'pending';
