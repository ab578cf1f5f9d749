//! What the console says of groups that were made from a file.

use serde_json::json;

use provost::domain::connection::ProviderKind;

use crate::console::app;
use crate::harness::app::TestApp;
use crate::harness::client::text;

const THEIRS: &str = "11112222333344445555666677778888";

/// Makes groups of these roles from a file, with nobody in them; gives the run's id.
pub(super) fn made_from_file(app: &TestApp, roles: &[&str]) -> String {
    let api = app.api();
    let at = api.at("/legacy_groups");
    let one = |role: &&str| json!({ "name": format!("CF-{THEIRS} - {role}"), "members": [] });
    let groups: Vec<_> = roles.iter().map(one).collect();
    let options = json!({ "import": { "from_account": THEIRS, "groups": groups } });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    let run = api.post(&format!("{at}/convert"), &asked).result();
    text(&run, "id")
}

#[test]
fn where_no_provider_pushes_a_group_nothing_is_waited_for() {
    let (app, mut browser) = app();
    app.legacy_on(false);
    let run = made_from_file(&app, &["Analytics", "DNS"]);
    let at = format!("/a/{}/migrate/{run}", app.account.id);
    let page = browser.open(&at);
    page.says("Everybody has the access that was planned")
        .says("No provider has pushed these groups yet")
        .says("Converted");
    for word in ["ushed since", "every provider", "Updates every"] {
        assert!(!page.text().contains(word), "{word}: {}", page.text());
    }
    browser.open(&format!("{at}/undo"));
    let page = browser.press("Undo 2 groups");
    page.says("Deleted by the undo");
    assert!(!page.text().contains("As before"), "{}", page.text());
    assert!(!page.html.contains("aria-current=\"step\""), "a step");
}

#[test]
fn a_group_that_a_provider_takes_over_later_is_told_apart() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    let run = made_from_file(&app, &["Analytics", "DNS"]);
    let found = okta.get("/Groups?filter=displayName%20eq%20%22DNS%20Editors%22");
    let dns = text(&found.json()["Resources"][0], "id");
    let body = json!([{ "op": "Replace", "value": { "displayName": "DNS Editors" } }]);
    okta.patch_group(&dns, &body);
    let page = browser.open(&format!("/a/{}/migrate/{run}", app.account.id));
    page.says("No provider pushes it")
        .says("1 of 1 pushed since")
        .says("every provider has pushed since");
}

#[test]
fn what_is_said_of_providers_follows_their_pushes() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    let name = app.legacy_name("DNS");
    let dns = okta.new_group(&name, &[]);
    browser.open(&format!("/a/{}/migrate", app.account.id));
    browser.press("Convert 1 group");
    let page = browser.press("Convert 1 group");
    page.says("One group waits for its provider’s next push");
    page.says("0 of 1 pushed since");
    let run = browser.page.path.clone();
    let push = |name: &str| {
        let body = json!([{ "op": "Replace", "value": { "displayName": name } }]);
        okta.patch_group(&dns, &body);
    };
    push(&name);
    let page = browser.open(&run);
    page.says("every provider has pushed since")
        .says("Close the migration once every provider sends the new names")
        .says("1 of 1 pushed since");
    push("DNS Editors");
    let page = browser.open(&run);
    page.says("no provider sends an old name any more")
        .says("sends the new name");
    assert!(!page.text().contains("Updates every"), "{}", page.text());
    // Another name than the planned one is no new name of this migration.
    push("Name servers");
    let page = browser.open(&run);
    page.says("no longer sends the old name; the group is “Name servers” now");
    assert!(
        !page.text().contains("sends the new name"),
        "{}",
        page.text()
    );
    // A group that is gone is no longer waited for.
    okta.delete(&format!("/Groups/{dns}")).is(204);
    let page = browser.open(&run);
    page.says("One group was deleted since")
        .says("What it granted ended with it.")
        .says("Nothing is expected of it");
    for word in ["waits for", "No other group", "Then, at okta"] {
        assert!(!page.text().contains(word), "{word}: {}", page.text());
    }
}

#[test]
fn a_provider_that_is_paused_is_named_and_no_push_of_it_promised() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    app.legacy_on(false);
    okta.new_group(&app.legacy_name("DNS"), &[]);
    browser.open(&format!("/a/{}/migrate", app.account.id));
    browser.press("Convert 1 group");
    browser.press("Convert 1 group");
    let run = browser.page.path.clone();
    browser
        .page
        .says("Groups turn green here as their providers push");
    let found = app.read(|tx| provost::app::connections::find(tx, "okta"));
    browser.open(&format!("/a/{}/connections/{}", app.account.id, found.id));
    browser.follow("Pause");
    browser.press("Pause connection");
    let page = browser.open(&run);
    page.says("okta is paused: nothing from it arrives")
        .says("Okta goes on pushing under the old names once it is resumed");
    for promise in ["turn green", "Nothing has to be done at once"] {
        assert!(!page.text().contains(promise), "{}", page.text());
    }
    // The same of one whose token is switched off, and of the plan.
    app.write(|tx| provost::app::connections::resume(tx, "okta").map(drop));
    let tokens = app.read(provost::app::tokens::list);
    let mut mine = tokens.iter();
    let mine = mine.find(|token| token.connection.as_deref() == Some("okta"));
    let id = mine.expect("its token").id.to_string();
    app.write(move |tx| provost::app::tokens::switch(tx, &id, false).map(drop));
    let page = browser.open(&run);
    let verdict = page.html.split("id=\"verdict\"").nth(1).unwrap_or_default();
    let verdict = verdict.split("</section>").next().unwrap_or_default();
    assert!(verdict.contains("#i-key-round") && !verdict.contains("#i-pause"));
    page.says("okta has no token that works: nothing from it arrives until it has one")
        .says("Okta goes on pushing under the old names once it has one");
    browser.open(&format!("{run}/undo"));
    browser.press("Undo 1 group");
    browser
        .open(&format!("/a/{}/migrate", app.account.id))
        .says("okta has no token that works: once it has one, it goes on pushing this group")
        .says("1 migration, 1 undone");
}

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

#[test]
fn whom_and_what_a_migration_left_out_is_told_on_its_page() {
    let (app, mut browser) = app();
    app.legacy_on(false);
    let api = app.api();
    let at = api.at("/legacy_groups");
    let group = json!({
        "name": format!("CF-{THEIRS} - DNS"), "members": ["nobody@else.example"],
    });
    let options = json!({ "import": { "from_account": THEIRS, "groups": [group] } });
    let plan = api.post(&format!("{at}/plan"), &options).result();
    let asked = json!({
        "id": plan["id"], "fingerprint": plan["fingerprint"], "options": plan["options"],
    });
    let run = api.post(&format!("{at}/convert"), &asked).result();
    let run = text(&run, "id");
    let page = browser.open(&format!("/a/{}/migrate/{run}", app.account.id));
    page.says("Left out of it")
        .says("Nobody here is called nobody@else.example: left out of the group.");
}
