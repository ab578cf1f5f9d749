//! The real binary, killed at random moments while it converts legacy groups or undoes it: the
//! database is entirely as before or entirely as after, whatever the moment.
//!
//! `PROVOST_LEGACY_CRASH_CYCLES` sets how often (default 8); the seed is printed, and
//! `PROVOST_LEGACY_SEED` repeats it.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ::provost::env::Clock;
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::tables::{LOGS, dump, same};
use super::town::Town;
use crate::harness::api::Api;
use crate::harness::app::open_sql;
use crate::harness::client::{Client, text};
use crate::harness::process::{Server, provost};
use crate::harness::{Random, variable};

const PEOPLE: usize = 200;
const GROUPS: usize = 20;

/// Where the data folder stands between two servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    After,
}

/// A data folder that servers are killed over.
struct Scene {
    folder: TempDir,
    account: String,
    token: String,
    /// What a conversion is asked for, without the plan's id and fingerprint.
    options: Value,
    confirmed: Value,
    before: Vec<String>,
    /// What differs by chance left out, see [`steady`].
    after: Vec<String>,
    /// Of the run, or the plan, that is under way.
    id: String,
    fingerprint: String,
    audited: Audited,
}

/// Rows of the audit log that name the plan's id, by what was completed.
#[derive(Default)]
struct Audited {
    converted: usize,
    undone: usize,
}

/// How kills went.
#[derive(Default)]
struct Outcomes {
    before: usize,
    after: usize,
    answered: usize,
}

#[test]
fn a_conversion_and_an_undo_survive_any_kill_whole_or_not_at_all() {
    let cycles = variable("PROVOST_LEGACY_CRASH_CYCLES").unwrap_or(8);
    let seed = variable("PROVOST_LEGACY_SEED").unwrap_or_else(Random::seed);
    let mut random = Random::seeded(seed);
    let mut scene = Scene::new(seed);
    let [convert_us, undo_us] = scene.rehearse();
    let mut state = State::Before;
    let mut outcomes = [Outcomes::default(), Outcomes::default()];
    for cycle in 0..cycles {
        // A plan that was not carried out is tried again as it is, half of the times.
        let again = cycle > 0 && random.below(2) == 0;
        let (span, outcome) = match state {
            State::Before => (convert_us, &mut outcomes[0]),
            State::After => (undo_us, &mut outcomes[1]),
        };
        let moment = random.below(2 * span);
        let answered = scene.killed(state, again, moment);
        let now = scene.state(state);
        assert!(!answered || now != state, "what was answered is gone");
        outcome.answered += usize::from(answered);
        if now == state {
            outcome.before += 1;
        } else {
            outcome.after += 1;
        }
        state = now;
    }
    provost(&scene.data(), &["audit", "verify"]);
    provost(&scene.data(), &["db", "check"]);
    let told = |what: &str, of: &Outcomes| {
        format!(
            "{} {what}: {} as before, {} as after, {} of these answered",
            of.before + of.after,
            of.before,
            of.after,
            of.answered
        )
    };
    let [converts, undos] = &outcomes;
    let line = format!(
        "legacy crash: {cycles} kills; {}; {}; in {} and {} ms undisturbed; seed {seed}\n",
        told("conversions", converts),
        told("undos", undos),
        convert_us / 1000,
        undo_us / 1000
    );
    // Past the test runner's capture: the figures are wanted when the test passes.
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("standard error");
}

