//! `attributes` and `excludedAttributes` (RFC 7644 3.4.2.5, 3.9).

use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::path::AttrPath;
use super::schema::{Place, ResourceType, Returned, Target, resolve};

/// Which attributes an answer has. Unknown names are passed over. The two parameters exclude
/// each other by the RFC; a client that sends both gets `attributes` without
/// `excludedAttributes`, for that is what each of them says by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Projection {
    user: Side,
    group: Side,
    parts: GroupParts,
    members: bool,
    member: MemberParts,
}

/// The names as one resource type's schema has them, each once: however many a client sends,
/// no more are looked at than there are attributes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Side {
    only: Option<Vec<Named>>,
    without: Vec<Named>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    /// The extension as a whole, by its URN.
    Extension,
    Target(Target),
}

/// What an entry of a group's members has: asked a million times for a large group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberParts {
    pub value: bool,
    pub reference: bool,
    pub kind: bool,
}

/// What a group's answer has beside what is always there: asked once for a page of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupParts {
    pub external_id: bool,
    pub display_name: bool,
    pub meta: bool,
}

static WITHOUT_MEMBERS: LazyLock<Projection> =
    LazyLock::new(|| Projection::read(None, Some("members")));

fn parse_names(resource: ResourceType, list: &str) -> Vec<Named> {
    let mut all = Vec::new();
    for name in list.split(',') {
        let path = AttrPath::parse(name.trim());
        if let Some(named) = path.and_then(|path| named(resource, &path))
            && !all.contains(&named)
        {
            all.push(named);
        }
    }
    all
}

fn named(resource: ResourceType, path: &AttrPath) -> Option<Named> {
    match resource.extension() {
        Some(extension) if path.is_schema(extension.urn) => Some(Named::Extension),
        _ => resolve(resource, path).map(Named::Target),
    }
}

impl Side {
    fn parse(resource: ResourceType, only: Option<&str>, without: Option<&str>) -> Self {
        Self {
            only: only.map(|list| parse_names(resource, list)),
            without: without.map_or_else(Vec::new, |list| parse_names(resource, list)),
        }
    }

    /// Whether `target` stays. What is always returned does (RFC 7643 7, `returned`).
    fn keeps(&self, target: &Target) -> bool {
        if target.attribute.returned == Returned::Always {
            return true;
        }
        let is_extension = target.place == Place::Extension;
        if let Some(only) = &self.only {
            let wanted = only.iter().any(|named| match named {
                Named::Extension => is_extension,
                Named::Target(named) => {
                    same_attribute(named, target)
                        && (named.sub.is_none() || target.sub.is_none() || same_sub(named, target))
                }
            });
            if !wanted {
                return false;
            }
        }
        !self.without.iter().any(|named| match named {
            Named::Extension => is_extension,
            Named::Target(named) => {
                same_attribute(named, target) && (named.sub.is_none() || same_sub(named, target))
            }
        })
    }
}

impl Projection {
    /// Everything that is returned by default.
    pub fn all() -> Self {
        let all = MemberParts {
            value: true,
            reference: true,
            kind: true,
        };
        Self {
            user: Side::default(),
            group: Side::default(),
            parts: GroupParts {
                external_id: true,
                display_name: true,
                meta: true,
            },
            members: true,
            member: all,
        }
    }

    /// Reads the two parameters: names with commas between them. An empty `attributes` is
    /// none at all.
    pub fn parse(attributes: Option<&str>, excluded: Option<&str>) -> Self {
        match (attributes, excluded) {
            (None, None) => Self::all(),
            // What Okta and Entra ask of groups, each time.
            (None, Some("members")) => WITHOUT_MEMBERS.clone(),
            _ => Self::read(attributes, excluded),
        }
    }

