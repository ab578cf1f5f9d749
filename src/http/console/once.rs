//! Secrets between the form that made them and the page that shows them, once: in memory, for the
//! session that sent the form, and not for long. A form that is sent twice makes one secret, and
//! leads to the same page. What it made is noted inside the write that makes it, where one comes
//! after the other.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::id::{SessionId, TokenId};
use crate::domain::token::TokenSecret;

/// Forms that are remembered.
const REMEMBERED_MAX: usize = 1024;
/// How long a secret waits to be looked at.
const WAITS_MS: i64 = 5 * 60_000;

/// What the page of a secret says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Made,
    Rolled,
}

/// What a form has made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    pub token: TokenId,
    /// Whether its write was answered: until then it may still be undone.
    pub answered: bool,
}

#[derive(Debug)]
struct Kept {
    /// The key that the form was sent with, and whose it was.
    form: String,
    session: SessionId,
    made: Made,
    how: How,
    until_ms: i64,
    /// Nothing once it was shown, or was not looked at in time.
    secret: Option<TokenSecret>,
}

#[derive(Debug, Default)]
pub struct Secrets(Mutex<VecDeque<Kept>>);

impl Secrets {
    /// What this form has made already.
    pub fn made(&self, session: SessionId, form: &str) -> Option<Made> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|one| one.is_of(session, form));
        found.map(|one| one.made)
    }

    /// The write of this form came to nothing, and with it what it made.
    pub fn undone(&self, session: SessionId, form: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| one.made.answered || !one.is_of(session, form));
    }

    /// The write of this form was answered.
    pub fn answered(&self, session: SessionId, form: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for one in kept.iter_mut().filter(|one| one.is_of(session, form)) {
            one.made.answered = true;
        }
    }

    /// Keeps what this form made; without the secret where its own answer shows it.
    pub fn keep(
        &self,
        (session, form): (SessionId, &str),
        (token, how): (TokenId, How),
        secret: Option<TokenSecret>,
        now_ms: i64,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut kept, now_ms);
        // What the form made in a write that came to nothing.
        kept.retain(|old| !old.is_of(session, form));
        if kept.len() >= REMEMBERED_MAX {
            kept.pop_front();
        }
        // A value that another one has replaced is not shown any more.
        for old in kept.iter_mut().filter(|old| old.made.token == token) {
            old.secret = None;
        }
        kept.push_back(Kept {
            form: form.to_owned(),
            session,
            made: Made {
                token,
                answered: false,
            },
            how,
            until_ms: now_ms + WAITS_MS,
            secret,
        });
    }

    /// The secret of this token, for the session that made it: this once.
    pub fn take(
        &self,
        session: SessionId,
        token: TokenId,
        now_ms: i64,
    ) -> Option<(TokenSecret, How)> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut kept, now_ms);
        let mut of_both = kept.iter_mut().rev();
        let found = of_both.find(|one| {
            one.session == session && one.made.token == token && one.secret.is_some()
        })?;
        Some((found.secret.take()?, found.how))
    }
}

impl Kept {
    fn is_of(&self, session: SessionId, form: &str) -> bool {
        self.session == session && self.form == form
    }
}

fn forget(kept: &mut VecDeque<Kept>, now_ms: i64) {
    for old in kept.iter_mut().filter(|old| old.until_ms <= now_ms) {
        old.secret = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::token::TokenOwner;

    const NOW_MS: i64 = 1_000_000;

    fn secret() -> Option<TokenSecret> {
        TokenSecret::issue(TokenOwner::Account, &[7; TokenSecret::RANDOM_BYTES])
    }

    fn ids() -> (SessionId, TokenId) {
        (SessionId::from_bytes([1; 16]), TokenId::from_bytes([2; 16]))
    }

    #[test]
    fn a_secret_is_shown_once_to_whom_it_was_made_for() {
        let (secrets, (session, token)) = (Secrets::default(), ids());
        secrets.keep((session, "form"), (token, How::Made), secret(), NOW_MS);
        let other = SessionId::from_bytes([3; 16]);
        assert!(secrets.take(other, token, NOW_MS).is_none());
        assert!(secrets.take(session, token, NOW_MS).is_some());
        assert!(secrets.take(session, token, NOW_MS).is_none());
        let made = |answered| Some(Made { token, answered });
        assert_eq!(secrets.made(session, "form"), made(false));
        secrets.answered(session, "form");
        assert_eq!(secrets.made(session, "form"), made(true));
        assert_eq!(secrets.made(other, "form"), None);
        assert_eq!(secrets.made(session, "another"), None);
    }

    #[test]
    fn it_does_not_wait_for_long_nor_outlive_a_newer_one() {
        let (secrets, (session, token)) = (Secrets::default(), ids());
        secrets.keep((session, "a"), (token, How::Made), secret(), NOW_MS);
        assert!(secrets.take(session, token, NOW_MS + WAITS_MS).is_none());
        secrets.keep((session, "b"), (token, How::Made), secret(), NOW_MS);
        secrets.keep((session, "c"), (token, How::Rolled), secret(), NOW_MS);
        let taken = secrets.take(session, token, NOW_MS);
        assert_eq!(taken.map(|(_, how)| how), Some(How::Rolled));
        assert!(secrets.take(session, token, NOW_MS).is_none());
    }

    #[test]
    fn what_came_to_nothing_is_forgotten_for_what_came_of_it() {
        let (secrets, (session, token)) = (Secrets::default(), ids());
        let other = TokenId::from_bytes([4; 16]);
        for token in [other, token] {
            secrets.keep((session, "form"), (token, How::Made), None, NOW_MS);
        }
        let made = secrets.made(session, "form").expect("one");
        assert_eq!((made.token, made.answered), (token, false));
        assert!(secrets.take(session, token, NOW_MS).is_none());
        secrets.undone(session, "form");
        assert_eq!(secrets.made(session, "form"), None);
        secrets.keep((session, "form"), (token, How::Made), None, NOW_MS);
        secrets.answered(session, "form");
        secrets.undone(session, "form");
        assert!(secrets.made(session, "form").is_some());
    }
}
