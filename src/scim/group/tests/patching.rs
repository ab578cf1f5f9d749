//! PATCH of a group, operation by operation.

use serde_json::{Value, json};

use super::super::super::ScimType;
use super::super::edits;
use super::{compiled, compiled_for, entry, group, id, kind_of};
use crate::domain::connection::ProviderKind;
use crate::domain::group::{GroupEdit, MemberMatch, PATCH_ADDS_MAX};
use crate::domain::text::GroupName;

#[test]
fn every_shape_of_members() {
    let text = id(1).to_string();
    let adds = Ok(vec![GroupEdit::AddMembers(vec![id(1)])]);
    for value in [
        json!([entry(1)]),
        entry(1),
        json!([text]),
        json!(text),
        json!([{"$ref": null, "value": text}]),
        json!([{"VALUE": text, "type": "User"}]),
    ] {
        let operation = json!([{"op": "Add", "path": "members", "value": value}]);
        assert_eq!(compiled(operation), adds);
        let operation = json!([{"op": "add", "value": {"Members": value}}]);
        assert_eq!(compiled(operation), adds);
        let operation = json!([{"op": "Remove", "path": "members", "value": value}]);
        assert_eq!(
            compiled(operation),
            Ok(vec![GroupEdit::RemoveMembers(vec![id(1)])])
        );
    }
    let one = |operation: Value| compiled(json!([operation]));
    let all = Ok(vec![GroupEdit::RemoveAllMembers]);
    assert_eq!(one(json!({"op": "remove", "path": "members"})), all);
    assert_eq!(
        one(json!({"op": "replace", "path": "members", "value": []})),
        all
    );
    assert_eq!(
        one(json!({"op": "replace", "path": "members", "value": null})),
        all
    );
    assert_eq!(
        one(json!({"op": "remove", "path": "members", "value": []})),
        Ok(vec![])
    );
    assert_eq!(
        one(json!({"op": "add", "path": "members", "value": []})),
        Ok(vec![])
    );
    let unknown = json!({"op": "remove", "path": "members", "value": [{"value": "gone"}]});
    assert_eq!(one(unknown), Ok(vec![]));
}

#[test]
fn filtered_removals_are_ids_where_they_can_be() {
    let remove =
        |filter: &str| compiled(json!([{"op": "remove", "path": format!("members[{filter}]")}]));
    let (a, b) = (id(1), id(2));
    assert_eq!(
        remove(&format!("value eq \"{a}\" or value eq \"{b}\"")),
        Ok(vec![GroupEdit::RemoveMembers(vec![a, b])])
    );
    assert_eq!(
        remove(&format!("type eq \"User\" and value eq \"{a}\"")),
        Ok(vec![GroupEdit::RemoveMembers(vec![a])])
    );
    assert_eq!(remove("value eq \"gone\""), Ok(vec![]));
    assert_eq!(
        remove(&format!("not (value eq \"{a}\")")),
        Ok(vec![GroupEdit::RemoveMembersWhere(MemberMatch::Not(
            Box::new(MemberMatch::Is(a))
        ))])
    );
    assert_eq!(
        remove("value pr"),
        Ok(vec![GroupEdit::RemoveMembersWhere(MemberMatch::Constant(
            true
        ))])
    );
    assert_eq!(
        kind_of(remove("display eq \"x\"")),
        Some(ScimType::InvalidPath)
    );
    assert_eq!(
        kind_of(remove("value co \"x\"")),
        Some(ScimType::InvalidPath)
    );
}

#[test]
fn okta_renames_and_moves_in_one_request() {
    let own = group().scim_id;
    let made = compiled(json!([
        {"op": "replace", "value": {"id": own.as_str(), "displayName": "N", "schemas": []}},
        {"op": "remove", "path": format!("members[value eq \"{}\"]", id(1))},
        {"op": "remove", "path": format!("members[value eq \"{}\"]", id(2))},
        {"op": "add", "path": "members", "value": [entry(3)]},
        {"op": "add", "path": "members", "value": [entry(4)]},
        {"op": "replace", "path": "externalId", "value": null},
    ]));
    let name = GroupName::parse("N").expect("a name");
    assert_eq!(
        made,
        Ok(vec![
            GroupEdit::Rename(name),
            GroupEdit::RemoveMembers(vec![id(1), id(2)]),
            GroupEdit::AddMembers(vec![id(3), id(4)]),
            GroupEdit::SetExternalId(None),
        ])
    );
}

