//! One run of a command: its settings, and the door it goes through.

use std::cell::OnceCell;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use super::output::{Printer, Shape, Style, harmless};
use super::{Form, Global};
use crate::admin::caller::Caller;
use crate::admin::client::Client;
use crate::admin::command::{Command, LegacyCommand};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::Reply;
use crate::admin::{self, Request};
use crate::config::{Config, Flags, Log, LogFormat};
use crate::env::{Clock, Entropy};
use crate::store::folder::DataFolder;
use crate::store::open::OpenError;
use crate::store::{Db, Options};
use crate::telemetry;

/// How often, and at what distance, a server that starts is asked again.
const TRIES_MAX: u32 = 30;
const TRY_MILLISECONDS: u64 = 100;

pub(super) struct Session {
    pub(super) global: Global,
    pub(super) config: Config,
    pub(super) clock: Clock,
    door: OnceCell<Door>,
}

enum Door {
    /// A server runs; each command opens its socket anew.
    Server,
    /// None does: the database is ours while this lives.
    Direct(Db),
}

impl Drop for Session {
    fn drop(&mut self) {
        if let Some(Door::Direct(db)) = self.door.get() {
            db.close();
        }
    }
}

/// What the global flags say of the settings.
pub(super) fn flags(global: &Global) -> Flags {
    let mut values = Vec::new();
    if let Some(data) = &global.data {
        values.push(("data", data.to_string_lossy().into_owned()));
    }
    if global.allow_insecure_permissions {
        values.push(("allow_insecure_permissions", "true".to_owned()));
    }
    Flags {
        file: global.config.clone(),
        values,
    }
}

impl Session {
    pub(super) fn new(global: Global) -> Result<Self, Fault> {
        let config = Config::load(&flags(&global))?;
        let level = match global.verbose {
            0 => tracing::Level::ERROR,
            1 => tracing::Level::INFO,
            _ => tracing::Level::DEBUG,
        };
        telemetry::init(Log {
            format: LogFormat::Human,
            level,
        });
        Ok(Self {
            global,
            config,
            clock: Clock::system(),
            door: OnceCell::new(),
        })
    }

    /// Asks `command` of the server, or of the database when no server runs.
    pub(super) fn call(
        &self,
        command: Command,
        sink: &mut dyn FnMut(Reply) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let creates = match &command {
            Command::AccountCreate { .. } => true,
            Command::Operator(command) => command.creates(),
            _ => false,
        };
        let request = Request::new(self.global.account.as_deref(), command);
        match self.door(creates)? {
            Door::Server => match self.connect()? {
                Some(client) => client.call(&request, sink),
                None => Err(self.gone().into()),
            },
            Door::Direct(db) => {
                let caller = Caller::of_this_process();
                let url = self.config.server_url();
                admin::run(db, &caller, &url, request, sink)
            }
        }
    }

    /// The only item of an answer.
    pub(super) fn one(&self, command: Command) -> Result<Reply, Stop> {
        let name = command.name();
        let mut items = Vec::new();
        self.call(command, &mut |reply| {
            items.push(reply);
            Ok(())
        })?;
        let item = items.pop().filter(|_| items.is_empty());
        item.ok_or_else(|| unexpected(name).into())
    }

    /// Prints the only item of the answer.
    pub(super) fn show(&self, command: Command) -> Result<(), Stop> {
        let reply = self.one(command)?;
        self.print_one(&reply)
    }

    pub(super) fn print_one(&self, reply: &Reply) -> Result<(), Stop> {
        let mut printer = self.printer(Shape::One, "");
        printer.item(reply)?;
        Ok(printer.finish()?)
    }

    /// Prints the items of the answer as a table or a list.
    pub(super) fn list(&self, command: Command, shape: Shape) -> Result<(), Stop> {
        let mut printer = self.printer(shape, noun_of(&command));
        self.call(command, &mut |reply| printer.item(&reply))?;
        Ok(printer.finish()?)
    }

