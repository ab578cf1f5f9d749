//! The provisioning log: what providers sent, what came of it, and how what failed is mended.

mod asked;
pub mod entry;
mod figures;
pub mod list;
pub mod live;
pub mod pauses;
pub mod show;
mod there;

use super::chrome::Chrome;
use super::format::{Times, When, capital, list, number, took};
use super::history::label;
use super::list::{ListQuery, ListSpec};
use super::overview::causes;
use super::view::{Badge, LogRow, Prose, Tone};
use super::words::{t, tf, tn};
use crate::domain::brake::HeldState;
use crate::domain::connection::Connection;
use crate::domain::id::MemberId;
use crate::domain::provisioning::{LogSearch, Outcome, ProvisioningRow, ResultKind};
use crate::domain::reason::Reason;
use pauses::Pauses;
use there::There;

const SPEC: ListSpec = ListSpec {
    filters: &["connection", "outcome", "resource", "since", "reason"],
    sorts: &["time"],
    sort: "-time",
    extras: &["open", "live"],
};
/// Values of `outcome`, and what they are called.
const OUTCOMES: [(&str, &str, ResultKind); 3] = [
    ("accepted", "log.accepted", ResultKind::Accepted),
    ("refused", "log.rejected", ResultKind::Rejected),
    ("held", "log.held", ResultKind::Held),
];
/// Values of `resource`.
const RESOURCES: [(&str, &str, &str); 2] = [
    ("user", "log.user", "User"),
    ("group", "log.group", "Group"),
];
/// Values of `since`, what they are called, their hours, and the hours of a bar of the chart.
/// The last has all that is kept.
const SPANS: [(&str, &str, i64, i64); 3] = [
    ("24h", "log.day", 24, 1),
    ("7d", "log.week", 168, 3),
    ("all", "log.all", 720, 12),
];
/// Rows of the log that one look goes through.
const LOOKED: i64 = 30_000;
const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// What an address asks for.
struct Asked {
    search: LogSearch,
    /// One of [`SPANS`].
    span: usize,
}

fn asked(list: &mut ListQuery, connections: &[Connection], now_ms: i64) -> Asked {
    let connection = list.pick("connection", |value| {
        let named = |one: &&Connection| one.id.to_string() == value || one.name == value;
        connections.iter().find(named).map(|one| one.id)
    });
    let result = list.pick("outcome", |value| {
        let found = OUTCOMES.iter().find(|(name, ..)| *name == value);
        found.map(|(.., result)| *result)
    });
    let kind = list.pick("resource", |value| {
        let found = RESOURCES.iter().find(|(name, ..)| *name == value);
        found.map(|(.., kind)| *kind)
    });
    let reason = list.pick("reason", Reason::from_code);
    let span = list.pick("since", |value| {
        SPANS.iter().position(|(name, ..)| *name == value)
    });
    let span = span.unwrap_or(0);
    let text = list.q().trim();
    Asked {
        search: LogSearch {
            connection,
            result,
            kind,
            reason,
            text: (!text.is_empty()).then(|| text.to_owned()),
            since_ms: since(span, now_ms),
        },
        span,
    }
}

/// When that one of [`SPANS`] begins; `None` for all that is kept.
fn since(span: usize, now_ms: i64) -> Option<i64> {
    (span + 1 < SPANS.len()).then(|| now_ms - SPANS[span].2 * HOUR_MS)
}

/// A request as a row; `href` opens it, nothing where it is the page's own.
fn row(row: &ProvisioningRow, chrome: &Chrome, there: &There, href: String, open: bool) -> LogRow {
    LogRow {
        id: row.seq.to_string(),
        when: when(row, chrome),
        method: row.method.clone(),
        path: short_path(&row.uri),
        subject: subject(row),
        subject_href: subject_href(row, chrome, there),
        effect: effect(row),
        result: result(row, there),
        took: took(u64::try_from(row.duration_us).unwrap_or(0)),
        href,
        open,
    }
}

/// The same in a list, whose day stands above.
fn row_of_day(
    one: &ProvisioningRow,
    chrome: &Chrome,
    there: &There,
    href: String,
    open: bool,
) -> LogRow {
    LogRow {
        when: chrome.times.clock(one.at_ms),
        ..row(one, chrome, there, href, open)
    }
}

/// The time alone says enough of the last day.
fn when(row: &ProvisioningRow, chrome: &Chrome) -> When {
    if chrome.times.now_ms() - row.at_ms < DAY_MS {
        chrome.times.clock(row.at_ms)
    } else {
        chrome.times.at(row.at_ms)
    }
}

