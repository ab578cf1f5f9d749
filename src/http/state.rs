//! What every worker shares.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::http::uri::Authority;
use arc_swap::ArcSwapOption;
use ipnet::IpNet;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use super::console::once::Secrets;
use super::console::pressed::Presses;
use super::knocks::Knocks;
use super::limits::{AddressConnections, Feeds, InFlight, TokenRates};
use super::metrics::Metrics;
use super::watch::Watch;
use crate::config::{Config, KnownSetting, Limits};
use crate::domain::error::{Error, Result};
use crate::store::Db;
use crate::store::tokens::Seat;
use crate::store::writer::Write;

/// Most operations of bulk requests in the writer's queue at once: what a commit takes in a
/// few milliseconds.
const BULK_ROOM_MAX: u32 = 64;

/// Bulk requests that are read and done at once: the memory of each is many times its body.
const BULK_REQUESTS_MAX: usize = 2;

/// Shared by all workers; cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    db: Db,
    limits: Limits,
    settings: Vec<KnownSetting>,
    public_url: Option<String>,
    /// The same as it was entered in the first run, where no setting says it.
    entered_url: ArcSwapOption<String>,
    knocks: Knocks,
    scheme: &'static str,
    trusted_proxies: Vec<IpNet>,
    in_flight: InFlight,
    feeds: Feeds,
    connections: AddressConnections,
    watch: Watch,
    rates: TokenRates,
    /// The writer's queue as far as operations of bulk requests may fill it.
    bulk_room: Arc<Semaphore>,
    bulk_room_max: u32,
    bulk_requests: Arc<Semaphore>,
    metrics: Metrics,
    /// Secrets that were made at the console and not looked at yet.
    secrets: Secrets,
    /// What forms of the console have made.
    presses: Presses,
    /// Whether the server is about to stop: what is sent without end ends then.
    stopping: AtomicBool,
}

impl State {
    pub fn new(config: &Config, db: Db, tls: bool) -> Self {
        let limits = config.limits.clone();
        let idle_seconds = limits.keep_alive_seconds + limits.head_seconds;
        let bulk_room_max = u32::try_from(limits.writes_waiting / 4)
            .unwrap_or(BULK_ROOM_MAX)
            .clamp(1, BULK_ROOM_MAX);
        Self(Arc::new(Inner {
            watch: Watch::new(db.clock().clone(), idle_seconds),
            db,
            settings: config.known(),
            public_url: config.http.public_url.clone(),
            entered_url: ArcSwapOption::empty(),
            knocks: Knocks::default(),
            scheme: if tls { "https" } else { "http" },
            trusted_proxies: config.http.trusted_proxies.clone(),
            in_flight: InFlight::new(limits.requests_in_flight),
            feeds: Feeds::default(),
            connections: AddressConnections::new(limits.connections_per_address),
            rates: TokenRates::new(limits.token_rps, limits.token_burst),
            bulk_room: Arc::new(Semaphore::new(bulk_room_max as usize)),
            bulk_room_max,
            bulk_requests: Arc::new(Semaphore::new(BULK_REQUESTS_MAX)),
            metrics: Metrics::new(),
            secrets: Secrets::default(),
            presses: Presses::default(),
            stopping: AtomicBool::new(false),
            limits,
        }))
    }

