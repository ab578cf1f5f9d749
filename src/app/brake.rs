//! The brake on mass changes: what a connection may remove within the window, what it holds
//! when that is more, and what an administrator decides of it.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::app::groups::AUDITED_MEMBERS_MAX;
use crate::domain::actor::{Actor, Client, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::brake::{
    Brake, BrakeAlarm, HeldChange, HeldName, HeldOperation, HeldSelection, HeldState,
    MEMBER_FOR_MS, Meter, RELEASE_MS, RETRY_AFTER_SECONDS, SHARE_PEOPLE_MIN, WINDOW_MS,
};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::group::GroupEdit;
use crate::domain::id::{ConnectionId, MemberId};
use crate::domain::instant::print_ms;
use crate::domain::reason::Reason;
use crate::store;
use crate::store::brake::{Decision, Held, HeldTarget};
use crate::store::groups::GroupKey;
use crate::store::members::MemberKey;
use crate::store::tx::{ReadTx, WriteTx};

pub use crate::store::brake::HeldAfter;

/// The window, and what a provider does that does not wait for anybody, in a refusal.
const WITHIN: &str = " within 15 minutes";
const OR_LATER: &str = ", or send it again in 15 minutes";
/// So many are named in a row of the audit log; of others it has the ids.
const AUDITED_NAMES_MAX: usize = 20;

/// What a change takes from people, as the brake counts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::app) struct Removal {
    target: HeldTarget,
    operation: HeldOperation,
    members: i64,
    privileged: i64,
    /// What was decided of the target, read before the change takes it away.
    decision: Option<Decision>,
}

/// The connection that the change comes through. The command line and Provost itself have no
/// brake.
fn client<'t>(tx: &'t ReadTx<'_>) -> Option<&'t Client> {
    match tx.actor() {
        Actor::Client(client) => Some(client),
        Actor::Operator(_) | Actor::Cli { .. } | Actor::System { .. } => None,
    }
}

/// Who counts was a member then.
fn counts_since(tx: &ReadTx<'_>) -> i64 {
    tx.now_ms() - WINDOW_MS - MEMBER_FOR_MS
}

/// What the end of this membership takes; to be asked before it ends. `None` for somebody
/// whose going does not count.
pub(in crate::app) fn removal_of_member(
    tx: &ReadTx<'_>,
    key: MemberKey,
    operation: HeldOperation,
) -> Result<Option<Removal>> {
    let counts = client(tx).is_some() && store::brake::is_member_since(tx, key, counts_since(tx))?;
    if !counts {
        return Ok(None);
    }
    let target = HeldTarget::Member(key);
    Ok(Some(Removal {
        decision: store::brake::decision(tx, target)?,
        target,
        operation,
        members: 1,
        privileged: i64::from(store::brake::is_privileged(tx, key)?),
    }))
}

/// Refuses the removal that was just made when it is one too many, or was refused for good;
/// counts it otherwise.
///
/// Errors: `RateLimited` (the change is held), `Forbidden` (it was discarded).
pub(in crate::app) fn charge(tx: &WriteTx<'_>, removal: Option<&Removal>) -> Result<()> {
    let (Some(removal), Some(client)) = (removal, client(tx)) else {
        return Ok(());
    };
    let people = removal.members.max(removal.privileged);
    let decision = removal.decision;
    match decision.map(|decision| (decision.state, decision)) {
        Some((HeldState::Discarded, _)) => {
            tx.hold(Held {
                target: removal.target,
                operation: removal.operation,
                meter: Meter::Members,
                people,
                limit: 0,
                discarded: true,
            });
            return Err(discarded(client));
        }
        // Only what somebody saw and let go: more people are another change.
        Some((HeldState::Released, decision))
            if people <= decision.people && decision.until_ms > Some(tx.now_ms()) =>
        {
            return Ok(());
        }
        Some((HeldState::Held | HeldState::Released, _)) | None => {}
    }
    for (meter, gone) in [
        (Meter::Members, removal.members),
        (Meter::Privileged, removal.privileged),
    ] {
        if gone == 0 {
            continue;
        }
        if let Some(limit) = exceeded(tx, client.settings.brake, meter, gone)? {
            tx.hold(Held {
                target: removal.target,
                operation: removal.operation,
                meter,
                people,
                limit,
                discarded: false,
            });
            return Err(held(client, meter, limit));
        }
        store::brake::count_removed(tx, meter, gone)?;
    }
    if decision.is_some() {
        store::brake::settle(tx, removal.target)?;
    }
    Ok(())
}

