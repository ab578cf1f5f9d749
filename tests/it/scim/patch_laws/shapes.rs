//! Random people, and random operations on them: mostly good ones, some that must be refused.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::harness::client::{ENTERPRISE_URN, USER_URN};

/// Attributes with one simple value.
const TEXTS: [&str; 8] = [
    "displayName",
    "nickName",
    "profileUrl",
    "title",
    "userType",
    "preferredLanguage",
    "locale",
    "timezone",
];
const NAME_PARTS: [&str; 6] = [
    "formatted",
    "familyName",
    "givenName",
    "middleName",
    "honorificPrefix",
    "honorificSuffix",
];
const ENTERPRISE: [&str; 5] = [
    "employeeNumber",
    "costCenter",
    "organization",
    "division",
    "department",
];
/// Multi-valued attributes whose entries have `value`, `display`, `type` and `primary`.
const LISTS: [&str; 5] = ["emails", "phoneNumbers", "ims", "photos", "entitlements"];
const TYPES: [&str; 3] = ["work", "home", "Other"];

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-cA-C]{1,3}",
        1 => "[ßéΣ\"\\\\ ]{1,3}",
        1 => Just(String::new()),
    ]
}

/// An entry of one of [`LISTS`], not primary.
fn entry() -> impl Strategy<Value = Value> {
    let optional = |strategy: BoxedStrategy<String>| proptest::option::of(strategy);
    let kind = select(&TYPES[..]).prop_map(str::to_owned).boxed();
    let parts = ("[a-c]@[xyX]", optional(kind), optional("[de]".boxed()));
    parts.prop_map(|(value, kind, display)| {
        let mut entry = json!({ "value": value });
        if let Some(kind) = kind {
            entry["type"] = json!(kind);
        }
        if let Some(display) = display {
            entry["display"] = json!(display);
        }
        entry
    })
}

/// Entries, perhaps one of them primary.
pub(super) fn entries() -> impl Strategy<Value = Value> {
    (vec(entry(), 0..4), 0..6_usize, any::<bool>()).prop_map(|(mut entries, at, as_text)| {
        if let Some(entry) = entries.get_mut(at) {
            entry["primary"] = if as_text { json!("True") } else { json!(true) };
        }
        json!(entries)
    })
}

/// Some of `names`, each with a text.
fn some_of(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let members = vec((select(names), text()), 0..4);
    members.prop_map(|members| {
        let members = members.into_iter();
        let members = members.map(|(name, text)| (name.to_owned(), json!(text)));
        Value::Object(members.collect())
    })
}

/// A person without a userName.
pub(super) fn person() -> impl Strategy<Value = Value> {
    let lists = vec((select(&LISTS[..]), entries()), 0..3);
    (
        some_of(&TEXTS),
        some_of(&NAME_PARTS),
        lists,
        some_of(&ENTERPRISE),
    )
        .prop_map(|(texts, name, lists, enterprise)| {
            let mut person = texts;
            person["schemas"] = json!([USER_URN, ENTERPRISE_URN]);
            person["name"] = name;
            person[ENTERPRISE_URN] = enterprise;
            for (list, entries) in lists {
                person[list] = entries;
            }
            person
        })
}

/// A path and a value that goes with it, for `add` and `replace`.
fn good_target() -> impl Strategy<Value = (String, Value)> {
    let simple =
        (select(&TEXTS[..]), text()).prop_map(|(name, text)| (name.to_owned(), json!(text)));
    let qualified = (select(&TEXTS[..]), text())
        .prop_map(|(name, text)| (format!("{USER_URN}:{}", name.to_uppercase()), json!(text)));
    let name = some_of(&NAME_PARTS).prop_map(|value| ("name".to_owned(), value));
    let name_part = (select(&NAME_PARTS[..]), text())
        .prop_map(|(part, text)| (format!("name.{part}"), json!(text)));
    let list = (select(&LISTS[..]), entries()).prop_map(|(list, value)| (list.to_owned(), value));
    let one = (select(&LISTS[..]), entry()).prop_map(|(list, value)| (list.to_owned(), value));
    let enterprise = prop_oneof![
        some_of(&ENTERPRISE).prop_map(|value| (ENTERPRISE_URN.to_owned(), value)),
        (select(&ENTERPRISE[..]), text())
            .prop_map(|(name, text)| (format!("{ENTERPRISE_URN}:{name}"), json!(text))),
        text().prop_map(|text| ("manager".to_owned(), json!({ "value": text }))),
        text().prop_map(|text| (format!("{ENTERPRISE_URN}:manager.displayName"), json!(text))),
    ];
    let active = select(vec![json!(true), json!("False"), json!(null)])
        .prop_map(|value| ("active".to_owned(), value));
    let external_id = select(vec![json!("law-1"), json!("law-2"), json!(null)])
        .prop_map(|value| ("externalId".to_owned(), value));
    let unassigned = select(&TEXTS[..]).prop_map(|name| (name.to_owned(), json!(null)));
    let filtered = filtered();
    prop_oneof![
        3 => simple, 1 => qualified, 1 => name, 2 => name_part, 3 => list, 2 => one,
        2 => enterprise, 1 => active, 1 => external_id, 1 => unassigned, 4 => filtered,
    ]
}

