//! The value of a token, shown once after it was made.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use askama::Template;
use data_encoding::HEXLOWER;

use super::new::steps;
use super::{below_list, chrome, find};
use crate::app;
use crate::app::tokens::IssuedToken;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::TokenId;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::once::How;
use crate::http::console::view::{Button, Secret, Step};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html_as, html_secret, see_other};
use crate::store::tx::WriteTx;

/// The field with the key by which a form is known when it comes twice.
pub(in crate::http::console) const FORM_KEY: &str = "once";
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
    roll: Button,
    back: Button,
}

/// A key for a form.
pub(in crate::http::console) fn form_key(caller: &AccountCaller) -> String {
    HEXLOWER.encode(&caller.state().db().entropy().bytes::<16>())
}

/// Where a form leads that has made its token already: to what is said of a value that was shown.
pub(in crate::http::console) fn made_before(
    caller: &AccountCaller,
    key: &str,
) -> Option<HttpResponse> {
    let made = caller.state().secrets().made(caller.session().id, key)?;
    let at = caller.chrome().path(&format!("/tokens/{made}/secret"));
    Some(see_other(&at))
}

/// Remembers what a form made whose answer shows the value itself.
pub(in crate::http::console) fn shown_at_once(caller: &AccountCaller, key: &str, token: TokenId) {
    if key.len() == KEY_CHARS {
        let form = (caller.session().id, key);
        caller.state().secrets().shown(form, token, caller.now_ms());
    }
}

/// Makes a secret by `make`, unless this form has made one already, and leads to its page.
///
/// Errors: those of `make`.
pub(super) async fn once(
    caller: &AccountCaller,
    (key, permission, how): (&str, Permission, How),
    make: impl FnOnce(&WriteTx<'_>) -> Result<IssuedToken> + Send + 'static,
) -> Result<HttpResponse> {
    let (state, session) = (caller.state().clone(), caller.session().id);
    let key = key.to_owned();
    // Inside the write, where one comes after the other.
    let token: TokenId = caller
        .write(permission, move |tx| {
            let known = state.secrets().made(session, &key);
            if let Some(id) = known
                && app::tokens::find(tx, &id.to_string()).is_ok()
            {
                return Ok(id);
            }
            let IssuedToken { token, secret } = make(tx)?;
            if key.len() == KEY_CHARS {
                let now_ms = state.db().credential_now_ms();
                let made = (token.id, how);
                state.secrets().keep((session, &key), made, secret, now_ms);
            }
            Ok(token.id)
        })
        .await?;
    let at = caller.chrome().path(&format!("/tokens/{token}/secret"));
    Ok(see_other(&at))
}

/// `GET /a/{account_id}/tokens/{token_id}/secret`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensWrite)?;
    let token = find(&caller, &req)?;
    let kept = caller.state().secrets();
    let taken = kept.take(caller.session().id, token.id, caller.now_ms());
    let Some((value, how)) = taken else {
        return gone(&caller, &req, token.id);
    };
    let steps = match how {
        How::Made => steps(2),
        How::Rolled => Vec::new(),
    };
    let (title, lead) = match how {
        How::Made => ("tokens.created", t("tokens.created_lead").to_owned()),
        How::Rolled => match token.old_works_until_ms(caller.now_ms()) {
            Some(until_ms) => {
                let until = caller.chrome().times.at(until_ms).text;
                ("tokens.rolled", tf("tokens.rolled_until", &[&until]))
            }
            None => ("tokens.rolled", t("tokens.rolled_now").to_owned()),
        },
    };
    let lead = if token.validity.disabled {
        tf("tokens.still_off", &[&lead])
    } else {
        lead
    };
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
fn gone(caller: &AccountCaller, req: &HttpRequest, token: TokenId) -> Answer {
    let chrome = below_list(chrome(caller, req, t("tokens.gone")));
    let at = chrome.path(&format!("/tokens/{token}"));
    let page = Gone {
        roll: Button::new("rotate-ccw-key", t("tokens.roll"), format!("{at}/roll")),
        back: Button::new("key-round", t("tokens.back"), at),
        chrome,
    };
    html_as(req, StatusCode::GONE, &page)
}
