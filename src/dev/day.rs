//! The last days at Acme: what providers asked, what they were refused, what the brake held.

use actix_web::http::Method;
use serde_json::{Value, json};

use super::acme::{Acme, Crowd, replace};
use super::door::{Provider, patch, quoted};
use super::names::{DEPARTMENTS, GroupPlan, OKTA_GROUPS, TITLES};
use super::{DAY, HOUR, MINUTE, Outcome, Site};
use crate::app;
use crate::domain::reference::{GroupRef, MemberRef};

/// Requests in each of the last 24 hours, oldest first: an evening, a night, a working day.
const REQUESTS: [i64; 24] = [
    92, 80, 74, 56, 44, 30, 28, 26, 22, 24, 20, 22, 24, 26, 34, 52, 110, 156, 168, 124, 82, 88,
    114, 90,
];
/// The place of the group that holds everything: nobody comes into it by chance.
const OWNERS: usize = 2;
/// From this hour on Entra sends three people who can't be taken.
const BLOCKED_FROM: usize = 9;
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// All but the last hour.
pub(super) fn begin(site: &mut Site, acme: &mut Acme) -> Outcome {
    site.move_to(3 * DAY + 2 * HOUR);
    let visitor = &acme.lab.people[3];
    let path = format!("/Users/{}", visitor.id);
    let body = replace("title", "Visiting Researcher");
    site.door
        .done(&acme.lab.provider, &Method::PATCH, &path, &body)?;
    site.move_to(DAY - HOUR);
    for hour in 0..REQUESTS.len() - 1 {
        pass_hour(site, acme, hour)?;
    }
    Ok(())
}

/// The last hour, up to this minute.
pub(super) fn end(site: &mut Site, acme: &mut Acme) -> Outcome {
    pass_hour(site, acme, REQUESTS.len() - 1)?;
    this_minute(site, acme)
}

fn pass_hour(site: &mut Site, acme: &mut Acme, hour: usize) -> Outcome {
    let requests = REQUESTS[hour];
    let hours_left = i64::try_from(REQUESTS.len() - hour).unwrap_or_default();
    site.move_to(hours_left * HOUR - 50 * MINUTE);
    remarkable(site, acme, hour)?;
    for _ in 0..requests {
        let between = site.random.milliseconds(2 * 55 * MINUTE / requests);
        site.pass(between);
        if site.is_within(12 * MINUTE) {
            break;
        }
        let from_okta = site.random.below(100) < 62;
        let crowd = if from_okta {
            &mut acme.okta
        } else {
            &mut acme.entra
        };
        ordinary(site, crowd)?;
    }
    Ok(())
}

/// One request such as they come all day.
fn ordinary(site: &mut Site, crowd: &mut Crowd) -> Outcome {
    let chance = site.random.below(100);
    let place = site.random.below(crowd.people.len());
    let person = crowd.people[place].clone();
    let path = format!("/Users/{}", person.id);
    match chance {
        0..50 => {
            let filter = quoted(&person.address);
            let path = format!("/Users?filter=userName%20eq%20{filter}&startIndex=1&count=100");
            site.door.get(&crowd.provider, &path);
        }
        50..60 => {
            let group = site.random.one_of(&crowd.groups).id.clone();
            let path = format!("/Groups/{group}?excludedAttributes=members");
            site.door.get(&crowd.provider, &path);
        }
        60..73 => {
            let title = *site.random.one_of(&TITLES);
            let body = replace("title", title);
            site.door
                .done(&crowd.provider, &Method::PATCH, &path, &body)?;
        }
        73..80 => {
            let department = *site.random.one_of(&DEPARTMENTS);
            let body = replace(&format!("{ENTERPRISE}:department"), department);
            site.door
                .done(&crowd.provider, &Method::PATCH, &path, &body)?;
        }
        80..95 => move_somebody(site, crowd)?,
        95..97 => site.hire(crowd)?,
        _ => {
            let active = !person.active;
            let body = replace("active", active);
            let (status, _) = site
                .door
                .send(&crowd.provider, &Method::PATCH, &path, Some(&body));
            crowd.people[place].active = active == (status < 300);
        }
    }
    Ok(())
}

/// Somebody joins a group, and often somebody leaves it.
fn move_somebody(site: &mut Site, crowd: &mut Crowd) -> Outcome {
    let place = match site.random.below(crowd.groups.len().min(16)) {
        OWNERS => 0,
        place => place,
    };
    let joins = site.random.below(crowd.people.len());
    let group = &mut crowd.groups[place];
    let mut operations = Vec::new();
    if !group.members.contains(&joins) {
        let member = json!([{ "value": crowd.people[joins].id }]);
        operations.push(json!({ "op": "add", "path": "members", "value": member }));
        group.members.push(joins);
    }
    if group.members.len() > 4 && site.random.below(3) > 0 {
        let leaves = group.members.remove(0);
        let id = &crowd.people[leaves].id;
        let path = format!("members[value eq \"{id}\"]");
        operations.push(json!({ "op": "remove", "path": path }));
    }
    if operations.is_empty() {
        return Ok(());
    }
    let path = format!("/Groups/{}", group.id);
    let body = patch(Value::Array(operations));
    site.door
        .done(&crowd.provider, &Method::PATCH, &path, &body)?;
    Ok(())
}

