//! TLS 1.2 and 1.3 by rustls: a certificate from PEM files, or a self-signed one made on first
//! start. Files that change are read again; broken ones leave the old certificate in place.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rcgen::{CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Config, TlsSource};
use crate::env::Clock;

/// How long a self-signed certificate is good. Some clients refuse more than 825 days.
const SELF_SIGNED_DAYS: i64 = 825;
const MILLISECONDS_PER_DAY: i64 = 86_400_000;
const CERT_FILE: &str = "tls.crt";
const KEY_FILE: &str = "tls.key";

/// What a listener needs to speak TLS.
pub struct Tls {
    /// For the listener; it asks `certificate` at every handshake. ALPN is the listener's.
    pub config: ServerConfig,
    pub certificate: Certificate,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tls({:?})", self.certificate)
    }
}

/// Why there is no certificate to serve. The texts hold no key material.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsError {
    pub what: String,
    pub why: String,
    pub next: String,
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.what, self.why, self.next)
    }
}

impl std::error::Error for TlsError {}

/// The certificate in use. Cheap to clone; all clones see the same one.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    cert: PathBuf,
    key: PathBuf,
    provider: Arc<CryptoProvider>,
    current: ArcSwap<CertifiedKey>,
    /// Of both files, as they were when they were last looked at.
    seen: Mutex<[Option<SystemTime>; 2]>,
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.0.cert.display())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.current.load_full())
    }
}

impl Tls {
    /// What the settings ask for; `None` is plain HTTP. A self-signed certificate is made in
    /// the data folder, which must exist, unless one is there.
    pub fn of_config(config: &Config, clock: &Clock) -> Result<Option<Self>, TlsError> {
        match &config.http.tls {
            TlsSource::Plain => Ok(None),
            TlsSource::Files { cert, key } => Self::from_files(cert, key).map(Some),
            TlsSource::SelfSigned => {
                let (cert, key) = (config.data.join(CERT_FILE), config.data.join(KEY_FILE));
                if !cert.exists() || !key.exists() {
                    make_self_signed(&cert, &key, names_of(config), clock)?;
                }
                Self::from_files(&cert, &key).map(Some)
            }
        }
    }

    /// Reads a PEM chain, leaf first, and its key.
    pub fn from_files(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let seen = Mutex::new([modified(cert), modified(key)]);
        let first = load(cert, key, &provider)?;
        let certificate = Certificate(Arc::new(Inner {
            cert: cert.to_owned(),
            key: key.to_owned(),
            provider: Arc::clone(&provider),
            current: ArcSwap::from_pointee(first),
            seen,
        }));
        // rustls knows no version below 1.2, and never renegotiates.
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError {
                what: "cannot set up TLS".to_owned(),
                why: error.to_string(),
                next: "report this: the built-in cryptography lacks what TLS needs".to_owned(),
            })?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(certificate.clone()));
        Ok(Self {
            config,
            certificate,
        })
    }
}

impl Certificate {
    /// Reads the files again. On an error the certificate in use stays.
    pub fn reload(&self) -> Result<(), TlsError> {
        let inner = &*self.0;
        *self.seen() = [modified(&inner.cert), modified(&inner.key)];
        let new = load(&inner.cert, &inner.key, &inner.provider)?;
        inner.current.store(Arc::new(new));
        tracing::info!(
            fingerprint = self.fingerprint(),
            "the certificate was read again"
        );
        Ok(())
    }

    /// The same when a file's time of change is another; says whether it was. A broken file is
    /// reported once, and tried again when it changes.
    pub fn reload_if_changed(&self) -> Result<bool, TlsError> {
        let now = [modified(&self.0.cert), modified(&self.0.key)];
        if *self.seen() == now {
            return Ok(false);
        }
        self.reload().map(|()| true)
    }

