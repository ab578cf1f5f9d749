//! Versions and preconditions (RFC 7644 3.14, RFC 9110 13).

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user, values};

/// A group and a person, each with a body that changes it.
fn resources(scim: &Client) -> [(String, Value, Value); 2] {
    let person = scim.new_user("ada@corp.example");
    let made = scim.new_group("Analysts", &[]);
    let title = json!([{ "op": "replace", "path": "title", "value": "x" }]);
    let add =
        json!([{ "op": "add", "path": "members", "value": values(std::slice::from_ref(&person)) }]);
    [
        (format!("/Groups/{made}"), add, group("Analysts", &[])),
        (format!("/Users/{person}"), title, user("ada@corp.example")),
    ]
}

fn envelope(operations: &Value) -> Vec<u8> {
    let schemas = [crate::harness::client::PATCH_URN];
    json!({ "schemas": schemas, "Operations": operations })
        .to_string()
        .into_bytes()
}

#[test]
fn versions_are_weak_and_stand_in_meta_too() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, ..) in resources(&scim) {
        let read = scim.get(&path).is(200);
        assert!(read.etag().starts_with("W/\""), "{}", read.etag());
        assert_eq!(read.json()["meta"]["version"], read.etag());
    }
}

#[test]
fn if_none_match_with_the_current_version_answers_304() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, patch, _) in resources(&scim) {
        let tag = scim.get(&path).is(200).etag();
        let strong = tag.trim_start_matches("W/").to_owned();
        let several = format!("W/\"other\", {tag}");
        for sent in [tag.as_str(), strong.as_str(), "*", several.as_str()] {
            let answer = scim
                .send("GET", &path, &[("If-None-Match", sent)], None)
                .is(304);
            assert_eq!(answer.etag(), tag, "{sent}");
        }
        scim.send("GET", &path, &[("If-None-Match", "W/\"other\"")], None)
            .is(200);
        scim.patch(&path, &patch).is(200);
        scim.send("GET", &path, &[("If-None-Match", &tag)], None)
            .is(200);
    }
}

#[test]
fn if_match_with_another_version_answers_412_and_changes_nothing() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, patch, body) in resources(&scim) {
        let before = scim.get(&path).is(200);
        let raw = body.to_string();
        let stale = [("If-Match", "W/\"0\"")];
        scim.send("PUT", &path, &stale, Some(raw.as_bytes()))
            .refused(412, "");
        scim.send("PATCH", &path, &stale, Some(&envelope(&patch)))
            .refused(412, "");
        scim.send("DELETE", &path, &stale, None).refused(412, "");
        let after = scim.get(&path).is(200);
        assert_eq!((after.etag(), after.json()), (before.etag(), before.json()));
    }
}

#[test]
fn if_match_with_the_current_version_is_served() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, patch, body) in resources(&scim) {
        let tag = scim.get(&path).is(200).etag();
        let patched = scim.send(
            "PATCH",
            &path,
            &[("If-Match", &tag)],
            Some(&envelope(&patch)),
        );
        let tag = format!("W/\"other\", {}", patched.is(200).etag());
        let raw = body.to_string();
        scim.send("PUT", &path, &[("If-Match", &tag)], Some(raw.as_bytes()))
            .is(200);
        scim.send("PUT", &path, &[("If-Match", "*")], Some(raw.as_bytes()))
            .is(200);
        let tag = scim.get(&path).is(200).etag();
        scim.send("DELETE", &path, &[("If-Match", &tag)], None)
            .is(204);
        scim.send("PUT", &path, &[("If-Match", "*")], Some(raw.as_bytes()))
            .refused(404, "");
    }
}

#[test]
fn the_version_moves_with_every_change_and_with_nothing_else() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for (path, patch, body) in resources(&scim) {
        let first = scim.get(&path).is(200).etag();
        assert_eq!(scim.get(&path).is(200).etag(), first);
        let second = scim.patch(&path, &patch).is(200).etag();
        assert_ne!(second, first);
        assert_eq!(
            scim.patch(&path, &patch).is(200).etag(),
            second,
            "nothing changed"
        );
        let third = scim.put(&path, &body).is(200).etag();
        assert_ne!(third, second);
        assert_ne!(
            third, first,
            "back to the old content is not the old version"
        );
    }
}

#[test]
fn a_users_version_moves_when_their_groups_change() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let path = format!("/Users/{id}");
    let alone = scim.get(&path).is(200).etag();
    let made = scim.new_group("Analysts", &[id]);
    let member = scim.get(&path).is(200).etag();
    assert_ne!(member, alone);
    let rename = json!([{ "op": "replace", "path": "displayName", "value": "Renamed" }]);
    scim.patch_group(&made, &rename).is(200);
    assert_ne!(
        scim.get(&path).is(200).etag(),
        member,
        "the answer shows the group's name"
    );
}

#[test]
fn two_writers_with_one_version_cannot_both_win() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    let path = format!("/Users/{id}");
    for round in 0..20 {
        let tag = scim.get(&path).is(200).etag();
        let statuses = crate::harness::at_once(4, |i| {
            let title = format!("{round}-{i}");
            let patch = json!([{ "op": "replace", "path": "title", "value": title }]);
            scim.send(
                "PATCH",
                &path,
                &[("If-Match", &tag)],
                Some(&envelope(&patch)),
            )
            .status
        });
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{statuses:?}"
        );
        assert_eq!(
            statuses.iter().filter(|status| **status == 412).count(),
            3,
            "{statuses:?}"
        );
    }
}
