//! `filter` on lists (RFC 7644 3.4.2.2), through SQL and back.

use ::provost::domain::instant::{parse_ms, print_ms};
use serde_json::{Map, Value, json};

use crate::harness::app::TestApp;
use crate::harness::client::{Client, ENTERPRISE_URN, GROUP_URN, USER_URN, text};
use crate::harness::fixtures::{user, with};

const OPERATORS: [&str; 9] = ["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];

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
    let meta = &scim.read_user(&rich)["meta"];
    let created = text(meta, "created");
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
fn every_operator_can_be_asked() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (_, rich) = two(&scim);
    scim.new_group("Analysts", std::slice::from_ref(&rich));
    let meta = &scim.read_user(&rich)["meta"];
    let (created, version) = (text(meta, "created"), &meta["version"]);
    for filter in [
        r#"userName sw "ADA.""#,
        r#"userName co "king@""#,
        r#"userName ew "CORP.example""#,
        r#"userName lt "B""#,
        r#"displayName sw "ADA \"""#,
        "displayName pr",
        "externalId pr",
        "externalId ne null",
        r#"externalId sw "00""#,
        r#"nickName ge "Äd""#,
        "name pr",
        r#"name[familyName sw "k" and not (givenName eq "x")]"#,
        r#"emails ew "home.example""#,
        r#"emails[not (type eq "work") and value co "HOME"]"#,
        "emails[primary pr and type pr]",
        "groups pr",
        r#"groups[display sw "ana" and type eq "direct"]"#,
        r#"groups.$ref ew "/Groups/x" or groups.$ref co "/scim/v2/Groups/""#,
        "active ne true",
        r#"manager[displayName sw "CH" and value pr]"#,
        &format!("meta.location ew \"/Users/{rich}\""),
        &format!("meta.version eq {version}"),
        "not (roles pr)",
        "roles eq null and userName pr",
        &format!("schemas co \"enterprise\" and meta.lastModified ge \"{created}\""),
    ] {
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

/// The paths of all attributes of a resource type that the server announces, each with whether
/// its values have an order.
fn announced(scim: &Client, schemas: &[&str]) -> Vec<(String, bool)> {
    let mut paths: Vec<(String, bool)> = ["id", "externalId", "schemas", "meta"]
        .into_iter()
        .chain([
            "resourceType",
            "created",
            "lastModified",
            "location",
            "version",
        ])
        .map(|name| match name {
            "id" | "externalId" | "schemas" | "meta" => (name.to_owned(), true),
            sub => (format!("meta.{sub}"), true),
        })
        .collect();
    for urn in schemas {
        let schema = scim.get(&format!("/Schemas/{urn}")).is(200).json();
        for attribute in schema["attributes"].as_array().expect("attributes") {
            let path = format!("{urn}:{}", text(attribute, "name"));
            let ordered = |of: &Value| of["type"] != "boolean" && of["type"] != "binary";
            let subs = attribute["subAttributes"].as_array();
            let subs = subs.map(Vec::as_slice).unwrap_or_default();
            let value = subs.iter().find(|sub| sub["name"] == "value");
            paths.push((path.clone(), ordered(value.unwrap_or(attribute))));
            for sub in subs {
                paths.push((format!("{path}.{}", text(sub, "name")), ordered(sub)));
            }
        }
    }
    paths
}

#[test]
fn every_announced_attribute_takes_every_operator() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (_, rich) = two(&scim);
    scim.new_group("Analysts", &[rich]);
    for (kind, schemas) in [
        ("Users", [USER_URN, ENTERPRISE_URN].as_slice()),
        ("Groups", &[GROUP_URN]),
    ] {
        let paths = announced(&scim, schemas);
        assert!(paths.len() > 12, "{paths:?}");
        for (path, ordered) in paths {
            scim.find(kind, &format!("{path} pr")).is(200);
            scim.find(kind, &format!("{path} eq null")).is(200);
            let is_date = ["meta.created", "meta.lastModified"].contains(&path.as_str());
            let text = if is_date { "2026-11-21T12:00:00Z" } else { "a" };
            for operator in OPERATORS {
                let answer = scim.find(kind, &format!("{path} {operator} \"{text}\""));
                if !ordered && operator.starts_with(['g', 'l']) {
                    let detail = answer.refused(400, "invalidFilter");
                    assert!(detail.contains("no order"), "{path}: {detail}");
                } else {
                    assert_eq!(answer.status, 200, "{path} {operator}");
                }
            }
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

/// The people of the vectors as the server knows them, by the vectors' names: with their own
/// times, and with the one id of theirs that can be one of ours.
fn people_of(vectors: &Value, app: &TestApp) -> Map<String, Value> {
    let (scim, sql) = (app.scim(), app.sql());
    let mut ids = Map::new();
    for (name, resource) in vectors["resources"].as_object().expect("resources") {
        let made = scim.made("/Users", resource);
        let ms = |name| parse_ms(&text(&resource["meta"], name)).expect("an instant");
        let wanted = without_hyphens(&text(resource, "id"));
        let id = if wanted.len() == 32 {
            wanted
        } else {
            made.clone()
        };
        let changed = sql.execute(
            "UPDATE members SET id = unhex(?2), created_ms = ?3, modified_ms = ?4,
                 document = json_set(document, '$.id', lower(?2),
                     '$.meta.created', ?5, '$.meta.lastModified', ?6)
             WHERE id = unhex(?1)",
            (
                &made,
                &id,
                ms("created"),
                ms("lastModified"),
                print_ms(ms("created")),
                print_ms(ms("lastModified")),
            ),
        );
        assert_eq!(changed, Ok(1));
        ids.insert(name.clone(), json!(id));
    }
    ids
}

/// Ids of ours have no hyphens.
fn without_hyphens(text: &str) -> String {
    let id = "2819c223-7f76-453a-919d-413861904646";
    let plain = id.replace('-', "");
    text.replace(id, &plain)
        .replace(&id.to_ascii_uppercase(), &plain.to_ascii_uppercase())
}

#[test]
fn the_filter_vectors_hold_over_http() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../vectors/filter.json")).expect("JSON");
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = people_of(&vectors, &app);
    let mut wrong = Vec::new();
    let cases = vectors["cases"].as_array().expect("cases");
    for case in cases {
        let filter = without_hyphens(&text(case, "filter"));
        let answer = scim.find("Users", &filter);
        let expected = &case["expect"];
        let body = answer.json();
        let right = match expected.as_bool() {
            Some(matches) => {
                let items = body["Resources"].as_array();
                let is_it = |item: &Value| item["id"] == ids[&text(case, "resource")];
                answer.status == 200
                    && items.is_some_and(|items| items.iter().any(is_it) == matches)
            }
            None => {
                expected["error"]["status"] == answer.status
                    && expected["error"]["scimType"] == body["scimType"]
            }
        };
        if !right {
            wrong.push(format!("{filter}: {} instead of {expected}", answer.status));
        }
    }
    assert!(cases.len() > 100 && wrong.is_empty(), "{wrong:#?}");
}
