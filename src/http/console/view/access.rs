//! Who may do what and why, what a change would do, and how far along something is.

use super::basic::{Badge, Link, Notice, Source, Tone};
use super::data::DiffLine;
use super::form::Field;
use super::prose::Prose;
use crate::http::console::words::t;

/// One hop from a person to what they may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// What kind of thing it is, or how the hop came to be: "Pushed by Okta on 12 Mar".
    pub kind: String,
    pub text: String,
    /// Nothing for none.
    pub href: String,
}

impl Hop {
    pub fn new(kind: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            text: text.into(),
            href: String::new(),
        }
    }

    #[must_use]
    pub fn leads_to(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// A policy of a group or member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The id of its heading.
    pub id: String,
    pub name: String,
    /// Allow or deny, and what else is to be said of it.
    pub badges: Vec<Badge>,
    pub roles: Vec<Link>,
    pub scope: String,
    /// Who made it and when, or what is to be known of it.
    pub meta: String,
    pub edit: Option<String>,
    pub remove: Option<String>,
}

/// What a change would do, told before it is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    pub title: String,
    pub lines: Vec<PreviewLine>,
    pub link: Option<Link>,
    /// Whether somebody loses something: it is said in red.
    pub loses: bool,
}

impl Preview {
    /// Told above the new preview where the saved one was made of something older: the
    /// fingerprints differ, and nothing was saved.
    pub fn moved() -> Notice {
        Notice::new(Tone::Warn, t("preview.moved"), t("preview.moved_text"))
    }
}

/// One sentence of a preview, its figure first: **31** gain Cache Purge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreviewLine {
    pub lead: String,
    pub text: String,
}

impl PreviewLine {
    pub fn new(lead: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            lead: lead.into(),
            text: text.into(),
        }
    }
}

/// How far along something of several steps is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    Done,
    Current,
    Later,
}

/// One step of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub title: String,
    pub text: String,
    pub progress: Progress,
}

impl Step {
    /// The steps of something that is at the one numbered `current`, from 0.
    pub fn all(current: usize, steps: impl IntoIterator<Item = (String, String)>) -> Vec<Self> {
        let step = |(at, (title, text)): (usize, (String, String))| Self {
            title,
            text,
            progress: match at.cmp(&current) {
                std::cmp::Ordering::Less => Progress::Done,
                std::cmp::Ordering::Equal => Progress::Current,
                std::cmp::Ordering::Greater => Progress::Later,
            },
        };
        steps.into_iter().enumerate().map(step).collect()
    }

    pub fn is_done(&self) -> bool {
        self.progress == Progress::Done
    }

    pub fn is_current(&self) -> bool {
        self.progress == Progress::Current
    }
}

/// A legacy group and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanRow {
    /// What stands before the role in the old name, and the role.
    pub prefix: String,
    pub role: String,
    pub source: Source,
    pub target: String,
    pub effect: String,
    pub members: String,
    pub state: Badge,
    pub open: bool,
    pub diff: Vec<DiffLine>,
    pub note: String,
    pub fields: Vec<Field>,
    pub link: Option<Link>,
}

/// Why something was refused, and each way to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub title: String,
    /// The same in the protocol's words: `400 invalidValue`.
    pub code: String,
    /// Whether somebody here decides it yet.
    pub held: bool,
    pub text: String,
    pub fixes_title: String,
    pub fixes: Vec<Fix>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub text: Prose,
    pub link: Option<Link>,
}

/// Asked once more before something is done that can't easily be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The id of the dialog, which a form names in `data-confirm`.
    pub id: String,
    pub title: String,
    /// What happens to whom.
    pub effect: String,
    /// The word of the button that does it.
    pub action: String,
}

/// The bar under a page that gathers what will be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitBar {
    pub label: String,
    pub title: String,
    pub text: String,
    /// The form that its button sends.
    pub form: String,
    pub action: String,
    pub other: Option<Link>,
}

/// A secret that is shown this once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    pub label: String,
    pub value: String,
    /// How to try it out: a command line; nothing for none.
    pub command: String,
}
