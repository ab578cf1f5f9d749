use crate::app;
use crate::app::tokens::IssuedToken;
use crate::domain::error::{Kind, Result};
use crate::domain::reason::Reason;
use crate::domain::text::Label;
use crate::domain::token::{
    AddressCondition, Expiry, NewOwner, NewToken, TokenSecret, TokenTemplate,
};
use crate::store::testing::{NOW_MS, TestDb};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

fn new(name: &str) -> NewToken {
    NewToken {
        name: Label::parse(name).expect("a name"),
        template: TokenTemplate::Scim,
        owner: NewOwner::Account,
        expires: Expiry::default(),
        not_before_ms: None,
        addresses: AddressCondition::default(),
    }
}

fn issue(db: &TestDb, new: NewToken) -> Result<IssuedToken> {
    db.write(move |tx| app::tokens::create(tx, &new))
}

fn check(db: &TestDb, secret: &TokenSecret) -> Result<(), Reason> {
    let (_, seat) = db.db.authenticate(secret).map_err(|error| error.reason())?;
    let address = "192.0.2.7".parse().ok();
    let now_ms = db.db.credential_now_ms();
    seat.check(db.account.id, now_ms, address)
        .map_err(|error| error.reason())
}

fn at(db: &TestDb, ms: i64) {
    db.now_ms.store(ms, std::sync::atomic::Ordering::Relaxed);
}

#[test]
fn a_token_ends_when_it_says_and_a_clock_set_back_does_not_revive_it() {
    let db = TestDb::new();
    let issued = issue(
        &db,
        NewToken {
            expires: Expiry::Days(1),
            ..new("short")
        },
    )
    .expect("issued");
    assert!(issued.secret.reveal().starts_with("pva_"));
    assert_eq!(check(&db, &issued.secret), Ok(()));
    at(&db, NOW_MS + DAY_MS);
    assert_eq!(check(&db, &issued.secret), Err(Reason::TokenExpired));
    at(&db, NOW_MS);
    assert_eq!(check(&db, &issued.secret), Err(Reason::TokenExpired));
}

#[test]
fn a_rolled_token_overlaps_and_is_valid_for_as_long_again() {
    let db = TestDb::new();
    let first = issue(&db, new("rolled")).expect("issued");
    at(&db, NOW_MS + DAY_MS);
    let second = db
        .write(|tx| app::tokens::roll(tx, "Rolled", 24 * HOUR_MS))
        .expect("rolled");
    assert_eq!(second.token.id, first.token.id);
    assert_eq!(
        second.token.validity.expires_ms,
        Some(NOW_MS + DAY_MS + 365 * DAY_MS)
    );
    assert_eq!(
        (check(&db, &first.secret), check(&db, &second.secret)),
        (Ok(()), Ok(()))
    );
    // A second roll ends the first secret no later than the first roll said.
    at(&db, NOW_MS + DAY_MS + HOUR_MS);
    let third = db
        .write(|tx| app::tokens::roll(tx, "rolled", 48 * HOUR_MS))
        .expect("rolled");
    at(&db, NOW_MS + 2 * DAY_MS);
    assert_eq!(check(&db, &first.secret), Err(Reason::TokenReplaced));
    assert_eq!(check(&db, &second.secret), Ok(()));
    let last = db
        .write(|tx| app::tokens::roll(tx, "rolled", 0))
        .expect("rolled");
    for old in [&first, &second, &third] {
        assert_eq!(check(&db, &old.secret), Err(Reason::TokenReplaced));
    }
    assert_eq!(check(&db, &last.secret), Ok(()));
    assert_eq!(last.token.hint, last.secret.hint());
}

#[test]
fn a_clock_that_is_set_back_brings_no_replaced_value_back() {
    let db = TestDb::new();
    let first = issue(&db, new("rolled")).expect("issued");
    let roll = |overlap_ms| {
        let rolled = db.write(move |tx| app::tokens::roll(tx, "rolled", overlap_ms));
        rolled.expect("rolled")
    };
    at(&db, NOW_MS + DAY_MS);
    let second = roll(HOUR_MS);
    at(&db, NOW_MS + 2 * DAY_MS);
    assert_eq!(check(&db, &first.secret), Err(Reason::TokenReplaced));
    let third = roll(0);
    // Long before all of it, and the latest time that was seen forgotten.
    at(&db, NOW_MS - 9 * DAY_MS);
    for old in [&first, &second] {
        let found = db.db.authenticate(&old.secret).expect("known");
        let found = found.1.check(db.account.id, NOW_MS - 9 * DAY_MS, None);
        assert_eq!(
            found.map_err(|error| error.reason()),
            Err(Reason::TokenReplaced)
        );
    }
    // Neither by another roll, nor by the token's being switched off and on.
    let newest = roll(HOUR_MS);
    assert_eq!(
        newest.token.old_until_ms,
        Some(NOW_MS - 9 * DAY_MS + HOUR_MS)
    );
    for on in [false, true] {
        db.write(move |tx| app::tokens::switch(tx, "rolled", on))
            .expect("switched");
    }
    for old in [&first, &second, &third] {
        assert_eq!(check(&db, &old.secret), Err(Reason::TokenReplaced));
    }
    assert_eq!(check(&db, &newest.secret), Ok(()));
}

