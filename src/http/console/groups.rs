//! User groups: the list, a group's policies, its people, what providers sent, and its history.

pub mod edit;
pub mod list;
pub mod membership;
pub mod people;
pub mod policies;
pub mod show;
pub mod trail;

use actix_web::HttpRequest;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::flash;
use super::format::number;
use super::url::with_query;
use super::view::{Badge, Button, Source, Tab, Tone};
use super::words::{t, tf};
use crate::app::groups::shown::{self, ShownGroup};
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::policy::Access;
use crate::domain::reference::GroupRef;

/// The group of the path.
///
/// Errors: `NotFound`.
fn of_path(req: &HttpRequest) -> Result<GroupRef> {
    let id = req.match_info().get("group_id").unwrap_or_default();
    let unknown = |_| Error::not_found("user group", id);
    id.parse().map(GroupRef::Id).map_err(unknown)
}

/// The group of the path, with what its pages tell of it.
///
/// Errors: `Forbidden`, `NotFound`.
fn find(caller: &AccountCaller, req: &HttpRequest) -> Result<ShownGroup> {
    let which = of_path(req)?;
    caller.read(|tx| shown::get(tx, &which))
}

/// Of a list of groups or of a page about none.
fn chrome(caller: &AccountCaller, req: &HttpRequest, title: &str) -> Chrome {
    caller
        .chrome()
        .page(Nav::Groups, title)
        .flash(flash::told(req))
}

/// Below the list.
fn below_list(chrome: Chrome) -> Chrome {
    let list = chrome.path("/groups");
    chrome.crumb(t("nav.groups"), list)
}

/// Below a group.
fn below(chrome: Chrome, group: &Group) -> Chrome {
    let at = chrome.path(&format!("/groups/{}", group.id));
    below_list(chrome).crumb(&group.name, at)
}

/// Who manages the group.
fn source(managed_by: Option<&Connection>, base: &str) -> Source {
    match managed_by {
        Some(connection) => Source::provider(connection.kind, &connection.name)
            .leads_to(format!("{base}/connections/{}", connection.id)),
        None => Source::local(t("groups.local")),
    }
}

/// The same beside the title.
fn badge(group: &ShownGroup) -> Badge {
    match &group.managed_by {
        Some(connection) => Badge::new(
            Tone::Accent,
            "lock",
            tf("groups.synced", &[&connection.name]),
        ),
        None => Badge::new(Tone::Plain, "", t("groups.local_badge")),
    }
}

/// What the group is about, in a sentence.
fn lead(group: &ShownGroup) -> String {
    match &group.managed_by {
        Some(connection) => tf("groups.lead_synced", &[&connection.name]),
        None => t("groups.lead_local").to_owned(),
    }
}

/// What is done from each page of a group but the list of its people, which has its own: `add` is
/// where the form of a new policy is. A member is tested against the first role that it grants.
fn actions(caller: &AccountCaller, group: &ShownGroup, chrome: &Chrome, add: &str) -> Vec<Button> {
    let mut allows = group
        .policies
        .iter()
        .filter(|policy| policy.access == Access::Allow);
    let role = allows.find_map(|policy| policy.permission_groups.first());
    let test = chrome.path("/explain");
    let test = match role {
        Some(role) => with_query(&test, [("role", role.to_string().as_str())]),
        None => test,
    };
    let mut actions = vec![Button::new("user-round-search", t("groups.test"), test)];
    if caller.allows(Permission::DirectoryWrite) {
        actions.push(Button::primary("plus", t("groups.add_policy_short"), add));
    }
    actions
}

/// That form, from another page of the group.
fn add_at(group: &ShownGroup, chrome: &Chrome) -> String {
    chrome.path(&format!("/groups/{}#add", group.group.id))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Policies,
    Members,
    Sync,
    History,
}

fn tabs(group: &ShownGroup, base: &str, current: Page) -> Vec<Tab> {
    let at = format!("{base}/groups/{}", group.group.id);
    let members = count(group.group.member_count);
    let policies = u64::try_from(group.policies.len()).unwrap_or(0);
    let pages = [
        (Page::Policies, "", "groups.policies", number(policies)),
        (Page::Members, "/members", "groups.members", number(members)),
        (Page::Sync, "/sync", "groups.sync", String::new()),
        (Page::History, "/history", "groups.history", String::new()),
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
