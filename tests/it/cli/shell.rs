//! Completions and the manual.

use super::Program;

#[test]
fn every_shell_completes_the_commands() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let said = program.run(&["completions", shell]).is(0);
        assert!(said.out.contains("why-not"), "{shell}");
        assert!(said.err.is_empty(), "{}", said.err);
    }
    program.run(&["completions", "csh"]).is(2);
    assert!(!program.data().exists());
}

#[test]
fn the_manual_has_a_page_for_each_command() {
    let program = Program::new();
    let page = program.run(&["man"]).is(0).out;
    assert!(page.contains(".TH provost 1"), "{page}");
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man");
    let out_text = out.to_str().expect("a path");
    program.run(&["man", "--out", out_text]).is(0);
    for name in [
        "provost",
        "provost-member",
        "provost-member-access",
        "provost-policy-add",
    ] {
        let page = std::fs::read_to_string(out.join(format!("{name}.1"))).expect("a page");
        assert!(page.contains(".SH SYNOPSIS"), "{page}");
    }
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let file = file.to_str().expect("a path");
    program.run(&["man", "--out", file]).fails(1);
}
