//! Reading connections: one for each thread that reads in passing, and a small pool for what
//! may take long.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::kept::{Keeping, Keepings, Kept};
use super::ordinals::Ordinals;
use super::recall::{Changes, Memory, Recall};
use super::tokens::Seat;
use super::tx::ReadTx;
use super::{Options, open};
use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;
use crate::env::Clock;

/// How many SQLite instructions run between two looks at the deadline, on the pool.
const INSTRUCTIONS_BETWEEN_LOOKS: i32 = 20_000;

/// The same on a thread that answers requests, where the deadline may be near.
const INSTRUCTIONS_BETWEEN_LOOKS_HERE: i32 = 4_000;

/// Seconds a client waits before it asks again for what found no place.
const BUSY_RETRY_SECONDS: u32 = 5;

/// Page cache of a connection of the pool, in KiB.
const POOL_CACHE_KIB: i64 = 512;

/// Which `Readers` a thread's connection belongs to.
static NEXT_ID: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static HERE: RefCell<HashMap<u64, Reader>> = RefCell::default();
}

/// A connection with a deadline for the read that is on it.
struct Reader {
    conn: Connection,
    deadline_us: Arc<AtomicU64>,
    /// What it has seen of people's groups and roles; on the pool nothing is remembered.
    memory: Option<RefCell<Memory>>,
}

pub(in crate::store) struct Readers {
    id: u64,
    shared: Arc<Shared>,
    places: Arc<Semaphore>,
}

struct Shared {
    file: PathBuf,
    clock: Clock,
    /// The longest any read may run, and the longest one that is only tried.
    deadline_us: u64,
    near_us: u64,
    idle: Mutex<Vec<Reader>>,
    ordinals: Ordinals,
    changes: Arc<Changes>,
    kept: Kept,
    /// Counts, as `changes`, also those commits that only made people; and what was found of them.
    peopled: Arc<Changes>,
    found: Kept,
}

impl Readers {
    pub(in crate::store) fn new(
        file: PathBuf,
        clock: Clock,
        (changes, peopled): (Arc<Changes>, Arc<Changes>),
        options: &Options,
    ) -> Self {
        Self {
            id: NEXT_ID.fetch_add(1, Ordering::Relaxed),
            shared: Arc::new(Shared {
                file,
                clock,
                deadline_us: options.read_deadline_ms.saturating_mul(1000),
                near_us: options.near_read_ms.saturating_mul(1000),
                idle: Mutex::default(),
                ordinals: Ordinals::default(),
                changes,
                kept: Kept::default(),
                peopled,
                found: Kept::default(),
            }),
            places: Arc::new(Semaphore::new(options.long_reads)),
        }
    }

    /// Reads on this thread's own connection, which is opened on first use.
    pub(in crate::store) fn here<T, E: From<Error>>(
        &self,
        seat: &Seat,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.on_this_thread(seat, self.shared.deadline_us, f)
    }

    /// The same, given up when it is not as short as it looked: then `None`, and it is for the
    /// pool.
    pub(in crate::store) fn try_here<T>(
        &self,
        seat: &Seat,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        match self.on_this_thread(seat, self.shared.near_us, f) {
            Err(error) if error.reason() == Reason::Timeout => Ok(None),
            read => read.map(Some),
        }
    }

    fn on_this_thread<T, E: From<Error>>(
        &self,
        seat: &Seat,
        deadline_us: u64,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        HERE.with_borrow_mut(|readers| {
            let reader = match readers.entry(self.id) {
                std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::hash_map::Entry::Vacant(entry) => {
                    let reader = self.shared.open(INSTRUCTIONS_BETWEEN_LOOKS_HERE);
                    let mut reader = reader.map_err(Error::from)?;
                    reader.memory = Some(RefCell::default());
                    entry.insert(reader)
                }
            };
            self.shared.read(reader, seat, deadline_us, f)
        })
    }

    /// Reads on a connection of the pool, on a thread that may block. Waits for one no longer
    /// than a read may run: behind slow readers there would be no end of it.
    ///
    /// Errors: `Unavailable` when no connection came free.
    pub(in crate::store) async fn pooled<T, E>(
        &self,
        seat: Arc<Seat>,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let patience = Duration::from_micros(self.shared.deadline_us);
        let place = Arc::clone(&self.places).acquire_owned();
        let Ok(place) = tokio::time::timeout(patience, place).await else {
            return Err(Error::unavailable(
                Reason::Busy,
                "As many long reads are under way as the server takes; send the request again, or \
                 add a condition that an index answers to its filter.",
                BUSY_RETRY_SECONDS,
            )
            .into());
        };
        let place = place.map_err(Error::internal)?;
        let shared = Arc::clone(&self.shared);
        let read = move || {
            let mut idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
            let reader = idle.pop();
            drop(idle);
            let mut reader = match reader {
                Some(reader) => reader,
                None => shared.open_small().map_err(Error::from)?,
            };
            let result = shared.read(&mut reader, &seat, shared.deadline_us, f);
            // A panic above drops the connection with its transaction: the next read opens one.
            let mut idle = shared.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.push(reader);
            drop(idle);
            drop(place);
            result
        };
        match tokio::task::spawn_blocking(read).await {
            Ok(result) => result,
            Err(error) => Err(Error::internal(error).into()),
        }
    }
}

