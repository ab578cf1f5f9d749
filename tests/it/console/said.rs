//! What pages say of things is so: no more than holds, of whom it holds, and to whom it is of use.

use provost::app;
use provost::app::groups::by_hand::GroupChange;
use provost::app::members::by_hand::Invitation;
use provost::domain::brake::Brake;
use provost::domain::catalogue;
use provost::domain::connection::{AdoptExisting, ProviderKind, SettingsChange};
use provost::domain::policy::{Access, NewPolicy};
use provost::domain::reference::{GroupRef, MemberRef};
use provost::domain::text::GroupName;
use serde_json::json;

use super::{READS, SUPER, at};
use crate::harness::app::{Setup, TestApp};
use crate::harness::browserless::Browser;
use crate::harness::client::Client;
use crate::harness::fixtures::{group, user};

const HOUR_MS: i64 = 3_600_000;

#[track_caller]
fn says_not(browser: &Browser, words: &str) {
    let text = browser.page.text();
    assert!(!text.contains(words), "it says {words:?}: {text}");
}

/// A provider that was refused for two reasons, and what its brake held.
fn trouble() -> TestApp {
    let app = Setup::standing_clock().spawn();
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let entra = app.provider(ProviderKind::Entra);
    let people = entra.new_users("person", 30);
    entra.post("/Users", &user("person0@corp.example")).is(409);
    let mixed = json!({
        "userName": "Mixed@corp.example",
        "emails": [{ "value": "mixed@corp.example", "type": "work", "primary": true }],
    });
    entra.post("/Users", &mixed).is(400);
    app.set_connection(
        "entra",
        SettingsChange {
            brake: Some(Brake::People(10)),
            ..SettingsChange::default()
        },
    );
    app.pass(25 * HOUR_MS);
    let off = json!([{ "op": "replace", "path": "active", "value": false }]);
    for id in &people[..12] {
        entra.patch_user(id, &off);
    }
    entra.post("/Users", &user("person20@corp.example")).is(409);
    entra.post("/Users", &mixed).is(400);
    app.db.flush_activity(true).expect("written");
    app
}

#[test]
fn things_that_need_somebody_are_told_apart_by_their_headings() {
    let app = trouble();
    let mut browser = app.signed_in(SUPER);
    let page = browser.open(&at(&app, ""));
    page.says("1 person from entra rejected: the user name is taken")
        .says("1 person from entra rejected: user name and email differ")
        .says("entra: 2 held changes to decide on");
    let todo = page.html.split("id=\"h-todo\"").nth(1).unwrap_or_default();
    let todo = todo.split("</section>").next().unwrap_or_default();
    let mut headings: Vec<&str> = todo.split("<strong>").skip(1).collect();
    headings = headings
        .iter()
        .filter_map(|rest| rest.split("</strong>").next())
        .collect();
    let all = headings.len();
    headings.sort_unstable();
    headings.dedup();
    assert_eq!(headings.len(), all, "{headings:?}");
    // Where it is mended here, the console says so in its own words.
    page.says("switch “User name and email must be the same” off");
    says_not(&browser, "provost connection set");
    assert!(
        browser
            .page
            .html
            .contains("#settings\">Connection settings")
    );
}

#[test]
fn a_provider_whose_connection_is_red_is_not_said_to_sync() {
    let app = trouble();
    let mut browser = app.signed_in(SUPER);
    browser
        .open(&at(&app, "/members"))
        .says("entra: changes held, last request");
    says_not(&browser, "entra synced");
    browser
        .page
        .says("more people at once than the brake allows");
    // Nor does another one that is well, and was heard of later, make that green.
    let okta = app.provider(ProviderKind::Okta);
    app.pass(HOUR_MS);
    okta.get("/Users").is(200);
    app.db.flush_activity(true).expect("written");
    let mut browser = app.signed_in(SUPER);
    browser
        .open(&at(&app, "/members"))
        .says("entra: changes held, last request");
    says_not(&browser, "okta synced");
    // Without the brake, what was held waits for another reason.
    let set = |brake| {
        let brake = Some(brake);
        app.set_connection(
            "entra",
            SettingsChange {
                brake,
                ..SettingsChange::default()
            },
        );
    };
    for (brake, words) in [
        (Brake::Off, "The brake is off now, and holds nothing more."),
        (Brake::Share(100), "The brake is at 100% now"),
    ] {
        set(brake);
        browser.open(&at(&app, "/members")).says(words);
        says_not(&browser, "than the brake allows");
    }
    browser.open(&at(&app, "")).says("Its brake is at 100%");
    set(Brake::People(10));
    browser.open(&at(&app, "/connections")).says("Changes held");
    // The brake in words, wherever its change is told.
    browser
        .open(&at(&app, "/audit"))
        .says("more than 10 people would have been removed");
    says_not(&browser, "meter");
    browser
        .page
        .says("brake from 20% of the members to 10 people");
    app.write(|tx| provost::app::connections::pause(tx, "okta").map(drop));
    browser
        .open(&at(&app, "/members"))
        .says("entra: changes held, 1 more not well");
}

