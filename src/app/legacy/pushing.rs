//! Whether what providers push arrives, for what is said of their next push.

use std::collections::HashMap;

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::legacy::plan::Source;
use crate::domain::legacy::steps::Pushes;
use crate::domain::token::TokenState;
use crate::store::tx::ReadTx;

/// The connections of which nothing arrives.
#[derive(Debug, Clone, Default)]
pub struct Pushing(HashMap<ConnectionId, Pushes>);

impl Pushing {
    pub fn of(&self, source: &Source) -> Pushes {
        self.0.get(&source.id).copied().unwrap_or(Pushes::Arrive)
    }
}

/// As far as whoever asks may know it.
///
/// Errors: `Forbidden`.
pub fn find(tx: &ReadTx<'_>) -> Result<Pushing> {
    tx.require(Permission::DirectoryRead)?;
    let may = |permission| tx.actor().allows(permission);
    if !may(Permission::LogsRead) {
        return Ok(Pushing::default());
    }
    let tokens = if may(Permission::TokensRead) {
        Some(app::tokens::list(tx)?)
    } else {
        None
    };
    let now_ms = tx.now_ms();
    let mut none = HashMap::new();
    for one in app::connections::list(tx)? {
        let has_token = tokens.as_ref().is_none_or(|all| {
            let mut mine = all
                .iter()
                .filter(|token| token.connection.as_deref() == Some(one.name.as_str()));
            mine.any(|token| token.state(now_ms) == TokenState::Active)
        });
        if one.paused {
            none.insert(one.id, Pushes::Paused);
        } else if !one.built_in && !has_token {
            none.insert(one.id, Pushes::NoToken);
        }
    }
    Ok(Pushing(none))
}
