//! The console as people use it, without script.

mod activity;
mod audit;
mod connections;
mod ended;
mod factors;
mod first_run;
mod groups;
mod hostile;
mod legacy;
mod logs;
mod members;
mod names;
mod operators;
mod overview;
mod pauses;
mod places;
mod provisioning;
mod roles;
mod said;
mod sessions;
mod settings;
mod shell;
pub(crate) mod sign_in;
mod tokens;
mod twice;

use provost::domain::catalogue;

use crate::harness::app::TestApp;
use crate::harness::browserless::Browser;

/// The operator who may do everything.
pub(crate) const SUPER: &str = "ada@corp.example";
/// The one who only reads.
const READS: &str = "reads@corp.example";
/// What no page may take for markup.
const HOSTILE: &str = "<script>alert(1)</script>\"'><img src=x>";
const MINUTE_MS: i64 = 60_000;

/// A box, and a browser in which [`SUPER`] is signed in.
fn app() -> (TestApp, Browser) {
    of(TestApp::spawn())
}

/// The same of a box that is there. Its first operator is a box administrator.
fn of(app: TestApp) -> (TestApp, Browser) {
    app.operator(SUPER, Some(catalogue::SUPER_ADMINISTRATOR));
    let browser = app.signed_in(SUPER);
    (app, browser)
}

/// A page of the account.
pub(crate) fn at(app: &TestApp, below: &str) -> String {
    format!("/a/{}{below}", app.account.id)
}
