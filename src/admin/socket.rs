//! The server's end of the local door: `admin.sock` in the data folder, open to root and to the
//! folder's owner, on a thread and a runtime of its own.

use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::timeout;

use super::caller::Caller;
use super::fault::{Fault, Stop, exit};
use super::{Line, REQUEST_BYTES_MAX, Request, SOCKET_FILE, run};
use crate::store::Db;

/// How long a request may take to arrive.
const READ_SECONDS_MAX: u64 = 10;
/// How long a client may leave a line of the answer unread.
const WRITE_SECONDS_MAX: u64 = 30;
/// Commands at once; one more waits.
const COMMANDS_MAX: usize = 16;
/// Lines of an answer that wait for the client.
const LINES_WAITING_MAX: usize = 64;
/// How long commands under way may go on when the server stops.
const STOP_SECONDS_MAX: u64 = 5;
/// Longest path that fits a socket's address (unix(7)), with room for its end.
const PATH_BYTES_MAX: usize = 100;

/// The open door. It closes, and the socket goes, when this is dropped.
#[derive(Debug)]
pub struct AdminSocket {
    path: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl AdminSocket {
    /// Opens the door of `db`'s folder; what an ended server left there is replaced.
    /// `server_url` is how the server is reached, for the answers.
    pub fn start(db: Db, server_url: String) -> io::Result<Self> {
        let folder = db.folder().path().to_owned();
        let path = folder.join(SOCKET_FILE);
        let owner = fs::metadata(&folder)?.uid();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(COMMANDS_MAX)
            .build()?;
        // The folder's lock is ours, so nobody listens on a socket that is there.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let listener = {
            let _inside = runtime.enter();
            let reach = Reach::of(&path)?;
            UnixListener::bind(reach.path())?
        };
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let (stop, stopped) = oneshot::channel();
        let door = Arc::new(Door {
            db,
            server_url,
            owner,
        });
        let thread = std::thread::Builder::new()
            .name("admin".to_owned())
            .spawn(move || {
                runtime.block_on(accept(&listener, &door, stopped));
                runtime.shutdown_timeout(Duration::from_secs(STOP_SECONDS_MAX));
            })?;
        Ok(Self {
            path,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for AdminSocket {
    fn drop(&mut self) {
        // The thread may have ended by itself.
        let _ended = self.stop.take().map(|stop| stop.send(()));
        if self
            .thread
            .take()
            .is_some_and(|thread| thread.join().is_err())
        {
            tracing::error!("the administration thread ended by a panic");
        }
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(%error, "the administration socket was gone already");
        }
    }
}

/// A path to a socket that fits its address, however deep the folder is.
pub(in crate::admin) struct Reach {
    path: PathBuf,
    // Held while the path through it is used.
    _folder: Option<fs::File>,
}

impl Reach {
    pub(in crate::admin) fn of(path: &Path) -> io::Result<Self> {
        let folder = path
            .parent()
            .filter(|_| path.as_os_str().len() > PATH_BYTES_MAX);
        let Some(folder) = folder else {
            return Ok(Self {
                path: path.to_owned(),
                _folder: None,
            });
        };
        let folder = fs::File::open(folder)?;
        let short = format!("/proc/self/fd/{}/{SOCKET_FILE}", folder.as_raw_fd());
        Ok(Self {
            path: PathBuf::from(short),
            _folder: Some(folder),
        })
    }

    pub(in crate::admin) fn path(&self) -> &Path {
        &self.path
    }
}

struct Door {
    db: Db,
    server_url: String,
    owner: u32,
}

async fn accept(listener: &UnixListener, door: &Arc<Door>, stopped: oneshot::Receiver<()>) {
    let places = Arc::new(Semaphore::new(COMMANDS_MAX));
    let serve = async {
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((stream, _)) => {
                    let door = Arc::clone(door);
                    tokio::spawn(async move {
                        if let Err(error) = converse(stream, door).await {
                            tracing::debug!(%error, "an administration client went away");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    // No descriptors left, most likely: they come back when others close.
                    tracing::error!(%error, "the administration socket can't take a client");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    // Whichever comes first: the loop has no end of its own.
    futures_util::future::select(pin!(serve), pin!(stopped)).await;
}

/// One client: its request, then the answer.
async fn converse(mut stream: UnixStream, door: Arc<Door>) -> io::Result<()> {
    let uid = stream.peer_cred()?.uid();
    if uid != 0 && uid != door.owner {
        let fault = Fault::new(
            exit::NOT_ALLOWED,
            "cannot administer this server",
            "only root and the owner of the data folder may",
            "run the command as one of them",
        );
        return send(&mut stream, &Line::Error(fault)).await;
    }
    let request = match timeout(Duration::from_secs(READ_SECONDS_MAX), receive(&mut stream)).await {
        Ok(request) => request?,
        Err(_) => return Err(io::ErrorKind::TimedOut.into()),
    };
    let request = match request {
        Ok(request) => request,
        Err(fault) => return send(&mut stream, &Line::Error(fault)).await,
    };
    let caller = Caller::of_uid(uid);
    let (lines, mut waiting) = mpsc::channel(LINES_WAITING_MAX);
    let work = tokio::task::spawn_blocking(move || answer(&door, &caller, request, &lines));
    while let Some(line) = waiting.recv().await {
        send(&mut stream, &line).await?;
    }
    work.await.map_err(io::Error::other)?;
    stream.shutdown().await
}

/// Runs the command on a thread that may block, line by line into the channel.
fn answer(door: &Door, caller: &Caller, request: Request, lines: &mpsc::Sender<Line>) {
    let command = request.command.name();
    tracing::debug!(user = caller.user, command, "an administration command");
    let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
    let mut sink = |reply| {
        lines
            .blocking_send(Line::Item(Box::new(reply)))
            .map_err(gone)
    };
    let last = match run(&door.db, caller, &door.server_url, request, &mut sink) {
        Ok(()) => Line::End,
        Err(Stop::Fault(fault)) => Line::Error(fault),
        Err(Stop::Output(_)) => return,
    };
    if lines.blocking_send(last).is_err() {
        tracing::debug!(command, "nobody waited for the command's end");
    }
}

/// The request line, or what is wrong with it.
async fn receive(stream: &mut UnixStream) -> io::Result<Result<Request, Fault>> {
    let bytes_max = u64::try_from(REQUEST_BYTES_MAX).unwrap_or(u64::MAX);
    let mut line = Vec::new();
    let mut reader = BufReader::new(stream.take(bytes_max + 1));
    reader.read_until(b'\n', &mut line).await?;
    if line.len() > REQUEST_BYTES_MAX {
        return Ok(Err(Fault::usage(
            "cannot take the request",
            format!("it is longer than {REQUEST_BYTES_MAX} bytes"),
            "give shorter arguments",
        )));
    }
    Ok(serde_json::from_slice(&line).map_err(|error| {
        Fault::new(
            exit::UNAVAILABLE,
            "the running server does not know this command",
            error.to_string(),
            "restart the server, or use the provost that it was started from",
        )
    }))
}

async fn send(stream: &mut UnixStream, line: &Line) -> io::Result<()> {
    let mut bytes = zeroize::Zeroizing::new(serde_json::to_vec(line).map_err(io::Error::other)?);
    bytes.push(b'\n');
    match timeout(
        Duration::from_secs(WRITE_SECONDS_MAX),
        stream.write_all(&bytes),
    )
    .await
    {
        Ok(result) => result,
        Err(_) => Err(io::ErrorKind::TimedOut.into()),
    }
}
