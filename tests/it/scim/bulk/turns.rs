//! A bulk among other writes: its operations wait in the writer's queue like theirs.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use provost::app;
use provost::domain::error::Error;
use provost::domain::token::TokenTemplate;
use serde_json::{Value, json};

use super::{everybody, person, report, statuses};
use crate::harness::app::{Setup, TestApp, local_write};
use crate::harness::client::{BULK_URN, Client};
use crate::harness::eventually;
use crate::harness::wire::Wire;

/// How many operations of bulk requests may wait for the writer at once.
const WINDOW: usize = 64;

/// Keeps the writer busy until the returned sender is dropped.
fn occupy(app: &TestApp) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (go, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = mpsc::channel();
    let (db, account) = (app.db.clone(), app.account.id);
    let thread = thread::spawn(move || {
        let done = db.write_blocking(local_write(Some(account)), move |_| {
            begun.send(()).map_err(Error::internal)?;
            // An error means that the sender is gone: that is the sign to go on.
            let _ = wait.recv();
            Ok::<_, Error>(())
        });
        done.expect("the writer was kept busy");
    });
    has_begun.recv().expect("the writer has begun");
    (go, thread)
}

fn waiting(app: &TestApp, writes: usize) {
    eventually("writes in the queue", || app.db.writes_waiting() == writes);
}

fn people(count: usize) -> Value {
    let people = (0..count).map(|i| person(&format!("p{i:03}")));
    json!(people.collect::<Vec<Value>>())
}

fn in_thread(scim: &Client, operations: Value) -> JoinHandle<Vec<Value>> {
    let scim = scim.clone();
    thread::spawn(move || scim.in_bulk(&operations))
}

#[test]
fn a_token_that_is_revoked_midway_does_nothing_more() {
    let app = TestApp::spawn();
    let token = app.new_token("short-lived", |_| {});
    let scim = app.client(&token);
    let (go, occupied) = occupy(&app);
    let bulk = in_thread(&scim, people(100));
    waiting(&app, WINDOW);
    let (db, account) = (app.db.clone(), app.account.id);
    let revoked = thread::spawn(move || {
        let write = local_write(Some(account));
        db.write_blocking(write, |tx| app::tokens::revoke(tx, "short-lived"))
    });
    waiting(&app, WINDOW + 1);
    drop(go);
    occupied.join().expect("it ended");
    revoked.join().expect("it ended").expect("revoked");
    let results = bulk.join().expect("an answer");
    assert_eq!(statuses(&results[..WINDOW]), ["201"; WINDOW]);
    assert_eq!(statuses(&results[WINDOW..]), ["401"; 100 - WINDOW]);
    assert_eq!(everybody(&app).len(), WINDOW);
    let rows = app.log();
    assert_eq!(rows.len(), 100);
    assert!(rows[WINDOW..].iter().all(|row| row.status == 401));
}

#[test]
fn a_circle_of_a_revoked_token_is_refused_too() {
    let app = TestApp::spawn();
    let token = app.new_token("short-lived", |_| {});
    let (go, occupied) = occupy(&app);
    let write = local_write(Some(app.account.id));
    let db = app.db.clone();
    let revoked = thread::spawn(move || {
        db.write_blocking(write, |tx| app::tokens::revoke(tx, "short-lived"))
    });
    waiting(&app, 1);
    let circle = json!([report("a", "b"), report("b", "a")]);
    let bulk = in_thread(&app.client(&token), circle);
    waiting(&app, 2);
    drop(go);
    occupied.join().expect("it ended");
    revoked.join().expect("it ended").expect("revoked");
    assert_eq!(statuses(&bulk.join().expect("an answer")), ["401", "409"]);
    assert_eq!(everybody(&app), Vec::<String>::new());
    assert_eq!(app.log().len(), 2);
}

#[test]
fn others_find_room_in_the_queue_and_wait_behind_64_at_most() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (go, occupied) = occupy(&app);
    let bulks = [0, 1, 2].map(|round| {
        let people = (0..100).map(|i| person(&format!("r{round}p{i}")));
        in_thread(&scim, json!(people.collect::<Vec<Value>>()))
    });
    waiting(&app, WINDOW);
    let single = {
        let scim = scim.clone();
        thread::spawn(move || scim.new_user("single@corp.example"))
    };
    waiting(&app, WINDOW + 1);
    drop(go);
    occupied.join().expect("it ended");
    single.join().expect("it was made");
    for bulk in bulks {
        assert_eq!(statuses(&bulk.join().expect("an answer")), ["201"; 100]);
    }
    let rows = app.log();
    let place = rows
        .iter()
        .position(|row| row.target_name == "single@corp.example");
    assert_eq!((rows.len(), place), (301, Some(WINDOW)));
}

