//! `sortBy` as an order of the store (RFC 7644 3.4.2.3).
//!
//! What a client sorts by and we can't sort by is refused: an answer in another order than the
//! one asked for is a wrong answer that nobody notices. Table 9 has `invalidValue` for it.

use super::ENTERPRISE_URN;
use super::error::{Error, Result};
use super::list::SortRequest;
use super::path::AttrPath;
use super::schema::{self, Attribute, Kind, Place, ResourceType, Target};
use crate::domain::listing::{Compare, DocumentPath, EntryPath, GroupSort, MemberSort, Order};

/// What an attribute's name comes to.
enum Sortable<K> {
    By(K),
    /// The resource type has no such attribute.
    Unknown,
    /// It has, and its values are in no order; says why.
    Never(&'static str),
}

/// The order of a list of users; without a request, that of being made.
///
/// Errors: `invalidValue` for what nobody can be sorted by.
pub fn members(sort: Option<&SortRequest>) -> Result<Order<MemberSort>> {
    one(sort, MemberSort::Made, member_key, "User")
}

/// The order of a list of groups; without a request, that of being made.
///
/// Errors: as [`members`].
pub fn groups(sort: Option<&SortRequest>) -> Result<Order<GroupSort>> {
    one(sort, GroupSort::Made, group_key, "Group")
}

/// The orders of a search of everything, where each type is sorted in turn. A type without the
/// attribute has nothing to sort by, and stays in the order of being made.
///
/// Errors: `invalidValue` for an attribute that neither can be sorted by.
pub fn both(sort: Option<&SortRequest>) -> Result<(Order<MemberSort>, Order<GroupSort>)> {
    let known = |sort: &SortRequest| {
        matches!(member_key(&sort.by), Sortable::By(_))
            || matches!(group_key(&sort.by), Sortable::By(_))
    };
    if let Some(sort) = sort.filter(|sort| !known(sort)) {
        let order = members(Some(sort))?;
        return Ok((order, groups(Some(sort))?));
    }
    Ok((known_order(sort, member_key), known_order(sort, group_key)))
}

/// By the attribute, or in the order of being made where there is none.
fn known_order<K: Default>(
    sort: Option<&SortRequest>,
    key: impl Fn(&AttrPath) -> Sortable<K>,
) -> Order<K> {
    match sort.map(|sort| (key(&sort.by), sort.descending)) {
        Some((Sortable::By(key), descending)) => Order { key, descending },
        Some((Sortable::Unknown | Sortable::Never(_), _)) | None => Order {
            key: K::default(),
            descending: false,
        },
    }
}

fn one<K>(
    sort: Option<&SortRequest>,
    made: K,
    key: impl Fn(&AttrPath) -> Sortable<K>,
    noun: &str,
) -> Result<Order<K>> {
    let Some(SortRequest { by, descending }) = sort else {
        return Ok(Order {
            key: made,
            descending: false,
        });
    };
    let shown: String = by.to_string().chars().take(80).collect();
    match key(by) {
        Sortable::By(key) => Ok(Order {
            key,
            descending: *descending,
        }),
        Sortable::Unknown => Err(Error::invalid_value(format!(
            "sortBy {shown:?} names no attribute of a {noun}; send one that /Schemas announces."
        ))),
        Sortable::Never(why) => Err(Error::invalid_value(format!("sortBy {shown:?} {why}."))),
    }
}

const COMPLEX: &str = "is a complex attribute, which has no value of its own; name one of its \
                       sub-attributes, such as name.familyName";
const OPAQUE: &str = "is an entity tag, and those are in no order; sort by meta.lastModified \
                      instead";

fn member_key(by: &AttrPath) -> Sortable<MemberSort> {
    let Some(target) = schema::resolve(ResourceType::User, by) else {
        return Sortable::Unknown;
    };
    let Some(leaf) = leaf(&target) else {
        return Sortable::Never(COMPLEX);
    };
    Sortable::By(match (target.place, target.attribute.name, leaf.name) {
        (Place::Common, "id", _) | (Place::Common, _, "location") => MemberSort::Id,
        (Place::Common, "externalId", _) => MemberSort::ExternalId,
        (Place::Common, _, "created") => MemberSort::CreatedAt,
        (Place::Common, _, "lastModified") => MemberSort::ModifiedAt,
        (Place::Common, _, "version") => return Sortable::Never(OPAQUE),
        // The same in all: `schemas` begins with the User's in everybody.
        (Place::Common, _, _) => MemberSort::Made,
        (Place::Core, "userName", _) => MemberSort::UserName,
        (Place::Core, "displayName", _) => MemberSort::DisplayName,
        (Place::Core, "active", _) => MemberSort::Active,
        (Place::Core, "groups", "display") => MemberSort::GroupName,
        (Place::Core, "groups", "type") => MemberSort::AnyGroup,
        // Addresses differ by the id alone.
        (Place::Core, "groups", _) => MemberSort::GroupId,
        (Place::Core, "roles", "type") => MemberSort::RolePath,
        (Place::Core, "roles", _) => MemberSort::RoleName,
        (Place::Core | Place::Extension, _, _) => stored(&target, leaf),
    })
}

/// The attribute whose values are compared. A complex one means its `value`, as it does in a
/// filter; one that has none means nothing (RFC 7644 3.4.2.3: its name must be a path to a
/// sub-attribute).
fn leaf(target: &Target) -> Option<&'static Attribute> {
    let leaf = target.leaf();
    if leaf.kind == Kind::Complex {
        return leaf.value_sub();
    }
    Some(leaf)
}

