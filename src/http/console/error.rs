//! The errors of the console, and the pages that tell them: what happened, what to do about
//! it, and the request's id.

use std::fmt;

use actix_web::dev::ServiceResponse;
use actix_web::http::{StatusCode, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use askama::Template;

use super::chrome::Chrome;
use super::confirming;
use super::ended;
use super::filters;
use super::format::Times;
use super::url::with_query;
use super::view::{Link, Prose};
use super::words::t;
use super::{html_as, see_other};
use crate::domain::actor::{Permission, Request, factor_needed};
use crate::domain::error::{Error, Kind};
use crate::domain::reason::Reason;
use crate::http::scim::error::HttpFault;

/// An error on its way to somebody who looks at the console.
#[derive(Debug)]
pub enum ConsoleError {
    /// It can't be done.
    Domain(Error),
    /// It is no good HTTP for this route.
    Http(HttpFault),
    /// Nobody is signed in: to the sign-in page, and back.
    SignedOut,
    /// The password has to be given again first: to its page, and back.
    Unconfirmed,
    /// A second factor has to be set up first: to its page.
    FactorNeeded,
    /// The caller may not, and these could: whoever holds one of the roles.
    Denied {
        error: Error,
        roles: Vec<String>,
        holders: Vec<Link>,
    },
    /// Somebody else's change came first: who, when, and what it did.
    Overtaken { error: Error, change: Vec<String> },
}

impl ConsoleError {
    /// The status of the page. A browser shows pages; nothing repeats or mends a request by
    /// itself, so there is one status for each thing that a person does about it.
    fn status(&self) -> StatusCode {
        match self {
            Self::Domain(error) => status_of(error.kind()),
            Self::Http(fault) => {
                StatusCode::from_u16(fault.status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Unconfirmed | Self::FactorNeeded | Self::Denied { .. } => StatusCode::FORBIDDEN,
            Self::Overtaken { .. } => StatusCode::CONFLICT,
        }
    }

    pub fn reason(&self) -> Reason {
        match self {
            Self::Domain(error) | Self::Denied { error, .. } | Self::Overtaken { error, .. } => {
                error.reason()
            }
            Self::Http(fault) => fault.reason(),
            Self::SignedOut => Reason::TokenMissing,
            Self::Unconfirmed => Reason::ConfirmationNeeded,
            Self::FactorNeeded => Reason::FactorNeeded,
        }
    }

    /// What only our log may know.
    pub fn cause(&self) -> Option<&Error> {
        match self {
            Self::Domain(error)
                if matches!(
                    error.kind(),
                    Kind::Internal | Kind::Unavailable | Kind::StorageFull
                ) =>
            {
                Some(error)
            }
            Self::Domain(_)
            | Self::Http(_)
            | Self::SignedOut
            | Self::Unconfirmed
            | Self::FactorNeeded
            | Self::Denied { .. }
            | Self::Overtaken { .. } => None,
        }
    }

    fn retry_after_seconds(&self) -> Option<u32> {
        match self {
            Self::Domain(error) => error.retry_after_seconds(),
            Self::Http(fault) => (fault.status() == 503).then_some(1),
            Self::SignedOut
            | Self::Unconfirmed
            | Self::FactorNeeded
            | Self::Denied { .. }
            | Self::Overtaken { .. } => None,
        }
    }

    fn message(&self) -> String {
        match self {
            Self::Domain(error) | Self::Denied { error, .. } | Self::Overtaken { error, .. } => {
                error.message().to_owned()
            }
            Self::Http(HttpFault::RouteUnknown) => t("error.route").to_owned(),
            Self::Http(HttpFault::MediaType) => t("error.form").to_owned(),
            Self::Http(HttpFault::BodyTooLarge { .. }) => t("error.form_large").to_owned(),
            Self::Http(fault) => fault.detail(),
            Self::SignedOut => t("error.signed_out").to_owned(),
            Self::Unconfirmed => t("error.unconfirmed").to_owned(),
            Self::FactorNeeded => factor_needed().message().to_owned(),
        }
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Invalid | Kind::Immutable | Kind::TooMany => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Conflict | Kind::Stale => StatusCode::CONFLICT,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unsupported => StatusCode::NOT_IMPLEMENTED,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::StorageFull => StatusCode::INSUFFICIENT_STORAGE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Error> for ConsoleError {
    fn from(error: Error) -> Self {
        Self::Domain(error)
    }
}

impl From<HttpFault> for ConsoleError {
    fn from(fault: HttpFault) -> Self {
        Self::Http(fault)
    }
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl ResponseError for ConsoleError {
    fn status_code(&self) -> StatusCode {
        self.status()
    }

    /// The page itself is made by `page_for`, which knows the request.
    fn error_response(&self) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status());
        if let Self::Http(fault) = self {
            if let HttpFault::MethodNotAllowed { allow } = fault {
                answer.insert_header((header::ALLOW, *allow));
            }
            if fault.closes() {
                answer.force_close();
            }
        }
        if let Some(seconds) = self.retry_after_seconds() {
            answer.insert_header((header::RETRY_AFTER, seconds.to_string()));
        }
        answer
            .content_type("text/plain; charset=utf-8")
            .body(self.message())
    }
}

/// What an error page says.
struct Fault {
    status: u16,
    icon: &'static str,
    message: Prose,
    roles: Vec<String>,
    holders: Vec<Link>,
    change: Vec<String>,
    /// What can be done next.
    links: Vec<Link>,
    request_id: String,
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    chrome: Chrome,
    fault: Fault,
}

#[derive(Template)]
#[template(path = "pages/error_inside.html")]
struct ErrorInside {
    chrome: Chrome,
    fault: Fault,
}

/// The key of the heading, and the icon.
fn heading(status: StatusCode) -> (&'static str, &'static str) {
    match status.as_u16() {
        401 => ("error.401", "log-in"),
        403 => ("error.403", "lock"),
        404 => ("error.404", "search"),
        409 => ("error.409", "git-compare-arrows"),
        413 | 431 => ("error.413", "triangle-alert"),
        422 => ("error.422", "triangle-alert"),
        429 => ("error.429", "clock"),
        503 => ("error.503", "clock"),
        507 => ("error.507", "database"),
        400..500 => ("error.400", "triangle-alert"),
        _ => ("error.500", "circle-x"),
    }
}

/// The answer that the viewer gets for an error: a page within the console where the request
/// got so far that its caller is known, else a bare one. `None`: it was no error of the
/// console.
pub(in crate::http) fn page_for<B>(res: &ServiceResponse<B>, now_ms: i64) -> Option<HttpResponse> {
    let error = res.response().error()?.as_error::<ConsoleError>()?;
    let req = res.request();
    if let Some(sign_in) = sign_in(req, error) {
        return Some(sign_in);
    }
    if let Some(kept) = ended::in_place(req) {
        return Some(kept);
    }
    if matches!(error, ConsoleError::SignedOut)
        && let Some(sign_in) = ended::instead(req)
    {
        return Some(sign_in);
    }
    let chrome = req.extensions().get::<Chrome>().cloned();
    let status = error.status();
    let (mut title, icon) = heading(status);
    let mut fault = fault_of(req, error, icon, chrome.as_ref());
    if matches!(error, ConsoleError::Unconfirmed)
        && let Some(page) = chrome
            .as_ref()
            .and_then(|chrome| confirming::instead(req, chrome))
    {
        return html_as(req, status, &page).ok();
    }
    if matches!(error, ConsoleError::Unconfirmed) {
        // It was a form that was sent: its address leads to its page.
        let confirm = with_next(req, "/confirm", "");
        title = "confirm.title";
        fault.links.push(Link::new(t("error.confirm"), confirm));
    }
    if matches!(error, ConsoleError::FactorNeeded) {
        fault.links = vec![Link::new(t("factors.begin"), "/me/factors")];
    }
    let page = if let Some(chrome) = chrome {
        let mut chrome = chrome.titled(t(title));
        chrome.crumbs.clear();
        html_as(req, status, &ErrorInside { chrome, fault })
    } else {
        let chrome = Chrome::bare(t(title), Times::utc(now_ms));
        html_as(req, status, &ErrorPage { chrome, fault })
    };
    let mut page = page.ok()?;
    for (name, value) in res.headers() {
        if matches!(*name, header::ALLOW | header::RETRY_AFTER) {
            page.headers_mut().insert(name.clone(), value.clone());
        }
    }
    Some(page)
}

fn fault_of(
    req: &HttpRequest,
    error: &ConsoleError,
    icon: &'static str,
    chrome: Option<&Chrome>,
) -> Fault {
    let (mut roles, mut holders, mut change) = (Vec::new(), Vec::new(), Vec::new());
    match error {
        ConsoleError::Denied {
            roles: these,
            holders: who,
            ..
        } => {
            roles.clone_from(these);
            holders.clone_from(who);
        }
        ConsoleError::Overtaken { change: lines, .. } => change.clone_from(lines),
        ConsoleError::Domain(_)
        | ConsoleError::Http(_)
        | ConsoleError::SignedOut
        | ConsoleError::Unconfirmed
        | ConsoleError::FactorNeeded => {}
    }
    Fault {
        status: error.status().as_u16(),
        icon,
        message: match chrome {
            Some(chrome) => chrome.prose(&error.message()),
            None => Prose::told(&error.message()),
        },
        roles,
        holders,
        change,
        links: links(req, error.status(), chrome),
        request_id: request_id(req),
    }
}

/// Who only looked at a page is led to the sign-in page and back; what was sent by a form can't
/// be sent again from there, so that is told. An address that only forms are sent to, asked for
/// again from the address bar or after signing in, leads to the page that has the form.
fn sign_in(req: &HttpRequest, error: &ConsoleError) -> Option<HttpResponse> {
    let looks = matches!(req.method().as_str(), "GET" | "HEAD");
    match error {
        ConsoleError::SignedOut if looks => Some(see_other(&with_next(req, "/login", "/"))),
        ConsoleError::Unconfirmed if looks => Some(see_other(&with_next(req, "/confirm", ""))),
        ConsoleError::FactorNeeded if looks => Some(see_other("/me/factors")),
        ConsoleError::Http(HttpFault::MethodNotAllowed { .. }) if looks => {
            let (above, _) = req.path().rsplit_once('/')?;
            (!above.is_empty()).then(|| see_other(above))
        }
        _ => None,
    }
}

/// Whether nobody is signed in, which is no attempt of anybody.
pub(in crate::http) fn is_signed_out<B>(res: &ServiceResponse<B>) -> bool {
    let error = res.response().error();
    let error = error.and_then(|error| error.as_error::<ConsoleError>());
    matches!(error, Some(ConsoleError::SignedOut))
}

/// A page that stands before what was asked for, which is come back to; `usual` is where it
/// leads without being told.
fn with_next(req: &HttpRequest, page: &str, usual: &str) -> String {
    let target = req
        .uri()
        .path_and_query()
        .map_or("/", |target| target.as_str());
    if target == usual {
        return page.to_owned();
    }
    with_query(page, [("next", target)])
}

fn links(req: &HttpRequest, status: StatusCode, chrome: Option<&Chrome>) -> Vec<Link> {
    let Some(chrome) = chrome else {
        return match status.as_u16() {
            401 => {
                let login = with_query("/login", [("next", req.path())]);
                vec![Link::new(t("error.sign_in"), login)]
            }
            _ => vec![Link::new(t("error.home"), "/")],
        };
    };
    let mut links = Vec::new();
    if matches!(req.method().as_str(), "GET" | "HEAD") && status.is_server_error() {
        links.push(Link::new(t("error.again"), req.uri().to_string()));
    }
    if status == StatusCode::NOT_FOUND {
        links.push(Link::new(t("error.search"), "/search"));
    }
    if chrome.account.is_some() && chrome.allows(Permission::LogsRead) {
        links.push(Link::new(t("error.overview"), chrome.path("")));
    } else {
        // Whoever may not read the account is told so by its overview too.
        links.push(Link::new(t("error.accounts"), "/accounts"));
    }
    links
}

fn request_id(req: &HttpRequest) -> String {
    let request = req.extensions().get::<Request>().cloned();
    request
        .map(|request| request.id.to_string())
        .unwrap_or_default()
}
