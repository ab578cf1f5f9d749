//! What the form of a new token says, in the words of its summary.

use crate::domain::token::policy::Effect;
use crate::http::console::tokens::new::whole_name;
use crate::http::console::words::{t, tn};

/// How a field is told.
pub(super) enum Said {
    /// It says nothing, or another one says it.
    Nothing,
    /// Under which label, and in which words.
    Fact(&'static str, String),
    /// Under which label; what was entered tells itself.
    AsEntered(&'static str),
}

pub(super) fn said(name: &str, value: &str, all: &[(String, String)]) -> Said {
    let other = |name: &str| {
        let found = all.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value.trim())
    };
    let on = |effect: &str| {
        let effect = match other(effect) {
            "exclude" => Effect::Deny,
            _ => Effect::Allow,
        };
        match whole_name(value, effect) {
            Some(text) => Said::Fact(t("tokens.on"), text),
            None => Said::AsEntered(t("tokens.on")),
        }
    };
    match name {
        "name" => Said::AsEntered(t("tokens.name")),
        "everything" => Said::Fact(t("row.permissions"), t("tokens.everything").to_owned()),
        // They are its own copy of them.
        "group" if !other("everything").is_empty() => Said::Nothing,
        "group" => Said::AsEntered(t("row.permissions")),
        "account1" => on("effect1"),
        "account2" => on("effect2"),
        // The day counts instead of the number of days.
        "days" if !other("until").is_empty() => Said::Nothing,
        "days" => match value.parse() {
            Ok(days) => Said::Fact(t("tokens.days"), tn("format.days", days)),
            Err(_) => Said::Fact(t("row.expires"), t("tokens.never").to_owned()),
        },
        "until" => Said::AsEntered(t("row.expires")),
        "from" => Said::AsEntered(t("tokens.from")),
        "not_from" => Said::AsEntered(t("tokens.not_from")),
        _ => Said::Nothing,
    }
}
