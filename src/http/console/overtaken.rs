//! Who changed policies while somebody else had their form open, and what is stored now.

use super::access_preview::Overtaken;
use super::caller::AccountCaller;
use super::format::list;
use super::history;
use super::paths::RoleNames;
use super::policy_form::scope_said;
use super::view::Link;
use super::words::{t, tf};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::Action;
use crate::domain::error::Result;
use crate::domain::policy::{Access, Policy};

/// Rows of the audit log that are gone through for the change, and how many are read of those that
/// are about it.
const LOOKED: (i64, usize) = (12_000, 20);

/// Whose policies they are.
pub struct Subject {
    /// The ids under which the log knows it, and since when there is any row.
    pub ids: [String; 2],
    pub made_ms: i64,
    /// Where its history is read.
    pub history: String,
}

/// What is told of it; `now` is the policy that is edited, as it is stored.
///
/// Errors: `Unavailable` (the search took longer than a read may).
pub async fn overtaken(
    caller: &AccountCaller,
    subject: Subject,
    now: Option<&Policy>,
) -> Result<Overtaken> {
    let names = caller.read(|tx| Ok(RoleNames::of(&app::roles::list(tx, true)?)))?;
    let mut told = Overtaken {
        stored: now.map(|policy| stored(policy, &names)).unwrap_or_default(),
        ..Overtaken::default()
    };
    if !caller.allows(Permission::LogsRead) {
        return Ok(told);
    }
    let Subject {
        ids: [one, other],
        made_ms,
        history: at,
    } = subject;
    let found = caller
        .read_long(move |tx| app::audit::about(tx, [&one, &other], made_ms, None, LOOKED))
        .await?;
    let ours = [Action::MemberPolicies, Action::GroupPolicies].map(Action::description);
    let mut entries = found.rows.iter().map(|row| (row, history::entry_of(row)));
    let last = entries.find(|(_, entry)| {
        let done = entry["action"]["description"].as_str();
        done.is_some_and(|done| ours.contains(&done)) && entry["action"]["result"] == "success"
    });
    if let Some((row, entry)) = last {
        let when = caller.chrome().times.ago(row.at_ms).text;
        told.by = tf("preview.by", &[&history::actor(&entry), &when]);
    }
    told.history = Some(Link::new(t("preview.history"), at));
    Ok(told)
}

/// The policy in one line.
fn stored(policy: &Policy, names: &RoleNames) -> String {
    let access = match policy.access {
        Access::Allow => t("policy.allow"),
        Access::Deny => t("policy.deny"),
    };
    let roles = policy.permission_groups.iter().map(|id| names.get(*id));
    let roles = list(&roles.collect::<Vec<_>>());
    tf("preview.stored", &[&access, &roles, &scope_said(policy)])
}
