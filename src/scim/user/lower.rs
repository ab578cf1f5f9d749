//! A User's attributes as they are stored, for filters.

use super::super::error::Result;
use super::super::filter::Filter;
use super::super::lower::{self, Stored, computed, needed, of_text};
use super::super::schema::{Place, ResourceType, Target};
use super::super::{ENTERPRISE_URN, USER_URN};
use crate::domain::query::{
    EntryCondition, Filter as Query, MemberCondition, MemberEntries, MemberFilter, TextTest,
    ValueTest,
};

/// Lowers a filter on users. `base_url` is what stands before `/Users` in addresses.
///
/// Errors: `invalidFilter` for an order of booleans or of binary values.
pub fn lower(filter: &Filter, base_url: &str) -> Result<MemberFilter> {
    lower::lower(filter, &Users { base_url })
}

struct Users<'a> {
    base_url: &'a str,
}

impl Stored for Users<'_> {
    type Condition = MemberCondition;

    const RESOURCE: ResourceType = ResourceType::User;

    fn single(&self, target: Target, test: ValueTest) -> MemberFilter {
        match (target.place, target.attribute.name) {
            (Place::Common, "id") => id(String::new(), test),
            (Place::Common, "externalId") => is(MemberCondition::ExternalId(test)),
            (Place::Common, _) => match target.sub.map(|sub| sub.name) {
                Some("resourceType") => Query::Constant(test.passes("User")),
                Some("location") => id(format!("{}/Users/", self.base_url), test),
                Some("version") => always_there(test, MemberCondition::Version),
                Some("created") => instant(test, MemberCondition::Created),
                Some(_) => instant(test, MemberCondition::Modified),
                None => Query::Constant(true),
            },
            (Place::Core, "userName") => always_there(test, MemberCondition::UserName),
            (Place::Core, "displayName") => is(MemberCondition::DisplayName(test)),
            (Place::Core, "active") => match test {
                ValueTest::Is(active) => is(MemberCondition::Active(active)),
                _ => Query::Constant(true),
            },
            (Place::Core | Place::Extension, _) => {
                let mut names = names(target);
                names.extend(target.sub.map(|sub| sub.name));
                is(MemberCondition::Document { names, test })
            }
        }
    }

    fn some_entry(&self, target: Target, filter: Query<EntryCondition>) -> MemberFilter {
        match (target.place, target.attribute.name) {
            (Place::Common, _) => schemas(&filter),
            (Place::Core, "emails") => emails(filter, names(target)),
            (Place::Core, "groups") => {
                let prefix = format!("{}/Groups/", self.base_url);
                groups(computed(&filter, ("type", "direct"), &prefix), &prefix)
            }
            (Place::Core, "roles") => Query::any(
                [
                    (MemberEntries::DirectRoles, "direct"),
                    (MemberEntries::GroupRoles, "group"),
                ]
                .map(|(of, path)| entry(of, computed(&filter, ("type", path), ""))),
            ),
            (Place::Core | Place::Extension, _) => {
                entry(MemberEntries::Document(names(target)), filter)
            }
        }
    }
}

fn is(condition: MemberCondition) -> MemberFilter {
    Query::Is(condition)
}

fn entry(of: MemberEntries, filter: Query<EntryCondition>) -> MemberFilter {
    match filter {
        Query::Constant(false) => Query::Constant(false),
        filter => is(MemberCondition::Entry { of, filter }),
    }
}

/// The names that lead to the attribute in the document.
fn names(target: Target) -> Vec<&'static str> {
    let extension = (target.place == Place::Extension).then_some(ENTERPRISE_URN);
    extension
        .into_iter()
        .chain([target.attribute.name])
        .collect()
}

/// Of what everybody has.
fn always_there(
    test: ValueTest,
    condition: impl FnOnce(TextTest) -> MemberCondition,
) -> MemberFilter {
    match test {
        ValueTest::Text(test) => is(condition(test)),
        _ => Query::Constant(true),
    }
}

