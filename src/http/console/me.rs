//! You: profile and password, second factors, sessions, appearance.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::caller::{Caller, Posted};
use super::chrome::Chrome;
use super::form::{Form as Sent, query};
use super::format::{self, When};
use super::sessions::{chosen_password, password_fields, signed_in};
use super::setup::{self, Qr, checked, code_field, secret_as};
use super::tokens::secret::form_key;
use super::view::{Choice, FORM_KEY, Field, Form, Input, Notice, Tab, Tone, Unseen};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html_as, html_secret, see_other};
use crate::app;
use crate::app::operators::own;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Kind};
use crate::domain::id::SessionId;
use crate::domain::operator::{Operator, Settings, Theme};
use crate::domain::password::Password;
use crate::domain::reason::Reason;
use crate::domain::text::Label;

/// What the last form did, as the address says it.
fn done(req: &HttpRequest) -> Option<Notice> {
    let text = match query(req, "done").as_str() {
        "profile" => t("me.done_profile"),
        "password" => t("me.done_password"),
        "factor" => t("me.done_factor"),
        "session" => t("me.done_session"),
        "appearance" => t("me.done_appearance"),
        _ => return None,
    };
    Some(Notice::new(Tone::Ok, text, ""))
}

fn chrome(caller: &Caller, req: &HttpRequest, title: &'static str) -> Chrome {
    let told = done(req).or_else(|| flash::told(req));
    caller.chrome().titled(title).flash(told)
}

fn tabs(current: &str) -> Vec<Tab> {
    let pages = [
        ("/me/profile", t("me.profile")),
        ("/me/factors", t("me.factors")),
        ("/me/sessions", t("me.sessions")),
        ("/me/appearance", t("me.appearance")),
    ];
    let tab = |(href, text): (&str, &str)| Tab {
        text: text.to_owned(),
        href: href.to_owned(),
        count: String::new(),
        current: href == current,
    };
    pages.into_iter().map(tab).collect()
}

#[derive(Template)]
#[template(path = "pages/me/profile.html")]
struct Profile {
    chrome: Chrome,
    tabs: Vec<Tab>,
    about: Form,
    about_fields: Vec<Field>,
    password: Form,
    password_fields: Vec<Field>,
}

fn profile_page(caller: &Caller, req: &HttpRequest) -> Result<Profile, Error> {
    let (me, _) = caller.read(own::get)?;
    let mut password = vec![
        Field::password(Unseen::Current, t("password.current"))
            .autocomplete("current-password")
            .required()
            .wide(),
    ];
    password.extend(password_fields(t("password.changed_to")));
    Ok(Profile {
        chrome: chrome(caller, req, t("me.profile")),
        tabs: tabs("/me/profile"),
        about: Form::new("/me/profile"),
        about_fields: vec![
            Field::text("name", t("setup.name"))
                .value(me.name)
                .autocomplete("name")
                .required(),
            Field::email("email", t("login.email"))
                .value(me.email)
                .locked(t("me.email_locked")),
        ],
        password: Form::new("/me/password"),
        password_fields: password,
    })
}

/// `GET /me/profile`.
pub async fn profile(caller: Caller, req: HttpRequest) -> Answer {
    html_as(&req, StatusCode::OK, &profile_page(&caller, &req)?)
}

