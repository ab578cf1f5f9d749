//! PATCH bodies: read, then applied to a person or compiled into edits of a group.
//!
//! The first byte chooses the provider's kind (its lowest two bits), a group instead of a person
//! (bit 2), and a record with everything instead of a bare one (bit 3); the rest is the body.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use provost::domain::connection::ProviderKind;
use provost::domain::group::{GroupEdit, PATCH_ADDS_MAX};
use provost::domain::id::{GroupScimId, MemberId};
use provost::domain::member::Profile;
use provost::scim::json::{self, JsonLimits};
use provost::scim::patch::{self, Op, OpKind};
use provost::scim::schema::{Attribute, ENTERPRISE, Kind, USER, find};
use provost::scim::{ENTERPRISE_URN, group, user};
use serde_json::{Map, Value, json};

const MEMBER: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";
const GROUP: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f9";

static BARE: LazyLock<Profile> = LazyLock::new(|| profile(&json!({ "userName": "ada" })));

static FULL: LazyLock<Profile> = LazyLock::new(|| {
    profile(&json!({
        "externalId": "e1", "userName": "ada@example.com", "active": false,
        "name": { "formatted": "Ada L", "familyName": "L", "givenName": "Ada" },
        "displayName": "Ada", "title": "T", "locale": "en",
        "emails": [
            { "value": "a@example.com", "type": "work", "primary": true },
            { "value": "a@home.example", "type": "home", "primary": false },
            { "type": "other" },
        ],
        "phoneNumbers": [{ "value": "1", "type": "work" }, { "value": "2" }],
        "addresses": [{ "type": "work", "country": "GB", "primary": true }],
        "entitlements": [{ "value": "x" }],
        "x509Certificates": [{ "value": "AAEC" }],
        ENTERPRISE_URN: { "department": "D", "manager": { "value": "m" } },
    }))
});

fn profile(body: &Value) -> Profile {
    user::parse_new(body).expect("a good person")
}

pub fn run(data: &[u8]) {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    let Ok(body) = json::parse(body, &JsonLimits::GENERAL) else {
        return;
    };
    let Ok(ops) = patch::parse(body) else {
        return;
    };
    let kind = ProviderKind::ALL[usize::from(choice & 3)];
    if choice & 4 == 0 {
        let current = if choice & 8 == 0 { &BARE } else { &FULL };
        on_user(&ops, current, kind);
    } else {
        on_group(&ops, kind);
    }
}

fn on_user(ops: &[Op], current: &Profile, kind: ProviderKind) {
    let id: MemberId = MEMBER.parse().expect("an id");
    let apply = |ops: &[Op], to: &Profile| user::apply(ops, to, &id, kind);
    let Ok(after) = apply(ops, current) else {
        return;
    };
    check(&after.attributes);
    assert_eq!(
        put_back(&after),
        after,
        "an answer can be sent back as it is"
    );
    // Every operation alone takes what the ones before left.
    let mut one_by_one = current.clone();
    let stepwise = ops.iter().try_for_each(|op| {
        one_by_one = apply(std::slice::from_ref(op), &one_by_one)?;
        Ok::<(), provost::scim::Error>(())
    });
    if stepwise.is_ok() {
        assert_eq!(one_by_one, after, "operations follow each other");
    }
    if let [op] = ops
        && is_repeatable(op)
    {
        let again = apply(ops, &after);
        assert_eq!(again.as_ref(), Ok(&after), "once more is once");
    }
}

/// A filter may choose something else once the operation has changed what it looks at; the
/// names in a value without a path may have filters too.
fn is_repeatable(op: &Op) -> bool {
    op.path.as_ref().is_some_and(|path| {
        let urn = path.attr.to_string().to_ascii_lowercase();
        path.filter.is_none() && !urn.ends_with(":user")
    })
}

/// What a PUT of the answer would make of the person.
fn put_back(after: &Profile) -> Profile {
    let mut body = after.attributes.clone();
    // A document may note that `active` is unassigned: then answers are without it.
    let unassigned = body.remove("active").is_some();
    if !unassigned {
        body.insert("active".to_owned(), Value::Bool(after.active));
    }
    if let Some(id) = &after.external_id {
        body.insert("externalId".to_owned(), Value::from(id.as_str()));
    }
    user::parse_replacement(&Value::Object(body), after).expect("a good body")
}

