//! /Bulk: each operation is a write of its own, with its own savepoint, audit rows and row in
//! the provisioning log, under the request id of the bulk.
//!
//! The operations wait in the writer's queue with everybody else's writes and share commits
//! with them. All bulk requests together hold a bounded part of the queue, and wait for room
//! where others are refused. When the client goes away, or the time is over, what has a turn in
//! the queue is done and the rest is not begun; each operation is done whole or not at all.

mod prepare;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use tokio::sync::OwnedSemaphorePermit;

use super::error::ScimError;
use super::request::{BodySize, read_body};
use super::respond;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::GroupScimId;
use crate::domain::reason::Reason;
use crate::http::caller::ScimCaller;
use crate::http::observe::log_cause;
use crate::scim;
use crate::scim::bulk::{self, Bulk, Operation, Outcome};

use prepare::{Done, Part};
use turns::{Progress, Results};

/// When to come back after all places were taken for as long as a bulk request may last.
const BUSY_RETRY_SECONDS: u32 = 1;

/// POST /Bulk (RFC 7644 3.7). Its projection is nobody's: no resource is answered.
pub async fn bulk(
    caller: ScimCaller,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, ScimError> {
    // Who may not write takes no place from those who may.
    caller.require(Permission::ScimWrite)?;
    let _place = place(&caller).await?;
    let body = read_body(&caller, &req, payload, BodySize::Bulk).await?;
    let db = caller.state().db();
    let now_ms = db.clock().now_ms();
    let new_id = || db.entropy().uuid_v7(now_ms);
    let bulk = bulk::parse(body, caller.state().limits().bulk_operations, new_id)?;
    let outcomes = Run::of(&caller, bulk).finish().await;
    if let Some(undone) = Undone::of(&outcomes) {
        req.extensions_mut().insert(undone);
    }
    Ok(respond::json(bulk::render(&outcomes)))
}

/// A bulk request of which nothing was done, though it is answered 200 (RFC 7644 3.7.3): it counts
/// as its operations would have.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Undone {
    /// Whether one failed for a fault of this server's.
    pub(in crate::http) failed: bool,
    /// Whether the brake held all of them.
    pub(in crate::http) held: bool,
}

impl Undone {
    fn of(outcomes: &[Outcome]) -> Option<Self> {
        let refused = |one: &Outcome| one.status >= 400;
        let held = |one: &Outcome| {
            let mut error = one.error.iter();
            error.any(|error| error.reason == Reason::Brake)
        };
        (!outcomes.is_empty() && outcomes.iter().all(refused)).then(|| Self {
            failed: outcomes.iter().any(|one| one.status >= 500),
            held: outcomes.iter().all(held),
        })
    }
}

/// A place among the bulk requests that are done at once, kept until the answer is written.
///
/// Errors: `Unavailable` when none comes free in the time of a bulk request.
async fn place(caller: &ScimCaller) -> Result<OwnedSemaphorePermit> {
    let patience = Duration::from_secs(caller.state().limits().bulk_seconds);
    let place = tokio::time::timeout(patience, caller.state().bulk_request()).await;
    let error = match place {
        Ok(Ok(place)) => return Ok(place),
        Ok(Err(closed)) => Error::unavailable(
            Reason::Busy,
            "The server is stopping; send the request again.",
            BUSY_RETRY_SECONDS,
        )
        .with_source(closed),
        Err(_) => Error::unavailable(
            Reason::Busy,
            "The server has as many bulk requests as it does at once; send fewer in parallel, \
             and this one again.",
            BUSY_RETRY_SECONDS,
        ),
    };
    Err(error)
}

/// A bulk request that is being done.
struct Run<'c> {
    caller: &'c ScimCaller,
    /// What was sent, until it is handed over.
    operations: Vec<Option<Operation>>,
    units: Vec<Vec<usize>>,
    /// What is answered of each operation.
    outcomes: Vec<Outcome>,
    /// What became of it; `None`: it was not begun.
    results: Results,
    progress: Arc<Progress>,
    started_us: u64,
}

