//! The figures of the overview.

use crate::app::summary::{Faring, Overview, SUPERS_NAMED};
use crate::domain::brake::Brake;
use crate::domain::connection::{Connection, HourSums, Signs};
use crate::domain::effective::{Effective, Via};
use crate::domain::summary::Refusals;
use crate::domain::token::{Token, TokenState};
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::way_in::Strangers;
use crate::http::console::format::{Times, initials, list, number, percent};
use crate::http::console::legacy;
use crate::http::console::members::source;
use crate::http::console::overview::causes::cause;
use crate::http::console::view::{
    Badge, Bucket, Column, ConnectionRow, Histogram, Spark, Stat, Tone,
};
use crate::http::console::words::{t, tf, tn, tnf};

/// Milliseconds of an hour and of a day.
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// From so many refused in a thousand a connection is not well.
const ILL_PER_MILLE: i64 = 20;
/// Days that a token has left when it is told of.
const ENDS_DAYS: i64 = 14;

/// A Super Administrator.
pub struct Person {
    pub initials: String,
    pub name: String,
    pub href: String,
    pub how: String,
    /// Whether they can sign in to the console.
    pub signs_in: bool,
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// Requests of some hours: how many there were, how many of them were rejected, and held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    pub all: u64,
    pub refused: u64,
    pub held: u64,
}

impl Sums {
    pub fn of<'h>(hours: impl IntoIterator<Item = &'h HourSums>) -> Self {
        let mut sums = HourSums::default();
        for hour in hours {
            sums.add(hour);
        }
        Self {
            all: count(sums.requests()),
            refused: count(sums.refused + sums.failed),
            held: count(sums.held),
        }
    }

    /// "37 rejected", and how many were held, where any were: what waits still is told elsewhere.
    pub fn told(self) -> String {
        let refused = tf("sums.rejected", &[&number(self.refused)]);
        match self.held {
            0 => refused,
            held => tnf("sums.held", held, &[&refused]),
        }
    }
}

/// An hour, or several, as a bar of a chart.
pub fn bucket(label: String, hour: &HourSums) -> Bucket {
    Bucket {
        label,
        good: count(hour.reads + hour.writes),
        bad: count(hour.refused + hour.failed),
        held: count(hour.held),
    }
}

/// The hours of all connections together.
fn hours(read: &Overview) -> [HourSums; 24] {
    let mut sums = [HourSums::default(); 24];
    for one in &read.connections {
        for (sum, hour) in sums.iter_mut().zip(&one.health.hours) {
            sum.add(hour);
        }
    }
    sums
}

pub fn stats(read: &Overview, chrome: &Chrome) -> Vec<Stat> {
    let all = count(read.members.all);
    let active = number(count(read.members.active));
    let synced = number(count(read.synced_groups));
    let local = number(count(read.account.group_count - read.synced_groups));
    let sums = hours(read);
    let points: Vec<u64> = sums.iter().map(|hour| count(hour.requests())).collect();
    let sums = Sums::of(&sums);
    let scim = Stat::new(t("overview.requests"), number(sums.all), "");
    let mut scim = scim.leads_to(chrome.path("/log"));
    scim.note = match sums {
        Sums { all: 0, .. } => t("overview.no_requests").to_owned(),
        Sums { refused: 0, .. } => t("overview.none_rejected").to_owned(),
        Sums { all, refused, .. } => {
            scim = scim.down(number(refused));
            tf("overview.rejected", &[&percent(refused, all)])
        }
    };
    if sums.held > 0 {
        scim.note = tnf("sums.held", sums.held, &[&scim.note]);
    }
    if sums.all > 0 {
        scim = scim.spark(Spark::new(&points, Tone::Accent, ""));
    }
    let supers = read.super_administrators.holders.len();
    let supers = number(u64::try_from(supers).unwrap_or(0));
    let supers = match read.super_administrators.next {
        Some(_) => tf("overview.at_least", &[&supers]),
        None => supers,
    };
    vec![
        Stat::new(
            t("nav.members"),
            number(all),
            tf("overview.active", &[&active]),
        )
        .leads_to(chrome.path("/members")),
        Stat::new(
            t("nav.groups"),
            number(count(read.account.group_count)),
            tf("overview.synced_local", &[&synced, &local]),
        )
        .leads_to(chrome.path("/groups")),
        scim,
        Stat::new(t("overview.supers"), supers, supers_note(read)),
    ]
}

