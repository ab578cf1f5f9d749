//! What was refused, as a sentence: what somebody tried, and why they may not.

use serde_json::Value;

use crate::domain::reason::Reason;
use crate::http::console::overview::causes::cause;
use crate::http::console::words::{t, tf, tn};

/// Whether nothing was changed: the row tells of a request that was refused.
pub fn is(entry: &Value) -> bool {
    entry["action"]["result"]
        .as_str()
        .is_some_and(|result| result != "success")
}

/// What was tried, and why it was refused; `None` of what was done.
pub(super) fn told(entry: &Value) -> Option<String> {
    let after = &entry["resource"]["response"];
    if !is(entry) {
        return None;
    }
    // Many at once, for want of a good token.
    if let Some(requests) = after["requests"].as_u64() {
        return Some(tn("denied.unknown", requests));
    }
    Some(tf("denied.told", &[&tried(&entry["raw"]), &why(entry)]))
}

fn tried(raw: &Value) -> String {
    let uri = raw["uri"].as_str().unwrap_or_default();
    let parts: Vec<&str> = uri.split('/').collect();
    let Some(thing) = parts.iter().find_map(|part| thing(part)) else {
        return t("denied.request").to_owned();
    };
    let verb = match raw["method"].as_str().unwrap_or_default() {
        "GET" | "HEAD" => "denied.read",
        "DELETE" => "denied.delete",
        // RFC 7644 3.4.3: a search is a read. A form of the console says in its address what it is.
        "POST" => match parts.last().copied().unwrap_or_default() {
            ".search" => "denied.read",
            "delete" | "remove" | "revoke" => "denied.delete",
            _ if parts.get(1) == Some(&"a") && parts.last() != Some(&"new") => "denied.change",
            _ => "denied.create",
        },
        _ => "denied.change",
    };
    tf(verb, &[&t(thing)])
}

/// What a part of an address stands for.
fn thing(part: &str) -> Option<&'static str> {
    Some(match part {
        "Users" => "denied.person",
        "Groups" | "groups" | "user_groups" => "denied.group",
        "Bulk" => "denied.records",
        "members" => "denied.member",
        "roles" => "denied.role",
        "tokens" => "denied.token",
        "connections" => "denied.connection",
        "resource_groups" => "denied.resource_group",
        "sso_connectors" => "denied.sso_connector",
        "migrate" => "denied.migration",
        "logs" | "log" | "audit" => "denied.log",
        "settings" => "denied.settings",
        _ => return None,
    })
}

fn why(entry: &Value) -> String {
    let code = entry["resource"]["response"]["reason"].as_str();
    match code.and_then(Reason::from_code) {
        Some(Reason::PermissionMissing) | None if entry["actor"]["context"] == "dash" => {
            t("denied.no_role").to_owned()
        }
        Some(Reason::PermissionMissing) | None => t("denied.no_permission").to_owned(),
        Some(reason) => cause(reason),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(method: &str, uri: &str, context: &str, reason: &str) -> String {
        let entry = json!({
            "action": { "result": "failure" }, "actor": { "context": context },
            "raw": { "method": method, "uri": uri },
            "resource": { "response": { "reason": reason } },
        });
        told(&entry).unwrap_or_default()
    }

    #[test]
    fn a_refusal_says_what_was_tried_and_why_not() {
        let scim = "/client/v4/accounts/0123/scim/v2";
        let missing = "permission_missing";
        assert_eq!(
            of("PATCH", &format!("{scim}/Groups/1"), "api_token", missing),
            "tried to change a user group; refused: the token has no permission for that"
        );
        assert_eq!(
            of(
                "POST",
                &format!("{scim}/Users"),
                "api_token",
                "managed_elsewhere"
            ),
            "tried to create a person; refused: managed by somebody else"
        );
        assert_eq!(
            of("POST", "/a/0123/members/4567/remove", "dash", missing),
            "tried to remove a member; refused: none of their roles allows that"
        );
        assert!(
            of("PUT", "/client/v4/accounts/0123", "api_token", missing)
                .starts_with("tried to send a request")
        );
        let done = json!({ "action": { "result": "success" } });
        assert_eq!(told(&done), None);
    }
}
