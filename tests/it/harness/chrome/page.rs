//! What somebody does with a page: reads, clicks, types.

use fantoccini::Locator;
use fantoccini::elements::Element;
use serde_json::Value;

use super::Chrome;
use crate::harness::browserless::Browser;

impl Chrome {
    /// Opens a path of the server.
    #[track_caller]
    pub(crate) fn visit(&self, path: &str) -> &Self {
        let whole = format!("{}{path}", self.origin);
        self.run(path, self.client().goto(&whole));
        self
    }

    /// Signed in as the one of that browser without a screen: its cookies become this one's.
    #[track_caller]
    pub(crate) fn as_who(&self, browser: &Browser) -> &Self {
        for (name, value) in &browser.cookies {
            self.set_cookie(name, value);
        }
        self
    }

    /// Runs a script; gives what it returns.
    #[track_caller]
    pub(crate) fn script(&self, source: &str, arguments: Vec<Value>) -> Value {
        self.run("a script", self.client().execute(source, arguments))
    }

    /// The same for a promise.
    #[track_caller]
    pub(crate) fn promise(&self, source: &str, arguments: Vec<Value>) -> Value {
        let source = format!(
            "const done = arguments[arguments.length - 1]; const args = [...arguments]; \
             (async () => {{ {source} }})().then(done, (e) => done({{ failed: String(e) }}));"
        );
        let value = self.run("a script", self.client().execute_async(&source, arguments));
        assert!(value["failed"].is_null(), "{}", value["failed"]);
        value
    }

    /// Path and query of the page that is open.
    #[track_caller]
    pub(crate) fn at(&self) -> String {
        let address = self.run("the address", self.client().current_url());
        let whole = address.as_str();
        whole.strip_prefix(&self.origin).unwrap_or(whole).to_owned()
    }

