//! The brake of a connection in rows of the log: what it was set to, and what it held.

use serde_json::Value;

use crate::domain::brake::{Brake, Meter};
use crate::http::console::words::{t, tf, tn};

/// How many it lets go.
fn allowed(brake: Brake) -> String {
    match brake {
        Brake::Off => t("history.brake_none").to_owned(),
        Brake::People(people) => tn("history.brake_people", u64::from(people)),
        Brake::Share(percent) => tf("history.brake_share", &[&percent]),
    }
}

/// What a change made of it. Words that are no brake stay as they are.
pub(super) fn set(was: Option<&str>, is: &str) -> String {
    let parsed = |text: &str| Brake::parse(text).ok();
    match (was.and_then(parsed), parsed(is)) {
        (Some(Brake::Off) | None, Some(Brake::Off)) => t("history.brake_off").to_owned(),
        (Some(_), Some(Brake::Off)) => t("history.brake_switched_off").to_owned(),
        (Some(was), Some(is)) => tf("history.brake_from_to", &[&allowed(was), &allowed(is)]),
        (None, Some(is)) => tf("history.brake_at", &[&allowed(is)]),
        (_, None) => tf("history.is", &[&"brake", &is]),
    }
}

/// What was too many when it held something; `None` for every other row.
pub(super) fn held(after: &Value) -> Option<String> {
    let meter = Meter::parse(after["meter"].as_str()?)?;
    let brake = Brake::parse(after["brake"].as_str()?).ok()?;
    // A share is told as the people it came to, where that was written down: it is never less than
    // some.
    let limit = after["limit"].as_u64();
    let limit = limit.and_then(|people| u32::try_from(people).ok());
    Some(match (meter, limit.map_or(brake, Brake::People)) {
        (Meter::Members, Brake::People(0)) => t("history.held_member").to_owned(),
        (Meter::Privileged, Brake::People(0)) => t("history.held_administrator").to_owned(),
        (Meter::Members, brake) => tf("history.held_members", &[&allowed(brake)]),
        // A share of those who hold one.
        (Meter::Privileged, Brake::Share(percent)) => {
            tf("history.held_privileged_share", &[&percent])
        }
        (Meter::Privileged, brake @ (Brake::People(_) | Brake::Off)) => {
            tf("history.held_privileged", &[&allowed(brake)])
        }
    })
}
