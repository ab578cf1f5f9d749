//! The database's own guard of the last Super Administrator, against SQL that goes by no use case.

use crate::app;
use crate::app::members::by_hand::Invitation;
use crate::domain::catalogue;
use crate::domain::id::{GroupId, MemberId};
use crate::domain::policy::{Access, NewPolicy};
use crate::domain::reference::GroupRef;
use crate::domain::text::GroupName;
use crate::store::check::integrity;
use crate::store::sql::list;
use crate::store::testing::TestDb;

fn super_administrator(access: Access) -> NewPolicy {
    NewPolicy {
        access,
        ..NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)
    }
}

fn member(db: &TestDb, name: &'static str, policies: Option<Vec<NewPolicy>>) -> MemberId {
    let address = format!("{name}@corp.example");
    let invitation = Invitation::by_email(&address, true, policies).expect("an address");
    let made = db.write(|tx| app::members::by_hand::invite(tx, invitation));
    made.expect("a member").id
}

fn group(db: &TestDb, name: &'static str, policies: Vec<NewPolicy>, ids: &[MemberId]) -> GroupId {
    let memberships: Vec<_> = ids.iter().map(|id| id.membership()).collect();
    let made = db.write(move |tx| {
        let (_, group) = app::groups::by_hand::make(tx, &GroupName::parse(name)?, &policies)?;
        let which = GroupRef::Id(group.id);
        app::groups::by_hand::add_people(tx, &which, &memberships)?;
        Ok(group.id)
    });
    made.expect("a group")
}

/// Ada is the one Super Administrator, by a policy of her own; Bob is a member.
fn by_herself() -> TestDb {
    let db = TestDb::new();
    member(&db, "ada", Some(vec![super_administrator(Access::Allow)]));
    let bob = member(&db, "bob", None);
    // A way in that is denied, and one of somebody who has not accepted, are none.
    group(
        &db,
        "Denied",
        vec![super_administrator(Access::Allow)],
        &[bob],
    );
    group(
        &db,
        "Deniers",
        vec![super_administrator(Access::Deny)],
        &[bob],
    );
    db
}

/// Ada is it by the group Admins; Bob, in a group that is denied it, is not.
fn by_group() -> TestDb {
    let db = TestDb::new();
    let ada = member(&db, "ada", None);
    let bob = member(&db, "bob", None);
    group(
        &db,
        "Admins",
        vec![super_administrator(Access::Allow)],
        &[ada, bob],
    );
    group(
        &db,
        "Deniers",
        vec![super_administrator(Access::Deny)],
        &[bob],
    );
    db
}

const ADA: &str = "(SELECT seq FROM members WHERE user_name_key LIKE 'ada@%')";
const ADMINS: &str = "(SELECT grp FROM group_names WHERE name_key = 'admins')";
const DENIERS: &str = "(SELECT grp FROM group_names WHERE name_key = 'deniers')";
const ROLE: &str = "X'8e23b19e4e0d44c29d239c5688ba8cbb'";

#[track_caller]
fn refused(db: &TestDb, sql: &str) {
    let sql = sql
        .replace("{ada}", ADA)
        .replace("{admins}", ADMINS)
        .replace("{deniers}", DENIERS)
        .replace("{role}", ROLE);
    let done = db.attack(&sql);
    let message = done.as_ref().map_err(ToString::to_string);
    assert_eq!(message, Err("last super administrator".to_owned()), "{sql}");
    assert_eq!(integrity(&db.db).expect("an examination"), Vec::new());
}

/// A policy for or against, without its parts, by which `{policy}` stands for its key.
const DENY: &str = "INSERT INTO policies (seq, id, account, {holder}, access, ordinal, created_ms)
         SELECT (account << 40) + 999, randomblob(16), account, {key}, 'deny', 9, 0
         FROM members LIMIT 1;
     INSERT INTO policy_permission_groups
         SELECT seq, 0, {role} FROM policies WHERE ordinal = 9;
     INSERT INTO policy_resource_groups
         SELECT p.seq, 0, r.seq FROM policies p JOIN resource_groups r ON r.account = p.account
         WHERE p.ordinal = 9 AND r.built_in = 1";

#[test]
fn sql_can_not_take_the_last_one_by_herself_away() {
    let db = by_herself();
    for sql in [
        "UPDATE members SET state = 'inactive'",
        "UPDATE members SET state = 'pending' WHERE seq = {ada}",
        "DELETE FROM members WHERE seq = {ada}",
        "DELETE FROM policies WHERE member = {ada}",
        "DELETE FROM policies",
        "DELETE FROM policy_permission_groups",
        "DELETE FROM policy_resource_groups",
        "INSERT INTO group_members
             SELECT {deniers}, seq, id, NULL, 0 FROM members WHERE seq = {ada}",
        &DENY.replace("{holder}", "member").replace("{key}", "{ada}"),
    ] {
        refused(&db, sql);
    }
}

