//! Groups whose names grant a role: found before anybody pushes them, taken once, and neither
//! renamed nor deleted.

use provost::app::legacy::mapping;
use provost::domain::catalogue;
use provost::domain::connection::{AdoptExisting, ProviderKind, SettingsChange};
use provost::domain::error::{Error, Kind};
use provost::domain::legacy::mapping::{legacy_roles, scim_id};
use provost::domain::reason::Reason;
use provost::domain::reference::{GroupRef, MemberRef};
use provost::store::grants::HoldersAfter;
use provost::store::tx::WriteTx;
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, text};
use crate::harness::fixtures::{group, values};

const SUPER_ADMINISTRATOR: &str = "Super Administrator - All Privileges";

fn id_of(role: &str) -> String {
    let role = catalogue::role_by_name(role).expect("a role");
    scim_id(role).expect("an id").to_string()
}

fn rename(name: &str) -> Value {
    json!([{ "op": "Replace", "path": "displayName", "value": name }])
}

fn add(people: &[String]) -> Value {
    json!([{ "op": "Add", "path": "members", "value": values(people) }])
}

/// The names of a person's roles, as SCIM shows them.
#[track_caller]
fn roles_of(scim: &Client, person: &str) -> Vec<String> {
    let user = scim.read_user(person);
    let roles = user["roles"].as_array().cloned().unwrap_or_default();
    roles.iter().map(|role| text(role, "value")).collect()
}

/// The totals of SCIM's list and of the API's.
#[track_caller]
fn totals(app: &TestApp) -> (Value, usize) {
    let scim = app.scim().get("/Groups?count=1").is(200).json();
    let page = provost::app::groups::pages::GroupPage {
        limit: 500,
        ..Default::default()
    };
    let (groups, total) = app.read(|tx| provost::app::groups::pages::page(tx, &page));
    assert_eq!(i64::try_from(groups.len()), Ok(total));
    (scim["totalResults"].clone(), groups.len())
}

#[test]
fn legacy_groups_are_there_before_anybody_pushes_them() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_group("Analysts", &[]);
    let all = legacy_roles().count();
    let on = app.legacy_on(false);
    assert_eq!((on.made, on.restored, on.name_taken.len()), (all - 1, 0, 0));
    assert_eq!(totals(&app), (json!(all), 1));
    for role in legacy_roles() {
        let name = app.legacy_name(&role.name);
        let filter = format!("displayName eq \"{name}\"");
        let is_offered = role.name != SUPER_ADMINISTRATOR;
        let id = id_of(&role.name);
        let wanted: &[&str] = if is_offered { &[&id] } else { &[] };
        scim.finds("Groups", &filter, wanted);
        if is_offered {
            let shown = scim.read_group(&id);
            assert_eq!(text(&shown, "displayName"), name);
            assert_eq!(shown["members"], json!([]));
        }
        for alias in role.aliases.iter().filter(|_| is_offered) {
            let old = format!("displayName eq \"{}\"", app.legacy_name(alias));
            scim.finds("Groups", &old, wanted);
        }
    }
    // A repetition changes nothing, and Super Administrator comes by being allowed.
    let rows = app.audit().len();
    assert_eq!(app.legacy_on(false).made, 0);
    assert_eq!(app.audit().len(), rows);
    assert_eq!(app.legacy_on(true).made, 1);
    assert_eq!(totals(&app), (json!(all + 1), 1));
    scim.read_group(&id_of(SUPER_ADMINISTRATOR));
    assert!(app.legacy_on(false).status.mapping.super_administrator);
}

#[test]
fn the_first_push_takes_the_group_and_the_second_is_a_conflict() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let okta = app.provider(ProviderKind::Okta);
    let ada = okta.new_user("ada@corp.example");
    let name = app.legacy_name("DNS");
    let mut body = group(&name, std::slice::from_ref(&ada));
    body["externalId"] = json!("00g1");
    let made = okta.post("/Groups", &body).is(201);
    assert!(
        made.header("location")
            .is_some_and(|at| at.ends_with(&id_of("DNS")))
    );
    let made = made.json();
    assert_eq!(text(&made, "id"), id_of("DNS"));
    assert_eq!(
        (text(&made, "displayName"), text(&made, "externalId")),
        (name.clone(), "00g1".to_owned())
    );
    assert_eq!(okta.members_of(&id_of("DNS")), [ada.as_str()]);
    assert_eq!(roles_of(&okta, &ada), ["DNS", "Minimal Account Access"]);
    okta.post("/Groups", &body).refused(409, "uniqueness");
    app.scim()
        .post("/Groups", &group(&name, &[]))
        .refused(409, "uniqueness");
    okta.finds("Groups", "externalId eq \"00g1\"", &[&id_of("DNS")]);
    // Who writes to one without pushing it first has pushed it.
    let billing = format!("/Groups/{}", id_of("Billing"));
    okta.patch(&billing, &add(&[ada])).is(200);
    let again = group(&app.legacy_name("Billing"), &[]);
    okta.post("/Groups", &again).refused(409, "uniqueness");
    assert_eq!(
        app.audited(),
        ["Create SCIM User", "Create SCIM Group", "Update SCIM Group"]
    );
}

