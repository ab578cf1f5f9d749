//! `filter` on lists (RFC 7644 3.4.2.2), through SQL and back.

use serde_json::{Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, USER_URN, percent, text};
use crate::harness::fixtures::{user, with};

/// Operators that are parsed and not offered yet.
const LATER: [&str; 9] = ["ne", "co", "sw", "ew", "pr", "gt", "ge", "lt", "le"];

/// Two people who differ in everything, the second with every attribute that is asked for.
fn two(scim: &Client) -> (String, String) {
    let plain = scim.made(
        "/Users",
        &json!({ "schemas": [USER_URN], "userName": "bob" }),
    );
    let rich = scim.made(
        "/Users",
        &with(
            user("Ada.King@corp.example"),
            json!({
                "externalId": "00u1", "displayName": "Ada \"A\" King\\Ops", "title": "Ana'lyst",
                "nickName": "Äda", "userType": "Employee", "locale": "en-GB", "active": false,
                "profileUrl": "https://corp.example/Ada",
                "name": { "familyName": "King", "givenName": "Ada" },
                "emails": [
                    { "value": "Ada.King@corp.example", "type": "work", "primary": true },
                    { "value": "ada@home.example", "type": "home" },
                ],
                "phoneNumbers": [{ "value": "+1", "type": "work" }],
                "addresses": [{ "type": "work", "locality": "London" }],
                "entitlements": [{ "value": "engine" }],
                ENTERPRISE_URN: {
                    "employeeNumber": "7", "department": "Tours",
                    "manager": { "value": "charles", "displayName": "Charles" },
                },
            }),
        ),
    );
    (plain, rich)
}

#[test]
fn every_announced_attribute_can_be_asked_for() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (_, rich) = two(&scim);
    let group = scim.new_group("Analysts", std::slice::from_ref(&rich));
    let by_id = format!("id eq \"{rich}\"");
    let by_group = format!("groups.value eq \"{group}\"");
    let in_group = format!("groups eq \"{group}\"");
    let created = text(&scim.read_user(&rich)["meta"], "created");
    let by_time = format!("meta.created eq \"{created}\"");
    for filter in [
        by_id.as_str(),
        by_group.as_str(),
        in_group.as_str(),
        by_time.as_str(),
        r#"userName eq "ADA.king@CORP.example""#,
        r#"externalId eq "00u1""#,
        r#"displayName eq "ada \"a\" king\\ops""#,
        r#"title eq "ana'lyst""#,
        r#"nickName eq "äDA""#,
        r#"userType eq "employee""#,
        r#"locale eq "EN-gb""#,
        r#"profileUrl eq "https://corp.example/Ada""#,
        "active eq false",
        r#"active eq "False""#,
        r#"name.familyName eq "king""#,
        r#"emails eq "ada@home.example""#,
        r#"emails.value eq "ADA@home.example""#,
        r#"emails.type eq "home""#,
        r#"emails[type eq "work"].value eq "ada.king@corp.example""#,
        r#"emails[type eq "home" and value eq "ada@home.example"]"#,
        r#"emails[primary eq true and not (type eq "home")]"#,
        r#"emails[type eq "fax" or type eq "home"]"#,
        r#"phoneNumbers[type eq "work" and value eq "+1"]"#,
        r#"addresses.locality eq "london""#,
        r#"entitlements.value eq "engine""#,
        r#"groups.display eq "analysts""#,
        &format!("{ENTERPRISE_URN}:department eq \"tours\""),
        &format!("{ENTERPRISE_URN}:manager.value eq \"charles\""),
        &format!("{ENTERPRISE_URN}:manager eq \"charles\""),
        &format!("{USER_URN}:userName eq \"ada.king@corp.example\""),
        &format!("schemas eq \"{ENTERPRISE_URN}\""),
        r#"userName eq "ada.king@corp.example" and active eq false"#,
        r#"userName eq "nobody" or externalId eq "00u1""#,
        r#"not (userName eq "bob")"#,
        r#"not (active eq true) and not (not (title eq "ana'lyst"))"#,
    ] {
        let found = scim.find("Users", filter);
        assert_eq!(found.status, 200, "{filter}: {}", found.text());
        scim.finds("Users", filter, &[&rich]);
    }
}

