//! A client that knows what it did: the state it was told of, and the one write that it was
//! not told of when the server died. Nobody else writes to its records.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::Random;
use crate::harness::client::{Answer, Client, PATCH_URN, text};
use crate::harness::fixtures::{group, members, roles, user, values, with};

/// A person as this client believes them to be.
#[derive(Clone, Debug, PartialEq)]
struct Person {
    title: String,
    active: bool,
}

/// A group, by the numbers of its members.
type Members = BTreeSet<usize>;

/// One record and what it is to become; `None`: to be gone.
#[derive(Clone, Debug, PartialEq)]
enum Change {
    Person(String, Option<Person>),
    Group(Option<Members>),
}

pub(super) struct Writer {
    number: usize,
    base: Vec<String>,
    random: Random,
    people: BTreeMap<String, (String, Person)>,
    group: Option<(String, Members)>,
    made: usize,
    /// Names that were written to since the last check, gone ones too.
    touched: BTreeSet<String>,
    pending: Option<Change>,
    /// Request ids of acknowledged changes since the last check.
    pub(super) acknowledged: BTreeSet<String>,
}

impl Writer {
    pub(super) fn new(number: usize, base: Vec<String>, seed: u64) -> Self {
        Self {
            number,
            base,
            random: Random::seeded(seed),
            people: BTreeMap::new(),
            group: None,
            made: 0,
            touched: BTreeSet::new(),
            pending: None,
            acknowledged: BTreeSet::new(),
        }
    }

    /// Sends one change; false when no answer came, since then the server is dead.
    pub(super) fn write(&mut self, client: &Client) -> bool {
        let (change, method, path, body) = self.next_change();
        if let Change::Person(name, _) = &change {
            self.touched.insert(name.clone());
        }
        let bearer = format!("Bearer {}", client.token);
        let headers = [
            ("Authorization", bearer.as_str()),
            ("Content-Type", "application/scim+json"),
        ];
        let target = format!("{}{path}", client.base());
        let body = body.map(|body| body.to_string());
        let headers = if body.is_some() {
            &headers[..]
        } else {
            &headers[..1]
        };
        let body = body.as_ref().map(String::as_bytes);
        let Ok(answer) = client.try_send(method, &target, headers, body) else {
            self.pending = Some(change);
            return false;
        };
        let told = answer.text();
        assert!(
            matches!(answer.status, 200 | 201 | 204),
            "{method} {path}: {told}"
        );
        self.acknowledged.insert(answer.request_id());
        self.take(change, &answer);
        true
    }

    fn take(&mut self, change: Change, answer: &Answer) {
        let id_of = |answer: &Answer| text(&answer.json(), "id");
        match change {
            Change::Person(name, None) => {
                self.people.remove(&name);
            }
            Change::Person(name, Some(person)) => {
                let known = self.people.get(&name).map(|(id, _)| id.clone());
                let id = known.unwrap_or_else(|| id_of(answer));
                self.people.insert(name, (id, person));
            }
            Change::Group(None) => self.group = None,
            Change::Group(Some(members)) => {
                let known = self.group.as_ref().map(|(id, _)| id.clone());
                self.group = Some((known.unwrap_or_else(|| id_of(answer)), members));
            }
        }
    }

    fn next_change(&mut self) -> (Change, &'static str, String, Option<Value>) {
        match self.random.below(10) {
            0 | 1 => self.change_group(),
            2..=4 => self.new_person(),
            kind => match self.random.below(self.people.len().max(1)) {
                at if at < self.people.len() => self.change_person(at, kind),
                _ => self.new_person(),
            },
        }
    }

    fn new_person(&mut self) -> (Change, &'static str, String, Option<Value>) {
        self.made += 1;
        // Every fourth name is one that was there before, and may be gone by now.
        let number = if self.made.is_multiple_of(4) {
            self.random.below(self.made)
        } else {
            self.made
        };
        let name = format!("w{}p{number}@corp.example", self.number);
        if self.people.contains_key(&name) {
            return self.new_person();
        }
        let person = Person {
            title: self.unique(),
            active: self.random.below(5) > 0,
        };
        let body = body_of(&name, &person);
        (
            Change::Person(name, Some(person)),
            "POST",
            "/Users".to_owned(),
            Some(body),
        )
    }

    fn change_person(
        &mut self,
        at: usize,
        kind: usize,
    ) -> (Change, &'static str, String, Option<Value>) {
        let (name, (id, person)) = self.people.iter().nth(at).expect("it is there");
        let (name, path) = (name.clone(), format!("/Users/{id}"));
        let mut person = person.clone();
        match kind {
            5 => (Change::Person(name, None), "DELETE", path, None),
            6 | 7 => {
                person.active = !person.active;
                let body = patch(&json!({ "op": "replace", "value": { "active": person.active } }));
                (
                    Change::Person(name, Some(person)),
                    "PATCH",
                    path,
                    Some(body),
                )
            }
            8 => {
                (person.title, person.active) = (self.unique(), !person.active);
                let body = body_of(&name, &person);
                (Change::Person(name, Some(person)), "PUT", path, Some(body))
            }
            _ => {
                person.title = self.unique();
                let body = patch(&json!({ "op": "add", "path": "title", "value": person.title }));
                (
                    Change::Person(name, Some(person)),
                    "PATCH",
                    path,
                    Some(body),
                )
            }
        }
    }