#[test]
fn an_old_spelling_of_the_role_is_taken_for_the_current_one() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let scim = app.scim();
    let made = scim.post("/Groups", &group(&app.legacy_name("Trust And Safety"), &[]));
    let made = made.is(201).json();
    assert_eq!(
        text(&made, "displayName"),
        app.legacy_name("Trust and Safety")
    );
    let at = format!("/Groups/{}", text(&made, "id"));
    let before = scim.get(&at).is(200).etag();
    for spelling in ["Trust & Safety", "Trust And Safety", "Trust and Safety"] {
        let name = app.legacy_name(spelling);
        scim.patch(&at, &rename(&name)).is(200);
        scim.put(&at, &group(&name, &[])).is(200);
        scim.post("/Groups", &group(&name, &[]))
            .refused(409, "uniqueness");
    }
    assert_eq!(scim.get(&at).is(200).etag(), before);
}

#[test]
fn a_connection_that_adopts_nothing_takes_legacy_groups_all_the_same() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let refuse = SettingsChange {
        adopt_existing: Some(AdoptExisting::Refuse),
        ..SettingsChange::default()
    };
    app.set_connection("Generic", refuse);
    app.scim().new_group(&app.legacy_name("DNS"), &[]);
    let okta = app.provider(ProviderKind::Okta);
    app.set_connection("okta", refuse);
    okta.patch(
        &format!("/Groups/{}", id_of("DNS")),
        &json!([{ "op": "remove", "path": "members" }]),
    )
    .refused(403, "");
}

#[test]
fn a_legacy_group_is_neither_renamed_nor_deleted() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    let at = format!("/Groups/{}", id_of("DNS"));
    scim.patch(&at, &add(std::slice::from_ref(&ada))).is(200);
    for name in [
        "DNS people",
        &app.legacy_name("Billing"),
        &app.legacy_name("dns"),
    ] {
        let detail = scim.patch(&at, &rename(name)).refused(400, "mutability");
        assert!(detail.contains(&app.legacy_name("DNS")), "{detail}");
        scim.put(&at, &group(name, &[])).refused(400, "mutability");
    }
    scim.delete(&at).refused(400, "mutability");
    assert_eq!(scim.members_of(&id_of("DNS")), [ada.as_str()]);
    // Its members are changed, by replacing the group too.
    scim.put(&at, &group(&app.legacy_name("DNS"), &[])).is(200);
    assert_eq!(roles_of(&scim, &ada), ["Minimal Account Access"]);
}

#[test]
fn what_is_nearly_a_legacy_name_is_refused_with_the_right_one() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let scim = app.scim();
    let freeform = format!("/Groups/{}", scim.new_group("Analysts", &[]));
    let id = app.account.id.to_string();
    let right = app.legacy_name("DNS");
    for name in [
        app.legacy_name("dns"),
        format!("cf-{id} - DNS"),
        format!("CF-{} - DNS", id.to_uppercase()),
        format!("CF-{id}-DNS"),
        format!("CF-{id}  - DNS"),
        format!("CF-{id} \u{2013} DNS"),
        format!("CF-{id}\u{a0}- DNS"),
        format!("\u{421}F-{id} - DNS"),
    ] {
        for answer in [
            scim.post("/Groups", &group(&name, &[])),
            scim.patch(&freeform, &rename(&name)),
            scim.put(&freeform, &group(&name, &[])),
        ] {
            let detail = answer.refused(400, "invalidValue");
            assert!(detail.contains(&format!("\"{right}\"")), "{name}: {detail}");
        }
        assert_eq!(app.last_logged().reason, Some(Reason::LegacyName));
    }
    for name in [
        format!("{right} "),
        format!(" {right}"),
        format!("{right}\u{200b}"),
    ] {
        let answer = scim.post("/Groups", &group(&name, &[]));
        let detail = answer.refused(400, "invalidValue");
        assert!(detail.contains(&format!("\"{right}\"")), "{detail}");
    }
    for (name, said) in [
        (
            app.legacy_name("Domain DNS"),
            "not granted on the whole account",
        ),
        (app.legacy_name("Bilinng"), "\"Billing\""),
        (
            format!("CF-{} - DNS", "0".repeat(32)),
            "names the account 0000",
        ),
        (
            app.legacy_name(SUPER_ADMINISTRATOR),
            "--allow-super-administrator",
        ),
        ("CFO Office".to_owned(), "reserved prefix"),
    ] {
        let detail = scim
            .post("/Groups", &group(&name, &[]))
            .refused(400, "invalidValue");
        assert!(detail.contains(said), "{detail}");
    }
    // Another prefix, or none, frees no name that grants a role.
    app.set_reserved_prefix("");
    scim.new_group("CFO Office", &[]);
    let dns = app.legacy_name("dns");
    scim.post("/Groups", &group(&dns, &[]))
        .refused(400, "invalidValue");
    scim.patch(&freeform, &rename(&right))
        .refused(400, "invalidValue");
}

