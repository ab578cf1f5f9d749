//! `provost legacy`.

mod export;
mod readers;
mod report;
mod steps;

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::change::{self, Asks};
use super::consent::Consent;
use super::describe::legacy as describe;
use super::output::{Printer, Shape, Style, harmless};
use super::session::{Session, unexpected};
use crate::admin::command::{Change, Command, LegacyCommand};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::{LegacyReply, Reply};
use crate::domain::id::{AccountId, MemberId, MigrationId};
use crate::domain::legacy::plan::{Import, Plan, PlanOptions};
use crate::domain::legacy::run::Run;

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
    /// How new names are made, such as "{role} team" [default: the role's plural]
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
            let effect = "legacy mapping: is switched on; members of groups called \
                          CF-ACCOUNT - ROLE have that role on the whole account";
            let change = Change::LegacyOn {
                allow_super_administrator,
            };
            change::run(session, change, effect, Asks::ForAccess, consent)
        }
        Legacy::Off { consent } => {
            let effect = "legacy mapping: is switched off; groups that were not converted grant \
                          nothing any more, and keep their members";
            change::run(session, Change::LegacyOff, effect, Asks::Always, consent)
        }
        Legacy::Detect => detect(session),
        Legacy::Plan(args) => {
            let options = options(&args)?;
            plan(session, &args, options)
        }
        Legacy::Import(args) => import(session, &args),
        Legacy::Convert(args) => convert(session, &args),
        Legacy::Verify { run } => verify(session, run),
        Legacy::Undo {
            run,
            partial,
            consent,
        } => undo(session, run, partial, consent),
        Legacy::Close {
            run,
            anyway,
            consent,
        } => close(session, run, anyway, consent),
        Legacy::Runs => session.list(Command::Legacy(LegacyCommand::Runs), Shape::List),
        Legacy::Show { run } => {
            let reply = session.one(Command::Legacy(LegacyCommand::Show(run)))?;
            result(session, &reply)
        }
        Legacy::Export { file, curl } => {
            let plan = readers::plan(&file)?;
            let text = if curl {
                export::api_calls(&plan)
            } else {
                export::terraform(&plan)
            };
            let mut printer = session.printer(Shape::One, "");
            text.lines().try_for_each(|line| printer.text(line))?;
            Ok(printer.finish()?)
        }
    }
}

fn detect(session: &Session) -> Result<(), Stop> {
    let mut printer = session.printer(Shape::List, "legacy_group");
    let mut end = None;
    session.call(Command::Legacy(LegacyCommand::Detect), &mut |reply| {
        if let Reply::Legacy(one) = &reply
            && let LegacyReply::Detected(view) = &**one
        {
            end = Some(*view);
            return Ok(());
        }
        printer.item(&reply)
    })?;
    printer.finish()?;
    let end = end.ok_or_else(|| unexpected("legacy detect"))?;
    let people = i64::try_from(end.people).unwrap_or(i64::MAX);
    let mut said = match end.groups {
        0 => "No group has a legacy name; there is nothing to migrate.".to_owned(),
        groups => format!(
            "{groups} groups with {}; next:  provost legacy plan --out plan.json",
            report::count(people, "person", "people")
        ),
    };
    if end.never_used > 0 {
        said = format!(
            "{said}\n{} more are offered and were never used.",
            end.never_used
        );
    }
    Ok(session.say(&said)?)
}

fn options(args: &PlanArgs) -> Result<PlanOptions, Fault> {
    let decisions = match &args.map {
        Some(path) => readers::file(path, readers::decisions)?,
        None => Vec::new(),
    };
    Ok(PlanOptions {
        template: args.template.clone(),
        decisions,
        import: None,
    })
}

fn import(session: &Session, args: &ImportArgs) -> Result<(), Stop> {
    let mut options = options(&args.plan)?;
    options.import = Some(Import {
        from_account: args.from_account,
        create_missing: args.create_people,
        groups: readers::file(&args.file, readers::groups)?,
    });
    plan(session, &args.plan, options)
}

