//! A user group: its policies, why a member has a role by it, and its facts.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::edit::delete_one;
use super::{Page, actions, badge, below_list, chrome, count, find, lead, source, tabs};
use crate::app;
use crate::app::groups::shown::{self, ShownGroup};
use crate::app::legacy::inventory;
use crate::domain::actor::Permission;
use crate::domain::error::{Kind, Result};
use crate::domain::id::{GroupScimId, PermissionGroupId};
use crate::domain::member::State;
use crate::domain::policy::{Access, Policy as GroupPolicy, granted};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::role::RoleRef;
use crate::http::console::access_preview::AccessPreview;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::form::query;
use crate::http::console::format::number;
use crate::http::console::paths::{self, PolicyNames, RoleNames};
use crate::http::console::policy_form::{Draft, Offer, PolicyForm, scope_of, seen};
use crate::http::console::tokens::secret::form_key;
use crate::http::console::view::{
    Badge, Button, Choice, Empty, FORM_KEY, Fact, FactValue, Field, Form, Hop, Input, Link, Policy,
    Tab, Tone,
};
use crate::http::console::words::{t, tf, tn, tnf};
use crate::http::console::{Answer, filters, html_as, see_other};
use crate::store::groups::MembersAfter;
use crate::store::tx::ReadTx;

/// Members among whom an example is looked for.
const EXAMPLES_MAX: i64 = 20;

#[derive(Template)]
#[template(path = "pages/groups/show.html")]
pub struct Show {
    pub chrome: Chrome,
    badge: Badge,
    lead: String,
    actions: Vec<Button>,
    tabs: Vec<Tab>,
    aside: String,
    policies: Vec<Policy>,
    empty: Option<Empty>,
    /// The form of a new policy, or of the one that is edited.
    card: Option<PolicyCard>,
    why: Option<Why>,
    facts: Vec<Fact>,
    locked: String,
    own: Vec<Button>,
}

/// The form of a policy.
pub struct PolicyCard {
    pub title: String,
    pub form: Form,
    pub fields: PolicyForm,
    pub preview: Option<AccessPreview>,
    pub submit: &'static str,
    pub cancel: Option<String>,
}

/// The box that asks why a member has a role by this group, with an answer as an example.
struct Why {
    action: String,
    fields: Vec<Field>,
    chain: Vec<Hop>,
    /// That there are other paths; nothing where this is the only one.
    others: String,
    all: Option<Link>,
}

/// `GET /a/{account_id}/groups/{group_id}`.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryRead)?;
    let group = match find(&caller, &req) {
        // The log names groups by the id that providers know.
        Err(error) if error.kind() == Kind::NotFound => {
            let elsewhere = match by_scim_id(&caller, &req) {
                None => legacy(&caller, &req).await?,
                found => found,
            };
            return elsewhere.unwrap_or(Err(error.into()));
        }
        group => group?,
    };
    let offer = caller.read(Offer::of)?;
    // A role may be brought along, to be given to the group.
    let brought = query(&req, "role").parse();
    let draft = Draft {
        roles: brought.into_iter().collect(),
        ..Draft::empty()
    };
    let card = new_card(&caller, &group, &offer, &draft);
    let page = page(&caller, &req, group, card)?;
    html_as(&req, StatusCode::OK, &page)
}

/// To the group whose id over SCIM is that of the path; `None` where there is none.
fn by_scim_id(caller: &AccountCaller, req: &HttpRequest) -> Option<Answer> {
    let id = req.match_info().get("group_id").unwrap_or_default();
    let which = GroupScimId::parse(id).map(GroupRef::Scim)?;
    match caller.read(|tx| shown::get(tx, &which)) {
        Ok(found) => {
            let at = caller.chrome().path(&format!("/groups/{}", found.group.id));
            Some(Ok(see_other(&at)))
        }
        Err(error) if error.kind() == Kind::NotFound => None,
        Err(error) => Some(Err(error.into())),
    }
}

