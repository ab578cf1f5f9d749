//! PATCH of a user, operation by operation.

use serde_json::{Value, json};

use super::super::super::{ENTERPRISE_URN, ScimType, USER_URN, value};
use super::super::parse_replacement;
use super::{kind_of, own_id, patched, profile, rendered};
use crate::domain::connection::ProviderKind;

#[test]
fn paths_as_names_of_the_value() {
    let made = profile(json!({"userName": "a", "name": {"familyName": "F"}}));
    let after = patched(
        &made,
        ProviderKind::Entra,
        json!([{"op": "Replace", "value": {
            "displayName": "D", "name.givenName": "G", "active": "False",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "X",
            "emails[type eq \"work\"].value": "w@x",
            "schemas": ["urn:x"], "meta": {"resourceType": "User"}, "id": own_id().to_string(),
            "roles": [], "password": "p",
        }}]),
    );
    let after = after.expect("a good patch");
    assert!(!after.active);
    assert_eq!(
        after.attributes["name"],
        json!({"familyName": "F", "givenName": "G"})
    );
    assert_eq!(
        after.attributes["emails"],
        json!([{"type": "work", "value": "w@x"}])
    );
    assert_eq!(after.attributes[ENTERPRISE_URN], json!({"department": "X"}));
    assert_eq!(
        after.attributes["schemas"],
        json!([USER_URN, ENTERPRISE_URN])
    );
}

#[test]
fn whole_resource_as_a_value() {
    let made = profile(json!({"userName": "a"}));
    let with = |value: Value| {
        kind_of(patched(
            &made,
            ProviderKind::Generic,
            json!([{"op": "replace", "value": value}]),
        ))
    };
    assert_eq!(with(json!({"id": "other"})), Some(ScimType::Mutability));
    assert_eq!(with(json!({"groups": []})), Some(ScimType::Mutability));
    assert_eq!(with(json!({"shoeSize": 1})), Some(ScimType::InvalidPath));
    assert_eq!(
        with(json!({"name": {"nick": 1}})),
        Some(ScimType::InvalidPath)
    );
    assert_eq!(
        with(json!({ENTERPRISE_URN: {"shoeSize": 1}})),
        Some(ScimType::InvalidPath)
    );
    assert_eq!(with(json!({"": 1})), Some(ScimType::InvalidPath));
    assert_eq!(with(json!({USER_URN: {"title": "T", "schemas": []}})), None);
}

#[test]
fn the_extension_as_a_value_may_name_its_schemas() {
    let ada = profile(json!({"userName": "ada"}));
    let value = json!({"schemas": [ENTERPRISE_URN], "department": "D"});
    for operation in [
        json!({"op": "add", "path": ENTERPRISE_URN, "value": value}),
        json!({"op": "replace", "value": {ENTERPRISE_URN: value}}),
    ] {
        let after = patched(&ada, ProviderKind::Generic, json!([operation]));
        let extension = after.map(|after| after.attributes[ENTERPRISE_URN].clone());
        assert_eq!(extension, Ok(json!({"department": "D"})));
    }
}

#[test]
fn roles_and_password_have_no_effect() {
    let made = profile(json!({"userName": "a"}));
    for operation in [
        json!({"op": "Add", "path": "roles", "value": [{"value": "admin"}]}),
        json!({"op": "replace", "path": "roles[primary eq \"True\"].value", "value": "admin"}),
        json!({"op": "replace", "path": format!("{USER_URN}:roles"), "value": []}),
        json!({"op": "remove", "path": "roles"}),
        json!({"op": "replace", "path": "password", "value": "x"}),
        json!({"op": "remove", "path": "emails", "value": []}),
    ] {
        let after = patched(&made, ProviderKind::Generic, json!([operation]));
        assert_eq!(after.as_ref(), Ok(&made), "{operation}");
    }
}

#[test]
fn an_unassigned_active_is_not_answered_and_ends_no_membership() {
    let made = profile(json!({"userName": "a", "addresses": [{"country": "CH"}]}));
    for operation in [
        json!({"op": "remove", "path": "active"}),
        json!({"op": "replace", "path": "active", "value": null}),
        json!({"op": "add", "value": {"ACTIVE": null}}),
    ] {
        let after = patched(&made, ProviderKind::Generic, json!([operation]));
        let after = after.expect("a good patch");
        assert!(after.active && after.is_active_unassigned());
        let answer = rendered(&after);
        assert!(answer.get("active").is_none(), "{answer}");
        assert_eq!(answer["userName"], "a");
        assert_eq!(parse_replacement(&answer, &after), Ok(after.clone()));
        let again = json!([{"op": "add", "path": "active", "value": true}]);
        assert_eq!(
            patched(&after, ProviderKind::Generic, again),
            Ok(made.clone())
        );
        let put = parse_replacement(&rendered(&made), &after);
        assert_eq!(put, Ok(made.clone()));
    }
}

