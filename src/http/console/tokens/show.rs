//! One token: what it may do, and rolling or ending it.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::rows;
use super::secret::{FORM_KEY, form_key, once};
use super::{
    barred, begins, below_list, chrome, expires, find, holds_all, names, networks, overlap, owned,
};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::PermissionGroupId;
use crate::domain::token::policy::{Effect, TokenPolicy};
use crate::domain::token::{Token, TokenOwner, TokenState};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::counted;
use crate::http::console::format::Times;
use crate::http::console::once::How;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Button, Fact, FactValue, Field, Form, Input, Link, Notice, Tone,
};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};

#[derive(Template)]
#[template(path = "pages/tokens/show.html")]
struct Show {
    chrome: Chrome,
    badge: Badge,
    actions: Vec<Button>,
    lead: String,
    notices: Vec<Notice>,
    /// What it may do; an item of the policy that takes something away says so.
    permissions: Vec<(String, String)>,
    facts: Vec<Fact>,
    changes: Link,
}

/// `GET /a/{account_id}/tokens/{token_id}`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensRead)?;
    counted(&caller).await;
    let token = find(&caller, &req)?;
    let chrome = below_list(chrome(&caller, &req, &token.name));
    let at = chrome.path(&format!("/tokens/{}", token.id));
    let mut actions = Vec::new();
    if caller.allows(Permission::TokensAdminister) {
        let roll = Button::new("rotate-ccw-key", t("tokens.roll"), format!("{at}/roll"));
        let revoke = Button {
            kind: "danger",
            ..Button::new("trash-2", t("tokens.revoke"), format!("{at}/revoke"))
        };
        let (icon, word) = if token.validity.disabled {
            ("play", "tokens.switch_on")
        } else {
            ("ban", "tokens.switch_off")
        };
        actions.push(roll);
        // What is over lets nobody in, however it is switched.
        if !token.has_ended(caller.now_ms()) {
            actions.push(Button::new(icon, t(word), format!("{at}/switch")));
        }
        actions.push(revoke);
    }
    let name = token.name.clone();
    let page = Show {
        badge: state(&token, caller.now_ms(), &chrome),
        actions,
        lead: owned(&token),
        notices: notices(&token, &chrome),
        permissions: token.policies.iter().flat_map(told).collect(),
        facts: facts(&caller, &token, &chrome)?,
        changes: Link::new(
            t("tokens.what_it_did"),
            with_query(&chrome.path("/audit"), [("actor", name.as_str())]),
        ),
        chrome,
    };
    html(&req, &page)
}

fn notices(token: &Token, chrome: &Chrome) -> Vec<Notice> {
    let old = overlap::until(token, &chrome.times).map(|until| {
        let sooner = t("tokens.old_sooner");
        let text = match overlap::used(token, &chrome.times) {
            Some(used) => format!("{used} {sooner}"),
            None => sooner.to_owned(),
        };
        // Whoever has the old one still has something to do.
        let tone = match overlap::left(token, &chrome.times) {
            Some(_) => Tone::Warn,
            None => Tone::Accent,
        };
        Notice::new(tone, until, text).icon("clock")
    });
    let all = holds_all(&token.permission_groups).then(|| {
        let text = t("tokens.everything_text");
        Notice::new(Tone::Warn, t("tokens.everything"), text)
    });
    let tried = barred::notice(token, &chrome.times);
    tried.into_iter().chain(old).chain(all).collect()
}

/// Whether it works; one that does not yet, or that ends soon, says when.
fn state(token: &Token, now_ms: i64, chrome: &Chrome) -> Badge {
    if let Some(from) = begins(token, &chrome.times) {
        return Badge::new(Tone::Warn, "clock", tf("tokens.not_before", &[&from]));
    }
    let ends = expires(token, now_ms, chrome);
    match ends.tone {
        Tone::Plain | Tone::Accent | Tone::Ok => {
            Badge::new(Tone::Ok, "circle-check", t("tokens.active"))
        }
        Tone::Warn => Badge {
            text: tf("tokens.expires", &[&ends.text]),
            ..ends
        },
        Tone::Bad => ends,
    }
}

