//! The writer: one thread that takes every write that waits, runs each in its own savepoint
//! of one transaction, commits once, and only then answers all of them.
//!
//! It never waits to gather a batch: while one commit reaches the disk, the next batch forms
//! by itself.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, ErrorCode, ffi};
use tokio::sync::{mpsc, oneshot};

use super::activity::Activity;
use super::batch::{Batch, Memory};
use super::keys::Keys;
use super::open::{OpenError, is_damage};
use super::recall::Changes;
use super::tokens::{Seat, SecretHash};
use super::tx::WriteTx;
use super::{Condition, Db, checkpoint};
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::error::{Error, Result};
use crate::domain::id::AccountId;
use crate::domain::provisioning::{Note, Refusal};
use crate::domain::reason::Reason;
use crate::env::{Clock, Entropy};

/// A batch stops taking more after this long, so that the first in it is not kept waiting.
const BATCH_MICROSECONDS_MAX: u64 = 20_000;
/// Seconds that a client waits when the queue is full.
const BUSY_RETRY_SECONDS: u32 = 1;

/// On whose authority a write runs. A token's is looked up again inside the savepoint: it may
/// have been revoked while the write waited.
#[derive(Debug, Clone)]
pub enum Authority {
    Token {
        secret: SecretHash,
        account: AccountId,
    },
    /// An operator's session, and the account they are in; `None`: the box.
    Session {
        secret: SecretHash,
        account: Option<AccountId>,
    },
    Local {
        actor: Actor,
        account: Option<AccountId>,
    },
}

/// What a write is, beside what it does.
pub struct Write<E> {
    pub authority: Authority,
    /// What the token must (still) allow.
    pub permission: Permission,
    pub request: Request,
    /// For requests that the provisioning log keeps: the usual status of success, and how an
    /// error reads there.
    pub log: Option<LogSpec<E>>,
}

impl<E> Write<E> {
    /// Whether a caller on this machine may do what it asks, before the write is queued.
    ///
    /// Errors: `Forbidden`, for every token too: those are looked up inside the write.
    pub fn require(&self, permission: Permission) -> Result<()> {
        match &self.authority {
            Authority::Local { actor, .. } if actor.allows(permission) => Ok(()),
            Authority::Local { .. } | Authority::Session { .. } | Authority::Token { .. } => {
                Err(Error::forbidden(
                    Reason::PermissionMissing,
                    format!(
                        "This caller may not {}; use the command line on the server's machine.",
                        permission.name()
                    ),
                ))
            }
        }
    }
}

pub struct LogSpec<E> {
    pub success: u16,
    pub refusal: fn(&E) -> Refusal,
    /// What is known of the target before the work begins.
    pub note: Note,
    /// Set once the row is in the transaction.
    pub logged: Arc<AtomicBool>,
}

pub(in crate::store) type Answer = Box<dyn FnOnce(Result<()>) + Send>;
pub(in crate::store) type Job = Box<dyn FnOnce(&mut Batch<'_>) -> Answer + Send>;

pub(in crate::store) struct Shared {
    pub(in crate::store) writes_per_commit: usize,
    pub(in crate::store) keys: Arc<Keys>,
    pub(in crate::store) clock: Clock,
    pub(in crate::store) entropy: Entropy,
    pub(in crate::store) condition: Arc<AtomicU8>,
    pub(in crate::store) credentials_generation: Arc<AtomicU64>,
    pub(in crate::store) changes: Arc<Changes>,
    pub(in crate::store) peopled: Arc<Changes>,
    /// The latest time the database has seen: see [`Db::credential_now_ms`].
    pub(in crate::store) last_seen_ms: Arc<AtomicI64>,
    /// Set by the checkpointer: see [`super::checkpoint`].
    pub(in crate::store) log_is_long: Arc<AtomicBool>,
    /// What is counted in memory: see [`Activity`].
    pub(in crate::store) activity: Arc<Activity>,
}

pub(in crate::store) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(in crate::store) fn start(
        conn: Connection,
        shared: Shared,
        queue: usize,
    ) -> Result<Self, OpenError> {
        let (jobs, waiting) = mpsc::channel(queue.max(1));
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || serve(&conn, &shared, waiting))
            .map_err(|error| OpenError::Io(format!("cannot start the writer thread: {error}")))?;
        Ok(Self {
            jobs: Mutex::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
        })
    }

    fn sender(&self) -> Option<mpsc::Sender<Job>> {
        self.jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Runs what is queued, then ends the thread.
    pub(in crate::store) fn stop(&self) {
        drop(
            self.jobs
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the writer thread ended by a panic");
        }
    }
}

