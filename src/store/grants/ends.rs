//! What people have in the end, without how it reaches them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::super::members::MemberKey;
use super::super::sql::list as rows;
use super::super::tx::ReadTx;
use super::{BY_GROUPS, Paths, grant, role_name};
use crate::domain::effective::{Effective, Via, evaluate};
use crate::domain::error::Result;
use crate::domain::id::PermissionGroupId;
use crate::domain::member::State;
use crate::domain::preview::RoleOn;

/// What members have in the end, one after the other. By which policy of which group it reaches
/// them is left out: reading that takes longer than all the rest.
pub struct Ends<'t, 'c> {
    paths: Paths<'t, 'c>,
    names: HashMap<PermissionGroupId, String>,
}

impl<'t, 'c> Ends<'t, 'c> {
    pub fn new(tx: &'t ReadTx<'c>) -> Self {
        Self {
            paths: Paths::new(tx),
            names: HashMap::new(),
        }
    }

    /// The roles that reach the member and are effective, and on what.
    pub fn of(&mut self, member: MemberKey, state: State) -> Result<Vec<RoleOn>> {
        let tx = self.paths.tx;
        let mut paths = self.paths.own(member, None)?;
        let grants = rows(tx.conn(), BY_GROUPS, [member.0], grant)?;
        let nameless = &mut |_| Ok(Via::Direct);
        paths.extend(self.paths.paths(member, grants, nameless)?);
        let mut roles = evaluate(state == State::Active, paths);
        roles.retain(Effective::is_effective);
        let mut held = Vec::with_capacity(roles.len());
        for role in roles {
            let name = match self.names.entry(role.permission_group) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(role_name(tx, role.permission_group)?),
            };
            held.push(RoleOn {
                permission_group: role.permission_group,
                name: name.clone(),
                scope: role.scope,
            });
        }
        Ok(held)
    }
}
