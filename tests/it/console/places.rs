//! Operators are let work in accounts, and accounts know who can sign in to do everything there.

use provost::app;
use provost::app::members::by_hand::Invitation;
use provost::domain::catalogue::{ADMINISTRATOR, SUPER_ADMINISTRATOR};
use provost::domain::connection::ProviderKind;
use provost::domain::id::{MemberId, OperatorId};
use provost::domain::operator::{Email, NewOperator};

use provost::domain::policy::{Access, NewPolicy};
use provost::domain::reference::MemberRef;
use provost::domain::text::GroupName;

use serde_json::json;

use super::at;
use crate::harness::app::{Setup, TestApp, label, local};
use crate::harness::browserless::Browser;
use crate::harness::operators::PASSWORD;

const ADA: &str = "ada@corp.example";
const BOB: &str = "bob@corp.example";

/// Ada, who administers box and account, and Bob, an operator who works nowhere yet.
fn with_bob() -> (TestApp, Browser, String) {
    let app = Setup::standing_clock().spawn();
    app.operator(ADA, Some(SUPER_ADMINISTRATOR));
    let bob = local(&app.db, None, |tx| {
        let new = NewOperator {
            name: label("Bob"),
            email: Email::parse(BOB)?,
            box_administrator: false,
        };
        app::operators::create(tx, &new)
    });
    let ada = app.signed_in(ADA);
    (app, ada, format!("/operators/{}", bob.id))
}

#[test]
fn an_operator_without_an_account_is_let_work_in_one() {
    let (app, mut ada, bob) = with_bob();
    ada.open(&bob)
        .says("This operator works in no account yet.");
    ada.follow("Let them work in an account");
    ada.fill("Role in the account", &ADMINISTRATOR.to_string())
        .press("Let them work in an account")
        .is(200, &bob)
        .says("Bob works in Corp now")
        .says("As bob@corp.example (console)")
        .says("Administrator");
    // There is no other one left, and the same again changes nothing.
    let place = format!("{bob}/place");
    ada.open(&place)
        .is(200, &bob)
        .says("There is no account left for Bob");
    let (_, token) = ada.would_send("Sign out");
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let account = app.account.id;
    let sent = format!("{token}&account={account}");
    let again = ada.send("POST", &place, &form, Some(&sent));
    assert_eq!(again.status, 303, "{}", again.text());
    assert_eq!(again.header("location"), Some(bob.as_str()));
    ada.open(&bob).says("As bob@corp.example (console)");
    // Only what is offered is taken.
    let carol = local(&app.db, None, |tx| {
        let new = NewOperator {
            name: label("Carol"),
            email: Email::parse("carol@corp.example")?,
            box_administrator: false,
        };
        app::operators::create(tx, &new)
    });
    let place = format!("/operators/{}/place", carol.id);
    let other = app.other_account().account;
    let wrong = [
        (format!("account={other}"), "Choose an account of the list."),
        (
            format!("account={account}&role=nonsense"),
            "Choose a role of the list.",
        ),
    ];
    for (sent, said) in wrong {
        let sent = format!("{token}&{sent}");
        let refused = ada.send("POST", &place, &form, Some(&sent));
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains(said), "{}", refused.text());
    }
    // Nobody gives themselves more.
    ada.open("/operators");
    let own = ada.page.link(ADA);
    ada.open(&own);
    assert!(!ada.page.html.contains("/place"), "{}", ada.page.html);
}

#[test]
fn a_member_is_let_sign_in_as_whom_an_operator_is_already() {
    let (app, mut ada, bob) = with_bob();
    let invited = app.write(|tx| {
        let policies = vec![NewPolicy::allow(ADMINISTRATOR)];
        let mut invitation = Invitation::by_email(BOB, true, Some(policies))?;
        let name = serde_json::json!("Bob");
        invitation.attributes.insert("displayName".to_owned(), name);
        app::members::by_hand::invite(tx, invitation)
    });
    let member = at(&app, &format!("/members/{}", invited.membership_id()));
    ada.open(&member);
    ada.follow("Let this person sign in to the console");
    ada.press("Add operator")
        .is(200, &format!("{bob}/place"))
        .says("bob@corp.example is an operator already")
        .says("as the member Bob, with the roles that this one has: Administrator");
    ada.press("Let them work in an account")
        .is(200, &bob)
        .says("Bob works in Corp now")
        .says("As bob@corp.example");
    ada.open(&member)
        .says("Operator without a password yet")
        .link("Who signs in as this member");
    // Somebody who works here already is let be nobody else.
    let carol = app.write(|tx| {
        let invitation = Invitation::by_email("carol@corp.example", true, None)?;
        app::members::by_hand::invite(tx, invitation)
    });
    ada.open(&at(&app, &format!("/members/{}", carol.membership_id())));
    ada.follow("Let this person sign in to the console");
    ada.fill("Email", BOB)
        .press("Add operator")
        .is(200, &bob)
        .says("Bob works in Corp already");
}

