//! `require_sso_domain`: whose membership a connection may end.

use provost::app;
use provost::domain::connection::{ProviderKind, SettingsChange};
use provost::domain::reason::Reason;
use provost::domain::sso_connector::{EmailDomain, NewSsoConnector, SsoConnectorChange};
use serde_json::json;

use crate::harness::app::{Setup, TestApp};
use crate::harness::fixtures::{user, with};

fn require(app: &TestApp, on: bool) {
    let change = SettingsChange {
        require_sso_domain: Some(on),
        ..SettingsChange::default()
    };
    app.set_connection("Generic", change);
}

/// Adds the domain, verified and enabled.
fn own(app: &TestApp, domain: &'static str) {
    app.write(move |tx| {
        let new = NewSsoConnector {
            email_domain: EmailDomain::parse(domain)?,
            begin_verification: true,
            use_fedramp_language: false,
        };
        let id = app::sso_connectors::create(tx, &new)?.id;
        app::sso_connectors::verify(tx, id)?;
        app::sso_connectors::update(tx, id, &enabled(true))
    });
}

fn enabled(on: bool) -> SsoConnectorChange {
    SsoConnectorChange {
        enabled: Some(on),
        ..SsoConnectorChange::default()
    }
}

#[test]
fn people_of_other_domains_are_not_deprovisioned() {
    let app = TestApp::spawn();
    let scim = app.scim();
    own(&app, "corp.example");
    require(&app, true);
    let (own, other) = (
        scim.new_user("ada@CORP.example"),
        scim.new_user("ada@other.example"),
    );
    let path = format!("/Users/{other}");
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    let inactive = with(user("ada@other.example"), json!({ "active": false }));
    let details = [
        scim.patch_user(&other, &off).refused(403, ""),
        scim.put(&path, &inactive).refused(403, ""),
        scim.delete(&path).refused(403, ""),
    ];
    for detail in details {
        assert!(
            detail.contains("\"ada@other.example\"") && detail.contains("require_sso_domain"),
            "{detail}"
        );
    }
    let bulk = scim.in_bulk(&json!([{ "method": "DELETE", "path": path }]));
    assert_eq!(bulk[0]["status"], "403");
    let reason = app.last_logged().reason.map(Reason::code);
    assert_eq!(reason, Some("sso_domain_missing"));
    assert_eq!(scim.read_user(&other)["active"], true);
    // Nothing else is kept from anybody.
    let renamed = json!([{ "op": "replace", "path": "displayName", "value": "Ada" }]);
    scim.patch_user(&other, &renamed).is(200);
    scim.set_active(&own, false);
    scim.set_active(&own, true);
    scim.delete(&format!("/Users/{own}")).is(204);
    // The setting is the connection's.
    app.provider(ProviderKind::Okta).delete(&path).is(204);
    require(&app, false);
    let third = scim.new_user("eve@other.example");
    scim.delete(&format!("/Users/{third}")).is(204);
}

#[test]
fn the_address_is_the_primary_else_the_first_else_the_user_name() {
    let app = TestApp::spawn();
    let scim = app.scim();
    own(&app, "corp.example");
    require(&app, true);
    let email = |value: &str, primary: bool| json!({ "value": value, "primary": primary });
    let (ours, theirs) = ("a@corp.example", "a@other.example");
    for (i, (emails, goes)) in [
        (json!([email(theirs, false), email(ours, true)]), true),
        (json!([email(ours, false), email(theirs, true)]), false),
        (json!([{ "value": ours }, { "value": theirs }]), true),
        (json!([{ "value": theirs }, { "value": ours }]), false),
        (json!([]), true),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("p{i}@corp.example");
        let id = scim.made("/Users", &with(user(&name), json!({ "emails": emails })));
        let answer = scim.delete(&format!("/Users/{id}"));
        answer.is(if goes { 204 } else { 403 });
    }
    let nowhere = scim.made("/Users", &with(user("nowhere"), json!({ "emails": [] })));
    scim.delete(&format!("/Users/{nowhere}")).refused(403, "");
}

#[test]
fn a_domain_counts_while_it_is_verified_and_enabled_in_this_account() {
    let app = TestApp::spawn();
    let scim = app.scim();
    require(&app, true);
    let id = scim.new_user("ada@corp.example");
    let path = format!("/Users/{id}");
    let new = NewSsoConnector {
        email_domain: EmailDomain::parse("corp.example").expect("a domain"),
        begin_verification: true,
        use_fedramp_language: false,
    };
    let domain = app
        .write(move |tx| app::sso_connectors::create(tx, &new))
        .id;
    scim.delete(&path).refused(403, "");
    let early = app.try_write(move |tx| app::sso_connectors::update(tx, domain, &enabled(true)));
    let early = early.expect_err("a refusal").to_string();
    assert!(early.contains("not verified"), "{early}");
    app.write(move |tx| app::sso_connectors::verify(tx, domain));
    scim.delete(&path).refused(403, "");
    app.write(move |tx| app::sso_connectors::update(tx, domain, &enabled(true)));
    app.write(move |tx| app::sso_connectors::update(tx, domain, &enabled(false)));
    scim.delete(&path).refused(403, "");
    app.write(move |tx| app::sso_connectors::update(tx, domain, &enabled(true)));
    scim.delete(&path).is(204);
    let other = scim.new_user("eve@corp.example");
    app.write(move |tx| app::sso_connectors::delete(tx, domain));
    scim.delete(&format!("/Users/{other}")).refused(403, "");
}

#[test]
fn a_verification_that_nobody_confirms_fails_after_two_days_and_is_begun_anew() {
    let app = Setup::standing_clock().spawn();
    let two_days = 2 * 24 * 60 * 60 * 1000;
    let new = |domain: &str, begin_verification| NewSsoConnector {
        email_domain: EmailDomain::parse(domain).expect("a domain"),
        begin_verification,
        use_fedramp_language: false,
    };
    let (one, other) = (new("corp.example", true), new("other.example", false));
    let id = app
        .write(move |tx| app::sso_connectors::create(tx, &one))
        .id;
    let waits = app
        .write(move |tx| app::sso_connectors::create(tx, &other))
        .id;
    let statuses = || {
        let all = app.read(app::sso_connectors::list);
        let names = all.iter().map(|connector| connector.status.name());
        names.collect::<Vec<_>>().join(" ")
    };
    app.pass(two_days);
    assert_eq!(statuses(), "pending awaiting");
    app.pass(1);
    assert_eq!(statuses(), "failed awaiting");
    app.write(move |tx| app::sso_connectors::begin_verification(tx, waits));
    app.write(move |tx| app::sso_connectors::begin_verification(tx, id));
    assert_eq!(statuses(), "pending pending");
    app.write(move |tx| app::sso_connectors::verify(tx, id));
    let rows = app.audit().len();
    app.write(move |tx| app::sso_connectors::begin_verification(tx, id));
    assert_eq!(statuses(), "verified pending");
    assert_eq!(app.audit().len(), rows, "nothing was changed");
}
