//! One transaction of the writer: each write in a savepoint of its own.

mod together;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rusqlite::{Connection, ffi};

use super::brake::{self, Held};
use super::recall::Touched;
use super::tokens::{self, Seat, SeatMap};
use super::tx::{AuditTail, ReadTx, Scope, Surroundings, WriteTx};
use super::writer::{Authority, Shared, Write, copy_of, ended};
use super::{accounts, audit, provisioning, sessions};
use crate::domain::actor::Request;
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::provisioning::{Note, Refusal};
use crate::domain::reason::Reason;

/// What the writer remembers between transactions: exact, since only it writes.
#[derive(Default)]
pub(in crate::store) struct Memory {
    pub(in crate::store) seats: SeatMap,
    audit_tail: AuditTail,
}

impl Memory {
    /// After a transaction that came to nothing.
    pub(in crate::store) fn forget(&mut self) {
        self.seats.clear();
        self.audit_tail.set(None);
    }
}

/// One transaction of the writer.
pub(in crate::store) struct Batch<'b> {
    conn: &'b Connection,
    shared: &'b Shared,
    memory: &'b mut Memory,
    pub(in crate::store) credentials_changed: bool,
    /// The accounts whose people may read differently after this transaction.
    pub(in crate::store) touched: Touched,
    /// Those, and the accounts that somebody new is in.
    pub(in crate::store) peopled: Touched,
    /// SQLite has rolled the whole transaction back: nobody in it was written.
    pub(in crate::store) lost: bool,
    pub(in crate::store) cause: Option<rusqlite::Error>,
}

impl<'b> Batch<'b> {
    pub(in crate::store) fn new(
        conn: &'b Connection,
        shared: &'b Shared,
        memory: &'b mut Memory,
    ) -> Self {
        Self {
            conn,
            shared,
            memory,
            credentials_changed: false,
            touched: Touched::default(),
            peopled: Touched::default(),
            lost: false,
            cause: None,
        }
    }

    pub(in crate::store) fn broken(
        conn: &'b Connection,
        shared: &'b Shared,
        memory: &'b mut Memory,
    ) -> Self {
        Self {
            lost: true,
            ..Self::new(conn, shared, memory)
        }
    }

    pub(in crate::store) fn run<T, E: From<Error>>(
        &mut self,
        write: Write<E>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.lost {
            return Err(ended().into());
        }
        let result = match self.seat(&write) {
            Ok(seat) => self.in_savepoint(&seat, &write, f),
            Err(error) => Err(error.into()),
        };
        self.is_over(result.as_ref().err().map(|error| (error, &write)));
        result
    }

    /// Whether the whole transaction has ended, earlier savepoints included, as some errors
    /// have it. Remembers why, from the write that `failed`.
    fn is_over<E>(&mut self, failed: Option<(&E, &Write<E>)>) -> bool {
        if !self.conn.is_autocommit() {
            return false;
        }
        self.lost = true;
        self.memory.forget();
        if let Some((error, write)) = failed
            && let Some(log) = &write.log
        {
            let reason = (log.refusal)(error).reason;
            self.cause = self.cause.take().or_else(|| storage_failure(reason));
        }
        true
    }

