//! Lists as files: CSV, JSON or a line of JSON for each row, sent as they are read.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::stream;
use serde_json::{Map, Value};

use super::caller::AccountCaller;
use super::list::Export;
use crate::domain::error::{Error, Result};
use crate::store::sessions::over;
use crate::store::tx::ReadTx;

/// One row: a value for each column.
pub type Row = Vec<Value>;

/// Reads the next rows; `None` behind the last. Each call is a short read of its own.
type Next = Box<dyn FnMut(&ReadTx<'_>) -> Result<Option<Vec<Row>>> + Send>;

struct Writer {
    caller: Arc<AccountCaller>,
    form: Export,
    columns: &'static [&'static str],
    next: Next,
    any: bool,
    at: At,
}

#[derive(PartialEq)]
enum At {
    Head,
    Rows,
    End,
}

/// The file `name`, with these columns. Times are in UTC, texts as they are.
///
/// The first rows are read before anything is sent, so that what is refused is refused.
///
/// Errors: those of the first `next`.
pub async fn send(
    caller: AccountCaller,
    form: Export,
    name: &str,
    columns: &'static [&'static str],
    next: impl FnMut(&ReadTx<'_>) -> Result<Option<Vec<Row>>> + Send + 'static,
) -> Result<HttpResponse> {
    let mut writer = Writer {
        caller: Arc::new(caller),
        form,
        columns,
        next: Box::new(next),
        any: false,
        at: At::Head,
    };
    let first = writer.step().await?;
    let kind = match form {
        Export::Csv => "text/csv; charset=utf-8",
        Export::Json => "application/json",
        Export::Ndjson => "application/x-ndjson",
    };
    let file = format!("attachment; filename=\"{name}{}\"", form.suffix());
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::CONTENT_TYPE, kind))
        .insert_header((header::CONTENT_DISPOSITION, file));
    let Some((first, writer)) = first.map(|first| (first, writer)) else {
        return Ok(answer.finish());
    };
    let pieces = stream::unfold(Some((Some(first), writer)), |state| async move {
        let (first, mut writer) = state?;
        if let Some(first) = first {
            return Some((Ok(first), Some((None, writer))));
        }
        // What is there is sent before more is read, which would hold the sender up.
        tokio::task::yield_now().await;
        match writer.step().await {
            Ok(Some(piece)) => Some((Ok(piece), Some((None, writer)))),
            Ok(None) => None,
            // The head is sent: ending the connection is the only way left to say no.
            Err(error) => Some((Err(error), None)),
        }
    });
    Ok(answer.streaming::<_, Error>(pieces))
}

impl Writer {
    /// The next piece of the file; `None` behind the last.
    async fn step(&mut self) -> Result<Option<Bytes>> {
        // An empty piece would end the answer: what is looked through in vain is passed over.
        while self.at != At::End {
            let text = self.piece().await?;
            if !text.is_empty() {
                return Ok(Some(Bytes::from(text)));
            }
        }
        Ok(None)
    }

    async fn piece(&mut self) -> Result<String> {
        // Whoever signed out, or may no longer, reads no further.
        let there = self.caller.again_in(self.caller.account());
        let there = there.map_err(|_| over())?;
        let same = there.me().rights >= self.caller.me().rights;
        if !same || there.me().factor_missing {
            return Err(over());
        }
        let nothing: Next = Box::new(|_| Ok(None));
        let mut next = std::mem::replace(&mut self.next, nothing);
        let (next, rows) = self
            .caller
            .read_long(move |tx| {
                let rows = next(tx)?;
                Ok((next, rows))
            })
            .await?;
        self.next = next;
        let mut text = String::new();
        if self.at == At::Head {
            self.at = At::Rows;
            match self.form {
                Export::Csv => csv_line(self.columns.iter().copied(), &mut text),
                Export::Json => text.push('['),
                Export::Ndjson => {}
            }
        }
        if let Some(rows) = rows {
            for row in rows {
                self.push(row, &mut text);
            }
        } else {
            self.at = At::End;
            if self.form == Export::Json {
                text.push_str("\n]\n");
            }
        }
        Ok(text)
    }

    fn push(&mut self, row: Row, text: &mut String) {
        if self.form == Export::Csv {
            let cells = row.iter().map(|value| match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            let cells: Vec<String> = cells.collect();
            return csv_line(cells.iter().map(String::as_str), text);
        }
        let names = self.columns.iter().map(|name| (*name).to_owned());
        let object: Map<String, Value> = names.zip(row).collect();
        if self.form == Export::Json {
            text.push_str(if self.any { ",\n" } else { "\n" });
        }
        self.any = true;
        text.push_str(&Value::from(object).to_string());
        if self.form == Export::Ndjson {
            text.push('\n');
        }
    }
}

/// What a spreadsheet takes for the beginning of a formula, full-width forms too.
const FORMULAS: [char; 11] = [
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// A line of RFC 4180. A spreadsheet must not take a name for a formula, so such a cell begins with
/// an apostrophe.
pub(super) fn csv_line<'c>(cells: impl Iterator<Item = &'c str>, out: &mut String) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        let formula = cell.starts_with(FORMULAS);
        let odd = formula || cell.contains([',', '"', '\n', '\r']);
        if odd {
            out.push('"');
            if formula {
                out.push('\'');
            }
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_texts() {
        let mut out = String::new();
        csv_line(["a", "b,c", "d\"e", "=1+1", ""].into_iter(), &mut out);
        assert_eq!(out, "a,\"b,c\",\"d\"\"e\",\"'=1+1\",\r\n");
        for formula in ["+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "\u{ff1d}1+1"] {
            let mut out = String::new();
            csv_line([formula].into_iter(), &mut out);
            assert_eq!(out, format!("\"'{formula}\"\r\n"));
        }
    }
}
