//! User groups at the console: found, made, given policies, filled, locked, deleted.

use provost::domain::catalogue;
use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use super::{HOSTILE, SUPER, app, at};
use crate::harness::app::TestApp;
use crate::harness::browserless::Browser;

/// Makes a group by the form; the browser is on its page then.
fn make(app: &TestApp, browser: &mut Browser, name: &str) -> String {
    browser.open(&at(app, "/groups/new"));
    browser.fill("Name", name).press("Create group");
    assert_eq!(browser.page.status, 200, "{}", browser.page.text());
    browser.page.path.clone()
}

/// Gives the group on whose page the browser is a role, and sees it shown first.
fn give(browser: &mut Browser, role: &str) {
    browser
        .tick(role)
        .press("Show preview")
        .says("If you save this");
    browser.press("Save policy").says("Added the policy");
}

#[test]
fn what_the_form_does_not_offer_is_no_policy_for_the_entire_account() {
    let (app, mut browser) = app();
    make(&app, &mut browser, "Ops");
    browser.tick("Cache Purge");
    let (to, body) = browser.would_send("Show preview");
    for (sent, odd) in [
        ("scope=account", "scope=zonk"),
        ("access=allow", "access=maybe"),
    ] {
        assert!(body.contains(sent), "{body}");
        browser.post(&to, &body.replace(sent, odd));
        assert_eq!(browser.page.status, 422, "{}", browser.page.text());
        browser.page.says("does not offer");
        assert!(!browser.page.text().contains("If you save this"), "{odd}");
    }
}

#[test]
fn the_list_is_filtered_sorted_paged_and_sent_as_files() {
    let (app, mut browser) = app();
    browser
        .open(&at(&app, "/groups"))
        .is(200, &at(&app, "/groups"))
        .says("No user groups yet")
        .says("Push a group from your provider");
    let okta = app.provider(ProviderKind::Okta);
    let people = okta.new_users("person", 3);
    for number in 0..60 {
        let members = if number == 7 { people.as_slice() } else { &[] };
        okta.new_group(&format!("Team {number:02}"), members);
    }
    make(&app, &mut browser, HOSTILE);
    let page = browser.open(&at(&app, "/groups"));
    page.says("50 of 61").says("Grants nothing").says(HOSTILE);
    assert!(!page.html.contains("<script>alert"), "markup in a name");
    assert!(!page.html.contains("<img"), "markup in a name");
    browser.follow("Next").says("11 of 61").says("Team 59");
    browser.follow("First page").says("Team 00");
    browser.open(&at(&app, "/groups?sort=-members"));
    let first = browser.page.all("tbody").join("");
    let place = |name: &str| first.find(name).expect("on the page");
    assert!(place("Team 07") < place("Team 59"), "{first}");
    browser
        .open(&at(&app, "/groups?q=team+4"))
        .says("10 of 10")
        .says("Name: team 4");
    browser
        .open(&at(&app, "/groups?source=local"))
        .says("1 of 1")
        .says("Made by hand");
    browser
        .open(&at(&app, "/groups?q=nobody"))
        .says("No group matches");
    let odd = browser.open(&at(&app, "/groups?colour=red&sort=size&source=x&after=%21"));
    odd.is(200, &at(&app, "/groups"))
        .says("Part of the address was left out")
        .says("50 of 61");
    let mut file = |path: &str| browser.send("GET", &at(&app, path), &[], None);
    let csv = file("/groups.csv?q=team+4");
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    let csv = csv.text();
    assert_eq!(csv.lines().count(), 11, "{csv}");
    assert!(csv.starts_with("id,name,source,"), "{csv}");
    let json: Value = serde_json::from_str(&file("/groups.json").text()).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(61));
    let lines = file("/groups.ndjson?source=local").text();
    let line: Value = serde_json::from_str(lines.trim()).expect("JSON");
    assert_eq!(line["name"], HOSTILE);
    assert_eq!(line["source"], "local");
}

