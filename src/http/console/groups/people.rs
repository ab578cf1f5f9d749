//! Who is in a group: the list, putting people in and taking them out.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;
use serde_json::json;

use super::{Page, badge, below, below_list, chrome, count, find, tabs};
use crate::app::groups::shown::{self, ShownGroup};
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::group::GroupPerson;
use crate::domain::id::MembershipId;
use crate::domain::instant::print_ms;
use crate::domain::member::State;
use crate::domain::reference::{GroupRef, MemberRef, Person};
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, number};
use crate::http::console::list::{Export, ListQuery, ListSpec};
use crate::http::console::url::{pairs, with_query};
use crate::http::console::view::{
    Badge, Button, Column, Empty, Field, Filters, Form, Input, Link, Notice, Pager, Sorted, Tab,
    Tone,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, export, filters, flash, html, html_as, refusal};
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
/// People who are found at once, and who are put in or taken out at once.
const CANDIDATES_MAX: i64 = 20;
const CHANGED_MAX: usize = 200;

#[derive(Template)]
#[template(path = "pages/groups/people.html")]
struct People {
    chrome: Chrome,
    badge: Badge,
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
    added_by: String,
    explain: String,
}

/// How a person's state is shown.
pub fn state_badge(state: State) -> Badge {
    match state {
        State::Active => Badge::new(Tone::Ok, "check", t("state.active")),
        State::Pending => Badge::new(Tone::Warn, "clock", t("state.pending")),
        State::Inactive => Badge::new(Tone::Plain, "ban", t("state.inactive")),
    }
}

/// What somebody is called: their name, else the userName.
fn called<'n>(name: &'n str, person: &'n Person) -> &'n str {
    if name.is_empty() {
        &person.user_name
    } else {
        name
    }
}