#[test]
fn two_bulks_are_done_at_once_and_a_third_waits_as_long_as_a_bulk_may_last() {
    let app = Setup::limits(|limits| limits.bulk_seconds = 1).spawn();
    let scim = app.scim();
    let reader = app.new_token("reader", |new| new.template = TokenTemplate::Read);
    let (go, occupied) = occupy(&app);
    let two = ["a", "b"].map(|name| in_thread(&scim, json!([person(name)])));
    waiting(&app, 2);
    // Its body is no JSON, and is not read to find that.
    let refused = {
        let scim = scim.clone();
        thread::spawn(move || scim.send("POST", "/Bulk", &[], Some(b"{")))
    };
    let reader = app.client(&reader);
    let forbidden = thread::spawn(move || reader.bulk(&people(1), json!({})));
    // The rows of the two refusals.
    waiting(&app, 4);
    drop(go);
    occupied.join().expect("it ended");
    let refused = refused.join().expect("an answer");
    assert!(refused.header("retry-after").is_some());
    let detail = refused.refused(503, "");
    assert!(detail.contains("bulk requests"), "{detail}");
    forbidden.join().expect("an answer").refused(403, "");
    for bulk in two {
        assert_eq!(statuses(&bulk.join().expect("an answer")), ["201"]);
    }
    assert_eq!(statuses(&scim.in_bulk(&people(1))), ["201"]);
}

#[test]
fn a_full_queue_is_waited_for() {
    let app = Setup::limits(|limits| limits.writes_waiting = 4).spawn();
    let scim = app.scim();
    let (go, occupied) = occupy(&app);
    let others: Vec<JoinHandle<()>> = (0..4)
        .map(|_| {
            let (db, write) = (app.db.clone(), local_write(Some(app.account.id)));
            thread::spawn(move || {
                let done = db.write_blocking(write, |_| Ok::<_, Error>(()));
                done.expect("it was queued");
            })
        })
        .collect();
    waiting(&app, 4);
    let bulk = in_thread(&scim, people(50));
    // Whoever sends one request is told to come back: the queue is full.
    scim.post("/Users", &crate::harness::fixtures::user("x@corp.example"))
        .refused(503, "");
    drop(go);
    occupied.join().expect("it ended");
    for other in others {
        other.join().expect("it ended");
    }
    assert_eq!(statuses(&bulk.join().expect("an answer")), ["201"; 50]);
}

#[test]
fn what_is_in_the_queue_is_done_though_the_client_is_gone() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let (go, occupied) = occupy(&app);
    let body = json!({ "schemas": [BULK_URN], "Operations": people(100) }).to_string();
    let mut wire = Wire::connect(app.address());
    assert!(wire.write(format!(
        "POST {}/Bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
         Content-Length: {}\r\n\r\n{body}",
        scim.base(),
        scim.token,
        body.len()
    )));
    waiting(&app, WINDOW);
    drop(wire);
    drop(go);
    occupied.join().expect("it ended");
    eventually("the operations of the queue", || app.log().len() >= WINDOW);
    // Whether the rest is begun depends on when the server sees it; no half is done.
    eventually("the rest, if any", || app.db.writes_waiting() == 0);
    let scim = app.scim();
    scim.new_user("after@corp.example");
    assert_eq!(app.audited().len(), app.log().len());
}

#[test]
fn what_was_lost_with_its_commit_is_not_referred_to() {
    let app = TestApp::spawn().unchecked_at_end();
    // Whoever is called poison leaves a reference to nothing, which the commit finds.
    let sql = "CREATE TABLE poison (account REFERENCES accounts (seq)
                   DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER poisoned AFTER INSERT ON members WHEN new.user_name LIKE 'poison%'
        BEGIN INSERT INTO poison VALUES (999); END;";
    app.sql().execute_batch(sql).expect("a trigger");
    let mut operations = people(WINDOW - 1).as_array().expect("people").clone();
    operations.insert(0, person("poison"));
    operations.push(report("late", "poison"));
    let body = json!({ "schemas": [BULK_URN], "Operations": operations }).to_string();
    let (go, occupied) = occupy(&app);
    let scim = app.scim();
    let bulk = thread::spawn(move || {
        let bearer = format!("Bearer {}", scim.token);
        let path = format!("{}/Bulk", scim.base());
        let headers = [("Authorization", bearer.as_str())];
        scim.try_send("POST", &path, &headers, Some(body.as_bytes()))
    });
    waiting(&app, WINDOW);
    drop(go);
    let _ = occupied.join();
    let answer = bulk
        .join()
        .expect("it ended")
        .expect("an answer")
        .is(200)
        .json();
    let results = answer["Operations"].as_array().expect("Operations");
    // The last one gets its turn when the commit of the first has failed.
    let (poison, late) = (&results[0], &results[WINDOW]);
    assert!(poison["status"].as_str() >= Some("500"), "{poison}");
    assert_eq!(late["status"], "409", "{late}");
    let names = everybody(&app);
    let of_bulk = ["poison@corp.example", "late@corp.example"];
    assert!(
        names.iter().all(|name| !of_bulk.contains(&name.as_str())),
        "{names:?}"
    );
}

#[test]
fn single_requests_and_two_bulks_mix() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let bulks = [0, 1].map(|_| in_thread(&scim, people(150)));
    let single: Vec<u16> = (0..150)
        .map(|i| {
            let body = crate::harness::fixtures::user(&format!("p{i:03}@corp.example"));
            scim.post("/Users", &body).status
        })
        .collect();
    let mut made = single.iter().filter(|status| **status == 201).count();
    for bulk in bulks {
        let results = bulk.join().expect("an answer");
        assert!(
            results
                .iter()
                .all(|one| one["status"] == "201" || one["status"] == "409")
        );
        made += results.iter().filter(|one| one["status"] == "201").count();
    }
    assert_eq!(made, 150, "each name once");
    assert_eq!(everybody(&app).len(), 150);
}
