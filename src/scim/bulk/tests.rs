use proptest::prelude::*;
use serde_json::json;

use super::super::{ENTERPRISE_URN, PATCH_URN, ScimType};
use super::*;

/// Reads a request with ids that count up: the first is 0…01.
fn read(operations: Value) -> Result<Bulk> {
    let mut last = 0;
    let message = json!({"schemas": [BULK_REQUEST_URN], "Operations": operations});
    parse(message, 1000, || {
        last += 1;
        let mut id = [0; 16];
        id[15] = last;
        id
    })
}

#[track_caller]
fn good(operations: Value) -> Bulk {
    read(operations).expect("a good request")
}

/// The status, `scimType` and detail of one operation's error.
#[track_caller]
fn error(operation: &Operation) -> (u16, Option<ScimType>, &str) {
    match &operation.task {
        Err(error) => (error.status, error.scim_type, &error.detail),
        Ok(task) => panic!("it is good: {task:?}"),
    }
}

fn person(bulk_id: &str, manager: Option<&str>) -> Value {
    let mut data = json!({"userName": bulk_id});
    if let Some(manager) = manager {
        data[ENTERPRISE_URN] = json!({"manager": {"value": format!("bulkId:{manager}")}});
    }
    json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": data})
}

fn group(bulk_id: &str, members: &[&str]) -> Value {
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({"value": format!("bulkId:{member}")}))
        .collect();
    json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id,
        "data": {"displayName": bulk_id, "members": members}})
}

const FIRST: &str = "00000000000000000000000000000001";
const SECOND: &str = "00000000000000000000000000000002";

#[test]
fn references_become_the_ids_that_will_be() {
    let remove = "members[value eq \"bulkId:a\"]";
    let bulk = good(json!([
        group("g", &["a"]),
        person("a", None),
        {"method": "PATCH", "path": "/Groups/bulkId:g", "data": {"schemas": [PATCH_URN],
            "Operations": [{"op": "remove", "path": remove}]}},
        {"method": "PUT", "path": "/Users/bulkId:a", "version": "W/\"1\"", "data":
            {ENTERPRISE_URN: {"manager": {"$ref": "../Users/bulkId:a"}}}},
        {"method": "DELETE", "path": "/Users/abc", "bulkId": "mine"},
    ]));
    let [made, user, patched, put, delete] = &bulk.operations[..] else {
        panic!("five operations");
    };
    assert_eq!((&made.needs[..], &user.needs[..]), (&[1][..], &[][..]));
    assert!(matches!(&made.task, Ok(Task::Create { data, .. })
        if data["members"][0]["value"] == SECOND));
    assert_eq!(patched.needs, [0, 1]);
    assert_eq!(
        patched.location.as_deref(),
        Some(&*format!("/Groups/{FIRST}"))
    );
    assert!(matches!(&patched.task, Ok(Task::Patch { ops: Ok(ops), .. })
        if ops[0].path.as_ref().is_some_and(|path| path.to_string().contains(SECOND))));
    assert_eq!(put.version.as_deref(), Some("W/\"1\""));
    assert!(
        matches!(&put.task, Ok(Task::Replace { data, id, .. }) if id == SECOND
        && data[ENTERPRISE_URN]["manager"]["$ref"] == format!("../Users/{SECOND}"))
    );
    assert_eq!(delete.location.as_deref(), Some("/Users/abc"));
    assert_eq!(delete.bulk_id.as_deref(), Some("mine"));
    assert_eq!(bulk.units, [vec![1], vec![0], vec![2], vec![3], vec![4]]);
}

