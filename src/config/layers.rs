//! Where a setting's value comes from: a flag, else the environment, else the file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::ConfigError;

/// Every key, as `provost.toml` spells it. In the environment the dot is `__`.
pub(super) const KEYS: &[&str] = &[
    "data",
    "allow_insecure_permissions",
    "http.listen",
    "http.public_url",
    "http.tls_cert",
    "http.tls_key",
    "http.tls_self_signed",
    "http.insecure_http",
    "http.metrics_listen",
    "http.trusted_proxies",
    "http.workers",
    "log.format",
    "log.level",
    "logs.provisioning_days",
    "limits.token_rps",
    "limits.token_burst",
    "limits.requests_in_flight",
    "limits.writes_waiting",
    "limits.writes_per_commit",
    "limits.connections",
    "limits.connections_per_address",
    "limits.head_seconds",
    "limits.body_seconds",
    "limits.body_bytes_per_second_min",
    "limits.keep_alive_seconds",
    "limits.read_seconds",
    "limits.head_bytes",
    "limits.headers",
    "limits.scim_body_bytes",
    "limits.group_body_bytes",
    "limits.bulk_body_bytes",
    "limits.bulk_operations",
    "limits.bulk_seconds",
];

/// Where the file is looked for when no flag names one.
const FILES: &[&str] = &["./provost.toml", "/etc/provost/provost.toml"];

/// Variables that name no setting: where the settings file is.
const FILE_VARIABLE: &str = "PROVOST_CONFIG";
const PREFIX: &str = "PROVOST_";
/// A setting is a line; a file with more than this is a mistake.
const VALUE_FILE_BYTES_MAX: u64 = 64 * 1024;
const SETTINGS_FILE_BYTES_MAX: u64 = 1024 * 1024;

/// A value as it was written, and where.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) text: String,
    pub(super) origin: String,
}

/// The values of all layers, the strongest for each key.
#[derive(Debug, Default)]
pub(super) struct Layers {
    values: BTreeMap<&'static str, Setting>,
}

impl Layers {
    pub(super) fn get(&self, key: &str) -> Option<&Setting> {
        self.values.get(key)
    }

    /// Where each value comes from.
    pub(super) fn origins(&self) -> BTreeMap<&'static str, String> {
        let of = |(key, setting): (&&'static str, &Setting)| (*key, setting.origin.clone());
        self.values.iter().map(of).collect()
    }

    fn set(&mut self, key: &'static str, text: String, origin: String) {
        self.values.insert(key, Setting { text, origin });
    }

    /// Reads file and environment, weakest first. `environment` is given, not asked for, so
    /// that tests need not change their own process.
    pub(super) fn read(
        file: Option<&Path>,
        environment: &[(String, String)],
        flags: &[(&'static str, String)],
    ) -> Result<Self, ConfigError> {
        let mut layers = Self::default();
        let variable = environment.iter().find(|(name, _)| name == FILE_VARIABLE);
        let named = file
            .map(Path::to_owned)
            .or(variable.map(|(_, path)| PathBuf::from(path)));
        match named {
            Some(path) => layers.read_file(&path)?,
            None => {
                if let Some(path) = FILES.iter().map(Path::new).find(|path| path.exists()) {
                    layers.read_file(path)?;
                }
            }
        }
        layers.read_environment(environment)?;
        for (key, text) in flags {
            layers.set(key, text.clone(), format!("flag --{}", flag_of(key)));
        }
        Ok(layers)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let shown = path.display();
        let text = read_bounded(path, SETTINGS_FILE_BYTES_MAX).map_err(|why| ConfigError {
            what: format!("cannot read the settings in {shown}"),
            why,
            next: "correct the path given by --config, or the file's permissions".to_owned(),
        })?;
        let table: toml::Table = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                1 + text
                    .bytes()
                    .take(span.start)
                    .filter(|&byte| byte == b'\n')
                    .count()
            });
            ConfigError {
                what: format!("{shown} is not valid TOML"),
                why: format!("line {line}: {}", error.message()),
                next: format!("correct line {line} of {shown}"),
            }
        })?;
        self.read_table(&table, "", path)
    }

    fn read_table(
        &mut self,
        table: &toml::Table,
        prefix: &str,
        path: &Path,
    ) -> Result<(), ConfigError> {
        for (name, value) in table {
            let key = format!("{prefix}{name}");
            let is_section = KEYS
                .iter()
                .any(|known| known.starts_with(&format!("{key}.")));
            if let (toml::Value::Table(inner), true) = (value, is_section) {
                self.read_table(inner, &format!("{key}."), path)?;
                continue;
            }
            let known = find(&key).ok_or_else(|| unknown(&key, &path.display().to_string()))?;
            let text = text_of(value).ok_or_else(|| ConfigError {
                what: format!(
                    "{known} in {} has a value of the wrong type",
                    path.display()
                ),
                why: format!("it is a {}", value.type_str()),
                next: format!("give {known} a text, a number, true or false, or a list of texts"),
            })?;
            self.set(known, text, path.display().to_string());
        }
        Ok(())
    }

    fn read_environment(&mut self, environment: &[(String, String)]) -> Result<(), ConfigError> {
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if name == FILE_VARIABLE {
                continue;
            }
            let key = rest.to_lowercase().replace("__", ".");
            if let Some(known) = find(&key) {
                self.set(known, value.clone(), name.clone());
                continue;
            }
            if let Some(known) = key.strip_suffix("_file").and_then(find) {
                let text = read_bounded(Path::new(value), VALUE_FILE_BYTES_MAX);
                let text = text.map_err(|why| ConfigError {
                    what: format!("cannot read the file that {name} names"),
                    why: format!("{value}: {why}"),
                    next: format!("correct the path in {name}, or the file's permissions"),
                })?;
                self.set(known, text.trim().to_owned(), name.clone());
                continue;
            }
            // Container platforms put variables of their own beside ours (a service called
            // "provost" brings PROVOST_PORT and PROVOST_SERVICE_HOST): only what has the form
            // of a setting is held to be one.
            if key.contains('.') {
                return Err(unknown(&key, name));
            }
        }
        Ok(())
    }
}

