//! PATCH /Groups/{id}: compiled into edits, in every shape that clients send.

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, GROUP_URN};
use crate::harness::fixtures::{sorted, values};

const NOBODY: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";

/// Four people, the first two in a group; gives client, people and group.
fn analysts(app: &TestApp) -> (Client, Vec<String>, String) {
    let scim = app.scim();
    let ids = scim.new_users("person", 4);
    let group = scim.new_group("Analysts", &ids[..2]);
    (scim, ids, group)
}

/// Applies the operations that `shape` makes of four ids, and compares who is in afterwards.
#[track_caller]
fn check(shape: impl Fn(&[String]) -> Value, wanted: &[usize]) {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    let operations = shape(&ids);
    let answer = scim.patch_group(&group, &operations);
    assert_eq!(answer.status, 200, "{operations}: {}", answer.text());
    let wanted: Vec<String> = wanted.iter().map(|i| ids[*i].clone()).collect();
    assert_eq!(scim.members_of(&group), sorted(&wanted), "{operations}");
    assert_eq!(scim.read_group(&group), answer.json());
    // Twice is once: members are a set.
    scim.patch_group(&group, &operations).is(200);
    assert_eq!(
        scim.members_of(&group),
        sorted(&wanted),
        "the second time: {operations}"
    );
}

#[test]
fn members_are_added_in_every_shape() {
    check(
        |ids| json!([{ "op": "add", "path": "members", "value": values(&ids[2..]) }]),
        &[0, 1, 2, 3],
    );
    check(
        |ids| json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": ids[2] }] }]),
        &[0, 1, 2],
    );
    check(
        |ids| json!([{ "op": "ADD", "path": "MEMBERS", "value": { "value": ids[2] } }]),
        &[0, 1, 2],
    );
    check(
        |ids| json!([{ "op": "add", "value": { "members": [{ "value": ids[2] }] } }]),
        &[0, 1, 2],
    );
    check(
        |ids| json!([{ "op": "add", "path": format!("{GROUP_URN}:members"), "value": values(&ids[2..3]) }]),
        &[0, 1, 2],
    );
    check(
        |ids| json!([{ "op": "add", "path": "members", "value": values(&ids[..1]) }]),
        &[0, 1],
    );
    check(
        |_| json!([{ "op": "add", "path": "members", "value": [] }]),
        &[0, 1],
    );
}

#[test]
fn members_are_removed_in_every_shape() {
    let by_filter =
        |id: &str| json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") });
    check(
        |ids| json!([{ "op": "Remove", "path": "members", "value": values(&ids[..1]) }]),
        &[1],
    );
    check(|ids| json!([by_filter(&ids[0])]), &[1]);
    check(|ids| json!([by_filter(&ids[0]), by_filter(&ids[1])]), &[]);
    check(
        |ids| json!([{ "op": "remove", "path": format!("members[value eq \"{}\" or value eq \"{}\"]", ids[0], ids[1]) }]),
        &[],
    );
    check(
        |ids| json!([{ "op": "remove", "path": format!("members[not (value eq \"{}\")]", ids[0]) }]),
        &[0],
    );
    check(|_| json!([{ "op": "remove", "path": "members" }]), &[]);
    check(
        |_| json!([{ "op": "remove", "path": "members", "value": null }]),
        &[],
    );
    check(
        |_| json!([{ "op": "remove", "path": "members", "value": [] }]),
        &[0, 1],
    );
}

#[test]
fn removing_who_is_not_in_succeeds_and_changes_nothing() {
    check(
        |ids| json!([{ "op": "remove", "path": "members", "value": values(&ids[2..]) }]),
        &[0, 1],
    );
    check(
        |_| json!([{ "op": "remove", "path": "members", "value": [{ "value": NOBODY }] }]),
        &[0, 1],
    );
    check(
        |_| json!([{ "op": "remove", "path": "members", "value": [{ "value": "x" }] }]),
        &[0, 1],
    );
    check(
        |_| json!([{ "op": "remove", "path": format!("members[value eq \"{NOBODY}\"]") }]),
        &[0, 1],
    );
    check(
        |_| json!([{ "op": "remove", "path": "members[value eq \"x\"]" }]),
        &[0, 1],
    );
}

