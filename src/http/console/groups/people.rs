//! Who is in a group.

use actix_web::HttpRequest;
use askama::Template;
use serde_json::json;

use super::{Page, badge, below_list, chrome, count, find, lead, tabs};
use crate::app::groups::shown::{self, ShownGroup};
use crate::domain::actor::Permission;
use crate::domain::group::GroupPerson;
use crate::domain::instant::print_ms;
use crate::domain::member::State;
use crate::domain::reference::Person;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, number};
use crate::http::console::list::{Export, ListQuery, ListSpec};
use crate::http::console::members::list::look_further;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Button, Column, Empty, Field, Filters, Input, Link, Notice, Pager, Sorted, Source, Tab,
    Tone,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, export, filters, html};
use crate::store::groups::MembersAfter;
use crate::store::tx::ReadTx;

const SPEC: ListSpec = ListSpec {
    filters: &[],
    sorts: &[],
    sort: "",
    extras: &[],
};
const PAGE_ROWS: i64 = 50;
const EXPORT_ROWS: i64 = 1_000;
const COLUMNS: [&str; 6] = ["id", "user_name", "name", "state", "added_on", "added_by"];

#[derive(Template)]
#[template(path = "pages/groups/people.html")]
struct People {
    chrome: Chrome,
    badge: Badge,
    lead: String,
    tabs: Vec<Tab>,
    notice: Option<Notice>,
    exports: Vec<Link>,
    add: Option<Button>,
    locked: Option<Notice>,
    filters: Filters,
    columns: Vec<Column>,
    rows: Vec<PersonRow>,
    /// Where ticked rows are sent to; nothing where nobody may take any out.
    remove: String,
    pager: Pager,
    empty: Option<Empty>,
}

struct PersonRow {
    id: String,
    href: String,
    name: String,
    user_name: String,
    state: Badge,
    added: When,
    added_by: Source,
    explain: String,
}

/// How a person's state is shown.
pub fn state_badge(state: State) -> Badge {
    match state {
        State::Active => Badge::new(Tone::Ok, "circle-check", t("state.active")),
        State::Pending => Badge::new(Tone::Warn, "mail", t("state.pending")),
        State::Inactive => Badge::new(Tone::Plain, "user-x", t("state.inactive")),
    }
}

/// What somebody is called: their name, else the userName.
pub(super) fn called<'n>(name: &'n str, person: &'n Person) -> &'n str {
    if name.is_empty() {
        &person.user_name
    } else {
        name
    }
}

/// What stands under the name: the userName, where that is another text.
pub(super) fn beside(name: &str, person: &Person) -> String {
    if name.is_empty() {
        String::new()
    } else {
        person.user_name.clone()
    }
}

fn row(one: &GroupPerson, chrome: &Chrome) -> PersonRow {
    let id = one.person.membership_id.to_string();
    let explain = [("ask", "why"), ("member", &*one.person.user_name)];
    PersonRow {
        href: chrome.path(&format!("/members/{id}")),
        id,
        name: called(&one.name, &one.person).to_owned(),
        user_name: beside(&one.name, &one.person),
        state: state_badge(one.person.state),
        added: chrome.times.at(one.added_ms),
        added_by: match &one.added_by {
            Some(by) => Source::provider(by.kind, &by.name),
            None => Source::local(t("groups.by_hand")),
        },
        explain: with_query(&chrome.path("/explain"), explain),
    }
}

/// Whether who is in the group can be changed here.
fn is_open(caller: &AccountCaller, group: &ShownGroup) -> bool {
    group.managed_by.is_none() && caller.allows(Permission::DirectoryWrite)
}

