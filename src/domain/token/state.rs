//! Whether a token works: now, not yet, or no more.

use super::Token;

/// Whether a token works, as the REST API says it: one whose time is yet to come counts as active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenStatus {
    Active,
    Disabled,
    Expired,
}

impl TokenStatus {
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        [Self::Active, Self::Disabled, Self::Expired]
            .into_iter()
            .find(|status| status.name() == name)
    }
}

/// The same as people are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    Active,
    /// Its time is yet to come.
    NotYetValid,
    Disabled,
    Expired,
}

impl TokenState {
    const ALL: [Self; 4] = [
        Self::Active,
        Self::NotYetValid,
        Self::Disabled,
        Self::Expired,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NotYetValid => "not_yet_valid",
            Self::Disabled => "disabled",
            Self::Expired => "expired",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

impl Token {
    /// Whether its time is over, disabled or not.
    pub fn has_ended(&self, now_ms: i64) -> bool {
        self.validity.expires_ms.is_some_and(|end| now_ms >= end)
    }

    /// Whether its time is yet to come.
    pub fn begins_later(&self, now_ms: i64) -> bool {
        self.begins_ms(now_ms).is_some()
    }

    /// When its time begins, where that is yet to come.
    pub fn begins_ms(&self, now_ms: i64) -> Option<i64> {
        self.validity.not_before_ms.filter(|begin| now_ms < *begin)
    }

    /// Until when the value works that the newest one replaced: with the token's own time at the
    /// latest. `None` where none does any more, the token is switched off, or the value's time is
    /// over before the token's begins. One whose time is yet to come lets nobody in before that, by
    /// either value.
    pub fn old_works_until_ms(&self, now_ms: i64) -> Option<i64> {
        let until = self.old_until_ms?;
        let end = self.validity.expires_ms.unwrap_or(until);
        let until = until.min(end);
        let from = self.begins_ms(now_ms).unwrap_or(now_ms);
        (!self.validity.disabled && until > from).then_some(until)
    }

    pub fn status(&self, now_ms: i64) -> TokenStatus {
        match self.state(now_ms) {
            TokenState::Disabled => TokenStatus::Disabled,
            TokenState::Expired => TokenStatus::Expired,
            TokenState::Active | TokenState::NotYetValid => TokenStatus::Active,
        }
    }

    pub fn state(&self, now_ms: i64) -> TokenState {
        if self.validity.disabled {
            TokenState::Disabled
        } else if self.has_ended(now_ms) {
            TokenState::Expired
        } else if self.begins_later(now_ms) {
            TokenState::NotYetValid
        } else {
            TokenState::Active
        }
    }
}
