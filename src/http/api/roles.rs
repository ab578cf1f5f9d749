//! `…/roles` and `…/iam/permission_groups`: the same roles by either of their ids.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields, wrong};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::paging::{self, Page};
use super::query::Params;
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::instant::print_ms;
use crate::domain::role::custom::{
    NewRole, PermissionsChange, RoleChange, RoleDescription, RolePermission, parse_permissions,
};
use crate::domain::role::{KeyAccess, Role, RoleKeys, RoleRef, RoleScope};
use crate::domain::text::RoleName;

/// The twelve keys; the older name of `write` is `edit`.
fn render_keys(keys: &[(&'static str, KeyAccess); 12]) -> Value {
    let keys = keys.iter().map(|(name, access)| {
        let shown = json!({ "read": access.read, "write": access.write, "edit": access.write });
        ((*name).to_owned(), shown)
    });
    Value::Object(keys.collect())
}

/// What these roles open together, by the twelve keys.
pub fn render_keys_of<'r>(roles: impl Iterator<Item = &'r Role>) -> Value {
    let mut sum = RoleKeys::default().all();
    for role in roles {
        for ((_, sum), (_, more)) in sum.iter_mut().zip(role.keys.all()) {
            sum.read |= more.read;
            sum.write |= more.write;
        }
    }
    render_keys(&sum)
}

/// A role as `/roles` and a member's `roles` show it.
pub fn render(role: &Role) -> Value {
    let id = role
        .id
        .map_or_else(|| role.permission_group.to_string(), |id| id.to_string());
    json!({
        "id": id,
        "name": role.name,
        "description": role.description,
        "permissions": render_keys(&role.keys.all()),
        // What follows is ours.
        "permission_group": { "id": role.permission_group },
        "scope": role.scope.name(),
        "editable": !role.built_in,
        "hidden": role.hidden,
        "resource_permissions": role.permissions,
    })
}

/// A role as policies name it.
pub fn render_group(role: &Role) -> Value {
    let mut shown = json!({
        "id": role.permission_group,
        "name": role.name,
        "status": "V",
        "meta": {
            "label": role.label,
            "scopes": role.scopes,
            "description": role.description,
            "editable": if role.built_in { "false" } else { "true" },
            "category": role.category,
        },
    });
    for (name, ms) in [
        ("created_on", role.created_ms),
        ("modified_on", role.modified_ms),
    ] {
        if let Some(ms) = ms {
            shown[name] = Value::from(print_ms(ms));
        }
    }
    shown
}

/// Roles on domains and on resources have no place in a list that knows no scopes, but for
/// those that the account made itself.
fn is_listed(role: &Role) -> bool {
    !role.built_in || role.scope == RoleScope::Account
}

/// The role of the id in the path.
fn named(req: &HttpRequest) -> Result<RoleRef, Error> {
    by_id(req.match_info().get("role_id").unwrap_or_default())
}

/// The role of that id; a text that can be no id names none.
pub fn by_id(named: &str) -> Result<RoleRef, Error> {
    named
        .parse()
        .map(RoleRef::Id)
        .map_err(|_| Error::not_found("role", named))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let page = Page::of(&Params::of(&req)?, paging::SMALL)?;
    let mut all = caller.read(|tx| app::roles::list(tx, false))?;
    all.retain(is_listed);
    let (items, total) = page.cut(all);
    Ok(envelope::page(
        items.iter().map(render).collect(),
        page,
        total,
    ))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let which = named(&req)?;
    let role = caller.read(|tx| app::roles::get(tx, &which))?;
    Ok(envelope::one(render(&role)))
}

/// The permissions as texts: `resource_permissions`, or `permissions` where that is a list.
fn permissions(fields: &Fields<'_>) -> Result<Option<Vec<RolePermission>>, ApiError> {
    let is_list = fields.value("permissions").is_some_and(Value::is_array);
    let name = match fields.value("resource_permissions") {
        None if is_list => "permissions",
        _ => "resource_permissions",
    };
    let Some(sent) = fields.list(name)? else {
        return Ok(None);
    };
    let texts = sent.iter().enumerate().map(|(at, text)| {
        let pointer = format!("{}/{at}", fields.at(name));
        text.as_str().ok_or_else(|| wrong(&pointer, "a string"))
    });
    let texts: Vec<&str> = texts.collect::<Result<_, _>>()?;
    let read = parse_permissions(texts).map_err(|error| ApiError::at(fields.at(name), error))?;
    Ok(Some(read))
}

/// What both POST and PUT read.
struct Sent {
    name: Option<RoleName>,
    description: Option<RoleDescription>,
    scope: Option<RoleScope>,
    permissions: Option<Vec<RolePermission>>,
}

impl Sent {
    fn of(fields: &Fields<'_>) -> Result<Self, ApiError> {
        let at = |name: &'static str| move |error| ApiError::at(format!("/{name}"), error);
        Ok(Self {
            name: fields
                .text("name")?
                .map(RoleName::parse)
                .transpose()
                .map_err(at("name"))?,
            description: fields
                .text("description")?
                .map(RoleDescription::parse)
                .transpose()
                .map_err(at("description"))?,
            scope: fields
                .text("scope")?
                .map(RoleScope::parse_own)
                .transpose()
                .map_err(at("scope"))?,
            permissions: permissions(fields)?,
        })
    }
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::RolesWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    let sent = Sent::of(&fields)?;
    let new = NewRole {
        name: sent.name.ok_or_else(|| fields.missing("name"))?,
        description: sent.description.unwrap_or_default(),
        scope: sent.scope.unwrap_or(RoleScope::Account),
        permissions: sent.permissions.unwrap_or_default(),
    };
    let done = caller
        .write(Permission::RolesWrite, move |tx| {
            app::roles::create(tx, &new)
        })
        .await?;
    Ok(envelope::done(done.map(|role| render(&role))))
}

/// What a PUT changes.
pub fn read_change(fields: &Fields<'_>) -> Result<RoleChange, ApiError> {
    let sent = Sent::of(fields)?;
    Ok(RoleChange {
        name: sent.name,
        description: sent.description,
        scope: sent.scope,
        permissions: sent
            .permissions
            .map_or(PermissionsChange::Keep, PermissionsChange::Replace),
    })
}

/// Changes what is sent; of a built-in role that is whether it is hidden.
pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::RolesWrite, &req, payload).await?;
    let which = named(&req)?;
    let fields = Fields::of(&body, "")?;
    let hidden = fields.boolean("hidden")?;
    let role = caller.read(|tx| app::roles::get(tx, &which))?;
    if let (true, Some(hidden)) = (role.built_in, hidden) {
        let done = caller
            .write(Permission::RolesWrite, move |tx| {
                if hidden {
                    app::roles::hide(tx, &which)
                } else {
                    app::roles::unhide(tx, &which)
                }
            })
            .await?;
        return Ok(envelope::done(done.map(|role| render(&role))));
    }
    let change = read_change(&fields)?;
    let done = caller
        .write(Permission::RolesWrite, move |tx| {
            app::roles::update(tx, &which, &change)
        })
        .await?;
    Ok(envelope::done(done.map(|role| render(&role))))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::RolesWrite)?;
    let which = named(&req)?;
    let done = caller
        .write(Permission::RolesWrite, move |tx| {
            app::roles::delete(tx, &which)
        })
        .await?;
    Ok(envelope::done(done.map(
        |role| json!({ "id": role.id.map(|id| id.to_string()) }),
    )))
}

pub async fn list_groups(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::SMALL)?;
    let mut all = caller.read(|tx| app::roles::list(tx, false))?;
    all.retain(|role| {
        let is = |name: &str, value: &str| params.get(name).is_none_or(|wanted| wanted == value);
        is("id", &role.permission_group.to_string())
            && is("name", &role.name)
            && is("label", &role.label)
    });
    let (items, total) = page.cut(all);
    Ok(envelope::page(
        items.iter().map(render_group).collect(),
        page,
        total,
    ))
}

pub async fn get_group(caller: ApiCaller, req: HttpRequest) -> Answer {
    let named = req
        .match_info()
        .get("permission_group_id")
        .unwrap_or_default();
    let unknown = || Error::not_found("permission group", named);
    let which = RoleRef::PermissionGroup(named.parse().map_err(|_| unknown())?);
    let role = caller.read(|tx| app::roles::get(tx, &which))?;
    Ok(envelope::one(render_group(&role)))
}
