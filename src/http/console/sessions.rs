//! Signing in and out, giving the password again, and choosing a new one by a link.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use data_encoding::HEXLOWER;

use super::caller::{Caller, Posted, Visitor};
use super::chrome::Chrome;
use super::confirming::{Asked, Confirm, Sent, came_from};
use super::cookies::Cookie;
use super::form::{local_path, query};
use super::view::{Field, Form, Input, Link};
use super::words::t;
use super::{Answer, filters, html_as, see_other};
use crate::app;
use crate::app::sessions::{Entered, SecondFactor};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind};
use crate::domain::operator::Operator;
use crate::domain::password::Password;
use crate::domain::reason::Reason;
use crate::domain::session::SessionSecret;
use crate::http::State;

/// One form on a bare page.
#[derive(Template)]
#[template(path = "pages/entry.html")]
pub(in crate::http::console) struct Entry {
    pub(in crate::http::console) chrome: Chrome,
    /// A sentence under the heading; nothing for none.
    pub(in crate::http::console) lead: String,
    pub(in crate::http::console) form: Form,
    pub(in crate::http::console) fields: Vec<Field>,
    /// What the button says; without one there is no form.
    pub(in crate::http::console) submit: &'static str,
    pub(in crate::http::console) links: Vec<Link>,
}

/// Whatever page a visitor gets sets the cookie that its form is bound to.
pub(in crate::http::console) fn to_visitor(visitor: &Visitor, mut answer: HttpResponse) -> Answer {
    if visitor.is_new {
        let (name, value) = Cookie::Browser.set(&visitor.state, &visitor.browser)?;
        answer.headers_mut().append(name, value);
    }
    Ok(answer)
}

/// The same with a session, which needs the other cookie no more.
pub(in crate::http::console) fn signed_in(
    state: &State,
    secret: &SessionSecret,
    next: &str,
) -> Answer {
    let mut answer = see_other(next);
    let (name, value) = Cookie::Session.set(state, secret.reveal())?;
    answer.headers_mut().append(name, value);
    let (name, value) = Cookie::Browser.clear(state)?;
    answer.headers_mut().append(name, value);
    Ok(answer)
}

fn login_page(visitor: &Visitor, email: &str, next: &str) -> Entry {
    let form = Form::new("/login").hidden("next", next);
    let form = form.refusal(t("login.refused"));
    Entry {
        chrome: visitor.chrome(t("login.title")),
        lead: String::new(),
        form,
        fields: vec![
            Field::email("email", t("login.email"))
                .value(email)
                .autocomplete("username")
                .required()
                .wide(),
            Field::password("password", t("login.password"))
                .autocomplete("current-password")
                .required()
                .wide(),
        ],
        submit: t("login.submit"),
        links: vec![Link::new(t("login.recover"), "/recover")],
    }
}

fn second_page(visitor: &Visitor, ticket: &str, next: &str, recovery: bool) -> Entry {
    let form = Form::new("/login")
        .hidden("next", next)
        .hidden("ticket", ticket)
        .refusal(t("login.refused"));
    let field = if recovery {
        Field::text("recovery", t("login.recovery_code")).autocomplete("off")
    } else {
        Field::line("text", "code", t("login.code"))
            .autocomplete("one-time-code")
            .hint(t("login.code_hint"))
    };
    let other = if recovery {
        Field::text("code", t("login.or_code")).autocomplete("one-time-code")
    } else {
        Field::text("recovery", t("login.or_recovery")).autocomplete("off")
    };
    Entry {
        chrome: visitor.chrome(t("login.second_title")),
        lead: t("login.second_lead").to_owned(),
        form,
        fields: vec![field.wide(), other.wide()],
        submit: t("login.submit"),
        links: vec![Link::new(t("login.start_over"), "/login")],
    }
}

/// `GET /login`.
pub async fn login(
    visitor: Visitor,
    caller: Result<Caller, super::error::ConsoleError>,
    req: HttpRequest,
) -> Answer {
    let next = query(&req, "next");
    let next = local_path(&next);
    if caller.is_ok() {
        return Ok(see_other(next));
    }
    let mut page = login_page(&visitor, "", next);
    if query(&req, "done") == "recovered" {
        t("login.recovered").clone_into(&mut page.lead);
    } else if query(&req, "done") == "chosen" {
        t("login.chosen").clone_into(&mut page.lead);
    }
    to_visitor(&visitor, html_as(&req, StatusCode::OK, &page)?)
}

