//! The first run: five steps, of which this module has the first, [`steps`] those between
//! and [`watch`] the last.

pub mod steps;
pub mod watch;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use qrcode::{Color, QrCode};

use super::caller::{Caller, Posted, Visitor};
use super::chrome::Chrome;
use super::error::ConsoleError;
use super::form::query;
use super::sessions::{Entry, password_fields, signed_in, to_visitor, typed_twice};
use super::view::{Field, Form, Input, Notice, Tone};
use super::words::{t, tf};
use super::{Answer, filters, flash, html_as, html_secret, see_other};
use crate::app;
use crate::domain::actor::{Actor, Permission, SignedIn};
use crate::domain::error::{Error, Kind};
use crate::domain::id::SessionId;
use crate::domain::operator::{Email, NewOperator, Operator};
use crate::domain::password::Password;
use crate::domain::reason::Reason;
use crate::domain::session::SessionSecret;
use crate::domain::setup::link_unknown;
use crate::domain::text::Label;
use crate::store::setup::Link;
use crate::store::totp::TotpSecret;
use crate::store::writer::{Authority, Write};

/// A write of somebody who is nobody yet, named by why it is made.
pub(in crate::http::console) fn write_of(visitor: &Visitor, why: &'static str) -> Write<Error> {
    Write {
        authority: Authority::Local {
            actor: Actor::System { why },
            account: None,
        },
        permission: Permission::BoxAdministration,
        request: visitor.request.clone(),
        log: None,
    }
}

/// Opens a link in the visitor's browser. Guesses are counted.
pub(in crate::http::console) async fn open(
    visitor: &Visitor,
    code: String,
) -> Result<Link, ConsoleError> {
    let (db, browser) = (visitor.state.db(), visitor.browser_hash());
    app::setup::admit(db, &visitor.request)?;
    let opened = db
        .write(write_of(visitor, "setup link"), move |tx| {
            app::setup::open(tx, &code, &browser)
        })
        .await;
    Ok(opened?)
}

/// One of the steps above the form.
#[derive(Debug, Clone)]
pub struct StepMark {
    pub title: &'static str,
    pub text: &'static str,
    /// `done`, `current` or nothing.
    pub state: &'static str,
}

/// The five steps, of which `current` (from 0) is being done.
pub(in crate::http::console) fn marks(current: usize) -> Vec<StepMark> {
    let words = [
        (t("setup.you"), t("setup.you_text")),
        (t("setup.account"), t("setup.account_text")),
        (t("setup.address"), t("setup.address_text")),
        (t("setup.connect"), t("setup.connect_text")),
        (t("setup.watch"), t("setup.watch_text")),
    ];
    let mark = |(at, (title, text))| StepMark {
        title,
        text,
        state: match usize::cmp(&at, &current) {
            std::cmp::Ordering::Less => "done",
            std::cmp::Ordering::Equal => "current",
            std::cmp::Ordering::Greater => "",
        },
    };
    words.into_iter().enumerate().map(mark).collect()
}

#[derive(Template)]
#[template(path = "pages/setup/you.html")]
struct You {
    chrome: Chrome,
    marks: Vec<StepMark>,
    form: Form,
    fields: Vec<Field>,
}

/// What was entered in the first step.
#[derive(Default)]
struct Entered {
    name: String,
    email: String,
}

fn you_page(visitor: &Visitor, entered: &Entered) -> You {
    let mut fields = vec![
        Field::text("name", t("setup.name"))
            .value(&entered.name)
            .autocomplete("name")
            .required()
            .wide(),
        Field::email("email", t("login.email"))
            .value(&entered.email)
            .autocomplete("username")
            .required()
            .wide(),
    ];
    fields.extend(password_fields(t("password.new")));
    You {
        chrome: visitor.chrome(t("setup.title")),
        marks: marks(0),
        form: Form::new("/setup/you"),
        fields,
    }
}

