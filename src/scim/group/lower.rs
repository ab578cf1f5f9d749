//! A Group's attributes as they are stored, for filters.

use super::super::GROUP_URN;
use super::super::error::Result;
use super::super::filter::Filter;
use super::super::lower::{self, Stored, computed, needed, of_text};
use super::super::schema::{Place, ResourceType, Target};
use crate::domain::query::{
    EntryCondition, Filter as Query, GroupCondition, GroupFilter, Instants, TextTest, ValueTest,
};

/// Lowers a filter on groups. `base_url` is what stands before `/Groups` in addresses.
///
/// Errors: `invalidFilter` for an order of booleans or of binary values.
pub fn lower(filter: &Filter, base_url: &str) -> Result<GroupFilter> {
    lower::lower(filter, &Groups { base_url })
}

struct Groups<'a> {
    base_url: &'a str,
}

impl Stored for Groups<'_> {
    type Condition = GroupCondition;

    const RESOURCE: ResourceType = ResourceType::Group;

    fn single(&self, target: Target, test: ValueTest) -> GroupFilter {
        match (target.place, target.attribute.name) {
            (Place::Common, "id") => id(String::new(), test),
            (Place::Common, "externalId") => Query::Is(GroupCondition::ExternalId(test)),
            (Place::Common, _) => match target.sub.map(|sub| sub.name) {
                Some("resourceType") => Query::Constant(test.passes("Group")),
                Some("location") => id(format!("{}/Groups/", self.base_url), test),
                Some("version") => always_there(test, GroupCondition::Version),
                Some("created") => instant(test, GroupCondition::Created),
                Some(_) => instant(test, GroupCondition::Modified),
                None => Query::Constant(true),
            },
            // A group has one attribute of its own beside its members.
            (Place::Core | Place::Extension, _) => match test.equal_to() {
                Some(key) => Query::Is(GroupCondition::Name {
                    key: key.to_owned(),
                }),
                None => always_there(test, GroupCondition::NameText),
            },
        }
    }

    fn some_entry(&self, target: Target, filter: Query<EntryCondition>) -> GroupFilter {
        if target.place == Place::Common {
            return of_text(&filter, GROUP_URN);
        }
        let prefix = format!("{}/Users/", self.base_url);
        members(computed(&filter, ("type", "User"), &prefix), &prefix)
    }
}

/// Of what every group has.
fn always_there(
    test: ValueTest,
    condition: impl FnOnce(TextTest) -> GroupCondition,
) -> GroupFilter {
    match test {
        ValueTest::Text(test) => Query::Is(condition(test)),
        _ => Query::Constant(true),
    }
}

fn instant(test: ValueTest, condition: impl FnOnce(Instants) -> GroupCondition) -> GroupFilter {
    match test {
        ValueTest::Within(instants) => Query::Is(condition(instants)),
        _ => Query::Constant(true),
    }
}

/// Of the id, behind `prefix`.
fn id(prefix: String, test: ValueTest) -> GroupFilter {
    match test.equal_to().map(|text| text.strip_prefix(&*prefix)) {
        Some(Some(id)) => Query::Is(GroupCondition::Id(id.to_owned())),
        Some(None) => Query::Constant(false),
        None => always_there(test, |test| GroupCondition::IdText { prefix, test }),
    }
}

fn members(filter: Query<EntryCondition>, prefix: &str) -> GroupFilter {
    // "Some member passes a or b" is "some member passes a, or some one passes b".
    if let Query::Or(parts) = filter {
        return Query::any(parts.into_iter().map(|part| members(part, prefix)));
    }
    if let Query::Constant(value) = filter {
        return Query::all([
            Query::Constant(value),
            Query::Is(GroupCondition::HasMembers),
        ]);
    }
    let wanted = match needed(&filter, "value").map(str::parse) {
        Some(Ok(id)) => Some(GroupCondition::Member(id)),
        Some(Err(_)) => return Query::Constant(false),
        None => None,
    };
    match (wanted, filter) {
        (Some(wanted), Query::Is(_)) => Query::Is(wanted),
        (wanted, filter) => Query::all(wanted.map(Query::Is).into_iter().chain([Query::Is(
            GroupCondition::Entry {
                reference_prefix: prefix.to_owned(),
                filter,
            },
        )])),
    }
}