    /// SHA-256 of the leaf certificate, as browsers show it: hex pairs with colons.
    pub fn fingerprint(&self) -> String {
        let current = self.0.current.load();
        let Some(leaf) = current.cert.first() else {
            return String::new();
        };
        let hash = ::aws_lc_rs::digest::digest(&::aws_lc_rs::digest::SHA256, leaf);
        let pairs: Vec<String> = hash
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        pairs.join(":")
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, [Option<SystemTime>; 2]> {
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The leaf certificate of a PEM file, to recognize a server by.
pub fn leaf_of(path: &Path) -> Result<CertificateDer<'static>, TlsError> {
    chain(path).map(|mut chain| chain.swap_remove(0))
}

/// Where the settings keep the certificate, when they ask for one.
pub fn certificate_file(config: &Config) -> Option<PathBuf> {
    match &config.http.tls {
        TlsSource::Plain => None,
        TlsSource::Files { cert, .. } => Some(cert.clone()),
        TlsSource::SelfSigned => Some(config.data.join(CERT_FILE)),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|meta| meta.modified()).ok()
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let shown = path.display();
    let certs: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let certs = certs.map_err(|error| TlsError {
        what: format!("cannot read the certificate in {shown}"),
        why: error.to_string(),
        next: "give the path of a PEM file, and let Provost's user read it".to_owned(),
    })?;
    // A file without any is no error to the parser.
    if certs.is_empty() {
        return Err(TlsError {
            what: format!("{shown} holds no certificate"),
            why: "it has no section BEGIN CERTIFICATE".to_owned(),
            next: "put the chain into it as PEM, the server's own certificate first".to_owned(),
        });
    }
    Ok(certs)
}

fn load(cert: &Path, key: &Path, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
    let certs = chain(cert)?;
    let private = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError {
        what: format!("cannot read the key in {}", key.display()),
        why: error.to_string(),
        next: "give a PEM file with an unencrypted PKCS#8, SEC1 or PKCS#1 key".to_owned(),
    })?;
    CertifiedKey::from_der(certs, private, provider).map_err(|error| TlsError {
        what: format!(
            "{} and {} do not belong together",
            cert.display(),
            key.display()
        ),
        why: error.to_string(),
        next: "give the key that the first certificate of the chain was made for".to_owned(),
    })
}

/// The names a self-signed certificate is for.
fn names_of(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"]
        .map(str::to_owned)
        .to_vec();
    let listen = config.http.listen.ip();
    if !listen.is_unspecified() {
        names.push(listen.to_string());
    }
    if let Some(url) = &config.http.public_url {
        names.extend(host_of(url));
    }
    if let Ok(host) = fs::read_to_string("/etc/hostname") {
        names.push(host.trim().to_owned());
    }
    names.retain(|name| !name.is_empty() && name.is_ascii());
    names.sort();
    names.dedup();
    names
}

/// The host of a URL, without port and brackets.
fn host_of(url: &str) -> Option<String> {
    let authority = url.split("://").nth(1)?.split('/').next()?;
    if let Some(rest) = authority.strip_prefix('[') {
        return rest.split(']').next().map(str::to_owned);
    }
    let host = authority.split(':').next()?;
    (!host.is_empty()).then(|| host.to_owned())
}

fn make_self_signed(
    cert: &Path,
    key: &Path,
    names: Vec<String>,
    clock: &Clock,
) -> Result<(), TlsError> {
    let failed = |why: String| TlsError {
        what: format!("cannot make the self-signed certificate {}", cert.display()),
        why,
        next: "look at the data folder's permissions, or give --tls-cert and --tls-key".to_owned(),
    };
    let mut params = CertificateParams::new(names).map_err(|error| failed(error.to_string()))?;
    params
        .distinguished_name
        .push(DnType::CommonName, "Provost");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // A day back: clients' clocks differ.
    let now_ms = clock.now_ms();
    let (year, month, day) = date(now_ms - MILLISECONDS_PER_DAY);
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now_ms + (SELF_SIGNED_DAYS - 1) * MILLISECONDS_PER_DAY);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    // P-256, which every client knows.
    let pair = KeyPair::generate().map_err(|error| failed(error.to_string()))?;
    let made = params
        .self_signed(&pair)
        .map_err(|error| failed(error.to_string()))?;
    write_private(key, &pair.serialize_pem()).map_err(|error| failed(error.to_string()))?;
    write_private(cert, &made.pem()).map_err(|error| failed(error.to_string()))
}

/// Year, month and day, UTC.
fn date(ms: i64) -> (i32, u8, u8) {
    let instant = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = instant.to_zoned(TimeZone::UTC).date();
    let part = |value: i8| u8::try_from(value).unwrap_or(1);
    (i32::from(day.year()), part(day.month()), part(day.day()))
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn self_signed(folder: &Path, name: &str) -> (PathBuf, PathBuf) {
        let cert = folder.join(format!("{name}.crt"));
        let key = folder.join(format!("{name}.key"));
        let names = vec!["localhost".to_owned()];
        make_self_signed(&cert, &key, names, &Clock::system()).unwrap();
        (cert, key)
    }

    #[test]
    fn a_broken_new_file_keeps_the_old_certificate() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = self_signed(folder.path(), "a");
        let tls = Tls::from_files(&cert, &key).unwrap();
        let before = tls.certificate.fingerprint();
        assert_eq!(before.len(), 32 * 3 - 1);
        fs::write(&cert, "nonsense").unwrap();
        assert!(tls.certificate.reload().is_err());
        assert_eq!(tls.certificate.fingerprint(), before);
        let (new_cert, new_key) = self_signed(folder.path(), "b");
        fs::copy(new_cert, &cert).unwrap();
        assert!(
            tls.certificate
                .reload()
                .unwrap_err()
                .what
                .contains("belong together")
        );
        fs::copy(new_key, &key).unwrap();
        tls.certificate.reload().unwrap();
        assert_ne!(tls.certificate.fingerprint(), before);
        assert_eq!(tls.certificate.reload_if_changed(), Ok(false));
    }

    #[test]
    fn an_empty_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (cert, key) = self_signed(folder.path(), "a");
        fs::write(&cert, "").unwrap();
        let error = Tls::from_files(&cert, &key).unwrap_err();
        assert!(error.what.contains("holds no certificate"), "{error}");
    }

    #[test]
    fn the_key_of_a_self_signed_certificate_is_private() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let (_, key) = self_signed(folder.path(), "a");
        assert_eq!(fs::metadata(key).unwrap().mode() & 0o777, 0o600);
    }

    #[test]
    fn hosts_are_read_out_of_urls() {
        assert_eq!(
            host_of("https://p.example:8443/x").as_deref(),
            Some("p.example")
        );
        assert_eq!(host_of("https://[::1]:8443").as_deref(), Some("::1"));
    }
}
