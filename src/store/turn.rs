//! A turn of the writer: a job that says at its turn what it writes. A bulk is made of these:
//! each of its operations waits in the queue like any other write, and what the earlier ones
//! came to is known when its turn comes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::sync::oneshot;

use super::Db;
use super::batch::Batch;
use super::tokens::Seat;
use super::tx::WriteTx;
use super::writer::{Job, Write, ended};
use crate::domain::actor::Request;
use crate::domain::error::{Error, Result};
use crate::domain::provisioning::{Note, Refusal};

/// The writer, while a job has it.
pub struct Turn<'t, 'b>(&'t mut Batch<'b>);

impl Turn<'_, '_> {
    /// Runs `f` in its own savepoint, as [`Db::write`] does; the commit comes later.
    ///
    /// Errors: as [`Db::write`], but for those of the commit.
    pub fn write<T, E: From<Error>>(
        &mut self,
        write: Write<E>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.run(write, f)
    }

    /// Runs `f` in one savepoint with a transaction for each of `writes`: all of them are
    /// written, each with its row in the provisioning log, or none. They act on the authority
    /// of the first. Refusals are the caller's to log.
    ///
    /// Errors: which of them failed, and how; as [`Turn::write`].
    pub fn write_together<T, E: From<Error>>(
        &mut self,
        writes: &[Write<E>],
        f: impl FnOnce(&[WriteTx<'_>]) -> Result<Vec<T>, (usize, E)>,
    ) -> Result<Vec<T>, (usize, E)> {
        self.0.run_together(writes, f)
    }

    /// Writes the row of a refusal that has none yet.
    pub fn log_refusal(&mut self, seat: &Seat, request: &Request, note: &Note, refusal: &Refusal) {
        self.0.append_refusal(seat, request, note, refusal);
    }
}

/// A turn that was taken in the queue.
pub struct Taken<R>(oneshot::Receiver<R>);

impl<R> Taken<R> {
    /// Waits for the commit.
    ///
    /// Errors: `Unavailable` when the server stops before.
    pub async fn answer(self) -> Result<R> {
        self.0.await.map_err(|_| ended())
    }
}

impl Db {
    /// Waits for room in the writer's queue and takes a turn there; from then on it runs to its
    /// end, whoever stops waiting. `settle` is called on the writer after the commit, with
    /// what `job` gave and with the error when nothing of it was written: before any later
    /// turn that is in another commit.
    ///
    /// Errors: `Unavailable` when the server is read-only or stopping.
    pub async fn take_turn<R: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Turn<'_, '_>) -> R + Send + 'static,
        settle: impl FnOnce(R, Result<()>) -> R + Send + 'static,
    ) -> Result<Taken<R>> {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            let result = catch_unwind(AssertUnwindSafe(|| job(&mut Turn(batch))));
            let Ok(result) = result else {
                // Who waits is told that no answer comes; the writer goes on.
                tracing::error!("a turn of the writer panicked");
                return Box::new(|_| ());
            };
            Box::new(move |committed| {
                // Nobody waits any more: what was written stands all the same.
                let _ = send.send(settle(result, committed));
            })
        });
        self.jobs()?.send(job).await.map_err(|_| ended())?;
        Ok(Taken(receive))
    }
}