/// The document as the schema has it: names as announced, values of the announced types,
/// nothing empty, one primary entry at most, nothing that is the server's to say.
fn check(document: &Map<String, Value>) {
    assert!(document.get("userName").is_some_and(Value::is_string));
    for (name, value) in document {
        match name.as_str() {
            "schemas" => assert!(value.is_array()),
            "active" => assert!(value.is_null(), "active is kept elsewhere"),
            ENTERPRISE_URN => {
                let extension = value.as_object().expect("an object");
                assert!(!extension.is_empty(), "an empty extension");
                for (name, value) in extension {
                    check_attribute(announced(ENTERPRISE.attributes, name), value);
                }
            }
            name => check_attribute(announced(USER.attributes, name), value),
        }
    }
}

fn announced(attributes: &'static [Attribute], name: &str) -> &'static Attribute {
    let found = find(attributes, name).expect("an announced attribute");
    assert_eq!(found.name, name, "names are as announced");
    assert!(!found.is_read_only(), "{name} is read-only");
    found
}

fn check_attribute(attribute: &'static Attribute, value: &Value) {
    if !attribute.multi {
        check_value(attribute, value);
        return;
    }
    let entries = value.as_array().expect("an array");
    assert!(!entries.is_empty(), "{} is empty", attribute.name);
    for entry in entries {
        check_value(attribute, entry);
    }
    let primary = |entry: &&Value| entry.get("primary") == Some(&Value::Bool(true));
    let primaries = entries.iter().filter(primary).count();
    assert!(
        primaries <= 1,
        "{} has {primaries} primaries",
        attribute.name
    );
}

fn check_value(attribute: &'static Attribute, value: &Value) {
    match attribute.kind {
        Kind::Complex => {
            let members = value.as_object().expect("an object");
            assert!(!members.is_empty(), "{} is empty", attribute.name);
            for (name, value) in members {
                check_value(announced(attribute.subs, name), value);
            }
        }
        Kind::Boolean => assert!(value.is_boolean(), "{}: {value}", attribute.name),
        Kind::String | Kind::DateTime | Kind::Reference | Kind::Binary => {
            assert!(value.is_string(), "{}: {value}", attribute.name);
        }
    }
}

fn on_group(ops: &[Op], kind: ProviderKind) {
    let id = GroupScimId::parse(GROUP).expect("an id");
    let Ok(edits) = group::edits(ops, &id, kind) else {
        return;
    };
    let adds = |edit: &GroupEdit| match edit {
        GroupEdit::AddMembers(ids) | GroupEdit::ReplaceMembers(ids) => ids.len(),
        _ => 0,
    };
    assert!(edits.iter().map(adds).sum::<usize>() <= PATCH_ADDS_MAX);
    // Each edit puts somebody in, out, or leaves them, whoever else is there: so the same edits
    // once more change nothing.
    let mut start = BTreeSet::from([member(1), member(2)]);
    start.extend(MEMBER.parse::<MemberId>());
    let once = fold(&edits, start);
    assert_eq!(fold(&edits, once.clone()), once);
    // Operations are compiled one after the other: the edits of all are those of each.
    let mut one_by_one = Vec::new();
    for op in ops {
        let alone = group::edits(std::slice::from_ref(op), &id, kind);
        one_by_one.extend(alone.expect("it compiled with the others"));
    }
    assert_eq!(
        fold(&one_by_one, BTreeSet::new()),
        fold(&edits, BTreeSet::new())
    );
    let named = |edits: &[GroupEdit]| {
        edits.iter().rev().find_map(|edit| match edit {
            GroupEdit::Rename(name) => Some(name.as_str().to_owned()),
            _ => None,
        })
    };
    assert_eq!(named(&one_by_one), named(&edits));
    let removes_name = |op: &Op| {
        op.kind == OpKind::Remove
            && op.path.as_ref().is_some_and(|path| {
                path.attr.urn.is_none() && path.attr.name.eq_ignore_ascii_case("displayName")
            })
    };
    assert!(!ops.iter().any(removes_name), "displayName is required");
}

fn member(last: u8) -> MemberId {
    MemberId::from_bytes([
        1, 152, 243, 162, 196, 213, 126, 111, 128, 145, 162, 179, 196, 213, 230, last,
    ])
}

/// The members after the edits, by the meaning of each.
fn fold(edits: &[GroupEdit], mut members: BTreeSet<MemberId>) -> BTreeSet<MemberId> {
    for edit in edits {
        match edit {
            GroupEdit::AddMembers(ids) => members.extend(ids),
            GroupEdit::RemoveMembers(ids) => members.retain(|id| !ids.contains(id)),
            GroupEdit::ReplaceMembers(ids) => members = ids.iter().copied().collect(),
            GroupEdit::RemoveAllMembers => members.clear(),
            GroupEdit::RemoveMembersWhere(chosen) => members.retain(|id| !chosen.picks(*id)),
            // What is about names, and what changes nobody's membership.
            _ => {}
        }
    }
    members
}