/// `POST /login`: name and password, or the code that was asked for then.
pub async fn sign_in(posted: Posted<Visitor>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let next = local_path(form.get("next")).to_owned();
    let (db, browser) = (caller.state.db().clone(), caller.browser_hash());
    if let Some(ticket) = form.text("ticket") {
        let sealed = HEXLOWER.decode(ticket.as_bytes()).unwrap_or_default();
        let recovery = form.text("code").is_none() && form.text("recovery").is_some();
        let factor = if recovery {
            SecondFactor::RecoveryCode(form.get("recovery").to_owned())
        } else {
            SecondFactor::Code(form.get("code").to_owned())
        };
        let entered =
            app::sessions::second_step(&db, &caller.request, &browser, &sealed, factor).await;
        return match entered {
            Ok(secret) => signed_in(&caller.state, &secret, &next),
            Err(error) if error.kind() == Kind::Stale => {
                refused(&caller, &req, login_page(&caller, "", &next), error)
            }
            Err(error) => {
                // The page says that the password was right; only the code can be wrong here.
                let error = match error.kind() {
                    Kind::Unauthenticated => {
                        Error::unauthenticated(Reason::SignInRefused, t("login.code_wrong"))
                    }
                    _ => error,
                };
                let page = second_page(&caller, ticket, &next, recovery);
                refused(&caller, &req, page, error)
            }
        };
    }
    let (email, password) = (form.get("email"), form.get("password"));
    let entered = app::sessions::sign_in(&db, &caller.request, &browser, (email, password)).await;
    match entered {
        Ok(Entered::In(secret)) => signed_in(&caller.state, &secret, &next),
        Ok(Entered::SecondStep(ticket)) => {
            let page = second_page(&caller, &HEXLOWER.encode(&ticket), &next, false);
            to_visitor(&caller, html_as(&req, StatusCode::OK, &page)?)
        }
        Err(error) => refused(&caller, &req, login_page(&caller, email, &next), error),
    }
}

/// The form again, with what is wrong; errors that are no fault of whoever filled it in are told
/// on a page of their own.
pub(in crate::http::console) fn refused(
    visitor: &Visitor,
    req: &HttpRequest,
    mut page: Entry,
    error: Error,
) -> Answer {
    let status = match error.kind() {
        Kind::Unauthenticated => StatusCode::UNAUTHORIZED,
        Kind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        Kind::Invalid | Kind::Conflict | Kind::Stale => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::Forbidden
        | Kind::NotFound
        | Kind::Immutable
        | Kind::TooMany
        | Kind::TooLarge
        | Kind::Unsupported
        | Kind::Unavailable
        | Kind::StorageFull
        | Kind::Internal => return Err(error.into()),
    };
    page.form = page.form.error(error.message());
    let mut answer = html_as(req, status, &page)?;
    if let Some(seconds) = error.retry_after_seconds() {
        answer
            .headers_mut()
            .insert(header::RETRY_AFTER, header::HeaderValue::from(seconds));
    }
    to_visitor(visitor, answer)
}

/// `POST /logout`.
pub async fn logout(posted: Posted<Caller>) -> Answer {
    let caller = posted.caller;
    caller
        .write(Permission::OwnOperator, |tx| app::sessions::end(tx, None))
        .await?;
    let mut answer = see_other("/login");
    let (name, value) = Cookie::Session.clear(caller.state())?;
    answer.headers_mut().append(name, value);
    Ok(answer)
}

/// `GET /confirm`: the password again, before something dangerous.
pub async fn confirm(caller: Caller, req: HttpRequest) -> Answer {
    let next = query(&req, "next");
    let from = came_from(&caller, &req);
    let asked = Asked::of(&caller, local_path(&next), from.as_deref());
    let page = Confirm::of(&caller.chrome(), local_path(&next), &asked, None);
    html_as(&req, StatusCode::OK, &page)
}

/// `POST /confirm`.
pub async fn confirmed(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let next = local_path(form.get("next")).to_owned();
    let sent = Sent::again(&form);
    match confirm_with(&caller, form.get("password")).await {
        Ok(secret) => {
            let lead = signed_in(caller.state(), &secret, &next)?;
            let Some(sent) = sent else { return Ok(lead) };
            let asked = Asked::of(&caller, &next, form.text("back"));
            let mut page = html_as(&req, StatusCode::OK, &sent.go_on(caller.chrome(), &asked))?;
            for (name, value) in lead.headers() {
                if *name == header::SET_COOKIE {
                    page.headers_mut().append(name.clone(), value.clone());
                }
            }
            Ok(page)
        }
        Err(error) => {
            // Whoever is signed in has given the address and the code already.
            let (status, text) = match error.kind() {
                Kind::Unauthenticated => (StatusCode::FORBIDDEN, t("confirm.wrong")),
                Kind::RateLimited => (StatusCode::TOO_MANY_REQUESTS, error.message()),
                _ => return Err(error.into()),
            };
            let asked = Asked::of(&caller, &next, form.text("back"));
            let mut page = Confirm::of(&caller.chrome(), &next, &asked, sent.as_ref());
            page.field = page.field.error(text);
            page.form = page.form.errors_of([&page.field]);
            page.form = page.form.refusal(t("confirm.refused"));
            html_as(&req, status, &page)
        }
    }
}