/// The limit that `gone` people more would pass, who are gone already in this transaction.
fn exceeded(tx: &ReadTx<'_>, brake: Brake, meter: Meter, gone: i64) -> Result<Option<i64>> {
    let share = match brake {
        Brake::Off => return Ok(None),
        Brake::People(limit) => {
            let limit = i64::from(limit);
            let all = store::brake::removed(tx, meter)?.saturating_add(gone);
            return Ok((all > limit).then_some(limit));
        }
        Brake::Share(percent) => i64::from(percent.max(1)),
    };
    let all = store::brake::removed(tx, meter)?.saturating_add(gone);
    if all <= SHARE_PEOPLE_MIN {
        return Ok(None);
    }
    // Of those there were before: who is gone counts among them.
    let left = match meter {
        Meter::Members => store::brake::active_members(tx)?,
        Meter::Privileged => {
            let enough = all.saturating_mul(100).div_euclid(share).saturating_add(1);
            store::brake::privileged_members(tx, enough)?
        }
    };
    let base = left.saturating_add(all);
    Ok(brake.limit(base).filter(|limit| all > *limit))
}

fn held(client: &Client, meter: Meter, limit: i64) -> Error {
    // At none a later try finds no more room.
    let (whom, or_later) = match (meter, limit) {
        (Meter::Members, 0) => ("take a member out".to_owned(), ""),
        (Meter::Privileged, 0) => ("take the administrator role from somebody".to_owned(), ""),
        (Meter::Members, _) => (
            format!("take more than {limit} members out{WITHIN}"),
            OR_LATER,
        ),
        (Meter::Privileged, _) => (
            format!("take the administrator role from more than {limit} people{WITHIN}"),
            OR_LATER,
        ),
    };
    Error::new(
        Kind::RateLimited,
        Reason::Brake,
        format!(
            "This would {whom} through the connection {:?}, which its brake holds; nothing was \
             changed, an administrator decides with `provost connection held`{or_later}.",
            client.connection_name
        ),
    )
    .with_retry_after(RETRY_AFTER_SECONDS)
}

fn discarded(client: &Client) -> Error {
    Error::forbidden(
        Reason::BrakeDiscarded,
        format!(
            "An administrator has discarded this removal, which the brake of the connection {:?} \
             held; take a person back into the provider's scope, or release it with `provost \
             connection release`.",
            client.connection_name
        ),
    )
}

/// The provider has just written somebody who stays a member: a removal of theirs that was
/// held is none any more.
pub(in crate::app) fn member_stays(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    if client(tx).is_none() {
        return Ok(());
    }
    store::brake::settle(tx, HeldTarget::Member(key))
}

/// Who goes from one group by a request, and may lose a privileged role by it.
#[derive(Debug, Default)]
pub(in crate::app) struct Leavers {
    /// Whether the brake looks at this group; asked once, by the first edit that removes.
    watched: Option<bool>,
    decision: Option<Decision>,
    people: Vec<(MemberKey, MemberId)>,
}

