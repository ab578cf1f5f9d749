//! The command line: one file for each command, named after it.

mod account;
mod admin;
mod audit;
mod backup;
mod change;
mod completions;
mod connection;
mod consent;
mod db;
mod describe;
#[cfg(debug_assertions)]
mod dev;
mod domain;
mod explain;
mod group;
mod healthcheck;
mod legacy;
mod log;
mod member;
mod output;
mod policy;
mod resource_group;
mod role;
mod serve;
mod session;
mod sso;
mod token;
mod values;
mod version;
mod when;

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use rustix::fs::Mode;
use rustix::process::DumpableBehavior;

use crate::admin::fault::{Fault, Stop, exit};
use crate::config;
use session::Session;

/// Who is in, and what each person may do: an on-premises SCIM appliance.
#[derive(Debug, Parser)]
#[command(name = "provost", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
struct Global {
    /// Settings file [default: ./provost.toml, else /etc/provost/provost.toml]
    #[arg(short, long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder [default: ./provost-data]
    #[arg(short, long, global = true, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Account; may be left out when there is only one
    #[arg(short, long, global = true, value_name = "ID|NAME")]
    account: Option<String>,
    /// Form of the output [default: human; piped, fields separated by tabs]
    #[arg(short, long, global = true, value_enum, value_name = "FORM")]
    output: Option<Form>,
    /// No colour (also by NO_COLOR)
    #[arg(long, global = true)]
    no_color: bool,
    /// Say only what was asked for, and errors
    #[arg(short, long, global = true)]
    quiet: bool,
    /// Say more of what happens inside; twice for even more
    #[arg(short, long, global = true, action = ArgAction::Count)]
    verbose: u8,
    /// Answer every question with yes
    #[arg(long, global = true)]
    yes: bool,
    /// Go on although others can look into the data folder
    #[arg(long, global = true)]
    allow_insecure_permissions: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Human,
    Json,
    Ndjson,
    Csv,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Serve),
    /// Print a link to make the first operator of the console with
    SetupLink(admin::SetupLink),
    /// The operators of the console: who signs in there
    #[command(subcommand)]
    Admin(admin::Admin),
    /// The tenants of this box
    #[command(subcommand)]
    Account(account::Account),
    /// The identity providers of an account
    #[command(subcommand, after_help = connection::NO_DELETE)]
    Connection(connection::Connection),
    /// The e-mail domains whose people sign in through the account's provider
    #[command(subcommand)]
    Sso(sso::Sso),
    /// The API tokens of an account
    #[command(subcommand)]
    Token(token::Token),
    /// The people of an account
    #[command(subcommand)]
    Member(member::Member),
    /// The user groups of an account
    #[command(subcommand)]
    Group(group::Group),
    /// The roles there are: built-in ones and the account's own
    #[command(subcommand)]
    Role(role::Role),
    /// What members and groups are given or denied
    #[command(subcommand)]
    Policy(policy::Policy),
    /// Who may do what, and why
    #[command(subcommand)]
    Explain(explain::Explain),
    /// The domains that policies can apply to
    #[command(subcommand)]
    Domain(domain::Domain),
    /// Named lists of domains that policies can apply to
    #[command(subcommand)]
    ResourceGroup(resource_group::ResourceGroup),
    /// Groups whose names grant roles, and their way to user groups
    #[command(subcommand)]
    Legacy(legacy::Legacy),
    /// What was changed, by whom
    #[command(subcommand)]
    Audit(audit::Audit),
    /// What identity providers sent, and what came of it
    #[command(subcommand)]
    Log(log::Log),
    /// Copies of the database
    #[command(subcommand)]
    Backup(backup::Backup),
    /// The database itself
    #[command(subcommand)]
    Db(db::DbCommand),
    /// What helps to work on Provost itself
    #[cfg(debug_assertions)]
    #[command(subcommand, hide = true)]
    Dev(dev::Dev),
    /// Exit 0 if the server answers
    Healthcheck,
    /// Print what completes commands in a shell
    Completions(completions::Completions),
    /// Print the manual, or write all its pages
    Man(completions::Man),
    /// The version of this program
    Version,
}

