//! What there is of a member beside their access: the groups they are in, the record that
//! providers push, and what was changed.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::Value;

use super::{Head, Page, address, below_list, chrome, find, head, locked, marks, tabs, writes};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::member::{Attributes, GroupPlace, Member, State};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::counted;
use crate::http::console::form::query;
use crate::http::console::format::When;
use crate::http::console::groups::trail::{SentRow, sent};
use crate::http::console::history::{self, People};
use crate::http::console::log::pauses::Pauses;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Button, DiffLine, Empty, EventRow, Fact, FactValue, Form, Link, Source, Tab, Tone,
};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html};

/// Requests that are looked through for those about the member, and how many are shown.
const SENT_LOOKED: i64 = 30_000;
const SENT_ROWS: i64 = 25;
/// Rows of the audit log that one look goes through.
const HISTORY_LOOKED: i64 = 12_000;
const HISTORY_ROWS: usize = 50;

/// How the names of SCIM's own schemas begin.
const SCHEMAS: &str = "urn:ietf:params:scim:schemas:";

/// A group the member is in.
struct GroupLine {
    name: String,
    href: String,
    /// "Pushed by Okta", or by hand.
    how: Source,
    since: When,
    grants: Badge,
}

#[derive(Template)]
#[template(path = "pages/members/groups.html")]
struct Groups {
    chrome: Chrome,
    marks: Vec<Badge>,
    head: Head,
    tabs: Vec<Tab>,
    rows: Vec<GroupLine>,
    empty: Empty,
    /// Puts them into a group; nothing where that can't be done, or not by the viewer.
    add: Option<Form>,
}

fn group(place: &GroupPlace, chrome: &Chrome) -> GroupLine {
    GroupLine {
        name: place.name.clone(),
        // A legacy group is looked at where it is made a user group.
        href: if place.is_legacy {
            chrome.path("/migrate")
        } else {
            chrome.path(&format!("/groups/{}", place.id))
        },
        how: match (&place.added_by, place.managed) {
            (Some(by), _) => Source::provider(by.kind, tf("members.pushed_by", &[&by.name])),
            (None, true) => Source::local(t("members.in_managed")),
            (None, false) => Source::local(t("members.by_hand")),
        },
        since: chrome.times.at(place.added_ms),
        grants: if place.grants {
            let key = if place.is_legacy {
                "members.group_by_name"
            } else {
                "members.group_grants"
            };
            Badge::new(Tone::Ok, "shield-check", t(key))
        } else {
            Badge::new(Tone::Warn, "triangle-alert", t("groups.grants_nothing"))
        },
    }
}

/// `GET /a/{account_id}/members/{member_id}/groups`.
pub async fn groups(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let member = find(&caller, &req)?;
    let chrome = below_list(chrome(&caller, &req, &member.listed.name));
    let may = writes(&caller, &member) && member.listed.member.state != State::Inactive;
    let out = member.listed.member.state == State::Inactive;
    let why = match (out, may, &member.listed.managed_by) {
        (true, ..) => "members.no_groups_out",
        (false, false, _) => "members.no_groups_others",
        (false, true, Some(_)) => "members.no_groups_why",
        (false, true, None) => "members.no_groups_own",
    };
    // Who is out is let in first, where that is ours to do.
    let let_in =
        (out && writes(&caller, &member) && member.listed.managed_by.is_none()).then(|| {
            let at = format!("{}/activate", address(&chrome, &member));
            Button::new("user-check", t("members.reactivate"), at)
        });
    let page = Groups {
        add: may.then(|| {
            Form::new(chrome.path("/members/bulk"))
                .hidden("id", member.id().to_string())
                .hidden("action", "group")
        }),
        marks: marks(&member),
        head: head(&caller, &member, &chrome),
        tabs: tabs(&member, &chrome, Page::Groups),
        rows: member
            .groups
            .iter()
            .map(|one| group(one, &chrome))
            .collect(),
        empty: Empty {
            icon: "users-round",
            title: t("members.no_groups").to_owned(),
            why: t(why).to_owned(),
            action: let_in,
        },
        chrome,
    };
    html(&req, &page)
}

/// An attribute of the record, by its path; an extension's is told apart by its schema.
struct Attribute {
    name: String,
    schema: String,
    value: String,
}

#[derive(Template)]
#[template(path = "pages/members/sync.html")]
struct Sync {
    chrome: Chrome,
    marks: Vec<Badge>,
    head: Head,
    tabs: Vec<Tab>,
    locked: String,
    attributes: Vec<Attribute>,
    facts: Vec<Fact>,
    rows: Vec<SentRow>,
    empty: Empty,
    log: Link,
}

/// The same with what providers know of somebody's state, which is kept beside the record.
fn recorded(record: &Member, attributes: &Attributes) -> Vec<Attribute> {
    let mut all = flat(attributes);
    if !attributes.contains_key("active") {
        let active = Attribute {
            name: "active".to_owned(),
            schema: String::new(),
            value: (record.state == State::Active).to_string(),
        };
        all.insert(0, active);
    }
    all
}

/// The record's values, each by its path: `emails[0].value`.
fn flat(attributes: &Attributes) -> Vec<Attribute> {
    let mut all = Vec::new();
    for (name, value) in attributes {
        match value {
            _ if name == "schemas" => {}
            Value::Object(object) if name.starts_with("urn:") => {
                for (attribute, value) in object {
                    flatten((name, attribute), value, &mut all);
                }
            }
            value => flatten(("", name), value, &mut all),
        }
    }
    all
}

