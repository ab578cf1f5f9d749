use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::*;

#[test]
fn counts_and_values_are_filled_in() {
    assert_eq!(tn("format.days", 1), "1\u{a0}day");
    assert_eq!(tn("format.days", 1284), "1,284\u{a0}days");
    assert_eq!(tf("format.and", &[&"{1}", &"b"]), "{1} and b");
    assert_eq!(around("format.ago"), ("", " ago"));
    assert_eq!(fill("{x} {0} {", &[&1]), "{x} 1 {");
}

#[test]
fn no_line_ends_between_a_number_and_its_word() {
    assert_eq!(
        fill("{0} gained, {1} lost", &[&"1,284", &0]),
        "1,284\u{a0}gained, 0\u{a0}lost"
    );
    assert_eq!(
        fill("{0} is in {1}", &[&"Team 7", &"DNS"]),
        "Team 7 is in DNS"
    );
    assert_eq!(
        fill("{0} in all, {1} members", &[&"3.2%", &48]),
        "3.2%\u{a0}in all, 48\u{a0}members"
    );
    assert_eq!(
        bound("{n} members, 30 days"),
        "{n}\u{a0}members, 30\u{a0}days"
    );
    for same in [
        "{0} members",
        "OAuth 2 Bearer",
        "`provost x --days 30 now`",
        "On 3",
    ] {
        assert_eq!(bound(same), same);
    }
}

fn texts(folder: &Path, extension: &str, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = entry.expect("an entry").path();
        if path.is_dir() {
            texts(&path, extension, found);
        } else if path.extension().is_some_and(|known| known == extension) {
            let text = std::fs::read_to_string(&path).expect("a text");
            found.push((path.display().to_string(), text));
        }
    }
}

fn below(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    texts(&root, extension, &mut found);
    found
}

/// The keys that a template asks for: `"key"|t`.
fn asked_by_template(text: &str) -> Vec<&str> {
    let filters = ["t ", "t)", "t,", "t1(", "t2(", "before ", "after "];
    let mut keys = Vec::new();
    for (at, _) in text.match_indices("\"|") {
        let rest = &text[at + 2..];
        if filters.iter().any(|filter| rest.starts_with(filter)) {
            keys.extend(text[..at].rsplit('"').next());
        }
    }
    keys
}

/// The keys that code asks for, and whether for a count: `t("key")`, `tn("key", 5)`.
fn asked_by_code(text: &str) -> Vec<(&str, bool)> {
    let calls = [
        ("t(\"", false),
        ("tf(\"", false),
        ("around(\"", false),
        ("tn(\"", true),
        ("tnf(\"", true),
    ];
    // A call that is longer than a line has its key on the next.
    let mut keys = Vec::new();
    for (call, counts) in calls {
        for (at, _) in text.match_indices(call) {
            let inside = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let key = text[at + call.len()..].split('"').next();
            keys.extend(key.filter(|_| !inside).map(|key| (key, counts)));
        }
    }
    keys
}

#[test]
fn every_word_that_is_asked_for_exists() {
    let mut missing = BTreeSet::new();
    for (name, text) in below("templates", "html") {
        for key in asked_by_template(&text) {
            if find(key).is_empty() {
                missing.insert(format!("{name}: {key}"));
            }
        }
    }
    let code = below("src/http/console", "rs");
    // This module speaks about words.
    for (name, text) in code.iter().filter(|(name, _)| !name.contains("/words")) {
        for (key, counts) in asked_by_code(text) {
            let forms = if counts {
                vec![format!("{key}.one"), format!("{key}.other")]
            } else {
                vec![key.to_owned()]
            };
            for form in forms.iter().filter(|form| find(form).is_empty()) {
                missing.insert(format!("{name}: {form}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_word_is_there_for_nothing() {
    let mut all = below("templates", "html");
    all.extend(below("src/http", "rs"));
    let unused: Vec<&str> = lines()
        .map(|(key, _)| key)
        .filter(|key| {
            let base = key.strip_suffix(".one").or(key.strip_suffix(".other"));
            let quoted = format!("\"{}\"", base.unwrap_or(key));
            !all.iter().any(|(_, text)| text.contains(&quoted))
        })
        .collect();
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_line_of_the_catalogue_is_one() {
    let mut seen = BTreeSet::new();
    for line in EN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (key, text) = line.split_once(" = ").expect(line);
        assert!(seen.insert(key), "{key} is there twice");
        assert!(!text.trim().is_empty(), "{key} says nothing");
        assert!(
            key.chars()
                .all(|c| c.is_ascii_alphanumeric() || "._".contains(c)),
            "{key}"
        );
        // Words of the console: no exclamation, no begging, no praise.
        let lower = text.to_lowercase();
        for unwanted in ["!", "please", "successfully", "sorry"] {
            assert!(!lower.contains(unwanted), "{key}: {unwanted}");
        }
    }
}

#[test]
fn the_tests_of_words_see_them() {
    assert_eq!(
        asked_by_template(r#"{{ "a.b"|t }}{{ x("c"|t) }} {{ "d"|t1(n) }} {{ "e"|asset }}"#),
        ["a.b", "c", "d"]
    );
    assert_eq!(
        asked_by_code(r#"t("a") + tn("b", 1) + not("c") + words::t("d")"#),
        [("a", false), ("d", false), ("b", true)]
    );
}
