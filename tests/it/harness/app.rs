//! The product in this process: a data folder of its own, a free port, one worker. When a
//! test ends, the database must hold together: every invariant and the audit chain are
//! checked, whatever the test was about.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use provost::app;
use provost::config::{Config, Limits};
use provost::domain::account::{Account, AccountChange};
use provost::domain::actor::{Actor, Permission, Request};
use provost::domain::audit::AuditFilter;
use provost::domain::connection::{ConnectionChange, ProviderKind, SettingsChange};
use provost::domain::error::Error;
use provost::domain::id::{AccountId, RequestId};
use provost::domain::legacy::mapping::SwitchedOn;
use provost::domain::provisioning::{ProvisioningFilter, ProvisioningRow};
use provost::domain::query::{Start, Window};
use provost::domain::text::Label;
use provost::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use provost::env::{Clock, Entropy};
use provost::server::{self, Running};
use provost::store::folder::DataFolder;
use provost::store::passwords::Cost;
use provost::store::tx::{ReadTx, WriteTx};
use provost::store::writer::{Authority, Write};
use provost::store::{self, Db, Options};
use serde_json::Value;
use tempfile::TempDir;

use super::client::Client;

/// Where a standing clock stands at first: 2026-11-21T12:00:00Z.
pub(crate) const NOON_MS: i64 = 1_795_262_400_000;

/// How a test wants its server.
#[derive(Default)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    /// A clock that moves by [`TestApp::pass`] alone.
    pub(crate) standing_clock: bool,
    /// A listener of its own for the metrics.
    pub(crate) metrics: Option<SocketAddr>,
    /// Milliseconds that a read may take, where the limit's seconds are too long for a test.
    pub(crate) read_deadline_ms: Option<u64>,
    /// Milliseconds that a list may keep a worker, where not the default.
    pub(crate) near_read_ms: Option<u64>,
    /// Whose X-Forwarded-For is believed.
    pub(crate) trusted_proxies: Vec<ipnet::IpNet>,
    /// How clients reach the server, where it stands behind TLS that is not its own.
    pub(crate) public_url: Option<&'static str>,
    /// Threads that answer; 0: one.
    pub(crate) workers: usize,
}

impl Setup {
    /// The defaults but for some limits.
    pub(crate) fn limits(change: impl FnOnce(&mut Limits)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.limits);
        setup
    }

    pub(crate) fn standing_clock() -> Self {
        Self {
            standing_clock: true,
            ..Self::default()
        }
    }

    pub(crate) fn spawn(self) -> TestApp {
        TestApp::with(self)
    }
}

pub(crate) struct TestApp {
    pub(crate) db: Db,
    pub(crate) running: Option<Running>,
    pub(crate) account: Account,
    /// Of the connection "Generic", template scim.
    pub(crate) token: String,
    clock: Option<Arc<AtomicI64>>,
    checked_at_end: bool,
    folder: TempDir,
}

impl TestApp {
    /// With an account "Corp" and a connection "Generic" of kind generic.
    pub(crate) fn spawn() -> Self {
        Self::with(Setup::default())
    }

