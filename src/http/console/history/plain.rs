//! Values that have a sentence of their own: what a switch was turned to, when something ends, what
//! came into a list and what went.

use std::cmp::Ordering;

use serde_json::Value;

use super::keys::label;
use super::named::ACCOUNT;
use super::said::{PEOPLE_MAX, Say, short};
use crate::domain::catalogue::{self, MINIMAL_ACCOUNT_ACCESS};
use crate::domain::connection::ProviderKind;
use crate::domain::instant::parse_ms;
use crate::http::console::connections::provider_name;
use crate::http::console::format::list;
use crate::http::console::words::{t, tf, tn};

/// Characters of the roles that a row names: "deactivated" stands before them.
const ROLES_CHARS_MAX: usize = 54;
/// What somebody held whose membership ended, by their groups too. Rows from before it was kept
/// have `roles` alone: what policies of their own gave.
pub(super) const EFFECTIVE_ROLES: &str = "effective_roles";

/// The words of a switch that is on, and of one that is off.
fn switch(name: &str) -> Option<(&'static str, &'static str)> {
    Some(match name {
        "disabled" => (t("said.disabled"), t("said.enabled")),
        "enabled" => (t("said.enabled"), t("said.disabled")),
        "paused" => (t("said.paused"), t("said.resumed")),
        "hidden" => (t("said.hidden"), t("said.unhidden")),
        "box_administrator" => (t("said.box"), t("said.box_no_more")),
        "totp" => (t("said.totp_on"), t("said.totp_off")),
        _ => return None,
    })
}

/// What a value of a setting means.
fn setting(name: &str, value: &str) -> Option<&'static str> {
    Some(match (name, value) {
        ("attribute_updates", "store") => t("said.updates_store"),
        ("attribute_updates", "ignore") => t("said.updates_ignore"),
        ("adopt_existing", "adopt") => t("said.adopt"),
        ("adopt_existing", "refuse") => t("said.adopt_not"),
        ("totp", "begun") => t("said.totp_begun"),
        ("state", "active") => t("said.state_active"),
        ("state", "pending") => t("said.state_pending"),
        ("state", "inactive") => t("said.state_inactive"),
        _ => return None,
    })
}

