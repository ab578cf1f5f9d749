mod patching;

use proptest::prelude::*;
use serde_json::json;

use super::super::filter::Filter;
use super::super::patch;
use super::super::project::Projection;
use super::super::vectors::Model;
use super::super::{GROUP_URN, PATCH_URN, ScimType};
use super::*;
use crate::domain::connection::ProviderKind;
use crate::domain::group::{Group, GroupView};
use crate::domain::id::{GroupId, GroupScimId};
use crate::domain::query::{Filter as Query, GroupCondition};

const BASE: &str = "https://h/scim/v2";

fn id(n: u8) -> MemberId {
    MemberId::from_bytes([n; 16])
}

fn entry(n: u8) -> Value {
    json!({"value": id(n).to_string()})
}

fn group() -> Group {
    let own = GroupId::from_bytes([9; 16]);
    Group {
        id: own,
        scim_id: own.into(),
        name: "Guides \"x\"".to_owned(),
        external_id: Some("e".to_owned()),
        managed_by: None,
        legacy: None,
        has_old_names: false,
        old_name: None,
        member_count: 2,
        record_version: 5,
        created_ms: 0,
        modified_ms: 1,
    }
}

fn compiled(operations: Value) -> Result<Vec<GroupEdit>> {
    compiled_for(ProviderKind::Generic, operations)
}

fn compiled_for(kind: ProviderKind, operations: Value) -> Result<Vec<GroupEdit>> {
    let ops = patch::parse(json!({"schemas": [PATCH_URN], "Operations": operations}))?;
    edits(&ops, &group().scim_id, kind)
}

fn kind_of<T>(result: Result<T>) -> Option<ScimType> {
    result.err().and_then(|error| error.scim_type)
}

#[test]
fn a_body_is_read() {
    let new = parse_new(&json!({
        "schemas": [GROUP_URN, "http://schemas.microsoft.com/2006/11/ADSCIM/2.0/Group"],
        "DisplayName": "G", "externalId": "e", "id": "x", "meta": {"resourceType": "Group"},
        "MEMBERS": [{"value": id(1).to_string(), "display": "x", "$ref": null}], "color": 1,
    }));
    let new = new.expect("a good body");
    assert_eq!((new.name.as_str(), new.members), ("G", vec![id(1)]));
    assert_eq!(
        parse_replacement(&json!({"displayName": "G"})).map(|edits| edits[1..].to_vec()),
        Ok(vec![
            GroupEdit::SetExternalId(None),
            GroupEdit::ReplaceMembers(Vec::new())
        ])
    );
}

#[test]
fn bad_bodies_are_refused() {
    for body in [
        json!({}),
        json!({"displayName": 5}),
        json!({"displayName": " "}),
        json!({"displayName": "G", "members": 5}),
        json!({"displayName": "G", "members": [{"display": "x"}]}),
        json!({"displayName": "G", "members": [{"value": "u1"}]}),
        json!({"displayName": "G", "externalId": []}),
    ] {
        assert_eq!(
            kind_of(parse_new(&body)),
            Some(ScimType::InvalidValue),
            "{body}"
        );
    }
    let unknown = parse_new(&json!({"displayName": "G", "members": ["u1"]}));
    let reason = unknown.map_err(|error| error.reason);
    assert_eq!(
        reason.err(),
        Some(crate::domain::reason::Reason::UnknownMember)
    );
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}

#[test]
fn an_answer_is_head_members_tail() {
    let group = group();
    let mut out = String::new();
    render_head(&group, BASE, &mut out);
    render_member(&id(1), BASE, &mut out);
    let mut later = String::new();
    render_member(&id(2), BASE, &mut later);
    out.push_str(&later);
    render_tail(&group, BASE, &mut out);
    let own = group.scim_id.as_str();
    let member = |n: u8| {
        let id = id(n).to_string();
        json!({"value": id, "$ref": format!("{BASE}/Users/{id}"), "type": "User"})
    };
    let expected = json!({
        "schemas": [GROUP_URN], "id": own, "externalId": "e", "displayName": "Guides \"x\"",
        "members": [member(1), member(2)],
        "meta": {
            "resourceType": "Group", "created": "1970-01-01T00:00:00.000Z",
            "lastModified": "1970-01-01T00:00:00.001Z", "version": "W/\"5\"",
            "location": format!("{BASE}/Groups/{own}"),
        },
    });
    assert_eq!(read(&out), expected);
    let all = render_projected(&group, &[id(1), id(2)], BASE, &Projection::all());
    assert_eq!(all, out);
    assert_eq!(
        read(&render_projected(&group, &[], BASE, &Projection::all()))["members"],
        json!([])
    );
    let view = GroupView {
        scim_id: own.as_bytes(),
        external_id: Some("e"),
        document: b"\"displayName\":\"Guides \\\"x\\\"\",\"meta\":{\"resourceType\":\"Group\",\
                   \"created\":\"1970-01-01T00:00:00.000Z\",\
                   \"lastModified\":\"1970-01-01T00:00:00.001Z\",\"version\":\"W/\\\"5\\\"\"",
    };
    let without = |only, excluded| {
        let mut out = Vec::new();
        let projection = Projection::parse(only, Some(excluded));
        WithoutMembers::new(BASE, &projection).push(&view, &mut out);
        read(&String::from_utf8(out).expect("text"))
    };
    let mut expected = expected;
    let members = expected
        .as_object_mut()
        .and_then(|map| map.remove("members"));
    assert!(members.is_some());
    assert_eq!(without(None, "members"), expected);
    assert_eq!(
        without(Some("displayName"), "members"),
        json!({"schemas": [GROUP_URN], "id": own, "displayName": "Guides \"x\""})
    );
}

