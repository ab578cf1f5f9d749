use std::collections::BTreeSet;

use serde_json::Value;

use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::AuditFilter;
use crate::domain::catalogue;
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{MemberId, PermissionGroupId, RoleId};
use crate::domain::query::{Start, Window};
use crate::domain::reason::Reason;
use crate::domain::role::custom::{
    NewRole, OWN_ROLES_MAX, PermissionsChange, RoleChange, RoleDescription, RolePermission,
    parse_permissions,
};
use crate::domain::role::{Role, RoleRef, RoleScope};
use crate::domain::text::{Label, RoleName};
use crate::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use crate::store::roles::name_of;
use crate::store::testing::{TestDb, request, write};
use crate::store::tokens::SecretHash;
use crate::store::tx::WriteTx;
use crate::store::writer::{Authority, Write};

fn new(name: &str) -> NewRole {
    NewRole {
        name: RoleName::parse(name).expect("a name"),
        description: RoleDescription::parse("Approves").expect("a text"),
        scope: RoleScope::Account,
        permissions: parse_permissions(["invoices:pay", "invoices:approve"]).expect("permissions"),
    }
}

fn named(name: &str) -> RoleRef {
    RoleRef::Named(name.to_owned())
}

fn create(db: &TestDb, name: &str) -> Result<Role> {
    let new = new(name);
    db.write(move |tx| app::roles::create(tx, &new))
}

fn get(db: &TestDb, which: &RoleRef) -> Result<Role> {
    db.read(|tx| app::roles::get(tx, which))
}

fn update(db: &TestDb, name: &str, change: RoleChange) -> Result<Role> {
    let which = named(name);
    db.write(move |tx| app::roles::update(tx, &which, &change))
}

fn delete(db: &TestDb, name: &str) -> Result<Role> {
    let which = named(name);
    db.write(move |tx| app::roles::delete(tx, &which))
}

/// A member.
fn member(db: &TestDb, user_name: &str) -> MemberId {
    let attributes = serde_json::json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": user_name,
    });
    let attributes = attributes.as_object().cloned().unwrap_or_default();
    let made = db.write(move |tx| app::members::add(tx, attributes));
    made.expect("a member").id
}

/// A policy of the member's that names the role on the whole account, made past all rules.
fn give(db: &TestDb, user_name: &str, group: PermissionGroupId, access: &str) {
    db.tamper(&format!(
        "INSERT INTO policies (seq, id, account, member, access, ordinal, created_ms)
         SELECT (SELECT max(ifnull(max(p.seq), 0), m.account << 40) + 1 FROM policies p),
             randomblob(16), account, seq, '{access}', 1, 0 FROM members m
         WHERE user_name = '{user_name}';
         INSERT INTO policy_permission_groups VALUES (last_insert_rowid(), 0, x'{group}');
         INSERT INTO policy_resource_groups
         SELECT p.seq, 0, r.seq FROM policies p JOIN resource_groups r ON r.account = p.account
         WHERE p.ordinal = 1 AND r.built_in = 1
           AND NOT EXISTS (SELECT 1 FROM policy_resource_groups x WHERE x.policy = p.seq)"
    ));
}

#[test]
fn an_own_role_is_found_by_both_ids_and_its_name() {
    let db = TestDb::new();
    let role = create(&db, "Approvers").expect("a role");
    let texts: Vec<&str> = role
        .permissions
        .iter()
        .map(RolePermission::as_str)
        .collect();
    assert_eq!(texts, ["invoices:pay", "invoices:approve"]);
    assert_eq!(
        (role.label.as_str(), role.built_in, role.hidden),
        ("custom_approvers", false, false)
    );
    assert!(
        role.keys
            .all()
            .iter()
            .all(|(_, key)| !key.read && !key.write)
    );
    let id = role.id.expect("an id");
    assert_ne!(id.as_bytes(), role.permission_group.as_bytes());
    for which in [
        RoleRef::Id(id),
        RoleRef::PermissionGroup(role.permission_group),
        named(&id.to_string()),
        named(&role.permission_group.to_string()),
        named("APPROVERS"),
    ] {
        assert_eq!(get(&db, &which).expect("the role"), role, "{which}");
    }
    // The two kinds of id are not each other's.
    let crossed = RoleRef::Id(RoleId::from_bytes(*role.permission_group.as_bytes()));
    assert_eq!(
        get(&db, &crossed).expect_err("no role").kind(),
        Kind::NotFound
    );
}

