//! What a client can learn about this server (RFC 7644 4, RFC 7643 5 to 7).

use serde_json::{Map, Value, json};

use super::list::{PAGE_DEFAULT, PAGE_MAX};
use super::schema::{self, Attribute, Kind, ResourceType, Schema};
use super::{CONFIG_URN, ENTERPRISE_URN, LIST_URN, RESOURCE_TYPE_URN, SCHEMA_URN};

/// How much one bulk request may hold.
#[derive(Debug, Clone, Copy)]
pub struct BulkLimits {
    pub operations: usize,
    pub payload_bytes: usize,
}

/// The body of /ServiceProviderConfig. Its limits are integers: authentik refuses the answer
/// otherwise.
pub fn service_provider_config(base_url: &str, bulk: BulkLimits) -> String {
    json!({
        "schemas": [CONFIG_URN],
        "patch": {"supported": true},
        "bulk": {
            "supported": true,
            "maxOperations": bulk.operations,
            "maxPayloadSize": bulk.payload_bytes,
        },
        "filter": {"supported": true, "maxResults": PAGE_MAX},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        // Cursors do not expire, so no cursorTimeout is named (RFC 9865 4).
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": PAGE_DEFAULT,
            "maxPageSize": PAGE_MAX,
        },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "A token of a connection or of the account, in the Authorization \
                            header",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig"),
        },
    })
    .to_string()
}

const RESOURCE_TYPES: [ResourceType; 2] = [ResourceType::User, ResourceType::Group];

/// The body of /ResourceTypes.
pub fn resource_types(base_url: &str) -> String {
    list(
        RESOURCE_TYPES
            .map(|resource| resource_type_value(resource, base_url))
            .to_vec(),
    )
}

/// The body of /ResourceTypes/{name}; `None` when there is none of that name.
pub fn resource_type(name: &str, base_url: &str) -> Option<String> {
    let resource = RESOURCE_TYPES
        .into_iter()
        .find(|resource| resource.core().name == name)?;
    Some(resource_type_value(resource, base_url).to_string())
}

fn resource_type_value(resource: ResourceType, base_url: &str) -> Value {
    let schema = resource.core();
    let mut value = json!({
        "schemas": [RESOURCE_TYPE_URN],
        "id": schema.name,
        "name": schema.name,
        "description": schema.description,
        "endpoint": format!("/{}s", schema.name),
        "schema": schema.urn,
        "meta": {
            "resourceType": "ResourceType",
            "location": format!("{base_url}/ResourceTypes/{}", schema.name),
        },
    });
    if resource.extension().is_some() {
        value["schemaExtensions"] = json!([{"schema": ENTERPRISE_URN, "required": false}]);
    }
    value
}

/// The body of /Schemas.
pub fn schemas(base_url: &str) -> String {
    list(
        schema::ALL
            .iter()
            .map(|schema| schema_value(schema, base_url))
            .collect(),
    )
}

/// The body of /Schemas/{urn}; `None` when there is none of that URN, letter case aside.
pub fn schema(urn: &str, base_url: &str) -> Option<String> {
    let schema = schema::ALL
        .iter()
        .find(|schema| schema.urn.eq_ignore_ascii_case(urn))?;
    Some(schema_value(schema, base_url).to_string())
}

fn schema_value(schema: &Schema, base_url: &str) -> Value {
    let attributes: Vec<Value> = schema.attributes.iter().map(attribute_value).collect();
    json!({
        "schemas": [SCHEMA_URN],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": attributes,
        "meta": {
            "resourceType": "Schema",
            "location": format!("{base_url}/Schemas/{}", schema.urn),
        },
    })
}

/// One attribute with its characteristics (RFC 7643 7). Nothing is null: Entra refuses that.
fn attribute_value(attribute: &Attribute) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| {
        map.insert(name.to_owned(), value);
    };
    put("name", json!(attribute.name));
    put("type", json!(attribute.kind.name()));
    put("multiValued", json!(attribute.multi));
    put("description", json!(attribute.description));
    put("required", json!(attribute.required));
    put("mutability", json!(attribute.mutability.name()));
    put("returned", json!(attribute.returned.name()));
    if attribute.kind == Kind::Complex {
        let subs: Vec<Value> = attribute.subs.iter().map(attribute_value).collect();
        put("subAttributes", json!(subs));
    } else {
        put("caseExact", json!(attribute.case_exact));
        put("uniqueness", json!(attribute.uniqueness.name()));
    }
    if !attribute.canonical.is_empty() {
        put("canonicalValues", json!(attribute.canonical));
    }
    if !attribute.references.is_empty() {
        put("referenceTypes", json!(attribute.references));
    }
    Value::Object(map)
}

/// Discovery is answered whole: it is small and has no pages (RFC 7644 4).
fn list(resources: Vec<Value>) -> String {
    json!({
        "schemas": [LIST_URN],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::super::USER_URN;
    use super::*;

    fn read(text: &str) -> Value {
        serde_json::from_str(text).unwrap_or_default()
    }

    fn has_null(value: &Value) -> bool {
        match value {
            Value::Null => true,
            Value::Array(items) => items.iter().any(has_null),
            Value::Object(map) => map.values().any(has_null),
            _ => false,
        }
    }

    #[test]
    fn the_lists_hold_what_is_found_one_by_one() {
        let base = "https://h/scim/v2";
        let all = read(&schemas(base));
        assert_eq!(all["totalResults"], 3);
        for one in all["Resources"].as_array().into_iter().flatten() {
            let urn = one["id"].as_str().unwrap_or_default();
            assert_eq!(schema(urn, base).map(|text| read(&text)), Some(one.clone()));
            assert_eq!(one["meta"]["location"], format!("{base}/Schemas/{urn}"));
        }
        for name in ["User", "Group"] {
            let one = resource_type(name, base).map(|text| read(&text));
            assert!(one.is_some_and(|one| one["endpoint"] == format!("/{name}s")));
        }
        assert_eq!(resource_type("Device", base), None);
        assert_eq!(schema("urn:x", base), None);
        assert!(!has_null(&all) && !has_null(&read(&resource_types(base))));
    }

    #[test]
    fn password_and_display_of_members_are_not_announced() {
        let user = schema(USER_URN, "").unwrap_or_default();
        assert!(!user.contains("password"));
        let group = schema(super::super::GROUP_URN, "").unwrap_or_default();
        assert!(!group.contains("\"display\""));
    }

    #[test]
    fn the_config_has_integers_where_clients_want_them() {
        let bulk = BulkLimits {
            operations: 1000,
            payload_bytes: 4_194_304,
        };
        let config = read(&service_provider_config("https://h", bulk));
        assert_eq!(config["bulk"]["maxOperations"], 1000);
        assert_eq!(config["bulk"]["maxPayloadSize"], 4_194_304);
        assert_eq!(config["filter"]["maxResults"], 200);
        assert_eq!(config["patch"]["supported"], true);
    }
}
