//! The roles of an account: the built-in ones of the catalogue, and its own.

pub mod reach;

use std::collections::HashSet;

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::sql::{OnUnique, find as find_row, get as get_row, list as list_rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::catalogue;
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, PermissionGroupId, PolicyId, RoleId};
use crate::domain::reason::Reason;
use crate::domain::role::custom::{
    NewRole, OWN_ROLES_MAX, RoleChange, RolePermission, own_label, own_scopes,
};
use crate::domain::role::{Role, RoleHolder, RoleKeys, RoleRef, RoleScope, RoleUse};
use crate::domain::text::{RoleName, fold};

/// Every role of the account: the built-in ones in the catalogue's order, then its own by name.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Role>> {
    let hidden = list_rows(
        tx.conn(),
        "SELECT permission_group FROM hidden_roles WHERE account = ?1",
        [tx.account()?],
        |row| row.get(0),
    )?;
    let hidden: HashSet<PermissionGroupId> = hidden.into_iter().collect();
    let built_in = catalogue::roles().iter().cloned().map(|role| Role {
        hidden: hidden.contains(&role.permission_group),
        ..role
    });
    Ok(built_in.chain(list_own(tx)?).collect())
}

/// The account's own roles by name.
pub fn list_own(tx: &ReadTx<'_>) -> Result<Vec<Role>> {
    let roles = list_rows(
        tx.conn(),
        "SELECT id, permission_group, name, description, scope, permissions, created_ms,
                modified_ms
         FROM custom_roles WHERE account = ?1 ORDER BY name_key",
        [tx.account()?],
        role_row,
    )?;
    Ok(roles)
}

/// The role that is meant, when there is one.
pub fn find(tx: &ReadTx<'_>, which: &RoleRef) -> Result<Option<Role>> {
    match which {
        RoleRef::Id(id) => find_by_id(tx, *id),
        RoleRef::PermissionGroup(id) => find_by_group(tx, *id),
        RoleRef::Named(text) => {
            if let Ok(id) = text.parse()
                && let Some(role) = find_by_id(tx, id)?
            {
                return Ok(Some(role));
            }
            if let Ok(group) = text.parse()
                && let Some(role) = find_by_group(tx, group)?
            {
                return Ok(Some(role));
            }
            find_by_name(tx, text)
        }
    }
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, which: &RoleRef) -> Result<Role> {
    find(tx, which)?.ok_or_else(|| Error::not_found("role", which))
}

/// By role id.
pub fn find_by_id(tx: &ReadTx<'_>, id: RoleId) -> Result<Option<Role>> {
    if let Some(role) = catalogue::role_by_id(id) {
        return built_in(tx, role).map(Some);
    }
    let role = find_row(
        tx.conn(),
        "SELECT id, permission_group, name, description, scope, permissions, created_ms,
                modified_ms
         FROM custom_roles WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        role_row,
    )?;
    Ok(role)
}

/// By what policies call it.
pub fn find_by_group(tx: &ReadTx<'_>, id: PermissionGroupId) -> Result<Option<Role>> {
    if let Some(role) = catalogue::role_by_group(id) {
        return built_in(tx, role).map(Some);
    }
    let role = find_row(
        tx.conn(),
        "SELECT id, permission_group, name, description, scope, permissions, created_ms,
                modified_ms
         FROM custom_roles WHERE permission_group = ?1 AND account = ?2",
        (id, tx.account()?),
        role_row,
    )?;
    Ok(role)
}

/// By name, or a built-in role's alias, letter case aside.
pub fn find_by_name(tx: &ReadTx<'_>, name: &str) -> Result<Option<Role>> {
    if let Some(role) = catalogue::role_by_name(name) {
        return built_in(tx, role).map(Some);
    }
    let role = find_row(
        tx.conn(),
        "SELECT id, permission_group, name, description, scope, permissions, created_ms,
                modified_ms
         FROM custom_roles WHERE account = ?1 AND name_key = ?2",
        (tx.account()?, fold(name)),
        role_row,
    )?;
    Ok(role)
}

fn built_in(tx: &ReadTx<'_>, role: &Role) -> Result<Role> {
    let hidden: Option<i64> = find_row(
        tx.conn(),
        "SELECT 1 FROM hidden_roles WHERE account = ?1 AND permission_group = ?2",
        (tx.account()?, role.permission_group),
        |row| row.get(0),
    )?;
    Ok(Role {
        hidden: hidden.is_some(),
        ..role.clone()
    })
}