#[test]
fn what_is_required_is_not_unassigned() {
    let made = profile(json!({"userName": "a"}));
    for operation in [
        json!({"op": "remove", "path": "userName"}),
        json!({"op": "replace", "path": "userName", "value": null}),
        json!({"op": "add", "value": {"userName": null}}),
    ] {
        // Also when what comes after would make up for it: each operation is one by itself.
        let then = json!({"op": "add", "path": "userName", "value": "b"});
        let refused = patched(&made, ProviderKind::Generic, json!([operation, then]));
        assert_eq!(kind_of(refused), Some(ScimType::Mutability), "{operation}");
    }
}

#[test]
fn unqualified_manager() {
    let made = profile(json!({"userName": "a"}));
    for (path, value) in [
        ("manager", json!([{"$ref": null, "value": "m"}])),
        ("manager", json!("m")),
        ("manager.value", json!("m")),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
            json!("m"),
        ),
    ] {
        let operation = json!([{"op": "Add", "path": path, "value": value}]);
        let after = patched(&made, ProviderKind::Entra, operation).expect("a good patch");
        assert_eq!(
            after.attributes[ENTERPRISE_URN],
            json!({"manager": {"value": "m"}})
        );
        let gone = patched(
            &after,
            ProviderKind::Entra,
            json!([{"op": "Remove", "path": path}]),
        );
        assert_eq!(gone.as_ref(), Ok(&made));
    }
}

#[test]
fn filtered_paths_create_what_is_missing() {
    let made = profile(json!({"userName": "a", "emails": [{"value": "h@x", "type": "home"}]}));
    let path = "emails[type eq \"work\" and primary eq true].value";
    let with = |kind: ProviderKind, op: &str, path: &str| {
        patched(
            &made,
            kind,
            json!([{"op": op, "path": path, "value": "w@x"}]),
        )
    };
    let expected = json!([
        {"value": "h@x", "type": "home"},
        {"value": "w@x", "type": "work", "primary": true},
    ]);
    for (kind, op) in [
        (ProviderKind::Generic, "add"),
        (ProviderKind::Authentik, "add"),
        (ProviderKind::Okta, "replace"),
        (ProviderKind::Entra, "replace"),
    ] {
        let after = with(kind, op, path).expect("created");
        assert_eq!(after.attributes["emails"], expected);
    }
    for kind in [ProviderKind::Generic, ProviderKind::Authentik] {
        assert_eq!(
            kind_of(with(kind, "replace", path)),
            Some(ScimType::NoTarget)
        );
    }
    let either = "emails[type eq \"work\" or type eq \"other\"].value";
    assert_eq!(
        kind_of(with(ProviderKind::Entra, "add", either)),
        Some(ScimType::NoTarget)
    );
    let unknown = "emails[shoe eq \"work\"].value";
    assert_eq!(
        kind_of(with(ProviderKind::Entra, "add", unknown)),
        Some(ScimType::InvalidPath)
    );
    assert_eq!(
        kind_of(with(ProviderKind::Entra, "add", "title[a eq 1]")),
        Some(ScimType::InvalidPath)
    );
}

#[test]
fn one_entry_is_primary() {
    let made = profile(json!({"userName": "a", "emails": [
        {"value": "w@x", "type": "work", "primary": true}, {"value": "h@x", "type": "home"},
    ]}));
    let with = |path: &str, value: Value| {
        patched(
            &made,
            ProviderKind::Generic,
            json!([{"op": "add", "path": path, "value": value}]),
        )
    };
    let after = with(
        "emails",
        json!([{"value": "H@x", "type": "home", "primary": true}]),
    );
    assert_eq!(
        after.map(|after| after.attributes["emails"].clone()),
        Ok(json!([
            {"value": "w@x", "type": "work", "primary": false},
            {"value": "H@x", "type": "home", "primary": true},
        ]))
    );
    let both = with("emails[type pr].primary", json!(true));
    assert_eq!(kind_of(both), Some(ScimType::InvalidValue));
    let both = with("emails.primary", json!(true));
    assert_eq!(kind_of(both), Some(ScimType::InvalidValue));
}

