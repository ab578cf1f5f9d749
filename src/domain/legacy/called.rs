//! Which group of a plan a decision is about.

use std::collections::HashMap;

use super::plan::PlannedGroup;

/// The groups of a plan by all that decisions call them: their names as they are, their ids, and
/// those that providers know.
pub struct Called(HashMap<String, usize>);

impl Called {
    pub fn of<'g>(groups: impl IntoIterator<Item = &'g PlannedGroup>) -> Self {
        let mut places = HashMap::new();
        for (place, group) in groups.into_iter().enumerate() {
            if let Some(id) = group.id {
                places.insert(id.to_string(), place);
            }
            if let Some(id) = &group.scim_id {
                places.insert(id.clone(), place);
            }
            places.insert(group.old_name.clone(), place);
        }
        Self(places)
    }

    /// The place of the group that is called so, among those it was made of.
    pub fn place(&self, named: &str) -> Option<usize> {
        self.0.get(named).copied()
    }
}
