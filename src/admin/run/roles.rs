//! Roles.

use super::{Run, Sink};
use crate::admin::command::{NewRole as Asked, RoleSet};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{Reply, RoleUseView, RoleView};
use crate::app;
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::role::custom::{
    NewRole, PermissionsChange, RoleChange, RoleDescription, parse_permissions,
};
use crate::domain::role::{Role, RoleRef, RoleScope};
use crate::domain::text::RoleName;
use crate::store::tx::WriteTx;

const ROLES: &str = "provost role list";

impl Run<'_> {
    fn role_fault(&self, error: Error) -> Fault {
        self.fault(&error, ROLES)
    }

    pub(super) fn role_list(&self, hidden: bool, own: bool, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let all = self.read(Some(account.id), |tx| app::roles::list(tx, hidden));
        let all = all.map_err(|error| self.role_fault(error))?;
        for role in all.into_iter().filter(|role| !(own && role.built_in)) {
            sink(Reply::Role(Box::new(role.into())))?;
        }
        Ok(())
    }

    /// An own role with the policies that name it: of a built-in one they may be a million.
    pub(super) fn role_show(&self, role: String, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let which = RoleRef::Named(role);
        let view = self.read(Some(account.id), |tx| {
            let role = app::roles::get(tx, &which)?;
            if role.built_in {
                return Ok(RoleView::from(role));
            }
            let (total, uses) = app::roles::uses(tx, &which)?;
            Ok(RoleView {
                policies: Some(total),
                used_by: uses.into_iter().map(RoleUseView::from).collect(),
                ..RoleView::from(role)
            })
        });
        let view = view.map_err(|error| self.role_fault(error))?;
        Ok(sink(Reply::Role(Box::new(view)))?)
    }

    pub(super) fn role_create(&self, new: &Asked, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let new = read_new(new).map_err(|error| self.role_fault(error))?;
        let made = self.write(Some(account.id), move |tx| app::roles::create(tx, &new));
        let role = made.map_err(|error| self.role_fault(error))?;
        Ok(sink(Reply::Role(Box::new(role.into())))?)
    }

    pub(super) fn role_change(
        &self,
        role: String,
        change: impl FnOnce(&WriteTx<'_>, &RoleRef) -> DomainResult<Role> + Send + 'static,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let which = RoleRef::Named(role);
        let changed = self.write(Some(account.id), move |tx| change(tx, &which));
        let role = changed.map_err(|error| self.role_fault(error))?;
        Ok(sink(Reply::Role(Box::new(role.into())))?)
    }
}

fn read_new(new: &Asked) -> DomainResult<NewRole> {
    Ok(NewRole {
        name: RoleName::parse(&new.name)?,
        description: RoleDescription::parse(&new.description)?,
        scope: RoleScope::parse_own(&new.scope)?,
        permissions: parse_permissions(new.permissions.iter().map(String::as_str))?,
    })
}

pub(super) fn read_change(set: &RoleSet) -> DomainResult<RoleChange> {
    let list = |texts: &[String]| parse_permissions(texts.iter().map(String::as_str));
    let permissions = match &set.permissions {
        Some(all) => PermissionsChange::Replace(list(all)?),
        None if set.add.is_empty() && set.remove.is_empty() => PermissionsChange::Keep,
        None => PermissionsChange::Edit {
            add: list(&set.add)?,
            remove: list(&set.remove)?,
        },
    };
    let description = set.description.as_deref().map(RoleDescription::parse);
    Ok(RoleChange {
        name: set.name.as_deref().map(RoleName::parse).transpose()?,
        description: description.transpose()?,
        scope: set.scope.as_deref().map(RoleScope::parse_own).transpose()?,
        permissions,
    })
}
