//! Changes of access: what they do is shown before they are made.

use super::consent::Consent;
use super::output::{Shape, harmless};
use super::session::{Session, unexpected};
use crate::admin::command::{Change, Command};
use crate::admin::fault::Stop;
use crate::admin::reply::{DifferenceView, PreviewedView, Reply};

/// People who are named before the question; of more, it says how many there are.
const NAMED_MAX: usize = 20;

/// When a change asks before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// It takes something away, whoever it touches.
    Always,
    /// Only when somebody may do more or less by it.
    ForAccess,
}

/// Shows what `change` does, beginning with `effect`, asks, makes it, and prints what came of it.
pub(super) fn run(
    session: &Session,
    change: Change,
    effect: &str,
    asks: Asks,
    consent: Consent,
) -> Result<(), Stop> {
    let (differences, end) = preview(session, &change)?;
    if consent.dry_run {
        // Whoever asks for the effect alone may want to go on with it.
        let mut printer = session.printer(Shape::List, "difference");
        for difference in differences {
            printer.item(&Reply::Difference(Box::new(difference)))?;
        }
        printer.finish()?;
        consent.given(session, effect)?;
        return Ok(());
    }
    let asks = asks == Asks::Always || !differences.is_empty();
    if asks && !consent.given(session, &told(effect, &differences, end))? {
        return Ok(());
    }
    session.show(Command::Change(change))
}

/// What the change would do, member by member.
pub(super) fn preview(
    session: &Session,
    change: &Change,
) -> Result<(Vec<DifferenceView>, PreviewedView), Stop> {
    let mut differences = Vec::new();
    let mut end = None;
    session.call(Command::Preview(change.clone()), &mut |reply| {
        match reply {
            Reply::Difference(difference) => differences.push(*difference),
            Reply::Previewed(view) => end = Some(view),
            // Nothing else is answered; without the end it is no answer.
            _ => {}
        }
        Ok(())
    })?;
    let end = end.ok_or_else(|| unexpected(change.name()))?;
    Ok((differences, end))
}

/// The effect, and for whom it makes which difference.
pub(super) fn told(effect: &str, differences: &[DifferenceView], end: PreviewedView) -> String {
    let mut lines = vec![effect.to_owned()];
    if differences.is_empty() && !end.more {
        lines.push("nobody may do more or less by it".to_owned());
    }
    let named = differences.iter().take(NAMED_MAX);
    lines.extend(named.map(|one| format!("  {}", harmless(&one.text()))));
    let more = differences.len().saturating_sub(NAMED_MAX);
    if end.more {
        lines.push(format!(
            "  and more: {} of the first {} members, and perhaps others; --dry-run lists these",
            differences.len(),
            end.looked_at
        ));
    } else if more > 0 {
        lines.push(format!("  and {more} more; --dry-run lists all"));
    }
    lines.join("\n")
}
