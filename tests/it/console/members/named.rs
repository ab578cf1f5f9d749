//! People whom a provider names by the parts of their name alone, with no displayName: they are
//! found by what the pages call them.

use provost::domain::connection::ProviderKind;
use serde_json::json;

use super::super::{app, at};

#[test]
fn somebody_without_a_display_name_is_found_by_the_name_that_is_shown() {
    let (app, mut browser) = app();
    let provider = app.provider(ProviderKind::Generic);
    let mut pia = json!({ "userName": "u1@corp.example" });
    pia["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    pia["name"] = json!({ "givenName": "Pia", "familyName": "Walker" });
    let pia = provider.made("/Users", &pia);
    provider.new_users("person", 3);
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    let group = browser.page.path.clone();
    for part in ["Pia", "walker", "alke", "pia w"] {
        let q = part.replace(' ', "+");
        browser
            .open(&at(&app, &format!("/members?q={q}")))
            .says("Pia Walker")
            .says("1 member");
        browser
            .open(&at(&app, &format!("/search?q={q}")))
            .says("Pia Walker");
        browser
            .open(&at(&app, &format!("/explain?ask=why&member={q}&role=DNS")))
            .says("Pia Walker");
    }
    let csv = browser.send("GET", &at(&app, "/members.csv?q=walker"), &[], None);
    assert_eq!(csv.is(200).text().lines().count(), 2);
    browser
        .open(&format!("{group}/members/add?q=alke"))
        .says("Pia Walker");
    // What a client filters by is the attribute, not what the console shows.
    let filter = "/Users?filter=displayName%20co%20%22walker%22";
    assert_eq!(provider.get(filter).is(200).json()["totalResults"], 0);

    let patch = |value: serde_json::Value| {
        let path = format!("/Users/{pia}");
        provider.patch(&path, &json!([value])).is(200);
    };
    patch(json!({ "op": "add", "path": "displayName", "value": "P. W." }));
    browser
        .open(&at(&app, "/members?q=walker"))
        .says("No member matches");
    browser.open(&at(&app, "/members?q=p.+w")).says("1 member");
    patch(json!({ "op": "remove", "path": "displayName" }));
    patch(json!({ "op": "replace", "path": "name.familyName", "value": "Runner" }));
    browser
        .open(&at(&app, "/members?q=runner"))
        .says("Pia Runner")
        .says("1 member");
    browser
        .open(&at(&app, "/members?q=walker"))
        .says("No member matches");
}