fn plan(session: &Session, args: &PlanArgs, options: PlanOptions) -> Result<(), Stop> {
    let command = LegacyCommand::Plan(Box::new(options));
    let made = plan_of(session.one(Command::Legacy(command))?)?;
    if let Some(path) = &args.out {
        write_plan(path, &made)?;
    }
    let mut printer = session.printer(Shape::List, "planned_group");
    print_plan(&mut printer, &made, args.people)?;
    printer.finish()?;
    if let Some(path) = &args.out {
        let next = if made.is_ready() {
            format!("provost legacy convert {}", path.display())
        } else {
            "decide in a file, and plan again with --map FILE".to_owned()
        };
        session.say(&format!(
            "Plan written to {}\nnext:  {next}",
            path.display()
        ))?;
    } else {
        session
            .say("Nothing was changed; --out FILE keeps the plan for `provost legacy convert`")?;
    }
    let changed = made.changed_people().count();
    if changed == 0 {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        "the plan would change people's access",
        format!("{changed} would gain or lose roles, as shown"),
        "change the decisions, or confirm each person at `provost legacy convert --confirm PERSON`",
    )
    .into())
}

fn print_plan(printer: &mut Printer, plan: &Plan, people: bool) -> Result<(), Stop> {
    match printer.style() {
        Style::Json | Style::Ndjson => {
            let text = serde_json::to_string(plan).map_err(std::io::Error::other)?;
            printer.text(&text)?;
        }
        Style::Human if !people => {
            for line in report::plan(plan) {
                printer.text(&harmless(&line))?;
            }
        }
        Style::Human | Style::Csv | Style::Tabs if people => {
            for person in &plan.people {
                printer.part(&describe::planned_person(plan, person))?;
            }
        }
        Style::Human | Style::Csv | Style::Tabs => {
            for group in &plan.groups {
                printer.part(&describe::planned_group(group))?;
            }
        }
    }
    Ok(())
}

/// A plan names people and what they may do: it is for its owner alone (the umask), and never
/// written over another file.
fn write_plan(path: &Path, plan: &Plan) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        Fault::new(
            exit::FAILED,
            format!("cannot write the plan to {}", path.display()),
            error.to_string(),
            "name a new file in a folder that can be written",
        )
    };
    let mut text = serde_json::to_vec_pretty(plan)
        .map_err(std::io::Error::other)
        .map_err(failed)?;
    text.push(b'\n');
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(failed)?;
    file.write_all(&text)
        .and_then(|()| file.sync_all())
        .map_err(failed)
}

fn plan_of(reply: Reply) -> Result<Plan, Fault> {
    match reply {
        Reply::Legacy(reply) => match *reply {
            LegacyReply::Plan(plan) => Ok(plan),
            _ => Err(unexpected("legacy plan")),
        },
        _ => Err(unexpected("legacy plan")),
    }
}

fn convert(session: &Session, args: &ConvertArgs) -> Result<(), Stop> {
    let plan = readers::plan(&args.file)?;
    let mut asked = plan.request();
    let mut names = args.confirm.clone();
    if let Some(path) = &args.confirm_file {
        names.extend(readers::file(path, readers::people_of_list)?);
    }
    asked.confirmed.extend(confirmed(&plan, &names)?);
    let mut effect = vec![format!(
        "convert {} of account {}: {}",
        report::count(
            i64::try_from(plan.takes_part()).unwrap_or(i64::MAX),
            "group",
            "groups"
        ),
        plan.account_name,
        report::effect(&plan.summary)
    )];
    effect.extend(report::plan(&plan).into_iter().skip(3));
    effect.push("A backup is made before; `provost legacy undo` leads back.".to_owned());
    if !args.consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let command = LegacyCommand::Convert(Box::new(asked));
    let reply = session.one(Command::Legacy(command))?;
    result(session, &reply)
}

