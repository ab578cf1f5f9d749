//! Whether what providers push arrives, for what is said of their next push.

use std::collections::{HashMap, HashSet};

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::legacy::plan::Source;
use crate::domain::legacy::steps::Pushes;
use crate::store::legacy::pushes;
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
    let without_token = if may(Permission::TokensRead) {
        pushes::without_token(tx)?
    } else {
        HashSet::new()
    };
    let mut none = HashMap::new();
    for one in app::connections::list(tx)? {
        if one.paused {
            none.insert(one.id, Pushes::Paused);
        } else if without_token.contains(&one.id) {
            none.insert(one.id, Pushes::NoToken);
        }
    }
    Ok(Pushing(none))
}
