//! A request of the log with all that is known of it: why it was refused, how that is mended, what
//! changed, and how it is sent again by hand.

use actix_web::HttpRequest;

use super::asked::{self, AskedLine};
use super::pauses::Pauses;
use super::{fix_of, is_held, told};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::provisioning::{Outcome, ProvisioningRow};
use crate::domain::reason::Reason;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::history::{entry_of, text};
use crate::http::console::overview::causes::cause;
use crate::http::console::url::with_query;
use crate::http::console::view::{Fact, FactValue, Fix, Link, Prose, Source, Verdict};
use crate::http::console::words::{t, tf};

/// Rows of the audit log that are looked through for what a token was called that is gone.
const LOOKED: i64 = 3_000;

/// What the open row and the page of one request show.
pub struct Entry {
    pub verdict: Option<Verdict>,
    /// What is stored, and what was asked for in vain.
    pub asked: Vec<AskedLine>,
    /// What changed, in a few words each.
    pub changes: Vec<String>,
    /// What is said where nothing changed; nothing where it was refused.
    pub unchanged: &'static str,
    pub facts: Vec<Fact>,
    /// A command that sends it again.
    pub curl: String,
}

/// Where a request is shown: its own page does not lead to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    InList,
    OnItsOwn,
}

pub fn entry(
    row: &ProvisioningRow,
    caller: &AccountCaller,
    req: &HttpRequest,
    shown: Where,
) -> Entry {
    let chrome = caller.chrome();
    // What can't be read is as it was then.
    let pauses = Pauses::of(caller, std::slice::from_ref(row)).unwrap_or_default();
    Entry {
        verdict: verdict(row, &pauses, &chrome),
        asked: asked::lines(row, caller, &chrome),
        changes: super::changed(&row.changes).into_iter().collect(),
        unchanged: match row.outcome {
            Outcome::Applied if row.changes.is_empty() => t("sent.applied"),
            Outcome::Unchanged if row.changes.is_empty() => t("sent.nothing"),
            Outcome::Applied | Outcome::Unchanged | Outcome::Refused | Outcome::Failed => "",
        },
        facts: facts(row, caller, &chrome, shown),
        curl: curl(row, &caller.state().origin(req)),
    }
}

fn verdict(row: &ProvisioningRow, pauses: &Pauses, chrome: &Chrome) -> Option<Verdict> {
    let what = what(row);
    let title = match (row.outcome, row.reason.map(cause)) {
        (Outcome::Applied | Outcome::Unchanged, _) => return None,
        (Outcome::Refused, _) if is_held(row) => tf("log.verdict_held", &[&what]),
        (Outcome::Refused, Some(why)) => tf("log.verdict_rejected", &[&what, &why]),
        (Outcome::Refused, None) => tf("log.verdict_rejected_only", &[&what]),
        (Outcome::Failed, Some(why)) => tf("log.verdict_failed", &[&what, &why]),
        (Outcome::Failed, None) => tf("log.verdict_failed_only", &[&what]),
    };
    let mut fixes = Vec::new();
    if let Some(link) = here(row, chrome) {
        fixes.push(Fix {
            text: Prose::of(t("log.fix_here")),
            link: Some(link),
        });
    }
    if let Some(text) = fix_of(row, pauses, chrome) {
        fixes.push(Fix { text, link: None });
    }
    Some(Verdict {
        title,
        code: format!("{} {}", row.status, row.scim_type)
            .trim_end()
            .to_owned(),
        held: is_held(row),
        text: told(row, pauses, &chrome.times),
        fixes_title: t("log.fixes").to_owned(),
        fixes,
    })
}

/// What the request wanted, in words.
fn what(row: &ProvisioningRow) -> &'static str {
    let path = row.uri.split('?').next().unwrap_or_default();
    match (row.target_kind.as_str(), row.method.as_str()) {
        // RFC 7644 3.4.3: a search is a read.
        _ if path.ends_with("/.search") => t("log.what_read"),
        (_, "GET" | "HEAD") => t("log.what_read"),
        ("User", "POST") => t("log.what_create_user"),
        ("User", "PUT" | "PATCH") => t("log.what_change_user"),
        ("User", "DELETE") => t("log.what_delete_user"),
        ("Group", "POST") => t("log.what_create_group"),
        ("Group", "PUT" | "PATCH") => t("log.what_change_group"),
        ("Group", "DELETE") => t("log.what_delete_group"),
        _ => t("log.what_request"),
    }
}

