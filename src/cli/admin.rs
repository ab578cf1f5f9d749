//! `provost admin` and `provost setup-link`: operators of the console.

use std::io::{self, Write};

use clap::{Args, Subcommand};

use super::consent::Consent;
use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin::command::{Command, NewOperator, OperatorCommand};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::{LinkView, Reply};
use crate::domain::setup::LINK_MINUTES_DEFAULT;

/// What an operator may do in their account unless it is said otherwise.
const ROLE_DEFAULT: &str = "Super Administrator - All Privileges";

#[derive(Debug, Args)]
pub(super) struct SetupLink {
    /// How long the link is good
    #[arg(long, value_name = "N", default_value_t = LINK_MINUTES_DEFAULT)]
    minutes: i64,
}

#[derive(Debug, Args)]
pub(super) struct Assign {
    /// Email or id
    operator: String,
    /// What they may do there: a role, by name or id
    #[arg(long, required_unless_present = "member", conflicts_with = "member")]
    role: Option<String>,
    /// As this member, who is there already and made by hand, with the roles they have
    #[arg(long)]
    member: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Admin {
    /// Make an operator; prints a link to choose the password with
    Create {
        /// What they sign in with
        #[arg(long)]
        email: String,
        /// [default: the email]
        #[arg(long)]
        name: Option<String>,
        /// What they may do in the account, when there is one
        #[arg(long, default_value = ROLE_DEFAULT)]
        role: String,
        /// Make them a server administrator: accounts and operators too, as the first operator may
        #[arg(long)]
        box_administrator: bool,
        /// How long the link is good
        #[arg(long, value_name = "N", default_value_t = LINK_MINUTES_DEFAULT)]
        minutes: i64,
    },
    /// Let somebody who is an operator work in one more account
    Assign(Assign),
    /// The operators of this server
    List,
    /// End the waiting after wrong passwords
    Unlock {
        /// Email or id
        operator: String,
    },
    /// Forget authenticator and recovery codes, and end the sessions
    ResetFactors {
        /// Email or id
        operator: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Print a link to choose a new password with; the second factor stays
    Recover {
        /// Email or id
        operator: String,
        /// How long the link is good
        #[arg(long, value_name = "N", default_value_t = LINK_MINUTES_DEFAULT)]
        minutes: i64,
    },
    /// Let an operator sign in no more, and end the sessions
    Disable {
        /// Email or id
        operator: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let an operator sign in again
    Enable {
        /// Email or id
        operator: String,
    },
    /// Remove an operator; their members stay
    Remove {
        /// Email or id
        operator: String,
        #[command(flatten)]
        consent: Consent,
    },
}

pub(super) fn setup_link(session: &Session, link: &SetupLink) -> Result<(), Stop> {
    let minutes = link.minutes;
    let link = ask_link(session, OperatorCommand::SetupLink { minutes })?;
    Ok(session.say(&format!(
        "open it within {} minutes; it works once, in one browser",
        link.minutes
    ))?)
}

pub(super) fn run(session: &Session, command: Admin) -> Result<(), Stop> {
    match command {
        Admin::Create {
            email,
            name,
            role,
            box_administrator,
            minutes,
        } => {
            let new = NewOperator {
                email,
                name,
                role,
                box_administrator,
                minutes,
            };
            let link = ask_link(session, OperatorCommand::Create(new))?;
            tell(session, &link)
        }
        Admin::Assign(asked) => assign(session, asked),
        Admin::List => session.list(Command::Operator(OperatorCommand::List), Shape::List),
        Admin::Unlock { operator } => show(session, OperatorCommand::Unlock { operator }),
        Admin::ResetFactors { operator, consent } => {
            let effect = format!(
                "operator {operator}: signs in with the password alone until another \
                 authenticator is set up; all sessions end"
            );
            ask(
                session,
                consent,
                &effect,
                OperatorCommand::ResetFactors { operator },
            )
        }
        Admin::Recover { operator, minutes } => {
            let link = ask_link(session, OperatorCommand::Recover { operator, minutes })?;
            tell(session, &link)
        }
        Admin::Disable { operator, consent } => {
            let effect = "can no longer sign in; all sessions end";
            let effect = ending(session, &operator, effect)?;
            let disabled = true;
            ask(
                session,
                consent,
                &effect,
                OperatorCommand::SetDisabled { operator, disabled },
            )
        }
        Admin::Enable { operator } => {
            let disabled = false;
            show(session, OperatorCommand::SetDisabled { operator, disabled })
        }
        Admin::Remove { operator, consent } => {
            let effect = "gone, with all sessions; the members they worked as stay";
            let effect = ending(session, &operator, effect)?;
            ask(
                session,
                consent,
                &effect,
                OperatorCommand::Remove { operator },
            )
        }
    }
}

fn assign(session: &Session, asked: Assign) -> Result<(), Stop> {
    let command = OperatorCommand::Assign {
        operator: asked.operator,
        role: asked.role,
        member: asked.member,
    };
    show(session, command)
}

fn ask(
    session: &Session,
    consent: Consent,
    effect: &str,
    command: OperatorCommand,
) -> Result<(), Stop> {
    if !consent.given(session, effect)? {
        return Ok(());
    }
    show(session, command)
}

/// What it does to the operator, and what nobody can do any more then. The console refuses it; the
/// command line, which can make another operator, says so.
fn ending(session: &Session, operator: &str, effect: &str) -> Result<String, Stop> {
    let command = OperatorCommand::Weigh {
        operator: operator.to_owned(),
    };
    let Reply::Operator(view) = session.one(Command::Operator(command))? else {
        return Err(unexpected("admin list").into());
    };
    let mut said = vec![format!("operator {}: {effect}", view.email)];
    if let Some(alone) = view.alone {
        said.extend(alone.accounts.iter().map(|account| {
            format!(
                "then nobody can sign in as Super Administrator of {account}, until provost admin \
                 create or assign lets another operator"
            )
        }));
        if alone.box_administrator {
            let stays = "they are the last server administrator, who stays: this will be refused";
            said.push(stays.to_owned());
        }
    }
    Ok(said.join("\n"))
}

fn show(session: &Session, command: OperatorCommand) -> Result<(), Stop> {
    session.show(Command::Operator(command))
}

/// Asks for a link and prints it, alone on standard output, whatever form was asked for.
fn ask_link(session: &Session, command: OperatorCommand) -> Result<LinkView, Stop> {
    let name = command.name();
    let Reply::Link(link) = session.one(Command::Operator(command))? else {
        return Err(unexpected(name).into());
    };
    let mut stdout = io::stdout().lock();
    let written = writeln!(stdout, "{}", link.url.reveal()).and_then(|()| stdout.flush());
    written.map_err(|error| {
        Fault::new(
            exit::FAILED,
            "the link was made, but nobody could read it",
            error.to_string(),
            "repeat the command: the next link takes the place of this one",
        )
    })?;
    Ok(*link)
}

fn tell(session: &Session, link: &LinkView) -> Result<(), Stop> {
    let whom = link
        .operator
        .as_ref()
        .map_or("", |operator| operator.email.as_str());
    Ok(session.say(&format!(
        "the link lets {whom} choose a password within {} minutes; it works once, in one browser",
        link.minutes
    ))?)
}
