//! Requests of every kind, good, nearly good and bad, one after the other: none may get a 5xx,
//! every answer must be what SCIM answers are, and the database must hold together afterwards
//! (the harness checks that).
//!
//! `PROVOST_RANDOM_REQUESTS` sets how many (default 600); the seed is in the message of a
//! failure, and `PROVOST_RANDOM_SEED` repeats it. Ids and times differ between runs of one seed.

mod bodies;
mod filters;
mod requests;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use provost::config::Limits;
use serde_json::{Value, json};

use self::bodies::Dice;
use self::requests::Request;
use crate::harness::Random;
use crate::harness::app::{Setup, TestApp};
use crate::harness::checks;
use crate::harness::client::{Answer, Client, PATCH_URN, percent};
use crate::harness::wire::Wire;

const REQUESTS: u64 = 600;
/// Ids, cursors and tags of one kind that are remembered.
const KNOWN_MAX: usize = 100;

/// What earlier answers told.
#[derive(Default)]
struct World {
    users: Vec<String>,
    groups: Vec<String>,
    cursors: Vec<String>,
    tags: Vec<String>,
    /// Of the fuzz targets, by target.
    seeds: BTreeMap<String, Vec<Vec<u8>>>,
}

impl World {
    fn new() -> Self {
        let mut world = Self::default();
        for target in ["filter", "json_reader", "patch", "path", "query_string"] {
            let seeds = crate::fuzz::kept(target).into_iter();
            let seeds = seeds.map(|(_, bytes)| bytes).collect();
            world.seeds.insert(target.to_owned(), seeds);
        }
        world
    }

    fn learn(&mut self, request: &Request, answer: &Answer, random: &mut Random) {
        // Who is gone is asked for rarely, by ids that never were anybody's.
        if answer.status == 404 || answer.status == 204 && request.method == "DELETE" {
            self.users.retain(|id| !request.target.contains(id));
            self.groups.retain(|id| !request.target.contains(id));
        }
        let document: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        if let Some(tag) = answer.header("etag") {
            keep(&mut self.tags, tag, random);
        }
        if let Some(cursor) = document["nextCursor"].as_str() {
            keep(&mut self.cursors, cursor, random);
        }
        if answer.status != 201 {
            return;
        }
        let Some(id) = document["id"].as_str() else {
            return;
        };
        match document["meta"]["resourceType"].as_str() {
            Some("User") => keep(&mut self.users, id, random),
            Some("Group") => keep(&mut self.groups, id, random),
            _ => {}
        }
    }
}

/// Adds to a list that stays short.
fn keep(list: &mut Vec<String>, text: &str, random: &mut Random) {
    if list.len() == KNOWN_MAX {
        list.swap_remove(random.below(KNOWN_MAX));
    }
    list.push(text.to_owned());
}

/// A connection that is opened again when the server closes it.
struct Sender {
    client: Client,
    wire: Option<Wire>,
}

impl Sender {
    fn new(app: &TestApp) -> Self {
        Self {
            client: app.scim(),
            wire: None,
        }
    }

    fn send(&mut self, request: &Request) -> Option<Answer> {
        if request.method == "HEAD" {
            // The announced length of a body that does not come would be waited for.
            let bearer = format!("Bearer {}", self.client.token);
            let headers = [("Authorization", bearer.as_str())];
            return self
                .client
                .try_send("HEAD", &request.target, &headers, None)
                .ok();
        }
        let bytes = request.bytes(&self.client);
        if let Some(mut wire) = self.wire.take()
            && wire.write(&bytes)
            && let Some(answer) = wire.answer()
        {
            return Some(self.after(wire, answer));
        }
        // An idle connection may have been closed meanwhile; a new one has to be answered.
        let mut wire = Wire::connect(self.client.address);
        wire.write(&bytes);
        let answer = wire.answer()?;
        Some(self.after(wire, answer))
    }

    fn after(&mut self, wire: Wire, answer: Answer) -> Answer {
        let closes = answer.header("connection") == Some("close");
        self.wire = (!closes).then_some(wire);
        answer
    }
}

/// Everything wrong with an answer, whatever was asked.
fn problems(request: &Request, answer: &Answer, token: &str) -> Vec<String> {
    // What a body asks for is not missed in the answer either.
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
    let body = body.to_ascii_lowercase();
    let mut target = request.target.clone();
    for name in ["attributes", "cursor"] {
        if body.contains(name) {
            target.push(if target.contains('?') { '&' } else { '?' });
            target.push_str(name);
            target.push('=');
        }
    }
    let mut bad = checks::scim_answer(&request.method, &target, answer, token);
    // Details repeat what was sent, full stops included; a part of each member may be asked for.
    let projected = target.to_ascii_lowercase().contains("attributes=");
    bad.retain(|problem| {
        let partial = problem.starts_with("[types] a member without a text");
        !(problem.starts_with("[error-detail]") || projected && partial)
    });
    // There is no member behind an account's own token.
    let own = request.target.split('?').next().unwrap_or_default();
    let allowed = answer.status == 501 && own.ends_with("/Me");
    if answer.status >= 500 && !allowed {
        bad.push(format!("[5xx] a {}", answer.status));
    }
    bad
}

#[expect(
    clippy::disallowed_methods,
    reason = "the runner's settings, not the product's"
)]
fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

