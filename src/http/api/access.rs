//! Who may do what, and why: `…/members/{id}/permissions`, `…/explain` and
//! `…/roles/{id}/holders`, which are ours.

use actix_web::HttpRequest;
use serde_json::{Value, json};

use super::Answer;
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::members;
use super::paging::{self, cursor, read_cursor};
use super::policies::render_resource_group;
use super::query::Params;
use crate::app::access;
use crate::domain::connection::ConnectionRef;
use crate::domain::domains::Domain;
use crate::domain::effective::{Edge, Effective, EffectiveScope, Path, Via};
use crate::domain::error::Error;
use crate::domain::id::AccountId;
use crate::domain::instant::print_ms;
use crate::domain::reference::{MemberRef, Person};
use crate::domain::role::RoleRef;
use crate::store::grants::HoldersAfter;

pub fn render_person(person: &Person) -> Value {
    json!({
        "id": person.membership_id,
        "user_id": person.id,
        "user_name": person.user_name,
        "state": person.state.name(),
    })
}

fn render_connection(connection: Option<&ConnectionRef>) -> Value {
    connection.map_or(
        Value::Null,
        |connection| json!({ "id": connection.id, "name": connection.name }),
    )
}

fn render_path(path: &Path, account: AccountId) -> Value {
    let via = match &path.via {
        Via::Direct => json!({ "type": "direct" }),
        Via::Group(group) => json!({
            "type": "group",
            "group": { "id": group.id, "name": group.name },
            "managed_by": render_connection(group.managed_by.as_ref()),
            "added_by": render_connection(group.added_by.as_ref()),
            "added_on": print_ms(group.added_ms),
        }),
    };
    let on = path.resource_groups.iter();
    json!({
        "access": path.access.name(),
        "policy": { "id": path.policy },
        "via": via,
        "resource_groups":
            on.map(|group| render_resource_group(group, account)).collect::<Vec<Value>>(),
    })
}

pub fn render_scope(scope: &EffectiveScope) -> Value {
    let domains = |domains: &[Domain]| {
        let each = domains
            .iter()
            .map(|domain| json!({ "id": domain.id, "name": domain.name }));
        each.collect::<Vec<Value>>()
    };
    match scope {
        EffectiveScope::Nothing => json!({ "type": "nothing" }),
        EffectiveScope::WholeAccount { except } => {
            json!({ "type": "account", "except": domains(except) })
        }
        EffectiveScope::Domains(on) => json!({ "type": "domains", "domains": domains(on) }),
    }
}

fn render_edge(edge: &Edge) -> Value {
    match edge {
        Edge::OwnPolicy(policy) => json!({ "type": "own_policy", "policy": policy }),
        Edge::Membership(group) => json!({ "type": "membership", "group": group }),
        Edge::GroupPolicy(group, policy) => {
            json!({ "type": "group_policy", "group": group, "policy": policy })
        }
    }
}

fn render_effective(role: &Effective, account: AccountId) -> Value {
    let paths = |paths: &[Path]| {
        let each = paths.iter().map(|path| render_path(path, account));
        each.collect::<Vec<Value>>()
    };
    json!({
        "permission_group": { "id": role.permission_group, "name": role.name },
        "effective": role.is_effective(),
        "scope": render_scope(&role.scope),
        "allows": paths(&role.allows),
        "denies": paths(&role.denies),
        "removal": role.removal.iter().map(render_edge).collect::<Vec<Value>>(),
    })
}

/// Everything that reaches a member, and what is left of it.
pub async fn permissions(caller: ApiCaller, req: HttpRequest) -> Answer {
    let which = members::named(&req)?;
    let found = caller.read(|tx| access::effective(tx, &which))?;
    let roles = found.roles.iter();
    let roles = roles.map(|role| render_effective(role, caller.account()));
    Ok(envelope::one(json!({
        "member": render_person(&found.member),
        "roles": roles.collect::<Vec<Value>>(),
    })))
}

/// Why a member has a role, or has not: `member` and `role`, each by any of its ids or names.
pub async fn explain(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let required = |name: &str| {
        let sent = params.get(name).filter(|text| !text.is_empty());
        sent.map(str::to_owned).ok_or_else(|| {
            ApiError::field(name, format!("{name} is missing; send an id or a name."))
        })
    };
    let member = MemberRef::Named(required("member")?);
    let role = RoleRef::Named(required("role")?);
    let found = caller.read(|tx| access::explain(tx, &member, &role))?;
    let account = caller.account();
    let groups = found.groups.iter();
    let groups = groups.map(|(id, name)| json!({ "id": id, "name": name }));
    Ok(envelope::one(json!({
        "member": render_person(&found.member),
        "role": { "id": found.role.permission_group, "name": found.role.name },
        "effective": found.is_effective(),
        "why_not": found.why_not(),
        "paths": found.effective.as_ref().map(|role| render_effective(role, account)),
        "groups": groups.collect::<Vec<Value>>(),
    })))
}

/// Who holds a role in the end, and how. A page may hold fewer than its limit, or nobody, and
/// not be the last: the cursor says so.
pub async fn holders(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let named = req.match_info().get("role_id").unwrap_or_default();
    let unknown = || Error::not_found("role", named);
    // By either id: roles on domains have only the one that policies name.
    let by_id = named.parse().map(RoleRef::Id);
    let by_group = named.parse().map(RoleRef::PermissionGroup);
    let found = caller.read(|tx| {
        for which in [&by_id, &by_group].into_iter().flatten() {
            match crate::app::roles::get(tx, which) {
                Err(error) if error.kind() == crate::domain::error::Kind::NotFound => {}
                found => return found.map(Some),
            }
        }
        Ok(None)
    })?;
    let role = found.ok_or_else(unknown)?;
    let which = RoleRef::PermissionGroup(role.permission_group);
    let limit = params.number("limit")?.unwrap_or(paging::LOGS.default);
    let limit = limit.clamp(paging::LOGS.min, paging::LOGS.max);
    let limit = usize::try_from(limit).unwrap_or(1);
    let after = read_cursor(&params)?.map_or_else(HoldersAfter::default, HoldersAfter::of_key);
    let page = caller
        .read_long(move |tx| access::holders(tx, &which, after, limit))
        .await?;
    let items = page.holders.iter().map(|holder| {
        let mut shown = render_effective(&holder.effective, caller.account());
        shown["member"] = render_person(&holder.member);
        shown
    });
    Ok(envelope::after(
        items.collect(),
        page.next.map(|next| cursor(next.key())),
    ))
}