/// Errors: `Conflict` (name taken), `TooMany`.
pub fn insert(tx: &WriteTx<'_>, new: &NewRole) -> Result<Role> {
    let account = tx.account()?;
    let count: i64 = get_row(
        tx.conn(),
        "SELECT count(*) FROM custom_roles WHERE account = ?1",
        [account],
        |row| row.get(0),
    )?;
    if count >= OWN_ROLES_MAX {
        return Err(Error::too_many(format!(
            "This account has {OWN_ROLES_MAX} roles of its own, the most there may be; delete one \
             that no policy names."
        )));
    }
    let id = RoleId::from_bytes(tx.new_id());
    run(
        tx.conn(),
        "INSERT INTO custom_roles (id, permission_group, account, name, name_key, description,
             scope, permissions, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        params![
            id,
            PermissionGroupId::from_bytes(tx.new_id()),
            account,
            new.name.as_str(),
            new.name.key(),
            new.description.as_str(),
            new.scope.name(),
            permissions_text(&new.permissions)?,
            tx.now_ms(),
        ],
    )
    .on_unique("custom_roles.account, custom_roles.name_key", || {
        name_taken(new.name.as_str())
    })?;
    get(tx, &RoleRef::Id(id))
}

/// Whether anything was changed of `before`, an own role.
///
/// Errors: `Conflict` (name taken; the scope of a role that a policy names), `Invalid` (too many
/// permissions).
pub fn update(tx: &WriteTx<'_>, before: &Role, change: &RoleChange) -> Result<bool> {
    let name = change.name.as_ref().map_or(&*before.name, RoleName::as_str);
    let description = change.description.as_ref();
    let description = description.map_or(&*before.description, |text| text.as_str());
    let scope = change.scope.unwrap_or(before.scope);
    let permissions = change.permissions.apply(&before.permissions)?;
    let same = name == before.name
        && description == before.description
        && scope == before.scope
        && permissions == before.permissions;
    if same {
        return Ok(false);
    }
    if scope != before.scope {
        refuse_used(tx, before, "keeps its scope while policies name it")?;
    }
    run(
        tx.conn(),
        "UPDATE custom_roles SET name = ?2, name_key = ?3, description = ?4, scope = ?5,
             permissions = ?6, modified_ms = ?7
         WHERE permission_group = ?1",
        params![
            before.permission_group,
            name,
            fold(name),
            description,
            scope.name(),
            permissions_text(&permissions)?,
            tx.now_ms(),
        ],
    )
    .on_unique("custom_roles.account, custom_roles.name_key", || {
        name_taken(name)
    })?;
    Ok(true)
}

/// Takes `role`, an own one, away.
///
/// Errors: `Conflict` (a policy names it).
pub fn delete(tx: &WriteTx<'_>, role: &Role) -> Result<()> {
    refuse_used(tx, role, "can't be deleted while policies name it")?;
    run(
        tx.conn(),
        "DELETE FROM custom_roles WHERE permission_group = ?1",
        [role.permission_group],
    )?;
    Ok(())
}

/// Whether it was changed that `role`, a built-in one, is left out of lists.
pub fn set_hidden(tx: &WriteTx<'_>, role: &Role, hidden: bool) -> Result<bool> {
    let sql = if hidden {
        "INSERT INTO hidden_roles (account, permission_group) VALUES (?1, ?2)
         ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM hidden_roles WHERE account = ?1 AND permission_group = ?2"
    };
    let changed = run(tx.conn(), sql, (tx.account()?, role.permission_group))?;
    Ok(changed > 0)
}

/// How many policies name the role, and at most `limit` of them: those of groups first, by name.
pub fn uses(
    tx: &ReadTx<'_>,
    permission_group: PermissionGroupId,
    limit: i64,
) -> Result<(i64, Vec<RoleUse>)> {
    let account = tx.account()?;
    let total = get_row(
        tx.conn(),
        "SELECT count(*) FROM (SELECT DISTINCT policy, member FROM grants
                               WHERE account = ?1 AND permission_group = ?2)",
        (account, permission_group),
        |row| row.get(0),
    )?;
    let uses = list_rows(
        tx.conn(),
        "SELECT DISTINCT p.policy_id, m.id, m.user_name, g.id, g.name FROM grants p
         LEFT JOIN members m ON m.seq = p.member LEFT JOIN groups g ON g.seq = p.grp
         WHERE p.account = ?1 AND p.permission_group = ?2
         ORDER BY g.name IS NULL, fold(g.name), m.user_name_key, p.policy LIMIT ?3",
        (account, permission_group, limit),
        use_row,
    )?;
    Ok((total, uses))
}