#[test]
fn the_newest_ended_values_are_known_and_go_with_their_token() {
    let db = TestDb::new();
    let mut all = vec![issue(&db, new("rolled")).expect("issued").secret];
    for day in 1..6 {
        at(&db, NOW_MS + day * DAY_MS);
        let rolled = db.write(|tx| app::tokens::roll(tx, "rolled", 0));
        all.push(rolled.expect("rolled").secret);
    }
    let newest = all.pop().expect("the newest");
    assert_eq!(check(&db, &newest), Ok(()));
    let (older, known) = all.split_at(2);
    for old in older {
        assert_eq!(check(&db, old), Err(Reason::TokenUnknown));
    }
    assert_eq!(known.len(), 3);
    for old in known {
        assert_eq!(check(&db, old), Err(Reason::TokenReplaced));
    }
    db.write(|tx| app::tokens::revoke(tx, "rolled"))
        .expect("revoked");
    for gone in known.iter().chain([&newest]) {
        assert_eq!(check(&db, gone), Err(Reason::TokenUnknown));
    }
}

#[test]
fn conditions_and_starts_are_kept() {
    let db = TestDb::new();
    let addresses = AddressCondition {
        allow: vec!["10.0.0.0/8".parse().expect("a network")],
        deny: Vec::new(),
    };
    let inside = issue(
        &db,
        NewToken {
            addresses,
            ..new("inside")
        },
    )
    .expect("issued");
    assert_eq!(check(&db, &inside.secret), Err(Reason::TokenAddress));
    let later = NewToken {
        not_before_ms: Some(NOW_MS + HOUR_MS),
        ..new("later")
    };
    let later = issue(&db, later).expect("issued");
    assert_eq!(check(&db, &later.secret), Err(Reason::TokenNotYetValid));
    let never = NewToken {
        expires: Expiry::Never,
        ..new("for ever")
    };
    assert_eq!(
        issue(&db, never).expect("issued").token.validity.expires_ms,
        None
    );
    let past = NewToken {
        expires: Expiry::At(NOW_MS),
        ..new("past")
    };
    assert_eq!(
        issue(&db, past).map_err(|error| error.kind()).err(),
        Some(Kind::Invalid)
    );
}

#[test]
fn an_ambiguous_name_wants_the_id() {
    let db = TestDb::new();
    let first = issue(&db, new("twin")).expect("issued");
    issue(&db, new("Twin")).expect("issued");
    let found = db.read(|tx| app::tokens::find(tx, "twin"));
    assert_eq!(
        found.map_err(|error| error.kind()).err(),
        Some(Kind::Conflict)
    );
    let id = first.token.id.to_string();
    db.write(move |tx| app::tokens::revoke(tx, &id))
        .expect("revoked");
    assert_eq!(check(&db, &first.secret), Err(Reason::TokenUnknown));
    let again = db.write(move |tx| app::tokens::revoke(tx, &first.token.id.to_string()));
    assert_eq!(
        again.map_err(|error| error.kind()).err(),
        Some(Kind::NotFound)
    );
    assert_eq!(db.read(app::tokens::list).expect("a list").len(), 1);
}

#[test]
fn no_file_of_the_data_folder_holds_a_secret() {
    let db = TestDb::new();
    let issued = issue(&db, new("hidden")).expect("issued");
    db.write(|tx| app::tokens::roll(tx, "hidden", HOUR_MS))
        .expect("rolled");
    let random = &issued.secret.reveal()[4..44];
    for entry in std::fs::read_dir(db.path()).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("a file");
            let found = bytes
                .windows(random.len())
                .any(|window| window == random.as_bytes());
            assert!(!found, "{}", path.display());
        }
    }
}
