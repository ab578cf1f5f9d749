//! What a connection's brake holds: who would lose what, and letting it go or refusing it for
//! good.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::brake::{ALL, allowed, reaches_all};
use super::{address, below, chrome, find};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::brake::{
    Brake, HeldChange, HeldOperation, HeldSelection, HeldState, Meter, RELEASE_MS,
};
use crate::domain::connection::Connection;
use crate::domain::effective::Effective;
use crate::domain::error::{Kind, Result};
use crate::domain::id::{GroupId, MemberId};
use crate::domain::reference::MemberRef;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, list};
use crate::http::console::view::{Badge, Button, Empty, Form, Notice, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as};
use crate::store::tx::ReadTx;

/// Changes that a page shows. Whoever decides of all of them decides of the others too, as far
/// as they were held when the page was made.
const SHOWN: i64 = 100;
/// People whose roles are looked up for it.
const ROLES_OF_MAX: usize = 50;

struct Row {
    target: String,
    name: String,
    href: String,
    what: String,
    loses: String,
    state: Badge,
    /// Whether it waits for a decision; and whether it was refused for good, which can be undone.
    waits: bool,
    discarded: bool,
    /// Whether it passes for some time yet, which can be ended.
    released: bool,
    since: When,
    tries: String,
    log: String,
}

#[derive(Template)]
#[template(path = "pages/connections/held.html")]
struct Held {
    chrome: Chrome,
    lead: String,
    form: Form,
    rows: Vec<Row>,
    /// Whether the viewer decides of such things, and whether any of them waits for it.
    may: bool,
    decides: bool,
    more: String,
    empty: Empty,
}

/// A held change, and the roles of whom it would take away.
type Weighed = (HeldChange, Vec<String>);

fn weighed(tx: &ReadTx<'_>, connection: &Connection) -> Result<Vec<Weighed>> {
    let id = connection.id.to_string();
    let changes = app::brake::held_first(tx, &id, SHOWN + 1)?;
    let mut weighed = Vec::with_capacity(changes.len());
    for (at, change) in changes.into_iter().enumerate() {
        let member = change.target_id.parse::<MemberId>().ok();
        let member = member.filter(|_| change.target_kind == "User" && at < ROLES_OF_MAX);
        let roles = match member {
            Some(id) => {
                let found = app::access::effective(tx, &MemberRef::Id(id))?.roles;
                let held = found.into_iter().filter(Effective::is_effective);
                held.map(|role| role.name).collect()
            }
            None => Vec::new(),
        };
        weighed.push((change, roles));
    }
    Ok(weighed)
}

/// How often it was asked for, and when last.
fn tries(change: &HeldChange, chrome: &Chrome) -> String {
    let tries = tn("held.tries", u64::try_from(change.tries).unwrap_or(0));
    if change.tries > 1 {
        let last = chrome.times.ago(change.last_ms).text;
        tf("held.tries_last", &[&tries, &last])
    } else {
        tries
    }
}

