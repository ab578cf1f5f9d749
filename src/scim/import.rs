//! Files that a migration reads: groups of another server, as a SCIM ListResponse or as CSV, and
//! what somebody decided of groups. Whatever a file holds, what is wrong is told with its place.

mod csv;
mod decisions;
mod resources;

use std::fmt;

use crate::domain::legacy::plan::{Decision, ImportGroup};

/// The largest file, in bytes: what is read of it goes to the server as one request.
pub const FILE_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Longest name in a file, in characters; no group or person can have a longer one.
const NAME_CHARS_MAX: usize = 1_024;
/// Most rows, or resources.
const ROWS_MAX: usize = 1_000_000;

/// Where in a file something is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Whole,
    /// The first is 1.
    Line(usize),
    /// JSON pointer (RFC 6901).
    Pointer(String),
}

/// A file that can't be read, or does not say what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    /// Part of a sentence: what is wrong there.
    pub what: String,
    /// Part of a sentence: what to do about it.
    pub remedy: &'static str,
}

impl Fault {
    fn new(place: Place, what: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            place,
            what: what.into(),
            remedy,
        }
    }

    /// Where, and what.
    pub fn why(&self) -> String {
        match &self.place {
            Place::Whole => self.what.clone(),
            Place::Line(number) => format!("line {number}: {}", self.what),
            Place::Pointer(pointer) if pointer.is_empty() => self.what.clone(),
            Place::Pointer(pointer) => format!("{pointer}: {}", self.what),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}.", self.why(), self.remedy)
    }
}

/// The groups of a file: JSON when it begins like it, else CSV.
///
/// Errors: what is wrong, and where.
pub fn groups(bytes: &[u8]) -> Result<Vec<ImportGroup>, Fault> {
    let text = text(bytes)?;
    if is_json(text) {
        resources::groups(text)
    } else {
        csv::groups(text)
    }
}

/// What a mapping file decides: JSON when it begins like it, else CSV.
///
/// Errors: what is wrong, and where.
pub fn decisions(bytes: &[u8]) -> Result<Vec<Decision>, Fault> {
    let text = text(bytes)?;
    if is_json(text) {
        decisions::of_json(text)
    } else {
        decisions::of_csv(text)
    }
}

fn is_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// What the reader of JSON says, with its place apart.
fn fault_of(error: &serde_json::Error, remedy: &'static str) -> Fault {
    let said = error.to_string();
    let what = said.split(" at line ").next().unwrap_or_default();
    Fault::new(Place::Line(error.line()), what, remedy)
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(Fault::new(
            Place::Whole,
            format!("it is larger than {} MiB", FILE_BYTES_MAX / 1024 / 1024),
            "split it by groups, and migrate one part after the other",
        ));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(Fault::new(Place::Whole, "it is UTF-16", "save it as UTF-8"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = before.split(|byte| *byte == b'\n').count();
            Err(Fault::new(
                Place::Line(line),
                "a byte is no UTF-8",
                "save the file as UTF-8",
            ))
        }
    }
}

/// Errors: for an empty name, or one that is longer than any can be.
fn check_name(place: impl Fn() -> Place, what: &str, name: &str) -> Result<(), Fault> {
    if name.trim().is_empty() {
        return Err(Fault::new(
            place(),
            format!("{what} is empty"),
            "fill it in, or take the row out",
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Fault::new(
            place(),
            format!("{what} is longer than {NAME_CHARS_MAX} characters"),
            "correct it",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
