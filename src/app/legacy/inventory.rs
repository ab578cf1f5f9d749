//! Which groups have a legacy name, and who still pushes to them.

use super::draft::{Ground, is_untouched, named_so, seen};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::legacy::run::{Inventory, LegacyGroup};
use crate::domain::policy::Access;
use crate::store::grants::bulk::{Circle, how_many};
use crate::store::legacy::pushes;
use crate::store::policies::records::{Holder, of};
use crate::store::tx::ReadTx;

/// Every group with a legacy name, or what looks like one, that was ever used.
///
/// Errors: `Forbidden`, `Unavailable` when it takes too long.
pub fn read(tx: &ReadTx<'_>) -> Result<Inventory> {
    tx.require(Permission::DirectoryRead)?;
    let ground = Ground::of(tx)?;
    let mut pushes = pushes::last(tx)?;
    let (mut groups, mut circles, mut never_used) = (Vec::new(), Vec::new(), 0);
    for (key, group, class) in named_so(tx, ground.account)? {
        if is_untouched(&group) {
            never_used += 1;
            continue;
        }
        let seen = seen(&group.name, &class);
        let policies = of(tx, Holder::Group(key))?;
        let source = |id| ground.sources.iter().find(|source| source.id == id);
        circles.push(Circle::Group(key));
        groups.push(LegacyGroup {
            id: group.id,
            scim_id: group.scim_id.to_string(),
            class: seen.class,
            explanation: seen.explanation,
            nearest: seen.nearest,
            suggestions: seen.suggestions,
            role: seen.role.map(|role| role.name.clone()),
            mapped: group.legacy.is_some(),
            grants: policies.iter().any(|one| one.access == Access::Allow),
            connection: group.managed_by.and_then(source).cloned(),
            members: group.member_count,
            created_ms: group.created_ms,
            modified_ms: group.modified_ms,
            last_push: pushes.remove(group.scim_id.as_str()),
            name: group.name,
        });
    }
    groups.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Inventory {
        mapping: ground.mapping(),
        groups,
        never_used,
        people: how_many(tx, &circles)?,
    })
}
