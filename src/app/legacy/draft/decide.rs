//! What becomes of each group: as somebody decided, or as its name says.

use std::collections::HashMap;

use super::{Work, invalid};
use crate::domain::error::Result;
use crate::domain::legacy::called::Called;
use crate::domain::legacy::plan::{Choice, Class, ConflictKind, Decision, PlanOptions};
use crate::domain::role::{Role, RoleRef, RoleScope};
use crate::domain::text::shown;
use crate::store;
use crate::store::tx::ReadTx;

/// Errors: `Invalid` (a decision about no group of the plan, or a second one about a group).
pub(super) fn decide(tx: &ReadTx<'_>, options: &PlanOptions, work: &mut [Work]) -> Result<()> {
    let called = Called::of(work.iter().map(|one| &one.planned));
    let mut of: HashMap<usize, &Decision> = HashMap::new();
    for decision in &options.decisions {
        let Some(place) = called.place(&decision.group) else {
            return Err(invalid(format!(
                "There is no legacy group \"{}\" to decide of (any more); make the plan anew, and \
                 take the name, letter for letter, or the id from it.",
                shown(&decision.group)
            )));
        };
        if of.insert(place, decision).is_some() {
            return Err(invalid(format!(
                "There are two decisions about the group \"{}\"; leave one out.",
                shown(&decision.group)
            )));
        }
    }
    for (place, one) in work.iter_mut().enumerate() {
        apply(tx, of.get(&place).copied(), one)?;
    }
    Ok(())
}

fn apply(tx: &ReadTx<'_>, decision: Option<&Decision>, one: &mut Work) -> Result<()> {
    let is_valid = matches!(one.planned.class, Class::Exact | Class::Alias);
    let usual = is_valid.then_some(Choice::Convert);
    let role = decision.and_then(|decision| decision.role.as_deref());
    let chosen = decision.and_then(|decision| decision.choice);
    one.planned.choice = chosen.or(role.map(|_| Choice::Convert)).or(usual);
    if one.planned.choice != Some(Choice::Convert) {
        return Ok(());
    }
    one.role = match (role, one.named_role) {
        (None, Some(named)) => Some(named.clone()),
        (None, None) => {
            let message = format!(
                "The name of \"{}\" means no role of the account; name the role that it is to \
                 grant, or convert it without one.",
                shown(&one.planned.old_name)
            );
            one.conflict(ConflictKind::NoRole, message);
            None
        }
        (Some(text), _) => {
            let found = store::roles::find(tx, &RoleRef::Named(text.to_owned()))?;
            match found {
                Some(role) if role.scope == RoleScope::Account => Some(role),
                found => {
                    let message = unfit(text, &one.planned.old_name, found.as_ref());
                    one.conflict(ConflictKind::NoRole, message);
                    None
                }
            }
        }
    };
    Ok(())
}

/// Why the group can't come to grant that role, and what to do instead.
fn unfit(text: &str, group: &str, found: Option<&Role>) -> String {
    let group = shown(group);
    match found {
        Some(role) => format!(
            "The role \"{}\" is never granted on the whole account, as a converted group grants \
             its role; convert \"{group}\" without one, and grant it that role by a policy \
             afterwards.",
            shown(&role.name)
        ),
        None => format!(
            "There is no role \"{}\" for \"{group}\"; choose one that `provost role list` \
             shows.",
            shown(text)
        ),
    }
}