/// To the migration where the path names a legacy group: it has no page of its own before it is
/// converted, nor after that was undone. `None` where it names none.
async fn legacy(caller: &AccountCaller, req: &HttpRequest) -> Result<Option<Answer>> {
    let id = req.match_info().get("group_id").unwrap_or_default();
    let found = caller.read_long(inventory::read).await?;
    let mut groups = found.groups.iter();
    let is_legacy = groups.any(|one| one.scim_id == id || one.id.to_string() == id);
    Ok(is_legacy.then(|| Ok(see_other(&caller.chrome().path("/migrate")))))
}

/// The form of a new policy, for whoever may add one.
pub fn new_card(
    caller: &AccountCaller,
    group: &ShownGroup,
    offer: &Offer,
    draft: &Draft,
) -> Option<PolicyCard> {
    let at = caller.chrome().path(&format!("/groups/{}", group.group.id));
    caller
        .allows(Permission::DirectoryWrite)
        .then(|| PolicyCard {
            title: t("groups.add_policy").to_owned(),
            form: Form::new(format!("{at}/policies"))
                .hidden("seen", seen(&group.policies))
                .hidden(FORM_KEY, form_key(caller)),
            fields: PolicyForm::new(offer, draft, None, &[]),
            preview: None,
            submit: t("groups.save_policy"),
            cancel: None,
        })
}

/// The page of a group, with that form.
///
/// Errors: `Forbidden`.
pub fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    group: ShownGroup,
    card: Option<PolicyCard>,
) -> Result<Show> {
    let chrome = below_list(chrome(caller, req, &group.group.name));
    let base = chrome.path("");
    let writes = caller.allows(Permission::DirectoryWrite);
    let names = caller.read(|tx| Ok(RoleNames::of(&app::roles::list(tx, true)?)))?;
    let why = caller.read(|tx| why(tx, &group, &names, &chrome))?;
    let receivers = caller.read(|tx| shown::receivers(tx, &group))?;
    let receivers = receivers.map(count);
    let empty = group.policies.is_empty().then(|| Empty {
        icon: "shield-alert",
        title: t("groups.empty").to_owned(),
        why: match receivers {
            Some(0) => t("groups.waiting_none").to_owned(),
            Some(people) => tn("groups.waiting", people),
            None => t("groups.waiting_many").to_owned(),
        },
        // The form for one stands below.
        action: None,
    });
    Ok(Show {
        badge: badge(&group),
        lead: lead(&group),
        actions: actions(caller, &group, &chrome, "#add"),
        tabs: tabs(&group, &base, Page::Policies),
        aside: union(&group, receivers),
        policies: policies(
            &group,
            (&names, &chrome),
            writes,
            card.as_ref().map(|card| card.form.action.as_str()),
        ),
        empty,
        card,
        why,
        facts: facts(&group, &chrome),
        locked: group
            .managed_by
            .as_ref()
            .map_or_else(String::new, |by| tf("groups.locked", &[&by.name])),
        own: match &group.managed_by {
            None if writes => own(&group, &chrome),
            None | Some(_) => Vec::new(),
        },
        chrome,
    })
}

/// Who receives what the policies grant together: of the members, those who are active.
fn union(group: &ShownGroup, receivers: Option<u64>) -> String {
    let members = count(group.group.member_count);
    let denies = |one: &GroupPolicy| one.access == Access::Deny;
    let what = if group.policies.iter().any(denies) {
        t("groups.union_less")
    } else {
        t("groups.union_these")
    };
    match receivers {
        _ if members == 0 => t("groups.union_nobody").to_owned(),
        None => tf("groups.union_many", &[&what]),
        Some(0) => t("groups.union_none").to_owned(),
        Some(all) if all == members => tnf("groups.union", all, &[&what]),
        Some(some) => tnf("groups.union_some", some, &[&number(members), &what]),
    }
}

fn own(group: &ShownGroup, chrome: &Chrome) -> Vec<Button> {
    let rename = chrome.path(&format!("/groups/{}/rename", group.group.id));
    vec![
        Button::new("pencil", t("groups.rename"), rename),
        Button::new(
            "trash-2",
            t("groups.delete_this"),
            delete_one(chrome, group.group.id),
        )
        .dangerous(),
    ]
}

