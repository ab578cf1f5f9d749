//! What was refused, as a sentence: what somebody tried, and why they may not.

use serde_json::Value;

use crate::domain::reason::Reason;
use crate::http::console::overview::causes::cause;
use crate::http::console::words::{t, tf};

/// What nobody makes: it is there, or is sent whole.
const NOT_MADE: [&str; 4] = [
    "denied.records",
    "denied.migration",
    "denied.log",
    "denied.settings",
];

/// The length of an id.
const ID_CHARS: usize = 32;

/// Whether nothing was changed: the row tells of a request that was refused.
pub fn is(entry: &Value) -> bool {
    entry["action"]["result"]
        .as_str()
        .is_some_and(|result| result != "success")
}

/// What was tried, and why it was refused; `None` of what was done.
pub(super) fn told(entry: &Value) -> Option<String> {
    is(entry).then(|| tf("denied.told", &[&tried(&entry["raw"]), &why(entry)]))
}

/// What stands in the way of `raw`'s address: the first part that is a thing, and what follows it.
fn aimed(raw: &Value) -> Option<(&str, Vec<&str>)> {
    let uri = raw["uri"].as_str().unwrap_or_default();
    let path = uri.split_once('?').map_or(uri, |(path, _)| path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let at = parts.iter().position(|part| thing(part).is_some())?;
    Some((parts[at], parts[at + 1..].to_vec()))
}

fn tried(raw: &Value) -> String {
    let Some((part, below)) = aimed(raw) else {
        return t("denied.request").to_owned();
    };
    let thing = thing(part).unwrap_or("denied.records");
    let method = raw["method"].as_str().unwrap_or_default();
    tf(verb(method, thing, &below), &[&t(thing)])
}

/// What a refused request was about, as rows of what was done have it: the kind that its address
/// names, and the id that it names where the row has none.
pub(super) fn target(entry: &Value) -> Option<(&'static str, &str)> {
    let resource = &entry["resource"];
    if !is(entry) || resource["type"] != "request" {
        return None;
    }
    let (part, below) = aimed(&entry["raw"])?;
    let kind = match part {
        "Users" => "scim_user",
        "Groups" => "scim_group",
        "groups" | "user_groups" => "user_group",
        "members" => "member",
        "roles" => "role",
        "tokens" => "token",
        "connections" => "connection",
        _ => return None,
    };
    if let Some(id) = resource["id"].as_str().filter(|id| !id.is_empty()) {
        return Some((kind, id));
    }
    let id = *below.first()?;
    let is_id = id.len() == ID_CHARS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then_some((kind, id))
}

/// What kind of thing it was about, in words; nothing where its address tells none.
pub fn kind(entry: &Value) -> &'static str {
    let thing = aimed(&entry["raw"]).and_then(|(part, _)| thing(part));
    thing.filter(|_| is(entry)).map_or("", t)
}

/// What was to be done with a thing, by what follows it in the address: a form of the console says
/// there what it does, and what is further below than the thing itself is a part of it.
fn verb(method: &str, thing: &str, below: &[&str]) -> &'static str {
    match (method, below) {
        // RFC 7644 3.4.3: a search is a read.
        ("GET" | "HEAD", _) | ("POST", [.., ".search"]) => "denied.read",
        ("DELETE", [] | [_])
        | ("POST", ["delete" | "remove" | "revoke"] | [_, "delete" | "remove" | "revoke"]) => {
            "denied.delete"
        }
        ("POST", ["new", ..]) => "denied.create",
        ("POST", []) if !NOT_MADE.contains(&thing) => "denied.create",
        _ => "denied.change",
    }
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

    #[test]
    fn what_is_below_a_thing_is_a_change_of_it() {
        let all = [
            "DELETE /client/v4/accounts/0123/iam/user_groups/45/members/6 = change a user group",
            "POST /client/v4/accounts/0123/iam/user_groups/45/members = change a user group",
            "PUT /client/v4/accounts/0123/iam/user_groups/45 = change a user group",
            "DELETE /client/v4/accounts/0123/iam/user_groups/45 = remove a user group",
            "GET /client/v4/accounts/0123/iam/user_groups?page=2 = read a user group",
            "POST /client/v4/accounts/0123/iam/user_groups = create a user group",
            "DELETE /client/v4/accounts/0123/scim/v2/Groups/45 = remove a user group",
            "POST /client/v4/accounts/0123/scim/v2/Users/.search = read a person",
            "POST /client/v4/accounts/0123/scim/v2/Bulk = change several records at once",
            "POST /a/0123/groups/new = create a user group",
            "POST /a/0123/groups/delete = remove a user group",
            "POST /a/0123/groups/45/members/remove = change a user group",
            "POST /a/0123/groups/45/policies/6/remove = change a user group",
            "POST /a/0123/members/45/policies/new = change a member",
            "POST /a/0123/members/45/remove = remove a member",
            "POST /a/0123/members/bulk = change a member",
            "POST /a/0123/tokens/45/revoke = remove a token",
            "POST /a/0123/tokens/45/roll = change a token",
            "POST /a/0123/connections/new/okta = create a connection",
            "POST /a/0123/migrate = change the legacy migration",
        ];
        for line in all {
            let (asked, words) = line.split_once(" = ").expect(line);
            let (method, uri) = asked.split_once(' ').expect(line);
            let told = of(method, uri, "dash", "own_roles");
            let words = format!("tried to {words}; refused: ");
            assert!(told.starts_with(&words), "{line}: {told}");
        }
    }

    #[test]
    fn why_it_was_refused_is_said_in_words() {
        let reasons = [
            "confirmation_needed",
            "cross_site",
            "factor_needed",
            "last_box_administrator",
            "managed_by_provider",
            "own_roles",
            "role_not_held",
            "token_address",
        ];
        for reason in reasons {
            let told = of("POST", "/a/0123/members/45/remove", "dash", reason);
            let code = format!("refused: {}", reason.replace('_', " "));
            assert!(!told.ends_with(&code), "{told}");
        }
    }
}
