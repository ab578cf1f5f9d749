//! One connection: how it fares, its settings and its tokens.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::settings::{self, Entered, Saved};
use super::way_in::{Strangers, WayIn};
use super::{
    address, base_url, below_list, chrome, counted, find, loosen, provider_in_text, provider_name,
};
use crate::app;
use crate::app::summary::{Faring, Settled};
use crate::domain::actor::Permission;
use crate::domain::brake::Brake;
use crate::domain::connection::{Connection, HourSums, Managed};
use crate::domain::error::Result;
use crate::domain::provisioning::{LogSearch, ProvisioningRow, ResultKind};
use crate::domain::token::{Token, TokenState};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{Times, When, number, percent};
use crate::http::console::groups::trail::{SentRow, sent};
use crate::http::console::log::pauses::Pauses;
use crate::http::console::overview::cards;
use crate::http::console::tokens::{barred, overlap};
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Bucket, Button, Fact, FactValue, Field, Form, Histogram, Input, Link, Notice, Prose,
    Source, Stat, Tone,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as};

const HOUR_MS: i64 = 3_600_000;
/// Rows of the log that are gone through for the latest refusals, how many of these are looked
/// at, and how many are shown: one for each reason.
const LOOKED: i64 = 10_000;
const REFUSALS: i64 = 100;
const REFUSALS_SHOWN: usize = 5;

/// A token of the connection.
struct TokenLine {
    name: String,
    hint: String,
    badge: Badge,
    used: Option<When>,
    /// Until when the value before this one works, and which is used; nothing where it does no more.
    old: String,
    /// That somebody goes on using it in vain; nothing where nobody does.
    refused: String,
    roll: String,
}

#[derive(Template)]
#[template(path = "pages/connections/show.html")]
struct Show {
    chrome: Chrome,
    badge: Badge,
    /// Said where its brake is off.
    brake: Option<Badge>,
    actions: Vec<Button>,
    /// Ends a pause; nothing where there is none, or nothing to be done about it.
    resume: Option<Form>,
    alerts: Vec<Notice>,
    stats: Vec<Stat>,
    chart: Histogram,
    refusals: Vec<SentRow>,
    /// Where there are none.
    none_refused: &'static str,
    log: String,
    form: Form,
    fields: Vec<Field>,
    saves: bool,
    /// How it is ended, since it can't be deleted; `None` for the account's own.
    ends: Option<Vec<Link>>,
    /// Whose settings they are.
    aside: &'static str,
    facts: Vec<Fact>,
    tokens: Vec<TokenLine>,
    /// To those of the account, by which its own connection is written through.
    all_tokens: Option<Link>,
    sees_tokens: bool,
    /// Where another token is made; nothing where nobody may.
    new_token: String,
}

/// What else is read beside the connection.
struct Beside {
    tokens: Vec<Token>,
    refused: Vec<ProvisioningRow>,
    /// Which of these a pause was the cause of, and is over.
    pauses: Pauses,
    /// Which were followed by what they asked for, as the overview tells it.
    settled: HashMap<i64, Settled>,
    /// Whether another connection waits for its first request.
    shared: bool,
    /// Active members of the account.
    members: i64,
    managed: Managed,
}

impl Beside {
    fn way_in(&self, caller: &AccountCaller, faring: &Faring, times: &Times) -> WayIn {
        let strangers = Strangers {
            knocks: caller.state().knocks(),
            account: caller.account(),
            shared: self.shared,
        };
        let connection = (&faring.connection, &faring.health);
        WayIn::of(strangers, connection, &self.tokens, times)
    }

    fn refusals(&self, chrome: &Chrome) -> Vec<SentRow> {
        let told = |row: &ProvisioningRow| {
            let mut told = sent(row, &self.pauses, chrome);
            if let Some(settled) = self.settled.get(&row.seq) {
                told.settled = true;
                told.fix = Prose::of(match settled {
                    Settled::Token => t("connections.settled_token"),
                    Settled::Objects => t("connections.settled"),
                    Settled::Lifted => t("connections.settled_discard"),
                });
            }
            told
        };
        self.refused.iter().map(told).collect()
    }
}