/// `edited`: where the form that stands below is sent, if it is one of a policy that is there.
fn policies(
    group: &ShownGroup,
    (names, chrome): (&RoleNames, &Chrome),
    writes: bool,
    edited: Option<&str>,
) -> Vec<Policy> {
    let redundant = redundant(&group.policies);
    let shown = |(policy, redundant): (&GroupPolicy, bool)| {
        let at = chrome.path(&format!(
            "/groups/{}/policies/{}",
            group.group.id, policy.id
        ));
        let role = |id: &PermissionGroupId| {
            Link::new(names.get(*id), chrome.path(&format!("/roles/{id}")))
        };
        let mut badges = vec![match policy.access {
            Access::Allow => Badge::new(Tone::Ok, "check", t("policy.allow")),
            Access::Deny => Badge::new(Tone::Bad, "ban", t("policy.deny")),
        }];
        if redundant {
            badges.push(Badge::new(
                Tone::Warn,
                "triangle-alert",
                t("groups.redundant"),
            ));
        }
        if edited == Some(at.as_str()) {
            badges.push(Badge::new(Tone::Accent, "pencil", t("policy.edited_below")));
        }
        let made = group.policies_ms.get(&policy.id);
        let made = made.map(|ms| tf("groups.policy_since", &[&chrome.times.at(*ms).text]));
        Policy {
            id: format!("p-{}", policy.id),
            name: names.of_policy(policy),
            badges,
            roles: policy.permission_groups.iter().map(role).collect(),
            scope: scope_of(policy),
            meta: if redundant {
                t("groups.redundant_why").to_owned()
            } else {
                made.unwrap_or_default()
            },
            remove: writes.then(|| format!("{at}/remove")),
            // Its form stands below the policies.
            edit: writes.then(|| format!("{at}#add")),
        }
    };
    group.policies.iter().zip(redundant).map(shown).collect()
}

/// Which policies allow nothing that the others of the group do not allow already; of two that
/// say the same, the later one.
fn redundant(policies: &[GroupPolicy]) -> Vec<bool> {
    let mut kept: Vec<bool> = policies
        .iter()
        .map(|policy| policy.access == Access::Allow)
        .collect();
    let mut found = vec![false; policies.len()];
    for at in (0..policies.len())
        .rev()
        .filter(|at| policies[*at].access == Access::Allow)
    {
        let others: Vec<GroupPolicy> = (0..policies.len())
            .filter(|other| *other != at && kept[*other])
            .map(|other| policies[other].clone())
            .collect();
        if granted(&others, &policies[at..=at]).is_empty() {
            found[at] = true;
            kept[at] = false;
        }
    }
    found
}

/// About whom it is asked, and about which role.
fn asked(member: &str, roles: &[PermissionGroupId], names: &RoleNames) -> Vec<Field> {
    let choice = |id: &PermissionGroupId| Choice::new(id.to_string(), names.get(*id));
    let member = Field::text("member", t("explain.member")).value(member);
    let roles = roles.iter().map(choice).collect();
    vec![
        member.autocomplete("off").required(),
        Field::select("role", t("explain.role"), roles),
    ]
}

/// That so many other paths give the role too; nothing of none.
fn elsewhere(paths: usize) -> String {
    match u64::try_from(paths).unwrap_or(u64::MAX) {
        0 => String::new(),
        paths => tn("groups.why_others", paths),
    }
}

