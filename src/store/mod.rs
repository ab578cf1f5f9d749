//! Where it is kept: SQLite, one writer and many readers. The only module that names
//! `rusqlite`.
//!
//! [`Db::write`] runs a closure on the writer thread in its own savepoint and answers after
//! the commit; [`Db::read`] runs a bounded read on this thread's own connection;
//! [`Db::read_long`] runs an unbounded one on a small pool, and [`Db::try_read`] finds out.

pub mod accounts;
pub mod activity;
pub mod anchors;
pub mod audit;
pub mod backup;
mod batch;
pub mod brake;
pub mod check;
mod checkpoint;
pub mod connections;
pub mod domains;
mod external_ids;
pub mod folder;
mod functions;
pub mod grants;
pub mod groups;
mod kept;
pub mod keys;
pub mod legacy;
pub mod members;
pub mod migrate;
pub mod open;
pub mod operators;
mod order;
mod ordinals;
pub mod overview;
mod page;
pub mod passwords;
pub mod policies;
pub mod positions;
pub mod provisioning;
mod query;
mod readers;
mod recall;
pub mod resource_groups;
pub mod roles;
pub mod sessions;
pub mod setup;
pub mod sign_ins;
mod sql;
pub mod sso_connectors;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod totp;
pub mod turn;
pub mod tx;
pub mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};

use crate::domain::actor::Actor;
use crate::domain::error::{Error, Result};
use crate::domain::id::AccountId;
use crate::domain::reason::Reason;
use crate::env::{Clock, Entropy};

use activity::Activity;
use folder::DataFolder;
use keys::Keys;
use open::OpenError;
use passwords::Passwords;
use positions::Positions;
use readers::Readers;
use recall::Changes;
use sign_ins::SignIns;
use tokens::{Seat, SeatCache};
use tx::{ReadTx, Scope};
use writer::Writer;

/// How the store is set up.
#[derive(Debug, Clone)]
pub struct Options {
    /// Writes that may wait for the writer; one more is refused with `Unavailable`.
    pub write_queue: usize,
    /// Writes that one commit may hold, at least 1.
    pub writes_per_commit: usize,
    /// Long reads at once.
    pub long_reads: usize,
    /// The longest a read may run, in milliseconds.
    pub read_deadline_ms: u64,
    /// The longest a list may keep a thread that answers requests, in milliseconds: one that
    /// takes longer is read once more, on the pool.
    pub near_read_ms: u64,
    /// What a password's hash costs; `None`: what was measured here once.
    pub password_cost: Option<passwords::Cost>,
    /// Tests that are not about durability may wait for no disk.
    pub synchronous: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            write_queue: 256,
            writes_per_commit: 512,
            long_reads: 2,
            read_deadline_ms: 10_000,
            near_read_ms: 20,
            password_cost: None,
            synchronous: true,
        }
    }
}

/// Whether the database can be trusted with more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Condition {
    Healthy = 0,
    /// The integrity check found damage: reads only.
    Damaged = 1,
    /// A write could not be made durable: reads only until a restart (fsync is not retried).
    WriteFailed = 2,
}

/// The database of one data folder. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    folder: DataFolder,
    file: PathBuf,
    keys: Arc<Keys>,
    clock: Clock,
    entropy: Entropy,
    options: Options,
    writer: Writer,
    readers: Readers,
    seats: SeatCache,
    activity: Arc<Activity>,
    positions: Positions,
    passwords: Passwords,
    sign_ins: SignIns,
    condition: Arc<AtomicU8>,
    /// The latest time this database has seen: see [`Db::credential_now_ms`].
    last_seen_ms: Arc<AtomicI64>,
    anchored: anchors::Anchored,
    examined: audit::verify::Examined,
    /// Moves when tokens, connections or accounts change.
    credentials_generation: Arc<AtomicU64>,
    checkpointer: checkpoint::Checkpointer,
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.0.file.display())
    }
}