fn row((change, roles): &Weighed, chrome: &Chrome) -> Row {
    let people = u64::try_from(change.people).unwrap_or(0);
    let member = change.target_id.parse::<MemberId>().ok();
    let group = change.target_id.parse::<GroupId>().ok();
    let href = match (change.target_kind, member, group) {
        ("User", Some(id), _) => chrome.path(&format!("/members/{}", id.membership())),
        ("Group", _, Some(id)) => chrome.path(&format!("/groups/{id}")),
        _ => String::new(),
    };
    let what = match change.operation {
        HeldOperation::DeactivateUser => t("held.deactivate"),
        HeldOperation::DeleteUser => t("held.delete_user"),
        HeldOperation::RemoveMembers => t("held.remove_members"),
        HeldOperation::DeleteGroup => t("held.delete_group"),
    };
    let loses = match (change.target_kind, change.meter) {
        ("User", _) => {
            let mut all = vec![t("held.membership")];
            all.extend(roles.iter().map(String::as_str));
            list(&all)
        }
        (_, Meter::Privileged) => tn("held.administrators", people),
        (_, Meter::Members) => tn("held.people", people),
    };
    let state = match change.state {
        HeldState::Held => Badge::new(Tone::Warn, "hand", t("held.held")),
        HeldState::Released => {
            let until = change.until_ms.map(|ms| chrome.times.at(ms).text);
            let text = tf("held.released", &[&until.unwrap_or_default()]);
            Badge::new(Tone::Ok, "check", text)
        }
        HeldState::Discarded => Badge::new(Tone::Plain, "ban", t("held.discarded")),
    };
    Row {
        target: change.target_id.clone(),
        name: change.target_name.clone(),
        href,
        what: what.to_owned(),
        loses,
        waits: change.state == HeldState::Held,
        discarded: change.state == HeldState::Discarded,
        released: change.state == HeldState::Released,
        state,
        since: chrome.times.ago(change.first_ms),
        tries: tries(change, chrome),
        log: chrome.path(&format!("/log/{}", change.request)),
    }
}

/// `GET /a/{account_id}/connections/{connection_id}/held`.
pub async fn held(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let connection = find(&caller, &req)?.connection;
    let read = connection.clone();
    let (mut changes, counted) = caller
        .read_long(move |tx| {
            let counted = Counted {
                members: app::brake::counted_members(tx)?,
                removed: app::brake::removed_lately(tx, &read.id.to_string())?,
            };
            Ok((weighed(tx, &read)?, counted))
        })
        .await?;
    let shown = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let more = changes.len() > shown;
    changes.truncate(shown);
    let chrome = below(chrome(&caller, t("connections.held")), &connection);
    let at = address(&chrome, &connection);
    let chrome = chrome.arrived(&format!("{at}/held"));
    let now_ms = chrome.times.now_ms();
    let may = caller.allows(Permission::ConnectionsWrite);
    let page = Held {
        lead: while_paused(
            lead(connection.settings.brake, counted, &changes),
            &connection,
        ),
        form: Form::new(format!("{at}/held")).hidden("seen", now_ms.to_string()),
        may,
        decides: may && changes.iter().any(|(one, _)| one.state == HeldState::Held),
        more: if more {
            tn("held.more", u64::try_from(SHOWN).unwrap_or(0))
        } else {
            String::new()
        },
        empty: Empty {
            icon: "shield-check",
            title: t("held.none").to_owned(),
            why: match connection.settings.brake {
                Brake::Off => t("held.none_why_off").to_owned(),
                ALL => t("held.none_why_all").to_owned(),
                Brake::People(_) | Brake::Share(_) => t("held.none_why").to_owned(),
            },
            action: Some(Button::new(
                "settings",
                t("here.settings"),
                format!("{at}#settings"),
            )),
        },
        rows: changes.iter().map(|one| row(one, &chrome)).collect(),
        chrome,
    };
    html(&req, &page)
}

#[derive(Template)]
#[template(path = "pages/connections/decide.html")]
struct Decide {
    chrome: Chrome,
    lead: String,
    form: Form,
    rows: Vec<Row>,
    all: String,
    submit: String,
    kind: &'static str,
    icon: &'static str,
    cancel: String,
}

