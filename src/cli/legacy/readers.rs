//! Reads the files of a migration: groups of another system, decisions, plans, and people whose
//! changes are confirmed.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::admin::fault::{Fault, exit};
use crate::domain::legacy::plan::{Decision, FORMAT, ImportGroup, Plan};
use crate::scim::import;

/// Largest plan: it names everybody it touches.
const PLAN_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What is wrong with a file: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) why: String,
    pub(super) next: &'static str,
}

impl Wrong {
    fn new(why: impl Into<String>, next: &'static str) -> Self {
        Self {
            why: why.into(),
            next,
        }
    }

    fn of(fault: import::Fault) -> Self {
        Self::new(fault.why(), fault.remedy)
    }
}

type Found<T> = Result<T, Wrong>;

/// The whole file, and what reading it comes to.
pub(super) fn file<T>(path: &Path, read: impl FnOnce(&[u8]) -> Found<T>) -> Result<T, Fault> {
    let max = u64::try_from(import::FILE_BYTES_MAX).unwrap_or(u64::MAX);
    bounded(path, max, read)
}

fn bounded<T>(path: &Path, max: u64, read: impl FnOnce(&[u8]) -> Found<T>) -> Result<T, Fault> {
    let what = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    let taken = File::open(path).and_then(|file| file.take(max + 1).read_to_end(&mut bytes));
    taken
        .map_err(|error| Fault::usage(what(), error.to_string(), "name a file that can be read"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        let why = format!("it is larger than {} MiB", max / 1024 / 1024);
        return Err(Fault::usage(
            what(),
            why,
            "split it, and plan the parts apart",
        ));
    }
    // Spreadsheets put it in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    read(bytes).map_err(|wrong| Fault::usage(what(), wrong.why, wrong.next))
}

/// A plan that was written by `legacy plan --out` or `legacy import --out`.
pub(super) fn plan(path: &Path) -> Result<Plan, Fault> {
    const AGAIN: &str = "make the plan again with `provost legacy plan --out FILE`";
    bounded(path, PLAN_BYTES_MAX, |bytes| {
        let plan: Plan = serde_json::from_slice(bytes)
            .map_err(|error| Wrong::new(format!("it is no plan: {error}"), AGAIN))?;
        if plan.format == FORMAT {
            return Ok(plan);
        }
        Err(Wrong::new(
            format!("its format is {:?} and not {FORMAT:?}", plan.format),
            AGAIN,
        ))
    })
    .map_err(|fault| Fault {
        exit_code: exit::USAGE,
        ..fault
    })
}

/// Groups with the userNames of their members.
pub(super) fn groups(bytes: &[u8]) -> Found<Vec<ImportGroup>> {
    import::groups(bytes).map_err(Wrong::of)
}

/// What was decided of groups.
pub(super) fn decisions(bytes: &[u8]) -> Found<Vec<Decision>> {
    import::decisions(bytes).map_err(Wrong::of)
}

/// One person a line.
pub(super) fn people_of_list(bytes: &[u8]) -> Found<Vec<String>> {
    let text = str::from_utf8(bytes).map_err(|error| {
        Wrong::new(format!("it is no UTF-8: {error}"), "save the file in UTF-8")
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