#[test]
fn what_can_not_be_changed_is_refused() {
    let one = |operation: Value| kind_of(compiled(json!([operation])));
    let mutability = Some(ScimType::Mutability);
    let chosen = format!("members[value eq \"{}\"]", id(1));
    assert_eq!(
        one(json!({"op": "replace", "value": {"id": "other"}})),
        mutability
    );
    assert_eq!(
        one(json!({"op": "replace", "path": "id", "value": "x"})),
        mutability
    );
    assert_eq!(
        one(json!({"op": "replace", "path": "meta.version", "value": "x"})),
        mutability
    );
    assert_eq!(
        one(json!({"op": "add", "path": "members.type", "value": "x"})),
        mutability
    );
    assert_eq!(
        one(json!({"op": "replace", "path": chosen, "value": entry(2)})),
        mutability
    );
    let display = format!("{chosen}.display");
    let path = Some(ScimType::InvalidPath);
    assert_eq!(
        one(json!({"op": "replace", "path": display, "value": "x"})),
        path
    );
    assert_eq!(
        one(json!({"op": "replace", "path": "shoeSize", "value": "x"})),
        path
    );
    assert_eq!(
        one(json!({"op": "replace", "value": {"shoeSize": "x"}})),
        path
    );
    assert_eq!(
        one(json!({"op": "remove", "path": "displayName[a eq 1]"})),
        path
    );
    let value = Some(ScimType::InvalidValue);
    assert_eq!(
        one(json!({"op": "remove", "path": "displayName"})),
        mutability
    );
    assert_eq!(
        one(json!({"op": "replace", "value": {"displayName": null}})),
        mutability
    );
    assert_eq!(one(json!({"op": "replace", "value": "x"})), value);
    assert_eq!(
        one(json!({"op": "replace", "path": "members", "value": [entry(1), "gone"]})),
        value
    );
    assert_eq!(
        one(json!({"op": "add", "path": "members", "value": [entry(1), {"display": "x"}]})),
        value
    );
}

#[test]
fn a_filtered_add_makes_the_member() {
    let chosen = format!("members[value eq \"{}\"]", id(1));
    let add = |op: &str, value: Value| json!([{"op": op, "path": chosen, "value": value}]);
    let adds = Ok(vec![GroupEdit::AddMembers(vec![id(1)])]);
    assert_eq!(compiled(add("add", json!({"type": "User"}))), adds);
    assert_eq!(compiled(add("add", json!([entry(1)]))), adds);
    assert_eq!(
        compiled_for(ProviderKind::Entra, add("replace", entry(1))),
        adds
    );
    // In its own place an entry changes nothing, if it is there.
    assert_eq!(
        compiled(add("replace", entry(1))),
        Ok(vec![GroupEdit::RequireMember(id(1))])
    );
}

#[test]
fn values_that_are_no_ids_add_nobody() {
    let add = |value: Value| compiled(json!([{"op": "add", "path": "members", "value": value}]));
    let passed = |n: usize| Ok(vec![GroupEdit::PassOver(n)]);
    assert_eq!(add(json!("fake-member-id")), passed(1));
    assert_eq!(
        add(json!([{"value": "fake"}, {"value": ""}, null])),
        passed(2)
    );
    let both = add(json!([entry(1), {"Value": "fake"}]));
    let added = GroupEdit::AddMembers(vec![id(1)]);
    assert_eq!(both, Ok(vec![GroupEdit::PassOver(1), added]));
    // Meant as an id, in other letters than ours: passing it over would lose a member.
    for text in [
        "01A2008FD7A3756F8A900123456789AB",
        "01a2008f-d7a3-756f-8a90-0123456789ab",
    ] {
        assert!(add(json!([{ "value": text }])).is_err(), "{text}");
    }
}

#[test]
fn emptying_and_filling_is_replacing() {
    let made = compiled(json!([
        {"op": "remove", "path": "members"},
        {"op": "replace", "path": "displayName", "value": "N"},
        {"op": "add", "path": "members", "value": [entry(1)]},
        {"op": "add", "path": "members", "value": [entry(2)]},
    ]));
    let name = GroupName::parse("N").expect("a name");
    assert_eq!(
        made,
        Ok(vec![
            GroupEdit::ReplaceMembers(vec![id(1), id(2)]),
            GroupEdit::Rename(name),
        ])
    );
}

#[test]
fn added_members_are_counted() {
    let adds = |n: usize| {
        let value: Vec<Value> = vec![entry(1); n];
        compiled(json!([
            {"op": "add", "path": "members", "value": value},
            {"op": "add", "path": "members", "value": entry(2)},
        ]))
    };
    assert!(adds(PATCH_ADDS_MAX - 1).is_ok());
    assert_eq!(kind_of(adds(PATCH_ADDS_MAX)), Some(ScimType::TooMany));
}

#[test]
fn scans_of_all_members_are_counted() {
    let scan = json!({"op": "remove", "path": format!("members[value ne \"{}\"]", id(1))});
    let scans = |n: usize| compiled(json!(vec![scan.clone(); n]));
    assert!(scans(edits::SCANS_MAX).is_ok());
    assert_eq!(
        kind_of(scans(edits::SCANS_MAX + 1)),
        Some(ScimType::TooMany)
    );
}
