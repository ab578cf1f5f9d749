//! Two providers as a server sees them: each keeps what it pushed, and sends what the real one
//! sends. Whatever is answered must be what the real one takes for success.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::harness::Random;
use crate::harness::client::{Answer, Client, GROUP_URN, PATCH_URN, percent, text};
use crate::harness::fixtures::{user, with};

const ENTRA_GROUP_URN: &str =
    "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Okta,
    Entra,
}

/// A group as its provider knows it.
pub(super) struct Pushed {
    pub(super) id: String,
    /// Its legacy name.
    pub(super) old: String,
    /// What the provider calls it now.
    pub(super) name: String,
    /// Places in [`Provider::ids`].
    pub(super) members: BTreeSet<usize>,
}

pub(super) struct Provider {
    pub(super) kind: Kind,
    pub(super) client: Client,
    pub(super) groups: Vec<Pushed>,
    /// Of everybody in the account.
    pub(super) ids: Arc<Vec<String>>,
    pub(super) random: Random,
}

impl Provider {
    pub(super) fn new(kind: Kind, client: Client, random: Random) -> Self {
        Self {
            kind,
            client,
            groups: Vec::new(),
            ids: Arc::default(),
            random,
        }
    }

    #[track_caller]
    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        let typed = ("Content-Type", "application/scim+json; charset=utf-8");
        let okta = [
            ("User-Agent", "Okta SCIM Client 1.0.0"),
            ("Accept-Charset", "utf-8"),
            typed,
        ];
        let entra = [typed];
        let all: &[_] = match self.kind {
            Kind::Okta => &okta,
            Kind::Entra => &entra,
        };
        let all = &all[..all.len() - usize::from(body.is_none())];
        let body = body.map(Value::to_string);
        self.client
            .send(method, path, all, body.as_ref().map(String::as_bytes))
    }

    #[track_caller]
    fn patch(&self, path: &str, operations: &Value) {
        let body = json!({ "schemas": [PATCH_URN], "Operations": operations });
        let answer = self.send("PATCH", path, Some(&body));
        assert!(
            matches!(answer.status, 200 | 204),
            "{:?}: {operations:.300}: {}",
            self.kind,
            answer.text()
        );
    }

    /// Looks somebody up, finds nobody, makes them; gives the id.
    #[track_caller]
    pub(super) fn provision(&self, name: &str) -> String {
        let filter = percent(&format!("userName eq \"{name}\""));
        let (path, more) = match self.kind {
            Kind::Okta => (
                format!("/Users?filter={filter}&startIndex=1&count=100"),
                json!({ "groups": [], "password": "aB3-placeholder", "locale": "en-US",
                        "externalId": format!("00u{name}"), "active": true }),
            ),
            Kind::Entra => (
                format!("/Users?filter={filter}"),
                json!({ "roles": [], "externalId": name, "active": true,
                        "meta": { "resourceType": "User" } }),
            ),
        };
        let found = self.send("GET", &path, None).is(200).json();
        assert_eq!(found["totalResults"], 0);
        let names = json!({ "name": { "givenName": "Pat", "familyName": name } });
        let body = with(with(user(name), names), more);
        text(
            &self.send("POST", "/Users", Some(&body)).is(201).json(),
            "id",
        )
    }

    #[track_caller]
    pub(super) fn deactivate(&self, person: usize) {
        let operation = match self.kind {
            Kind::Okta => json!([{ "op": "replace", "value": { "active": false } }]),
            Kind::Entra => json!([{ "op": "Replace", "path": "active", "value": "False" }]),
        };
        self.patch(&format!("/Users/{}", self.ids[person]), &operation);
    }

    /// What the provider asks to find a group by its name: the ids that it is told, with the
    /// names that stand there.
    #[track_caller]
    pub(super) fn find(&self, name: &str) -> Vec<(String, String)> {
        let filter = percent(&format!("displayName eq \"{name}\""));
        let path = match self.kind {
            Kind::Okta => format!("/Groups?filter={filter}&startIndex=1&count=100"),
            Kind::Entra => format!(
                "/Groups?excludedAttributes=members&filter={}",
                filter.replace("%20", "+")
            ),
        };
        let found = self.send("GET", &path, None).is(200).json();
        let all = found["Resources"].as_array().expect("Resources");
        all.iter()
            .map(|group| (text(group, "id"), text(group, "displayName")))
            .collect()
    }

    /// Links the group of that name when there is one, and makes it otherwise.
    #[track_caller]
    pub(super) fn push(&mut self, name: &str) {
        let found = self.find(name);
        let id = if let [(id, _)] = found.as_slice() {
            id.clone()
        } else {
            assert!(found.is_empty(), "{found:?}");
            let body = match self.kind {
                Kind::Okta => {
                    json!({ "schemas": [GROUP_URN], "displayName": name, "members": [] })
                }
                Kind::Entra => json!({
                    "schemas": [GROUP_URN, ENTRA_GROUP_URN],
                    "externalId": format!("5b0f7c1e-{}", self.groups.len()),
                    "displayName": name,
                }),
            };
            text(
                &self.send("POST", "/Groups", Some(&body)).is(201).json(),
                "id",
            )
        };
        self.groups.push(Pushed {
            id,
            old: name.to_owned(),
            name: name.to_owned(),
            members: BTreeSet::new(),
        });
    }

    fn path(&self, group: usize) -> String {
        format!("/Groups/{}", self.groups[group].id)
    }

    /// Sends people to a group, in the portions that the provider sends.
    #[track_caller]
    pub(super) fn add(&mut self, group: usize, people: &[usize]) {
        let portion = match self.kind {
            Kind::Okta => 100,
            Kind::Entra => 20,
        };
        for some in people.chunks(portion) {
            self.tell_name(group);
            let operation = match self.kind {
                Kind::Okta => {
                    let value = some
                        .iter()
                        .map(|i| json!({ "value": self.ids[*i], "display": format!("p{i}") }))
                        .collect::<Value>();
                    json!({ "op": "add", "path": "members", "value": value })
                }
                Kind::Entra => {
                    let value = some
                        .iter()
                        .map(|i| json!({ "$ref": null, "value": self.ids[*i] }))
                        .collect::<Value>();
                    json!({ "op": "Add", "path": "members", "value": value })
                }
            };
            self.patch(&self.path(group), &json!([operation]));
        }
        self.groups[group].members.extend(people);
    }

    #[track_caller]
    fn remove(&mut self, group: usize, person: usize) {
        self.tell_name(group);
        let id = &self.ids[person];
        let operation = match self.kind {
            Kind::Okta => json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") }),
            Kind::Entra => json!({ "op": "Remove", "path": "members", "value": [{ "value": id }] }),
        };
        self.patch(&self.path(group), &json!([operation]));
        self.groups[group].members.remove(&person);
    }

    /// What goes before each change of members: Okta sends the name, Entra compares it and
    /// writes its own back where it differs.
    #[track_caller]
    pub(super) fn tell_name(&self, group: usize) {
        let pushed = &self.groups[group];
        let path = self.path(group);
        match self.kind {
            Kind::Okta => {
                let value = json!({ "id": pushed.id, "displayName": pushed.name });
                self.patch(&path, &json!([{ "op": "replace", "value": value }]));
            }
            Kind::Entra => {
                let path = format!("{path}?excludedAttributes=members");
                let read = self.send("GET", &path, None).is(200).json();
                assert_eq!(read["displayName"], pushed.name, "it would be written back");
            }
        }
    }

    /// The provider's administrator renames a group there, and it is pushed: by PUT where `whole`.
    #[track_caller]
    pub(super) fn rename(&mut self, group: usize, name: &str, whole: bool) {
        self.groups[group].name = name.to_owned();
        let pushed = &self.groups[group];
        if whole {
            let members: Vec<Value> = pushed
                .members
                .iter()
                .map(|i| json!({ "value": self.ids[*i] }))
                .collect();
            let body = json!({ "schemas": [GROUP_URN], "id": pushed.id, "displayName": name,
                               "members": members });
            let answer = self.send("PUT", &self.path(group), Some(&body));
            assert!(matches!(answer.status, 200 | 204), "{}", answer.text());
            return;
        }
        match self.kind {
            Kind::Okta => self.tell_name(group),
            Kind::Entra => {
                let operation = json!({ "op": "Replace", "path": "displayName", "value": name });
                self.patch(&self.path(group), &json!([operation]));
            }
        }
    }

    /// The answer to a rename that is not expected to succeed.
    #[track_caller]
    pub(super) fn try_rename(&self, group: usize, name: &str) -> Answer {
        let value = json!({ "id": self.groups[group].id, "displayName": name });
        let operations = json!([{ "op": "replace", "value": value }]);
        let body = json!({ "schemas": [PATCH_URN], "Operations": operations });
        self.send("PATCH", &self.path(group), Some(&body))
    }

    /// One change of somebody's membership in one of these groups, as things change there.
    #[track_caller]
    pub(super) fn change_something(&mut self, groups: &[usize]) {
        let group = groups[self.random.below(groups.len())];
        let person = self.random.below(self.ids.len());
        if self.groups[group].members.contains(&person) {
            self.remove(group, person);
        } else {
            self.add(group, &[person]);
        }
    }
}