/// One client that sends as fast as it can is no reason for a refusal here.
fn spawn() -> TestApp {
    let wide = |limits: &mut Limits| {
        limits.token_rps = 0;
        limits.read_seconds = 60;
    };
    Setup::limits(wide).spawn()
}

#[test]
fn no_random_request_is_answered_with_a_5xx() {
    let count = variable("PROVOST_RANDOM_REQUESTS").unwrap_or(REQUESTS);
    let seed = variable("PROVOST_RANDOM_SEED").unwrap_or_else(Random::seed);
    let mut random = Random::seeded(seed);
    let app = spawn();
    let mut sender = Sender::new(&app);
    let mut world = World::new();
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for number in 1..=count {
        let request = requests::any(&mut Dice::new(&mut random), &world, &app.account);
        let said = || format!("PROVOST_RANDOM_SEED={seed}, request {number}: {request}");
        let Some(answer) = sender.send(&request) else {
            panic!("no answer: {}", said());
        };
        let bad = problems(&request, &answer, &app.token);
        assert!(
            bad.is_empty(),
            "{bad:#?}\n{}\n{:.2000}",
            said(),
            answer.text()
        );
        *statuses.entry(answer.status).or_default() += 1;
        world.learn(&request, &answer, &mut random);
    }
    // Requests that are all refused would show nothing.
    let of = |class: u16| {
        let all = statuses
            .iter()
            .filter(|(status, _)| **status / 100 == class);
        all.map(|(_, count)| count).sum::<u64>()
    };
    let told = format!("{count} requests, seed {seed}: {statuses:?}\n");
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("stderr");
    assert!(of(2) * 5 >= count && of(4) * 5 >= count, "{told}");
}

/// What the fuzz targets were given, on its way through the whole server. The corpora that a
/// fuzzing run has grown are sent too when `PROVOST_FUZZ_CORPUS` is 1.
#[test]
fn no_seed_of_a_fuzz_target_is_answered_with_a_5xx() {
    let app = spawn();
    let scim = app.scim();
    let ids = scim.new_users("seed", 3);
    let group = scim.new_group("Seeds", &ids);
    let mut sender = Sender::new(&app);
    let grown = variable("PROVOST_FUZZ_CORPUS") == Some(1);
    let mut sent: BTreeMap<&str, usize> = BTreeMap::new();
    for target in ["filter", "json_reader", "patch", "path", "query_string"] {
        let mut files = crate::fuzz::kept(target);
        if grown {
            files.extend(crate::fuzz::files(Path::new("fuzz/corpus"), target));
        }
        for (name, bytes) in files {
            for request in of_seed(target, &bytes, &app, &ids[0], &group) {
                let answer = sender.send(&request);
                let answer = answer.unwrap_or_else(|| panic!("{target}/{name}: no answer"));
                let bad = problems(&request, &answer, &app.token);
                assert!(bad.is_empty(), "{target}/{name}: {bad:#?}\n{request}");
                *sent.entry(target).or_default() += 1;
            }
        }
    }
    let told = format!("requests made of fuzz seeds: {sent:?}\n");
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("stderr");
    assert!(sent.values().all(|count| *count > 20), "{told}");
}

/// The requests in which a seed of this target can come.
fn of_seed(target: &str, bytes: &[u8], app: &TestApp, user: &str, group: &str) -> Vec<Request> {
    let base = format!("/client/v4/accounts/{}/scim/v2", app.account.id);
    let get = |path: &str, query: &str| {
        // What can't stand in a request line (RFC 9112 3) is for the tests of heads.
        let stands = |b: u8| b.is_ascii_graphic() && !b"\"#<>\\^`{|}".contains(&b);
        let query = if query.bytes().all(stands) {
            query.to_owned()
        } else {
            percent(query)
        };
        Request::new("GET", format!("{base}{path}?{query}"), None)
    };
    let write = |method: &str, path: String, body: &[u8]| {
        Request::new(method, format!("{base}{path}"), Some(body.to_vec()))
    };
    let text = String::from_utf8_lossy(bytes);
    match target {
        "filter" => {
            let query = format!("filter={}", percent(&text));
            vec![get("/Users", &query), get("/Groups", &query)]
        }
        "query_string" => vec![
            get("/Users", &text),
            get("/Groups", &text),
            get(&format!("/Users/{user}"), &text),
        ],
        "patch" => {
            let body = bytes.get(1..).unwrap_or_default();
            vec![
                write("PATCH", format!("/Users/{user}"), body),
                write("PATCH", format!("/Groups/{group}"), body),
            ]
        }
        "path" => {
            let operation = |op: &str| {
                let operations = json!([{ "op": op, "path": text, "value": user }]);
                json!({ "schemas": [PATCH_URN], "Operations": operations }).to_string()
            };
            let users = format!("/Users/{user}");
            let add = write("PATCH", users.clone(), operation("add").as_bytes());
            let remove = write("PATCH", users, operation("remove").as_bytes());
            let groups = format!("/Groups/{group}");
            vec![
                add,
                remove,
                write("PATCH", groups, operation("add").as_bytes()),
            ]
        }
        _ => ["/Users", "/Groups", "/Bulk", "/.search", "/Users/.search"]
            .iter()
            .map(|path| write("POST", (*path).to_owned(), bytes))
            .collect(),
    }
}