#[test]
fn what_nobody_has_matches_nobody() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (plain, rich) = two(&scim);
    for filter in [
        r#"userName eq "nobody""#,
        r#"userName eq "Ada.King%""#,
        r#"userName eq "x' OR '1'='1""#,
        r#"userName eq "a\" or userName eq \"bob""#,
        r#"externalId eq "00U1""#,
        r#"id eq "x""#,
        r#"id eq "0198F3A2C4D57E6F8091A2B3C4D5E6F7""#,
        r#"emails[type eq "home" and value eq "ada.king@corp.example"]"#,
        r#"emails[type eq "fax"].value eq "ada@home.example""#,
        r#"shoeSize eq "44""#,
        r#"name.totem eq "wolf""#,
        r#"urn:nobody:knows:shoeSize eq "44""#,
        r#"password eq "x""#,
        r#"active eq "perhaps""#,
        r#"groups.value eq "x""#,
        r#"userName eq "bob" and active eq false"#,
    ] {
        let found = scim.find("Users", filter);
        assert_eq!(found.status, 200, "{filter}: {}", found.text());
        scim.finds("Users", filter, &[]);
    }
    let everybody = scim.ids("Users", r#"not (shoeSize eq "44")"#);
    assert_eq!(everybody, [plain, rich]);
}

#[test]
fn roles_can_be_asked_for() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (plain, _) = two(&scim);
    for filter in [
        r#"roles.value eq "minimal account access""#,
        r#"roles.type eq "direct""#,
    ] {
        scim.finds("Users", filter, &[&plain]);
    }
}

#[test]
fn groups_are_found_by_name_id_external_id_and_member() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let people = scim.new_users("person", 2);
    let body = crate::harness::fixtures::group("Grid Engineers #1", &people[..1]);
    let id = scim.made("/Groups", &with(body, json!({ "externalId": "g1" })));
    scim.new_group("Others", &people[1..]);
    for filter in [
        r#"displayName eq "GRID engineers #1""#,
        r#"externalId eq "g1""#,
        &format!("id eq \"{id}\""),
        &format!("members eq \"{}\"", people[0]),
        &format!("members.value eq \"{}\"", people[0]),
        &format!("members[value eq \"{}\"]", people[0]),
        &format!("id eq \"{id}\" and members eq \"{}\"", people[0]),
        r#"not (displayName eq "others")"#,
    ] {
        scim.finds("Groups", filter, &[&id]);
    }
    let nobody = format!("id eq \"{id}\" and members eq \"{}\"", people[1]);
    for filter in [
        nobody.as_str(),
        r#"members eq "x""#,
        r#"description eq "x""#,
    ] {
        scim.finds("Groups", filter, &[]);
    }
}

#[test]
fn a_plus_and_a_percent_20_are_both_a_space() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_group("Grid Engineers", &[]);
    scim.new_user("a+b@corp.example");
    for query in [
        "filter=displayName+eq+%22Grid+Engineers%22",
        "filter=displayName%20eq%20%22Grid%20Engineers%22",
        "excludedAttributes=members&filter=displayName+eq+%22Grid+Engineers%22",
        "filter=%64isplayName%20eq%20%22grid+engineers%22",
    ] {
        let list = scim.get(&format!("/Groups?{query}")).is(200).json();
        assert_eq!(list["Resources"][0]["id"], id, "{query}");
    }
    let plus = "/Users?filter=userName%20eq%20%22a%2Bb%40corp.example%22";
    assert_eq!(scim.get(plus).is(200).json()["totalResults"], 1);
}

