//! What keeps a plan from being carried out, as the API says it: the cause, the people, and what
//! to do. Nothing of it is applied.

use provost::app;
use provost::domain::catalogue;
use provost::domain::policy::NewPolicy;
use provost::domain::reference::MemberRef;
use serde_json::{Value, json};

use super::life::Planned;
use super::tables::dump;
use super::town::{Phase, SUPER, Town};
use crate::harness::client::text;

const PEOPLE: usize = 60;

fn town() -> Town {
    Town::new(PEOPLE, 12, 5)
}

/// Refused, and every table is as it was, logs included, but that a 403 is audited as one; gives
/// the sentence.
#[track_caller]
fn refused(town: &Town, request: &Value, status: u16) -> String {
    let sql = town.app.sql();
    // Requests are counted, whenever the server comes to it.
    let log: &[&str] = if status == 403 {
        &["connection_activity", "audit"]
    } else {
        &["connection_activity"]
    };
    let before = dump(&sql, log);
    let rows = town.app.audit().len();
    let answer = town.api.post(&town.legacy("/convert"), request);
    assert_eq!(answer.status, status, "{}", answer.text());
    let backups = town.app.data().join("backups");
    let files = std::fs::read_dir(backups).map_or(0, Iterator::count);
    assert_eq!(files, 0, "a backup for nothing");
    super::tables::same(&before, &dump(&sql, log), "a refusal");
    let audited = town.app.audit().split_off(rows);
    assert_eq!(audited.len(), log.len() - 1);
    for row in audited {
        assert_eq!(row["action"]["result"], "failure", "{row}");
    }
    text(&answer.json()["errors"][0], "message")
}

#[track_caller]
fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "no {part:?} in {message}");
    }
}

fn user_name(town: &Town, id: &str) -> String {
    let place = town.okta.ids.iter().position(|one| one == id);
    format!("p{}@corp.example", place.expect("somebody"))
}

#[test]
fn a_stale_plan_is_refused_and_says_what_changed_for_whom() {
    let mut town = town();
    let planned = town.plan();
    // Who is in which group matters where it changes somebody's access.
    let near = town.near();
    let mut access = town.expected(Phase::Converted).into_iter();
    let newcomer = access.position(|roles| !roles.is_empty() && !roles.contains("DNS"));
    let newcomer = newcomer.expect("somebody without the role");
    let provider = if near.0 {
        &mut town.okta
    } else {
        &mut town.entra
    };
    provider.add(near.1, &[newcomer]);
    let gaining = town.gaining();
    let message = refused(&town, &planned.request, 409);
    says(
        &message,
        &[
            "whose access would change",
            &format!("{} people", gaining.len()),
            &user_name(&town, gaining.keys().next().expect("somebody")),
            "make the plan again",
            "nothing was changed",
        ],
    );

    let planned = town.plan();
    let name = planned.plan["groups"][0]["new_name"].clone();
    let taken = json!({ "name": name, "policies": [] });
    town.api
        .post(&town.api.at("/iam/user_groups"), &taken)
        .is(200);
    let message = refused(&town, &planned.request, 409);
    says(&message, &["the new names", "make the plan again"]);

    let planned = town.plan();
    let root = MemberRef::Id(town.okta.ids[0].parse().expect("an id"));
    let policies = [NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)];
    town.app
        .write(move |tx| app::policies::set_of_member(tx, &root, &policies));
    town.app.write(app::legacy::mapping::switch_off);
    let message = refused(&town, &planned.request, 409);
    says(
        &message,
        &[
            "the legacy mapping",
            "people's access would change now",
            "and ",
        ],
    );
}

#[test]
fn a_change_of_access_is_refused_until_each_person_is_confirmed() {
    let town = town();
    let Planned { mut request, .. } = town.plan();
    let gaining = town.gaining();
    assert!(gaining.len() > 10, "{}", gaining.len());
    let all = request["confirmed"].take();
    request["confirmed"] = json!([]);
    let message = refused(&town, &request, 409);
    let more = format!("and {} more", gaining.len() - 10);
    says(
        &message,
        &[
            &format!("The access of {} people would change", gaining.len()),
            "gains ",
            &more,
            "confirm each of them",
            "nothing was changed",
        ],
    );
    // All but one: that one is named, and nobody else.
    let all = all.as_array().expect("people");
    let (last, but_one) = all.split_last().expect("people");
    request["confirmed"] = json!(but_one);
    let last = last.as_str().expect("an id");
    let roles: Vec<String> = gaining[last].iter().cloned().collect();
    let message = refused(&town, &request, 409);
    let named = format!("{} (gains {})", user_name(&town, last), roles.join(" and "));
    says(&message, &["The access of 1 person would", &named]);
    assert_eq!(message.matches("@corp.example").count(), 1, "{message}");
}

#[test]
fn the_last_super_administrator_is_not_converted_away() {
    let town = town();
    let name = town.app.legacy_name(SUPER);
    let mut options = town.plan().request["options"].clone();
    let decisions = options["decisions"].as_array_mut().expect("decisions");
    decisions.push(json!({ "group": name, "choice": "rename_only" }));
    let plan = town.api.post(&town.legacy("/plan"), &options).result();
    assert_eq!(plan["summary"]["super_administrators_after"], 0);
    let people = plan["people"].as_array().expect("people");
    let changing = people
        .iter()
        .filter(|person| !person["gained"].is_null() || !person["lost"].is_null());
    let confirmed: Vec<Value> = changing.map(|person| person["id"].clone()).collect();
    let request = json!({ "id": plan["id"], "fingerprint": plan["fingerprint"],
                          "options": options, "confirmed": confirmed });
    let message = refused(&town, &request, 403);
    let loser = people.iter().find(|person| {
        let lost = person["lost"].as_array().into_iter().flatten();
        lost.into_iter().any(|role| role["role"] == SUPER)
    });
    let loser = text(loser.expect("somebody loses it"), "user_name");
    says(
        &message,
        &[
            "without a Super Administrator",
            &loser,
            "convert their group with the role, or grant the role to another active member",
        ],
    );
}