fn instant(
    test: ValueTest,
    condition: impl FnOnce(crate::domain::query::Instants) -> MemberCondition,
) -> MemberFilter {
    match test {
        ValueTest::Within(instants) => is(condition(instants)),
        _ => Query::Constant(true),
    }
}

/// Of the id as text, behind `prefix`.
fn id(prefix: String, test: ValueTest) -> MemberFilter {
    if let Some(text) = test.equal_to() {
        let id = text.strip_prefix(&*prefix).and_then(|id| id.parse().ok());
        return id.map_or(Query::Constant(false), |id| is(MemberCondition::Id(id)));
    }
    always_there(test, |test| MemberCondition::IdText { prefix, test })
}

/// Everybody has the core schema, and the extension's who has any of its attributes.
fn schemas(filter: &Query<EntryCondition>) -> MemberFilter {
    let has_extension = is(MemberCondition::Document {
        names: vec![ENTERPRISE_URN],
        test: ValueTest::Assigned,
    });
    Query::any([
        of_text(filter, USER_URN),
        Query::all([of_text(filter, ENTERPRISE_URN), has_extension]),
    ])
}

/// An index has the addresses, with their types.
fn emails(filter: Query<EntryCondition>, names: Vec<&'static str>) -> MemberFilter {
    // "Some entry passes a or b" is "some entry passes a, or some one passes b".
    if let Query::Or(parts) = filter {
        return Query::any(parts.into_iter().map(|part| emails(part, names.clone())));
    }
    let Some(key) = needed(&filter, "value").map(str::to_owned) else {
        let of = if of_addresses(&filter) {
            MemberEntries::Addresses
        } else {
            MemberEntries::Document(names)
        };
        return entry(of, filter);
    };
    let kind_key = needed(&filter, "type").map(str::to_owned);
    let whole = match &filter {
        Query::Is(_) => true,
        Query::And(parts) => parts.len() == 2 && kind_key.is_some(),
        Query::Constant(_) | Query::Or(_) | Query::Not(_) => false,
    };
    let indexed = is(MemberCondition::Email { key, kind_key });
    if whole {
        return indexed;
    }
    Query::all([indexed, entry(MemberEntries::Document(names), filter)])
}

/// Whether only entries with a value can pass, by their value and their type alone.
fn of_addresses(filter: &Query<EntryCondition>) -> bool {
    fn wants_value(filter: &Query<EntryCondition>) -> bool {
        match filter {
            Query::Constant(value) => !value,
            Query::Is(condition) => condition.sub == "value",
            Query::And(parts) => parts.iter().any(wants_value),
            Query::Or(parts) => parts.iter().all(wants_value),
            Query::Not(_) => false,
        }
    }
    fn is_known(filter: &Query<EntryCondition>) -> bool {
        match filter {
            Query::Constant(_) => true,
            Query::Is(condition) => matches!(condition.sub, "value" | "type"),
            Query::And(parts) | Query::Or(parts) => parts.iter().all(is_known),
            Query::Not(part) => is_known(part),
        }
    }
    wants_value(filter) && is_known(filter)
}

fn groups(filter: Query<EntryCondition>, prefix: &str) -> MemberFilter {
    match filter {
        Query::Or(parts) => Query::any(parts.into_iter().map(|part| groups(part, prefix))),
        Query::Is(EntryCondition { sub, ref test }) => match (sub, test.equal_to()) {
            ("value", Some(id)) => is(MemberCondition::GroupId(id.to_owned())),
            ("display", Some(key)) => is(MemberCondition::GroupName {
                key: key.to_owned(),
            }),
            _ => entry(of_groups(prefix), filter),
        },
        filter => entry(of_groups(prefix), filter),
    }
}

fn of_groups(prefix: &str) -> MemberEntries {
    MemberEntries::Groups {
        reference_prefix: prefix.to_owned(),
    }
}

#[cfg(test)]
mod tests;
