//! What `/Schemas` announces is so: every attribute of it is stored, returned, patched,
//! unassigned and found, as its characteristics say (RFC 7643 2.2, 7).

mod patched;
mod told;
mod written;

use serde_json::{Map, Value, json};

use crate::harness::client::{Client, ENTERPRISE_URN, GROUP_URN, USER_URN, text};
use crate::harness::fixtures::with;

/// An attribute as `/Schemas` announces it, or one that all resources have.
#[derive(Clone)]
struct Announced {
    route: &'static str,
    urn: String,
    attribute: Value,
}

impl Announced {
    fn name(&self) -> &str {
        self.attribute["name"].as_str().expect("a name")
    }

    fn is(&self, characteristic: &str, value: impl Into<Value>) -> bool {
        self.attribute[characteristic] == value.into()
    }

    fn is_multi(&self) -> bool {
        self.is("multiValued", true)
    }

    fn subs(&self) -> Vec<&Value> {
        let subs = self
            .attribute
            .get("subAttributes")
            .and_then(Value::as_array);
        subs.into_iter().flatten().collect()
    }

    fn in_extension(&self) -> bool {
        self.urn == ENTERPRISE_URN
    }

    /// As a PATCH path or a filter names it.
    fn path(&self) -> String {
        if self.in_extension() {
            self.qualified()
        } else {
            self.name().to_owned()
        }
    }

    fn qualified(&self) -> String {
        format!("{}:{}", self.urn, self.name())
    }

    fn of<'a>(&self, resource: &'a Value) -> Option<&'a Value> {
        let container = if self.in_extension() {
            resource.get(ENTERPRISE_URN)?
        } else {
            resource
        };
        container.get(self.name())
    }

    /// A resource's body with `value` for the attribute.
    fn body(&self, value: &Value) -> Value {
        let own = Map::from_iter([(self.name().to_owned(), value.clone())]);
        if self.in_extension() {
            return json!({ ENTERPRISE_URN: own });
        }
        Value::Object(own)
    }

    fn sample(&self, n: usize) -> Value {
        sample(&self.attribute, n)
    }
}

/// The first or the second good value of an attribute.
fn sample(attribute: &Value, n: usize) -> Value {
    let name = attribute["name"].as_str().unwrap_or_default();
    let one = match attribute["type"].as_str().unwrap_or_default() {
        "boolean" => json!(n == 1),
        "binary" => json!(["YWFh", "YmJi"][n - 1]),
        "reference" => json!(format!("https://corp.example/{name}/{n}")),
        "complex" => {
            let subs = attribute["subAttributes"].as_array().expect("they have");
            let values = subs.iter().map(|sub| (text(sub, "name"), sample(sub, n)));
            Value::Object(values.collect())
        }
        _ => json!(format!("{name} {n}")),
    };
    if attribute["multiValued"] == true {
        return json!([one]);
    }
    one
}

/// What every schema of the route announces, and `externalId` (RFC 7643 3.1).
fn announced(scim: &Client, route: &'static str) -> Vec<Announced> {
    let urns: &[&str] = match route {
        "/Users" => &[USER_URN, ENTERPRISE_URN],
        _ => &[GROUP_URN],
    };
    let mut all = Vec::new();
    for urn in urns {
        let schema = scim.get(&format!("/Schemas/{urn}")).is(200).json();
        for attribute in schema["attributes"].as_array().expect("attributes") {
            all.push(Announced {
                route,
                urn: (*urn).to_owned(),
                attribute: attribute.clone(),
            });
        }
    }
    all.push(Announced {
        route,
        urn: urns[0].to_owned(),
        attribute: json!({
            "name": "externalId", "type": "string", "multiValued": false, "required": false,
            "mutability": "readWrite", "returned": "default", "caseExact": true,
        }),
    });
    all
}

fn writable(scim: &Client) -> Vec<Announced> {
    let mut all = announced(scim, "/Users");
    all.retain(|attribute| attribute.is("mutability", "readWrite"));
    assert!(all.len() > 20);
    all
}

/// The least that a resource of the route needs.
fn least(route: &str) -> Value {
    match route {
        "/Users" => json!({ "schemas": [USER_URN], "userName": "least@corp.example" }),
        _ => json!({ "schemas": [GROUP_URN], "displayName": "Least" }),
    }
}

/// A resource for one test of one attribute.
struct Resource<'a> {
    scim: &'a Client,
    path: String,
}

impl<'a> Resource<'a> {
    #[track_caller]
    fn make(scim: &'a Client, route: &str, more: &Value) -> Self {
        let body = with(least(route), more.clone());
        let path = format!("{route}/{}", scim.made(route, &body));
        Self { scim, path }
    }

    #[track_caller]
    fn read(&self) -> Value {
        self.scim.get(&self.path).is(200).json()
    }

    #[track_caller]
    fn has(&self, attribute: &Announced, value: Option<&Value>) {
        let read = self.read();
        assert_eq!(attribute.of(&read), value, "{} in {read}", attribute.name());
    }

    /// A PATCH that must succeed, and answer with what is then stored.
    #[track_caller]
    fn patch(&self, operation: &Value) {
        let answer = self.scim.patch(&self.path, &json!([operation]));
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
        assert_eq!(answer.json(), self.read(), "{operation}");
    }

    #[track_caller]
    fn refuses(&self, operation: &Value, scim_type: &str) {
        let before = self.read();
        let answer = self.scim.patch(&self.path, &json!([operation]));
        let found = (answer.status, answer.json()["scimType"].clone());
        assert_eq!(found, (400, json!(scim_type)), "{operation}");
        assert_eq!(self.read(), before, "{operation}");
    }
}

impl Drop for Resource<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.scim.delete(&self.path).is(204);
        }
    }
}