fn told(policy: &TokenPolicy) -> Vec<(String, String)> {
    let one = |id: &PermissionGroupId| {
        let known = catalogue::token_permission_group(*id);
        let text = known.map(rows::meaning);
        let name = names(&[*id]).concat();
        let name = match policy.effect {
            Effect::Allow => name,
            Effect::Deny => tf("tokens.denied", &[&name]),
        };
        (name, text.unwrap_or_default())
    };
    policy.permission_groups.iter().map(one).collect()
}

fn facts(caller: &AccountCaller, token: &Token, chrome: &Chrome) -> Result<Vec<Fact>> {
    let hint = tf("tokens.ends_with", &[&token.owner.prefix(), &token.hint]);
    let mut facts = vec![
        Fact::copy(t("tokens.id"), token.id.to_string(), t("tokens.copy_id")),
        Fact::new(t("tokens.value"), FactValue::Code(hint)),
    ];
    if let Some(link) = owner_link(caller, token, chrome)? {
        facts.push(Fact::new(t("tokens.owner"), FactValue::Links(vec![link])));
    }
    facts.push(Fact::time(
        t("tokens.made"),
        chrome.times.at(token.created_ms),
    ));
    facts.push(match token.last_used_ms {
        Some(ms) => Fact::time(t("row.used"), chrome.times.ago(ms)),
        None => Fact::text(t("row.used"), t("row.never")),
    });
    if let Some(address) = &token.last_used_address {
        facts.push(Fact::new(
            t("tokens.used_from"),
            FactValue::Code(address.clone()),
        ));
    }
    facts.extend(barred::fact(token, &chrome.times));
    if let Some(ms) = token.validity.not_before_ms {
        facts.push(Fact::time(t("tokens.begins"), chrome.times.at(ms)));
    }
    facts.push(match token.validity.expires_ms {
        Some(ms) if token.has_ended(caller.now_ms()) => {
            Fact::time(t("tokens.ended"), chrome.times.at(ms))
        }
        Some(ms) => Fact::time(t("row.expires"), chrome.times.at(ms)),
        None => Fact::text(t("row.expires"), t("tokens.never")),
    });
    let addresses = &token.validity.addresses;
    let from = if addresses.allow.is_empty() {
        t("tokens.anywhere").to_owned()
    } else {
        networks(&addresses.allow)
    };
    facts.push(Fact::text(t("tokens.from"), from));
    if !addresses.deny.is_empty() {
        facts.push(Fact::text(t("tokens.not_from"), networks(&addresses.deny)));
    }
    let resources = token.policies.iter().flat_map(|policy| {
        let names = policy.resources.keys();
        names.map(|name| super::new::resource_name(name, caller.account(), policy.effect))
    });
    let mut resources: Vec<String> = resources.collect();
    resources.dedup();
    facts.push(Fact::text(t("tokens.on"), resources.join(", ")));
    Ok(facts)
}

/// The page of the connection or member that it belongs to.
fn owner_link(caller: &AccountCaller, token: &Token, chrome: &Chrome) -> Result<Option<Link>> {
    Ok(match token.owner {
        TokenOwner::Account => None,
        TokenOwner::Connection => {
            let all = caller.read(app::connections::list)?;
            let mut all = all.into_iter();
            let found = all.find(|one| Some(&one.name) == token.connection.as_ref());
            found.map(|one| Link::new(one.name, chrome.path(&format!("/connections/{}", one.id))))
        }
        TokenOwner::Member => token.member.map(|member| {
            let at = chrome.path(&format!("/members/{}", member.membership()));
            Link::new(t("tokens.of_member"), at)
        }),
    })
}

#[derive(Template)]
#[template(path = "pages/tokens/sure.html")]
pub(super) struct Sure {
    chrome: Chrome,
    lead: String,
    form: Form,
    field: Option<Field>,
    submit: &'static str,
    kind: &'static str,
    icon: &'static str,
    cancel: String,
}

