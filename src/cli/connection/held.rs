//! `provost connection held`, `release` and `discard`.

use super::super::consent::Consent;
use super::super::session::{Session, unexpected};
use crate::admin::command::Command;
use crate::admin::fault::Stop;
use crate::admin::reply::{HeldView, Reply};
use crate::domain::brake::HeldState;
use crate::domain::instant::parse_ms;
use crate::domain::text::same_folded;

/// Changes that are named before the question; of more, it says how many there are.
const NAMED_MAX: usize = 20;

/// Shows what is held, asks, and decides of exactly that.
pub(super) fn decide(
    session: &Session,
    connection: String,
    targets: Vec<String>,
    state: HeldState,
    consent: Consent,
) -> Result<(), Stop> {
    let command = Command::ConnectionHeld {
        connection: connection.clone(),
    };
    let mut meant = Vec::new();
    session.call(command, &mut |reply| {
        match reply {
            Reply::Held(view) if is_meant(&view, &targets) => meant.push(view),
            _ => {}
        }
        Ok(())
    })?;
    if !meant.is_empty() {
        let effect = effect(&connection, &meant, state);
        if !consent.given(session, &effect)? {
            return Ok(());
        }
    } else if targets.is_empty() {
        return Ok(session.say(&format!("connection {connection}: nothing is held"))?);
    }
    // What comes in while somebody reads the question is not decided unseen.
    let seen = meant.iter().filter_map(|view| parse_ms(&view.first_tried));
    let command = Command::ConnectionDecide {
        connection,
        state,
        until_ms: seen.max(),
        targets,
    };
    let reply = session.one(command)?;
    if !matches!(reply, Reply::Decided(_)) {
        return Err(unexpected("connection held").into());
    }
    session.print_one(&reply)
}

fn is_meant(view: &HeldView, targets: &[String]) -> bool {
    if targets.is_empty() {
        return view.state == HeldState::Held.name();
    }
    targets
        .iter()
        .any(|target| *target == view.target_id || same_folded(target, &view.target_name))
}

fn effect(connection: &str, meant: &[HeldView], state: HeldState) -> String {
    let what = match state {
        HeldState::Released => "pass for 24 hours when the provider repeats them",
        HeldState::Held | HeldState::Discarded => "are refused from now on",
    };
    let count = meant.len();
    let (changes, what) = match (count, state) {
        (1, HeldState::Released) => ("change", "passes for 24 hours when the provider repeats it"),
        (1, HeldState::Held | HeldState::Discarded) => ("change", "is refused from now on"),
        _ => ("changes", what),
    };
    let mut lines = vec![format!(
        "connection {connection}: {count} held {changes} {what}"
    )];
    let named = meant.iter().take(NAMED_MAX);
    lines.extend(named.map(|view| {
        let verb = match view.operation.as_str() {
            "deactivate_user" => "deactivates",
            "delete_user" => "deletes",
            "remove_members" => "removes administrators from",
            _ => "deletes the group",
        };
        let people = view.people;
        let word = if people == 1 { "person" } else { "people" };
        format!("  {verb} {} ({people} {word})", view.target_name)
    }));
    if count > NAMED_MAX {
        lines.push(format!(
            "  and {} more; `provost connection held` shows them",
            count - NAMED_MAX
        ));
    }
    lines.join("\n")
}
