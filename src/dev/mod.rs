//! A database that looks alive, for whoever works on Provost: `provost dev seed`, which is part
//! of debug builds alone.
//!
//! What providers did is sent through the SCIM door, what operators did goes through the use cases;
//! the clock stands still between two of these and is moved on by hand, so that what happened in
//! a year is done in seconds. Names, times and everything else but ids and secrets follow from the
//! seed.

mod acme;
mod day;
mod door;
mod names;
mod operators;
mod trouble;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::admin::fault::{Fault, exit};
use crate::app;
use crate::config::Config;
use crate::domain::account::Account;
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::error::Error;
use crate::domain::id::{AccountId, RequestId};
use crate::domain::text::Label;
use crate::env::{Clock, Entropy};
use crate::store::folder::DataFolder;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::{Authority, Write};
use crate::store::{Db, Options};

use door::Door;
use names::Random;

/// Of every operator; long enough by all rules.
pub const PASSWORD: &str = "four lamps over the harbour";
/// Milliseconds of a minute, an hour and a day.
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// How long before now the first account is made.
const BEGIN: i64 = 400 * DAY;
const ACME: &str = "a3324a081c6d4f7e9b2d5c0f8491545a";
/// Under which name tools are told of an account, and its id.
const EMPTY: (&str, &str) = ("ACCOUNT_EMPTY", "5e1f3c0d8a7b4e6f9d2c1b0a99887766");
const TROUBLE: (&str, &str) = ("ACCOUNT_TROUBLE", "c0ffee4b1d5e4a7f8c9b0a1d2e3f4455");

/// What to make.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// Another seed gives other people and another day.
    pub seed: u64,
    /// Only an operator and an account in which nothing has happened.
    pub empty: bool,
}

/// Names and values for the tools that use the database: account ids, logins, tokens.
#[derive(Debug, Default)]
pub struct Seeded(Vec<(String, String)>);

impl Seeded {
    fn tell(&mut self, name: &str, value: impl fmt::Display) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    /// In the order they were made; names are made of A to Z and underscores.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs()
            .find_map(|(known, value)| (known == name).then_some(value))
    }
}

type Outcome<T = ()> = Result<T, Error>;

/// The database while it is being filled.
struct Site {
    db: Db,
    door: Door,
    now: Arc<AtomicI64>,
    /// The end of the story: the real time.
    end: i64,
    random: Random,
    seeded: Seeded,
}

/// Fills the data folder of these settings.
///
/// Errors: the folder can't be opened, a server runs on it, it has an account already; or what
/// was refused.
pub fn fill(config: &Config, wish: Wish) -> Result<Seeded, Fault> {
    let folder = DataFolder::open(&config.data, config.allow_insecure_permissions)?;
    let end = Clock::system().now_ms();
    let (clock, now) = Clock::fixed(end - BEGIN);
    // Whoever loses power meanwhile begins again.
    let options = Options {
        synchronous: false,
        ..Options::default()
    };
    let db = Db::open(folder, clock, Entropy, options)?;
    let filled = refuse_accounts(&db, config).and_then(|()| {
        let mut site = Site {
            door: Door::open(config, &db),
            db: db.clone(),
            now,
            end,
            random: Random::seeded(wish.seed),
            seeded: Seeded::default(),
        };
        site.fill(wish).map_err(|error| failed(&error))?;
        Ok(site.seeded)
    });
    db.close();
    filled
}

fn failed(error: &Error) -> Fault {
    Fault::of_error(error, "cannot fill the database", "provost db check")
}

fn refuse_accounts(db: &Db, config: &Config) -> Result<(), Fault> {
    let accounts = db
        .read(&db.own_seat("dev seed"), app::accounts::list)
        .map_err(|error| failed(&error))?;
    let Some(first) = accounts.first() else {
        return Ok(());
    };
    Err(Fault::new(
        exit::CONFLICT,
        "cannot fill the database",
        format!(
            "{} holds an account already, {}",
            config.data.display(),
            first.name
        ),
        "name a folder that is not there yet with --data, or delete this one",
    ))
}

impl Site {
    fn fill(&mut self, wish: Wish) -> Outcome {
        self.seeded.tell("PASSWORD", PASSWORD);
        if wish.empty {
            self.move_to(DAY);
            let operator = self.operator(&operators::ALL[0])?;
            self.account_of_one("Northwind", EMPTY, operator)?;
            return Ok(());
        }
        let acme = self.account("Acme Industries", ACME)?;
        self.seeded.tell("ACCOUNT", acme.id);
        let mut acme = acme::live(self, acme.id)?;
        let first = acme.ines.operator;
        self.account_of_one("Northwind", EMPTY, first)?;
        let mut trouble = trouble::begin(self, first)?;
        acme.week(self)?;
        day::begin(self, &mut acme)?;
        trouble.end(self)?;
        day::end(self, &mut acme)?;
        self.move_to(0);
        self.db.flush_activity(true)
    }

    /// Moves the clock to so long before the end, unless it is past that.
    fn move_to(&self, before_end: i64) {
        self.now.fetch_max(self.end - before_end, Ordering::Relaxed);
    }

    /// Whether no more than that is left before the end.
    fn is_within(&self, milliseconds: i64) -> bool {
        self.end - self.now.load(Ordering::Relaxed) <= milliseconds
    }

    fn pass(&self, milliseconds: i64) {
        let now = self.now.load(Ordering::Relaxed) + milliseconds;
        self.now.store(now.min(self.end), Ordering::Relaxed);
    }

    /// Accounts have the same ids whatever the seed, so that addresses stay good.
    fn account(&mut self, name: &str, id: &str) -> Outcome<Account> {
        let name = Label::parse(name)?;
        let id = id.parse().ok();
        self.write(None, move |tx| app::accounts::create(tx, &name, id))
    }

    /// A write of the command line, on the box or in an account.
    fn write<T: Send + 'static>(
        &self,
        account: Option<AccountId>,
        f: impl FnOnce(&WriteTx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let actor = Actor::Cli {
            user: "root".to_owned(),
        };
        self.write_as(actor, account, f)
    }

    /// A write of that actor.
    fn write_as<T: Send + 'static>(
        &self,
        actor: Actor,
        account: Option<AccountId>,
        f: impl FnOnce(&WriteTx<'_>) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        let request = self.request(&actor, account);
        let write = Write {
            authority: Authority::Local { actor, account },
            permission: Permission::OwnOperator,
            request,
            log: None,
        };
        self.db.write_blocking(write, f)
    }

    fn request(&self, actor: &Actor, account: Option<AccountId>) -> Request {
        let clock = self.db.clock();
        let at_console = matches!(actor, Actor::Operator(_));
        // Outside of an account nothing else is done at the console here.
        let place = account.map_or_else(|| "/login".to_owned(), |id| format!("/a/{id}"));
        Request {
            id: RequestId::from_bytes(self.db.entropy().uuid_v7(clock.now_ms())),
            method: if at_console { "POST" } else { "CLI" }.into(),
            uri: if at_console {
                place.into()
            } else {
                "dev seed".into()
            },
            user_agent: if at_console { operators::AGENT } else { "" }.into(),
            address: at_console.then_some(operators::ADDRESS),
            started_us: clock.monotonic_us(),
        }
    }

    fn read<T>(&self, account: AccountId, f: impl FnOnce(&ReadTx<'_>) -> Outcome<T>) -> Outcome<T> {
        let seat = self
            .db
            .local_seat(Actor::System { why: "dev seed" }, Some(account))?;
        self.db.read(&seat, f)
    }
}
