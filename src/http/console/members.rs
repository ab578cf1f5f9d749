//! Members: the list, one person's access, groups, record and history, and what can be done with
//! them.

pub mod add;
pub mod bulk;
pub mod change;
pub mod list;
pub mod policies;
pub mod record;
pub mod show;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::access_preview::{AccessPreview, COMPARED_MAX};
use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::form::Form as Sent;
use super::format::number;
use super::pressed::Makes;
use super::url::with_query;
use super::view::{Badge, Button, Source, Tab, Tone};
use super::words::{t, tf};
use super::{flash, refusal};
use crate::app::members::shown::{self, ListedMember, ShownMember};
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Result};
use crate::domain::member::State;
use crate::domain::operator::Operator;
use crate::domain::reason::Reason;
use crate::domain::reference::MemberRef;

/// The member of the path.
///
/// Errors: `Forbidden`, `NotFound`.
fn find(caller: &AccountCaller, req: &HttpRequest) -> Result<ShownMember> {
    let id = req.match_info().get("member_id").unwrap_or_default();
    let unknown = |_| Error::not_found("member", id);
    let which = id.parse().map(MemberRef::Membership).map_err(unknown)?;
    caller.read(|tx| shown::get(tx, &which))
}

/// Of the list, or of a page about nobody.
fn chrome(caller: &AccountCaller, req: &HttpRequest, title: &str) -> Chrome {
    caller
        .chrome()
        .page(Nav::Members, title)
        .flash(flash::told(req))
}

/// Below the list.
fn below_list(chrome: Chrome) -> Chrome {
    let list = chrome.path("/members");
    chrome.crumb(t("nav.members"), list)
}

/// Below a member.
fn below(chrome: Chrome, member: &ShownMember) -> Chrome {
    let at = address(&chrome, member);
    below_list(chrome).crumb(&member.listed.name, at)
}

/// Where a member's page is.
fn address(chrome: &Chrome, member: &ShownMember) -> String {
    chrome.path(&format!("/members/{}", member.id()))
}

/// Who manages somebody.
pub fn source(managed_by: Option<&Connection>, base: &str) -> Source {
    match managed_by {
        Some(connection) => Source::provider(connection.kind, &connection.name)
            .leads_to(format!("{base}/connections/{}", connection.id)),
        None => Source::local(t("members.made_by_hand")),
    }
}

/// Whether somebody is in.
pub fn state(state: State) -> Badge {
    match state {
        State::Active => Badge::new(Tone::Ok, "circle-check", t("members.active")),
        State::Pending => Badge::new(Tone::Warn, "mail", t("members.pending")),
        State::Inactive => Badge::new(Tone::Plain, "user-x", t("members.inactive")),
    }
}

/// Beside the title: the state, and who owns the record.
fn marks(member: &ShownMember) -> Vec<Badge> {
    let mut marks = vec![state(member.listed.member.state)];
    if let Some(connection) = &member.listed.managed_by {
        let text = tf("members.synced", &[&connection.name]);
        marks.push(Badge::new(Tone::Accent, "lock", text));
    }
    marks.extend(member.operator.as_ref().map(operator_mark));
    marks
}

/// Whether somebody can sign in as the member: an operator is there before their password is.
fn operator_mark(operator: &Operator) -> Badge {
    let (tone, key) = match operator {
        Operator { disabled: true, .. } => (Tone::Warn, "members.operator_off"),
        Operator {
            has_password: false,
            ..
        } => (Tone::Plain, "members.operator_waits"),
        Operator { .. } => (Tone::Plain, "members.operator"),
    };
    Badge::new(tone, "monitor", t(key))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Access,
    Groups,
    Sync,
    History,
}

fn tabs(member: &ShownMember, chrome: &Chrome, current: Page) -> Vec<Tab> {
    let at = address(chrome, member);
    let groups = u64::try_from(member.groups.len()).unwrap_or(0);
    let pages = [
        (Page::Access, "", "members.tab_access", String::new()),
        (
            Page::Groups,
            "/groups",
            "members.tab_groups",
            number(groups),
        ),
        (Page::Sync, "/sync", "members.tab_sync", String::new()),
        (
            Page::History,
            "/history",
            "members.tab_history",
            String::new(),
        ),
    ];
    let tab = |(page, path, word, count): (Page, &str, &str, String)| Tab {
        text: t(word).to_owned(),
        href: format!("{at}{path}"),
        count,
        current: page == current,
    };
    pages.into_iter().map(tab).collect()
}