    fn in_savepoint<T, E: From<Error>>(
        &mut self,
        seat: &Seat,
        write: &Write<E>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.execute("SAVEPOINT job")?;
        let tail = self.memory.audit_tail.get();
        let (result, state) = {
            let now_ms = self.shared.clock.now_ms();
            let read = ReadTx::new(self.conn, seat.scope, &seat.actor, now_ms);
            let success = write.log.as_ref().map_or(0, |log| log.success);
            let tx = WriteTx::new(read, self.around(&write.request, success));
            let result = catch_unwind(AssertUnwindSafe(|| {
                let value = tx
                    .require(write.permission)
                    .map_err(E::from)
                    .and_then(|()| f(&tx))?;
                if let Some(log) = &write.log {
                    let took = self.took(write);
                    provisioning::append_success(&tx, &log.note, took)?;
                    log.logged.store(true, Ordering::Relaxed);
                }
                Ok(value)
            }));
            let state = tx.state.into_inner();
            (result, state)
        };
        let result = result.unwrap_or_else(|_| {
            tracing::error!(request = %write.request.id, "a write panicked");
            Err(Error::internal("a write panicked").into())
        });
        match result {
            Ok(value) => {
                self.execute("RELEASE job")?;
                self.note_people(seat, state.changes_people(), state.makes_people);
                if state.credentials_changed {
                    self.memory.seats.clear();
                    self.credentials_changed = true;
                }
                Ok(value)
            }
            Err(error) => {
                self.memory.audit_tail.set(tail);
                if !self.conn.is_autocommit() {
                    self.execute("ROLLBACK TO job")?;
                    self.execute("RELEASE job")?;
                    if let Some(held) = &state.held {
                        self.record_held(seat, &write.request, held);
                    }
                    self.log_refusal(seat, write, &state.note, &error);
                }
                Err(error)
            }
        }
    }

    /// Whether those who are there may read differently after a write, and whether there are more.
    fn note_people(&mut self, seat: &Seat, changed: bool, made: bool) {
        if changed {
            self.touched.add(seat.scope.account);
        }
        if changed || made {
            self.peopled.add(seat.scope.account);
        }
    }

    /// Writes the refusal's row beside the batch's other writes: what was refused is undone,
    /// that it was refused is not.
    fn log_refusal<E>(&mut self, seat: &Seat, write: &Write<E>, note: &Note, error: &E) {
        let Some(log) = &write.log else { return };
        let note = if note.target.kind.is_empty() {
            &log.note
        } else {
            note
        };
        self.append_refusal(seat, &write.request, note, &(log.refusal)(error));
        log.logged.store(true, Ordering::Relaxed);
    }

    /// A refusal's row; one for want of permission is in the audit log too.
    pub(in crate::store) fn append_refusal(
        &mut self,
        seat: &Seat,
        request: &Request,
        note: &Note,
        refusal: &Refusal,
    ) {
        let took = self
            .shared
            .clock
            .monotonic_us()
            .saturating_sub(request.started_us);
        let audited = refusal.status == 403 && self.tells(seat, refusal.reason);
        self.append_beside(seat, request, refusal.status, |tx| {
            provisioning::append(tx, note, refusal.outcome(), refusal, took)?;
            if audited {
                let target = &note.target;
                audit::append(tx, denial(&target.id, &target.name, refusal.reason))?;
            }
            Ok(())
        });
    }

    /// Whether the audit log is to have a row of a refusal for want of permission (T-105): of an
    /// address that bars a token it has one a minute.
    fn tells(&self, seat: &Seat, reason: Reason) -> bool {
        let now_ms = self.shared.clock.now_ms();
        !reason.is_of_credential() || self.shared.activity.tells_barred(seat, now_ms)
    }

    /// Writes down what the brake refused: it is undone, that it waits is not.
    pub(in crate::store) fn record_held(&mut self, seat: &Seat, request: &Request, held: &Held) {
        let status = if held.discarded { 403 } else { 429 };
        self.append_beside(seat, request, status, |tx| brake::record(tx, held));
    }

    /// Writes the audit row of a request that was refused for want of permission.
    pub(in crate::store) fn append_denial(
        &mut self,
        seat: &Seat,
        request: &Request,
        reason: Reason,
    ) {
        self.append_beside(seat, request, 403, |tx| {
            audit::append(tx, denial("", "", reason))
        });
    }

