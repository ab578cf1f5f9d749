//! The password again, before something dangerous: for what it is asked, and where whoever does
//! not go on is led back to, are told by the address that the question stands before. A form that
//! was sent too late is kept in the question, and sent again from the page behind it.

use actix_web::http::header;
use actix_web::{HttpMessage, HttpRequest};
use askama::Template;

use super::caller::Caller;
use super::chrome::Chrome;
use super::connections::provider_name;
use super::filters;
use super::form::{FORM_BYTES_MAX, Form as Posted, TOKEN_FIELD, local_path};
use super::url::{encode, pairs};
use super::view::{Field, Form, Input, Unseen};
use super::words::{t, tf};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::ProviderKind;
use crate::domain::id::{AccountId, ConnectionId, OperatorId, TokenId};

/// What is about to be done, as a sentence goes on, and the page above it.
type About = Option<(String, String)>;

/// The most bytes of a form that is kept: in the next form its signs are written in three.
const SENT_BYTES_MAX: usize = FORM_BYTES_MAX / 4;

/// What the page says.
#[derive(Debug, Clone)]
pub struct Asked {
    pub lead: String,
    /// The same once the password was given.
    lead_on: String,
    /// Where Cancel leads.
    pub back: String,
}

impl Asked {
    /// `next` leads on, and `back` to where the viewer says that they came from: each counts where
    /// it is a path of ours, and `back` where it does not lead here again.
    pub fn of(caller: &Caller, next: &str, back: Option<&str>) -> Self {
        let about = about(caller, next);
        let back = back
            .filter(|back| leads_back(back, next))
            .map(str::to_owned);
        match about {
            Some((what, above)) => Self {
                lead: tf("confirm.for", &[&what]),
                lead_on: tf("confirm.done_for", &[&what]),
                back: back.unwrap_or(above),
            },
            None => Self {
                lead: t("confirm.lead").to_owned(),
                lead_on: t("confirm.done_lead").to_owned(),
                back: back.unwrap_or_else(|| "/".to_owned()),
            },
        }
    }
}

/// What a form of that address is about to do, as a sentence goes on; `None` for what needs no
/// password.
pub fn asked_for(caller: &Caller, next: &str) -> Option<String> {
    about(caller, next).map(|(what, _)| what)
}

/// The page that the browser says it comes from, where that is one of this server.
pub fn came_from(caller: &Caller, req: &HttpRequest) -> Option<String> {
    let from = req.headers().get(header::REFERER)?.to_str().ok()?;
    let path = from.strip_prefix(&caller.state().origin(req))?;
    Some(path.to_owned())
}

/// A form that waits for the password. What pages don't show is left out of it: nothing that asks
/// for the password first asks for another one in its own form.
#[derive(Clone)]
pub struct Sent {
    /// Where it is sent to.
    to: String,
    /// Its fields, as a form sends them.
    fields: String,
}

impl Sent {
    /// As it was sent for the first time; `None` for one that is too large.
    fn of(req: &HttpRequest, form: &Posted) -> Option<Self> {
        let own = form
            .pairs()
            .filter(|(name, _)| *name != TOKEN_FIELD && !Unseen::is_one(name));
        let own = own.map(|(name, value)| format!("{}={}", encode(name), encode(value)));
        let fields = own.collect::<Vec<_>>().join("&");
        let to = req.uri().path_and_query()?.as_str().to_owned();
        let fits = fields.len() <= SENT_BYTES_MAX && local_path(&to) == to;
        fits.then_some(Self { to, fields })
    }

    /// As the password's form has it; `None` where it has none.
    pub fn again(form: &Posted) -> Option<Self> {
        let to = form.text("to").filter(|to| local_path(to) == *to)?;
        Some(Self {
            to: to.to_owned(),
            fields: form.get("sent").to_owned(),
        })
    }

