//! The overview of an account: is it healthy, what needs somebody, and what was done last.

pub mod attention;
mod balance;
pub mod cards;
pub mod causes;
pub mod changes;
mod refused;

use actix_web::HttpRequest;
use askama::Template;

use super::caller::AccountCaller;
use super::chrome::{Chrome, Nav};
use super::connections::counted;
use super::connections::way_in::Strangers;
use super::format::number;
use super::view::{Button, ConnectionRow, Empty, EventRow, Histogram, Notice, Sorted, Stat, Tone};
use super::words::{t, tf, tn};
use super::{Answer, filters, flash, html};
use crate::app;
use crate::app::summary::Overview as Read;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::setup::{Progress, Step};

use attention::Item;
use cards::Person;

#[derive(Template)]
#[template(path = "pages/overview/show.html")]
struct Overview {
    chrome: Chrome,
    connect: Option<Button>,
    alerts: Vec<Notice>,
    stats: Vec<Stat>,
    attention: Vec<Item>,
    /// What was refused and followed by a request that was accepted: it needs nobody, as it seems.
    settled: Vec<Item>,
    chart: Histogram,
    /// What is to be said of the chart.
    verdict: String,
    columns: Vec<super::view::Column>,
    connections: Vec<ConnectionRow>,
    no_connections: Empty,
    changes: Vec<EventRow>,
    supers: Vec<Person>,
    more_supers: bool,
    /// Whether their card stands in the wide column: the other one is longer.
    supers_wide: bool,
    /// Whom of them a sync can remove.
    guard: String,
}

/// One step of the first run.
struct Check {
    title: &'static str,
    text: &'static str,
    done: bool,
}

#[derive(Template)]
#[template(path = "pages/overview/first.html")]
struct First {
    chrome: Chrome,
    steps: Vec<Check>,
}

/// `GET /a/{account_id}`.
pub async fn overview(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    // Before anything is read: what stands around the page tells no other state than the page.
    counted(&caller).await;
    let chrome = caller.chrome().page(Nav::Overview, t("nav.overview"));
    let chrome = chrome.flash(flash::told(&req));
    let mut unfinished = false;
    if caller.me().box_administrator {
        let progress = caller.read(app::setup::progress)?;
        let here = progress.account == Some(caller.account());
        if here && progress.step() != Step::Finished {
            let used = caller.read(|tx| app::connections::any_used(tx, progress.connection))?;
            if !used {
                let steps = checklist(&progress);
                return html(&req, &First { chrome, steps });
            }
            unfinished = true;
        }
    }
    let read = caller.read_long(app::summary::read).await?;
    let mut page = page(&caller, chrome, &read)?;
    if unfinished {
        let notice = Notice::new(Tone::Plain, t("first.open"), t("first.open_text"));
        page.alerts.push(notice.action(t("first.go_on"), "/setup"));
    }
    html(&req, &page)
}

fn checklist(progress: &Progress) -> Vec<Check> {
    let check = |title, text, done| Check {
        title: t(title),
        text: t(text),
        done,
    };
    vec![
        check(
            "first.account",
            "first.account_text",
            progress.account.is_some(),
        ),
        check(
            "first.address",
            "first.address_text",
            progress.address_passed,
        ),
        check(
            "first.connect",
            "first.connect_text",
            progress.connect_passed,
        ),
        check("first.watch", "first.watch_text", progress.finished),
    ]
}

fn page(caller: &AccountCaller, chrome: Chrome, read: &Read) -> Result<Overview> {
    let times = chrome.times.clone();
    // A connection comes with its first token.
    let connects = caller.allows(Permission::TokensAdminister);
    let connect = Button::primary(
        "plug",
        t("overview.connect"),
        chrome.path("/connections/new"),
    );
    let connect = connects.then_some(connect);
    let strangers = Strangers::in_lists(caller);
    let attention = attention::items(read, strangers, &chrome);
    let settled = refused::settled(read, &chrome);
    let told = attention.iter().chain(&settled);
    let connections = cards::connections(read, strangers, &chrome);
    let changes = changes::lines(caller, &read.changes, &chrome)?;
    Ok(Overview {
        supers_wide: balance::attention_is_longer(told, &connections, &changes),
        alerts: alerts(read, &chrome),
        stats: cards::stats(read, &chrome),
        attention,
        settled,
        chart: cards::chart(read, &times),
        verdict: cards::verdict(read),
        columns: cards::columns(),
        connections,
        no_connections: Empty {
            icon: "plug",
            title: t("overview.no_connections").to_owned(),
            why: t("overview.no_connections_why").to_owned(),
            action: connect.clone(),
        },
        changes,
        supers: cards::supers(read, &chrome),
        more_supers: read.super_administrators.next.is_some(),
        guard: cards::guard(read),
        // Where there is none, the card of the connections offers it.
        connect: connect.filter(|_| !read.connections.is_empty()),
        chrome,
    })
}

/// What stands above everything: legacy groups to be converted. Held changes are told on every
/// page.
fn alerts(read: &Read, chrome: &Chrome) -> Vec<Notice> {
    let mut alerts = Vec::new();
    if read.legacy.pushed > 0 {
        let groups = u64::try_from(read.legacy.pushed).unwrap_or(0);
        let people = u64::try_from(read.legacy.memberships).unwrap_or(0);
        // The sidebar counts those too whose names name no role here.
        let waiting = chrome.legacy_waiting();
        let on = read.legacy.mapping.on;
        let title = match (on, waiting > groups) {
            (true, true) => tf("overview.legacy_of", &[&number(groups), &number(waiting)]),
            (true, false) => tn("overview.legacy", groups),
            (false, _) => tn("overview.legacy_off", groups),
        };
        let text = if on {
            tn("overview.legacy_text", people)
        } else {
            tn("overview.legacy_off_text", people)
        };
        alerts.push(
            Notice::new(Tone::Warn, title, text)
                .icon("git-compare-arrows")
                .action(t("overview.legacy_link"), chrome.path("/migrate")),
        );
    }
    alerts
}
