//! Rows of lists, one for each object: the same row when a page is loaded and when it comes in
//! live.

use super::basic::{Badge, Source};
use super::chart::Spark;
use super::prose::Prose;
use crate::http::console::format::When;

/// A request of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    pub id: String,
    pub when: When,
    pub method: String,
    pub path: String,
    pub subject: String,
    pub subject_href: String,
    pub effect: Prose,
    pub result: Badge,
    pub took: String,
    /// Opens the row, or closes it; nothing where the row is of the page's own request.
    pub href: String,
    pub open: bool,
}

impl LogRow {
    /// The class of the method's colour.
    pub fn method_class(&self) -> String {
        self.method.to_ascii_lowercase()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRow {
    pub id: String,
    pub href: String,
    pub name: String,
    pub email: String,
    pub source: Source,
    pub state: Badge,
    pub groups: String,
    pub roles: String,
    pub changed: When,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRow {
    pub id: String,
    pub href: String,
    pub name: String,
    pub source: Source,
    pub members: String,
    pub policies: String,
    /// Said where the group grants nothing.
    pub note: Option<Badge>,
    pub changed: When,
    /// Why it can't be ticked; nothing when it can.
    pub locked: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    /// What it is, where its name does not say it.
    pub about: &'static str,
    pub href: String,
    pub source: Source,
    pub state: Badge,
    /// Said where its brake is off.
    pub brake: Option<Badge>,
    /// When a request last went well; `None`: never.
    pub last: Option<When>,
    /// When one last came, where that is another one; while none did, when somebody came with a
    /// token that nobody knows.
    pub asked: String,
    pub spark: Spark,
    pub rejected: String,
    pub token: Badge,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRow {
    pub href: String,
    pub name: String,
    pub owner: String,
    pub permissions: String,
    /// `None`: never.
    pub used: Option<When>,
    pub expires: Badge,
    /// Said where its time is yet to come, and from when on it works then.
    pub early: Option<Badge>,
    pub begins: String,
    /// Until when a value that was rolled works beside the newest; nothing where none does.
    pub old: String,
    /// That somebody goes on using it in vain; nothing where nobody does.
    pub refused: String,
}

/// A line of history: an icon, what happened, who did it, when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventRow {
    pub icon: &'static str,
    /// `ok`, `warn`, `bad` or `mute`.
    pub class: &'static str,
    pub subject: String,
    pub subject_href: String,
    /// What happened to it: "joined", "deactivated".
    pub verb: String,
    pub object: String,
    pub object_href: String,
    /// Who did it, and what came of it.
    pub sub: String,
    pub when: When,
    /// The address that undoes it; nothing for none.
    pub undo: String,
}
