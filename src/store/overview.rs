//! Counts for the console's sidebar.

use super::sql::get;
use super::tx::ReadTx;
use crate::domain::error::Result;
use crate::domain::overview::{Counts, HELD_MAX};

pub fn counts(tx: &ReadTx<'_>) -> Result<Counts> {
    Ok(get(
        tx.conn(),
        "SELECT a.member_count, a.group_count - a.legacy_count, a.legacy_count,
                (SELECT count(*) FROM connections WHERE account = a.seq AND NOT built_in),
                (SELECT count(*) FROM
                    (SELECT 1 FROM connections c JOIN held_changes h ON h.connection = c.seq
                     WHERE c.account = a.seq AND h.state = 'held' LIMIT ?2))
         FROM accounts a WHERE a.seq = ?1",
        (tx.account()?, HELD_MAX),
        |row| {
            Ok(Counts {
                members: row.get(0)?,
                groups: row.get(1)?,
                legacy_groups: row.get(2)?,
                connections: row.get(3)?,
                held: row.get(4)?,
            })
        },
    )?)
}
