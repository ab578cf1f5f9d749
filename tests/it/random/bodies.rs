//! Bodies: good ones, ones with one thing wrong, and noise.

use serde_json::{Map, Value, json};

use super::World;
use super::filters;
use crate::harness::Random;
use crate::harness::client::{ENTERPRISE_URN, GROUP_URN, PATCH_URN, USER_URN};

const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const BULK_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

const TEXTS: [&str; 30] = [
    "",
    " ",
    "\0",
    "null",
    "True",
    "false",
    "-1",
    "1e309",
    "work",
    "home",
    "User",
    "\u{202e}",
    "\u{feff}",
    "é",
    "e\u{301}",
    "ß",
    "İ",
    "😀",
    "%00",
    "' OR 1=1 --",
    "a\\b\"c",
    "]",
    "bulkId:1",
    "bulkId:2",
    "CF-x",
    "AAEC",
    "W/\"1\"",
    "2026-11-21T12:00:00Z",
    "2026-02-30T25:61:61Z",
    "0198f3a2c4d57e6f8091a2b3c4d5e6f7",
];

/// A generator and what it is asked for most.
pub(super) struct Dice<'a>(&'a mut Random);

impl<'a> Dice<'a> {
    pub(super) fn new(random: &'a mut Random) -> Self {
        Self(random)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0.below(end)
    }

    /// True once in `of` times.
    pub(super) fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    /// One of the known ids, or one that nobody has.
    pub(super) fn id(&mut self, known: &[String]) -> String {
        if known.is_empty() || self.one_in(12) {
            return self
                .pick(&["0198f3a2c4d57e6f8091a2b3c4d5e6f7", "x", "bulkId:1"])
                .to_owned();
        }
        known[self.below(known.len())].clone()
    }

    pub(super) fn text(&mut self) -> String {
        match self.below(8) {
            0..=2 => self.pick(&TEXTS).to_owned(),
            3 => "x".repeat(self.below(3000)),
            _ => format!("name {}", self.below(200)),
        }
    }

    fn user_name(&mut self) -> String {
        if self.one_in(15) {
            return self.text();
        }
        format!("r{}@corp.example", self.below(800))
    }

    /// Any JSON.
    fn value(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Value::Null,
            1 => Value::Bool(self.one_in(2)),
            2 => json!(self.below(1000)),
            3 => json!(-0.5),
            4 | 5 => Value::from(self.text()),
            6 => (0..self.below(4)).map(|_| self.value(depth - 1)).collect(),
            _ => {
                let members = (0..self.below(4)).map(|_| {
                    let name = filters::attribute(self).to_owned();
                    (name, self.value(depth - 1))
                });
                Value::Object(members.collect())
            }
        }
    }

    /// Any bytes, near a text.
    pub(super) fn mangled(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        for _ in 0..=self.below(4) {
            if bytes.is_empty() {
                return b"{".to_vec();
            }
            let at = self.below(bytes.len());
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, self.pick(b"\"{}[]:,\\\0\xff ")),
                2 => {
                    bytes.remove(at);
                }
                3 => {
                    let end = (at + self.below(40)).min(bytes.len());
                    bytes.extend_from_within(at..end);
                }
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
        bytes
    }
}

pub(super) fn user(dice: &mut Dice<'_>, world: &World) -> Value {
    let mut user = json!({ "schemas": [USER_URN], "userName": dice.user_name() });
    let mut set = |dice: &mut Dice<'_>, name: &str, value: Value| {
        if dice.one_in(3) {
            user[name] = value;
        }
    };
    let address = dice.user_name();
    set(
        dice,
        "emails",
        json!([{ "value": address, "type": "work", "primary": true }, { "value": "o@x.example" }]),
    );
    let flag = json!(dice.pick(&["true", "False"]));
    set(dice, "active", flag);
    set(dice, "active", json!(true));
    set(
        dice,
        "name",
        json!({ "givenName": "G", "familyName": null }),
    );
    let text = dice.text();
    set(dice, "displayName", json!(text));
    let external = format!("e{}", dice.below(800));
    set(dice, "externalId", json!(external));
    let manager = dice.id(&world.users);
    set(
        dice,
        ENTERPRISE_URN,
        json!({ "department": "D", "manager": { "value": manager } }),
    );
    let (name, value) = (filters::attribute(dice), dice.value(2));
    if dice.one_in(6) {
        user[name] = value;
    }
    user
}

pub(super) fn group(dice: &mut Dice<'_>, world: &World) -> Value {
    let name = format!("group {}", dice.below(800));
    let mut group = json!({ "schemas": [GROUP_URN], "displayName": name });
    if !dice.one_in(3) {
        group["members"] = members(dice, world);
    }
    if dice.one_in(3) {
        group["externalId"] = json!(format!("g{}", dice.below(800)));
    }
    if dice.one_in(8) {
        group[filters::attribute(dice)] = dice.value(2);
    }
    group
}

