//! The server's own log: lines on standard error, for people or as JSON.
//!
//! Fields never hold a secret; what a client sent is made harmless here, whatever the format:
//! a line break or a terminal's control sequence in a name must not forge a line.

use std::io::{self, Write};

use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Starts logging. A second call changes nothing.
pub fn init(log: Log) {
    // The framework tells of its threads at `info`; that is of use only to whoever debugs it.
    let frameworks = LevelFilter::from_level(log.level);
    let frameworks = if log.level == Level::INFO {
        LevelFilter::WARN
    } else {
        frameworks
    };
    let targets = Targets::new()
        .with_default(log.level)
        .with_target("actix", frameworks);
    let writer = Lines { format: log.format };
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(writer);
    // An error says that a log is set up already, as in tests that start several servers.
    let _already = match log.format {
        LogFormat::Human => registry().with(layer.with_filter(targets)).try_init(),
        LogFormat::Json => registry()
            .with(layer.json().flatten_event(true).with_filter(targets))
            .try_init(),
    };
}

/// Writes each event as one line.
struct Lines {
    format: LogFormat,
}

impl<'w> MakeWriter<'w> for Lines {
    type Writer = Line;

    fn make_writer(&'w self) -> Line {
        Line {
            format: self.format,
        }
    }
}

struct Line {
    format: LogFormat,
}

impl Write for Line {
    /// The subscriber hands over a whole event at once, its line break at the end.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let event = text.strip_suffix('\n').unwrap_or(&text);
        let line = escape(event, self.format);
        io::stderr().lock().write_all(line.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// One line: control characters and those that turn the direction of text are spelled out.
/// In JSON they can only stand inside strings, where the escape means the same character.
fn escape(event: &str, format: LogFormat) -> String {
    let mut line = String::with_capacity(event.len() + 1);
    for c in event.chars() {
        if !is_unsafe(c) {
            line.push(c);
            continue;
        }
        match format {
            LogFormat::Human => line.extend(c.escape_default()),
            // JSON has four digits where Rust has braces; all that is unsafe has so few.
            LogFormat::Json => {
                let digits = c.escape_unicode().filter(char::is_ascii_hexdigit);
                let digits: String = digits.collect();
                line.extend(["\\u", &"0000"[digits.len().min(4)..], &digits]);
            }
        }
    }
    line.push('\n');
    line
}

/// Whether a terminal or a reader can be deceived by `c`.
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{61c}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_can_forge_a_line() {
        let event = "name=\"a\r\nERROR forged \u{1b}[31m \u{202e}txt\"";
        let line = escape(event, LogFormat::Human);
        assert_eq!(
            line,
            "name=\"a\\r\\nERROR forged \\u{1b}[31m \\u{202e}txt\"\n"
        );
        let json = escape("{\"name\":\"\u{202e}é\"}", LogFormat::Json);
        assert_eq!(json, "{\"name\":\"\\u202eé\"}\n");
    }
}
