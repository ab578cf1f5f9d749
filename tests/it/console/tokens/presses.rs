//! Forms that make tokens, pressed twice.

use std::sync::Mutex;

use super::{app, count};
use crate::console::at;
use crate::harness::app::TestApp;
use crate::harness::at_once;
use crate::harness::browserless::Browser;

/// Connects Okta by the wizard; gives the address of its page.
fn connected(app: &TestApp, browser: &mut Browser) -> String {
    browser.open(&at(app, "/connections/new/okta"));
    browser
        .fill("Connection name", "Okta")
        .press("Create connection and token");
    browser.follow("I have stored the token");
    browser.page.path.trim_end_matches("/setup").to_owned()
}

/// Two presses that are on their way at once: one makes the token, the other finds it made.
#[test]
fn two_presses_at_once_make_one_token() {
    let (app, mut browser, _) = app();
    let page = connected(&app, &mut browser);
    let tokens = || count(&app);
    for round in 0..40 {
        let (path, button) = match round % 3 {
            0 => (
                at(&app, "/connections/new/entra"),
                "Create connection and token",
            ),
            1 => (format!("{page}/token"), "Create token"),
            _ => (browser.open(&page).link("Roll token Okta"), "Roll token"),
        };
        browser.open(&path);
        match round % 3 {
            0 => browser.fill("Connection name", &format!("Entra {round}")),
            1 => browser.fill("Token name", &format!("Token {round}")),
            _ => browser.fill("The old value works for", "24"),
        };
        let before = tokens();
        let (path, body) = browser.would_send(button);
        let windows = [0; 2].map(|_| Mutex::new(browser.window()));
        let origin = format!("http://{}", app.address());
        let headers = [
            ("Sec-Fetch-Site", "same-origin"),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let mut statuses = at_once(2, |i| {
            let mut window = windows[i].lock().expect("a window");
            window.send("POST", &path, &headers, Some(&body)).status
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 303], "{button}");
        let made = usize::from(button != "Roll token");
        assert_eq!(tokens(), before + made, "{button}");
    }
    // Two rolls of one press would each leave a row.
    let told = app.audit();
    let rolled = told
        .iter()
        .filter(|row| row["action"]["description"] == "Roll Token");
    assert_eq!(rolled.count(), 13);
}

/// A form that is sent again after its token has ended leads nowhere, and says so.
#[test]
fn a_form_whose_token_has_ended_says_so() {
    let (app, mut browser, _) = app();
    let page = connected(&app, &mut browser);
    browser.open(&format!("{page}/token"));
    browser.fill("Token name", "second");
    let (path, body) = browser.would_send("Create token");
    browser.post(&path, &body).says("shown this once");
    app.write(|tx| provost::app::tokens::revoke(tx, "second"));
    let before = count(&app);
    let again = browser.post(&path, &body);
    assert_eq!(again.status, 409);
    again.says("the token was revoked since");
    assert_eq!(count(&app), before);
}