impl<'c> Run<'c> {
    fn of(caller: &'c ScimCaller, bulk: Bulk) -> Self {
        let base_url = caller.base_url();
        let outcome = |operation: &Operation| Outcome {
            location: operation
                .location
                .as_ref()
                .map(|location| format!("{base_url}{location}")),
            method: operation.method.clone(),
            bulk_id: operation.bulk_id.clone(),
            version: None,
            status: 0,
            error: None,
        };
        let outcomes: Vec<Outcome> = bulk.operations.iter().map(outcome).collect();
        let bulk_ids = outcomes.iter().map(|outcome| outcome.bulk_id.clone());
        Self {
            caller,
            progress: Arc::new(Progress::new(bulk.fail_on_errors, bulk_ids)),
            operations: bulk.operations.into_iter().map(Some).collect(),
            units: bulk.units,
            results: outcomes.iter().map(|_| None).collect(),
            outcomes,
            started_us: caller.state().db().clock().monotonic_us(),
        }
    }

    /// What is left of the time in which operations may be begun.
    fn left(&self) -> Duration {
        let now_us = self.caller.state().db().clock().monotonic_us();
        let limit_us = self.caller.state().limits().bulk_seconds * 1_000_000;
        let end_us = self.started_us.saturating_add(limit_us);
        Duration::from_micros(end_us.saturating_sub(now_us))
    }

    async fn finish(mut self) -> Vec<Outcome> {
        let mut taken = Vec::new();
        let mut late = false;
        for unit in std::mem::take(&mut self.units) {
            if self.progress.is_over() {
                break;
            }
            let left = self.left();
            late |= left.is_zero();
            if late {
                self.tell_late(&unit);
                continue;
            }
            let parts: Vec<Part> = unit.iter().filter_map(|&at| self.part(at)).collect();
            let turn = turns::take(self.caller, &self.progress, parts);
            match tokio::time::timeout(left, turn).await {
                Ok(Ok(turn)) => taken.push((unit, turn)),
                Ok(Err(error)) => self.tell(&unit, error),
                Err(_) => {
                    late = true;
                    self.tell_late(&unit);
                }
            }
        }
        for (unit, turn) in taken {
            match turn.answer().await {
                Ok(Some(results)) => {
                    for (&at, result) in unit.iter().zip(results) {
                        self.results[at] = Some(result);
                    }
                }
                // Enough errors were there when its turn came.
                Ok(None) => {}
                Err(error) => self.tell(&unit, error),
            }
        }
        self.outcomes()
    }

    fn part(&mut self, at: usize) -> Option<Part> {
        let operation = self.operations[at].take()?;
        Some(Part::of(self.caller, &self.progress, at, operation))
    }

    /// Nothing was done of these: they never came to the writer.
    fn tell(&mut self, unit: &[usize], error: Error) {
        let errors = turns::for_each_of(error.into(), unit.len());
        for (&at, error) in unit.iter().zip(errors) {
            self.progress.fail(at);
            self.results[at] = Some(Err(error));
        }
    }

    /// The client must learn of each operation that it was not begun. These are no errors that
    /// count: nobody tried.
    fn tell_late(&mut self, unit: &[usize]) {
        let seconds = self.caller.state().limits().bulk_seconds;
        for &at in unit {
            let error = scim::Error {
                status: 503,
                scim_type: None,
                detail: format!(
                    "The bulk request had used up its {seconds} seconds before this operation \
                     was begun; send the operation again."
                ),
                reason: Reason::Timeout,
            };
            self.results[at] = Some(Err(error.into()));
        }
    }

    /// What the answer lists, in the order of the request: all that was processed.
    fn outcomes(self) -> Vec<Outcome> {
        let base_url = self.caller.base_url();
        let meant = |location: &String| {
            let id = location.strip_prefix(base_url)?.strip_prefix("/Groups/")?;
            let id = self.progress.meant(GroupScimId::parse(id)?);
            Some(format!("{base_url}/Groups/{id}"))
        };
        let results = self.outcomes.into_iter().zip(self.results);
        results
            .filter_map(|(mut outcome, result)| {
                let result = result?;
                if let Some(meant) = outcome.location.as_ref().and_then(meant) {
                    outcome.location = Some(meant);
                }
                match result {
                    Ok(Done {
                        made,
                        version,
                        status,
                    }) => {
                        if let Some(made) = made {
                            outcome.location = Some(format!("{base_url}{made}"));
                        }
                        outcome.version = version;
                        outcome.status = status;
                    }
                    Err(error) => {
                        log_cause(self.caller.request_id(), &error);
                        let error = error.wire();
                        outcome.status = error.status;
                        outcome.error = Some(error);
                    }
                }
                Some(outcome)
            })
            .collect()
    }
}