    fn read(attributes: Option<&str>, excluded: Option<&str>) -> Self {
        let attributes = attributes.filter(|list| !list.trim().is_empty());
        let mut projection = Self {
            user: Side::parse(ResourceType::User, attributes, excluded),
            group: Side::parse(ResourceType::Group, attributes, excluded),
            ..Self::all()
        };
        let wants = |name: &str| projection.wants(ResourceType::Group, name);
        let parts = GroupParts {
            external_id: wants("externalId"),
            display_name: wants("displayName"),
            meta: wants("meta"),
        };
        let members = wants("members");
        (projection.parts, projection.members) = (parts, members);
        let wants = |sub: &str| projection.wants_sub(ResourceType::Group, "members", sub);
        projection.member = MemberParts {
            value: wants("value"),
            reference: wants("$ref"),
            kind: wants("type"),
        };
        projection
    }

    /// What a group's answer has.
    pub fn group_parts(&self) -> GroupParts {
        self.parts
    }

    /// What an entry of a group's members has.
    pub fn member_parts(&self) -> MemberParts {
        self.member
    }

    /// Whether it leaves the answer as it is.
    pub fn is_all(&self) -> bool {
        let all = |side: &Side| side.only.is_none() && side.without.is_empty();
        all(&self.user) && all(&self.group)
    }

    /// Whether it leaves a group's answer as it is, members aside.
    pub fn is_all_but_members(&self) -> bool {
        let GroupParts {
            external_id,
            display_name,
            meta,
        } = self.parts;
        let subs = |named: &Named| matches!(named, Named::Target(target) if target.sub.is_some());
        let only = self.group.only.iter().flatten();
        external_id && display_name && meta && !only.chain(&self.group.without).any(subs)
    }

    fn side(&self, resource: ResourceType) -> &Side {
        match resource {
            ResourceType::User => &self.user,
            ResourceType::Group => &self.group,
        }
    }

    /// Whether an answer has (some of) the top-level attribute `name` of `resource`.
    pub fn wants(&self, resource: ResourceType, name: &str) -> bool {
        self.wants_target(resource, name, None)
    }

    /// Whether it has the sub-attribute `sub` of `name`.
    pub fn wants_sub(&self, resource: ResourceType, name: &str, sub: &str) -> bool {
        self.wants_target(resource, name, Some(sub))
    }

    /// Whether a group's answer has its members: if not, they need not be read.
    pub fn wants_members(&self) -> bool {
        self.members
    }

    fn wants_target(&self, resource: ResourceType, name: &str, sub: Option<&str>) -> bool {
        let path = AttrPath {
            urn: None,
            name: name.to_owned(),
            sub: sub.map(str::to_owned),
        };
        match resolve(resource, &path) {
            Some(target) => self.side(resource).keeps(&target),
            None => self.side(resource).only.is_none(),
        }
    }

    /// What stays of a resource in canonical names.
    pub fn apply(&self, resource: ResourceType, value: Value) -> Value {
        let Value::Object(map) = value else {
            return value;
        };
        let extension = resource.extension().map(|extension| extension.urn);
        let mut kept = Map::new();
        for (key, value) in map {
            if extension == Some(key.as_str()) {
                if let Value::Object(inner) = value {
                    let inner = self.apply_to_object(resource, extension, inner);
                    if !inner.is_empty() {
                        kept.insert(key, Value::Object(inner));
                    }
                }
                continue;
            }
            let one = Map::from_iter([(key, value)]);
            kept.extend(self.apply_to_object(resource, None, one));
        }
        Value::Object(kept)
    }

    /// The same on an answer that is text already.
    pub fn apply_to_text(&self, resource: ResourceType, text: &str) -> String {
        match serde_json::from_str(text) {
            Ok(value) => self.apply(resource, value).to_string(),
            // Our own answers are JSON; if one were not, it would be shown whole.
            Err(_) => text.to_owned(),
        }
    }

    fn apply_to_object(
        &self,
        resource: ResourceType,
        urn: Option<&str>,
        map: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in map {
            let path = AttrPath {
                urn: urn.map(str::to_owned),
                name: name.clone(),
                sub: None,
            };
            let Some(target) = resolve(resource, &path) else {
                if self.side(resource).only.is_none() {
                    kept.insert(name, value);
                }
                continue;
            };
            if !self.side(resource).keeps(&target) {
                continue;
            }
            if let Some(value) = self.trim(resource, &target, value) {
                kept.insert(name, value);
            }
        }
        kept
    }

