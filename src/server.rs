//! The server: its listeners, the work it does beside answering, and its end.

use std::fmt;
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, rt, web};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::admin::socket::AdminSocket;
use crate::app;
use crate::config::{Config, Limits};
use crate::domain::audit::ChainState;
use crate::http::{State, health, observe, routes};
use crate::store::Db;
use crate::store::audit::verify::NEWEST_ROWS;
use crate::tls::{Certificate, Tls};

/// How long requests under way may go on when the server stops (T-116).
const STOP_SECONDS: u64 = 10;
/// Blocking threads of each worker: the pool of long reads is as large for all together.
const BLOCKING_THREADS: usize = 2;
/// Descriptors that connections leave to the database and the rest.
const DESCRIPTORS_KEPT: usize = 256;
/// Between two rounds of the work beside: counters to the database, anchors.
const CHORES_EVERY: Duration = Duration::from_secs(10);
/// Rounds between two looks at an audit log that is short enough for all of it: a minute.
const ROUNDS_BETWEEN_GLANCES: u64 = 6;
/// Rounds between two looks for old rows of the provisioning log.
const ROUNDS_BETWEEN_RETENTION: u64 = 360;
/// Rounds between two examinations of the whole audit log: a week.
const ROUNDS_BETWEEN_EXAMINATIONS: u64 = 60_480;

/// Why the server can't start.
#[derive(Debug)]
pub struct ServeError {
    pub what: String,
    pub why: String,
    pub next: String,
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.what, self.why)
    }
}

impl std::error::Error for ServeError {}

fn failed(what: impl Into<String>, why: impl fmt::Display) -> ServeError {
    ServeError {
        what: what.into(),
        why: why.to_string(),
        next: "provost serve --listen 127.0.0.1:PORT, with a port that is free".to_owned(),
    }
}

/// A server that answers. [`Running::stop`] ends it.
pub struct Running {
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
    chores: Option<(mpsc::Sender<()>, JoinHandle<()>)>,
    admin: Option<AdminSocket>,
    state: State,
    db: Db,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", self.address)
    }
}

/// Serves until SIGTERM or SIGINT, then stops gracefully. `started` is called once requests
/// are answered, with the address they are answered at.
pub fn run(
    config: Config,
    db: Db,
    tls: Option<Tls>,
    started: impl FnOnce(SocketAddr),
) -> Result<(), ServeError> {
    let certificate = tls.as_ref().map(|tls| tls.certificate.clone());
    let system = rt::System::new();
    // Before anything is open: a signal that comes early must end it as gracefully.
    let signals = system
        .block_on(async { Signals::listen() })
        .map_err(|error| failed("cannot listen for signals", error))?;
    let running = spawn(config, db, tls)?;
    started(running.address);
    system.block_on(signals.wait_for_end(certificate));
    running.stop();
    Ok(())
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
    file_size: Signal,
}

/// SIGXFSZ on Linux: its default is to kill, and a file that may not grow must be an error
/// instead (T-117).
const SIGXFSZ: i32 = 25;

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
            file_size: signal(SignalKind::from_raw(SIGXFSZ))?,
        })
    }

    async fn wait_for_end(mut self, certificate: Option<Certificate>) {
        loop {
            tokio::select! {
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
                _ = self.hangup.recv() => {
                    if let Some(Err(error)) = certificate.as_ref().map(Certificate::reload) {
                        tracing::error!(%error, "the certificate stays as it was");
                    }
                }
                _ = self.file_size.recv() => {
                    tracing::error!("a file of the data folder may not grow: see its size limit");
                }
            }
        }
    }
}

