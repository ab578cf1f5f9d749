//! Comma-separated values (RFC 4180): a byte order mark, either end of line, quoted fields.

use std::collections::{HashMap, HashSet};

use super::{Fault, Place, ROWS_MAX, check_name};
use crate::domain::legacy::plan::ImportGroup;

/// Most fields of a row.
const FIELDS_MAX: usize = 64;

/// A row, and the line it begins on.
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
}

/// Reads row after row; empty lines are none.
pub(super) struct Rows<'t> {
    rest: std::iter::Peekable<std::str::Chars<'t>>,
    line: usize,
    count: usize,
}

impl<'t> Rows<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            rest: text.chars().peekable(),
            line: 1,
            count: 0,
        }
    }

    /// Whether an end of line was next; it is read.
    fn end_of_line(&mut self) -> bool {
        let ended = match self.rest.peek() {
            Some('\n') => true,
            Some('\r') => {
                self.rest.next();
                // A return alone ends a line too.
                if self.rest.peek() != Some(&'\n') {
                    self.line += 1;
                    return true;
                }
                true
            }
            Some(_) | None => false,
        };
        if ended {
            self.rest.next();
            self.line += 1;
        }
        ended
    }

    fn field(&mut self, begun: usize) -> Result<String, Fault> {
        if self.rest.peek() == Some(&'"') {
            self.rest.next();
            return self.quoted(begun);
        }
        let mut field = String::new();
        while let Some(c) = self.rest.next_if(|c| !matches!(c, ',' | '\n' | '\r')) {
            if c == '"' {
                return Err(Fault::new(
                    Place::Line(self.line),
                    "a quote stands inside a field that does not begin with one",
                    "put the whole field in quotes, and double the quotes in it",
                ));
            }
            field.push(c);
        }
        Ok(field)
    }

    fn quoted(&mut self, begun: usize) -> Result<String, Fault> {
        let mut field = String::new();
        loop {
            match self.rest.next() {
                None => {
                    return Err(Fault::new(
                        Place::Line(begun),
                        "a quote is not closed",
                        "close it, and double quotes inside a field",
                    ));
                }
                Some('"') if self.rest.next_if_eq(&'"').is_some() => field.push('"'),
                Some('"') => break,
                Some(c) => {
                    if c == '\n' {
                        self.line += 1;
                    }
                    field.push(c);
                }
            }
        }
        match self.rest.peek() {
            None | Some(',' | '\n' | '\r') => Ok(field),
            Some(_) => Err(Fault::new(
                Place::Line(self.line),
                "text follows a closing quote",
                "put a comma between fields, and double quotes inside a field",
            )),
        }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<Row, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.end_of_line() {}
        self.rest.peek()?;
        let line = self.line;
        self.count += 1;
        if self.count > ROWS_MAX {
            let what = format!("there are more than {ROWS_MAX} rows");
            let remedy = "split the file by groups, and migrate one part after the other";
            return Some(Err(Fault::new(Place::Line(line), what, remedy)));
        }
        let mut fields = Vec::new();
        loop {
            match self.field(line) {
                Ok(field) => fields.push(field),
                Err(fault) => return Some(Err(fault)),
            }
            if self.rest.next_if_eq(&',').is_none() {
                self.end_of_line();
                return Some(Ok(Row { line, fields }));
            }
            if fields.len() == FIELDS_MAX {
                let what = format!("the row has more than {FIELDS_MAX} fields");
                let remedy = "put names that hold a comma in quotes";
                return Some(Err(Fault::new(Place::Line(line), what, remedy)));
            }
        }
    }
}

/// Whether the row says what the columns are.
fn is_header(fields: &[String]) -> bool {
    let is = |at: usize, names: &[&str]| {
        let field = fields
            .get(at)
            .map(|field| field.trim().to_ascii_lowercase());
        field.is_some_and(|field| names.contains(&field.as_str()))
    };
    is(
        0,
        &[
            "group",
            "group name",
            "group_name",
            "groupname",
            "displayname",
            "name",
        ],
    ) && is(
        1,
        &[
            "member",
            "members",
            "user",
            "username",
            "user_name",
            "user name",
            "email",
        ],
    )
}

pub(super) fn groups(text: &str) -> Result<Vec<ImportGroup>, Fault> {
    let mut groups: Vec<ImportGroup> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut seen: Vec<HashSet<String>> = Vec::new();
    for (number, row) in Rows::of(text).enumerate() {
        let Row { line, fields } = row?;
        if number == 0 && is_header(&fields) {
            continue;
        }
        let [group, member] = fields.as_slice() else {
            return Err(Fault::new(
                Place::Line(line),
                format!(
                    "the row has {} fields instead of group and member",
                    fields.len()
                ),
                "write group,member in each row, with names that hold a comma in quotes",
            ));
        };
        check_name(|| Place::Line(line), "the group", group)?;
        let place = *places.entry(group.clone()).or_insert(groups.len());
        if place == groups.len() {
            groups.push(ImportGroup {
                name: group.clone(),
                members: Vec::new(),
            });
            seen.push(HashSet::new());
        }
        // A group in which nobody is has one row without a member.
        let member = member.trim();
        if member.is_empty() {
            continue;
        }
        check_name(|| Place::Line(line), "the member", member)?;
        if let (Some(group), Some(seen)) = (groups.get_mut(place), seen.get_mut(place))
            && seen.insert(member.to_owned())
        {
            group.members.push(member.to_owned());
        }
    }
    if groups.is_empty() {
        return Err(Fault::new(
            Place::Whole,
            "it has no row with a group",
            "write group,member in each row",
        ));
    }
    Ok(groups)
}