/// `…/scim/v2/Users/4b1c0a…` as `/Users/4b1c…`.
fn short_path(uri: &str) -> String {
    let path = uri.split_once("/scim/v2").map_or(uri, |(_, path)| path);
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    for part in &mut parts {
        if part.chars().count() > 20 {
            let end = part.char_indices().nth(4).map_or(part.len(), |(at, _)| at);
            part.truncate(end);
            part.push('…');
        }
    }
    parts.join("/")
}

fn subject(row: &ProvisioningRow) -> String {
    match (row.target_name.as_str(), row.target_kind.as_str()) {
        ("", "") => t("log.no_subject").to_owned(),
        ("", kind) => format!("{kind} {}", row.target_id),
        (name, _) => name.to_owned(),
    }
}

/// Nothing for what has no page, or none any more.
fn subject_href(row: &ProvisioningRow, chrome: &Chrome, there: &There) -> String {
    if !there.has(row) {
        return String::new();
    }
    match row.target_kind.as_str() {
        "User" => row.target_id.parse::<MemberId>().map_or_else(
            |_| String::new(),
            |id| chrome.path(&format!("/members/{}", id.membership())),
        ),
        "Group" if row.target_id.parse::<crate::domain::id::GroupId>().is_ok() => {
            chrome.path(&format!("/groups/{}", row.target_id))
        }
        _ => String::new(),
    }
}

/// What it did, in a few words; of what was refused, why. What to do about that is said where the
/// row is open.
fn effect(row: &ProvisioningRow) -> Prose {
    if is_held(row) {
        return Prose::text(held(row));
    }
    if !row.detail.is_empty() {
        // A few words have room in a row; of the request's own faults the sentence says more.
        let known = row.reason.and_then(causes::plain);
        return match known {
            Some(words) => Prose::text(capital(words)),
            None => Prose::told(cause(&row.detail)).curled(),
        };
    }
    Prose::text(match (changed(&row.changes), row.outcome) {
        (Some(text), _) => text,
        (None, Outcome::Unchanged) => t("sent.nothing").to_owned(),
        (None, Outcome::Applied | Outcome::Refused | Outcome::Failed) => t("sent.applied").into(),
    })
}

/// What it asked for that the brake holds; whom it is about stands beside it.
fn held(row: &ProvisioningRow) -> String {
    let deletes = row.method == "DELETE";
    match row.target_kind.as_str() {
        "User" | "Group" if deletes => t("log.held_delete").to_owned(),
        "User" => t("log.held_deactivate").to_owned(),
        "Group" => match removed(row) {
            Some(people) => tn("log.held_remove", people),
            None => t("log.held_remove_some").to_owned(),
        },
        _ => t("log.held_effect").to_owned(),
    }
}

/// How many people it asked to be taken out of its group; `None` where it named who stays, or
/// took out whoever a filter finds.
fn removed(row: &ProvisioningRow) -> Option<u64> {
    let mut sum = 0;
    for (_, text) in row.asked.iter().filter(|(name, _)| name == "members") {
        match text.split_once(' ')? {
            (count, "removed") => sum += count.parse::<u64>().ok()?,
            (_, "added") => {}
            _ => return None,
        }
    }
    (sum > 0).then_some(sum)
}

/// The days on which rows were written, each where it differs from that of the row above it: above
/// the first one is today.
pub(super) fn days(times: &Times, written_ms: impl Iterator<Item = i64>) -> Vec<Option<String>> {
    let mut above = times.day(times.now_ms()).text;
    let day = |ms| {
        let day = times.day(ms).text;
        let other = above != day;
        above.clone_from(&day);
        other.then_some(day)
    };
    written_ms.map(day).collect()
}

