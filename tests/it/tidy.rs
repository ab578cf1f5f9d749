//! Rules about the source itself, so that they stay true without anybody's care.

mod licences;

use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

/// What a module must not name: arrows point inward (ARCHITECTURE.md).
const ARROWS: [(&str, &[&str]); 6] = [
    (
        "domain",
        &[
            "actix", "rusqlite", "askama", "scim", "store", "app", "http", "admin", "server",
            "cli", "config",
        ],
    ),
    (
        "scim",
        &[
            "actix", "rusqlite", "store", "app", "http", "admin", "server", "cli", "config", "env",
        ],
    ),
    (
        "store",
        &[
            "actix", "scim", "app", "http", "admin", "server", "cli", "config",
        ],
    ),
    (
        "app",
        &[
            "actix", "rusqlite", "scim", "http", "admin", "server", "cli", "config",
        ],
    ),
    ("http", &["rusqlite", "admin", "server", "cli"]),
    (
        "admin",
        &["actix", "rusqlite", "scim", "http", "server", "cli"],
    ),
];

/// Crates among the names above; the others are modules of ours.
const CRATES: [&str; 3] = ["actix", "rusqlite", "askama"];

const BANNED: [(&str, &str); 9] = [
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    (".unwrap()", "say what can't fail with expect, or handle it"),
    ("dbg!", "it prints"),
    ("println!", "write through a handle and see its errors"),
    ("#[allow", "say why with #[expect(.., reason = \"..\")]"),
    ("#[ignore", "a test that is not run is none"),
    ("|safe", "templates escape everything"),
    ("#[should_panic", "compare the error instead"),
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with that extension, with its text.
fn files(folder: &str, extension: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(&path, extension, found);
            } else if path.extension().is_some_and(|known| known == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), extension, &mut found);
    found.sort();
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).expect("a text");
        let name = path
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string();
        (name, text)
    };
    found.into_iter().map(read).collect()
}

fn source() -> Vec<(String, String)> {
    files("src", "rs")
        .into_iter()
        .chain(files("tests", "rs"))
        .collect()
}

#[track_caller]
fn none(problems: Vec<String>) {
    assert!(
        problems.is_empty(),
        "{} problems:\n{}",
        problems.len(),
        problems.join("\n")
    );
}

/// The lines of a file before its unit tests, with their numbers.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .take_while(|line| *line != "#[cfg(test)]")
        .enumerate()
        .map(|(i, line)| (i + 1, line))
}

#[test]
fn files_are_short() {
    let long = |(name, text): &(String, String)| {
        let lines = text.lines().count();
        (lines > FILE_LINES_MAX).then(|| format!("{name}: {lines} lines"))
    };
    none(source().iter().filter_map(long).collect());
}

/// The stylesheet is one file: it is sent as one, its layers are in one order, and what is there
/// already is found by looking through it. The script stays as small as a page of one's own
/// would be; beyond that, a library would be better.
#[test]
fn what_pages_are_made_of_is_short() {
    let mut problems = Vec::new();
    for (folder, extension, lines_max) in [
        ("templates", "html", FILE_LINES_MAX),
        ("static", "css", 900),
        ("static", "js", 400),
    ] {
        for (name, text) in files(folder, extension) {
            let lines = text.lines().count();
            if lines > lines_max {
                problems.push(format!("{name}: {lines} lines"));
            }
        }
    }
    none(problems);
}

/// The words of pages are in the catalogue: a template has none of its own, neither as text nor
/// in what is read out. Pages of debug builds are no part of the product.
#[test]
fn templates_have_no_words_of_their_own() {
    let spoken = [
        "aria-label=\"",
        "placeholder=\"",
        "title=\"",
        "alt=\"",
        "content=\"w",
    ];
    let mut problems = Vec::new();
    for (name, text) in files("templates", "html") {
        if name.contains("/dev/") {
            continue;
        }
        let bare = without_tags(&without_code(&text));
        // Single letters are keys; attributes stand alone where a macro writes them.
        let attributes = ["required", "readonly", "autofocus"];
        let words = bare.split_whitespace().filter(|word| {
            let letters = word.chars().filter(|c| c.is_alphabetic()).count();
            letters > 1 && !word.contains("=\"") && !attributes.contains(word)
        });
        problems.extend(words.map(|word| format!("{name}: {word}")));
        for attribute in spoken {
            for (at, _) in text.match_indices(attribute) {
                let value = &text[at + attribute.len()..];
                let viewport = value.starts_with("idth=device-width");
                if value.starts_with(char::is_alphabetic) && !viewport {
                    problems.push(format!("{name}: {attribute}{value:.20}"));
                }
            }
        }
    }
    none(problems);
}

