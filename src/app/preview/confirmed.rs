//! Changes that are shown before they are made, and made only as they were shown.

use super::{Change, Preview, make, preview};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::store::grants::HoldersAfter;
use crate::store::groups::by_hand as groups;
use crate::store::members::by_hand as members;
use crate::store::policies::records::{self, Holder};
use crate::store::tx::{ReadTx, WriteTx};

/// What a change would do, and a fingerprint of that and of what it stands on.
#[derive(Debug, Clone)]
pub struct Shown {
    pub preview: Preview,
    pub fingerprint: String,
}

/// What became of a change that was confirmed.
#[derive(Debug, Clone)]
pub enum Confirmed {
    /// It is made, and these came to be by it.
    Made(Vec<MemberRef>),
    /// Nothing is made: it would not do what was shown, but this.
    Moved(Shown),
}

/// What `change` would do to the first `limit` members it may touch.
///
/// Errors: what the change itself would be refused with.
pub fn show(tx: &WriteTx<'_>, change: &Change, limit: usize) -> Result<Shown> {
    tx.require(Permission::DirectoryWrite)?;
    let stands_on = stands_on(tx, change)?;
    let preview = preview(tx, change, HoldersAfter::default(), limit)?;
    // Without ids: somebody who is only made in the rehearsal has another one each time.
    let differences = preview.differences.iter().map(|one| {
        let name = &one.member.user_name;
        let gained = (&one.gained, &one.permissions_gained);
        let lost = (&one.lost, &one.permissions_lost);
        format!("{name:?} {gained:?} {lost:?}")
    });
    let differences: Vec<String> = differences.collect();
    let next = preview.next;
    let text = format!("{change:?} {stands_on} {next:?} {differences:?}");
    Ok(Shown {
        preview,
        fingerprint: tx.fingerprint(&text),
    })
}

/// Makes the change if it does what was shown, and shows it anew if not: another change came
/// first, or this is another one. `limit` is that of [`show`].
///
/// Errors: what the change is refused with.
pub fn confirm(
    tx: &WriteTx<'_>,
    change: &Change,
    limit: usize,
    fingerprint: &str,
) -> Result<Confirmed> {
    tx.require(Permission::DirectoryWrite)?;
    let shown = show(tx, change, limit)?;
    if shown.fingerprint != fingerprint {
        return Ok(Confirmed::Moved(shown));
    }
    Ok(Confirmed::Made(make(tx, change)?))
}

/// What was read of whom the change is about: their records and policies. Who is in a group is
/// not among it, as providers go on pushing; what comes of it is in the preview.
fn stands_on(tx: &ReadTx<'_>, change: &Change) -> Result<String> {
    match change {
        Change::MemberPolicies(which, _)
        | Change::Member(which, _)
        | Change::Deactivate(which)
        | Change::RemoveMember(which) => of_member(tx, which),
        Change::GroupPolicies(which, _)
        | Change::Group(which, _)
        | Change::DeleteGroup(which)
        | Change::AddToGroup(which, _)
        | Change::RemoveFromGroup(which, _)
        | Change::SetGroupMembers(which, _) => of_group(tx, which),
        Change::Bring(arrival) => {
            let groups = arrival.groups.iter().map(|which| of_group(tx, which));
            Ok(groups.collect::<Result<Vec<_>>>()?.join(" "))
        }
        Change::All(changes) => {
            let all = changes.iter().map(|change| stands_on(tx, change));
            Ok(all.collect::<Result<Vec<_>>>()?.join(" "))
        }
        Change::Invite(_)
        | Change::ResourceGroup(..)
        | Change::Role(..)
        | Change::LegacyOn { .. }
        | Change::LegacyOff => Ok(String::new()),
    }
}

fn of_member(tx: &ReadTx<'_>, which: &MemberRef) -> Result<String> {
    let (key, member) = members::get(tx, which)?;
    let policies = records::of(tx, Holder::Member(key))?;
    Ok(format!(
        "{:?} {} {policies:?}",
        member.state, member.record_version
    ))
}

fn of_group(tx: &ReadTx<'_>, which: &GroupRef) -> Result<String> {
    let (key, group) = groups::get(tx, which)?;
    let policies = records::of(tx, Holder::Group(key))?;
    Ok(format!("{:?} {policies:?}", group.name))
}
