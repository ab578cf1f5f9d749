//! What is looked at on a page that is open: axe, whether it fits, what the browser complains of.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::harness::chrome::Chrome;
use crate::harness::named_folder;

/// Widths of a desk and of a phone.
pub(super) const WIDTHS: [u32; 2] = [1280, 390];
/// What no page may be wider than the window at (WCAG 2.2, 1.4.10).
const NARROW: u32 = 320;
const AXE: &str = include_str!("../../vendor/axe-core/axe.min.js");
/// Runs axe with all that WCAG 2.2 A and AA ask, and what is known to be good practice; in the
/// other theme with what colours can change.
const RUN_AXE: &str = r"
    await document.fonts.ready;
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const colours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] };
    const result = await axe.run(document, {
        runOnly: args[0] ? colours : tags,
        resultTypes: ['violations'],
    });
    return result.violations.map((v) => `${v.id}: ${v.help}: ` +
        v.nodes.slice(0, 4).map((n) => `${n.target.join(' ')} {${n.any.concat(n.all, n.none)
            .map((c) => c.message).slice(0, 2).join('; ')}}`).join(' | '));
";
/// What sticks out of the window, and how far.
const OVERFLOW: &str = r"
    const wide = document.documentElement.scrollWidth - innerWidth;
    if (wide <= 0) return [];
    const out = [...document.querySelectorAll('body *')].filter((e) => {
        const box = e.getBoundingClientRect();
        const fixed = getComputedStyle(e).position === 'fixed';
        return box.width > 0 && box.right > innerWidth + 1 && !fixed;
    });
    return [`${wide} px wider than ${innerWidth}: ` + out.slice(0, 4).map((e) =>
        `${e.tagName.toLowerCase()}.${e.className}`).join(', ')];
";

/// Everything that is wrong with the page that is open, in both themes and at all widths. The
/// window is at its first width and light before and after.
#[track_caller]
pub(super) fn problems(chrome: &Chrome, name: &str) -> Vec<String> {
    problems_of(chrome, name, named_folder("PROVOST_SCREENSHOTS").as_deref())
}

/// The same with pictures in that folder, or without.
#[track_caller]
pub(super) fn problems_of(chrome: &Chrome, name: &str, pictures: Option<&Path>) -> Vec<String> {
    let mut found = Vec::new();
    chrome.script(AXE, Vec::new());
    for width in WIDTHS {
        for dark in [false, true] {
            chrome.view(width, dark);
            // What a page has scrolled half under its top bar can be scrolled out again.
            chrome.script("scrollTo({ top: 0, behavior: 'instant' })", Vec::new());
            let theme = if dark { "dark" } else { "light" };
            let at = format!("{name} {width} {theme}");
            found.extend(list(&chrome.promise(RUN_AXE, vec![dark.into()]), &at));
            if let Some(folder) = pictures {
                keep(
                    chrome,
                    width,
                    folder,
                    &format!("{name}-{width}-{theme}.png"),
                );
            }
        }
        found.extend(list(&chrome.script(OVERFLOW, Vec::new()), name));
    }
    chrome.view(NARROW, false);
    found.extend(list(&chrome.script(OVERFLOW, Vec::new()), name));
    chrome.view(WIDTHS[0], false);
    found.extend(reports(chrome, name));
    found
}

/// What broke the content security policy, and what else the browser complains of.
#[track_caller]
pub(super) fn reports(chrome: &Chrome, name: &str) -> Vec<String> {
    let reports = chrome.script("return globalThis.__reports ?? []", Vec::new());
    let mut found = list(&reports, name);
    let complaints = chrome.complaints().into_iter();
    found.extend(complaints.map(|complaint| format!("{name}: {complaint}")));
    found
}

fn list(found: &Value, at: &str) -> Vec<String> {
    let items = found.as_array().cloned().unwrap_or_default();
    items
        .iter()
        .map(|item| format!("{at}: {}", item.as_str().unwrap_or_default()))
        .collect()
}

/// A high page has several, of which the second is `NAME.2.png`.
fn keep(chrome: &Chrome, width: u32, folder: &Path, name: &str) {
    let file: PathBuf = folder.join(name.replace(['/', ' '], "-"));
    let parent = file.parent().expect("a folder");
    std::fs::create_dir_all(parent).expect("a folder");
    for (at, picture) in chrome.pictures(width).iter().enumerate() {
        let file = match at {
            0 => file.clone(),
            _ => file.with_extension(format!("{}.png", at + 1)),
        };
        std::fs::write(&file, picture).expect("a file");
    }
}