/// A template without its `{{ … }}`, `{% … %}` and `{# … #}`.
fn without_code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest
        .find("{{")
        .into_iter()
        .chain(rest.find("{%"))
        .chain(rest.find("{#"))
        .min()
    {
        out.push_str(&rest[..at]);
        let end = match &rest[at..at + 2] {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        rest = rest[at..].split_once(end).map_or("", |(_, after)| after);
    }
    out + rest
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    for piece in text.split('<') {
        out.push_str(piece.split_once('>').map_or(piece, |(_, after)| after));
        out.push(' ');
    }
    out
}

#[test]
fn the_test_of_words_sees_them() {
    let text = "{# doc #}<p class=\"x\">{{ \"a\"|t }} Hello {% if b %}<b>{% endif %}</p>";
    assert_eq!(without_tags(&without_code(text)).trim(), "Hello");
}

#[test]
fn lines_are_short() {
    let mut problems = Vec::new();
    for (name, text) in source() {
        for (number, line) in text.lines().enumerate() {
            // A long text in quotes can't be broken without being changed.
            let quoted = line.matches('"').count() >= 2 || line.trim_start().starts_with("///");
            if line.chars().count() > LINE_COLUMNS_MAX && !quoted {
                problems.push(format!("{name}:{}", number + 1));
            }
        }
    }
    none(problems);
}

/// The functions of a formatted file, each with its first line and its length.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut open: Vec<(usize, usize)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let begins = [
            "fn ",
            "pub fn ",
            "async fn ",
            "pub async fn ",
            "const fn ",
            "pub const fn ",
        ]
        .iter()
        .any(|start| line.trim_start().starts_with(start))
            || (line.trim_start().starts_with("pub(") && line.contains(") fn "));
        if begins && !line.trim_end().ends_with(';') {
            open.push((indent, number));
        }
        // rustfmt puts a function's last brace below its first letter.
        if line.trim() == "}" {
            while let Some((_, first)) = open.pop_if(|(at, _)| *at == indent) {
                found.push((first + 1, number - first + 1));
            }
        }
    }
    found
}

#[test]
fn functions_are_short() {
    let mut problems = Vec::new();
    for (name, text) in source() {
        for (first, lines) in functions(&text) {
            if lines > FUNCTION_LINES_MAX {
                problems.push(format!("{name}:{first}: {lines} lines"));
            }
        }
    }
    none(problems);
}

#[test]
fn the_measure_of_functions_sees_them() {
    let text = "impl X {\n    pub fn a(\n        b: u8,\n    ) {\n        if c {\n        }\n    }\n}\nfn d() {\n}\n";
    assert_eq!(functions(text), [(2, 6), (9, 2)]);
    let counted: usize = source().iter().map(|(_, text)| functions(text).len()).sum();
    assert!(counted > 500, "{counted}");
}

/// The modules and crates that a line of code names.
fn names<'l>(line: &'l str, of: &str) -> Vec<&'l str> {
    let code = line.split("//").next().unwrap_or_default();
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        // `crate::{a, b}` names several.
        let list = rest
            .strip_prefix('{')
            .map_or(rest, |inner| inner.split('}').next().unwrap_or_default());
        let parts = if rest.starts_with('{') {
            list.split(',').collect()
        } else {
            vec![list]
        };
        for part in parts {
            let name = part
                .trim()
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .next();
            found.extend(name);
        }
    }
    if CRATES.contains(&of)
        && code.contains(&format!("{of}_web::")) | code.contains(&format!("{of}::"))
    {
        found.push(&code[..0]);
    }
    found
}

#[test]
fn arrows_point_inward() {
    let mut problems = Vec::new();
    for (module, forbidden) in ARROWS {
        let folder = files(&format!("src/{module}"), "rs");
        let alone = std::fs::read_to_string(root().join(format!("src/{module}.rs")));
        let alone = alone.ok().map(|text| (format!("src/{module}.rs"), text));
        // Unit tests may stand on layers above what they test.
        let product = |(name, _): &(String, String)| {
            !name.contains("/tests/")
                && !name.ends_with("/tests.rs")
                && !name.ends_with("/testing.rs")
        };
        for (name, text) in folder.into_iter().chain(alone).filter(product) {
            for (number, line) in product_lines(&text) {
                for &wrong in forbidden {
                    let named = names(line, wrong);
                    let hit = if CRATES.contains(&wrong) {
                        named.contains(&"")
                    } else {
                        named.contains(&wrong)
                    };
                    if hit {
                        problems.push(format!("{name}:{number}: {module} must not use {wrong}"));
                    }
                }
            }
        }
    }
    none(problems);
}