/// `POST /a/{account_id}/connections/{connection_id}/held`: asks once more, says what happens to
/// whom, and does it when that was confirmed.
pub async fn decide(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::ConnectionsWrite)?;
    let connection = find(&caller, &req)?.connection;
    // One that was decided has a button of its own, whatever is ticked.
    let (again, end) = (form.get("after_all"), form.get("end"));
    let releases = (form.get("decision") == "release" && end.is_empty()) || !again.is_empty();
    let at = address(&caller.chrome(), &connection);
    let (targets, state) = match (again, end) {
        ("", "") => (form.all("target"), HeldState::Held),
        ("", end) => (vec![end], HeldState::Released),
        (again, _) => (vec![again], HeldState::Discarded),
    };
    let selection = HeldSelection {
        targets: targets.into_iter().map(str::to_owned).collect(),
        until_ms: form.get("seen").parse().ok(),
        // What somebody else decided meanwhile stays as they did.
        states: vec![state],
    };
    if !form.ticked("sure") {
        let read = connection.clone();
        let changes = caller.read_long(move |tx| weighed(tx, &read)).await?;
        let meant = meant(&changes, &selection);
        // Somebody else decided of one of them, or of all.
        if meant.is_empty() || meant.len() < selection.targets.len() {
            return Ok(moved(&req, &at));
        }
        let page = ask(&caller, &connection, &selection, &meant, releases);
        return html_as(&req, StatusCode::OK, &page);
    }
    let id = connection.id.to_string();
    let decided = caller
        .write(Permission::ConnectionsWrite, move |tx| {
            if releases {
                app::brake::release(tx, &id, &selection)
            } else {
                app::brake::discard(tx, &id, &selection)
            }
        })
        .await;
    let back = format!("{at}/held");
    match decided {
        // Of all that waited nothing does any more.
        Ok(0) => Ok(moved(&req, &at)),
        Ok(changes) => {
            let changes = u64::try_from(changes).unwrap_or(0);
            let (title, text) = if releases {
                let text = tn("held.was_released_text", changes);
                (
                    tn("held.was_released", changes),
                    while_paused(text, &connection),
                )
            } else {
                (
                    tn("held.was_discarded", changes),
                    t("held.was_discarded_text").to_owned(),
                )
            };
            Ok(flash::done(&req, &back, &title, &text))
        }
        // One of them is not as it was: the list tells which are.
        Err(error) if error.kind() == Kind::NotFound => Ok(moved(&req, &at)),
        Err(error) => Err(error.into()),
    }
}

/// Back to the list, which is not as it was.
fn moved(req: &HttpRequest, connection: &str) -> HttpResponse {
    let notice = Notice::new(Tone::Warn, t("held.moved"), t("held.moved_text"));
    flash::lead(req, &format!("{connection}/held"), &notice)
}

/// Of what there is, that which is decided: it is in the state in which it was seen.
fn meant<'c>(changes: &'c [Weighed], selection: &HeldSelection) -> Vec<&'c Weighed> {
    let seen_ms = selection.until_ms.unwrap_or(i64::MAX);
    let is_meant = |(change, _): &&Weighed| {
        let named = if selection.targets.is_empty() {
            change.first_ms <= seen_ms
        } else {
            selection.targets.contains(&change.target_id)
        };
        named && selection.states.contains(&change.state)
    };
    changes.iter().filter(is_meant).collect()
}

/// A share of everybody says nothing of administrators, whose share is of them alone.
fn apart(brake: Brake, told: String) -> String {
    match brake {
        Brake::Share(_) => format!("{told} {}", t("held.apart")),
        Brake::People(_) | Brake::Off => told,
    }
}

/// What a limit is seen against.
#[derive(Clone, Copy)]
struct Counted {
    /// Those who are there still.
    members: i64,
    /// Whom the connection removed a moment ago: who went counts among those there were.
    removed: i64,
}

impl Counted {
    fn all(self) -> i64 {
        self.members.saturating_add(self.removed)
    }
}

