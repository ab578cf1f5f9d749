//! What every SCIM answer must have, whatever was asked. Each function gives the problems it
//! found as text, so that a test can report all of them at once.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::client::{Answer, GROUP_URN, USER_URN};

const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const BULK_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// RFC 7644 table 9 and RFC 9865 2.1.
const SCIM_TYPES: [&str; 12] = [
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
    "invalidCursor",
    "invalidCount",
];

/// Everything wrong with an answer to a request on a path below a SCIM base.
pub(crate) fn scim_answer(method: &str, target: &str, answer: &Answer, token: &str) -> Vec<String> {
    let mut bad = Vec::new();
    let mut need = |check: &str, ok: bool, why: String| {
        if !ok {
            bad.push(format!("[{check}] {why}"));
        }
    };
    let (status, has_body) = (answer.status, !answer.body.is_empty());
    need("no-500", status != 500, "a 500".to_owned());
    for (name, wanted) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
    ] {
        let found = answer.header(name);
        need(
            "headers",
            found == Some(wanted),
            format!("{name} is {found:?}"),
        );
    }
    let id = answer.header("x-request-id").unwrap_or_default();
    let is_id = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    need("request-id", is_id, format!("x-request-id is {id:?}"));
    if status == 401 {
        let asks = answer.header("www-authenticate").is_some();
        need(
            "www-authenticate",
            asks,
            "401 without WWW-Authenticate".to_owned(),
        );
    }
    if matches!(status, 429 | 503) {
        let after = answer.header("retry-after").unwrap_or_default();
        need(
            "retry-after",
            after.parse::<u32>().is_ok(),
            format!("Retry-After is {after:?}"),
        );
    }
    if matches!(status, 204 | 304) {
        need("no-body", !has_body, format!("{status} with a body"));
    }
    let echoed = token.len() > 8 && answer.text().contains(token);
    need("secret", !echoed, "the token is in the body".to_owned());
    if !has_body {
        let silent = status < 400 || method == "HEAD";
        need(
            "error-body",
            silent,
            format!("{status} without a SCIM error body"),
        );
        return bad;
    }
    let media = answer.header("content-type");
    let right = media == Some("application/scim+json");
    need("content-type", right, format!("Content-Type is {media:?}"));
    match strict_json(&answer.body) {
        Err(why) => need("json", false, why),
        Ok(document) if status >= 400 => bad.extend(error_body(status, &document)),
        Ok(document) => bad.extend(body(method, target, answer, &document)),
    }
    bad
}

fn error_body(status: u16, document: &Value) -> Vec<String> {
    let mut bad = Vec::new();
    if document["schemas"] != serde_json::json!([ERROR_URN]) {
        bad.push(format!("[error-body] schemas is {}", document["schemas"]));
    }
    if document["status"] != Value::String(status.to_string()) {
        bad.push(format!(
            "[error-body] status is {}, not \"{status}\"",
            document["status"]
        ));
    }
    if let Some(found) = document.get("scimType") {
        let known = found
            .as_str()
            .is_some_and(|name| SCIM_TYPES.contains(&name));
        if !known {
            bad.push(format!("[error-body] scimType is {found}"));
        }
    }
    let detail = document["detail"].as_str().unwrap_or_default();
    // One sentence: no other begins after a full stop.
    let capital = |rest: &str| rest.starts_with(char::is_uppercase);
    let another = detail.split(". ").skip(1).any(capital);
    if !detail.ends_with('.') || another || detail.contains('\n') {
        bad.push(format!("[error-detail] no single sentence: {detail:?}"));
    }
    bad
}

fn body(method: &str, target: &str, answer: &Answer, document: &Value) -> Vec<String> {
    let path = target.split('?').next().unwrap_or_default();
    let lowered = target.to_ascii_lowercase();
    let projected = lowered.contains("attributes=") || lowered.contains("attributes\":");
    if document.get("Resources").is_some() || document.get("totalResults").is_some() {
        let by_cursor = lowered.contains("cursor");
        return list(document, projected, by_cursor);
    }
    let mut bad = Vec::new();
    let below_base = path.split("/scim/v2/").nth(1).unwrap_or_default();
    if below_base == "Bulk" {
        return bulk(document);
    }
    let parts: Vec<&str> = below_base.split('/').collect();
    if !matches!(parts.first(), Some(&("Users" | "Groups"))) {
        return bad;
    }
    bad.extend(resource(document, projected));
    if let [_, id] = parts[..]
        && document["id"] != *id
    {
        bad.push(format!(
            "[same-id] id is {}, asked for {id}",
            document["id"]
        ));
    }
    let location = document["meta"]["location"].as_str();
    if answer.status == 201 && !projected && answer.header("location") != location {
        bad.push(format!(
            "[location] {:?} is not {location:?}",
            answer.header("location")
        ));
    }
    let version = document["meta"]["version"].as_str();
    if !projected && answer.header("etag") != version {
        bad.push(format!(
            "[etag] {method}: {:?} is not {version:?}",
            answer.header("etag")
        ));
    }
    bad
}