#[test]
fn built_in_roles_are_found_with_own_ones_behind_them() {
    let db = TestDb::new();
    create(&db, "Zebras").expect("a role");
    create(&db, "approvers").expect("a role");
    let all = db.read(|tx| app::roles::list(tx, false)).expect("roles");
    assert_eq!(all.len(), 106);
    let names: Vec<&str> = all.iter().map(|role| role.name.as_str()).collect();
    assert_eq!(names[0], "Super Administrator - All Privileges");
    assert_eq!(names[104..], ["approvers", "Zebras"]);
    let ids: BTreeSet<_> = all.iter().map(|role| role.permission_group).collect();
    assert_eq!(ids.len(), all.len());
    let found = get(&db, &named("super administrator")).expect("the role");
    assert_eq!(found.permission_group, catalogue::SUPER_ADMINISTRATOR);
}

#[test]
fn a_name_is_one_roles_alone() {
    let db = TestDb::new();
    create(&db, "Approvers").expect("a role");
    create(&db, "Payers").expect("a role");
    for taken in [
        "APPROVERS",
        "dns",
        "Super Administrator",
        "Super Administrat\u{43e}r",
    ] {
        let error = create(&db, taken).expect_err(taken);
        assert_eq!(
            (error.kind(), error.reason()),
            (Kind::Conflict, Reason::NameTaken),
            "{taken}"
        );
        let change = RoleChange {
            name: Some(RoleName::parse(taken).expect("a name")),
            ..RoleChange::default()
        };
        let error = update(&db, "Payers", change).expect_err(taken);
        assert_eq!(error.kind(), Kind::Conflict, "{taken}");
    }
    // Of another account it is free.
    let other = db.db.write_blocking(write(None), |tx| {
        app::accounts::create(tx, &Label::parse("Other")?, None)
    });
    let other = other.expect("an account").id;
    let copy = new("Approvers");
    let made = db
        .db
        .write_blocking(write(Some(other)), move |tx| app::roles::create(tx, &copy));
    let made = made.expect("a role");
    // And neither sees the other's.
    let unknown = get(&db, &RoleRef::PermissionGroup(made.permission_group));
    assert_eq!(unknown.expect_err("no role").kind(), Kind::NotFound);
    let which = RoleRef::Id(made.id.expect("an id"));
    let deleted = db.write(move |tx| app::roles::delete(tx, &which));
    assert_eq!(deleted.expect_err("no role").kind(), Kind::NotFound);
}

/// The entries about roles, oldest first.
fn audited(db: &TestDb) -> Vec<Value> {
    let window = Window {
        from: Start::After(0),
        limit: 100,
    };
    let rows = db.read(|tx| app::audit::list(tx, &AuditFilter::default(), window));
    rows.expect("rows")
        .iter()
        .map(|row| serde_json::from_str::<Value>(&row.entry).expect("JSON"))
        .filter(|entry| entry["resource"]["type"] == "role")
        .collect()
}

#[test]
fn every_change_is_in_the_audit_log_and_none_is_no_row() {
    let db = TestDb::new();
    create(&db, "Approvers").expect("a role");
    let more = RoleChange {
        permissions: PermissionsChange::Edit {
            add: parse_permissions(["invoices:see"]).expect("permissions"),
            remove: Vec::new(),
        },
        ..RoleChange::default()
    };
    for _ in 0..2 {
        let role = update(&db, "Approvers", more.clone()).expect("changed");
        assert_eq!(role.permissions.len(), 3);
    }
    for _ in 0..2 {
        let hidden = db
            .write(|tx| app::roles::hide(tx, &named("DNS")))
            .expect("hidden");
        assert!(hidden.hidden);
    }
    let listed = |with| {
        db.read(|tx| app::roles::list(tx, with))
            .expect("roles")
            .len()
    };
    assert_eq!((listed(false), listed(true)), (104, 105));
    assert!(
        get(&db, &named("DNS"))
            .expect("it works all the same")
            .hidden
    );
    for _ in 0..2 {
        db.write(|tx| app::roles::unhide(tx, &named("DNS")))
            .expect("shown");
    }
    assert_eq!(listed(false), 105);
    delete(&db, "Approvers").expect("deleted");
    let rows = audited(&db);
    let said: Vec<&str> = rows
        .iter()
        .filter_map(|entry| entry["action"]["description"].as_str())
        .collect();
    let all = [
        "Create Role",
        "Update Role",
        "Hide Role",
        "Unhide Role",
        "Delete Role",
    ];
    assert_eq!(said, all);
    let permissions = &rows[1]["resource"]["response"]["permissions"];
    assert_eq!(permissions[2], "invoices:see");
    assert_eq!(rows[4]["resource"]["request"]["name"], "Approvers");
    assert!(rows[4]["resource"]["response"].is_null());
}