/// The box that explains, where the group allows anything; with the first member as an example who
/// is active: others have no access.
fn why(
    tx: &ReadTx<'_>,
    group: &ShownGroup,
    names: &RoleNames,
    chrome: &Chrome,
) -> Result<Option<Why>> {
    let allows = group
        .policies
        .iter()
        .filter(|policy| policy.access == Access::Allow);
    let mut roles: Vec<_> = Vec::new();
    for id in allows.flat_map(|policy| &policy.permission_groups) {
        if !roles.contains(id) {
            roles.push(*id);
        }
    }
    let Some(first) = roles.first().copied() else {
        return Ok(None);
    };
    let (people, _) = shown::people(tx, group.key, None, MembersAfter::default(), EXAMPLES_MAX)?;
    let mut active = people
        .into_iter()
        .filter(|one| one.person.state == State::Active);
    let base = chrome.path("");
    let (mut chain, mut others, mut all, mut value) =
        (Vec::new(), String::new(), None, String::new());
    if let Some(one) = active.next() {
        let which = MemberRef::Id(one.person.id);
        let found = app::access::explain(tx, &which, &RoleRef::PermissionGroup(first))?;
        let by_this = |path: &&crate::domain::effective::Path| {
            matches!(&path.via, crate::domain::effective::Via::Group(link)
                if link.id == group.group.id)
        };
        value.clone_from(&one.person.user_name);
        if let Some(effective) = &found.effective
            && let Some(path) = effective.allows.iter().find(by_this)
        {
            let policies = PolicyNames::of(tx, names, &found.member, &[effective])?;
            let name = if one.name.is_empty() {
                &one.person.user_name
            } else {
                &one.name
            };
            let member = (&found.member, name.as_str());
            chain = paths::chain(member, path, effective, &policies, &base, &chrome.times);
            others = elsewhere(
                effective
                    .allows
                    .iter()
                    .filter(|path| !by_this(path))
                    .count(),
            );
            let at = chrome.path(&format!("/members/{}", one.person.membership_id));
            all = Some(Link::new(tf("groups.all_access", &[name]), at));
        }
    }
    Ok(Some(Why {
        action: chrome.path("/explain"),
        fields: asked(&value, &roles, names),
        chain,
        others,
        all,
    }))
}

fn facts(group: &ShownGroup, chrome: &Chrome) -> Vec<Fact> {
    let base = chrome.path("");
    let one = &group.group;
    let mut facts = vec![
        Fact::new(
            t("row.source"),
            FactValue::Source(source(group.managed_by.as_ref(), &base)),
        ),
        Fact::time(t("row.changed"), chrome.times.ago_or_at(one.modified_ms)),
        Fact::copy(t("groups.id"), one.id.to_string(), t("groups.copy_id")),
    ];
    if one.scim_id.as_str() != one.id.to_string() {
        let id = one.scim_id.as_str();
        facts.push(Fact::copy(
            t("groups.scim_id"),
            id,
            t("groups.copy_scim_id"),
        ));
    }
    for (connection, id) in &group.external_ids {
        let label = tf("groups.external_id", &[&connection.name]);
        facts.push(Fact::copy(label, id, t("groups.copy_external_id")));
    }
    facts.push(Fact::time(
        t("groups.made"),
        chrome.times.at(one.created_ms),
    ));
    facts
}

/// The group that the form of a policy is about.
pub fn of_group(group: &ShownGroup) -> GroupRef {
    GroupRef::Id(group.group.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{PolicyId, ResourceGroupId};
    use crate::domain::resource_group::{ResourceGroup, Scope};

    fn policy(access: Access, roles: &[u8]) -> GroupPolicy {
        GroupPolicy {
            id: PolicyId::from_bytes([0; 16]),
            access,
            permission_groups: roles
                .iter()
                .map(|role| PermissionGroupId::from_bytes([*role; 16]))
                .collect(),
            resource_groups: vec![ResourceGroup {
                id: ResourceGroupId::from_bytes([1; 16]),
                name: String::new(),
                built_in: true,
                adhoc: false,
                scope: Scope::WholeAccount,
            }],
        }
    }

    #[test]
    fn a_policy_is_redundant_when_others_allow_all_of_it() {
        let (allow, deny) = (Access::Allow, Access::Deny);
        let all = [
            policy(allow, &[1, 2]),
            policy(allow, &[2]),
            policy(deny, &[1]),
            policy(allow, &[3]),
            policy(allow, &[3]),
        ];
        assert_eq!(redundant(&all), [false, true, false, false, true]);
        assert_eq!(redundant(&all[..1]), [false]);
    }
}
