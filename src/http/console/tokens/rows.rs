//! What a token can be given, a row for each part of the product.

use crate::domain::catalogue::{self, TokenPermissionGroup};
use crate::domain::id::PermissionGroupId;
use crate::domain::token::ASKED_FOR;
use crate::http::console::view::Choice;
use crate::http::console::words::t;

/// What a token on the account as a whole names.
const SCOPE: &str = "com.cloudflare.api.account";

/// A row of the form: one part, and what the token may do with it.
pub(super) struct PermissionRow {
    pub id: String,
    pub item: String,
    /// What each choice means.
    pub hint: String,
    pub choices: Vec<Choice>,
}

/// Rows that routes of this server ask for, and the others, which are kept for tools that know
/// them.
#[derive(Default)]
pub(super) struct PermissionRows {
    pub asked: Vec<PermissionRow>,
    pub others: Vec<PermissionRow>,
    /// Whether one of the others is chosen: they are shown then.
    pub open: bool,
}

/// What can be given on an account: a token that the account owns has no user.
pub(super) fn offered() -> impl Iterator<Item = &'static TokenPermissionGroup> {
    let all = catalogue::token_permission_groups().iter();
    all.filter(|group| group.used_by_provost && group.scopes.iter().any(|scope| scope == SCOPE))
}

/// `Account Settings Edit` as its part and what may be done.
fn parted(group: &TokenPermissionGroup) -> (&str, &str) {
    let name = group.dashboard_name.as_str();
    name.rsplit_once(' ').unwrap_or((name, ""))
}

/// What each choice means: a sentence of each, whose verb says which it is.
fn hint(same: &[&TokenPermissionGroup]) -> String {
    let said: Vec<&str> = same.iter().map(|one| one.description.as_str()).collect();
    said.join(" ").replace('\'', "’")
}

/// What holding it means, in sentences: also what it does beside its description, and that nothing
/// here asks for it.
pub(super) fn meaning(group: &TokenPermissionGroup) -> String {
    let described = group.description.replace('\'', "’");
    let (part, verb) = parted(group);
    let reads_too = verb == "Edit"
        && offered().any(|other| matches!(parted(other), (same, "Read") if same == part));
    let settings = [
        catalogue::ACCOUNT_SETTINGS_READ,
        catalogue::ACCOUNT_SETTINGS_WRITE,
    ];
    let more = [
        reads_too.then(|| t("tokens.reads_too")),
        settings.contains(&group.id).then(|| t("tokens.reads_logs")),
        (!ASKED_FOR.contains(&group.id)).then(|| t("tokens.not_asked")),
    ];
    let said = [described.as_str()].into_iter();
    said.chain(more.into_iter().flatten())
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn of(chosen: &[PermissionGroupId]) -> PermissionRows {
    let mut rows = PermissionRows::default();
    let mut all: Vec<&TokenPermissionGroup> = offered().collect();
    all.sort_by_key(|group| parted(group).0);
    for (at, same) in all.chunk_by(|a, b| parted(a).0 == parted(b).0).enumerate() {
        let nothing = Choice::new("", t("tokens.no_access"));
        let choice = |group: &&TokenPermissionGroup| {
            Choice::new(group.id.to_string(), parted(group).1).chosen(chosen.contains(&group.id))
        };
        let choices = [nothing].into_iter().chain(same.iter().map(choice));
        let row = PermissionRow {
            id: format!("f-group-{at}"),
            item: parted(same[0]).0.to_owned(),
            hint: hint(same),
            choices: choices.collect(),
        };
        if same.iter().any(|group| ASKED_FOR.contains(&group.id)) {
            rows.asked.push(row);
        } else {
            rows.open |= same.iter().any(|group| chosen.contains(&group.id));
            rows.others.push(row);
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_is_a_row_and_offers_what_an_account_can_give() {
        let rows = of(&[catalogue::ACCOUNT_SETTINGS_READ]);
        let items: Vec<&str> = rows.asked.iter().map(|row| row.item.as_str()).collect();
        assert_eq!(
            items,
            [
                "Account API Tokens",
                "Account Settings",
                "SCIM Provisioning",
                "SSO Connector"
            ]
        );
        let texts = |row: &PermissionRow| -> Vec<String> {
            row.choices
                .iter()
                .map(|choice| choice.text.clone())
                .collect()
        };
        assert_eq!(texts(&rows.asked[1]), ["No access", "Read", "Edit"]);
        assert_eq!(texts(&rows.asked[2]), ["No access", "Edit"]);
        let chosen: Vec<&Choice> = rows.asked.iter().flat_map(|row| &row.choices).collect();
        assert_eq!(chosen.iter().filter(|choice| choice.chosen).count(), 1);
        assert!(!rows.open && !rows.others.is_empty());
        let ids: Vec<&str> = rows.asked.iter().map(|row| row.id.as_str()).collect();
        let others = rows.others.iter().map(|row| row.id.as_str());
        assert!(others.into_iter().all(|id| !ids.contains(&id)));
    }
}
