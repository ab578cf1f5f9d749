//! `provost sso`.

use clap::{Subcommand, ValueEnum};

use super::consent::Consent;
use super::describe::on_off;
use super::output::Shape;
use super::session::{Session, unexpected};
use crate::admin::command::{Command, SsoCommand};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{Reply, SsoView};

#[derive(Debug, Subcommand)]
pub(super) enum Sso {
    /// The e-mail domains of the account
    List,
    /// Add an e-mail domain, and begin its verification
    Create {
        /// What stands behind the @
        domain: String,
    },
    /// One domain, and the code that proves who owns it
    Show {
        /// Domain or id
        domain: String,
    },
    /// Enable or disable it
    Set {
        /// Domain or id
        domain: String,
        #[arg(long, value_enum)]
        enabled: OnOff,
        #[command(flatten)]
        consent: Consent,
    },
    /// Confirm that the organisation owns it
    Verify {
        /// Domain or id
        domain: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Remove it
    Delete {
        /// Domain or id
        domain: String,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OnOff {
    On,
    Off,
}

pub(super) fn run(session: &Session, command: Sso) -> Result<(), Stop> {
    match command {
        Sso::List => session.list(Command::Sso(SsoCommand::List), Shape::List),
        Sso::Show { domain } => session.show(Command::Sso(SsoCommand::Show { domain })),
        Sso::Create { domain } => {
            let reply = session.one(Command::Sso(SsoCommand::Create { domain }))?;
            session.print_one(&reply)?;
            let view = view_of(reply)?;
            Ok(session.say(&proof(&view))?)
        }
        Sso::Set {
            domain,
            enabled,
            consent,
        } => set(session, domain, enabled == OnOff::On, consent),
        Sso::Verify { domain, consent } => {
            let view = shown(session, &domain)?;
            let effect = format!(
                "domain {}: counts as the organisation's own, as if its TXT record {} had been \
                 seen (now {})",
                view.email_domain, view.code, view.verification
            );
            if consent.given(session, &effect)? {
                session.show(Command::Sso(SsoCommand::Verify { domain }))?;
            }
            Ok(())
        }
        Sso::Delete { domain, consent } => {
            let view = shown(session, &domain)?;
            let effect = format!(
                "domain {}: is removed (now {}, {}); {}",
                view.email_domain,
                view.verification,
                on_off(view.enabled),
                WITHOUT,
            );
            if consent.given(session, &effect)? {
                session.show(Command::Sso(SsoCommand::Delete { domain }))?;
            }
            Ok(())
        }
    }
}

/// What it means for a domain to be enabled no more.
const WITHOUT: &str = "connections with require_sso_domain deprovision nobody of it";

fn set(session: &Session, domain: String, enabled: bool, consent: Consent) -> Result<(), Stop> {
    let view = shown(session, &domain)?;
    let meaning = if enabled {
        "connections with require_sso_domain may deprovision its people"
    } else {
        WITHOUT
    };
    let effect = format!(
        "domain {}: enabled becomes {} (now {}); {meaning}",
        view.email_domain,
        on_off(enabled),
        on_off(view.enabled),
    );
    let asks = view.enabled != enabled || consent.dry_run;
    if asks && !consent.given(session, &effect)? {
        return Ok(());
    }
    session.show(Command::Sso(SsoCommand::Set { domain, enabled }))
}

fn shown(session: &Session, domain: &str) -> Result<SsoView, Stop> {
    let domain = domain.to_owned();
    let reply = session.one(Command::Sso(SsoCommand::Show { domain }))?;
    Ok(view_of(reply)?)
}

fn view_of(reply: Reply) -> Result<SsoView, Fault> {
    let Reply::Sso(view) = reply else {
        return Err(unexpected("sso show"));
    };
    Ok(view)
}

/// How the domain becomes verified.
fn proof(view: &SsoView) -> String {
    format!(
        "Publish the TXT record {} at {} and look it up:\n\
         \x20 dig +short TXT {}\n\
         next:  provost sso verify {}",
        view.code, view.email_domain, view.email_domain, view.email_domain
    )
}
