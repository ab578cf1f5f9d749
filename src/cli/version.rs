//! `provost version`.

use std::io::{self, Write};

use serde_json::json;

use super::{Form, Global};
use crate::admin::fault::Stop;

pub(super) fn run(global: &Global) -> Result<(), Stop> {
    let version = env!("CARGO_PKG_VERSION");
    let line = match global.output {
        Some(Form::Json | Form::Ndjson) => {
            json!({ "schema": "provost.version.v1", "version": version }).to_string()
        }
        Some(Form::Human | Form::Csv) | None => format!("provost {version}"),
    };
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}
