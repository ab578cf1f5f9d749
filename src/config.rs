//! Settings: flags, else `PROVOST_*` variables, else `provost.toml`, else the default. The only
//! module that reads the environment.
//!
//! A key of the file, `http.listen`, is `PROVOST_HTTP__LISTEN` in the environment, and
//! `PROVOST_HTTP__LISTEN_FILE` names a file that holds the value. The file is the one of
//! `--config` or `PROVOST_CONFIG`, else `./provost.toml`, else `/etc/provost/provost.toml`.

mod known;
mod layers;
mod reader;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use tracing::Level;

pub use known::KnownSetting;

use layers::Layers;
use reader::Reader;

/// The data folder when nothing names one: in the folder where the program is started.
pub const DATA_DEFAULT: &str = "./provost-data";
/// The port of the listener when nothing names one.
pub const PORT_DEFAULT: u16 = 7443;
const WORKERS_MAX: usize = 1024;
/// The framework reads no more headers of a request; one more is answered 431.
const HEADERS_MAX: usize = 96;
const PROVISIONING_DAYS_MAX: u32 = 3650;

/// Everything that can be set, validated.
#[derive(Debug, Clone)]
pub struct Config {
    /// `data`: the folder of database, keys and socket, absolute. Default `./provost-data`.
    pub data: PathBuf,
    /// `allow_insecure_permissions`: start although others can look into the data folder.
    pub allow_insecure_permissions: bool,
    pub http: Http,
    pub log: Log,
    /// `logs.provisioning_days`: how long rows of the provisioning log are kept. Default 30.
    pub provisioning_days: u32,
    pub limits: Limits,
    /// Where the settings that somebody set come from, by their keys.
    pub origins: BTreeMap<&'static str, String>,
}

/// The listeners.
#[derive(Debug, Clone)]
pub struct Http {
    /// `http.listen`: address and port. Default `127.0.0.1:7443`; port 0 takes a free one.
    pub listen: SocketAddr,
    /// `http.public_url`: how providers reach this server, without a slash at the end.
    pub public_url: Option<String>,
    pub tls: TlsSource,
    /// `http.metrics_listen`: a listener of its own for `/metrics`, which then asks no token.
    pub metrics_listen: Option<SocketAddr>,
    /// `http.trusted_proxies`: whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// `http.workers`: threads that answer. Default: one for each core.
    pub workers: usize,
}

/// Where the server's certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsSource {
    /// Plain HTTP: on a loopback address, or by `http.insecure_http` behind a proxy.
    Plain,
    /// `http.tls_cert` and `http.tls_key`: PEM files, read again when they change.
    Files { cert: PathBuf, key: PathBuf },
    /// `http.tls_self_signed`: made on first start, kept in the data folder.
    SelfSigned,
}

/// What the server says on standard error.
#[derive(Debug, Clone, Copy)]
pub struct Log {
    /// `log.format`: `human` (default) or `json`.
    pub format: LogFormat,
    /// `log.level`: `error`, `warn`, `info` (default), `debug`, `trace`.
    pub level: Level,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Human,
    Json,
}

/// How much the server takes before it refuses; each is `limits.<name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second that one token may send in the long run; 0: no limit. Default 1,000.
    pub token_rps: u32,
    /// Requests that one token may send at once. Default 10,000.
    pub token_burst: u32,
    /// Requests being answered at once. Default 512.
    pub requests_in_flight: usize,
    /// Writes that may wait for the writer. Default 256.
    pub writes_waiting: usize,
    /// Writes that one commit may hold; 1, a commit for each, is for measuring. Default 512.
    pub writes_per_commit: usize,
    /// Connections open at once. Default 10,000.
    pub connections: usize,
    /// Connections of one address; loopback and trusted proxies are exempt. Default 512.
    pub connections_per_address: usize,
    /// Seconds within which a request's head must have come. Default 10.
    pub head_seconds: u64,
    /// Seconds within which its body must have come. Default 30.
    pub body_seconds: u64,
    /// Bytes a second a body must bring after its first five seconds; 0: any. Default 1,024.
    pub body_bytes_per_second_min: u64,
    /// Seconds that an idle connection is kept. Default 60.
    pub keep_alive_seconds: u64,
    /// Seconds after which a read of the database is given up. Default 10.
    pub read_seconds: u64,
    /// Bytes of request line and headers. Default 16 KiB.
    pub head_bytes: usize,
    /// Headers of a request. Default 96, which is also the most that can be read.
    pub headers: usize,
    /// Bytes of a SCIM body. Default 1 MiB.
    pub scim_body_bytes: usize,
    /// Bytes of a body that creates or replaces a group. Default 8 MiB.
    pub group_body_bytes: usize,
    /// Bytes of a bulk request, announced as `maxPayloadSize`. Default 4 MiB.
    pub bulk_body_bytes: usize,
    /// Operations of a bulk request, announced as `maxOperations`. Default 1,000.
    pub bulk_operations: usize,
    /// Seconds after which a bulk request begins no further operation. Default 10.
    pub bulk_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            token_rps: 1000,
            token_burst: 10_000,
            requests_in_flight: 512,
            writes_waiting: 256,
            writes_per_commit: 512,
            connections: 10_000,
            connections_per_address: 512,
            head_seconds: 10,
            body_seconds: 30,
            body_bytes_per_second_min: 1024,
            keep_alive_seconds: 60,
            read_seconds: 10,
            head_bytes: 16 * 1024,
            headers: HEADERS_MAX,
            scim_body_bytes: 1024 * 1024,
            group_body_bytes: 8 * 1024 * 1024,
            bulk_body_bytes: 4 * 1024 * 1024,
            bulk_operations: 1000,
            bulk_seconds: 10,
        }
    }
}

