//! Secrets between the form that made them and the page that shows them, once: in memory, for the
//! session that sent the form, and not for long. A form that is sent twice makes one secret, and
//! leads to the same page.

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

#[derive(Debug)]
struct Kept {
    /// The key that the form was sent with, and whose it was.
    form: String,
    session: SessionId,
    token: TokenId,
    how: How,
    until_ms: i64,
    /// Nothing once it was shown, or was not looked at in time.
    secret: Option<TokenSecret>,
}

#[derive(Debug, Default)]
pub struct Secrets(Mutex<VecDeque<Kept>>);

impl Secrets {
    /// The token whose secret this form has made already.
    pub fn made(&self, session: SessionId, form: &str) -> Option<TokenId> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept
            .iter()
            .find(|one| one.session == session && one.form == form);
        found.map(|one| one.token)
    }

    /// Keeps what this form made.
    pub fn keep(
        &self,
        form: (SessionId, &str),
        (token, how): (TokenId, How),
        secret: TokenSecret,
        now_ms: i64,
    ) {
        self.put(form, (token, how), Some(secret), now_ms);
    }

    /// Remembers what this form made, where its own answer has shown it.
    pub fn shown(&self, form: (SessionId, &str), token: TokenId, now_ms: i64) {
        self.put(form, (token, How::Made), None, now_ms);
    }

    fn put(
        &self,
        (session, form): (SessionId, &str),
        (token, how): (TokenId, How),
        secret: Option<TokenSecret>,
        now_ms: i64,
    ) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        forget(&mut kept, now_ms);
        if kept.len() >= REMEMBERED_MAX {
            kept.pop_front();
        }
        // A value that another one has replaced is not shown any more.
        for old in kept.iter_mut().filter(|old| old.token == token) {
            old.secret = None;
        }
        kept.push_back(Kept {
            form: form.to_owned(),
            session,
            token,
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
        let found = of_both
            .find(|one| one.session == session && one.token == token && one.secret.is_some())?;
        Some((found.secret.take()?, found.how))
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

    fn secret() -> TokenSecret {
        TokenSecret::issue(TokenOwner::Account, &[7; TokenSecret::RANDOM_BYTES]).expect("a secret")
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
        assert_eq!(secrets.made(session, "form"), Some(token));
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
}
