//! Group names that begin with the account's reserved prefix, or only look so.

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::fixtures::group;

/// Each begins with "CF" for a reader's eye.
const LOOKALIKES: [&str; 22] = [
    "CF",
    "CF Platform Engineers",
    "cf platform",
    "Cf-x",
    "cFx",
    "CFO Office",
    "CF-0198f3a2c4d57e6f8091a2b3c4d5e6f7 - Administrator",
    "ＣＦ Engineers",
    "ｃｆ Engineers",
    "Ⅽf Engineers",
    "С\u{46} Engineers",
    "с\u{66} Engineers",
    "Ⲥf Engineers",
    "𝐂𝐅 Engineers",
    "𝒸𝒻 Engineers",
    "ⒸⒻ Engineers",
    "🄲🄵 Engineers",
    "ℂF Engineers",
    "CϜ Engineers",
    "Cꜰ Engineers",
    "ᴄf Engineers",
    "Ϲf Engineers",
];

/// None of these does.
const INNOCENT: [&str; 7] = [
    "Platform Engineers",
    "C F Engineers",
    "C-Level",
    "SCF",
    "Finance CF",
    "Cafe",
    "Çf Ingénieurs",
];

#[test]
fn a_name_that_begins_like_the_prefix_is_refused() {
    let app = TestApp::spawn();
    for name in LOOKALIKES {
        let answer = app.scim().post("/Groups", &group(name, &[]));
        assert_eq!(answer.status, 400, "{name}: {}", answer.text());
        let detail = answer.refused(400, "invalidValue");
        assert!(detail.contains("CF"), "{name}: {detail}");
    }
    assert_eq!(app.scim().get("/Groups").is(200).json()["totalResults"], 0);
}

#[test]
fn invisible_characters_do_not_hide_the_prefix() {
    let app = TestApp::spawn();
    for name in [
        "C\u{200b}F x",
        "\u{feff}CF x",
        "C\u{ad}F x",
        "\u{2060}CF x",
        "C\u{fe0f}F x",
        " CF x",
    ] {
        app.scim()
            .post("/Groups", &group(name, &[]))
            .refused(400, "invalidValue");
    }
}

#[test]
fn a_name_that_only_contains_it_is_taken() {
    let app = TestApp::spawn();
    for name in INNOCENT {
        app.scim().new_group(name, &[]);
    }
}

#[test]
fn a_rename_to_a_reserved_name_is_refused_and_nothing_is_applied() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_group("Analysts", &[]);
    let before = scim.get(&format!("/Groups/{id}")).is(200);
    for name in LOOKALIKES {
        let by_path = json!([{ "op": "replace", "path": "displayName", "value": name }]);
        scim.patch_group(&id, &by_path).refused(400, "invalidValue");
        let by_value = json!([{ "op": "replace", "value": { "id": id, "displayName": name } }]);
        scim.patch_group(&id, &by_value)
            .refused(400, "invalidValue");
        scim.put(&format!("/Groups/{id}"), &group(name, &[]))
            .refused(400, "invalidValue");
    }
    assert_eq!(
        scim.get(&format!("/Groups/{id}")).is(200).etag(),
        before.etag()
    );
}

#[test]
fn the_detail_says_why_and_proposes_a_name_that_is_taken() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for name in [
        "CF Platform Engineers",
        "cf-deploy",
        "CFO Office",
        "CF",
        "CF CF CF",
    ] {
        let detail = scim
            .post("/Groups", &group(name, &[]))
            .refused(400, "invalidValue");
        assert!(
            detail.contains("reserved") || detail.contains("prefix"),
            "{detail}"
        );
        // The proposal is the last text in quotes.
        let proposal = detail
            .split('"')
            .rev()
            .nth(1)
            .expect("a proposal in quotes")
            .to_owned();
        scim.new_group(&proposal, &[]);
    }
}

#[test]
fn the_prefix_is_a_setting_of_the_account() {
    let app = TestApp::spawn();
    let scim = app.scim();
    app.set_reserved_prefix("X-");
    scim.new_group("CF Engineers", &[]);
    scim.post("/Groups", &group("x-ray", &[]))
        .refused(400, "invalidValue");
    app.set_reserved_prefix("");
    scim.new_group("X-ray", &[]);
}

#[test]
fn a_group_that_already_has_such_a_name_can_be_changed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    app.set_reserved_prefix("");
    let id = scim.new_group("CF Engineers", &[]);
    app.set_reserved_prefix("CF");
    let person = scim.new_user("ada@corp.example");
    scim.put(&format!("/Groups/{id}"), &group("CF Engineers", &[person]))
        .is(200);
    scim.delete(&format!("/Groups/{id}")).is(204);
}
