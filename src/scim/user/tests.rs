mod patching;

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::super::patch::{self, Op};
use super::super::project::Projection;
use super::super::{PATCH_URN, ScimType};
use super::*;
use crate::domain::connection::ProviderKind;
use crate::domain::document::{Draft, Stamp};
use crate::domain::id::MemberId;
use crate::domain::member::{Beside, GroupOfMember, Member, RoleOfMember, RolePath, State};

const BASE: &str = "https://h/client/v4/accounts/1/scim/v2";

fn own_id() -> MemberId {
    MemberId::from_bytes([0xab; 16])
}

fn member(profile: &Profile) -> Member {
    let stamp = Stamp {
        created_ms: 0,
        modified_ms: 1_700_000_000_123,
        version: 3,
    };
    let draft = Draft::of(&profile.attributes, profile.active).expect("JSON");
    Member {
        id: own_id(),
        state: if profile.active {
            State::Active
        } else {
            State::Inactive
        },
        user_name: profile.text("userName").unwrap_or_default().to_owned(),
        document: draft.finish(own_id(), stamp),
        external_id: profile
            .external_id
            .as_ref()
            .map(|id| id.as_str().to_owned()),
        managed_by: None,
        beside: Beside::new(
            vec![Arc::new(GroupOfMember {
                scim_id: "g1".to_owned(),
                name: "A \"B\"".to_owned(),
            })],
            vec![RoleOfMember {
                name: "Minimal Account Access".to_owned(),
                path: RolePath::Direct,
            }],
        ),
        record_version: stamp.version,
        created_ms: stamp.created_ms,
        modified_ms: stamp.modified_ms,
    }
}

fn rendered(profile: &Profile) -> Value {
    let mut out = String::new();
    render(&member(profile).view(), BASE, &mut out);
    serde_json::from_str(&out).expect("an answer is JSON")
}

fn ops(operations: Value) -> Result<Vec<Op>> {
    patch::parse(json!({"schemas": [PATCH_URN], "Operations": operations}))
}

fn patched(current: &Profile, kind: ProviderKind, operations: Value) -> Result<Profile> {
    apply(&ops(operations)?, current, &own_id(), kind)
}

fn profile(body: Value) -> Profile {
    parse_new(&body).expect("a good body")
}

fn kind_of<T>(result: Result<T>) -> Option<ScimType> {
    result.err().and_then(|error| error.scim_type)
}

#[test]
fn a_body_is_kept_in_canonical_names() {
    let full = profile(json!({
        "SCHEMAS": ["urn:x"], "USERNAME": "Ann@x.org", "Name": {"GIVENNAME": "Ann", "nick": 1},
        "Emails": [{"VALUE": "a@x", "Primary": "True", "type": null}, {}], "photos": [],
        "title": null, "shoeSize": 44, "password": "x", "groups": [{"value": "g"}],
        "roles": ["admin"], "id": "1", "meta": {}, "externalId": "e", "active": "FALSE",
        "URN:ietf:params:scim:schemas:extension:enterprise:2.0:User":
            {"Department": "D", "manager": "m1"},
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0User": {"division": "x"},
    }));
    assert!(!full.active);
    assert_eq!(full.external_id.as_ref().map(ExternalId::as_str), Some("e"));
    assert_eq!(
        Value::Object(full.attributes),
        json!({
            "schemas": [USER_URN, ENTERPRISE_URN],
            "userName": "Ann@x.org",
            "name": {"givenName": "Ann"},
            "emails": [{"value": "a@x", "primary": true}],
            ENTERPRISE_URN: {"department": "D", "manager": {"value": "m1"}},
        })
    );
}

#[test]
fn wrong_values_are_refused_by_name() {
    for (name, value) in [
        ("userName", json!("")),
        ("userName", json!(null)),
        ("userName", json!("a\u{200b}")),
        ("title", json!(5)),
        (
            "title",
            json!("x".repeat(value::STORED_STRING_BYTES_MAX + 1)),
        ),
        ("name", json!("x")),
        ("name", json!({"givenName": ["x"]})),
        ("active", json!("maybe")),
        ("active", json!(0)),
        ("emails", json!("a@x")),
        ("emails", json!([5])),
        ("emails", json!([[]])),
        ("emails", json!([[{"value": "a"}]])),
        (
            "emails",
            json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]),
        ),
        (
            "emails",
            json!(vec![json!({"value": "a"}); value::ENTRIES_MAX + 1]),
        ),
        ("addresses", json!(["x"])),
        ("x509Certificates", json!([{"value": "no base64!"}])),
        ("externalId", json!(5)),
        ("externalId", json!("")),
        (ENTERPRISE_URN, json!("x")),
    ] {
        let mut body = json!({"userName": "a"});
        body[name] = value;
        let error = parse_new(&body).expect_err(name);
        assert_eq!(error.scim_type, Some(ScimType::InvalidValue));
        assert!(error.detail.contains(name), "{} lacks {name}", error.detail);
        assert!(
            error.detail.ends_with('.') && !error.detail.contains(". "),
            "{}",
            error.detail
        );
    }
    assert_eq!(
        kind_of(parse_new(&json!([]))),
        Some(ScimType::InvalidSyntax)
    );
    assert_eq!(kind_of(parse_new(&json!({}))), Some(ScimType::InvalidValue));
}

