//! The form of a policy, for members and groups alike: what it can be made of, what was filled
//! in, and the policy that comes of it.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use super::view::{Choice, Field, FieldError, Picks};
use super::words::{t, tf, tn};
use crate::app;
use crate::domain::domains::Domain;
use crate::domain::error::Result;
use crate::domain::id::{DomainId, PermissionGroupId, PolicyId, ResourceGroupId};
use crate::domain::policy::{Access, NewPolicy, Policy};
use crate::domain::resource_group::{ChosenScope, NewScope, ResourceGroup, Scope};
use crate::domain::role::{Role, RoleScope};
use crate::store::tx::ReadTx;
pub use offered::RolePicks;

/// Domains, and resource groups with names, that a form offers.
const OFFERED_MAX: i64 = 200;
/// Roles that do not fit the scope, of which a refusal tells one by one.
const UNFIT_TOLD_MAX: usize = 6;

/// What a policy can be made of.
#[derive(Debug, Clone)]
pub struct Offer {
    roles: Vec<Role>,
    domains: Vec<Domain>,
    groups: Vec<ResourceGroup>,
}

impl Offer {
    /// Errors: `Forbidden`.
    pub fn of(tx: &ReadTx<'_>) -> Result<Self> {
        let mut groups = app::resource_groups::list(tx, None, 0, OFFERED_MAX)?;
        groups.retain(|group| !group.built_in && !group.adhoc);
        let mut roles = app::roles::list(tx, true)?;
        // No scope of ours fits what is given on single resources.
        roles.retain(|role| role.scope != RoleScope::Resource);
        Ok(Self {
            roles,
            domains: app::domains::list(tx, None, OFFERED_MAX)?,
            groups,
        })
    }

    fn role(&self, id: PermissionGroupId) -> Option<&Role> {
        self.roles.iter().find(|role| role.permission_group == id)
    }
}

/// On what a policy applies, as the form says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Where {
    Account,
    Domains(Vec<DomainId>),
    Group(ResourceGroupId),
    /// As the policy that is edited has it, which the form can't say otherwise.
    AsItIs,
}

/// What is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub access: Access,
    pub roles: Vec<PermissionGroupId>,
    pub on: Where,
    /// Whether the form sent what no form offers: then the rest is not what was meant.
    pub strange: bool,
}

/// All of them, unless one is none.
fn ids<T: FromStr>(texts: &[&str]) -> Option<Vec<T>> {
    texts.iter().map(|text| text.parse().ok()).collect()
}

/// Values of `scope` that name no resource group.
const ON_ACCOUNT: &str = "account";
const ON_DOMAINS: &str = "domains";
const ON_SAME: &str = "same";

impl Draft {
    /// Nothing yet.
    pub fn empty() -> Self {
        Self {
            access: Access::Allow,
            roles: Vec::new(),
            on: Where::Account,
            strange: false,
        }
    }

    /// What the policy says.
    pub fn of(policy: &Policy) -> Self {
        let on = match policy.resource_groups.as_slice() {
            [group] if group.built_in => Where::Account,
            [group] if !group.adhoc => Where::Group(group.id),
            [group] => match &group.scope {
                Scope::WholeAccount => Where::Account,
                Scope::Domains(domains) => {
                    Where::Domains(domains.iter().map(|domain| domain.id).collect())
                }
            },
            _ => Where::AsItIs,
        };
        Self {
            access: policy.access,
            roles: policy.permission_groups.clone(),
            on,
            strange: false,
        }
    }

