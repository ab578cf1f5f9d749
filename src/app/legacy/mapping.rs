//! Whether an account's legacy groups grant their roles: switched on and off.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::app::guards;
use crate::app::preview::{self, Change, Preview};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::legacy::mapping::{
    Mapping, MappingStatus, NameTaken, SwitchedOff, SwitchedOn, legacy_roles,
};
use crate::domain::policy::Target;
use crate::domain::role::Role;
use crate::store;
use crate::store::grants::HoldersAfter;
use crate::store::legacy::Made;
use crate::store::tx::{ReadTx, WriteTx};

/// The setting, and what there is of legacy groups.
///
/// Errors: `Forbidden`.
pub fn status(tx: &ReadTx<'_>) -> Result<MappingStatus> {
    tx.require(Permission::AccountRead)?;
    store::legacy::status(tx)
}

/// The legacy groups that [`switch_on`] could not make now, for other groups answer to their
/// names.
///
/// Errors: `Forbidden`.
pub fn names_taken(tx: &ReadTx<'_>, allow_super_administrator: bool) -> Result<Vec<NameTaken>> {
    tx.require(Permission::AccountRead)?;
    let mapping = switched_on(store::legacy::mapping(tx)?, allow_super_administrator);
    let mut taken = Vec::new();
    for role in legacy_roles().filter(|role| mapping.offers(role)) {
        if let Some(Made::NameTaken(group)) = store::legacy::in_the_way(tx, role)? {
            let role = role.name.clone();
            taken.push(NameTaken { role, group });
        }
    }
    Ok(taken)
}

/// What the mapping becomes.
fn switched_on(before: Mapping, allow_super_administrator: bool) -> Mapping {
    Mapping {
        on: true,
        super_administrator: before.super_administrator || allow_super_administrator,
    }
}

/// Lets the names of legacy groups grant their roles: makes the groups that are missing, and
/// gives those that were kept their policy again. The group of Super Administrator is one of
/// them when it is allowed, now or before. Once all is so, a repetition changes nothing.
///
/// Errors: `Forbidden` (permission, roles that the caller does not hold).
pub fn switch_on(tx: &WriteTx<'_>, allow_super_administrator: bool) -> Result<SwitchedOn> {
    tx.require(Permission::AccountWrite)?;
    guards::may_set_policies(tx)?;
    let before = store::legacy::mapping(tx)?;
    let mapping = switched_on(before, allow_super_administrator);
    let mut waiting: Vec<&Role> = Vec::new();
    for role in legacy_roles().filter(|role| mapping.offers(role)) {
        let key = store::legacy::find_by_role(tx, role.permission_group)?;
        if !key.map_or(Ok(false), |key| store::legacy::grants(tx, key))? {
            waiting.push(role);
        }
    }
    let mut name_taken = Vec::new();
    let (mut made, mut restored) = (0, 0);
    let mut given = Vec::new();
    for role in waiting {
        match store::legacy::insert(tx, role)? {
            Made::New(key) => {
                made += 1;
                given.push((key, role));
            }
            Made::Known => {
                // Nothing where it has become a user group.
                if let Some(key) = store::legacy::find_by_role(tx, role.permission_group)? {
                    restored += 1;
                    given.push((key, role));
                }
            }
            Made::NameTaken(group) => name_taken.push(NameTaken {
                role: role.name.clone(),
                group,
            }),
        }
    }
    let mut atoms: BTreeSet<_> = given
        .iter()
        .map(|(_, role)| (role.permission_group, Target::WholeAccount))
        .collect();
    if mapping.super_administrator && !before.super_administrator {
        // Offered from now on, whether or not its group can be made just now.
        atoms.insert((catalogue::SUPER_ADMINISTRATOR, Target::WholeAccount));
    }
    guards::may_give(tx, &atoms)?;
    for (key, role) in given {
        store::legacy::grant(tx, key, role.permission_group)?;
    }
    if mapping != before {
        store::legacy::set_mapping(tx, mapping)?;
    }
    if mapping != before || made + restored > 0 {
        let mut after = facts(mapping);
        after["groups_made"] = json!(made);
        after["groups_restored"] = json!(restored);
        record(tx, Action::LegacyOn, before, after)?;
    }
    Ok(SwitchedOn {
        status: store::legacy::status(tx)?,
        made,
        restored,
        name_taken,
    })
}

/// Ends what the names of legacy groups grant. The groups that were ever pushed stay with their
/// members, for switching on again; the others are shown no more. Groups that were converted
/// are user groups, and nothing happens to them.
///
/// Errors: `Forbidden` (permission, the last Super Administrator).
pub fn switch_off(tx: &WriteTx<'_>) -> Result<SwitchedOff> {
    tx.require(Permission::AccountWrite)?;
    guards::may_set_policies(tx)?;
    let before = store::legacy::mapping(tx)?;
    let (mut ended, mut hidden) = (0, 0);
    if before.on {
        guards::keeping_super_administrator(tx, || {
            ended = store::legacy::revoke_all(tx)?;
            hidden = store::legacy::remove_untouched(tx)?;
            store::legacy::set_mapping(tx, Mapping::default())
        })?;
        ended = ended.saturating_sub(hidden);
        let mut after = facts(Mapping::default());
        after["groups_without_role"] = json!(ended);
        after["groups_hidden"] = json!(hidden);
        record(tx, Action::LegacyOff, before, after)?;
    }
    Ok(SwitchedOff {
        status: store::legacy::status(tx)?,
        ended,
        hidden,
    })
}

/// Who would lose what by [`switch_off`], of the next `limit` members of legacy groups behind
/// `after`.
///
/// Errors: as [`switch_off`].
pub fn preview_off(tx: &WriteTx<'_>, after: HoldersAfter, limit: usize) -> Result<Preview> {
    tx.require(Permission::AccountWrite)?;
    preview::preview(tx, &Change::LegacyOff, after, limit)
}

/// Who would gain what by [`switch_on`], in the same way: members whom legacy groups kept while
/// it was off.
///
/// Errors: as [`switch_on`].
pub fn preview_on(
    tx: &WriteTx<'_>,
    allow_super_administrator: bool,
    after: HoldersAfter,
    limit: usize,
) -> Result<Preview> {
    tx.require(Permission::AccountWrite)?;
    let change = Change::LegacyOn {
        allow_super_administrator,
    };
    preview::preview(tx, &change, after, limit)
}

fn facts(mapping: Mapping) -> Value {
    json!({
        "legacy_mapping": if mapping.on { "on" } else { "off" },
        "super_administrator_offered": mapping.super_administrator,
    })
}

fn record(tx: &WriteTx<'_>, action: Action, before: Mapping, after: Value) -> Result<()> {
    let account = store::accounts::current(tx)?;
    let event = Event::new(action, account.id, account.name)
        .before(facts(before))
        .after(after);
    store::audit::append(tx, event)
}