impl Scene {
    /// A town's data, in a folder where no server of this process is.
    fn new(seed: u64) -> Self {
        let mut town = Town::new(PEOPLE, GROUPS, seed);
        let planned = town.plan();
        town.app.stop();
        let folder = tempfile::tempdir().expect("a folder");
        let copied = Command::new("cp")
            .arg("-a")
            .args([&town.app.data(), folder.path()])
            .status();
        assert!(copied.expect("cp").success());
        let mut scene = Self {
            account: town.app.account.id.to_string(),
            token: town.api.0.token.clone(),
            options: planned.request["options"].clone(),
            confirmed: planned.request["confirmed"].clone(),
            before: Vec::new(),
            after: Vec::new(),
            id: String::new(),
            fingerprint: String::new(),
            audited: Audited::default(),
            folder,
        };
        scene.before = dump(&scene.sql(), &LOGS);
        scene
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The file as the last server left it, which stays so.
    fn sql(&self) -> Connection {
        let sql = open_sql(&self.data());
        sql.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .expect("a setting");
        sql
    }

    fn api(&self, server: &Server) -> Api {
        Api(Client::new(server.address, &self.account, &self.token))
    }

    fn plan(&mut self, api: &Api) {
        let plan = api
            .post(&api.at("/legacy_groups/plan"), &self.options)
            .result();
        self.id = text(&plan, "id");
        self.fingerprint = text(&plan, "fingerprint");
    }

    /// What makes `state` another one: path below the account, and body.
    fn step(&self, state: State) -> (String, Value) {
        match state {
            State::Before => (
                "/legacy_groups/convert".to_owned(),
                json!({ "id": self.id, "fingerprint": self.fingerprint,
                        "options": self.options, "confirmed": self.confirmed }),
            ),
            State::After => (format!("/legacy_groups/runs/{}/undo", self.id), json!({})),
        }
    }

    /// Once without a kill: what is there afterwards, and how many microseconds each took.
    fn rehearse(&mut self) -> [usize; 2] {
        let clock = Clock::system();
        let mut took = [0, 0];
        for (state, took) in [State::Before, State::After].into_iter().zip(&mut took) {
            let server = Server::start(&self.data());
            let api = self.api(&server);
            if state == State::Before {
                self.plan(&api);
            }
            let (path, body) = self.step(state);
            let begun = clock.monotonic_us();
            api.post(&api.at(&path), &body).is(200);
            *took = usize::try_from(clock.monotonic_us() - begun).expect("64 bits");
            server.stop();
            let rows = self.audit_rows();
            if state == State::Before {
                self.after = steady(dump(&self.sql(), &LOGS));
                // The backup, the run, and each group but the one that is skipped.
                self.audited.converted = rows;
            } else {
                self.audited.undone = rows;
            }
        }
        assert_eq!(
            self.audited.converted,
            GROUPS + 1,
            "all but the one that is skipped"
        );
        assert_eq!(self.audited.undone, 2 * GROUPS + 1);
        assert_ne!(self.after, steady(self.before.clone()));
        same(
            &self.before,
            &dump(&self.sql(), &LOGS),
            "the conversion and its undo",
        );
        self.id.clear();
        took
    }

    /// Asks for the next step, and kills the server after so many microseconds. Whether an
    /// answer came.
    fn killed(&mut self, state: State, again: bool, moment: usize) -> bool {
        let again = again && self.is_open();
        let mut server = Server::start(&self.data());
        let api = self.api(&server);
        if state == State::Before && !again {
            self.plan(&api);
        }
        let (path, body) = self.step(state);
        let target = format!("/client/v4{}", api.at(&path));
        let bearer = format!("Bearer {}", self.token);
        let body = body.to_string();
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let headers = [
                    ("Authorization", bearer.as_str()),
                    ("Content-Type", "application/json"),
                ];
                api.0
                    .try_send("POST", &target, &headers, Some(body.as_bytes()))
            });
            let moment = u64::try_from(moment).expect("small");
            std::thread::sleep(Duration::from_micros(moment));
            server.kill();
            match asked.join().expect("an end") {
                Ok(answer) => {
                    answer.is(200);
                    true
                }
                Err(_) => false,
            }
        })
    }

    /// Whether there is a plan that no run was made of.
    fn is_open(&self) -> bool {
        !self.id.is_empty() && self.run_state().is_none()
    }

    fn run_state(&self) -> Option<String> {
        let query = "SELECT state FROM legacy_migrations WHERE lower(hex(id)) = ?1";
        let sql = self.sql();
        let mut query = sql.prepare(query).expect("a query");
        let states: Vec<String> = query
            .query_map([&self.id], |row| row.get(0))
            .and_then(Iterator::collect)
            .expect("rows");
        assert!(states.len() <= 1);
        states.into_iter().next()
    }

    fn audit_rows(&self) -> usize {
        let query = "SELECT count(*) FROM audit WHERE instr(entry, ?1) > 0";
        let count: i64 = self
            .sql()
            .query_row(query, [&self.id], |row| row.get(0))
            .expect("a count");
        usize::try_from(count).expect("a number")
    }

    /// What the killed server left: one of the two, and nothing between them.
    fn state(&self, was: State) -> State {
        let sql = self.sql();
        let now = dump(&sql, &LOGS);
        let state = if now == self.before {
            State::Before
        } else {
            same(&self.after, &steady(now), "neither as before, nor as after");
            State::After
        };
        let undone = was == State::After && state == State::Before;
        let (run, rows) = match (state, undone) {
            (State::After, _) => (Some("converted"), self.audited.converted),
            (State::Before, true) => (Some("undone"), self.audited.undone),
            (State::Before, false) => (None, 0),
        };
        assert_eq!(self.run_state().as_deref(), run);
        assert_eq!(
            self.audit_rows(),
            rows,
            "rows of the audit log about the run"
        );
        let groups: i64 = sql
            .query_row(
                "SELECT count(*) FROM legacy_migration_groups g
                 JOIN legacy_migrations m ON m.seq = g.migration
                 WHERE lower(hex(m.id)) = ?1 AND (g.undone_ms IS NOT NULL) = ?2",
                (&self.id, undone),
                |row| row.get(0),
            )
            .expect("a count");
        let all = if run.is_some() { GROUPS - 1 } else { 0 };
        assert_eq!(usize::try_from(groups), Ok(all), "groups of the run");
        let (count, last): (i64, i64) = sql
            .query_row("SELECT count(*), max(seq) FROM audit", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .expect("a count");
        assert_eq!(count, last, "the audit log has a gap");
        backups_are_whole(&self.data());
        state
    }
}

/// Rows without the ids of policies that a conversion makes, which are new each time.
fn steady(rows: Vec<String>) -> Vec<String> {
    let without = |row: String| {
        if !row.starts_with("policies:") {
            return row;
        }
        let words = row
            .split("] ")
            .filter(|part| !part.contains(" id=") && !part.starts_with("id="));
        words.collect::<Vec<&str>>().join(" ")
    };
    rows.into_iter().map(without).collect()
}

/// What has a backup's name can be restored from; others are what a kill left of one.
fn backups_are_whole(data: &Path) {
    let folder = data.join("backups");
    let files: BTreeSet<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "db"))
        .collect();
    for file in files {
        let sql = Connection::open(&file).expect("a backup");
        let found: String = sql
            .query_row("PRAGMA quick_check", [], |row| row.get(0))
            .expect("a check");
        assert_eq!(found, "ok", "{}", file.display());
    }
}
