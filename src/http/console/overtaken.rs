//! Who changed policies while somebody else had their form open, and what is stored now.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::access_preview::Overtaken;
use super::caller::AccountCaller;
use super::chrome::Chrome;
use super::format::list;
use super::history;
use super::paths::RoleNames;
use super::policy_form::scope_said;
use super::view::{Button, Empty, Link};
use super::words::{t, tf};
use super::{Answer, filters, html_as};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::{Kind, Result};
use crate::domain::policy::{Access, Policy};

/// Rows of the audit log that are gone through for the change, and how many are read of those that
/// are about it.
const LOOKED: (i64, usize) = (12_000, 100);

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
/// Errors: `Unavailable` (the roles can't be read).
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
    told.history = Some(Link::new(t("preview.history"), at));
    let looked = caller
        .read_long(move |tx| app::audit::about(tx, [&one, &other], made_ms, None, LOOKED))
        .await;
    let found = match looked {
        // Who it was can be read later; what was chosen in the form is here alone.
        Err(error) if error.kind() == Kind::Unavailable => return Ok(told),
        found => found?,
    };
    let entries = found.rows.iter().map(|row| (row, history::entry_of(row)));
    let mut done = entries.filter(|(_, entry)| entry["action"]["result"] == "success");
    // Whoever comes back without the policies they had was changed by no such row.
    let newest = done.find(|(_, entry)| has(entry, "policies") || has(entry, "state"));
    if let Some((row, entry)) = newest.filter(|(_, entry)| has(entry, "policies")) {
        let when = caller.chrome().times.ago(row.at_ms).text;
        told.by = tf("preview.by", &[&history::actor(&entry), &when]);
    }
    Ok(told)
}

#[derive(Template)]
#[template(path = "pages/log/gone.html")]
struct Gone {
    chrome: Chrome,
    empty: Empty,
}

/// Of a policy that is not there any more: who changed the policies last, and the way back to
/// whose it was. `chrome` is below that.
///
/// Errors: as [`overtaken`].
pub async fn gone(
    caller: &AccountCaller,
    req: &HttpRequest,
    subject: Subject,
    chrome: Chrome,
) -> Answer {
    let back = subject.history.trim_end_matches("/history").to_owned();
    let told = overtaken(caller, subject, None).await?;
    let page = Gone {
        empty: Empty {
            icon: "search",
            title: t("preview.gone").to_owned(),
            why: format!("{} {}", told.by, t("preview.gone_text"))
                .trim_start()
                .to_owned(),
            action: Some(Button::new("arrow-left", t("preview.gone_back"), back)),
        },
        chrome,
    };
    html_as(req, StatusCode::NOT_FOUND, &page)
}

/// Whether a row tells of this value, before or after.
fn has(entry: &serde_json::Value, value: &str) -> bool {
    let resource = &entry["resource"];
    !resource["request"][value].is_null() || !resource["response"][value].is_null()
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
