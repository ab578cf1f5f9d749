//! `provost account`.

use clap::Subcommand;

use super::consent::Consent;
use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin::command::Command;
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::Reply;
use crate::domain::id::{AccountId, NotAnId};

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Make an account
    Create {
        /// As it is called in lists
        name: String,
        /// Keep an existing id: 32 lower-case hex digits
        #[arg(long, value_name = "HEX32", value_parser = parse_id)]
        id: Option<AccountId>,
    },
    /// All accounts
    List,
    /// One account
    Show {
        /// Id or name, instead of --account
        #[arg(value_name = "ACCOUNT")]
        which: Option<String>,
    },
    /// Change an account
    Set {
        /// Id or name, instead of --account
        #[arg(value_name = "ACCOUNT")]
        which: Option<String>,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        /// What names of groups may not begin with over SCIM; "" reserves nothing
        #[arg(long, value_name = "TEXT")]
        reserved_prefix: Option<String>,
        #[command(flatten)]
        consent: Consent,
    },
}

fn parse_id(text: &str) -> Result<AccountId, String> {
    text.parse()
        .map_err(|NotAnId| "an id is 32 lower-case hex digits".to_owned())
}

impl Account {
    /// The account that the command itself names.
    pub(super) fn named(&self) -> Option<&str> {
        match self {
            Self::Create { .. } | Self::List => None,
            Self::Show { which } | Self::Set { which, .. } => which.as_deref(),
        }
    }
}

pub(super) fn run(session: &Session, command: Account) -> Result<(), Stop> {
    match command {
        Account::Create { name, id } => {
            session.show(Command::AccountCreate { name, id })?;
            let next = "next:  provost connection create okta|entra|authentik|generic --name NAME";
            Ok(session.say(next)?)
        }
        Account::List => session.list(Command::AccountList, Shape::List),
        Account::Show { .. } => session.show(Command::AccountShow),
        Account::Set {
            name: None,
            reserved_prefix: None,
            ..
        } => Err(Fault::usage(
            "nothing to set",
            "neither --name nor --reserved-prefix was given",
            "provost account set --help",
        )
        .into()),
        Account::Set {
            name,
            reserved_prefix,
            consent,
            ..
        } => set(session, name, reserved_prefix, consent),
    }
}

fn set(
    session: &Session,
    name: Option<String>,
    reserved_prefix: Option<String>,
    consent: Consent,
) -> Result<(), Stop> {
    let command = Command::AccountShow;
    let Reply::Account(before) = session.one(command)? else {
        return Err(unexpected("account show").into());
    };
    let mut effect = Vec::new();
    if let Some(new) = name.as_ref().filter(|new| **new != before.name) {
        effect.push(format!("account {}: name becomes {new}", before.name));
    }
    let moved = reserved_prefix
        .as_ref()
        .filter(|new| **new != before.reserved_prefix);
    if let Some(new) = moved {
        effect.push(format!(
            "account {}: groups named {}… are taken over SCIM, those named {}… are refused",
            before.name,
            quoted(&before.reserved_prefix),
            quoted(new),
        ));
    }
    // A name gives nobody anything; the prefix decides which groups come in.
    let asks = moved.is_some() || consent.dry_run;
    if asks && !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    session.show(Command::AccountSet {
        name,
        reserved_prefix,
    })
}

fn quoted(prefix: &str) -> String {
    if prefix.is_empty() {
        "\"\" (nothing)".to_owned()
    } else {
        format!("{prefix:?}")
    }
}
