//! What pages tell of members beside their record.

use super::super::sql::{find, get, list as rows, parsed};
use super::super::tx::ReadTx;
use super::MemberKey;
use crate::domain::connection::{ConnectionMark, ProviderKind};
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, GroupId, MemberId, OperatorId};
use crate::domain::member::{GroupPlace, StateCounts};

/// The groups the member is in, by name, at most `limit`.
pub fn groups_of(tx: &ReadTx<'_>, key: MemberKey, limit: i64) -> Result<Vec<GroupPlace>> {
    Ok(rows(
        tx.conn(),
        "SELECT g.id, g.name, g.connection IS NOT NULL, c.id, c.name, c.kind, x.added_ms,
                EXISTS (SELECT 1 FROM policies p WHERE p.grp = g.seq), g.legacy IS NOT NULL
         FROM group_members x JOIN groups g ON g.seq = x.grp
         LEFT JOIN connections c ON c.seq = x.connection
         WHERE x.member = ?1 ORDER BY g.name LIMIT ?2",
        (key.0, limit),
        |row| {
            let id: GroupId = row.get(0)?;
            let connection: Option<ConnectionId> = row.get(3)?;
            let added_by = match connection {
                Some(id) => Some(ConnectionMark {
                    id,
                    name: row.get(4)?,
                    kind: parsed(row, 5, ProviderKind::parse)?,
                }),
                None => None,
            };
            Ok(GroupPlace {
                id,
                name: row.get(1)?,
                managed: row.get(2)?,
                added_by,
                added_ms: row.get(6)?,
                grants: row.get(7)?,
                is_legacy: row.get(8)?,
            })
        },
    )?)
}

/// The member's own ids at connections.
pub fn external_ids(tx: &ReadTx<'_>, key: MemberKey) -> Result<Vec<(ConnectionId, String)>> {
    Ok(rows(
        tx.conn(),
        "SELECT c.id, m.external_id FROM members m
         JOIN connections c ON c.seq = m.external_connection WHERE m.seq = ?1
         UNION ALL
         SELECT c.id, x.value FROM member_external_ids x JOIN connections c ON c.seq = x.connection
         WHERE x.member = ?1 AND x.further = 1",
        [key.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// What pages call those who are still there: one statement, a step of an index for each.
pub fn names(tx: &ReadTx<'_>, ids: &[MemberId]) -> Result<Vec<(MemberId, String)>> {
    let all = serde_json::to_string(ids).map_err(Error::internal)?;
    Ok(rows(
        tx.conn(),
        "SELECT m.id, coalesce(shown_name(m.document), m.user_name) FROM json_each(?2) j
         CROSS JOIN members m ON m.id = unhex(j.value)
         WHERE m.account = ?1",
        (tx.account()?, all),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}

/// The operator who works as that member.
pub fn operator_of(tx: &ReadTx<'_>, key: MemberKey) -> Result<Option<OperatorId>> {
    Ok(find(
        tx.conn(),
        "SELECT o.id FROM operator_members x JOIN operators o ON o.seq = x.operator
         WHERE x.member = ?1",
        [key.0],
        |row| row.get(0),
    )?)
}

/// How many members there are in each state: kept in the account's row but for those who are
/// inactive, who are counted by an index of theirs.
pub fn counts(tx: &ReadTx<'_>) -> Result<StateCounts> {
    let (all, active): (i64, i64) = get(
        tx.conn(),
        "SELECT member_count, active_count FROM accounts WHERE seq = ?1",
        [tx.account()?],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let inactive = super::by_hand::inactive_up_to(tx, i64::MAX)?;
    Ok(StateCounts {
        all,
        active,
        inactive,
        pending: all - active - inactive,
    })
}