    /// What a form sent: `all` gives the values of a field.
    pub fn read<'f>(all: impl Fn(&str) -> Vec<&'f str>) -> Self {
        let first = |name: &str| all(name).first().copied().unwrap_or_default();
        let on = match first("scope") {
            "" | ON_ACCOUNT => Some(Where::Account),
            ON_DOMAINS => ids(&all("domain")).map(Where::Domains),
            ON_SAME => Some(Where::AsItIs),
            other => other.parse().ok().map(Where::Group),
        };
        let access = Some(first("access")).filter(|access| !access.is_empty());
        let access = access.map_or(Some(Access::Allow), Access::parse);
        let roles = ids(&all("role"));
        Self {
            strange: on.is_none() || access.is_none() || roles.is_none(),
            access: access.unwrap_or(Access::Allow),
            roles: roles.unwrap_or_default(),
            on: on.unwrap_or(Where::Account),
        }
    }

    /// What is missing, or does not go together, before anybody else is asked.
    pub fn errors(&self, offer: &Offer) -> Vec<FieldError> {
        let error = |id: &str, text: String| FieldError {
            id: id.to_owned(),
            text,
        };
        if self.strange {
            return vec![error("p-role", t("policy.strange").to_owned())];
        }
        let mut errors = Vec::new();
        if self.roles.is_empty() {
            errors.push(error("p-role", t("policy.no_role").to_owned()));
        }
        if matches!(&self.on, Where::Domains(ids) if ids.is_empty()) {
            errors.push(error("p-domain", t("policy.no_domain").to_owned()));
        }
        let wanted = match &self.on {
            Where::Account => Some(RoleScope::Account),
            Where::Domains(_) | Where::Group(_) => Some(RoleScope::Domain),
            Where::AsItIs => None,
        };
        let fits = |role: &&Role| wanted.is_none_or(|wanted| role.scope == wanted);
        let named = self.roles.iter().filter_map(|id| offer.role(*id));
        let unfit = named.filter(|role| !fits(role)).take(UNFIT_TOLD_MAX);
        errors.extend(unfit.map(|role| error("f-scope", offered::unfit(offer, role))));
        errors
    }

    /// The policy, in place of `before` where one is edited.
    pub fn policy(&self, before: Option<&Policy>) -> NewPolicy {
        let resource_groups = match &self.on {
            Where::Account => vec![ChosenScope::Inline(NewScope::WholeAccount)],
            Where::Domains(ids) => vec![ChosenScope::Inline(NewScope::Domains(ids.clone()))],
            Where::Group(id) => vec![ChosenScope::Group(*id)],
            Where::AsItIs => before.map_or_else(Vec::new, |policy| same(policy).resource_groups),
        };
        NewPolicy {
            id: before.map(|policy| policy.id),
            access: self.access,
            permission_groups: self.roles.clone(),
            resource_groups,
        }
    }
}

/// The policy as it is, to be set again among others.
pub fn same(policy: &Policy) -> NewPolicy {
    let groups = policy.resource_groups.iter();
    NewPolicy {
        id: Some(policy.id),
        access: policy.access,
        permission_groups: policy.permission_groups.clone(),
        resource_groups: groups.map(|group| ChosenScope::Group(group.id)).collect(),
    }
}

/// All of `before` and the new one, in the place of the one that it is an edition of.
pub fn with(before: &[Policy], policy: NewPolicy) -> Vec<NewPolicy> {
    let mut all: Vec<NewPolicy> = before.iter().map(same).collect();
    match all.iter_mut().find(|known| known.id == policy.id) {
        Some(place) => *place = policy,
        None => all.push(policy),
    }
    all
}

/// All of `before` but one.
pub fn without(before: &[Policy], id: PolicyId) -> Vec<NewPolicy> {
    let others = before.iter().filter(|policy| policy.id != id);
    others.map(same).collect()
}

