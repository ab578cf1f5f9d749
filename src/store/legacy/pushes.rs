//! What providers sent to groups, as the provisioning log has it.

use std::collections::{HashMap, HashSet};

use super::super::sql::{get, list as rows};
use super::super::tx::ReadTx;
use crate::domain::error::{Error, Result};
use crate::domain::id::ConnectionId;
use crate::domain::legacy::run::{LastPush, REFUSALS_TOLD_MAX, Refused};
use crate::domain::provisioning::Outcome;
use crate::domain::reason::Reason;

/// Newest rows of the log that are looked at: it has no index by group.
const ROWS_MAX: i64 = 200_000;
/// Newest refusals that are looked at.
const REFUSALS_MAX: i64 = 5_000;
/// Rows of the log in which is looked for names that were taken, and for what was accepted since.
const NAMES_LOOKED_MAX: i64 = 30_000;
/// Refusals of which is looked whether they are settled.
const SETTLED_LOOKED_MAX: usize = 1_000;

/// The number of the log's last row, 0 in an empty one.
pub fn last_row(tx: &ReadTx<'_>) -> Result<i64> {
    Ok(get(
        tx.conn(),
        "SELECT ifnull(max(seq), 0) FROM provisioning",
        [],
        |row| row.get(0),
    )?)
}

/// The last write to each group, by SCIM id.
pub fn last(tx: &ReadTx<'_>) -> Result<HashMap<String, LastPush>> {
    let newest: Vec<(String, LastPush)> = rows(
        tx.conn(),
        // The other columns are those of the row with the greatest number.
        "SELECT p.target_id, p.at_ms, ifnull(c.name, ''), p.outcome, max(p.seq)
         FROM provisioning p LEFT JOIN connections c ON c.seq = p.connection
         WHERE p.seq > ?2 AND p.account = ?1 AND p.target_kind = 'Group' AND p.target_id <> ''
         GROUP BY p.target_id",
        (tx.account()?, last_row(tx)?.saturating_sub(ROWS_MAX)),
        |row| {
            let outcome = Outcome::parse(row.get_ref(3)?.as_str()?);
            let push = LastPush {
                at_ms: row.get(1)?,
                connection: row.get(2)?,
                accepted: matches!(outcome, Some(Outcome::Applied | Outcome::Unchanged)),
            };
            Ok((row.get(0)?, push))
        },
    )?;
    Ok(newest.into_iter().collect())
}

/// The newest refusals after that row, of requests about some groups: `about` is told the SCIM id,
/// which is empty of a group that was to be made, and the name, and answers whose it is. That a
/// name is taken is what a provider hears that makes a group which is there, which is no refusal of
/// that group; of one that is given such a name it is. The newest 5,000 of the others are looked
/// at, and for such names the newest 30,000 rows.
///
/// A name that was refused, and whatever was while the connection was paused, is not told once
/// something of the same connection was accepted for the same group: nobody has to do anything about
/// it.
pub fn refused(
    tx: &ReadTx<'_>,
    after: i64,
    about: impl Fn(&str, &str) -> Option<String>,
) -> Result<Vec<Refused>> {
    let mut looked = 0;
    let since = after.max(last_row(tx)?.saturating_sub(NAMES_LOOKED_MAX));
    let all: Vec<Option<(Refused, Settles)>> = rows(
        tx.conn(),
        "SELECT r.at_ms, ifnull(c.name, ''), r.target_id, r.detail, r.target_name, r.seq,
                ifnull(r.connection, 0), r.reason
         FROM (SELECT * FROM
                (SELECT p.seq, p.connection, p.at_ms, p.target_id, p.detail, p.target_name,
                        p.reason
                 FROM provisioning p INDEXED BY provisioning_refused_groups
                 WHERE p.account = ?1 AND p.seq > ?2 AND p.target_kind = 'Group'
                   AND p.outcome IN ('refused', 'failed') AND p.reason <> 'group_name_taken'
                 ORDER BY p.seq DESC LIMIT ?3)
               UNION ALL
               SELECT p.seq, p.connection, p.at_ms, p.target_id, p.detail, p.target_name, p.reason
               FROM provisioning p
               WHERE p.seq > ?4 AND p.account = ?1 AND p.target_kind = 'Group'
                 AND p.outcome = 'refused' AND p.reason = 'group_name_taken'
                 AND p.target_id <> '') r
         LEFT JOIN connections c ON c.seq = r.connection
         ORDER BY r.seq DESC",
        (tx.account()?, after, REFUSALS_MAX, since),
        |row| {
            let (id, name) = (row.get_ref(2)?.as_str()?, row.get_ref(4)?.as_str()?);
            let of = about(id, name).filter(|_| looked < SETTLED_LOOKED_MAX);
            let Some(of) = of else {
                return Ok(None);
            };
            looked += 1;
            let reason = Reason::from_code(row.get_ref(7)?.as_str()?);
            let settles = Settles {
                connection: row.get(6)?,
                by_next: reason.is_some_and(Reason::is_settled_by_next),
                group: of,
            };
            let refused = Refused {
                at_ms: row.get(0)?,
                connection: row.get(1)?,
                group: id.to_owned(),
                name: name.to_owned(),
                row: row.get(5)?,
                detail: row.get(3)?,
            };
            Ok(Some((refused, settles)))
        },
    )?;
    let mut all: Vec<(Refused, Settles)> = all.into_iter().flatten().collect();
    let names = all.iter().filter(|(_, settles)| settles.by_next);
    let first = names.clone().map(|(one, _)| one.row).min();
    if let Some(first) = first {
        let groups: Vec<&str> = names.map(|(_, settles)| settles.group.as_str()).collect();
        let accepted = accepted(tx, first.max(since), &groups)?;
        all.retain(|(one, settles)| {
            let since = accepted.get(&(settles.connection, settles.group.clone()));
            !settles.by_next || since.is_none_or(|row| *row < one.row)
        });
    }
    all.truncate(REFUSALS_TOLD_MAX);
    Ok(all.into_iter().map(|(one, _)| one).collect())
}

