//! Signing in and out, giving the password again, and choosing a new one by a link.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use data_encoding::HEXLOWER;

use super::caller::{Caller, Posted, Returning, Visitor};
use super::chrome::Chrome;
use super::confirming::{Asked, Confirm, Sent, came_from};
use super::cookies::Cookie;
use super::ended::Late;
use super::form::{Form as Filled, local_path, query};
use super::view::{Field, Form, Input, Link, Unseen};
use super::words::t;
use super::{Answer, filters, html_as, html_secret, see_other};
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

/// Sets in the browser what another answer sets there.
pub(in crate::http::console) fn set_cookies_of(from: &HttpResponse, to: &mut HttpResponse) {
    for value in from.headers().get_all(header::SET_COOKIE) {
        to.headers_mut().append(header::SET_COOKIE, value.clone());
    }
}

/// A form of the sign-in, with the one that waits for it.
fn entry_form(next: &str, late: Option<&Late>) -> Form {
    let to = |action: &str| Form::new(action).hidden("next", next);
    let form = match late {
        Some(late) => late.held(to("/login/again")),
        None => to("/login"),
    };
    form.refusal(t("login.refused"))
}

pub(in crate::http::console) fn login_page(
    visitor: &Visitor,
    email: &str,
    next: &str,
    late: Option<&Late>,
) -> Entry {
    let form = entry_form(next, late);
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
            Field::password(Unseen::Password, t("login.password"))
                .autocomplete("current-password")
                .required()
                .wide(),
        ],
        submit: t("login.submit"),
        links: vec![Link::new(t("login.recover"), "/recover")],
    }
}

fn second_page(
    visitor: &Visitor,
    (ticket, recovery): (&str, bool),
    next: &str,
    late: Option<&Late>,
) -> Entry {
    let form = entry_form(next, late).hidden("ticket", ticket);
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
        // To start over would be to start without what waits.
        links: match late {
            Some(_) => Vec::new(),
            None => vec![Link::new(t("login.start_over"), "/login")],
        },
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
    let mut page = login_page(&visitor, "", next, None);
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
    entered(&caller, &form, &req, None).await
}

/// `POST /login/again`: the same with a form that waits for it.
pub async fn sign_in_again(posted: Posted<Returning>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let late = Late::again(&form);
    entered(&caller.0, &form, &req, late).await
}

async fn entered(
    visitor: &Visitor,
    form: &Filled,
    req: &HttpRequest,
    late: Option<Late>,
) -> Answer {
    let next = local_path(form.get("next"));
    let (db, browser) = (visitor.state.db().clone(), visitor.browser_hash());
    let waits = late.as_ref();
    if let Some(ticket) = form.text("ticket") {
        let sealed = HEXLOWER.decode(ticket.as_bytes()).unwrap_or_default();
        let (factor, recovery) = factor_of(form);
        let done = app::sessions::second_step(&db, &visitor.request, &browser, &sealed, factor);
        return match done.await {
            Ok(secret) => led_on(visitor, req, &secret, next, late),
            Err(error) if error.kind() == Kind::Stale => {
                refused(visitor, req, login_page(visitor, "", next, waits), error)
            }
            Err(error) => {
                // The page says that the password was right; only the code can be wrong here.
                let error = match error.kind() {
                    Kind::Unauthenticated => {
                        Error::unauthenticated(Reason::SignInRefused, t("login.code_wrong"))
                    }
                    _ => error,
                };
                let page = second_page(visitor, (ticket, recovery), next, waits);
                refused(visitor, req, page, error)
            }
        };
    }
    let (email, password) = (form.get("email"), form.get("password"));
    let done = app::sessions::sign_in(&db, &visitor.request, &browser, (email, password));
    match done.await {
        Ok(Entered::In(secret)) => led_on(visitor, req, &secret, next, late),
        Ok(Entered::SecondStep(ticket)) => {
            let ticket = HEXLOWER.encode(&ticket);
            let page = second_page(visitor, (&ticket, false), next, waits);
            to_visitor(visitor, html_as(req, StatusCode::OK, &page)?)
        }
        Err(error) => {
            let page = login_page(visitor, email, next, waits);
            refused(visitor, req, page, error)
        }
    }
}

/// What was given as the second factor, and whether it was a recovery code.
fn factor_of(form: &Filled) -> (SecondFactor, bool) {
    let recovery = form.text("code").is_none() && form.text("recovery").is_some();
    let factor = if recovery {
        SecondFactor::RecoveryCode(form.get("recovery").to_owned())
    } else {
        SecondFactor::Code(form.get("code").to_owned())
    };
    (factor, recovery)
}

/// To where one wanted to go, or to what waits to be sent.
fn led_on(
    visitor: &Visitor,
    req: &HttpRequest,
    secret: &SessionSecret,
    next: &str,
    late: Option<Late>,
) -> Answer {
    match late {
        Some(late) => late.shown(visitor, req, secret),
        None => signed_in(&visitor.state, secret, next),
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
            let mut page = html_secret(&req, &sent.go_on(caller.chrome(), &asked))?;
            set_cookies_of(&lead, &mut page);
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
        Field::password(Unseen::Password, label)
            .autocomplete("new-password")
            .hint(t("password.hint"))
            .required()
            .wide(),
        Field::password(Unseen::Again, t("password.again"))
            .autocomplete("new-password")
            .required()
            .wide(),
    ]
}

/// The password of a form that asks for it twice.
///
/// Errors: `Invalid`.
pub(in crate::http::console) fn chosen_password(
    form: &Filled,
    context: &[&str],
) -> Result<Password, Error> {
    typed_twice(form)?;
    Password::choose(form.get("password"), context)
}

/// Errors: `Invalid` where the second one is another.
pub(in crate::http::console) fn typed_twice(form: &Filled) -> Result<(), Error> {
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
    let chosen = Password::choose(form.get("password"), &context);
    let password = match (chosen, typed_twice(&form)) {
        (Ok(password), Ok(())) => password,
        // All that is wrong, at once.
        (chosen, twice) => {
            let mut page = recover_page(&caller, &operator);
            for (field, fault) in page.fields.iter_mut().zip([chosen.err(), twice.err()]) {
                if let Some(fault) = fault {
                    fault.message().clone_into(&mut field.error);
                }
            }
            page.form = page.form.errors_of(&page.fields);
            let answer = html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)?;
            return to_visitor(&caller, answer);
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