fn row(one: &GroupPerson, chrome: &Chrome) -> PersonRow {
    let id = one.person.membership_id.to_string();
    let explain = [("ask", "why"), ("member", &*one.person.user_name)];
    PersonRow {
        href: chrome.path(&format!("/members/{id}")),
        id,
        name: called(&one.name, &one.person).to_owned(),
        user_name: match one.name.is_empty() {
            true => String::new(),
            false => one.person.user_name.clone(),
        },
        state: state_badge(one.person.state),
        added: chrome.times.at(one.added_ms),
        added_by: match &one.added_by {
            Some(connection) => connection.name.clone(),
            None => t("groups.by_hand").to_owned(),
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
        after => after.parse().map(MembersAfter::of_key).unwrap_or_else(|_| {
            list.after_is_bad();
            MembersAfter::default()
        }),
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
    let shown = u64::try_from(people.len()).unwrap_or(0);
    let page = People {
        badge: badge(&group),
        tabs: tabs(&group, &chrome.path(""), Page::Members),
        notice: list.notice(),
        exports: list.exports(),
        locked: group.managed_by.as_ref().map(|by| {
            let text = tf("groups.members_locked_why", &[&by.name]);
            Notice::new(Tone::Plain, tf("groups.members_locked", &[&by.name]), text).icon("lock")
        }),
        filters: Filters {
            action: list.path().to_owned(),
            label: t("groups.filter_members").to_owned(),
            fields: vec![
                Field::line("search", "q", t("groups.search_members"))
                    .id("f-q")
                    .value(list.q())
                    .autocomplete("off"),
            ],
            hidden: list.hidden(),
        },
        columns: columns(),
        rows: people.iter().map(|one| row(one, &chrome)).collect(),
        remove: if open {
            format!("{at}/remove")
        } else {
            String::new()
        },
        pager: Pager {
            text: match list.is_filtered() {
                true => tn("groups.found", shown),
                false => tf("groups.people_page", &[&number(shown), &number(total)]),
            },
            first: list.first(),
            next: next.map(|next| list.next(&next.key().to_string())),
        },
        empty: people.is_empty().then(|| empty(&list, &group, add.clone())),
        add,
        chrome,
    };
    html(&req, &page)
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
        let (people, more) = shown::people(tx, group.key, part.as_deref(), after, EXPORT_ROWS)?;
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

#[derive(Template)]
#[template(path = "pages/groups/add_people.html")]
struct Add {
    chrome: Chrome,
    find: Filters,
    found: Vec<Candidate>,
    found_none: String,
    form: Form,
    names: Field,
    preview: Option<AccessPreview>,
    cancel: String,
}

struct Candidate {
    id: String,
    name: String,
    user_name: String,
    ticked: bool,
}

/// Errors: `Forbidden` for a group that a provider manages.
fn unlocked(group: &ShownGroup) -> Result<()> {
    match &group.managed_by {
        Some(by) => Err(crate::domain::guard::managed(
            "group",
            &group.group.name,
            &by.name,
            "its members are",
        )),
        None => Ok(()),
    }
}

/// The page that adds people: those whose name begins with `q`, and those ticked before.
fn add_page(
    caller: &AccountCaller,
    req: &HttpRequest,
    group: &ShownGroup,
    q: &str,
    ticked: &[MembershipId],
) -> Result<Add> {
    let chrome = chrome(caller, req, t("groups.add_members"));
    let at = chrome.path(&format!("/groups/{}/members", group.group.id));
    let found = match q {
        "" => Vec::new(),
        q => caller.read(|tx| shown::candidates(tx, group.key, q, CANDIDATES_MAX))?,
    };
    let people = |tx: &ReadTx<'_>| {
        let one = |id: &MembershipId| {
            crate::app::members::pages::get(tx, &MemberRef::Membership(*id)).map(|(one, _)| one)
        };
        Ok(ticked
            .iter()
            .filter_map(|id| one(id).ok())
            .collect::<Vec<_>>())
    };
    let mut all: Vec<Candidate> = Vec::new();
    for one in caller.read(people)? {
        all.push(Candidate {
            id: one.membership_id().to_string(),
            name: one.user_name.clone(),
            user_name: String::new(),
            ticked: true,
        });
    }
    for (person, name) in &found {
        if !ticked.contains(&person.membership_id) {
            all.push(Candidate {
                id: person.membership_id.to_string(),
                name: called(name, person).to_owned(),
                user_name: match name.is_empty() {
                    true => String::new(),
                    false => person.user_name.clone(),
                },
                ticked: false,
            });
        }
    }
    Ok(Add {
        find: Filters {
            action: format!("{at}/add"),
            label: t("groups.find_people").to_owned(),
            fields: vec![
                Field::line("search", "q", t("groups.find_people"))
                    .id("f-q")
                    .value(q)
                    .autocomplete("off"),
            ],
            hidden: Vec::new(),
        },
        found_none: match (q, all.is_empty()) {
            ("", _) | (_, false) => String::new(),
            (q, true) => tf("groups.no_candidates", &[&q]),
        },
        found: all,
        form: Form::new(format!("{at}/add")).hidden("q", q),
        names: Field::area("names", t("groups.names"), 4)
            .hint(t("groups.names_hint"))
            .wide(),
        preview: None,
        cancel: at,
        chrome: below(chrome, &group.group),
    })
}

/// `GET /a/{account_id}/groups/{group_id}/members/add?q=…`.
pub async fn add(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    unlocked(&group)?;
    let q = crate::http::console::form::query(&req, "q");
    html(&req, &add_page(&caller, &req, &group, q.trim(), &[])?)
}

/// `POST /a/{account_id}/groups/{group_id}/members/add`.
pub async fn added(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    unlocked(&group)?;
    let mut ids = ids_of(form.all("id").into_iter());
    let q = form.get("q").trim().to_owned();
    let text = form.get("names").to_owned();
    let lines: Vec<&str> = text
        .split(['\n', ',', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(CHANGED_MAX + 1)
        .collect();
    let (named, unknown) = caller.read(|tx| shown::named(tx, &lines))?;
    ids.extend(
        named
            .into_iter()
            .filter(|id| !ids.contains(id))
            .collect::<Vec<_>>(),
    );
    let mut page = add_page(
        &caller,
        &req,
        &group,
        &q,
        &ids_of(form.all("id").into_iter()),
    )?;
    page.names = page.names.value(&text);
    let wrong = if !unknown.is_empty() {
        Some(tf("groups.unknown_names", &[&unknown.join(", ")]))
    } else if ids.is_empty() {
        Some(t("groups.nobody_chosen").to_owned())
    } else if ids.len() > CHANGED_MAX {
        Some(tf("groups.too_many", &[&CHANGED_MAX]))
    } else {
        None
    };
    if let Some(wrong) = wrong {
        page.names = page.names.error(wrong);
        page.form = page.form.errors_of([&page.names]);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let n = u64::try_from(ids.len()).unwrap_or(0);
    let change = Change::AddToGroup(GroupRef::Id(group.group.id), ids);
    match attempt(&caller, change, &form).await? {
        Attempt::Made => {
            let title = tf("groups.people_added", &[&tn("groups.members_count", n)]);
            Ok(flash::done(&req, &page.cancel, &title, ""))
        }
        Attempt::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            html_as(&req, status, &page)
        }
        Attempt::Refused(why) => {
            page.form = page.form.error(why);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// What a change of who is in a group came to.
enum Attempt {
    Made,
    Shown(AccessPreview, String, StatusCode),
    Refused(String),
}

/// Makes the change if the form was shown what it does; else shows it.
async fn attempt(
    caller: &AccountCaller,
    change: Change,
    form: &crate::http::console::form::Form,
) -> Result<Attempt> {
    let fingerprint = form.get("fingerprint").to_owned();
    let asks = form.ticked("preview") || fingerprint.is_empty();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            if asks {
                preview::show(tx, &change, COMPARED_MAX).map(Confirmed::Moved)
            } else {
                preview::confirm(tx, &change, COMPARED_MAX, &fingerprint)
            }
        })
        .await;
    Ok(match done {
        Ok(Confirmed::Made(_)) => Attempt::Made,
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, &caller.chrome().path(""));
            let (preview, status) = match asks {
                true => (preview, StatusCode::OK),
                false => (preview.moved(), StatusCode::CONFLICT),
            };
            Attempt::Shown(preview, shown.fingerprint, status)
        }
        Err(error) => Attempt::Refused(refusal(error)?),
    })
}

fn ids_of<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<MembershipId> {
    let mut ids: Vec<MembershipId> = Vec::new();
    for id in texts.filter_map(|text| text.parse().ok()) {
        if !ids.contains(&id) && ids.len() < CHANGED_MAX {
            ids.push(id);
        }
    }
    ids
}

#[derive(Template)]
#[template(path = "pages/groups/remove_people.html")]
struct Remove {
    chrome: Chrome,
    people: Vec<Link>,
    form: Form,
    preview: Option<AccessPreview>,
    submit: String,
    cancel: String,
}

fn remove_page(
    caller: &AccountCaller,
    req: &HttpRequest,
    group: &ShownGroup,
    ids: &[MembershipId],
) -> Result<Remove> {
    let n = u64::try_from(ids.len()).unwrap_or(0);
    let chrome = chrome(caller, req, &tn("groups.remove_title", n));
    let at = chrome.path(&format!("/groups/{}/members", group.group.id));
    let people = caller.read(|tx| {
        let one = |id: &MembershipId| {
            crate::app::groups::by_hand::person(
                tx,
                &GroupRef::Id(group.group.id),
                &MemberRef::Membership(*id),
            )
        };
        ids.iter().map(one).collect::<Result<Vec<_>, Error>>()
    })?;
    let link = |one: &crate::app::groups::by_hand::GroupMember| {
        let at = chrome.path(&format!("/members/{}", one.person.membership_id));
        Link::new(&one.person.user_name, at)
    };
    let mut form = Form::new(format!("{at}/remove"));
    for id in ids {
        form = form.hidden("id", id.to_string());
    }
    Ok(Remove {
        people: people.iter().map(link).collect(),
        form,
        preview: None,
        submit: tn("groups.remove", n),
        cancel: at,
        chrome: below(chrome, &group.group),
    })
}

/// `GET /a/{account_id}/groups/{group_id}/members/remove?id=…`: who would lose what.
pub async fn remove(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let sent = pairs(req.query_string()).unwrap_or_default();
    let ids = sent.iter().filter(|(name, _)| name == "id");
    let ids = ids_of(ids.map(|(_, value)| value.as_str()));
    removal(
        &caller,
        &req,
        ids,
        &crate::http::console::form::Form::default(),
    )
    .await
}

/// `POST /a/{account_id}/groups/{group_id}/members/remove`.
pub async fn removed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let ids = ids_of(form.all("id").into_iter());
    removal(&caller, &req, ids, &form).await
}

async fn removal(
    caller: &AccountCaller,
    req: &HttpRequest,
    ids: Vec<MembershipId>,
    form: &crate::http::console::form::Form,
) -> Answer {
    let group = find(caller, req)?;
    unlocked(&group)?;
    let mut page = remove_page(caller, req, &group, &ids)?;
    if ids.is_empty() {
        t("groups.nobody_chosen").clone_into(&mut page.form.disabled);
        return html(req, &page);
    }
    let n = u64::try_from(ids.len()).unwrap_or(0);
    let change = Change::RemoveFromGroup(GroupRef::Id(group.group.id), ids);
    match attempt(caller, change, form).await? {
        Attempt::Made => {
            let title = tf("groups.people_removed", &[&tn("groups.members_count", n)]);
            Ok(flash::done(req, &page.cancel, &title, ""))
        }
        Attempt::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            html_as(req, status, &page)
        }
        Attempt::Refused(why) => {
            page.form.disabled = why;
            html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
