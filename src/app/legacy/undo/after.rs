//! What an undo left to be done elsewhere, or did not put back, for as long as it is so.

use std::collections::HashMap;

use crate::app::legacy::beside;
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::legacy::plan::Source;
use crate::domain::legacy::run::{Kept, RunGroup, RunState};
use crate::domain::text::{fold, shown};
use crate::store;
use crate::store::legacy::candidates;
use crate::store::legacy::pushes::{self, RefusedAnew};
use crate::store::legacy::runs::{self, End, Member, Stored};
use crate::store::tx::ReadTx;

/// People who are named of those whom the run made.
const PEOPLE_TOLD_MAX: usize = 20;
/// So many of them are looked for.
const PEOPLE_SOUGHT_MAX: usize = 1000;

/// Of the groups of a run that were undone.
pub(in crate::app::legacy) fn stays(
    tx: &ReadTx<'_>,
    stored: &Stored,
    members: &[Member],
) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    if members.iter().all(|member| !member.group.undone) {
        return Ok(kept);
    }
    let ends = runs::ends(tx, stored.key)?;
    let ground = Ground {
        sources: candidates::sources(tx)?,
        refused: Anew::of(&pushes::refused_anew(tx, stored.provisioned)?),
    };
    for (member, end) in members.iter().zip(&ends) {
        let converted = member.group.undone && !member.group.made;
        if converted {
            of_group(tx, stored, (member, end, &ground), &mut kept)?;
        }
    }
    if let Some(first) = members
        .first()
        .filter(|_| stored.head.state == RunState::Undone)
    {
        let people = runs::people(tx, stored.key)?.into_iter();
        let mut told = 0;
        for id in people.take(PEOPLE_SOUGHT_MAX) {
            let Some((_, person)) = store::members::find_by_id(tx, id)? else {
                continue;
            };
            kept.push(Kept {
                group: first.group.clone(),
                of_run: true,
                other: None,
                message: format!(
                    "{} was made by the migration and is still here, for they were changed or put \
                     into a group.",
                    shown(&person.user_name)
                ),
            });
            told += 1;
            if told == PEOPLE_TOLD_MAX {
                break;
            }
        }
    }
    Ok(kept)
}

/// What the groups are seen against.
struct Ground {
    sources: Vec<Source>,
    refused: Anew,
}

/// Who was refused a name that the migration had given: how often, and when last. By the SCIM id
/// of the group that was to have it, else by the name that one was to be made with, as it is
/// compared.
struct Anew(HashMap<(ConnectionId, String), (i64, i64)>);

impl Anew {
    fn of(all: &[RefusedAnew]) -> Self {
        let mut by_target = HashMap::new();
        for one in all {
            let target = if one.group.is_empty() {
                format!("name {}", fold(&one.name))
            } else {
                format!("id {}", one.group)
            };
            let (times, last_ms) = by_target.entry((one.connection, target)).or_default();
            *times += one.times;
            *last_ms = one.at_ms.max(*last_ms);
        }
        Self(by_target)
    }

    /// How often the connection sent the group's new name, the last time since then: to make
    /// another group, or, in the `newest` of the group's runs, for the group itself, of which the
    /// log does not keep what name it was.
    fn times(
        &self,
        connection: ConnectionId,
        group: &RunGroup,
        (since_ms, newest): (i64, bool),
    ) -> i64 {
        let found = |target: String| {
            let found = self.0.get(&(connection, target));
            let since = found.filter(|(_, last_ms)| *last_ms >= since_ms);
            since.map_or(0, |(times, _)| *times)
        };
        let itself = if newest {
            found(format!("id {}", group.scim_id))
        } else {
            0
        };
        itself + found(format!("name {}", fold(&group.new_name)))
    }
}