#[test]
fn the_arrows_test_sees_what_it_looks_for() {
    assert_eq!(names("use crate::store::Db;", "x"), ["store"]);
    assert_eq!(names("use crate::{store, http};", "x"), ["store", "http"]);
    assert_eq!(
        names("    let x = crate::app::members::get(tx)?;", "x"),
        ["app"]
    );
    assert!(names("use rusqlite::Row;", "rusqlite").contains(&""));
    assert!(names("use actix_web::web;", "actix").contains(&""));
    assert!(names("// crate::http is elsewhere", "x").is_empty());
}

#[test]
fn banned_words_are_not_used() {
    let mut problems = Vec::new();
    for (name, text) in files("src", "rs")
        .into_iter()
        .chain(files("templates", "html"))
    {
        for (number, line) in product_lines(&text) {
            for (word, instead) in BANNED {
                if line.contains(word) {
                    problems.push(format!("{name}:{number}: {word}: {instead}"));
                }
            }
        }
    }
    none(problems);
}

#[test]
fn nothing_is_left_for_later() {
    // In two parts, so that this file does not name them.
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["XX", "X"].concat(),
        ["#[ign", "ore"].concat(),
    ];
    let mut problems = Vec::new();
    for (name, text) in source()
        .into_iter()
        .filter(|(name, _)| name != "tests/it/tidy.rs")
    {
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark.as_str())) {
                problems.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    none(problems);
}

#[test]
fn every_use_case_asks_for_its_permission_first() {
    let mut problems = Vec::new();
    for (name, text) in files("src/app", "rs") {
        let lines: Vec<(usize, &str)> = product_lines(&text).collect();
        for (at, (number, line)) in lines.iter().enumerate() {
            if !line.starts_with("pub fn ") {
                continue;
            }
            let signature: Vec<&str> = lines[at..]
                .iter()
                .map(|(_, line)| *line)
                .take_while(|line| !line.ends_with('{'))
                .collect();
            let head = signature.concat() + lines[at + signature.len()].1;
            let first = lines
                .get(at + signature.len() + 1)
                .map_or("", |(_, line)| line.trim());
            let takes_tx = head.contains("tx: &ReadTx") || head.contains("tx: &WriteTx");
            if takes_tx && !first.starts_with("tx.require(") {
                problems.push(format!("{name}:{number}: begins with {first}"));
            }
        }
    }
    none(problems);
}

#[test]
fn migrations_are_listed_and_numbered_without_gaps() {
    let listed: String = files("src/store", "rs")
        .into_iter()
        .filter(|(name, _)| name.contains("migrate"))
        .map(|(_, text)| text)
        .collect();
    let found = files("migrations", "sql");
    assert!(!found.is_empty());
    for (number, (name, _)) in found.iter().enumerate() {
        let file = name.trim_start_matches("migrations/");
        assert!(
            file.starts_with(&format!("{:04}_", number + 1)),
            "{file} is out of order"
        );
        assert!(
            listed.contains(file),
            "{file} is not in the list of src/store/migrate.rs"
        );
    }
    let named = listed.matches("include_str!").count();
    assert_eq!(
        named,
        found.len(),
        "the list names a migration that is not there"
    );
}

#[test]
fn no_test_file_is_forgotten() {
    let files = files("tests/it", "rs");
    let mut missing = Vec::new();
    for (name, _) in &files {
        let path = Path::new(name);
        let stem = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .expect("a name");
        let folder = path.parent().expect("a folder").display().to_string();
        if stem == "main" {
            continue;
        }
        let (stem, folder) = match (stem, folder.rsplit_once('/')) {
            ("mod", Some((above, own))) => (own.to_owned(), above.to_owned()),
            _ => (stem.to_owned(), folder),
        };
        // The file that must say `mod stem;`: main.rs, x.rs or x/mod.rs.
        let parents = [
            format!("{folder}/main.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}.rs"),
        ];
        let declared = files.iter().any(|(parent, text)| {
            let says = |line: &str| {
                let rest = line.strip_prefix("pub(crate) ").unwrap_or(line);
                rest == format!("mod {stem};")
            };
            parents.contains(parent) && text.lines().any(says)
        });
        if !declared {
            missing.push(name.clone());
        }
    }
    none(missing);
}