/// By a value of the document.
fn stored(target: &Target, leaf: &'static Attribute) -> MemberSort {
    let attribute = target.attribute;
    let mut names = Vec::with_capacity(3);
    if target.place == Place::Extension {
        names.push(ENTERPRISE_URN);
    }
    names.push(attribute.name);
    let entries = attribute.multi.then_some(EntryPath { sub: leaf.name });
    if attribute.kind == Kind::Complex && !attribute.multi {
        names.push(leaf.name);
    }
    let compare = match leaf.kind {
        Kind::Boolean => Compare::Boolean,
        Kind::DateTime => Compare::Instant,
        _ if leaf.case_exact => Compare::Exactly,
        _ => Compare::Folded,
    };
    MemberSort::Document {
        path: DocumentPath { names, entries },
        compare,
    }
}

fn group_key(by: &AttrPath) -> Sortable<GroupSort> {
    let Some(target) = schema::resolve(ResourceType::Group, by) else {
        return Sortable::Unknown;
    };
    let Some(leaf) = leaf(&target) else {
        return Sortable::Never(COMPLEX);
    };
    Sortable::By(match (target.attribute.name, leaf.name) {
        ("id", _) | ("meta", "location") => GroupSort::Id,
        ("externalId", _) => GroupSort::ExternalId,
        ("displayName", _) => GroupSort::Name,
        ("members", "type") => GroupSort::AnyMember,
        ("members", _) => GroupSort::MemberId,
        ("meta", "created") => GroupSort::CreatedAt,
        ("meta", "lastModified") => GroupSort::ModifiedAt,
        ("meta", "version") => return Sortable::Never(OPAQUE),
        // The same in all.
        _ => GroupSort::Made,
    })
}

#[cfg(test)]
mod tests {
    use super::super::USER_URN;
    use super::*;

    fn sort(by: &str) -> SortRequest {
        SortRequest {
            by: AttrPath::parse(by).expect("a name"),
            descending: false,
        }
    }

    fn attribute_paths(resource: ResourceType) -> Vec<String> {
        let mut paths = Vec::new();
        let extension = resource.extension().map_or(&[][..], |e| e.attributes);
        let all = schema::COMMON.iter().chain(resource.core().attributes);
        for attribute in all.chain(extension) {
            paths.push(attribute.name.to_owned());
            let subs = attribute.subs.iter();
            paths.extend(subs.map(|sub| format!("{}.{}", attribute.name, sub.name)));
        }
        paths
    }

    #[test]
    fn every_announced_attribute_is_an_order_or_says_why_not() {
        for (resource, noun) in [(ResourceType::User, "User"), (ResourceType::Group, "Group")] {
            for path in attribute_paths(resource) {
                let refused = match resource {
                    ResourceType::User => members(Some(&sort(&path))).err(),
                    ResourceType::Group => groups(Some(&sort(&path))).err(),
                };
                let never = ["name", "addresses", "meta", "meta.version"].contains(&path.as_str());
                assert_eq!(refused.is_some(), never, "{noun} {path}");
            }
        }
    }

    #[test]
    fn complex_attributes_mean_their_value() {
        for (short, long) in [
            ("emails", "emails.value"),
            ("manager", "manager.value"),
            ("EMAILS", "emails.Value"),
            ("groups", "groups.value"),
            ("roles", "roles.value"),
            ("meta.location", "id"),
        ] {
            assert_eq!(members(Some(&sort(short))), members(Some(&sort(long))));
        }
        assert_eq!(
            groups(Some(&sort("members"))),
            groups(Some(&sort("members.$ref")))
        );
        let qualified = format!("{USER_URN}:userName");
        assert_eq!(
            members(Some(&sort(&qualified))),
            members(Some(&sort("username")))
        );
    }

    #[test]
    fn what_is_unknown_is_refused_unless_another_type_has_it() {
        assert!(members(Some(&sort("shoeSize"))).is_err());
        assert!(groups(Some(&sort("userName"))).is_err());
        let (of_members, of_groups) = both(Some(&sort("userName"))).expect("Users have it");
        assert_eq!(of_members.key, MemberSort::UserName);
        assert_eq!(of_groups.key, GroupSort::Made);
        for never in ["shoeSize", "name", "meta.version"] {
            assert!(both(Some(&sort(never))).is_err(), "{never}");
        }
        assert!(both(None).is_ok());
        // Who has nothing to be sorted by stays in the order of being made, whatever the way.
        let descending = SortRequest {
            descending: true,
            ..sort("userName")
        };
        let (of_members, of_groups) = both(Some(&descending)).expect("Users have it");
        assert!(of_members.descending && !of_groups.descending);
    }
}
