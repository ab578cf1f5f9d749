//! The rules on legacy groups and on old names.

/// As those of the parent module: each statement returns a text for each breach.
pub(in crate::store::check) const RULES: &[(&str, &str)] = &[
    (
        "account_legacy_count",
        "SELECT 'account ' || a.name || ' counts ' || a.legacy_count || ' legacy groups and has '
             || (SELECT count(*) FROM groups g WHERE g.account = a.seq AND g.legacy IS NOT NULL)
         FROM accounts a
         WHERE a.legacy_count
            <> (SELECT count(*) FROM groups g WHERE g.account = a.seq AND g.legacy IS NOT NULL)",
    ),
    (
        "legacy_group",
        "SELECT 'group ' || g.scim_id FROM groups g JOIN accounts a ON a.seq = g.account
         WHERE g.legacy IS NOT NULL
           AND (g.scim_id <> 'cloudflare-v1-' || lower(hex(g.legacy))
                OR built_in_role_name(g.legacy) IS NULL
                OR instr(g.name, 'CF-' || lower(hex(a.id)) || ' - ') <> 1
                OR g.has_old_names = 1)",
    ),
    (
        // One role on the whole account while it is granted, and nothing else ever.
        "legacy_group_policy",
        "SELECT 'group ' || g.scim_id FROM groups g JOIN accounts a ON a.seq = g.account
         WHERE g.legacy IS NOT NULL
           AND ((SELECT count(*) FROM policies p WHERE p.grp = g.seq)
                <> (a.legacy_mapping = 1 AND (a.legacy_super_administrator = 1
                        OR g.legacy <> x'8e23b19e4e0d44c29d239c5688ba8cbb'))
                OR EXISTS (
                    SELECT 1 FROM policies p
                    WHERE p.grp = g.seq
                      AND (p.access <> 'allow'
                           OR (SELECT group_concat(hex(x.permission_group))
                               FROM policy_permission_groups x WHERE x.policy = p.seq)
                              <> hex(g.legacy)
                           OR (SELECT group_concat(r.built_in) FROM policy_resource_groups y
                               JOIN resource_groups r ON r.seq = y.resource_group
                               WHERE y.policy = p.seq) <> '1')))",
    ),
    (
        "group_has_old_names",
        "SELECT 'group ' || g.scim_id FROM groups g
         WHERE g.has_old_names
            <> EXISTS (SELECT 1 FROM group_old_names o WHERE o.grp = g.seq)",
    ),
    (
        "group_old_name",
        "SELECT 'group ' || g.scim_id || ' as ' || o.name
         FROM group_old_names o JOIN groups g ON g.seq = o.grp
         JOIN connections c ON c.seq = o.connection
         WHERE c.account <> g.account OR o.name_key <> fold(o.name)
            OR NOT EXISTS (SELECT 1 FROM group_names n
                           WHERE n.account = g.account AND n.name_key = o.name_key
                             AND n.grp = g.seq AND n.kind = 'alias')",
    ),
    (
        "group_alias",
        "SELECT 'group ' || g.scim_id || ' as ' || n.name_key
         FROM group_names n JOIN groups g ON g.seq = n.grp
         WHERE n.kind = 'alias' AND g.legacy IS NULL AND g.has_old_names = 0",
    ),
    (
        // A run is undone when all its groups are that are still there; it may have been none.
        "legacy_migration",
        "SELECT 'migration ' || lower(hex(m.id)) FROM legacy_migrations m
         WHERE m.state = 'undone'
             AND EXISTS (SELECT 1 FROM legacy_migration_groups x
                         JOIN groups g ON g.seq = x.grp AND g.scim_id = x.scim_id
                         WHERE x.migration = m.seq AND x.undone_ms IS NULL)
            OR m.state = 'converted'
             AND NOT EXISTS (SELECT 1 FROM legacy_migration_groups x
                             WHERE x.migration = m.seq AND x.undone_ms IS NULL)",
    ),
    (
        "legacy_migration_name",
        "SELECT 'group ' || scim_id || ' as ' || new_name FROM legacy_migration_groups
         WHERE new_name_key <> fold(new_name)",
    ),
];