/// `emails[…]` and `emails[…].sub` with a value. No filter here asks for what its own value
/// then changes by making an entry primary.
fn filtered() -> impl Strategy<Value = (String, Value)> {
    let filter = prop_oneof![
        select(&TYPES[..]).prop_map(|kind| format!("type eq \"{kind}\"")),
        "[a-c]@[xy]".prop_map(|value| format!("value eq \"{value}\"")),
        Just("not (type eq \"work\")".to_owned()),
        Just("type eq \"work\" or type eq \"home\"".to_owned()),
        Just("value ew \"@x\" and type pr".to_owned()),
    ];
    let value = prop_oneof![
        3 => "[a-c]@[xy]".prop_map(|value| (".value", json!(value))),
        2 => "[de]".prop_map(|value| (".display", json!(value))),
        1 => any::<bool>().prop_map(|value| (".primary", json!(value))),
        1 => select(&TYPES[..]).prop_map(|kind| (".type", json!(kind))),
        2 => entry().prop_map(|entry| ("", entry)),
        1 => select(vec![".value", ".display", ""]).prop_map(|sub| (sub, json!(null))),
    ];
    (select(&LISTS[..]), filter, value)
        .prop_map(|(list, filter, (sub, value))| (format!("{list}[{filter}]{sub}"), value))
}

/// An operation in one of the shapes that clients send, which may still be refused.
fn good_operation() -> impl Strategy<Value = Value> {
    let op = select(vec!["add", "Add", "replace", "Replace", "remove", "Remove"]);
    let with_path = (op, good_target()).prop_map(|(op, (path, value))| {
        if op.eq_ignore_ascii_case("remove") {
            json!({ "op": op, "path": path })
        } else {
            json!({ "op": op, "path": path, "value": value })
        }
    });
    let named = (select(vec!["add", "replace"]), vec(good_target(), 1..4));
    let without_path = named.prop_map(|(op, targets)| {
        let value: Map<String, Value> = targets.into_iter().collect();
        json!({ "op": op, "value": value })
    });
    let listed = (select(&LISTS[..]), entries())
        .prop_map(|(list, value)| json!({ "op": "remove", "path": list, "value": value }));
    prop_oneof![6 => with_path, 2 => without_path, 1 => listed]
}

/// A `replace` of one thing, by its path or as the one name in a value without a path.
pub(super) fn replacement() -> impl Strategy<Value = Value> {
    (good_target(), any::<bool>()).prop_map(|((path, value), by_path)| {
        if by_path {
            return json!({ "op": "replace", "path": path, "value": value });
        }
        json!({ "op": "Replace", "value": Map::from_iter([(path, value)]) })
    })
}

/// An operation that is refused whatever is stored.
fn bad_operation() -> impl Strategy<Value = Value> {
    select(vec![
        json!({ "op": "replace", "path": "id", "value": "other" }),
        json!({ "op": "add", "path": "meta.version", "value": "x" }),
        json!({ "op": "add", "path": "groups", "value": [{ "value": "g" }] }),
        json!({ "op": "replace", "value": { "id": "other" } }),
        json!({ "op": "replace", "path": "shoeSize", "value": 44 }),
        json!({ "op": "replace", "path": "title", "value": 44 }),
        json!({ "op": "replace", "path": "name", "value": ["x"] }),
        json!({ "op": "add", "path": "emails", "value": 7 }),
        json!({ "op": "add", "path": "emails", "value": [
            { "value": "1", "primary": true }, { "value": "2", "primary": true },
        ] }),
        json!({ "op": "replace", "path": "emails[value eq \"-\" or value eq \"=\"].value", "value": "x" }),
        json!({ "op": "remove", "path": "userName" }),
        json!({ "op": "replace", "path": "userName", "value": "" }),
        json!({ "op": "replace", "path": "active", "value": "perhaps" }),
        json!({ "op": "add", "path": "x509Certificates", "value": [{ "value": "?" }] }),
    ])
}

/// A request: good operations, and now and then one that must be refused among them; whether
/// there is one.
pub(super) fn operations() -> impl Strategy<Value = (Vec<Value>, bool)> {
    let some = vec(good_operation(), 1..6);
    (
        some,
        proptest::option::weighted(0.3, bad_operation()),
        any::<proptest::sample::Index>(),
    )
        .prop_map(|(mut operations, bad, at)| {
            let refused = bad.is_some();
            if let Some(bad) = bad {
                operations.insert(at.index(operations.len() + 1), bad);
            }
            (operations, refused)
        })
}
