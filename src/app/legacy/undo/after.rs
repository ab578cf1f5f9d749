//! What an undo left to be done elsewhere, or did not put back, for as long as it is so.

use crate::domain::error::Result;
use crate::domain::legacy::run::{Kept, RunState};
use crate::domain::text::shown;
use crate::store;
use crate::store::legacy::candidates;
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
    for (member, end) in members.iter().zip(&ends) {
        let converted = member.group.undone && !member.group.made;
        if converted {
            of_group(tx, stored, (member, end), &mut kept)?;
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

/// Nothing of a group that was renamed or converted again since, or is gone.
fn of_group(
    tx: &ReadTx<'_>,
    stored: &Stored,
    (member, end): (&Member, &End),
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
    let mut keep = |message| {
        kept.push(Kept {
            group: member.group.clone(),
            of_run: false,
            message,
        });
    };
    let (old, new) = (&member.group.old_name, shown(&member.group.new_name));
    let sources = candidates::sources(tx)?;
    for one in end.pushing.iter().filter(|one| one.renamed_ms.is_some()) {
        let mut sources = sources.iter();
        let Some(source) = sources.find(|source| source.id == one.connection.id) else {
            continue;
        };
        let then = match member.legacy {
            Some(_) => "and is refused with it",
            None => "and gives it to the group again with its next push",
        };
        keep(format!(
            "The connection \"{}\" sent the new name \"{new}\" before the undo, {then}; give the \
             group its old name \"{old}\" back in that provider, or convert it again.",
            shown(&source.name)
        ));
    }
    let since = stored.head.converted_ms;
    let added = candidates::added_between(tx, member.key, since, undone_ms)?;
    if added > 0 {
        keep(format!(
            "{added} {} into the group between the conversion and the undo, and {} in it; \
             memberships are not put back.",
            if added == 1 {
                "person came"
            } else {
                "people came"
            },
            if added == 1 { "is" } else { "are" }
        ));
    }
    Ok(())
}