impl Shared {
    fn open(&self, instructions_between_looks: i32) -> rusqlite::Result<Reader> {
        let mut conn = open::reader(&self.file)?;
        let deadline_us = Arc::new(AtomicU64::new(u64::MAX));
        let (deadline, clock) = (Arc::clone(&deadline_us), self.clock.clone());
        conn.progress_handler(
            instructions_between_looks,
            Some(move || clock.monotonic_us() > deadline.load(Ordering::Relaxed)),
        )?;
        Ok(Reader {
            conn,
            deadline_us,
            memory: None,
        })
    }

    /// For the pool: a long read goes through the file once and gains little by a cache.
    fn open_small(&self) -> rusqlite::Result<Reader> {
        let reader = self.open(INSTRUCTIONS_BETWEEN_LOOKS)?;
        reader
            .conn
            .pragma_update(None, "cache_size", -POOL_CACHE_KIB)?;
        Ok(reader)
    }

    fn read<T, E: From<Error>>(
        &self,
        reader: &mut Reader,
        seat: &Seat,
        deadline_us: u64,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let deadline = self.clock.monotonic_us().saturating_add(deadline_us);
        reader.deadline_us.store(deadline, Ordering::Relaxed);
        let remembered = seat.scope.account.zip(reader.memory.as_ref());
        // The counts come before the view.
        let recall = remembered.map(|(account, memory)| Recall {
            memory,
            changes: &self.changes,
            account,
            begun: self.changes.count(account),
        });
        let account = seat.scope.account;
        let keeping = account.map(|account| Keepings {
            access: Keeping::begin(&self.kept, &self.changes, account),
            people: Keeping::begin(&self.found, &self.peopled, account),
        });
        begin(&reader.conn).map_err(Error::from)?;
        // Ended by a guard: a panic in `f` must not leave the view open and pin the WAL.
        let view = View {
            conn: &reader.conn,
            deadline_us: &reader.deadline_us,
        };
        let tx = ReadTx::new(view.conn, seat.scope, &seat.actor, self.clock.now_ms())
            .with_ordinals(&self.ordinals)
            .with_recall(recall)
            .with_keeping(keeping);
        f(&tx)
    }
}

struct View<'c> {
    conn: &'c Connection,
    deadline_us: &'c AtomicU64,
}

impl Drop for View<'_> {
    fn drop(&mut self) {
        // What was interrupted is late, and its end must not be interrupted too: the next read on
        // this connection would find a transaction open.
        self.deadline_us.store(u64::MAX, Ordering::Relaxed);
        let ended = self
            .conn
            .prepare_cached("COMMIT")
            .and_then(|mut commit| commit.execute([]));
        if let Err(error) = ended {
            // After an interrupted statement SQLite may have ended the transaction itself.
            if !self.conn.is_autocommit() {
                tracing::error!(%error, "a read transaction could not be ended");
            }
        }
    }
}

fn begin(conn: &Connection) -> rusqlite::Result<()> {
    conn.prepare_cached("BEGIN")?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::TestDb;
    use super::*;

    #[test]
    fn a_read_that_was_late_leaves_its_connection_to_the_next() {
        let db = TestDb::new();
        let (seat, shared) = (db.seat(), &db.db.0.readers.shared);
        // SQLite looks at the deadline wherever it can, also while the view ends.
        let mut reader = shared.open(1).expect("a connection");
        let deadline = Arc::clone(&reader.deadline_us);
        let enough_us = 60_000_000;
        let late: Result<()> = shared.read(&mut reader, &seat, enough_us, |_| {
            deadline.store(0, Ordering::Relaxed);
            Ok(())
        });
        late.expect("what was read");
        assert!(reader.conn.is_autocommit(), "the view is open still");
        let next = shared.read(&mut reader, &seat, enough_us, |tx| {
            super::super::accounts::current(tx)
        });
        assert_eq!(next.expect("a read").id, db.account.id);
    }
}
