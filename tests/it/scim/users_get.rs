//! GET /Users/{id} (RFC 7644 3.4.1).

use provost::app;
use provost::domain::role::RoleScope;
use provost::domain::role::custom::{NewRole, RoleDescription};
use provost::domain::text::RoleName;

use crate::harness::app::TestApp;

const NOBODY: &str = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";

#[test]
fn an_unknown_id_is_not_found() {
    let app = TestApp::spawn();
    let detail = app.scim().get(&format!("/Users/{NOBODY}")).refused(404, "");
    assert!(detail.contains(NOBODY), "{detail}");
}

#[test]
fn what_is_no_id_is_not_found() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let capitals = id.to_uppercase();
    for wrong in [
        "00919288221112222",
        "x",
        capitals.as_str(),
        "ada%40corp.example",
        "%00",
        "..%2f..",
        "%F0%9F%98%80",
        "a'%20or%20'1'='1",
    ] {
        for method in ["GET", "DELETE"] {
            scim.send(method, &format!("/Users/{wrong}"), &[], None)
                .refused(404, "");
        }
    }
}

#[test]
fn another_accounts_person_reads_like_nobody() {
    let app = TestApp::spawn();
    let theirs = app.other_account().new_user("ada@corp.example");
    let scim = app.scim();
    let foreign = scim.get(&format!("/Users/{theirs}")).is(404).text();
    let unknown = scim.get(&format!("/Users/{NOBODY}")).is(404).text();
    assert_eq!(foreign.replace(&theirs, NOBODY), unknown);
}

#[test]
fn a_user_shows_the_groups_it_is_in() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let group = scim.new_group("Analysts", std::slice::from_ref(&id));
    let groups = scim.read_user(&id)["groups"].clone();
    let at = format!("http://{}{}/Groups/{group}", app.address(), scim.base());
    let wanted = serde_json::json!([
        { "value": group, "$ref": at, "display": "Analysts", "type": "direct" }
    ]);
    assert_eq!(groups, wanted);
}

#[test]
fn a_user_shows_the_accounts_own_roles_by_name() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let before = scim.read_user(&id);
    let role = app.write(|tx| {
        let new = NewRole {
            name: RoleName::parse("Approvers")?,
            description: RoleDescription::default(),
            scope: RoleScope::Account,
            permissions: Vec::new(),
        };
        app::roles::create(tx, &new)
    });
    let give = format!(
        "INSERT INTO policies (seq, id, account, member, access, ordinal, created_ms)
         SELECT (account << 40) + 1, randomblob(16), account, seq, 'allow', 1, 0 FROM members;
         INSERT INTO policy_permission_groups VALUES (last_insert_rowid(), 0, x'{}');
         INSERT INTO policy_resource_groups
         SELECT p.seq, 0, r.seq FROM policies p, resource_groups r WHERE r.built_in = 1",
        role.permission_group
    );
    app.sql().execute_batch(&give).expect("a policy");
    let after = scim.read_user(&id);
    let roles = serde_json::json!([
        { "value": "Approvers", "type": "direct" },
        { "value": "Minimal Account Access", "type": "direct" }
    ]);
    assert_eq!(after["roles"], roles);
    assert_ne!(after["meta"]["version"], before["meta"]["version"]);
    let version = after["meta"]["version"].to_string();
    for filter in [
        r#"roles.value eq "approvers""#,
        r#"roles[value sw "Appr" and type eq "direct"]"#,
        &format!("meta.version eq {version}"),
    ] {
        scim.finds("Users", filter, &[&id]);
    }
}

#[test]
fn an_inactive_person_can_be_read() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.set_active(&id, false);
    assert_eq!(scim.read_user(&id)["active"], false);
}

#[test]
fn head_answers_like_get_without_a_body() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let head = scim.send("HEAD", &format!("/Users/{id}"), &[], None);
    assert!(head.body.is_empty());
    assert!(matches!(head.status, 200 | 405), "{}", head.status);
}
