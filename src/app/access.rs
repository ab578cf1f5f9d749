//! Who may do what, and why: one set of answers for every door.

use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::effective::Effective;
use crate::domain::error::Result;
use crate::domain::id::GroupId;
use crate::domain::member::State;
use crate::domain::policy::Target;
use crate::domain::reference::{MemberRef, Person};
use crate::domain::role::{Granting, Role, RoleRef};
use crate::store;
use crate::store::grants::HoldersAfter;
use crate::store::tx::ReadTx;

/// Groups that give a role which an explanation tells.
pub const GROUPS_TOLD_MAX: i64 = 20;

/// A member and every role that reaches them.
#[derive(Debug, Clone)]
pub struct MemberAccess {
    pub member: Person,
    /// Also those of which a denial, or the member's state, leaves nothing: `scope` tells.
    pub roles: Vec<Effective>,
}

/// Why a member has a role, or has not.
#[derive(Debug, Clone)]
pub struct Explanation {
    pub member: Person,
    pub role: Role,
    /// `None`: no policy that names the role reaches the member.
    pub effective: Option<Effective>,
    /// Whether they are Super Administrator on the whole account, which allows all that other roles
    /// allow.
    pub rules: bool,
    /// Groups that give the role, by name: what somebody whom no path reaches could be put into. At
    /// most [`GROUPS_TOLD_MAX`].
    pub groups: Vec<(GroupId, String)>,
}

impl Explanation {
    pub fn is_effective(&self) -> bool {
        self.effective.as_ref().is_some_and(Effective::is_effective)
    }

    /// In one sentence why the role is not effective; `None` when it is.
    pub fn why_not(&self) -> Option<String> {
        self.why_not_of(&self.member.user_name)
    }

    /// The same, with the member called so.
    pub fn why_not_of(&self, member: &str) -> Option<String> {
        let role = &self.role.name;
        if self.is_effective() {
            return None;
        }
        let Some(effective) = &self.effective else {
            let mut why =
                format!("No policy of {member}, nor of a group they are in, names {role}.");
            if self.member.state != State::Active {
                let state = self.member.state.name();
                why = format!("{why} {member} is {state}, and only active members have roles.");
            }
            if self.rules {
                why.push_str(
                    " They are Super Administrator, who may do everything here without it.",
                );
            }
            return Some(why);
        };
        Some(if self.member.state != State::Active {
            format!(
                "{member} is {}, and only active members have roles.",
                self.member.state.name()
            )
        } else if effective.allows.is_empty() {
            format!("No policy allows {member} {role}, and some deny it.")
        } else {
            format!("Policies allow {member} {role}, and others deny all of it.")
        })
    }
}

/// One who holds a role, and how.
#[derive(Debug, Clone)]
pub struct Holder {
    pub member: Person,
    pub effective: Effective,
}

/// Some who hold a role; there are more as long as `next` says where.
#[derive(Debug, Clone)]
pub struct Holders {
    pub holders: Vec<Holder>,
    pub next: Option<HoldersAfter>,
}

/// Everything that reaches a member, and what is left of it.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn effective(tx: &ReadTx<'_>, which: &MemberRef) -> Result<MemberAccess> {
    tx.require(Permission::DirectoryRead)?;
    let (key, _) = store::members::by_hand::get(tx, which)?;
    Ok(MemberAccess {
        member: store::grants::person(tx, key)?,
        roles: store::grants::effective(tx, key, None)?,
    })
}

/// Why that member has that role, or has not.
///
/// Errors: `Forbidden`, `NotFound` (member or role).
pub fn explain(tx: &ReadTx<'_>, which: &MemberRef, role: &RoleRef) -> Result<Explanation> {
    tx.require(Permission::DirectoryRead)?;
    let (key, _) = store::members::by_hand::get(tx, which)?;
    let role = store::roles::get(tx, role)?;
    let of = |id| move |one: &Effective| one.permission_group == id;
    let mut all = store::grants::effective(tx, key, None)?;
    let rules = role.permission_group != catalogue::SUPER_ADMINISTRATOR
        && all
            .iter()
            .filter(|one| of(catalogue::SUPER_ADMINISTRATOR)(one))
            .any(|one| one.scope.covers(Target::WholeAccount));
    let at = all.iter().position(of(role.permission_group));
    Ok(Explanation {
        rules,
        member: store::grants::person(tx, key)?,
        effective: at.map(|at| all.swap_remove(at)),
        // Where paths reach the member, another group would change nothing.
        groups: match at {
            Some(_) => Vec::new(),
            None => store::grants::groups_with(tx, role.permission_group, GROUPS_TOLD_MAX)?,
        },
        role,
    })
}

/// Who holds that role in the end, and how: of the next `limit` members whom a policy that
/// allows it reaches. A page may hold fewer, or nobody, and not be the last.
///
/// Errors: `Forbidden`, `NotFound`, `Unavailable` when it takes too long.
pub fn holders(
    tx: &ReadTx<'_>,
    role: &RoleRef,
    after: HoldersAfter,
    limit: usize,
) -> Result<Holders> {
    tx.require(Permission::DirectoryRead)?;
    let role = store::roles::get(tx, role)?;
    let reached = store::grants::reached(tx, role.permission_group, after, limit)?;
    let next = match reached.last() {
        Some(last) if reached.len() >= limit => Some(HoldersAfter::behind(*last)),
        Some(_) | None => None,
    };
    let mut holders = Vec::new();
    for key in reached {
        let roles = store::grants::effective(tx, key, Some(role.permission_group))?;
        let Some(effective) = roles.into_iter().find(Effective::is_effective) else {
            continue;
        };
        let member = store::grants::person(tx, key)?;
        holders.push(Holder { member, effective });
    }
    Ok(Holders { holders, next })
}

/// Groups that give that role, by name, at most `limit`: legacy groups too, unless they are only
/// offered.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn groups(tx: &ReadTx<'_>, role: &RoleRef, limit: i64) -> Result<Vec<Granting>> {
    tx.require(Permission::DirectoryRead)?;
    let role = store::roles::get(tx, role)?;
    store::roles::reach::granting(tx, role.permission_group, limit)
}

#[cfg(test)]
mod tests;