/// Who has the role is not yet who can use it: a person whom a provider sends has no login here.
fn supers_note(read: &Overview) -> String {
    let supers = &read.super_administrators;
    let signing_in = read.super_signing_in.len();
    match signing_in {
        _ if supers.holders.is_empty() => String::new(),
        0 => t("overview.none_signs_in").to_owned(),
        all if all == supers.holders.len() => t("overview.guard").to_owned(),
        some => tn("overview.sign_in", u64::try_from(some).unwrap_or(0)),
    }
}

/// Requests by the hour.
pub fn chart(read: &Overview, times: &Times) -> Histogram {
    let sums = hours(read);
    let now_hour = times.now_ms().div_euclid(HOUR_MS);
    let label = |at: i64| times.hour((now_hour - 23 + at) * HOUR_MS);
    let buckets: Vec<Bucket> = (0_i64..)
        .zip(&sums)
        .map(|(at, hour)| bucket(label(at), hour))
        .collect();
    let mut axis: Vec<String> = (0..6).map(|at| label(at * 4)).collect();
    axis.push(t("format.now").to_owned());
    let told = Sums::of(&sums);
    let busiest = buckets.iter().max_by_key(|one| one.all());
    let summary = match busiest.filter(|_| told.all > 0) {
        Some(one) => tf(
            "overview.chart",
            &[
                &number(told.all),
                &told.told(),
                &one.label,
                &number(one.all()),
            ],
        ),
        None => t("overview.chart_empty").to_owned(),
    };
    let words = (
        t("overview.accepted").to_owned(),
        t("overview.refused").to_owned(),
    );
    Histogram::new(&buckets, axis, summary, words, t("overview.hour"))
}

/// What the chart comes to, in a sentence or two: the brake's is said apart.
pub fn verdict(read: &Overview) -> String {
    let sums = Sums::of(&hours(read));
    if sums.all == 0 {
        return t("overview.chart_empty").to_owned();
    }
    let first = read.refusals.first();
    let most = first.map_or(0, |first| first.requests);
    let as_many = read.refusals.iter().filter(|one| one.requests == most);
    let as_many = u64::try_from(as_many.count()).unwrap_or(0);
    let rejected = match (sums.refused, first) {
        (0, _) if sums.held > 0 => String::new(),
        (0, _) => t("overview.all_accepted").to_owned(),
        (refused, Some(_)) if as_many > 1 => {
            let all = tn("overview.rejections", refused);
            let most = number(count(most));
            tf("overview.most_tied", &[&all, &number(as_many), &most])
        }
        (
            refused,
            Some(Refusals {
                reason: Some(reason),
                requests,
                connection,
                ..
            }),
        ) if count(*requests) == refused => tf(
            "overview.most_all",
            &[
                &tn("overview.rejections", refused),
                &connection.name,
                &cause(*reason),
            ],
        ),
        (
            refused,
            Some(Refusals {
                reason: Some(reason),
                requests,
                connection,
                ..
            }),
        ) => tf(
            "overview.most_from",
            &[
                &tn("overview.rejections", refused),
                &number(count(*requests)),
                &connection.name,
                &cause(*reason),
            ],
        ),
        (refused, _) => tf(
            "overview.rejections_only",
            &[&tn("overview.rejections", refused)],
        ),
    };
    if sums.held == 0 {
        return rejected;
    }
    let held = tn("overview.held", sums.held);
    format!("{rejected} {held}").trim_start().to_owned()
}

pub fn columns() -> Vec<Column> {
    vec![
        Column::new(t("overview.connection")),
        Column::new(t("row.state")),
        Column::new(t("row.last_sync")),
        Column::new(t("row.day")),
        Column::new(t("row.rejected")).number(),
        Column::new(t("row.token")),
    ]
}

pub fn connections(
    read: &Overview,
    strangers: Strangers<'_>,
    chrome: &Chrome,
) -> Vec<ConnectionRow> {
    let row = |one| connection(one, &read.tokens, strangers, chrome);
    read.connections.iter().map(row).collect()
}

