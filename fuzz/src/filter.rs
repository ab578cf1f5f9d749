//! A filter: read, printed, read again, evaluated, and lowered for both kinds of resources.

use std::sync::LazyLock;

use provost::scim::filter::{FILTER_BYTES_MAX, Filter};
use provost::scim::schema::ResourceType;
use provost::scim::{eval, group, user};
use serde_json::{Value, json};

/// Has a value of every type, several entries, and an attribute of the extension.
static USER: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "id": "0198f3a2c4d57e6f8091a2b3c4d5e6f7",
        "externalId": "e1",
        "userName": "b\u{df}jensen@Example.com",
        "name": { "familyName": "Jensen", "givenName": "" },
        "active": true,
        "emails": [
            { "value": "b@example.com", "type": "work", "primary": true },
            { "value": "B@HOME.example", "type": "home" },
        ],
        "x509Certificates": [{ "value": "AAEC" }],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
            "department": "D", "manager": { "value": "0198f3a2c4d57e6f8091a2b3c4d5e6f8" },
        },
        "meta": {
            "resourceType": "User", "version": "W/\"1-0\"", "location": "https://h/Users/1",
            "created": "2020-02-29T23:30:00-01:00", "lastModified": "2020-03-01T00:30:00.5Z",
        },
    })
});

static GROUP: LazyLock<Value> = LazyLock::new(|| {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "id": "0198f3a2c4d57e6f8091a2b3c4d5e6f9",
        "displayName": "Tour Guides",
        "members": [{ "value": "0198f3a2c4d57e6f8091a2b3c4d5e6f7", "type": "User" }],
        "meta": { "resourceType": "Group", "created": "2020-03-01T00:30:00Z" },
    })
});

/// A filter with more escapes than its text had may be longer than a filter may be.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(filter) = Filter::parse(text) else {
        return;
    };
    let printed = filter.to_string();
    if printed.len() <= FILTER_BYTES_MAX {
        let again = Filter::parse(&printed);
        assert_eq!(again.as_ref(), Ok(&filter), "printed as {printed}");
    }
    for (resource, sample) in [(ResourceType::User, &USER), (ResourceType::Group, &GROUP)] {
        let first = eval::matches(&filter, resource, sample);
        assert_eq!(first, eval::matches(&filter, resource, sample));
    }
    drop(user::lower(&filter, "https://h"));
    drop(group::lower(&filter, "https://h"));
}
