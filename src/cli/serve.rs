//! `provost serve`.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::{Global, session};
use crate::admin::fault::{Fault, Stop, exit};
use crate::app;
use crate::config::{self, Config, DATA_DEFAULT};
use crate::domain::setup::LINK_MINUTES_DEFAULT;
use crate::env::{Clock, Entropy};
use crate::server;
use crate::store::folder::DataFolder;
use crate::store::tx::WriteTx;
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

/// Milliseconds for which the allocator keeps freed memory; of its own accord a thousand. What a
/// burst of requests took goes back to the machine, and requests that follow at once find it still.
const PURGE_DELAY_MS: &str = "5";
/// What is due goes back when memory is freed next, and a server that is asked nothing frees none.
const PURGED_AFTER: Duration = Duration::from_millis(20);
const MUCH_BYTES: usize = 1024 * 1024;

/// Begins the program anew with that, unless whoever started it has said something else: the
/// allocator asks its environment, and only when a program begins. The process stays the same one.
fn settle_allocator() {
    if config::knows_purge_delay() {
        return;
    }
    // By its own path, since the process is called by the last part of that. Where the file was
    // replaced since the start there is no such path any more.
    let path = std::env::current_exe().ok().filter(|path| path.exists());
    let mut given = std::env::args_os();
    let mut again = Command::new(path.unwrap_or_else(|| "/proc/self/exe".into()));
    if let Some(program) = given.next() {
        again.arg0(program);
    }
    again.args(given).env(config::PURGE_DELAY, PURGE_DELAY_MS);
    // It comes back when that can't be done: then memory is kept longer, and nothing else.
    let error = again.exec();
    tracing::debug!(%error, "the allocator goes by what it was made with");
}

pub(super) fn run(global: &Global, serve: &Serve) -> Result<(), Stop> {
    settle_allocator();
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
    calibrate(&db);
    let tls = Tls::of_config(&config, &clock).map_err(Fault::from)?;
    let fingerprint = tls.as_ref().map(|tls| tls.certificate.fingerprint());
    let (mut shown, accounts) = (config.clone(), db.clone());
    let started = |address| {
        shown.http.listen = address;
        if greet(&shown, &accounts, fingerprint.as_deref(), global.quiet).is_err() {
            tracing::warn!("the first steps could not be shown");
        }
    };
    server::run(config, db, tls, started)
        .map_err(|error| Fault::new(exit::FAILED, error.what, error.why, error.next).into())
}

/// Measures beside the serving what a password's hash may cost, once on this machine. Not in debug
/// builds, which tests start by the dozen.
fn calibrate(db: &Db) {
    let db = db.clone();
    let measure = move || {
        if let Err(error) = db.calibrate_passwords() {
            tracing::warn!(
                ?error,
                "what a password's hash may cost could not be measured"
            );
        }
        // A hash takes more memory than all the rest of the server.
        std::thread::sleep(PURGED_AFTER);
        drop(std::hint::black_box(Vec::<u8>::with_capacity(MUCH_BYTES)));
    };
    let thread = std::thread::Builder::new().name("calibrate".to_owned());
    if !cfg!(debug_assertions)
        && let Err(error) = thread.spawn(measure)
    {
        tracing::warn!(%error, "what a password's hash may cost could not be measured");
    }
}

/// Makes the link of the first run, as long as there is no operator, and leaves it in the data
/// folder; gives it.
fn first_link(config: &Config, db: &Db) -> Result<Option<String>, Stop> {
    let failed = |error| Fault::of_error(&error, "cannot make a setup link", "provost db check");
    let any = db.read(&db.own_seat("start"), app::operators::any);
    if any.map_err(failed)? {
        db.folder().remove_setup_url();
        return Ok(None);
    }
    let issue = |tx: &WriteTx<'_>| app::setup::issue(tx, LINK_MINUTES_DEFAULT);
    let code = db
        .write_blocking(db.own_write("start"), issue)
        .map_err(failed)?;
    let link = format!("{}/setup?code={}", config.server_url(), *code.grouped());
    db.folder().write_setup_url(&link)?;
    Ok(Some(link))
}

/// Says where the server is and, while nobody can sign in, what to do first.
fn greet(config: &Config, db: &Db, fingerprint: Option<&str>, quiet: bool) -> Result<(), Stop> {
    let link = first_link(config, db)?;
    if quiet {
        return Ok(());
    }
    let url = config.server_url();
    let mut lines = vec![
        format!("Provost {} at {url}", env!("CARGO_PKG_VERSION")),
        format!("  data folder  {}", db.folder().path().display()),
    ];
    if let Some(fingerprint) = fingerprint {
        lines.push(format!("  certificate  SHA-256 {fingerprint}"));
    }
    if let Some(link) = link {
        lines.push(first_steps(&program(config), &link));
    }
    let mut stdout = io::stdout().lock();
    match writeln!(stdout, "{}", lines.join("\n")).and_then(|()| stdout.flush()) {
        // The server serves, whether or not anybody reads this.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}

/// How somebody gets in who can't sign in yet.
fn first_steps(program: &str, link: &str) -> String {
    format!(
        "\n\
         \x20 Finish setup in a browser, within {LINK_MINUTES_DEFAULT} minutes:\n\
         \x20 {link}\n\
         \n\
         \x20 Later?             {program} setup-link\n\
         \x20 No browser here?   {program} admin create --email you@example.com\n"
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
