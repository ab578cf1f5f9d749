//! Roles of accounts, and what policies name.

use rusqlite::{Connection, Row};

use super::{FINDINGS_PER_CHECK_MAX, Finding};
use crate::domain::catalogue;
use crate::domain::error::Result;
use crate::domain::id::{PermissionGroupId, RoleId};
use crate::domain::role::RoleScope;
use crate::domain::role::custom::{NewRole, RoleDescription, parse_permissions};
use crate::domain::text::RoleName;

/// Reads each role as a client's would be read.
pub(super) fn examine(conn: &Connection, findings: &mut Vec<Finding>) -> rusqlite::Result<()> {
    let mut told = 0;
    let mut tell = |check, detail| {
        told += 1;
        if told <= FINDINGS_PER_CHECK_MAX {
            findings.push(Finding { check, detail });
        }
    };
    let mut statement = conn.prepare(
        "SELECT name, name_key, description, scope, permissions, id, permission_group
         FROM custom_roles",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        if let Some(why) = fault(row)? {
            let name: String = row.get(0)?;
            tell("custom_role", format!("role {name}: {why}"));
        }
    }
    let mut statement = conn.prepare("SELECT permission_group FROM hidden_roles")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id: PermissionGroupId = row.get(0)?;
        if catalogue::role_by_group(id).is_none() {
            tell("hidden_role", format!("role {id} is not built in"));
        }
    }
    Ok(())
}

/// What is wrong with a row.
fn fault(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    let (text, key): (String, String) = (row.get(0)?, row.get(1)?);
    let description: String = row.get(2)?;
    let (scope, permissions): (String, String) = (row.get(3)?, row.get(4)?);
    let texts: Vec<String> = match serde_json::from_str(&permissions) {
        Ok(texts) => texts,
        Err(error) => {
            return Ok(Some(format!(
                "its permissions are no list of texts: {error}"
            )));
        }
    };
    let parse = || -> Result<NewRole> {
        let role = NewRole {
            name: RoleName::parse(&text)?,
            description: RoleDescription::parse(&description)?,
            scope: RoleScope::parse_own(&scope)?,
            permissions: parse_permissions(texts.iter().map(String::as_str))?,
        };
        role.check()?;
        Ok(role)
    };
    let role = match parse() {
        Ok(role) => role,
        Err(error) => return Ok(Some(error.message().to_owned())),
    };
    if role.name.key() != key {
        return Ok(Some("it is filed under another name".to_owned()));
    }
    let (id, group): (RoleId, PermissionGroupId) = (row.get(5)?, row.get(6)?);
    let built_in = catalogue::role_by_id(id).is_some() || catalogue::role_by_group(group).is_some();
    Ok(built_in.then(|| "it has an id of a built-in role".to_owned()))
}
