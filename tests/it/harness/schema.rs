//! Holds answers of the REST API to its own OpenAPI description: a checker of the few words of
//! JSON Schema that the description uses, and of what every envelope must have.

use provost::domain::instant::parse_ms;
use provost::http::api::openapi::document;
use provost::http::routes::API_BASE;
use serde_json::Value;

use super::client::Answer;

/// Everything wrong with an answer to a request on a path of the REST API.
pub(crate) fn api_answer(method: &str, target: &str, answer: &Answer) -> Vec<String> {
    let mut bad = Vec::new();
    let mut need = |ok: bool, why: String| {
        if !ok {
            bad.push(why);
        }
    };
    let status = answer.status;
    need(status != 500, "a 500".to_owned());
    for (name, wanted) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "application/json"),
    ] {
        let found = answer.header(name);
        need(found == Some(wanted), format!("{name} is {found:?}"));
    }
    let asks = answer.header("www-authenticate").is_some();
    need(status != 401 || asks, "401 without WWW-Authenticate".into());
    let again = answer.header("x-should-retry");
    need(
        status != 409 || again == Some("false"),
        "409 without x-should-retry: false".into(),
    );
    let Ok(body) = serde_json::from_slice::<Value>(&answer.body) else {
        bad.push(format!("no JSON: {}", answer.text()));
        return bad;
    };
    let schema = if status >= 400 {
        let errors = body["errors"].as_array().map_or(0, Vec::len);
        need(errors > 0, "a failure without errors".into());
        need(body["success"] == false, "a failure that succeeds".into());
        let sentence = body["errors"][0]["message"].as_str().unwrap_or_default();
        let plain = sentence.ends_with('.') && !sentence.contains(". ");
        need(plain, format!("{sentence:?} is not one sentence"));
        let code = body["errors"][0]["code"].as_i64().unwrap_or_default();
        need(code >= 1000, format!("the code is {code}"));
        Some(document()["components"]["schemas"]["Failure"].clone())
    } else {
        described(method, target)
    };
    match schema {
        Some(schema) => check(&body, &schema, "", &mut bad),
        None => bad.push(format!("{method} {target} is not described")),
    }
    bad
}

/// The schema of an answer of 200 of the route that a target is on.
fn described(method: &str, target: &str) -> Option<Value> {
    let path = target.split('?').next().unwrap_or_default();
    let path = path.strip_prefix(API_BASE)?;
    let paths = document()["paths"].as_object()?;
    let fits = |pattern: &str| {
        let (pattern, path) = (pattern.split('/'), path.split('/'));
        pattern.clone().count() == path.clone().count()
            && pattern
                .zip(path)
                .all(|(wanted, part)| wanted.starts_with('{') || wanted == part)
    };
    // The one with the fewest parameters is meant.
    let found = paths
        .keys()
        .filter(|pattern| fits(pattern))
        .min_by_key(|pattern| pattern.matches('{').count())?;
    let method = method.to_ascii_lowercase();
    let response = &paths[found][&method]["responses"]["200"];
    response
        .is_object()
        .then(|| response["content"]["application/json"]["schema"].clone())
}

/// Notes where `value` is not what `schema` says.
fn check(value: &Value, schema: &Value, at: &str, bad: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap_or_default();
        check(value, &document()["components"]["schemas"][name], at, bad);
        return;
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let fits = any.iter().any(|schema| {
            let mut inner = Vec::new();
            check(value, schema, at, &mut inner);
            inner.is_empty()
        });
        if !fits {
            bad.push(format!("{at} is {value:.200}, none of {schema:.300}"));
        }
        return;
    }
    let is_type = match schema["type"].as_str() {
        None => true,
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("boolean") => value.is_boolean(),
        Some("null") => value.is_null(),
        Some(other) => panic!("the checker does not know the type {other}"),
    };
    let listed = |values: &Vec<Value>| values.contains(value);
    let constant = schema.get("const").is_none_or(|wanted| wanted == value);
    if !is_type || !schema["enum"].as_array().is_none_or(listed) || !constant {
        bad.push(format!("{at} is {value:.200}, not {schema:.300}"));
        return;
    }
    check_text(value, schema, at, bad);
    check_parts(value, schema, at, bad);
}

fn check_text(value: &Value, schema: &Value, at: &str, bad: &mut Vec<String>) {
    let Some(text) = value.as_str() else { return };
    let hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    match schema["pattern"].as_str() {
        None => {}
        Some("^[0-9a-f]{32}$") if text.len() == 32 && text.bytes().all(hex) => {}
        Some("^[0-9a-f]{32}$") => bad.push(format!("{at} is {text:?}, which is no id")),
        Some(other) => panic!("the checker does not know the pattern {other}"),
    }
    if schema["format"] == "date-time" && (parse_ms(text).is_none() || !text.ends_with('Z')) {
        bad.push(format!("{at} is {text:?}, which is no time in UTC"));
    }
}

fn check_parts(value: &Value, schema: &Value, at: &str, bad: &mut Vec<String>) {
    if let Some(items) = value.as_array() {
        let most = schema["maxItems"].as_u64().unwrap_or(u64::MAX);
        if u64::try_from(items.len()).is_ok_and(|len| len > most) {
            bad.push(format!("{at} has {} items", items.len()));
        }
        for (place, item) in items.iter().enumerate() {
            check(item, &schema["items"], &format!("{at}/{place}"), bad);
        }
    }
    let Some(members) = value.as_object() else {
        return;
    };
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        if !members.contains_key(name) {
            bad.push(format!("{at}/{name} is missing"));
        }
    }
    for (name, member) in members {
        let at = format!("{at}/{name}");
        if let Some(schema) = schema["properties"].get(name) {
            check(member, schema, &at, bad);
        } else if let Some(schema) = schema.get("additionalProperties") {
            check(member, schema, &at, bad);
        } else if schema["properties"].is_object() {
            bad.push(format!("{at} is not described"));
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(value: &Value, schema: &Value) -> usize {
        let mut bad = Vec::new();
        check(value, schema, "", &mut bad);
        bad.len()
    }

    #[test]
    fn the_checker_sees_what_does_not_fit() {
        let account = json!({ "$ref": "#/components/schemas/Account" });
        let good = json!({
            "id": "0123456789abcdef0123456789abcdef", "name": "Corp", "type": "enterprise",
            "created_on": "2026-11-21T08:30:00.000Z",
            "settings": { "abuse_contact_email": null, "enforce_twofactor": false },
        });
        assert_eq!(problems(&good, &account), 0);
        for (name, wrong) in [
            ("id", json!("0123")),
            ("name", json!(5)),
            ("type", json!("free")),
            ("created_on", json!("yesterday")),
            ("settings", json!({ "enforce_twofactor": false })),
            ("settings", json!([])),
        ] {
            let mut bad = good.clone();
            bad[name] = wrong;
            assert_eq!(problems(&bad, &account), 1, "{bad}");
        }
        assert_eq!(problems(&json!({}), &account), 5);
        let mut more = good.clone();
        more["settings"]["undescribed"] = json!(1);
        assert_eq!(problems(&more, &account), 1);
    }
}
