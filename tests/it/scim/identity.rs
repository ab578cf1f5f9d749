//! Which names are one, and which are none (T-51).

use serde_json::json;

use crate::harness::app::TestApp;
use crate::harness::client::ENTERPRISE_URN;
use crate::harness::fixtures::{group, user, with};

/// Pairs that are the same name: letter case, composition, full case folding.
const SAME: [(&str, &str); 5] = [
    ("ada@corp.example", "ADA@CORP.EXAMPLE"),
    ("amélie@corp.example", "AME\u{301}LIE@corp.example"),
    ("straße@corp.example", "STRASSE@corp.example"),
    ("ΣΊΣΥΦΟΣ@corp.example", "σίσυφος@corp.example"),
    ("ﬁona@corp.example", "FIONA@corp.example"),
];

/// Pairs that are two names.
const DIFFERENT: [(&str, &str); 3] = [
    ("ıris@corp.example", "iris@corp.example"),
    ("ａda@corp.example", "ada@corp.example"),
    ("аda@corp.example", "ada@corp.example"),
];

const UNSEEN: [&str; 12] = [
    "a\u{0}da",
    "a\u{7}da",
    "a\u{7f}da",
    "a\u{85}da",
    "a\u{ad}da",
    "a\u{200b}da",
    "a\u{200d}da",
    "a\u{202e}da",
    "a\u{2066}da",
    "a\u{feff}da",
    "a\u{e000}da",
    "a\u{378}da",
];

#[test]
fn names_that_fold_alike_are_one_person() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (first, second) in SAME {
        let id = scim.new_user(first);
        scim.post("/Users", &user(second))
            .refused(409, "uniqueness");
        assert_eq!(scim.read_user(&id)["userName"], first, "kept as sent");
        scim.finds("Users", &format!("userName eq \"{second}\""), &[&id]);
    }
}

#[test]
fn names_that_only_look_alike_are_two_people() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (first, second) in DIFFERENT {
        let id = scim.new_user(first);
        let other = scim.ids("Users", &format!("userName eq \"{second}\""));
        assert!(!other.contains(&id), "{first} is not {second}");
        if other.is_empty() {
            scim.new_user(second);
        }
    }
}

#[test]
fn what_cannot_be_seen_is_refused_in_a_user_name() {
    let app = TestApp::spawn();
    for name in UNSEEN
        .into_iter()
        .chain(["", " ", " ada", "ada ", "\u{3000}ada"])
    {
        let detail = app
            .scim()
            .post("/Users", &user(name))
            .refused(400, "invalidValue");
        assert!(detail.contains("userName"), "{name:?}: {detail}");
    }
}

#[test]
fn a_user_name_need_not_be_an_address() {
    let app = TestApp::spawn();
    for name in [
        "ada",
        "CORP\\ada",
        "Ada King",
        "O'Brien; DROP TABLE members--",
        "阿达",
        "😀",
    ] {
        let id = app.scim().new_user(name);
        assert_eq!(app.scim().read_user(&id)["userName"], name);
    }
}

#[test]
fn a_user_name_has_at_most_512_characters() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user(&"é".repeat(512));
    scim.post("/Users", &user(&"é".repeat(513)))
        .refused(400, "invalidValue");
}

#[test]
fn groups_whose_names_fold_alike_are_one() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (first, second) in SAME {
        let id = scim.new_group(first, &[]);
        scim.post("/Groups", &group(second, &[]))
            .refused(409, "uniqueness");
        assert_eq!(scim.read_group(&id)["displayName"], first);
        scim.finds("Groups", &format!("displayName eq \"{second}\""), &[&id]);
    }
}

#[test]
fn what_cannot_be_seen_is_refused_in_a_groups_name() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_group("Analysts", &[]);
    for name in UNSEEN.into_iter().chain(["", " "]) {
        scim.post("/Groups", &group(name, &[]))
            .refused(400, "invalidValue");
        let rename = json!([{ "op": "replace", "path": "displayName", "value": name }]);
        scim.patch_group(&id, &rename).refused(400, "invalidValue");
    }
    assert_eq!(scim.read_group(&id)["displayName"], "Analysts");
}

#[test]
fn names_with_every_printable_character_are_kept() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let printable: String = (' '..='~').collect();
    let name = format!("x{}x", printable.trim());
    let id = scim.new_group(&name, &[]);
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    scim.finds("Groups", &format!("displayName eq \"{quoted}\""), &[&id]);
}

#[test]
fn a_manager_need_not_be_a_member() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let body = with(
        user("ada@corp.example"),
        json!({ ENTERPRISE_URN: { "manager": { "value": "nobody-here" } } }),
    );
    let id = scim.made("/Users", &body);
    assert_eq!(
        scim.read_user(&id)[ENTERPRISE_URN]["manager"]["value"],
        "nobody-here"
    );
}