    /// The server is about to stop.
    pub fn stop(&self) {
        self.0.stopping.store(true, Ordering::Relaxed);
    }

    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Ordering::Relaxed)
    }

    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// Does what takes long and makes its write itself on a thread of its own; whoever stops
    /// waiting changes nothing.
    pub async fn work<T: Send + 'static>(
        &self,
        seat: Arc<Seat>,
        write: Write<Error>,
        f: impl FnOnce(&Db, &Seat, Write<Error>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let db = self.db().clone();
        let work = tokio::task::spawn_blocking(move || f(&db, &seat, write));
        work.await.map_err(Error::internal)?
    }

    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    pub fn in_flight(&self) -> &InFlight {
        &self.0.in_flight
    }

    pub fn feeds(&self) -> &Feeds {
        &self.0.feeds
    }

    pub fn connections(&self) -> &AddressConnections {
        &self.0.connections
    }

    pub fn watch(&self) -> &Watch {
        &self.0.watch
    }

    pub fn rates(&self) -> &TokenRates {
        &self.0.rates
    }

    /// Waits until `operations` of a bulk request may go into the writer's queue, and keeps
    /// their places. All bulk requests together have a quarter of the queue and no more than
    /// 64 places, so that others find room and never wait long.
    pub async fn bulk_room(
        &self,
        operations: usize,
    ) -> std::result::Result<OwnedSemaphorePermit, AcquireError> {
        let places = u32::try_from(operations).unwrap_or(u32::MAX);
        let places = places.min(self.0.bulk_room_max);
        Arc::clone(&self.0.bulk_room)
            .acquire_many_owned(places)
            .await
    }

    /// Waits until one more bulk request may be read, and keeps its place.
    pub async fn bulk_request(&self) -> std::result::Result<OwnedSemaphorePermit, AcquireError> {
        Arc::clone(&self.0.bulk_requests).acquire_owned().await
    }

    /// Who asked for accounts over SCIM by nobody's token.
    pub fn knocks(&self) -> &Knocks {
        &self.0.knocks
    }

    pub fn secrets(&self) -> &Secrets {
        &self.0.secrets
    }

    pub fn presses(&self) -> &Presses {
        &self.0.presses
    }

    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    pub fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0
            .trusted_proxies
            .iter()
            .any(|net| net.contains(&address))
    }

    /// The client's address: the peer's, or, when the peer is a trusted proxy, the last
    /// address in X-Forwarded-For that is not one itself (T-03).
    pub fn client_address(
        &self,
        peer: Option<IpAddr>,
        headers: &header::HeaderMap,
    ) -> Option<IpAddr> {
        let peer = peer?;
        if !self.trusts(peer) {
            return Some(peer);
        }
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in forwarded.iter().rev() {
            match hop.trim().parse::<IpAddr>() {
                Ok(address) if self.trusts(address) => {}
                Ok(address) => return Some(address),
                // Whatever stands before an address that is none can't be believed either.
                Err(_) => return Some(peer),
            }
        }
        Some(peer)
    }

    /// Whether the console is reached over TLS, by ourselves or a proxy in front.
    pub fn is_https(&self) -> bool {
        match self.public_url() {
            Some(url) => url.starts_with("https:"),
            None => self.0.scheme == "https",
        }
    }

    /// What the server was started with.
    pub fn settings(&self) -> &[KnownSetting] {
        &self.0.settings
    }

    /// How clients reach this server, where a setting says it: none is entered then.
    pub fn configured_url(&self) -> Option<&str> {
        self.0.public_url.as_deref()
    }

    /// Takes over what was entered in the first run.
    pub fn set_entered_url(&self, url: Option<String>) {
        self.0.entered_url.store(url.map(Arc::new));
    }

    /// The same as it was entered in the first run.
    pub fn entered_url(&self) -> Option<String> {
        let entered = self.0.entered_url.load_full();
        entered.map(|url| String::clone(&url))
    }

    fn public_url(&self) -> Option<String> {
        self.0.public_url.clone().or_else(|| self.entered_url())
    }

    /// Scheme and authority by which the client reached us, for absolute URLs.
    pub fn origin(&self, req: &HttpRequest) -> String {
        if let Some(url) = self.public_url() {
            return url.trim_end_matches('/').to_owned();
        }
        let host = req
            .headers()
            .get(header::HOST)
            .and_then(|host| host.to_str().ok());
        let host = host.or_else(|| req.uri().authority().map(Authority::as_str));
        let (scheme, host) = (&self.0.scheme, host.unwrap_or("localhost"));
        // What callers append to it fits too.
        let mut origin = String::with_capacity(scheme.len() + host.len() + 80);
        origin.extend([scheme, "://", host]);
        origin
    }
}
