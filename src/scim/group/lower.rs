//! Filters on groups as questions to the store.

use super::super::filter::{Filter, Literal};
use super::super::path::AttrPath;
use super::super::schema::{self, Attribute, ResourceType, Target};
use super::super::user::{instant_ms, not_askable, not_offered, only_eq};
use super::super::{GROUP_URN, error::Result};
use crate::domain::query::{Filter as Query, GroupCondition, GroupFilter};
use crate::domain::text::fold;

/// Lowers a filter on groups.
///
/// Errors: `invalidFilter` for operators and attributes that are not offered yet.
pub fn lower(filter: &Filter) -> Result<GroupFilter> {
    let each = |parts: &[Filter]| parts.iter().map(lower).collect::<Result<Vec<_>>>();
    match filter {
        Filter::And(parts) => Ok(Query::And(each(parts)?)),
        Filter::Or(parts) => Ok(Query::Or(each(parts)?)),
        Filter::Not(inner) => Ok(Query::Not(Box::new(lower(inner)?))),
        Filter::Compare { path, op, value } => match resolve(path) {
            Some(target) => {
                only_eq(target.leaf(), *op)?;
                compare(&target, value)
            }
            None => Ok(Query::Constant(false)),
        },
        Filter::Present(path) => match resolve(path) {
            Some(_) => Err(not_offered("pr")),
            None => Ok(Query::Constant(false)),
        },
        Filter::Entry { path, filter } => match resolve(path) {
            Some(target) if target.attribute.name == "members" => entry(filter, target.attribute),
            Some(target) if target.attribute.name == "meta" => {
                Err(not_askable("meta[…]; write meta.lastModified"))
            }
            _ => Ok(Query::Constant(false)),
        },
    }
}

fn resolve(path: &AttrPath) -> Option<Target> {
    schema::resolve(ResourceType::Group, path)
}

fn compare(target: &Target, value: &Literal) -> Result<GroupFilter> {
    let text = match value {
        Literal::Text(text) => text,
        Literal::Null => return absent(target),
        Literal::Bool(_) | Literal::Number(_) => return Ok(Query::Constant(false)),
    };
    let sub = target.sub.map(|sub| sub.name);
    Ok(Query::Is(match (target.attribute.name, sub) {
        ("id", _) => GroupCondition::Id(text.clone()),
        ("externalId", _) => GroupCondition::ExternalId(text.clone()),
        ("displayName", _) => GroupCondition::Name { key: fold(text) },
        ("members", sub) => return member(sub.unwrap_or("value"), text),
        ("schemas", _) => return Ok(Query::Constant(text.eq_ignore_ascii_case(GROUP_URN))),
        ("meta", Some("resourceType")) => return Ok(Query::Constant(text == "Group")),
        ("meta", Some("version")) => GroupCondition::Version(text.clone()),
        ("meta", Some("location")) => return Err(not_askable("meta.location")),
        ("meta", Some("created")) => match instant_ms(text) {
            Some(ms) => GroupCondition::CreatedAt(ms),
            None => return Ok(Query::Constant(false)),
        },
        ("meta", Some("lastModified")) => match instant_ms(text) {
            Some(ms) => GroupCondition::ModifiedAt(ms),
            None => return Ok(Query::Constant(false)),
        },
        _ => return Ok(Query::Constant(false)),
    }))
}

/// `eq null`. Every member has all that an entry has, so "none" is "no member".
fn absent(target: &Target) -> Result<GroupFilter> {
    match target.attribute.name {
        "members" => Ok(Query::Not(Box::new(Query::Is(GroupCondition::HasMembers)))),
        "externalId" => Err(not_askable("a missing externalId")),
        _ => Ok(Query::Constant(false)),
    }
}

fn member(sub: &str, text: &str) -> Result<GroupFilter> {
    match sub {
        "value" => Ok(Query::Is(GroupCondition::Member(text.parse().ok()))),
        "type" if text.eq_ignore_ascii_case("User") => Ok(Query::Is(GroupCondition::HasMembers)),
        "type" => Ok(Query::Constant(false)),
        other => Err(not_askable(&format!("members.{other}"))),
    }
}

/// `members[…]`: one comparison, some joined by `or`, or one beside `type eq "User"`, which
/// every member is. The rest would mix different members up.
fn entry(filter: &Filter, members: &'static Attribute) -> Result<GroupFilter> {
    match filter {
        Filter::Compare { path, op, value } => {
            let plain = path.urn.is_none() && path.sub.is_none();
            let Some(sub) = members.sub(&path.name).filter(|_| plain) else {
                return Ok(Query::Constant(false));
            };
            only_eq(sub, *op)?;
            match value {
                Literal::Text(text) => member(sub.name, text),
                Literal::Bool(_) | Literal::Number(_) | Literal::Null => Ok(Query::Constant(false)),
            }
        }
        Filter::Or(parts) => {
            let parts = parts.iter().map(|part| entry(part, members));
            Ok(Query::Or(parts.collect::<Result<_>>()?))
        }
        Filter::And(parts) => {
            let mut left = Vec::with_capacity(parts.len());
            for part in parts {
                match entry(part, members)? {
                    Query::Is(GroupCondition::HasMembers) => {}
                    other => left.push(other),
                }
            }
            match left.len() {
                0 => Ok(Query::Is(GroupCondition::HasMembers)),
                1 => Ok(left.remove(0)),
                _ => Err(not_askable("members[…] with several ids joined by and")),
            }
        }
        Filter::Present(_) => Err(not_offered("pr")),
        Filter::Not(_) | Filter::Entry { .. } => Err(not_askable("members[…] with not")),
    }
}
