//! `…/sso_connectors`.

use provost::app;
use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::text;

#[test]
fn sso_connectors_are_kept_and_verified() {
    let app = TestApp::spawn();
    let api = app.api();
    let body = json!({ "email_domain": "Corp.Example", "begin_verification": false });
    let made = api.post(&api.at("/sso_connectors"), &body).result();
    assert_eq!(made["email_domain"], "corp.example");
    assert_eq!(made["verification"]["status"], "awaiting");
    let path = api.at(&format!("/sso_connectors/{}", text(&made, "id")));
    let begun = api
        .send("POST", &format!("{path}/begin_verification"), None)
        .is(200);
    assert!(begun.json().get("result").is_none());
    assert_eq!(api.get(&path).result()["verification"]["status"], "pending");
    let enable = json!({ "enabled": true });
    api.send("PATCH", &path, Some(&enable)).fails(400, 1001);
    let id = text(&made, "id").parse().expect("an id");
    app.write(move |tx| app::sso_connectors::verify(tx, id));
    assert_eq!(
        api.send("PATCH", &path, Some(&enable)).result()["enabled"],
        true
    );
    assert_eq!(api.get(&api.at("/sso_connectors")).items().len(), 1);
    api.post(&api.at("/sso_connectors"), &body).fails(409, 1004);
    let refused = api.post(
        &api.at("/sso_connectors"),
        &json!({ "email_domain": "gmail.com" }),
    );
    assert_eq!(refused.pointer(), "/email_domain");
    refused.fails(400, 1001);
    assert_eq!(api.delete(&path).result(), json!({ "id": made["id"] }));
    api.get(&path).fails(404, 1003);
}