#[test]
fn what_is_wrong_with_an_operation_is_its_own_affair() {
    let value = Some(ScimType::InvalidValue);
    for (operation, status, scim_type) in [
        (json!({}), 405, None),
        (json!({"method": "GET", "path": "/Users/x"}), 405, None),
        (
            json!({"method": "post", "path": "/Users", "bulkId": "a"}),
            405,
            None,
        ),
        (
            json!({"method": "POST", "path": "/Users/x", "bulkId": "a"}),
            405,
            None,
        ),
        (json!({"method": "DELETE", "path": "/Users"}), 405, None),
        (json!({"method": "PUT", "path": "/Me"}), 404, None),
        (
            json!({"method": "POST", "path": "Users", "bulkId": "a"}),
            404,
            None,
        ),
        (
            json!({"method": "POST", "path": "/Bulk", "bulkId": "a"}),
            404,
            None,
        ),
        (json!({"method": "DELETE", "path": "/Users/"}), 404, None),
        (json!({"method": "DELETE", "path": "/Users/a/b"}), 404, None),
        (json!({"method": "DELETE"}), 404, None),
        (json!({"method": "POST", "path": "/Users"}), 400, value),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": ""}),
            400,
            value,
        ),
        (
            json!({"method": "POST", "path": "/Users", "bulkId": 7}),
            400,
            value,
        ),
        (json!({"method": 7, "path": "/Users"}), 400, value),
        (
            json!({"method": "DELETE", "path": "/Users/x", "version": 7}),
            400,
            value,
        ),
        (
            json!({"method": "DELETE", "path": "/Users/bulkId:x"}),
            400,
            value,
        ),
        (person("a", Some("x")), 400, value),
        (group("a", &["x"]), 400, value),
        (group("a", &["a"]), 400, value),
    ] {
        let bulk = good(json!([operation, person("good", None)]));
        let (found, found_type, _) = error(&bulk.operations[0]);
        assert_eq!((found, found_type), (status, scim_type), "{operation}");
        assert!(bulk.operations[1].task.is_ok());
    }
}

#[test]
fn a_bulk_id_that_is_given_twice_is_refused_with_all_of_them() {
    let bulk = good(json!([
        person("a", None),
        person("b", None),
        person("a", None),
        group("g", &["a", "b"]),
    ]));
    assert!(error(&bulk.operations[0]).2.contains("\"a\""));
    assert!(error(&bulk.operations[2]).2.contains('2'));
    assert!(bulk.operations[1].task.is_ok());
    // It fails when it finds that what it needs was not made.
    assert_eq!(bulk.operations[3].needs, [0, 1]);
}

#[test]
fn circles_are_done_together_up_to_a_limit() {
    let circle = |count: usize| {
        let people: Vec<Value> = (0..count)
            .map(|i| person(&i.to_string(), Some(&((i + 1) % count).to_string())))
            .collect();
        good(Value::Array(people))
    };
    assert_eq!(circle(1).units, [[0]]);
    assert_eq!(circle(CIRCLE_MAX).units.len(), 1);
    let long = circle(CIRCLE_MAX + 1);
    assert_eq!(long.units.len(), CIRCLE_MAX + 1);
    let errors: Vec<u16> = long.operations.iter().map(|op| error(op).0).collect();
    assert_eq!(errors, vec![409; CIRCLE_MAX + 1]);
}

#[test]
fn what_is_done_to_one_resource_is_done_in_the_order_sent() {
    let path = "/Groups/x";
    let bulk = good(json!([
        {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_URN], "Operations":
            [{"op": "add", "path": "members", "value": [{"value": "bulkId:a"}]}]}},
        // Is no good, and is needed by the next: it stands in nobody's way.
        {"method": "POST", "path": path, "bulkId": "b", "data": {}},
        {"method": "PATCH", "path": path, "data": {"schemas": [PATCH_URN], "Operations":
            [{"op": "add", "path": "members", "value": [{"value": "bulkId:b"}]}]}},
        {"method": "DELETE", "path": "/Groups/y"},
        {"method": "DELETE", "path": path},
        person("a", None),
    ]));
    assert_eq!(bulk.units, [[1], [3], [5], [0], [2], [4]]);
    assert_eq!(bulk.operations[4].needs, Vec::<usize>::new());
}

