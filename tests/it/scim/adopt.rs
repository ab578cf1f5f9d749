//! Who manages a record, and what another connection may do with it.

use provost::domain::connection::{AdoptExisting, ProviderKind, SettingsChange};
use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user, values, with};

fn refusing() -> SettingsChange {
    SettingsChange {
        adopt_existing: Some(AdoptExisting::Refuse),
        ..SettingsChange::default()
    }
}

/// The name of the connection that manages a person or a group, from the table of that name.
fn manager_of(app: &TestApp, table: &str) -> Option<String> {
    app.sql()
        .query_row(
            &format!(
                "SELECT c.name FROM {table} r LEFT JOIN connections c ON c.seq = r.connection"
            ),
            [],
            |row| row.get(0),
        )
        .expect("one record")
}

/// Every kind of write to a person and a group.
fn writes(provider: &Client, person: &str, of: &str) -> Vec<crate::harness::client::Answer> {
    let (at_user, at_group) = (format!("/Users/{person}"), format!("/Groups/{of}"));
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    let add = json!([{ "op": "add", "path": "members", "value": values(&[person.to_owned()]) }]);
    vec![
        provider.patch(&at_user, &title),
        provider.patch(
            &at_user,
            &json!([{ "op": "replace", "path": "active", "value": false }]),
        ),
        provider.put(
            &at_user,
            &with(user("ada@corp.example"), json!({ "title": "y" })),
        ),
        provider.patch(&at_group, &add),
        provider.patch(
            &at_group,
            &json!([{ "op": "replace", "path": "displayName", "value": "x" }]),
        ),
        provider.put(&at_group, &group("Analysts", &[person.to_owned()])),
        provider.delete(&at_group),
        provider.delete(&at_user),
    ]
}

#[test]
fn what_a_connection_makes_it_manages() {
    let app = TestApp::spawn();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_user("ada@corp.example");
    okta.new_group("Analysts", &[]);
    assert_eq!(manager_of(&app, "members").as_deref(), Some("okta"));
    assert_eq!(manager_of(&app, "groups").as_deref(), Some("okta"));
}

#[test]
fn what_is_made_by_hand_is_adopted_by_the_first_write() {
    let app = TestApp::spawn();
    let id = app.people(1).remove(0);
    assert_eq!(manager_of(&app, "members"), None);
    let okta = app.provider(ProviderKind::Okta);
    okta.read_user(&id);
    assert_eq!(manager_of(&app, "members"), None, "reading adopts nothing");
    let body = with(user("hand0@corp.example"), json!({ "externalId": "00u1" }));
    okta.put(&format!("/Users/{id}"), &body).is(200);
    assert_eq!(manager_of(&app, "members").as_deref(), Some("okta"));
    let row = app.audit().pop().expect("a row");
    assert!(
        row["resource"]["response"].get("managed_by").is_some(),
        "audited: {row}"
    );
    assert!(
        app.last_logged()
            .changes
            .iter()
            .any(|change| change == "adopted")
    );
}

#[test]
fn another_connection_takes_over_by_default() {
    let app = TestApp::spawn();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    let id = okta.new_user("ada@corp.example");
    let made = okta.new_group("Analysts", &[]);
    let answers = writes(&entra, &id, &made);
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 204, 204]);
}

#[test]
fn a_refusing_connection_may_read_and_find_but_not_write() {
    let app = TestApp::spawn();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    app.set_connection("entra", refusing());
    let id = okta.new_user("ada@corp.example");
    let made = okta.new_group("Analysts", std::slice::from_ref(&id));
    let before = (okta.read_user(&id), okta.read_group(&made));
    for answer in writes(&entra, &id, &made) {
        let detail = answer.refused(403, "");
        assert!(detail.contains("adopt"), "{detail}");
    }
    assert_eq!(
        (okta.read_user(&id), okta.read_group(&made)),
        before,
        "nothing was applied"
    );
    assert_eq!(entra.read_user(&id)["userName"], "ada@corp.example");
    entra.finds("Users", r#"userName eq "ada@corp.example""#, &[&id]);
    entra.finds("Groups", r#"displayName eq "Analysts""#, &[&made]);
    let last = app.last_logged();
    assert_eq!((last.status, last.outcome.name()), (403, "refused"));
    assert!(
        last.fix().is_some_and(|fix| fix.contains("adopt")),
        "{last:?}"
    );
    let denied = app
        .audit()
        .iter()
        .filter(|row| row["action"]["description"] == "Deny Request")
        .count();
    assert_eq!(denied, 8, "each refusal for want of permission is audited");
}

#[test]
fn a_refusing_connection_may_write_what_is_its_own() {
    let app = TestApp::spawn();
    let entra = app.provider(ProviderKind::Entra);
    app.set_connection("entra", refusing());
    let id = entra.new_user("ada@corp.example");
    let made = entra.new_group("Analysts", &[]);
    let statuses: Vec<u16> = writes(&entra, &id, &made)
        .iter()
        .map(|answer| answer.status)
        .collect();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 204, 204]);
}

#[test]
fn a_refusing_connection_may_not_adopt_what_is_made_by_hand() {
    let app = TestApp::spawn();
    let id = app.people(1).remove(0);
    app.set_connection("Generic", refusing());
    let title: Value = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    app.scim().patch_user(&id, &title).refused(403, "");
    assert_eq!(manager_of(&app, "members"), None);
}

#[test]
fn a_refusing_connection_may_put_another_ones_people_into_its_groups() {
    let app = TestApp::spawn();
    let (okta, entra) = (
        app.provider(ProviderKind::Okta),
        app.provider(ProviderKind::Entra),
    );
    app.set_connection("entra", refusing());
    let id = okta.new_user("ada@corp.example");
    let made = entra.new_group("Analysts", std::slice::from_ref(&id));
    assert_eq!(entra.members_of(&made), [id]);
}
