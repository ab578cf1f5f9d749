//! Making, renaming and deleting groups made by hand.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{below, below_list, chrome, count, find};
use crate::app::accounts;
use crate::app::groups::by_hand::{self, GroupChange};
use crate::app::groups::shown::{self, BULK_MAX, ShownGroup};
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::GroupId;
use crate::domain::reason::Reason;
use crate::domain::reference::GroupRef;
use crate::domain::reserved::looks_reserved;
use crate::domain::text::GroupName;
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::pressed::Press;
use crate::http::console::tokens::secret::form_key;
use crate::http::console::url::{pairs, with_query};
use crate::http::console::view::{FORM_KEY, Field, Form, Input, Link, Notice, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};

#[derive(Template)]
#[template(path = "pages/groups/name.html")]
struct Name {
    chrome: Chrome,
    lead: String,
    form: Form,
    field: Field,
    submit: &'static str,
    cancel: String,
}

fn name_field(value: &str) -> Field {
    Field::text("name", t("groups.name"))
        .value(value)
        .hint(t("groups.name_hint"))
        .autocomplete("off")
        .length_max(GroupName::CHARS_MAX)
        .required()
        .autofocus()
        .wide()
}

/// A name as it was sent, or what is wrong with it.
fn read_name(sent: &Sent) -> Result<GroupName, String> {
    let text = sent.text("name").unwrap_or_default();
    GroupName::parse(text).map_err(|_| match text {
        "" => t("groups.no_name").to_owned(),
        _ => t("groups.bad_name").to_owned(),
    })
}

/// What is said under the name when the use case refuses it; for a name of the legacy form, with
/// one to take instead.
fn name_error(error: Error, name: &str) -> Result<String> {
    let legacy = error.reason() == Reason::ReservedPrefix;
    let text = refusal(error)?;
    Ok(match name.split_once(" - ") {
        Some((_, role)) if legacy => tf("groups.suggest", &[&text, &role]),
        _ => text,
    })
}

fn new_page(caller: &AccountCaller, req: &HttpRequest) -> Name {
    let chrome = chrome(caller, req, t("groups.create"));
    Name {
        lead: t("groups.create_lead").to_owned(),
        form: Form::new(chrome.path("/groups/new")).hidden(FORM_KEY, form_key(caller)),
        field: name_field(""),
        submit: t("groups.create"),
        cancel: chrome.path("/groups"),
        chrome: below_list(chrome),
    }
}

/// `GET /a/{account_id}/groups/new`.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    html(&req, &new_page(&caller, &req))
}

/// The page again, with what is wrong with the name.
fn again(req: &HttpRequest, mut page: Name, name: &str, error: String) -> Answer {
    page.field = page.field.value(name).error(error);
    page.form = page.form.errors_of([&page.field]);
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// `POST /a/{account_id}/groups/new`: makes a group that grants nothing yet, and leads to it.
pub async fn create(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let page = new_page(&caller, &req);
    let sent = form.text("name").unwrap_or_default();
    let name = match read_name(&form) {
        Ok(name) => name,
        Err(error) => return again(&req, page, sent, error),
    };
    let (press, base) = (Press::of(&caller, &form), page.chrome.path("/groups"));
    let noted = press.clone();
    let made = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let (_, group) = by_hand::make(tx, &name, &[])?;
            let at = format!("{base}/{}", group.id);
            let title = tf("groups.created", &[&group.name]);
            noted.made(&at, &title);
            Ok((group, at, title))
        })
        .await;
    match made {
        Ok((group, at, title)) => named(
            &caller,
            &req,
            &at,
            (&title, &group.name, t("groups.created_next")),
        ),
        Err(error) => {
            let taken = error.kind() == Kind::Conflict;
            match press.before(&req).filter(|_| taken) {
                Some(before) => Ok(before),
                None => again(&req, page, sent, name_error(error, sent)?),
            }
        }
    }
}