#[test]
fn built_in_roles_neither_change_nor_go_and_own_ones_are_not_hidden() {
    let db = TestDb::new();
    create(&db, "Approvers").expect("a role");
    for error in [
        update(&db, "DNS", RoleChange::default()),
        delete(&db, "DNS"),
        db.write(|tx| app::roles::hide(tx, &named("Approvers"))),
    ] {
        assert_eq!(error.expect_err("refused").kind(), Kind::Immutable);
    }
}

#[test]
fn a_role_in_use_stays_as_wide_as_it_is_and_says_who_holds_it() {
    let db = TestDb::new();
    let role = create(&db, "Approvers").expect("a role");
    for i in 1..=6 {
        let access = if i == 2 { "deny" } else { "allow" };
        let name = format!("p{i}@corp.example");
        member(&db, &name);
        give(&db, &name, role.permission_group, access);
    }
    let error = delete(&db, "Approvers").expect_err("in use");
    assert_eq!(
        (error.kind(), error.reason()),
        (Kind::Conflict, Reason::RoleInUse)
    );
    let text = error.message();
    assert!(text.contains("member p1@corp.example (policy "), "{text}");
    assert!(
        text.contains("p2@corp.example") && !text.contains("p6@corp.example"),
        "{text}"
    );
    assert!(text.contains(" and 1 more; "), "{text}");
    let domains = RoleChange {
        scope: Some(RoleScope::Domain),
        ..RoleChange::default()
    };
    let error = update(&db, "Approvers", domains).expect_err("in use");
    assert_eq!(error.reason(), Reason::RoleInUse);
    let fewer = RoleChange {
        permissions: PermissionsChange::Replace(Vec::new()),
        ..RoleChange::default()
    };
    assert!(
        update(&db, "Approvers", fewer)
            .expect("changed")
            .permissions
            .is_empty()
    );
    let (total, uses) = db
        .read(|tx| app::roles::uses(tx, &named("Approvers")))
        .expect("uses");
    assert_eq!((total, uses.len()), (6, 6));
}

#[test]
fn the_database_itself_keeps_roles_in_use_and_their_ids() {
    let db = TestDb::new();
    let role = create(&db, "Approvers").expect("a role");
    let free = create(&db, "Free").expect("a role");
    member(&db, "p@corp.example");
    give(&db, "p@corp.example", role.permission_group, "allow");
    let conn = crate::store::open::writer(&db.db.0.file).expect("the database");
    let run = |sql: &str| conn.execute_batch(sql).map_err(|error| error.to_string());
    let refused = run("DELETE FROM custom_roles WHERE name = 'Approvers'");
    assert_eq!(refused, Err("a policy names this role".to_owned()));
    for column in ["id", "permission_group"] {
        let refused = run(&format!(
            "UPDATE custom_roles SET {column} = randomblob(16)"
        ));
        assert_eq!(
            refused,
            Err("a role keeps its ids and its account".to_owned())
        );
    }
    let group = free.permission_group;
    assert_eq!(
        run(&format!(
            "DELETE FROM custom_roles WHERE permission_group = x'{group}'"
        )),
        Ok(())
    );
}

#[test]
fn no_account_has_more_roles_than_the_limit() {
    let db = TestDb::new();
    db.tamper(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {OWN_ROLES_MAX})
         INSERT INTO custom_roles (id, permission_group, account, name, name_key, description,
             scope, permissions, created_ms, modified_ms)
         SELECT randomblob(16), randomblob(16), 1, 'r' || i, 'r' || i, '', 'account', '[]', 0, 0
         FROM n"
    ));
    let error = create(&db, "One more").expect_err("too many");
    assert_eq!(error.kind(), Kind::TooMany);
    delete(&db, "r7").expect("deleted");
    create(&db, "One more").expect("a role");
}

fn token(db: &TestDb, template: TokenTemplate, owner: NewOwner) -> SecretHash {
    let issued = db.write(move |tx| {
        let new = NewToken {
            name: Label::parse("T")?,
            template,
            owner,
            expires: Expiry::default(),
            not_before_ms: None,
            addresses: AddressCondition::default(),
        };
        app::tokens::create(tx, &new)
    });
    let secret = issued.expect("a token").secret;
    db.db.authenticate(&secret).expect("a good token").0
}

