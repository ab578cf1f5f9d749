//! Connecting a provider: which, a name, the token and the values to enter there, and checks that
//! tick themselves when its first requests arrive.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::values::{Screen, screens, screens_beside_token};
use super::way_in::{Strangers, WayIn};
use super::{
    address, base_url, below, below_list, chrome, counted, find, provider_in_text, provider_name,
};
use crate::app;
use crate::app::tokens::IssuedToken;
use crate::domain::actor::Permission;
use crate::domain::connection::{Connection, ProviderKind, SettingsChange};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::provisioning::{LogSearch, ProvisioningRow, ResultKind};
use crate::domain::text::{Label, same_folded};
use crate::http::console::again::Again;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::setup::checked;
use crate::http::console::setup::watch::{Tick, goes_on, ticks};
use crate::http::console::tokens::overlap;
use crate::http::console::tokens::secret::{FORM_KEY, Once, form_key, made_before, once_shown};
use crate::http::console::view::{
    Button, FactValue, Field, Form, Input, Link, Notice, Secret, Step, Tone,
};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html, html_as, html_secret};
use crate::store::tx::{ReadTx, WriteTx};

/// Seconds after which the page of the checks looks again by itself.
const LOOK_SECONDS: u16 = 5;
/// Rows of the log that the checks go through.
const LOOKED: i64 = 10_000;

/// A provider to be chosen.
pub struct Tile {
    /// The class of its colour.
    pub class: &'static str,
    pub name: &'static str,
    pub text: &'static str,
    pub href: String,
}

pub fn tiles(chrome: &Chrome) -> Vec<Tile> {
    let text = |kind| match kind {
        ProviderKind::Okta => t("wizard.okta"),
        ProviderKind::Entra => t("wizard.entra"),
        ProviderKind::Authentik => t("wizard.authentik"),
        ProviderKind::Generic => t("wizard.generic"),
    };
    let tile = |kind: ProviderKind| Tile {
        class: kind.name(),
        name: provider_name(kind),
        text: text(kind),
        href: chrome.path(&format!("/connections/new/{}", kind.name())),
    };
    ProviderKind::ALL.map(tile).into()
}

#[derive(Template)]
#[template(path = "pages/connections/new.html")]
struct Choose {
    chrome: Chrome,
    tiles: Vec<Tile>,
}

/// `GET /a/{account_id}/connections/new`.
pub async fn choose(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    let chrome = below_list(chrome(&caller, t("wizard.title")));
    let tiles = tiles(&chrome);
    html(&req, &Choose { chrome, tiles })
}

/// The three steps, of which `current` (from 0) is being done.
fn steps(kind: ProviderKind, current: usize) -> Vec<Step> {
    let provider = provider_in_text(kind);
    Step::all(
        current,
        [
            (
                t("wizard.step_name").into(),
                t("wizard.step_name_text").into(),
            ),
            (
                t("wizard.step_values").into(),
                tf("wizard.step_values_text", &[&provider]),
            ),
            (
                t("wizard.step_watch").into(),
                t("wizard.step_watch_text").into(),
            ),
        ],
    )
}

#[derive(Template)]
#[template(path = "pages/connections/name.html")]
struct Name {
    chrome: Chrome,
    steps: Vec<Step>,
    form: Form,
    field: Field,
    cancel: String,
}

/// The kind that the path names.
fn kind_of(req: &HttpRequest) -> Result<ProviderKind> {
    let named = req.match_info().get("kind").unwrap_or_default();
    ProviderKind::parse(named).ok_or_else(|| Error::not_found("kind of provider", named))
}

fn name_page(caller: &AccountCaller, kind: ProviderKind, entered: &str) -> Name {
    let named = match kind {
        ProviderKind::Generic => t("provider.a_client"),
        known => provider_name(known),
    };
    let title = tf("wizard.connect", &[&named]);
    let chrome = below_list(chrome(caller, &title));
    let new = chrome.path("/connections/new");
    let chrome = chrome.crumb(t("wizard.title"), &new);
    Name {
        steps: steps(kind, 0),
        form: Form::new(format!("{new}/{}", kind.name())).hidden(FORM_KEY, form_key(caller)),
        field: Field::text("name", t("setup.connection_name"))
            .value(entered)
            .hint(t("wizard.name_hint"))
            .required()
            .wide(),
        cancel: new,
        chrome,
    }
}

