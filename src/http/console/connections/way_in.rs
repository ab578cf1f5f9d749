//! Whether a provider comes in with its token, and what keeps it out.

use crate::domain::connection::{Connection, ConnectionHealth};
use crate::domain::id::AccountId;
use crate::domain::token::Token;
use crate::http::console::format::Times;
use crate::http::console::tokens::barred;
use crate::http::console::words::{t, tf};
use crate::http::knocks::{Knock, Knocks};

/// A request with an unknown token that is further back says nothing of now, in milliseconds.
const STRANGER_MS: i64 = 3_600_000;

/// What keeps it out: what happened last, and what mends it.
pub(in crate::http::console) struct Wrong {
    pub told: String,
    pub fix: &'static str,
}

pub(in crate::http::console) struct WayIn {
    /// Whether anything came at all, as far as that can be told.
    pub reached: bool,
    /// Whether its token let it in when it was last tried.
    pub right: bool,
    pub wrong: Option<Wrong>,
    /// Whether something still comes in vain: what was tried before its token was made or changed
    /// says nothing of now.
    pub kept_out: bool,
    /// The token that was changed last: the one to be rolled, where its value is lost.
    pub newest: Option<String>,
}

impl WayIn {
    /// Of a connection with these tokens. Requests by nobody's token are the account's: which of
    /// its connections they were meant for is not known.
    pub(in crate::http::console) fn of(
        knocks: (&Knocks, AccountId),
        (connection, health): (&Connection, &ConnectionHealth),
        tokens: &[Token],
        times: &Times,
    ) -> Self {
        let now_ms = times.now_ms();
        let newest = tokens.iter().max_by_key(|token| token.modified_ms);
        let used = tokens.iter().filter_map(|token| token.last_used_ms).max();
        let used = used.max(health.last_good_ms);
        let tried = tokens.iter().filter_map(|token| token.still_tried(now_ms));
        let tried = tried.max_by_key(|refused| refused.last_ms);
        let tried = tried.filter(|refused| used.is_none_or(|used| used < refused.last_ms));
        let right = used.is_some() && tried.is_none();
        let (knocks, account) = knocks;
        let since_ms = newest.map_or(connection.created_ms, |token| token.modified_ms);
        let stranger = knocks.unknown(account, since_ms.max(now_ms - STRANGER_MS));
        let wrong = match (tried, stranger) {
            _ if right => None,
            (Some(refused), knock) if knock.is_none_or(|one| one.at_ms <= refused.last_ms) => {
                let ago = times.ago(refused.last_ms).text;
                let [why, _] = barred::why(refused);
                let told = match &refused.address {
                    Some(address) => tf("wizard.barred_from", &[address, &ago, &why]),
                    None => tf("wizard.barred", &[&ago, &why]),
                };
                let fix = barred::fix(refused);
                Some(Wrong { told, fix })
            }
            (_, Some(knock)) => Some(stranger_of(knock, times)),
            (_, None) => None,
        };
        let kept_out = !right && (wrong.is_some() || knocks.any(account, since_ms));
        Self {
            kept_out,
            reached: used.is_some()
                || health.last_request_ms.is_some()
                || knocks.any(account, connection.created_ms),
            right,
            wrong,
            newest: newest.map(|token| token.id.to_string()),
        }
    }
}

fn stranger_of(knock: Knock, times: &Times) -> Wrong {
    let ago = times.ago(knock.at_ms).text;
    let told = match knock.address {
        Some(address) => {
            let address = address.to_canonical().to_string();
            tf("wizard.stranger_from", &[&address, &ago])
        }
        None => tf("wizard.stranger", &[&ago]),
    };
    let fix = t("wizard.stranger_text");
    Wrong { told, fix }
}
