//! What the overview of an account tells: sums and samples, none of which costs more in a larger
//! account than its groups do.

mod refusals;

use super::sql::{get, list as rows};
use super::tx::ReadTx;
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::{GroupId, MemberId};
use crate::domain::summary::IdleGroup;
use crate::domain::text::fold;

pub use refusals::{refusals, token_used_since};

/// How many groups a provider manages.
pub fn synced_groups(tx: &ReadTx<'_>) -> Result<i64> {
    Ok(get(
        tx.conn(),
        "SELECT count(*) FROM groups
         WHERE account = ?1 AND legacy IS NULL AND connection IS NOT NULL",
        [tx.account()?],
        |row| row.get(0),
    )?)
}

/// Groups that have members and no policy, at most `limit`.
pub fn idle_groups(tx: &ReadTx<'_>, limit: i64) -> Result<Vec<IdleGroup>> {
    Ok(rows(
        tx.conn(),
        "SELECT g.id, g.name, g.member_count FROM groups g
         WHERE g.account = ?1 AND g.legacy IS NULL AND g.member_count > 0
           AND NOT EXISTS (SELECT 1 FROM policies p WHERE p.grp = g.seq)
         LIMIT ?2",
        (tx.account()?, limit),
        |row| {
            Ok(IdleGroup {
                id: row.get::<_, GroupId>(0)?,
                name: row.get(1)?,
                members: row.get(2)?,
            })
        },
    )?)
}

/// Whether some group denies Super Administrator to whoever is in it, and a provider may put
/// people into it: it manages the group, or may take it over, as it may any where `adopts` says
/// so.
pub fn group_denies_super_administrator(tx: &ReadTx<'_>, adopts: bool) -> Result<bool> {
    Ok(get(
        tx.conn(),
        "SELECT EXISTS (SELECT 1 FROM policies p
                        CROSS JOIN policy_permission_groups x ON x.policy = p.seq
                        CROSS JOIN groups g ON g.seq = p.grp
                        WHERE p.account = ?1 AND p.access = 'deny' AND x.permission_group = ?2
                          AND (?3 OR g.connection IS NOT NULL OR g.legacy IS NOT NULL
                               OR g.has_old_names))",
        (tx.account()?, catalogue::SUPER_ADMINISTRATOR, adopts),
        |row| row.get(0),
    )?)
}

/// Members whose userName, name or address begins with `beginning`, at most `limit`: four
/// stretches of indexes.
pub fn members_beginning(tx: &ReadTx<'_>, beginning: &str, limit: i64) -> Result<Vec<MemberId>> {
    let from = fold(beginning);
    // The last code point there is: nothing that begins so comes after it.
    let to = format!("{from}\u{10ffff}");
    Ok(rows(
        tx.conn(),
        "SELECT m.id FROM
             (SELECT seq FROM (SELECT seq FROM members
                WHERE account = ?1 AND user_name_key >= ?2 AND user_name_key < ?3 LIMIT 50)
              UNION SELECT seq FROM (SELECT seq FROM members
                WHERE account = ?1 AND display_name_key >= ?2 AND display_name_key < ?3 LIMIT 50)
              UNION SELECT seq FROM (SELECT seq FROM members
                WHERE account = ?1 AND shown_name_key >= ?2 AND shown_name_key < ?3 LIMIT 50)
              UNION SELECT seq FROM (SELECT member AS seq FROM member_emails
                WHERE account = ?1 AND value_key >= ?2 AND value_key < ?3 LIMIT 50)) f
         JOIN members m ON m.seq = f.seq ORDER BY m.user_name_key LIMIT ?4",
        (tx.account()?, &from, &to, limit),
        |row| row.get(0),
    )?)
}
