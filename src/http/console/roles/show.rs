//! A role: what it permits, who holds it and how, and which groups give it.

use actix_web::HttpRequest;
use askama::Template;

use super::{address, badges, below_list, chrome, find, scope_word};
use crate::app;
use crate::app::access::Holder;
use crate::domain::actor::Permission;
use crate::domain::effective::EffectiveScope;
use crate::domain::error::Result;
use crate::domain::role::{Granting, KeyAccess, Role, RoleAccess, RoleRef};
use crate::domain::text::fold;
use crate::http::console::access_preview::scope_text;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::form::query;
use crate::http::console::url::with_query;
use crate::http::console::view::{Badge, Button, Empty, Fact, FactValue, Form, Link, Pager};
use crate::http::console::words::{t, tn};
use crate::http::console::{Answer, filters, html};
use crate::store::grants::HoldersAfter;
use crate::store::tx::ReadTx;

/// Holders of a page, and how often it is looked on for as many.
const HOLDERS: usize = 25;
const LOOKS: usize = 8;
/// Groups that are named.
const GROUPS_MAX: i64 = 50;

#[derive(Template)]
#[template(path = "pages/roles/show.html")]
struct Show {
    chrome: Chrome,
    badges: Vec<Badge>,
    lead: String,
    actions: Vec<Button>,
    permissions: Vec<String>,
    /// Of a built-in role: what it reads and changes of the twelve areas that the API names.
    reads: Vec<&'static str>,
    writes: Vec<&'static str>,
    holders: Vec<HolderRow>,
    holders_none: Empty,
    pager: Pager,
    groups: Vec<Link>,
    groups_none: String,
    facts: Vec<Fact>,
    delete: Option<Button>,
    hide: Option<Hide>,
}

/// The button that takes the role out of lists, or puts it back.
struct Hide {
    form: Form,
    word: &'static str,
    why: &'static str,
    icon: &'static str,
}

/// Somebody who holds a role.
pub struct HolderRow {
    pub href: String,
    pub name: String,
    /// Under the name; nothing where it is the same.
    pub user_name: String,
    pub on: String,
    pub paths: String,
    pub via: String,
    pub explain: String,
}

/// The next people who hold the role, those of a page by name, and where to go on.
///
/// Errors: `Forbidden`, `NotFound`, `Unavailable` when it takes too long.
pub fn holders(
    tx: &ReadTx<'_>,
    role: &RoleRef,
    mut after: HoldersAfter,
) -> Result<(Vec<Holder>, Option<HoldersAfter>)> {
    let mut all: Vec<Holder> = Vec::new();
    let mut next = Some(after);
    for _ in 0..LOOKS {
        let found = app::access::holders(tx, role, after, HOLDERS - all.len())?;
        all.extend(found.holders);
        next = found.next;
        match next {
            Some(next) if all.len() < HOLDERS => after = next,
            _ => break,
        }
    }
    all.sort_by_cached_key(|one| (fold(&one.member.name), one.member.user_name.clone()));
    Ok((all, next))
}

/// How somebody holds a role.
pub fn holder_row(holder: &Holder, role: &Role, chrome: &Chrome) -> HolderRow {
    let paths = u64::try_from(holder.effective.allows.len()).unwrap_or(0);
    let mut via: Vec<String> = Vec::new();
    for path in &holder.effective.allows {
        let name = match &path.via {
            crate::domain::effective::Via::Direct => t("roles.own_policy").to_owned(),
            crate::domain::effective::Via::Group(link) => link.name.clone(),
        };
        if !via.contains(&name) {
            via.push(name);
        }
    }
    let group = role.permission_group.to_string();
    let asked = [
        ("ask", "why"),
        ("member", &*holder.member.user_name),
        ("role", group.as_str()),
    ];
    HolderRow {
        href: chrome.path(&format!("/members/{}", holder.member.membership_id)),
        name: holder.member.name.clone(),
        user_name: if holder.member.name == holder.member.user_name {
            String::new()
        } else {
            holder.member.user_name.clone()
        },
        on: match &holder.effective.scope {
            EffectiveScope::WholeAccount { except } if except.is_empty() => {
                t("policy.on_account").to_owned()
            }
            scope => scope_text(scope),
        },
        paths: tn("roles.paths", paths),
        via: via.join(", "),
        explain: with_query(&chrome.path("/explain"), asked),
    }
}

/// How many people a page shows: in all, where there is one page.
pub fn holders_text(count: u64, is_all: bool) -> String {
    if is_all {
        tn("roles.holders_all", count)
    } else {
        tn("roles.holders_here", count)
    }
}