impl Say<'_> {
    /// The sentence of a value: `None` where it has none of its own, an empty one where it says
    /// nothing that anybody misses.
    pub(super) fn plain(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        if name.starts_with("members") || name == "managed_by" && !self.gone {
            return None;
        }
        if self.is_untold(name, was, is) {
            return Some(String::new());
        }
        self.of_token(name, was, is)
            .or_else(|| self.of_state(name, was, is))
            .or_else(|| of_migration(name, was, is))
            .or_else(|| of_switch(name, was, is))
            .or_else(|| self.of_list(name, was, is))
            .or_else(|| self.without_words(was, is))
    }

    /// What stands beside it anyway, and what a thing that was just made has like all of its kind.
    fn is_untold(&self, name: &str, was: &Value, is: &Value) -> bool {
        let named = ["name", "displayName", "userName", "email_domain"];
        let is_name = |value: &Value| value.as_str().is_some_and(|text| text == self.object);
        let usual = match name {
            "active" | "emails" => *is != false,
            "attribute_updates" => *is == "store",
            "adopt_existing" => *is == "adopt",
            _ => false,
        };
        (self.made || self.gone) && named.contains(&name) && (is_name(was) || is_name(is))
            || self.made && usual
    }

    /// Of what is removed its values are no news; of what is made, parts without a word of their
    /// own are none.
    fn without_words(&self, was: &Value, is: &Value) -> Option<String> {
        let parts = |value: &Value| value.is_object() || value.is_array();
        (self.gone || self.made && was.is_null() && parts(is)).then(String::new)
    }

    fn time(&self, value: &Value) -> Option<String> {
        Some(self.times.at(parse_ms(value.as_str()?)?).text)
    }

    fn of_token(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        Some(match name {
            _ if self.gone => return None,
            "overlap_seconds" => match (is.as_i64()?, self.at_ms) {
                (0, _) => t("said.old_ended").to_owned(),
                (seconds, Some(ms)) => {
                    let until = ms.saturating_add(seconds.saturating_mul(1000));
                    let until = self.times.at(until).text;
                    match self.begins_ms {
                        // It works no sooner than the token does.
                        Some(begins) if begins > ms => tf("said.old_ends", &[&until]),
                        _ => tf("said.old_until", &[&until]),
                    }
                }
                (_, None) => return None,
            },
            "hint" if was.is_null() => tf("said.hint", &[&is.as_str()?]),
            "hint" => tf("said.hint_new", &[&is.as_str()?]),
            "expires_on" => match (self.time(was), self.time(is)) {
                // Times are told to the minute.
                (Some(was), Some(is)) if was != is => tf("said.expires_from_to", &[&was, &is]),
                (_, Some(is)) => tf("said.expires", &[&is]),
                (Some(_), None) => t("said.expires_not").to_owned(),
                (None, None) => return None,
            },
            "not_before" => match self.time(is) {
                Some(is) => tf("said.begins", &[&is]),
                None => t("said.begins_now").to_owned(),
            },
            "connection" if was.is_null() => tf("said.for", &[&is.as_str()?]),
            "until" => tf("said.until", &[&self.time(is)?]),
            "since" => tf("said.since", &[&self.time(is)?]),
            "kind" => provider_name(ProviderKind::parse(is.as_str()?)?).to_owned(),
            _ => return None,
        })
    }

    /// What became of a member.
    fn of_state(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        if name != "state" || self.gone {
            return None;
        }
        Some(match (was.as_str(), is.as_str()?) {
            (None, "active") => t("said.made_active").to_owned(),
            (None, "pending") => t("said.made_invited").to_owned(),
            (Some("pending"), "active") => t("said.accepted").to_owned(),
            (_, "active") => t("history.reactivated").to_owned(),
            (_, "inactive") => t("history.deactivated").to_owned(),
            _ => return None,
        })
    }

    fn of_list(&self, name: &str, was: &Value, is: &Value) -> Option<String> {
        let all = |value: &Value| match value {
            Value::Array(items) => Some(items.clone()),
            Value::Null => Some(Vec::new()),
            _ => None,
        };
        let (was, is) = (all(was)?, all(is)?);
        let not_in = |one: &[Value], other: &[Value]| -> Vec<Value> {
            let fresh = one.iter().filter(|item| !other.contains(item));
            fresh.cloned().collect()
        };
        let (came, went) = (not_in(&is, &was), not_in(&was, &is));
        let roles = ["roles", EFFECTIVE_ROLES].contains(&name);
        let lost = roles || name == "policies";
        if came.is_empty() && went.is_empty() || self.gone && !lost {
            return None;
        }
        if name == "policies" {
            return Some(policies(&came, &went));
        }
        let (came, went) = (texts(&came)?, texts(&went)?);
        if roles {
            return Some(of_roles(came, went));
        }
        let what = label(name);
        let mut said = Vec::new();
        if !came.is_empty() {
            let key = if self.made { "said.list" } else { "said.came" };
            said.push(tf(key, &[&some(&came), &what]));
        }
        if !went.is_empty() {
            said.push(tf("said.went", &[&some(&went), &what]));
        }
        Some(said.join(", "))
    }
}

/// What a switch was turned to, or what a setting with words of its own was set to.
fn of_switch(name: &str, was: &Value, is: &Value) -> Option<String> {
    if let Some(words) = is.as_str().and_then(|is| setting(name, is)) {
        return Some(words.to_owned());
    }
    let is = is.as_bool().filter(|_| name != "active")?;
    let words = switch(name);
    Some(match (is, words) {
        // It is as it is where nobody said otherwise.
        (false, _) if was.is_null() => String::new(),
        (true, Some((on, _))) => on.to_owned(),
        (false, Some((_, off))) => off.to_owned(),
        (true, None) => tf("said.on", &[&label(name)]),
        (false, None) => tf("said.off", &[&label(name)]),
    })
}

/// The texts of a list; `None` where it has others too.
fn texts(items: &[Value]) -> Option<Vec<String>> {
    items.iter().map(|item| item.as_str().map(short)).collect()
}

/// The first of them, and how many more there are.
fn some(names: &[String]) -> String {
    first(names, PEOPLE_MAX)
}

fn first(names: &[String], most: usize) -> String {
    match names.len().saturating_sub(most) {
        0 => list(names),
        more => {
            let more = tn("history.more", u64::try_from(more).unwrap_or(0));
            format!("{}, {more}", names[..most].join(", "))
        }
    }
}

