//! Counters for monitoring, in OpenMetrics text. Labels are routes, never paths: no name of a
//! person or account is among them.

use std::sync::atomic::{AtomicI64, AtomicU64};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::domain::error::{Error, Result};
use crate::store::{Condition, Db};

/// What the answer to `/metrics` is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Upper bounds of the latency buckets, in seconds.
const BUCKETS: [f64; 10] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter<u64, AtomicU64>>,
    seconds: Histogram,
    in_flight: Gauge<i64, AtomicI64>,
    writes_waiting: Gauge<i64, AtomicI64>,
    read_only: Gauge<i64, AtomicI64>,
    changes_held: Gauge<i64, AtomicI64>,
}

impl Metrics {
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("provost");
        let requests = Family::default();
        let seconds = Histogram::new(BUCKETS);
        let (in_flight, writes_waiting) = (Gauge::default(), Gauge::default());
        let (read_only, changes_held) = (Gauge::default(), Gauge::default());
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's head",
            seconds.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Being answered now",
            in_flight.clone(),
        );
        registry.register(
            "writes_waiting",
            "Writes waiting for the writer",
            writes_waiting.clone(),
        );
        registry.register(
            "read_only",
            "1 when the database is damaged or could not be written",
            read_only.clone(),
        );
        registry.register(
            "changes_held",
            "Removals that brakes hold and nobody has decided of",
            changes_held.clone(),
        );
        Self {
            registry,
            requests,
            seconds,
            in_flight,
            writes_waiting,
            read_only,
            changes_held,
        }
    }

    /// Counts one answer. `route` is the pattern that matched; `None` for no route of ours.
    pub fn count(&self, method: &str, route: Option<&str>, status: u16, took_us: u64) {
        let labels = RequestLabels {
            // A made-up method must not make a series of its own.
            method: known_method(method).unwrap_or("other"),
            route: route.unwrap_or("none").to_owned(),
            status,
        };
        self.requests.get_or_create(&labels).inc();
        let took_us = u32::try_from(took_us).unwrap_or(u32::MAX);
        self.seconds.observe(f64::from(took_us) / 1e6);
    }

    /// The text, with the gauges as they are now.
    pub fn render(&self, db: &Db, in_flight: usize) -> Result<String> {
        let gauge = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        self.in_flight.set(gauge(in_flight));
        self.writes_waiting.set(gauge(db.writes_waiting()));
        self.read_only
            .set(i64::from(db.condition() != Condition::Healthy));
        // Monitoring must see a damaged database, so it does without what can't be read.
        if let Ok(held) = db.changes_held() {
            self.changes_held.set(held);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry).map_err(Error::internal)?;
        Ok(text)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

const KNOWN_METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

/// The method by its own name, if it is none that somebody made up.
pub fn known_method(method: &str) -> Option<&'static str> {
    KNOWN_METHODS.into_iter().find(|known| *known == method)
}
