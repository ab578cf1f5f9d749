-- Finding people by the name that is shown of them where they have no displayName: name.formatted,
-- else givenName and familyName. Folded, as a search looks for it.
ALTER TABLE members ADD COLUMN shown_name_key TEXT;
UPDATE members SET shown_name_key = shown_name_key(document)
WHERE shown_name_key(document) IS NOT NULL;
CREATE INDEX members_by_shown_name ON members (account, shown_name_key)
    WHERE shown_name_key IS NOT NULL;
