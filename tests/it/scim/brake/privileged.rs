//! Holders of the roles that administer the account.

use super::*;
use crate::harness::fixtures::{group, values};

const ADMINISTRATOR: &str = "cc36d6556d080157d89a97907e33510a";
const ANALYTICS: &str = "fc3ff71a7db0062db38227b249447309";

/// Gives a role on the whole account to a member (by userName) or a group (by name).
fn grant(app: &TestApp, role: &str, to: &str) {
    let sql = format!(
        "INSERT INTO policies (seq, id, account, member, grp, access, ordinal, created_ms)
         SELECT (a.seq << 40) + (SELECT count(*) + 1 FROM policies), randomblob(16),
             a.seq, m.seq, g.seq, 'allow', 1, 0
         FROM accounts a LEFT JOIN members m ON m.account = a.seq AND m.user_name = '{to}'
         LEFT JOIN groups g ON g.account = a.seq AND g.name = '{to}'
         WHERE a.name = 'Corp';
         INSERT INTO policy_permission_groups (policy, ordinal, permission_group)
         SELECT max(seq), 0, x'{role}' FROM policies;
         INSERT INTO policy_resource_groups (policy, ordinal, resource_group)
         SELECT p.seq, 0, r.seq FROM policies p JOIN resource_groups r ON r.account = p.account
         WHERE p.seq = (SELECT max(seq) FROM policies) AND r.built_in = 1;"
    );
    app.sql().execute_batch(&sql).expect("a policy");
}

/// Forty people, all of them in the group, which gives `role`.
fn with_group(role: &str) -> (TestApp, Vec<String>, String) {
    let app = Setup::standing_clock().spawn();
    let ids = app.scim().new_users("p", 40);
    let id = app.scim().new_group("Admins", &ids);
    grant(&app, role, "Admins");
    app.pass(LONG);
    (app, ids, id)
}

fn remove(scim: &Client, group: &str, ids: &[String]) -> Answer {
    let operations = json!([{ "op": "remove", "path": "members", "value": values(ids) }]);
    scim.patch_group(group, &operations)
}

#[test]
fn ten_people_lose_the_role_and_the_eleventh_keeps_it() {
    let (app, ids, admins) = with_group(ADMINISTRATOR);
    let scim = app.scim();
    let detail = is_held(remove(&scim, &admins, &ids[..11]));
    assert!(
        detail.contains("administrator role from more than 10 people"),
        "{detail}"
    );
    assert_eq!(scim.members_of(&admins).len(), 40, "nothing was applied");
    let change = held(&app).remove(0);
    assert_eq!(
        (change.target_kind, change.target_name.as_str()),
        ("Group", "Admins")
    );
    assert_eq!(change.target_id, admins);
    assert_eq!((change.people, change.meter.name()), (11, "privileged"));
    assert_eq!(change.operation.name(), "remove_members");
    remove(&scim, &admins, &ids[..10]).is(200);
    assert!(held(&app).is_empty(), "the group was changed after all");
    is_held(remove(&scim, &admins, &ids[10..11]));
    // Who holds a role is lost to it by deactivation too, by the same meter.
    is_held(deactivate(&scim, &ids[10]));
    assert_eq!(held(&app)[1].meter.name(), "privileged");
    deactivate(&scim, &ids[0]).is(200);
    app.pass(15 * MINUTE);
    remove(&scim, &admins, &ids[10..11]).is(200);
}

