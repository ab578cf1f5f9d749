//! Writes that stand or fall together, each under its own request.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use super::super::provisioning;
use super::super::tokens::Seat;
use super::super::tx::{ReadTx, WriteState, WriteTx};
use super::super::writer::{Write, ended};
use super::Batch;
use crate::domain::error::{Error, Result};

/// What may have changed for others.
#[derive(Clone, Copy)]
struct Changes {
    credentials: bool,
    people: bool,
    made: bool,
}

impl Batch<'_> {
    /// See [`super::super::turn::Turn::write_together`].
    pub(in crate::store) fn run_together<T, E: From<Error>>(
        &mut self,
        writes: &[Write<E>],
        f: impl FnOnce(&[WriteTx<'_>]) -> Result<Vec<T>, (usize, E)>,
    ) -> Result<Vec<T>, (usize, E)> {
        if self.lost {
            return Err((0, ended().into()));
        }
        let Some(first) = writes.first() else {
            return Ok(Vec::new());
        };
        let seat = self.seat(first).map_err(first_of)?;
        let tail = self.memory.audit_tail.get();
        self.execute("SAVEPOINT job").map_err(first_of)?;
        let result = catch_unwind(AssertUnwindSafe(|| self.all_of(&seat, writes, f)));
        let result = result.unwrap_or_else(|_| {
            tracing::error!(request = %first.request.id, "a write panicked");
            Err((0, Error::internal("a write panicked").into()))
        });
        let failed = result.as_ref().err();
        let failed = failed.and_then(|(at, error)| Some((error, writes.get(*at)?)));
        if self.is_over(failed) {
            // No savepoint is left to be undone.
        } else if let Ok((_, changes)) = &result {
            let Changes {
                credentials,
                people,
                made,
            } = *changes;
            self.execute("RELEASE job").map_err(first_of)?;
            self.note_people(&seat, people, made);
            if credentials {
                self.memory.seats.clear();
                self.credentials_changed = true;
            }
        } else {
            self.memory.audit_tail.set(tail);
            let undone = self
                .execute("ROLLBACK TO job")
                .and_then(|()| self.execute("RELEASE job"));
            undone.map_err(first_of)?;
        }
        result.map(|(values, _)| values)
    }

    /// What `f` gives, and what may have changed by it.
    fn all_of<T, E: From<Error>>(
        &self,
        seat: &Seat,
        writes: &[Write<E>],
        f: impl FnOnce(&[WriteTx<'_>]) -> Result<Vec<T>, (usize, E)>,
    ) -> Result<(Vec<T>, Changes), (usize, E)> {
        let now_ms = self.shared.clock.now_ms();
        let read = || ReadTx::new(self.conn, seat.scope, &seat.actor, now_ms);
        let mut txs = Vec::with_capacity(writes.len());
        for write in writes {
            let success = write.log.as_ref().map_or(0, |log| log.success);
            let tx = WriteTx::new(read(), self.around(&write.request, success));
            tx.require(write.permission).map_err(first_of)?;
            txs.push(tx);
        }
        let values = f(&txs)?;
        for (index, (write, tx)) in writes.iter().zip(&txs).enumerate() {
            let Some(log) = &write.log else { continue };
            provisioning::append_success(tx, &log.note, self.took(write))
                .map_err(|error| (index, error.into()))?;
            log.logged.store(true, Ordering::Relaxed);
        }
        let any = |changed: fn(&WriteState) -> bool| {
            let mut states = txs.iter().map(|tx| tx.state.borrow());
            states.any(|state| changed(&state))
        };
        let changes = Changes {
            credentials: any(|state| state.credentials_changed),
            people: any(WriteState::changes_people),
            made: any(|state| state.makes_people),
        };
        Ok((values, changes))
    }
}

fn first_of<E: From<Error>>(error: Error) -> (usize, E) {
    (0, error.into())
}
