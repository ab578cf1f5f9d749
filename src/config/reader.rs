//! The values of the layers as the types they have.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ipnet::IpNet;
use tracing::Level;

use super::layers::{Layers, Setting};
use super::{ConfigError, DATA_DEFAULT, LogFormat};

/// Reads one key after another as the type it has.
pub(super) struct Reader<'l>(pub(super) &'l Layers);

impl Reader<'_> {
    /// Unset where the value is absent or empty.
    fn get<T>(
        &self,
        key: &'static str,
        wanted: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigError> {
        let Some(Setting { text, origin }) = self.0.get(key) else {
            return Ok(None);
        };
        if text.trim().is_empty() {
            return Ok(None);
        }
        match parse(text.trim()) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigError {
                what: format!("{key} can't be \"{}\"", text.trim().escape_debug()),
                why: format!("it stands in {origin}"),
                next: format!("give {wanted}"),
            }),
        }
    }

    pub(super) fn path(&self, key: &'static str) -> Result<Option<PathBuf>, ConfigError> {
        self.get(key, "a path", |text| Some(PathBuf::from(text)))
    }

    /// Absolute: a command and the server it talks to are started from different places.
    pub(super) fn data(&self) -> Result<PathBuf, ConfigError> {
        let path = self
            .path("data")?
            .unwrap_or_else(|| PathBuf::from(DATA_DEFAULT));
        std::path::absolute(&path).map_err(|error| ConfigError {
            what: format!("data can't be {}", path.display()),
            why: error.to_string(),
            next: "give an absolute path with --data".to_owned(),
        })
    }

    pub(super) fn truth(&self, key: &'static str) -> Result<bool, ConfigError> {
        let parse = |text: &str| match text.to_ascii_lowercase().as_str() {
            "true" | "on" | "yes" | "1" => Some(true),
            "false" | "off" | "no" | "0" => Some(false),
            _ => None,
        };
        Ok(self.get(key, "true or false", parse)?.unwrap_or(false))
    }

    pub(super) fn number<T: FromStr + PartialOrd + fmt::Display + Copy>(
        &self,
        key: &'static str,
        default: T,
        min: T,
        max: T,
    ) -> Result<T, ConfigError> {
        let parse = |text: &str| {
            let number = text.replace('_', "").parse::<T>().ok()?;
            (min <= number && number <= max).then_some(number)
        };
        let wanted = format!("a whole number from {min} to {max}");
        Ok(self.get(key, &wanted, parse)?.unwrap_or(default))
    }

    pub(super) fn address(&self, key: &'static str) -> Result<Option<SocketAddr>, ConfigError> {
        self.get(
            key,
            "an address and a port such as 127.0.0.1:7443",
            |text| text.parse().ok(),
        )
    }

    pub(super) fn networks(&self, key: &'static str) -> Result<Vec<IpNet>, ConfigError> {
        let one = |text: &str| {
            let address = || text.parse::<IpAddr>().map(IpNet::from);
            text.parse::<IpNet>().or_else(|_| address()).ok()
        };
        let all = |text: &str| text.split(',').map(str::trim).map(one).collect();
        let wanted = "networks such as 10.0.0.0/8, or addresses";
        Ok(self.get(key, wanted, all)?.unwrap_or_default())
    }

    pub(super) fn public_url(&self) -> Result<Option<String>, ConfigError> {
        let parse = |text: &str| {
            let rest = text
                .strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"))?;
            let host = rest.split('/').next().unwrap_or_default();
            let plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
            let whole = plain && !host.is_empty() && !text.contains(['?', '#', '@']);
            whole.then(|| text.trim_end_matches('/').to_owned())
        };
        self.get(
            "http.public_url",
            "a URL such as https://provost.example.com",
            parse,
        )
    }

    pub(super) fn log_format(&self) -> Result<LogFormat, ConfigError> {
        let parse = |text: &str| match text {
            "human" => Some(LogFormat::Human),
            "json" => Some(LogFormat::Json),
            _ => None,
        };
        Ok(self
            .get("log.format", "human or json", parse)?
            .unwrap_or(LogFormat::Human))
    }

    pub(super) fn level(&self) -> Result<Level, ConfigError> {
        let wanted = "error, warn, info, debug or trace";
        let level = self.get("log.level", wanted, |text| text.parse().ok())?;
        Ok(level.unwrap_or(Level::INFO))
    }
}