/// What is told of that hour.
fn remarkable(site: &mut Site, acme: &mut Acme, hour: usize) -> Outcome {
    let (okta, entra) = (&acme.okta.provider, &acme.entra.provider);
    let post = &Method::POST;
    match hour {
        2 => {
            let body = group_named("CF Operations");
            site.door.refused(okta, post, "/Groups", Some(&body))?;
        }
        4 => {
            let who = &acme.okta.people[20].address;
            site.door
                .refused(entra, post, "/Users", Some(&user(who, who)))?;
        }
        7 => {
            let wrong = Provider {
                token: format!("pvs_{}", "x".repeat(46)),
                ..okta.clone()
            };
            for _ in 0..4 {
                site.pass(MINUTE / 4);
                site.door.refused(&wrong, &Method::GET, "/Users", None)?;
            }
        }
        11 => {
            let path = format!("/Groups/{}", acme.okta.groups[1].id);
            let members = json!([{ "value": "0197f0a1b2c3d4e5f60718293a4b5c6c" }]);
            let body = patch(json!([{ "op": "add", "path": "members", "value": members }]));
            site.door
                .refused(okta, &Method::PATCH, &path, Some(&body))?;
        }
        14 => {
            let path = format!("/Users/{}", acme.entra.people[7].id);
            let body = replace("officeLocation", "Lisbon 4");
            site.door
                .refused(entra, &Method::PATCH, &path, Some(&body))?;
        }
        16 => {
            let body = group_named(&format!("CF-{} – Firewall", acme.account));
            site.door.refused(entra, post, "/Groups", Some(&body))?;
        }
        18 => {
            let path = "/Users?filter=userName%20eq%20jonas";
            site.door.refused(okta, &Method::GET, path, None)?;
        }
        20 => changes_by_hand(site, acme)?,
        22 => too_many_leave(site, acme),
        _ => {}
    }
    if hour >= BLOCKED_FROM {
        blocked(site, &acme.entra.provider)?;
    }
    Ok(())
}

/// People whose userName and address differ in letter case: Entra tries them in each cycle.
fn blocked(site: &mut Site, entra: &Provider) -> Outcome {
    for who in ["Petra.Lind", "Ondrej.Kral", "Sofia.Brandao"] {
        let between = site.random.milliseconds(20_000);
        site.pass(between);
        let name = format!("{who}@acme.example");
        let body = user(&name, &name.to_lowercase());
        site.door
            .refused(entra, &Method::POST, "/Users", Some(&body))?;
    }
    Ok(())
}

fn user(user_name: &str, address: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": user_name,
        "active": true,
        "emails": [{ "value": address, "type": "work", "primary": true }],
    })
}

fn group_named(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": name,
    })
}

fn changes_by_hand(site: &mut Site, acme: &Acme) -> Outcome {
    let account = Some(acme.account);
    let plan = GroupPlan {
        roles: &["DNS", "Load Balancer", "Page Shield", "Waiting Room Admin"],
        ..OKTA_GROUPS[0]
    };
    site.grant(acme.account, &acme.ines, &plan)?;
    site.pass(4 * MINUTE);
    site.write_as(acme.maria.at_console(), account, |tx| {
        let group = GroupRef::Named("New Office Nairobi".to_owned());
        let member = MemberRef::Named("interim.cfo@acme.example".to_owned());
        let member = app::members::by_hand::find(tx, &member)?;
        app::groups::by_hand::add_people(tx, &group, &[member.membership_id()])
    })?;
    site.pass(9 * MINUTE);
    site.write_as(acme.ines.at_console(), account, |tx| {
        let member = MemberRef::Named("pentest@harbour-security.example".to_owned());
        app::members::leave::deactivate(tx, &member)
    })?;
    Ok(())
}

/// A filter was changed in Entra: its contractors go all at once, and the brake holds the rest.
fn too_many_leave(site: &mut Site, acme: &mut Acme) {
    let going: Vec<usize> = acme.entra.people[..70]
        .iter()
        .enumerate()
        .filter_map(|(place, person)| person.active.then_some(place))
        .take(17)
        .collect();
    for place in going {
        site.pass(6_000);
        let person = &mut acme.entra.people[place];
        let path = format!("/Users/{}", person.id);
        let body = replace("active", "False");
        let (status, _) = site
            .door
            .send(&acme.entra.provider, &Method::PATCH, &path, Some(&body));
        person.active = status >= 300;
    }
}

/// What has just happened.
fn this_minute(site: &mut Site, acme: &mut Acme) -> Outcome {
    site.move_to(9 * MINUTE);
    let leaves = acme.okta.people.len() / 2;
    let path = format!("/Users/{}", acme.okta.people[leaves].id);
    let body = replace("active", false);
    let okta = acme.okta.provider.clone();
    site.door.done(&okta, &Method::PATCH, &path, &body)?;
    site.move_to(3 * MINUTE);
    site.hire(&mut acme.okta)?;
    site.move_to(42_000);
    let newest = acme.okta.people.last().map(|person| person.id.clone());
    let path = format!("/Groups/{}", acme.okta.groups[0].id);
    let body = patch(json!([{
        "op": "add",
        "path": "members",
        "value": [{ "value": newest }],
    }]));
    site.door.done(&okta, &Method::PATCH, &path, &body)?;
    Ok(())
}