/// Settings that can't be used: what, why, and what to do about it. Exit code 3.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub what: String,
    pub why: String,
    pub next: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why, self.next)
    }
}

impl std::error::Error for ConfigError {}

/// What the command line says of the settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub file: Option<PathBuf>,
    /// Keys as the file spells them, with their values.
    pub values: Vec<(&'static str, String)>,
}

impl Config {
    /// Reads all layers.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        // Names or values that are no Unicode are nobody's setting.
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self::from_layers(&Layers::read(
            flags.file.as_deref(),
            &environment,
            &flags.values,
        )?)
    }

    /// The settings of a server that nobody configured.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_layers(&Layers::default())
    }

    /// How this server is reached, without a slash at the end: the public URL, else the
    /// listener's address.
    pub fn server_url(&self) -> String {
        if let Some(url) = &self.http.public_url {
            return url.clone();
        }
        let scheme = if self.http.tls == TlsSource::Plain {
            "http"
        } else {
            "https"
        };
        let listen = self.http.listen;
        if listen.ip().is_unspecified() {
            return format!("{scheme}://localhost:{}", listen.port());
        }
        format!("{scheme}://{listen}")
    }

    fn from_layers(layers: &Layers) -> Result<Self, ConfigError> {
        let reader = Reader(layers);
        let days = reader.number("logs.provisioning_days", 30, 1, PROVISIONING_DAYS_MAX)?;
        Ok(Self {
            data: reader.data()?,
            allow_insecure_permissions: reader.truth("allow_insecure_permissions")?,
            http: http(&reader)?,
            log: Log {
                format: reader.log_format()?,
                level: reader.level()?,
            },
            provisioning_days: days,
            limits: limits(&reader)?,
            origins: layers.origins(),
        })
    }
}

/// Whether standard output wants colour: `NO_COLOR` set to anything but nothing says no.
pub fn no_color() -> bool {
    std::env::vars_os().any(|(name, value)| name == "NO_COLOR" && !value.is_empty())
}

/// By which the allocator is told how many milliseconds it keeps freed memory.
pub const PURGE_DELAY: &str = "MIMALLOC_PURGE_DELAY";

/// Whether it was told.
pub fn knows_purge_delay() -> bool {
    std::env::vars_os().any(|(name, _)| name == PURGE_DELAY)
}

fn http(reader: &Reader<'_>) -> Result<Http, ConfigError> {
    let default = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT_DEFAULT);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let listen = reader.address("http.listen")?.unwrap_or(default);
    Ok(Http {
        listen,
        public_url: reader.public_url()?,
        tls: tls_source(reader, listen)?,
        metrics_listen: reader.address("http.metrics_listen")?,
        trusted_proxies: reader.networks("http.trusted_proxies")?,
        workers: reader.number("http.workers", cores, 1, WORKERS_MAX)?,
    })
}

/// Anything but loopback must be encrypted, unless the operator says a proxy does it.
fn tls_source(reader: &Reader<'_>, listen: SocketAddr) -> Result<TlsSource, ConfigError> {
    let self_signed = reader.truth("http.tls_self_signed")?;
    let insecure = reader.truth("http.insecure_http")?;
    let files = (reader.path("http.tls_cert")?, reader.path("http.tls_key")?);
    match (files, self_signed) {
        ((Some(cert), Some(key)), false) => Ok(TlsSource::Files { cert, key }),
        ((None, None), true) => Ok(TlsSource::SelfSigned),
        ((None, None), false) => {
            if listen.ip().is_loopback() || insecure {
                return Ok(TlsSource::Plain);
            }
            Err(ConfigError {
                what: format!("will not serve plain HTTP on {listen}"),
                why: "tokens would cross the network unencrypted".to_owned(),
                next: "give --tls-cert and --tls-key, or --tls-self-signed; behind a proxy that \
                    encrypts, --insecure-http"
                    .to_owned(),
            })
        }
        ((_, _), true) => Err(ConfigError {
            what: "http.tls_self_signed and http.tls_cert or http.tls_key exclude each other"
                .to_owned(),
            why: "the server has one certificate".to_owned(),
            next: "remove one of them".to_owned(),
        }),
        ((cert, _), false) => {
            let missing = if cert.is_some() {
                "http.tls_key"
            } else {
                "http.tls_cert"
            };
            Err(ConfigError {
                what: format!("{missing} is missing"),
                why: "a certificate is of use only with its key".to_owned(),
                next: "give both --tls-cert and --tls-key".to_owned(),
            })
        }
    }
}