/// A count of the database.
fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// What stands above the tabs of a member, whichever is open.
pub struct Head {
    pub lead: String,
    pub actions: Vec<Button>,
}

/// To explain the member's access, and to change it where the caller may.
fn head(caller: &AccountCaller, member: &ShownMember, chrome: &Chrome) -> Head {
    let listed = &member.listed;
    let about = match (&listed.managed_by, &member.operator) {
        (_, Some(_)) => t("members.lead_operator").to_owned(),
        (Some(connection), None) if listed.member.state == State::Inactive => {
            tf("members.lead_synced_out", &[&connection.name])
        }
        (Some(connection), None) => tf("members.lead_synced", &[&connection.name]),
        (None, None) => t("members.lead_local").to_owned(),
    };
    // Whoever has no name is called by the address already.
    let lead = if listed.email == listed.name {
        about
    } else {
        tf("members.head", &[&listed.email, &about])
    };
    let asked = [("member", listed.member.user_name.as_str())];
    let explain = with_query(&chrome.path("/explain"), asked);
    let mut actions = vec![Button::new(
        "user-round-search",
        t("members.explain"),
        explain,
    )];
    if writes(caller, member) && listed.member.state != State::Inactive {
        actions.push(add_policy(member, chrome));
    }
    Head { lead, actions }
}

/// Whether the caller may change what the member may do. Nobody decides on their own roles.
fn writes(caller: &AccountCaller, member: &ShownMember) -> bool {
    let is_own = caller.me().member == Some(member.listed.member.id);
    caller.allows(Permission::DirectoryWrite) && !is_own
}

fn add_policy(member: &ShownMember, chrome: &Chrome) -> Button {
    let new = format!("{}/policies/new", address(chrome, member));
    Button::primary("plus", t("members.add_policy"), new)
}

/// Whose access provider or console, in one sentence; nothing where all can be changed here.
fn locked(member: &ListedMember) -> String {
    match &member.managed_by {
        Some(connection) if member.member.state == State::Inactive => {
            tf("members.locked_out", &[&connection.name])
        }
        Some(connection) => tf("members.locked", &[&connection.name]),
        None => String::new(),
    }
}

/// What became of a change that a form asked for.
enum Outcome {
    Saved,
    /// What it would do, the fingerprint of that, and the status of the page.
    Shown(AccessPreview, String, StatusCode),
    /// Why not, in words and as a code.
    Refused(String, Reason),
}

/// Shows what the change would do, or makes it if that is what was shown already. `stale`: what
/// it stands on was changed since the form was opened.
///
/// Errors: those that no form can mend.
async fn decide(
    caller: &AccountCaller,
    change: Change,
    form: &Sent,
    stale: bool,
) -> Result<Outcome> {
    decide_once(caller, change, form, stale, None).await
}

/// The same of a form that makes something, for when it comes twice.
///
/// Errors: those that no form can mend.
async fn decide_once(
    caller: &AccountCaller,
    change: Change,
    form: &Sent,
    stale: bool,
    makes: Option<Makes>,
) -> Result<Outcome> {
    let fingerprint = form.get("fingerprint").to_owned();
    let asks = form.ticked("preview") || fingerprint.is_empty();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            if asks {
                return preview::show(tx, &change, COMPARED_MAX).map(Confirmed::Moved);
            }
            let done = preview::confirm(tx, &change, COMPARED_MAX, &fingerprint)?;
            if let (Confirmed::Made(_), Some(makes)) = (&done, &makes) {
                makes.made();
            }
            Ok(done)
        })
        .await;
    Ok(match done {
        Ok(Confirmed::Made(_)) => Outcome::Saved,
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, &caller.chrome().path(""));
            let (preview, status) = if asks && !stale {
                (preview, StatusCode::OK)
            } else {
                (preview.moved(), StatusCode::CONFLICT)
            };
            Outcome::Shown(preview, shown.fingerprint, status)
        }
        Err(error) => {
            let reason = error.reason();
            Outcome::Refused(refusal(error)?, reason)
        }
    })
}
