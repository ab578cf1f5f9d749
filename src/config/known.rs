//! The settings as somebody looks at them: what each is, and who says so.

use std::fmt::Display;

use super::layers::KEYS;
use super::{Config, LogFormat, TlsSource};

/// A setting, its value, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownSetting {
    /// As `provost.toml` spells it.
    pub key: &'static str,
    /// As it holds; nothing for none. No setting is a secret: those are in files that settings
    /// name.
    pub value: String,
    /// A flag, a variable or a file; `None`: nobody set it.
    pub origin: Option<String>,
}

fn text<T: Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

impl Config {
    /// Every setting, in the order of the documentation.
    pub fn known(&self) -> Vec<KnownSetting> {
        let one = |key: &&'static str| KnownSetting {
            key,
            value: self.value_of(key).unwrap_or_default(),
            origin: self.origins.get(key).cloned(),
        };
        KEYS.iter().map(one).collect()
    }

    fn value_of(&self, key: &str) -> Option<String> {
        let (http, limits) = (&self.http, &self.limits);
        let files = match &http.tls {
            TlsSource::Files { cert, key } => Some((cert.display(), key.display())),
            TlsSource::Plain | TlsSource::SelfSigned => None,
        };
        let proxies: Vec<String> = http
            .trusted_proxies
            .iter()
            .map(ToString::to_string)
            .collect();
        let format = match self.log.format {
            LogFormat::Human => "human",
            LogFormat::Json => "json",
        };
        Some(match key {
            "data" => self.data.display().to_string(),
            "allow_insecure_permissions" => self.allow_insecure_permissions.to_string(),
            "http.listen" => http.listen.to_string(),
            "http.public_url" => text(http.public_url.as_ref()),
            "http.tls_cert" => text(files.map(|(cert, _)| cert)),
            "http.tls_key" => text(files.map(|(_, key)| key)),
            "http.tls_self_signed" => (http.tls == TlsSource::SelfSigned).to_string(),
            "http.insecure_http" => {
                (http.tls == TlsSource::Plain && !http.listen.ip().is_loopback()).to_string()
            }
            "http.metrics_listen" => text(http.metrics_listen),
            "http.trusted_proxies" => proxies.join(", "),
            "http.workers" => http.workers.to_string(),
            "log.format" => format.to_owned(),
            "log.level" => self.log.level.to_string().to_ascii_lowercase(),
            "logs.provisioning_days" => self.provisioning_days.to_string(),
            "limits.token_rps" => limits.token_rps.to_string(),
            "limits.token_burst" => limits.token_burst.to_string(),
            "limits.requests_in_flight" => limits.requests_in_flight.to_string(),
            "limits.writes_waiting" => limits.writes_waiting.to_string(),
            "limits.writes_per_commit" => limits.writes_per_commit.to_string(),
            "limits.connections" => limits.connections.to_string(),
            "limits.connections_per_address" => limits.connections_per_address.to_string(),
            "limits.head_seconds" => limits.head_seconds.to_string(),
            "limits.body_seconds" => limits.body_seconds.to_string(),
            "limits.body_bytes_per_second_min" => limits.body_bytes_per_second_min.to_string(),
            "limits.keep_alive_seconds" => limits.keep_alive_seconds.to_string(),
            "limits.read_seconds" => limits.read_seconds.to_string(),
            "limits.head_bytes" => limits.head_bytes.to_string(),
            "limits.headers" => limits.headers.to_string(),
            "limits.scim_body_bytes" => limits.scim_body_bytes.to_string(),
            "limits.group_body_bytes" => limits.group_body_bytes.to_string(),
            "limits.bulk_body_bytes" => limits.bulk_body_bytes.to_string(),
            "limits.bulk_operations" => limits.bulk_operations.to_string(),
            "limits.bulk_seconds" => limits.bulk_seconds.to_string(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::layers::Layers;
    use super::*;

    #[test]
    fn every_setting_has_its_value_and_says_where_it_comes_from() {
        let config = Config::defaults().expect("the defaults");
        for key in KEYS {
            assert!(config.value_of(key).is_some(), "{key} is not told");
        }
        assert!(config.known().iter().all(|one| one.origin.is_none()));
        let environment = [("PROVOST_LIMITS__TOKEN_RPS".to_owned(), "7".to_owned())];
        let flags = [
            ("http.listen", "127.0.0.1:1".to_owned()),
            ("http.trusted_proxies", "10.0.0.0/8".to_owned()),
            ("log.level", "debug".to_owned()),
        ];
        let layers = Layers::read(None, &environment, &flags).expect("layers");
        let known = Config::from_layers(&layers).expect("settings").known();
        let of = |key: &str| {
            known
                .iter()
                .find(|one| one.key == key)
                .expect("it is known")
        };
        assert_eq!(of("limits.token_rps").value, "7");
        let origin = of("limits.token_rps").origin.as_deref();
        assert!(origin.is_some_and(|origin| origin.contains("PROVOST_LIMITS__TOKEN_RPS")));
        assert_eq!(of("http.listen").origin.as_deref(), Some("flag --listen"));
        assert_eq!(
            of("http.trusted_proxies").origin.as_deref(),
            Some("flag --trusted-proxy")
        );
        assert_eq!(of("log.level").origin.as_deref(), Some("flag --log-level"));
        assert_eq!(of("limits.headers").origin, None);
    }
}
