//! Each group on its way to a user group.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::draft::Work;
use crate::app::groups::member_list;
use crate::app::members::by_hand::make_inactive;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{MemberId, MigrationId};
use crate::domain::legacy::run::RunGroup;
use crate::domain::policy::Policy;
use crate::domain::text::GroupName;
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::legacy::runs::{self, Member, RunKey};
use crate::store::legacy::{candidates, old_names, snapshot};
use crate::store::policies::records::{self, Holder};
use crate::store::tx::WriteTx;

/// Converts all of them, and writes down what undoes it.
///
/// Errors: `Conflict` (a name that is taken), `Forbidden`.
pub(super) fn convert_all(
    tx: &WriteTx<'_>,
    id: MigrationId,
    run: RunKey,
    work: &[Work],
) -> Result<Vec<GroupKey>> {
    let mut made: HashMap<String, MemberId> = HashMap::new();
    let mut keys = Vec::with_capacity(work.len());
    for one in work {
        let name = one
            .new_name
            .as_ref()
            .ok_or_else(|| Error::internal("a group without a new name"))?;
        let member = match &one.existing {
            Some((key, group)) => convert(tx, id, one, (*key, group), name)?,
            None => make(tx, id, run, one, name, &mut made)?,
        };
        runs::add_group(tx, run, &member)?;
        keys.push(member.key);
    }
    Ok(keys)
}

fn convert(
    tx: &WriteTx<'_>,
    id: MigrationId,
    one: &Work,
    (key, group): (GroupKey, &Group),
    name: &GroupName,
) -> Result<Member> {
    let before = snapshot::of(tx, key)?;
    let was = records::of(tx, Holder::Group(key))?;
    store::groups::rename(tx, key, name)?;
    old_names::keep(tx, key, &group.name)?;
    candidates::set_legacy(tx, key, None)?;
    let is = records::replace(tx, Holder::Group(key), &one.after)?;
    let event = Event::new(Action::GroupUpdate, group.id, name.as_str())
        .before(facts(tx, id, &group.name, &was)?)
        .after(facts(tx, id, name.as_str(), &is)?);
    store::audit::append(tx, event)?;
    Ok(Member {
        key,
        group: RunGroup {
            id: group.id,
            scim_id: group.scim_id.to_string(),
            old_name: group.name.clone(),
            new_name: name.as_str().to_owned(),
            made: false,
            undone: false,
        },
        legacy: group.legacy,
        before,
        after: snapshot::of(tx, key)?,
    })
}

fn make(
    tx: &WriteTx<'_>,
    id: MigrationId,
    run: RunKey,
    one: &Work,
    name: &GroupName,
    made: &mut HashMap<String, MemberId>,
) -> Result<Member> {
    let (key, scim_id) = store::groups::insert(tx, name)?;
    store::groups::by_hand::set_unmanaged(tx, key)?;
    let scim_id = one.planned.scim_id.clone().unwrap_or(scim_id.to_string());
    candidates::set_scim_id(tx, key, &scim_id)?;
    let mut members: Vec<MemberId> = one.people.iter().map(|(_, id)| *id).collect();
    for user_name in &one.missing {
        let known = made.get(user_name.key()).copied();
        let person = if let Some(person) = known {
            person
        } else {
            let noted = ("migration", json!(id));
            let person = make_inactive(tx, user_name.as_str(), noted)?.id;
            runs::add_person(tx, run, person)?;
            made.insert(user_name.key().to_owned(), person);
            person
        };
        members.push(person);
    }
    let added = store::groups::add_members(tx, key, &members)?;
    old_names::keep(tx, key, &one.planned.old_name)?;
    let policies = records::replace(tx, Holder::Group(key), &one.after)?;
    let group = store::legacy::candidates::get(tx, &scim_id)?;
    let mut after = facts(tx, id, name.as_str(), &policies)?;
    crate::app::members::note(&mut after, "members_added", member_list(&added));
    let event = Event::new(Action::GroupCreate, group.id, name.as_str()).after(after);
    store::audit::append(tx, event)?;
    Ok(Member {
        key,
        group: RunGroup {
            id: group.id,
            scim_id,
            old_name: one.planned.old_name.clone(),
            new_name: name.as_str().to_owned(),
            made: true,
            undone: false,
        },
        legacy: None,
        before: Vec::new(),
        after: snapshot::of(tx, key)?,
    })
}

/// What the audit log keeps of a group on one side of a migration.
pub(super) fn facts(
    tx: &WriteTx<'_>,
    id: MigrationId,
    name: &str,
    policies: &[Policy],
) -> Result<Value> {
    Ok(json!({
        "name": name,
        "policies": records::facts(tx, policies)?,
        "migration": id,
    }))
}
