//! Settings of a connection that let its provider take more away.

use provost::app;
use provost::domain::brake::Brake;
use provost::domain::connection::{
    AdoptExisting, ConnectionSettings, ProviderKind, SettingsChange,
};

use super::super::{SUPER, app, at};
use super::held;
use crate::harness::app::TestApp;

fn settings_of_okta(app: &TestApp) -> ConnectionSettings {
    app.read(|tx| app::connections::find(tx, "okta")).settings
}

#[test]
fn settings_that_loosen_the_brake_are_asked_first() {
    let (app, ..) = held();
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, "/connections"));
    let page = browser.page.link("okta");
    let settings = format!("{page}/settings");
    browser
        .open(&page)
        .says("As saved now: 10 people (20% of 21 active members is fewer");
    let mut other = browser.window();
    other.open(&page);
    browser
        .fill("Brake on mass changes", "off")
        .tick("User name and email must be the same")
        .press("Save settings")
        .is(200, &settings)
        .says("Save less safe settings of okta?")
        .says("everybody but the last Super Administrator at once; nothing waits for you")
        .says("20 held changes wait now")
        .says("applied when the provider sends it again");
    assert_eq!(settings_of_okta(&app).brake, Brake::default());
    // Back, with what was entered; and on.
    browser.press("Back to the settings").is(200, &settings);
    browser.press("Save settings").says("Nothing is saved yet");
    browser
        .press("Save all the same")
        .is(200, &page)
        .says("Saved okta")
        .says("Its brake is off");
    let saved = settings_of_okta(&app);
    assert!(saved.strict_upn_email && saved.brake == Brake::Off);
    // What somebody else saved meanwhile is not written over, however often it is sent.
    other
        .fill("Brake on mass changes", "90%")
        .press("Save settings")
        .is(409, &settings)
        .says("Somebody changed this");
    other.press("Save settings").is(409, &settings);
    // Tighter is saved at once.
    browser
        .fill("Brake on mass changes", "0")
        .press("Save settings")
        .is(200, &page)
        .says("It may now remove nobody who has been a member for a day within 15 minutes");
    // That says it already.
    let text = browser.page.text();
    assert!(!text.contains("less than a day ago"), "{text}");
    browser
        .fill("Brake on mass changes", "25")
        .press("Save settings")
        .says("may then remove 25 people instead of nobody")
        .says("nothing would wait for you");
    // Nothing goes beyond everybody, and nothing says that it waits.
    browser
        .press("Save all the same")
        .says("it may now remove 25 people, which is everybody there is now.");
    browser.fill("Brake on mass changes", "100%");
    browser.press("Save settings").is(200, &page);
    let text = browser.page.text();
    assert!(!text.contains("what goes beyond"), "{text}");
    browser
        .page
        .says("(100% of 21 active members), which is everybody, so nothing is held");
    browser
        .open(&at(&app, "/settings/safety"))
        .says("Never holds anything: 100% is everybody");
    browser
        .open(&format!("{page}/held"))
        .says("The brake is at 100%, so nothing more is held");
}

/// That nothing waits is marked for as long as it is so.
#[test]
fn a_brake_that_is_off_is_marked_wherever_the_connection_is() {
    let (app, ..) = held();
    let set = |brake| {
        let brake = Some(brake);
        app.set_connection(
            "okta",
            SettingsChange {
                brake,
                ..SettingsChange::default()
            },
        );
    };
    set(Brake::Off);
    let mut browser = app.signed_in(SUPER);
    browser.open(&at(&app, "/connections")).says("Brake off");
    browser
        .follow("okta")
        .says("Brake off")
        .says("The brake of this connection is off");
    let page = browser.page.path.clone();
    browser.open(&at(&app, "")).says("Its brake is off");
    browser.open(&format!("{page}/held"));
    browser.press("Discard");
    browser.press("Discard all");
    browser.open(&at(&app, "")).says("okta: the brake is off");
    set(Brake::default());
    for below in ["", "/connections"] {
        let text = browser.open(&at(&app, below)).text();
        assert!(!text.to_lowercase().contains("brake off"), "{text}");
        assert!(!text.contains("brake is off"), "{text}");
    }
}

#[test]
fn other_settings_that_loosen_are_asked_too() {
    let (app, mut browser) = app();
    app.provider(ProviderKind::Okta);
    app.set_connection(
        "okta",
        SettingsChange {
            adopt_existing: Some(AdoptExisting::Refuse),
            require_sso_domain: Some(true),
            ..SettingsChange::default()
        },
    );
    browser.open(&at(&app, "/connections"));
    browser.follow("okta").says("0 members").says("0 groups");
    let page = browser.page.path.clone();
    let (path, body) = browser.would_send("Save settings");
    let body = body.replace("adopt=refuse", "adopt=adopt");
    let body = body.replace("&domain=1", "");
    browser
        .post(&path, &body)
        .says("People of every domain may be removed")
        .says("It may take over what others manage");
    browser.press("Save all the same").is(200, &page);
    let saved = settings_of_okta(&app);
    assert_eq!(saved.adopt_existing, AdoptExisting::Adopt);
    assert!(!saved.require_sso_domain);
}
