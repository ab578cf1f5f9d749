//! Operators of the console, made without the console.

use std::net::SocketAddr;

use provost::app;
use provost::app::operators::own;
use provost::domain::actor::{Actor, Permission, SignedIn};
use provost::domain::catalogue;
use provost::domain::error::Error;
use provost::domain::id::{AccountId, OperatorId, PermissionGroupId, SessionId};
use provost::domain::operator::{Email, NewOperator};
use provost::domain::password::Password;
use provost::store::tx::WriteTx;
use provost::store::writer::Authority;
use provost::store::{Db, operators};

use super::app::{TestApp, label, local, local_write};
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
        self.set_factor(id);
        id
    }

    /// Gives the operator an authenticator, where they must have one; they are asked for its code
    /// when they sign in, and `signed_in` needs none.
    pub(crate) fn set_factor(&self, id: OperatorId) {
        let done = self.as_operator(id, move |tx| {
            if !own::factor_required(tx)? || own::get(tx)?.0.has_totp {
                return Ok(());
            }
            let code = own::begin_totp(tx)?.code_at(tx.now_ms());
            own::confirm_totp(tx, &code).map(drop)
        });
        done.expect("an authenticator");
    }

    /// A write of the operator, who need not be signed in.
    fn as_operator<T: Send + 'static>(
        &self,
        id: OperatorId,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        as_operator(&self.db, id, f)
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
        self.set_factor(operator.id);
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
        self.set_factor(id);
    }

    /// A browser in which that operator is signed in.
    #[track_caller]
    pub(crate) fn signed_in(&self, email: &str) -> Browser {
        session(&self.db, self.address(), email)
    }
}

/// A browser in which that operator is signed in, without their having signed in.
#[track_caller]
pub(crate) fn session(db: &Db, address: SocketAddr, email: &str) -> Browser {
    let named = email.to_owned();
    let id = local(db, None, move |tx| app::operators::find(tx, &named)).id;
    let secret = as_operator(db, id, app::setup::begin).expect("a session");
    let mut browser = Browser::new(address);
    let cookie = secret.reveal().to_owned();
    browser.cookies.insert("pvx".to_owned(), cookie);
    browser
}

fn as_operator<T: Send + 'static>(
    db: &Db,
    id: OperatorId,
    f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let operator = local(db, None, move |tx| {
        app::operators::find(tx, &id.to_string())
    });
    let actor = Actor::Operator(SignedIn {
        operator: id,
        email: operator.email,
        session: SessionId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms())),
        box_administrator: operator.box_administrator,
        factor_missing: false,
        member: None,
        rights: None,
    });
    let mut write = local_write(None);
    write.permission = Permission::OwnOperator;
    write.authority = Authority::Local {
        actor,
        account: None,
    };
    db.write_blocking(write, f)
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