fn flatten((schema, path): (&str, &str), value: &Value, all: &mut Vec<Attribute>) {
    let attribute = |value: String| Attribute {
        name: path.to_owned(),
        // What all of them begin with tells nothing.
        schema: schema.strip_prefix(SCHEMAS).unwrap_or(schema).to_owned(),
        value,
    };
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                flatten((schema, &format!("{path}.{name}")), value, all);
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                flatten((schema, &format!("{path}[{at}]")), value, all);
            }
        }
        Value::String(text) => all.push(attribute(text.clone())),
        Value::Null | Value::Bool(_) | Value::Number(_) => {
            all.push(attribute(value.to_string()));
        }
    }
}

/// `GET /a/{account_id}/members/{member_id}/sync`.
pub async fn sync(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let member = find(&caller, &req)?;
    let record = &member.listed.member;
    let target = record.id.to_string();
    let rows = caller
        .read_long(move |tx| app::provisioning::about(tx, &target, (SENT_LOOKED, SENT_ROWS)))
        .await?;
    let pauses = Pauses::of(&caller, &rows)?;
    let chrome = below_list(chrome(&caller, &req, &member.listed.name));
    let id = record.id.to_string();
    let mut facts = vec![Fact::copy(
        t("members.user_id"),
        id,
        t("members.copy_user_id"),
    )];
    for (connection, id) in &member.external_ids {
        let label = tf("members.external_id", &[&connection.name]);
        facts.push(Fact::copy(label, id, t("members.copy_external_id")));
    }
    let version = record.version().record.to_string();
    facts.push(Fact::text(t("members.version"), version));
    facts.push(Fact::time(
        t("members.record_changed"),
        chrome.times.at(record.modified_ms),
    ));
    let asked = [("q", record.user_name.as_str())];
    let log = Link::new(
        t("members.open_log"),
        with_query(&chrome.path("/log"), asked),
    );
    let (title, why) = match &member.listed.managed_by {
        Some(by) => (
            "members.sent_none",
            tf("members.sent_none_why", &[&by.name]),
        ),
        None if member.operator.is_some() => {
            let why = t("members.sent_operator_why").to_owned();
            ("members.sent_local", why)
        }
        None => ("members.sent_local", t("members.sent_local_why").to_owned()),
    };
    let page = Sync {
        marks: marks(&member),
        head: head(&caller, &member, &chrome),
        tabs: tabs(&member, &chrome, Page::Sync),
        locked: locked(&member.listed),
        attributes: recorded(record, &member.attributes),
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

/// A change and what differs by it.
struct Change {
    event: EventRow,
    lines: Vec<DiffLine>,
}

#[derive(Template)]
#[template(path = "pages/members/history.html")]
struct History {
    chrome: Chrome,
    marks: Vec<Badge>,
    head: Head,
    tabs: Vec<Tab>,
    rows: Vec<Change>,
    /// How far was looked.
    looked: String,
    /// Where to look further back; nothing behind the first change.
    further: Option<String>,
    first: Option<String>,
    empty: Empty,
}

/// `GET /a/{account_id}/members/{member_id}/history?before=…`.
pub async fn history(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let member = find(&caller, &req)?;
    let before = query(&req, "before").parse::<i64>().ok();
    let record = &member.listed.member;
    let (id, membership) = (record.id.to_string(), member.id().to_string());
    let who = id.clone();
    let made_ms = record.created_ms;
    let span = (HISTORY_LOOKED, HISTORY_ROWS);
    let found = caller
        .read_long(move |tx| app::audit::about(tx, [&id, &membership], made_ms, before, span))
        .await?;
    let chrome = below_list(chrome(&caller, &req, &member.listed.name));
    let at = format!("{}/history", address(&chrome, &member));
    let entries: Vec<Value> = found.rows.iter().map(history::entry_of).collect();
    let people = People::of(&caller, &entries, &chrome)?;
    let change = |(row, entry)| match history::membership(row, entry, &who, &people, &chrome) {
        // Of a change of a group that is all there is about them.
        Some(event) => Change {
            event,
            lines: Vec::new(),
        },
        None => Change {
            event: history::event(row, entry, &people, &chrome),
            lines: history::lines(entry, &people, &chrome.times),
        },
    };
    let page = History {
        marks: marks(&member),
        head: head(&caller, &member, &chrome),
        tabs: tabs(&member, &chrome, Page::History),
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_is_a_list_of_paths() {
        let record = json!({
            "schemas": ["x"], "userName": "ada", "name": { "givenName": "Ada" },
            "emails": [{ "value": "a@x", "primary": true }],
            "urn:x:2.0:User": { "manager": { "value": "7" } },
            "urn:ietf:params:scim:schemas:urn:ietf:params:scim:schemas:x": { "a": "1" },
        });
        let Value::Object(record) = record else {
            return;
        };
        let flat = flat(&record);
        let told: Vec<String> = flat
            .iter()
            .map(|one| {
                format!("{} {}={}", one.schema, one.name, one.value)
                    .trim_start()
                    .to_owned()
            })
            .collect();
        assert_eq!(
            told,
            [
                "emails[0].primary=true",
                "emails[0].value=a@x",
                "name.givenName=Ada",
                "urn:ietf:params:scim:schemas:x a=1",
                "urn:x:2.0:User manager.value=7",
                "userName=ada"
            ]
        );
    }
}
