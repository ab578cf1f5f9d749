//! User groups.

use serde::{Deserialize, Serialize};

use super::{Names, PolicyView};
use crate::domain::group::Group;
use crate::domain::id::GroupId;
use crate::domain::instant::print_ms;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GroupView {
    /// The API's id.
    pub id: GroupId,
    pub scim_id: String,
    pub name: String,
    pub members: i64,
    /// The connection that manages it; `None`: made by hand.
    pub managed_by: Option<String>,
    pub created: String,
    pub modified: String,
    /// Where a group is shown alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policies: Option<Vec<PolicyView>>,
}

impl GroupView {
    pub fn new(group: Group, names: &Names) -> Self {
        Self {
            id: group.id,
            scim_id: group.scim_id.as_str().to_owned(),
            members: group.member_count,
            managed_by: group.managed_by.map(|id| names.connection(id)),
            created: print_ms(group.created_ms),
            modified: print_ms(group.modified_ms),
            name: group.name,
            policies: None,
        }
    }
}
