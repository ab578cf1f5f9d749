//! One row of the audit log with all that it says: what differs, who did it, and the entry as it
//! was written.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::Value;

use super::{below, chrome, object, recorded, source_of, source_word};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::AuditRow;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::number;
use crate::http::console::history::{self, People, text};
use crate::http::console::url::with_query;
use crate::http::console::view::{Badge, Delta, Fact, FactValue, Link, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html};

/// What the open row and the page of one row show.
pub struct Entry {
    pub heads: [&'static str; 3],
    pub deltas: Vec<Delta>,
    /// What stands above them: what differs, where anything does.
    pub title: &'static str,
    /// What is said where no value differs, or not all are shown.
    pub note: String,
    pub facts: Vec<Fact>,
    /// Those that stand where the differences would, if there are any.
    pub first: Vec<Fact>,
    pub links: Vec<Link>,
}

pub fn of(row: &AuditRow, entry: &Value, people: &People, chrome: &Chrome) -> Entry {
    let (deltas, left_out) = history::deltas(entry, people, &chrome.times);
    let denied = history::denied::is(entry);
    let note = match (deltas.is_empty(), left_out) {
        _ if denied => {
            let told = history::in_words(entry, people, &chrome.times);
            tf("denied.sentence", &[&history::actor(entry), &told])
        }
        (true, _) => t("audit.no_diff").to_owned(),
        (false, 0) => String::new(),
        (false, left) => tf("audit.left_out", &[&left]),
    };
    // Why it was refused is said in a sentence.
    let deltas = if denied { Vec::new() } else { deltas };
    let mut facts = facts(row, entry, people, chrome);
    let first = if deltas.is_empty() {
        facts.drain(..facts.len() / 2).collect()
    } else {
        Vec::new()
    };
    Entry {
        first,
        heads: [t("audit.attribute"), t("audit.before"), t("audit.after")],
        title: if deltas.is_empty() {
            t("audit.details")
        } else {
            t("audit.differs")
        },
        deltas,
        note,
        facts,
        links: links(entry, people, chrome),
    }
}

fn facts(row: &AuditRow, entry: &Value, people: &People, chrome: &Chrome) -> Vec<Fact> {
    let (actor, resource, raw) = (&entry["actor"], &entry["resource"], &entry["raw"]);
    let mut facts = vec![Fact::time(t("audit.at"), chrome.times.at(row.at_ms))];
    facts.push(Fact::text(t("audit.actor"), history::actor(entry)));
    facts.push(Fact::text(t("audit.source"), source_word(source_of(entry))));
    let code = |label: &str, value: &Value| {
        let value = value.as_str().filter(|value| !value.is_empty())?;
        Some(Fact::new(t(label), FactValue::Code(value.to_owned())))
    };
    facts.extend(code("audit.address", &actor["ip_address"]));
    facts.extend(match people.token(entry, chrome) {
        Some(link) => Some(Fact::new(t("audit.token"), FactValue::Links(vec![link]))),
        None => code("audit.token", &actor["token_name"]),
    });
    facts.extend(code("audit.why", &entry["provost"]["why"]));
    let request = [text(&raw["method"]), text(&raw["uri"])].join(" ");
    if !request.trim().is_empty() {
        facts.push(Fact::new(t("audit.request"), FactValue::Code(request)));
    }
    let called = object(entry, people, &chrome.times);
    if let Some(name) = recorded(entry, &called) {
        facts.push(Fact::new(t("members.user_name"), FactValue::Code(name)));
    }
    let id = text(&resource["id"]);
    if !id.is_empty() {
        facts.push(Fact::copy(t("audit.object_id"), id, t("audit.copy_object")));
    }
    let request_id = text(&raw["cf_ray_id"]);
    facts.push(Fact::copy(
        t("audit.request_id"),
        request_id,
        t("audit.copy_request"),
    ));
    facts.push(Fact::copy(
        t("audit.id"),
        row.id.to_string(),
        t("audit.copy_id"),
    ));
    facts
}

fn links(entry: &Value, people: &People, chrome: &Chrome) -> Vec<Link> {
    let resource = &entry["resource"];
    let mut links = Vec::new();
    if let Some(at) = history::address(chrome, entry, people) {
        let name = object(entry, people, &chrome.times);
        links.push(Link::new(tf("audit.open", &[&name]), at));
    }
    let (id, list) = (text(&resource["id"]), chrome.path("/audit"));
    if !id.is_empty() {
        links.push(Link::new(
            t("audit.same_object"),
            with_query(&list, [("object", id.as_str())]),
        ));
    }
    // All tokens of the account have one id for an actor, that of its own connection.
    let actor = match text(&entry["actor"]["token_name"]) {
        name if name == history::actor(entry) => name,
        _ => text(&entry["actor"]["id"]),
    };
    if !actor.is_empty() {
        links.push(Link::new(
            t("audit.same_actor"),
            with_query(&list, [("actor", actor.as_str())]),
        ));
    }
    links
}

#[derive(Template)]
#[template(path = "pages/audit/show.html")]
struct Show {
    chrome: Chrome,
    badge: Badge,
    lead: String,
    entry: Entry,
    chained: Vec<Fact>,
    text: String,
}

/// `GET /a/{account_id}/audit/{row}`: a row by its number or id.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let named = req.match_info().get("row").unwrap_or_default().to_owned();
    let row = caller
        .read_long(move |tx| app::audit::show(tx, &named))
        .await?;
    let entry = history::told_of(&row);
    let title = history::action(&entry);
    let chrome = below(chrome(&caller, &req, &title));
    let people = People::of(&caller, [&entry], &chrome)?;
    let name = object(&entry, &people, &chrome.times);
    // An id alone tells nothing, and stands below.
    let name =
        Some(name).filter(|name| !name.is_empty() && *name != text(&entry["resource"]["id"]));
    let done = entry["action"]["result"] == "success";
    let hash = data_encoding::HEXLOWER.encode(&row.hash);
    let page = Show {
        badge: if done {
            Badge::new(Tone::Ok, "circle-check", t("audit.done"))
        } else {
            Badge::new(Tone::Bad, "circle-x", t("audit.refused"))
        },
        lead: match name {
            None => tf("audit.by", &[&history::actor(&entry)]),
            Some(name) => tf("audit.by_on", &[&history::actor(&entry), &name]),
        },
        entry: of(&row, &entry, &people, &chrome),
        chained: vec![
            Fact::text(
                t("audit.number"),
                number(u64::try_from(row.seq).unwrap_or(0)),
            ),
            Fact::copy(t("audit.hash"), hash, t("audit.copy_hash")),
        ],
        text: serde_json::to_string_pretty(&history::entry_of(&row))
            .unwrap_or_else(|_| row.entry.clone()),
        chrome,
    };
    html(&req, &page)
}
