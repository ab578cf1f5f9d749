//! The turns that a bulk's operations take at the writer, and what they tell each other there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit};

use super::prepare::{Done, Part};
use crate::domain::error::{Error, Result};
use crate::domain::id::GroupScimId;
use crate::domain::reason::Reason;
use crate::http::caller::ScimCaller;
use crate::http::scim::error::ScimError;
use crate::scim::bulk::not_made;
use crate::store::tokens::Seat;
use crate::store::turn::{Taken, Turn};
use crate::store::writer::Write;

/// What became of an operation.
pub(super) type OneResult = std::result::Result<Done, ScimError>;
/// The same of all; `None`: it was not begun.
pub(super) type Results = Vec<Option<OneResult>>;

/// What the operations of a bulk know of each other. It is asked and told on the writer's
/// thread, in the order of the turns, so that an operation sees what came before it and
/// nothing else.
pub(super) struct Progress {
    errors_max: usize,
    errors: AtomicUsize,
    failed: Vec<AtomicBool>,
    bulk_ids: Vec<Option<String>>,
    /// Groups that were there already, by the ids that were promised for them.
    taken: Mutex<HashMap<GroupScimId, GroupScimId>>,
}

impl Progress {
    pub(super) fn new(
        errors_max: Option<usize>,
        bulk_ids: impl Iterator<Item = Option<String>>,
    ) -> Self {
        let bulk_ids: Vec<Option<String>> = bulk_ids.collect();
        Self {
            errors_max: errors_max.unwrap_or(usize::MAX),
            errors: AtomicUsize::new(0),
            failed: bulk_ids.iter().map(|_| AtomicBool::new(false)).collect(),
            bulk_ids,
            taken: Mutex::default(),
        }
    }

    /// A POST came to this: a legacy group keeps the id that it has.
    fn came_to(&self, promised: GroupScimId, done: &Done) {
        let made = done
            .made
            .as_deref()
            .and_then(|at| at.strip_prefix("/Groups/"));
        if let Some(id) = made.and_then(GroupScimId::parse)
            && id != promised
        {
            let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            taken.insert(promised, id);
        }
    }

    /// The group that an id means which may have been promised.
    pub(super) fn meant(&self, id: GroupScimId) -> GroupScimId {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.get(&id).cloned().unwrap_or(id)
    }

    /// Whether so many have failed that no more is to be tried (RFC 7644 3.7, `failOnErrors`).
    pub(super) fn is_over(&self) -> bool {
        self.errors.load(Ordering::Relaxed) >= self.errors_max
    }

