//! What the form of a new token holds, and what it means.

use std::net::IpAddr;

use actix_web::HttpRequest;
use ipnet::IpNet;
use jiff::civil;
use serde_json::{Map, Value};

use crate::domain::catalogue;
use crate::domain::id::{AccountId, PermissionGroupId};
use crate::domain::text::{Label, shown};
use crate::domain::token::policy::{Effect, NewTokenPolicy};
use crate::domain::token::{TTL_DAYS_MAX, TokenTemplate};
use crate::http::console::form::Form as Sent;
use crate::http::console::format::Times;
use crate::http::console::tokens::rows::offered;
use crate::http::console::words::{t, tf};

const DAY_MS: i64 = 86_400_000;
const DAYS_DEFAULT: &str = "365";
/// What a token on the account as a whole names.
pub(super) const ACCOUNT: &str = "com.cloudflare.api.account.";
/// Most networks of one line.
const NETWORKS_MAX: usize = 256;
/// Values of a resource.
pub(super) const THIS: &str = "this";
pub(super) const EVERY: &str = "every";
/// The fields of the form, which each step sends on.
pub(super) const SENT: [&str; 12] = [
    "template",
    "name",
    "everything",
    "group",
    "effect1",
    "account1",
    "effect2",
    "account2",
    "days",
    "until",
    "from",
    "not_from",
];

/// Which accounts a line of the resources names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Nothing,
    This,
    Every,
}

/// What the form holds: as it was sent, or as a template fills it in.
pub(super) struct Draft {
    pub name: String,
    /// Template `admin`: all that this server asks for, which no rows say.
    pub everything: bool,
    pub groups: Vec<PermissionGroupId>,
    pub resources: [(Effect, Whole); 2],
    pub days: String,
    pub until: String,
    pub from: String,
    pub not_from: String,
    pub template: String,
}

impl Draft {
    fn of_template(name: &str) -> Self {
        let template = match name {
            "scim" => Some(TokenTemplate::Scim),
            "read" => Some(TokenTemplate::Read),
            "admin" => Some(TokenTemplate::Admin),
            _ => None,
        };
        Self {
            name: String::new(),
            everything: template == Some(TokenTemplate::Admin),
            groups: template.map(catalogue::template_groups).unwrap_or_default(),
            resources: [(Effect::Allow, Whole::This), (Effect::Deny, Whole::Nothing)],
            days: DAYS_DEFAULT.to_owned(),
            until: String::new(),
            from: String::new(),
            not_from: String::new(),
            template: template.map(|_| name.to_owned()).unwrap_or_default(),
        }
    }

    /// Of the address: a template's name, or all fields.
    pub(super) fn asked(req: &HttpRequest) -> Self {
        let sent = Sent::parse(req.query_string().as_bytes()).unwrap_or_default();
        if sent.get("days").is_empty() {
            Self::of_template(sent.get("template"))
        } else {
            Self::sent(&sent)
        }
    }

    pub(super) fn sent(form: &Sent) -> Self {
        let text = |name| form.text(name).unwrap_or_default().to_owned();
        let everything = form.ticked("everything");
        let chosen: Vec<PermissionGroupId> = form
            .all("group")
            .into_iter()
            .filter_map(|id| id.parse().ok())
            .collect();
        let groups = if everything {
            catalogue::template_groups(TokenTemplate::Admin)
        } else {
            let known = offered().map(|group| group.id);
            known.filter(|id| chosen.contains(id)).collect()
        };
        let line = |effect: &str, account: &str| {
            let effect = match form.get(effect) {
                "exclude" => Effect::Deny,
                _ => Effect::Allow,
            };
            let whole = match form.get(account) {
                THIS => Whole::This,
                EVERY => Whole::Every,
                _ => Whole::Nothing,
            };
            (effect, whole)
        };
        Self {
            name: text("name"),
            everything,
            groups,
            resources: [line("effect1", "account1"), line("effect2", "account2")],
            days: text("days"),
            until: text("until"),
            from: text("from"),
            not_from: text("not_from"),
            template: text("template"),
        }
    }

    pub(super) fn label(&self) -> Result<Label, String> {
        Label::parse(&self.name).map_err(|error| error.message().to_owned())
    }

