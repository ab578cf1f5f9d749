//! What forms have made, for those that come twice: of two presses of a button the browser shows
//! the answer to the second, which leads to what the first one made. It is noted inside the write
//! that makes it, where one comes after the other; the second is refused there as anybody's would
//! be, and then found here. A form is the same where its key and all that it says are.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use actix_web::{HttpRequest, HttpResponse};

use super::caller::Caller;
use super::flash;
use super::form::Form;
use super::url::encode;
use super::view::FORM_KEY;
use super::words::t;
use crate::domain::id::SessionId;
use crate::http::State;

/// Forms that are remembered, and for how many milliseconds a second press counts as one: later
/// what the first one made may have been changed again.
const REMEMBERED_MAX: usize = 1024;
const PRESS_MS: i64 = 60_000;

#[derive(Debug, Clone)]
struct Made {
    session: SessionId,
    form: [u8; 32],
    at_ms: i64,
    /// Where it led, and what was said there.
    at: String,
    title: String,
}

/// The newest last.
#[derive(Debug, Default)]
pub struct Presses(Mutex<VecDeque<Made>>);

impl Presses {
    fn note(&self, made: Made) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_MAX {
            all.pop_front();
        }
        all.push_back(made);
    }

    fn find(&self, session: SessionId, form: &[u8; 32], now_ms: i64) -> Option<Made> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&Made| {
            let late = now_ms - one.at_ms > PRESS_MS;
            one.session == session && one.form == *form && !late
        };
        all.iter().rev().find(same).cloned()
    }
}

/// One press: a form as it came.
#[derive(Clone)]
pub struct Press {
    state: State,
    session: SessionId,
    /// `None` for a form without a key.
    form: Option<[u8; 32]>,
}

impl Press {
    pub fn of(caller: &Caller, form: &Form) -> Self {
        let state = caller.state().clone();
        let said = form
            .pairs()
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let said = said.collect::<Vec<_>>().join("&");
        let keyed = !form.get(FORM_KEY).is_empty();
        Self {
            form: keyed.then(|| state.db().keys().hash_token(&said)),
            session: caller.session().id,
            state,
        }
    }

    /// The same with what it will have made: where that is, and what is said there.
    pub fn makes(&self, at: &str, title: &str) -> Makes {
        let (press, at, title) = (self.clone(), at.to_owned(), title.to_owned());
        Makes { press, at, title }
    }

    /// Notes, inside the write, what it made: where that is, and what is said there.
    pub fn made(&self, at: &str, title: &str) {
        if let Some(form) = self.form {
            self.state.presses().note(Made {
                session: self.session,
                form,
                at_ms: self.state.db().clock().now_ms(),
                at: at.to_owned(),
                title: title.to_owned(),
            });
        }
    }

    /// Leads to what another press made, where this one is refused since it is there.
    pub fn before(&self, req: &HttpRequest) -> Option<HttpResponse> {
        let made = self.state.presses().find(
            self.session,
            &self.form?,
            self.state.db().clock().now_ms(),
        )?;
        Some(flash::done(req, &made.at, &made.title, t("form.twice")))
    }
}

/// What a press makes, where that is known before.
pub struct Makes {
    press: Press,
    at: String,
    title: String,
}

impl Makes {
    /// As [`Press::made`].
    pub fn made(&self) {
        self.press.made(&self.at, &self.title);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_session_is_found_and_the_oldest_goes() {
        let presses = Presses::default();
        let mine = SessionId::from_bytes([1; 16]);
        let note = |session, form: u8, at: &str| {
            presses.note(Made {
                session,
                form: [form; 32],
                at_ms: 0,
                at: at.to_owned(),
                title: String::new(),
            });
        };
        note(mine, 1, "/old");
        note(mine, 1, "/new");
        let at = |session, form: u8| {
            presses
                .find(session, &[form; 32], PRESS_MS)
                .map(|one| one.at)
        };
        assert_eq!(at(mine, 1).as_deref(), Some("/new"));
        assert_eq!(at(mine, 2), None);
        assert!(
            presses.find(mine, &[1; 32], PRESS_MS + 1).is_none(),
            "too late"
        );
        assert_eq!(at(SessionId::from_bytes([2; 16]), 1), None);
        for _ in 0..REMEMBERED_MAX {
            note(mine, 3, "/other");
        }
        assert_eq!(at(mine, 1), None);
    }
}