#[test]
fn nobody_is_offered_a_page_that_they_may_not_open() {
    let app = trouble();
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut browser = app.signed_in(READS);
    let page = browser.open(&at(&app, ""));
    page.says("See who has the role")
        .says("An Administrator or a Super Administrator can do that.");
    assert!(
        !page.html.contains("#settings\""),
        "the settings are locked"
    );
    says_not(&browser, "Give somebody the role");
    let mut owner = app.signed_in(SUPER);
    owner.open(&at(&app, ""));
    says_not(&owner, "can do that.");
}

#[test]
fn who_can_be_removed_by_a_sync_is_said_of_nobody_else() {
    let (app, mut browser) = super::app();
    let overview = at(&app, "");
    browser
        .open(&overview)
        .says("is the only one, so nothing can take the role away.");
    let okta = app.provider(ProviderKind::Okta);
    let ids = okta.new_users("boss", 1);
    okta.new_group("Bosses", &ids);
    let give = |member: &str| {
        let which = MemberRef::Named(member.to_owned());
        app.write(move |tx| {
            let new = vec![NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)];
            app::policies::set_of_member(tx, &which, &new)
        });
    };
    give("boss0@corp.example");
    browser
        .open(&overview)
        .says("A sync can take the role from boss0@corp.example, but not from the others here.");
    says_not(&browser, "A sync can take the role from any of these");
}

/// What a connection does with what it did not make.
fn set_adoption(app: &TestApp, connection: &'static str, adopt_existing: AdoptExisting) {
    let settings = SettingsChange {
        adopt_existing: Some(adopt_existing),
        ..SettingsChange::default()
    };
    app.set_connection(connection, settings);
}

#[test]
fn whom_a_sync_may_take_over_it_is_said_to_remove() {
    let (app, mut browser) = super::app();
    let overview = at(&app, "");
    let only = "is the only one, so nothing can take the role away.";
    let none = "No sync can take the role from any of these.";
    let okta = app.provider(ProviderKind::Okta);
    browser.open(&overview).says(only);
    let alice = app.write(|tx| {
        let policies = vec![NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)];
        let new = Invitation::by_email("alice@corp.example", true, Some(policies))?;
        app::members::by_hand::invite(tx, new)
    });
    let her = "A sync can take the role from alice@corp.example, but not from the others here.";
    browser.open(&overview).says(her);
    // Tokens of the account itself sync as well.
    set_adoption(&app, "Generic", AdoptExisting::Refuse);
    set_adoption(&app, "okta", AdoptExisting::Refuse);
    browser.open(&overview).says(her);
    set_adoption(&app, "API", AdoptExisting::Refuse);
    browser.open(&overview).says(none);
    set_adoption(&app, "okta", AdoptExisting::Adopt);
    browser.open(&overview).says(her);
    // Nor where only people of verified domains are removed.
    let only_verified = |on| {
        let settings = SettingsChange {
            require_sso_domain: Some(on),
            ..SettingsChange::default()
        };
        app.set_connection("okta", settings);
    };
    only_verified(true);
    browser.open(&overview).says(none);
    only_verified(false);
    browser.open(&overview).says(her);
    okta.set_active(&alice.id.to_string(), false);
    browser
        .open(&overview)
        .says("There is one Super Administrator")
        .says(only);
}

