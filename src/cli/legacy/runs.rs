//! Migrations: carried out, watched, undone and closed.

use std::collections::HashMap;

use super::text::counted;
use super::{ConvertArgs, ends, readers, report, steps};
use crate::admin::command::{Command, LegacyCommand};
use crate::admin::fault::{Fault, Stop, exit};
use crate::admin::reply::{LegacyReply, Reply};
use crate::cli::consent::Consent;
use crate::cli::describe::legacy as describe;
use crate::cli::output::{Shape, Style, harmless};
use crate::cli::session::{Session, unexpected};
use crate::domain::id::{MemberId, MigrationId};
use crate::domain::legacy::document::Whole;
use crate::domain::legacy::plan::Plan;
use crate::domain::legacy::run::{Closed, Run, RunState, Undo, Verification};

/// The reply of one kind that a command is answered with, and what comes after it in parts.
pub(super) fn answer<T>(
    session: &Session,
    command: LegacyCommand,
    pick: impl FnOnce(LegacyReply) -> Option<T>,
) -> Result<T, Stop> {
    let name = command.name();
    let mut found: Option<LegacyReply> = None;
    let mut is_odd = false;
    session.call(Command::Legacy(command), &mut |reply| {
        match (reply, &mut found) {
            (Reply::Legacy(reply), Some(found)) => match (*reply, found.plan_mut()) {
                (LegacyReply::People(part), Some(plan)) => plan.people.extend(part),
                _ => is_odd = true,
            },
            (Reply::Legacy(reply), None) => found = Some(*reply),
            _ => is_odd = true,
        }
        Ok(())
    })?;
    let found = found.filter(|_| !is_odd).and_then(pick);
    found.ok_or_else(|| unexpected(name).into())
}

fn as_closed(reply: LegacyReply) -> Option<Closed> {
    match reply {
        LegacyReply::Closed(closed) => Some(closed),
        _ => None,
    }
}

fn as_run(reply: LegacyReply) -> Option<Run> {
    match reply {
        LegacyReply::Run(run) => Some(run),
        _ => None,
    }
}

pub(super) fn convert(session: &Session, args: &ConvertArgs) -> Result<(), Stop> {
    let plan = readers::plan(&args.file)?;
    let mut asked = plan.request();
    let mut names = args.confirm.clone();
    if let Some(path) = &args.confirm_file {
        names.extend(readers::file(path, readers::people_of_list)?);
    }
    asked.confirmed.extend(confirmed(&plan, &names)?);
    // What would be refused is refused before anybody is asked; what is done asks nothing.
    let preview = LegacyCommand::PreviewConvert(Box::new(asked.clone()));
    let done = answer(session, preview, |reply| match reply {
        LegacyReply::Ready => Some(None),
        reply => as_run(reply).map(Some),
    })?;
    if let Some(run) = done {
        session.say("this plan was carried out before; nothing was changed")?;
        return result(session, &run);
    }
    let effect = report::conversion(&plan);
    if !args.consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let run = answer(session, LegacyCommand::Convert(Box::new(asked)), as_run)?;
    result(session, &run)
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
                "take userNames from the plan; `provost legacy plan --people` lists them",
            )
        })
    };
    names.iter().map(find).collect()
}

pub(super) fn show(session: &Session, id: MigrationId) -> Result<(), Stop> {
    let run = answer(session, LegacyCommand::Show(id), as_run)?;
    result(session, &run)
}

/// What was done, and what is left to do elsewhere.
fn result(session: &Session, run: &Run) -> Result<(), Stop> {
    let style = session.printer(Shape::One, "").style();
    let mut lines = Vec::new();
    if style == Style::Human {
        lines = report::run(run);
        // What is left to do goes by what the groups are called now. After the end of the old names
        // nothing is left of it.
        if run.head.state == RunState::Converted {
            let found = answer(session, LegacyCommand::PreviewClose(run.head.id), as_closed)?;
            lines.extend(steps::of_run(run, &found, &server_url(session)?));
        }
    }
    let mut printer = session.printer(Shape::One, "");
    match style {
        Style::Json | Style::Ndjson => {
            let text = serde_json::to_string(&Whole::of(run)).map_err(std::io::Error::other)?;
            let rest = text.strip_prefix('{').unwrap_or(&text);
            let schema = "{\"schema\":\"provost.legacy_migration.v1\",";
            printer.text(&format!("{schema}{rest}"))?;
        }
        Style::Csv | Style::Tabs => {
            for group in &run.groups {
                printer.part(&describe::run_group(group))?;
            }
        }
        Style::Human => {
            for line in lines {
                printer.text(&harmless(&line))?;
            }
        }
    }
    printer.finish()?;
    let id = run.head.id;
    let next = match run.head.state {
        RunState::Converted => format!(
            "next:  provost legacy verify {id}\n       provost legacy undo {id}   leads back"
        ),
        RunState::Undone => "next:  provost legacy plan".to_owned(),
        RunState::Closed => return Ok(()),
    };
    Ok(session.say(&next)?)
}

/// Where providers reach the server, or would.
fn server_url(session: &Session) -> Result<String, Stop> {
    match session.one(Command::Hello)? {
        Reply::Server(view) => Ok(view.base_url),
        _ => Err(unexpected("legacy show").into()),
    }
}

