//! What a member is given and loses, as its form and its rows of the log tell it, and who is asked
//! for what somebody may not do.

use provost::app;
use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::domains::DomainName;

use super::super::{READS, SUPER, app, at};
use super::{add, found, page_of};
use crate::harness::browserless::Browser;

/// Where each of these stands in the page, which has them all.
#[track_caller]
fn places(browser: &Browser, all: &[&str]) -> Vec<usize> {
    let html = &browser.page.html;
    let place = |one: &&str| html.find(*one).unwrap_or_else(|| panic!("{one}: {html}"));
    all.iter().map(place).collect()
}

#[test]
fn the_roles_that_fit_the_scope_come_first_and_a_refusal_names_the_one_that_does() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    let new = format!("{grace}/policies/new");
    browser
        .open(&new)
        .says("This account has no domains")
        .says("provost domain add");
    assert!(!browser.page.html.contains("fits-domains"), "none to be on");
    app.write(|tx| app::domains::add(tx, &DomainName::parse("shop.example")?, None));
    browser.open(&new);
    let fits = ["class=\"fits fits-account\"", "class=\"fits fits-domains\""];
    assert!(places(&browser, &fits).is_sorted(), "the account first");
    browser.fill("Scope", "domains").tick("shop.example");
    browser
        .tick("DNS")
        .tick("Billing")
        .press("Show preview")
        .is(422, &new)
        .says("DNS applies to the entire account; on domains take Domain DNS in its place")
        .says("Billing applies to the entire account; choose that as the scope");
    let places = places(&browser, &[fits[1], "> Domain DNS</label>", fits[0]]);
    assert!(places.is_sorted(), "those on domains first: {places:?}");
    assert!(!browser.page.html.contains("more roles on domains"));
    browser.open(&new).says("On domains");
    browser.fill("Scope", "domains").tick("shop.example");
    browser
        .tick("Domain DNS")
        .press("Show preview")
        .says("1 gains Domain DNS on 1 domain: shop.example");
    browser.open(&new);
    browser
        .tick("Cache Domain Purge")
        .press("Show preview")
        .says("Cache Domain Purge applies to domains; on the entire account take Cache Purge");
}

#[test]
fn a_deactivation_tells_all_that_went_and_what_came_back_with_somebody() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let maria = okta.new_user("maria@corp.example");
    let group = okta.new_group("Approvers", std::slice::from_ref(&maria));
    browser.open(&at(&app, &format!("/groups/{group}")));
    for role in ["DNS", "Billing", "Analytics"] {
        browser.tick(role);
    }
    browser.press("Show preview");
    browser.press("Save policy").says("Added the policy");
    okta.set_active(&maria, false);
    let rows = [
        at(&app, "/audit"),
        format!("{}/history", page_of(&app, &maria)),
    ];
    let lost = "deactivated, lost Analytics, Billing, DNS, 1 more";
    for page in rows.iter().chain([&at(&app, "")]) {
        browser.open(page).says(lost);
    }
    // What is told is what was: the group gives less since.
    browser.open(&at(&app, &format!("/groups/{group}")));
    let html = &browser.page.html;
    let policies = at(&app, &format!("/groups/{group}/policies/"));
    let (_, rest) = html.split_once(&policies).expect("a link");
    let remove = format!("{policies}{}/remove", &rest[..32]);
    browser.open(&remove).is(200, &remove);
    browser.press("Remove policy");
    browser.open(&rows[0]).says(lost);
    okta.set_active(&maria, true);
    browser
        .open(&rows[0])
        .says("reactivated, granted Minimal Account Access");
    browser.open(&at(&app, "")).says("was reactivated");
    // By hand as well.
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    browser.follow("Deactivate");
    browser.press("Deactivate member");
    let history = format!("{grace}/history");
    browser
        .open(&history)
        .says("deactivated, lost Minimal Account Access");
    let ask = "/explain?ask=why&member=grace@corp.example&role=DNS";
    browser
        .open(&at(&app, ask))
        .says("is inactive, and only active members have roles");
    browser.open(&format!("{grace}/activate"));
    browser.press("Reactivate member");
    browser
        .open(&history)
        .says("reactivated, granted Minimal Account Access");
}

#[test]
fn who_is_asked_for_can_sign_in_and_may_do_it() {
    let (app, mut browser) = app();
    // Super Administrator by a group, and nobody's sign-in.
    let okta = app.provider(ProviderKind::Okta);
    let maria = okta.new_user("maria@corp.example");
    let page = page_of(&app, &maria);
    app.operator("bob@corp.example", Some(catalogue::ADMINISTRATOR));
    app.operator(READS, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    app.operator_elsewhere("eve@corp.example");
    let group = okta.new_group("Approvers", std::slice::from_ref(&maria));
    browser.open(&at(&app, &format!("/groups/{group}")));
    let boxes = browser.page.html.contains("Super Administrator - All");
    assert!(boxes, "offered");
    browser.tick("Super Administrator - All Privileges");
    browser.press("Show preview");
    browser.press("Save policy");
    let mut reader = app.signed_in(READS);
    let denied = reader.open(&at(&app, "/members/new"));
    denied
        .says("These roles allow it:")
        .says("Super Administrator - All Privileges")
        .says("These people can sign in and may do it:")
        .says("bob@corp.example");
    let named = reader.page.text();
    assert!(
        named.find(SUPER) < named.find("bob@corp"),
        "most rights first"
    );
    assert!(!named.contains("maria@corp.example"), "{named}");
    let mut bob = app.signed_in("bob@corp.example");
    let denied = bob.open(&at(&app, "/tokens/new"));
    denied.says("This role allows it:").says(SUPER);
    // Asked about by the address one signs in with: answered, not led to a choice.
    let role = "role=Super+Administrator";
    for (member, whose) in [
        (SUPER, "has Super"),
        ("bob@corp.example", "does not have Super"),
    ] {
        let ask = at(&app, &format!("/explain?ask=why&member={member}&{role}"));
        browser.open(&ask).says(&format!("{member} {whose}"));
        assert!(!browser.page.text().contains("Whom do you mean?"));
    }
    browser.open(&page).says("maria@corp.example");
}

#[test]
fn who_holds_a_role_is_told_by_name() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    for name in ["zoe", "Bea", "ann"] {
        okta.new_user(&format!("{name}@corp.example"));
    }
    let who = "/explain?ask=who&role=Minimal+Account+Access";
    browser.open(&at(&app, who));
    let names = ["ann@corp", "Bea@corp", "zoe@corp"].map(|name| format!("data-row>{name}"));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert!(places(&browser, &names).is_sorted(), "by name");
}
