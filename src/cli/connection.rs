//! `provost connection`.

mod held;

use clap::{Args, Subcommand, ValueEnum};

use super::consent::Consent;
use super::describe::{on_off, word};
use super::output::Shape;
use super::session::{Session, unexpected};
use super::{token, values};
use crate::admin::command::Command;
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{ConnectionView, Reply};
use crate::domain::brake::{Brake, HeldState};
use crate::domain::connection::{AdoptExisting, AttributeUpdates, ProviderKind, SettingsChange};

/// Said where somebody looks for the way to delete one.
pub(super) const NO_DELETE: &str = "\
A connection can't be deleted: histories name it, and the people and groups that it manages stay its
own until another connection takes them over. To end it, pause it, and revoke its tokens with
`provost token revoke`: nothing comes in through it then.";

#[derive(Debug, Subcommand)]
pub(super) enum Connection {
    /// Attach an identity provider; prints its token, this once
    Create {
        /// What it is
        #[arg(value_enum)]
        kind: Kind,
        /// As it is called in lists and logs
        #[arg(long)]
        name: String,
        #[command(flatten)]
        settings: Settings,
    },
    /// The connections of the account
    List,
    /// One connection and how it fares
    Show {
        /// Id or name
        connection: String,
    },
    /// What to enter in the provider, and where
    Values {
        /// Id or name
        connection: String,
    },
    /// Answer its requests with "try again later"
    Pause {
        /// Id or name
        connection: String,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let its requests in again
    Resume {
        /// Id or name
        connection: String,
    },
    /// What its brake holds: removals of people that were too many at once
    Held {
        /// Id or name
        connection: String,
    },
    /// Let what is held pass for 24 hours, when the provider repeats it
    Release(Decide),
    /// Refuse what is held from now on
    Discard(Decide),
    /// Change name or settings
    Set {
        /// Id or name
        connection: String,
        /// A new name
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        consent: Consent,
    },
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    /// Id or name
    connection: String,
    /// Only this person or group, by id or name, whatever was decided of it before; repeatable
    #[arg(long, value_name = "ID|NAME")]
    target: Vec<String>,
    #[command(flatten)]
    consent: Consent,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    Okta,
    Entra,
    Authentik,
    Generic,
}

impl From<Kind> for ProviderKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Okta => Self::Okta,
            Kind::Entra => Self::Entra,
            Kind::Authentik => Self::Authentik,
            Kind::Generic => Self::Generic,
        }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnOff {
    On,
    Off,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Updates {
    Store,
    Ignore,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Adopt {
    Adopt,
    Refuse,
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Settings {
    /// userName and the primary work address must be the same string [default: on for entra]
    #[arg(long, value_enum)]
    strict_upn_email: Option<OnOff>,
    /// What becomes of profile changes after creation [default: store]
    #[arg(long, value_enum)]
    attribute_updates: Option<Updates>,
    /// What becomes of writes to what others made [default: adopt]
    #[arg(long, value_enum)]
    adopt_existing: Option<Adopt>,
    /// Deprovision only people of verified, enabled SSO domains [default: off]
    #[arg(long, value_enum)]
    require_sso_domain: Option<OnOff>,
    /// How many people may go within 15 minutes: off, a number, or a share of at least 10
    /// people [default: 20%]
    #[arg(long, value_name = "off|N|N%", value_parser = parse_brake)]
    brake: Option<Brake>,
}

fn parse_brake(text: &str) -> Result<Brake, String> {
    Brake::parse(text).map_err(|error| error.to_string())
}

impl Settings {
    fn change(self) -> SettingsChange {
        SettingsChange {
            strict_upn_email: self
                .strict_upn_email
                .map(|value| matches!(value, OnOff::On)),
            attribute_updates: self.attribute_updates.map(|value| match value {
                Updates::Store => AttributeUpdates::Store,
                Updates::Ignore => AttributeUpdates::Ignore,
            }),
            adopt_existing: self.adopt_existing.map(|value| match value {
                Adopt::Adopt => AdoptExisting::Adopt,
                Adopt::Refuse => AdoptExisting::Refuse,
            }),
            require_sso_domain: self
                .require_sso_domain
                .map(|value| matches!(value, OnOff::On)),
            brake: self.brake,
        }
    }
}

pub(super) fn run(session: &Session, command: Connection) -> Result<(), Stop> {
    match command {
        Connection::Create {
            kind,
            name,
            settings,
        } => {
            let settings = settings.change();
            let reply = session.one(Command::ConnectionCreate {
                kind: kind.into(),
                name,
                settings,
            })?;
            let Reply::Issued(issued) = reply else {
                return Err(unexpected("connection create").into());
            };
            token::print_secret(&issued)?;
            let Some(connection) = &issued.connection else {
                return Ok(());
            };
            session.say(&values::text(connection, Some(&issued)))?;
            Ok(session.say("next:  provost log tail -f")?)
        }
        Connection::List => session.list(Command::ConnectionList, Shape::List),
        Connection::Show { connection } => session.show(Command::ConnectionShow { connection }),
        Connection::Values { connection } => {
            let reply = session.one(Command::ConnectionShow { connection })?;
            if session
                .global
                .output
                .is_some_and(|form| form != super::Form::Human)
            {
                return session.print_one(&reply);
            }
            let view = connection_of(reply)?;
            let mut printer = session.printer(Shape::One, "");
            for line in values::text(&view, None).lines() {
                printer.text(&super::output::harmless(line))?;
            }
            Ok(printer.finish()?)
        }
        Connection::Pause {
            connection,
            consent,
        } => pause(session, connection, consent),
        Connection::Resume { connection } => session.show(Command::ConnectionResume { connection }),
        Connection::Held { connection } => {
            session.list(Command::ConnectionHeld { connection }, Shape::List)
        }
        Connection::Release(decide) => {
            let (connection, targets) = (decide.connection, decide.target);
            let state = HeldState::Released;
            held::decide(session, connection, targets, state, decide.consent)
        }
        Connection::Discard(decide) => {
            let (connection, targets) = (decide.connection, decide.target);
            let state = HeldState::Discarded;
            held::decide(session, connection, targets, state, decide.consent)
        }
        Connection::Set {
            connection,
            name,
            settings,
            consent,
        } => set(session, connection, name, settings.change(), consent),
    }
}

fn connection_of(reply: Reply) -> Result<ConnectionView, Fault> {
    let Reply::Connection(view) = reply else {
        return Err(unexpected("connection show"));
    };
    Ok(view)
}

fn pause(session: &Session, connection: String, consent: Consent) -> Result<(), Stop> {
    let command = Command::ConnectionShow {
        connection: connection.clone(),
    };
    let view = connection_of(session.one(command)?)?;
    let last = view.last_request.as_deref().unwrap_or("never");
    let effect = format!(
        "connection {} ({}): every request is answered 503 until it is resumed; nobody is added \
         or removed meanwhile (last request: {last})",
        view.name,
        view.kind.name(),
    );
    if !consent.given(session, &effect)? {
        return Ok(());
    }
    session.show(Command::ConnectionPause { connection })
}

fn set(
    session: &Session,
    connection: String,
    name: Option<String>,
    settings: SettingsChange,
    consent: Consent,
) -> Result<(), Stop> {
    if name.is_none() && settings == SettingsChange::default() {
        return Err(Fault::usage(
            "nothing to set",
            "neither a name nor a setting was given",
            "provost connection set --help",
        )
        .into());
    }
    let command = Command::ConnectionShow {
        connection: connection.clone(),
    };
    let view = connection_of(session.one(command)?)?;
    let mut effect = changes(&view, settings);
    // A name gives nobody anything; a setting decides what the provider may change.
    let asks = !effect.is_empty() || consent.dry_run;
    if let Some(new) = name.as_ref().filter(|new| **new != view.name) {
        effect.push(format!("connection {}: name becomes {new}", view.name));
    }
    if asks && !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    session.show(Command::ConnectionSet {
        connection,
        name,
        settings,
    })
}

/// One line for each setting that becomes another.
fn changes(view: &ConnectionView, change: SettingsChange) -> Vec<String> {
    let (before, after) = (&view.settings, change.apply(&view.settings));
    let pairs = [
        (
            "strict_upn_email",
            on_off(before.strict_upn_email).to_owned(),
            on_off(after.strict_upn_email).to_owned(),
        ),
        (
            "attribute_updates",
            word(&before.attribute_updates),
            word(&after.attribute_updates),
        ),
        (
            "adopt_existing",
            word(&before.adopt_existing),
            word(&after.adopt_existing),
        ),
        (
            "require_sso_domain",
            on_off(before.require_sso_domain).to_owned(),
            on_off(after.require_sso_domain).to_owned(),
        ),
        ("brake", before.brake.to_string(), after.brake.to_string()),
    ];
    let changed = pairs
        .into_iter()
        .filter(|(_, before, after)| before != after);
    changed
        .map(|(name, before, after)| {
            format!(
                "connection {}: {name} becomes {after} (now {before})",
                view.name
            )
        })
        .collect()
}