/// Starts the server on threads of its own.
pub fn spawn(config: Config, db: Db, tls: Option<Tls>) -> Result<Running, ServeError> {
    let listen = config.http.listen;
    let listener = bind(listen)?;
    let metrics_listener = config.http.metrics_listen.map(bind).transpose()?;
    let address = listener
        .local_addr()
        .map_err(|error| failed(format!("cannot listen on {listen}"), error))?;
    let certificate = tls.as_ref().map(|tls| tls.certificate.clone());
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = config
        .http
        .public_url
        .clone()
        .unwrap_or(format!("{scheme}://{address}"));
    db.write_blocking(db.own_write("start"), app::server::record_start)
        .map_err(|error| failed("cannot write to the database", error))?;
    let state = State::new(&config, db.clone(), tls.is_some());
    let entered = db.read(&db.own_seat("start"), app::setup::public_url);
    state.set_entered_url(entered.map_err(|error| failed("cannot read the database", error))?);
    let (watching, serving) = (state.clone(), state.clone());
    let days = i64::from(config.provisioning_days);
    let (send, receive) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("server".to_owned())
        .spawn(move || {
            rt::System::new().block_on(async move {
                match build(&config, state, listener, metrics_listener, tls) {
                    Ok(server) => {
                        let _ = send.send(Ok(server.handle()));
                        if let Err(error) = server.await {
                            tracing::error!(%error, "the server ended");
                        }
                    }
                    Err(error) => {
                        let _ = send.send(Err(failed("cannot start the server", error)));
                    }
                }
            });
        })
        .map_err(|error| failed("cannot start the server thread", error))?;
    let handle = receive
        .recv()
        .map_err(|error| failed("the server thread ended", error))??;
    let admin = AdminSocket::start(db.clone(), url)
        .map_err(|error| failed("cannot open admin.sock in the data folder", error))?;
    db.integrity_check_beside();
    let chores = start_chores(watching, certificate, days)?;
    Ok(Running {
        address,
        handle,
        thread: Some(thread),
        chores: Some(chores),
        admin: Some(admin),
        state: serving,
        db,
    })
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).map_err(|error| failed(format!("cannot listen on {address}"), error))
}

fn build(
    config: &Config,
    state: State,
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    tls: Option<Tls>,
) -> std::io::Result<Server> {
    let limits = config.limits.clone();
    let workers = config.http.workers.max(1);
    let opened = state.clone();
    let data = web::Data::new(state.clone());
    let server = HttpServer::new(move || {
        App::new()
            .app_data(data.clone())
            .wrap(from_fn(observe::observe))
            .configure(routes::configure)
    })
    .workers(workers)
    .worker_max_blocking_threads(BLOCKING_THREADS)
    .max_connections((connections_max(limits.connections) / workers).max(1))
    .keep_alive(Duration::from_secs(limits.keep_alive_seconds))
    .client_request_timeout(Duration::from_secs(limits.head_seconds))
    .shutdown_timeout(STOP_SECONDS)
    // The end of an answer that is sent in pieces must not wait until its beginning was
    // acknowledged: many clients wait 40 ms with that.
    .tcp_nodelay(true)
    .disable_signals()
    .on_connect(move |io, data| {
        if let Some(peer) = observe::peer_of(io) {
            let exempt = peer.is_loopback() || opened.trusts(peer);
            data.insert(opened.connections().open(peer, exempt));
        }
        if let Some(watched) = opened.watch().open(io) {
            data.insert(watched);
        }
    });
    let server = match tls {
        Some(tls) => server.listen_rustls_0_23(listener, tls.config)?,
        None => server.listen(listener)?,
    };
    if let Some(listener) = metrics_listener {
        let data = web::Data::new(state);
        let metrics = HttpServer::new(move || {
            App::new()
                .app_data(data.clone())
                .route("/metrics", web::get().to(health::open_metrics))
        })
        .workers(1)
        .disable_signals()
        .listen(listener)?;
        rt::spawn(metrics.run());
    }
    Ok(server.run())
}