    pub(super) fn fail(&self, at: usize) {
        if !self.failed[at].swap(true, Ordering::Relaxed) {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Errors: when an operation failed that is needed.
    fn check(&self, needs: &[usize]) -> std::result::Result<(), ScimError> {
        let failed = |&&at: &&usize| self.failed[at].load(Ordering::Relaxed);
        let missing = needs.iter().find(failed);
        missing.map_or(Ok(()), |&at| Err(self.not_made(at).into()))
    }

    fn not_made(&self, at: usize) -> crate::scim::Error {
        not_made(self.bulk_ids[at].as_deref().unwrap_or_default())
    }
}

/// Takes a turn for operations that are done together. Waits while the bulk requests have as
/// much of the queue as they may.
///
/// Errors: `Unavailable` when the server is read-only or stopping.
pub(super) async fn take(
    caller: &ScimCaller,
    progress: &Arc<Progress>,
    parts: Vec<Part>,
) -> Result<Taken<Option<Vec<OneResult>>>> {
    let places: Vec<usize> = parts.iter().map(|part| part.at).collect();
    let room = caller.state().bulk_room(places.len()).await;
    let room = room.map_err(|error: AcquireError| {
        Error::unavailable(
            Reason::Busy,
            "The server is stopping; send the request again.",
            1,
        )
        .with_source(error)
    })?;
    let (seat, known) = (caller.seat(), Arc::clone(progress));
    let job = move |turn: &mut Turn<'_, '_>| {
        if known.is_over() {
            return None;
        }
        let places: Vec<usize> = parts.iter().map(|part| part.at).collect();
        let results = run(turn, &seat, &known, parts);
        for (&at, result) in places.iter().zip(&results) {
            if result.is_err() {
                known.fail(at);
            }
        }
        Some(results)
    };
    let known = Arc::clone(progress);
    let settle = move |results: Option<Vec<OneResult>>, committed: Result<()>| {
        settle(&known, &places, room, results, committed)
    };
    caller.state().db().take_turn(job, settle).await
}

/// After the commit. When nothing was written, later turns must know.
fn settle(
    progress: &Progress,
    places: &[usize],
    room: OwnedSemaphorePermit,
    results: Option<Vec<OneResult>>,
    committed: Result<()>,
) -> Option<Vec<OneResult>> {
    drop(room);
    let results = results?;
    let Err(error) = committed else {
        return Some(results);
    };
    for &at in places {
        progress.fail(at);
    }
    let errors = for_each_of(error.into(), places.len());
    Some(errors.into_iter().map(Err).collect())
}

/// The same error for `count` operations, at least one.
pub(super) fn for_each_of(error: ScimError, count: usize) -> Vec<ScimError> {
    let wire = error.wire();
    let others = (1..count).map(|_| ScimError::from(wire.clone()));
    std::iter::once(error).chain(others).collect()
}

fn run(
    turn: &mut Turn<'_, '_>,
    seat: &Seat,
    progress: &Progress,
    mut parts: Vec<Part>,
) -> Vec<OneResult> {
    match parts.pop() {
        Some(only) if parts.is_empty() => vec![alone(turn, seat, progress, only)],
        Some(last) => {
            parts.push(last);
            together(turn, seat, progress, parts)
        }
        None => Vec::new(),
    }
}

fn alone(turn: &mut Turn<'_, '_>, seat: &Seat, progress: &Progress, part: Part) -> OneResult {
    let (request, log) = (part.write.request.clone(), part.write.log.as_ref());
    let log = log.map(|log| (log.note.clone(), Arc::clone(&log.logged)));
    let (needs, work, promised) = (part.needs, part.work, part.promised);
    let result = turn.write(part.write, |tx| {
        progress.check(&needs)?;
        work(tx)
    });
    if let (Some(promised), Ok(done)) = (promised, &result) {
        progress.came_to(promised, done);
    }
    // A token that is no longer good is refused before there is a savepoint.
    if let (Err(error), Some((note, logged))) = (&result, log)
        && !logged.load(Ordering::Relaxed)
    {
        turn.log_refusal(seat, &request, &note, &error.refusal());
    }
    result
}

/// Operations that need each other: all of them or none.
fn together(
    turn: &mut Turn<'_, '_>,
    seat: &Seat,
    progress: &Progress,
    parts: Vec<Part>,
) -> Vec<OneResult> {
    let places: Vec<usize> = parts.iter().map(|part| part.at).collect();
    let mut writes: Vec<Write<ScimError>> = Vec::with_capacity(parts.len());
    let mut works = Vec::with_capacity(parts.len());
    for part in parts {
        writes.push(part.write);
        works.push((part.needs, part.work));
    }
    let result = turn.write_together(&writes, |txs| {
        let each = txs.iter().zip(works).enumerate();
        each.map(|(i, (tx, (needs, work)))| {
            let done = progress.check(&needs).and_then(|()| work(tx));
            done.map_err(|error| (i, error))
        })
        .collect()
    });
    let (failed, error) = match result {
        Ok(all) => return all.into_iter().map(Ok).collect(),
        Err(failure) => failure,
    };
    let others = progress.not_made(places[failed]);
    let mut own = Some(error);
    let errors = (0..places.len()).map(|i| match own.take_if(|_| i == failed) {
        Some(own) => own,
        None => others.clone().into(),
    });
    let errors: Vec<ScimError> = errors.collect();
    for (write, error) in writes.iter().zip(&errors) {
        if let Some(log) = &write.log {
            turn.log_refusal(seat, &write.request, &log.note, &error.refusal());
        }
    }
    errors.into_iter().map(Err).collect()
}