/// What settles a refusal.
struct Settles {
    /// The key of the connection that was refused.
    connection: i64,
    /// Whether the next that is accepted settles it.
    by_next: bool,
    /// The SCIM id of the group that it was about.
    group: String,
}

/// The last row after that one in which something was accepted, by connection and SCIM id of the
/// group.
fn accepted(tx: &ReadTx<'_>, after: i64, groups: &[&str]) -> Result<HashMap<(i64, String), i64>> {
    let groups = serde_json::to_string(groups).map_err(Error::internal)?;
    let found: Vec<((i64, String), i64)> = rows(
        tx.conn(),
        "SELECT p.connection, p.target_id, max(p.seq) FROM provisioning p
         WHERE p.seq > ?2 AND p.account = ?1 AND p.target_kind = 'Group'
           AND p.outcome IN ('applied', 'unchanged') AND p.connection IS NOT NULL
           AND p.target_id IN (SELECT value FROM json_each(?3))
         GROUP BY p.connection, p.target_id",
        (tx.account()?, after, groups),
        |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// Somebody who was refused the name that a migration gave, after it was undone.
pub struct RefusedAnew {
    pub connection: ConnectionId,
    /// The group's SCIM id; empty where it was to be made.
    pub group: String,
    /// The name that it was to be made with, else that it has.
    pub name: String,
    /// The last time; milliseconds since 1970, UTC.
    pub at_ms: i64,
    pub times: i64,
    /// By the account's own tokens.
    pub built_in: bool,
}

/// Those who were after that row, among the newest 5,000 refusals.
pub fn refused_anew(tx: &ReadTx<'_>, after: i64) -> Result<Vec<RefusedAnew>> {
    Ok(rows(
        tx.conn(),
        "SELECT c.id, r.target_id, r.target_name, max(r.at_ms), count(*), c.built_in
         FROM (SELECT p.connection, p.target_id, p.target_name, p.at_ms, p.reason
               FROM provisioning p INDEXED BY provisioning_refused_groups
               WHERE p.account = ?1 AND p.seq > ?2 AND p.target_kind = 'Group'
                 AND p.outcome IN ('refused', 'failed') AND p.reason <> 'group_name_taken'
               ORDER BY p.seq DESC LIMIT ?3) r
         JOIN connections c ON c.seq = r.connection
         WHERE r.reason = ?4 GROUP BY c.id, r.target_id, r.target_name",
        (
            tx.account()?,
            after,
            REFUSALS_MAX,
            Reason::LegacyPutBack.code(),
        ),
        |row| {
            Ok(RefusedAnew {
                connection: row.get(0)?,
                group: row.get(1)?,
                name: row.get(2)?,
                at_ms: row.get(3)?,
                times: row.get(4)?,
                built_in: row.get(5)?,
            })
        },
    )?)
}

/// The connections that no token lets in now, the account's own aside: in one look at its tokens,
/// for there may be many.
pub fn without_token(tx: &ReadTx<'_>) -> Result<HashSet<ConnectionId>> {
    let found: Vec<ConnectionId> = rows(
        tx.conn(),
        "SELECT c.id FROM connections c
         WHERE c.account = ?1 AND NOT c.built_in AND c.seq NOT IN
            (SELECT t.connection FROM tokens t
             WHERE t.account = ?1 AND t.connection IS NOT NULL AND NOT t.disabled
               AND (t.expires_ms IS NULL OR t.expires_ms > ?2)
               AND (t.not_before_ms IS NULL OR t.not_before_ms <= ?2))",
        (tx.account()?, tx.now_ms()),
        |row| row.get(0),
    )?;
    Ok(found.into_iter().collect())
}
