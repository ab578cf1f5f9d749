//! The console's door: pages over the same use cases as the other doors, complete without
//! script. ARCHITECTURE.md has the recipe of a page.

pub mod access_preview;
pub mod accounts;
pub mod again;
pub mod around;
pub mod ask;
pub mod audit;
pub mod caller;
pub mod chrome;
pub mod confirming;
pub mod connections;
pub mod cookies;
#[cfg(debug_assertions)]
pub mod dev;
pub mod ended;
pub mod error;
pub mod explain;
pub mod export;
pub mod filters;
pub mod flash;
pub mod form;
pub mod format;
pub mod groups;
pub(in crate::http) mod headers;
pub mod here;
pub mod history;
pub mod home;
pub mod legacy;
pub mod list;
pub mod log;
pub mod me;
pub mod members;
pub mod once;
pub mod operators;
pub mod overtaken;
pub mod overview;
pub mod paths;
pub mod place;
pub mod policy_form;
pub mod pressed;
pub mod roles;
pub mod search;
pub mod sessions;
pub mod settings;
pub mod setup;
pub mod tokens;
pub mod url;
pub mod view;
pub mod words;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;

use super::compress::{gzip, takes_gzip};
use crate::domain::error::{Error, Kind};
use error::ConsoleError;

/// What handlers of pages return.
pub type Answer = Result<HttpResponse, ConsoleError>;

/// Below this a page fits into one packet anyway.
const PACKED_FROM_BYTES: usize = 1400;
/// Pages are compressed each time: fast.
const EFFORT: u8 = 3;

/// A page. Its headers are added around every request (`headers::complete`).
pub fn html(req: &HttpRequest, page: &impl Template) -> Answer {
    html_as(req, StatusCode::OK, page)
}

/// A page with another status: 422 for a form that has errors, say.
pub fn html_as(req: &HttpRequest, status: StatusCode, page: &impl Template) -> Answer {
    let text = render(page)?;
    Ok(page_of(req, status, text, true))
}

/// A page that shows a secret once. It is sent as it is: what is compressed together with what
/// a stranger can put into the address tells its length.
pub fn html_secret(req: &HttpRequest, page: &impl Template) -> Answer {
    let text = render(page)?;
    Ok(page_of(req, StatusCode::OK, text, false))
}

/// Where a form leads once its change is made, so that nothing is sent twice.
pub fn see_other(location: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, location))
        .finish()
}

/// For a form whose password was given too long ago: to the page that asks for it, and back to
/// `page`, which shows the form again. `None` where it may go on.
pub fn confirm_first(caller: &caller::Caller, page: &str) -> Option<HttpResponse> {
    let confirm = || see_other(&url::with_query("/confirm", [("next", page)]));
    caller.require_confirmed().is_err().then(confirm)
}

/// What a form can tell beside its fields: a refusal of the use case. Everything else is the
/// error's own page.
///
/// Errors: those that no form can mend.
pub fn refusal(error: Error) -> Result<String, Error> {
    match error.kind() {
        Kind::Invalid
        | Kind::Forbidden
        | Kind::Conflict
        | Kind::Immutable
        | Kind::Stale
        | Kind::TooMany => Ok(error.message().to_owned()),
        Kind::Unauthenticated
        | Kind::NotFound
        | Kind::TooLarge
        | Kind::RateLimited
        | Kind::Unsupported
        | Kind::Unavailable
        | Kind::StorageFull
        | Kind::Internal => Err(error),
    }
}

fn render(page: &impl Template) -> Result<String, ConsoleError> {
    page.render().map_err(|error| Error::internal(error).into())
}

fn page_of(req: &HttpRequest, status: StatusCode, text: String, packs: bool) -> HttpResponse {
    let mut answer = HttpResponse::build(status);
    answer.content_type("text/html; charset=utf-8");
    answer.insert_header((header::VARY, "Accept-Encoding"));
    let packs = packs && text.len() >= PACKED_FROM_BYTES && takes_gzip(req.headers());
    let mut answer = if packs {
        answer.insert_header((header::CONTENT_ENCODING, "gzip"));
        answer.body(gzip(text.as_bytes(), EFFORT))
    } else {
        answer.body(text)
    };
    flash::forget(req, &mut answer);
    answer
}
