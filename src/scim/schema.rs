//! The one attribute table: what `/Schemas` announces, and what all reading, checking,
//! filtering and patching follows (RFC 7643 2.2, 4, 8.7).

mod tables;

use super::path::AttrPath;
use super::{ENTERPRISE_URN, GROUP_URN, USER_URN, quirks};

/// Data types of RFC 7643 2.3. Decimals and integers occur in no attribute of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    String,
    Boolean,
    DateTime,
    Reference,
    /// Base64 (RFC 7643 2.3.6).
    Binary,
    Complex,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::DateTime => "dateTime",
            Self::Reference => "reference",
            Self::Binary => "binary",
            Self::Complex => "complex",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mutability {
    ReadWrite,
    ReadOnly,
    Immutable,
}

impl Mutability {
    pub fn name(self) -> &'static str {
        match self {
            Self::ReadWrite => "readWrite",
            Self::ReadOnly => "readOnly",
            Self::Immutable => "immutable",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returned {
    Always,
    Default,
}

impl Returned {
    pub fn name(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::Default => "default",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Uniqueness {
    None,
    Server,
}

impl Uniqueness {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Server => "server",
        }
    }
}

/// The characteristics of an attribute (RFC 7643 2.2 and 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute {
    pub name: &'static str,
    pub description: &'static str,
    pub kind: Kind,
    pub multi: bool,
    pub required: bool,
    pub case_exact: bool,
    pub mutability: Mutability,
    pub returned: Returned,
    pub uniqueness: Uniqueness,
    pub canonical: &'static [&'static str],
    pub references: &'static [&'static str],
    pub subs: &'static [Attribute],
}

impl Attribute {
    /// The sub-attribute of that name, letter case aside.
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        find(self.subs, name)
    }

    /// What a complex attribute means where a simple value is due (RFC 7643 2.4).
    pub fn value_sub(&self) -> Option<&'static Attribute> {
        self.sub("value")
    }

    pub fn is_read_only(&self) -> bool {
        self.mutability == Mutability::ReadOnly
    }
}

/// Attribute names are compared letter case aside (RFC 7643 2.1).
pub fn find(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

pub struct Schema {
    pub urn: &'static str,
    pub name: &'static str,
    pub description: &'static str,
    pub attributes: &'static [Attribute],
}

pub static USER: Schema = Schema {
    urn: USER_URN,
    name: "User",
    description: "A person in the account",
    attributes: tables::USER,
};

pub static ENTERPRISE: Schema = Schema {
    urn: ENTERPRISE_URN,
    name: "EnterpriseUser",
    description: "What organisations add to a person",
    attributes: tables::ENTERPRISE,
};

pub static GROUP: Schema = Schema {
    urn: GROUP_URN,
    name: "Group",
    description: "A named set of people",
    attributes: tables::GROUP,
};

/// Everything that `/Schemas` lists.
pub static ALL: [&Schema; 3] = [&USER, &ENTERPRISE, &GROUP];

/// What every resource has beside its schema (RFC 7643 3.1): not part of `/Schemas`.
pub static COMMON: &[Attribute] = tables::COMMON;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceType {
    User,
    Group,
}

impl ResourceType {
    pub fn core(self) -> &'static Schema {
        match self {
            Self::User => &USER,
            Self::Group => &GROUP,
        }
    }

    pub fn extension(self) -> Option<&'static Schema> {
        match self {
            Self::User => Some(&ENTERPRISE),
            Self::Group => None,
        }
    }
}

/// Where an attribute lives in a resource's JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Common,
    Core,
    /// In the object that the extension's URN names.
    Extension,
}

/// What an attribute path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    pub place: Place,
    pub attribute: &'static Attribute,
    pub sub: Option<&'static Attribute>,
}

impl Target {
    /// The attribute whose characteristics count for the value.
    pub fn leaf(&self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

/// Finds what `path` names; `None` when no schema of `resource` has it.
pub fn resolve(resource: ResourceType, path: &AttrPath) -> Option<Target> {
    let core = resource.core();
    let (place, attribute) = match &path.urn {
        None => unqualified(resource, &path.name)?,
        Some(urn) if urn.eq_ignore_ascii_case(core.urn) => find(COMMON, &path.name)
            .map(|attribute| (Place::Common, attribute))
            .or_else(|| Some((Place::Core, find(core.attributes, &path.name)?)))?,
        Some(urn) => {
            let extension = resource.extension()?;
            if !urn.eq_ignore_ascii_case(extension.urn) {
                return None;
            }
            (Place::Extension, find(extension.attributes, &path.name)?)
        }
    };
    let sub = match &path.sub {
        Some(sub) => Some(attribute.sub(sub)?),
        None => None,
    };
    Some(Target {
        place,
        attribute,
        sub,
    })
}

fn unqualified(resource: ResourceType, name: &str) -> Option<(Place, &'static Attribute)> {
    if let Some(attribute) = find(COMMON, name) {
        return Some((Place::Common, attribute));
    }
    if let Some(attribute) = find(resource.core().attributes, name) {
        return Some((Place::Core, attribute));
    }
    let attribute = quirks::unqualified_extension(resource, name)?;
    Some((Place::Extension, attribute))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_found_in_any_letter_case_and_by_urn() {
        let name = |text: &str| {
            let path = AttrPath::parse(text)?;
            let target = resolve(ResourceType::User, &path)?;
            Some((target.place, target.leaf().name))
        };
        assert_eq!(name("USERNAME"), Some((Place::Core, "userName")));
        assert_eq!(name("Name.FamilyName"), Some((Place::Core, "familyName")));
        assert_eq!(
            name("meta.lastmodified"),
            Some((Place::Common, "lastModified"))
        );
        assert_eq!(
            name(&format!("{ENTERPRISE_URN}:manager.value")),
            Some((Place::Extension, "value"))
        );
        assert_eq!(name("manager"), Some((Place::Extension, "manager")));
        assert_eq!(name(&format!("{USER_URN}:manager")), None);
        assert_eq!(name("password"), None);
        assert_eq!(name("name.nick"), None);
    }

    #[test]
    fn no_name_occurs_twice_in_a_resource() {
        let mut seen = HashSet::new();
        for attribute in COMMON
            .iter()
            .chain(USER.attributes)
            .chain(ENTERPRISE.attributes)
        {
            assert!(
                seen.insert(attribute.name.to_ascii_lowercase()),
                "{}",
                attribute.name
            );
        }
    }

    #[test]
    fn complex_attributes_have_subs_and_others_have_none() {
        for schema in ALL {
            for attribute in schema.attributes {
                assert_eq!(attribute.kind == Kind::Complex, !attribute.subs.is_empty());
                assert!(!attribute.multi || attribute.kind == Kind::Complex);
                for sub in attribute.subs {
                    assert!(sub.subs.is_empty() && !sub.multi, "{}", sub.name);
                }
            }
        }
    }
}
