//! Backups of the whole box: what there is, and another one now. Its administrators' alone, and
//! only with the password given anew (T-28): a copy holds every account.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Page, chrome, tabs};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::instant::parse_ms;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{When, bytes};
use crate::http::console::view::{Badge, Empty, Form, Tab, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};
use crate::store::backup::kept::Kept;

struct Row {
    name: String,
    /// `None`: it does not say when it was made.
    made: Option<When>,
    size: String,
    rows: String,
    state: Badge,
}

#[derive(Template)]
#[template(path = "pages/settings/backups.html")]
struct List {
    chrome: Chrome,
    tabs: Vec<Tab>,
    form: Form,
    folder: String,
    rows: Vec<Row>,
    empty: Empty,
    verify: String,
    /// How a folder that a backup was put into is examined.
    check: &'static str,
    key: String,
}

fn row(kept: &Kept, chrome: &Chrome) -> Row {
    let name = kept.file.file_name().unwrap_or_default().to_string_lossy();
    let manifest = kept.manifest.as_ref();
    Row {
        name: name.into_owned(),
        made: manifest
            .and_then(|manifest| parse_ms(&manifest.time))
            .map(|ms| chrome.times.at(ms)),
        size: bytes(kept.bytes),
        rows: manifest.map_or_else(String::new, |manifest| {
            tf("backups.rows", &[&manifest.audit_seq])
        }),
        state: if manifest.is_some() {
            Badge::new(Tone::Ok, "circle-check", t("backups.examined"))
        } else {
            Badge::new(Tone::Warn, "triangle-alert", t("backups.unknown"))
        },
    }
}

async fn page(caller: &AccountCaller, req: &HttpRequest) -> crate::domain::error::Result<List> {
    let db = caller.state().db().clone();
    let folder = db.folder().backups();
    let key = db.folder().path().join("server.key");
    let kept = caller
        .read_long(move |tx| app::backups::list(tx, &db))
        .await?;
    let chrome = chrome(caller, req);
    let newest = kept.first().map(|one| one.file.display().to_string());
    let newest = newest.unwrap_or_else(|| t("backups.any_file").to_owned());
    Ok(List {
        tabs: tabs(caller, &chrome, Page::Backups),
        form: Form::new(chrome.path("/settings/backups")),
        folder: folder.display().to_string(),
        rows: kept.iter().map(|one| row(one, &chrome)).collect(),
        empty: Empty {
            icon: "database",
            title: t("backups.none").to_owned(),
            why: t("backups.none_why").to_owned(),
            action: None,
        },
        verify: format!("provost backup verify {newest}"),
        check: "provost --data FOLDER db check",
        key: key.display().to_string(),
        chrome,
    })
}

/// `GET /a/{account_id}/settings/backups`.
pub async fn list(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    html(&req, &page(&caller, &req).await?)
}

/// `POST /a/{account_id}/settings/backups`.
pub async fn make(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let caller = posted.caller;
    caller.require(Permission::BoxAdministration)?;
    let at = caller.chrome().path("/settings/backups");
    caller.require_confirmed()?;
    let made = caller
        .work(
            Permission::BoxAdministration,
            app::backups::create_at_console,
        )
        .await;
    match made {
        Ok(report) => {
            let file = report.file.display().to_string();
            let text = tf("backups.made_text", &[&file, &bytes(report.bytes)]);
            Ok(flash::done(&req, &at, t("backups.made"), &text))
        }
        Err(error) => {
            let mut page = page(&caller, &req).await?;
            page.form = page
                .form
                .refusal(t("backups.not_made"))
                .error(refusal(error)?);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