/// `POST /me/profile`.
pub async fn rename(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let mut page = profile_page(&caller, &req)?;
    let sent = form.get("name").trim();
    sent.clone_into(&mut page.about_fields[0].value);
    let Some(name) = checked(&mut page.about_fields[0], Label::parse(sent)) else {
        page.about = page.about.clone().errors_of(&page.about_fields);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    caller
        .write(Permission::OwnOperator, move |tx| own::rename(tx, &name))
        .await?;
    Ok(see_other("/me/profile?done=profile"))
}

/// `POST /me/password`: the current one is asked for, and all other sessions end.
pub async fn password(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    match change_password(&caller, &form).await {
        Ok(secret) => signed_in(caller.state(), &secret, "/me/profile?done=password"),
        Err(error) => {
            let mut page = profile_page(&caller, &req)?;
            let (field, status) = match error.kind() {
                Kind::Unauthenticated => (0, StatusCode::FORBIDDEN),
                Kind::RateLimited => (0, StatusCode::TOO_MANY_REQUESTS),
                Kind::Invalid => (1, StatusCode::UNPROCESSABLE_ENTITY),
                _ => return Err(error.into()),
            };
            // Whoever is signed in has given the address and the code already.
            let text = match error.kind() {
                Kind::Unauthenticated => t("password.wrong"),
                _ => error.message(),
            };
            text.clone_into(&mut page.password_fields[field].error);
            page.password = page.password.clone().errors_of(&page.password_fields);
            html_as(&req, status, &page)
        }
    }
}

async fn change_password(
    caller: &Caller,
    form: &Sent,
) -> Result<crate::domain::session::SessionSecret, Error> {
    let db = caller.state().db().clone();
    let stored = caller.read(own::password)?;
    let verified = stored.clone();
    let current = form.get("current");
    app::sessions::check_own(&db, caller.me(), stored, current).await?;
    let (me, places) = caller.read(own::get)?;
    let mut context = vec![me.email.as_str(), me.name.as_str()];
    context.extend(places.iter().map(|place| place.account_name.as_str()));
    let chosen = chosen_password(form, &context)?;
    if Password::typed(current).is_some_and(|current| current.reveal() == chosen.reveal()) {
        return Err(Error::invalid(Reason::InvalidValue, t("password.same")));
    }
    let hash = db.passwords().hash(&chosen).await?;
    caller
        .write(Permission::OwnOperator, move |tx| {
            own::set_password(tx, verified.as_deref(), &hash)
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/me/factors.html")]
struct Factors {
    chrome: Chrome,
    tabs: Vec<Tab>,
    has_totp: bool,
    /// Nothing else opens before one is set up.
    missing: bool,
    notice: Notice,
    /// It can be replaced, and not switched off.
    required: bool,
    codes_left: String,
    begin: Form,
    remove: Form,
    new_codes: Form,
}

/// `GET /me/factors`.
pub async fn factors(caller: Caller, req: HttpRequest) -> Answer {
    let (me, _): (Operator, _) = caller.read(own::get)?;
    let left = u64::try_from(me.recovery_codes).unwrap_or(0);
    let page = Factors {
        chrome: chrome(&caller, &req, t("me.factors")),
        // Before that, nothing else opens.
        tabs: if caller.me().factor_missing {
            Vec::new()
        } else {
            tabs("/me/factors")
        },
        has_totp: me.has_totp,
        missing: caller.me().factor_missing,
        notice: Notice::new(Tone::Warn, t("factors.needed"), t("factors.needed_text")),
        required: caller.read(own::factor_required)?,
        codes_left: tn("factors.codes_left", left),
        begin: Form::new("/me/factors/begin"),
        remove: Form::new("/me/factors/remove"),
        new_codes: Form::new("/me/factors/codes")
            .hidden(FORM_KEY, form_key(&caller))
            .hidden("seen", caller.read(own::recovery_codes_seen)?),
    };
    html_as(&req, StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "pages/me/factor.html")]
struct Factor {
    chrome: Chrome,
    qr: Qr,
    typed: String,
    form: Form,
    field: Field,
    /// Whether it can be left for later.
    leaves: bool,
}

fn factor_page(caller: &Caller) -> Result<Option<Factor>, Error> {
    let keys = caller.state().db().keys();
    let Some(secret) = caller.read(|tx| own::pending_totp(tx, keys))? else {
        return Ok(None);
    };
    let (qr, typed) = setup::scanned(caller, &secret)?;
    Ok(Some(Factor {
        chrome: caller.chrome().titled(t("factors.begin")),
        qr,
        typed,
        form: Form::new("/me/factors/confirm"),
        field: code_field(),
        leaves: !caller.me().factor_missing,
    }))
}

/// `POST /me/factors/begin`: a secret for an authenticator.
pub async fn begin_factor(posted: Posted<Caller>) -> Answer {
    let caller = posted.caller;
    caller.require_confirmed()?;
    caller
        .write(Permission::OwnOperator, |tx| own::begin_totp(tx).map(drop))
        .await?;
    Ok(see_other("/me/factors/confirm"))
}

/// `GET /me/factors/confirm`: what the authenticator scans.
pub async fn pending_factor(caller: Caller, req: HttpRequest) -> Answer {
    caller.require_confirmed()?;
    match factor_page(&caller)? {
        Some(page) => html_secret(&req, &page),
        None => behind(&caller, &req),
    }
}

/// Where nothing waits for its first code.
fn behind(caller: &Caller, req: &HttpRequest) -> Answer {
    let (me, _): (Operator, _) = caller.read(own::get)?;
    Ok(if me.has_totp {
        flash::lead(req, "/me/factors", &setup::codes_gone())
    } else {
        see_other("/me/factors")
    })
}

/// `POST /me/factors/confirm`: its first code.
pub async fn confirm_factor(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require_confirmed()?;
    let code = form.get("code").to_owned();
    let made = caller
        .write(Permission::OwnOperator, move |tx| {
            own::confirm_totp(tx, &code)
        })
        .await;
    match made {
        Ok((codes, secret)) => {
            let next = if caller.me().factor_missing {
                "/"
            } else {
                "/me/factors"
            };
            setup::codes_page(&req, &caller, &codes, &secret, next)
        }
        Err(error) if error.kind() == Kind::Invalid => {
            let Some(mut page) = factor_page(&caller)? else {
                return behind(&caller, &req);
            };
            page.field = page.field.error(error.message());
            page.form = page.form.errors_of([&page.field]);
            secret_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /me/factors/remove`.
pub async fn remove_factor(posted: Posted<Caller>) -> Answer {
    let caller = posted.caller;
    caller.require_confirmed()?;
    let secret = caller
        .write(Permission::OwnOperator, own::remove_totp)
        .await?;
    signed_in(caller.state(), &secret, "/me/factors?done=factor")
}

/// `POST /me/factors/codes`: new recovery codes, shown this once.
pub async fn new_codes(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require_confirmed()?;
    let seen = form.get("seen").to_owned();
    let made = caller
        .write(Permission::OwnOperator, move |tx| {
            own::new_recovery_codes(tx, &seen)
        })
        .await;
    let codes = match made {
        Err(error) if error.kind() == Kind::Stale => {
            let (title, text) = (t("factors.codes_same"), t("factors.codes_same_text"));
            let notice = Notice::new(Tone::Warn, title, text);
            return Ok(flash::lead(&req, "/me/factors", &notice));
        }
        made => made?,
    };
    let page = setup::RecoveryCodes {
        chrome: caller.chrome().titled(t("factors.codes_title")),
        marks: Vec::new(),
        lead: tf("factors.codes_new_lead", &[&codes.len()]),
        codes: codes
            .iter()
            .map(|code| code.grouped().to_string())
            .collect(),
        next: "/me/factors",
    };
    html_secret(&req, &page)
}

struct SessionRow {
    id: String,
    agent: String,
    address: String,
    seen: When,
    since: When,
    current: bool,
}

#[derive(Template)]
#[template(path = "pages/me/sessions.html")]
struct Sessions {
    chrome: Chrome,
    tabs: Vec<Tab>,
    rows: Vec<SessionRow>,
    end: Form,
    end_others: Form,
}

/// `GET /me/sessions`.
pub async fn sessions(caller: Caller, req: HttpRequest) -> Answer {
    let chrome = chrome(&caller, &req, t("me.sessions"));
    let row = |session: crate::domain::session::Session| SessionRow {
        id: session.id.to_string(),
        agent: super::format::browser(&session.agent),
        address: session.address.unwrap_or_default(),
        seen: chrome.times.ago(session.seen_ms),
        since: chrome.times.ago(session.created_ms),
        current: session.id == caller.session().id,
    };
    let rows = caller
        .read(app::sessions::list)?
        .into_iter()
        .map(row)
        .collect();
    let page = Sessions {
        tabs: tabs("/me/sessions"),
        rows,
        end: Form::new("/me/sessions"),
        end_others: Form::new("/me/sessions/others"),
        chrome,
    };
    html_as(&req, StatusCode::OK, &page)
}

/// `POST /me/sessions`: ends one.
pub async fn end_session(posted: Posted<Caller>) -> Answer {
    let Posted { caller, form } = posted;
    let id: SessionId = form.get("session").parse().map_err(|_| {
        Error::invalid(
            Reason::InvalidValue,
            "The form names no session; open the list again and choose one.",
        )
    })?;
    caller
        .write(Permission::OwnOperator, move |tx| {
            app::sessions::end(tx, Some(id))
        })
        .await?;
    Ok(see_other("/me/sessions?done=session"))
}

/// `POST /me/sessions/others`: ends all but this one.
pub async fn end_others(posted: Posted<Caller>) -> Answer {
    let caller = posted.caller;
    caller
        .write(Permission::OwnOperator, app::sessions::end_others)
        .await?;
    Ok(see_other("/me/sessions?done=session"))
}

#[derive(Template)]
#[template(path = "pages/me/appearance.html")]
struct Appearance {
    chrome: Chrome,
    tabs: Vec<Tab>,
    form: Form,
    fields: Vec<Field>,
}

fn appearance_page(caller: &Caller, req: &HttpRequest) -> Appearance {
    let settings = caller.settings();
    let theme = |theme: Theme| {
        let text = match theme {
            Theme::System => t("appearance.system"),
            Theme::Light => t("appearance.light"),
            Theme::Dark => t("appearance.dark"),
        };
        Choice::new(theme.name(), text).chosen(theme == settings.theme)
    };
    let zones = format::zones();
    let zone = |name: String| Choice::new(name.as_str(), name.as_str());
    Appearance {
        chrome: chrome(caller, req, t("me.appearance")),
        tabs: tabs("/me/appearance"),
        form: Form::new("/me/appearance"),
        fields: vec![
            Field::select("theme", t("appearance.theme"), Theme::ALL.map(theme).into()),
            Field::combo(
                "zone",
                t("appearance.zone"),
                zones.into_iter().map(zone).collect(),
            )
            .value(&settings.zone)
            .hint(t("appearance.zone_hint")),
            Field::check("shortcuts", t("appearance.shortcuts"), settings.shortcuts),
        ],
    }
}

/// `GET /me/appearance`.
pub async fn appearance(caller: Caller, req: HttpRequest) -> Answer {
    html_as(&req, StatusCode::OK, &appearance_page(&caller, &req))
}

/// `POST /me/appearance`.
pub async fn set_appearance(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    let zone = form.get("zone").trim().to_owned();
    if format::zone(&zone).is_none() {
        let mut page = appearance_page(&caller, &req);
        t("appearance.zone_unknown").clone_into(&mut page.fields[1].error);
        page.fields[1].value = zone;
        page.form = page.form.clone().errors_of(&page.fields);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let settings = Settings {
        theme: Theme::parse(form.get("theme")).unwrap_or(Theme::System),
        zone,
        shortcuts: form.ticked("shortcuts"),
    };
    caller
        .write(Permission::OwnOperator, move |tx| {
            own::set_settings(tx, &settings)
        })
        .await?;
    Ok(see_other("/me/appearance?done=appearance"))
}

/// `GET /me`.
pub async fn me(_caller: Caller, _state: web::Data<crate::http::State>) -> Answer {
    Ok(see_other("/me/profile"))
}