fn use_row(row: &Row<'_>) -> rusqlite::Result<RoleUse> {
    if let Some(id) = row.get(3)? {
        let (policy, name) = (row.get(0)?, row.get(4)?);
        let holder = RoleHolder::Group { id, name };
        return Ok(RoleUse { policy, holder });
    }
    let member: MemberId = row.get(1)?;
    let policy: Option<PolicyId> = row.get(0)?;
    Ok(RoleUse {
        policy: policy.unwrap_or(member.minimal_access()),
        holder: RoleHolder::Member {
            id: member.membership(),
            user_name: row.get(2)?,
        },
    })
}

/// Holders that a refusal tells; the rest are counted.
const HOLDERS_TOLD_MAX: i64 = 5;

/// Errors: `Conflict`, with who holds it.
fn refuse_used(tx: &ReadTx<'_>, role: &Role, why: &str) -> Result<()> {
    let (total, uses) = uses(tx, role.permission_group, HOLDERS_TOLD_MAX)?;
    if total == 0 {
        return Ok(());
    }
    let told: Vec<String> = uses
        .iter()
        .map(|one| format!("{} (policy {})", one.holder, one.policy))
        .collect();
    let rest = match total - HOLDERS_TOLD_MAX {
        more @ 1.. => format!(" and {more} more"),
        _ => String::new(),
    };
    Err(Error::conflict(
        Reason::RoleInUse,
        format!(
            "The role {} {why}: {}{rest}; take it out of their policies first.",
            role.name,
            told.join(", "),
        ),
    ))
}

/// What the audit log keeps of a role.
pub fn facts(role: &Role) -> Value {
    if role.built_in {
        return json!({ "name": role.name, "hidden": role.hidden });
    }
    json!({
        "name": role.name,
        "permission_group": role.permission_group,
        "description": role.description,
        "scope": role.scope.name(),
        "permissions": role.permissions,
    })
}

/// The name of the role that a policy names by `id`: of one nobody knows, the id. A built-in role
/// costs one look into the catalogue.
pub(in crate::store) fn name_of(
    tx: &ReadTx<'_>,
    id: PermissionGroupId,
) -> rusqlite::Result<String> {
    if let Some(name) = catalogue::role_name(id) {
        return Ok(name.to_owned());
    }
    let name = find_row(
        tx.conn(),
        "SELECT name FROM custom_roles WHERE permission_group = ?1",
        [id],
        |row| row.get(0),
    )?;
    Ok(name.unwrap_or_else(|| id.to_string()))
}

/// What [`name_of`] says, in SQL, of a column's permission group. `column` is text of the code, with the name
/// of its table.
pub(in crate::store) fn name_sql(column: &'static str) -> String {
    format!(
        "coalesce(built_in_role_name({column}),
            (SELECT own.name FROM custom_roles own WHERE own.permission_group = {column}),
            lower(hex({column})))"
    )
}

fn permissions_text(permissions: &[RolePermission]) -> Result<String> {
    serde_json::to_string(permissions).map_err(Error::internal)
}

/// Columns id, permission_group, name, description, scope, permissions, created_ms, modified_ms.
pub(in crate::store) fn role_row(row: &Row<'_>) -> rusqlite::Result<Role> {
    let name: String = row.get(2)?;
    let permission_group = row.get(1)?;
    let scope = parsed(row, 4, |text| RoleScope::parse_own(text).ok())?;
    let permissions = parsed(row, 5, |text| {
        let texts: Vec<String> = serde_json::from_str(text).ok()?;
        let parse = |text: String| RolePermission::parse(&text).ok();
        texts.into_iter().map(parse).collect()
    })?;
    Ok(Role {
        id: Some(row.get(0)?),
        permission_group,
        label: own_label(&name, permission_group),
        name,
        description: row.get(3)?,
        scope,
        scopes: own_scopes(scope).to_owned(),
        category: "custom".to_owned(),
        access: None,
        aliases: Vec::new(),
        keys: RoleKeys::default(),
        permissions,
        built_in: false,
        hidden: false,
        id_source: None,
        permission_group_source: None,
        created_ms: Some(row.get(6)?),
        modified_ms: Some(row.get(7)?),
    })
}

fn name_taken(name: &str) -> Error {
    Error::conflict(
        Reason::NameTaken,
        format!("A role named {name} exists in this account; choose another name."),
    )
}
