//! The fuzz targets (`fuzz/`) without a fuzzer: every seed and every kept crash goes through the
//! same functions.

#[path = "../../fuzz/src/lib.rs"]
#[expect(unreachable_pub, reason = "it is a library of its own to the fuzzer")]
mod targets;

use std::path::Path;

/// The seeds of a target, and the inputs that once broke it, by file name.
pub(crate) fn kept(target: &str) -> Vec<(String, Vec<u8>)> {
    let mut all = files(Path::new("fuzz/seeds"), target);
    all.extend(files(Path::new("fuzz/crashes"), target));
    all
}

/// The files of a target in a folder of the repository, by name.
pub(crate) fn files(folder: &Path, target: &str) -> Vec<(String, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = std::fs::read_dir(root.join(folder).join(target));
    let mut found: Vec<(String, Vec<u8>)> = entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let bytes = std::fs::read(entry.path()).ok()?;
            Some((entry.file_name().to_string_lossy().into_owned(), bytes))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn every_seed_and_every_kept_crash_passes_its_target() {
    let mut broken = Vec::new();
    for (target, run) in targets::TARGETS {
        let kept = kept(target);
        assert!(kept.len() >= 5, "{target} has {} seeds", kept.len());
        for (name, bytes) in kept {
            if std::panic::catch_unwind(|| run(&bytes)).is_err() {
                broken.push(format!("{target}/{name}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:?}");
}

#[test]
fn every_target_is_built_by_the_fuzzer_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).expect("a manifest");
    for (target, _) in targets::TARGETS {
        assert!(
            manifest.contains(&format!("\"bins/{target}.rs\"")),
            "{target}"
        );
        let bin = std::fs::read_to_string(root.join(format!("bins/{target}.rs")));
        let call = format!("provost_fuzz::{target}::run");
        assert!(bin.expect("a file").contains(&call), "{target}");
    }
}