async fn beside(caller: &AccountCaller, connection: &Connection) -> Result<Beside> {
    let sees_tokens = caller.allows(Permission::TokensRead);
    let id = connection.id;
    let mut beside = caller
        .read_long(move |tx| {
            let mut tokens = Vec::new();
            if sees_tokens {
                tokens = app::tokens::of_connection(tx, id)?;
            }
            let wanted = LogSearch {
                connection: Some(id),
                result: Some(ResultKind::Rejected),
                ..LogSearch::default()
            };
            let found = app::provisioning::search(tx, &wanted, None, (LOOKED, REFUSALS))?;
            let mut refused: Vec<ProvisioningRow> = Vec::new();
            for row in found.rows {
                let known = refused.iter().any(|one| one.reason == row.reason);
                if !known && refused.len() < REFUSALS_SHOWN {
                    refused.push(row);
                }
            }
            Ok(Beside {
                tokens,
                settled: app::summary::settled(tx, id, &refused)?,
                refused,
                pauses: Pauses::default(),
                shared: app::connections::others_wait(tx, id)?,
                members: app::brake::counted_members(tx)?,
                managed: app::connections::managed(tx, id)?,
            })
        })
        .await?;
    beside.pauses = Pauses::of(caller, &beside.refused)?;
    Ok(beside)
}

/// `GET /a/{account_id}/connections/{connection_id}`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    counted(&caller).await;
    let faring = find(&caller, &req)?;
    let entered = Entered::of(&faring.connection);
    let was = settings::print(&faring.connection);
    let page = page(&caller, &req, &faring, (&entered, &was)).await?;
    html(&req, &page)
}

/// `POST /a/{account_id}/connections/{connection_id}/settings`.
pub async fn save(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::ConnectionsWrite)?;
    let faring = find(&caller, &req)?;
    let entered = Entered::sent(&form);
    // Whatever becomes of the form, it goes on from what it was made of.
    let was = form.get("was");
    if form.ticked("back") {
        let mut page = page(&caller, &req, &faring, (&entered, was)).await?;
        // The form is far down the page.
        for field in &mut page.fields {
            field.autofocus = field.name == "brake";
        }
        return html(&req, &page);
    }
    let at = address(&caller.chrome(), &faring.connection);
    let mut told = String::new();
    let saved = match entered.read() {
        Err(wrong) => Saved::Wrong(wrong),
        Ok(_) if settings::print(&faring.connection) != was => Saved::Stale,
        Ok((name, brake)) => {
            let members = caller.read(app::brake::counted_members)?;
            let looser = loosen::lines(&faring, &entered, brake, members, &at);
            if !looser.is_empty() && !loosen::is_sure(&form, &faring) {
                let page = loosen::ask(&caller, &faring, (&entered, &form), looser);
                return html(&req, &page);
            }
            if brake != faring.connection.settings.brake {
                told = super::brake::now(brake, members);
            }
            settings::save(&caller, &faring.connection, (&entered, name, brake), was).await?
        }
    };
    match saved {
        Saved::Done => {
            let title = tf("connections.saved", &[&entered.name]);
            Ok(flash::done(&req, &at, &title, &told))
        }
        Saved::Wrong(wrong) => {
            let mut page = page(&caller, &req, &faring, (&entered, was)).await?;
            for field in &mut page.fields {
                if let Some((_, text)) = wrong.iter().find(|(name, _)| *name == field.name) {
                    field.error.clone_from(text);
                }
            }
            page.form = page.form.clone().errors_of(&page.fields);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Saved::Stale => {
            let mut page = page(&caller, &req, &faring, (&entered, was)).await?;
            page.form = page.form.clone().error(t("connections.stale"));
            html_as(&req, StatusCode::CONFLICT, &page)
        }
    }
}

async fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    faring: &Faring,
    (entered, was): (&Entered, &str),
) -> Result<Show> {
    let connection = &faring.connection;
    let beside = beside(caller, connection).await?;
    let chrome = below_list(chrome(caller, &connection.name));
    let at = address(&chrome, connection);
    let writes = caller.allows(Permission::ConnectionsWrite);
    let rolls = caller.allows(Permission::TokensAdminister) && !connection.built_in;
    let mut actions = vec![Button::new(
        "activity",
        t("nav.log"),
        format!("{}?connection={}", chrome.path("/log"), connection.id),
    )];
    if !connection.built_in {
        actions.push(Button::new(
            "book-open",
            t("connections.values"),
            format!("{at}/setup"),
        ));
    }
    if writes && !connection.paused {
        actions.push(Button::new("pause", t("log.pause"), format!("{at}/pause")));
    }
    let now_ms = chrome.times.now_ms();
    let way = beside.way_in(caller, faring, &chrome.times);
    let token = |one: &Token| token_line(one, &at, now_ms, &chrome.times);
    Ok(Show {
        badge: cards::state(faring, now_ms).0,
        brake: cards::brake_off(connection),
        actions,
        resume: (writes && connection.paused).then(|| Form::new(format!("{at}/resume"))),
        alerts: alerts(faring, &way, &at, writes),
        stats: stats(faring, &chrome),
        chart: chart(&faring.health.hours, &chrome.times),
        refusals: beside.refusals(&chrome),
        none_refused: none_refused(faring),
        ends: ends(caller, connection, &at),
        log: format!(
            "{}?connection={}&outcome=refused",
            chrome.path("/log"),
            connection.id
        ),
        form: Form::new(format!("{at}/settings")).hidden("was", was),
        fields: settings::fields(connection, entered, writes, beside.members),
        saves: writes,
        aside: if connection.built_in {
            t("connections.own_settings_aside")
        } else {
            t("connections.settings_aside")
        },
        facts: facts(connection, &beside.managed, &base_url(caller, req), &chrome),
        tokens: beside.tokens.iter().map(token).collect(),
        all_tokens: connection
            .built_in
            .then(|| Link::new(t("nav.tokens"), chrome.path("/tokens"))),
        sees_tokens: caller.allows(Permission::TokensRead),
        new_token: if rolls {
            format!("{at}/token")
        } else {
            String::new()
        },
        chrome,
    })
}

/// What is said where no request was refused.
fn none_refused(faring: &Faring) -> &'static str {
    match faring.health.last_request_ms {
        Some(_) => t("connections.none_refused"),
        None => t("connections.none_came"),
    }
}

