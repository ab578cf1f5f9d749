//! What providers sent about a group, and who changed what of it.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::Value;

use super::{Page, actions, add_at, badge, below_list, chrome, find, lead, source, tabs};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::group::GroupVersion;
use crate::domain::provisioning::{Outcome, ProvisioningRow};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::counted;
use crate::http::console::connections::show::managed;
use crate::http::console::form::query;
use crate::http::console::history::{self, People};
use crate::http::console::log::pauses::Pauses;
use crate::http::console::log::{changed, fix_of, told};
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Button, DiffLine, Empty, EventRow, Fact, FactValue, Link, Prose, Source, Tab, Tone,
};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, format::When, html};

/// Requests that are looked through for those about the group, and how many are shown.
const SENT_LOOKED: i64 = 30_000;
const SENT_ROWS: i64 = 25;
/// Rows of the audit log that one look goes through.
const HISTORY_LOOKED: i64 = 12_000;
const HISTORY_ROWS: usize = 50;

#[derive(Template)]
#[template(path = "pages/groups/sync.html")]
struct Sync {
    chrome: Chrome,
    badge: Badge,
    lead: String,
    actions: Vec<Button>,
    tabs: Vec<Tab>,
    facts: Vec<Fact>,
    /// The headings of the table and its rows.
    rows: Vec<SentRow>,
    empty: Empty,
    log: Link,
}

/// A request about one record, a group's or a member's.
pub struct SentRow {
    pub when: When,
    pub source: Option<Source>,
    pub effect: String,
    pub result: Badge,
    pub href: String,
    pub fix: Prose,
    /// Whether what was refused needs nobody any more.
    pub settled: bool,
}

/// The request as its record's page tells it.
pub fn sent(row: &ProvisioningRow, pauses: &Pauses, chrome: &Chrome) -> SentRow {
    let result = match row.outcome {
        Outcome::Applied => Badge::new(Tone::Ok, "check", t("sent.applied")),
        Outcome::Unchanged => Badge::new(Tone::Plain, "equal", t("sent.unchanged")),
        Outcome::Refused => Badge::new(Tone::Bad, "circle-x", t("sent.refused")),
        Outcome::Failed => Badge::new(Tone::Bad, "triangle-alert", t("sent.failed")),
    };
    let effect = match row.detail.as_str() {
        "" => changed(&row.changes).unwrap_or_else(|| t("sent.nothing").to_owned()),
        _ => told(row, pauses, &chrome.times),
    };
    SentRow {
        when: chrome.times.ago(row.at_ms),
        source: row
            .connection
            .as_ref()
            .map(|(_, name, kind)| Source::provider(*kind, name)),
        effect,
        result,
        href: chrome.path(&format!("/log/{}", row.request)),
        settled: false,
        fix: match row.outcome {
            Outcome::Refused => fix_of(row, pauses, chrome).unwrap_or_default(),
            Outcome::Applied | Outcome::Unchanged | Outcome::Failed => Prose::default(),
        },
    }
}

/// `GET /a/{account_id}/groups/{group_id}/sync`.
pub async fn sync(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let group = find(&caller, &req)?;
    let target = group.group.scim_id.as_str().to_owned();
    let rows = caller
        .read_long(move |tx| app::provisioning::about(tx, &target, (SENT_LOOKED, SENT_ROWS)))
        .await?;
    let pauses = Pauses::of(&caller, &rows)?;
    let chrome = below_list(chrome(&caller, &req, &group.group.name));
    let base = chrome.path("");
    let mut facts = vec![Fact::new(
        t("row.source"),
        FactValue::Source(source(group.managed_by.as_ref(), &base)),
    )];
    if let Some(by) = &group.managed_by {
        let manages = caller.read(|tx| app::connections::managed(tx, by.id))?;
        let label = tf("connections.manages_of", &[&by.name]);
        facts.push(Fact::new(label, managed(by, &manages, &chrome)));
    }
    let id = group.group.scim_id.as_str();
    facts.push(Fact::copy(
        t("groups.scim_id"),
        id,
        t("groups.copy_scim_id"),
    ));
    for (connection, id) in &group.external_ids {
        let label = tf("groups.external_id", &[&connection.name]);
        facts.push(Fact::copy(label, id, t("groups.copy_external_id")));
    }
    let GroupVersion(version) = group.group.version();
    facts.push(Fact::text(t("groups.version"), version.to_string()));
    let (title, why) = match &group.managed_by {
        Some(by) => ("groups.sent_none", tf("groups.sent_none_why", &[&by.name])),
        None => ("groups.sent_local", t("groups.sent_local_why").to_owned()),
    };
    let log = Link::new(t("groups.open_log"), chrome.path("/log"));
    let page = Sync {
        badge: badge(&group),
        lead: lead(&group),
        actions: actions(&caller, &group, &chrome, &add_at(&group, &chrome)),
        tabs: tabs(&group, &base, Page::Sync),
        facts,
        rows: rows.iter().map(|row| sent(row, &pauses, &chrome)).collect(),
        empty: Empty {
            icon: "activity",
            title: t(title).to_owned(),
            why,
            action: Some(Button::new("activity", log.text.clone(), log.href.clone())),
        },
        log,
        chrome,
    };
    html(&req, &page)
}

/// One change, and what differs by it.
struct Change {
    event: EventRow,
    lines: Vec<DiffLine>,
}

#[derive(Template)]
#[template(path = "pages/groups/history.html")]
struct History {
    chrome: Chrome,
    badge: Badge,
    lead: String,
    actions: Vec<Button>,
    tabs: Vec<Tab>,
    rows: Vec<Change>,
    /// How far was looked.
    looked: String,
    /// Where to look further back; nothing behind the first change.
    further: Option<String>,
    first: Option<String>,
    empty: Empty,
}

/// `GET /a/{account_id}/groups/{group_id}/history?before=…`.
pub async fn history(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let group = find(&caller, &req)?;
    let before = query(&req, "before").parse::<i64>().ok();
    let (id, scim_id) = (group.group.id.to_string(), group.group.scim_id.to_string());
    let made_ms = group.group.created_ms;
    let span = (HISTORY_LOOKED, HISTORY_ROWS);
    let found = caller
        .read_long(move |tx| app::audit::about(tx, [&id, &scim_id], made_ms, before, span))
        .await?;
    let chrome = below_list(chrome(&caller, &req, &group.group.name));
    let at = chrome.path(&format!("/groups/{}/history", group.group.id));
    let entries: Vec<Value> = found.rows.iter().map(history::entry_of).collect();
    let people = People::of(&caller, &entries, &chrome)?;
    let change = |(row, entry)| Change {
        event: history::event(row, entry, &people, &chrome),
        lines: history::lines(entry, &people, &chrome.times),
    };
    let page = History {
        badge: badge(&group),
        lead: lead(&group),
        actions: actions(&caller, &group, &chrome, &add_at(&group, &chrome)),
        tabs: tabs(&group, &chrome.path(""), Page::History),
        rows: found.rows.iter().zip(&entries).map(change).collect(),
        looked: history::looked(&found, &chrome.times),
        further: found
            .next
            .map(|next| with_query(&at, [("before", next.to_string().as_str())])),
        first: before.map(|_| at),
        empty: Empty {
            icon: "history",
            title: t("history.none").to_owned(),
            why: history::looked(&found, &chrome.times),
            action: None,
        },
        chrome,
    };
    html(&req, &page)
}