/// Runs the command line `arguments`, the program's name first; the process ends with what
/// this returns.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    // Files are for this user alone, and no core dump holds a key.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    if let Err(error) = rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        tracing::debug!(%error, "core dumps can't be switched off");
    }
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A help that nobody reads any more is no error.
            let _closed = error.print();
            let code = u8::try_from(error.exit_code()).unwrap_or(exit::USAGE);
            return ExitCode::from(code);
        }
    };
    let colour = !cli.global.no_color && !config::no_color() && io::stderr().is_terminal();
    match dispatch(cli) {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::from(exit::DONE)
        }
        Err(Stop::Output(error)) => report(&unwritten(&error), colour),
        Err(Stop::Fault(fault)) => report(&fault, colour),
    }
}

fn dispatch(cli: Cli) -> Result<(), Stop> {
    let Cli {
        mut global,
        command,
    } = cli;
    if let Command::Account(account) = &command
        && let Some(named) = account.named()
    {
        global.account = Some(named.to_owned());
    }
    match command {
        Command::Serve(serve) => serve::run(&global, &serve),
        Command::Version => version::run(&global),
        Command::Completions(command) => completions::completions(&command),
        Command::Man(command) => completions::man(&command),
        Command::Healthcheck => healthcheck::run(&Session::new(global)?),
        Command::SetupLink(link) => admin::setup_link(&Session::new(global)?, &link),
        Command::Admin(command) => admin::run(&Session::new(global)?, command),
        Command::Account(command) => account::run(&Session::new(global)?, command),
        Command::Connection(command) => connection::run(&Session::new(global)?, command),
        Command::Sso(command) => sso::run(&Session::new(global)?, command),
        Command::Token(command) => token::run(&Session::new(global)?, command),
        Command::Member(command) => member::run(&Session::new(global)?, command),
        Command::Group(command) => group::run(&Session::new(global)?, command),
        Command::Role(command) => role::run(&Session::new(global)?, command),
        Command::Policy(command) => policy::run(&Session::new(global)?, command),
        Command::Explain(command) => explain::run(&Session::new(global)?, command),
        Command::Domain(command) => domain::run(&Session::new(global)?, command),
        Command::ResourceGroup(command) => resource_group::run(&Session::new(global)?, command),
        Command::Legacy(command) => legacy::run(&Session::new(global)?, command),
        Command::Audit(command) => audit::run(&Session::new(global)?, command),
        Command::Log(command) => log::run(&Session::new(global)?, command),
        Command::Backup(command) => backup::run(&Session::new(global)?, command),
        Command::Db(command) => db::run(&Session::new(global)?, &command),
        #[cfg(debug_assertions)]
        Command::Dev(command) => dev::run(&Session::new(global)?, &command),
    }
}

fn unwritten(error: &io::Error) -> Fault {
    Fault::new(
        exit::FAILED,
        "cannot write the output",
        error.to_string(),
        "free space where the output goes, and repeat the command",
    )
}

/// Three lines on standard error: what, why, and what to do next.
fn report(fault: &Fault, colour: bool) -> ExitCode {
    let (red, plain) = if colour {
        ("\u{1b}[1;31m", "\u{1b}[0m")
    } else {
        ("", "")
    };
    let text = format!(
        "{red}error:{plain} {}\n  {}\n  next:  {}\n",
        output::harmless(&fault.what),
        output::harmless(&fault.why),
        output::harmless(&fault.next),
    );
    // Without a place to say it, the exit code says it alone.
    let _closed = io::stderr().lock().write_all(text.as_bytes());
    ExitCode::from(fault.exit_code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_tree_of_commands_is_sound() {
        Cli::command().debug_assert();
    }
}