#[test]
fn a_group_is_made_given_a_policy_filled_explained_and_deleted() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    okta.new_users("maria", 2);
    let group = make(&app, &mut browser, "Edge operations");
    browser
        .page
        .says("Created Edge operations")
        .says("This group grants nothing yet");
    // Nothing is saved without having been shown, not even by the button that saves.
    browser
        .press("Save policy")
        .is(422, &format!("{group}/policies"))
        .says("at least one role");
    browser
        .tick("DNS")
        .press("Save policy")
        .says("nobody’s access changes");
    browser.open(&group).says("This group grants nothing yet");
    give(&mut browser, "DNS");
    browser.page.is(200, &group).says("Entire account");
    browser.follow("Members 0").says("Nobody is in this group");
    browser.follow("Add members");
    browser.fill("Find people whose name begins with", "maria");
    browser.press("Find people").says("maria1@corp.example");
    browser.tick("maria0@corp.example");
    browser.fill("Or name them", "maria1@corp.example, nobody@corp.example");
    browser
        .press("Add members")
        .is(422, &format!("{group}/members/add"))
        .says("Nobody has this user name or email address: nobody@corp.example");
    browser.fill("Or name them", "maria1@corp.example");
    browser
        .press("Show preview")
        .says("2 members are affected")
        .says("2 gain DNS");
    browser
        .press("Add members")
        .says("Added 2 members")
        .says("By hand")
        .says("2 of 2 members, in the order they joined the account");
    browser
        .open(&group)
        .says("Added by hand on")
        .says("All access of");
    browser
        .press("Explain")
        .says("maria0@corp.example has DNS on the entire account");
    browser.page.says("Remove the member from Edge operations");
    taken_apart(&mut browser, &group);
}

/// Takes one of the two out, renames the group, looks at its history and deletes it.
fn taken_apart(browser: &mut Browser, group: &str) {
    browser
        .open(&format!("{group}/members?q=maria1"))
        .says("1 member found");
    browser
        .tick("maria1@corp.example")
        .press("Remove chosen members");
    browser.page.says("Remove 1 member?").says("1 loses DNS");
    browser.press("Remove 1 member").says("Removed 1 member");
    browser.open(&format!("{group}/rename"));
    browser
        .fill("Name", "Edge")
        .press("Rename group")
        .says("Renamed Edge operations to Edge");
    browser
        .open(&format!("{group}/history"))
        .says("name from “Edge operations” to “Edge”");
    browser
        .page
        .says("added maria0@corp.example and maria1@corp.example")
        .says("Create User Group");
    browser.open(group);
    browser
        .follow("Delete group")
        .says("Delete Edge?")
        .says("1 loses DNS");
    browser
        .press("Delete group")
        .says("Deleted 1 group")
        .says("No user groups yet");
    browser.open(group).is(404, group);
}

