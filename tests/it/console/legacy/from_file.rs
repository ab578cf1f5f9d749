//! What the console says of groups that were made from a file.

use serde_json::json;

use crate::console::app;
use crate::harness::client::text;

const THEIRS: &str = "11112222333344445555666677778888";

#[test]
fn what_was_made_and_undone_is_gone_and_not_put_back() {
    let (app, mut browser) = app();
    app.legacy_on(false);
    let api = app.api();
    let at = api.at("/legacy_groups");
    let groups = ["Analytics", "DNS"].map(|role| {
        let name = format!("CF-{THEIRS} - {role}");
        json!({ "name": name, "members": ["new@corp.example"] })
    });
    let options = json!({ "import": {
        "from_account": THEIRS, "create_missing": true, "groups": groups,
    } });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    let run = api.post(&format!("{at}/convert"), &asked).result();
    // One of them is changed meanwhile, and stays.
    let made = api.get(&api.at("/iam/user_groups")).items();
    let stays = format!("/a/{}/groups/{}", app.account.id, text(&made[0], "id"));
    browser.open(&stays);
    browser.tick("Cache Purge").press("Show preview");
    browser.press("Save policy").says("Added the policy");
    let id = text(&run, "id");
    let undo = browser.open(&format!("/a/{}/migrate/{id}/undo", app.account.id));
    undo.says("1 group goes away")
        .says("goes away: the migration made it from a file");
    assert!(!undo.text().contains("old name"), "{}", undo.text());
    assert!(!undo.text().contains("what they were"), "{}", undo.text());
    api.post(&format!("{at}/runs/{id}/undo"), &json!({ "partial": true }))
        .is(200);
    let page = browser.open(&format!("/a/{}/migrate/{id}", app.account.id));
    page.says("2 groups were made from a file")
        .says("1 of them was taken away again later");
    assert!(!page.text().contains("put back"), "{}", page.text());
}