impl Leavers {
    /// To be told of each edit before it is applied.
    pub(in crate::app) fn before(
        &mut self,
        tx: &ReadTx<'_>,
        key: GroupKey,
        edit: &GroupEdit,
    ) -> Result<()> {
        let ids = match edit {
            GroupEdit::RemoveMembers(ids) => Some(ids.as_slice()),
            GroupEdit::ReplaceMembers(_)
            | GroupEdit::RemoveMembersWhere(_)
            | GroupEdit::RemoveAllMembers => None,
            GroupEdit::Rename(_)
            | GroupEdit::SetExternalId(_)
            | GroupEdit::AddMembers(_)
            | GroupEdit::PassOver(_)
            | GroupEdit::RequireMember(_) => return Ok(()),
        };
        let watched = match self.watched {
            Some(watched) => watched,
            None => client(tx).is_some() && store::brake::gives_privilege(tx, key)?,
        };
        if watched && self.watched.is_none() {
            self.decision = store::brake::decision(tx, HeldTarget::Group(key))?;
        }
        self.watched = Some(watched);
        if !watched {
            return Ok(());
        }
        let mut leaving = store::brake::long_members(tx, key, ids, counts_since(tx))?;
        match edit {
            GroupEdit::ReplaceMembers(wanted) => {
                let wanted: HashSet<&MemberId> = wanted.iter().collect();
                leaving.retain(|(_, id)| !wanted.contains(id));
            }
            GroupEdit::RemoveMembersWhere(condition) => {
                leaving.retain(|(_, id)| condition.picks(*id));
            }
            GroupEdit::RemoveMembers(_)
            | GroupEdit::RemoveAllMembers
            | GroupEdit::Rename(_)
            | GroupEdit::SetExternalId(_)
            | GroupEdit::AddMembers(_)
            | GroupEdit::PassOver(_)
            | GroupEdit::RequireMember(_) => {}
        }
        self.people.extend(leaving);
        Ok(())
    }

    /// What they have lost, once the edits are done.
    pub(in crate::app) fn removal(
        mut self,
        tx: &ReadTx<'_>,
        key: GroupKey,
        operation: HeldOperation,
    ) -> Result<Option<Removal>> {
        // Somebody may have gone, come back and gone again in one request.
        self.people.sort_unstable_by_key(|(_, id)| *id);
        self.people.dedup_by_key(|(_, id)| *id);
        let mut privileged = 0;
        for (member, _) in &self.people {
            privileged += i64::from(!store::brake::is_privileged(tx, *member)?);
        }
        Ok((privileged > 0).then_some(Removal {
            target: HeldTarget::Group(key),
            operation,
            members: 0,
            privileged,
            decision: self.decision,
        }))
    }
}

/// The next held changes of a connection, at most `limit`, in the order they were first held,
/// and where to go on; none are left when fewer than `limit` come.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn held_changes(
    tx: &ReadTx<'_>,
    id_or_name: &str,
    after: HeldAfter,
    limit: i64,
) -> Result<(Vec<HeldChange>, HeldAfter)> {
    tx.require(Permission::LogsRead)?;
    let connection = store::connections::get_named(tx, id_or_name)?;
    store::brake::list(tx, &connection, after, limit)
}

/// The same for people: those that wait for a decision first, then what was discarded, then what
/// was released; at most `limit`.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn held_first(tx: &ReadTx<'_>, id_or_name: &str, limit: i64) -> Result<Vec<HeldChange>> {
    tx.require(Permission::LogsRead)?;
    let connection = store::connections::get_named(tx, id_or_name)?;
    store::brake::waiting_first(tx, &connection, limit)
}

/// What is decided now of what was held of these targets, by their SCIM ids and connections; what
/// nothing is held of any more is left out.
///
/// Errors: `Forbidden`.
pub fn held_states(
    tx: &ReadTx<'_>,
    targets: &[&str],
) -> Result<Vec<(ConnectionId, String, HeldState)>> {
    tx.require(Permission::LogsRead)?;
    store::brake::states(tx, targets)
}

/// How many active members the account has: a share is of them, and of those who went lately.
///
/// Errors: `Forbidden`.
pub fn counted_members(tx: &ReadTx<'_>) -> Result<i64> {
    tx.require(Permission::LogsRead)?;
    store::brake::active_members(tx)
}

/// How many people that connection removed within the window, which count against its limit.
///
/// Errors: `Forbidden`, `NotFound` (connection).
pub fn removed_lately(tx: &ReadTx<'_>, id_or_name: &str) -> Result<i64> {
    tx.require(Permission::LogsRead)?;
    let connection = store::connections::get_named(tx, id_or_name)?;
    store::brake::removed_by(tx, connection.id, Meter::Members)
}