    fn change_group(&mut self) -> (Change, &'static str, String, Option<Value>) {
        let name = self.group_name();
        let Some((id, now)) = self.group.clone() else {
            let members = self.some_people(200);
            let body = self.group_body(&name, &members);
            return (
                Change::Group(Some(members)),
                "POST",
                "/Groups".to_owned(),
                Some(body),
            );
        };
        let path = format!("/Groups/{id}");
        match self.random.below(20) {
            0 => (Change::Group(None), "DELETE", path, None),
            1..=5 => {
                let mut members = self.some_people(1000);
                if members == now && members.pop_first().is_none() {
                    members.insert(0);
                }
                let body = self.group_body(&name, &members);
                (Change::Group(Some(members)), "PUT", path, Some(body))
            }
            _ => {
                // One request adds and removes: both or neither.
                let added: Members = self
                    .some_people(20)
                    .into_iter()
                    .filter(|i| !now.contains(i))
                    .collect();
                let removed: Members = now.iter().copied().take(self.random.below(5)).collect();
                if added.is_empty() && removed.is_empty() {
                    return self.change_group();
                }
                let body = json!({ "schemas": [PATCH_URN], "Operations": [
                    { "op": "add", "path": "members", "value": self.values(&added) },
                    { "op": "remove", "path": "members", "value": self.values(&removed) },
                ] });
                let after = now
                    .union(&added)
                    .filter(|i| !removed.contains(i))
                    .copied()
                    .collect();
                (Change::Group(Some(after)), "PATCH", path, Some(body))
            }
        }
    }

    fn group_name(&self) -> String {
        format!("Writers {}", self.number)
    }

    fn some_people(&mut self, most: usize) -> Members {
        let count = self.random.below(most + 1);
        (0..count)
            .map(|_| self.random.below(self.base.len()))
            .collect()
    }

    fn ids(&self, members: &Members) -> Vec<String> {
        members.iter().map(|i| self.base[*i].clone()).collect()
    }

    fn values(&self, members: &Members) -> Value {
        values(&self.ids(members))
    }

    fn group_body(&self, name: &str, members: &Members) -> Value {
        group(name, &self.ids(members))
    }

    fn unique(&mut self) -> String {
        format!("{:016x}", self.random.next())
    }

    /// Compares what was written since the last check with what is there. True when the
    /// unanswered write was applied.
    pub(super) fn check(&mut self, client: &Client) -> bool {
        let pending = self.pending.take();
        let mut applied = false;
        for name in std::mem::take(&mut self.touched) {
            applied |= self.check_person(client, &name, pending.as_ref());
        }
        applied | self.check_group(client, pending.as_ref())
    }

    /// Compares every record that this client ever made and has not deleted.
    pub(super) fn check_everything(&mut self, client: &Client) {
        self.touched = self.people.keys().cloned().collect();
        self.check(client);
    }

    /// `pending`: the write that was not answered, of them or of another record.
    fn check_person(&mut self, client: &Client, name: &str, pending: Option<&Change>) -> bool {
        let list = client
            .find("Users", &format!("userName eq \"{name}\""))
            .is(200)
            .json();
        let found = list["Resources"]
            .get(0)
            .map(|user| (text(user, "id"), person_of(user)));
        let known = self.people.get(name).cloned();
        if let (Some((id, _)), Some((known, _))) = (&found, &known) {
            assert_eq!(id, known, "{name} is somebody else");
        }
        let person =
            |both: &Option<(String, Person)>| both.as_ref().map(|(_, person)| person.clone());
        if person(&found) == person(&known) {
            return false;
        }
        let made = Change::Person(name.to_owned(), person(&found));
        assert_eq!(
            Some(&made),
            pending,
            "{name} is neither as acknowledged ({known:?}) nor as the unanswered write makes them"
        );
        match found {
            Some(found) => self.people.insert(name.to_owned(), found),
            None => self.people.remove(name),
        };
        true
    }

    fn check_group(&mut self, client: &Client, pending: Option<&Change>) -> bool {
        let name = self.group_name();
        let list = client
            .find("Groups", &format!("displayName eq \"{name}\""))
            .is(200)
            .json();
        let found = list["Resources"].get(0).map(|group| {
            let known = |id: &String| self.base.iter().position(|base| base == id);
            let members: Option<Members> = members(group).iter().map(known).collect();
            (text(group, "id"), members.expect("only people of ours"))
        });
        let of =
            |both: &Option<(String, Members)>| both.as_ref().map(|(_, members)| members.clone());
        if of(&found) == of(&self.group) {
            return false;
        }
        let counts = (
            of(&found).map(|m| m.len()),
            of(&self.group).map(|m| m.len()),
        );
        assert!(
            Some(&Change::Group(of(&found))) == pending,
            "{name}: neither old nor new members: {counts:?}"
        );
        self.group = found;
        true
    }
}

fn patch(operation: &Value) -> Value {
    json!({ "schemas": [PATCH_URN], "Operations": [operation] })
}

fn body_of(name: &str, person: &Person) -> Value {
    with(
        user(name),
        json!({ "title": person.title, "active": person.active }),
    )
}

/// What is shown of a person; all of it must fit together.
fn person_of(user: &Value) -> Person {
    let active = user["active"].as_bool().expect("a truth");
    let held = roles(user);
    assert_eq!(
        held.len(),
        usize::from(active),
        "active and roles come and go together: {user}"
    );
    Person {
        title: text(user, "title"),
        active,
    }
}
