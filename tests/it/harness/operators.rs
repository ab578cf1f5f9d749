//! Operators of the console, made without the console.

use provost::app;
use provost::domain::catalogue;
use provost::domain::id::{AccountId, OperatorId, PermissionGroupId};
use provost::domain::operator::{Email, NewOperator};
use provost::domain::password::Password;
use provost::store::operators;

use super::app::{TestApp, label, local};
use super::browserless::Browser;

/// Good enough by all rules.
pub(crate) const PASSWORD: &str = "four lamps over the harbour";

impl TestApp {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.address())
    }

    /// An operator with [`PASSWORD`] who works in the account with that role; `None`: with none
    /// but what everybody has.
    pub(crate) fn operator(&self, email: &str, role: Option<PermissionGroupId>) -> OperatorId {
        let role = role.unwrap_or(catalogue::MINIMAL_ACCOUNT_ACCESS);
        let id = self.operator_elsewhere(email);
        let account = self.account.id;
        local(&self.db, None, move |tx| {
            app::operators::link(tx, id, account, role)
        });
        id
    }

    /// An operator who works in no account.
    pub(crate) fn operator_elsewhere(&self, email: &str) -> OperatorId {
        let new = NewOperator {
            name: label(email),
            email: Email::parse(email).expect("an address"),
            box_administrator: false,
        };
        let operator = local(&self.db, None, move |tx| app::operators::create(tx, &new));
        self.set_password(operator.id, PASSWORD);
        operator.id
    }

    pub(crate) fn set_password(&self, id: OperatorId, password: &str) {
        let password = Password::typed(password).expect("a password");
        let hash = tokio_run(self.db.passwords().hash(&password)).expect("a hash");
        local(&self.db, None, move |tx| {
            operators::set_password(tx, id, &hash)
        });
    }

    /// Lets the operator work in another account too.
    pub(crate) fn works_in(&self, id: OperatorId, account: AccountId, role: PermissionGroupId) {
        local(&self.db, None, move |tx| {
            app::operators::link(tx, id, account, role)
        });
    }

    /// A browser in which that operator is signed in.
    #[track_caller]
    pub(crate) fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        sign_in(&mut browser, email, PASSWORD);
        assert!(
            browser.cookies.contains_key("pvx"),
            "{}",
            browser.page.text()
        );
        browser
    }
}

/// Fills the sign-in page in.
#[track_caller]
pub(crate) fn sign_in(browser: &mut Browser, email: &str, password: &str) {
    browser.open("/login");
    browser
        .fill("Email", email)
        .fill("Password", password)
        .press("Sign in");
}

fn tokio_run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(work)
}