#[test]
fn a_projection_leaves_what_it_names() {
    let with = |only: Option<&str>, without: Option<&str>| {
        let projection = Projection::parse(only, without);
        read(&render_projected(
            &group(),
            &[id(1), id(2)],
            BASE,
            &projection,
        ))
    };
    let own = group().scim_id.to_string();
    assert_eq!(
        with(Some("members.value"), None),
        json!({"schemas": [GROUP_URN], "id": own, "members": [entry(1), entry(2)]})
    );
    assert_eq!(
        with(Some("x"), None),
        json!({"schemas": [GROUP_URN], "id": own})
    );
    assert_eq!(
        with(None, Some("members,meta,externalId")),
        json!({"schemas": [GROUP_URN], "id": own, "displayName": "Guides \"x\""})
    );
    assert_eq!(
        with(None, Some("members.$ref"))["members"][0]["type"],
        "User"
    );
}

#[test]
fn filters_are_lowered() {
    let base_url = "https://provost.example";
    let lowered = |text: &str| lower(&Filter::parse(text)?, base_url);
    let is = |condition: GroupCondition| Ok(Query::Is(condition));
    let key = "straße".to_owned();
    let folded = crate::domain::text::fold(&key);
    assert_eq!(
        lowered("displayName eq \"STRASSE\""),
        is(GroupCondition::Name { key: folded })
    );
    let one = id(1);
    for text in [
        format!("members eq \"{one}\""),
        format!("members.value eq \"{one}\""),
        format!("members[value eq \"{one}\"]"),
        format!("members[value eq \"{one}\" and type eq \"user\"]"),
        format!("members[type eq \"User\"].value eq \"{one}\""),
        format!("members.$ref eq \"{base_url}/Users/{one}\""),
    ] {
        assert_eq!(lowered(&text), is(GroupCondition::Member(one)), "{text}");
    }
    assert_eq!(lowered("members eq \"x\""), Ok(Query::Constant(false)));
    assert_eq!(lowered("members pr"), is(GroupCondition::HasMembers));
    assert_eq!(
        lowered("members eq null"),
        Ok(Query::Not(Box::new(Query::Is(GroupCondition::HasMembers))))
    );
    assert_eq!(lowered("shoeSize eq 1"), Ok(Query::Constant(false)));
    assert_eq!(
        lowered("meta.resourceType eq \"Group\""),
        Ok(Query::Constant(true))
    );
}

proptest! {
    /// What the compiled edits do is what the operations mean one after the other.
    #[test]
    fn edits_are_the_operations(
        steps in proptest::collection::vec(
            (0..6_u8, proptest::collection::vec(0..5_u8, 0..4)),
            1..8,
        ),
    ) {
        let mut expected: std::collections::BTreeSet<MemberId> = [id(0), id(1)].into();
        let mut operations = Vec::new();
        for (op, who) in &steps {
            let ids: Vec<MemberId> = who.iter().map(|&n| id(n)).collect();
            let value: Vec<Value> = who.iter().map(|&n| entry(n)).collect();
            let first = who.first().copied().unwrap_or(0);
            match op {
                0 | 1 => {
                    expected.extend(&ids);
                    operations.push(json!({"op": "add", "path": "members", "value": value}));
                }
                2 => {
                    expected.retain(|id| !ids.contains(id));
                    operations.push(json!({"op": "remove", "path": "members", "value": value}));
                }
                3 => {
                    expected.remove(&id(first));
                    let path = format!("members[value eq \"{}\"]", id(first));
                    operations.push(json!({"op": "remove", "path": path}));
                }
                4 => {
                    expected = ids.into_iter().collect();
                    operations.push(json!({"op": "replace", "path": "members", "value": value}));
                }
                _ => {
                    expected.retain(|known| *known == id(first));
                    let path = format!("members[not (value eq \"{}\")]", id(first));
                    operations.push(json!({"op": "remove", "path": path}));
                }
            }
        }
        let mut model = Model { members: [id(0), id(1)].into(), ..Model::default() };
        for edit in compiled(json!(operations)).expect("good operations") {
            model.edit(&edit);
        }
        prop_assert_eq!(model.members, expected);
    }

    #[test]
    fn any_path_and_text_is_answered(path in "members\\PC{0,20}", text in "\\PC{0,10}") {
        let _ = compiled(json!([{"op": "remove", "path": path, "value": text}]));
        let _ = GroupScimId::parse(&text);
    }
}