    /// What can be read on the page, white space as one space.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        let mut text = None;
        eventually_or(
            || {
                text = self.try_text();
                text.is_some()
            },
            || format!("no page has come: {}", self.told()),
        );
        text.expect("a page")
    }

    /// The same; `None` while another page is coming.
    fn try_text(&self) -> Option<String> {
        let source = "return document.readyState === 'complete' ? document.body.innerText : null";
        let text = self
            .runtime
            .block_on(self.client().execute(source, Vec::new()));
        let text = text.ok()?.as_str()?.to_owned();
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// Goes back to the page before; it may still be coming afterwards.
    #[track_caller]
    pub(crate) fn back(&self) -> &Self {
        // Not at once: an answer that a page takes with it would never come.
        self.script("setTimeout(() => history.back(), 0)", Vec::new());
        self
    }

    #[track_caller]
    fn find(&self, path: &str) -> Element {
        let found = self
            .runtime
            .block_on(self.client().find(Locator::XPath(path)));
        match found {
            Ok(element) => element,
            Err(error) => panic!("{path}: {error}\nat {}", self.told()),
        }
    }

    /// Waits until these words can be read.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        eventually_or(
            || self.try_text().is_some_and(|text| text.contains(words)),
            || format!("{words:?} is not to be read: {}", self.told()),
        );
        self
    }

    /// Waits until what the page may have asked for by itself would be there: for what must not
    /// come.
    #[track_caller]
    pub(crate) fn lets_pass(&self, ms: u32) -> &Self {
        let source = "await (await fetch(location.href)).text(); \
                      await new Promise((then) => setTimeout(then, args[0]));";
        self.promise(source, vec![ms.into()]);
        self
    }

    /// Waits until the XPath finds nothing any more.
    #[track_caller]
    pub(crate) fn lacks(&self, path: &str) -> &Self {
        eventually_or(
            || self.try_text().is_some() && self.count(path) == 0,
            || format!("{path} is still there: {}", self.told()),
        );
        self
    }

    /// Waits until the path that is open is this one, its query aside.
    #[track_caller]
    pub(crate) fn is_at(&self, path: &str) -> &Self {
        eventually_or(
            || self.at().split(['?', '#']).next() == Some(path),
            || format!("{path} was not reached: {}", self.told()),
        );
        self
    }

    /// Presses the button, or the link that looks like one, of these words.
    #[track_caller]
    pub(crate) fn press(&self, words: &str) -> &Self {
        let path = format!(
            "//*[self::button or self::summary or self::a][{}]",
            saying(words)
        );
        self.click(&path)
    }

    /// Follows the first link of these words.
    #[track_caller]
    pub(crate) fn follow(&self, words: &str) -> &Self {
        self.click(&format!("//a[{}]", saying(words)))
    }

    /// Clicks on what the path finds first.
    #[track_caller]
    pub(crate) fn click(&self, path: &str) -> &Self {
        let element = self.find(path);
        self.run(path, element.click());
        self
    }

    /// Fills in the field of that label, or chooses the option of a list.
    #[track_caller]
    pub(crate) fn fill(&self, label: &str, value: &str) -> &Self {
        let path = format!("//label[{}]", saying(label));
        let label = self.find(&path);
        let id = self.run("a label", label.attr("for")).expect("its field");
        let field = self.find(&format!("//*[@id={}]", literal(&id)));
        let tag = self.run("a field", field.tag_name());
        if tag.eq_ignore_ascii_case("select") {
            let option = format!(".//option[{} or @value={}]", saying(value), literal(value));
            let option = self.run(&option, field.find(Locator::XPath(&option)));
            // Typed, since a click of the driver on an option is not told to the page.
            let text = self.run("an option", option.text());
            self.run("an option", field.send_keys(&text));
        } else {
            self.run("a field", field.clear());
            self.run("a field", field.send_keys(value));
        }
        self
    }

    /// Ticks the box, or chooses the one of several, that these words stand beside.
    #[track_caller]
    pub(crate) fn tick(&self, words: &str) -> &Self {
        let (said, words) = (saying(words), literal(words));
        self.click(&format!(
            "//label[{said}]//input | //input[@aria-label={words}]"
        ))
    }

    /// Types into whatever has the focus; `\u{e004}` is the tabulator, `\u{e007}` enter.
    #[track_caller]
    pub(crate) fn keys(&self, keys: &str) -> &Self {
        let active = self.run("the focus", self.client().active_element());
        self.run("keys", active.send_keys(keys));
        self
    }

    /// How many elements the path finds.
    #[track_caller]
    pub(crate) fn count(&self, path: &str) -> usize {
        let found = self.run(path, self.client().find_all(Locator::XPath(path)));
        found.len()
    }

    /// The texts of all that the path finds, read at one moment.
    #[track_caller]
    pub(crate) fn texts(&self, path: &str) -> Vec<String> {
        let source = "const found = document.evaluate(arguments[0], document, null, 7, null); \
                      return Array.from({ length: found.snapshotLength }, \
                      (_, at) => found.snapshotItem(at).innerText);";
        let found = self.script(source, vec![path.into()]);
        let texts = found.as_array().expect("a list").iter();
        texts
            .map(|text| text.as_str().expect("a text").trim().to_owned())
            .collect()
    }
}

/// Asks again and again; `otherwise` says what was waited for.
#[track_caller]
fn eventually_or(mut done: impl FnMut() -> bool, otherwise: impl FnOnce() -> String) {
    let clock = provost::env::Clock::system();
    while !done() {
        assert!(clock.monotonic_us() < 20_000_000, "{}", otherwise());
        std::thread::park_timeout(std::time::Duration::from_millis(10));
    }
}

/// What says these words, inside an XPath. A space at which no line ends is one.
fn saying(words: &str) -> String {
    format!(
        "normalize-space(translate(., '\u{a0}', ' '))={}",
        literal(words)
    )
}

/// A text inside an XPath.
fn literal(text: &str) -> String {
    if !text.contains('\'') {
        return format!("'{text}'");
    }
    let parts: Vec<String> = text.split('\'').map(|part| format!("'{part}'")).collect();
    format!("concat({})", parts.join(", \"'\", "))
}