/// A connection as a row of a list.
pub fn connection(
    one: &Faring,
    tokens: &[Token],
    strangers: Strangers<'_>,
    chrome: &Chrome,
) -> ConnectionRow {
    let base = chrome.path("");
    let (state, tone) = state(one, chrome.times.now_ms());
    let hours = &one.health.hours;
    let points: Vec<u64> = hours.iter().map(|hour| count(hour.requests())).collect();
    let sums = Sums::of(hours);
    let health = &one.health;
    let last = health.last_good_ms.map(|ms| chrome.times.ago(ms));
    let later = health
        .last_request_ms
        .filter(|_| health.last_good_ms < health.last_request_ms)
        .map(|ms| chrome.times.ago(ms).text)
        // Not twice the same.
        .filter(|ago| last.as_ref().is_none_or(|last| last.text != *ago));
    let later = later.map(|ago| tf("connection.asked", &[&ago]));
    let stranger = || {
        let waiting = (&one.connection, health);
        let ms = strangers.of_waiting(waiting, tokens_of(one, tokens), chrome.times.now_ms())?;
        Some(tf("connection.stranger", &[&chrome.times.ago(ms).text]))
    };
    let mut source = source(Some(&one.connection), &base);
    // The row's own link leads there.
    source.href = None;
    ConnectionRow {
        about: if one.connection.built_in {
            t("connections.built_in_for")
        } else {
            ""
        },
        href: format!("{base}/connections/{}", one.connection.id),
        source,
        state,
        brake: brake_off(&one.connection),
        asked: later.or_else(stranger).unwrap_or_default(),
        last,
        spark: Spark::new(&points, tone, tn("overview.spark", sums.all)),
        rejected: percent(sums.refused, sums.all),
        token: token(one, tokens, chrome),
    }
}

/// How a connection fares, and the colour of its line.
pub fn state(one: &Faring, now_ms: i64) -> (Badge, Tone) {
    state_of(one.health.signs(one.connection.paused), now_ms)
}

/// Said of a connection that may remove everybody at once, for as long as it may.
pub fn brake_off(connection: &Connection) -> Option<Badge> {
    let off = connection.settings.brake == Brake::Off;
    off.then(|| Badge::new(Tone::Warn, "triangle-alert", t("connection.brake_off")))
}

/// The same of what is known of it.
pub fn state_of(signs: Signs, now_ms: i64) -> (Badge, Tone) {
    if signs.paused {
        let badge = Badge::new(Tone::Plain, "pause", t("connection.paused"));
        return (badge, Tone::Plain);
    }
    if signs.holds {
        return (
            Badge::new(Tone::Warn, "hand", t("connection.holds")),
            Tone::Warn,
        );
    }
    match signs.last_request_ms {
        None => (
            Badge::new(Tone::Plain, "clock", t("connection.waits")),
            Tone::Plain,
        ),
        Some(ms) if now_ms - ms > DAY_MS => (
            Badge::new(Tone::Plain, "pause", t("connection.quiet")),
            Tone::Plain,
        ),
        Some(_) if signs.error_per_mille >= Some(ILL_PER_MILLE) => (
            Badge::new(Tone::Warn, "triangle-alert", t("connection.degraded")),
            Tone::Warn,
        ),
        Some(_) => (
            Badge::new(Tone::Ok, "circle-check", t("connection.healthy")),
            Tone::Ok,
        ),
    }
}

/// The tokens of the connection.
pub fn tokens_of<'t>(one: &Faring, tokens: &'t [Token]) -> impl Iterator<Item = &'t Token> {
    let name = one.connection.name.clone();
    let mine = move |token: &&Token| token.connection.as_ref() == Some(&name);
    tokens.iter().filter(mine)
}

/// How long the connection's token is still good: that of the longest.
fn token(one: &Faring, tokens: &[Token], chrome: &Chrome) -> Badge {
    let mine = tokens_of(one, tokens);
    let (off, on): (Vec<_>, Vec<_>) = mine.partition(|token| token.validity.disabled);
    let now_ms = chrome.times.now_ms();
    let early = |token: &&Token| token.state(now_ms) == TokenState::NotYetValid;
    if !on.is_empty() && on.iter().all(early) {
        return not_yet();
    }
    // No end is later than any.
    let ends = on.iter().filter(|token| !early(token));
    let ends = ends.map(|token| token.validity.expires_ms);
    let longest = ends.max_by_key(|end| end.unwrap_or(i64::MAX));
    match longest {
        Some(end) => end_of(false, end, chrome.times.now_ms()),
        None if one.connection.built_in => Badge::new(Tone::Plain, "", t("connection.by_tokens")),
        None if off.is_empty() => Badge::new(Tone::Plain, "", t("connection.no_token")),
        None => end_of(true, None, chrome.times.now_ms()),
    }
}

