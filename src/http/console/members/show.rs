//! One member's access: every role with the ways it comes to them, and their own policies.

use actix_web::HttpRequest;
use askama::Template;

use super::bulk::is_alone;
use super::{
    Head, Page, add_policy, address, below_list, chrome, find, head, locked, marks, source, state,
    tabs, writes,
};
use crate::app;
use crate::app::members::shown::ShownMember;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::effective::{Effective, Via};
use crate::domain::error::{Kind, Result};
use crate::domain::id::{PermissionGroupId, PolicyId};
use crate::domain::member::State;
use crate::domain::policy::{Access, Policy as OwnPolicy};
use crate::domain::reference::MemberRef;
use crate::http::console::access_preview::scope_text;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::paths::{self, PolicyNames, Removal, RoleNames};
use crate::http::console::policy_form::scope_of;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Badge, Button, Empty, Fact, FactValue, Hop, Link, Policy, Tab, Tone,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, html, see_other};
use crate::store::tx::ReadTx;

/// Ways to one role that are drawn; the explain page has all.
const WAYS_MAX: usize = 4;

/// A role as it stands for the member.
struct RoleCard {
    id: String,
    name: String,
    scope: String,
    /// How it comes: "Through Platform Engineers".
    how: String,
    badge: Option<Badge>,
    chains: Vec<Vec<Hop>>,
    /// What would end it.
    removal: Vec<Removal>,
    explain: String,
}

#[derive(Template)]
#[template(path = "pages/members/show.html")]
struct Show {
    chrome: Chrome,
    marks: Vec<Badge>,
    head: Head,
    tabs: Vec<Tab>,
    aside: String,
    roles: Vec<RoleCard>,
    empty: Empty,
    policies: Vec<Policy>,
    no_policies: Empty,
    facts: Vec<Fact>,
    locked: String,
    own: Vec<Button>,
    /// To who may sign in as them, for whoever decides that; or why nobody can, and the way.
    sign_in: Option<Link>,
    no_sign_in: String,
}

/// `GET /a/{account_id}/members/{member_id}`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let member = match find(&caller, &req) {
        // The log names people by the id that providers know.
        Err(error) if error.kind() == Kind::NotFound => {
            return by_user_id(&caller, &req).unwrap_or(Err(error.into()));
        }
        member => member?,
    };
    let chrome = below_list(chrome(&caller, &req, &member.listed.name));
    let is_own = caller.me().member == Some(member.listed.member.id);
    let writes = writes(&caller, &member);
    let (roles, names) = caller.read(|tx| roles(tx, &member, &chrome))?;
    let active = member.listed.member.state == State::Active;
    let may_add = writes && member.listed.member.state != State::Inactive;
    let add = add_policy(&member, &chrome);
    let effective = roles.iter().filter(|role| role.badge.is_none()).count();
    let page = Show {
        marks: marks(&member),
        head: head(&caller, &member, &chrome),
        tabs: tabs(&member, &chrome, Page::Access),
        aside: match u64::try_from(effective).unwrap_or(0) {
            0 => String::new(),
            roles => tn("members.effective", roles),
        },
        empty: empty(&member),
        roles,
        policies: policies(&member, &names, &chrome, writes),
        no_policies: Empty {
            icon: "shield-check",
            title: t("members.no_policies").to_owned(),
            why: match &member.listed.managed_by {
                _ if active => t("members.no_policies_why").to_owned(),
                Some(by) => tf("members.no_policies_managed", &[&by.name]),
                None => t("members.no_policies_inactive").to_owned(),
            },
            action: may_add.then_some(Button { key: "", ..add }),
        },
        facts: facts(&member, &chrome),
        locked: if is_own {
            own_words(&caller)?.to_owned()
        } else {
            locked(&member.listed)
        },
        own: own(&member, &chrome, writes),
        no_sign_in: no_sign_in(&caller, &member),
        sign_in: sign_in(&caller, &member),
        chrome,
    };
    html(&req, &page)
}

