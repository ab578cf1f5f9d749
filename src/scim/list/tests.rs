use proptest::prelude::*;

use super::*;

#[test]
fn plus_and_percent_20_are_spaces() {
    for raw in [
        "filter=userName+eq+%22a%2Bb%22",
        "filter=userName%20eq%20%22a%2bb%22",
    ] {
        let query = Query::parse(raw);
        assert_eq!(
            query.as_ref().map(|query| query.get("filter")),
            Ok(Some("userName eq \"a+b\""))
        );
    }
}

#[test]
fn bad_queries_are_refused() {
    for raw in [
        "a=1&a=2", "a=1&A=2", "a=%", "a=%2", "a=%zz", "a=%ff", "%ff=1", "a&a",
    ] {
        assert_eq!(
            Query::parse(raw).map_err(|error| error.status),
            Err(400),
            "{raw}"
        );
    }
    assert!(Query::parse("&&a=1&").is_ok_and(|query| query.get("a") == Some("1")));
    assert!(Query::parse("FILTER=x").is_ok_and(|query| query.get("filter") == Some("x")));
}

fn asked(raw: &str) -> Result<ListRequest> {
    Query::parse(raw).and_then(|query| ListRequest::from_query(&query))
}

#[test]
fn pages_are_clamped() {
    let page = |raw: &str| match asked(raw).map(|asked| asked.paging) {
        Ok(Paging::Index { offset, count }) => Ok((offset, count)),
        Ok(Paging::Cursor { .. }) => Err(0),
        Err(error) => Err(error.status),
    };
    assert_eq!(page(""), Ok((0, PAGE_DEFAULT)));
    assert_eq!(page("startIndex=0&count=-1"), Ok((0, 0)));
    assert_eq!(page("startIndex=-5&count=200"), Ok((0, 200)));
    assert_eq!(page("startIndex=201&count=201"), Ok((200, 200)));
    assert_eq!(page("count=99999999999999999999"), Ok((0, 200)));
    assert_eq!(
        page("startIndex=99999999999999999999"),
        Ok((i64::MAX - 1, PAGE_DEFAULT))
    );
    for raw in [
        "count=x",
        "count=",
        "count=1.5",
        "startIndex=%2B1",
        "count=1e3",
    ] {
        assert_eq!(page(raw), Err(400), "{raw}");
    }
}

#[test]
fn a_cursor_asks_for_the_other_method() {
    let page = |raw: &str| {
        let asked = asked(raw).map(|asked| asked.paging);
        asked.map_err(|error| error.scim_type.map_or("", super::super::ScimType::name))
    };
    let cursor = |cursor: Option<&str>, count| {
        let cursor = cursor.map(str::to_owned);
        Ok(Paging::Cursor { cursor, count })
    };
    assert_eq!(page("cursor"), cursor(None, None));
    assert_eq!(page("cursor=&count=10"), cursor(None, Some(10)));
    assert_eq!(page("cursor=ab&count=999"), cursor(Some("ab"), Some(200)));
    assert_eq!(page("cursor=ab&count=-3"), cursor(Some("ab"), Some(0)));
    assert_eq!(page("cursor=&count=x"), Err("invalidCount"));
    assert_eq!(page("cursor=&startIndex=1"), Err("invalidValue"));
    assert_eq!(page("startIndex=x"), Err("invalidValue"));
}

#[test]
fn a_body_asks_as_a_query_does() {
    let body = serde_json::json!({
        "schemas": [SEARCH_URN],
        "filter": "userName eq \"a\"",
        "sortby": "name.familyName",
        "sortOrder": "Descending",
        "startIndex": 11,
        "count": "5",
        "attributes": ["userName", "name.familyName"],
        "excludedAttributes": null,
        "unknown": {"a": 1},
    });
    let query = "filter=userName+eq+%22a%22&sortBy=name.familyName&sortOrder=descending\
                 &startIndex=11&count=5&attributes=userName,name.familyName";
    assert_eq!(ListRequest::from_body(&body), asked(query));
    let nothing = serde_json::json!({});
    assert_eq!(ListRequest::from_body(&nothing), asked(""));
    let cursor = serde_json::json!({ "schemas": null, "cursor": "", "count": 3 });
    assert_eq!(ListRequest::from_body(&cursor), asked("cursor&count=3"));
}

#[test]
fn bodies_that_are_no_search_are_refused() {
    let refused = |body: Value| {
        let error = ListRequest::from_body(&body).map_err(|error| error.scim_type);
        error.map_or_else(|kind| kind.map_or("", super::super::ScimType::name), |_| "")
    };
    for (body, wanted) in [
        (serde_json::json!([]), "invalidSyntax"),
        (serde_json::json!({ "schemas": ["urn:x"] }), "invalidSyntax"),
        (serde_json::json!({ "schemas": 1 }), "invalidSyntax"),
        (serde_json::json!({ "filter": 1 }), "invalidValue"),
        (serde_json::json!({ "filter": "userName" }), "invalidFilter"),
        (serde_json::json!({ "attributes": [1] }), "invalidValue"),
        (serde_json::json!({ "attributes": {} }), "invalidValue"),
        (serde_json::json!({ "count": 1.5 }), "invalidValue"),
        (serde_json::json!({ "count": true }), "invalidValue"),
        (serde_json::json!({ "startIndex": [] }), "invalidValue"),
        (serde_json::json!({ "cursor": 7 }), "invalidValue"),
        (
            serde_json::json!({ "cursor": "", "count": "x" }),
            "invalidCount",
        ),
        (serde_json::json!({ "sortOrder": "up" }), "invalidValue"),
        (serde_json::json!({ "sortBy": "a b" }), "invalidValue"),
    ] {
        assert_eq!(refused(body.clone()), wanted, "{body}");
    }
}

#[test]
fn a_list_is_json() {
    let frame = Frame {
        total: 7,
        start_index: Some(1),
        next: Some("n".to_owned()),
        previous: None,
    };
    let mut out = String::new();
    Frame::render_head(&mut out);
    out.push_str("{}");
    frame.render_tail(1, &mut out);
    let list: Value = serde_json::from_str(&out).unwrap_or_default();
    let wanted = serde_json::json!({
        "schemas": [LIST_URN], "totalResults": 7, "startIndex": 1, "itemsPerPage": 1,
        "Resources": [{}], "nextCursor": "n",
    });
    assert_eq!(list, wanted);
}

proptest! {
    #[test]
    fn any_query_is_answered(raw in "\\PC{0,60}") {
        let _ = asked(&raw);
    }
}