/// Leads on to a group that has a name now, saying what a name means that begins like those of
/// legacy groups: providers could not have sent it.
fn named(
    caller: &AccountCaller,
    req: &HttpRequest,
    at: &str,
    (title, name, next): (&str, &str, &str),
) -> Answer {
    let prefix = caller.read(accounts::current)?.reserved_prefix;
    if !looks_reserved(name, &prefix) {
        return Ok(flash::done(req, at, title, next));
    }
    let told = tf("groups.reserved", &[&prefix, &next]);
    let notice = Notice::new(Tone::Warn, title, told.trim_end());
    Ok(flash::lead(req, at, &notice))
}

fn rename_page(caller: &AccountCaller, req: &HttpRequest, group: &ShownGroup) -> Name {
    let chrome = chrome(caller, req, t("groups.rename"));
    let at = chrome.path(&format!("/groups/{}", group.group.id));
    let mut field = name_field(&group.group.name);
    let mut form = Form::new(format!("{at}/rename")).hidden("seen", &group.group.name);
    if let Some(connection) = &group.managed_by {
        let why = tf("groups.name_locked", &[&connection.name]);
        field = field.locked(&why);
        form.disabled = why;
    }
    Name {
        lead: t("groups.rename_lead").to_owned(),
        form,
        field,
        submit: t("groups.rename"),
        cancel: at,
        chrome: below(chrome, &group.group),
    }
}

/// `GET /a/{account_id}/groups/{group_id}/rename`.
pub async fn rename(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    html(&req, &rename_page(&caller, &req, &group))
}

/// `POST /a/{account_id}/groups/{group_id}/rename`: not over somebody else's new name.
pub async fn renamed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    let page = rename_page(&caller, &req, &group);
    let sent = form.text("name").unwrap_or_default();
    let name = match read_name(&form) {
        Ok(name) => name,
        Err(error) => return again(&req, page, sent, error),
    };
    let (which, seen) = (GroupRef::Id(group.group.id), form.get("seen").to_owned());
    let renamed = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let (_, now) = by_hand::find(tx, &which)?;
            if now.name != seen {
                return Err(Error::stale(tf("groups.renamed_meanwhile", &[&now.name])));
            }
            let change = GroupChange {
                name: Some(name),
                policies: None,
            };
            by_hand::change(tx, &which, &change)
        })
        .await;
    match renamed {
        Ok((_, after)) => {
            let title = tf("groups.renamed", &[&group.group.name, &after.name]);
            named(&caller, &req, &page.cancel, (&title, &after.name, ""))
        }
        Err(error) => again(&req, page, sent, name_error(error, sent)?),
    }
}

#[derive(Template)]
#[template(path = "pages/groups/delete.html")]
struct Delete {
    chrome: Chrome,
    groups: Vec<DoomedGroup>,
    preview: Option<AccessPreview>,
    form: Form,
    submit: String,
    cancel: String,
}

/// A group that is to be deleted, and what goes with it.
struct DoomedGroup {
    link: Link,
    text: String,
}

/// What is deleted, as one change.
fn doomed(ids: &[GroupId]) -> Change {
    let delete = |id: &GroupId| Change::DeleteGroup(GroupRef::Id(*id));
    match ids {
        [one] => delete(one),
        ids => Change::All(ids.iter().map(delete).collect()),
    }
}

/// The ids that were chosen, each once, at most as many as go at once.
fn chosen<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<GroupId> {
    let mut ids: Vec<GroupId> = Vec::new();
    for id in texts.filter_map(|text| text.parse().ok()) {
        if !ids.contains(&id) && ids.len() < BULK_MAX {
            ids.push(id);
        }
    }
    ids
}