/// Of a token whose time is yet to come.
pub fn not_yet() -> Badge {
    Badge::new(Tone::Warn, "clock", t("tokens.early"))
}

/// How long a token is still good.
pub fn end_of(disabled: bool, expires_ms: Option<i64>, now_ms: i64) -> Badge {
    if disabled {
        return Badge::new(Tone::Bad, "ban", t("connections.token_off"));
    }
    let Some(end) = expires_ms else {
        return Badge::new(Tone::Plain, "", t("connection.no_end"));
    };
    let days = (end - now_ms).div_euclid(DAY_MS);
    match days {
        ..0 => Badge::new(Tone::Bad, "circle-x", t("connection.token_over")),
        0..ENDS_DAYS => Badge::new(Tone::Warn, "clock", tn("connection.days_left", count(days))),
        _ => Badge::new(Tone::Plain, "", tn("connection.days_left", count(days))),
    }
}

pub fn supers(read: &Overview, chrome: &Chrome) -> Vec<Person> {
    let person = |holder: &crate::app::access::Holder| {
        let name = called(holder, read);
        Person {
            initials: initials(&name),
            name,
            href: chrome.path(&format!("/members/{}", holder.member.membership_id)),
            how: how(&holder.effective),
            signs_in: read.super_signing_in.contains(&holder.member.id),
        }
    };
    let holders = &read.super_administrators.holders;
    holders.iter().take(SUPERS_NAMED).map(person).collect()
}

/// Whom of those who are named a sync can take the role from.
pub fn guard(read: &Overview) -> String {
    let holders = &read.super_administrators.holders;
    let named = holders.iter().take(SUPERS_NAMED);
    let synced =
        |holder: &&crate::app::access::Holder| read.super_removable.contains(&holder.member.id);
    let removable: Vec<String> = named
        .clone()
        .filter(synced)
        .map(|holder| called(holder, read))
        .collect();
    let only = holders.first().filter(|_| holders.len() == 1);
    match (only, removable.len()) {
        // The last one stays, unless something limits the role: the guard does not count that one.
        (Some(only), _) if only.effective.is_unrestricted() => {
            tf("overview.guard_one", &[&called(only, read)])
        }
        (Some(only), 1..) => tf("overview.guard_any", &[&called(only, read)]),
        (Some(only), 0) => tf("overview.guard_not", &[&called(only, read)]),
        (None, 0) if holders.is_empty() => t("overview.guard_nobody").to_owned(),
        (None, 0) => t("overview.guard_none").to_owned(),
        (None, all) => {
            // One who has it without a limit stays: that may be one of those.
            let free = |one: &&crate::app::access::Holder| one.effective.is_unrestricted();
            let free: Vec<_> = holders.iter().filter(free).collect();
            let last = !free.is_empty() && free.iter().all(synced);
            let names: Vec<&str> = removable.iter().map(String::as_str).collect();
            match (all == named.count(), last) {
                (true, true) if free.len() == holders.len() => {
                    let signing_in = &read.super_signing_in;
                    let signs_in = signing_in
                        .iter()
                        .any(|id| read.super_removable.contains(id));
                    let key = if signs_in {
                        "overview.guard_text_sign_in"
                    } else {
                        "overview.guard_text"
                    };
                    t(key).to_owned()
                }
                (true, true) => t("overview.guard_text_last").to_owned(),
                (true, false) => t("overview.guard_text_all").to_owned(),
                (false, true) => tf("overview.guard_some_last", &[&list(&names)]),
                (false, false) => tf("overview.guard_some", &[&list(&names)]),
            }
        }
    }
}

fn called(holder: &crate::app::access::Holder, read: &Overview) -> String {
    let mut known = read.super_names.iter();
    let known = known.find(|one| one.member.id == holder.member.id);
    known.map_or_else(|| holder.member.user_name.clone(), |one| one.name.clone())
}

/// How the role comes to them.
fn how(effective: &Effective) -> String {
    let group = effective.allows.iter().find_map(|path| match &path.via {
        Via::Direct => None,
        Via::Group(link) => Some(link),
    });
    let own = effective.allows.iter().any(|path| path.via == Via::Direct);
    match (own, group) {
        (true, _) => t("overview.by_own").to_owned(),
        (false, Some(link)) => match &link.managed_by {
            Some(connection) => tf(
                "overview.by_synced",
                &[&legacy::said(&link.name), &connection.name],
            ),
            None => tf("overview.by_group", &[&link.name]),
        },
        (false, None) => String::new(),
    }
}
