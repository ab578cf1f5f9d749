//! The last step of the first run: watching the provider's first requests arrive.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, web};
use askama::Template;

use super::steps::chrome;
use super::{StepMark, marks};
use crate::app;
use crate::app::summary::Faring;
use crate::domain::error::Error;
use crate::domain::id::ConnectionId;
use crate::domain::provisioning::{Outcome, ProvisioningFilter, ProvisioningRow};
use crate::domain::query::{Start, Window};
use crate::domain::setup::{Progress, Step};
use crate::domain::token::Token;
use crate::http::console::again::Again;
use crate::http::console::caller::{AccountCaller, Caller};
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::way_in::{Strangers, WayIn};
use crate::http::console::format::When;
use crate::http::console::legacy::said;
use crate::http::console::view::{Badge, Form, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html_as};

/// Rows of the live log that are shown, and looked through for the ticks.
const ROWS_MAX: u32 = 50;
const ROWS_SHOWN: usize = 10;
/// Seconds after which the page of the live log looks again by itself.
const LOOK_SECONDS: u16 = 5;

/// One of the four things that are waited for.
pub(in crate::http::console) struct Tick {
    pub(in crate::http::console) text: String,
    /// What keeps it from being done; nothing where nothing is known.
    pub(in crate::http::console) note: String,
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
pub(super) async fn watch(caller: &Caller, req: &HttpRequest, progress: &Progress) -> Answer {
    let chrome = chrome(caller, req);
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
    let (faring, tokens, rows, shared) = within.read(|tx| look(tx, connection))?;
    let (connection, times) = (&faring.connection, &chrome.times);
    let strangers = Strangers {
        knocks: within.state().knocks(),
        account,
        shared,
    };
    let way = WayIn::of(strangers, (connection, &faring.health), &tokens, times);
    let ticks = ticks(&rows, &way);
    let done = ticks.iter().all(|tick| tick.badge.tone == Tone::Ok);
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
            tf("setup.watch_done", &[&connection.name])
        } else {
            tf("setup.watch_lead", &[&connection.name])
        },
        marks: marks(4),
        ticks,
        rows: shown.collect(),
        form,
        done,
        again: Again::of(req, "/setup", !done, LOOK_SECONDS),
        values: format!("/a/{account}/connections/{}/setup", connection.id),
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

type Looked = (Faring, Vec<Token>, Vec<ProvisioningRow>, bool);

/// The connection, its tokens and its last rows; whether another one waits beside it.
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
    let tokens = app::tokens::of_connection(tx, connection.id)?;
    let shared = app::connections::others_wait(tx, connection.id)?;
    Ok((Faring { connection, health }, tokens, rows, shared))
}

pub(in crate::http::console) fn ticks(rows: &[ProvisioningRow], way: &WayIn) -> Vec<Tick> {
    let first = |kind: &str| {
        rows.iter().find(|row| {
            row.target_kind == kind && matches!(row.outcome, Outcome::Applied | Outcome::Unchanged)
        })
    };
    let (user, group) = (first("User"), first("Group"));
    let name = |row: Option<&ProvisioningRow>| {
        row.map_or_else(String::new, |row| format!(" {}", said(&row.target_name)))
    };
    let tick = |done: bool, text: String| Tick {
        text,
        note: String::new(),
        badge: if done {
            Badge::new(Tone::Ok, "check", t("setup.tick_done"))
        } else {
            Badge::new(Tone::Plain, "clock", t("setup.tick_waiting"))
        },
    };
    let told = way.wrong.as_ref().map(|wrong| wrong.told.clone());
    vec![
        Tick {
            note: way.stray.clone(),
            ..tick(way.reached, t("setup.tick_reached").to_owned())
        },
        Tick {
            // Not twice the same.
            note: told
                .filter(|_| way.stray.is_empty())
                .unwrap_or_else(|| way.switching.clone()),
            ..tick(
                way.right && way.switching.is_empty(),
                t("setup.tick_authenticated").to_owned(),
            )
        },
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
