use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::super::{ScimType, eval};
use super::*;

fn kind_of<T>(result: Result<T>) -> Option<ScimType> {
    result.err().and_then(|error| error.scim_type)
}

fn lowered(filter: &str) -> Result<MemberFilter> {
    lower(&Filter::parse(filter)?)
}

#[test]
fn what_clients_ask_is_asked_of_columns() {
    let is = |condition: MemberCondition| Ok(Query::Is(condition));
    let key = "a@x".to_owned();
    assert_eq!(
        lowered("userName eq \"A@X\""),
        is(MemberCondition::UserName { key: key.clone() })
    );
    for text in [
        "emails eq \"A@x\"",
        "emails.value eq \"A@x\"",
        "EMAILS EQ \"A@x\"",
    ] {
        let email = MemberCondition::Email {
            key: key.clone(),
            kind_key: None,
        };
        assert_eq!(lowered(text), is(email));
    }
    for text in [
        "emails[type eq \"Work\"].value eq \"A@x\"",
        "emails[value eq \"A@x\" and type eq \"work\"]",
    ] {
        let kind_key = Some("work".to_owned());
        assert_eq!(
            lowered(text),
            is(MemberCondition::Email {
                key: key.clone(),
                kind_key
            })
        );
    }
    assert_eq!(lowered("id eq \"x\""), is(MemberCondition::Id(None)));
    assert_eq!(
        lowered("active eq \"True\""),
        is(MemberCondition::Active(true))
    );
    assert_eq!(lowered("active eq \"x\""), Ok(Query::Constant(false)));
    assert_eq!(lowered("shoeSize eq 44"), Ok(Query::Constant(false)));
    assert_eq!(lowered("shoeSize pr"), Ok(Query::Constant(false)));
    assert_eq!(
        lowered("not (shoeSize eq 44)"),
        Ok(Query::Not(Box::new(Query::Constant(false))))
    );
    assert_eq!(
        lowered("meta.resourceType eq \"User\""),
        Ok(Query::Constant(true))
    );
    assert_eq!(
        lowered("meta.created eq \"1970-01-01T01:00:00.002+01:00\""),
        is(MemberCondition::CreatedAt(2))
    );
    assert_eq!(
        lowered("meta.created eq \"1970-01-01T00:00:00.0001Z\""),
        Ok(Query::Constant(false))
    );
}

#[test]
fn what_is_not_offered_is_refused() {
    for text in [
        "userName co \"a\"",
        "userName pr",
        "active gt true",
        "emails[type pr]",
        "meta.location eq \"x\"",
        "groups[value eq \"a\" and display eq \"b\"]",
        "externalId eq null",
        "title sw \"a\" or userName eq \"a\"",
        "manager ne \"x\"",
    ] {
        assert_eq!(
            kind_of(lowered(text)),
            Some(ScimType::InvalidFilter),
            "{text}"
        );
    }
}

/// What the store says of a User, as the lowered filter's types define it.
fn model(query: &MemberFilter, user: &Value) -> bool {
    match query {
        Query::Constant(value) => *value,
        Query::And(parts) => parts.iter().all(|part| model(part, user)),
        Query::Or(parts) => parts.iter().any(|part| model(part, user)),
        Query::Not(inner) => !model(inner, user),
        Query::Is(condition) => holds(condition, user),
    }
}

fn folded(value: &Value, name: &str) -> Option<String> {
    value.get(name).and_then(Value::as_str).map(fold)
}

fn entries<'a>(user: &'a Value, name: &str) -> &'a [Value] {
    user.get(name)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn holds(condition: &MemberCondition, user: &Value) -> bool {
    match condition {
        MemberCondition::Id(id) => {
            id.is_some_and(|id| user["id"].as_str() == Some(&id.to_string()))
        }
        MemberCondition::UserName { key } => folded(user, "userName").as_ref() == Some(key),
        MemberCondition::DisplayName { key } => folded(user, "displayName").as_ref() == Some(key),
        MemberCondition::ExternalId(id) => user["externalId"].as_str() == Some(id),
        MemberCondition::Active(active) => user["active"].as_bool() == Some(*active),
        MemberCondition::Email { key, kind_key } => entries(user, "emails").iter().any(|email| {
            folded(email, "value").as_ref() == Some(key)
                && (kind_key.is_none() || folded(email, "type") == *kind_key)
        }),
        MemberCondition::GroupId(id) => entries(user, "groups")
            .iter()
            .any(|group| group["value"].as_str() == Some(id)),
        MemberCondition::GroupName { key } => entries(user, "groups")
            .iter()
            .any(|group| folded(group, "display").as_ref() == Some(key)),
        MemberCondition::CreatedAt(ms) => same_instant(&user["meta"]["created"], *ms),
        MemberCondition::ModifiedAt(ms) => same_instant(&user["meta"]["lastModified"], *ms),
        MemberCondition::Role { key, path_key } => entries(user, "roles").iter().any(|role| {
            (key.is_none() || folded(role, "value") == *key)
                && (path_key.is_none() || folded(role, "type") == *path_key)
        }),
        MemberCondition::Document(DocumentCondition::Value { path, test }) => {
            let value = at(user, &path.names);
            match &path.entries {
                None => passes(value, test),
                Some(entry) => value.and_then(Value::as_array).is_some_and(|items| {
                    items.iter().any(|item| passes(item.get(entry.sub), test))
                }),
            }
        }
        MemberCondition::Document(DocumentCondition::Entry { names, filter }) => at(user, names)
            .and_then(Value::as_array)
            .is_some_and(|items| items.iter().any(|item| entry_passes(filter, item))),
    }
}

