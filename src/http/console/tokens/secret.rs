//! The value of a token, shown once after it was made.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use data_encoding::HEXLOWER;

use super::new::steps;
use super::{begins, below_list, chrome, find, overlap};
use crate::app;
use crate::app::tokens::IssuedToken;
use crate::domain::actor::Permission;
use crate::domain::connection::Connection;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::TokenId;
use crate::domain::token::{Token, TokenSecret};
use crate::http::console::caller::{AccountCaller, Caller};
use crate::http::console::chrome::Chrome;
use crate::http::console::once::{How, Made};
use crate::http::console::view::{Button, Secret, Step};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html_as, html_secret, see_other};
use crate::store::tx::{ReadTx, WriteTx};

pub(in crate::http::console) use crate::http::console::view::FORM_KEY;

const KEY_CHARS: usize = 32;

#[derive(Template)]
#[template(path = "pages/tokens/secret.html")]
struct Shown {
    chrome: Chrome,
    lead: String,
    /// Of the wizard that ends here; a roll has none.
    steps: Vec<Step>,
    secret: Secret,
    done: String,
}

#[derive(Template)]
#[template(path = "pages/tokens/gone.html")]
struct Gone {
    chrome: Chrome,
    /// To the connection that it was made for, and what is checked there.
    setup: Option<Button>,
    roll: Button,
    back: Button,
}

/// A key for a form.
pub(in crate::http::console) fn form_key(caller: &Caller) -> String {
    HEXLOWER.encode(&caller.state().db().entropy().bytes::<16>())
}

/// What came of a form that makes a token.
pub(in crate::http::console) enum Once<T> {
    Made(T),
    /// It had made its token already: where it leads.
    Before(HttpResponse),
}

/// What a write made: the token, its value where a page is still to show it, and the rest.
struct Fresh<T> {
    token: TokenId,
    how: How,
    secret: Option<TokenSecret>,
    rest: T,
}

/// The token that a form has made.
///
/// Errors: `Stale`, where it has ended since.
fn still_there(tx: &ReadTx<'_>, made: Option<Made>) -> Result<Option<TokenId>> {
    let Some(Made { token, answered }) = made else {
        return Ok(None);
    };
    match app::tokens::find(tx, &token.to_string()) {
        Ok(token) => Ok(Some(token.id)),
        Err(error) if error.kind() != Kind::NotFound => Err(error),
        Err(_) if answered => Err(Error::stale(t("tokens.made_and_ended"))),
        // Its write came to nothing, so this one makes it.
        Err(_) => Ok(None),
    }
}

fn page_of(caller: &AccountCaller, token: TokenId) -> HttpResponse {
    let at = caller.chrome().path(&format!("/tokens/{token}/secret"));
    see_other(&at)
}

/// Where a form leads that has made its token already: to what is said of a value that was shown.
/// It saves reading the form; whether it was the first is decided inside the write.
///
/// Errors: `Stale`, where the token has ended since.
pub(in crate::http::console) fn made_before(
    caller: &AccountCaller,
    key: &str,
) -> Result<Option<HttpResponse>> {
    let made = caller.state().secrets().made(caller.session().id, key);
    let token = caller.read(|tx| still_there(tx, made))?;
    Ok(token.map(|token| page_of(caller, token)))
}

/// Makes a token, unless this form has made one already. Both are one write: of two presses that
/// are on their way at once, the second finds what the first has made.
async fn first<T: Send + 'static>(
    caller: &AccountCaller,
    (key, permission): (&str, Permission),
    make: impl FnOnce(&WriteTx<'_>) -> Result<Fresh<T>> + Send + 'static,
) -> Result<std::result::Result<T, TokenId>> {
    let (state, session) = (caller.state().clone(), caller.session().id);
    let sent = key.to_owned();
    let done = caller
        .write(permission, move |tx| {
            if let Some(token) = still_there(tx, state.secrets().made(session, &sent))? {
                return Ok(Err(token));
            }
            let fresh = make(tx)?;
            if sent.len() == KEY_CHARS {
                let now_ms = state.db().credential_now_ms();
                let (form, made) = ((session, sent.as_str()), (fresh.token, fresh.how));
                state.secrets().keep(form, made, fresh.secret, now_ms);
            }
            Ok(Ok(fresh.rest))
        })
        .await;
    let secrets = caller.state().secrets();
    match done {
        Ok(_) => secrets.answered(session, key),
        // A token that was to get a new value is there all the same.
        Err(_) => secrets.undone(session, key),
    }
    done
}

