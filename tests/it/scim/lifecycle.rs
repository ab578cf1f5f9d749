//! The life of a person, rule by rule: what a provider does, and what comes of it.

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::USER_URN;
use crate::harness::fixtures::{group, groups, roles, user, with};

const MINIMAL: [&str; 1] = ["Minimal Account Access"];

/// How many policies of their own a person has, and how many permission groups those name.
fn own_policies(app: &TestApp, user_name: &str) -> (i64, i64) {
    app.sql()
        .query_row(
            "SELECT count(DISTINCT ifnull(g.policy, 0)), count(g.permission_group)
             FROM members m JOIN grants g ON g.member = m.seq WHERE m.user_name = ?1",
            [user_name],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("a count")
}

#[test]
fn post_with_active_true_or_left_out_makes_a_member_with_minimal_account_access() {
    let app = TestApp::spawn();
    for (name, more) in [
        ("a@corp.example", json!({})),
        ("b@corp.example", json!({ "active": true })),
    ] {
        let created = app
            .scim()
            .post("/Users", &with(user(name), more))
            .is(201)
            .json();
        assert_eq!(created["active"], true);
        assert_eq!(roles(&created), MINIMAL);
        assert_eq!(own_policies(&app, name), (1, 1));
    }
}

#[test]
fn active_false_by_patch_ends_the_membership_and_keeps_the_record() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&id));
    let gone = scim.set_active(&id, false);
    assert_eq!(gone["active"], false);
    assert_eq!(roles(&gone), Vec::<String>::new());
    assert_eq!(
        own_policies(&app, "ada@corp.example").0,
        0,
        "own policies are dropped"
    );
    assert_eq!(scim.read_user(&id), gone, "readable under the same id");
    scim.finds("Users", r#"userName eq "ADA@corp.example""#, &[&id]);
    assert_eq!(groups(&gone), [made.as_str()], "group memberships are kept");
    assert_eq!(scim.members_of(&made), [id]);
    let before = app.audit().pop().expect("a row")["resource"]["request"].clone();
    assert!(
        before.to_string().contains("Minimal Account Access"),
        "the log keeps it: {before}"
    );
}

#[test]
fn active_false_by_put_does_the_same() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let body = with(user("ada@corp.example"), json!({ "active": false }));
    let gone = scim.put(&format!("/Users/{id}"), &body).is(200).json();
    assert_eq!((&gone["active"], roles(&gone)), (&json!(false), Vec::new()));
    assert_eq!(own_policies(&app, "ada@corp.example").0, 0);
}

#[test]
fn deactivating_ends_user_owned_tokens_in_the_same_transaction() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    // No door issues a member's token yet; the rows are what one would leave behind.
    let sql = app.sql();
    sql.execute_batch(
        "INSERT INTO tokens (id, account, owner, member, name, created_ms, modified_ms)
         SELECT randomblob(16), account, 'member', seq, 'own', 0, 0 FROM members;
         INSERT INTO token_secrets (hash, token, hint, created_ms)
         SELECT randomblob(32), seq, 'abcd', 0 FROM tokens WHERE owner = 'member';",
    )
    .expect("a token");
    scim.set_active(&id, false);
    let left: i64 = sql
        .query_row(
            "SELECT count(*) FROM tokens WHERE owner = 'member'",
            [],
            |row| row.get(0),
        )
        .expect("a count");
    assert_eq!(left, 0);
}

#[test]
fn active_true_again_makes_a_member_again() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&id));
    scim.set_active(&id, false);
    let back = scim.set_active(&id, true);
    assert_eq!(back["id"], id);
    assert_eq!(roles(&back), MINIMAL);
    assert_eq!(groups(&back), [made]);
    assert_eq!(own_policies(&app, "ada@corp.example"), (1, 1));
}

#[test]
fn active_said_twice_is_said_once() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    for active in [true, false, false, true, true] {
        scim.set_active(&id, active);
        let held = i64::from(active);
        assert_eq!(own_policies(&app, "ada@corp.example"), (held, held));
    }
    let updates = app
        .audited()
        .iter()
        .filter(|what| *what == "Update SCIM User")
        .count();
    assert_eq!(updates, 2, "no change, no row");
}

#[test]
fn put_without_active_leaves_it_as_it_is() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    let replaced = scim
        .put(&format!("/Users/{id}"), &user("ada@corp.example"))
        .is(200)
        .json();
    assert_eq!(replaced["active"], false);
}

#[test]
fn a_group_change_never_ends_a_membership_of_the_account() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", std::slice::from_ref(&id));
    scim.put(&format!("/Groups/{made}"), &group("Analysts", &[]))
        .is(200);
    scim.delete(&format!("/Groups/{made}")).is(204);
    let read = scim.read_user(&id);
    assert_eq!(
        (&read["active"], roles(&read)),
        (&json!(true), vec![MINIMAL[0].to_owned()])
    );
}

#[test]
fn roles_are_announced_read_only_and_grant_nothing_when_sent() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let schema = scim.get(&format!("/Schemas/{USER_URN}")).is(200).json();
    let attributes = schema["attributes"].as_array().expect("attributes").clone();
    let of = |name: &str| attributes.iter().find(|a| a["name"] == name).cloned();
    assert_eq!(of("roles").unwrap_or_default()["mutability"], "readOnly");
    assert_eq!(of("groups").unwrap_or_default()["mutability"], "readOnly");
    assert_eq!(of("password"), None, "a password is not announced");
    let claimed = json!({ "roles": [{ "value": "Super Administrator - All Privileges" }] });
    let id = scim.made("/Users", &with(user("ada@corp.example"), claimed.clone()));
    scim.put(
        &format!("/Users/{id}"),
        &with(user("ada@corp.example"), claimed),
    )
    .is(200);
    let patch = |operation: Value| scim.patch_user(&id, &json!([operation]));
    patch(json!({ "op": "add", "path": "roles", "value": [{ "value": "Administrator" }] })).is(200);
    patch(json!({ "op": "replace", "path": "roles[type eq \"x\"].value", "value": "y" })).is(200);
    patch(json!({ "op": "add", "path": "groups", "value": [] })).refused(400, "mutability");
    assert_eq!(roles(&scim.read_user(&id)), MINIMAL);
}

#[test]
fn a_member_by_hand_is_active_with_minimal_account_access() {
    let app = TestApp::spawn();
    let id = app.people(1).remove(0);
    let read = app.scim().read_user(&id);
    assert_eq!(
        (&read["active"], roles(&read)),
        (&json!(true), vec![MINIMAL[0].to_owned()])
    );
}

#[test]
fn an_id_is_never_used_again() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut seen = Vec::new();
    for _ in 0..20 {
        let id = scim.new_user("ada@corp.example");
        assert!(!seen.contains(&id));
        scim.delete(&format!("/Users/{id}")).is(204);
        seen.push(id);
    }
}
