-- Names that migrations gave, folded as the names of groups are: those of undone ones are asked for
-- each group that a provider makes, in any letter case and however they are composed.
ALTER TABLE legacy_migration_groups ADD COLUMN new_name_key TEXT NOT NULL DEFAULT '';
UPDATE legacy_migration_groups SET new_name_key = fold(new_name);
DROP INDEX legacy_migration_groups_undone;
CREATE INDEX legacy_migration_groups_undone ON legacy_migration_groups (new_name_key)
    WHERE undone_ms IS NOT NULL;

-- What migrations did to one group: asked when a provider names it, without reading every run.
CREATE INDEX legacy_migration_groups_by_group ON legacy_migration_groups (grp);