#[test]
fn every_way_to_empty_the_group_is_held() {
    let (app, ids, admins) = with_group(ADMINISTRATOR);
    let scim = app.scim();
    let path = format!("/Groups/{admins}");
    let all = json!([{ "op": "remove", "path": "members" }]);
    is_held(scim.patch_group(&admins, &all));
    let none = json!([{ "op": "replace", "path": "members", "value": [] }]);
    is_held(scim.patch_group(&admins, &none));
    let others = format!("members[value ne \"{}\"]", ids[0]);
    is_held(scim.patch_group(&admins, &json!([{ "op": "remove", "path": others }])));
    is_held(scim.put(&path, &group("Admins", &ids[..20])));
    is_held(scim.put(&path, &group("Admins", &[])));
    let bulk = scim.in_bulk(&json!([{ "method": "DELETE", "path": path }]));
    assert_eq!(bulk[0]["status"], "429");
    is_held(scim.delete(&path));
    assert_eq!(scim.members_of(&admins).len(), 40);
    let changes = held(&app);
    assert_eq!(
        (changes.len(), changes[0].tries, changes[0].people),
        (1, 7, 40)
    );
    assert_eq!(changes[0].operation.name(), "delete_group");
    release(&app, &[]);
    scim.delete(&path).is(204);
    assert!(held(&app).is_empty());
}

#[test]
fn more_than_was_released_is_held_anew() {
    let (app, ids, admins) = with_group(ADMINISTRATOR);
    let scim = app.scim();
    is_held(remove(&scim, &admins, &ids[..12]));
    release(&app, &["admins"]);
    is_held(remove(&scim, &admins, &ids[..13]));
    release(&app, &[&admins]);
    remove(&scim, &admins, &ids[..12]).is(200);
    discard(&app, &["Admins"]);
    remove(&scim, &admins, &ids[20..21]).refused(403, "");
}

#[test]
fn who_keeps_the_role_or_came_lately_is_not_counted() {
    let (app, ids, admins) = with_group(ADMINISTRATOR);
    let scim = app.scim();
    set_brake(&app, "Generic", Brake::People(1));
    grant(&app, ADMINISTRATOR, "p0@corp.example");
    scim.new_group("More", &ids[1..2]);
    grant(&app, ADMINISTRATOR, "More");
    remove(&scim, &admins, &ids[..2]).is(200);
    let new = scim.new_users("new", 3);
    let add = json!([{ "op": "add", "path": "members", "value": values(&new) }]);
    scim.patch_group(&admins, &add).is(200);
    remove(&scim, &admins, &new).is(200);
    // Back within a minute, and out again: no second loss.
    remove(&scim, &admins, &ids[2..3]).is(200);
    let back = json!([{ "op": "add", "path": "members", "value": values(&ids[2..3]) }]);
    scim.patch_group(&admins, &back).is(200);
    remove(&scim, &admins, &ids[2..3]).is(200);
    is_held(remove(&scim, &admins, &ids[3..4]));
    // Nobody loses anything by what one request takes and gives.
    let moved = json!([
        { "op": "remove", "path": "members", "value": values(&ids[4..8]) },
        { "op": "add", "path": "members", "value": values(&ids[4..8]) },
    ]);
    scim.patch_group(&admins, &moved).is(200);
}

#[test]
fn other_roles_and_groups_are_not_counted() {
    let (app, _, analysts) = with_group(ANALYTICS);
    let scim = app.scim();
    scim.patch_group(&analysts, &json!([{ "op": "remove", "path": "members" }]))
        .is(200);
    scim.delete(&format!("/Groups/{analysts}")).is(204);
    assert!(held(&app).is_empty());
}

#[test]
fn a_share_is_one_of_the_holders() {
    let app = Setup::standing_clock().spawn();
    let ids = app.people(90);
    let scim = app.scim();
    let admins = scim.new_group("Admins", &ids[..60]);
    grant(&app, ADMINISTRATOR, "Admins");
    app.pass(LONG);
    // A fifth of sixty.
    is_held(remove(&scim, &admins, &ids[..13]));
    remove(&scim, &admins, &ids[..12]).is(200);
    is_held(deactivate(&scim, &ids[12]));
    // Of ninety members eighteen may go, holders aside.
    for id in &ids[72..90] {
        deactivate(&scim, id).is(200);
    }
    is_held(deactivate(&scim, &ids[71]));
}
