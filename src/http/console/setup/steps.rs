//! The steps of the first run that follow on the first operator: account, address, connection,
//! and watching it.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::{StepMark, checked, marks, over};
use crate::app;
use crate::app::setup::ChosenAccount;
use crate::domain::actor::Permission;
use crate::domain::connection::{Connection, ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind};
use crate::domain::id::{AccountId, ConnectionId};
use crate::domain::provisioning::{Outcome, ProvisioningFilter, ProvisioningRow};
use crate::domain::query::{Start, Window};
use crate::domain::reason::Reason;
use crate::domain::setup::{Progress, Step, check_public_url};
use crate::domain::text::Label;
use crate::http::console::again::Again;
use crate::http::console::caller::{AccountCaller, Caller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::provider_name;
use crate::http::console::cookies::Cookie;
use crate::http::console::format::When;
use crate::http::console::view::{Badge, Choice, Field, Form, Input, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html_as, html_secret, see_other};
use crate::reach;

/// Rows of the live log that are shown, and looked through for the ticks.
const ROWS_MAX: u32 = 50;
const ROWS_SHOWN: usize = 10;
/// Seconds after which the page of the live log looks again by itself.
const LOOK_SECONDS: u16 = 5;

fn progress(caller: &Caller) -> Result<Progress, Error> {
    caller.read(app::setup::progress)
}

/// The step that is next.
pub(super) async fn show(caller: &Caller, req: &HttpRequest) -> Answer {
    let progress = progress(caller)?;
    if progress.step() == Step::Finished {
        return Err(over());
    }
    caller.require(Permission::BoxAdministration)?;
    match progress.step() {
        Step::Account => html_as(req, StatusCode::OK, &account_page(caller)?),
        Step::Address => {
            let url = progress.public_url.unwrap_or_default();
            html_as(req, StatusCode::OK, &address_page(caller, req, &url))
        }
        Step::Connect => {
            caller.require_confirmed()?;
            html_as(req, StatusCode::OK, &connect_page(caller, "okta", ""))
        }
        Step::Watch => watch(caller, req, &progress).await,
        Step::Finished => Err(over()),
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

fn account_page(caller: &Caller) -> Result<StepPage, Error> {
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
        chrome: caller.chrome().titled(t("setup.title")),
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
    still(&caller, Step::Account)?;
    let mut page = account_page(&caller)?;
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

/// The form of a step is taken while that step is next: a page that is sent again changes nothing.
fn still(caller: &Caller, step: Step) -> Result<(), Error> {
    if progress(caller)?.step() == step {
        return Ok(());
    }
    Err(Error::stale(
        "This step of the first run is done already; go on with the next one.",
    ))
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
        chrome: caller.chrome().titled(t("setup.title")),
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
    still(&caller, Step::Address)?;
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

fn connect_page(caller: &Caller, kind: &str, name: &str) -> StepPage {
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
        chrome: caller.chrome().titled(t("setup.title")),
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
    still(&caller, Step::Connect)?;
    if form.ticked("skip") {
        pass_connection(&caller, None).await?;
        return Ok(see_other("/setup"));
    }
    caller.require_confirmed()?;
    let mut page = connect_page(&caller, form.get("kind"), form.get("name").trim());
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
    let made = caller
        .write(Permission::TokensAdminister, move |tx| {
            app::connections::create(tx, kind, &name, &SettingsChange::default())
        })
        .await;
    let (connection, issued) = match made {
        Ok(made) => made,
        Err(error) if error.kind() == Kind::Conflict => {
            error.message().clone_into(&mut page.fields[1].error);
            page.form = page.form.clone().errors_of(&page.fields);
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
        Err(error) => return Err(error.into()),
    };
    let origin = caller.state().origin(&req);
    let chrome = caller.chrome().titled(t("setup.title"));
    pass_connection(&caller.on_box()?, Some(connection.id)).await?;
    let page = TokenPage {
        chrome,
        marks: marks(3),
        name: connection.name,
        base_url: format!("{origin}/client/v4/accounts/{account}/scim/v2"),
        token: issued.secret.reveal().to_owned(),
    };
    html_secret(&req, &page)
}

async fn pass_connection(caller: &Caller, connection: Option<ConnectionId>) -> Result<(), Error> {
    caller
        .write(Permission::BoxAdministration, move |tx| {
            app::setup::set_connection(tx, connection)
        })
        .await
}

/// One of the four things that are waited for.
pub(in crate::http::console) struct Tick {
    pub(in crate::http::console) text: String,
    pub(in crate::http::console) badge: Badge,
}

/// A request of the provider.
struct Row {
    when: When,
    what: String,
    badge: Badge,
    detail: String,
}

#[derive(Template)]
#[template(path = "pages/setup/watch.html")]
struct Watch {
    chrome: Chrome,
    marks: Vec<StepMark>,
    lead: String,
    ticks: Vec<Tick>,
    rows: Vec<Row>,
    form: Form,
    done: bool,
    again: Again,
    /// What to enter at the provider, screen by screen; empty without a connection.
    values: String,
}

/// The live log of the connection, with its ticks. Until all are there the page looks again by
/// itself.
async fn watch(caller: &Caller, req: &HttpRequest, progress: &Progress) -> Answer {
    let chrome = caller.chrome().titled(t("setup.title"));
    let form = Form::new("/setup/finish");
    let Some((account, connection)) = progress.account.zip(progress.connection) else {
        let page = Watch {
            chrome,
            marks: marks(4),
            lead: t("setup.watch_none").to_owned(),
            ticks: Vec::new(),
            rows: Vec::new(),
            form,
            done: true,
            again: Again::default(),
            values: String::new(),
        };
        return html_as(req, StatusCode::OK, &page);
    };
    // What was counted in memory is to be seen now.
    let db = caller.state().db().clone();
    let counted = web::block(move || db.flush_activity(false)).await;
    if !matches!(counted, Ok(Ok(()))) {
        tracing::debug!("the last requests were not counted yet");
    }
    let within = caller.again_in(account)?;
    let (connection, rows, reached) = within.read(|tx| look(tx, connection))?;
    let reached = reached || within.state().was_knocked(account, connection.0.created_ms);
    let ticks = ticks(&rows, reached, !rows.is_empty() || connection.1);
    let done = ticks.iter().all(|tick| tick.badge.tone == Tone::Ok);
    let times = &chrome.times;
    let shown = rows.iter().rev().take(ROWS_SHOWN).map(|row| Row {
        when: times.ago(row.at_ms),
        what: format!("{} {} {}", row.method, row.target_kind, row.target_name),
        badge: match row.outcome {
            Outcome::Applied | Outcome::Unchanged => {
                Badge::new(Tone::Ok, "check", row.status.to_string())
            }
            Outcome::Refused | Outcome::Failed => {
                Badge::new(Tone::Bad, "x", row.status.to_string())
            }
        },
        detail: row.detail.clone(),
    });
    let page = Watch {
        lead: if done {
            tf("setup.watch_done", &[&connection.0.name])
        } else {
            tf("setup.watch_lead", &[&connection.0.name])
        },
        marks: marks(4),
        ticks,
        rows: shown.collect(),
        form,
        done,
        again: Again::of(req, "/setup", !done, LOOK_SECONDS),
        values: format!("/a/{account}/connections/{}/setup", connection.0.id),
        chrome,
    };
    html_as(req, StatusCode::OK, &page)
}

/// Whether the first run waits for that connection, and the viewer goes on with it: its other
/// pages lead back there.
pub(in crate::http::console) fn goes_on(caller: &AccountCaller, id: ConnectionId) -> bool {
    let progress = caller.read(app::setup::progress);
    let waits = progress
        .is_ok_and(|progress| progress.step() == Step::Watch && progress.connection == Some(id));
    waits && caller.me().box_administrator
}

type Looked = ((Connection, bool), Vec<ProvisioningRow>, bool);

/// The connection, whether its token was used, its last rows, and whether anything came at all.
fn look(tx: &crate::store::tx::ReadTx<'_>, id: ConnectionId) -> Result<Looked, Error> {
    let id = id.to_string();
    let connection = app::connections::find(tx, &id)?;
    let health = app::connections::health(tx, &id)?;
    let filter = ProvisioningFilter {
        connection: Some(id),
        ..ProvisioningFilter::default()
    };
    let window = Window {
        from: Start::Newest,
        limit: i64::from(ROWS_MAX),
    };
    let mut rows = app::provisioning::list(tx, &filter, window)?;
    rows.sort_by_key(|row| row.seq);
    let used = health.last_request_ms.is_some();
    let reached = used || !rows.is_empty();
    Ok(((connection, used), rows, reached))
}

pub(in crate::http::console) fn ticks(
    rows: &[ProvisioningRow],
    reached: bool,
    authenticated: bool,
) -> Vec<Tick> {
    let first = |kind: &str| {
        rows.iter().find(|row| {
            row.target_kind == kind && matches!(row.outcome, Outcome::Applied | Outcome::Unchanged)
        })
    };
    let (user, group) = (first("User"), first("Group"));
    let name = |row: Option<&ProvisioningRow>| {
        row.map_or_else(String::new, |row| format!(" {}", row.target_name))
    };
    let tick = |done: bool, text: String| Tick {
        text,
        badge: if done {
            Badge::new(Tone::Ok, "check", t("setup.tick_done"))
        } else {
            Badge::new(Tone::Plain, "clock", t("setup.tick_waiting"))
        },
    };
    vec![
        tick(reached, t("setup.tick_reached").to_owned()),
        tick(authenticated, t("setup.tick_authenticated").to_owned()),
        tick(
            user.is_some(),
            t("setup.tick_user").to_owned() + &name(user),
        ),
        tick(
            group.is_some(),
            t("setup.tick_group").to_owned() + &name(group),
        ),
    ]
}

/// `POST /setup/finish`.
pub async fn finish(posted: Posted<Caller>) -> Answer {
    let caller = posted.caller;
    caller.require(Permission::BoxAdministration)?;
    still(&caller, Step::Watch)?;
    let account = progress(&caller)?.account;
    caller
        .write(Permission::BoxAdministration, app::setup::finish)
        .await?;
    let next = account.map_or_else(|| "/".to_owned(), |account| format!("/a/{account}"));
    Ok(see_other(&next))
}