impl Db {
    /// Opens the database of `folder`, makes or upgrades it where needed (with a backup
    /// before), and starts its threads.
    pub fn open(
        folder: DataFolder,
        clock: Clock,
        entropy: Entropy,
        options: Options,
    ) -> Result<Self, OpenError> {
        let file = folder.database();
        open::refuse_lost_database(&file, &folder.anchors())?;
        backup::before_upgrade(&folder, &file, clock.now_ms())?;
        // Before the file is made: a key is made only where there is no database yet.
        let keys = folder.keys(&entropy)?;
        open::make_private(&file)?;
        let mut conn = open::writer(&file)?;
        if !options.synchronous {
            conn.pragma_update(None, "synchronous", "OFF")?;
        }
        migrate::apply(&mut conn, clock.now_ms())?;
        checkpoint::finish_left(&conn, &file);
        let measured = passwords::calibrate::stored(&conn)?;
        let cost = options.password_cost.or(measured);
        let last_seen_ms = accounts::register_start(&mut conn, &entropy, clock.now_ms())?;
        let last_seen_ms = Arc::new(AtomicI64::new(last_seen_ms));
        let condition = Arc::new(AtomicU8::new(Condition::Healthy as u8));
        let generation = Arc::new(AtomicU64::new(0));
        let log_is_long = Arc::new(AtomicBool::new(false));
        let activity = Arc::new(Activity::default());
        let (changes, peopled) = (Arc::new(Changes::default()), Arc::new(Changes::default()));
        let shared = writer::Shared {
            keys: Arc::clone(&keys),
            clock: clock.clone(),
            entropy: entropy.clone(),
            condition: Arc::clone(&condition),
            credentials_generation: Arc::clone(&generation),
            changes: Arc::clone(&changes),
            peopled: Arc::clone(&peopled),
            last_seen_ms: Arc::clone(&last_seen_ms),
            writes_per_commit: options.writes_per_commit,
            log_is_long: Arc::clone(&log_is_long),
            activity: Arc::clone(&activity),
        };
        let writer = Writer::start(conn, shared, options.write_queue)?;
        let readers = Readers::new(file.clone(), clock.clone(), (changes, peopled), &options);
        let checkpointer = checkpoint::Checkpointer::start(&file, log_is_long)?;
        Ok(Self(Arc::new(Inner {
            folder,
            file,
            passwords: Passwords::new(cost, Arc::clone(&keys), entropy.clone()),
            sign_ins: SignIns::default(),
            keys,
            clock,
            entropy,
            options,
            writer,
            readers,
            seats: SeatCache::default(),
            activity,
            positions: Positions::default(),
            condition,
            last_seen_ms,
            anchored: anchors::Anchored::default(),
            examined: audit::verify::Examined::default(),
            credentials_generation: generation,
            checkpointer,
        })))
    }

    pub fn folder(&self) -> &DataFolder {
        &self.0.folder
    }

    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    pub fn options(&self) -> &Options {
        &self.0.options
    }

    pub fn activity(&self) -> &Activity {
        &self.0.activity
    }

    /// Hashes of passwords, a few at once.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// How often somebody may guess.
    pub fn sign_ins(&self) -> &SignIns {
        &self.0.sign_ins
    }

    /// Where readers of lists stand.
    pub fn positions(&self) -> &Positions {
        &self.0.positions
    }

    /// The clock for the validity of credentials: it never goes back, so that setting the
    /// machine's clock back revives no token (T-106).
    pub fn credential_now_ms(&self) -> i64 {
        let now = self.0.clock.now_ms();
        self.0
            .last_seen_ms
            .fetch_max(now, Ordering::Relaxed)
            .max(now)
    }

    pub fn condition(&self) -> Condition {
        match self.0.condition.load(Ordering::Relaxed) {
            0 => Condition::Healthy,
            1 => Condition::Damaged,
            _ => Condition::WriteFailed,
        }
    }

    /// Makes the server read-only, loudly, after a failed integrity check.
    pub fn set_damaged(&self) {
        self.0
            .condition
            .store(Condition::Damaged as u8, Ordering::Relaxed);
    }

    /// Runs a bounded read on this thread's own connection: a keyed look-up, or a page.
    pub fn read<T, E: From<Error>>(
        &self,
        seat: &Seat,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.readers.here(seat, f)
    }

    /// Runs a read that looks short on this thread's own connection; `None` when it is not, and
    /// has to be repeated by [`Db::read_long`].
    pub fn try_read<T>(
        &self,
        seat: &Seat,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.0.readers.try_here(seat, f)
    }

    /// Runs a read that may take long on the pool, so that it never stalls a worker.
    pub async fn read_long<T, E>(
        &self,
        seat: Arc<Seat>,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.0.readers.pooled(seat, f).await
    }

    /// The seat of whoever acts without a token: the command line or Provost itself, on one
    /// account or on the box.
    ///
    /// Errors: `NotFound` for an unknown account.
    pub fn local_seat(&self, actor: Actor, account: Option<AccountId>) -> Result<Seat> {
        let seat = Seat::local(actor, Scope::default(), account);
        let Some(id) = account else { return Ok(seat) };
        let key = self.read(&seat, |tx| accounts::key(tx.conn(), id))?;
        let key = key.ok_or_else(|| {
            Error::new(
                crate::domain::error::Kind::NotFound,
                Reason::NotFound,
                format!("There is no account {id}; `provost account list` shows them."),
            )
        })?;
        Ok(seat.on_account(key))
    }

    /// The seat of Provost itself on the whole box.
    pub fn own_seat(&self, why: &'static str) -> Seat {
        Seat::local(Actor::System { why }, Scope::default(), None)
    }

    /// Waits for the writes under way, checkpoints and ends the threads.
    pub fn close(&self) {
        self.0.writer.stop();
        self.0.checkpointer.stop();
    }
}
