//! A browser that is signed in (T-26).

use std::fmt;

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use super::id::SessionId;

/// Ends after so long without a request.
pub const IDLE_MS: i64 = 30 * 60 * 1000;
/// Ends so long after signing in, whatever happens.
pub const ABSOLUTE_MS: i64 = 12 * 60 * 60 * 1000;
/// How long the password counts as just given (T-28).
pub const CONFIRMED_MS: i64 = 5 * 60 * 1000;
/// Sessions of one operator: one more ends the oldest.
pub const SESSIONS_MAX: i64 = 5;
/// How exactly the last request is remembered.
pub const SEEN_GRANULARITY_MS: i64 = 60 * 1000;

const PREFIX: &str = "pvx_";
const HEX_CHARS: usize = 64;

/// The value of a session's cookie: 256 random bits. It has no `Display`, `Serialize` or
/// `Clone`.
pub struct SessionSecret(Zeroizing<String>);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

impl SessionSecret {
    pub fn of_random(random: &[u8; 32]) -> Self {
        Self(Zeroizing::new(format!(
            "{PREFIX}{}",
            HEXLOWER.encode(random)
        )))
    }

    /// Checks the form alone.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        (digits.len() == HEX_CHARS && plain).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    /// Milliseconds since 1970, UTC; `seen_ms` to the minute.
    pub created_ms: i64,
    pub seen_ms: i64,
    /// When the password was given last.
    pub confirmed_ms: i64,
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub agent: String,
}

impl Session {
    pub fn is_good(&self, now_ms: i64) -> bool {
        now_ms < self.created_ms.saturating_add(ABSOLUTE_MS)
            && now_ms < self.seen_ms.saturating_add(IDLE_MS)
    }

    /// Whether the password was given so shortly ago that dangerous actions need not ask.
    pub fn is_confirmed(&self, now_ms: i64) -> bool {
        now_ms < self.confirmed_ms.saturating_add(CONFIRMED_MS)
    }

    /// Whether it is time to remember that there was a request.
    pub fn seen_is_old(&self, now_ms: i64) -> bool {
        now_ms >= self.seen_ms.saturating_add(SEEN_GRANULARITY_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_it_was_written_and_nothing_else_is() {
        let secret = SessionSecret::of_random(&[7; 32]);
        let text = secret.reveal().to_owned();
        assert!(SessionSecret::parse(&text).is_some());
        for bad in [
            "",
            "pvx_",
            &text[1..],
            &text[..67],
            "pvs_0707",
            &(text.clone() + "0"),
        ] {
            assert!(SessionSecret::parse(bad).is_none(), "{bad}");
        }
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
    }

    #[test]
    fn it_ends_by_silence_and_by_age() {
        let session = Session {
            id: SessionId::from_bytes([1; 16]),
            created_ms: 0,
            seen_ms: 0,
            confirmed_ms: 0,
            address: None,
            agent: String::new(),
        };
        assert!(session.is_good(IDLE_MS - 1));
        assert!(!session.is_good(IDLE_MS));
        let busy = Session {
            seen_ms: ABSOLUTE_MS - 1,
            ..session.clone()
        };
        assert!(busy.is_good(ABSOLUTE_MS - 1));
        assert!(!busy.is_good(ABSOLUTE_MS));
        assert!(session.is_confirmed(CONFIRMED_MS - 1));
        assert!(!session.is_confirmed(CONFIRMED_MS));
    }
}