/// What the flag of a setting is called: without the section that nearly all of them are in.
fn flag_of(key: &str) -> String {
    if key == "http.trusted_proxies" {
        return "trusted-proxy".to_owned();
    }
    let short = key.strip_prefix("http.").unwrap_or(key);
    short.replace(['.', '_'], "-")
}

fn find(key: &str) -> Option<&'static str> {
    KEYS.iter().copied().find(|known| *known == key)
}

fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn read_bounded(path: &Path, bytes_max: u64) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > bytes_max {
        return Err(format!("it has {size} bytes, more than {bytes_max}"));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

fn unknown(key: &str, origin: &str) -> ConfigError {
    let nearest = KEYS
        .iter()
        .min_by_key(|known| distance(key, known))
        .copied()
        .unwrap_or("data");
    ConfigError {
        what: format!("{key} is not a setting"),
        why: format!("it stands in {origin}"),
        next: format!("the nearest setting is {nearest}; correct or remove the line"),
    }
}

/// Levenshtein's distance, for short ASCII names.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    fn text(layers: &Layers, key: &str) -> Option<String> {
        layers.get(key).map(|setting| setting.text.clone())
    }

    #[test]
    fn a_flag_beats_the_environment_and_that_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("provost.toml");
        fs::write(
            &file,
            "data = 'f'\n[http]\nworkers = 1\n[limits]\ntoken_rps = 1\n",
        )
        .unwrap();
        let env = variables(&[
            ("PROVOST_HTTP__WORKERS", "2"),
            ("PROVOST_LIMITS__TOKEN_RPS", "2"),
        ]);
        let flags = [("http.workers", "3".to_owned())];
        let layers = Layers::read(Some(&file), &env, &flags).unwrap();
        assert_eq!(text(&layers, "data").as_deref(), Some("f"));
        assert_eq!(text(&layers, "limits.token_rps").as_deref(), Some("2"));
        assert_eq!(text(&layers, "http.workers").as_deref(), Some("3"));
    }

    #[test]
    fn a_variable_can_name_a_file_that_holds_the_value() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("value");
        fs::write(&file, "/srv/provost\n").unwrap();
        let env = variables(&[("PROVOST_DATA_FILE", &file.display().to_string())]);
        let empty = folder.path().join("empty.toml");
        fs::write(&empty, "").unwrap();
        let layers = Layers::read(Some(&empty), &env, &[]).unwrap();
        assert_eq!(text(&layers, "data").as_deref(), Some("/srv/provost"));
    }

    #[test]
    fn an_unknown_key_is_refused_with_the_nearest_known_one() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("provost.toml");
        fs::write(&file, "[http]\nlisten_on = '127.0.0.1:1'\n").unwrap();
        let error = Layers::read(Some(&file), &[], &[]).unwrap_err();
        assert!(error.next.contains("http.listen"), "{error:?}");
        fs::write(&file, "").unwrap();
        let env = variables(&[("PROVOST_HTTP__LISTN", "x")]);
        let error = Layers::read(Some(&file), &env, &[]).unwrap_err();
        assert!(error.next.contains("http.listen"), "{error:?}");
        let env = variables(&[("PROVOST_PORT", "tcp://10.0.0.1:7443")]);
        assert!(Layers::read(Some(&file), &env, &[]).is_ok());
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("provost.toml");
        fs::write(&file, "data = 'x'\n[http\n").unwrap();
        let error = Layers::read(Some(&file), &[], &[]).unwrap_err();
        assert!(error.why.starts_with("line 2"), "{error:?}");
    }
}