#[test]
fn adding_what_is_no_id_at_all_adds_nobody_and_the_log_says_so() {
    check(
        |ids| json!([{ "op": "add", "path": "members", "value": [{ "value": "x" }, { "value": ids[2] }] }]),
        &[0, 1, 2],
    );
    let app = TestApp::spawn();
    let (scim, _, group) = analysts(&app);
    let before = scim.get(&format!("/Groups/{group}")).etag();
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": "fake-id" }] }]);
    assert_eq!(scim.patch_group(&group, &add).is(200).etag(), before);
    let row = app.last_logged();
    assert!(
        format!("{row:?}").contains("members: 1 passed over"),
        "{row:?}"
    );
}

#[test]
fn members_are_replaced_in_every_shape() {
    check(
        |ids| json!([{ "op": "replace", "path": "members", "value": values(&ids[1..]) }]),
        &[1, 2, 3],
    );
    check(
        |ids| json!([{ "op": "Replace", "value": { "members": values(&ids[3..]) } }]),
        &[3],
    );
    check(
        |_| json!([{ "op": "replace", "path": "members", "value": [] }]),
        &[],
    );
    check(
        |_| json!([{ "op": "replace", "path": "members", "value": null }]),
        &[],
    );
    check(
        |_| json!([{ "op": "replace", "value": { "members": [] } }]),
        &[],
    );
}

#[test]
fn operations_apply_in_their_order() {
    let add = |id: &str| json!({ "op": "add", "path": "members", "value": [{ "value": id }] });
    let remove =
        |id: &str| json!({ "op": "remove", "path": "members", "value": [{ "value": id }] });
    check(|ids| json!([remove(&ids[0]), add(&ids[2])]), &[1, 2]);
    check(|ids| json!([add(&ids[2]), remove(&ids[2])]), &[0, 1]);
    check(|ids| json!([remove(&ids[0]), add(&ids[0])]), &[0, 1]);
    check(
        |ids| json!([{ "op": "remove", "path": "members" }, add(&ids[3])]),
        &[3],
    );
    check(
        |ids| json!([{ "op": "replace", "path": "members", "value": values(&ids[2..]) }, add(&ids[0])]),
        &[0, 2, 3],
    );
}

#[test]
fn okta_sends_the_name_with_its_id_in_the_value() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    let operations = json!([
        { "op": "replace", "value": { "id": group, "displayName": "Renamed" } },
        { "op": "remove", "path": format!("members[value eq \"{}\"]", ids[0]) },
        { "op": "add", "path": "members", "value": [{ "value": ids[2], "display": "x" }] },
    ]);
    let patched = scim.patch_group(&group, &operations).is(200).json();
    assert_eq!(patched["displayName"], "Renamed");
    assert_eq!(scim.members_of(&group), sorted(&ids[1..3]));
}

#[test]
fn authentik_sends_the_whole_group_as_a_value() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    let value = json!({
        "id": group, "schemas": [GROUP_URN], "displayName": "Renamed", "externalId": "g1",
        "members": values(&ids),
    });
    scim.patch_group(&group, &json!([{ "op": "replace", "value": value }]))
        .is(200);
    let read = scim.read_group(&group);
    assert_eq!(
        (&read["displayName"], &read["externalId"]),
        (&json!("Renamed"), &json!("g1"))
    );
    assert_eq!(scim.members_of(&group), sorted(&ids));
}