    /// Errors: a token that would reach no account.
    pub(super) fn policies(&self, account: AccountId) -> Result<Vec<NewTokenPolicy>, String> {
        let of = |wanted: Effect| -> Map<String, Value> {
            let lines = self
                .resources
                .iter()
                .filter(|(effect, _)| *effect == wanted);
            let names = lines.filter_map(|(_, whole)| match whole {
                Whole::Nothing => None,
                Whole::This => Some(format!("{ACCOUNT}{account}")),
                Whole::Every => Some(format!("{ACCOUNT}*")),
            });
            names.map(|name| (name, Value::from("*"))).collect()
        };
        let (included, excluded) = (of(Effect::Allow), of(Effect::Deny));
        // Whatever is excluded holds this account, the only one that the token works in.
        if included.is_empty() || !excluded.is_empty() {
            return Err(t("tokens.no_account").to_owned());
        }
        Ok(vec![NewTokenPolicy {
            id: None,
            effect: Effect::Allow,
            permission_groups: self.groups.clone(),
            resources: included,
        }])
    }

    /// When it ends; a day counts to its end where the viewer is.
    pub(super) fn expires(&self, now_ms: i64, times: &Times) -> Result<Option<i64>, String> {
        if !self.until.is_empty() {
            let day: Option<civil::Date> = self.until.parse().ok();
            let next = day.and_then(|day| day.tomorrow().ok());
            let end = next.and_then(|next| times.day_begins(next));
            let end = end.filter(|end| *end > now_ms && *end - now_ms <= TTL_DAYS_MAX * DAY_MS);
            return end
                .map(Some)
                .ok_or_else(|| t("tokens.bad_until").to_owned());
        }
        match self.days.parse::<i64>() {
            _ if self.days == "never" => Ok(None),
            Ok(days) if (1..=TTL_DAYS_MAX).contains(&days) => Ok(Some(now_ms + days * DAY_MS)),
            Ok(_) | Err(_) => Err(t("tokens.bad_days").to_owned()),
        }
    }
}

/// The networks of a line.
pub(super) fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split([',', ' ', '\n']).filter(|part| !part.is_empty());
    let read = |part: &str| {
        let network = part.parse();
        let network = network.or_else(|_| part.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| tf("tokens.no_network", &[&shown(part)]))
    };
    let all: Vec<IpNet> = parts.map(read).collect::<Result<_, _>>()?;
    if all.len() > NETWORKS_MAX {
        return Err(tf("tokens.too_many_networks", &[&NETWORKS_MAX]));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(text: &str) -> Draft {
        Draft::sent(&Sent::parse(text.as_bytes()).expect("a form"))
    }

    fn account() -> AccountId {
        AccountId::from_bytes([1; 16])
    }

    #[test]
    fn what_is_excluded_leaves_nothing_of_an_accounts_token() {
        let names = |text: &str| {
            let policies = sent(text).policies(account());
            policies.map(|all| all[0].resources.keys().cloned().collect::<Vec<_>>())
        };
        let this = format!("{ACCOUNT}{}", account());
        assert_eq!(names("effect1=include&account1=this"), Ok(vec![this]));
        assert_eq!(names("account1=every"), Ok(vec![format!("{ACCOUNT}*")]));
        for text in [
            "",
            "effect1=exclude&account1=this",
            "account1=this&effect2=exclude&account2=this",
            "account1=every&effect2=exclude&account2=every",
        ] {
            assert!(names(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ends_are_days_of_the_viewer() {
        let times = Times::utc(0);
        let end = |text: &str| sent(text).expires(0, &times);
        assert_eq!(end("days=30"), Ok(Some(30 * DAY_MS)));
        assert_eq!(end("days=never"), Ok(None));
        assert_eq!(end("days=30&until=1970-01-02"), Ok(Some(2 * DAY_MS)));
        for bad in [
            "",
            "days=0",
            "days=x",
            "until=1969-12-31",
            "until=never",
            "until=9999-12-31",
        ] {
            assert!(end(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_what_is_offered_is_taken() {
        let of_users = catalogue::API_TOKENS_WRITE;
        let given = catalogue::SCIM_PROVISIONING;
        let draft = sent(&format!("group={of_users}&group={given}&group=x&group="));
        assert_eq!(draft.groups, [given]);
        assert_eq!(
            networks("192.0.2.1, 2001:db8::/48").map(|all| all.len()),
            Ok(2)
        );
        assert!(networks("nowhere").is_err());
    }
}
