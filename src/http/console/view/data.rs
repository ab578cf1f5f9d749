//! Figures, tables, and what goes around a list.

use super::basic::{Badge, Link, Source};
use super::chart::Spark;
use super::form::Field;
use crate::http::console::format::When;

/// One figure of a strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    pub label: String,
    pub value: String,
    /// What leads the note, in colour: `+12`, `212`; nothing for none.
    pub lead: String,
    /// `up` for good, `down` for bad, nothing for neither.
    pub direction: &'static str,
    pub note: String,
    pub spark: Option<Spark>,
    pub href: String,
}

impl Stat {
    pub fn new(
        label: impl Into<String>,
        value: impl Into<String>,
        note: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            lead: String::new(),
            direction: "",
            note: note.into(),
            spark: None,
            href: String::new(),
        }
    }

    #[must_use]
    pub fn up(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self.direction = "up";
        self
    }

    #[must_use]
    pub fn down(mut self, lead: impl Into<String>) -> Self {
        self.lead = lead.into();
        self.direction = "down";
        self
    }

    #[must_use]
    pub fn spark(mut self, spark: Spark) -> Self {
        self.spark = Some(spark);
        self
    }

    #[must_use]
    pub fn leads_to(mut self, href: impl Into<String>) -> Self {
        self.href = href.into();
        self
    }
}

/// Which way a column is sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sorted {
    Ascending,
    Descending,
}

/// The head of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub label: String,
    /// Numbers stand at the right.
    pub number: bool,
    /// Said, but not shown: a column of buttons.
    pub silent: bool,
    /// Where the list is in this column's order; nothing where it has none.
    pub href: String,
    pub sorted: Option<Sorted>,
}

impl Column {
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            number: false,
            silent: false,
            href: String::new(),
            sorted: None,
        }
    }

    #[must_use]
    pub fn number(mut self) -> Self {
        self.number = true;
        self
    }

    #[must_use]
    pub fn silent(mut self) -> Self {
        self.silent = true;
        self
    }

    /// See `ListQuery::sort_by`.
    #[must_use]
    pub fn sort(mut self, (href, sorted): (String, Option<Sorted>)) -> Self {
        self.href = href;
        self.sorted = sorted;
        self
    }

    pub fn aria_sort(&self) -> &'static str {
        match self.sorted {
            None => "",
            Some(Sorted::Ascending) => "ascending",
            Some(Sorted::Descending) => "descending",
        }
    }
}

/// What a list is narrowed by: a form that leads to an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filters {
    pub action: String,
    pub label: String,
    /// The first is the search line.
    pub fields: Vec<Field>,
    /// Kept as they are: the sort, say.
    pub hidden: Vec<(String, String)>,
}

/// A filter that is set, and the list without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilterChip {
    pub text: String,
    pub without: String,
}

/// What a list shows: how many, of which filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActiveFilters {
    /// "6,380 requests, 207 rejected".
    pub total: String,
    pub chips: Vec<FilterChip>,
    /// At the right: "Times in UTC."; nothing for none.
    pub aside: String,
    pub aside_link: Option<Link>,
}

/// The ways on from a page of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pager {
    /// "50 of 6,380, newest first".
    pub text: String,
    pub first: Option<String>,
    pub next: Option<String>,
}

/// Something that is true of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    pub label: String,
    pub value: FactValue,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactValue {
    Text(String),
    Code(String),
    /// With a button that copies it; the label says what it is.
    Copy(String, String),
    Links(Vec<Link>),
    Source(Source),
    Time(When),
    Badge(Badge),
}

impl Fact {
    pub fn new(label: impl Into<String>, value: FactValue) -> Self {
        Self {
            label: label.into(),
            value,
        }
    }

    pub fn text(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self::new(label, FactValue::Text(value.into()))
    }

    pub fn time(label: impl Into<String>, when: When) -> Self {
        Self::new(label, FactValue::Time(when))
    }

    /// `action` says what the button does: "Copy group ID".
    pub fn copy(
        label: impl Into<String>,
        value: impl Into<String>,
        action: impl Into<String>,
    ) -> Self {
        Self::new(label, FactValue::Copy(value.into(), action.into()))
    }
}

/// A line of what changed: added, gone, or as before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffLine {
    /// `add`, `del` or `ctx`.
    pub class: &'static str,
    pub text: String,
    /// Whom the line is about, behind its text.
    pub who: Option<Link>,
}

impl DiffLine {
    /// The same of somebody who has a page.
    #[must_use]
    pub fn about(mut self, who: Link) -> Self {
        self.who = Some(who);
        self
    }

    pub fn added(text: impl Into<String>) -> Self {
        Self {
            class: "add",
            text: text.into(),
            who: None,
        }
    }

    pub fn gone(text: impl Into<String>) -> Self {
        Self {
            class: "del",
            text: text.into(),
            who: None,
        }
    }

    pub fn same(text: impl Into<String>) -> Self {
        Self {
            class: "ctx",
            text: text.into(),
            who: None,
        }
    }

    pub fn sign(&self) -> &'static str {
        match self.class {
            "add" => "+",
            "del" => "−",
            _ => "=",
        }
    }
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    pub name: String,
    /// Nothing where it had none.
    pub before: String,
    /// `None`: it was not touched.
    pub after: Option<String>,
    /// The person whom the value is about: they stand in its place.
    pub who: Option<Link>,
}
