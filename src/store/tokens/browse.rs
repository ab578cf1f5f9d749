//! Tokens as the console lists them: a page by key.

use rusqlite::params;

use super::records;
use crate::domain::error::Result;
use crate::domain::id::TokenId;
use crate::domain::text::fold;
use crate::domain::token::browse::{TokenBrowse, TokenSort};
use crate::domain::token::{Token, TokenOwner, TokenState};
use crate::store::sql::list as list_rows;
use crate::store::tx::ReadTx;

/// The page, and whether there are more behind it.
pub fn page(tx: &ReadTx<'_>, asked: &TokenBrowse) -> Result<(Vec<Token>, bool)> {
    let key = match asked.sort {
        TokenSort::Name => "fold(t.name)",
        TokenSort::Used => "ifnull(t.last_used_ms, 0)",
        TokenSort::Expires => "ifnull(t.expires_ms, 9223372036854775807)",
    };
    let (compare, order) = if asked.descending {
        ("<", "DESC")
    } else {
        (">", "ASC")
    };
    // Pieces of the code alone; what the caller asked for is bound.
    let sql = format!(
        "SELECT t.id FROM tokens t
         WHERE t.account = ?1 AND (?2 IS NULL OR t.owner = ?2)
           AND (?3 = '' OR instr(fold(t.name), ?3) > 0)
           AND (?4 IS NULL OR ?4 = CASE WHEN t.disabled THEN 'disabled'
                WHEN t.expires_ms <= ?5 THEN 'expired'
                WHEN t.not_before_ms > ?5 THEN 'not_yet_valid' ELSE 'active' END)
           AND (NOT EXISTS (SELECT 1 FROM tokens WHERE id = ?6 AND account = ?1)
                OR ({key}, t.seq) {compare} (SELECT {key}, t.seq FROM tokens t WHERE t.id = ?6))
         ORDER BY {key} {order}, t.seq {order} LIMIT ?7"
    );
    let mut ids: Vec<TokenId> = list_rows(
        tx.conn(),
        &sql,
        params![
            tx.account()?,
            asked.owner.map(TokenOwner::name),
            fold(&asked.text),
            asked.state.map(TokenState::name),
            tx.now_ms(),
            asked.after,
            asked.limit + 1,
        ],
        |row| row.get(0),
    )?;
    let room = usize::try_from(asked.limit).unwrap_or(usize::MAX);
    let more = ids.len() > room;
    ids.truncate(room);
    let found: Result<Vec<Token>> = ids.into_iter().map(|id| records::get(tx, id)).collect();
    Ok((found?, more))
}
