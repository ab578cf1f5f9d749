//! Another group that has the name which one is to get.

use crate::domain::error::Result;
use crate::domain::instant::print_ms;
use crate::domain::legacy::plan::Source;
use crate::domain::text::shown;
use crate::store::legacy::{Answering, grants};
use crate::store::tx::ReadTx;

/// Characters of a day, as in 2026-11-23.
const DAY_CHARS: usize = 10;

/// Whose it is, since when, and what it grants, for the rest of a sentence; and what may be done
/// with it.
pub(super) fn told(
    tx: &ReadTx<'_>,
    sources: &[Source],
    found: &Answering,
) -> Result<(String, String)> {
    let group = &found.group;
    let mut sources = sources.iter();
    let source = group
        .managed_by
        .and_then(|id| sources.find(|one| one.id == id));
    let (whose, away) = match source {
        Some(source) => {
            let name = shown(&source.name);
            (
                format!("that the connection \"{name}\" pushes"),
                format!("rename or delete that group in \"{name}\""),
            )
        }
        None => (
            "that no provider pushes".to_owned(),
            "rename or delete that group".to_owned(),
        ),
    };
    let day: String = print_ms(group.created_ms).chars().take(DAY_CHARS).collect();
    let grants = if grants(tx, found.key)? {
        ""
    } else {
        ", which grants nothing"
    };
    Ok((format!("{whose}, there since {day}{grants}"), away))
}