    /// The page that sends it, by itself where there is JavaScript.
    pub fn go_on(self, chrome: Chrome, asked: &Asked) -> GoOn {
        GoOn {
            chrome: chrome.titled(t("confirm.done")),
            lead: asked.lead_on.clone(),
            to: self.to,
            fields: pairs(&self.fields).unwrap_or_default(),
            cancel: asked.back.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/confirm.html")]
pub struct Confirm {
    chrome: Chrome,
    /// What the password is asked for.
    lead: String,
    pub form: Form,
    pub field: Field,
    cancel: String,
}

impl Confirm {
    pub fn of(chrome: &Chrome, next: &str, asked: &Asked, sent: Option<&Sent>) -> Self {
        let mut form = Form::new("/confirm")
            .hidden("next", next)
            .hidden("back", &asked.back);
        let mut lead = asked.lead.clone();
        if let Some(sent) = sent {
            form = form.hidden("to", &sent.to).hidden("sent", &sent.fields);
            lead = format!("{lead} {}", t("confirm.kept"));
        }
        Self {
            chrome: chrome.clone().titled(t("confirm.title")),
            lead,
            form,
            cancel: asked.back.clone(),
            field: Field::password(Unseen::Password, t("login.password"))
                .autocomplete("current-password")
                .required()
                .autofocus(),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/go_on.html")]
pub struct GoOn {
    chrome: Chrome,
    lead: String,
    to: String,
    fields: Vec<(String, String)>,
    cancel: String,
}

/// A form that came before the password was given again, with the request until it is answered.
struct Kept(Sent, Asked);

/// Keeps the form of somebody who may be asked for the password first.
pub(in crate::http::console) fn keep(caller: &Caller, req: &HttpRequest, form: &Posted) {
    if caller.require_confirmed().is_ok() || req.path() == "/confirm" {
        return;
    }
    if let Some(sent) = Sent::of(req, form) {
        let asked = Asked::of(caller, &sent.to, came_from(caller, req).as_deref());
        req.extensions_mut().insert(Kept(sent, asked));
    }
}

/// The question in place of the answer to a form, which it keeps.
pub(in crate::http::console) fn instead(req: &HttpRequest, chrome: &Chrome) -> Option<Confirm> {
    let extensions = req.extensions();
    let Kept(sent, asked) = extensions.get()?;
    let mut chrome = chrome.clone();
    chrome.crumbs.clear();
    Some(Confirm::of(&chrome, &sent.to, asked, Some(sent)))
}

fn page(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

fn leads_back(back: &str, next: &str) -> bool {
    // The first run's steps, and the front page that leads to them, ask for the password again.
    let asks_again = of_setup(next) && of_setup(back);
    local_path(back) == back && ![page(next), "/confirm"].contains(&page(back)) && !asks_again
}

fn of_setup(address: &str) -> bool {
    matches!(page(address).split('/').nth(1), Some("" | "setup"))
}

/// Where somebody works who leaves the first run for now; the front page leads them on with it.
fn beside_setup(caller: &Caller) -> String {
    if caller.me().factor_missing {
        return "/me/factors".to_owned();
    }
    let progress = caller.read(app::setup::progress).ok();
    let account = progress.and_then(|progress| progress.account);
    // Whoever looks after the server need not work in it.
    match account.filter(|account| caller.again_in(*account).is_ok()) {
        Some(account) => format!("/a/{account}"),
        None => "/accounts".to_owned(),
    }
}

fn about(caller: &Caller, next: &str) -> About {
    let parts: Vec<&str> = page(next).split('/').skip(1).collect();
    match parts.as_slice() {
        ["a", account, below @ ..] => in_account(caller, account, below, next),
        ["me", "factors", act] => {
            let what = match *act {
                "begin" | "confirm" => t("confirm.factor"),
                "remove" => t("confirm.factor_off"),
                "codes" => t("confirm.codes"),
                _ => return None,
            };
            Some((what.to_owned(), "/me/factors".to_owned()))
        }
        ["operators", below @ ..] => operators(caller, below, next),
        ["setup", "factor"] => Some((t("confirm.factor").to_owned(), beside_setup(caller))),
        ["setup", ..] => Some((t("confirm.setup").to_owned(), beside_setup(caller))),
        _ => None,
    }
}

/// Names are told to whoever may see them there.
fn in_account(caller: &Caller, account: &str, below: &[&str], next: &str) -> About {
    let account: AccountId = account.parse().ok()?;
    let there = caller.again_in(account).ok()?;
    let (what, above) = match below {
        ["tokens", "new"] => (t("confirm.token_new").to_owned(), "/tokens".to_owned()),
        ["tokens", id, act] => (token(&there, id, act)?, format!("/tokens/{id}")),
        ["connections", "new", kind] => {
            let named = ProviderKind::parse(kind).filter(|kind| *kind != ProviderKind::Generic);
            let what = match named {
                Some(kind) => tf("confirm.connect", &[&provider_name(kind)]),
                None => t("confirm.connect_any").to_owned(),
            };
            (what, "/connections/new".to_owned())
        }
        ["connections", id, "token"] => (
            of_connection(&there, id, next)?,
            format!("/connections/{id}"),
        ),
        ["settings", "backups"] => (
            t("confirm.backup").to_owned(),
            "/settings/backups".to_owned(),
        ),
        [file] if file.starts_with("audit.") => {
            (t("confirm.audit").to_owned(), "/audit".to_owned())
        }
        _ => return None,
    };
    Some((what, format!("/a/{account}{above}")))
}

fn token(there: &Caller, id: &str, act: &str) -> Option<String> {
    let id: TokenId = id.parse().ok()?;
    there.require(Permission::TokensAdminister).ok()?;
    let token = there
        .read(|tx| app::tokens::find(tx, &id.to_string()))
        .ok()?;
    let key = match act {
        "roll" => "confirm.token_roll",
        "revoke" => "confirm.token_revoke",
        "switch" if token.validity.disabled => "confirm.token_on",
        "switch" => "confirm.token_off",
        _ => return None,
    };
    Some(tf(key, &[&token.name]))
}

fn of_connection(there: &Caller, id: &str, next: &str) -> Option<String> {
    let id: ConnectionId = id.parse().ok()?;
    there.require(Permission::TokensAdminister).ok()?;
    let found = there.read(|tx| app::connections::find(tx, &id.to_string()));
    let key = if asks(next, "token") {
        "confirm.connection_roll"
    } else {
        "confirm.connection_token"
    };
    Some(tf(key, &[&found.ok()?.name]))
}

/// Whether the address names one of these.
fn asks(next: &str, name: &str) -> bool {
    let query = next.split_once('?').map_or("", |(_, query)| query);
    let asked = pairs(query).unwrap_or_default();
    asked
        .iter()
        .any(|(known, value)| known == name && !value.is_empty())
}

fn operators(caller: &Caller, below: &[&str], next: &str) -> About {
    let above = |what: &str| Some((what.to_owned(), "/operators".to_owned()));
    let (id, act) = match below {
        ["new"] if asks(next, "member") => return above(t("confirm.operator_member")),
        ["new"] => return above(t("confirm.operator_new")),
        ["sign-out"] => return above(t("confirm.everyone")),
        [id, act] => (id.parse::<OperatorId>().ok()?, *act),
        _ => return None,
    };
    caller.require(Permission::BoxAdministration).ok()?;
    let found = caller
        .read(|tx| app::operators::find(tx, &id.to_string()))
        .ok()?;
    let key = match act {
        "deactivate" => "confirm.operator_deactivate",
        "reactivate" => "confirm.operator_reactivate",
        "reset" => "confirm.operator_reset",
        "unlock" => "confirm.operator_unlock",
        "sign-out" => "confirm.operator_sign_out",
        "link" => "confirm.operator_link",
        "place" => "confirm.operator_place",
        _ => return None,
    };
    Some((tf(key, &[&found.name]), format!("/operators/{id}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_led_back_to() {
        let next = "/a/0/tokens/1/roll";
        assert!(leads_back("/a/0/tokens?q=x", next));
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example/",
            ".evil.example/",
            "",
            "/login",
            "/confirm?next=/x",
            "/a/0/tokens/1/roll?again",
        ] {
            assert!(!leads_back(bad, next), "{bad:?}");
        }
        assert!(leads_back("/", next) && leads_back("/a/0", "/setup"));
        for round in ["/", "/setup", "/setup/factor"] {
            assert!(!leads_back(round, "/setup/connect"), "{round:?}");
        }
    }
}
