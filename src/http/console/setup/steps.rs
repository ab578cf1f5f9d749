//! The steps of the first run that follow on the first operator: account, address, connection,
//! and the end of it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::watch::watch;
use super::{StepMark, checked, marks};
use crate::app;
use crate::app::setup::ChosenAccount;
use crate::domain::actor::Permission;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind};
use crate::domain::id::AccountId;
use crate::domain::reason::Reason;
use crate::domain::setup::{Progress, Step, check_public_url};
use crate::domain::text::Label;
use crate::http::console::caller::{Caller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::provider_name;
use crate::http::console::cookies::Cookie;
use crate::http::console::error::ConsoleError;
use crate::http::console::view::{Choice, Field, Form, Input, Notice, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html_as, html_secret, see_other};
use crate::reach;
use crate::store::tx::ReadTx;

fn progress(caller: &Caller) -> Result<Progress, Error> {
    caller.read(app::setup::progress)
}

/// The step that is next.
pub(super) async fn show(caller: &Caller, req: &HttpRequest) -> Answer {
    let progress = progress(caller)?;
    if progress.step() == Step::Finished {
        // Who comes here goes back in the browser.
        return Ok(see_other("/"));
    }
    caller.require(Permission::BoxAdministration)?;
    match progress.step() {
        Step::Account => html_as(req, StatusCode::OK, &account_page(caller, req)?),
        Step::Address => {
            let url = progress.public_url.unwrap_or_default();
            html_as(req, StatusCode::OK, &address_page(caller, req, &url))
        }
        Step::Connect => {
            caller.require_confirmed()?;
            html_as(req, StatusCode::OK, &connect_page(caller, req, "okta", ""))
        }
        Step::Watch => watch(caller, req, &progress).await,
        Step::Finished => Ok(see_other("/")),
    }
}

#[derive(Template)]
#[template(path = "pages/setup/step.html")]
struct StepPage {
    chrome: Chrome,
    marks: Vec<StepMark>,
    title: &'static str,
    lead: String,
    form: Form,
    fields: Vec<Field>,
    submit: &'static str,
    /// A second button, its name, and its value; nothing for none.
    other: &'static str,
    other_name: String,
}

/// A page of the first run, with what the last form did.
pub(super) fn chrome(caller: &Caller, req: &HttpRequest) -> Chrome {
    let chrome = caller.chrome().titled(t("setup.title"));
    chrome.flash(flash::told(req))
}

fn account_page(caller: &Caller, req: &HttpRequest) -> Result<StepPage, Error> {
    let accounts = caller.read(app::accounts::list)?;
    let mut fields = vec![
        Field::text("name", t("setup.account_name")).wide(),
        Field::text("id", t("setup.account_id"))
            .hint(t("setup.account_id_hint"))
            .placeholder(t("setup.account_id_generated"))
            .wide(),
    ];
    if !accounts.is_empty() {
        let mut choices = vec![Choice::new("", t("setup.account_new")).chosen(true)];
        let known = accounts.iter();
        choices.extend(known.map(|one| Choice::new(one.id.to_string(), one.name.as_str())));
        let existing = Field::select("existing", t("setup.account_existing"), choices);
        fields.insert(0, existing.wide());
    }
    Ok(StepPage {
        chrome: chrome(caller, req),
        marks: marks(1),
        title: t("setup.account"),
        lead: t("setup.account_lead").to_owned(),
        form: Form::new("/setup/account"),
        fields,
        submit: t("setup.continue"),
        other: "",
        other_name: String::new(),
    })
}

/// `POST /setup/account`.
pub async fn account(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    if let Some(on) = passed(&caller, &req, Step::Account)? {
        return Ok(on);
    }
    let mut page = account_page(&caller, &req)?;
    let at = page.fields.len() - 2;
    let (name, id) = (form.get("name").trim(), form.get("id").trim());
    name.clone_into(&mut page.fields[at].value);
    id.clone_into(&mut page.fields[at + 1].value);
    let existing = form.text("existing").and_then(|id| id.parse().ok());
    let chosen = existing.map(ChosenAccount::Existing).or_else(|| {
        let id = checked(&mut page.fields[at + 1], read_id(form.text("id")));
        let name = checked(&mut page.fields[at], Label::parse(name));
        name.zip(id)
            .map(|(name, id)| ChosenAccount::New { name, id })
    });
    if let Some(chosen) = chosen {
        let made = caller.write(Permission::BoxAdministration, move |tx| {
            app::setup::set_account(tx, &chosen)
        });
        match made.await {
            Ok(_) => return Ok(see_other("/setup")),
            Err(error) if matches!(error.kind(), Kind::Conflict | Kind::Forbidden) => {
                error.message().clone_into(&mut page.fields[at].error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    page.form = page.form.clone().errors_of(&page.fields);
    html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// An id as Cloudflare prints it; capitals are taken for small letters.
fn read_id(text: Option<&str>) -> Result<Option<AccountId>, Error> {
    let parsed = text.map(|text| text.to_ascii_lowercase().parse());
    parsed.transpose().map_err(|_| {
        Error::invalid(
            Reason::InvalidValue,
            "An account id is 32 hexadecimal digits; copy it again, or leave it empty to have one \
             made.",
        )
    })
}

/// The form of a step is taken while that step is next: one that is sent again changes nothing,
/// and leads on to where the first run is.
fn passed(
    caller: &Caller,
    req: &HttpRequest,
    step: Step,
) -> Result<Option<HttpResponse>, ConsoleError> {
    let progress = progress(caller)?;
    Ok(match progress.step() {
        next if next == step => None,
        Step::Finished => {
            let home = progress.account.map(|account| format!("/a/{account}"));
            Some(see_other(home.as_deref().unwrap_or("/")))
        }
        _ => Some(flash::lead(req, "/setup", &again(step, &progress))),
    })
}

/// What is said of the form of a step that is done.
fn again(step: Step, progress: &Progress) -> Notice {
    let token = progress.account.zip(progress.connection);
    match token.filter(|_| step == Step::Connect) {
        Some((account, connection)) => {
            let at = format!("/a/{account}/connections/{connection}/setup");
            let (title, text) = (t("setup.token_gone"), t("setup.token_gone_text"));
            Notice::new(Tone::Warn, title, text).action(t("setup.token_gone_link"), at)
        }
        None => Notice::new(Tone::Plain, t("setup.again"), t("setup.again_text")),
    }
}

/// A first run that is here: a second press of the same button may have come between.
fn still(tx: &ReadTx<'_>, step: Step) -> Result<(), Error> {
    if app::setup::progress(tx)?.step() == step {
        return Ok(());
    }
    Err(Error::stale(t("setup.again")))
}

fn address_page(caller: &Caller, req: &HttpRequest, entered: &str) -> StepPage {
    let state = caller.state();
    let origin = state.origin(req);
    let mut field = Field::text("url", t("setup.url"))
        .hint(t("setup.url_hint"))
        .value(if entered.is_empty() { &origin } else { entered })
        .wide();
    if let Some(url) = state.configured_url() {
        field = field.value(url).locked(t("setup.url_locked"));
    }
    StepPage {
        chrome: chrome(caller, req),
        marks: marks(2),
        title: t("setup.address"),
        lead: t("setup.address_lead").to_owned(),
        form: Form::new("/setup/address"),
        fields: vec![field],
        submit: t("setup.address_submit"),
        other: t("setup.address_anyway"),
        other_name: "untested".to_owned(),
    }
}

/// `POST /setup/address`: tests it from here, unless that was not wanted.
pub async fn address(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    if let Some(on) = passed(&caller, &req, Step::Address)? {
        return Ok(on);
    }
    let mut page = address_page(&caller, &req, form.get("url").trim());
    let configured = caller.state().configured_url().map(str::to_owned);
    let sent = configured
        .clone()
        .unwrap_or_else(|| form.get("url").to_owned());
    let Some(url) = checked(&mut page.fields[0], check_public_url(&sent)) else {
        page.form = page.form.clone().errors_of(&page.fields);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    if form.get("untested").is_empty() {
        let tried = url.clone();
        let reached = web::block(move || reach::at_url(&tried)).await;
        let reached = reached.map_err(|error| Error::internal(error.to_string()))?;
        let problem = match reached {
            Ok(200) => None,
            Ok(status) => Some(tf("setup.url_status", &[&url, &status])),
            Err(error) => Some(tf("setup.url_unreached", &[&url, &error])),
        };
        if let Some(problem) = problem {
            page.fields[0].error = problem;
            page.form = page.form.clone().errors_of(&page.fields);
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    }
    let entered = Some(url).filter(|_| configured.is_none());
    let kept = entered.clone();
    caller
        .write(Permission::BoxAdministration, move |tx| {
            app::setup::set_public_url(tx, kept.as_deref())
        })
        .await?;
    caller.state().set_entered_url(entered);
    // The cookie's name says whether it goes over TLS alone, which may be so from here on.
    let mut answer = see_other("/setup");
    let (name, value) = Cookie::Session.set(caller.state(), caller.cookie().reveal())?;
    answer.headers_mut().append(name, value);
    Ok(answer)
}

fn connect_page(caller: &Caller, req: &HttpRequest, kind: &str, name: &str) -> StepPage {
    let choice = |(value, text, hint): (&str, &str, &str)| {
        Choice::new(value, text).hint(hint).chosen(value == kind)
    };
    let kinds = [
        ("okta", "Okta", ""),
        ("entra", "Microsoft Entra ID", ""),
        ("authentik", "authentik", ""),
        ("generic", t("setup.generic"), ""),
    ];
    StepPage {
        chrome: chrome(caller, req),
        marks: marks(3),
        title: t("setup.connect"),
        lead: t("setup.connect_lead").to_owned(),
        form: Form::new("/setup/connect"),
        fields: vec![
            Field::select("kind", t("setup.provider"), kinds.map(choice).into()).wide(),
            Field::text("name", t("setup.connection_name"))
                .value(name)
                .hint(t("setup.connection_name_hint"))
                .wide(),
        ],
        submit: t("setup.connect_submit"),
        other: t("setup.connect_skip"),
        other_name: "skip".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "pages/setup/token.html")]
struct TokenPage {
    chrome: Chrome,
    marks: Vec<StepMark>,
    name: String,
    base_url: String,
    token: String,
}

/// `POST /setup/connect`: makes the connection and shows its token this once, or skips it.
pub async fn connect(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    if let Some(on) = passed(&caller, &req, Step::Connect)? {
        return Ok(on);
    }
    if form.ticked("skip") {
        caller
            .write(Permission::BoxAdministration, |tx| {
                app::setup::set_connection(tx, None)
            })
            .await?;
        return Ok(see_other("/setup"));
    }
    caller.require_confirmed()?;
    let mut page = connect_page(&caller, &req, form.get("kind"), form.get("name").trim());
    let kind = ProviderKind::parse(form.get("kind")).unwrap_or(ProviderKind::Generic);
    let name = match form.get("name").trim() {
        "" if kind != ProviderKind::Generic => provider_name(kind),
        name => name,
    };
    let Some(name) = checked(&mut page.fields[1], Label::parse(name)) else {
        page.form = page.form.clone().errors_of(&page.fields);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let account = progress(&caller)?.account;
    let account = account.ok_or_else(|| Error::internal("a connection without an account"))?;
    let caller = caller.in_account(account)?;
    // The step and its connection are one write: two presses at once make one of each.
    let made = caller
        .write(Permission::TokensAdminister, move |tx| {
            still(tx, Step::Connect)?;
            let made = app::connections::create(tx, kind, &name, &SettingsChange::default())?;
            app::setup::set_connection(tx, Some(made.0.id))?;
            Ok(made)
        })
        .await;
    let (connection, issued) = match made {
        Ok(made) => made,
        Err(error) if error.kind() == Kind::Stale => {
            let on = passed(&caller.on_box()?, &req, Step::Connect)?;
            return Ok(on.unwrap_or_else(|| see_other("/setup")));
        }
        Err(error) if error.kind() == Kind::Conflict => {
            error.message().clone_into(&mut page.fields[1].error);
            page.form = page.form.clone().errors_of(&page.fields);
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(error) => return Err(error.into()),
    };
    let origin = caller.state().origin(&req);
    let page = TokenPage {
        chrome: caller.chrome().titled(t("setup.title")),
        marks: marks(3),
        name: connection.name,
        base_url: format!("{origin}/client/v4/accounts/{account}/scim/v2"),
        token: issued.secret.reveal().to_owned(),
    };
    html_secret(&req, &page)
}

/// `POST /setup/finish`.
pub async fn finish(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let caller = posted.caller;
    caller.require(Permission::BoxAdministration)?;
    if let Some(on) = passed(&caller, &req, Step::Watch)? {
        return Ok(on);
    }
    let account = progress(&caller)?.account;
    caller
        .write(Permission::BoxAdministration, app::setup::finish)
        .await?;
    let next = account.map_or_else(|| "/".to_owned(), |account| format!("/a/{account}"));
    Ok(see_other(&next))
}
