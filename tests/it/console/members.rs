//! Members at the console: found, added, given policies, let in, ended, and what providers keep.

mod access;
mod bulk;
mod named;

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use provost::domain::id::MemberId;
use serde_json::{Value, json};

use super::{HOSTILE, app, at};
use crate::harness::app::TestApp;
use crate::harness::browserless::Browser;

/// Where the page of a person is, by the SCIM id.
fn page_of(app: &TestApp, id: &str) -> String {
    let id: MemberId = id.parse().expect("an id");
    at(app, &format!("/members/{}", id.membership()))
}

/// Adds somebody by the form, active at once; the browser is on the list then.
fn add(app: &TestApp, browser: &mut Browser, email: &str) {
    browser.open(&at(app, "/members/new"));
    browser
        .fill("Email addresses", email)
        .tick("Active at once")
        .press("Add members")
        .says("If you save this, 1 member is affected");
    browser.press("Add 1 member").says("Added 1 member");
}

/// Where the page of somebody is who was added by hand.
fn found(app: &TestApp, browser: &mut Browser, name: &str) -> String {
    browser.open(&at(app, &format!("/members?q={name}")));
    browser.follow(name).path.clone()
}

#[test]
fn the_list_is_searched_filtered_sorted_paged_and_sent_as_files() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("person", 60);
    let mut odd = json!({ "userName": "odd@corp.example", "displayName": HOSTILE });
    odd["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
    odd["emails"] = json!([{ "value": "else.where@corp.example", "primary": true }]);
    okta.made("/Users", &odd);
    let page = browser.open(&at(&app, "/members"));
    page.says("50 of 62 members")
        .says("Everybody 62")
        .says("Active 62");
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    page.says("else.where@corp.example");
    browser.follow("Next").says("person59@corp.example");
    browser.follow("First page").says("person0@corp.example");
    browser
        .open(&at(&app, "/members?q=where"))
        .says(HOSTILE)
        .says("1 member")
        .says("Search: where");
    browser
        .open(&at(&app, "/members?q=person1"))
        .says("11 members");
    browser
        .open(&at(&app, "/members?source=local"))
        .says("Made by hand")
        .says("1 member");
    browser
        .open(&at(&app, "/members?state=inactive"))
        .says("No member matches");
    let sorted = browser.open(&at(&app, "/members?sort=-changed"));
    let first = sorted.all("tbody").join("");
    assert!(
        first.contains("odd") || first.contains("else.where"),
        "{first}"
    );
    browser
        .open(&at(&app, "/members?colour=red&sort=size&state=x&after=%21"))
        .says("Part of the address was left out")
        .says("50 of 62 members");
    let mut file = |below: &str| {
        let answer = browser.send("GET", &at(&app, below), &[], None);
        answer.is(200).text()
    };
    let csv = file("/members.csv?q=person1");
    assert_eq!(csv.lines().count(), 12, "{csv}");
    assert!(
        csv.starts_with("id,user_id,user_name,name,email,state,"),
        "{csv}"
    );
    let all: Value = serde_json::from_str(&file("/members.json")).expect("JSON");
    assert_eq!(all.as_array().map(Vec::len), Some(62));
    let line = file("/members.ndjson?q=where");
    let line: Value = serde_json::from_str(line.trim()).expect("JSON");
    assert_eq!(
        (&line["name"], &line["source"]),
        (&json!(HOSTILE), &json!("okta"))
    );
}

