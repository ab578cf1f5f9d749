//! What an undo left to be done elsewhere, or did not put back, for as long as it is so.

use std::collections::HashMap;

use crate::app::legacy::beside;
use crate::domain::error::Result;
use crate::domain::id::ConnectionId;
use crate::domain::legacy::plan::Source;
use crate::domain::legacy::run::{Kept, Progress, RunState};
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
/// For so long it is told that somebody was refused the name who never pushed the group, in
/// milliseconds: they may have given it up, which nothing tells.
const OTHERS_TOLD_MS: i64 = 24 * 60 * 60 * 1000;

/// Of the groups of a run that were undone.
pub(in crate::app::legacy) fn stays(
    tx: &ReadTx<'_>,
    stored: &Stored,
    members: &[Member],
) -> Result<Vec<Kept>> {
    let mut kept = Vec::new();
    let is_undone = stored.head.state == RunState::Undone;
    if !is_undone && members.iter().all(|member| !member.group.undone) {
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
    if let Some(first) = members.first().filter(|_| is_undone) {
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
                gone: false,
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

/// Who was refused a name that a migration had given. By the SCIM id of the group that was to have
/// it, of which the log does not keep what name it was, else by the name that one was to be made
/// with, as it is compared.
struct Anew(HashMap<(ConnectionId, String), Seen>);

/// How often that was, and when last.
#[derive(Default)]
struct Seen {
    times: i64,
    last_ms: i64,
    /// By the account's own tokens, which are no provider's.
    built_in: bool,
}

impl Anew {
    fn of(all: &[RefusedAnew]) -> Self {
        let mut by_target = HashMap::new();
        for one in all {
            let target = if one.group.is_empty() {
                name_target(&one.name)
            } else {
                id_target(&one.group)
            };
            let seen: &mut Seen = by_target.entry((one.connection, target)).or_default();
            seen.times += one.times;
            seen.last_ms = one.at_ms.max(seen.last_ms);
            seen.built_in = one.built_in;
        }
        Self(by_target)
    }

    /// Where the last time was since then.
    fn since(&self, connection: ConnectionId, target: String, since_ms: i64) -> Option<&Seen> {
        let found = self.0.get(&(connection, target));
        found.filter(|seen| seen.last_ms >= since_ms)
    }
}

fn id_target(scim_id: &str) -> String {
    format!("id {scim_id}")
}

fn name_target(name: &str) -> String {
    format!("name {}", fold(name))
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
            gone: false,
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
    let refused = &ground.refused;
    // Mostly there is nothing, and many groups.
    let renamed = |one: &Progress| one.renamed_ms.is_some();
    if refused.0.is_empty() && !end.pushing.iter().any(renamed) {
        return Ok(left);
    }
    // What was sent for the group itself is told of the newest of its runs.
    let newest = end.pushing.is_empty() || !runs::undone_again(tx, stored.key, member.key)?;
    for source in &ground.sources {
        let name = shown(&source.name);
        let mut pushing = end.pushing.iter();
        let one = pushing.find(|one| one.connection.id == source.id);
        if one.is_some_and(renamed) {
            let grants = store::legacy::grants(tx, member.key)?;
            let sent = end.pushing.iter().filter(|one| renamed(one));
            left.push(sent_before(member, grants, &name, sent.count() > 1));
            continue;
        }
        let by_name = name_target(&member.group.new_name);
        let by_name = refused.since(source.id, by_name, undone_ms);
        if one.is_none() {
            let told_from = tx.now_ms().saturating_sub(OTHERS_TOLD_MS);
            let told = by_name.filter(|seen| !seen.built_in && seen.last_ms >= told_from);
            // Whoever has been linked to the group since, or sends its old name, needs nothing
            // more; what they sent later is in the log alone.
            if let Some(seen) = told
                && !candidates::pushing(tx, member.key)?.contains(&source.id)
            {
                left.push(sent_elsewhere(member, &name, seen.times));
            }
            continue;
        }
        let by_id = id_target(&member.group.scim_id);
        let by_id = refused.since(source.id, by_id, undone_ms);
        let times = |seen: Option<&Seen>| seen.map_or(0, |seen| seen.times);
        let (made, itself) = (times(by_name), times(by_id.filter(|_| newest)));
        if made + itself > 0 {
            let sent = match itself {
                0 => Sent::Times(made),
                _ if !has_several(tx, member)? => Sent::Times(made + itself),
                _ if made > 0 => Sent::Often,
                _ => Sent::SomeName,
            };
            left.push(sent_since(member, &name, sent));
        }
    }
    Ok(left)
}

/// Whether migrations gave the group several names that were taken back: which of them was sent for
/// the group itself, nothing tells.
fn has_several(tx: &ReadTx<'_>, member: &Member) -> Result<bool> {
    let mut names = runs::names_taken_back(tx, member.key)?.into_iter();
    let first = names.next().map(|name| fold(&name));
    Ok(names.any(|name| Some(fold(&name)) != first))
}

/// What is known of what was sent since.
#[derive(Clone, Copy)]
enum Sent {
    /// The new name, so often.
    Times(i64),
    /// The new name, and perhaps others.
    Often,
    /// One of the names that migrations gave the group.
    SomeName,
}

/// What is to be done where a connection went over to the new name before the undo: of `several`
/// that went over to another name it is not kept which of them sent that one.
fn sent_before(member: &Member, grants: bool, connection: &str, several: bool) -> String {
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let name = if several {
        "another name than the old one".to_owned()
    } else {
        format!("the new name \"{new}\"")
    };
    let sent = format!("The connection \"{connection}\" sent {name} before the undo");
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
fn sent_since(member: &Member, connection: &str, sent: Sent) -> String {
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let (name, often) = match sent {
        Sent::Times(times) => (format!("the new name \"{new}\""), often(times)),
        Sent::Often => (format!("the new name \"{new}\""), String::new()),
        Sent::SomeName => (
            "a name that a migration had given the group".to_owned(),
            String::new(),
        ),
    };
    format!(
        "The connection \"{connection}\" has sent {name} since the undo, and was refused{often}; \
         link the group in that provider to \"{old}\", or give it that name back, or convert it \
         again."
    )
}

/// The same of a connection that never pushed the group: it has no other name to be given back.
fn sent_elsewhere(member: &Member, connection: &str, times: i64) -> String {
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let often = often(times);
    format!(
        "The connection \"{connection}\" has sent the new name \"{new}\" since the undo, and was \
         refused{often}; link the group in that provider to \"{old}\", or choose another name for \
         it there, or convert it again."
    )
}

fn often(times: i64) -> String {
    match times {
        1 => String::new(),
        times => format!(" {times} times"),
    }
}
