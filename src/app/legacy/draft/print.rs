//! The fingerprint: of all that a plan stands on, and of nothing else. Who is in a group is not
//! in it as long as nobody's access changes, so that providers may go on pushing.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{Compared, Ground, Work};
use crate::domain::error::{Error, Result};
use crate::domain::legacy::plan::{Part, PlanOptions, PlannedPerson};
use crate::domain::policy::ChosenPolicy;
use crate::domain::role::Role;
use crate::domain::text::UserName;
use crate::store::legacy::candidates;
use crate::store::tx::ReadTx;

pub(super) fn fingerprint(
    tx: &ReadTx<'_>,
    ground: &Ground,
    options: &PlanOptions,
    work: &[Work],
    compared: &Compared,
) -> Result<String> {
    let mut parts = Vec::with_capacity(Part::ALL.len());
    for part in Part::ALL {
        let text = match part {
            Part::Options => {
                parts.push(of_options(options)?);
                continue;
            }
            Part::Mapping => json!([
                ground.account,
                ground.mapping.on,
                ground.mapping.super_administrator,
                ground.prefix,
            ])
            .to_string(),
            Part::Groups => lines(work.iter().map(group)),
            Part::NewNames => lines(work.iter().map(new_name)),
            Part::Policies => policies(tx, work)?,
            Part::Connections => lines(
                ground
                    .sources
                    .iter()
                    .map(|source| json!([source.id, source.name])),
            ),
            Part::People => people(compared),
        };
        parts.push(candidates::print(&text));
    }
    Ok(parts.join("."))
}

/// The part that stands for the options alone; it comes first.
pub(super) fn of_options(options: &PlanOptions) -> Result<String> {
    let text = serde_json::to_string(options).map_err(Error::internal)?;
    Ok(candidates::print(&text))
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    let mut text = String::new();
    for value in values {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{value}");
    }
    text
}

fn group(one: &Work) -> Value {
    let planned = &one.planned;
    let made: Option<Vec<&str>> = one
        .existing
        .is_none()
        .then(|| one.missing.iter().map(UserName::key).collect());
    json!([
        planned.id,
        planned.scim_id,
        planned.old_name,
        planned.class,
        planned.role,
        planned.mapped,
        planned.connection.as_ref().map(|source| source.id),
        made,
    ])
}

fn new_name(one: &Work) -> Value {
    let kinds: Vec<_> = one.planned.conflicts.iter().map(|one| one.kind).collect();
    json!([one.planned.choice, one.planned.new_name, kinds])
}

fn policies(tx: &ReadTx<'_>, work: &[Work]) -> Result<String> {
    let mut text = lines(work.iter().map(|one| {
        json!([
            one.before.iter().map(policy).collect::<Vec<_>>(),
            one.planned.policy,
            one.role.as_ref().map(role),
        ])
    }));
    let roles: Vec<_> = work
        .iter()
        .filter_map(|one| Some(one.role.as_ref()?.permission_group))
        .collect();
    for denial in candidates::denials(tx, &roles)? {
        let _ = writeln!(text, "{denial}");
    }
    Ok(text)
}

fn policy(policy: &ChosenPolicy) -> Value {
    let on: Vec<_> = policy
        .resource_groups
        .iter()
        .map(|group| group.id)
        .collect();
    json!([
        policy.id,
        policy.access.name(),
        policy.permission_groups,
        on
    ])
}

fn role(role: &Role) -> Value {
    json!([role.permission_group, role.name, role.permissions])
}

/// Those whose access changes, and how.
fn people(compared: &Compared) -> String {
    let changed = compared.people.iter().filter(|person| person.changes());
    let fact = |person: &PlannedPerson| json!([person.id, person.gained, person.lost]);
    lines(changed.map(fact))
}