#[test]
fn whom_a_group_gives_the_role_a_sync_of_the_group_is_said_to_remove() {
    let (app, mut browser) = super::app();
    let overview = at(&app, "");
    let only = "is the only one, so nothing can take the role away.";
    let none = "No sync can take the role from any of these.";
    let okta = app.provider(ProviderKind::Okta);
    set_adoption(&app, "API", AdoptExisting::Refuse);
    set_adoption(&app, "Generic", AdoptExisting::Refuse);
    app.operator("bob@corp.example", None);
    let new_group = |name: &'static str, policy: NewPolicy| {
        app.write(move |tx| {
            let name = GroupName::parse(name)?;
            app::groups::by_hand::make(tx, &name, &[policy])
        })
        .1
    };
    let allow = NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR);
    let owners = new_group("Owners", allow.clone());
    let which = GroupRef::Id(owners.id);
    app.write(move |tx| {
        let bob = MemberRef::Named("bob@corp.example (console)".to_owned());
        let bob = app::members::by_hand::find(tx, &bob)?.membership_id();
        app::groups::by_hand::add_people(tx, &which, &[bob])
    });
    // No sync ends an operator's membership of the account; that of a group is another matter.
    let him = "A sync can take the role from bob@corp.example, but not from the others here.";
    browser.open(&overview).says(him);
    set_adoption(&app, "okta", AdoptExisting::Refuse);
    browser.open(&overview).says(none);
    set_adoption(&app, "okta", AdoptExisting::Adopt);
    okta.put(
        &format!("/Groups/{}", owners.scim_id),
        &group("Owners", &[]),
    )
    .is(200);
    browser
        .open(&overview)
        .says("There is one Super Administrator")
        .says(only);
    // Whoever is put into a group that denies the role has it no more.
    let deny = NewPolicy {
        access: Access::Deny,
        ..allow
    };
    new_group("Outsiders", deny);
    browser.open(&overview).says(only);
    app.write(|tx| {
        let policies = vec![NewPolicy::allow(catalogue::SUPER_ADMINISTRATOR)];
        let new = Invitation::by_email("carol@corp.example", true, Some(policies))?;
        app::members::by_hand::invite(tx, new)
    });
    browser
        .open(&overview)
        .says("A sync can take the role from carol@corp.example, but not from the others here.");
    // Not from her who alone can sign in: that is refused.
    says_not(&browser, "from any of these");
    set_adoption(&app, "okta", AdoptExisting::Refuse);
    browser.open(&overview).says(none);
}

#[test]
fn operators_with_the_least_role_are_said_to_have_it() {
    let (app, mut browser) = super::app();
    app.operator("least@corp.example", None);
    browser
        .open("/operators")
        .says("Corp: Minimal Account Access, which opens no page");
    says_not(&browser, "No role");
}

/// Three people in the group Edge, with their provider.
fn edge_of_three(app: &TestApp) -> (Client, Vec<String>) {
    let okta = app.provider(ProviderKind::Okta);
    let ids = okta.new_users("person", 3);
    okta.new_group("Edge", &ids);
    (okta, ids)
}

#[test]
fn who_is_inactive_is_not_counted_among_those_who_receive_something() {
    let (app, mut browser) = super::app();
    let (okta, ids) = edge_of_three(&app);
    okta.set_active(&ids[0], false);
    browser.open(&at(&app, "/groups")).says("Edge");
    let page = browser.page.link("Edge");
    browser
        .open(&page)
        .says("2 members are waiting for a policy");
    browser.tick("Cache Purge").press("Show preview");
    browser.press("Save policy").says("Added the policy");
    browser
        .open(&page)
        .says("2 of 3 members are active and receive the union of these");
    okta.set_active(&ids[0], true);
    browser
        .open(&page)
        .says("All 3 members receive the union of these");
    for id in &ids {
        okta.set_active(id, false);
    }
    browser.open(&page).says("No member is active");
    // A path that waits for somebody grants nothing, and no other group would help.
    let ask = format!("/explain?ask=why&member={}&role=Cache+Purge", ids[0]);
    let page = browser.open(&at(&app, &ask));
    page.says("One path grants it once").says("is active");
    says_not(&browser, "Groups that grant it");
}

