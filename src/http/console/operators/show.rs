//! One operator: where they work, where they are signed in, and what can be done.

use actix_web::HttpRequest;
use askama::Template;

use super::{address, below, chrome, factor, find, marks, roles, state};
use crate::app;
use crate::app::operators::Standing;
use crate::domain::actor::Permission;
use crate::domain::operator::Operator;
use crate::domain::session::Session;
use crate::domain::text::fold;
use crate::http::console::caller::Caller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{Times, When, browser};
use crate::http::console::view::{Badge, Button, Fact, FactValue};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, html};
use crate::store::operators::places::Placed;

struct Place {
    account: String,
    /// Nothing where the viewer does not work there.
    href: String,
    member: String,
    roles: String,
}

struct Signed {
    agent: String,
    address: String,
    since: When,
    /// `None`: now, by the viewer.
    seen: Option<When>,
}

#[derive(Template)]
#[template(path = "pages/operators/show.html")]
struct Show {
    chrome: Chrome,
    marks: Vec<Badge>,
    actions: Vec<Button>,
    places: Vec<Place>,
    /// To let them work in one more; nothing for oneself, and for who may not sign in.
    place: Option<Button>,
    sessions: Vec<Signed>,
    facts: Vec<Fact>,
    hint: String,
    acts: Vec<Button>,
}

/// `GET /operators/{operator_id}`.
pub async fn show(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    let operator = find(&caller, &req)?;
    let (standing, places) = caller.read(|tx| {
        let places = app::operators::places::of(tx, operator.id)?;
        Ok((app::operators::standing(tx, operator.id)?, places))
    })?;
    let chrome = below(chrome(&caller, &req, &operator.name));
    let mut marks = marks(&caller, &operator);
    marks.push(state(&operator, &standing));
    let is_self = caller.me().operator == operator.id;
    let page = Show {
        marks,
        actions: link(&operator),
        places: places.iter().map(|one| place(&caller, one)).collect(),
        place: (!is_self && !operator.disabled).then(|| to_place(&operator)),
        sessions: standing
            .sessions
            .iter()
            .map(|one| signed(one, &caller, &chrome.times))
            .collect(),
        facts: facts(&operator, &standing, &chrome.times),
        hint: if is_self {
            t("operators.own_hint").to_owned()
        } else if operator.has_password {
            t("operators.has_password").to_owned()
        } else {
            String::new()
        },
        acts: if is_self {
            own_pages()
        } else {
            let waits = waits(&caller, &operator);
            acts(&operator, !standing.sessions.is_empty(), waits)
        },
        chrome,
    };
    html(&req, &page)
}

fn place(caller: &Caller, place: &Placed) -> Place {
    let reads = caller.again_in(place.account);
    let reads = reads.is_ok_and(|there| there.allows(Permission::DirectoryRead));
    let at = format!(
        "/a/{}/members/{}",
        place.account, place.member.membership_id
    );
    Place {
        account: place.account_name.clone(),
        href: if reads { at } else { String::new() },
        member: tf("operators.as_member", &[&place.member.user_name]),
        roles: roles(place),
    }
}

fn signed(session: &Session, caller: &Caller, times: &Times) -> Signed {
    let is_this = session.id == caller.session().id;
    Signed {
        agent: browser(&session.agent),
        address: session.address.clone().unwrap_or_default(),
        since: times.ago(session.created_ms),
        seen: (!is_this).then(|| times.ago(session.seen_ms)),
    }
}

fn facts(operator: &Operator, standing: &Standing, times: &Times) -> Vec<Fact> {
    let email = (t("operators.email"), t("operators.copy_email"));
    let yes = if operator.box_administrator {
        t("operators.yes")
    } else {
        t("operators.no")
    };
    let mut facts = vec![
        Fact::copy(email.0, &operator.email, email.1),
        Fact::new(
            t("operators.factor"),
            FactValue::Badge(factor(operator, standing)),
        ),
    ];
    if operator.has_totp {
        let left = operator.recovery_codes.to_string();
        facts.push(Fact::text(t("operators.codes"), left));
    }
    facts.push(match operator.signed_in_ms {
        Some(ms) => Fact::time(t("operators.signed_in"), times.ago_or_at(ms)),
        None => Fact::text(t("operators.signed_in"), t("operators.never")),
    });
    facts.push(Fact::text(t("operators.box_fact"), yes));
    facts.push(Fact::time(
        t("operators.made"),
        times.at(operator.created_ms),
    ));
    facts
}

/// Where one's own settings are.
fn own_pages() -> Vec<Button> {
    vec![
        Button::new("user", t("me.profile"), "/me/profile"),
        Button::new("smartphone", t("me.factors"), "/me/factors"),
        Button::new("monitor", t("me.sessions"), "/me/sessions"),
    ]
}

fn to_place(operator: &Operator) -> Button {
    let at = format!("{}/place", address(operator));
    Button::new("building-2", t("operators.place"), at)
}

/// Whoever has no password yet gets another link.
fn link(operator: &Operator) -> Vec<Button> {
    if operator.has_password || operator.disabled {
        return Vec::new();
    }
    let at = format!("{}/link", address(operator));
    vec![Button::primary("link", t("operators.link"), at)]
}

/// Whether they could sign in, had there not been so many wrong attempts.
fn waits(caller: &Caller, operator: &Operator) -> bool {
    let (sign_ins, now_ms) = (caller.state().db().sign_ins(), caller.now_ms());
    let signs_in = operator.has_password && !operator.disabled;
    signs_in && sign_ins.is_held_back(&fold(&operator.email), operator.id, now_ms)
}

/// What can be done with somebody else; ending sessions and waiting where there are any.
fn acts(operator: &Operator, signed_in: bool, waits: bool) -> Vec<Button> {
    let at = address(operator);
    let button = |icon, key, act: &str| Button::new(icon, t(key), format!("{at}/{act}"));
    let mut acts = Vec::new();
    if signed_in {
        acts.push(button("log-out", "operators.sign_out", "sign-out"));
    }
    if waits {
        acts.push(button("clock", "operators.unlock", "unlock"));
    }
    if operator.has_totp {
        acts.push(button("smartphone", "operators.reset", "reset"));
    }
    acts.push(if operator.disabled {
        button("user-check", "operators.reactivate", "reactivate")
    } else {
        Button {
            kind: "danger",
            ..button("user-x", "operators.deactivate", "deactivate")
        }
    });
    acts
}