/// The pages on which a connection is ended, for whoever may; `None` where there is no end.
fn ends(caller: &AccountCaller, connection: &Connection, at: &str) -> Option<Vec<Link>> {
    let mut links = Vec::new();
    if caller.allows(Permission::ConnectionsWrite) && !connection.paused {
        links.push(Link::new(t("connections.pause"), format!("{at}/pause")));
    }
    if caller.allows(Permission::TokensRead) {
        let tokens = caller.chrome().path("/tokens");
        links.push(Link::new(t("nav.tokens"), tokens));
    }
    (!connection.built_in).then_some(links)
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn alerts(faring: &Faring, way: &WayIn, at: &str, writes: bool) -> Vec<Notice> {
    let mut alerts = Vec::new();
    if faring.connection.paused {
        let text = t("connections.paused_text");
        alerts.push(Notice::new(Tone::Warn, t("connections.is_paused"), text).icon("pause"));
    }
    if faring.connection.settings.brake == Brake::Off {
        let text = t("connections.brake_is_off_text");
        let mut off = Notice::new(Tone::Warn, t("connections.brake_is_off"), text);
        if writes {
            off = off.action(t("connections.brake_set"), "#settings");
        }
        alerts.push(off);
    }
    if faring.connection.built_in {
        return alerts;
    }
    if let Some(wrong) = &way.wrong {
        let text = tf("connections.kept_out", &[&wrong.told, &wrong.fix]);
        alerts.push(
            Notice::new(Tone::Warn, t("wizard.wrong_token"), text)
                .action(t("connections.values"), format!("{at}/setup")),
        );
    } else if !way.unclaimed.is_empty() {
        let stray = Notice::new(Tone::Warn, t("attention.stray"), &way.unclaimed);
        alerts.push(stray.action(t("connections.values"), format!("{at}/setup")));
    } else if faring.health.last_request_ms.is_none() {
        let provider = provider_in_text(faring.connection.kind);
        let text = tf("connections.waits_text", &[&provider]);
        alerts.push(
            Notice::new(Tone::Accent, t("connections.waits"), text)
                .icon("clock")
                .action(t("connections.values"), format!("{at}/setup")),
        );
    }
    alerts
}

fn stats(faring: &Faring, chrome: &Chrome) -> Vec<Stat> {
    let health = &faring.health;
    let ago = |ms: i64| chrome.times.ago(ms).text;
    let changed = health.last_write_ms.map(ago);
    let changed = changed.map_or_else(
        || t("connections.no_write").to_owned(),
        |ago| tf("connections.last_write", &[&ago]),
    );
    // One that came later, and to nothing, is no sync.
    let later = health
        .last_request_ms
        .filter(|_| health.last_good_ms < health.last_request_ms);
    let last = match later.map(ago) {
        Some(ago) => {
            let asked = tf("connection.asked", &[&ago]);
            tf("connections.last_two", &[&asked, &changed])
        }
        None => changed,
    };
    let cards::Sums { all, refused, .. } = cards::Sums::of(&health.hours);
    vec![
        Stat::new(
            t("connections.requests"),
            number(all),
            t("connections.in_a_day"),
        ),
        Stat::new(
            t("row.rejected"),
            percent(refused, all),
            tn("connections.rejected", refused),
        ),
        Stat::new(
            t("row.last_sync"),
            health
                .last_good_ms
                .map_or_else(|| t("row.never").to_owned(), ago),
            last,
        ),
        Stat::new(
            t("connections.held"),
            number(count(health.held)),
            match health.held_since_ms {
                Some(ms) => tf("connections.held_since", &[&chrome.times.at(ms).text]),
                None => t("connections.held_none").to_owned(),
            },
        )
        .leads_to(format!("{}/held", address(chrome, &faring.connection))),
    ]
}

fn chart(hours: &[HourSums; 24], times: &Times) -> Histogram {
    let now_hour = times.now_ms().div_euclid(HOUR_MS);
    let label = |at: i64| times.hour((now_hour - 23 + at) * HOUR_MS);
    let bucket = |(at, hour): (i64, &HourSums)| cards::bucket(label(at), hour);
    let buckets: Vec<Bucket> = (0_i64..).zip(hours).map(bucket).collect();
    let mut axis: Vec<String> = (0..4).map(|at| label(at * 6)).collect();
    axis.push(t("format.now").to_owned());
    let sums = cards::Sums::of(hours);
    let summary = if sums.all == 0 {
        t("overview.chart_empty").to_owned()
    } else {
        tf("connections.chart", &[&number(sums.all), &sums.told()])
    };
    let words = (
        t("overview.accepted").to_owned(),
        t("overview.refused").to_owned(),
    );
    Histogram::new(&buckets, axis, summary, words, t("overview.hour")).low(&buckets)
}

/// What it manages, each leading to its list.
pub(in crate::http::console) fn managed(
    connection: &Connection,
    managed: &Managed,
    chrome: &Chrome,
) -> FactValue {
    let id = connection.id.to_string();
    let list = |below: &str| with_query(&chrome.path(below), [("source", id.as_str())]);
    let people = if managed.more_people {
        tf(
            "connections.manages_many",
            &[&number(count(managed.people))],
        )
    } else {
        tn("connections.manages_people", count(managed.people))
    };
    let groups = tn("connections.manages_groups", count(managed.groups));
    FactValue::Links(vec![
        Link::new(people, list("/members")),
        Link::new(groups, list("/groups")),
    ])
}

fn facts(connection: &Connection, manages: &Managed, url: &str, chrome: &Chrome) -> Vec<Fact> {
    let source = if connection.built_in {
        Source::local(t("connections.built_in"))
    } else {
        Source::provider(connection.kind, provider_name(connection.kind))
    };
    vec![
        Fact::new(t("setup.provider"), FactValue::Source(source)),
        Fact::new(
            t("connections.manages"),
            managed(connection, manages, chrome),
        ),
        Fact::copy(t("setup.base_url"), url, t("setup.copy_url")),
        Fact::copy(
            t("connections.id"),
            connection.id.to_string(),
            t("connections.copy_id"),
        ),
        Fact::time(t("groups.made"), chrome.times.at(connection.created_ms)),
    ]
}

fn token_line(token: &Token, at: &str, now_ms: i64, times: &Times) -> TokenLine {
    TokenLine {
        name: token.name.clone(),
        hint: token.hint.clone(),
        badge: match token.state(now_ms) {
            TokenState::NotYetValid => cards::not_yet(),
            _ => cards::end_of(token.validity.disabled, token.validity.expires_ms, now_ms),
        },
        used: token.last_used_ms.map(|ms| times.ago(ms)),
        old: overlap::line(token, times),
        refused: barred::in_short(token, times),
        roll: format!("{at}/token?token={}", token.id),
    }
}