    /// Leaves out sub-attributes; `None` when nothing is left.
    fn trim(&self, resource: ResourceType, target: &Target, value: Value) -> Option<Value> {
        match value {
            Value::Array(items) if !target.attribute.subs.is_empty() => {
                let was_empty = items.is_empty();
                let items = items
                    .into_iter()
                    .filter_map(|item| self.trim(resource, target, item));
                let items: Vec<Value> = items.collect();
                (was_empty || !items.is_empty()).then_some(Value::Array(items))
            }
            Value::Object(mut map) => {
                map.retain(|name, _| {
                    let sub = target.attribute.sub(name);
                    sub.is_none_or(|_| self.side(resource).keeps(&Target { sub, ..*target }))
                });
                (!map.is_empty()).then_some(Value::Object(map))
            }
            other => Some(other),
        }
    }
}

fn same_attribute(a: &Target, b: &Target) -> bool {
    a.place == b.place && a.attribute.name == b.attribute.name
}

fn same_sub(a: &Target, b: &Target) -> bool {
    a.sub.map(|sub| sub.name) == b.sub.map(|sub| sub.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::{ENTERPRISE_URN, USER_URN};
    use super::*;

    fn user(attributes: Option<&str>, excluded: Option<&str>) -> Value {
        let user = json!({
            "schemas": [USER_URN, ENTERPRISE_URN],
            "id": "1",
            "userName": "a",
            "name": {"familyName": "F", "givenName": "G"},
            "emails": [{"value": "a@b", "type": "work"}, {"value": "c@d"}],
            ENTERPRISE_URN: {"department": "D", "manager": {"value": "m", "displayName": "M"}},
            "meta": {"version": "v", "location": "l"},
        });
        let projection = Projection::parse(attributes, excluded);
        let mut value = projection.apply(ResourceType::User, user);
        for always in ["id", "schemas"] {
            let map = value.as_object_mut();
            assert!(
                map.is_some_and(|map| map.remove(always).is_some()),
                "{always}"
            );
        }
        value
    }

    #[test]
    fn attributes_leave_just_them() {
        assert_eq!(user(Some("USERNAME"), None), json!({"userName": "a"}));
        assert_eq!(
            user(Some("name.familyName"), None),
            json!({"name": {"familyName": "F"}})
        );
        assert_eq!(
            user(Some("emails.type"), None),
            json!({"emails": [{"type": "work"}]})
        );
        assert_eq!(user(Some("nonsense, shoeSize"), None), json!({}));
        assert_eq!(
            user(Some(&format!("{USER_URN}:userName,meta.version")), None),
            json!({"userName": "a", "meta": {"version": "v"}})
        );
        assert_eq!(
            user(Some(&format!("{ENTERPRISE_URN}:manager.value")), None),
            json!({ENTERPRISE_URN: {"manager": {"value": "m"}}})
        );
        let whole = json!({"department": "D", "manager": {"value": "m", "displayName": "M"}});
        assert_eq!(
            user(Some(ENTERPRISE_URN), None),
            json!({ENTERPRISE_URN: whole})
        );
    }

    #[test]
    fn excluded_attributes_go_and_id_and_schemas_stay() {
        let left = user(None, Some("id,schemas,emails.value,name,meta, shoeSize"));
        let extension = json!({"department": "D", "manager": {"value": "m", "displayName": "M"}});
        assert_eq!(
            left,
            json!({"userName": "a", "emails": [{"type": "work"}], ENTERPRISE_URN: extension})
        );
        let left = user(None, Some(ENTERPRISE_URN));
        assert!(left.get(ENTERPRISE_URN).is_none());
        assert_eq!(
            user(Some("userName,name"), Some("name.givenName")),
            json!({"userName": "a", "name": {"familyName": "F"}})
        );
    }

    #[test]
    fn members_are_wanted_unless_left_out() {
        let wants = |only, without| Projection::parse(only, without).wants_members();
        assert!(wants(None, None));
        assert!(wants(Some("members.value"), None));
        assert!(wants(Some(" "), None));
        assert!(!wants(Some("displayName"), None));
        assert!(!wants(None, Some("MEMBERS")));
        assert!(wants(None, Some("members.type")));
    }
}