    /// Prints a whole log: one JSON document a line, unless another form was asked for.
    pub(super) fn export(&self, command: Command) -> Result<(), Stop> {
        let style = match self.global.output {
            Some(Form::Csv) => Style::Csv,
            Some(Form::Human | Form::Json | Form::Ndjson) | None => Style::Ndjson,
        };
        let mut printer = Printer::new(style, Shape::List, "");
        self.call(command, &mut |reply| printer.item(&reply))?;
        Ok(printer.finish()?)
    }

    pub(super) fn printer(&self, shape: Shape, noun: &'static str) -> Printer {
        let style = match self.global.output {
            Some(Form::Json) => Style::Json,
            Some(Form::Ndjson) => Style::Ndjson,
            Some(Form::Csv) => Style::Csv,
            None if !io::stdout().is_terminal() => Style::Tabs,
            Some(Form::Human) | None => Style::Human,
        };
        Printer::new(style, shape, noun)
    }

    /// Whether a server runs; commands that wait for news need one.
    pub(super) fn has_server(&self) -> Result<bool, Fault> {
        Ok(matches!(self.door(false)?, Door::Server))
    }

    /// Whether there is a database, with or without a server.
    pub(super) fn has_database(&self) -> bool {
        self.config.data.join("provost.db").exists()
    }

    /// A line for the person at the terminal, on standard error; `--quiet` leaves it out.
    pub(super) fn say(&self, line: &str) -> io::Result<()> {
        if self.global.quiet {
            return Ok(());
        }
        let mut stderr = io::stderr().lock();
        line.lines()
            .try_for_each(|line| writeln!(stderr, "{}", harmless(line)))
    }

    fn connect(&self) -> Result<Option<Client>, Fault> {
        Client::connect(&self.config.data).map_err(|error| {
            Fault::new(
                exit::UNAVAILABLE,
                format!("cannot reach the server of {}", self.config.data.display()),
                error.to_string(),
                "run the command as root or as the owner of the data folder",
            )
        })
    }

    fn gone(&self) -> Fault {
        Fault::new(
            exit::UNAVAILABLE,
            format!(
                "the server of {} does not answer",
                self.config.data.display()
            ),
            "it holds the lock of the data folder, but its administration socket is not there",
            "wait until it has started or stopped, and repeat the command",
        )
    }

    fn door(&self, creates: bool) -> Result<&Door, Fault> {
        if let Some(door) = self.door.get() {
            return Ok(door);
        }
        let door = self.open(creates)?;
        Ok(self.door.get_or_init(|| door))
    }

    fn open(&self, creates: bool) -> Result<Door, Fault> {
        let config = &self.config;
        for _ in 0..TRIES_MAX {
            if self.connect()?.is_some() {
                return Ok(Door::Server);
            }
            if !creates && !self.has_database() {
                return Err(Fault::new(
                    exit::UNAVAILABLE,
                    format!("there is no Provost database in {}", config.data.display()),
                    "it is made by the first `provost serve` or `provost account create`",
                    "name the data folder with --data, or run `provost serve`",
                ));
            }
            match DataFolder::open(&config.data, config.allow_insecure_permissions) {
                Ok(folder) => {
                    let options = Options::default();
                    let db = Db::open(folder, self.clock.clone(), Entropy, options)?;
                    return Ok(Door::Direct(db));
                }
                // A server that starts has the lock before it has the socket; one that stops,
                // after it.
                Err(OpenError::Locked(_)) => {
                    std::thread::sleep(Duration::from_millis(TRY_MILLISECONDS));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(self.gone())
    }
}

/// What a list of this command is made of: the first word of `token list` is it.
fn noun_of(command: &Command) -> &'static str {
    match command {
        Command::ConnectionHeld { .. } => "held_change",
        Command::Sso(_) => "sso_connector",
        Command::Legacy(LegacyCommand::Runs) => "legacy_migration",
        Command::Legacy(_) => "legacy_group",
        Command::Operator(_) => "operator",
        Command::Directory(command) => command.noun(),
        other => other.name().split(' ').next().unwrap_or_default(),
    }
}

/// An answer that this command has no use for.
pub(super) fn unexpected(command: &str) -> Fault {
    Fault::new(
        exit::FAILED,
        format!("cannot understand the answer to `provost {command}`"),
        "the running server is of another release than this command",
        "restart the server, or use the provost that it was started from",
    )
}