/// `GET /a/{account_id}/connections/new/{kind}`.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    let kind = kind_of(&req)?;
    caller.require_confirmed()?;
    let name = match kind {
        ProviderKind::Generic => String::new(),
        known => free_name(&caller, provider_name(known))?,
    };
    html(&req, &name_page(&caller, kind, &name))
}

/// The name, with the first number that makes it one which no connection has.
fn free_name(caller: &AccountCaller, name: &str) -> Result<String> {
    let taken = caller.read(app::connections::list)?;
    let is_free = |name: &str| !taken.iter().any(|one| same_folded(&one.name, name));
    if is_free(name) {
        return Ok(name.to_owned());
    }
    // Of so many more numbers than connections, one is free.
    let numbered = (2..taken.len() + 3).map(|n| format!("{name} {n}"));
    let free = numbered.into_iter().find(|numbered| is_free(numbered));
    Ok(free.unwrap_or_else(|| name.to_owned()))
}

/// `POST /a/{account_id}/connections/new/{kind}`: makes it, and shows its token this once.
pub async fn create(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensAdminister)?;
    let kind = kind_of(&req)?;
    caller.require_confirmed()?;
    if let Some(before) = made_before(&caller, form.get(FORM_KEY))? {
        return Ok(before);
    }
    let mut page = name_page(&caller, kind, form.get("name").trim());
    let made = match checked(&mut page.field, Label::parse(form.get("name").trim())) {
        Some(name) => {
            let what = (form.get(FORM_KEY), Permission::TokensAdminister);
            let make = move |tx: &WriteTx<'_>| {
                app::connections::create(tx, kind, &name, &SettingsChange::default())
            };
            let made = once_shown(&caller, what, make, |(_, issued)| issued.token.id);
            match made.await {
                Ok(Once::Made(made)) => Some(made),
                Ok(Once::Before(before)) => return Ok(before),
                Err(error) if error.kind() == Kind::Conflict => {
                    error.message().clone_into(&mut page.field.error);
                    None
                }
                Err(error) => return Err(error.into()),
            }
        }
        None => None,
    };
    let Some((connection, issued)) = made else {
        page.form = page.form.errors_of([&page.field]);
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let lead = tf("wizard.made", &[&connection.name]);
    made_page(&caller, &req, (&connection, lead), &issued)
}

#[derive(Template)]
#[template(path = "pages/connections/made.html")]
struct Made {
    chrome: Chrome,
    steps: Vec<Step>,
    lead: String,
    secret: Secret,
    screens: Vec<Screen>,
    next: String,
}

/// The token, shown this once, with the values that go with it, and what `lead` says of it.
pub fn made_page(
    caller: &AccountCaller,
    req: &HttpRequest,
    (connection, lead): (&Connection, String),
    issued: &IssuedToken,
) -> Answer {
    let title = tf("wizard.values_in", &[&provider_in_text(connection.kind)]);
    let chrome = below(chrome(caller, &title), connection);
    let url = base_url(caller, req);
    let page = Made {
        steps: steps(connection.kind, 1),
        lead: overlap::with_state(lead, &issued.token, &chrome.times),
        secret: Secret {
            label: t("setup.token").to_owned(),
            value: issued.secret.reveal().to_owned(),
            command: String::new(),
        },
        screens: screens_beside_token(connection, &url),
        next: format!("{}/setup", address(&chrome, connection)),
        chrome,
    };
    html_secret(req, &page)
}

#[derive(Template)]
#[template(path = "pages/connections/setup.html")]
struct Setup {
    chrome: Chrome,
    steps: Vec<Step>,
    /// That it is paused; that a token is wrong.
    notices: Vec<Notice>,
    /// The way to another token, to whoever may make one; `None` where the notice has it.
    lost: Option<Link>,
    ticks: Vec<Tick>,
    /// Said once everything arrived.
    all_done: &'static str,
    again: Again,
    screens: Vec<Screen>,
    log: String,
    finish: Button,
}