#[test]
fn people_are_added_with_groups_and_a_policy_and_then_let_in() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    browser
        .tick("DNS")
        .press("Save policy")
        .says("nobody’s access changes");
    browser.press("Save policy");
    browser.open(&at(&app, "/members/new"));
    browser
        .press("Add members")
        .is(422, &at(&app, "/members/new"))
        .says("Enter at least one email address.");
    browser
        .fill("Email addresses", "no address")
        .press("Add members")
        .says("These are no email addresses of at most 90 characters: “no” and “address”.");
    browser
        .fill("Email addresses", "noaddress, grace@corp.example")
        .press("Add 2 members")
        .says("is no e-mail address");
    browser
        .fill("Email addresses", "grace@corp.example, mary@corp.example")
        .tick("Edge")
        .tick("Billing")
        .press("Show preview")
        .says("2 members are affected")
        .says("2 gain DNS on the entire account")
        .says("2 gain Billing on the entire account")
        .says("No one becomes a Super Administrator")
        .says("once they are accepted");
    browser
        .press("Add 2 members")
        .is(200, &at(&app, "/members"))
        .says("Added 2 members")
        .says("Invited 2");
    let grace = found(&app, &mut browser, "grace@corp.example");
    browser
        .page
        .says("Invited")
        .says("Once accepted")
        .says("Made by hand");
    browser
        .follow("Accept invitation")
        .is(200, &format!("{grace}/activate"))
        .says("gains DNS on the entire account");
    browser
        .press("Accept invitation")
        .is(200, &grace)
        .says("Accepted grace@corp.example")
        .says("Through Edge")
        .says("Added by hand on");
    browser
        .open(&format!("{grace}/groups"))
        .says("Edge")
        .says("Added by hand")
        .says("Has policies");
    browser
        .open(&format!("{grace}/history"))
        .says("Add Member")
        .says("invitation accepted")
        .says("What differs");
    browser
        .open(&format!("{grace}/sync"))
        .says("No provider pushes this member")
        .says("grace@corp.example");
}

#[test]
fn of_several_people_all_are_added_or_nobody() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    browser.open(&at(&app, "/members/new"));
    browser
        .fill("Email addresses", "new@corp.example grace@corp.example")
        .press("Add members")
        .is(422, &at(&app, "/members/new"))
        .says("“grace@corp.example” is a member already");
    let field = "aria-describedby=\"f-emails-hint f-emails-error\" aria-invalid=\"true\"";
    assert!(browser.page.html.contains(field), "{}", browser.page.html);
    // All that is wrong with a list is said at once.
    browser.open(&at(&app, "/members/new"));
    browser
        .fill("Email addresses", "noaddress, grace@corp.example")
        .press("Add members")
        .says("is no e-mail address")
        .says("“grace@corp.example” is a member already");
    browser
        .open(&at(&app, "/members?q=new@corp"))
        .says("No member matches");
}

#[test]
fn a_policy_is_shown_before_it_is_saved_and_never_saved_over_another() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    browser
        .follow("Add policy")
        .is(200, &format!("{grace}/policies/new"));
    browser
        .press("Save policy")
        .is(422, &format!("{grace}/policies/new"))
        .says("Choose at least one role.");
    // What is wrong leads to the boxes, which say it too.
    let html = &browser.page.html;
    assert!(html.contains("href=\"#p-role\""), "{html}");
    assert!(
        html.contains("id=\"p-role\" aria-describedby=\"p-role-error\""),
        "{html}"
    );
    browser
        .tick("DNS")
        .press("Save policy")
        .says("Not saved yet")
        .says("1 gains DNS on the entire account")
        .says("Update preview");
    // Somebody else is quicker.
    let mut other = browser.window();
    other.open(&format!("{grace}/policies/new"));
    other.tick("Billing").press("Save policy");
    other.press("Save policy").says("Policy added");
    browser
        .press("Save policy")
        .is(409, &format!("{grace}/policies/new"))
        .says("changed since you last looked")
        .says("changed the policies")
        .says("1 gains DNS on the entire account");
    browser
        .press("Save policy")
        .is(200, &grace)
        .says("Policy added");
    browser.page.says("Billing").says("DNS");
    // Another choice than the one that was shown is shown first.
    browser.follow("Edit DNS").says("Edit policy");
    browser
        .press("Show preview")
        .says("nobody’s access changes");
    let edit = browser.page.path.clone();
    browser
        .tick("Firewall")
        .press("Save policy")
        .is(409, &edit)
        .says("1 gains Firewall");
    browser.press("Save policy").says("Policy changed");
    browser
        .follow("Remove Billing")
        .says("1 loses Billing on the entire account");
    browser
        .press("Remove policy")
        .is(200, &grace)
        .says("Policy removed");
}