#[test]
fn who_keeps_what_they_have_is_none_of_those_who_are_affected() {
    let (app, mut browser) = super::app();
    edge_of_three(&app);
    let is_dns = |role: &&provost::domain::role::Role| role.name == "DNS";
    let dns = catalogue::roles().iter().find(is_dns).expect("DNS");
    let allow = NewPolicy::allow(dns.permission_group);
    let (own, group) = (allow.clone(), GroupRef::Named("Edge".to_owned()));
    app.write(move |tx| {
        let who = MemberRef::Named("person0@corp.example".to_owned());
        app::policies::set_of_member(tx, &who, &[own])
    });
    browser.open(&at(&app, "/groups"));
    let page = browser.page.link("Edge");
    browser.open(&page);
    browser
        .tick("DNS")
        .press("Show preview")
        .says("2 members are affected")
        .says("1 other keeps exactly the access they have.");
    // Where one denies, nobody receives a union.
    let deny = NewPolicy {
        access: Access::Deny,
        ..NewPolicy::allow(catalogue::ADMINISTRATOR_READ_ONLY)
    };
    let change = GroupChange {
        name: None,
        policies: Some(vec![allow, deny]),
    };
    app.write(move |tx| app::groups::by_hand::change(tx, &group, &change));
    browser
        .open(&page)
        .says("All 3 members receive what these allow, and nothing that one of them denies");
    says_not(&browser, "the union of these");
}

#[test]
fn the_chain_is_said_to_be_the_whole_servers() {
    let (app, mut browser) = super::app();
    app.other_account();
    // One examination at a time: that of the start may be under way.
    let under_way = |browser: &mut Browser| {
        let page = browser.open(&at(&app, "/audit/chain"));
        page.text().contains("being examined just now")
    };
    let tries = (0..10_000).take_while(|_| under_way(&mut browser)).count();
    assert!(tries < 10_000, "the examination of the start does not end");
    browser
        .page
        .says("The rows of all accounts of this server are one chain")
        .says("Rows computed again");
    let page = browser.open(&at(&app, "/audit"));
    // Of one row, where the examination of the start came before all others.
    page.says("this server’s log").says("examined");
}

#[test]
fn rows_of_the_log_name_people_who_are_still_there() {
    let (app, mut browser) = super::app();
    let (okta, ids) = edge_of_three(&app);
    okta.delete(&format!("/Users/{}", ids[2])).is(204);
    browser.open(&at(&app, "/audit"));
    let row = browser.page.link("Create SCIM Group");
    let page = browser.open(&row);
    page.says("person0@corp.example")
        .says("person1@corp.example");
    // Who is gone has no name any more.
    page.says(&ids[2]);
    let person = browser.page.link("person0@corp.example");
    browser.open(&person).is(200, &person);
    browser.open(&row);
    let before = browser
        .page
        .html
        .split("h-entry")
        .next()
        .unwrap_or_default();
    assert!(!before.contains(&format!("<code>{}</code>", ids[0])));
    // In the list, and in the history of the group too.
    let seq = row.rsplit('/').next().unwrap_or_default();
    browser
        .open(&at(&app, &format!("/audit?open={seq}")))
        .says("person1@corp.example");
    browser.open(&at(&app, "/groups"));
    let edge = browser.page.link("Edge");
    browser
        .open(&format!("{edge}/history"))
        .says("person0@corp.example")
        .says(&ids[2]);
}

#[test]
fn people_who_wait_are_they() {
    let (app, mut browser) = super::app();
    let invite = |email: &'static str| {
        app.write(move |tx| {
            let new = app::members::by_hand::Invitation::by_email(email, false, None)?;
            app::members::by_hand::invite(tx, new)
        });
    };
    invite("one@corp.example");
    browser.open(&at(&app, "")).says("See who it is");
    invite("two@corp.example");
    browser
        .open(&at(&app, ""))
        .says("2 members are invited")
        .says("See who they are");
}

#[test]
fn what_somebody_wrote_is_text_in_every_sentence() {
    let (app, mut browser) = super::app();
    let okta = app.provider(ProviderKind::Okta);
    let ids = okta.new_users("person", 1);
    okta.new_group("`rm -rf` team", &ids);
    okta.new_group("a\" `provost token roll` \"b", &ids);
    let page = browser.open(&at(&app, ""));
    page.says("`rm -rf` team").says("`provost token roll`");
    for name in ["<code>rm -rf</code>", "<code>provost token roll</code>"] {
        assert!(!page.html.contains(name), "{name}");
    }
    // The same in a refusal, which the log keeps.
    okta.post("/Groups", &group("a\" `provost token roll` \"b", &[]))
        .is(409);
    let page = browser.open(&at(&app, "/log"));
    page.says("`provost token roll`");
    assert!(!page.html.contains("<code>provost token roll</code>"));
}

#[test]
fn settings_end_their_sentences() {
    let (app, mut browser) = super::app();
    browser
        .open(&at(&app, "/settings"))
        .says("while the legacy mapping is on.");
    says_not(&browser, "mapping is on:");
}