/// The first accepted requests about a person and about a group that can be seen.
fn firsts(tx: &ReadTx<'_>, connection: &Connection) -> Result<Vec<ProvisioningRow>> {
    let mut rows = Vec::new();
    for kind in ["User", "Group"] {
        let wanted = LogSearch {
            connection: Some(connection.id),
            result: Some(ResultKind::Accepted),
            kind: Some(kind),
            ..LogSearch::default()
        };
        rows.extend(app::provisioning::follow(tx, &wanted, 0, (LOOKED, 1))?.rows);
    }
    Ok(rows)
}

/// What keeps its checks from ticking.
fn notices(
    caller: &AccountCaller,
    connection: &Connection,
    way: &WayIn,
    (at, roll): (&str, &str),
) -> Vec<Notice> {
    let mut notices = Vec::new();
    if connection.paused {
        let text = t("connections.paused_text");
        let notice = Notice::new(Tone::Warn, t("connections.is_paused"), text).icon("pause");
        let word = if caller.allows(Permission::ConnectionsWrite) {
            "here.resume"
        } else {
            "log.none_paused_link"
        };
        notices.push(notice.action(t(word), at));
    }
    if way.kept_out {
        let text = match &way.wrong {
            Some(wrong) => wrong.fix,
            None => t("wizard.wrong_token_text"),
        };
        let mut notice = Notice::new(Tone::Warn, t("wizard.wrong_token"), text);
        if caller.allows(Permission::TokensAdminister) {
            notice = notice.action(t("connections.roll"), roll);
        }
        notices.push(notice);
    }
    notices
}

/// `GET /a/{account_id}/connections/{connection_id}/setup`: looks again by itself until all is
/// there.
pub async fn setup(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let faring = find(&caller, &req)?;
    let connection = faring.connection;
    let looked = connection.clone();
    let read = caller.read_long(move |tx| {
        let tokens = app::tokens::of_connection(tx, looked.id)?;
        let shared = app::connections::others_wait(tx, looked.id)?;
        Ok((firsts(tx, &looked)?, tokens, shared))
    });
    let (rows, tokens, shared) = read.await?;
    let times = caller.chrome().times;
    let strangers = Strangers {
        knocks: caller.state().knocks(),
        account: caller.account(),
        shared,
    };
    let way = WayIn::of(strangers, (&connection, &faring.health), &tokens, &times);
    let ticks = ticks(&rows, &way);
    let done = ticks.iter().all(|tick| tick.badge.tone == Tone::Ok);
    // Whoever is connected looks its values up.
    let title = if way.right || done {
        tf("wizard.values_of", &[&connection.name])
    } else {
        tf("wizard.connect", &[&connection.name])
    };
    let chrome = below(chrome(&caller, &title), &connection);
    let at = address(&chrome, &connection);
    let roll = match &way.newest {
        Some(token) => format!("{at}/token?token={token}"),
        None => format!("{at}/token"),
    };
    let notices = notices(&caller, &connection, &way, (&at, &roll));
    let log = format!("{}?connection={}", chrome.path("/log"), connection.id);
    let again = Again::of(&req, &format!("{at}/setup"), !done, LOOK_SECONDS);
    let next = if goes_on(&caller, connection.id) {
        Button::new("arrow-left", t("wizard.to_setup"), "/setup")
    } else {
        Button::new("check", t("wizard.finish"), &*at)
    };
    let page = Setup {
        steps: steps(connection.kind, if done { 3 } else { 2 }),
        notices,
        lost: (!way.kept_out && caller.allows(Permission::TokensAdminister))
            .then(|| Link::new(t("wizard.lost_token_link"), roll)),
        all_done: match (done, connection.paused) {
            (false, _) => "",
            (true, false) => t("wizard.all_done"),
            (true, true) => t("wizard.all_done_paused"),
        },
        ticks,
        again,
        screens: screens(&connection, &base_url(&caller, &req)),
        log,
        finish: Button {
            kind: if done { "primary" } else { "" },
            ..next
        },
        chrome,
    };
    html(&req, &page)
}