#[test]
fn a_document_has_a_size() {
    let address = json!({"formatted": "x".repeat(value::STORED_STRING_BYTES_MAX)});
    let body = |n: usize| json!({"userName": "a", "addresses": vec![address.clone(); n]});
    assert!(parse_new(&body(15)).is_ok());
    assert_eq!(kind_of(parse_new(&body(16))), Some(ScimType::InvalidValue));
}

#[test]
fn bare_strings_for_complex_values() {
    let made = profile(json!({"userName": "a", "emails": ["a@x"], "phoneNumbers": ["+1"]}));
    assert_eq!(made.attributes["emails"], json!([{"value": "a@x"}]));
    assert_eq!(made.attributes["phoneNumbers"], json!([{"value": "+1"}]));
}

#[test]
fn emails_as_an_object() {
    let made = profile(json!({"userName": "a", "emails": {"value": "a@x", "type": "work"}}));
    assert_eq!(
        made.attributes["emails"],
        json!([{"value": "a@x", "type": "work"}])
    );
}

#[test]
fn what_we_answer_can_be_put_back() {
    let made = profile(json!({
        "userName": "ann", "externalId": "e", "displayName": "A \"\\ \u{1f600}",
        "emails": [{"value": "a@x", "primary": true}], ENTERPRISE_URN: {"manager": {"value": "m"}},
    }));
    assert_eq!(parse_replacement(&rendered(&made), &made), Ok(made.clone()));
    let bare = parse_replacement(
        &json!({"userName": "b"}),
        &Profile {
            active: false,
            ..made
        },
    );
    let bare = bare.expect("a good body");
    assert!(!bare.active && bare.external_id.is_none());
    assert_eq!(
        Value::Object(bare.attributes),
        json!({"userName": "b", "schemas": [USER_URN]})
    );
}

#[test]
fn an_answer_has_everything_and_a_projection_less() {
    let made = profile(json!({"userName": "ann", "emails": ["a@x"]}));
    let user = rendered(&made);
    let id = own_id().to_string();
    assert_eq!(user["id"], id);
    assert_eq!(user["active"], true);
    assert_eq!(
        user["groups"],
        json!([{
            "value": "g1", "$ref": format!("{BASE}/Groups/g1"),
            "display": "A \"B\"", "type": "direct",
        }])
    );
    assert_eq!(
        user["roles"],
        json!([{"value": "Minimal Account Access", "type": "direct"}])
    );
    assert_eq!(user["meta"]["location"], format!("{BASE}/Users/{id}"));
    assert_eq!(user["meta"]["lastModified"], "2023-11-14T22:13:20.123Z");
    assert_eq!(user["meta"]["created"], "1970-01-01T00:00:00.000Z");
    assert_eq!(user["meta"]["version"], member(&made).version().to_string());
    let projection = Projection::parse(Some("userName,groups.value"), None);
    let less = render_projected(&member(&made).view(), BASE, &projection);
    let less: Value = serde_json::from_str(&less).expect("an answer is JSON");
    assert_eq!(
        less,
        json!({"schemas": [USER_URN], "id": id, "userName": "ann", "groups": [{"value": "g1"}]})
    );
}

#[test]
fn what_nearly_everybody_has_beside_the_record_is_no_part_of_the_version() {
    let made = profile(json!({"userName": "ann"}));
    let shown = |beside: Beside| {
        let member = Member {
            beside,
            ..member(&made)
        };
        let mut out = String::new();
        render(&member.view(), BASE, &mut out);
        let user: Value = serde_json::from_str(&out).expect("an answer is JSON");
        assert_eq!(user["meta"]["version"], member.version().to_string());
        user
    };
    let usual = Beside::new(Vec::new(), member(&made).beside.roles);
    let user = shown(usual);
    assert_eq!(user["meta"]["version"], "W/\"3\"");
    assert_eq!(
        user["roles"],
        json!([{"value": "Minimal Account Access", "type": "direct"}])
    );
    assert!(user.get("groups").is_none());
    let lonely = shown(Beside::default());
    assert!(lonely.get("roles").is_none() && lonely.get("groups").is_none());
    assert_eq!(lonely["meta"]["version"], "W/\"3-00000000\"");
}

proptest! {
    #[test]
    fn adding_or_removing_twice_is_once(
        values in proptest::collection::vec("[ab]@[xy]", 1..4),
        path in prop_oneof![Just("emails"), Just("phoneNumbers")],
        op in prop_oneof![Just("add"), Just("replace"), Just("remove")],
    ) {
        let start = profile(json!({"userName": "a", "emails": ["a@x"]}));
        let value: Vec<Value> = values.iter().map(|text| json!({"value": text})).collect();
        let operation = json!([{"op": op, "path": path, "value": value}]);
        let once = patched(&start, ProviderKind::Generic, operation.clone());
        let once = once.expect("a good patch");
        let twice = patched(&once, ProviderKind::Generic, operation);
        prop_assert_eq!(twice, Ok(once));
    }

    #[test]
    fn any_answer_can_be_put_back(display in "\\PC{0,20}", title in any::<String>()) {
        let made = profile(json!({"userName": "a", "displayName": display, "title": title}));
        prop_assert_eq!(parse_replacement(&rendered(&made), &made), Ok(made.clone()));
    }
}
