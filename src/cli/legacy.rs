//! `provost legacy`.

mod ends;
mod planning;
mod readers;
mod report;
mod runs;
mod steps;
mod text;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::change::{self, Asks};
use super::consent::Consent;
use super::output::{Shape, Style, harmless};
use super::session::{Session, unexpected};
use crate::admin::command::{Change, Command, LegacyCommand};
use crate::admin::fault::Stop;
use crate::admin::reply::{DetectedView, LegacyReply, Reply};
use crate::domain::id::{AccountId, MigrationId};
use crate::domain::legacy::run::LegacyGroup;
use crate::domain::legacy::{calls, terraform};

#[derive(Debug, Subcommand)]
pub(super) enum Legacy {
    /// Whether names grant, and how many groups there are
    Status,
    /// Let groups called CF-ACCOUNT - ROLE grant their roles
    On {
        /// Offer the group of Super Administrator too
        #[arg(long)]
        allow_super_administrator: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// End what those names grant; groups and members stay
    Off {
        #[command(flatten)]
        consent: Consent,
    },
    /// Groups with such a name, or one that is nearly so
    Detect,
    /// What a migration would do; changes nothing
    Plan(PlanArgs),
    /// Carry a plan out, after a backup
    Convert(ConvertArgs),
    /// Whether access is as planned, and what providers have sent since
    Verify {
        /// Id of the migration
        #[arg(value_parser = migration)]
        run: MigrationId,
    },
    /// Give the groups of a migration their old names back
    Undo {
        /// Id of the migration
        #[arg(value_parser = migration)]
        run: MigrationId,
        /// All but the groups that were changed since
        #[arg(long)]
        partial: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// End the old names of a migration; after that it can't be undone
    Close {
        /// Id of the migration
        #[arg(value_parser = migration)]
        run: MigrationId,
        /// Although a provider still pushes under an old name
        #[arg(long)]
        anyway: bool,
        #[command(flatten)]
        consent: Consent,
    },
    /// The migrations that were carried out
    Runs,
    /// One migration, and what is left to do at each provider
    Show {
        /// Id of the migration
        #[arg(value_parser = migration)]
        run: MigrationId,
    },
    /// Plan groups of another account from a file
    Import(ImportArgs),
    /// The groups and policies of a plan, for another place
    Export {
        /// A plan
        file: PathBuf,
        /// Requests for curl, in place of Terraform
        #[arg(long)]
        curl: bool,
    },
}

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Write the plan there, for `legacy convert`
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Decisions: JSON of old and new names, or CSV of group,new_name,choice,role
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
    /// How new names are made, such as "{role} team" [default: who has it, as "DNS Editors"]
    #[arg(long)]
    template: Option<String>,
    /// One row a person, with what they may do before and after
    #[arg(long)]
    people: bool,
}

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// The answer to GET /Groups as JSON, or CSV of group,member
    file: PathBuf,
    /// The account whose id the names hold
    #[arg(long, value_name = "ID", value_parser = account)]
    from_account: AccountId,
    /// Make people whom nobody knows, inactive; without it they are left out
    #[arg(long)]
    create_people: bool,
    #[command(flatten)]
    plan: PlanArgs,
}

#[derive(Debug, Args)]
pub(super) struct ConvertArgs {
    /// A plan written by `legacy plan --out` or `legacy import --out`
    file: PathBuf,
    /// Somebody whose access may change as planned: userName or id; can be repeated
    #[arg(long, value_name = "PERSON")]
    confirm: Vec<String>,
    /// The same from a file, one person a line
    #[arg(long, value_name = "FILE")]
    confirm_file: Option<PathBuf>,
    #[command(flatten)]
    consent: Consent,
}

fn migration(text: &str) -> Result<MigrationId, String> {
    text.parse()
        .map_err(|_| "a migration has an id of 32 hex digits; `provost legacy runs`".to_owned())
}

fn account(text: &str) -> Result<AccountId, String> {
    text.parse()
        .map_err(|_| "an account has an id of 32 lower-case hex digits".to_owned())
}

pub(super) fn run(session: &Session, command: Legacy) -> Result<(), Stop> {
    match command {
        Legacy::Status => session.show(Command::Legacy(LegacyCommand::Status)),
        Legacy::On {
            allow_super_administrator,
            consent,
        } => {
            let effect = "legacy mapping: is switched on\n\
                          members of groups called CF-ACCOUNT - ROLE have that role";
            let change = Change::LegacyOn {
                allow_super_administrator,
            };
            change::run(session, change, effect, Asks::ForAccess, consent)
        }
        Legacy::Off { consent } => {
            let effect = "legacy mapping: is switched off\n\
                          groups that were not converted keep their members, and grant nothing";
            change::run(session, Change::LegacyOff, effect, Asks::Always, consent)
        }
        Legacy::Detect => detect(session),
        Legacy::Plan(args) => planning::own(session, &args),
        Legacy::Import(args) => planning::import(session, &args),
        Legacy::Convert(args) => runs::convert(session, &args),
        Legacy::Verify { run } => runs::verify(session, run),
        Legacy::Undo {
            run,
            partial,
            consent,
        } => runs::undo(session, run, partial, consent),
        Legacy::Close {
            run,
            anyway,
            consent,
        } => runs::close(session, run, anyway, consent),
        Legacy::Runs => session.list(Command::Legacy(LegacyCommand::Runs), Shape::List),
        Legacy::Show { run } => runs::show(session, run),
        Legacy::Export { file, curl } => export(session, &file, curl),
    }
}

fn export(session: &Session, file: &Path, curl: bool) -> Result<(), Stop> {
    let plan = readers::plan(file)?;
    let text = if curl {
        calls::script(&plan)
    } else {
        terraform::file(&plan)
    };
    let mut printer = session.printer(Shape::One, "");
    text.lines().try_for_each(|line| printer.text(line))?;
    Ok(printer.finish()?)
}

fn detect(session: &Session) -> Result<(), Stop> {
    let mut printer = session.printer(Shape::List, "legacy_group");
    let mut groups: Vec<LegacyGroup> = Vec::new();
    let mut end = None;
    session.call(Command::Legacy(LegacyCommand::Detect), &mut |reply| {
        match reply {
            Reply::Legacy(one) => match *one {
                LegacyReply::Detected(view) => end = Some(view),
                LegacyReply::Group(group) if printer.style() == Style::Human => groups.push(group),
                other => printer.item(&Reply::Legacy(Box::new(other)))?,
            },
            other => printer.item(&other)?,
        }
        Ok(())
    })?;
    for line in report::groups(&groups) {
        printer.text(&harmless(&line))?;
    }
    printer.finish()?;
    let end = end.ok_or_else(|| unexpected("legacy detect"))?;
    Ok(session.say(&detected(&end))?)
}

fn detected(end: &DetectedView) -> String {
    let mut said = match end.groups {
        0 => "No group with a legacy name is in use; there is nothing to migrate.".to_owned(),
        groups => format!(
            "{} with {}",
            text::counted(groups, "group", "groups"),
            text::counted(end.people, "person", "people")
        ),
    };
    if end.never_used > 0 {
        let offered = text::counted(
            end.never_used,
            "more is offered and was",
            "more are offered and were",
        );
        said = format!("{said}\n{offered} never used.");
    }
    if end.groups > 0 {
        said.push_str("\nnext:  provost legacy plan --out plan.json");
    }
    said
}