async fn confirm_with(caller: &Caller, password: &str) -> Result<SessionSecret, Error> {
    let db = caller.state().db().clone();
    let stored = caller.read(app::operators::own::password)?;
    let verified = stored.clone();
    app::sessions::check_own(&db, caller.me(), stored, password).await?;
    caller
        .write(Permission::OwnOperator, move |tx| {
            app::sessions::confirm(tx, verified.as_deref())
        })
        .await
}

/// The page of a link: a new password, or the first one of whoever has none yet.
fn recover_page(visitor: &Visitor, operator: &Operator) -> Entry {
    let (title, lead) = if operator.has_password {
        ("recover.title", "recover.lead")
    } else {
        ("recover.first_title", "recover.first_lead")
    };
    Entry {
        chrome: visitor.chrome(t(title)),
        lead: super::words::tf(lead, &[&operator.email]),
        form: Form::new("/recover"),
        fields: password_fields(t("password.new")),
        submit: t("recover.submit"),
        links: Vec::new(),
    }
}

/// A new password, twice; what the first field is called.
pub(in crate::http::console) fn password_fields(label: &str) -> Vec<Field> {
    vec![
        Field::password("password", label)
            .autocomplete("new-password")
            .hint(t("password.hint"))
            .required()
            .wide(),
        Field::password("again", t("password.again"))
            .autocomplete("new-password")
            .required()
            .wide(),
    ]
}

/// The password of a form that asks for it twice.
///
/// Errors: `Invalid`.
pub(in crate::http::console) fn chosen_password(
    form: &super::form::Form,
    context: &[&str],
) -> Result<Password, Error> {
    typed_twice(form)?;
    Password::choose(form.get("password"), context)
}

/// Errors: `Invalid` where the second one is another.
pub(in crate::http::console) fn typed_twice(form: &super::form::Form) -> Result<(), Error> {
    if form.get("password") == form.get("again") {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::InvalidValue,
        "The two passwords differ; type the same one twice.",
    ))
}

/// `GET /recover`: with a code it opens the link in this browser; then it asks for a new
/// password. Without one it says what to do.
pub async fn recover(visitor: Visitor, req: HttpRequest) -> Answer {
    let code = query(&req, "code");
    if !code.is_empty() {
        super::setup::open(&visitor, code).await?;
        return to_visitor(&visitor, see_other("/recover"));
    }
    let db = visitor.state.db();
    let browser = visitor.browser_hash();
    let opened = db.read(&db.own_seat("recovery"), |tx| {
        app::setup::opened(tx, &browser)
    });
    let page = match opened {
        Ok((_, Some(operator))) => recover_page(&visitor, &operator),
        Ok((_, None)) => return Ok(see_other("/setup")),
        Err(error) if error.kind() == Kind::NotFound => Entry {
            chrome: visitor.chrome(t("recover.help_title")),
            lead: t("recover.help").to_owned(),
            form: Form::default(),
            fields: Vec::new(),
            submit: "",
            links: vec![Link::new(t("recover.back"), "/login")],
        },
        Err(error) => return Err(error.into()),
    };
    to_visitor(&visitor, html_as(&req, StatusCode::OK, &page)?)
}

/// `POST /recover`.
pub async fn recovered(posted: Posted<Visitor>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let (db, browser) = (caller.state.db().clone(), caller.browser_hash());
    let (_, operator) = db.read(&db.own_seat("recovery"), |tx| {
        app::setup::opened(tx, &browser)
    })?;
    let operator = operator.ok_or_else(crate::domain::setup::link_unknown)?;
    let places = db.read(&db.own_seat("recovery"), |tx| {
        app::operators::workplaces(tx, operator.id)
    })?;
    let mut context = vec![operator.email.as_str(), operator.name.as_str()];
    context.extend(places.iter().map(|place| place.account_name.as_str()));
    let password = match chosen_password(&form, &context) {
        Ok(password) => password,
        Err(error) => {
            let page = recover_page(&caller, &operator);
            return refused(&caller, &req, page, error);
        }
    };
    let done = if operator.has_password {
        "/login?done=recovered"
    } else {
        "/login?done=chosen"
    };
    let hash = db.passwords().hash(&password).await?;
    let write = super::setup::write_of(&caller, "recovery");
    db.write(write, move |tx| app::setup::recover(tx, &browser, &hash))
        .await?;
    Ok(see_other(done))
}
