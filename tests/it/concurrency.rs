//! Many at once: nobody's change is lost, and nobody's comes through twice.

use std::sync::mpsc;

use provost::app;
use provost::domain::error::Error;
use provost::store::tx::WriteTx;
use serde_json::json;

use crate::harness::app::{TestApp, local_write};
use crate::harness::fixtures::{group, sorted, user, values};
use crate::harness::{at_once, eventually};

#[test]
fn sixty_four_clients_patching_one_group_lose_no_member() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(64 * 4);
    let made = scim.new_group("Everybody", &[]);
    at_once(64, |i| {
        for id in ids[i * 4..i * 4 + 4].chunks(1) {
            let add = json!([{ "op": "add", "path": "members", "value": values(id) }]);
            let status = scim.patch_group(&made, &add).status;
            assert!(matches!(status, 200 | 204), "{status}");
        }
    });
    assert_eq!(scim.members_of(&made), sorted(&ids));
    at_once(64, |i| {
        let operations = json!([
            { "op": "remove", "path": format!("members[value eq \"{}\"]", ids[i * 4]) },
            { "op": "Remove", "path": "members", "value": values(&ids[i * 4 + 1..i * 4 + 3]) },
        ]);
        let status = scim.patch_group(&made, &operations).status;
        assert!(matches!(status, 200 | 204), "{status}");
    });
    let left: Vec<String> = (0..64).map(|i| ids[i * 4 + 3].clone()).collect();
    assert_eq!(scim.members_of(&made), sorted(&left));
}

#[test]
fn two_creates_of_one_user_name_give_one_201_and_one_409() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for round in 0..50 {
        let statuses = at_once(2, |i| {
            let name = if i == 0 {
                format!("p{round}@x.example")
            } else {
                format!("P{round}@X.EXAMPLE")
            };
            scim.post("/Users", &user(&name)).status
        });
        assert_eq!(statuses.iter().sum::<u16>(), 201 + 409, "{statuses:?}");
    }
    assert_eq!(
        scim.get("/Users?count=0").is(200).json()["totalResults"],
        50
    );
}

#[test]
fn two_creates_of_one_group_name_give_one_201_and_one_409() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for round in 0..20 {
        let statuses = at_once(2, |_| {
            scim.post("/Groups", &group(&format!("G{round}"), &[]))
                .status
        });
        assert_eq!(statuses.iter().sum::<u16>(), 201 + 409, "{statuses:?}");
    }
}

#[test]
fn a_person_is_deleted_once() {
    let app = TestApp::spawn();
    let scim = app.scim();
    for id in app.people(20) {
        let mut statuses = at_once(4, |_| scim.delete(&format!("/Users/{id}")).status);
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404, 404, 404]);
    }
}

#[test]
fn adding_and_deleting_a_person_at_once_leaves_no_dangling_member() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let made = scim.new_group("Everybody", &[]);
    for id in app.people(30) {
        at_once(2, |i| {
            if i == 0 {
                scim.delete(&format!("/Users/{id}")).is(204);
            } else {
                let add = json!([{ "op": "add", "path": "members", "value": [{ "value": id }] }]);
                let status = scim.patch_group(&made, &add).status;
                assert!(matches!(status, 200 | 400), "{status}");
            }
        });
    }
    assert_eq!(scim.members_of(&made), Vec::<String>::new());
}

#[test]
fn one_failing_write_of_a_batch_fails_alone() {
    let app = TestApp::spawn();
    let scim = app.scim();
    scim.new_user("taken@corp.example");
    let statuses = at_once(32, |i| {
        let name = if i % 2 == 0 {
            "taken@corp.example".to_owned()
        } else {
            format!("p{i}@corp.example")
        };
        scim.post("/Users", &user(&name)).status
    });
    for (i, status) in statuses.iter().enumerate() {
        assert_eq!(*status, if i % 2 == 0 { 409 } else { 201 });
    }
    assert_eq!(
        app.audited().len(),
        17,
        "a row for each change and for nothing else"
    );
    assert_eq!(app.log().len(), 33, "a row for each request");
}

