//! The way back from a run.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use data_encoding::HEXLOWER;

use super::{PersonRow, below_run, chrome, count, run_of};
use crate::app::legacy;
use crate::domain::actor::Permission;
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Kept, RunGroup, Undo};
use crate::domain::reason::Reason;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::view::{Field, Form, Input, Notice, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal, see_other};

/// A group, and what is said of it.
pub(super) struct Line {
    pub(super) name: String,
    /// Whether that is a legacy name, which is shown as what it is on every page.
    pub(super) is_legacy: bool,
    /// Nothing where it has no page.
    pub(super) href: String,
    pub(super) text: String,
}

#[derive(Template)]
#[template(path = "pages/legacy/undo.html")]
struct Page {
    chrome: Chrome,
    notices: Vec<Notice>,
    lead: &'static str,
    groups_title: String,
    groups: Vec<Line>,
    blockers: Vec<Line>,
    kept: Vec<Line>,
    people_title: String,
    people: Vec<PersonRow>,
    form: Form,
    partial: Option<Field>,
    submit: String,
    cancel: String,
}

/// What stands for an undo as it was shown. What providers pushed since is not in it: it stays
/// anyhow, and they go on pushing.
fn print(undo: &Undo) -> String {
    let groups: Vec<_> = undo.groups.iter().map(|one| one.id).collect();
    let blockers = undo.blockers.iter().map(|one| (one.group.id, &one.cause));
    let blockers: Vec<_> = blockers.collect();
    let text = format!("{groups:?} {blockers:?} {:?}", undo.people);
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    HEXLOWER.encode(digest.as_ref())
}

/// A message on a line of its own begins with a capital letter.
pub(super) fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

/// What is told of no group.
pub(super) fn of_run(text: String) -> Line {
    Line {
        name: t("legacy.kept_of_run").to_owned(),
        is_legacy: false,
        href: String::new(),
        text,
    }
}

/// What becomes of the groups (those that were made from a file go, the others get their names
/// back), how many they are, and the word of the button; no word where there is nothing to be sent.
fn told(undo: &Undo) -> (&'static str, String, String) {
    if undo.only_ends() {
        let (title, word) = (t("legacy.only_ends"), t("legacy.end_undone"));
        return (
            t("legacy.only_ends_lead"),
            title.to_owned(),
            word.to_owned(),
        );
    }
    let made = undo.groups.iter().any(|one| one.made);
    let renamed = undo.groups.iter().any(|one| !one.made);
    let (lead, title) = match (made, renamed) {
        (true, false) => ("legacy.undo_made_lead", "legacy.undo_made"),
        (true, true) => ("legacy.undo_both_lead", "legacy.undo_submit"),
        (false, _) => ("legacy.undo_lead", "legacy.undo_groups"),
    };
    let groups = count(undo.groups.len());
    let word = match groups {
        0 => String::new(),
        groups => tn("legacy.undo_submit", groups),
    };
    (t(lead), tn(title, groups), word)
}

/// That some groups can't be undone, and where that is mended where the mapping keeps them.
fn blocked(undo: &Undo, chrome: &Chrome) -> Option<Notice> {
    let blocked = count(undo.blockers.len());
    let text = match (blocked, undo.groups.len()) {
        (0, _) => return None,
        (_, 0) => t("legacy.blocked_all"),
        (_, _) => t("legacy.blocked_text"),
    };
    let notice = Notice::new(Tone::Warn, tn("legacy.blocked", blocked), text);
    let mut blockers = undo.blockers.iter();
    Some(if blockers.any(|one| one.cause.is_of_mapping()) {
        notice.action(t("here.mapping"), chrome.path("/migrate/mapping"))
    } else {
        notice
    })
}

