//! Laws of PATCH /Users/{id}, over HTTP.

use std::cell::Cell;

use proptest::prelude::{prop_assert, prop_assert_eq};
use proptest::test_runner::TestCaseResult;
use provost::domain::connection::ProviderKind;
use serde_json::{Value, json};

use super::check;
use super::shapes::{entries, operations, person, replacement};
use crate::harness::app::TestApp;
use crate::harness::client::{Answer, Client};

/// People who are made, looked at and removed again.
struct Register {
    scim: Client,
    kind: ProviderKind,
    count: Cell<u32>,
}

impl Register {
    fn new(app: &TestApp, kind: ProviderKind) -> Self {
        Self {
            scim: app.provider(kind),
            kind,
            count: Cell::new(0),
        }
    }

    /// Makes the person under a name of their own; gives the path.
    fn enter(&self, mut person: Value) -> String {
        self.count.set(self.count.get() + 1);
        person["userName"] = json!(format!("law{}@{}", self.count.get(), self.kind.name()));
        format!("/Users/{}", self.scim.made("/Users", &person))
    }

    fn read(&self, path: &str) -> Answer {
        self.scim.get(path).is(200)
    }

    /// Holds `law` to a new person, who goes again whatever comes of it.
    fn with(&self, person: Value, law: impl FnOnce(&str) -> TestCaseResult) -> TestCaseResult {
        let path = self.enter(person);
        let held = law(&path);
        self.scim.delete(&path).is(204);
        held
    }
}

/// What a client never changes.
fn read_only(person: &Value) -> Value {
    let meta = &person["meta"];
    json!([
        person["id"],
        meta["created"],
        meta["location"],
        meta["resourceType"],
        person["groups"],
    ])
}

/// What a client says of a person, without the names that are theirs alone.
fn said(person: &Value) -> Value {
    let mut person = person.clone();
    if let Some(person) = person.as_object_mut() {
        for name in [
            "id",
            "meta",
            "groups",
            "roles",
            "userName",
            "externalId",
            "active",
        ] {
            person.remove(name);
        }
    }
    person
}

fn is_unchanged(before: &Answer, after: &Answer) -> TestCaseResult {
    prop_assert_eq!(before.text(), after.text());
    prop_assert_eq!(before.etag(), after.etag());
    Ok(())
}

/// After any PATCH: an error leaves everything as it was; a success is what is stored, moves
/// the version when it changes something and only then, and changes nothing read-only.
fn is_atomic(before: &Answer, answer: &Answer, after: &Answer) -> TestCaseResult {
    if answer.status >= 400 {
        prop_assert_eq!(answer.status, 400, "{}", answer.text());
        return is_unchanged(before, after);
    }
    prop_assert_eq!(answer.status, 200);
    is_unchanged(answer, after)?;
    let (old, new) = (before.json(), after.json());
    prop_assert_eq!(read_only(&old), read_only(&new));
    let body = |person: &Value| {
        let mut person = person.clone();
        person["meta"] = Value::Null;
        person
    };
    prop_assert_eq!(body(&old) == body(&new), before.etag() == after.etag());
    Ok(())
}

/// What is stored is a good resource: sent back it changes nothing, and somebody else can be
/// made of it.
fn is_good(register: &Register, path: &str, stored: &Answer) -> TestCaseResult {
    let put = register.scim.put(path, &stored.json());
    prop_assert_eq!(put.status, 200, "{}", put.text());
    is_unchanged(stored, &put)?;
    let mut copy = stored.json();
    if let Some(copy) = copy.as_object_mut() {
        copy.remove("externalId");
    }
    register.with(copy, |twin| {
        prop_assert_eq!(said(&register.read(twin).json()), said(&stored.json()));
        Ok(())
    })
}

#[test]
fn a_patch_is_applied_whole_or_not_at_all_and_leaves_a_good_resource() {
    let app = TestApp::spawn();
    // Okta's filtered `replace` makes what is missing; others' has no target then.
    let kinds = [ProviderKind::Generic, ProviderKind::Okta];
    let registers = kinds.map(|kind| Register::new(&app, kind));
    let (applied, refused) = (Cell::new(0), Cell::new(0));
    let which = 0..registers.len();
    let values = (which, person(), operations());
    check(&values, |(which, person, (operations, bad))| {
        let register = &registers[which];
        register.with(person, |path| {
            let before = register.read(path);
            let answer = register.scim.patch(path, &json!(operations));
            let after = register.read(path);
            is_atomic(&before, &answer, &after)?;
            prop_assert!(!bad || answer.status == 400, "{}", answer.text());
            let count = if answer.status == 200 {
                &applied
            } else {
                &refused
            };
            count.set(count.get() + 1);
            is_good(register, path, &after)
        })
    });
    assert!(
        applied.get() > 0 && refused.get() > 0,
        "{applied:?} {refused:?}"
    );
}

/// The second time a `replace` changes nothing; one whose filter its own value no longer
/// passes has no target then, which changes nothing either.
#[test]
fn a_replace_twice_is_a_replace_once() {
    let app = TestApp::spawn();
    let register = Register::new(&app, ProviderKind::Generic);
    check(&(person(), replacement()), |(person, operation)| {
        register.with(person, |path| {
            let operations = json!([operation]);
            let first = register.scim.patch(path, &operations);
            let once = register.read(path);
            let second = register.scim.patch(path, &operations);
            if first.status == 200 && second.status != 200 {
                prop_assert!(!second.refused(400, "noTarget").is_empty());
            } else {
                prop_assert_eq!(first.status, second.status, "{}", second.text());
            }
            is_unchanged(&once, &register.read(path))?;
            Ok(())
        })
    });
}

#[test]
fn adding_entries_and_removing_them_leaves_what_was_there() {
    let app = TestApp::spawn();
    let register = Register::new(&app, ProviderKind::Generic);
    check(&(person(), entries()), |(person, mut added)| {
        // New to the person, whoever that is; a primary one would end another's being so.
        for (i, entry) in added.as_array_mut().into_iter().flatten().enumerate() {
            entry["value"] = json!(format!("new{i}@z"));
            entry["primary"] = json!(false);
        }
        register.with(person, |path| {
            let before = register.read(path).json();
            let add = json!([{ "op": "add", "path": "emails", "value": added }]);
            let remove = json!([{ "op": "remove", "path": "emails", "value": added }]);
            register.scim.patch(path, &add).is(200);
            let after = register.scim.patch(path, &remove).is(200).json();
            prop_assert_eq!(said(&before), said(&after));
            // In one request it comes to no change at all.
            let version = register.read(path).etag();
            let both = json!([add[0], remove[0]]);
            prop_assert_eq!(register.scim.patch(path, &both).is(200).etag(), version);
            Ok(())
        })
    });
}
