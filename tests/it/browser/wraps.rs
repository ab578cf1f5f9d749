//! Where long values go on to another line, and that nothing of them is cut off.

use provost::domain::connection::ProviderKind;
use serde_json::Value;

use super::look::WIDTHS;
use super::{at, signed_in};
use crate::harness::app::TestApp;
use crate::harness::chrome::{self, Chrome};

/// What ends each line, but the last, of every value that can be copied; and values of which not
/// the whole is copied.
const ENDS: &str = r"
    const ends = [];
    for (const code of document.querySelectorAll('.copy code')) {
        const whole = code.parentElement.querySelector('[data-copy]').dataset.copy;
        if (code.textContent !== whole) ends.push(`not ${whole}`);
        const letters = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
        let last;
        while (letters.nextNode()) {
            for (let at = 0; at < letters.currentNode.length; at += 1) {
                const range = document.createRange();
                range.setStart(letters.currentNode, at);
                range.setEnd(letters.currentNode, at + 1);
                const top = Math.round(range.getBoundingClientRect().top);
                if (last && top > last.top + 4) ends.push(last.letter);
                last = { top, letter: range.toString() };
            }
        }
    }
    return ends;
";
/// Boxes of code that show a part of their lines only.
const CUT: &str = r"
    const boxes = [...document.querySelectorAll('.code')];
    if (!boxes.length) return ['no box'];
    return boxes.filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.textContent);
";

#[track_caller]
fn list(chrome: &Chrome, script: &str) -> Vec<String> {
    // In another font lines end elsewhere.
    chrome.promise("await document.fonts.ready", Vec::new());
    let found = chrome.script(script, Vec::new());
    let items = found.as_array().cloned().unwrap_or_default();
    let text = |item: &Value| item.as_str().expect("a text").to_owned();
    items.iter().map(text).collect()
}

#[test]
fn long_values_break_where_their_parts_end() {
    if !chrome::is_there("long values") {
        return;
    }
    let app = TestApp::spawn();
    app.new_connection(ProviderKind::Okta, "Okta Workforce");
    let chrome = signed_in(&app);
    chrome.visit(&at(&app, "/connections"));
    let connection = chrome.follow("Okta Workforce").says("Base URL").at();
    let values = format!("{connection}/setup");
    for page in [at(&app, "/settings"), connection, values] {
        for width in WIDTHS {
            chrome.view(width, false);
            chrome.visit(&page);
            let ends = list(&chrome, ENDS);
            assert!(ends.contains(&"/".to_owned()), "{page} {width}: {ends:?}");
            let inside = |end: &&String| !"@./_:- ".contains(end.as_str());
            let inside: Vec<&String> = ends.iter().filter(inside).collect();
            assert!(inside.is_empty(), "{page} at {width}: {inside:?}");
        }
    }
}

#[test]
fn a_command_is_seen_whole_on_a_phone() {
    if !chrome::is_there("a command") {
        return;
    }
    let app = TestApp::spawn();
    let chrome = signed_in(&app);
    chrome.view(WIDTHS[1], false);
    chrome.visit(&at(&app, "/migrate"));
    assert_eq!(list(&chrome, CUT), [""; 0]);
}
