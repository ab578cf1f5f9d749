//! DELETE /Users/{id} (RFC 7644 3.6).

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::fixtures::{members, user};

#[test]
fn a_deleted_person_is_gone_over_every_door() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.delete(&format!("/Users/{id}")).is(204);
    let path = format!("/Users/{id}");
    scim.get(&path).refused(404, "");
    scim.put(&path, &user("ada@corp.example")).refused(404, "");
    let operations = json!([{ "op": "replace", "path": "active", "value": true }]);
    scim.patch(&path, &operations).refused(404, "");
    scim.delete(&path).refused(404, "");
    scim.finds("Users", r#"userName eq "ada@corp.example""#, &[]);
    assert_eq!(scim.get("/Users").is(200).json()["totalResults"], 0);
}

#[test]
fn a_deleted_persons_name_is_free_for_a_new_one() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let old = scim.new_user("ada@corp.example");
    scim.delete(&format!("/Users/{old}")).is(204);
    let new = scim.new_user("ada@corp.example");
    assert_ne!(old, new);
    scim.get(&format!("/Users/{old}")).refused(404, "");
}

#[test]
fn a_deleted_person_leaves_their_groups() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let group = scim.new_group("Analysts", &ids);
    let before = scim.get(&format!("/Groups/{group}")).is(200).etag();
    scim.delete(&format!("/Users/{}", ids[0])).is(204);
    let after = scim.get(&format!("/Groups/{group}")).is(200);
    assert_ne!(after.etag(), before);
    assert_eq!(members(&after.json()), ids[1..]);
}

#[test]
fn a_deleted_id_is_kept_as_a_tombstone() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.delete(&format!("/Users/{id}")).is(204);
    let kinds: Vec<String> = app
        .sql()
        .prepare("SELECT kind FROM tombstones ORDER BY kind")
        .and_then(|mut query| query.query_map([], |row| row.get(0))?.collect())
        .expect("a query");
    assert_eq!(kinds, ["member"]);
}