/// Makes a token by `make`, unless this form has made one already. The form's own answer shows
/// its value; `token` says which one it is.
///
/// Errors: those of `make`; `Stale`, where what the form made has ended since.
pub(in crate::http::console) async fn once_shown<T: Send + 'static>(
    caller: &AccountCaller,
    what: (&str, Permission),
    make: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    token: fn(&T) -> TokenId,
) -> Result<Once<T>> {
    let done = first(caller, what, move |tx| {
        let rest = make(tx)?;
        Ok(Fresh {
            token: token(&rest),
            how: How::Made,
            secret: None,
            rest,
        })
    });
    Ok(match done.await? {
        Ok(made) => Once::Made(made),
        Err(token) => Once::Before(page_of(caller, token)),
    })
}

/// Makes a secret by `make`, unless this form has made one already, and leads to its page.
///
/// Errors: those of `make`; `Stale`, where what the form made has ended since.
pub(super) async fn once(
    caller: &AccountCaller,
    (key, permission, how): (&str, Permission, How),
    make: impl FnOnce(&WriteTx<'_>) -> Result<IssuedToken> + Send + 'static,
) -> Result<HttpResponse> {
    let done = first(caller, (key, permission), move |tx| {
        let IssuedToken { token, secret } = make(tx)?;
        Ok(Fresh {
            token: token.id,
            how,
            secret: Some(secret),
            rest: token.id,
        })
    });
    let (Ok(token) | Err(token)) = done.await?;
    Ok(page_of(caller, token))
}

/// `GET /a/{account_id}/tokens/{token_id}/secret`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensWrite)?;
    let token = find(&caller, &req)?;
    let kept = caller.state().secrets();
    let taken = kept.take(caller.session().id, token.id, caller.now_ms());
    let Some((value, how)) = taken else {
        return gone(&caller, &req, &token);
    };
    let steps = match how {
        How::Made => steps(2),
        How::Rolled => Vec::new(),
    };
    let times = caller.chrome().times;
    let (title, lead) = match how {
        How::Made => ("tokens.created", t("tokens.created_lead").to_owned()),
        How::Rolled => match token.old_works_until_ms(caller.now_ms()) {
            Some(until_ms) => {
                let until = times.at(until_ms).text;
                let lead = match begins(&token, &times) {
                    Some(from) => tf("tokens.rolled_from_until", &[&from, &until]),
                    None => tf("tokens.rolled_until", &[&until]),
                };
                ("tokens.rolled", lead)
            }
            None => ("tokens.rolled", t("tokens.rolled_now").to_owned()),
        },
    };
    let lead = overlap::with_state(lead, &token, &times);
    let chrome = below_list(chrome(&caller, &req, &tf(title, &[&token.name])));
    let origin = caller.state().origin(&req);
    let account = caller.account();
    let page = Shown {
        lead,
        steps,
        secret: Secret {
            label: t("tokens.value").to_owned(),
            // The value is typed, not an argument: it would stay in the shell's history.
            command: format!(
                "read -rs TOKEN; curl -H \"Authorization: Bearer $TOKEN\" \\\n  \
                 {origin}/client/v4/accounts/{account}/tokens/verify"
            ),
            value: value.reveal().to_owned(),
        },
        done: chrome.path(&format!("/tokens/{}", token.id)),
        chrome,
    };
    html_secret(&req, &page)
}

/// It was shown, or nobody looked in time.
fn gone(caller: &AccountCaller, req: &HttpRequest, token: &Token) -> Answer {
    let chrome = below_list(chrome(caller, req, t("tokens.gone")));
    let at = chrome.path(&format!("/tokens/{}", token.id));
    // Whoever was setting a connection up goes on with that.
    let connection = token.connection.as_deref();
    let connection = connection.and_then(|named| {
        let found = caller.read(|tx| app::connections::find(tx, named));
        found.ok()
    });
    let setup = |one: Connection| {
        let at = chrome.path(&format!("/connections/{}/setup", one.id));
        Button::new("plug", t("tokens.gone_setup"), at)
    };
    let page = Gone {
        setup: connection.map(setup),
        roll: Button::new("rotate-ccw-key", t("tokens.roll"), format!("{at}/roll")),
        back: Button::new("key-round", t("tokens.back"), at),
        chrome,
    };
    html_as(req, StatusCode::GONE, &page)
}
