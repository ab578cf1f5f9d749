//! What must be nowhere: tokens, passwords and filter values, in any file, log or backup
//! (T-11, T-58, T-64).

use std::fs::File;
use std::path::{Path, PathBuf};

use ::provost::app;
use ::provost::domain::connection::{ProviderKind, SettingsChange};
use ::provost::env::{Clock, Entropy};
use ::provost::store::folder::DataFolder;
use ::provost::store::{Db, Options};
use serde_json::json;

use crate::harness::app::{label, local};
use crate::harness::client::{Client, percent};
use crate::harness::fixtures::{user, with};
use crate::harness::process::{Server, provost};
use crate::harness::wire::exchange;

const PASSWORD: &str = "canary-of-a-password";
const FILTERED: &str = "canary-of-a-filter";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    let below = |path: PathBuf| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(|entry| below(entry.path())).collect()
}

fn holds(path: &Path, secret: &str) -> bool {
    let bytes = std::fs::read(path).unwrap_or_default();
    bytes
        .windows(secret.len())
        .any(|window| window == secret.as_bytes())
}

/// Sends each secret to every place that might repeat it.
fn speak(client: &Client) {
    let body = with(user("ada@corp.example"), json!({ "password": PASSWORD }));
    let id = client.made("/Users", &body);
    client.put(&format!("/Users/{id}"), &body).is(200);
    let operation = json!([{ "op": "add", "path": "password", "value": PASSWORD }]);
    client.patch_user(&id, &operation).is(200);
    let broken = format!(r#"{{"userName":"x","password":"{PASSWORD}""#);
    client
        .send("POST", "/Users", &[], Some(broken.as_bytes()))
        .is(400);
    let filter = percent(&format!("userName eq \"{FILTERED}\""));
    client.get(&format!("/Users?filter={filter}")).is(200);
    client.get(&format!("/Users?filter={filter}%20or")).is(400);
    client.get(&format!("/Users/{id}x?filter={filter}")).is(404);
    client
        .get(&format!("/Users?access_token={}", client.token))
        .is(200);
    let cut = client.with_token(&client.token[..48]);
    cut.get("/Users").is(401);
    let basic = format!("Basic {}", client.token);
    client
        .send_plain(
            "GET",
            &format!("{}/Users", client.base()),
            &[("Authorization", &basic)],
            None,
        )
        .is(401);
}

#[test]
fn no_secret_is_in_a_log_a_file_or_a_backup() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let (account, token) = prepare(&data);
    let log = folder.path().join("provost.log");
    for format in ["human", "json"] {
        let file = File::options()
            .create(true)
            .append(true)
            .open(&log)
            .expect("a log");
        let settings = [
            ("PROVOST_LOG__LEVEL", "trace"),
            ("PROVOST_LOG__FORMAT", format),
        ];
        let server = Server::start_saying(&data, &settings, file.into());
        let client = Client::new(server.address, &account, &token);
        if format == "human" {
            speak(&client);
            provost(&data, &["backup", "create"]);
        }
        inject(&client);
        server.stop();
    }
    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(
        said.lines().count() > 20,
        "at this level the log says something:\n{said}"
    );
    assert!(
        !said.contains("\u{1b}[31m") && !said.contains('\u{202e}'),
        "what clients send is escaped"
    );
    assert!(
        !said.lines().any(|line| line.starts_with("forged")),
        "no client writes a line of the log"
    );
    // All but the hint at the end of a token, which logs may show.
    let token = &token[..token.len() - 6];
    for path in files(folder.path()) {
        for secret in [token, PASSWORD, FILTERED] {
            assert!(!holds(&path, secret), "{} holds {secret}", path.display());
        }
    }
    assert!(files(&data).len() > 4, "there were files to look into");
    let people = files(&data)
        .into_iter()
        .filter(|path| holds(path, "ada@corp.example"));
    assert!(
        people.count() > 0,
        "and what is no secret was found in them"
    );
}

fn prepare(data: &Path) -> (String, String) {
    let folder = DataFolder::open(data, false).expect("a data folder");
    let db = Db::open(folder, Clock::system(), Entropy, Options::default()).expect("a database");
    let account = local(&db, None, |tx| {
        app::accounts::create(tx, &label("Corp"), None)
    })
    .id;
    let (_, token) = local(&db, Some(account), |tx| {
        let settings = SettingsChange::default();
        app::connections::create(tx, ProviderKind::Generic, &label("canary"), &settings)
    });
    db.close();
    (account.to_string(), token.secret.reveal().to_owned())
}

/// Texts that would add a line to a log, or colour it.
fn inject(client: &Client) {
    for agent in ["x\u{1b}[31mred", "x\u{202e}txet", "x\tforged"] {
        exchange(
            client.address,
            format!(
                "GET {}/nothing%0aforged%1b[31m HTTP/1.1\r\nHost: x\r\nUser-Agent: {agent}\r\n\
                 Authorization: Bearer {}\r\n\r\n",
                client.base(),
                client.token
            ),
        );
    }
    let name = "ada\nforged";
    client
        .post("/Users", &user(name))
        .refused(400, "invalidValue");
    client.get("/Users/x%0aforged%0d%1b%5b31m").refused(404, "");
}
