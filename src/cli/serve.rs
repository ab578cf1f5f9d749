//! `provost serve`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{Global, session};
use crate::admin::fault::{Fault, Stop, exit};
use crate::app;
use crate::config::{Config, DATA_DEFAULT, TlsSource};
use crate::domain::actor::Actor;
use crate::domain::id::AccountId;
use crate::env::{Clock, Entropy};
use crate::server;
use crate::store::folder::DataFolder;
use crate::store::{Db, Options};
use crate::telemetry;
use crate::tls::Tls;

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Address and port [default: 127.0.0.1:7443]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// How providers reach this server: scheme, host and port
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// PEM file with the certificate chain, the server's own first
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// PEM file with its key
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Make a certificate on first start, and use it
    #[arg(long)]
    tls_self_signed: bool,
    /// Serve plain HTTP on an address that is not loopback: a proxy encrypts
    #[arg(long)]
    insecure_http: bool,
    /// A listener of its own for /metrics, which then asks no token
    #[arg(long, value_name = "ADDR")]
    metrics_listen: Option<SocketAddr>,
    /// Whose X-Forwarded-For is believed; may be repeated
    #[arg(long, value_name = "CIDR")]
    trusted_proxy: Vec<String>,
    /// Threads that answer [default: one for each core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    #[arg(long, value_enum)]
    log_format: Option<LogForm>,
    /// error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL")]
    log_level: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogForm {
    Human,
    Json,
}

impl Serve {
    fn values(&self) -> Vec<(&'static str, String)> {
        let path = |path: &Option<PathBuf>| {
            path.as_ref()
                .map(|path| path.to_string_lossy().into_owned())
        };
        let truth = |set: bool| set.then(|| "true".to_owned());
        let proxies = (!self.trusted_proxy.is_empty()).then(|| self.trusted_proxy.join(","));
        let format = self.log_format.map(|form| match form {
            LogForm::Human => "human".to_owned(),
            LogForm::Json => "json".to_owned(),
        });
        let given = [
            (
                "http.listen",
                self.listen.map(|address| address.to_string()),
            ),
            ("http.public_url", self.public_url.clone()),
            ("http.tls_cert", path(&self.tls_cert)),
            ("http.tls_key", path(&self.tls_key)),
            ("http.tls_self_signed", truth(self.tls_self_signed)),
            ("http.insecure_http", truth(self.insecure_http)),
            (
                "http.metrics_listen",
                self.metrics_listen.map(|address| address.to_string()),
            ),
            ("http.trusted_proxies", proxies),
            ("http.workers", self.workers.map(|count| count.to_string())),
            ("log.format", format),
            ("log.level", self.log_level.clone()),
        ];
        given
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect()
    }
}

pub(super) fn run(global: &Global, serve: &Serve) -> Result<(), Stop> {
    let mut flags = session::flags(global);
    flags.values.extend(serve.values());
    if serve.log_level.is_none() && global.verbose > 0 {
        let level = if global.verbose == 1 {
            "debug"
        } else {
            "trace"
        };
        flags.values.push(("log.level", level.to_owned()));
    }
    let config = Config::load(&flags).map_err(Fault::from)?;
    telemetry::init(config.log);
    let clock = Clock::system();
    let folder =
        DataFolder::open(&config.data, config.allow_insecure_permissions).map_err(Fault::from)?;
    let options = Options {
        write_queue: config.limits.writes_waiting,
        writes_per_commit: config.limits.writes_per_commit,
        read_deadline_ms: config.limits.read_seconds.saturating_mul(1000),
        ..Options::default()
    };
    let db = Db::open(folder, clock.clone(), Entropy, options).map_err(Fault::from)?;
    let tls = Tls::of_config(&config, &clock).map_err(Fault::from)?;
    let fingerprint = tls.as_ref().map(|tls| tls.certificate.fingerprint());
    let (mut shown, accounts) = (config.clone(), db.clone());
    let started = |address| {
        shown.http.listen = address;
        if !global.quiet && greet(&shown, &accounts, fingerprint.as_deref()).is_err() {
            tracing::warn!("the first steps could not be shown");
        }
    };
    server::run(config, db, tls, started)
        .map_err(|error| Fault::new(exit::FAILED, error.what, error.why, error.next).into())
}

/// Says where the server is and, while there is no account, what to do first.
fn greet(config: &Config, db: &Db, fingerprint: Option<&str>) -> Result<(), Stop> {
    let failed = |error| Fault::of_error(&error, "cannot read the accounts", "provost db check");
    let actor = Actor::System { why: "start" };
    let seat = db.local_seat(actor, None).map_err(failed)?;
    let first = db
        .read(&seat, app::accounts::list)
        .map_err(failed)?
        .is_empty();
    let url = config.server_url();
    let mut lines = vec![
        format!("Provost {} at {url}", env!("CARGO_PKG_VERSION")),
        format!("  data folder  {}", db.folder().path().display()),
    ];
    if let Some(fingerprint) = fingerprint {
        lines.push(format!("  certificate  SHA-256 {fingerprint}"));
    }
    if first {
        let self_signed = config.http.tls == TlsSource::SelfSigned;
        let id = AccountId::from_bytes(db.entropy().uuid_v7(db.clock().now_ms()));
        lines.push(first_steps(&program(config), &url, id, self_signed));
    }
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{}", lines.join("\n")).and_then(|()| stdout.flush()) {
        // The server serves, whether or not anybody reads this.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// The three commands that lead to a provisioned person, ready to be pasted. The account's id
/// is chosen here, so that the last one holds the whole address.
fn first_steps(program: &str, url: &str, id: AccountId, self_signed: bool) -> String {
    let base = format!("{url}/client/v4/accounts/{id}/scim/v2");
    let insecure = if self_signed { " --insecure" } else { "" };
    format!(
        "\n\
         There is no account yet. In another terminal:\n\
         \n\
         1. Make an account:\n\
         \n\
         {program} account create \"Example Ltd\" --id {id}\n\
         \n\
         2. Attach an identity provider and keep its token:\n\
         \n\
         TOKEN=$({program} connection create okta --name Okta)\n\
         \n\
         3. Provision a person, as the provider will:\n\
         \n\
         curl -sS{insecure} -X POST {base}/Users \\\n\
         \x20 -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/scim+json\" \\\n\
         \x20 -d '{{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:User\"],\
         \"userName\":\"ada@example.com\"}}'\n\
         \n\
         `{program} connection values Okta` says what to enter in the provider.\n"
    )
}

/// This program as it can be called from where it was started, with the data folder when it is
/// not the usual one.
fn program(config: &Config) -> String {
    let exe = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("provost"));
    let here = std::env::current_dir().ok();
    let relative = here.and_then(|here| exe.strip_prefix(here).map(Path::to_owned).ok());
    let path = relative.map_or_else(
        || exe.display().to_string(),
        |relative| format!("./{}", relative.display()),
    );
    let program = quoted(&path);
    if std::path::absolute(DATA_DEFAULT).ok().as_ref() == Some(&config.data) {
        return program;
    }
    format!(
        "{program} --data {}",
        quoted(&config.data.display().to_string())
    )
}

/// For a POSIX shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_safe_to_paste() {
        assert_eq!(quoted("/opt/provost"), "/opt/provost");
        assert_eq!(quoted("it's here"), "'it'\\''s here'");
    }
}
