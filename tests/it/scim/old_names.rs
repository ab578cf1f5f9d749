//! Groups that had another name before: each connection is shown the one it knows, until it
//! sends another.

use provost::domain::connection::ProviderKind;
use provost::domain::id::GroupScimId;
use provost::domain::legacy::OldName;
use provost::domain::text::GroupName;
use provost::store::groups::{self, GroupKey};
use provost::store::legacy::old_names;
use serde_json::{Value, json};

use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Client, percent, text};
use crate::harness::fixtures::{group, values};

const OLD: &str = "CF-old - DNS";
const NEW: &str = "DNS editors";

/// A group that okta pushed, that is called otherwise now.
struct Renamed {
    app: TestApp,
    okta: Client,
    entra: Client,
    id: String,
    ada: String,
}

impl Renamed {
    fn new() -> Self {
        let app = Setup::standing_clock().spawn();
        app.set_reserved_prefix("");
        let okta = app.provider(ProviderKind::Okta);
        let entra = app.provider(ProviderKind::Entra);
        let ada = okta.new_user("ada@corp.example");
        let id = okta.new_group(OLD, std::slice::from_ref(&ada));
        let renamed = Self {
            app,
            okta,
            entra,
            id,
            ada,
        };
        renamed.app.set_reserved_prefix("CF");
        let key = renamed.key();
        let before = [&renamed.okta, &renamed.entra].map(|scim| seen(scim, &renamed));
        renamed.app.write(move |tx| {
            groups::rename(tx, key, &GroupName::parse(NEW)?)?;
            old_names::keep(tx, key, OLD)
        });
        // No connection sees a difference, versions included.
        let after = [&renamed.okta, &renamed.entra].map(|scim| seen(scim, &renamed));
        assert_eq!(before, after);
        renamed
    }

    fn key(&self) -> GroupKey {
        let id = GroupScimId::parse(&self.id).expect("an id");
        let found = self.app.read(|tx| groups::find_by_id(tx, &id));
        found.expect("a group").0
    }

    fn at(&self) -> String {
        format!("/Groups/{}", self.id)
    }

    /// What is kept of a connection.
    fn kept(&self, connection: &str) -> Option<(Option<i64>, Option<i64>)> {
        let key = self.key();
        let all: Vec<OldName> = self.app.read(|tx| old_names::of(tx, key));
        let one = all
            .into_iter()
            .find(|old| old.connection.name == connection)?;
        Some((one.seen_ms, one.renamed_ms))
    }

    /// The names that a connection is shown, wherever it looks.
    #[track_caller]
    fn names(&self, scim: &Client) -> Vec<String> {
        let one = scim.get(&self.at()).is(200);
        let list = scim.get("/Groups").is(200).json();
        let narrow = scim
            .get("/Groups?excludedAttributes=members")
            .is(200)
            .json();
        let user = scim.read_user(&self.ada);
        let mut names = vec![
            text(&one.json(), "displayName"),
            text(&list["Resources"][0], "displayName"),
            text(&narrow["Resources"][0], "displayName"),
            text(&user["groups"][0], "display"),
        ];
        names.dedup();
        names
    }
}

/// All that a connection can read.
fn seen(scim: &Client, of: &Renamed) -> Vec<(Option<String>, Value)> {
    let paths = [
        of.at(),
        "/Groups".to_owned(),
        "/Groups?excludedAttributes=members".to_owned(),
        format!("/Users/{}", of.ada),
        "/Users".to_owned(),
    ];
    paths
        .iter()
        .map(|path| {
            let answer = scim.get(path).is(200);
            (answer.header("etag").map(str::to_owned), answer.json())
        })
        .collect()
}

fn rename(name: &str) -> Value {
    json!([{ "op": "replace", "value": { "displayName": name } }])
}

#[test]
fn each_connection_is_shown_the_name_it_knows() {
    let of = Renamed::new();
    let later = of.app.provider(ProviderKind::Authentik);
    assert_eq!(of.names(&of.okta), [OLD]);
    assert_eq!(of.names(&of.entra), [OLD]);
    // Who came later knows no other name than its own.
    assert_eq!(of.names(&later), [NEW]);
    let page = provost::app::groups::pages::GroupPage {
        limit: 10,
        ..Default::default()
    };
    let (shown, _) = of
        .app
        .read(|tx| provost::app::groups::pages::page(tx, &page));
    assert_eq!(shown[0].0.name, NEW);
}