    /// Writes rows of logs, and what the brake holds, in a savepoint of their own beside the
    /// batch's other writes.
    fn append_beside(
        &mut self,
        seat: &Seat,
        request: &Request,
        status: u16,
        append: impl FnOnce(&WriteTx<'_>) -> Result<()>,
    ) {
        if self.lost {
            return;
        }
        let tail = self.memory.audit_tail.get();
        let written = self.execute("SAVEPOINT refusal").and_then(|()| {
            let now_ms = self.shared.clock.now_ms();
            let read = ReadTx::new(self.conn, seat.scope, &seat.actor, now_ms);
            let tx = WriteTx::new(read, self.around(request, status));
            append(&tx)
        });
        let ended = match written {
            Ok(()) => self.execute("RELEASE refusal"),
            Err(error) => {
                tracing::warn!(?error, "a refusal could not be logged");
                self.memory.audit_tail.set(tail);
                self.execute("ROLLBACK TO refusal")
                    .and_then(|()| self.execute("RELEASE refusal"))
            }
        };
        if let Err(error) = ended {
            tracing::error!(?error, "a savepoint could not be ended");
        }
        self.lost |= self.conn.is_autocommit();
    }

    fn around<'r>(&'r self, request: &'r Request, success: u16) -> Surroundings<'r> {
        Surroundings {
            request,
            entropy: &self.shared.entropy,
            keys: &self.shared.keys,
            audit_tail: &self.memory.audit_tail,
            success,
        }
    }

    fn took<E>(&self, write: &Write<E>) -> u64 {
        self.shared
            .clock
            .monotonic_us()
            .saturating_sub(write.request.started_us)
    }

    /// Remembers why a statement of ours failed, for those whose writes go down with it.
    fn execute(&mut self, sql: &str) -> Result<()> {
        let done = self
            .conn
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute([]));
        match done {
            Ok(_) => Ok(()),
            Err(error) => {
                // A savepoint that can't be ended may hold half of a write: nothing of this
                // transaction may be committed.
                self.lost = true;
                self.memory.forget();
                let copy = copy_of(&error);
                self.cause = Some(error);
                Err(copy)
            }
        }
    }

    /// See [`super::Db::credential_now_ms`].
    fn credential_now_ms(&self) -> i64 {
        let seen_ms = self.shared.last_seen_ms.load(Ordering::Relaxed);
        self.shared.clock.now_ms().max(seen_ms)
    }

    /// The seat as it is now, in this transaction.
    fn seat<E>(&mut self, write: &Write<E>) -> Result<Arc<Seat>> {
        match &write.authority {
            Authority::Token { secret, account } => {
                let seat = if let Some(seat) = self.memory.seats.get(secret) {
                    Arc::clone(seat)
                } else {
                    let found = tokens::seat_of(self.conn, secret)?;
                    let seat = Arc::new(found.ok_or_else(tokens::unknown_token)?);
                    if seat.can_be_remembered() {
                        self.memory.seats.insert(*secret, Arc::clone(&seat));
                    }
                    seat
                };
                seat.check(*account, self.credential_now_ms(), write.request.address)?;
                Ok(seat)
            }
            Authority::Session { secret, account } => {
                let now_ms = self.credential_now_ms();
                let found = sessions::seat_of(self.conn, secret, *account, now_ms)?;
                Ok(Arc::new(found.seat))
            }
            Authority::Local { actor, account } => {
                let seat = Seat::local(actor.clone(), Scope::default(), *account);
                let Some(id) = account else {
                    return Ok(Arc::new(seat));
                };
                let key = accounts::key(self.conn, *id)?;
                let key = key.ok_or_else(|| Error::not_found("account", id))?;
                Ok(Arc::new(seat.on_account(key)))
            }
        }
    }
}

/// What SQLite must have said when a write failed for this reason: the others of its
/// transaction are told the same.
fn storage_failure(reason: Reason) -> Option<rusqlite::Error> {
    let code = match reason {
        Reason::StorageFull => ffi::SQLITE_FULL,
        Reason::ReadOnly => ffi::SQLITE_IOERR,
        _ => return None,
    };
    Some(rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
}

fn denial(id: &str, name: &str, reason: Reason) -> Event {
    Event::new(Action::RequestDenied, id, name)
        .after(serde_json::json!({ "reason": reason.code() }))
        .refused()
}