/// `GET /setup`: opens the link, then shows the step that is next.
pub async fn setup(
    visitor: Visitor,
    caller: Result<Caller, ConsoleError>,
    req: HttpRequest,
) -> Answer {
    let code = query(&req, "code");
    let db = visitor.state.db().clone();
    let any = db.read(&db.own_seat("setup"), app::operators::any)?;
    if any {
        // Whoever is not signed in learns no more than that.
        let caller = caller?;
        if caller.me().factor_missing {
            return Ok(see_other("/setup/factor"));
        }
        return steps::show(&caller, &req).await;
    }
    if !code.is_empty() {
        open(&visitor, code).await?;
        return to_visitor(&visitor, see_other("/setup"));
    }
    let browser = visitor.browser_hash();
    let opened = db.read(&db.own_seat("setup"), |tx| app::setup::opened(tx, &browser));
    match opened {
        Ok(_) => {
            let page = you_page(&visitor, &Entered::default());
            to_visitor(&visitor, html_as(&req, StatusCode::OK, &page)?)
        }
        Err(error) if error.kind() == Kind::NotFound => {
            let page = Entry {
                chrome: visitor.chrome(t("setup.link_title")),
                lead: t("setup.link_lead").to_owned(),
                form: Form::default(),
                fields: Vec::new(),
                submit: "",
                links: Vec::new(),
            };
            to_visitor(&visitor, html_as(&req, StatusCode::NOT_FOUND, &page)?)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /setup/you`: makes the first operator, and signs them in.
pub async fn you(posted: Posted<Visitor>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let (db, browser) = (caller.state.db().clone(), caller.browser_hash());
    // Nobody without the link has a password hashed.
    let (link, _) = db.read(&db.own_seat("setup"), |tx| app::setup::opened(tx, &browser))?;
    if link.operator.is_some() {
        return Err(link_unknown().into());
    }
    let entered = Entered {
        name: form.get("name").trim().to_owned(),
        email: form.get("email").trim().to_owned(),
    };
    let mut page = you_page(&caller, &entered);
    let name = wanted(&entered.name, "setup.no_name", Label::parse);
    let name = checked(&mut page.fields[0], name);
    let email = wanted(&entered.email, "setup.no_email", Email::parse);
    let email = checked(&mut page.fields[1], email);
    let context = [entered.email.as_str(), entered.name.as_str()];
    let chosen = form.get("password");
    let password = wanted(chosen, "setup.no_password", |text| {
        Password::choose(text, &context)
    });
    let password = checked(&mut page.fields[2], password);
    // That the two differ is said at the second, whatever the first is like.
    let twice = checked(&mut page.fields[3], typed_twice(&form));
    let (Some(name), Some(email), Some(password), Some(())) = (name, email, password, twice) else {
        page.form = page.form.clone().errors_of(&page.fields);
        let answer = html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)?;
        return to_visitor(&caller, answer);
    };
    let hash = db.passwords().hash(&password).await?;
    let new = NewOperator {
        name,
        email,
        box_administrator: true,
    };
    let made = db.write(write_of(&caller, "first run"), move |tx| {
        app::setup::first_operator(tx, &browser, &new, &hash)
    });
    let operator = made.await?;
    db.folder().remove_setup_url();
    let secret = begin(&caller, &operator).await?;
    signed_in(&caller.state, &secret, "/setup/factor")
}

/// What was entered, parsed; where nothing was, the words of that key say what is wanted.
fn wanted<T>(
    entered: &str,
    key: &str,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    if entered.is_empty() {
        return Err(Error::invalid(Reason::InvalidValue, t(key)));
    }
    parse(entered)
}

/// What was parsed; else the field says what is wrong.
pub(in crate::http::console) fn checked<T>(
    field: &mut Field,
    parsed: Result<T, Error>,
) -> Option<T> {
    match parsed {
        Ok(value) => Some(value),
        Err(error) => {
            error.message().clone_into(&mut field.error);
            None
        }
    }
}

/// The first session, with an authenticator that waits for its first code.
async fn begin(visitor: &Visitor, operator: &Operator) -> Result<SessionSecret, Error> {
    let db = visitor.state.db();
    let session = SessionId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms()));
    let actor = Actor::Operator(SignedIn {
        operator: operator.id,
        email: operator.email.clone(),
        session,
        box_administrator: operator.box_administrator,
        factor_missing: false,
        member: None,
        rights: None,
    });
    let write = Write {
        authority: Authority::Local {
            actor,
            account: None,
        },
        permission: Permission::OwnOperator,
        request: visitor.request.clone(),
        log: None,
    };
    db.write(write, |tx| {
        let secret = app::setup::begin(tx)?;
        app::operators::own::begin_totp(tx)?;
        Ok(secret)
    })
    .await
}

/// A QR code as the path of an SVG image.
#[derive(Debug, Clone)]
pub struct Qr {
    /// Modules along a side, the quiet zone included.
    pub side: usize,
    pub path: String,
}

/// Modules around the code that stay white (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

pub(in crate::http::console) fn qr(text: &str) -> Result<Qr, Error> {
    let code = QrCode::new(text).map_err(|error| Error::internal(error.to_string()))?;
    let width = code.width();
    let mut path = String::new();
    for (at, module) in code.to_colors().into_iter().enumerate() {
        if module == Color::Dark {
            let (x, y) = (at % width + QUIET, at / width + QUIET);
            for part in ["M", &x.to_string(), " ", &y.to_string(), "h1v1h-1z"] {
                path.push_str(part);
            }
        }
    }
    Ok(Qr {
        side: width + 2 * QUIET,
        path,
    })
}

/// What an authenticator scans, or is told.
pub(in crate::http::console) fn scanned(
    caller: &Caller,
    secret: &TotpSecret,
) -> Result<(Qr, String), Error> {
    let issuer = "Provost";
    let qr = qr(&secret.to_uri(issuer, &caller.me().email))?;
    let typed = secret.to_base32();
    let groups: Vec<&str> = typed
        .as_bytes()
        .chunks(4)
        .map(|group| std::str::from_utf8(group).unwrap_or_default())
        .collect();
    Ok((qr, groups.join(" ")))
}

#[derive(Template)]
#[template(path = "pages/setup/factor.html")]
struct Factor {
    chrome: Chrome,
    marks: Vec<StepMark>,
    qr: Qr,
    typed: String,
    form: Form,
    field: Field,
}

/// The field for the first code of an authenticator.
pub(in crate::http::console) fn code_field() -> Field {
    Field::text("code", t("login.code"))
        .autocomplete("one-time-code")
        .hint(t("factors.code_hint"))
        .required()
}

fn factor_page(caller: &Caller) -> Result<Option<Factor>, Error> {
    let keys = caller.state().db().keys();
    let secret = caller.read(|tx| app::operators::own::pending_totp(tx, keys))?;
    let Some(secret) = secret else {
        return Ok(None);
    };
    let (qr, typed) = scanned(caller, &secret)?;
    Ok(Some(Factor {
        chrome: caller.chrome().titled(t("setup.title")),
        marks: marks(0),
        qr,
        typed,
        form: Form::new("/setup/factor"),
        field: code_field(),
    }))
}

/// `GET /setup/factor`: an authenticator for the first operator.
pub async fn factor(caller: Caller, req: HttpRequest) -> Answer {
    caller.require_confirmed()?;
    match factor_page(&caller)? {
        Some(page) => secret_as(&req, StatusCode::OK, &page),
        None => Ok(behind_factor(&caller, &req)),
    }
}

/// Where nothing is left to be confirmed: on, or to a new beginning.
fn behind_factor(caller: &Caller, req: &HttpRequest) -> HttpResponse {
    if caller.me().factor_missing {
        return see_other("/me/factors");
    }
    if caller
        .read(app::setup::progress)
        .is_ok_and(|progress| progress.finished)
    {
        return flash::lead(req, "/me/factors", &codes_gone());
    }
    let notice = codes_gone().action(t("factors.codes_gone_link"), "/me/factors");
    flash::lead(req, "/setup", &notice)
}

/// What is said to whoever opens the page of the codes again.
pub(in crate::http::console) fn codes_gone() -> Notice {
    let (title, text) = (t("factors.codes_gone"), t("factors.codes_gone_text"));
    Notice::new(Tone::Warn, title, text)
}

/// A page with a secret and another status than 200.
pub(in crate::http::console) fn secret_as(
    req: &HttpRequest,
    status: StatusCode,
    page: &impl Template,
) -> Answer {
    let mut answer: HttpResponse = html_secret(req, page)?;
    *answer.status_mut() = status;
    Ok(answer)
}

#[derive(Template)]
#[template(path = "pages/recovery_codes.html")]
pub(in crate::http::console) struct RecoveryCodes {
    pub(in crate::http::console) chrome: Chrome,
    /// In the first run, whose first step ends with them; else none.
    pub(in crate::http::console) marks: Vec<StepMark>,
    pub(in crate::http::console) lead: String,
    pub(in crate::http::console) codes: Vec<String>,
    pub(in crate::http::console) next: &'static str,
}

/// `POST /setup/factor`.
pub async fn factor_set(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require_confirmed()?;
    let code = form.get("code").to_owned();
    let made = caller
        .write(Permission::OwnOperator, move |tx| {
            app::operators::own::confirm_totp(tx, &code)
        })
        .await;
    match made {
        Ok((codes, secret)) => codes_page(&req, &caller, &codes, &secret, "/setup"),
        Err(error) if error.kind() == Kind::Invalid => {
            let Some(mut page) = factor_page(&caller)? else {
                return Ok(behind_factor(&caller, &req));
            };
            page.field = page.field.error(error.message());
            page.form = page.form.errors_of([&page.field]);
            secret_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// Recovery codes, shown this once, with the session's new cookie.
pub(in crate::http::console) fn codes_page(
    req: &HttpRequest,
    caller: &Caller,
    codes: &[crate::domain::setup::Code],
    secret: &SessionSecret,
    next: &'static str,
) -> Answer {
    let first_run = next == "/setup";
    let title = if first_run {
        t("setup.title")
    } else {
        t("factors.codes_title")
    };
    let page = RecoveryCodes {
        chrome: caller.chrome().titled(title),
        marks: if first_run { marks(0) } else { Vec::new() },
        lead: tf("factors.codes_lead", &[&codes.len()]),
        codes: codes
            .iter()
            .map(|code| code.grouped().to_string())
            .collect(),
        next,
    };
    let mut answer = html_secret(req, &page)?;
    let (name, value) = super::cookies::Cookie::Session.set(caller.state(), secret.reveal())?;
    answer.headers_mut().append(name, value);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_quiet_zone_and_its_modules() {
        let code =
            qr("otpauth://totp/Provost:ada@example.com?secret=GEZDGNBVGY3TQOJQ").expect("one");
        assert!(code.side > 29 + 2 * QUIET - 1);
        // The first module of the finder pattern, and nothing before it.
        assert!(code.path.starts_with("M4 4h1v1h-1z"), "{}", code.path);
    }
}