/// A BulkResponse (RFC 7644 3.7.3).
fn bulk(document: &Value) -> Vec<String> {
    let mut bad = Vec::new();
    if document["schemas"] != serde_json::json!([BULK_URN]) {
        bad.push(format!("[bulk] schemas is {}", document["schemas"]));
    }
    let Some(operations) = document["Operations"].as_array() else {
        return vec![format!("[bulk] Operations is {}", document["Operations"])];
    };
    for operation in operations {
        let status = operation["status"].as_str().unwrap_or_default();
        let status: u16 = status.parse().unwrap_or_default();
        if status < 200 || status == 500 {
            bad.push(format!("[bulk] status in {operation}"));
        }
        let response = operation.get("response");
        match response {
            Some(error) if status >= 400 => bad.extend(error_body(status, error)),
            None if status < 400 => {
                let (deleted, made) = (operation["method"] == "DELETE", status == 201);
                let text = |name: &str| operation[name].is_string();
                if !text("location") || text("version") == deleted || made && !text("bulkId") {
                    bad.push(format!("[bulk] what is missing in {operation}?"));
                }
            }
            _ => bad.push(format!("[bulk] response in {operation}")),
        }
    }
    bad
}

fn list(document: &Value, projected: bool, by_cursor: bool) -> Vec<String> {
    let mut bad = Vec::new();
    if document["schemas"] != serde_json::json!([LIST_URN]) {
        bad.push(format!("[list] schemas is {}", document["schemas"]));
    }
    let number = |name: &str| document[name].as_u64();
    let Some(items) = document["Resources"].as_array() else {
        bad.push(format!("[list] Resources is {}", document["Resources"]));
        return bad;
    };
    let count = u64::try_from(items.len()).ok();
    if number("itemsPerPage") != count {
        bad.push(format!(
            "[list] itemsPerPage {} of {count:?}",
            document["itemsPerPage"]
        ));
    }
    if number("totalResults").is_none_or(|total| Some(total) < count) {
        bad.push(format!(
            "[list] totalResults {} of {count:?}",
            document["totalResults"]
        ));
    }
    // Pages by cursor have no number (RFC 9865 2); pages by index have no cursors.
    let numbered = document.get("startIndex").is_some();
    if number("startIndex").map_or(!by_cursor || numbered, |start| start < 1) {
        bad.push(format!("[list] startIndex {}", document["startIndex"]));
    }
    for name in ["nextCursor", "previousCursor"] {
        let Some(cursor) = document.get(name) else {
            continue;
        };
        let safe = |text: &str| {
            text.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
        };
        if numbered
            || !cursor
                .as_str()
                .is_some_and(|text| !text.is_empty() && safe(text))
        {
            bad.push(format!("[list] {name} is {cursor}"));
        }
    }
    bad.extend(items.iter().flat_map(|item| resource(item, projected)));
    bad
}

/// A User or a Group; discovery documents are passed over.
fn resource(document: &Value, projected: bool) -> Vec<String> {
    let mut bad = Vec::new();
    let has = |urn: &str| {
        let schemas = document["schemas"].as_array();
        schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == urn))
    };
    let kind = match (has(USER_URN), has(GROUP_URN)) {
        (true, false) => "User",
        (false, true) => "Group",
        _ => return bad,
    };
    let id = document["id"].as_str().unwrap_or_default();
    if id.is_empty() {
        bad.push(format!("[resource] id is {}", document["id"]));
    }
    let meta = &document["meta"];
    if !projected && meta["resourceType"] != kind {
        bad.push(format!(
            "[resource] meta.resourceType is {}",
            meta["resourceType"]
        ));
    }
    if !projected {
        let location = meta["location"].as_str().unwrap_or_default();
        if !location.starts_with("http") || !location.ends_with(&format!("/{kind}s/{id}")) {
            bad.push(format!("[location] meta.location is {location:?}"));
        }
        for name in ["created", "lastModified"] {
            let time = meta[name].as_str().unwrap_or_default();
            if time.len() != 24 || !time.ends_with('Z') {
                bad.push(format!("[resource] meta.{name} is {time:?}"));
            }
        }
    }
    if document.get("password").is_some() {
        bad.push("[password] a password was returned".to_owned());
    }
    if document
        .get("active")
        .is_some_and(|active| !active.is_boolean())
    {
        bad.push(format!("[types] active is {}", document["active"]));
    }
    for (name, value) in document.as_object().into_iter().flatten() {
        if value.is_null() || value.as_array().is_some_and(Vec::is_empty) && name != "members" {
            bad.push(format!("[types] {name} is {value}"));
        }
        let entries = value.as_array().map(Vec::as_slice).unwrap_or_default();
        let primaries = entries.iter().filter_map(|entry| entry.get("primary"));
        if primaries.clone().any(|primary| !primary.is_boolean()) {
            bad.push(format!("[types] {name} has a primary that is no boolean"));
        }
        if primaries
            .filter(|primary| **primary == Value::Bool(true))
            .count()
            > 1
        {
            bad.push(format!("[types] {name} has two primary entries"));
        }
    }
    let members = document["members"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    if members.iter().any(|member| !member["value"].is_string()) {
        bad.push("[types] a member without a text as its value".to_owned());
    }
    bad
}

/// Reads JSON as strictly as the strictest client: UTF-8, no byte order mark, no key twice.
pub(crate) fn strict_json(bytes: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    if text.starts_with('\u{feff}') {
        return Err("it begins with a byte order mark".to_owned());
    }
    let mut reader = serde_json::Deserializer::from_str(text);
    let checked = Strict.deserialize(&mut reader).and_then(|()| reader.end());
    checked.map_err(|error| error.to_string())?;
    serde_json::from_str(text).map_err(|error| error.to_string())
}

/// Reads any value and keeps nothing of it.
#[derive(Clone, Copy)]
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            map.next_value_seed(self)?;
            if let Some(key) = seen.replace(key) {
                return Err(A::Error::custom(format!("the key {key:?} is there twice")));
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
}
