//! Values of a row of the log as people read them: things by their names, and times as they are
//! where the viewer is.

use serde_json::Value;

use super::keys::path_label;
use super::{People, is_time, plainly};
use crate::domain::catalogue;
use crate::domain::instant::parse_ms;
use crate::domain::token::policy::Effect;
use crate::http::console::format::Times;
use crate::http::console::tokens::new::resource_name;
use crate::http::console::words::t;

/// What the account as a whole is called where policies name it.
pub(super) const ACCOUNT: &str = "com.cloudflare.api.account.";

/// The words for the way to a value. A resource of a token stands there by its name: it is told
/// with the value.
pub(super) fn label_of(path: &str) -> String {
    match resource_in(path) {
        Some((policy, _)) => path_label(&format!("{policy}.resources")),
        None => path_label(path),
    }
}

/// The value at that path.
pub(super) fn told(path: &str, value: &Value, people: &People, times: &Times) -> String {
    if let Some((_, resource)) = resource_in(path) {
        return match people.account {
            Some(account) if *value == "*" => resource_name(resource, account, Effect::Allow),
            _ => format!("{resource} {}", plainly(value)),
        };
    }
    match value {
        Value::Bool(true) => t("said.yes").to_owned(),
        Value::Bool(false) => t("said.no").to_owned(),
        Value::Null => String::new(),
        other => {
            let text = plainly(other);
            let ms = parse_ms(&text).filter(|_| is_time(path));
            let time = ms.map(|ms| times.at(ms).text);
            let name = || name_at(path, &text, people);
            time.or_else(name).unwrap_or(text)
        }
    }
}

/// The policy and the resource of a token, of which the log has the name as one of an attribute.
fn resource_in(path: &str) -> Option<(&str, &str)> {
    let (policy, resource) = path.split_once(".resources.")?;
    policy
        .starts_with("policies.")
        .then_some((policy, resource))
}

/// What the thing is called whose id stands at that path.
fn name_at(path: &str, id: &str, people: &People) -> Option<String> {
    let parts: Vec<&str> = path.split('.').collect();
    match parts.as_slice() {
        ["managed_by"] => people.name(id).map(str::to_owned),
        ["policies", _, "permission_groups", _] => {
            let known = catalogue::token_permission_group(id.parse().ok()?)?;
            Some(known.dashboard_name.clone())
        }
        ["policies", _, "on", _] => {
            let account = people.account?.to_string();
            let whole = id.strip_prefix(ACCOUNT) == Some(&account);
            whole.then(|| t("preview.on_account").to_owned())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::id::AccountId;

    #[test]
    fn ids_of_policies_are_told_by_names() {
        let account = AccountId::from_bytes([1; 16]);
        let people = People::of_account(account);
        let told = |path: &str, value: Value| {
            let told = told(path, &value, &people, &Times::utc(0));
            (label_of(path), told)
        };
        let pair = |label: &str, text: &str| (label.to_owned(), text.to_owned());
        let group = json!(catalogue::ACCOUNT_SETTINGS_READ);
        assert_eq!(
            told("policies.0.permission_groups.1", group),
            pair("policies 1 › permission groups 2", "Account Settings Read")
        );
        let whole = format!("{ACCOUNT}{account}");
        assert_eq!(
            told(&format!("policies.0.resources.{whole}"), json!("*")),
            pair("policies 1 › resources", t("tokens.this_account"))
        );
        assert_eq!(
            told("policies.0.on.0", json!(whole)),
            pair("policies 1 › on 1", t("preview.on_account"))
        );
        assert_eq!(told("name", json!("c1fde68c")), pair("name", "c1fde68c"));
    }
}