#[test]
fn somebody_is_deactivated_let_in_again_and_removed_each_with_one_question() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    browser
        .follow("Deactivate")
        .says("loses all access at once")
        .says("1 member is affected")
        .says("1 loses Minimal Account Access");
    browser
        .press("Deactivate member")
        .is(200, &grace)
        .says("Deactivated grace@corp.example")
        .says("Inactive members have no access");
    browser.follow("Reactivate");
    browser
        .press("Reactivate member")
        .says("Reactivated grace@corp.example");
    browser.follow("Remove").says("removed for good");
    browser
        .press("Remove member")
        .is(200, &at(&app, "/members"))
        .says("Removed grace@corp.example");
    browser.open(&grace).is(404, &grace);
    // The last Super Administrator stays.
    let ada = found(&app, &mut browser, "ada@corp.example");
    browser.page.says("Signs in to this console");
    let deactivate = format!("{ada}/deactivate");
    browser
        .open(&deactivate)
        .is(422, &deactivate)
        .says("nobody changes their own roles");
    app.operator("bob@corp.example", Some(catalogue::ADMINISTRATOR));
    app.signed_in("bob@corp.example")
        .open(&deactivate)
        .is(422, &deactivate)
        .says("ada@corp.example can’t be deactivated")
        .says("would leave the account without a Super Administrator");
}

#[test]
fn what_a_provider_manages_is_read_here_and_says_where_to_change_it() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let id = okta.new_user("maria@corp.example");
    let maria = page_of(&app, &id);
    okta.new_group("Pushed", std::slice::from_ref(&id));
    browser
        .open(&maria)
        .says("Synced from okta")
        .says("okta manages this record")
        .says("operators work as members made by hand");
    assert_eq!(browser.page.link("Add operator"), "/operators/new");
    // Providers, and the log, know them by another id.
    browser
        .open(&at(&app, &format!("/members/{id}")))
        .is(200, &maria);
    let nobody = at(&app, &format!("/members/{}", app.account.id));
    browser.open(&nobody).is(404, &nobody);
    assert!(
        !browser.page.html.contains("/deactivate"),
        "an action that is not theirs"
    );
    browser
        .open(&format!("{maria}/remove"))
        .is(422, &format!("{maria}/remove"))
        .says("okta");
    browser
        .open(&format!("{maria}/groups"))
        .says("Pushed by okta")
        .says("Grants nothing");
    browser
        .open(&format!("{maria}/sync"))
        .says("userName")
        .says("Last requests about this member");
    browser
        .open(&format!("{maria}/history"))
        .says("Create SCIM User");
}

#[test]
fn all_who_are_members_already_are_named() {
    let (app, mut browser) = app();
    for email in ["grace@corp.example", "mary@corp.example"] {
        add(&app, &mut browser, email);
    }
    browser.open(&at(&app, "/members/new"));
    browser
        .fill(
            "Email addresses",
            "Grace@corp.example, new@corp.example, mary@corp.example",
        )
        .press("Add members")
        .is(422, &at(&app, "/members/new"))
        .says("members already: “Grace@corp.example” and “mary@corp.example”.");
}

#[test]
fn whoever_only_reads_is_offered_no_change() {
    let (app, mut browser) = app();
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    app.operator(
        "reads@corp.example",
        Some(catalogue::ADMINISTRATOR_READ_ONLY),
    );
    let mut reader = app.signed_in("reads@corp.example");
    let list = reader.open(&at(&app, "/members"));
    assert!(!list.html.contains("checkbox"), "boxes to tick");
    assert!(!list.html.contains("/members/new"), "a button to add");
    let page = reader.open(&grace);
    page.is(200, &grace);
    for path in ["/deactivate", "/policies/new", "/remove"] {
        assert!(!page.html.contains(&format!("{grace}{path}")), "{path}");
    }
    reader
        .open(&format!("{grace}/deactivate"))
        .is(403, &format!("{grace}/deactivate"))
        .says("Administrator");
}

#[test]
fn somebody_in_no_group_is_put_into_one_from_their_page() {
    let (app, mut browser) = app();
    browser.open(&at(&app, "/groups/new"));
    browser.fill("Name", "Edge").press("Create group");
    add(&app, &mut browser, "grace@corp.example");
    let grace = found(&app, &mut browser, "grace@corp.example");
    let groups = format!("{grace}/groups");
    browser.open(&groups).says("In no group");
    browser
        .press("Add to a group")
        .says("Add 1 member to a group");
    browser
        .fill("Group", "Edge")
        .press("Add 1 member to a group");
    browser.press("Add 1 member to a group");
    browser.open(&groups).says("Edge").says("Added by hand");
}