    fn with(setup: Setup) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (clock, handle) = if setup.standing_clock {
            let (clock, handle) = Clock::fixed(NOON_MS);
            (clock, Some(handle))
        } else {
            (Clock::system(), None)
        };
        let defaults = Options::default();
        let options = Options {
            write_queue: setup.limits.writes_waiting,
            read_deadline_ms: setup
                .read_deadline_ms
                .unwrap_or(setup.limits.read_seconds * 1000),
            near_read_ms: setup.near_read_ms.unwrap_or(defaults.near_read_ms),
            synchronous: false,
            password_cost: Some(Cost::LEAST),
            ..defaults
        };
        let path = folder.path().join("data");
        let data = DataFolder::open(&path, false).expect("a data folder");
        let db = Db::open(data, clock, Entropy, options).expect("a database");
        let mut config = Config::defaults().expect("settings");
        config.data = path;
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.metrics_listen = setup.metrics;
        config.http.trusted_proxies = setup.trusted_proxies;
        config.http.public_url = setup.public_url.map(str::to_owned);
        config.http.workers = setup.workers.max(1);
        config.limits = setup.limits;
        let running = server::spawn(config, db.clone(), None).expect("a server");
        let account = local(&db, None, |tx| {
            app::accounts::create(tx, &label("Corp"), None)
        });
        let mut app = Self {
            db,
            running: Some(running),
            account,
            token: String::new(),
            clock: handle,
            checked_at_end: true,
            folder,
        };
        app.token = app.new_connection(ProviderKind::Generic, "Generic");
        app
    }

    /// For tests that break the database on purpose.
    pub(crate) fn unchecked_at_end(mut self) -> Self {
        self.checked_at_end = false;
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").address
    }

    /// A client with this token in the account "Corp".
    pub(crate) fn client(&self, token: &str) -> Client {
        Client::new(self.address(), &self.account.id.to_string(), token)
    }

    /// The client of the connection "Generic".
    pub(crate) fn scim(&self) -> Client {
        self.client(&self.token)
    }

    /// The client of a new connection of this kind, named after it ("Generic" exists).
    pub(crate) fn provider(&self, kind: ProviderKind) -> Client {
        let name = if kind == ProviderKind::Generic {
            "another"
        } else {
            kind.name()
        };
        let token = self.new_connection(kind, name);
        self.client(&token)
    }

    /// Makes a connection in the account "Corp"; gives its token.
    pub(crate) fn new_connection(&self, kind: ProviderKind, name: &str) -> String {
        let name = label(name);
        let made = self
            .write(move |tx| app::connections::create(tx, kind, &name, &SettingsChange::default()));
        made.1.secret.reveal().to_owned()
    }

    /// Another account, with a connection "Other"; gives a client of it.
    pub(crate) fn other_account(&self) -> Client {
        let account = local(&self.db, None, |tx| {
            app::accounts::create(tx, &label("Other"), None)
        });
        let (_, token) = local(&self.db, Some(account.id), |tx| {
            let name = label("Other");
            let settings = SettingsChange::default();
            app::connections::create(tx, ProviderKind::Generic, &name, &settings)
        });
        Client::new(
            self.address(),
            &account.id.to_string(),
            token.secret.reveal(),
        )
    }

    pub(crate) fn set_connection(&self, name: &'static str, settings: SettingsChange) {
        let change = ConnectionChange {
            settings,
            ..ConnectionChange::default()
        };
        self.write(move |tx| app::connections::set(tx, name, &change));
    }

    pub(crate) fn set_reserved_prefix(&self, prefix: &str) {
        let name = self.account.name.clone();
        let change = AccountChange {
            reserved_prefix: Some(prefix.to_owned()),
            ..AccountChange::default()
        };
        local(&self.db, None, move |tx| {
            app::accounts::set(tx, &name, &change)
        });
    }

    /// Lets the names of legacy groups grant their roles.
    pub(crate) fn legacy_on(&self, allow_super_administrator: bool) -> SwitchedOn {
        self.write(move |tx| app::legacy::mapping::switch_on(tx, allow_super_administrator))
    }

    /// The name of the legacy group of a role in the account "Corp".
    pub(crate) fn legacy_name(&self, role: &str) -> String {
        format!("CF-{} - {role}", self.account.id)
    }

    /// Issues a token after `change` was made to a scim token of the account that never ends.
    pub(crate) fn new_token(&self, name: &str, change: impl FnOnce(&mut NewToken)) -> String {
        let new = plain_token(name, change);
        let issued = self.write(move |tx| app::tokens::create(tx, &new));
        issued.secret.reveal().to_owned()
    }

    /// The same where it must be refused: why.
    pub(crate) fn no_token(&self, name: &str, change: impl FnOnce(&mut NewToken)) -> String {
        let new = plain_token(name, change);
        let write = local_write(Some(self.account.id));
        let refused = self
            .db
            .write_blocking(write, move |tx| app::tokens::create(tx, &new));
        refused.expect_err("a refusal").to_string()
    }

    /// Makes people by hand, `hand0@corp.example` and so on, quicker than over HTTP; gives their
    /// ids.
    pub(crate) fn people(&self, count: usize) -> Vec<String> {
        self.write(move |tx| {
            (0..count)
                .map(|i| {
                    let person = super::fixtures::user(&format!("hand{i}@corp.example"));
                    let attributes = person.as_object().cloned().unwrap_or_default();
                    app::members::add(tx, attributes).map(|member| member.id.to_string())
                })
                .collect()
        })
    }

    /// A write of the command line in the account "Corp".
    pub(crate) fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> T {
        local(&self.db, Some(self.account.id), f)
    }

    /// The same where it may be refused.
    pub(crate) fn try_write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.db
            .write_blocking(local_write(Some(self.account.id)), f)
    }

    pub(crate) fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T, Error>) -> T {
        let actor = Actor::Cli {
            user: "tester".to_owned(),
        };
        let seat = self
            .db
            .local_seat(actor, Some(self.account.id))
            .expect("a seat");
        self.db.read(&seat, f).expect("a read")
    }

    /// The audit log of the account, oldest first, each row as its JSON.
    pub(crate) fn audit(&self) -> Vec<Value> {
        let window = Window {
            from: Start::After(0),
            limit: 100_000,
        };
        let rows = self.read(|tx| app::audit::list(tx, &AuditFilter::default(), window));
        rows.iter()
            .map(|row| serde_json::from_str(&row.entry).expect("JSON"))
            .collect()
    }

    /// What was done through SCIM, oldest first: descriptions of audit rows.
    pub(crate) fn audited(&self) -> Vec<String> {
        let of_scim = |row: &Value| row["actor"]["context"] == "api_token";
        let description = |row: &Value| super::client::text(&row["action"], "description");
        self.audit()
            .iter()
            .filter(|row| of_scim(row))
            .map(description)
            .collect()
    }

    /// The provisioning log of the account, oldest first.
    pub(crate) fn log(&self) -> Vec<ProvisioningRow> {
        let window = Window {
            from: Start::After(0),
            limit: 100_000,
        };
        self.read(|tx| app::provisioning::list(tx, &ProvisioningFilter::default(), window))
    }

    /// The newest row of the provisioning log.
    pub(crate) fn last_logged(&self) -> ProvisioningRow {
        self.log().pop().expect("a row")
    }

    /// Moves a standing clock on.
    pub(crate) fn pass(&self, milliseconds: i64) {
        let clock = self.clock.as_ref().expect("a standing clock");
        clock.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// The database file by a connection of the test's own.
    pub(crate) fn sql(&self) -> rusqlite::Connection {
        open_sql(&self.data())
    }

    /// Stops the server gracefully; the database stays open.
    pub(crate) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop();
        if self.checked_at_end && !std::thread::panicking() {
            let findings = store::check::integrity(&self.db).expect("a check");
            assert!(
                findings.is_empty(),
                "the database is inconsistent: {findings:#?}"
            );
            let verdict = app::audit::verify(&self.db).expect("a verdict");
            assert!(
                verdict.fault.is_none(),
                "the audit chain is broken: {verdict:#?}"
            );
        }
        self.db.close();
    }
}

/// A write of the command line on the box, or in an account.
pub(crate) fn local<T: Send + 'static>(
    db: &Db,
    account: Option<AccountId>,
    f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    db.write_blocking(local_write(account), f).expect("a write")
}

/// What the command line's writes look like.
pub(crate) fn local_write(account: Option<AccountId>) -> Write<Error> {
    let actor = Actor::Cli {
        user: "tester".to_owned(),
    };
    Write {
        authority: Authority::Local { actor, account },
        permission: Permission::BoxAdministration,
        request: Request {
            id: RequestId::from_bytes(Entropy.bytes()),
            method: "CLI".into(),
            uri: "test".into(),
            user_agent: "".into(),
            address: None,
            started_us: 0,
        },
        log: None,
    }
}

/// A scim token of the account that never ends, after `change`.
pub(crate) fn plain_token(name: &str, change: impl FnOnce(&mut NewToken)) -> NewToken {
    let mut new = NewToken {
        name: label(name),
        template: TokenTemplate::Scim,
        owner: NewOwner::Account,
        expires: Expiry::Never,
        not_before_ms: None,
        addresses: AddressCondition::default(),
    };
    change(&mut new);
    new
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

pub(crate) fn open_sql(data: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data.join("provost.db")).expect("the database")
}
