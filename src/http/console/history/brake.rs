//! The brake of a connection in rows of the log: what it was set to, and what it held.

use serde_json::Value;

use crate::domain::brake::{Brake, Meter};
use crate::http::console::words::{t, tf, tn};

/// How many it lets go.
fn limit(brake: Brake) -> String {
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
        (Some(was), Some(is)) => tf("history.brake_from_to", &[&limit(was), &limit(is)]),
        (None, Some(is)) => tf("history.brake_at", &[&limit(is)]),
        (_, None) => tf("history.is", &[&"brake", &is]),
    }
}

/// What was too many when it held something; `None` for every other row.
pub(super) fn held(after: &Value) -> Option<String> {
    let meter = Meter::parse(after["meter"].as_str()?)?;
    let brake = Brake::parse(after["brake"].as_str()?).ok()?;
    Some(match (meter, brake) {
        (Meter::Members, Brake::People(0)) => t("history.held_member").to_owned(),
        (Meter::Privileged, Brake::People(0)) => t("history.held_administrator").to_owned(),
        (Meter::Members, _) => tf("history.held_members", &[&limit(brake)]),
        // A share of those who hold one.
        (Meter::Privileged, Brake::Share(percent)) => {
            tf("history.held_privileged_share", &[&percent])
        }
        (Meter::Privileged, Brake::People(_) | Brake::Off) => {
            tf("history.held_privileged", &[&limit(brake)])
        }
    })
}