/// What is asked of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Roll,
    /// To the other state than it is in.
    Switch,
    Revoke,
}

impl About {
    /// Keys of the title, the lead and the button; its kind and its icon; where the form goes.
    fn words(self, token: &Token, now_ms: i64) -> [&'static str; 6] {
        let roll = |lead| {
            let (title, submit) = ("tokens.roll_title", "tokens.roll");
            [title, lead, submit, "primary", "rotate-ccw-key", "roll"]
        };
        let revoke = |lead| {
            let (title, submit) = ("tokens.revoke_title", "tokens.revoke");
            [title, lead, submit, "danger", "trash-2", "revoke"]
        };
        match (self, token.state(now_ms)) {
            (Self::Roll, TokenState::Active) => roll("tokens.roll_lead"),
            (Self::Roll, TokenState::NotYetValid) if overlap::field(token, now_ms).is_some() => {
                roll("tokens.roll_lead_early")
            }
            (Self::Roll, TokenState::NotYetValid) => roll("tokens.roll_lead_early_ends"),
            (Self::Roll, TokenState::Expired) => roll("tokens.roll_lead_over"),
            (Self::Roll, TokenState::Disabled) => roll("tokens.roll_lead_off"),
            (Self::Switch, TokenState::Disabled) => {
                let lead = if token.begins_later(now_ms) {
                    "tokens.on_lead_later"
                } else {
                    "tokens.on_lead"
                };
                let title = "tokens.on_title";
                let submit = "tokens.switch_on";
                [title, lead, submit, "primary", "play", "switch"]
            }
            (Self::Switch, state) => {
                let lead = match state {
                    TokenState::NotYetValid => "tokens.off_lead_early",
                    _ => "tokens.off_lead",
                };
                let (title, submit) = ("tokens.off_title", "tokens.switch_off");
                [title, lead, submit, "danger", "ban", "switch"]
            }
            (Self::Revoke, _) if token.has_ended(now_ms) => revoke("tokens.revoke_lead_over"),
            (Self::Revoke, TokenState::Disabled) => revoke("tokens.revoke_lead_off"),
            (Self::Revoke, TokenState::NotYetValid) => revoke("tokens.revoke_lead_early"),
            (Self::Revoke, _) if token.last_used_ms.is_none() => {
                revoke("tokens.revoke_lead_unused")
            }
            (Self::Revoke, _) => revoke("tokens.revoke_lead"),
        }
    }

    /// The time that the lead names: when the token begins, where that is yet to come, else when it
    /// ended.
    fn time(self, token: &Token, times: &Times) -> String {
        let now_ms = times.now_ms();
        if token.has_ended(now_ms) && self != Self::Switch {
            let end_ms = token.validity.expires_ms.unwrap_or_default();
            return times.day(end_ms).text;
        }
        let begins = token.begins_ms(now_ms).map(|ms| times.at(ms).text);
        begins.unwrap_or_default()
    }
}

/// Said of a token without which its connection has none that works.
fn only_one(caller: &AccountCaller, token: &Token) -> Option<String> {
    let now_ms = caller.now_ms();
    let works = |one: &Token| one.state(now_ms) == TokenState::Active;
    let connection = token.connection.as_ref().filter(|_| works(token))?;
    // Without the others the page is one all the same.
    let all = caller.read(app::tokens::list).ok()?;
    let mut others = all.iter().filter(|one| one.id != token.id);
    let another = others.any(|one| one.connection.as_ref() == Some(connection) && works(one));
    (!another).then(|| tf("tokens.only_one", &[connection]))
}