/// `GET /a/{account_id}/groups/{group_id}/members`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let group = find(&caller, &req)?;
    let mut list = ListQuery::of(&req, &SPEC);
    let part = Some(list.q().to_owned()).filter(|part| !part.is_empty());
    if let Some(form) = Export::of(&req) {
        return send(caller, form, group, part).await;
    }
    let after = match list.after() {
        "" => MembersAfter::default(),
        after => {
            let read = after.parse().map(MembersAfter::of_key);
            read.unwrap_or_else(|_| {
                list.after_is_bad();
                MembersAfter::default()
            })
        }
    };
    let key = group.key;
    let (people, next) = caller
        .read_long(move |tx| shown::people(tx, key, part.as_deref(), after, PAGE_ROWS))
        .await?;
    let chrome = below_list(chrome(&caller, &req, &group.group.name));
    let open = is_open(&caller, &group);
    let at = chrome.path(&format!("/groups/{}/members", group.group.id));
    let add =
        open.then(|| Button::primary("user-plus", t("groups.add_members"), format!("{at}/add")));
    let total = count(group.group.member_count);
    let here = u64::try_from(people.len()).unwrap_or(0);
    let next = next.map(|next| list.next(&next.key().to_string()));
    let page = People {
        badge: badge(&group),
        lead: lead(&group),
        tabs: tabs(&group, &chrome.path(""), Page::Members),
        notice: list.notice(),
        exports: list.exports(),
        locked: group.managed_by.as_ref().map(|by| {
            let text = tf("groups.members_locked_why", &[&by.name]);
            Notice::new(Tone::Plain, tf("groups.members_locked", &[&by.name]), text).icon("lock")
        }),
        filters: fields(&list),
        columns: columns(),
        rows: people.iter().map(|one| row(one, &chrome)).collect(),
        remove: if open {
            format!("{at}/remove")
        } else {
            String::new()
        },
        empty: people.is_empty().then(|| match next.as_deref() {
            Some(next) => look_further(next, shown::LOOKED),
            None => empty(&list, &group, add.clone()),
        }),
        pager: Pager {
            text: if list.is_filtered() {
                tn("groups.found", here)
            } else {
                tf("groups.people_page", &[&number(here), &number(total)])
            },
            first: list.first(),
            next,
        },
        add,
        chrome,
    };
    html(&req, &page)
}

fn fields(list: &ListQuery) -> Filters {
    Filters {
        action: list.path().to_owned(),
        label: t("groups.filter_members").to_owned(),
        fields: vec![
            Field::line("search", "q", t("groups.search_members"))
                .id("f-q")
                .value(list.q())
                .autocomplete("off"),
        ],
        hidden: list.hidden(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        Column::new(t("groups.person")),
        Column::new(t("row.state")),
        Column::new(t("groups.added")),
        Column::new(t("groups.added_by")),
        Column::new(t("groups.explain")).silent(),
    ]
}

fn empty(list: &ListQuery, group: &ShownGroup, add: Option<Button>) -> Empty {
    let (title, why, action) = match &group.managed_by {
        _ if list.is_filtered() => (
            t("groups.nobody_found").to_owned(),
            t("groups.nobody_found_why").to_owned(),
            Some(Button::new("x", t("groups.show_everybody"), list.all())),
        ),
        Some(by) => (
            t("groups.nobody").to_owned(),
            tf("groups.nobody_pushed", &[&by.name]),
            None,
        ),
        None => (
            t("groups.nobody").to_owned(),
            t("groups.nobody_why").to_owned(),
            add,
        ),
    };
    Empty {
        icon: "users",
        title,
        why,
        action,
    }
}

async fn send(
    caller: AccountCaller,
    form: Export,
    group: ShownGroup,
    part: Option<String>,
) -> Answer {
    let mut next = Some(MembersAfter::default());
    let rows = move |tx: &ReadTx<'_>| {
        let Some(after) = next.take() else {
            return Ok(None);
        };
        // The first piece is what somebody waits for.
        let rows = if after == MembersAfter::default() {
            PAGE_ROWS
        } else {
            EXPORT_ROWS
        };
        let (people, more) = shown::people(tx, group.key, part.as_deref(), after, rows)?;
        next = more;
        let row = |one: GroupPerson| {
            vec![
                json!(one.person.membership_id),
                json!(one.person.user_name),
                json!(one.name),
                json!(one.person.state.name()),
                json!(print_ms(one.added_ms)),
                json!(one.added_by.map(|by| by.name)),
            ]
        };
        Ok(Some(people.into_iter().map(row).collect()))
    };
    Ok(export::send(caller, form, "group-members", &COLUMNS, rows).await?)
}