/// The account's connections whose brake holds changes that wait for a decision.
///
/// Errors: `Forbidden`.
pub fn alarms(tx: &ReadTx<'_>) -> Result<Vec<BrakeAlarm>> {
    tx.require(Permission::LogsRead)?;
    store::brake::alarms(tx)
}

/// Lets the retries of held changes pass for 24 hours, uncounted; how many changes that are.
///
/// Errors: `Forbidden`, `NotFound` (connection; a target that nothing is held of, or not in the
/// state that is expected).
pub fn release(tx: &WriteTx<'_>, id_or_name: &str, which: &HeldSelection) -> Result<i64> {
    tx.require(Permission::ConnectionsWrite)?;
    decide(tx, id_or_name, which, HeldState::Released)
}

/// Refuses the retries of held changes until they are released after all, or the provider
/// writes the person as one who stays; how many changes that are.
///
/// Errors: as [`release`].
pub fn discard(tx: &WriteTx<'_>, id_or_name: &str, which: &HeldSelection) -> Result<i64> {
    tx.require(Permission::ConnectionsWrite)?;
    decide(tx, id_or_name, which, HeldState::Discarded)
}

fn decide(
    tx: &WriteTx<'_>,
    id_or_name: &str,
    which: &HeldSelection,
    state: HeldState,
) -> Result<i64> {
    let connection = store::connections::get_named(tx, id_or_name)?;
    let (action, until) = match state {
        HeldState::Released => (Action::ConnectionRelease, Some(tx.now_ms() + RELEASE_MS)),
        HeldState::Held | HeldState::Discarded => (Action::ConnectionDiscard, None),
    };
    let mut names = Vec::new();
    let decided = if which.targets.is_empty() {
        let seen = which.until_ms.unwrap_or(i64::MAX);
        names = store::brake::waiting(tx, &connection, seen, AUDITED_MEMBERS_MAX)?;
        store::brake::decide_all(tx, &connection, state, until, seen)?
    } else {
        let mut decided = 0;
        for target in &which.targets {
            let expected = which.states.as_slice();
            let changed =
                store::brake::decide_one(tx, &connection, (target, expected), state, until)?;
            let (changed, name) = changed.ok_or_else(|| nothing_held(target))?;
            if changed {
                decided += 1;
                names.push(name);
            }
        }
        decided
    };
    if decided > 0 {
        let mut facts = json!({
            "changes": decided,
            "targets": which.targets,
            "until": until.map(print_ms),
        });
        for (key, people) in [("members_held", true), ("groups_held", false)] {
            let these = names.iter().filter(|one| one.is_person == people);
            let these: Vec<&HeldName> = these.collect();
            if !these.is_empty() {
                facts[key] = of_whom(&these, decided, these.len() == names.len());
            }
        }
        let event = Event::new(action, connection.id, connection.name.as_str()).after(facts);
        store::audit::append(tx, event)?;
    }
    Ok(decided)
}

/// Of whom, or of which groups, it was decided: as many as a row names, and how many they are.
/// `alone`: it was of nothing else, so all that was `decided` is counted.
fn of_whom(these: &[&HeldName], decided: i64, alone: bool) -> Value {
    let count = i64::try_from(these.len()).unwrap_or(i64::MAX);
    let ids = these.iter().take(AUDITED_MEMBERS_MAX).map(|one| &one.id);
    let names = these.iter().take(AUDITED_NAMES_MAX).map(|one| &one.name);
    json!({
        "count": if alone { decided } else { count },
        "ids": ids.collect::<Vec<_>>(),
        "names": names.collect::<Vec<_>>(),
    })
}

fn nothing_held(target: &str) -> Error {
    Error::new(
        Kind::NotFound,
        Reason::NotFound,
        format!(
            "Nothing is held of {target} on this connection; `provost connection held` shows what \
             is."
        ),
    )
}
