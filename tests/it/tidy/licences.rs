//! The list of licences that the console shows is that of Cargo.lock.

use std::collections::BTreeSet;

use super::root;

/// Name and version of each package that is not this one, by the lines of Cargo.lock.
fn locked(lock: &str) -> BTreeSet<(String, String)> {
    let value = |line: &str, key: &str| -> Option<String> {
        let quoted = line.strip_prefix(key)?.strip_prefix(" = \"")?;
        quoted.strip_suffix('"').map(str::to_owned)
    };
    let of = |package: &str| {
        let find = |key| package.lines().find_map(|line| value(line, key));
        find("source")?;
        Some((find("name")?, find("version")?))
    };
    lock.split("[[package]]").filter_map(of).collect()
}

#[test]
fn every_crate_stands_in_the_list_of_licences() {
    let text = |path: &str| std::fs::read_to_string(root().join(path)).expect(path);
    let lock = locked(&text("Cargo.lock"));
    assert!(lock.len() > 200, "{} packages", lock.len());
    let mut listed = BTreeSet::new();
    for line in text("docs/crates.txt").lines() {
        if line.starts_with('#') {
            continue;
        }
        let mut words = line.splitn(3, ' ').map(str::to_owned);
        let (name, version) = (words.next().expect(line), words.next().expect(line));
        assert!(words.next().is_some(), "{line}: no licence");
        listed.insert((name, version));
    }
    let missing: Vec<_> = lock.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&lock).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "run scripts/licences: missing {missing:?}, gone {gone:?}"
    );
}
