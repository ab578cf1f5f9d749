//! Putting people into a group made by hand, and taking them out: shown first, and done as it was
//! shown.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::people::{beside, called};
use super::{below, chrome, find};
use crate::app::groups::by_hand::{self, GroupMember};
use crate::app::groups::shown::{self, Named, ShownGroup};
use crate::app::members;
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::guard;
use crate::domain::id::MembershipId;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::{Form as Sent, query};
use crate::http::console::url::pairs;
use crate::http::console::view::{Field, Form, Input, Link};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};
use crate::store::tx::ReadTx;

/// People who are found at once, and who are put in or taken out at once.
const CANDIDATES_MAX: i64 = 20;
const CHANGED_MAX: usize = 200;

#[derive(Template)]
#[template(path = "pages/groups/add_people.html")]
struct Add {
    chrome: Chrome,
    find: Field,
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
        Some(by) => Err(guard::managed(
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
            members::pages::get(tx, &MemberRef::Membership(*id)).map(|(one, _)| one)
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
                user_name: beside(name, person),
                ticked: false,
            });
        }
    }
    Ok(Add {
        find: Field::line("search", "q", t("groups.find_people"))
            .value(q)
            .autocomplete("off"),
        found_none: match (q, all.is_empty()) {
            ("", _) | (_, false) => String::new(),
            (q, true) => tf("groups.no_candidates", &[&q]),
        },
        found: all,
        form: Form::new(format!("{at}/add")),
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
    let q = query(&req, "q");
    html(&req, &add_page(&caller, &req, &group, q.trim(), &[])?)
}

/// What is wrong with who is to come in; `None`: nothing.
fn wrong(ids: &[MembershipId], named: &Named) -> Option<String> {
    let told = [
        ("groups.unknown_names", &named.unknown),
        ("groups.several_names", &named.several),
    ];
    let told = told.into_iter().filter(|(_, names)| !names.is_empty());
    let told: Vec<String> = told
        .map(|(key, names)| tf(key, &[&names.join(", ")]))
        .collect();
    if !told.is_empty() {
        Some(told.join(" "))
    } else if ids.is_empty() {
        Some(t("groups.nobody_chosen").to_owned())
    } else if ids.len() > CHANGED_MAX {
        Some(tf("groups.too_many", &[&CHANGED_MAX]))
    } else {
        None
    }
}

/// `POST /a/{account_id}/groups/{group_id}/members/add`: finds more people to tick, shows what
/// adding these would do, or adds them.
pub async fn added(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    unlocked(&group)?;
    let mut ids = ids_of(form.all("id").into_iter());
    let q = form.get("q").trim().to_owned();
    let text = form.get("names").to_owned();
    let mut page = add_page(&caller, &req, &group, &q, &ids)?;
    page.names = page.names.value(&text);
    if form.ticked("find") {
        return html(&req, &page);
    }
    let lines: Vec<&str> = text
        .split(['\n', ',', ';'])
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .take(CHANGED_MAX + 1)
        .collect();
    let named = caller.read(|tx| shown::named(tx, &lines))?;
    ids.extend(
        named
            .found
            .iter()
            .filter(|id| !ids.contains(id))
            .copied()
            .collect::<Vec<_>>(),
    );
    if let Some(wrong) = wrong(&ids, &named) {
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
async fn attempt(caller: &AccountCaller, change: Change, form: &Sent) -> Result<Attempt> {
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
            let (preview, status) = if asks {
                (preview, StatusCode::OK)
            } else {
                (preview.moved(), StatusCode::CONFLICT)
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
            by_hand::person(
                tx,
                &GroupRef::Id(group.group.id),
                &MemberRef::Membership(*id),
            )
        };
        ids.iter().map(one).collect::<Result<Vec<_>>>()
    })?;
    let link = |one: &GroupMember| {
        let at = chrome.path(&format!("/members/{}", one.person.membership_id));
        Link::new(&one.person.name, at)
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
    removal(&caller, &req, ids, &Sent::default()).await
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
    form: &Sent,
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