/// What happens to a write that waits while `change` is committed before it.
fn queued_behind(
    app: &TestApp,
    token: &str,
    change: impl FnOnce(&WriteTx<'_>) -> Result<(), Error> + Send + 'static,
) -> crate::harness::client::Answer {
    let (release, held) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let wait = move |_: &WriteTx<'_>| -> Result<(), Error> {
        started.send(()).ok();
        held.recv().ok();
        Ok(())
    };
    let client = app.client(token);
    // The writer knows the token from now on.
    client.new_user("first@corp.example");
    std::thread::scope(|scope| {
        scope.spawn(|| app.db.write_blocking(local_write(None), wait));
        begun.recv().expect("the writer took it");
        let account = Some(app.account.id);
        scope.spawn(move || app.db.write_blocking(local_write(account), change));
        eventually("the change to wait", || app.db.writes_waiting() == 1);
        let write = scope.spawn(|| client.post("/Users", &user("ada@corp.example")));
        eventually("the write to wait behind it", || {
            app.db.writes_waiting() == 2
        });
        drop(release);
        write.join().expect("an answer")
    })
}

#[test]
fn a_queued_write_whose_token_was_revoked_meanwhile_is_refused() {
    let app = TestApp::spawn();
    let token = app.new_token("doomed", |_| {});
    app.client(&token).get("/Users").is(200);
    let answer = queued_behind(&app, &token, |tx| {
        app::tokens::revoke(tx, "doomed").map(|_| ())
    });
    answer.refused(401, "");
    assert_eq!(app.scim().get("/Users").is(200).json()["totalResults"], 1);
}

#[test]
fn a_queued_write_whose_token_was_rolled_out_meanwhile_is_refused() {
    let app = TestApp::spawn();
    let token = app.new_token("rolled", |_| {});
    let answer = queued_behind(&app, &token, |tx| {
        app::tokens::roll(tx, "rolled", 0).map(|_| ())
    });
    answer.refused(401, "");
    assert_eq!(app.scim().get("/Users").is(200).json()["totalResults"], 1);
}

#[test]
fn a_queued_write_whose_connection_was_paused_meanwhile_is_put_off() {
    let app = TestApp::spawn();
    let pause = |tx: &WriteTx<'_>| app::connections::pause(tx, "Generic").map(|_| ());
    queued_behind(&app, &app.token, pause).refused(503, "");
    let stored: i64 = app
        .sql()
        .query_row("SELECT count(*) FROM members", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(stored, 1);
}

#[test]
fn a_queued_write_that_nobody_waits_for_any_more_is_done_all_the_same() {
    let app = TestApp::spawn();
    let (release, held) = mpsc::channel::<()>();
    let (started, begun) = mpsc::channel();
    let wait = move |_: &WriteTx<'_>| -> Result<(), Error> {
        started.send(()).ok();
        held.recv().ok();
        Ok(())
    };
    let scim = app.scim();
    std::thread::scope(|scope| {
        scope.spawn(|| app.db.write_blocking(local_write(None), wait));
        begun.recv().expect("the writer took it");
        let body = user("ada@corp.example").to_string();
        let mut wire = crate::harness::wire::Wire::connect(app.address());
        wire.write(format!(
            "POST {}/Users HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/scim+json\r\nContent-Length: {}\r\n\r\n{body}",
            scim.base(),
            scim.token,
            body.len()
        ));
        eventually("the write to wait", || app.db.writes_waiting() == 1);
        drop(wire);
        drop(release);
    });
    eventually("the person", || {
        scim.get("/Users?count=0").is(200).json()["totalResults"] == 1
    });
}

#[test]
fn readers_see_whole_changes_only() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(40);
    let made = scim.new_group("Shift", &ids[..20]);
    at_once(4, |i| {
        for round in 0..15 {
            if i == 0 {
                let half = if round % 2 == 0 {
                    &ids[20..]
                } else {
                    &ids[..20]
                };
                scim.put(&format!("/Groups/{made}"), &group("Shift", half))
                    .is(200);
            } else {
                let seen = scim.members_of(&made);
                assert!(
                    seen == sorted(&ids[..20]) || seen == sorted(&ids[20..]),
                    "{}",
                    seen.len()
                );
            }
        }
    });
}
