//! The OpenAPI 3.1 description of the REST API, made from the route table and from constants
//! beside it, so that it can't tell of a route that is not there, or forget one that is.

mod components;
mod operations;
mod schema;

use std::sync::LazyLock;

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::envelope::JSON;
use crate::domain::actor::Permission;
use crate::http::routes::{self, API_BASE, Access, Door, Route};
use operations::{Answer, OPERATIONS, Operation, Parameter};
use schema::Schema;

/// GET /client/v4/openapi.json.
pub async fn serve() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());
    HttpResponse::Ok().content_type(JSON).body(TEXT.as_str())
}

/// The whole description.
pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(build);
    &DOCUMENT
}

fn build() -> Value {
    let mut paths = Map::new();
    for route in routes::all().filter(|route| route.door == Door::Api) {
        let methods = paths
            .entry(route.path)
            .or_insert_with(|| json!({}))
            .as_object_mut();
        if let (Some(methods), Some(operation)) = (methods, operation_of(route)) {
            methods.insert(
                route.method.to_ascii_lowercase(),
                describe(route, operation),
            );
        }
    }
    let schemas = components::all().map(|(name, schema)| ((*name).to_owned(), schema.render()));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Provost",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Accounts, members, roles, groups, tokens and logs, in the shapes of \
                Cloudflare's accounts API. SCIM 2.0, below /accounts/{account_id}/scim/v2, \
                describes itself.",
        },
        "servers": [{ "url": API_BASE }],
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas.collect::<Map<String, Value>>(),
        },
    })
}

fn operation_of(route: &Route) -> Option<&'static Operation> {
    OPERATIONS
        .iter()
        .find(|known| known.method == route.method && known.path == route.path)
}

fn describe(route: &Route, operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = named(route.path).map(path_parameter).collect();
    let query = operation.query.iter().flat_map(|group| group.iter());
    parameters.extend(query.map(query_parameter));
    let mut described = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": parameters,
        "responses": {
            "200": { "description": "Done.", "content": { JSON: { "schema": answer(operation) } } },
            "default": {
                "description": "Refused: why stands in `errors`.",
                "content": { JSON: { "schema": Schema::Ref("Failure").render() } },
            },
        },
    });
    match route.access {
        Access::Open => described["security"] = json!([]),
        Access::Needs(permission) => {
            described["description"] =
                json!(format!("The token must be able to {}.", may(permission)));
        }
    }
    if let Some(body) = &operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { JSON: { "schema": body.render() } },
        });
    }
    described
}

fn may(permission: Permission) -> &'static str {
    permission.name()
}

/// The names of the parameters in a path.
fn named(path: &str) -> impl Iterator<Item = &str> {
    path.split('/')
        .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } })
}

fn query_parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": "query",
        "required": parameter.required,
        "schema": parameter.schema.render(),
    })
}

/// The envelope of an answer of 200.
fn answer(operation: &Operation) -> Value {
    let (result, info) = match &operation.answer {
        Answer::Document => return json!({ "type": "object" }),
        Answer::One(schema) => (schema.render(), None),
        Answer::Page(schema) | Answer::Whole(schema) => (list(schema), Some("PageInfo")),
        Answer::Cursor(schema) => (list(schema), Some("CursorInfo")),
        Answer::Nothing => (Value::Null, None),
    };
    let mut required = vec!["success", "errors", "messages"];
    let mut properties = json!({
        "success": { "const": true },
        "errors": { "type": "array", "maxItems": 0 },
        "messages": { "type": "array", "items": Schema::Ref("Message").render() },
    });
    if !result.is_null() {
        properties["result"] = result;
        required.push("result");
    }
    if let Some(info) = info {
        properties["result_info"] = Schema::Ref(info).render();
        required.push("result_info");
    }
    json!({ "type": "object", "properties": properties, "required": required })
}

fn list(schema: &Schema) -> Value {
    json!({ "type": "array", "items": schema.render() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described_and_nothing_else_is() {
        for route in routes::all().filter(|route| route.door == Door::Api) {
            let (method, path) = (route.method, route.path);
            assert!(operation_of(route).is_some(), "{method} {path}");
            let method = method.to_ascii_lowercase();
            let described = &document()["paths"][path][&method];
            assert!(described["operationId"].is_string(), "{method} {path}");
        }
        for operation in OPERATIONS {
            let served = routes::all().any(|route| {
                route.door == Door::Api
                    && route.method == operation.method
                    && route.path == operation.path
            });
            assert!(served, "{} {}", operation.method, operation.path);
        }
    }

    #[test]
    fn operation_ids_are_unique_and_references_lead_somewhere() {
        let mut ids: Vec<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
        ids.sort_unstable();
        let before = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), before);
        let text = document().to_string();
        for (at, _) in text.match_indices("#/components/schemas/") {
            let name = text[at + 21..].split('"').next().unwrap_or_default();
            let known = &document()["components"]["schemas"][name];
            assert!(known.is_object(), "{name}");
        }
    }
}