#[test]
fn it_is_found_by_either_name_and_compared_by_the_one_that_is_seen() {
    let of = Renamed::new();
    let later = of.app.provider(ProviderKind::Authentik);
    let (id, ada) = (of.id.as_str(), of.ada.as_str());
    for scim in [&of.okta, &later] {
        for name in [OLD, NEW, &OLD.to_lowercase()] {
            scim.finds("Groups", &format!("displayName eq \"{name}\""), &[id]);
        }
    }
    for (scim, sees, other) in [(&of.okta, OLD, NEW), (&later, NEW, OLD)] {
        for op in ["sw", "co", "ew", "ge", "le"] {
            scim.finds("Groups", &format!("displayName {op} \"{sees}\""), &[id]);
        }
        scim.finds("Groups", &format!("displayName sw \"{other}\""), &[]);
        for op in ["eq", "sw"] {
            scim.finds("Users", &format!("groups.display {op} \"{sees}\""), &[ada]);
            scim.finds("Users", &format!("groups.display {op} \"{other}\""), &[]);
            let both = format!("groups[display {op} \"{sees}\" and value eq \"{id}\"]");
            scim.finds("Users", &both, &[ada]);
        }
        let version = scim
            .get(&format!("/Users/{ada}"))
            .is(200)
            .etag()
            .replace('"', "\\\"");
        scim.finds("Users", &format!("meta.version eq \"{version}\""), &[ada]);
    }
}

#[test]
fn lists_are_sorted_by_the_names_that_are_seen() {
    let of = Renamed::new();
    let later = of.app.provider(ProviderKind::Authentik);
    of.okta.new_group("CO", &[]);
    of.okta.new_group("Da", &[]);
    let eve = of.okta.new_user("eve@corp.example");
    of.okta.new_group("Cz", &[eve]);
    let order = |scim: &Client, kind: &str, by: &str| -> Vec<String> {
        let path = format!("/{kind}?sortBy={}&count=2", percent(by));
        let first = scim.get(&path).is(200).json();
        let second = scim.get(&format!("{path}&startIndex=3")).is(200).json();
        let name = if kind == "Groups" {
            "displayName"
        } else {
            "userName"
        };
        let all = [first, second];
        let items = all
            .iter()
            .flat_map(|page| page["Resources"].as_array().into_iter().flatten());
        items.map(|item| text(item, name)).collect()
    };
    assert_eq!(
        order(&of.okta, "Groups", "displayName"),
        [OLD, "CO", "Cz", "Da"]
    );
    assert_eq!(
        order(&later, "Groups", "displayName"),
        ["CO", "Cz", "Da", NEW]
    );
    let people = ["ada@corp.example", "eve@corp.example"];
    assert_eq!(order(&of.okta, "Users", "groups.display"), people);
    assert_eq!(
        order(&later, "Users", "groups.display"),
        [people[1], people[0]]
    );
}

#[test]
fn what_is_sent_under_the_old_name_has_its_effect_and_no_other() {
    let of = Renamed::new();
    let bob = of.okta.new_user("bob@corp.example");
    let version = of.okta.get(&of.at()).is(200).etag();
    let rows = of.app.audit().len();
    of.app.pass(5);
    of.okta.patch(&of.at(), &rename(OLD)).is(200);
    of.okta
        .put(&of.at(), &group(OLD, std::slice::from_ref(&of.ada)))
        .is(200);
    of.okta
        .post("/Groups", &group(OLD, &[]))
        .refused(409, "uniqueness");
    // Letter case aside, as everywhere.
    of.okta
        .patch(&of.at(), &rename(&OLD.to_lowercase()))
        .is(200);
    assert_eq!(of.okta.get(&of.at()).is(200).etag(), version);
    assert_eq!(of.app.audit().len(), rows);
    let now = Some(crate::harness::app::NOON_MS + 5);
    assert_eq!(of.kept("okta"), Some((now, None)));
    assert_eq!(of.kept("entra"), Some((None, None)));
    // A change of the members says that it still knows it so.
    of.app.pass(5);
    let add = json!([{ "op": "add", "path": "members", "value": values(&[bob]) }]);
    let answer = of.okta.patch(&of.at(), &add).is(200).json();
    assert_eq!(text(&answer, "displayName"), OLD);
    assert_eq!(of.kept("okta"), Some((now.map(|now| now + 5), None)));
    assert_eq!(of.names(&of.okta), [OLD]);
    // What is refused says nothing.
    of.app.pass(5);
    of.okta
        .patch(&of.at(), &json!([{ "op": "remove", "path": "x" }]))
        .refused(400, "invalidPath");
    of.okta
        .patch(&of.at(), &rename("CFO"))
        .refused(400, "invalidValue");
    assert_eq!(of.kept("okta"), Some((now.map(|now| now + 5), None)));
}

