//! The keyboard alone: going from one control to the next, and seeing where one is.

use serde_json::Value;

use super::Chrome;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SPACE: &str = " ";
const RIGHT: &str = "\u{e014}";
/// Presses of the tabulator before something counts as out of reach.
const STOPS_MAX: usize = 250;
/// Says what has the focus: nothing, or its name, and whether it can be seen that it has it.
const WHERE: &str = r"
    const el = document.activeElement;
    if (!el || el === document.body || el === document.documentElement) return null;
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = 'var(--accent)';
    const accent = getComputedStyle(probe).color;
    probe.remove();
    const ringed = (e) => {
        const style = getComputedStyle(e);
        return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 ||
            style.boxShadow.includes(accent);
    };
    const around = [el, el.closest('label'), el.closest('summary')].filter(Boolean);
    const box = el.getBoundingClientRect();
    const words = (el.getAttribute('aria-label') || el.labels?.[0]?.innerText || el.innerText ||
        el.value || '').replace(/\s+/g, ' ').trim();
    const inside = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    return { words, seen: el.matches(':focus-visible') && around.some(ringed) && inside,
        kind: el.type ?? el.tagName.toLowerCase() };
";

impl Chrome {
    /// Goes on to the control of these words, and never loses sight of where it is.
    #[track_caller]
    pub(crate) fn tab_to(&self, words: &str) -> &Self {
        let mut passed = Vec::new();
        for _ in 0..STOPS_MAX {
            self.keys(TAB);
            let here = self.focus(&passed);
            if here == words {
                return self;
            }
            passed.push(here);
        }
        panic!("{words:?} is out of reach; passed {passed:#?}");
    }

    /// The words of what has the focus.
    #[track_caller]
    fn focus(&self, passed: &[String]) -> String {
        let found = self.script(WHERE, Vec::new());
        let here = found["words"].as_str().map(str::to_owned);
        let Some(here) = here else {
            panic!("the focus is lost after {passed:#?}");
        };
        assert_eq!(
            found["seen"],
            Value::Bool(true),
            "nobody sees that {here:?} ({}) has the focus, after {:?}",
            found["kind"],
            passed.last()
        );
        here
    }

    /// Goes to the button or link of these words and presses it.
    #[track_caller]
    pub(crate) fn key_press(&self, words: &str) -> &Self {
        self.tab_to(words).keys(ENTER)
    }

    /// Goes to the box of these words and ticks it.
    #[track_caller]
    pub(crate) fn key_tick(&self, words: &str) -> &Self {
        self.tab_to(words).keys(SPACE)
    }

    /// Goes to the field of that label and types.
    #[track_caller]
    pub(crate) fn key_fill(&self, label: &str, text: &str) -> &Self {
        self.tab_to(label).keys(text)
    }

    /// Goes to the first of several ways, of which none or another is chosen, and on by the
    /// arrows to the one of these words.
    #[track_caller]
    pub(crate) fn key_choose(&self, first: &str, words: &str) -> &Self {
        self.tab_to(first).keys(SPACE);
        for _ in 0..10 {
            if self.focus(&[]) == words {
                return self;
            }
            self.keys(RIGHT);
        }
        panic!("{words:?} is none of the ways");
    }
}
