//! What a policy applies to: the whole account, or some of its domains.

use super::domains::Domain;
use super::id::{AccountId, DomainId, ResourceGroupId};

/// Most domains one resource group may name.
pub const DOMAINS_OF_GROUP_MAX: usize = 500;
/// Most resource groups with a name that one account may have.
pub const RESOURCE_GROUPS_MAX: i64 = 2_000;

/// What a resource group covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    WholeAccount,
    /// In the order they were given, each once.
    Domains(Vec<Domain>),
}

/// What a resource group is to cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewScope {
    WholeAccount,
    Domains(Vec<DomainId>),
}

/// A resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceGroup {
    pub id: ResourceGroupId,
    /// Of the built-in one, the account's name among resources; of one without a name of its
    /// own, what it covers.
    pub name: String,
    /// The whole account, which every account has and nobody changes.
    pub built_in: bool,
    /// Made for a policy that named a scope instead of a resource group; the same scope gets
    /// the same one, and it goes with the last policy that names it.
    pub adhoc: bool,
    pub scope: Scope,
}

/// Which resource group a policy is to name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChosenScope {
    Group(ResourceGroupId),
    Inline(NewScope),
}

/// The account's name among resources.
pub fn account_key(account: AccountId) -> String {
    format!("com.cloudflare.api.account.{account}")
}

/// A domain's name among resources.
pub fn domain_key(domain: DomainId) -> String {
    format!("com.cloudflare.api.account.zone.{domain}")
}

impl NewScope {
    /// Each domain once, in the order of the first mention.
    #[must_use]
    pub fn without_repeats(self) -> Self {
        match self {
            Self::WholeAccount => self,
            Self::Domains(mut domains) => {
                let mut seen = std::collections::HashSet::new();
                domains.retain(|id| seen.insert(*id));
                Self::Domains(domains)
            }
        }
    }
}