#[test]
fn what_is_no_bulk_request_is_refused_as_a_whole() {
    let one = json!([person("a", None)]);
    let with = |name: &str, value: Value| {
        let mut message = json!({"schemas": [BULK_REQUEST_URN], "Operations": one});
        message[name] = value;
        parse(message, 1, || [0; 16]).map_err(|error| (error.status, error.scim_type))
    };
    let syntax = (400, Some(ScimType::InvalidSyntax));
    for wrong in [
        json!([]),
        json!("x"),
        json!(null),
        json!({}),
        json!([1]),
        json!([[]]),
    ] {
        assert_eq!(
            with("Operations", wrong.clone()).err(),
            Some(syntax),
            "{wrong}"
        );
    }
    for wrong in [
        json!(null),
        json!([]),
        json!([PATCH_URN]),
        json!(BULK_REQUEST_URN),
    ] {
        assert_eq!(
            with("schemas", wrong.clone()).err(),
            Some(syntax),
            "{wrong}"
        );
    }
    for wrong in [
        json!(0),
        json!(-1),
        json!("1"),
        json!(1.5),
        json!([]),
        json!(true),
    ] {
        assert_eq!(
            with("failOnErrors", wrong.clone()).err(),
            Some(syntax),
            "{wrong}"
        );
    }
    assert_eq!(
        with("failOnErrors", json!(3)).map(|bulk| bulk.fail_on_errors),
        Ok(Some(3))
    );
    assert_eq!(
        with("failOnErrors", json!(null)).map(|bulk| bulk.fail_on_errors),
        Ok(None)
    );
    let two = json!([person("a", None), person("b", None)]);
    assert_eq!(with("Operations", two).err(), Some((413, None)));
    for body in [json!(null), json!([]), json!("x"), json!(1)] {
        assert!(parse(body, 1, || [0; 16]).is_err());
    }
}

#[test]
fn names_of_the_message_in_any_letter_case() {
    let message = json!({"SCHEMAS": [BULK_REQUEST_URN.to_lowercase()], "operations": [
        {"Method": "POST", "PATH": "/Users", "bulkid": "a", "Data": {"userName": "a"}}]});
    let bulk = parse(message, 1, || [1; 16]).expect("a good request");
    assert!(
        matches!(&bulk.operations[0].task, Ok(Task::Create { data, .. })
        if data["userName"] == "a")
    );
}

#[test]
fn answers_are_json_with_a_status_that_is_a_string() {
    let outcome = Outcome {
        location: None,
        method: Some("PO\"ST".to_owned()),
        bulk_id: None,
        version: None,
        status: 400,
        error: Some(Error::invalid_value("No.")),
    };
    let made = Outcome {
        location: Some("https://h/Users/1".to_owned()),
        method: Some("POST".to_owned()),
        bulk_id: Some("a".to_owned()),
        version: Some("W/\"1\"".to_owned()),
        status: 201,
        error: None,
    };
    let answer: Value = serde_json::from_str(&render(&[outcome, made])).expect("JSON");
    assert_eq!(
        answer,
        json!({"schemas": [BULK_RESPONSE_URN], "Operations": [
            {"method": "PO\"ST", "status": "400", "response": {
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "400", "scimType": "invalidValue", "detail": "No."}},
            {"location": "https://h/Users/1", "method": "POST", "bulkId": "a",
                "version": "W/\"1\"", "status": "201"},
        ]})
    );
}

/// Any JSON, with the message's own names and references among it.
fn any_json() -> impl Strategy<Value = Value> {
    let words = prop::sample::select(vec![
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "/Users",
        "/Groups",
        "/Users/bulkId:a",
        "/Users/x",
        "bulkId:a",
        "bulkId:",
        "a",
        "b",
        "members[value eq \"bulkId:a\"]",
        "add",
        "remove",
        PATCH_URN,
        "",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        words.prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "method",
        "path",
        "bulkId",
        "version",
        "data",
        "members",
        "value",
        "Operations",
        "op",
        "schemas",
        ENTERPRISE_URN,
        "manager",
        "$ref",
        "userName",
        "displayName",
        "failOnErrors",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((names.clone(), inner), 0..8).prop_map(|members| members
                .into_iter()
                .map(|(k, v)| (k.to_owned(), v))
                .collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_operations_are_answered(operations in prop::collection::vec(any_json(), 1..8)) {
        let count = operations.len();
        if let Ok(bulk) = read(Value::Array(operations)) {
            let units: usize = bulk.units.iter().map(Vec::len).sum();
            prop_assert_eq!((bulk.operations.len(), units), (count, count));
        }
    }

    #[test]
    fn any_message_is_answered(message in any_json()) {
        let _ = parse(message, 3, || [0; 16]);
    }
}
