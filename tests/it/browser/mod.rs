//! The console in a real browser: what only a browser can tell. Skipped, with a word about it,
//! where there is none; `PROVOST_BROWSER_TESTS=1` makes that a failure.

mod access;
mod entry;
mod look;
mod migration;
mod provisioning;
mod scripts_off;
mod sweep;
mod tabs;
mod tour;
mod waiting;
mod wraps;

use provost::domain::catalogue;

use crate::console::{SUPER, at};
use crate::harness::app::TestApp;
use crate::harness::chrome::Chrome;

/// A Super Administrator's browser in the account of `app`.
fn signed_in(app: &TestApp) -> Chrome {
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let chrome = Chrome::open(app.address());
    chrome.as_who(&app.signed_in(SUPER));
    chrome
}

/// Nothing is wrong with the page that is open.
#[track_caller]
fn sound(chrome: &Chrome, name: &str) {
    let found = look::problems(chrome, &format!("journey/{name}"));
    assert!(found.is_empty(), "{}", found.join("\n"));
}
