//! Members by a part of what they are called: whom it finds, and what is remembered of that.

use serde_json::json;

use super::super::part::{Looks, OF_ACCOUNT, OF_THE_ONE, glob_part};
use super::super::*;
use super::{bounds, expected, found, plan, town};
use crate::app;
use crate::app::members::Precondition;
use crate::domain::audit::Action;
use crate::domain::error::Error;
use crate::domain::member::{Member, Profile};
use crate::domain::reference::MemberRef;
use crate::domain::text::Label;
use crate::store::testing::{TestDb, write};
use crate::store::tx::WriteTx;

#[test]
fn a_part_is_looked_for_in_indexes_alone() {
    let db = TestDb::new();
    let sqls = |looks: &Looks| [looks.by_name, looks.elsewhere[0], looks.elsewhere[1]];
    for (looks, of_account) in [(&OF_ACCOUNT, true), (&OF_THE_ONE, false)] {
        for sql in sqls(looks) {
            let values = [Value::from(1), Value::from(glob_part("a%")), Value::from(9)];
            let plan = db.read(|tx| Ok(plan(tx, sql, &values))).expect("a plan");
            let covered = plan.len() == 1 && plan[0].contains("USING COVERING INDEX");
            let bounded = plan[0].contains("(account=?");
            assert!(covered && bounded == of_account, "{plan:#?}");
        }
    }
}

#[test]
fn nobody_of_another_account_is_found() {
    let (mut db, _) = town();
    let find = |db: &TestDb| {
        let wanted = MemberSearch {
            part: Some("quill".to_owned()),
            state: None,
            source: None,
            order: SearchOrder::Name,
            descending: false,
        };
        let page = db.read(|tx| search(tx, &wanted, &Begin::First, 50, super::super::BOUNDS));
        page.expect("a page").ids.len()
    };
    add(&db, "quill.one@x.example");
    assert_eq!(find(&db), 1);
    let name = Label::parse("Other").expect("a name");
    let make = move |tx: &WriteTx<'_>| app::accounts::create(tx, &name, None);
    let other = db.db.write_blocking(write(None), make);
    let first = std::mem::replace(&mut db.account, other.expect("an account"));
    assert_eq!(find(&db), 0);
    add(&db, "quill.two@x.example");
    add(&db, "quill.three@x.example");
    assert_eq!(find(&db), 2);
    db.account = first;
    assert_eq!(find(&db), 1);
    add(&db, "quill.four@x.example");
    assert_eq!(find(&db), 2);
}

/// Their names come in turns, and a page shows one of them.
#[test]
fn pages_go_on_past_the_people_of_another_account() {
    let mut db = TestDb::new();
    let name = Label::parse("Other").expect("a name");
    let make = move |tx: &WriteTx<'_>| app::accounts::create(tx, &name, None);
    let other = db.db.write_blocking(write(None), make);
    let mut other = other.expect("an account");
    let mut made = [Vec::new(), Vec::new()];
    for (number, letter) in ('a'..='l').enumerate() {
        let member = add(&db, &format!("quill.{letter}@x.example"));
        made[number % 2].push(member.id);
        std::mem::swap(&mut db.account, &mut other);
    }
    for mut all in made {
        for descending in [false, true] {
            let wanted = MemberSearch {
                part: Some("quill".to_owned()),
                state: None,
                source: None,
                order: SearchOrder::Name,
                descending,
            };
            let found = db.read(|tx| found(tx, &wanted, (super::super::BOUNDS, 1)));
            assert_eq!(found.expect("pages"), all, "{descending}");
            all.reverse();
        }
        std::mem::swap(&mut db.account, &mut other);
    }
}

/// Gives the member of that name another value of an attribute.
pub(super) fn set(db: &TestDb, name: &str, attribute: &'static str, value: serde_json::Value) {
    let named = MemberRef::Named(name.to_owned());
    let changed = db.write(move |tx| {
        let (_, member) = super::super::super::by_hand::get(tx, &named)?;
        let (action, any) = (Action::ScimUserUpdate, Precondition::default());
        app::members::edit(tx, member.id, action, &any, |profile| {
            let mut changed = profile.clone();
            changed
                .attributes
                .insert(attribute.to_owned(), value.clone());
            Ok::<_, Error>(changed)
        })
    });
    changed.expect("a member who is changed");
}

/// As a provider makes somebody: nobody who is there reads differently after it.
fn add(db: &TestDb, name: &str) -> Member {
    let attributes = json!({ "userName": name });
    let profile = Profile {
        active: true,
        external_id: None,
        attributes: attributes.as_object().cloned().expect("an object"),
    };
    let new = app::members::NewMember::prepare(profile).expect("a person");
    db.write(move |tx| app::members::create(tx, new))
        .expect("a member")
}

#[test]
fn whoever_comes_goes_or_changes_is_found_so_at_once() {
    let (db, _) = town();
    let look = |all: usize, what: &str| {
        for order in [SearchOrder::Name, SearchOrder::Changed, SearchOrder::Made] {
            let wanted = MemberSearch {
                part: Some("quill".to_owned()),
                state: None,
                source: None,
                order,
                descending: false,
            };
            let right = db.read(|tx| expected(tx, &wanted)).expect("members");
            assert_eq!(right.len(), all, "{what}");
            let found = db.read(|tx| found(tx, &wanted, (bounds(100, 1, 9), 3)));
            assert_eq!(found.expect("pages"), right, "{what}");
        }
    };
    look(0, "before");
    let one = add(&db, "quill@x.example");
    look(1, "somebody who was made");
    add(&db, "other@x.example");
    set(&db, "other@x.example", "displayName", json!("A. Quill"));
    look(2, "a name");
    set(
        &db,
        "ada.p1@corp.example",
        "emails",
        json!([{ "value": "q@quill.example" }]),
    );
    look(3, "an address");
    set(&db, "quill@x.example", "userName", json!("else@x.example"));
    look(2, "another name");
    set(&db, "ada.p1@corp.example", "emails", json!([]));
    look(1, "no address");
    set(&db, "else@x.example", "userName", json!("quill@x.example"));
    look(2, "the name again");
    db.write(move |tx| app::members::delete(tx, one.id, &Precondition::default()))
        .expect("somebody who goes");
    look(1, "somebody who went");
}

/// What is remembered is neither another part's nor what other bounds found.
#[test]
fn who_has_a_part_is_read_once_while_nothing_changes() {
    let (db, _) = town();
    let find_of = |few: i64, part: &str| {
        let wanted = MemberSearch {
            part: Some(part.to_owned()),
            state: None,
            source: None,
            order: SearchOrder::Name,
            descending: false,
        };
        let page = db.read(|tx| search(tx, &wanted, &Begin::First, 50, bounds(few, 1, 9)));
        page.expect("a page").ids.len()
    };
    let find = |part: &str| find_of(100, part);
    // To these bounds they are too many, and one is looked at.
    assert_eq!(find_of(0, "ada"), 1);
    assert_eq!((find("ada"), find("zoe"), find("p7@")), (10, 10, 1));
    // Behind the counts' back: what is found is what was found.
    db.attack("UPDATE members SET user_name_key = 'x' || seq, display_name_key = NULL")
        .expect("a change that nobody is told of");
    assert_eq!((find("ada"), find("zoe"), find("p7@")), (10, 10, 1));
    add(&db, "ada.new@corp.example");
    assert_eq!((find("ada"), find("zoe"), find("p7@")), (1, 0, 0));
}
