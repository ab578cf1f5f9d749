//! Plans: made, shown and kept.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::Path;

use super::text::counted;
use super::{ImportArgs, PlanArgs, readers, report, runs};
use crate::admin::command::LegacyCommand;
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::LegacyReply;
use crate::cli::describe::legacy as describe;
use crate::cli::output::{Printer, Shape, Style, harmless};
use crate::cli::session::Session;
use crate::domain::legacy::plan::{Import, Plan, PlanOptions};

pub(super) fn own(session: &Session, args: &PlanArgs) -> Result<(), Stop> {
    let options = options(args)?;
    plan(session, args, options)
}

pub(super) fn import(session: &Session, args: &ImportArgs) -> Result<(), Stop> {
    let mut options = options(&args.plan)?;
    options.import = Some(Import {
        from_account: args.from_account,
        create_missing: args.create_people,
        groups: readers::file(&args.file, readers::groups)?,
    });
    plan(session, &args.plan, options)
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

fn plan(session: &Session, args: &PlanArgs, options: PlanOptions) -> Result<(), Stop> {
    let command = LegacyCommand::Plan(Box::new(options));
    let made = runs::answer(session, command, |reply| match reply {
        LegacyReply::Plan(plan) => Some(plan),
        _ => None,
    })?;
    if let Some(path) = &args.out {
        write(path, &made)?;
    }
    let shape = match session.printer(Shape::One, "").style() {
        Style::Json | Style::Ndjson => Shape::One,
        Style::Human | Style::Tabs | Style::Csv => Shape::List,
    };
    let mut printer = session.printer(shape, "");
    print(&mut printer, &made, args.people)?;
    printer.finish()?;
    session.say(&what_next(&made, args.out.as_deref()))?;
    let changed = made.changed_people().count();
    if changed == 0 {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        "the plan would change people's access",
        format!(
            "{} would gain or lose roles",
            counted(changed, "person", "people")
        ),
        "decide otherwise with --map, or convert with --confirm PERSON for each",
    )
    .into())
}

fn what_next(plan: &Plan, path: Option<&Path>) -> String {
    let path = path.map(|path| path.display().to_string());
    let left_out = missing(plan);
    let written = path
        .as_ref()
        .map(|path| format!("the plan is in {path}, and nothing was changed"));
    let said = written.unwrap_or_else(|| "nothing was changed".to_owned());
    let said = format!("{left_out}{said}");
    let next = match path {
        _ if plan.takes_part() == 0 && plan.summary.undecided == 0 => return said,
        _ if plan.summary.undecided > 0 => "write what is decided to a file, and plan with --map",
        _ if plan.summary.conflicts > 0 => "resolve the conflicts, and plan again",
        None => "provost legacy plan --out FILE   keeps a plan for `legacy convert`",
        Some(path) => return format!("{said}\nnext:  provost legacy convert {path}"),
    };
    format!("{said}\nnext:  {next}")
}

/// What becomes of those of a file whom nobody here knows, on a line of its own.
fn missing(plan: &Plan) -> String {
    let Some(import) = plan
        .options
        .import
        .as_ref()
        .filter(|_| plan.summary.missing > 0)
    else {
        return String::new();
    };
    let people = counted(plan.summary.missing, "person", "people");
    let then = if import.create_missing {
        "would be made, inactive"
    } else {
        "would be left out, unless --create-people makes them"
    };
    format!("{people} of the file, whom nobody here knows, {then}\n")
}

fn print(printer: &mut Printer, plan: &Plan, people: bool) -> Result<(), Stop> {
    match printer.style() {
        Style::Json | Style::Ndjson => {
            let text = serde_json::to_string(plan).map_err(std::io::Error::other)?;
            // With the schema's name in front it is a plan all the same.
            let rest = text.strip_prefix('{').unwrap_or(&text);
            printer.text(&format!("{{\"schema\":\"provost.legacy_plan.v1\",{rest}"))?;
        }
        Style::Human => {
            let lines = if people {
                report::people_of_plan(plan)
            } else {
                report::plan(plan)
            };
            for line in lines {
                printer.text(&harmless(&line))?;
            }
        }
        Style::Csv | Style::Tabs if people => {
            for person in &plan.people {
                printer.part(&describe::planned_person(plan, person))?;
            }
        }
        Style::Csv | Style::Tabs => {
            for group in &plan.groups {
                printer.part(&describe::planned_group(
                    group,
                    plan.options.import.is_some(),
                ))?;
            }
        }
    }
    Ok(())
}

/// A plan names people and what they may do: it is for its owner alone (the umask), and never
/// written over another file.
fn write(path: &Path, plan: &Plan) -> Result<(), Fault> {
    let failed = |error: std::io::Error| {
        let why = if error.kind() == ErrorKind::AlreadyExists {
            "a file of that name is there already".to_owned()
        } else {
            error.to_string()
        };
        Fault::new(
            exit::FAILED,
            format!("cannot write the plan to {}", path.display()),
            why,
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