#[test]
fn wrong_filters_are_refused() {
    let app = TestApp::spawn();
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName eq 'ada'",
        "userName eq \"ada",
        "userName equals \"ada\"",
        "userName eq \"ada\" and",
        "and userName eq \"ada\"",
        "(userName eq \"ada\"",
        "userName eq \"ada\")",
        "emails[type eq \"work\"",
        "emails[]",
        "()",
        "not userName eq \"ada\"",
        "userName eq \"a\\q\"",
        "userName eq \"\\ud800\"",
        "userName eq [\"a\"]",
        "userName eq {\"a\":1}",
        "\"ada\" eq userName",
        "emails[addresses[type eq \"work\"]]",
        "userName eq \"a\" userName eq \"b\"",
    ] {
        for kind in ["Users", "Groups"] {
            let detail = app.scim().find(kind, filter).refused(400, "invalidFilter");
            assert!(!detail.is_empty(), "{filter}");
        }
    }
}

#[test]
fn a_query_that_cannot_be_read_is_refused() {
    let app = TestApp::spawn();
    for query in [
        "filter=%ZZ",
        "filter=%F",
        "filter=%FF%FE",
        "count=1&count=2",
        "filter=a&filter=b",
    ] {
        assert_eq!(
            app.scim().get(&format!("/Users?{query}")).status,
            400,
            "{query}"
        );
    }
}

#[test]
fn an_unknown_parameter_is_ignored() {
    let app = TestApp::spawn();
    app.scim().get("/Users?shoe=44&aadOptscim062020").is(200);
}

#[test]
fn other_operators_are_refused_and_never_guessed() {
    let app = TestApp::spawn();
    let scim = app.scim();
    two(&scim);
    for operator in LATER {
        let value = if operator == "pr" { "" } else { "\"bob\"" };
        for filter in [
            format!("userName {operator} {value}"),
            format!("userName eq \"bob\" and title {operator} {value}"),
            format!("emails[value {operator} {value}]"),
        ] {
            let detail = scim
                .find("Users", filter.trim())
                .refused(400, "invalidFilter");
            assert!(detail.contains(operator), "{filter}: {detail}");
        }
    }
}

#[test]
fn one_resource_takes_no_filter_into_account() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let id = scim.new_user("ada@corp.example");
    scim.get(&format!("/Users/{id}?filter=userName%20eq%20%22x%22"))
        .is(200);
}

/// The cases of tests/vectors hold over HTTP, as far as their operators are offered.
#[test]
fn the_filter_vectors_hold_over_http() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../vectors/filter.json")).expect("JSON");
    let app = TestApp::spawn();
    let scim = app.scim();
    let mut ids = serde_json::Map::new();
    for (name, resource) in vectors["resources"].as_object().expect("resources") {
        ids.insert(name.clone(), json!(scim.made("/Users", resource)));
    }
    let mut wrong = Vec::new();
    for case in vectors["cases"].as_array().expect("cases") {
        let filter = text(case, "filter");
        // The server makes ids and times itself.
        if filter.starts_with("id eq \"28") || filter.starts_with("meta.created") {
            continue;
        }
        let answer = scim.get(&format!("/Users?filter={}", percent(&filter)));
        let later = filter
            .split([' ', ')', ']'])
            .any(|word| LATER.contains(&word.to_lowercase().as_str()));
        let refused = answer.status == 400 && answer.json()["scimType"] == "invalidFilter";
        let right = match case["expect"].as_bool() {
            Some(matches) if answer.status == 200 => {
                let list = answer.json();
                let items = list["Resources"].as_array().cloned().unwrap_or_default();
                items
                    .iter()
                    .any(|item| item["id"] == ids[&text(case, "resource")])
                    == matches
            }
            Some(_) => refused && later,
            None => refused,
        };
        if !right {
            wrong.push(format!("{filter}: {} {}", answer.status, case["expect"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
