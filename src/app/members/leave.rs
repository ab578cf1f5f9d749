//! Ending a membership by hand: the record is kept, inactive.

use serde_json::{Value, json};

use super::{effective_names, note, note_ended, profile_of};
use crate::app::guards;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::Result;
use crate::domain::member::{Member, Profile, State};
use crate::domain::reference::MemberRef;
use crate::store;
use crate::store::members::{Record, by_hand};
use crate::store::tx::WriteTx;

/// Makes a member inactive: their own policies and tokens go at once, the record and the group
/// memberships stay. Who is inactive already stays so.
///
/// Errors: `Forbidden` (permission, a managed member, the last Super Administrator), `NotFound`.
pub fn deactivate(tx: &WriteTx<'_>, which: &MemberRef) -> Result<Member> {
    tx.require(Permission::DirectoryWrite)?;
    let (key, member) = by_hand::get(tx, which)?;
    let name = &member.user_name;
    guards::not_managed(
        tx,
        member.managed_by,
        ("member", name),
        "whether they are in is",
    )?;
    if member.state == State::Inactive {
        return Ok(member);
    }
    guards::not_own(tx, member.id)?;
    let profile = Profile {
        active: false,
        ..profile_of(&member)?
    };
    let record = Record::of(&profile)?;
    let was = (&member, &profile.attributes);
    let dropped = guards::keeping_super_administrator(tx, || {
        store::members::update(tx, key, was, record, State::Inactive)?;
        store::members::deactivate(tx, key)
    })?;
    let (mut before, mut after) = (Value::Null, Value::Null);
    note(&mut before, "state", json!(member.state.name()));
    note_ended(&mut before, &dropped, effective_names(&member));
    note(&mut after, "state", json!(State::Inactive.name()));
    let event = Event::new(Action::MemberUpdate, member.membership_id(), name);
    store::audit::append(tx, event.before(before).after(after))?;
    let (_, member) = by_hand::get(tx, &MemberRef::Id(member.id))?;
    Ok(member)
}