#[test]
fn they_are_no_user_groups() {
    let app = TestApp::spawn();
    app.legacy_on(false);
    let scim = app.scim();
    let ada = scim.new_user("ada@corp.example");
    scim.patch(
        &format!("/Groups/{}", id_of("DNS")),
        &add(std::slice::from_ref(&ada)),
    )
    .is(200);
    let hidden: String = app
        .sql()
        .query_row(
            "SELECT lower(hex(id)) FROM groups WHERE scim_id = ?1",
            [id_of("DNS")],
            |row| row.get(0),
        )
        .expect("a row");
    for named in [id_of("DNS"), app.legacy_name("DNS"), hidden] {
        let which = GroupRef::Named(named);
        let found =
            app.try_write(move |tx| provost::app::groups::by_hand::find(tx, &which).map(drop));
        assert_eq!(found.expect_err("hidden").kind(), Kind::NotFound);
    }
    // The role is shown with the group that it comes by.
    let which = MemberRef::Id(ada.parse().expect("an id"));
    let access = app.read(|tx| provost::app::access::effective(tx, &which));
    let dns = access
        .roles
        .iter()
        .find(|role| role.name == "DNS")
        .expect("the role");
    assert!(format!("{dns:?}").contains(&app.legacy_name("DNS")));
}

fn off(tx: &WriteTx<'_>) -> Result<(usize, usize), Error> {
    let off = mapping::switch_off(tx)?;
    Ok((off.ended, off.hidden))
}

#[test]
fn switched_off_they_grant_nothing_and_switched_on_the_same_again() {
    let app = TestApp::spawn();
    let scim = app.scim();
    app.legacy_on(false);
    let ada = scim.new_user("ada@corp.example");
    let bob = scim.new_user("bob@corp.example");
    let dns = format!("/Groups/{}", id_of("DNS"));
    scim.patch(&dns, &add(&[ada.clone(), bob.clone()])).is(200);
    scim.new_group(&app.legacy_name("Billing"), &[]);
    // Who would lose what is told before, and telling changes nothing.
    let told = app.write(|tx| mapping::preview_off(tx, HoldersAfter::default(), 1));
    assert_eq!(told.differences.len(), 1);
    let next = told.next.expect("more");
    let told = app.write(move |tx| mapping::preview_off(tx, next, 10));
    let lost = &told.differences[0];
    assert_eq!(
        (lost.member.user_name.as_str(), lost.lost[0].name.as_str()),
        ("bob@corp.example", "DNS")
    );
    assert_eq!(roles_of(&scim, &ada).len(), 2);
    let all = legacy_roles().count() - 1;
    assert_eq!(app.write(off), (2, all - 2));
    assert_eq!(app.write(off), (0, 0));
    assert_eq!(roles_of(&scim, &ada), ["Minimal Account Access"]);
    assert_eq!(scim.get("/Groups").is(200).json()["totalResults"], 2);
    assert_eq!(scim.members_of(&id_of("DNS")).len(), 2);
    // What was pushed goes on being pushed to; nothing else may be called so.
    scim.patch(
        &dns,
        &json!([{ "op": "remove", "path": format!("members[value eq \"{bob}\"]") }]),
    )
    .is(200);
    scim.post("/Groups", &group(&app.legacy_name("DNS"), &[]))
        .refused(409, "uniqueness");
    scim.post("/Groups", &group(&app.legacy_name("Analytics"), &[]))
        .refused(400, "invalidValue");
    scim.delete(&dns).refused(400, "mutability");
    scim.patch(&dns, &rename("x")).refused(400, "mutability");
    let told = app.write(|tx| mapping::preview_on(tx, false, HoldersAfter::default(), 10));
    assert_eq!(told.differences.len(), 1);
    let on = app.legacy_on(false);
    assert_eq!((on.made, on.restored), (all - 2, 2));
    assert_eq!(roles_of(&scim, &ada), ["DNS", "Minimal Account Access"]);
    assert_eq!(roles_of(&scim, &bob), ["Minimal Account Access"]);
    let told: Vec<String> = app
        .audit()
        .iter()
        .map(|row| text(&row["action"], "description"))
        .collect();
    let switched = told
        .iter()
        .filter(|told| told.starts_with("Switch Legacy"))
        .count();
    assert_eq!(switched, 3);
}

#[test]
fn switching_off_leaves_no_account_without_its_super_administrator() {
    let app = TestApp::spawn();
    let scim = app.scim();
    app.legacy_on(true);
    let ada = scim.new_user("ada@corp.example");
    let at = format!("/Groups/{}", id_of(SUPER_ADMINISTRATOR));
    scim.patch(&at, &add(&[ada])).is(200);
    let refused = app.try_write(off).expect_err("the last one");
    assert_eq!(refused.reason(), Reason::LastSuperAdministrator);
    scim.patch(&at, &json!([{ "op": "remove", "path": "members" }]))
        .refused(403, "");
    let bob = scim.new_user("bob@corp.example");
    app.make_super_administrator(&bob);
    app.write(off);
}
