//! How much may be under way at once.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use provost::domain::actor::Actor;
use provost::domain::error::Error;
use provost::store::Options;
use provost::store::tx::{ReadTx, WriteTx};

use crate::harness::app::{Setup, TestApp, local_write};
use crate::harness::fixtures::user;
use crate::harness::wire::Wire;
use crate::harness::{at_once, eventually};

/// Holds the writer until the returned sender is dropped.
fn hold_writer(app: &TestApp) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let db = app.db.clone();
    std::thread::spawn(move || {
        let wait = move |_: &WriteTx<'_>| -> Result<(), Error> {
            started.send(()).ok();
            held.recv().ok();
            Ok(())
        };
        db.write_blocking(local_write(None), wait).ok();
    });
    begun.recv().expect("the writer took it");
    release
}

#[test]
fn one_more_write_than_may_wait_hears_503() {
    let app = Setup::limits(|limits| limits.writes_waiting = 3).spawn();
    let release = hold_writer(&app);
    let scim = app.scim();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..3)
            .map(|i| {
                let scim = scim.clone();
                scope.spawn(move || {
                    scim.post("/Users", &user(&format!("p{i}@corp.example")))
                        .status
                })
            })
            .collect();
        eventually("three writes to wait", || app.db.writes_waiting() == 3);
        let refused = scim.post("/Users", &user("late@corp.example"));
        assert_eq!(refused.header("retry-after"), Some("1"));
        refused.refused(503, "");
        // Readers never wait for the writer.
        scim.get("/Users").is(200);
        drop(release);
        let statuses: Vec<u16> = waiting
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect();
        assert_eq!(statuses, [201, 201, 201]);
    });
    assert_eq!(scim.get("/Users").is(200).json()["totalResults"], 3);
}

#[test]
fn one_more_request_than_may_be_answered_hears_503() {
    let app = Setup::limits(|limits| limits.requests_in_flight = 2).spawn();
    let release = hold_writer(&app);
    let scim = app.scim();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..2)
            .map(|i| {
                let scim = scim.clone();
                scope.spawn(move || {
                    scim.post("/Users", &user(&format!("p{i}@corp.example")))
                        .status
                })
            })
            .collect();
        eventually("two requests under way", || app.db.writes_waiting() == 2);
        let refused = scim.get("/Users");
        assert_eq!(refused.header("retry-after"), Some("1"));
        refused.refused(503, "");
        drop(release);
        let statuses: Vec<u16> = waiting
            .into_iter()
            .map(|thread| thread.join().expect("an answer"))
            .collect();
        assert_eq!(statuses, [201, 201]);
    });
    scim.get("/Users").is(200);
}

#[test]
fn a_read_that_takes_too_long_is_given_up() {
    let app = Setup {
        read_deadline_ms: Some(1),
        ..Setup::default()
    }
    .spawn()
    // A millisecond is too little for the check, too.
    .unchecked_at_end();
    app.people(3000);
    let slow = vec!["title+eq+%22x%22"; 256].join("+or+");
    let answer = app.scim().get(&format!("/Users?filter={slow}"));
    assert!(answer.header("retry-after").is_some());
    answer.refused(503, "");
}

/// Takes a place of the pool until the returned sender is dropped.
fn hold_long_read(app: &TestApp) -> mpsc::Sender<()> {
    let (release, held) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let actor = Actor::Cli {
        user: "tester".to_owned(),
    };
    let (db, seat) = (app.db.clone(), app.db.local_seat(actor, None));
    let seat = Arc::new(seat.expect("a seat"));
    std::thread::spawn(move || {
        let wait = move |_: &ReadTx<'_>| -> Result<(), Error> {
            started.send(()).ok();
            held.recv().ok();
            Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        let read = db.read_long(seat, wait);
        runtime.expect("a runtime").block_on(read).ok();
    });
    begun.recv().expect("a place of the pool");
    release
}

#[test]
fn a_long_read_waits_for_others_no_longer_than_it_may_run() {
    let app = Setup {
        read_deadline_ms: Some(1),
        ..Setup::default()
    }
    .spawn()
    // A millisecond is too little for the check.
    .unchecked_at_end();
    let scim = app.scim();
    let held: Vec<_> = (0..Options::default().long_reads)
        .map(|_| hold_long_read(&app))
        .collect();
    let long = "/Users?filter=title+eq+%22x%22";
    let refused = scim.get(long);
    assert_eq!(refused.header("retry-after"), Some("5"));
    let detail = refused.refused(503, "");
    assert!(detail.contains("send the request again"), "{detail}");
    // What is found by an index needs no place.
    scim.find("Users", "userName eq \"x\"").is(200);
    drop(held);
    eventually("a place", || scim.get(long).status == 200);
}

#[test]
fn a_connection_past_the_limit_waits_for_another_to_close() {
    let app = Setup::limits(|limits| limits.connections = 2).spawn();
    let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut open: Vec<Wire> = (0..2).map(|_| Wire::connect(app.address())).collect();
    for wire in &mut open {
        wire.write(get);
        wire.answer().expect("an answer").is(200);
    }
    let mut third = Wire::connect(app.address());
    third.write(get);
    assert!(!third.answers_within(Duration::from_millis(200)));
    drop(open);
    third.answer().expect("an answer").is(200);
}

#[test]
fn a_client_that_goes_away_leaves_its_place_to_others() {
    let app = Setup::limits(|limits| limits.requests_in_flight = 2).spawn();
    let scim = app.scim();
    for i in 0..10 {
        let body = user(&format!("p{i}@corp.example")).to_string();
        let mut wire = Wire::connect(app.address());
        wire.write(format!(
            "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            scim.base(),
            scim.token,
            body.len()
        ));
    }
    eventually("a place", || scim.get("/Users").status == 200);
}

#[test]
fn a_graceful_stop_answers_what_is_under_way() {
    let mut app = TestApp::spawn();
    let release = hold_writer(&app);
    let scim = app.scim();
    let waiting = std::thread::spawn(move || scim.post("/Users", &user("ada@corp.example")).status);
    eventually("a write to wait", || app.db.writes_waiting() == 1);
    let stopper = std::thread::spawn({
        let running = app.running.take().expect("it runs");
        move || running.stop()
    });
    drop(release);
    assert_eq!(waiting.join().expect("an answer"), 201);
    stopper.join().expect("it stopped");
    let stored: i64 = app
        .sql()
        .query_row("SELECT count(*) FROM members", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(stored, 1);
}

#[test]
fn many_at_once_are_all_answered() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let statuses = at_once(100, |i| {
        scim.post("/Users", &user(&format!("p{i}@corp.example")))
            .status
    });
    assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
    assert_eq!(
        scim.get("/Users?count=0").is(200).json()["totalResults"],
        100
    );
}