impl Db {
    /// Runs `f` in its own savepoint on the writer and answers after the commit. Whoever stops
    /// waiting changes nothing: the write runs to its end.
    ///
    /// Errors: what `f` returns; `Unauthenticated`, `Forbidden`, `NotFound` when the
    /// credential is no longer good; `Unavailable` when the queue is full, the server is
    /// read-only or the commit failed; `StorageFull`. After any error nothing was changed.
    pub async fn write<T, E>(
        &self,
        write: Write<E>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = job(write, f);
        self.queue(job)?;
        match answer.await {
            Ok(result) => result,
            Err(_) => Err(ended().into()),
        }
    }

    /// The same for callers outside an asynchronous runtime.
    pub fn write_blocking<T, E>(
        &self,
        write: Write<E>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (job, answer) = job(write, f);
        self.queue(job)?;
        match answer.blocking_recv() {
            Ok(result) => result,
            Err(_) => Err(ended().into()),
        }
    }

    /// Writes the row of a refusal that never came to a write. When the queue is full the
    /// metrics have counted it and the row is left out: refusing must stay cheaper than
    /// asking.
    pub async fn log_refusal(
        &self,
        seat: Arc<Seat>,
        request: Request,
        note: Note,
        refusal: Refusal,
    ) {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            batch.append_refusal(&seat, &request, &note, &refusal);
            Box::new(move |_| {
                let _ = send.send(());
            })
        });
        if self.queue(job).is_ok() {
            let _ = receive.await;
        }
    }

    /// Puts on record that somebody was refused for want of permission, where no other log
    /// does (T-105). When the queue is full it is left out, as with [`Db::log_refusal`].
    pub async fn log_denial(&self, seat: Arc<Seat>, request: Request, reason: Reason) {
        let (send, receive) = oneshot::channel();
        let job: Job = Box::new(move |batch| {
            batch.append_denial(&seat, &request, reason);
            Box::new(move |_| {
                let _ = send.send(());
            })
        });
        if self.queue(job).is_ok() {
            let _ = receive.await;
        }
    }

    /// How many writes wait.
    pub fn writes_waiting(&self) -> usize {
        let sender = self.0.writer.sender();
        sender.map_or(0, |jobs| jobs.max_capacity() - jobs.capacity())
    }

    /// The way to the writer.
    ///
    /// Errors: `Unavailable` when the server is read-only or stopping.
    pub(in crate::store) fn jobs(&self) -> Result<mpsc::Sender<Job>> {
        if self.condition() != Condition::Healthy {
            return Err(read_only(self.condition()));
        }
        self.0.writer.sender().ok_or_else(ended)
    }

    fn queue(&self, job: Job) -> Result<()> {
        self.jobs()?.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => Error::unavailable(
                Reason::Busy,
                "The server has as many writes waiting as it takes; send the request again.",
                BUSY_RETRY_SECONDS,
            ),
            mpsc::error::TrySendError::Closed(_) => ended(),
        })
    }
}

pub(in crate::store) fn ended() -> Error {
    Error::unavailable(
        Reason::Busy,
        "The server is stopping; send the request again.",
        BUSY_RETRY_SECONDS,
    )
}

fn read_only(condition: Condition) -> Error {
    let message = match condition {
        Condition::Damaged => {
            "The database failed its integrity check and is read-only until an administrator \
             restores it."
        }
        Condition::Healthy | Condition::WriteFailed => {
            "A write could not be made durable; the server is read-only until it is restarted."
        }
    };
    Error::unavailable(Reason::ReadOnly, message, 60)
}

