//! The end of a run: old names end, and nothing can be undone any more.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::pushes::{Called, ConnectionRow, Silent, connection, silent};
use super::undo::ended;
use super::{below_run, chrome, count, run_of, taken};
use crate::app::legacy::{self, pushing::Pushing};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::MigrationId;
use crate::domain::legacy::run::{Closed, RunState, Unsent};
use crate::domain::reason::Reason;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::view::{Field, Form, Input, Link, Notice, Tone};
use crate::http::console::words::{t, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal, see_other};
use crate::store::tx::ReadTx;

/// A group whose new name has not come, and how far each connection is.
struct Waiting {
    name: String,
    href: String,
    /// That the name which was planned is another group's.
    taken: Option<Link>,
    connections: Vec<ConnectionRow>,
}

#[derive(Template)]
#[template(path = "pages/legacy/close.html")]
struct Page {
    chrome: Chrome,
    notice: Option<Notice>,
    waiting: Vec<Waiting>,
    /// Those of these connections of which nothing arrives before something is done.
    silent: Vec<Silent>,
    names: String,
    /// Whether any old name ends.
    finds: bool,
    form: Form,
    anyway: Option<Field>,
    cancel: String,
}

fn page(
    caller: &AccountCaller,
    id: MigrationId,
    (found, pushing): &(Closed, Pushing),
    anyway: bool,
) -> Page {
    let chrome = below_run(chrome(caller, t("legacy.close_title")), &found.head);
    let at = chrome.path(&format!("/migrate/{id}"));
    let mut form = Form::new(format!("{at}/close"));
    if found.head.state == RunState::Closed {
        t("legacy.is_closed").clone_into(&mut form.disabled);
    }
    let waits = count(found.without_new_name.len());
    let row = |one: &Unsent| Waiting {
        name: one.name.clone(),
        href: chrome.path(&format!("/groups/{}", one.group.id)),
        taken: one
            .other
            .map(|other| taken(&one.group.new_name, other, &chrome)),
        connections: one
            .waiting
            .iter()
            .map(|one| connection(one, Called::Planned, &chrome))
            .collect(),
    };
    Page {
        notice: (waits > 0).then(|| {
            let title = tn("legacy.close_waits", waits);
            Notice::new(Tone::Warn, title, t("legacy.close_waits_text"))
        }),
        waiting: found.without_new_name.iter().map(row).collect(),
        silent: silent(
            found.without_new_name.iter().flat_map(|one| &one.waiting),
            pushing,
            &chrome,
        ),
        names: match found.names {
            0 => t("legacy.close_no_names").to_owned(),
            n => tn("legacy.close_names", count(n)),
        },
        finds: found.names > 0,
        form,
        anyway: (waits > 0).then(|| {
            let field = Field::check("anyway", t("legacy.close_anyway"), anyway);
            field.hint(t("legacy.close_anyway_hint"))
        }),
        cancel: at,
        chrome,
    }
}

fn preview(tx: &ReadTx<'_>, id: MigrationId) -> Result<(Closed, Pushing)> {
    Ok((legacy::close::preview(tx, id)?, legacy::pushing::find(tx)?))
}

/// `GET /a/{account_id}/migrate/{run_id}/close`.
pub async fn close(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let id = run_of(&req)?;
    let found = caller.read_long(move |tx| preview(tx, id)).await;
    let at = caller.chrome().path(&format!("/migrate/{id}"));
    let found = match found {
        // Nothing is to be asked any more.
        Err(error) if error.reason() == Reason::MigrationState => return Ok(see_other(&at)),
        Ok((found, _)) if found.head.state == RunState::Closed => return Ok(see_other(&at)),
        found => found?,
    };
    html(&req, &page(&caller, id, &found, false))
}

/// `POST /a/{account_id}/migrate/{run_id}/close`.
pub async fn closed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let id = run_of(&req)?;
    let anyway = form.ticked("anyway");
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            legacy::close::close(tx, id, anyway)
        })
        .await;
    match done {
        Ok(_) => {
            let at = caller.chrome().path(&format!("/migrate/{id}"));
            Ok(flash::done(&req, &at, t("legacy.closed_now"), ""))
        }
        Err(error) => {
            let text = refusal(error)?;
            let found = caller.read_long(move |tx| preview(tx, id));
            let found = match found.await {
                Err(error) if error.reason() == Reason::MigrationState => {
                    return Ok(ended(&caller, &req, id, text));
                }
                found => found?,
            };
            let mut page = page(&caller, id, &found, anyway);
            page.form = page.form.refusal(t("legacy.not_closed")).error(text);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