/// What a sentence says before what is to be done: up to its first semicolon outside somebody's
/// own words.
fn cause(detail: &str) -> &str {
    let mut quoted = false;
    let end = detail.find(|c| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    end.map_or(detail, |end| &detail[..end])
}

/// Why it was refused. Of what the brake held, without the commands of the shell: this console
/// decides it too. Of a pause that is over, that it is.
pub fn told(row: &ProvisioningRow, pauses: &Pauses, times: &Times) -> String {
    if is_held(row) {
        return tf("log.held_told", &[&cause(&row.detail)]);
    }
    let over = pauses.told(row, times);
    over.unwrap_or_else(|| row.detail.clone())
}

/// The changes as a phrase: "Title and department changed", "2 members added, 1 removed".
pub fn changed(changes: &[String]) -> Option<String> {
    let (mut said, mut names) = (Vec::new(), Vec::new());
    let (mut added, mut removed) = (0_u64, 0_u64);
    for change in changes {
        let members = change.strip_prefix("members: ").and_then(|rest| {
            let (count, what) = rest.split_once(' ')?;
            Some((count.parse::<u64>().ok()?, what))
        });
        match (members, change.as_str()) {
            (Some((count, "added")), _) => added = count,
            (Some((count, "removed")), _) => removed = count,
            (_, "created" | "deleted" | "adopted" | "deactivated" | "reactivated") => {
                said.push(change.clone());
            }
            // Names with a schema before them stay as they are.
            (None, name) if name.contains(':') && !name.contains(' ') => {
                names.push(name.to_owned());
            }
            (None, name) if !name.contains(' ') => names.push(label(name)),
            _ => said.push(change.clone()),
        }
    }
    if !names.is_empty() {
        said.push(tf("log.changed_values", &[&list(&names)]));
    }
    match (added, removed) {
        (0, 0) => {}
        (added, 0) => said.push(tn("log.members_added", added)),
        (0, removed) => said.push(tn("log.members_removed", removed)),
        (added, removed) => {
            said.push(tn("log.members_added", added));
            said.push(tf("log.and_removed", &[&number(removed)]));
        }
    }
    Some(capital(&said.join(", "))).filter(|text| !text.is_empty())
}

/// How that is mended, with the pages of this console where it is; `None` where nothing is to be.
pub fn fix_of(row: &ProvisioningRow, pauses: &Pauses, chrome: &Chrome) -> Option<Prose> {
    if pauses.is_over(row) {
        return None;
    }
    let connection = row.connection.as_ref().map(|(id, ..)| *id);
    Some(chrome.mended(row.fix()?, row.reason?, connection))
}

fn is_held(row: &ProvisioningRow) -> bool {
    row.reason == Some(Reason::Brake)
}

/// A request that the brake held: what waits still is told apart from what was decided, or done.
fn held_badge(now: Option<HeldState>) -> Badge {
    match now {
        Some(HeldState::Held) => Badge::new(Tone::Warn, "hand", t("log.held_badge")),
        Some(HeldState::Discarded) => Badge::new(Tone::Plain, "ban", t("log.held_discarded")),
        Some(HeldState::Released) => Badge::new(Tone::Plain, "play", t("log.held_released")),
        None => Badge::new(Tone::Plain, "hand", t("log.held_over")),
    }
}

fn result(row: &ProvisioningRow, there: &There) -> Badge {
    let status = row.status;
    match row.outcome {
        Outcome::Applied => Badge::new(Tone::Ok, "circle-check", status.to_string()),
        Outcome::Unchanged => Badge::new(Tone::Plain, "equal", status.to_string()),
        Outcome::Refused if is_held(row) => held_badge(there.held(row)),
        Outcome::Refused => Badge::new(Tone::Bad, "circle-x", tf("log.rejected_badge", &[&status])),
        Outcome::Failed => Badge::new(
            Tone::Bad,
            "triangle-alert",
            tf("log.failed_badge", &[&status]),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::console::words::plain;

    #[test]
    fn paths_are_short_where_they_hold_ids() {
        let base = "/client/v4/accounts/0123456789abcdef0123456789abcdef/scim/v2";
        assert_eq!(short_path(&format!("{base}/Users")), "/Users");
        assert_eq!(
            short_path(&format!("{base}/Groups/cloudflare-v1-0123456789abcdef")),
            "/Groups/clou…"
        );
        assert_eq!(short_path("/else"), "/else");
        assert_eq!(short_path(&"é".repeat(30)), "éééé…");
    }

    #[test]
    fn a_row_says_why_and_leaves_out_what_to_do() {
        let why = "The group name \"cf; all\" is reserved";
        assert_eq!(cause(&format!("{why}; choose another; or none.")), why);
        assert_eq!(cause("It is off."), "It is off.");
        assert_eq!(cause(""), "");
    }

    #[test]
    fn changes_are_a_phrase() {
        let told = |changes: &[&str]| {
            let changes: Vec<String> = changes.iter().map(|one| (*one).to_owned()).collect();
            plain(&changed(&changes).unwrap_or_default())
        };
        assert_eq!(told(&[]), "");
        assert_eq!(told(&["created"]), "Created");
        assert_eq!(told(&["title"]), "Title changed");
        assert_eq!(told(&["title", "name"]), "Title and name changed");
        assert_eq!(told(&["deactivated"]), "Deactivated");
        assert_eq!(
            told(&["displayName", "members: 2 added", "members: 1 removed"]),
            "Display name changed, 2 members added, 1 removed"
        );
        assert_eq!(
            told(&["adopted", "externalId"]),
            "Adopted, external ID changed"
        );
        assert_eq!(told(&["members: 1 removed"]), "1 member removed");
        assert_eq!(
            told(&["members: 3 passed over, which are no ids"]),
            "Members: 3 passed over, which are no ids"
        );
    }
}