fn job<T, E>(
    write: Write<E>,
    f: impl FnOnce(&WriteTx<'_>) -> Result<T, E> + Send + 'static,
) -> (Job, oneshot::Receiver<Result<T, E>>)
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (send, receive) = oneshot::channel();
    let job: Job = Box::new(move |batch| {
        let result = batch.run(write, f);
        Box::new(move |committed: Result<()>| {
            // Nobody waits any more: the write stands all the same.
            let _ = send.send(match committed {
                Ok(()) => result,
                Err(error) => Err(error.into()),
            });
        })
    });
    (job, receive)
}

fn serve(conn: &Connection, shared: &Shared, mut waiting: mpsc::Receiver<Job>) {
    let mut memory = Memory::default();
    while let Some(first) = waiting.blocking_recv() {
        if shared.log_is_long.swap(false, Ordering::Relaxed) {
            // Little is left to do, and with nobody writing the log can begin anew.
            checkpoint::run(conn, "PASSIVE");
        }
        if let Err(error) = conn
            .prepare_cached("BEGIN IMMEDIATE")
            .and_then(|mut b| b.execute([]))
        {
            tracing::error!(%error, "a write transaction could not begin");
            refuse(
                shared,
                &error,
                vec![first(&mut Batch::broken(conn, shared, &mut memory))],
            );
            continue;
        }
        let started = shared.clock.monotonic_us();
        let mut batch = Batch::new(conn, shared, &mut memory);
        let mut answers = vec![first(&mut batch)];
        while !batch.lost
            && answers.len() < shared.writes_per_commit
            && shared.clock.monotonic_us().saturating_sub(started) < BATCH_MICROSECONDS_MAX
        {
            match waiting.try_recv() {
                Ok(job) => answers.push(job(&mut batch)),
                Err(_) => break,
            }
        }
        let (changed, touched, peopled) = (batch.credentials_changed, batch.touched, batch.peopled);
        shared.changes.note(touched);
        shared.peopled.note(peopled);
        let committed = if batch.lost {
            Err(batch.cause.take().unwrap_or(rusqlite::Error::InvalidQuery))
        } else {
            conn.prepare_cached("COMMIT")
                .and_then(|mut commit| commit.execute([]))
                .map(|_| ())
        };
        shared.changes.note(touched);
        shared.peopled.note(peopled);
        match committed {
            Ok(()) => {
                if changed {
                    shared
                        .credentials_generation
                        .fetch_add(1, Ordering::Release);
                }
                for answer in answers {
                    answer(Ok(()));
                }
            }
            Err(error) => {
                memory.forget();
                tracing::error!(%error, writes = answers.len(), "a commit failed");
                if !conn.is_autocommit() && conn.execute_batch("ROLLBACK").is_err() {
                    tracing::error!("and could not be rolled back");
                }
                refuse(shared, &error, answers);
            }
        }
    }
}

/// Tells everybody of a batch that nothing was written.
fn refuse(shared: &Shared, error: &rusqlite::Error, answers: Vec<Answer>) {
    if is_damage(error) {
        shared
            .condition
            .store(Condition::Damaged as u8, Ordering::Relaxed);
        tracing::error!("the database is damaged and the server read-only: restore a backup");
    } else if is_final(error) {
        shared
            .condition
            .store(Condition::WriteFailed as u8, Ordering::Relaxed);
        tracing::error!("the server is read-only from here on: restart it");
    }
    for answer in answers {
        answer(Err(copy_of(error)));
    }
}

/// A failed fsync says nothing about what reached the disk, and asking again may answer wrongly:
/// only a fresh start reads what is really there. A file that may not grow (a quota, a limit of
/// the process) is like a full disk: it ends by itself, and nothing of the write is valid.
fn is_final(error: &rusqlite::Error) -> bool {
    let no_room = [ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE];
    error.sqlite_error().is_some_and(|error| {
        error.code == ErrorCode::SystemIoFailure && !no_room.contains(&error.extended_code)
    })
}

pub(in crate::store) fn copy_of(error: &rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(code, message) => {
            rusqlite::Error::SqliteFailure(*code, message.clone()).into()
        }
        other => Error::unavailable(
            Reason::Busy,
            "The write could not be made; nothing was changed, send the request again.",
            BUSY_RETRY_SECONDS,
        )
        .with_source(other.to_string()),
    }
}