#[test]
fn one_request_makes_one_entry_primary() {
    let made = profile(json!({"userName": "a", "emails": [
        {"value": "w@x", "type": "work", "primary": true}, {"value": "h@x", "type": "home"},
    ]}));
    let primary = |kind: &str, value: bool| {
        let path = format!("emails[type eq \"{kind}\"].primary");
        json!({"op": "replace", "path": path, "value": value})
    };
    let with = |operations: Value| {
        let after = patched(&made, ProviderKind::Generic, operations)?;
        let of = |place: usize| value::is_primary(&after.attributes["emails"][place]);
        Ok((of(0), of(1)))
    };
    let two = Some(ScimType::InvalidValue);
    assert_eq!(
        kind_of(with(json!([primary("work", true), primary("home", true)]))),
        two
    );
    let other = json!({"op": "add", "path": "emails", "value": {"value": "o", "primary": true}});
    assert_eq!(kind_of(with(json!([primary("home", true), other]))), two);
    assert_eq!(kind_of(with(json!([other, primary("home", true)]))), two);
    // What the request takes back, or only touches, it does not claim.
    let back = json!([
        primary("work", true),
        primary("work", false),
        primary("home", true)
    ]);
    assert_eq!(with(back), Ok((false, true)));
    let shown = json!({"op": "add", "path": "emails[type pr].display", "value": "D"});
    assert_eq!(
        with(json!([shown, primary("home", true)])),
        Ok((false, true))
    );
    let gone = json!({"op": "remove", "path": "emails[type eq \"work\"]"});
    let after = patched(
        &made,
        ProviderKind::Generic,
        json!([primary("work", true), gone, primary("home", true)]),
    );
    assert!(after.is_ok_and(|after| value::is_primary(&after.attributes["emails"][0])));
}

#[test]
fn what_is_there_is_not_added_again() {
    let made = profile(json!({
        "userName": "a",
        "emails": [{"value": "w@x", "type": "work"}],
        "addresses": [{"country": "CH", "locality": "Bern", "primary": true}],
    }));
    for operation in [
        json!({"op": "add", "path": "emails", "value": {"value": "w@x", "type": "work"}}),
        json!({"op": "add", "path": "emails", "value": {"value": "w@x", "type": "work",
            "primary": false}}),
        json!({"op": "add", "path": "addresses", "value": {"country": "CH", "locality": "Bern",
            "primary": "True"}}),
        // A filtered path whose entry is there under another name makes no second one.
        json!({"op": "add", "path": "emails[display eq \"x\"]", "value": {"value": "w@x",
            "type": "work", "display": null}}),
    ] {
        let after = patched(&made, ProviderKind::Generic, json!([operation]));
        assert_eq!(after.as_ref(), Ok(&made), "{operation}");
    }
    // The letter case of the last one sent is kept.
    let louder =
        json!([{"op": "add", "path": "emails", "value": {"value": "W@x", "type": "Work"}}]);
    let after = patched(&made, ProviderKind::Generic, louder).expect("a good patch");
    assert_eq!(
        after.attributes["emails"],
        json!([{"value": "W@x", "type": "Work"}])
    );
}

#[test]
fn named_entries_are_removed() {
    let made = profile(json!({"userName": "a", "emails": [
        {"value": "w@x", "type": "work"}, {"value": "h@x", "type": "home"},
    ]}));
    let remove = json!([{"op": "remove", "path": "emails", "value": [{"value": "W@X"}]}]);
    let after = patched(&made, ProviderKind::Generic, remove).expect("a good patch");
    assert_eq!(
        after.attributes["emails"],
        json!([{"value": "h@x", "type": "home"}])
    );
}

#[test]
fn a_patch_that_costs_too_much_is_refused() {
    let many: Vec<Value> = (0..1000)
        .map(|n| json!({"value": format!("{n}")}))
        .collect();
    let made = profile(json!({"userName": "a", "emails": many}));
    let terms = vec!["type eq \"x\""; 100].join(" or ");
    let operation = json!({"op": "remove", "path": format!("emails[{terms}]")});
    let with = |n: usize| {
        kind_of(patched(
            &made,
            ProviderKind::Generic,
            json!(vec![operation.clone(); n]),
        ))
    };
    assert_eq!(with(10), None);
    assert_eq!(with(11), Some(ScimType::TooMany));
    let growth = json!([{
        "op": "add", "path": "emails[value pr].display", "value": "x".repeat(2000),
    }]);
    let error = patched(&made, ProviderKind::Generic, growth);
    assert_eq!(kind_of(error), Some(ScimType::InvalidValue));
}
