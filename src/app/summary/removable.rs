//! Whom a sync can take Super Administrator from: not everybody whom no provider manages is out
//! of reach, since a connection takes over what it finds unless its settings forbid that.

use super::ListedMember;
use crate::app::access::Holder;
use crate::domain::connection::{AdoptExisting, Connection};
use crate::domain::effective::{GroupLink, Via};
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::sso_connector::domain_of;
use crate::store::tx::ReadTx;
use crate::store::{connections, groups, members, operators, sso_connectors, summary};

/// Of those holders, whom some sync could take the role from, the last one apart: by their
/// record, by every group that gives it to them, or by a group that takes it away. `known` are
/// the same people as they are listed.
pub(super) fn of(
    tx: &ReadTx<'_>,
    holders: &[Holder],
    known: &[ListedMember],
) -> Result<Vec<MemberId>> {
    let reach = Reach::of(tx)?;
    // Whoever is put into such a group has the role no more.
    let denied = summary::group_denies_super_administrator(tx, reach.adopts)?;
    let mut removable = Vec::new();
    for listed in known {
        let id = listed.member.id;
        let holder = holders.iter().find(|one| one.member.id == id);
        let by_groups = match holder {
            Some(holder) if !denied => reach.all_ways(tx, holder)?,
            _ => denied,
        };
        if by_groups || reach.ends(tx, listed)? {
            removable.push(id);
        }
    }
    Ok(removable)
}

/// What the account's connections may do, the built-in one too: a token that is the account's own
/// syncs as well. One that is paused is resumed some day.
struct Reach {
    connections: Vec<Connection>,
    /// Whether one of them takes over what others manage.
    adopts: bool,
}

impl Reach {
    fn of(tx: &ReadTx<'_>) -> Result<Self> {
        let connections = connections::list(tx)?;
        Ok(Self {
            adopts: connections.iter().any(adopts),
            connections,
        })
    }

    /// Whether one may end the membership: of nobody's whom an operator works as, and where a
    /// setting says so, only of those with an address of a verified domain.
    fn ends(&self, tx: &ReadTx<'_>, listed: &ListedMember) -> Result<bool> {
        let found = members::find_by_id(tx, listed.member.id)?;
        let Some((key, member)) = found else {
            return Ok(false);
        };
        if operators::of_member(tx, key)?.is_some() {
            return Ok(false);
        }
        let verified = sso_connectors::is_enabled(tx, &domain_of(&listed.email))?;
        Ok(self.connections.iter().any(|one| {
            (member.managed_by == Some(one.id) || adopts(one))
                && (verified || !one.settings.require_sso_domain)
        }))
    }

    /// Whether every way of the role is through a group whose members one may change.
    fn all_ways(&self, tx: &ReadTx<'_>, holder: &Holder) -> Result<bool> {
        for path in &holder.effective.allows {
            let changes = match &path.via {
                Via::Direct => false,
                Via::Group(link) => self.changes(tx, link)?,
            };
            if !changes {
                return Ok(false);
            }
        }
        Ok(!holder.effective.allows.is_empty())
    }

    fn changes(&self, tx: &ReadTx<'_>, link: &GroupLink) -> Result<bool> {
        if self.adopts || link.managed_by.is_some() {
            return Ok(true);
        }
        // What is made for providers is the first one's that comes, whatever the settings say. An
        // old name is good for some connections alone: which is not asked, so that this may say too
        // much and never too little.
        let found = groups::find_by_id(tx, &link.scim_id)?;
        Ok(found.is_some_and(|(_, group)| group.legacy.is_some() || group.has_old_names))
    }
}

fn adopts(connection: &Connection) -> bool {
    connection.settings.adopt_existing == AdoptExisting::Adopt
}