/// Which roles came and which went: the most telling first, as many as fit beside what was done.
fn of_roles(came: Vec<String>, went: Vec<String>) -> String {
    let rank = |name: &String| match name.as_str() {
        name if Some(name) == catalogue::role_name(catalogue::SUPER_ADMINISTRATOR) => 0,
        name if Some(name) == catalogue::role_name(MINIMAL_ACCOUNT_ACCESS) => 2,
        _ => 1,
    };
    let told = |key, mut names: Vec<String>| {
        names.sort_by_key(rank);
        let mut chars = 0;
        let fits = |name: &&String| {
            chars += name.chars().count() + 2;
            chars <= ROLES_CHARS_MAX
        };
        let most = names.iter().take_while(fits).count().clamp(1, PEOPLE_MAX);
        tf(key, &[&first(&names, most)])
    };
    let both = [("said.roles_came", came), ("said.roles_went", went)];
    let both = both.into_iter().filter(|(_, names)| !names.is_empty());
    both.map(|(key, names)| told(key, names))
        .collect::<Vec<_>>()
        .join(", ")
}

/// How many came and how many went, and of which roles; one that is there before and after was
/// changed.
fn policies(came: &[Value], went: &[Value]) -> String {
    let is_in = |one: &Value, all: &[Value]| {
        !one["id"].is_null() && all.iter().any(|other| other["id"] == one["id"])
    };
    let (changed, added): (Vec<&Value>, Vec<&Value>) =
        came.iter().partition(|one| is_in(one, went));
    let (were, removed): (Vec<&Value>, Vec<&Value>) = went.iter().partition(|one| is_in(one, came));
    let counts = [
        ("said.policies_added", added.len(), some(&roles_of(&added))),
        (
            "said.policies_changed",
            changed.len(),
            differing(&were, &changed),
        ),
        (
            "said.policies_removed",
            removed.len(),
            some(&roles_of(&removed)),
        ),
    ];
    let told = counts.into_iter().filter(|(_, count, _)| *count > 0);
    let told = told.map(|(key, count, roles)| {
        let text = tn(key, u64::try_from(count).unwrap_or(0));
        match roles.as_str() {
            "" => text,
            roles => tf("said.policies_of", &[&text, &roles]),
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// In what changed policies differ: their roles, which else are named as they are, and what they
/// apply to and whether they deny, which may take more than the roles that came give.
fn differing(were: &[&Value], changed: &[&Value]) -> String {
    let (mut is, mut was) = (roles_of(changed), roles_of(were));
    let pairs = changed.iter().filter_map(|is| {
        let was = were.iter().find(|was| was["id"] == is["id"])?;
        Some((*was, *is))
    });
    let pairs: Vec<(&Value, &Value)> = pairs.collect();
    let other = |name: &str| {
        let other = pairs.iter().filter(|(was, is)| was[name] != is[name]);
        other.map(|(_, is)| *is).collect::<Vec<&Value>>()
    };
    let (moved, turned) = (other("on"), other("access"));
    let mut more = Vec::new();
    if let ([one], [_]) = (turned.as_slice(), changed) {
        (is, was) = (names_of(changed), names_of(were));
        more.push(match one["access"].as_str() {
            Some("deny") => t("said.denies_now").to_owned(),
            _ => t("said.allows_now").to_owned(),
        });
    }
    match (moved.as_slice(), changed) {
        ([], _) => {}
        ([one], [_]) => more.push(tf("said.on_now", &[&on(one)])),
        (some, _) => more.push(tn("said.moved", u64::try_from(some.len()).unwrap_or(0))),
    }
    let without = |these: &[String], those: &[String]| -> Vec<String> {
        let others = these.iter().filter(|role| !those.contains(role));
        others.cloned().collect()
    };
    let parts = [
        ("said.role_added", without(&is, &was)),
        ("said.role_removed", without(&was, &is)),
    ];
    let parts = parts.into_iter().filter(|(_, roles)| !roles.is_empty());
    let parts: Vec<String> = parts
        .map(|(key, roles)| tf(key, &[&some(&roles)]))
        .collect();
    let mut told = match parts.as_slice() {
        [] => some(&is),
        parts => parts.join(", "),
    };
    for one in more {
        told = match told.as_str() {
            "" => one,
            told => tf("said.and_differs", &[&told, &one]),
        };
    }
    told
}

/// On what a policy is, within a sentence. Older rows have no names of domains.
fn on(policy: &Value) -> String {
    let all = policy["on"].as_array().map_or(&[][..], Vec::as_slice);
    let all: Vec<&str> = all.iter().filter_map(Value::as_str).collect();
    let mut keys = all.iter().filter_map(|name| name.strip_prefix(ACCOUNT));
    match keys.next() {
        Some(key) if !key.starts_with("zone") => t("preview.on_account").to_owned(),
        Some(_) => t("said.some_domains").to_owned(),
        None => {
            let names: Vec<String> = all.iter().map(|name| short(name)).collect();
            some(&names)
        }
    }
}

/// The roles that policies give or deny, each once; none of a token's, which name no roles.
fn roles_of(policies: &[&Value]) -> Vec<String> {
    let told = |policy: &Value, name: String| match policy["access"].as_str() {
        Some("deny") => tf("said.denial", &[&name]),
        _ => name,
    };
    each_role(policies, told)
}

/// The roles alone.
fn names_of(policies: &[&Value]) -> Vec<String> {
    each_role(policies, |_, name| name)
}

fn each_role(policies: &[&Value], told: impl Fn(&Value, String) -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for policy in policies {
        let names = policy["roles"].as_array().map_or(&[][..], Vec::as_slice);
        for name in names.iter().filter_map(Value::as_str).map(short) {
            let told = told(policy, name);
            if !all.contains(&told) {
                all.push(told);
            }
        }
    }
    all
}

/// What a migration did, in figures.
fn of_migration(name: &str, was: &Value, is: &Value) -> Option<String> {
    let counted = |key: &str, count: u64| match count.cmp(&0) {
        Ordering::Greater => tn(key, count),
        _ => String::new(),
    };
    let long = |value: &Value| Some(u64::try_from(value.as_array()?.len()).unwrap_or(0));
    Some(match name {
        "summary" => counted("said.converted", is["convert"].as_u64()?),
        "confirmed" => counted("said.confirmed", is.as_u64()?),
        "people_changed" => counted("said.people_changed", is.as_u64()?),
        "groups_made" => counted("said.groups_made", is.as_u64()?),
        "groups_restored" => counted("said.groups_restored", is.as_u64()?),
        "groups" => counted("said.groups_undone", long(is)?),
        "deleted_before" => counted("said.groups_gone", long(is)?),
        "not_undone" => counted("said.groups_kept", long(is)?),
        "old_names" => counted("said.old_names", long(was)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::http::console::words::plain;

    #[test]
    fn of_a_changed_policy_it_is_said_where_it_is_now_and_that_it_denies() {
        let policy = |id: u8, access: &str, roles: &[&str], on: &[&str]| -> Value {
            json!({ "id": id, "access": access, "roles": roles, "on": on })
        };
        let told = |was: &[Value], is: &[Value]| {
            let not_in = |one: &[Value], other: &[Value]| -> Vec<Value> {
                let others = one.iter().filter(|item| !other.contains(item));
                others.cloned().collect()
            };
            plain(&policies(&not_in(is, was), &not_in(was, is)))
        };
        let two = ["example.com", "shop.example"];
        let account = "com.cloudflare.api.account.0198f3a27c1b7e02a1b2c3d4e5f60718";
        let was = policy(1, "allow", &["Domain DNS"], &two);
        let more = ["Domain DNS", "Cache Domain Purge"];
        for (is, words) in [
            (
                policy(1, "allow", &more, &two[..1]),
                "Cache Domain Purge added; now on example.com",
            ),
            (
                policy(1, "allow", &more[..1], &[account]),
                "Domain DNS; now on the entire account",
            ),
            (
                policy(1, "deny", &more[..1], &two),
                "Domain DNS; now denies",
            ),
            (
                policy(1, "deny", &more, &two[1..]),
                "Cache Domain Purge added; now denies; now on shop.example",
            ),
            // As older rows have it.
            (
                policy(
                    1,
                    "allow",
                    &more[..1],
                    &["com.cloudflare.api.account.zones.01"],
                ),
                "Domain DNS; now on selected domains",
            ),
        ] {
            let words = format!("1 policy changed ({words})");
            assert_eq!(told(std::slice::from_ref(&was), &[is]), words);
        }
        let denial = policy(1, "deny", &["DNS"], &[account]);
        let allowed = policy(1, "allow", &["DNS"], &[account]);
        let words = "1 policy changed (DNS; now allows)";
        assert_eq!(told(&[denial], &[allowed]), words);
        let other = |on: &[&str]| policy(2, "allow", &["Analytics"], on);
        let both = [was, other(&two)];
        let after = [policy(1, "allow", &more, &two), other(&two[..1])];
        assert_eq!(
            told(&both, &after),
            "2 policies changed (Cache Domain Purge added; one of them now on something else)"
        );
    }
}
