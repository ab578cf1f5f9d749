//! Query strings: as they come, and put together from a name and a value that a line feed parts.

use std::fmt::Write;

use provost::scim::list::{ListRequest, PAGE_MAX, Paging, Query};
use provost::scim::project::Projection;
use provost::scim::schema::ResourceType;
use serde_json::json;

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(query) = Query::parse(text) {
        if let Ok(asked) = ListRequest::from_query(&query) {
            check(&asked);
        }
        project(&query);
    }
    let Some((name, value)) = text.split_once('\n') else {
        return;
    };
    // Whatever is percent-encoded comes back as it was.
    let encoded = format!("a=1&{}={}&", percent(name), percent(value));
    match Query::parse(&encoded) {
        Ok(query) => assert_eq!(query.get(name), Some(value), "{encoded}"),
        Err(error) => assert!(
            name.eq_ignore_ascii_case("a"),
            "{encoded}: {}",
            error.detail
        ),
    }
}

/// Pages stay within their limits, and what is asked of a list has one name.
fn check(asked: &ListRequest) {
    match asked.paging {
        Paging::Index { offset, count } => assert!(offset >= 0 && (0..=PAGE_MAX).contains(&count)),
        Paging::Cursor { count, .. } => {
            assert!(count.is_none_or(|count| (0..=PAGE_MAX).contains(&count)));
        }
    }
    assert_eq!(asked.about("Users"), asked.clone().about("Users"));
    assert_ne!(asked.about("Users"), asked.about("Groups"));
}

fn project(query: &Query<'_>) {
    let projection = Projection::parse(query.get("attributes"), query.get("excludedAttributes"));
    let user = json!({
        "id": "1", "schemas": ["s"], "userName": "u", "name": { "givenName": "g" },
        "emails": [{ "value": "v", "type": "t" }], "meta": { "location": "l" },
    });
    let text = user.to_string();
    let left = projection.apply(ResourceType::User, user);
    assert_eq!(left.get("id"), Some(&json!("1")), "id is always returned");
    let also = projection.apply_to_text(ResourceType::User, &text);
    assert_eq!(serde_json::from_str(&also).ok(), Some(left), "{text}");
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a text grows");
        }
        out
    })
}
