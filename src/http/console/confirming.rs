//! For what the password is asked again, and where whoever does not go on is led back to: both
//! told by the address that the question stands before.

use actix_web::HttpRequest;
use actix_web::http::header;

use super::caller::Caller;
use super::connections::provider_name;
use super::form::local_path;
use super::url::pairs;
use super::words::{t, tf};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::connection::ProviderKind;
use crate::domain::id::{AccountId, ConnectionId, OperatorId, TokenId};

/// What is about to be done, as a sentence goes on, and the page above it.
type About = Option<(String, String)>;

/// What the page says.
pub struct Asked {
    pub lead: String,
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
                back: back.unwrap_or(above),
            },
            None => Self {
                lead: t("confirm.lead").to_owned(),
                back: back.unwrap_or_else(|| "/".to_owned()),
            },
        }
    }
}

/// The page that the browser says it comes from, where that is one of this server.
pub fn came_from(caller: &Caller, req: &HttpRequest) -> Option<String> {
    let from = req.headers().get(header::REFERER)?.to_str().ok()?;
    let path = from.strip_prefix(&caller.state().origin(req))?;
    Some(path.to_owned())
}

fn page(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

fn leads_back(back: &str, next: &str) -> bool {
    local_path(back) == back && ![page(next), "/confirm"].contains(&page(back))
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
        ["setup", "factor"] => Some((t("confirm.factor").to_owned(), "/".to_owned())),
        ["setup", ..] => Some((t("confirm.setup").to_owned(), "/".to_owned())),
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
    }
}