/// A page that asks before something is done to a token.
pub(super) fn sure(caller: &AccountCaller, req: &HttpRequest, token: &Token, about: About) -> Sure {
    let now_ms = caller.now_ms();
    let [title, lead, submit, kind, icon, below] = about.words(token, now_ms);
    let chrome = below_list(chrome(caller, req, &tf(title, &[&token.name])));
    let at = chrome.path(&format!("/tokens/{}", token.id));
    let used = match token.last_used_ms {
        Some(ms) => tf("tokens.last_used", &[&chrome.times.ago(ms).text]),
        None => t("tokens.never_used").to_owned(),
    };
    let time = about.time(token, &chrome.times);
    let mut lead = tf(lead, &[&owned(token), &used, &time]);
    if about == About::Switch && token.old_works_until_ms(now_ms).is_some() {
        lead = format!("{lead} {}", t("tokens.off_old"));
    }
    if about != About::Roll
        && let Some(only) = only_one(caller, token)
    {
        lead = format!("{lead} {only}");
    }
    let field = match about {
        About::Roll => overlap::field(token, now_ms),
        About::Switch | About::Revoke => None,
    };
    let mut form = Form::new(format!("{at}/{below}")).hidden("seen", &token.hint);
    form = match about {
        About::Roll => form.hidden(FORM_KEY, form_key(caller)),
        About::Switch if token.validity.disabled => form.hidden("to", "on"),
        About::Switch => form.hidden("to", "off"),
        About::Revoke => form,
    };
    Sure {
        lead,
        form,
        field,
        submit: t(submit),
        kind,
        icon,
        cancel: at.clone(),
        chrome: chrome.crumb(&token.name, at),
    }
}

/// `GET /a/{account_id}/tokens/{token_id}/roll`.
pub async fn roll(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    html(&req, &sure(&caller, &req, &token, About::Roll))
}

/// `GET /a/{account_id}/tokens/{token_id}/revoke`.
pub async fn revoke(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensAdminister)?;
    // Whether it was used is what the page is about.
    counted(&caller).await;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    html(&req, &sure(&caller, &req, &token, About::Revoke))
}

/// Somebody else has rolled it since the page was looked at.
pub(super) fn unseen(token: &Token, seen: &str) -> Result<()> {
    if token.hint == seen {
        Ok(())
    } else {
        Err(Error::stale(t("tokens.rolled_meanwhile")))
    }
}

/// `POST /a/{account_id}/tokens/{token_id}/roll`: the new value is shown once, where it leads.
pub async fn rolled(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensAdminister)?;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    let mut page = sure(&caller, &req, &token, About::Roll);
    let hours = match overlap::hours(&token, caller.now_ms(), &form) {
        Ok(hours) => hours,
        Err(why) => {
            page.field = page.field.map(|field| field.error(why));
            page.form = page.form.errors_of(page.field.as_ref());
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let (id, seen) = (token.id.to_string(), form.get("seen").to_owned());
    let what = (
        form.get(FORM_KEY),
        Permission::TokensAdminister,
        How::Rolled,
    );
    let done = once(&caller, what, move |tx| {
        unseen(&app::tokens::find(tx, &id)?, &seen)?;
        app::tokens::roll(tx, &id, hours * overlap::HOUR_MS)
    })
    .await;
    match done {
        Ok(answer) => Ok(answer),
        Err(error) => refused(&req, page, error),
    }
}

/// `POST /a/{account_id}/tokens/{token_id}/revoke`.
pub async fn revoked(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensAdminister)?;
    let token = find(&caller, &req)?;
    caller.require_confirmed()?;
    let page = sure(&caller, &req, &token, About::Revoke);
    let (id, seen) = (token.id.to_string(), form.get("seen").to_owned());
    let done = caller
        .write(Permission::TokensAdminister, move |tx| {
            unseen(&app::tokens::find(tx, &id)?, &seen)?;
            app::tokens::revoke(tx, &id)
        })
        .await;
    match done {
        Ok(token) => {
            let at = page.chrome.path("/tokens");
            let title = tf("tokens.revoked", &[&token.name]);
            Ok(flash::done(&req, &at, &title, t("tokens.revoked_next")))
        }
        Err(error) => refused(&req, page, error),
    }
}

pub(super) fn refused(req: &HttpRequest, mut page: Sure, error: Error) -> Answer {
    page.form = page.form.error(refusal(error)?);
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}
