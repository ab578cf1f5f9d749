//! For how long the old value of a token works beside its new one.

use crate::domain::token::{OVERLAP_HOURS_DEFAULT, Token, TokenStatus};
use crate::http::console::form::Form as Sent;
use crate::http::console::format::Times;
use crate::http::console::view::{Choice, Field};
use crate::http::console::words::{t, tf};

const FIELD: &str = "overlap";
pub const HOUR_MS: i64 = 3_600_000;
/// Hours for which the old value stays good, and what they are called.
const CHOICES: [(i64, &str); 4] = [
    (OVERLAP_HOURS_DEFAULT, "tokens.overlap_day"),
    (72, "tokens.overlap_days"),
    (168, "tokens.overlap_week"),
    (0, "tokens.overlap_none"),
];

/// Asks for it, where the old value works.
pub fn field(token: &Token, now_ms: i64) -> Option<Field> {
    works(token, now_ms).then(|| {
        let choices = CHOICES.map(|(hours, word)| Choice::new(hours.to_string(), t(word)));
        Field::select(FIELD, t("tokens.overlap"), choices.into())
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
        .filter(|hours| CHOICES.iter().any(|(known, _)| known == hours))
        .ok_or(t("tokens.bad_overlap"))
}

/// Until when the value works that the newest replaced; nothing where it does no more.
pub fn until(token: &Token, times: &Times) -> Option<String> {
    let until_ms = token.old_works_until_ms(times.now_ms())?;
    Some(tf("tokens.old_works", &[&times.at(until_ms).text]))
}

/// Neither of a token whose time is over, nor of one that is switched off.
fn works(token: &Token, now_ms: i64) -> bool {
    token.status(now_ms) == TokenStatus::Active
}