#[test]
fn the_name_and_the_external_id_are_changed_by_path() {
    let app = TestApp::spawn();
    let (scim, _, group) = analysts(&app);
    let change = |operation: Value| scim.patch_group(&group, &json!([operation])).is(200).json();
    let renamed = change(json!({ "op": "Replace", "path": "displayName", "value": "Renamed" }));
    assert_eq!(renamed["displayName"], "Renamed");
    let known = change(json!({ "op": "add", "path": "externalId", "value": "g1" }));
    assert_eq!(known["externalId"], "g1");
    let forgotten = change(json!({ "op": "remove", "path": "externalId" }));
    assert_eq!(forgotten.get("externalId"), None);
    scim.finds("Groups", r#"displayName eq "Analysts""#, &[]);
}

/// A `scimType`, and an operation that is refused with it. `{T}` is somebody of another
/// account, `{G}` the group itself.
const WRONG: &str = r#"
invalidValue => {"op":"add","path":"members","value":[{"value":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}]}
invalidValue => {"op":"add","path":"members","value":[{"value":"{T}"}]}
invalidValue => {"op":"add","path":"members","value":[{"value":"{G}"}]}
invalidValue => {"op":"add","path":"members","value":[{"display":"x"}]}
invalidValue => {"op":"replace","path":"members","value":[{"value":"x"}]}
invalidValue => {"op":"replace","path":"members","value":[{"value":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}]}
invalidValue => {"op":"replace","value":{"members":[{"value":"{T}"}]}}
invalidValue => {"op":"add","path":"members","value":7}
invalidValue => {"op":"replace","path":"displayName","value":""}
invalidValue => {"op":"replace","path":"displayName","value":["x"]}
mutability => {"op":"remove","path":"displayName"}
mutability => {"op":"replace","value":{"displayName":null}}
invalidPath => {"op":"replace","path":"description","value":"x"}
invalidPath => {"op":"replace","value":{"description":"x"}}
invalidPath => {"op":"remove","path":"members[value eq"}
mutability => {"op":"replace","path":"id","value":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}
mutability => {"op":"replace","value":{"id":"0198f3a2c4d57e6f8091a2b3c4d5e6f7"}}
noTarget => {"op":"remove"}
invalidSyntax => {"op":"copy","path":"members"}
"#;

#[test]
fn wrong_operations_are_refused_and_change_nothing() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    let theirs = app.other_account().new_user("ada@corp.example");
    let before = scim.get(&format!("/Groups/{group}")).is(200);
    let good = json!({ "op": "add", "path": "members", "value": values(&ids[2..]) });
    for line in WRONG
        .replace("{T}", &theirs)
        .replace("{G}", &group)
        .trim()
        .lines()
    {
        let (kind, operation) = line.split_once(" => ").expect("two parts");
        let operation: Value = serde_json::from_str(operation).expect("JSON");
        let answer = scim.patch_group(&group, &json!([good, operation]));
        let found = answer.json();
        assert_eq!(
            (answer.status, &found["scimType"]),
            (400, &json!(kind)),
            "{line}: {found}"
        );
    }
    let after = scim.get(&format!("/Groups/{group}")).is(200);
    assert_eq!(after.etag(), before.etag());
    assert_eq!(after.json(), before.json());
}

#[test]
fn a_taken_name_is_a_conflict_and_nothing_is_applied() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    scim.new_group("Others", &[]);
    let operations = json!([
        { "op": "add", "path": "members", "value": values(&ids) },
        { "op": "replace", "path": "displayName", "value": "others" },
    ]);
    scim.patch_group(&group, &operations)
        .refused(409, "uniqueness");
    assert_eq!(scim.members_of(&group), sorted(&ids[..2]));
}

#[test]
fn a_patch_that_changes_nothing_keeps_the_version_and_leaves_no_trace_in_the_audit_log() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    let before = scim.get(&format!("/Groups/{group}")).is(200).etag();
    let audited = app.audited();
    let add = json!([{ "op": "add", "path": "members", "value": values(&ids[..2]) }]);
    let after = scim.patch_group(&group, &add).is(200);
    assert_eq!(after.etag(), before);
    assert_eq!(app.audited(), audited);
    assert_eq!(app.last_logged().outcome.name(), "unchanged");
}

#[test]
fn a_group_change_ends_no_membership_of_the_account() {
    let app = TestApp::spawn();
    let (scim, ids, group) = analysts(&app);
    scim.patch_group(&group, &json!([{ "op": "remove", "path": "members" }]))
        .is(200);
    for id in &ids {
        assert_eq!(scim.read_user(id)["active"], true);
    }
}
