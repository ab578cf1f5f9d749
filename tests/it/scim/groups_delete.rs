//! DELETE /Groups/{id}.

use crate::harness::app::TestApp;
use crate::harness::fixtures::groups;

#[test]
fn a_deleted_group_is_gone_and_its_name_free() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_group("Analysts", &[]);
    scim.delete(&format!("/Groups/{id}")).is(204);
    scim.get(&format!("/Groups/{id}")).refused(404, "");
    scim.delete(&format!("/Groups/{id}")).refused(404, "");
    scim.finds("Groups", r#"displayName eq "Analysts""#, &[]);
    assert_ne!(scim.new_group("Analysts", &[]), id);
}

#[test]
fn deleting_a_group_ends_no_membership_of_the_account() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = scim.new_users("person", 2);
    let id = scim.new_group("Analysts", &ids);
    let before = scim.get(&format!("/Users/{}", ids[0])).is(200).etag();
    scim.delete(&format!("/Groups/{id}")).is(204);
    let after = scim.get(&format!("/Users/{}", ids[0])).is(200);
    assert_eq!(after.json()["active"], true);
    assert_eq!(groups(&after.json()), Vec::<String>::new());
    assert_ne!(
        after.etag(),
        before,
        "the answer changed, so did its version"
    );
}

#[test]
fn a_group_of_many_can_be_deleted() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(2000);
    let id = scim.new_group("Everybody", &ids);
    scim.delete(&format!("/Groups/{id}")).is(204);
    assert_eq!(groups(&scim.read_user(&ids[0])), Vec::<String>::new());
}
