//! The rules on policies, what they apply to, and the last Super Administrator.

/// As those of the parent module: each statement returns a text for each breach.
pub(in crate::store::check) const RULES: &[(&str, &str)] = &[
    (
        "policy_account",
        "SELECT 'policy ' || lower(hex(p.id)) FROM policies p
         LEFT JOIN members m ON m.seq = p.member LEFT JOIN groups g ON g.seq = p.grp
         WHERE p.account IS NOT ifnull(m.account, g.account)
         UNION ALL
         SELECT 'policy ' || lower(hex(p.id)) FROM policies p
         JOIN policy_resource_groups x ON x.policy = p.seq
         JOIN resource_groups r ON r.seq = x.resource_group WHERE r.account <> p.account",
    ),
    (
        "policy_parts",
        "SELECT 'policy ' || lower(hex(p.id)) FROM policies p
         WHERE NOT EXISTS (SELECT 1 FROM policy_permission_groups x WHERE x.policy = p.seq)
            OR NOT EXISTS (SELECT 1 FROM policy_resource_groups x WHERE x.policy = p.seq)",
    ),
    (
        "policy_role",
        "SELECT 'policy ' || lower(hex(p.id)) || ' names ' || lower(hex(x.permission_group))
         FROM policies p JOIN policy_permission_groups x ON x.policy = p.seq
         WHERE built_in_role_name(x.permission_group) IS NULL
           AND NOT EXISTS (SELECT 1 FROM custom_roles r
                           WHERE r.permission_group = x.permission_group
                             AND r.account = p.account)",
    ),
    (
        "policy_key",
        "SELECT 'policy ' || lower(hex(id)) FROM policies WHERE seq >> 40 <> account",
    ),
    (
        "resource_group_domains",
        "SELECT 'resource group ' || r.name FROM resource_groups r
         WHERE r.built_in = EXISTS (SELECT 1 FROM resource_group_domains x
                                    WHERE x.resource_group = r.seq)
         UNION ALL
         SELECT 'resource group ' || r.name FROM resource_group_domains x
         JOIN resource_groups r ON r.seq = x.resource_group JOIN domains d ON d.seq = x.domain
         WHERE r.account <> d.account",
    ),
    (
        "resource_group_unused",
        "SELECT 'resource group ' || r.name FROM resource_groups r
         WHERE r.scope_key IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM policy_resource_groups x WHERE x.resource_group = r.seq)",
    ),
    (
        "account_super_administrator",
        "SELECT 'account ' || a.name || ' had a Super Administrator and has none'
         FROM accounts_left_alone x JOIN accounts a ON a.seq = x.account
         UNION ALL
         SELECT 'account ' || a.name || ' has a Super Administrator whom nothing guards'
         FROM accounts_newly_administered x JOIN accounts a ON a.seq = x.account",
    ),
    (
        "guard_put_off",
        "SELECT 'account ' || account FROM guards_put_off",
    ),
];
