//! For how long the old value of a token works beside its new one.

use super::begins;
use crate::domain::token::{
    InUse, OVERLAP_HOURS_DEFAULT, OVERLAP_HOURS_MAX, Token, TokenOwner, TokenState,
};
use crate::http::console::form::Form as Sent;
use crate::http::console::format::Times;
use crate::http::console::view::{Choice, Field};
use crate::http::console::words::{t, tf};

const FIELD: &str = "overlap";
pub const HOUR_MS: i64 = 3_600_000;
/// Hours for which the old value stays good, and what they are called: where it works now, and
/// where it does not yet.
const CHOICES: [(i64, &str, &str); 4] = [
    (
        OVERLAP_HOURS_DEFAULT,
        "tokens.overlap_day",
        "tokens.ends_day",
    ),
    (72, "tokens.overlap_days", "tokens.ends_days"),
    (OVERLAP_HOURS_MAX, "tokens.overlap_week", "tokens.ends_week"),
    (0, "tokens.overlap_none", "tokens.ends_now"),
];

/// Asks for it, where the old value works, or will work before it would end.
pub fn field(token: &Token, now_ms: i64) -> Option<Field> {
    let begins_ms = token.begins_ms(now_ms);
    let choice = |(hours, works, ends): (i64, &str, &str)| {
        let in_time = begins_ms.is_none_or(|begins| now_ms + hours * HOUR_MS > begins);
        let word = if begins_ms.is_some() { ends } else { works };
        (hours == 0 || in_time).then(|| Choice::new(hours.to_string(), t(word)))
    };
    works(token, now_ms).then(|| {
        let choices = CHOICES.into_iter().filter_map(choice).collect();
        let label = match begins_ms {
            Some(_) => t("tokens.old_ends"),
            None => t("tokens.overlap"),
        };
        Field::select(FIELD, label, choices)
            .hint(t("tokens.overlap_hint"))
            .wide()
    })
}

/// The hours that were chosen; a value that works no more ends at once. The error is for the
/// field.
pub fn hours(token: &Token, now_ms: i64, sent: &Sent) -> Result<i64, &'static str> {
    if !works(token, now_ms) {
        return Ok(0);
    }
    let hours = sent.get(FIELD).parse::<i64>().ok();
    hours
        .filter(|hours| CHOICES.iter().any(|(known, ..)| known == hours))
        .ok_or(t("tokens.bad_overlap"))
}

/// Until when the value works that the newest replaced; nothing where it does no more.
pub fn until(token: &Token, times: &Times) -> Option<String> {
    let until = times.at(token.old_works_until_ms(times.now_ms())?).text;
    Some(match begins(token, times) {
        Some(from) => tf("tokens.old_will_work", &[&from, &until]),
        None => tf("tokens.old_works", &[&until]),
    })
}

/// Which value is used while an old one works beside the newest; nothing where none does, or where
/// neither was used.
pub fn used(token: &Token, times: &Times) -> Option<String> {
    let until = times.at(token.old_works_until_ms(times.now_ms())?).text;
    let ago = |ms: i64| times.ago(ms).text;
    let next = match token.owner {
        TokenOwner::Connection => tf("tokens.enter_at_provider", &[&until]),
        TokenOwner::Account | TokenOwner::Member => tf("tokens.enter_at_client", &[&until]),
    };
    Some(match token.uses.in_use()? {
        InUse::Old { old_ms } => tf("tokens.used_old", &[&ago(old_ms), &next]),
        InUse::Both { old_ms, newest_ms } => {
            tf("tokens.used_both", &[&ago(old_ms), &ago(newest_ms), &next])
        }
        InUse::Newest { newest_ms, old_ms } => {
            let new = ago(newest_ms);
            match old_ms {
                Some(old_ms) => tf("tokens.used_newest", &[&new, &ago(old_ms)]),
                None => tf("tokens.used_newest_alone", &[&new]),
            }
        }
    })
}

/// The same in a line of a list, with until when the old value works; nothing where it does no
/// more.
pub fn line(token: &Token, times: &Times) -> String {
    let until = until(token, times).unwrap_or_default();
    match (used(token, times), token.uses.in_use()) {
        (None, _) => until,
        (Some(used), Some(InUse::Newest { .. })) => tf("tokens.old_and_used", &[&until, &used]),
        (Some(used), _) => used,
    }
}

/// What is left of the switch to the newest value where an old one was used last; nothing where the
/// switch is done.
pub fn left(token: &Token, times: &Times) -> Option<String> {
    let now_ms = times.now_ms();
    if token.state(now_ms) != TokenState::Active {
        return None;
    }
    match token.uses.in_use()? {
        InUse::Old { old_ms } if token.old_works_until_ms(now_ms).is_none() => {
            Some(tf("tokens.used_old_ended", &[&times.ago(old_ms).text]))
        }
        InUse::Old { .. } | InUse::Both { .. } => used(token, times),
        InUse::Newest { .. } => None,
    }
}

/// What is said of a new value, and behind it why it does not work yet, where it does not.
pub fn with_state(lead: String, token: &Token, times: &Times) -> String {
    if token.validity.disabled {
        return tf("tokens.still_off", &[&lead]);
    }
    match begins(token, times) {
        Some(from) => tf("tokens.still_early", &[&lead, &from]),
        None => lead,
    }
}

/// Neither of a token whose time is over, nor of one that is switched off; of one whose time is yet
/// to come, where that begins before the longest overlap is over.
fn works(token: &Token, now_ms: i64) -> bool {
    match token.state(now_ms) {
        TokenState::Active => true,
        TokenState::NotYetValid => {
            let longest = now_ms + OVERLAP_HOURS_MAX * HOUR_MS;
            token
                .begins_ms(now_ms)
                .is_some_and(|begins| begins < longest)
        }
        TokenState::Disabled | TokenState::Expired => false,
    }
}