#[test]
fn policies_are_edited_and_removed_as_they_were_shown() {
    let (app, mut browser) = app();
    let group = make(&app, &mut browser, "Edge");
    give(&mut browser, "DNS");
    give(&mut browser, "Analytics");
    // Says nothing new.
    give(&mut browser, "DNS");
    browser.page.says("Redundant");
    // Two people have the form of the same policy open; the second one's saves nothing.
    let mut other = browser.window();
    for window in [&mut browser, &mut other] {
        window.open(&group);
        window.follow("Edit DNS").says("Edited below");
        window.tick("Firewall").press("Show preview");
    }
    browser
        .press("Save policy")
        .says("Changed the policy")
        .says("DNS and 1 more");
    other
        .press("Save policy")
        .says("Nothing was saved yet")
        .says("changed since you last looked")
        .says("changed the policies")
        .says("Stored now: Allow DNS and Firewall on the entire account.")
        .says("The form keeps what you chose");
    assert_eq!(other.page.status, 409);
    assert!(other.page.link("See the history").ends_with("/history"));
    other.open(&group);
    other
        .follow("Remove Analytics")
        .says("Remove policy")
        .says("Nobody’s access changes");
    other.press("Remove policy").says("Removed the policy");
    assert!(!other.page.text().contains("Remove Analytics"));
    // Who replaced the group whole is named too.
    other.open(&group);
    other.follow("Edit DNS");
    other.tick("Analytics").press("Show preview");
    let api = app.api();
    let id = group.rsplit('/').next().unwrap_or_default();
    let whole = api.at(&format!("/iam/user_groups/{id}"));
    let mut stored = api.get(&whole).result();
    let mut more = stored["policies"][0].clone();
    more["access"] = json!("deny");
    more.as_object_mut().expect("a policy").remove("id");
    stored["policies"].as_array_mut().expect("all").push(more);
    api.put(&whole, &stored).is(200);
    other
        .press("Save policy")
        .says("changed since you last looked");
    other.page.says("api admin changed the policies");
    // One that was removed meanwhile says so, on the page of the group.
    let mut late = browser.window();
    for window in [&mut other, &mut late] {
        window.open(&group);
        window.follow("Edit DNS");
    }
    other.open(&group);
    other.follow("Remove DNS");
    other.press("Remove policy").says("Removed the policy");
    late.tick("Firewall")
        .press("Show preview")
        .says("There is no such policy, or not any more")
        .says(&format!("{SUPER} changed the policies"));
    assert_eq!(late.page.status, 404);
    let said = late.page.text();
    assert_eq!(said.matches("There is no such policy").count(), 1, "{said}");
    late.follow("See what there is now").is(200, &group);
}