fn members(dice: &mut Dice<'_>, world: &World) -> Value {
    let ids = (0..dice.below(6)).map(|_| json!({ "value": dice.id(&world.users) }));
    ids.collect()
}

pub(super) fn patch(dice: &mut Dice<'_>, world: &World) -> Value {
    let operations: Value = (0..=dice.below(3))
        .map(|_| operation(dice, world))
        .collect();
    json!({ "schemas": [PATCH_URN], "Operations": operations })
}

fn operation(dice: &mut Dice<'_>, world: &World) -> Value {
    let op = dice.pick(&["add", "replace", "remove", "Add", "Replace", "Remove"]);
    let mut operation = json!({ "op": op });
    if !dice.one_in(4) {
        operation["path"] = json!(filters::path(dice, world));
    }
    let value = match dice.below(8) {
        0 | 1 => members(dice, world),
        2 => json!({ "members": members(dice, world) }),
        3 => json!({ "active": dice.pick(&["True", "false", "no"]) }),
        4 => user(dice, world),
        5 => return operation,
        6 => json!(dice.text()),
        _ => dice.value(2),
    };
    operation["value"] = value;
    operation
}

pub(super) fn search(dice: &mut Dice<'_>, world: &World) -> Value {
    let mut search = json!({ "schemas": [SEARCH_URN] });
    if !dice.one_in(3) {
        search["filter"] = json!(filters::filter(dice, world, 2));
    }
    for (name, most) in [("startIndex", 30), ("count", 300)] {
        if dice.one_in(2) {
            search[name] = json!(dice.below(most));
        }
    }
    if dice.one_in(3) {
        search["sortBy"] = json!(filters::attribute(dice));
        search["sortOrder"] = json!(dice.pick(&["ascending", "descending", "up"]));
    }
    if dice.one_in(3) {
        let name = dice.pick(&["attributes", "excludedAttributes"]);
        search[name] = json!([filters::attribute(dice), filters::attribute(dice)]);
    }
    if dice.one_in(4) {
        search["cursor"] = json!(dice.id(&world.cursors));
    }
    search
}

pub(super) fn bulk(dice: &mut Dice<'_>, world: &World) -> Value {
    let mut operations = Vec::new();
    for number in 0..dice.below(6) {
        let is_group = dice.one_in(2);
        let known = if is_group {
            &world.groups
        } else {
            &world.users
        };
        let kind = if is_group { "Groups" } else { "Users" };
        let method = dice.pick(&["POST", "POST", "PUT", "PATCH", "DELETE", "GET", "post"]);
        let path = if method.eq_ignore_ascii_case("POST") {
            format!("/{kind}")
        } else {
            format!("/{kind}/{}", dice.id(known))
        };
        let mut operation = json!({ "method": method, "path": path });
        if !dice.one_in(5) {
            operation["bulkId"] = json!(dice.pick(&["1", "2", "3", ""]));
        }
        operation["data"] = match (method, is_group) {
            ("PATCH", _) => patch(dice, world),
            (_, true) => group(dice, world),
            (_, false) => user(dice, world),
        };
        if dice.one_in(3) {
            let reference = format!("bulkId:{}", number + dice.below(3));
            operation["data"]["members"] = json!([{ "value": reference }]);
        }
        operations.push(operation);
    }
    let mut bulk = json!({ "schemas": [BULK_URN], "Operations": operations });
    if dice.one_in(3) {
        bulk["failOnErrors"] = json!(dice.below(3));
    }
    bulk
}

/// The same with one thing wrong: a value of another type, a name of another letter case, a
/// member gone, one of another place.
pub(super) fn corrupted(dice: &mut Dice<'_>, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let at = dice.below(members.len());
            let name = members.keys().nth(at).cloned().unwrap_or_default();
            corrupt_member(dice, members, &name);
        }
        Value::Array(items) if !items.is_empty() && !dice.one_in(4) => {
            let at = dice.below(items.len());
            corrupted(dice, &mut items[at]);
        }
        other => *other = dice.value(2),
    }
}

fn corrupt_member(dice: &mut Dice<'_>, members: &mut Map<String, Value>, name: &str) {
    match dice.below(6) {
        0 => drop(members.remove(name)),
        1 => {
            let value = members.remove(name).unwrap_or_default();
            members.insert(name.to_ascii_uppercase(), value);
        }
        2 => {
            members.insert(name.to_owned(), dice.value(2));
        }
        3 => {
            members.insert(filters::attribute(dice).to_owned(), dice.value(2));
        }
        _ => {
            if let Some(inner) = members.get_mut(name) {
                corrupted(dice, inner);
            }
        }
    }
}
