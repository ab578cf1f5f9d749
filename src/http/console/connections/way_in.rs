//! Whether a provider comes in with its token, and what keeps it out.

use crate::domain::connection::{Connection, ConnectionHealth};
use crate::domain::id::AccountId;
use crate::domain::token::Token;
use crate::http::console::caller::AccountCaller;
use crate::http::console::format::Times;
use crate::http::console::tokens::{barred, overlap};
use crate::http::console::words::{t, tf};
use crate::http::knocks::{Knock, Knocks};

/// A request with an unknown token that is further back says nothing of now, in milliseconds.
const STRANGER_MS: i64 = 3_600_000;
/// The same where it may be the provider's of a connection that was in use: nobody looks for it.
const UNCLAIMED_MS: i64 = 24 * STRANGER_MS;

/// Requests by nobody's token. They are the account's: which of its connections they were meant
/// for is not known.
#[derive(Clone, Copy)]
pub struct Strangers<'k> {
    pub knocks: &'k Knocks,
    pub account: AccountId,
    /// Whether another connection waits for its first request too: then they may be its.
    pub shared: bool,
}

/// What keeps it out: what happened last, and what mends it.
pub struct Wrong {
    pub told: String,
    pub fix: &'static str,
}

pub struct WayIn {
    /// Whether anything of its came at all, as far as that can be told.
    pub reached: bool,
    /// That something came of which that can't be told; nothing else.
    pub stray: String,
    /// That something came which may be its, though it was in use; nothing else.
    pub unclaimed: String,
    /// Whether its token let it in when it was last tried.
    pub right: bool,
    /// Where that was by a value that a roll replaced: what is left of the switch. Nothing else.
    pub switching: String,
    pub wrong: Option<Wrong>,
    /// Whether something still comes in vain: what was tried before its token was made or changed
    /// says nothing of now.
    pub kept_out: bool,
    /// The token that was changed last: the one to be rolled, where its value is lost.
    pub newest: Option<String>,
}

impl WayIn {
    /// Of a connection with these tokens.
    pub fn of(
        strangers: Strangers<'_>,
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
        let last = tokens.iter().max_by_key(|token| token.last_used_ms);
        let left = last.filter(|_| right);
        let left = left.and_then(|token| overlap::left(token, times));
        let since_ms = since_ms(connection, newest);
        let wrong = match (tried, strangers.unknown(since_ms, now_ms)) {
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
            (_, Some(knock)) => Some(Wrong {
                told: strangers.told(knock, times),
                fix: t("wizard.stranger_text"),
            }),
            (_, None) => None,
        };
        let unclaimed = strangers.of_used((connection, health), tokens.iter(), now_ms);
        let unclaimed = unclaimed.map(|knock| {
            let when = Strangers::when(knock, times);
            tf("connections.stray_text", &[&when])
        });
        let came = used.is_some() || health.last_request_ms.is_some();
        let knocked = strangers.any(connection.created_ms).is_some();
        Self {
            kept_out: !right && (wrong.is_some() || strangers.any(since_ms).is_some()),
            reached: came || (knocked && !strangers.shared),
            stray: if came || !strangers.shared {
                String::new()
            } else {
                strangers.stray(connection, times)
            },
            unclaimed: unclaimed.unwrap_or_default(),
            right,
            switching: left.unwrap_or_default(),
            wrong,
            newest: newest.map(|token| token.id.to_string()),
        }
    }
}

/// Whoever came before that was not its provider, or is over.
fn since_ms(connection: &Connection, newest: Option<&Token>) -> i64 {
    newest.map_or(connection.created_ms, |token| token.modified_ms)
}

impl<'k> Strangers<'k> {
    /// As rows of lists tell of them: when, and not whose.
    pub fn in_lists(caller: &'k AccountCaller) -> Self {
        Self {
            knocks: caller.state().knocks(),
            account: caller.account(),
            shared: true,
        }
    }

    fn any(self, since_ms: i64) -> Option<Knock> {
        self.knocks.any(self.account, since_ms)
    }

    /// The last one with an unknown token that says anything of now.
    fn unknown(self, since_ms: i64, now_ms: i64) -> Option<Knock> {
        let since_ms = since_ms.max(now_ms - STRANGER_MS);
        self.knocks.unknown(self.account, since_ms)
    }

    /// When one with an unknown token came last that may have been the provider's of a connection
    /// which waits for its first request.
    pub fn of_waiting<'t>(
        self,
        (connection, health): (&Connection, &ConnectionHealth),
        tokens: impl Iterator<Item = &'t Token>,
        now_ms: i64,
    ) -> Option<i64> {
        if connection.built_in || health.last_request_ms.is_some() {
            return None;
        }
        let newest = tokens.max_by_key(|token| token.modified_ms);
        let knock = self.unknown(since_ms(connection, newest), now_ms)?;
        Some(knock.at_ms)
    }

    /// One with an unknown token that may have been the provider's of a connection which was in
    /// use: nothing good came from it since. What came before its token was changed is over, and
    /// of one that is paused, or is no provider's, nothing is missed.
    pub fn of_used<'t>(
        self,
        (connection, health): (&Connection, &ConnectionHealth),
        tokens: impl Iterator<Item = &'t Token>,
        now_ms: i64,
    ) -> Option<Knock> {
        if connection.built_in || connection.paused || health.last_request_ms.is_none() {
            return None;
        }
        let tokens: Vec<&Token> = tokens.collect();
        let newest = tokens.iter().copied();
        let newest = newest.max_by_key(|token| token.modified_ms);
        let used = tokens.iter().filter_map(|token| token.last_used_ms).max();
        let used = used.max(health.last_good_ms);
        let since_ms = since_ms(connection, newest).max(now_ms - UNCLAIMED_MS);
        let knock = self.knocks.unknown(self.account, since_ms)?;
        used.is_none_or(|used| used < knock.at_ms).then_some(knock)
    }

    /// When it came, and from where.
    pub fn when(knock: Knock, times: &Times) -> String {
        let ago = times.ago(knock.at_ms).text;
        match knock.address {
            Some(address) => tf("attention.last_from", &[&ago, &address.to_canonical()]),
            None => tf("attention.last", &[&ago]),
        }
    }

    /// What one with an unknown token comes to.
    fn told(self, knock: Knock, times: &Times) -> String {
        let ago = times.ago(knock.at_ms).text;
        let address = knock.address.map(|address| address.to_canonical());
        match (address, self.shared) {
            (Some(address), true) => tf("wizard.stray_from", &[&address, &ago]),
            (None, true) => tf("wizard.stray", &[&ago]),
            (Some(address), false) => tf("wizard.stranger_from", &[&address, &ago]),
            (None, false) => tf("wizard.stranger", &[&ago]),
        }
    }

    /// That somebody came since the connection was made; nothing where nobody did.
    fn stray(self, connection: &Connection, times: &Times) -> String {
        let since_ms = connection.created_ms;
        let unknown = self.knocks.unknown(self.account, since_ms);
        match (unknown, self.any(since_ms)) {
            (Some(knock), _) => self.told(knock, times),
            (None, Some(knock)) => tf("wizard.stray_bare", &[&times.ago(knock.at_ms).text]),
            (None, None) => String::new(),
        }
    }
}