#[test]
fn a_new_name_wins_for_whoever_sends_it() {
    let of = Renamed::new();
    of.app.pass(5);
    let before = of.okta.get(&of.at()).is(200).etag();
    let answer = of.okta.patch(&of.at(), &rename("DNS people")).is(200);
    assert_ne!(answer.etag(), before);
    assert_eq!(text(&answer.json(), "displayName"), "DNS people");
    assert_eq!(of.names(&of.okta), ["DNS people"]);
    assert_eq!(of.names(&of.entra), [OLD]);
    assert_eq!(
        of.kept("okta"),
        Some((None, Some(crate::harness::app::NOON_MS + 5)))
    );
    let row = of.app.audit().pop().expect("a row");
    assert!(row.to_string().contains("DNS people"), "{row}");
    // The other one sends the group's own name: it is shown that from then on.
    of.entra
        .put(
            &of.at(),
            &group("DNS people", std::slice::from_ref(&of.ada)),
        )
        .is(200);
    assert_eq!(of.names(&of.entra), ["DNS people"]);
    // And back: who sends the old name is shown it again, and the group keeps its own.
    let rows = of.app.audit().len();
    of.entra.patch(&of.at(), &rename(OLD)).is(200);
    assert_eq!(of.names(&of.entra), [OLD]);
    assert_eq!(of.names(&of.okta), ["DNS people"]);
    assert_eq!(of.app.audit().len(), rows + 1);
    // The name that the group had in between is free.
    of.okta.new_group(NEW, &[]);
}

#[test]
fn a_name_that_comes_and_goes_within_a_request_is_written_down() {
    let of = Renamed::new();
    let rows = of.app.audit().len();
    let both = json!([
        { "op": "replace", "path": "displayName", "value": "DNS people" },
        { "op": "replace", "path": "displayName", "value": OLD },
    ]);
    of.okta.patch(&of.at(), &both).is(200);
    assert_eq!(of.names(&of.okta), [OLD]);
    let row = of.app.audit().pop().expect("a row");
    assert_eq!(of.app.audit().len(), rows + 1);
    assert!(row.to_string().contains("DNS people"), "{row}");
}

#[test]
fn who_came_later_may_use_the_old_name_too() {
    let of = Renamed::new();
    let later = of.app.provider(ProviderKind::Authentik);
    later.patch(&of.at(), &rename(OLD)).is(200);
    assert_eq!(of.names(&later), [OLD]);
    later.patch(&of.at(), &rename(NEW)).is(200);
    assert_eq!(of.names(&later), [NEW]);
    assert_eq!(of.names(&of.okta), [OLD]);
}

#[test]
fn nobody_else_takes_the_old_name_until_it_ends() {
    let of = Renamed::new();
    of.app.set_reserved_prefix("");
    let other = format!("/Groups/{}", of.okta.new_group("Other", &[]));
    of.okta
        .patch(&other, &rename(OLD))
        .refused(409, "uniqueness");
    of.entra
        .post("/Groups", &group(OLD, &[]))
        .refused(409, "uniqueness");
    let key = of.key();
    of.app.write(move |tx| old_names::end(tx, key));
    assert_eq!(of.names(&of.okta), [NEW]);
    of.okta
        .finds("Groups", &format!("displayName eq \"{OLD}\""), &[]);
    of.okta.patch(&other, &rename(OLD)).is(200);
}

#[test]
fn a_group_that_goes_takes_its_old_names_with_it() {
    let of = Renamed::new();
    of.okta.delete(&of.at()).is(204);
    of.app.set_reserved_prefix("");
    of.okta.new_group(OLD, &[]);
}

#[test]
fn one_that_nobody_manages_yet_is_taken_by_the_first_push() {
    let of = Renamed::new();
    of.app
        .sql()
        .execute("UPDATE groups SET connection = NULL", [])
        .expect("unmanaged");
    // Near is not right: the name is taken.
    let near = OLD.to_lowercase();
    of.okta
        .post("/Groups", &group(&near, &[]))
        .refused(409, "uniqueness");
    let bob = of.okta.new_user("bob@corp.example");
    let made = of.okta.post("/Groups", &group(OLD, &[bob])).is(201).json();
    let named = (text(&made, "id"), text(&made, "displayName"));
    assert_eq!(named, (of.id.clone(), OLD.to_owned()));
    assert_eq!(made["members"].as_array().map(Vec::len), Some(2));
    of.okta
        .post("/Groups", &group(OLD, &[]))
        .refused(409, "uniqueness");
}