/// To the member whom SCIM calls by the id of the path; `None` where there is none.
fn by_user_id(caller: &AccountCaller, req: &HttpRequest) -> Option<Answer> {
    let id = req.match_info().get("member_id").unwrap_or_default();
    let which = id.parse().map(MemberRef::Id).ok()?;
    match caller.read(|tx| app::members::shown::get(tx, &which)) {
        Ok(member) => Some(Ok(see_other(&address(&caller.chrome(), &member)))),
        Err(error) if error.kind() == Kind::NotFound => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// The operator who works as the member; else the way to let somebody, where that is possible.
fn sign_in(caller: &AccountCaller, member: &ShownMember) -> Option<Link> {
    if !caller.allows(Permission::BoxAdministration) {
        return None;
    }
    if let Some(operator) = &member.operator {
        return Some(Link::new(
            t("members.operator_page"),
            format!("/operators/{}", operator.id),
        ));
    }
    let (account, id) = (caller.account().to_string(), member.id().to_string());
    let new = "/operators/new";
    let there = [("account", account.as_str()), ("member", id.as_str())];
    match (&member.listed.managed_by, member.listed.member.state) {
        (Some(_), _) => Some(Link::new(t("operators.add"), new)),
        (None, State::Active) => Some(Link::new(t("members.let_sign_in"), with_query(new, there))),
        (None, State::Pending | State::Inactive) => None,
    }
}

/// Why nobody can sign in as the member; nothing where somebody does or can.
fn no_sign_in(caller: &AccountCaller, member: &ShownMember) -> String {
    let theirs = caller.allows(Permission::BoxAdministration) && member.operator.is_none();
    match (&member.listed.managed_by, member.listed.member.state) {
        _ if !theirs => String::new(),
        (Some(by), _) => tf("members.no_sign_in_synced", &[&by.name]),
        (None, State::Active) => String::new(),
        (None, State::Pending) => t("members.no_sign_in_pending").to_owned(),
        (None, State::Inactive) => t("members.no_sign_in_inactive").to_owned(),
    }
}

fn empty(member: &ShownMember) -> Empty {
    let (title, why) = match member.listed.member.state {
        State::Active => ("members.no_roles", "members.no_roles_why"),
        State::Pending => ("members.no_roles", "members.no_roles_pending"),
        State::Inactive => ("members.no_roles", "members.no_roles_inactive"),
    };
    Empty {
        icon: "shield-alert",
        title: t(title).to_owned(),
        why: t(why).to_owned(),
        action: None,
    }
}

fn roles(
    tx: &ReadTx<'_>,
    member: &ShownMember,
    chrome: &Chrome,
) -> Result<(Vec<RoleCard>, RoleNames)> {
    let access = app::access::effective(tx, &member.which())?;
    let names = RoleNames::of(&app::roles::list(tx, true)?);
    let all: Vec<&Effective> = access.roles.iter().collect();
    let policies = PolicyNames::of(tx, &names, &access.member, &all)?;
    let base = chrome.path("");
    let person = (&access.member, member.listed.name.as_str());
    let card = |role: &Effective| {
        let ways = role.allows.iter().chain(&role.denies).take(WAYS_MAX);
        let chain = |path| paths::chain(person, path, role, &policies, &base, &chrome.times);
        let removal = role.removal.iter();
        RoleCard {
            id: format!("role-{}", role.permission_group),
            name: role.name.clone(),
            scope: scope(role),
            how: how(role),
            badge: standing(role, access.member.state),
            chains: ways.map(chain).collect(),
            removal: removal
                .map(|edge| paths::removal(edge, role, &access.member, &policies, &base))
                .collect(),
            explain: with_query(
                &format!("{base}/explain"),
                [
                    ("member", access.member.user_name.as_str()),
                    ("role", role.permission_group.to_string().as_str()),
                ],
            ),
        }
    };
    let mut cards: Vec<RoleCard> = access.roles.iter().map(card).collect();
    // What they have before what they have not, the greatest first and what everybody has last.
    let [first, last] = [
        catalogue::SUPER_ADMINISTRATOR,
        catalogue::MINIMAL_ACCOUNT_ACCESS,
    ]
    .map(|role| format!("role-{role}"));
    cards.sort_by_key(|card| (card.badge.is_some(), card.id == last, card.id != first));
    Ok((cards, names))
}

fn scope(role: &Effective) -> String {
    if role.is_effective() {
        tf("members.on", &[&scope_text(&role.scope)])
    } else {
        t("members.on_nothing").to_owned()
    }
}

/// How the role comes, in a few words.
fn how(role: &Effective) -> String {
    let mut groups: Vec<&str> = Vec::new();
    let mut own = false;
    for path in &role.allows {
        match &path.via {
            Via::Direct => own = true,
            Via::Group(link) if groups.contains(&link.name.as_str()) => {}
            Via::Group(link) => groups.push(&link.name),
        }
    }
    let more = u64::try_from(groups.len()).unwrap_or(0);
    match (own, groups.as_slice()) {
        (true, []) => t("members.by_own").to_owned(),
        (false, []) => String::new(),
        (false, [one]) => tf("members.by_group", &[one]),
        (false, _) => tn("members.by_groups", more),
        (true, _) => tn("members.by_both", more),
    }
}

/// What is to be said of a role that is not simply theirs.
fn standing(role: &Effective, state: State) -> Option<Badge> {
    if role.is_effective() {
        return None;
    }
    Some(match state {
        State::Active => Badge::new(Tone::Bad, "ban", t("members.denied")),
        State::Pending => Badge::new(Tone::Warn, "clock", t("members.once_accepted")),
        State::Inactive => Badge::new(Tone::Plain, "pause", t("members.while_inactive")),
    })
}

/// The member's own policies, ready to be shown.
fn policies(member: &ShownMember, names: &RoleNames, chrome: &Chrome, writes: bool) -> Vec<Policy> {
    let at = address(chrome, member);
    let last = member.policies.len() == 1;
    let role =
        |id: &PermissionGroupId| Link::new(names.get(*id), chrome.path(&format!("/roles/{id}")));
    let shown = |policy: &OwnPolicy| {
        let usual = is_usual(policy.id);
        let made = member.policies_ms.get(&policy.id).filter(|_| !usual);
        let since = made.map(|ms| tf("groups.policy_since", &[&chrome.times.at(*ms).text]));
        let at = format!("{at}/policies/{}", policy.id);
        Policy {
            id: format!("p-{}", policy.id),
            name: names.of_policy(policy),
            badges: vec![access_badge(policy.access)],
            roles: policy.permission_groups.iter().map(role).collect(),
            scope: scope_of(policy),
            meta: match (usual, last) {
                (true, _) if !writes => t("members.usual_policy").to_owned(),
                (true, true) => t("members.usual_policy_stays").to_owned(),
                (true, false) => t("members.usual_policy_goes").to_owned(),
                (false, true) => {
                    let last = Some(t("members.last_policy").to_owned());
                    let both: Vec<String> = since.into_iter().chain(last).collect();
                    both.join(" ")
                }
                (false, false) => since.unwrap_or_default(),
            },
            remove: (writes && !last).then(|| format!("{at}/remove")),
            edit: writes.then_some(at),
        }
    };
    member.policies.iter().map(shown).collect()
}

/// Whether it is the policy that comes with every membership.
fn is_usual(id: PolicyId) -> bool {
    id.minimal_access_of().is_some()
}

pub(super) fn access_badge(access: Access) -> Badge {
    match access {
        Access::Allow => Badge::new(Tone::Ok, "check", t("policy.allow")),
        Access::Deny => Badge::new(Tone::Bad, "ban", t("policy.deny")),
    }
}

pub(super) fn facts(member: &ShownMember, chrome: &Chrome) -> Vec<Fact> {
    let base = chrome.path("");
    let record = &member.listed.member;
    let by = source(member.listed.managed_by.as_ref(), &base);
    let mut facts = vec![
        Fact::new(t("row.source"), FactValue::Source(by)),
        Fact::new(t("row.state"), FactValue::Badge(state(record.state))),
    ];
    // Where there is none the userName stands in its place, which may be no address.
    if !member.listed.email.contains(' ') {
        facts.push(Fact::text(t("members.email"), &member.listed.email));
    }
    facts.extend([
        Fact::copy(
            t("members.user_name"),
            &record.user_name,
            t("members.copy_user_name"),
        ),
        Fact::copy(
            t("members.id"),
            member.id().to_string(),
            t("members.copy_id"),
        ),
        Fact::copy(
            t("members.user_id"),
            record.id.to_string(),
            t("members.copy_user_id"),
        ),
        Fact::time(t("members.made"), chrome.times.at(record.created_ms)),
        Fact::time(
            t("members.record_changed"),
            chrome.times.at(record.modified_ms),
        ),
    ]);
    facts
}

/// That nobody changes their own roles, and who can.
fn own_words(caller: &AccountCaller) -> Result<&'static str> {
    let alone = match caller.me().member {
        Some(me) => caller.read(|tx| is_alone(tx, me))?,
        None => false,
    };
    Ok(if alone {
        t("members.own_alone")
    } else {
        t("members.own")
    })
}

/// What can be done with the person; nothing of what a provider decides.
fn own(member: &ShownMember, chrome: &Chrome, writes: bool) -> Vec<Button> {
    if !writes || member.listed.managed_by.is_some() {
        return Vec::new();
    }
    let at = address(chrome, member);
    let button = |icon, key, path: &str| Button::new(icon, t(key), format!("{at}/{path}"));
    let mut own = match member.listed.member.state {
        State::Active => vec![button("user-x", "members.deactivate", "deactivate")],
        State::Pending => vec![
            button("user-check", "members.accept", "activate"),
            button("user-x", "members.deactivate", "deactivate"),
        ],
        State::Inactive => vec![button("user-check", "members.reactivate", "activate")],
    };
    let mut remove = button("trash-2", "members.remove", "remove");
    remove.kind = "danger";
    own.push(remove);
    own
}