#[test]
fn sql_can_not_take_the_last_one_by_a_group_away() {
    let db = by_group();
    for sql in [
        "DELETE FROM group_members WHERE grp = {admins}",
        "DELETE FROM group_members WHERE grp = {admins} AND member = {ada}",
        "DELETE FROM groups WHERE seq = {admins}",
        "DELETE FROM policies WHERE grp = {admins}",
        "UPDATE members SET state = 'inactive' WHERE seq = {ada}",
        "DELETE FROM members WHERE seq = {ada}",
        "DELETE FROM policy_permission_groups
             WHERE policy = (SELECT seq FROM policies WHERE grp = {admins})",
        "DELETE FROM policy_resource_groups
             WHERE policy = (SELECT seq FROM policies WHERE grp = {admins})",
        &DENY.replace("{holder}", "grp").replace("{key}", "{admins}"),
    ] {
        refused(&db, sql);
    }
}

#[test]
fn sql_can_not_go_round_the_guard_either() {
    let db = by_group();
    for sql in [
        "DELETE FROM administered_accounts",
        "UPDATE administered_accounts SET account = 77",
        "UPDATE policies SET access = 'deny'",
        "UPDATE policies SET grp = NULL, member = 1",
        "UPDATE policy_permission_groups SET permission_group = randomblob(16)",
        "UPDATE policy_resource_groups SET ordinal = 3",
        "UPDATE group_members SET member = (SELECT max(seq) FROM members)",
        "UPDATE resource_groups SET built_in = 0, name_key = 'x'",
        "DELETE FROM resource_groups WHERE built_in = 1",
        // Putting the guard off for good keeps everything from being committed.
        "INSERT INTO guards_put_off (account) SELECT seq FROM accounts;
         UPDATE members SET state = 'inactive'",
    ] {
        assert!(db.attack(sql).is_err(), "{sql}");
        assert_eq!(integrity(&db.db).expect("an examination"), Vec::new());
    }
}

#[test]
fn sql_may_take_away_all_but_the_last() {
    let db = by_group();
    db.attack(&format!(
        "DELETE FROM group_members WHERE grp = {DENIERS};
         UPDATE groups SET member_count = 0 WHERE seq = {DENIERS};
         DELETE FROM group_members WHERE grp = {ADMINS} AND member = {ADA};
         UPDATE groups SET member_count = 1 WHERE seq = {ADMINS};"
    ))
    .expect("bob is one now");
    refused(&db, "DELETE FROM group_members WHERE grp = {admins}");
    // An account that never had one is nobody's to guard.
    let db = TestDb::new();
    let ada = member(&db, "ada", None);
    group(
        &db,
        "Deniers",
        vec![super_administrator(Access::Deny)],
        &[ada],
    );
    db.attack("UPDATE members SET state = 'pending'")
        .expect("nothing to guard");
}

#[test]
fn the_guard_and_the_catalogue_mean_the_same_role() {
    let id = catalogue::SUPER_ADMINISTRATOR.to_string();
    let migration = include_str!("../../../migrations/0003_add_access.sql");
    let named = migration.matches("permission_group = X'").count();
    assert!(named > 5);
    let right = format!("permission_group = X'{id}'");
    assert_eq!(migration.matches(&right).count(), named);
}

#[test]
fn the_guard_goes_through_nothing() {
    let db = TestDb::new();
    for view in ["accounts_left_alone", "accounts_newly_administered"] {
        let sql = format!("EXPLAIN QUERY PLAN SELECT 1 FROM {view} WHERE account = 1");
        let plan = db.read(|tx| Ok(list(tx.conn(), &sql, [], |row| row.get::<_, String>(3))?));
        let plan = plan.expect("a plan").join("\n");
        assert!(plan.contains("policy_permission_groups_by_role"), "{plan}");
        assert!(!plan.contains("SCAN"), "{plan}");
    }
}

#[test]
fn use_cases_refuse_it_where_the_database_would_not() {
    let db = by_herself();
    db.attack(
        "DROP TRIGGER guard_member_states; DROP TRIGGER guard_members_removed;
         DROP TRIGGER guard_policies_removed; DROP TRIGGER guard_policy_roles_removed;
         DROP TRIGGER guard_policy_scopes_removed",
    )
    .expect("triggers that go");
    let ada = crate::domain::reference::MemberRef::Named("ada@corp.example".to_owned());
    let removed = db.write(move |tx| app::members::by_hand::remove(tx, &ada));
    let reason = removed.map_err(|error| error.reason()).err();
    assert_eq!(
        reason,
        Some(crate::domain::reason::Reason::LastSuperAdministrator)
    );
}
