//! What goes to standard output, in the form that was asked for.

use std::io::{self, BufWriter, StdoutLock, Write};

use comfy_table::{ContentArrangement, Table};

use super::describe::{Described, describe, json};
use crate::admin::reply::Reply;
use crate::telemetry;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Aligned, for a terminal.
    Human,
    /// One row a line, fields separated by tabs, without a header: for a pipe.
    Tabs,
    /// One document.
    Json,
    /// One document a line.
    Ndjson,
    Csv,
}

/// What an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One item: all its fields.
    One,
    /// Items that are all known before the first is printed.
    List,
    /// Items that are printed as they come; `json` makes it one document a line.
    Stream,
}

pub(super) struct Printer {
    style: Style,
    shape: Shape,
    /// Of the items, for the schema's name of a list.
    noun: &'static str,
    out: BufWriter<StdoutLock<'static>>,
    table: Option<Table>,
    items: usize,
}

impl Printer {
    pub(super) fn new(style: Style, shape: Shape, noun: &'static str) -> Self {
        let style = match (style, shape) {
            (Style::Json, Shape::Stream) => Style::Ndjson,
            (style, _) => style,
        };
        let out = BufWriter::new(io::stdout().lock());
        Self {
            style,
            shape,
            noun,
            out,
            table: None,
            items: 0,
        }
    }

    pub(super) fn item(&mut self, reply: &Reply) -> io::Result<()> {
        let first = self.items == 0;
        self.items += 1;
        match (self.style, self.shape) {
            (Style::Json, Shape::One) | (Style::Ndjson, _) => {
                writeln!(self.out, "{}", json(reply, true)?)?;
            }
            (Style::Json, Shape::List | Shape::Stream) => {
                if first {
                    self.open_list()?;
                }
                let comma = if first { "" } else { "," };
                write!(self.out, "{comma}\n{}", json(reply, false)?)?;
            }
            (Style::Csv, _) => self.csv(&describe(reply), first)?,
            (Style::Tabs, _) => {
                let described = describe(reply);
                let cells: Vec<String> = described.row().map(|(_, text)| harmless(text)).collect();
                writeln!(self.out, "{}", cells.join("\t"))?;
            }
            (Style::Human, Shape::One) => self.all_fields(&describe(reply))?,
            (Style::Human, Shape::List) => self.table_row(&describe(reply)),
            (Style::Human, Shape::Stream) => self.line(&describe(reply))?,
        }
        if self.shape == Shape::Stream {
            self.out.flush()?;
        }
        Ok(())
    }

    /// A row of what is no item of its own, but a part of one that came whole.
    pub(super) fn part(&mut self, described: &Described) -> io::Result<()> {
        let first = self.items == 0;
        self.items += 1;
        match self.style {
            Style::Csv => self.csv(described, first),
            Style::Human => {
                self.table_row(described);
                Ok(())
            }
            Style::Tabs | Style::Json | Style::Ndjson => {
                let cells = described.row().map(|(_, text)| harmless(text));
                writeln!(self.out, "{}", cells.collect::<Vec<_>>().join("\t"))
            }
        }
    }

    pub(super) fn style(&self) -> Style {
        self.style
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if let Some(table) = self.table.take() {
            writeln!(self.out, "{}", table.trim_fmt())?;
        }
        if self.style == Style::Json && self.shape == Shape::List {
            if self.items == 0 {
                self.open_list()?;
            }
            writeln!(self.out, "\n]}}")?;
        }
        self.out.flush()
    }

    fn open_list(&mut self) -> io::Result<()> {
        let noun = self.noun;
        write!(
            self.out,
            "{{\"schema\":\"provost.{noun}_list.v1\",\"items\":["
        )
    }

    /// Whether it prints for a person, who may want sentences.
    pub(super) fn is_human(&self) -> bool {
        self.style == Style::Human
    }

    /// A line of text as it is, for what is no item.
    pub(super) fn text(&mut self, line: &str) -> io::Result<()> {
        writeln!(self.out, "{line}")
    }

    fn all_fields(&mut self, described: &Described) -> io::Result<()> {
        let width = described
            .fields
            .iter()
            .map(|(name, _)| name.len())
            .max()
            .unwrap_or(0);
        for (name, text) in described.fields.iter().filter(|(_, text)| !text.is_empty()) {
            let label = name.replace('_', " ");
            writeln!(self.out, "{label:<width$}  {}", harmless(text))?;
        }
        Ok(())
    }

    fn table_row(&mut self, described: &Described) {
        let table = self.table.get_or_insert_with(|| {
            let mut table = Table::new();
            table.load_style(comfy_table::presets::NOTHING);
            table.set_content_arrangement(ContentArrangement::Disabled);
            let names = described
                .row()
                .map(|(name, _)| name.replace('_', " ").to_uppercase());
            table.set_header(names.collect::<Vec<_>>());
            table
        });
        table.add_row(
            described
                .row()
                .map(|(_, text)| harmless(text))
                .collect::<Vec<_>>(),
        );
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
    }

    /// Columns that line up although the next row is not known yet.
    fn line(&mut self, described: &Described) -> io::Result<()> {
        let cells: Vec<String> = described
            .row()
            .zip(described.widths)
            .map(|((_, text), width)| format!("{:<width$}", harmless(text)))
            .collect();
        writeln!(self.out, "{}", cells.join("  ").trim_end())
    }

    fn csv(&mut self, described: &Described, first: bool) -> io::Result<()> {
        let join = |cells: Vec<String>| cells.join(",");
        if first {
            let names = described
                .fields
                .iter()
                .map(|(name, _)| csv_cell(name))
                .collect();
            write!(self.out, "{}\r\n", join(names))?;
        }
        let cells = described
            .fields
            .iter()
            .map(|(_, text)| csv_cell(text))
            .collect();
        write!(self.out, "{}\r\n", join(cells))
    }
}

/// RFC 4180 2, with a quote before what a spreadsheet would run as a formula: names come from
/// outside.
fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', '"', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

/// The text without anything that steers a terminal or forges a line.
pub(super) fn harmless(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if telemetry::is_unsafe(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_neither_a_formula_nor_a_break() {
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("a,\"b\"\n"), "\"a,\"\"b\"\"\n\"");
        assert_eq!(csv_cell("plain"), "plain");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(
            harmless("a\u{1b}[2J\tb\u{202e}"),
            "a\\u{1b}[2J\\tb\\u{202e}"
        );
    }
}
