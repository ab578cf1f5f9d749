//! The roles of a policy's form, by what they can be given on: those that fit the scope stand
//! first, and the style sheet shows the others only where they are ticked.

use super::{Draft, Offer, Where};
use crate::domain::role::{Role, RoleScope};
use crate::http::console::format::number;
use crate::http::console::view::Choice;
use crate::http::console::words::{t, tf};

/// Roles that stand before the others: what is given most.
const COMMON: [&str; 8] = [
    "Administrator",
    "Administrator Read Only",
    "Analytics",
    "Audit Logs Viewer",
    "Billing",
    "Cache Purge",
    "DNS",
    "Firewall",
];
/// The account's own roles that stand there too.
const OWN_FIRST_MAX: usize = 6;

/// Roles on domains that stand in the open: the catalogue has fewer.
const ON_DOMAINS_MAX: usize = 24;

/// Roles that can be given on the same.
#[derive(Debug, Clone)]
pub struct RolePicks {
    /// `account` or `domains`.
    pub fits: &'static str,
    pub title: &'static str,
    pub choices: Vec<Choice>,
    /// The others, behind a heading, which says how many; nothing for none.
    pub more_title: String,
    pub more: Vec<Choice>,
}

impl RolePicks {
    fn of(fits: &'static str, choices: Vec<Choice>, more: Vec<Choice>) -> Self {
        let (title, key) = match fits {
            "account" => (t("policy.roles_account"), "policy.more_account"),
            _ => (t("policy.roles_domains"), "policy.more_domains"),
        };
        let count = u64::try_from(more.len()).unwrap_or(0);
        Self {
            fits,
            title,
            choices,
            more_title: tf(key, &[&number(count)]),
            more,
        }
    }

    fn is_empty(&self) -> bool {
        self.choices.is_empty() && self.more.is_empty()
    }
}

/// The roles that are offered, those that fit the scope first.
pub(super) fn roles(offer: &Offer, draft: &Draft) -> Vec<RolePicks> {
    let mut own = 0;
    let (mut account, mut account_more) = (Vec::new(), Vec::new());
    let (mut domains, mut domains_more) = (Vec::new(), Vec::new());
    for role in &offer.roles {
        let chosen = draft.roles.contains(&role.permission_group);
        let choice = Choice::new(role.permission_group.to_string(), &role.name)
            .chosen(chosen)
            .hint(&role.description);
        if role.hidden && !chosen {
            // Works, and is not offered.
            continue;
        }
        if role.scope != RoleScope::Account {
            if chosen || domains.len() < ON_DOMAINS_MAX {
                domains.push(choice);
            } else {
                domains_more.push(choice);
            }
            continue;
        }
        let mut common = role.built_in && COMMON.contains(&role.name.as_str());
        if !role.built_in && own < OWN_FIRST_MAX {
            own += 1;
            common = true;
        }
        if chosen || common {
            account.push(choice);
        } else {
            account_more.push(choice);
        }
    }
    if offer.domains.is_empty() && offer.groups.is_empty() {
        // Nothing that they could be given on.
        domains.retain(|choice| choice.chosen);
        domains_more.clear();
    }
    let mut all = vec![
        RolePicks::of("account", account, account_more),
        RolePicks::of("domains", domains, domains_more),
    ];
    if matches!(draft.on, Where::Domains(_) | Where::Group(_)) {
        all.reverse();
    }
    all.retain(|one| !one.is_empty());
    all
}

/// Why the role does not fit the scope, and which one of the same purpose does.
pub(super) fn unfit(offer: &Offer, role: &Role) -> String {
    let on_account = role.scope == RoleScope::Account;
    match (counterpart(offer, role), on_account) {
        (Some(other), true) => tf("policy.only_account_use", &[&role.name, &other.name]),
        (Some(other), false) => tf("policy.only_domains_use", &[&role.name, &other.name]),
        (None, true) => tf("policy.only_account", &[&role.name]),
        (None, false) => tf("policy.only_domains", &[&role.name]),
    }
}

/// The built-in role of the same purpose for the other scope: by its name ("Domain DNS" is DNS on
/// domains), or as the only one of its product that reaches as far.
fn counterpart<'o>(offer: &'o Offer, role: &Role) -> Option<&'o Role> {
    let wanted = match role.scope {
        RoleScope::Account => RoleScope::Domain,
        RoleScope::Domain => RoleScope::Account,
        RoleScope::Resource => return None,
    };
    let all = offer.roles.iter();
    let others: Vec<&Role> = all
        .filter(|one| role.built_in && one.built_in && !one.hidden && one.scope == wanted)
        .collect();
    let is_domain = |domain: &Role, account: &Role| {
        domain.name.strip_prefix("Domain ") == Some(account.name.as_str())
    };
    let named = others.iter().find(|one| match wanted {
        RoleScope::Domain => is_domain(one, role),
        RoleScope::Account | RoleScope::Resource => is_domain(role, one),
    });
    if let Some(named) = named {
        return Some(named);
    }
    let alike = |one: &&&Role| one.category == role.category && one.access == role.access;
    let mut alike = others.iter().filter(alike);
    match (alike.next(), alike.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}
