//! A server with the database of `provost dev seed`, filled once for a test.

use std::net::SocketAddr;

use provost::config::Config;
use provost::dev::{self, Seeded, Wish};
use provost::env::{Clock, Entropy};
use provost::server::{self, Running};
use provost::store::folder::DataFolder;
use provost::store::passwords::Cost;
use provost::store::{Db, Options};
use tempfile::TempDir;

use super::browserless::Browser;
use super::operators::session;

pub(crate) struct SeededApp {
    pub(crate) seeded: Seeded,
    db: Db,
    running: Option<Running>,
    _folder: TempDir,
}

impl SeededApp {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config::defaults().expect("settings");
        config.data = folder.path().join("data");
        config.http.listen = ([127, 0, 0, 1], 0).into();
        config.http.workers = 2;
        let wish = Wish {
            seed: 1,
            empty: false,
        };
        let seeded = dev::fill(&config, wish).expect("a database");
        let data = DataFolder::open(&config.data, false).expect("the data folder");
        let options = Options {
            synchronous: false,
            password_cost: Some(Cost::LEAST),
            ..Options::default()
        };
        let db = Db::open(data, Clock::system(), Entropy, options).expect("the database");
        let running = server::spawn(config, db.clone(), None).expect("a server");
        Self {
            seeded,
            db,
            running: Some(running),
            _folder: folder,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.running.as_ref().expect("it runs").address
    }

    #[track_caller]
    pub(crate) fn told(&self, name: &str) -> &str {
        self.seeded.get(name).expect("a value of the seed")
    }

    /// A browser without a screen in which that operator is signed in.
    #[track_caller]
    pub(crate) fn signed_in(&self, who: &str) -> Browser {
        session(&self.db, self.address(), self.told(who))
    }
}

impl Drop for SeededApp {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }
}