/// The members of the plan that were named, by userName or id.
fn confirmed(plan: &Plan, names: &[String]) -> Result<Vec<MemberId>, Fault> {
    let mut known: HashMap<String, MemberId> = HashMap::new();
    for person in &plan.people {
        known.insert(person.user_name.to_lowercase(), person.id);
        known.insert(person.id.to_string(), person.id);
    }
    let find = |name: &String| {
        known.get(&name.to_lowercase()).copied().ok_or_else(|| {
            Fault::new(
                exit::NOT_FOUND,
                "cannot confirm somebody who is not in the plan",
                format!("nobody in the plan is called {name:?}"),
                "provost legacy plan -o csv --people",
            )
        })
    };
    names.iter().map(find).collect()
}

/// What was done, and what is left to do elsewhere.
fn result(session: &Session, reply: &Reply) -> Result<(), Stop> {
    let Some(run) = run_of(reply) else {
        return Err(unexpected("legacy convert").into());
    };
    let mut printer = session.printer(Shape::One, "");
    match printer.style() {
        Style::Json | Style::Ndjson => printer.item(reply)?,
        Style::Csv | Style::Tabs => {
            for group in &run.groups {
                printer.part(&describe::run_group(group))?;
            }
        }
        Style::Human => {
            let mut lines = report::run(run);
            if run.head.undone_ms.is_none() {
                lines.push(String::new());
                lines.extend(steps::of_run(run, &session.config.server_url()));
            }
            for line in lines {
                printer.text(&harmless(&line))?;
            }
        }
    }
    printer.finish()?;
    let id = run.head.id;
    Ok(session.say(&format!(
        "next:  provost legacy verify {id}\n       provost legacy undo {id}   leads back"
    ))?)
}

fn run_of(reply: &Reply) -> Option<&Run> {
    match reply {
        Reply::Legacy(reply) => match &**reply {
            LegacyReply::Run(run) => Some(run),
            _ => None,
        },
        _ => None,
    }
}

fn verify(session: &Session, id: MigrationId) -> Result<(), Stop> {
    let reply = session.one(Command::Legacy(LegacyCommand::Verify(id)))?;
    let Reply::Legacy(one) = &reply else {
        return Err(unexpected("legacy verify").into());
    };
    let LegacyReply::Verification(found) = &**one else {
        return Err(unexpected("legacy verify").into());
    };
    told(session, &reply, || report::verification(found))?;
    if found.is_verified() {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        "the migration is not verified yet",
        "a provider has not pushed since, a push was refused, or access is not as planned",
        "wait for the providers' next pushes, or push by hand, and verify again",
    )
    .into())
}

/// The document, or the sentences about it.
fn told(session: &Session, reply: &Reply, lines: impl FnOnce() -> Vec<String>) -> Result<(), Stop> {
    let mut printer = session.printer(Shape::One, "");
    if printer.style() == Style::Human {
        for line in lines() {
            printer.text(&harmless(&line))?;
        }
    } else {
        printer.item(reply)?;
    }
    Ok(printer.finish()?)
}

fn undo(session: &Session, id: MigrationId, partial: bool, consent: Consent) -> Result<(), Stop> {
    let preview = session.one(Command::Legacy(LegacyCommand::PreviewUndo(id)))?;
    let lines = |reply: &Reply, will| match reply {
        Reply::Legacy(one) => match &**one {
            LegacyReply::Undo(undo) => Some(report::undo(undo, will)),
            _ => None,
        },
        _ => None,
    };
    let effect = lines(&preview, true).ok_or_else(|| unexpected("legacy undo"))?;
    if !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let reply = session.one(Command::Legacy(LegacyCommand::Undo { id, partial }))?;
    told(session, &reply, || lines(&reply, false).unwrap_or_default())
}

fn close(session: &Session, id: MigrationId, anyway: bool, consent: Consent) -> Result<(), Stop> {
    let preview = session.one(Command::Legacy(LegacyCommand::PreviewClose(id)))?;
    let lines = |reply: &Reply, will| match reply {
        Reply::Legacy(one) => match &**one {
            LegacyReply::Closed(closed) => Some(report::closed(closed, will)),
            _ => None,
        },
        _ => None,
    };
    let effect = lines(&preview, true).ok_or_else(|| unexpected("legacy close"))?;
    if !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let reply = session.one(Command::Legacy(LegacyCommand::Close { id, anyway }))?;
    told(session, &reply, || lines(&reply, false).unwrap_or_default())
}
