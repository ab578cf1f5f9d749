//! Tokens that somebody goes on using in vain: why they are refused, and what is to be done.

use crate::domain::token::Token;
use crate::domain::token::refused::{Barred, TokenRefusals};
use crate::http::console::format::Times;
use crate::http::console::view::{Fact, Notice, Tone};
use crate::http::console::words::{t, tf, tn};

/// Why, as the end of a sentence, and in a word or two.
pub fn why(refused: &TokenRefusals) -> [&'static str; 2] {
    match refused.why {
        Barred::Disabled => [t("barred.disabled"), t("barred.disabled_short")],
        Barred::NotYetValid => [t("barred.early"), t("barred.early_short")],
        Barred::Expired => [t("barred.expired"), t("barred.expired_short")],
        Barred::Replaced => [t("barred.replaced"), t("barred.replaced_short")],
        Barred::Address => [t("barred.address"), t("barred.address_short")],
    }
}

/// What mends it.
pub fn fix(refused: &TokenRefusals) -> &'static str {
    match refused.why {
        Barred::Disabled => t("barred.fix_disabled"),
        Barred::NotYetValid => t("barred.fix_early"),
        Barred::Expired => t("barred.fix_expired"),
        Barred::Replaced => t("barred.fix_replaced"),
        Barred::Address => t("barred.fix_address"),
    }
}

/// Said on the token's page for as long as it goes on.
pub fn notice(token: &Token, times: &Times) -> Option<Notice> {
    let refused = token.still_tried(times.now_ms())?;
    let ago = times.ago(refused.last_ms).text;
    let [why, _] = why(refused);
    let title = match &refused.address {
        Some(address) => tf("barred.title_from", &[&ago, address, &why]),
        None => tf("barred.title", &[&ago, &why]),
    };
    let count = tn("barred.count", u64::try_from(refused.count).unwrap_or(0));
    let since = times.at(refused.since_ms).text;
    let text = tf("barred.text", &[&count, &since, &fix(refused)]);
    Some(Notice::new(Tone::Warn, title, text).icon("ban"))
}

/// The same in a line of a list; nothing where it does not go on.
pub fn in_short(token: &Token, times: &Times) -> String {
    token
        .still_tried(times.now_ms())
        .map_or_else(String::new, |refused| {
            let [_, why] = why(refused);
            tf("barred.short", &[&times.ago(refused.last_ms).text, &why])
        })
}

/// When it was refused last, and why, however long ago.
pub fn fact(token: &Token, times: &Times) -> Option<Fact> {
    let refused = token.refused.as_ref()?;
    let [_, why] = why(refused);
    let told = tf("barred.told", &[&times.ago(refused.last_ms).text, &why]);
    Some(Fact::text(t("barred.last"), told))
}