#[test]
fn what_a_provider_manages_is_locked_and_says_where_it_is_changed() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let person = okta.new_user("maria@corp.example");
    let group = at(
        &app,
        &format!("/groups/{}", okta.new_group("Platform", &[person])),
    );
    browser
        .open(&group)
        .says("Synced from okta")
        .says("come from okta; change them there");
    assert!(!browser.page.text().contains("Delete group"));
    browser
        .open(&format!("{group}/members"))
        .says("okta decides who is in this group");
    assert!(!browser.page.text().contains("Add members"));
    browser.page.says("maria@corp.example").says("okta");
    browser
        .open(&format!("{group}/members/add"))
        .is(403, &format!("{group}/members/add"));
    browser
        .open(&format!("{group}/rename"))
        .says("The name comes from okta; change it there.");
    let (action, body) = browser.would_send("Rename group");
    assert!(action.ends_with("/rename"));
    let origin = format!("http://{}", app.address());
    let headers = [
        ("Origin", origin.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let body = body.replace("name=Platform", "name=Other");
    let answer = browser.send("POST", &action, &headers, Some(&body));
    assert_eq!(answer.status, 422, "{}", answer.text());
    // Its policies are not.
    browser.open(&group);
    browser
        .tick("DNS")
        .press("Show preview")
        .says("1 gains DNS");
    browser.press("Save policy").says("Added the policy");
    browser
        .open(&format!("{group}/sync"))
        .says("1 member added")
        .says("Accepted");
    let text = browser.page.text();
    assert!(!text.contains("W/"), "an ETag is for programs: {text}");
    let id = group.rsplit('/').next().unwrap_or_default().to_owned();
    browser
        .open(&at(&app, &format!("/groups/delete?id={id}")))
        .says("is managed by the connection \"okta\"");
    let empty = at(&app, &format!("/groups/{}", okta.new_group("Nobody", &[])));
    browser
        .open(&format!("{empty}/members"))
        .says("Okta does not push empty groups");
    // A name of the legacy form is refused here, with one to take instead.
    browser.open(&at(&app, "/groups/new"));
    let name = format!("CF-{} - DNS", app.account.id);
    browser
        .fill("Name", &name)
        .press("Create group")
        .says("“DNS” would do.");
    assert_eq!(browser.page.status, 422);
}

/// It may be one; what it means is said at once.
#[test]
fn a_name_that_begins_like_those_of_legacy_groups_is_told_apart() {
    let (app, mut browser) = app();
    let means = "Its name begins with the reserved prefix CF, or looks as if it did.";
    browser.open(&at(&app, "/groups/new"));
    browser
        .fill("Name", "CF-x")
        .press("Create group")
        .says(means)
        .says("It grants nothing yet");
    browser.follow("Rename group");
    browser.fill("Name", "X").press("Rename group").says("to X");
    assert!(
        !browser.page.text().contains(means),
        "{}",
        browser.page.text()
    );
}

#[test]
fn nothing_is_offered_to_be_deleted_where_nothing_is_chosen() {
    let (app, mut browser) = app();
    let page = browser.open(&at(&app, "/groups/delete"));
    page.says("No group is chosen");
    let text = page.text();
    assert!(!text.contains("Delete 0 groups"), "{text}");
}

#[test]
fn the_example_of_an_explanation_is_somebody_who_has_access() {
    let (app, mut browser) = app();
    let okta = app.provider(ProviderKind::Okta);
    let [gone, here] = ["gone@corp.example", "here@corp.example"].map(|name| okta.new_user(name));
    let group = okta.new_group("Platform", &[gone.clone(), here]);
    let group = at(&app, &format!("/groups/{group}"));
    browser.open(&group);
    give(&mut browser, "DNS");
    browser.open(&group).says("All access of gone@corp.example");
    let inactive = json!([{ "op": "replace", "value": { "active": false } }]);
    okta.patch_user(&gone, &inactive);
    browser.open(&group).says("All access of here@corp.example");
}

#[test]
fn several_groups_go_with_one_confirmation_or_none_does() {
    let (app, mut browser) = app();
    for name in ["One", "Two", "Three"] {
        make(&app, &mut browser, name);
    }
    browser.open(&at(&app, "/groups"));
    browser
        .tick("One")
        .tick("Two")
        .press("Delete chosen groups")
        .says("Delete 2 groups?");
    let mut other = browser.window();
    other.open(&at(&app, "/groups"));
    other.tick("Two").press("Delete chosen groups");
    other.press("Delete group").says("Deleted 1 group");
    browser
        .press("Delete 2 groups")
        .says("Nothing was deleted")
        .says("One")
        .says("Three");
    browser
        .tick("One")
        .tick("Three")
        .press("Delete chosen groups");
    browser
        .press("Delete 2 groups")
        .says("Deleted 2 groups")
        .says("No user groups yet");
    browser
        .open(&at(&app, "/groups/delete"))
        .says("No group is chosen");
}

#[test]
fn who_may_only_read_is_offered_nothing_and_refused_all_the_same() {
    let (app, mut browser) = app();
    let group = make(&app, &mut browser, "Edge");
    give(&mut browser, "DNS");
    let reader = "rita@corp.example";
    app.operator(reader, Some(catalogue::ADMINISTRATOR_READ_ONLY));
    let mut reads = app.signed_in(reader);
    reads.open(&group).is(200, &group);
    for word in ["Add a policy", "Edit DNS", "Rename group", "Delete group"] {
        assert!(!reads.page.text().contains(word), "{word}");
    }
    reads.open(&at(&app, "/groups"));
    assert!(!reads.page.text().contains("Create group"));
    for path in ["/groups/new", "/groups/delete"] {
        reads
            .open(&at(&app, path))
            .is(403, &at(&app, path))
            .says("Administrator");
    }
    let (_, body) = {
        browser.open(&format!("{group}/rename"));
        browser.fill("Name", "Other");
        browser.would_send("Rename group")
    };
    // The token of another session's form is none of this one's either.
    let origin = format!("http://{}", app.address());
    let headers = [
        ("Origin", origin.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let answer = reads.send("POST", &format!("{group}/rename"), &headers, Some(&body));
    assert_eq!(answer.status, 403);
    let other = app.other_account();
    let id = other.new_group("Theirs", &[]);
    let theirs = browser.open(&at(&app, &format!("/groups/{id}"))).status;
    let none = browser
        .open(&at(&app, "/groups/00000000000000000000000000000000"))
        .status;
    assert_eq!((theirs, none), (404, 404));
}