/// Nothing of a group that was renamed or converted again since, or is gone.
fn of_group(
    tx: &ReadTx<'_>,
    stored: &Stored,
    (member, end, ground): (&Member, &End, &Ground),
    kept: &mut Vec<Kept>,
) -> Result<()> {
    let now = candidates::find_group(tx, &member.group.scim_id)?;
    let is_back = |(key, name): (store::groups::GroupKey, String)| {
        key == member.key && name == member.group.old_name
    };
    let (Some(undone_ms), true) = (
        end.undone_ms,
        now.map(|(key, group)| (key, group.name))
            .is_some_and(is_back),
    ) else {
        return Ok(());
    };
    let mut keep = |message, other| {
        kept.push(Kept {
            group: member.group.clone(),
            of_run: false,
            other,
            message,
        });
    };
    let new = shown(&member.group.new_name);
    for message in at_providers(tx, stored, (member, end, ground), undone_ms)? {
        keep(message, None);
    }
    let found = store::legacy::answering(tx, &fold(&member.group.new_name))?;
    if let Some(found) = found.filter(|found| !found.by_alias) {
        let (told, away) = beside::told(tx, &ground.sources, &found)?;
        let message = format!(
            "There is another group \"{new}\" now, {told}. \"{}\" can't be converted to that name \
             while it is there: choose another name for it, or {away} first.",
            member.group.old_name
        );
        keep(message, Some(found.group.id));
    }
    let since = stored.head.converted_ms;
    let added = candidates::added_between(tx, member.key, since, undone_ms)?;
    if added > 0 {
        let (came, is) = if added == 1 {
            ("person came", "is")
        } else {
            ("people came", "are")
        };
        let message = format!(
            "{added} {came} into the group between the conversion and the undo, and {is} in it; \
             memberships are not put back."
        );
        keep(message, None);
    }
    Ok(())
}

/// What is to be done at the providers that sent the new name.
fn at_providers(
    tx: &ReadTx<'_>,
    stored: &Stored,
    (member, end, ground): (&Member, &End, &Ground),
    undone_ms: i64,
) -> Result<Vec<String>> {
    let mut left = Vec::new();
    // Of those who have sent the old name since, nothing is asked; what they sent later is in the
    // log alone.
    let newest = end.pushing.is_empty() || !runs::undone_again(tx, stored.key, member.key)?;
    for source in &ground.sources {
        let name = shown(&source.name);
        let mut pushing = end.pushing.iter();
        let one = pushing.find(|one| one.connection.id == source.id);
        if one.is_some_and(|one| one.renamed_ms.is_some()) {
            let grants = store::legacy::grants(tx, member.key)?;
            left.push(sent_before(member, grants, &name));
            continue;
        }
        let since = (undone_ms, newest && one.is_some());
        let times = ground.refused.times(source.id, &member.group, since);
        // Whoever has been linked to the group since, or sends its old name, needs nothing more.
        let is_linked = || -> Result<bool> {
            let pushing = candidates::pushing(tx, member.key)?;
            Ok(one.is_none() && pushing.contains(&source.id))
        };
        if times > 0 && !is_linked()? {
            left.push(sent_since(member, &name, times));
        }
    }
    Ok(left)
}

/// What is to be done where a connection went over to the new name before the undo.
fn sent_before(member: &Member, grants: bool, connection: &str) -> String {
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let sent =
        format!("The connection \"{connection}\" sent the new name \"{new}\" before the undo");
    if member.legacy.is_some() {
        return format!(
            "{sent}, and is refused with it; give the group its old name \"{old}\" back in that \
             provider, or convert it again."
        );
    }
    let either = if grants {
        "keeps its policies"
    } else {
        "grants nothing"
    };
    // The form of the old name may be refused once it was given up.
    format!(
        "{sent}, and gives it to the group again with its next push; give the group its old name \
         \"{old}\" back in that provider before, or leave it there as it is, for it {either} by \
         either name."
    )
}

/// And since.
fn sent_since(member: &Member, connection: &str, times: i64) -> String {
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let often = match times {
        1 => String::new(),
        times => format!(" {times} times"),
    };
    format!(
        "The connection \"{connection}\" has sent the new name \"{new}\" since the undo, and was \
         refused{often}; link the group in that provider to \"{old}\", or give it that name back, \
         or convert it again."
    )
}