fn page(caller: &AccountCaller, id: MigrationId, undo: &Undo) -> Page {
    let chrome = below_run(chrome(caller, t("legacy.undo_title")), &undo.head);
    let at = chrome.path(&format!("/migrate/{id}"));
    let mut form = Form::new(format!("{at}/undo")).hidden("fingerprint", print(undo));
    let mut partial = None;
    if undo.groups.is_empty() {
        let why = if !undo.blockers.is_empty() {
            t("legacy.all_blocked")
        } else if undo.only_ends() {
            ""
        } else {
            t("legacy.nothing_to_undo")
        };
        why.clone_into(&mut form.disabled);
    } else if !undo.blockers.is_empty() {
        let field = Field::check("partial", t("legacy.partial"), false);
        partial = Some(field.hint(t("legacy.partial_hint")));
    }
    let to = |one: &RunGroup| chrome.path(&format!("/groups/{}", one.id));
    let line = |one: &RunGroup, text: String| Line {
        name: one.new_name.clone(),
        is_legacy: false,
        href: to(one),
        text,
    };
    let stays = |one: &Kept| match sentence(&one.message) {
        text if one.of_run => of_run(text),
        text => Line {
            // What is gone has no page.
            href: Some(&one.group)
                .filter(|_| !one.gone)
                .map(to)
                .unwrap_or_default(),
            ..line(&one.group, text)
        },
    };
    let again = |one: &RunGroup| {
        let text = if one.made {
            t("legacy.goes_again").to_owned()
        } else {
            tf("legacy.becomes_again", &[&super::short(&one.old_name)])
        };
        line(one, text)
    };
    let (lead, groups_title, submit) = told(undo);
    let person = |one| PersonRow::different(one, &chrome);
    Page {
        notices: blocked(undo, &chrome).into_iter().collect(),
        lead,
        groups_title,
        groups: undo.groups.iter().map(again).collect(),
        blockers: undo
            .blockers
            .iter()
            .map(|one| line(&one.group, sentence(&one.message())))
            .collect(),
        kept: undo.kept.iter().map(stays).collect(),
        people_title: match undo.people.len() {
            0 => t("legacy.undo_same").to_owned(),
            n => tn("legacy.changes_of", count(n)),
        },
        people: undo.people.iter().map(person).collect(),
        form,
        partial,
        submit,
        cancel: at,
        chrome,
    }
}

/// `GET /a/{account_id}/migrate/{run_id}/undo`.
pub async fn undo(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let id = run_of(&req)?;
    let found = caller
        .read_long(move |tx| legacy::undo::preview(tx, id))
        .await;
    let found = match found {
        // Nothing is to be asked any more: the migration's page says how it is.
        Err(error) if error.reason() == Reason::MigrationState => {
            return Ok(see_other(&caller.chrome().path(&format!("/migrate/{id}"))));
        }
        found => found?,
    };
    html(&req, &page(&caller, id, &found))
}

/// To the page of a migration that has ended, with what is so of it.
pub(super) fn ended(
    caller: &AccountCaller,
    req: &HttpRequest,
    id: MigrationId,
    why: String,
) -> HttpResponse {
    let at = caller.chrome().path(&format!("/migrate/{id}"));
    let notice = Notice::new(Tone::Plain, t("legacy.is_so"), why);
    flash::lead(req, &at, &notice)
}

/// What a form for an undo came to.
enum Undone {
    Done(Undo),
    /// It would do something else than was shown.
    Moved(Undo),
}

/// `POST /a/{account_id}/migrate/{run_id}/undo`: as it was shown.
pub async fn undone(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let id = run_of(&req)?;
    let (shown, partial) = (form.get("fingerprint").to_owned(), form.ticked("partial"));
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let now = legacy::undo::preview(tx, id)?;
            if print(&now) != shown {
                return Ok(Undone::Moved(now));
            }
            legacy::undo::undo(tx, id, partial).map(Undone::Done)
        })
        .await;
    match done {
        Ok(Undone::Done(undo)) => {
            let at = caller.chrome().path(&format!("/migrate/{id}"));
            let title = match count(undo.groups.len()) {
                0 => t("legacy.is_undone").to_owned(),
                groups => tn("legacy.undone_groups", groups),
            };
            Ok(flash::done(&req, &at, &title, ""))
        }
        Ok(Undone::Moved(now)) => {
            let mut page = page(&caller, id, &now);
            let (title, text) = (t("legacy.undo_moved"), t("legacy.undo_moved_text"));
            page.notices.insert(0, Notice::new(Tone::Warn, title, text));
            html_as(&req, StatusCode::CONFLICT, &page)
        }
        Err(error) => {
            let text = refusal(error)?;
            let found = caller.read_long(move |tx| legacy::undo::preview(tx, id));
            let found = match found.await {
                Err(error) if error.reason() == Reason::MigrationState => {
                    return Ok(ended(&caller, &req, id, text));
                }
                found => found?,
            };
            let mut page = page(&caller, id, &found);
            page.form = page.form.refusal(t("legacy.not_undone")).error(text);
            if let Some(field) = &mut page.partial {
                field.input = Input::Check(partial);
            }
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
