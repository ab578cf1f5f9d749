//! What the command line finds wrong: with the folder, the settings, the database, a backup.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use super::Program;
use crate::harness::app::open_sql;

#[test]
fn a_folder_that_others_can_enter_is_refused() {
    let program = Program::with_account();
    fs::set_permissions(program.data(), Permissions::from_mode(0o750)).expect("a mode");
    let [_, why, next] = program.run(&["account", "list"]).fails(78);
    assert!(why.contains("chmod 700"), "{why}");
    assert!(next.contains("--allow-insecure-permissions"), "{next}");
    program
        .run(&["account", "list", "--allow-insecure-permissions"])
        .is(0);
}

#[test]
fn a_newer_schema_is_refused_and_the_file_untouched() {
    let program = Program::with_account();
    let sql = open_sql(program.data());
    sql.pragma_update(None, "user_version", 9999)
        .expect("a version");
    drop(sql);
    let file = program.data().join("provost.db");
    let before = fs::read(&file).expect("the file");
    let [_, why, _] = program.run(&["account", "list"]).fails(65);
    assert!(why.contains("9999"), "{why}");
    assert_eq!(fs::read(&file).expect("the file"), before);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let program = Program::new();
    let file = program.data().with_file_name("settings.toml");
    let config = file.display().to_string();
    let with = |text: &str, next: &str| {
        fs::write(&file, text).expect("a file");
        let [what, why, found] = program.run(&["account", "list", "-c", &config]).fails(3);
        assert!(found.contains(next), "{what}\n{why}\n{found}");
    };
    with("[http]\nlistn = \"127.0.0.1:1\"\n", "http.listen");
    with("[http]\nworkers = \"many\"\n", "a whole number");
    with("[limits]\ntoken_rps = -1\n", "a whole number");
    with("[http\n", "line 1");
    with("[http]\nlisten = \"0.0.0.0:7443\"\n", "--tls-self-signed");
    fs::remove_file(&file).expect("a file");
    program.run(&["account", "list", "-c", &config]).fails(3);
    let said = program
        .command(&["account", "list"])
        .env("PROVOST_LIMITS__TOKEN_RP", "1")
        .output();
    super::Said::of(&said.expect("the program")).fails(3);
}

#[test]
fn verify_names_the_first_bad_row() {
    let program = Program::with_account();
    for name in ["A", "B", "C"] {
        program
            .run(&["connection", "create", "generic", "--name", name])
            .is(0);
    }
    assert_eq!(program.json(&["audit", "verify"])["good"], true);
    let sql = open_sql(program.data());
    sql.execute_batch(
        "DROP TRIGGER audit_rows_stay_as_they_are;
         UPDATE audit SET entry = replace(entry, 'Create Token', 'Create token') WHERE seq >= 3;",
    )
    .expect("the database");
    drop(sql);
    let [what, _, _] = program.run(&["audit", "verify"]).fails(7);
    assert!(what.contains("row 3"), "{what}");
}

#[test]
fn check_finds_what_the_schema_cannot_forbid() {
    let program = Program::with_account();
    program.run(&["db", "check"]).is(0);
    let sql = open_sql(program.data());
    sql.execute("UPDATE accounts SET member_count = 5", [])
        .expect("the database");
    drop(sql);
    let said = program.run(&["db", "check"]);
    assert!(said.out.contains("account_member_count"), "{}", said.out);
    said.fails(7);
}

#[test]
fn a_backup_is_verified_wherever_it_is() {
    let program = Program::with_account();
    let made = program.json(&["backup", "create"]);
    let file = made["file"].as_str().expect("a path").to_owned();
    assert_eq!(
        fs::metadata(&file).expect("a file").permissions().mode() & 0o777,
        0o600
    );
    program.run(&["backup", "verify", &file]).is(0);
    // On a machine without a data folder there is no key, and the rest is examined.
    Program::new().run(&["backup", "verify", &file]).is(0);
    program.run(&["backup", "create", &file]).fails(5);
    let mut bytes = fs::read(&file).expect("the backup");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    fs::write(&file, bytes).expect("the backup");
    program.run(&["backup", "verify", &file]).fails(7);
    program.run(&["backup", "verify", "/nowhere/x.db"]).fails(4);
}

#[test]
fn a_version_needs_no_folder() {
    let program = Program::new();
    let version = program.json(&["version"]);
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        program
            .run(&["--version"])
            .is(0)
            .out
            .starts_with("provost ")
    );
    assert!(program.run(&["--help"]).is(0).out.contains("connection"));
    let help = program.run(&["connection", "--help"]);
    assert!(help.is(0).out.contains("A connection can't be deleted"));
    assert!(!program.data().exists());
}

#[test]
fn a_reader_that_went_away_is_no_error() {
    let program = Program::with_account();
    let mut process = program.start(&["account", "list"]);
    drop(process.0.stdout.take());
    assert_eq!(process.0.wait().expect("an end").code(), Some(0));
}
