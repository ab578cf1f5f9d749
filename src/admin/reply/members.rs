//! Members.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Names, PolicyView};
use crate::domain::document;
use crate::domain::id::{MemberId, MembershipId};
use crate::domain::instant::print_ms;
use crate::domain::member::{Member, email_of};
use crate::domain::reference::Person;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MemberView {
    /// SCIM's id.
    pub id: MemberId,
    pub membership: MembershipId,
    pub user_name: String,
    pub email: String,
    pub display_name: Option<String>,
    pub state: String,
    /// The connection that manages them; `None`: made by hand.
    pub managed_by: Option<String>,
    /// Effective ones, each once.
    pub roles: Vec<String>,
    pub groups: Vec<String>,
    pub created: String,
    pub modified: String,
    /// Their own, where a member is shown alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<PolicyView>>,
}

impl MemberView {
    pub fn new(member: Member, names: &Names) -> Self {
        let attributes = document::attributes(&member.document).unwrap_or_default();
        let display_name = attributes.get("displayName").and_then(|name| name.as_str());
        let roles: BTreeSet<String> = member
            .beside
            .roles
            .iter()
            .map(|role| role.name.clone())
            .collect();
        Self {
            id: member.id,
            membership: member.membership_id(),
            email: email_of(&attributes).to_owned(),
            display_name: display_name.map(str::to_owned),
            state: member.state.name().to_owned(),
            managed_by: member.managed_by.map(|id| names.connection(id)),
            roles: roles.into_iter().collect(),
            groups: member
                .beside
                .groups
                .into_iter()
                .map(|group| group.name.clone())
                .collect(),
            created: print_ms(member.created_ms),
            modified: print_ms(member.modified_ms),
            user_name: member.user_name,
            policies: None,
        }
    }
}

/// A member as answers about access name them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PersonView {
    /// The API's member id.
    pub id: MembershipId,
    /// SCIM's id.
    pub user_id: MemberId,
    pub user_name: String,
    pub state: String,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        Self {
            id: person.membership_id,
            user_id: person.id,
            user_name: person.user_name,
            state: person.state.name().to_owned(),
        }
    }
}