fn limits(reader: &Reader<'_>) -> Result<Limits, ConfigError> {
    let d = Limits::default();
    let count = |key, default| reader.number(key, default, 1_usize, 1_000_000);
    let bytes = |key, default| reader.number(key, default, 1024_usize, 64 * 1024 * 1024);
    let seconds = |key, default| reader.number(key, default, 1_u64, 3600);
    let per_second = "limits.body_bytes_per_second_min";
    Ok(Limits {
        token_rps: reader.number("limits.token_rps", d.token_rps, 0, 1_000_000)?,
        token_burst: reader.number("limits.token_burst", d.token_burst, 1, 1_000_000)?,
        requests_in_flight: count("limits.requests_in_flight", d.requests_in_flight)?,
        writes_waiting: count("limits.writes_waiting", d.writes_waiting)?,
        writes_per_commit: count("limits.writes_per_commit", d.writes_per_commit)?,
        connections: count("limits.connections", d.connections)?,
        connections_per_address: count(
            "limits.connections_per_address",
            d.connections_per_address,
        )?,
        head_seconds: seconds("limits.head_seconds", d.head_seconds)?,
        body_seconds: seconds("limits.body_seconds", d.body_seconds)?,
        body_bytes_per_second_min: reader.number(
            per_second,
            d.body_bytes_per_second_min,
            0,
            1 << 30,
        )?,
        keep_alive_seconds: seconds("limits.keep_alive_seconds", d.keep_alive_seconds)?,
        read_seconds: seconds("limits.read_seconds", d.read_seconds)?,
        head_bytes: bytes("limits.head_bytes", d.head_bytes)?,
        headers: reader.number("limits.headers", d.headers, 1, HEADERS_MAX)?,
        scim_body_bytes: bytes("limits.scim_body_bytes", d.scim_body_bytes)?,
        group_body_bytes: bytes("limits.group_body_bytes", d.group_body_bytes)?,
        bulk_body_bytes: bytes("limits.bulk_body_bytes", d.bulk_body_bytes)?,
        bulk_operations: reader.number("limits.bulk_operations", d.bulk_operations, 1, 100_000)?,
        bulk_seconds: seconds("limits.bulk_seconds", d.bulk_seconds)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(flags: &[(&'static str, &str)]) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("provost.toml");
        std::fs::write(&file, "").unwrap();
        let flags: Vec<_> = flags
            .iter()
            .map(|(key, text)| (*key, (*text).to_owned()))
            .collect();
        Config::from_layers(&Layers::read(Some(&file), &[], &flags)?)
    }

    #[test]
    fn without_settings_it_is_plain_http_on_loopback() {
        let config = load(&[]).unwrap();
        assert_eq!(config.http.listen.to_string(), "127.0.0.1:7443");
        assert_eq!(config.http.tls, TlsSource::Plain);
        assert_eq!(config.limits, Limits::default());
    }

    #[test]
    fn plain_http_elsewhere_needs_the_operators_word() {
        let elsewhere = ("http.listen", "0.0.0.0:7443");
        let error = load(&[elsewhere]).unwrap_err();
        assert!(error.next.contains("--insecure-http"), "{error}");
        assert!(load(&[elsewhere, ("http.insecure_http", "true")]).is_ok());
        let config = load(&[elsewhere, ("http.tls_self_signed", "true")]).unwrap();
        assert_eq!(config.http.tls, TlsSource::SelfSigned);
        assert!(load(&[("http.tls_cert", "a.pem")]).is_err());
    }

    #[test]
    fn values_are_checked() {
        for (key, text) in [
            ("http.workers", "0"),
            ("http.listen", "7443"),
            ("http.trusted_proxies", "10.0.0.0/8, nonsense"),
            ("http.public_url", "provost.example.com"),
            ("log.level", "loud"),
            ("limits.token_burst", "0"),
            ("allow_insecure_permissions", "perhaps"),
        ] {
            let error = load(&[(key, text)]).unwrap_err();
            assert!(error.what.starts_with(key), "{error}");
        }
        let config = load(&[
            ("http.trusted_proxies", "10.0.0.0/8, ::1"),
            ("http.public_url", "https://p.example/"),
            ("limits.token_rps", "0"),
        ])
        .unwrap();
        assert_eq!(config.http.trusted_proxies.len(), 2);
        assert_eq!(config.http.public_url.as_deref(), Some("https://p.example"));
        assert_eq!(config.limits.token_rps, 0);
    }

    #[test]
    fn every_key_is_read() {
        for key in layers::KEYS {
            // A text that is no number, no truth and no address is refused wherever it is read.
            let taken_as_it_is = ["data", "http.tls_cert", "http.tls_key"];
            if !taken_as_it_is.contains(key) {
                assert!(load(&[(key, "\u{1}")]).is_err(), "{key} is not read");
            }
        }
    }
}
