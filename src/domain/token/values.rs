//! Which of a token's values is used, once a roll made another.

/// When they were last used. Milliseconds since 1970, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValueUses {
    pub newest_ms: Option<i64>,
    /// Of those that rolls replaced, whether they still work or not.
    pub old_ms: Option<i64>,
}

/// Which value is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InUse {
    /// An old one; the newest never was.
    Old { old_ms: i64 },
    /// An old one, by somebody, after the newest was.
    Both { old_ms: i64, newest_ms: i64 },
    /// The newest, and no other after it.
    Newest { newest_ms: i64, old_ms: Option<i64> },
}

impl ValueUses {
    /// `None`: nothing is known of any.
    pub fn in_use(self) -> Option<InUse> {
        match (self.old_ms, self.newest_ms) {
            (None, None) => None,
            (Some(old_ms), None) => Some(InUse::Old { old_ms }),
            (Some(old_ms), Some(newest_ms)) if old_ms > newest_ms => {
                Some(InUse::Both { old_ms, newest_ms })
            }
            (old_ms, Some(newest_ms)) => Some(InUse::Newest { newest_ms, old_ms }),
        }
    }
}