/// The connections that the process has descriptors for, two each: its limit is raised as far
/// as it goes, and some are left for files.
fn connections_max(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    };
    let Some(descriptors) = current else {
        return wanted;
    };
    let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX);
    let possible = descriptors.saturating_sub(DESCRIPTORS_KEPT) / 2;
    // What nobody asked for is more than most boxes ever need.
    let asked = wanted != Limits::default().connections;
    if possible < wanted && asked {
        tracing::warn!(
            wanted,
            possible,
            "the limit of open files allows fewer connections than limits.connections: raise it \
             (LimitNOFILE= of the service, ulimit -n), or lower limits.connections"
        );
    } else if possible < wanted {
        tracing::info!(
            possible,
            "as many connections at once as the limit of open files allows; LimitNOFILE= of the \
             service, or ulimit -n, raises it"
        );
    }
    wanted.min(possible.max(1))
}

/// What is done beside answering: counters reach the database, anchors the disk, old log rows
/// go, a changed certificate is read.
fn start_chores(
    state: State,
    certificate: Option<Certificate>,
    provisioning_days: i64,
) -> Result<(mpsc::Sender<()>, JoinHandle<()>), ServeError> {
    let (stop, stopped) = mpsc::channel();
    let thread = std::thread::Builder::new()
        .name("chores".to_owned())
        .spawn(move || {
            let db = state.db();
            let newest = db.check_chain(Some(NEWEST_ROWS));
            chain_fault(newest.as_ref().ok());
            warn("examine the audit log", newest.map(|_| ()));
            let mut round: u64 = 0;
            while stopped.recv_timeout(CHORES_EVERY) == Err(mpsc::RecvTimeoutError::Timeout) {
                chores(&state, certificate.as_ref());
                if round.is_multiple_of(ROUNDS_BETWEEN_GLANCES) {
                    warn("examine the audit log", db.check_short_chain());
                }
                if round.is_multiple_of(ROUNDS_BETWEEN_RETENTION) {
                    let removed = db.remove_old_provisioning(provisioning_days);
                    warn("remove old log rows", removed.map(|_| ()));
                }
                if (round + 1).is_multiple_of(ROUNDS_BETWEEN_EXAMINATIONS) {
                    examine_all(db.clone());
                }
                round += 1;
            }
            warn("count the last requests", db.flush_activity(true));
            warn("anchor the audit log", db.anchor_if_due().map(|_| ()));
        })
        .map_err(|error| failed("cannot start the chores thread", error))?;
    Ok((stop, thread))
}

fn chores(state: &State, certificate: Option<&Certificate>) {
    let db = state.db();
    let ended = state.watch().end_overdue();
    if ended > 0 {
        tracing::debug!(ended, "connections asked nothing for too long");
    }
    warn("count requests", db.flush_activity(false));
    warn("anchor the audit log", db.anchor_if_due().map(|_| ()));
    if let Some(Err(error)) = certificate.map(Certificate::reload_if_changed) {
        tracing::error!(%error, "the certificate stays as it was");
    }
}

/// The whole chain, beside everything else: a long log takes a while.
fn examine_all(db: Db) {
    let started = std::thread::Builder::new()
        .name("audit-chain".to_owned())
        .spawn(move || {
            let whole = db.check_chain(None);
            chain_fault(whole.as_ref().ok());
            warn("examine the audit log", whole.map(|_| ()));
        });
    if let Err(error) = started {
        tracing::warn!(%error, "could not start the audit log's examination");
    }
}

fn chain_fault(state: Option<&ChainState>) {
    let fault = state.and_then(|state| state.verdict.fault.as_ref());
    if let Some(fault) = fault {
        tracing::error!(
            row = fault.seq,
            what = fault.what,
            "the audit log's chain is broken"
        );
    }
}

fn warn(what: &str, done: Result<(), crate::domain::error::Error>) {
    if let Err(error) = done {
        tracing::warn!(?error, "could not {what}");
    }
}

impl Running {
    /// Stops accepting, lets requests under way end, checkpoints and closes.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        drop(self.admin.take());
        self.state.stop();
        // The handle's future only waits; the command is sent by making it.
        drop(self.handle.stop(true));
        if thread.join().is_err() {
            tracing::error!("the server thread ended by a panic");
        }
        if let Some((stop, thread)) = self.chores.take() {
            drop(stop);
            if thread.join().is_err() {
                tracing::error!("the chores thread ended by a panic");
            }
        }
        self.db.close();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
