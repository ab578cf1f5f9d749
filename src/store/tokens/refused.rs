//! Refusals of tokens whose secret was the right one: counted in memory, and written down at most
//! once a minute for each token and reason, so that whoever goes on trying costs nothing.

use std::collections::HashMap;
use std::net::IpAddr;

use rusqlite::{Row, params};

use crate::domain::error::Result;
use crate::domain::id::TokenId;
use crate::domain::token::refused::{Barred, TokenRefusals};
use crate::store::activity::{MINUTE_MS, Visit};
use crate::store::sql::{parsed, run};
use crate::store::tx::WriteTx;

/// Refusals of one token for one reason.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Refused {
    token: TokenId,
    why: Barred,
    count: i64,
    since_ms: i64,
    last_ms: i64,
    address: Option<IpAddr>,
}

/// Those that are not written yet, by token: there are no more of them than of tokens.
#[derive(Debug, Default)]
pub(in crate::store) struct Refusals(HashMap<i64, Refused>);

/// When refusals of each token were written last, and for which reason.
pub(in crate::store) type Written = HashMap<i64, (i64, Barred)>;

impl Refused {
    /// Both together; of two reasons the later one is told.
    fn join(self, other: Self) -> Self {
        let (first, last) = if self.last_ms <= other.last_ms {
            (self, other)
        } else {
            (other, self)
        };
        if (first.token, first.why) != (last.token, last.why) {
            return last;
        }
        Self {
            count: first.count + last.count,
            since_ms: first.since_ms.min(last.since_ms),
            ..last
        }
    }
}

impl Refusals {
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::store) fn all(&self) -> impl Iterator<Item = (i64, Refused)> {
        self.0.iter().map(|(&token, &refused)| (token, refused))
    }

    /// Of the token with that key and that id.
    pub(in crate::store) fn add(
        &mut self,
        (key, token): (i64, TokenId),
        why: Barred,
        visit: &Visit<'_>,
    ) {
        let one = Refused {
            token,
            why,
            count: 1,
            since_ms: visit.now_ms,
            last_ms: visit.now_ms,
            address: visit.address,
        };
        self.put(key, one);
    }

    fn put(&mut self, token: i64, one: Refused) {
        let known = self.0.entry(token);
        known
            .and_modify(|known| *known = known.join(one))
            .or_insert(one);
    }

    pub(in crate::store) fn merge(&mut self, other: Self) {
        for (token, one) in other.0 {
            self.put(token, one);
        }
    }

    /// Takes those out that wait, since others of their token, for the same reason, were written
    /// less than a minute ago; of the rest it is noted that they are written now. Another reason is
    /// news, and written at once.
    pub(in crate::store) fn wait(&mut self, written: &mut Written, now_ms: i64) -> Self {
        written.retain(|_, (at_ms, _)| (0..MINUTE_MS).contains(&(now_ms - *at_ms)));
        let all = std::mem::take(&mut self.0);
        let is_told = |token: &i64, one: &Refused| {
            let last = written.get(token);
            last.is_some_and(|(_, why)| *why == one.why)
        };
        let (wait, now): (HashMap<_, _>, HashMap<_, _>) = all
            .into_iter()
            .partition(|(token, one)| is_told(token, one));
        written.extend(now.iter().map(|(token, one)| (*token, (now_ms, one.why))));
        self.0 = now;
        Self(wait)
    }
}

/// Adds to what is known of the token: not of one that was made since and has the key of one that
/// is gone. What was refused for another reason, or before the token was last changed, is another
/// story.
pub(in crate::store) fn note(tx: &WriteTx<'_>, key: i64, refused: Refused) -> Result<()> {
    let address = refused.address.map(|address| address.to_canonical());
    run(
        tx.conn(),
        "UPDATE tokens SET
             refused_count = ?4
                 + iif(refused_why = ?5 AND refused_ms >= modified_ms, refused_count, 0),
             refused_since_ms =
                 iif(refused_why = ?5 AND refused_ms >= modified_ms, refused_since_ms, ?3),
             refused_ms = ?2, refused_why = ?5, refused_address = ?6
         WHERE seq = ?1 AND id = ?7",
        params![
            key,
            refused.last_ms,
            refused.since_ms,
            refused.count,
            refused.why.name(),
            address.map(|address| address.to_string()),
            refused.token,
        ],
    )?;
    Ok(())
}

/// Columns refused_ms, refused_since_ms, refused_count, refused_why, refused_address from `first`
/// on.
pub(super) fn row(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<TokenRefusals>> {
    let Some(last_ms) = row.get::<_, Option<i64>>(first)? else {
        return Ok(None);
    };
    Ok(Some(TokenRefusals {
        why: parsed(row, first + 3, Barred::parse)?,
        count: row.get(first + 2)?,
        since_ms: row.get::<_, Option<i64>>(first + 1)?.unwrap_or(last_ms),
        last_ms,
        address: row.get(first + 4)?,
    }))
}