/// `GET /a/{account_id}/roles/{role_id}?after=…`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let role = find(&caller, &req)?;
    let sent = query(&req, "after");
    let after = sent.parse().map(HoldersAfter::of_key).unwrap_or_default();
    let which = RoleRef::PermissionGroup(role.permission_group);
    let (people, next, groups) = caller
        .read_long(move |tx| {
            let (people, next) = holders(tx, &which, after)?;
            Ok((people, next, app::access::groups(tx, &which, GROUPS_MAX)?))
        })
        .await?;
    let chrome = below_list(chrome(&caller, &req, &role.name));
    let at = address(&chrome, &role);
    let n = u64::try_from(people.len()).unwrap_or(0);
    let first = after != HoldersAfter::default();
    // A legacy group is no page of its own: what becomes of it is the migration's.
    let group = |one: Granting| {
        let at = if one.legacy {
            chrome.path("/migrate")
        } else {
            chrome.path(&format!("/groups/{}", one.id))
        };
        Link::new(one.name, at)
    };
    let page = Show {
        badges: badges(&role),
        lead: role.description.clone(),
        actions: actions(&caller, &role, &chrome),
        permissions: role.permissions.iter().map(ToString::to_string).collect(),
        reads: keys(&role, |access| access.read),
        writes: keys(&role, |access| access.write),
        holders: people
            .iter()
            .map(|one| holder_row(one, &role, &chrome))
            .collect(),
        holders_none: Empty {
            icon: "users",
            title: t("roles.nobody").to_owned(),
            why: t("roles.nobody_why").to_owned(),
            action: None,
        },
        pager: Pager {
            text: holders_text(n, !first && next.is_none()),
            first: first.then(|| at.clone()),
            next: next.map(|next| with_query(&at, [("after", next.key().to_string().as_str())])),
        },
        groups: groups.into_iter().map(group).collect(),
        groups_none: t("roles.no_groups").to_owned(),
        facts: facts(&role, &chrome),
        delete: (caller.allows(Permission::RolesWrite) && !role.built_in)
            .then(|| Button::new("trash-2", t("roles.delete"), format!("{at}/delete")).dangerous()),
        hide: hide(&caller, &role, &at),
        chrome,
    };
    html(&req, &page)
}

fn actions(caller: &AccountCaller, role: &Role, chrome: &Chrome) -> Vec<Button> {
    let at = address(chrome, role);
    let mut actions = Vec::new();
    if caller.allows(Permission::RolesWrite) && !role.built_in {
        actions.push(Button::new("pencil", t("roles.edit"), format!("{at}/edit")));
    }
    if caller.allows(Permission::DirectoryWrite) {
        let role = role.permission_group.to_string();
        let groups = with_query(&chrome.path("/groups"), [("role", role.as_str())]);
        actions.push(Button::primary("users-round", t("roles.grant"), groups));
    }
    actions
}

/// The areas of which a built-in role may do that; nothing of those that have no keys.
fn keys(role: &Role, may: fn(KeyAccess) -> bool) -> Vec<&'static str> {
    if !role.built_in || role.id.is_none() {
        return Vec::new();
    }
    let all = role.keys.all().into_iter();
    all.filter(|(_, access)| may(*access))
        .map(|(name, _)| name)
        .collect()
}

/// A product by the words of its key: `zero_trust` is "Zero Trust", `dns` is "DNS".
fn product(key: &str) -> String {
    const SHORT: [&str; 8] = ["ai", "api", "casb", "dex", "dns", "http", "r2", "waf"];
    let word = |word: &str| {
        let mut letters = word.chars();
        match (SHORT.contains(&word), letters.next()) {
            (true, _) => word.to_uppercase(),
            (false, Some(first)) if word != "and" => first.to_uppercase().chain(letters).collect(),
            (false, _) => word.to_owned(),
        }
    };
    let words: Vec<String> = key.split('_').map(word).collect();
    words.join(" ")
}

fn facts(role: &Role, chrome: &Chrome) -> Vec<Fact> {
    let mut facts = vec![
        Fact::text(t("roles.scope"), scope_word(role.scope)),
        Fact::text(
            t("roles.kind"),
            if role.built_in {
                t("roles.built_in")
            } else {
                t("roles.own")
            },
        ),
    ];
    if role.built_in {
        facts.push(Fact::text(t("roles.category"), product(&role.category)));
    }
    if let Some(access) = role.access {
        let word = match access {
            RoleAccess::Admin => t("roles.access_admin"),
            RoleAccess::Write => t("roles.access_write"),
            RoleAccess::Read => t("roles.access_read"),
        };
        facts.push(Fact::text(t("roles.access"), word));
    }
    if !role.aliases.is_empty() {
        facts.push(Fact::text(t("roles.aliases"), role.aliases.join(", ")));
    }
    let group = role.permission_group.to_string();
    facts.push(Fact::copy(
        t("roles.group_id"),
        group,
        t("roles.copy_group_id"),
    ));
    if let Some(id) = role.id {
        facts.push(Fact::copy(
            t("roles.id"),
            id.to_string(),
            t("roles.copy_id"),
        ));
    }
    if let Some(ms) = role.created_ms {
        facts.push(Fact::time(t("groups.made"), chrome.times.at(ms)));
    }
    if let Some(ms) = role.modified_ms {
        facts.push(Fact::time(t("row.changed"), chrome.times.at(ms)));
    }
    facts
}

fn hide(caller: &AccountCaller, role: &Role, at: &str) -> Option<Hide> {
    let may = caller.allows(Permission::RolesWrite) && role.built_in;
    may.then(|| {
        let (value, word, why, icon) = if role.hidden {
            ("", t("roles.unhide"), t("roles.unhide_why"), "eye")
        } else {
            ("1", t("roles.hide"), t("roles.hide_why"), "eye-off")
        };
        Hide {
            form: Form::new(format!("{at}/hide")).hidden("hidden", value),
            word,
            why,
            icon,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_called_by_their_words() {
        for (key, said) in [
            ("account", "Account"),
            ("zero_trust", "Zero Trust"),
            ("dns", "DNS"),
            ("trust_and_safety", "Trust and Safety"),
            ("api_gateway", "API Gateway"),
        ] {
            assert_eq!(product(key), said);
        }
    }
}