#[test]
fn the_overview_counts_who_can_sign_in_to_do_everything() {
    let (app, mut ada, bob) = with_bob();
    let overview = at(&app, "");
    let bob_id: OperatorId = bob
        .rsplit('/')
        .next()
        .unwrap_or_default()
        .parse()
        .expect("an id");
    ada.open(&overview)
        .says("There is one Super Administrator")
        .says("If ada@corp.example can’t sign in");
    // Somebody whom a provider sends has the role, and never a login.
    let okta = app.provider(ProviderKind::Okta);
    let pia: MemberId = okta.new_user("pia@corp.example").parse().expect("an id");
    app.write(move |tx| {
        let policies = vec![NewPolicy::allow(SUPER_ADMINISTRATOR)];
        app::policies::set_of_member(tx, &MemberRef::Id(pia), &policies)
    });
    let page = ada.open(&overview);
    page.says("One Super Administrator can sign in")
        .says("If ada@corp.example can’t")
        .says("1 of them can sign in")
        .says("Can’t sign in");
    assert_eq!(page.link("See the operators"), "/operators");
    // An operator who has chosen no password is nobody yet, and one who is deactivated no more.
    ada.open(&bob);
    ada.follow("Let them work in an account");
    ada.fill("Role in the account", &SUPER_ADMINISTRATOR.to_string())
        .press("Let them work in an account")
        .is(200, &bob);
    ada.open(&overview)
        .says("One Super Administrator can sign in");
    app.set_password(bob_id, PASSWORD);
    let page = ada.open(&overview);
    assert!(!page.text().contains("One Super Administrator"));
    page.says("2 of them can sign in");
    let member = page.link("Bob");
    ada.open(&member).says("Signs in to this console");
    ada.open(&format!("{bob}/deactivate"));
    ada.press("Deactivate").is(200, &bob);
    ada.open(&overview)
        .says("One Super Administrator can sign in");
    ada.open(&member).says("Deactivated operator");
    // Who may only read is told the same where nobody is left; the server lets one be made.
    let eve = app.operator("eve@corp.example", Some(ADMINISTRATOR));
    local(&app.db, None, |tx| {
        app::operators::set_box_administrator(tx, "eve@corp.example", true)?;
        app::operators::set_disabled(tx, ADA, true)
    });
    app.set_factor(eve);
    let mut eve = app.signed_in("eve@corp.example");
    eve.open(&overview)
        .says("No Super Administrator can sign in")
        .says("provost admin create")
        .says("None of them can sign in");
}

#[test]
fn the_last_super_administrator_who_can_sign_in_stays() {
    let (app, _, _) = with_bob();
    let okta = app.provider(ProviderKind::Okta);
    let pia: MemberId = okta.new_user("pia@corp.example").parse().expect("an id");
    app.write(move |tx| {
        let policies = vec![NewPolicy::allow(SUPER_ADMINISTRATOR)];
        app::policies::set_of_member(tx, &MemberRef::Id(pia), &policies)
    });
    // An administrator may end who can do more, and so would lock everybody out.
    app.operator("eve@corp.example", Some(ADMINISTRATOR));
    let mut eve = app.signed_in("eve@corp.example");
    let ada = app.write(|tx| {
        let which = MemberRef::Named("ada@corp.example (console)".to_owned());
        app::members::by_hand::find(tx, &which)
    });
    let ada = at(&app, &format!("/members/{}", ada.membership_id()));
    let refused = "After this no Super Administrator could sign in to the console";
    for change in ["deactivate", "remove"] {
        let change = format!("{ada}/{change}");
        eve.open(&change).is(422, &change).says(refused);
    }
    eve.open(&ada).says("Active");
    // Nor does a provider, by a group that takes the role from whoever is in it.
    let outside = app.write(|tx| {
        let name = GroupName::parse("Outside")?;
        let deny = NewPolicy {
            access: Access::Deny,
            ..NewPolicy::allow(SUPER_ADMINISTRATOR)
        };
        app::groups::by_hand::make(tx, &name, &[deny])
    });
    let found = okta.ids("Users", "userName eq \"ada@corp.example (console)\"");
    let add = json!([{ "op": "add", "path": "members", "value": [{ "value": found[0] }] }]);
    let path = format!("/Groups/{}", outside.1.scim_id);
    let why = okta.patch(&path, &add).refused(403, "");
    assert!(
        why.contains("no Super Administrator could sign in"),
        "{why}"
    );
    // With somebody else who can, it is done.
    app.operator("dan@corp.example", Some(SUPER_ADMINISTRATOR));
    eve.open(&format!("{ada}/deactivate"));
    eve.press("Deactivate member")
        .is(200, &ada)
        .says("Deactivated");
}