fn delete_page(caller: &AccountCaller, req: &HttpRequest, ids: &[GroupId]) -> Result<Delete> {
    let groups = caller.read(|tx| {
        let get = |id: &GroupId| shown::get(tx, &GroupRef::Id(*id));
        ids.iter().map(get).collect::<Result<Vec<_>>>()
    })?;
    let n = u64::try_from(groups.len()).unwrap_or(0);
    let title = match groups.as_slice() {
        [] => t("groups.delete_none").to_owned(),
        [one] => tf("groups.delete_one", &[&one.group.name]),
        _ => tn("groups.delete_title", n),
    };
    let chrome = below_list(chrome(caller, req, &title));
    let doomed = |group: &ShownGroup| {
        let policies = u64::try_from(group.policies.len()).unwrap_or(0);
        let members = tn("groups.members_count", count(group.group.member_count));
        let policies = tn("groups.policies_count", policies);
        DoomedGroup {
            link: Link::new(
                &group.group.name,
                chrome.path(&format!("/groups/{}", group.group.id)),
            ),
            text: tf("groups.goes", &[&members, &policies]),
        }
    };
    let mut form = Form::new(chrome.path("/groups/delete"));
    for id in ids {
        form = form.hidden("id", id.to_string());
    }
    Ok(Delete {
        groups: groups.iter().map(doomed).collect(),
        preview: None,
        form,
        submit: tn("groups.delete", n),
        cancel: match groups.as_slice() {
            [one] => chrome.path(&format!("/groups/{}", one.group.id)),
            _ => chrome.path("/groups"),
        },
        chrome,
    })
}

/// `GET /a/{account_id}/groups/delete?id=…&id=…`: what would go, and who would lose what.
pub async fn delete(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let sent = pairs(req.query_string()).unwrap_or_default();
    let ids = sent.iter().filter(|(name, _)| name == "id");
    let ids = chosen(ids.map(|(_, value)| value.as_str()));
    let mut page = delete_page(&caller, &req, &ids)?;
    if ids.is_empty() {
        t("groups.none_chosen").clone_into(&mut page.form.disabled);
        return html(&req, &page);
    }
    let change = doomed(&ids);
    let shown = caller
        .write(Permission::DirectoryWrite, move |tx| {
            preview::show(tx, &change, COMPARED_MAX)
        })
        .await;
    match shown {
        Ok(shown) => {
            page.preview = Some(AccessPreview::of(&shown.preview, &page.chrome.path("")));
            page.form = page.form.hidden("fingerprint", shown.fingerprint);
        }
        Err(error) => page.form.disabled = refusal(error)?,
    }
    html(&req, &page)
}

/// `POST /a/{account_id}/groups/delete`: all of them, as it was shown, or none.
pub async fn deleted(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let ids = chosen(form.all("id").into_iter());
    let page = match delete_page(&caller, &req, &ids) {
        // One of them is gone already: the list tells which are left.
        Err(error) if error.kind() == Kind::NotFound => {
            let list = caller.chrome().path("/groups");
            let (title, text) = (t("groups.gone_meanwhile"), t("groups.gone_meanwhile_text"));
            let notice = Notice::new(Tone::Warn, title, text);
            return Ok(flash::lead(&req, &list, &notice));
        }
        page => page?,
    };
    let (change, fingerprint) = (doomed(&ids), form.get("fingerprint").to_owned());
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            preview::confirm(tx, &change, COMPARED_MAX, &fingerprint)
        })
        .await;
    let mut page = page;
    match done {
        Ok(Confirmed::Made(_)) => {
            let n = u64::try_from(ids.len()).unwrap_or(0);
            let names: Vec<&str> = page.groups.iter().map(|one| &*one.link.text).collect();
            let names = crate::http::console::format::list(&names);
            let at = page.chrome.path("/groups");
            Ok(flash::done(&req, &at, &tn("groups.deleted", n), &names))
        }
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, &page.chrome.path(""));
            page.preview = Some(preview.moved());
            page.form = page.form.hidden("fingerprint", shown.fingerprint);
            html_as(&req, StatusCode::CONFLICT, &page)
        }
        Err(error) => {
            page.form.disabled = refusal(error)?;
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The address that asks to delete one group.
pub fn delete_one(chrome: &Chrome, id: GroupId) -> String {
    let id = id.to_string();
    with_query(&chrome.path("/groups/delete"), [("id", id.as_str())])
}