fn at<'a>(user: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().try_fold(user, |value, name| value.get(*name))
}

fn same_instant(value: &Value, ms: i64) -> bool {
    value.as_str().and_then(instant_ms) == Some(ms)
}

fn entry_passes(filter: &Query<EntryCondition>, item: &Value) -> bool {
    match filter {
        Query::Constant(value) => *value,
        Query::And(parts) => parts.iter().all(|part| entry_passes(part, item)),
        Query::Or(parts) => parts.iter().any(|part| entry_passes(part, item)),
        Query::Not(inner) => !entry_passes(inner, item),
        Query::Is(condition) => passes(item.get(condition.sub), &condition.test),
    }
}

fn passes(value: Option<&Value>, wanted: &ValueTest) -> bool {
    match wanted {
        ValueTest::Absent => value.is_none_or(Value::is_null),
        ValueTest::EqualsFolded(key) => {
            value.and_then(Value::as_str).map(fold).as_ref() == Some(key)
        }
        ValueTest::EqualsExactly(exact) => value.and_then(Value::as_str) == Some(exact),
        ValueTest::EqualsBool(on) => value.and_then(Value::as_bool) == Some(*on),
        ValueTest::EqualsInstant { ms } => value.is_some_and(|value| same_instant(value, *ms)),
    }
}

fn people() -> Vec<Value> {
    let id = "0198f3a2c4d57e6f8091a2b3c4d5e6f7";
    vec![
        json!({"schemas": [USER_URN], "id": id, "userName": "a", "active": false,
            "meta": {"resourceType": "User", "created": "2020-01-01T00:00:00Z",
                "lastModified": "2020-01-01T00:00:00.000Z"}}),
        json!({"schemas": [USER_URN, ENTERPRISE_URN], "id": "x", "userName": "A", "active": true,
            "displayName": "W", "externalId": "a", "title": "a", "profileUrl": "A",
            "name": {"familyName": "W"},
            "emails": [{"value": "a", "type": "work", "primary": true}, {"value": "w", "type": "a"}],
            "addresses": [{"type": "work", "locality": "a"}, {"locality": "w"}],
            "groups": [{"value": "a", "display": "W", "type": "direct"}],
            "roles": [{"value": "a", "type": "group"}, {"value": "w", "type": "direct"}],
            ENTERPRISE_URN: {"department": "a", "manager": {"value": "w"}},
            "meta": {"resourceType": "User", "created": "2021-01-01T00:00:00Z",
                "lastModified": "2020-01-01T00:00:00Z"}}),
    ]
}

fn comparison() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        Just("id"),
        Just("userName"),
        Just("displayName"),
        Just("externalId"),
        Just("active"),
        Just("title"),
        Just("nickName"),
        Just("profileUrl"),
        Just("name"),
        Just("name.familyName"),
        Just("name.givenName"),
        Just("emails"),
        Just("emails.value"),
        Just("emails.type"),
        Just("emails.primary"),
        Just("emails.display"),
        Just("addresses"),
        Just("addresses.locality"),
        Just("addresses.type"),
        Just("ims"),
        Just("ims.value"),
        Just("groups"),
        Just("groups.display"),
        Just("roles"),
        Just("roles.type"),
        Just("manager"),
        Just("manager.value"),
        Just("department"),
        Just("division"),
        Just("meta.created"),
        Just("meta.lastModified"),
        Just("meta.resourceType"),
        Just("meta"),
        Just("schemas"),
        Just("shoeSize"),
        Just("name.shoe"),
    ];
    (name, literal()).prop_map(|(name, value)| format!("{name} eq {value}"))
}

fn literal() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => prop_oneof!["a", "A", "w", "work", "direct", "True", "User"]
            .prop_map(|text| format!("\"{text}\"")),
        2 => prop_oneof!["true", "false", "null", "1"],
        1 => Just("\"2020-01-01T01:00:00+01:00\"".to_owned()),
        1 => Just(format!("\"{ENTERPRISE_URN}\"")),
        1 => Just("\"0198f3a2c4d57e6f8091a2b3c4d5e6f7\"".to_owned()),
    ]
}

fn connected(inner: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> {
    prop_oneof![
        (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
        (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) or ({b})")),
        inner.prop_map(|a| format!("not ({a})")),
    ]
}

fn any_filter() -> impl Strategy<Value = String> {
    let sub = prop_oneof![
        Just("value"),
        Just("type"),
        Just("primary"),
        Just("locality"),
        Just("familyName"),
        Just("display"),
        Just("created"),
        Just("shoe"),
    ];
    let inner = (sub, literal()).prop_map(|(sub, value)| format!("{sub} eq {value}"));
    let inner = inner.prop_recursive(2, 4, 2, connected);
    let multi = prop_oneof![
        Just("emails"),
        Just("addresses"),
        Just("groups"),
        Just("roles"),
        Just("name"),
        Just("manager"),
        Just("ims"),
        Just("meta"),
        Just("title"),
    ];
    let entry = (multi, inner).prop_map(|(name, inner)| format!("{name}[{inner}]"));
    prop_oneof![3 => comparison(), 2 => entry].prop_recursive(3, 8, 2, connected)
}

proptest! {
    /// What is lowered says what the filter says; the rest is refused.
    #[test]
    fn lowering_changes_no_answer(text in any_filter()) {
        let filter = Filter::parse(&text).expect("a filter");
        if let Ok(query) = lower(&filter) {
            for user in people() {
                let expected = eval::matches(&filter, ResourceType::User, &user);
                prop_assert_eq!(Ok(model(&query, &user)), expected, "{} on {}", text, user);
            }
        }
    }
}