/// From how many on removals are held; and, where some wait, that those were not applied. What was
/// released is, by the provider's next request.
fn lead(brake: Brake, counted: Counted, changes: &[Weighed]) -> String {
    let is = |state| changes.iter().any(|(one, _)| one.state == state);
    let allowed = allowed(brake, counted.all());
    let reaches_all = counted.all() > 1 && reaches_all(brake, counted.all());
    let lead = match (brake, is(HeldState::Held)) {
        (Brake::Off, true) => t("held.lead_off_waits").to_owned(),
        (Brake::Off, false) => t("held.lead_off").to_owned(),
        (Brake::People(0), _) => t("held.zero").to_owned(),
        (ALL, true) => t("held.lead_all_waits").to_owned(),
        (ALL, false) => t("held.lead_all").to_owned(),
        (_, true) if reaches_all => tf("held.lead_enough_waits", &[&allowed]),
        (_, false) if reaches_all => tf("held.lead_enough", &[&allowed]),
        (_, false) => tf("held.lead_none", &[&allowed]),
        (_, true) if is(HeldState::Released) => tf("held.lead_some", &[&allowed]),
        (_, true) => tf("held.lead", &[&allowed]),
    };
    let lead = match brake {
        Brake::Off | ALL => lead,
        // Nobody is counted where nothing is held.
        Brake::People(_) | Brake::Share(_) if reaches_all => lead,
        Brake::People(_) | Brake::Share(_) => {
            format!("{} {}", apart(brake, lead), t("held.uncounted"))
        }
    };
    if is(HeldState::Discarded) {
        format!("{lead} {}", t("held.lead_discarded"))
    } else {
        lead
    }
}

/// With the reason why nothing of it can happen now, where there is one.
fn while_paused(lead: String, connection: &Connection) -> String {
    if connection.paused {
        format!("{lead} {}", t("held.paused"))
    } else {
        lead
    }
}

/// The question and the button's words; of all (0) there may be more than the page shows.
fn asked(named: usize, releases: bool) -> (String, String) {
    let count = u64::try_from(named).unwrap_or(u64::MAX);
    match (releases, named) {
        (true, 0) => (
            t("held.release_title_all").to_owned(),
            t("held.release_submit_all").to_owned(),
        ),
        (true, _) => (
            tn("held.release_title", count),
            tn("held.release_submit", count),
        ),
        (false, 0) => (
            t("held.discard_title_all").to_owned(),
            t("held.discard_submit_all").to_owned(),
        ),
        (false, _) => (
            tn("held.discard_title", count),
            tn("held.discard_submit", count),
        ),
    }
}

/// For how long what is released passes, and how that ends: a person's by being used, a group's
/// by the time alone.
fn release_lead(meant: &[&Weighed], chrome: &Chrome) -> String {
    let until = chrome.times.at(chrome.times.now_ms() + RELEASE_MS).text;
    let mut lead = tf("held.release_lead", &[&until]);
    for (kind, key) in [
        ("User", "held.release_people"),
        ("Group", "held.release_groups"),
    ] {
        if meant.iter().any(|(one, _)| one.target_kind == kind) {
            lead = format!("{lead} {}", t(key));
        }
    }
    lead
}

fn ask(
    caller: &AccountCaller,
    connection: &Connection,
    selection: &HeldSelection,
    meant: &[&Weighed],
    releases: bool,
) -> Decide {
    let (kind, icon, word) = if releases {
        ("danger", "play", "release")
    } else {
        ("primary", "ban", "discard")
    };
    let (title, submit) = asked(selection.targets.len(), releases);
    let chrome = below(chrome(caller, &title), connection);
    let at = format!("{}/held", address(&chrome, connection));
    let chrome = chrome.crumb(t("connections.held"), &at);
    let chrome = chrome.arrived(&at);
    let mut form = Form::new(&at)
        .hidden("decision", word)
        .hidden("sure", "1")
        .hidden("seen", selection.until_ms.unwrap_or_default().to_string());
    let seen_in = |state| selection.states.contains(&state);
    let name = if seen_in(HeldState::Discarded) {
        "after_all"
    } else if seen_in(HeldState::Released) {
        "end"
    } else {
        "target"
    };
    for target in &selection.targets {
        form = form.hidden(name, target);
    }
    Decide {
        lead: if releases {
            while_paused(release_lead(meant, &chrome), connection)
        } else {
            t("held.discard_lead").to_owned()
        },
        rows: meant.iter().map(|one| row(one, &chrome)).collect(),
        all: if selection.targets.is_empty() {
            t("held.all").to_owned()
        } else {
            String::new()
        },
        submit,
        form,
        kind,
        icon,
        cancel: at,
        chrome,
    }
}
