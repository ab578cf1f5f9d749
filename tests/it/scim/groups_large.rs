//! Groups whose answers are too large to be built, or too large to be sent unasked.

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::fixtures::{group, members, sorted, values};
use crate::harness::wire::Wire;

#[test]
fn a_patch_of_more_than_200_members_answers_204() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(202);
    let id = scim.new_group("Everybody", &ids[..199]);
    let add = |i: usize| json!([{ "op": "add", "path": "members", "value": values(&ids[i..=i]) }]);
    let patched = scim.patch_group(&id, &add(199)).is(200);
    assert_eq!(
        patched.json()["members"].as_array().map(Vec::len),
        Some(200)
    );
    let silent = scim.patch_group(&id, &add(200)).is(204);
    assert_eq!(
        silent.etag(),
        scim.get(&format!("/Groups/{id}")).is(200).etag()
    );
    let path = format!("/Groups/{id}");
    for query in ["excludedAttributes=members", "attributes=displayName"] {
        let patched = scim.patch(&format!("{path}?{query}"), &add(201)).is(200);
        assert_eq!(patched.json().get("members"), None, "{query}");
    }
    assert_eq!(scim.members_of(&id), sorted(&ids));
    let remove = json!([{ "op": "remove", "path": "members", "value": values(&ids[..2]) }]);
    scim.patch_group(&id, &remove).is(200);
}

#[test]
fn a_group_of_5000_is_answered_whole() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(5000);
    let id = scim.new_group("Everybody", &ids);
    let read = scim.get(&format!("/Groups/{id}")).is(200);
    assert_eq!(members(&read.json()), sorted(&ids));
    let lean = scim
        .get(&format!("/Groups/{id}?excludedAttributes=members"))
        .is(200);
    assert!(lean.body.len() < 1000, "{} bytes", lean.body.len());
    assert_eq!(lean.etag(), read.etag());
}

#[test]
fn large_groups_are_listed_and_found() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(1500);
    for i in 0..3 {
        scim.new_group(&format!("Everybody {i}"), &ids);
    }
    let list = scim.get("/Groups").is(200).json();
    for item in list["Resources"].as_array().expect("Resources") {
        assert_eq!(members(item), sorted(&ids));
    }
    let filter = format!("members eq \"{}\"", ids[700]);
    assert_eq!(scim.ids("Groups", &filter).len(), 3);
    let lean = scim.get("/Groups?excludedAttributes=members").is(200);
    assert!(lean.body.len() < 4000, "{} bytes", lean.body.len());
}

#[test]
fn a_large_group_can_be_replaced_and_emptied() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(3000);
    let id = scim.new_group("Everybody", &ids[..2000]);
    let replaced = scim
        .put(&format!("/Groups/{id}"), &group("Everybody", &ids[1000..]))
        .is(200);
    assert_eq!(members(&replaced.json()), sorted(&ids[1000..]));
    scim.patch_group(&id, &json!([{ "op": "remove", "path": "members" }]))
        .is(200);
    assert_eq!(scim.members_of(&id), Vec::<String>::new());
}

#[test]
fn the_version_changes_with_every_change_of_a_large_group() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(301);
    let id = scim.new_group("Everybody", &ids[..300]);
    let mut seen = vec![scim.get(&format!("/Groups/{id}")).is(200).etag()];
    let last = values(&ids[300..]);
    for op in ["add", "remove", "add"] {
        let change = json!([{ "op": op, "path": "members", "value": last }]);
        let version = scim.patch_group(&id, &change).is(204).etag();
        assert!(!seen.contains(&version), "{version} was there before");
        seen.push(version);
    }
}

#[test]
fn a_reader_that_goes_away_leaves_the_server_well() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(5000);
    let id = scim.new_group("Everybody", &ids);
    for _ in 0..20 {
        let mut wire = Wire::connect(app.address());
        wire.write(format!(
            "GET {}/Groups/{id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n",
            scim.base(),
            scim.token
        ));
    }
    let remove = json!([{ "op": "remove", "path": "members", "value": values(&ids[..1]) }]);
    scim.patch_group(&id, &remove).is(204);
    assert_eq!(scim.members_of(&id), sorted(&ids[1..]));
}