/// The page of this console where it is mended, where the fix names no command that leads to one;
/// `None` where it is mended elsewhere.
fn here(row: &ProvisioningRow, chrome: &Chrome) -> Option<Link> {
    let named = |word: &str, list: &str, name: &str| {
        Link::new(t(word), with_query(&chrome.path(list), [("q", name)]))
    };
    let link = match row.reason? {
        Reason::UserNameTaken => named("log.to_members", "/members", row.wanted_name()),
        Reason::MemberOfOperator => named("log.to_members", "/members", &row.target_name),
        Reason::GroupNameTaken => named("log.to_groups", "/groups", row.wanted_name()),
        Reason::LastSuperAdministrator => Link::new(
            t("log.to_supers"),
            chrome.path(&format!(
                "/roles/{}",
                crate::domain::catalogue::SUPER_ADMINISTRATOR
            )),
        ),
        _ => return None,
    };
    Some(link)
}

fn facts(
    row: &ProvisioningRow,
    caller: &AccountCaller,
    chrome: &Chrome,
    shown: Where,
) -> Vec<Fact> {
    let mut facts = vec![
        Fact::copy(
            t("log.request_id"),
            row.request.to_string(),
            t("error.copy"),
        ),
        Fact::time(t("row.time"), chrome.times.ago(row.at_ms)),
    ];
    if let Some((id, name, kind)) = &row.connection {
        let source = Source::provider(*kind, name);
        let at = chrome.path(&format!("/connections/{id}"));
        facts.push(Fact::new(
            t("log.connection"),
            FactValue::Source(source.leads_to(at)),
        ));
    }
    let from = row.address.clone().unwrap_or_default();
    let (token, gone) = token(row, caller);
    let text = match (token.as_str(), from.as_str()) {
        ("", from) => from.to_owned(),
        (token, "") => token.to_owned(),
        (token, from) => tf("log.token_from", &[&token, &from]),
    };
    if !text.is_empty() {
        facts.push(Fact::text(t("log.token"), text));
    }
    if let Some(id) = gone {
        facts.push(Fact::copy(t("tokens.id"), id, t("tokens.copy_id")));
    }
    if !row.target_id.is_empty() {
        // As the page of whom it is about calls it.
        let (label, copy) = match row.target_kind.as_str() {
            "User" => ("members.user_id", "members.copy_user_id"),
            "Group" => ("groups.scim_id", "groups.copy_scim_id"),
            _ => ("log.target_id", "log.copy_target_id"),
        };
        facts.push(Fact::copy(t(label), &row.target_id, t(copy)));
    }
    let also = also(row, chrome, shown);
    if !also.is_empty() {
        facts.push(Fact::new(t("log.also"), FactValue::Links(also)));
    }
    facts
}

/// The token's name for who may know it; of one that is gone the name that it had, and its id.
fn token(row: &ProvisioningRow, caller: &AccountCaller) -> (String, Option<String>) {
    let Some(id) = row.token else {
        return (String::new(), None);
    };
    let id = id.to_string();
    if !caller.allows(Permission::TokensRead) {
        return (id, None);
    }
    if let Ok(token) = caller.read(|tx| app::tokens::find(tx, &id)) {
        return (token.name, None);
    }
    // It was there when the request came: the newest row about it is its end.
    let found = caller.read(|tx| app::audit::about(tx, [&id, &id], row.at_ms, None, (LOOKED, 1)));
    let entry = found
        .ok()
        .and_then(|found| found.rows.first().map(entry_of));
    let name = entry.map_or_else(String::new, |entry| text(&entry["resource"]["name"]));
    if name.is_empty() {
        return (id, None);
    }
    (tf("log.token_gone", &[&name]), Some(id))
}

fn also(row: &ProvisioningRow, chrome: &Chrome, shown: Where) -> Vec<Link> {
    let log = chrome.path("/log");
    let mut links = Vec::new();
    if shown == Where::InList {
        links.push(Link::new(t("log.permalink"), format!("{log}/{}", row.seq)));
    }
    if !row.target_id.is_empty() {
        let about = [("q", row.target_id.as_str()), ("since", "all")];
        links.push(Link::new(t("log.same_subject"), with_query(&log, about)));
    }
    if let Some(reason) = row.reason {
        let connection = row.connection.as_ref().map(|(id, ..)| id.to_string());
        let like = [
            ("reason", reason.code()),
            ("connection", connection.as_deref().unwrap_or_default()),
            ("since", "all"),
        ];
        links.push(Link::new(t("log.like_this"), with_query(&log, like)));
    }
    links
}

/// The body is not kept, so it comes from a file.
fn curl(row: &ProvisioningRow, origin: &str) -> String {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "'\\''"));
    let mut lines = vec![
        format!("curl -sS -X {}", row.method),
        quoted(&format!("{origin}{}", row.uri)),
        "-H \"Authorization: Bearer $TOKEN\"".to_owned(),
    ];
    if matches!(row.method.as_str(), "POST" | "PUT" | "PATCH") {
        lines.push("-H 'Content-Type: application/scim+json'".to_owned());
        lines.push("--data @body.json".to_owned());
    }
    lines.join(" \\\n  ")
}
