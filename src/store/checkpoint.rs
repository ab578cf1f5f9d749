//! Moves the write-ahead log into the database, off the writer's thread.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::open::{self, OpenError};

/// Between two looks at the log's size.
const LOOK_INTERVAL: Duration = Duration::from_millis(200);
/// Bytes not yet in the database from which on a checkpoint is worth its syncs.
const PASSIVE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of log from which on the writer makes the rest of a checkpoint itself and begins the
/// log anew: another thread never quite catches up with a writer that doesn't pause.
const RESTART_BYTES: u64 = 16 * 1024 * 1024;
/// A file larger than this is cut off when nobody writes.
const TRUNCATE_BYTES: u64 = 64 * 1024 * 1024;
/// Looks without a change after which the server counts as idle (5 s).
const IDLE_LOOKS: u32 = 25;
/// The longest that cutting the file off keeps the writer waiting for readers.
const TRUNCATE_WAIT: Duration = Duration::from_millis(20);
/// The longest that the last checkpoint waits for readers.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// The thread; [`Checkpointer::stop`] makes a last checkpoint and ends it.
pub(in crate::store) struct Checkpointer {
    thread: Mutex<Option<(mpsc::Sender<()>, JoinHandle<()>)>>,
}

impl Checkpointer {
    /// `log_is_long` is set when the writer should begin the log anew.
    pub(in crate::store) fn start(
        file: &Path,
        log_is_long: Arc<AtomicBool>,
    ) -> Result<Self, OpenError> {
        let conn = open::writer(file)?;
        let wal = log_of(file);
        let mut log = Log {
            conn,
            wal,
            is_long: log_is_long,
            seen: None,
            idle_looks: 0,
        };
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("checkpoint".to_owned())
            .spawn(move || {
                while stopped.recv_timeout(LOOK_INTERVAL) == Err(RecvTimeoutError::Timeout) {
                    log.look();
                }
                log.checkpoint("TRUNCATE", STOP_WAIT);
            })
            .map_err(|error| {
                OpenError::Io(format!("cannot start the checkpoint thread: {error}"))
            })?;
        Ok(Self {
            thread: Mutex::new(Some((stop, thread))),
        })
    }

    pub(in crate::store) fn stop(&self) {
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some((stop, thread)) = thread else { return };
        drop(stop);
        if thread.join().is_err() {
            tracing::error!("the checkpoint thread ended by a panic");
        }
    }
}

fn log_of(database: &Path) -> PathBuf {
    let mut wal = database.as_os_str().to_owned();
    wal.push("-wal");
    PathBuf::from(wal)
}

/// Moves what a killed server left in the log into the database, before anybody is served. It is
/// quick while nobody reads or writes (2.3 GB took 3.5 s); beside a server it might never be done:
/// one that is killed again and again within seconds would find a longer log at every start, and
/// every start reads all of it.
pub(in crate::store) fn finish_left(conn: &Connection, database: &Path) {
    let left = std::fs::metadata(log_of(database)).map_or(0, |meta| meta.len());
    if left >= PASSIVE_BYTES {
        run(conn, "TRUNCATE");
    }
}

struct Log {
    conn: Connection,
    wal: PathBuf,
    is_long: Arc<AtomicBool>,
    /// Length and time of change at the last look.
    seen: Option<(u64, std::time::SystemTime)>,
    idle_looks: u32,
}

impl Log {
    fn look(&mut self) {
        let Ok(meta) = std::fs::metadata(&self.wal) else {
            return;
        };
        let now = meta.modified().ok().map(|at| (meta.len(), at));
        let changed = now != self.seen;
        self.seen = now;
        self.idle_looks = if changed {
            0
        } else {
            self.idle_looks.saturating_add(1)
        };
        if meta.len() < PASSIVE_BYTES {
            return;
        }
        if self.idle_looks == IDLE_LOOKS && meta.len() > TRUNCATE_BYTES {
            self.checkpoint("TRUNCATE", TRUNCATE_WAIT);
        }
        // The file keeps its length when the log begins anew: only its frames say what waits.
        let (all, waiting) = self.frames();
        if changed && waiting >= PASSIVE_BYTES {
            self.checkpoint("PASSIVE", Duration::ZERO);
        }
        if changed && all >= RESTART_BYTES {
            self.is_long.store(true, Ordering::Relaxed);
        }
    }

    /// Bytes in the log, and those of them that are not in the database yet.
    fn frames(&self) -> (u64, u64) {
        let asked = self
            .conn
            .query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| {
                Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            });
        let page = self
            .conn
            .pragma_query_value(None, "page_size", |row| row.get::<_, i64>(0));
        let (Ok((all, done)), Ok(page)) = (asked, page) else {
            return (0, 0);
        };
        let bytes = |frames: i64| u64::try_from(frames.saturating_mul(page)).unwrap_or_default();
        (bytes(all), bytes(all - done))
    }

    fn checkpoint(&self, mode: &str, wait: Duration) {
        if let Err(error) = self.conn.busy_timeout(wait) {
            tracing::warn!(%error, "a busy time-out could not be set");
        }
        run(&self.conn, mode);
    }
}

/// Makes a checkpoint as far as readers and the writer let it; a failure is not the end of
/// anything, the log stays as it is.
pub(in crate::store) fn run(conn: &Connection, mode: &str) {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    if let Err(error) = conn.query_row(&sql, [], |_| Ok(())) {
        tracing::warn!(%error, mode, "a checkpoint failed");
    }
}
