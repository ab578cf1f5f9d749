//! The plan is carried out.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::check;
use super::decided;
use super::draft::{Draft, Whom, Work};
use super::groups;
use super::runs::whole;
use crate::app::guards;
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{MemberId, MigrationId};
use crate::domain::legacy::access::Accesses;
use crate::domain::legacy::plan::{AccessRole, ConvertRequest, Plan};
use crate::domain::legacy::run::Run;
use crate::domain::policy::granted;
use crate::store;
use crate::store::Db;
use crate::store::backup::{self, Report};
use crate::store::grants::bulk::{Circle, Crowd};
use crate::store::groups::GroupKey;
use crate::store::legacy::runs;
use crate::store::tokens::Seat;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::Write;

/// Carries the plan out, in one transaction after a backup: all of it or nothing. Blocks until
/// it is done, for as long as a backup takes: for threads that may. Asked again under the same
/// id it answers the run and changes nothing. `write` and `seat` are the caller's, `write` with
/// the permission `DirectoryWrite`.
///
/// Errors: `Forbidden` (permission; a role that the caller may not give; the last Super
/// Administrator), `Conflict` (something that matters changed since the plan; the id is another
/// plan's; somebody's access would change and is not confirmed; undecided groups; conflicts of
/// names), `Invalid` (as for the plan; nothing to convert), `StorageFull`.
pub fn convert(db: &Db, seat: &Seat, write: Write<Error>, asked: ConvertRequest) -> Result<Run> {
    // What is refused needs no backup, and keeps nobody waiting.
    if let Some(run) = db.read(seat, |tx| preview(tx, &asked))? {
        return Ok(run);
    }
    // The plan's id alone would do, but for what a crash or another caller left.
    let other = MigrationId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms()));
    let report = backup::create_named(db, &format!("provost-legacy-{}-{other}.db", asked.id))?;
    let backup = report.clone();
    let done = db.write_blocking(write, move |tx| carry_out(tx, &asked, &backup));
    if !matches!(&done, Ok((_, true))) {
        backup::discard(&report);
    }
    done.map(|(run, _)| run)
}

/// Whether [`convert`] would be refused; the run when it was made already.
///
/// Errors: as [`convert`].
pub fn preview(tx: &ReadTx<'_>, asked: &ConvertRequest) -> Result<Option<Run>> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    if let Some(run) = made(tx, asked)? {
        return Ok(Some(run));
    }
    let draft = drafted(tx, asked)?;
    allowed(tx, &draft, asked)?;
    Ok(None)
}

/// The run that was made of the plan.
///
/// Errors: `Conflict` (of another plan).
fn made(tx: &ReadTx<'_>, asked: &ConvertRequest) -> Result<Option<Run>> {
    let Some(stored) = runs::find(tx, asked.id)? else {
        return Ok(None);
    };
    if stored.outline.fingerprint != asked.fingerprint {
        return Err(check::another_plan(asked.id));
    }
    whole(tx, stored).map(Some)
}

/// The plan as it is now. Its decisions fitted when it was made: if they do not any more, it is
/// stale.
fn drafted(tx: &ReadTx<'_>, asked: &ConvertRequest) -> Result<Draft> {
    Draft::make(tx, asked.id, &asked.options, Whom::Everybody).or_else(|error| {
        if error.kind() == Kind::Invalid && Draft::is_planned(&asked.fingerprint, &asked.options)? {
            return Err(check::no_longer_fits(&error));
        }
        Err(error)
    })
}

/// Everything that can be refused before anything is changed.
fn allowed(tx: &ReadTx<'_>, draft: &Draft, asked: &ConvertRequest) -> Result<()> {
    check::request(&draft.plan, asked)?;
    for one in draft.work.iter().filter(|one| one.takes_part()) {
        guards::may_give(tx, &granted(&one.before, &one.after))?;
    }
    Ok(())
}

/// The run, and whether it was made just now.
fn carry_out(tx: &WriteTx<'_>, asked: &ConvertRequest, backup: &Report) -> Result<(Run, bool)> {
    tx.require(Permission::DirectoryWrite)?;
    guards::may_set_policies(tx)?;
    if let Some(run) = made(tx, asked)? {
        return Ok((run, false));
    }
    let mut draft = drafted(tx, asked)?;
    allowed(tx, &draft, asked)?;
    let confirmed: HashSet<MemberId> = asked.confirmed.iter().copied().collect();
    for person in &mut draft.plan.people {
        person.confirmed = person.changes() && confirmed.contains(&person.id);
    }
    let file = backup.file.display().to_string();
    let event = Event::new(Action::BackupCreate, &backup.sha256, file.as_str());
    let mut facts = backup::facts(backup);
    crate::app::members::note(&mut facts, "migration", json!(asked.id));
    store::audit::append(tx, event.after(facts))?;
    let run = runs::insert(tx, &draft.plan, &file)?;
    let Draft { plan, work } = draft;
    let taking_part: Vec<Work> = work.into_iter().filter(Work::takes_part).collect();
    let keys = guards::keeping_super_administrator(tx, || {
        groups::convert_all(tx, asked.id, run, &taking_part)
    })?;
    prove(tx, &plan, &keys)?;
    let summary = serde_json::to_value(&plan.summary).map_err(Error::internal)?;
    let event = Event::new(Action::MigrationConvert, asked.id, "").after(json!({
        "fingerprint": plan.fingerprint,
        "summary": summary,
        "confirmed": asked.confirmed.len(),
        "backup": file,
    }));
    store::audit::append(tx, event)?;
    // A file's groups are none of those that anybody decided of.
    if asked.options.import.is_none() {
        decided::forget_all(tx)?;
        decided::keep_left_out(tx, &plan)?;
    }
    let stored = runs::get_stored(tx, asked.id)?;
    Ok((whole(tx, stored)?, true))
}

/// Compares what everybody in the groups may do now with what the plan says.
///
/// Errors: `Conflict`, with those who have something else.
fn prove(tx: &ReadTx<'_>, plan: &Plan, keys: &[GroupKey]) -> Result<()> {
    let circles: Vec<Circle> = keys.iter().map(|key| Circle::Group(*key)).collect();
    let crowd = Crowd::of(tx, &circles)?;
    let carried = crowd.carried(tx)?;
    let mut accesses = Accesses::default();
    let places = crowd.access(tx, &carried, &mut accesses)?;
    let promised: HashMap<MemberId, &[AccessRole]> = plan
        .people
        .iter()
        .map(|person| (person.id, plan.access_at(person.after)))
        .collect();
    let mut others = Vec::new();
    for (person, place) in crowd.people.iter().zip(places) {
        let promised = promised.get(&person.id).copied().unwrap_or_default();
        if accesses.at(place) != promised {
            others.push(person.user_name.as_str());
        }
    }
    if others.is_empty() {
        return Ok(());
    }
    Err(check::not_as_planned(&others))
}