pub(super) fn verify(session: &Session, id: MigrationId) -> Result<(), Stop> {
    let found: Verification = answer(session, LegacyCommand::Verify(id), |reply| match reply {
        LegacyReply::Verification(found) => Some(found),
        _ => None,
    })?;
    let mut printer = session.printer(Shape::One, "");
    match printer.style() {
        Style::Human => {
            for line in report::verification(&found) {
                printer.text(&harmless(&line))?;
            }
        }
        Style::Csv | Style::Tabs => {
            for group in &found.groups {
                printer.part(&describe::verified_group(group, found.head.state))?;
            }
        }
        Style::Json | Style::Ndjson => {
            let reply = LegacyReply::Verification(found.clone());
            printer.item(&Reply::Legacy(Box::new(reply)))?;
        }
    }
    printer.finish()?;
    if found.is_verified() {
        return Ok(());
    }
    Err(Fault::new(
        exit::CHECK_FAILED,
        "the migration is not verified yet",
        open_points(&found).join(", "),
        match found.head.state {
            RunState::Closed => "the lines above say what is to be done; nothing is waited for",
            RunState::Converted | RunState::Undone => {
                "wait for the providers' next pushes, or push by hand, and verify again"
            }
        },
    )
    .into())
}

/// Why a migration is not verified.
fn open_points(found: &Verification) -> Vec<String> {
    let waiting = found.groups_left().filter(|group| !group.is_confirmed());
    let (gone, mut waiting): (Vec<_>, Vec<_>) = waiting.partition(|group| group.name.is_none());
    if found.head.state == RunState::Closed {
        // After the end nobody is waited for.
        waiting.clear();
    }
    let mut points = Vec::new();
    for (number, one, many) in [
        (
            waiting.len(),
            "group was not pushed since",
            "groups were not pushed since",
        ),
        (
            gone.len(),
            "group was deleted since",
            "groups were deleted since",
        ),
        (
            found.refusals.len(),
            "push was refused",
            "pushes were refused",
        ),
        (
            found.unexplained.len(),
            "person has other access than planned",
            "people have other access than planned",
        ),
    ] {
        if number > 0 {
            points.push(counted(number, one, many));
        }
    }
    points
}

/// The document, or the sentences about it.
fn told(session: &Session, reply: LegacyReply, lines: Vec<String>) -> Result<(), Stop> {
    let mut printer = session.printer(Shape::One, "");
    if printer.style() == Style::Human {
        for line in lines {
            printer.text(&harmless(&line))?;
        }
    } else {
        printer.item(&Reply::Legacy(Box::new(reply)))?;
    }
    Ok(printer.finish()?)
}

pub(super) fn undo(
    session: &Session,
    id: MigrationId,
    partial: bool,
    consent: Consent,
) -> Result<(), Stop> {
    let as_undo = |reply| match reply {
        LegacyReply::Undo(undo) => Some(undo),
        _ => None,
    };
    let preview: Undo = answer(session, LegacyCommand::PreviewUndo(id), as_undo)?;
    let effect = ends::undo(&preview, true);
    if let Some(first) = preview.blockers.first()
        && (!partial || preview.groups.is_empty())
    {
        session.say(&effect.join("\n"))?;
        let others = preview.blockers.len() - 1;
        let more = match others {
            0 => String::new(),
            others => format!(" (and {others} more)"),
        };
        let why = first.message();
        let why = why.trim_end_matches('.');
        let (why, remedy) = why.rsplit_once("; ").unwrap_or((why, "change it back"));
        let next = if preview.groups.is_empty() {
            remedy.to_owned()
        } else {
            format!("{remedy}, or undo the others with --partial")
        };
        let what = "cannot undo the migration";
        return Err(Fault::new(exit::CONFLICT, what, format!("{why}{more}"), next).into());
    }
    if preview.groups.is_empty() && !preview.only_ends() {
        session.say("this migration was undone before; nothing was changed")?;
        return told(session, LegacyReply::Undo(preview), effect);
    }
    if !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let done = answer(session, LegacyCommand::Undo { id, partial }, as_undo)?;
    let lines = ends::undo(&done, false);
    told(session, LegacyReply::Undo(done), lines)
}

pub(super) fn close(
    session: &Session,
    id: MigrationId,
    anyway: bool,
    consent: Consent,
) -> Result<(), Stop> {
    let preview: Closed = answer(session, LegacyCommand::PreviewClose(id), as_closed)?;
    if preview.head.state == RunState::Closed {
        session.say("this migration was closed before; nothing was changed")?;
        let lines = ends::closed(&preview, false);
        return told(session, LegacyReply::Closed(preview), lines);
    }
    let effect = ends::closed(&preview, true);
    if !anyway && !preview.without_new_name.is_empty() {
        session.say(&effect.join("\n"))?;
        let groups = counted(preview.without_new_name.len(), "group has", "groups have");
        return Err(Fault::new(
            exit::CONFLICT,
            "cannot close the migration",
            format!("{groups} not come under the new name, and the old one would be refused"),
            "rename them at the provider and push, or close with --anyway",
        )
        .into());
    }
    if !consent.given(session, &effect.join("\n"))? {
        return Ok(());
    }
    let done = answer(session, LegacyCommand::Close { id, anyway }, as_closed)?;
    let lines = ends::closed(&done, false);
    told(session, LegacyReply::Closed(done), lines)
}