/// Stands for policies as somebody saw them: sent with a form, it tells whether they were
/// changed since the form was opened.
pub fn seen(policies: &[Policy]) -> String {
    let mut hasher = DefaultHasher::new();
    format!("{policies:?}").hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

/// The fields, ready to be shown: `policy_form` of `components/policy_form.html`.
#[derive(Debug, Clone)]
pub struct PolicyForm {
    pub access: Picks,
    pub scope: Field,
    /// `None` where the account has no domains.
    pub domains: Option<Picks>,
    /// Those that fit the scope first.
    pub roles: Vec<RolePicks>,
    /// What is wrong with the roles; nothing for none.
    pub roles_error: String,
}

impl PolicyForm {
    /// `before` is the policy that is edited.
    pub fn new(
        offer: &Offer,
        draft: &Draft,
        before: Option<&Policy>,
        errors: &[FieldError],
    ) -> Self {
        let error_of = |id: &str| {
            let found = errors.iter().find(|error| error.id == id);
            found.map(|error| error.text.clone()).unwrap_or_default()
        };
        Self {
            access: access(draft.access),
            scope: scope(offer, draft, before).error(error_of("f-scope")),
            domains: domains(offer, draft, error_of("p-domain")),
            roles: offered::roles(offer, draft),
            roles_error: error_of("p-role"),
        }
    }
}

fn access(chosen: Access) -> Picks {
    let choice = |access: Access, key| Choice::new(access.name(), t(key)).chosen(access == chosen);
    Picks {
        name: "access",
        legend: t("policy.access").to_owned(),
        many: false,
        choices: vec![
            choice(Access::Allow, "policy.allow"),
            choice(Access::Deny, "policy.deny"),
        ],
        hint: t("policy.deny_hint").to_owned(),
        error: String::new(),
        more: None,
    }
}

fn scope(offer: &Offer, draft: &Draft, before: Option<&Policy>) -> Field {
    let mut choices = Vec::new();
    if let Some(policy) = before.filter(|policy| Draft::of(policy).on == Where::AsItIs) {
        let text = tf("policy.on_same", &[&scope_of(policy)]);
        choices.push(Choice::new(ON_SAME, text).chosen(draft.on == Where::AsItIs));
    }
    let account = Choice::new(ON_ACCOUNT, t("policy.on_account"));
    choices.push(account.chosen(draft.on == Where::Account));
    if !offer.domains.is_empty() {
        let some = Choice::new(ON_DOMAINS, t("policy.on_domains"));
        choices.push(some.chosen(matches!(draft.on, Where::Domains(_))));
    }
    for group in &offer.groups {
        let choice = Choice::new(group.id.to_string(), group_text(group));
        choices.push(choice.chosen(draft.on == Where::Group(group.id)));
    }
    let field = Field::select("scope", t("policy.scope"), choices);
    if offer.domains.is_empty() {
        field.hint(t("policy.no_domains"))
    } else {
        field
    }
}

fn domains(offer: &Offer, draft: &Draft, error: String) -> Option<Picks> {
    let chosen: &[DomainId] = match &draft.on {
        Where::Domains(ids) => ids,
        Where::Account | Where::Group(_) | Where::AsItIs => &[],
    };
    let choice = |domain: &Domain| {
        Choice::new(domain.id.to_string(), &domain.name).chosen(chosen.contains(&domain.id))
    };
    (!offer.domains.is_empty()).then(|| Picks {
        name: "domain",
        legend: t("policy.domains").to_owned(),
        many: true,
        choices: offer.domains.iter().map(choice).collect(),
        hint: t("policy.domains_hint").to_owned(),
        error,
        more: None,
    })
}

/// On what the policy applies, in words: "Entire account", "2 domains: a.example, b.example".
pub fn scope_said(policy: &Policy) -> String {
    let said = |group: &ResourceGroup| match &group.scope {
        Scope::WholeAccount => t("preview.on_account").to_owned(),
        Scope::Domains(_) => group_text(group),
    };
    let texts: Vec<String> = policy.resource_groups.iter().map(said).collect();
    texts.join("; ")
}

pub fn scope_of(policy: &Policy) -> String {
    let texts: Vec<String> = policy.resource_groups.iter().map(group_text).collect();
    texts.join("; ")
}

fn group_text(group: &ResourceGroup) -> String {
    match &group.scope {
        Scope::WholeAccount => t("policy.on_account").to_owned(),
        Scope::Domains(domains) if group.adhoc => domains_text(domains),
        Scope::Domains(domains) => tf("policy.on_group", &[&group.name, &domains_text(domains)]),
    }
}

/// The names of domains, the first few, and how many there are.
pub fn domains_text(domains: &[Domain]) -> String {
    const NAMED: usize = 4;
    let names: Vec<&str> = domains
        .iter()
        .take(NAMED)
        .map(|one| one.name.as_str())
        .collect();
    let mut text = names.join(", ");
    if domains.len() > NAMED {
        text.push_str(", …");
    }
    let count = u64::try_from(domains.len()).unwrap_or(0);
    format!("{}: {text}", tn("policy.domain_count", count))
}

mod offered;
#[cfg(test)]
mod tests;