/// A write by whoever has that token.
fn by_token(db: &TestDb, secret: SecretHash) -> Write<Error> {
    Write {
        authority: Authority::Token {
            secret,
            account: db.account.id,
        },
        permission: Permission::DirectoryRead,
        request: request(),
        log: None,
    }
}

#[test]
fn a_token_of_a_provider_reads_roles_and_changes_none() {
    let db = TestDb::new();
    create(&db, "Approvers").expect("a role");
    for (template, writes) in [
        (TokenTemplate::Scim, false),
        (TokenTemplate::Read, false),
        (TokenTemplate::Admin, true),
    ] {
        let token = token(&db, template, NewOwner::Account);
        let listed = db
            .db
            .write_blocking(by_token(&db, token), |tx| app::roles::list(tx, true));
        assert_eq!(listed.expect("roles").len(), 105);
        let attempt = |change: fn(&WriteTx<'_>) -> Result<Role>| {
            let done = db.db.write_blocking(by_token(&db, token), change);
            done.map_err(|error| error.reason()).err()
        };
        let refused = (!writes).then_some(Reason::PermissionMissing);
        assert_eq!(attempt(|tx| app::roles::create(tx, &new("Mine"))), refused);
        assert_eq!(attempt(|tx| app::roles::hide(tx, &named("DNS"))), refused);
        assert_eq!(attempt(|tx| app::roles::unhide(tx, &named("DNS"))), refused);
        let change =
            |tx: &WriteTx<'_>| app::roles::update(tx, &named("Approvers"), &RoleChange::default());
        assert_eq!(attempt(change), refused);
        assert_eq!(
            attempt(|tx| app::roles::delete(tx, &named("Mine"))),
            refused
        );
    }
}

#[test]
fn a_members_token_widens_no_role_in_use_beyond_what_the_member_holds() {
    let db = TestDb::new();
    let role = create(&db, "Approvers").expect("a role");
    let other = create(&db, "Viewers").expect("a role");
    let ada = member(&db, "ada@corp.example");
    // Whose roles do not let them change roles has no token that does.
    give(&db, "ada@corp.example", catalogue::ADMINISTRATOR, "allow");
    let token = token(&db, TokenTemplate::Admin, NewOwner::Member(ada));
    let set = |name: &'static str, permissions: &[&'static str]| {
        let permissions = parse_permissions(permissions.iter().copied()).expect("permissions");
        let change = RoleChange {
            permissions: PermissionsChange::Replace(permissions),
            ..RoleChange::default()
        };
        let done = db.db.write_blocking(by_token(&db, token), move |tx| {
            app::roles::update(tx, &named(name), &change)
        });
        done.map_err(|error| error.kind()).err()
    };
    // Nobody holds it yet, so nobody gains anything.
    assert_eq!(set("Approvers", &["a:b"]), None);
    give(&db, "ada@corp.example", role.permission_group, "allow");
    assert_eq!(set("Approvers", &["a:b", "a:c"]), Some(Kind::Forbidden));
    assert_eq!(set("Approvers", &[]), None);
    assert_eq!(set("Viewers", &["a:c"]), None);
    give(&db, "ada@corp.example", other.permission_group, "allow");
    assert_eq!(set("Approvers", &["a:c"]), None);
    assert_eq!(set("Approvers", &["a:c", "a:b"]), Some(Kind::Forbidden));
    let all = catalogue::SUPER_ADMINISTRATOR;
    give(&db, "ada@corp.example", all, "allow");
    assert_eq!(set("Approvers", &["a:c", "a:b"]), None);
    // The account keeps another one.
    member(&db, "bob@corp.example");
    give(&db, "bob@corp.example", all, "allow");
    give(&db, "ada@corp.example", all, "deny");
    assert_eq!(
        set("Approvers", &["a:c", "a:b", "a:d"]),
        Some(Kind::Forbidden)
    );
}

#[test]
fn roles_of_policies_are_named_own_ones_too() {
    let db = TestDb::new();
    let role = create(&db, "Approvers").expect("a role");
    let nobody = PermissionGroupId::from_bytes([9; 16]);
    let ids = [
        catalogue::MINIMAL_ACCOUNT_ACCESS,
        role.permission_group,
        nobody,
    ];
    let named = db.read(|tx| {
        let names = ids.into_iter().map(|id| name_of(tx, id));
        Ok(names.collect::<rusqlite::Result<Vec<_>>>()?)
    });
    let nobody = nobody.to_string();
    let expected = ["Minimal Account Access", "Approvers", &nobody];
    assert_eq!(named.expect("names"), expected);
}
