//! A browser without a screen and without script: it keeps cookies, fills forms by their labels,
//! presses buttons by their words and follows where it is led. What works here works for anybody.

mod markup;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::client::{Answer, Client};
use super::html;
use markup::{Filled, Form, Piece, escaped, get, pieces, with_forms_whole};

/// Redirects that are followed.
const HOPS_MAX: usize = 10;

pub(crate) struct Browser {
    client: Client,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Sent with every request.
    pub(crate) headers: Vec<(String, String)>,
    /// The page that is open.
    pub(crate) page: Page,
    filled: Vec<(String, String)>,
    /// Boxes that were ticked, by name and value.
    ticked: Vec<(String, String)>,
}

pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) answer: Answer,
}

impl Browser {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let client = Client::new(address, "", "");
        let nothing = client.try_send("GET", "/healthz", &[], None);
        Self {
            client,
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            page: Page {
                path: String::new(),
                status: 0,
                html: String::new(),
                answer: nothing.expect("an answer"),
            },
            filled: Vec::new(),
            ticked: Vec::new(),
        }
    }

    /// The same person in another window: the same cookies.
    pub(crate) fn window(&self) -> Self {
        let mut other = Self::new(self.client.address);
        other.cookies.clone_from(&self.cookies);
        other.headers.clone_from(&self.headers);
        other
    }

    /// Opens an address, and where it leads.
    #[track_caller]
    pub(crate) fn open(&mut self, path: &str) -> &Page {
        self.go("GET", path, None)
    }

    /// Sends a form's body, as a button elsewhere on the page would, and goes where it leads.
    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, body: &str) -> &Page {
        self.go("POST", path, Some(body.to_owned()))
    }

    /// Sends one request and follows nothing.
    #[track_caller]
    pub(crate) fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let cookies = cookies.join("; ");
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if !cookies.is_empty() {
            all.push(("Cookie", &cookies));
        }
        all.extend(
            self.headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
        let body = body.map(str::as_bytes);
        let answer = self.client.try_send(method, path, &all, body);
        let answer = answer.expect("an answer");
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().expect("text");
            assert!(set.contains("; HttpOnly; SameSite=Lax"), "{set}");
            let pair = set.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').expect("a cookie");
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    #[track_caller]
    fn go(&mut self, method: &str, path: &str, body: Option<String>) -> &Page {
        let (mut method, mut path, mut body) = (method.to_owned(), path.to_owned(), body);
        for _ in 0..HOPS_MAX {
            let origin = format!("http://{}", self.client.address);
            let mut headers = vec![("Sec-Fetch-Site", "same-origin")];
            if body.is_some() {
                headers.push(("Origin", origin.as_str()));
                headers.push(("Content-Type", "application/x-www-form-urlencoded"));
            }
            let answer = self.send(&method, &path, &headers, body.as_deref());
            if answer.status == 303 {
                let to = answer.header("location").expect("a location").to_owned();
                assert!(to.starts_with('/') && !to.starts_with("//"), "{to}");
                (method, path, body) = ("GET".to_owned(), to, None);
                continue;
            }
            let problems = html::page_problems(&answer);
            assert!(problems.is_empty(), "{method} {path}: {problems:#?}");
            self.filled.clear();
            self.ticked.clear();
            self.page = Page {
                path,
                status: answer.status,
                // A space at which no line ends is one to whoever reads.
                html: answer.text().replace('\u{a0}', " "),
                answer,
            };
            return &self.page;
        }
        panic!("led in circles, at last to {path}");
    }

    /// Fills the field of that label in, or chooses the option of a list.
    #[track_caller]
    pub(crate) fn fill(&mut self, label: &str, value: &str) -> &mut Self {
        let name = self.page.field_of(label);
        self.filled.push((name, value.to_owned()));
        self
    }

    /// Fills in the last field of this label, where several have it.
    #[track_caller]
    pub(crate) fn fill_last(&mut self, label: &str, value: &str) -> &mut Self {
        let name = self.page.fields_of(label).pop().expect("a field");
        self.filled.push((name, value.to_owned()));
        self
    }

    /// Ticks the box, or chooses the one of several, that these words stand beside.
    #[track_caller]
    pub(crate) fn tick(&mut self, words: &str) -> &mut Self {
        let (name, value) = self.page.box_of(words);
        self.ticked.push((name, value));
        self
    }

    /// Follows the link of these words.
    #[track_caller]
    pub(crate) fn follow(&mut self, words: &str) -> &Page {
        let href = self.page.link(words);
        let path = href.split('#').next().unwrap_or_default().to_owned();
        self.open(&path)
    }

    /// Presses the button of these words; its form is sent with all that it holds.
    #[track_caller]
    pub(crate) fn press(&mut self, button: &str) -> &Page {
        let filled = (self.filled.as_slice(), self.ticked.as_slice());
        let (method, action, fields) = self.page.form_with(button, filled);
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        let sent = pairs.join("&");
        match method.as_str() {
            "post" => self.go("POST", &action, Some(sent)),
            _ => self.go("GET", &format!("{action}?{sent}"), None),
        }
    }

    /// The form of that button, as it would be sent: its address and its body.
    #[track_caller]
    pub(crate) fn would_send(&self, button: &str) -> (String, String) {
        let filled = (self.filled.as_slice(), self.ticked.as_slice());
        let (_, action, fields) = self.page.form_with(button, filled);
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        (action, body.join("&"))
    }
}

impl Page {
    #[track_caller]
    pub(crate) fn is(&self, status: u16, path: &str) -> &Self {
        let at = self.path.split('?').next().unwrap_or_default();
        assert_eq!((self.status, at), (status, path), "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn says(&self, words: &str) -> &Self {
        let text = self.text();
        assert!(text.contains(words), "{words:?} is not in {text}");
        self
    }

    /// Seconds after which the page looks again by itself: the same with script and without.
    #[track_caller]
    pub(crate) fn looks_every(&self) -> Option<u16> {
        let after = |mark: &str| {
            let (_, rest) = self.html.split_once(mark)?;
            rest.split('"').next()?.parse().ok()
        };
        let with_script = after("data-again=\"");
        let without = after("<noscript><meta http-equiv=\"refresh\" content=\"");
        assert_eq!(with_script, without, "{}", self.path);
        with_script
    }

    /// What can be read on the page.
    pub(crate) fn text(&self) -> String {
        let body = self.html.find("<body").unwrap_or(0);
        let pieces = pieces(&self.html[body..]).into_iter();
        let words = pieces.filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Tag { .. } => None,
        });
        let words = words.collect::<Vec<_>>().join(" ");
        // As a browser shows white space.
        words.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// The texts of all elements of that name, in order.
    pub(crate) fn all(&self, element: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut inside = false;
        for piece in pieces(&self.html) {
            match piece {
                Piece::Tag { name, .. } if name == element => {
                    inside = true;
                    found.push(String::new());
                }
                Piece::Tag { name, .. } if name.strip_prefix('/') == Some(element) => {
                    inside = false;
                }
                Piece::Text(text) if inside => {
                    if let Some(last) = found.last_mut() {
                        last.push_str(&text);
                    }
                }
                Piece::Tag { .. } | Piece::Text(_) => {}
            }
        }
        found
    }

    #[track_caller]
    fn field_of(&self, label: &str) -> String {
        let mut names = self.fields_of(label);
        assert!(
            !names.is_empty(),
            "no field is called {label:?}: {}",
            self.text()
        );
        names.swap_remove(0)
    }

    /// The names of the fields of this label, from the top.
    fn fields_of(&self, label: &str) -> Vec<String> {
        let mut ids = Vec::new();
        let mut words = String::new();
        let mut within = String::new();
        let all = pieces(&self.html);
        for piece in &all {
            match piece {
                Piece::Tag { name, attributes } if name == "label" => {
                    within = get(attributes, "for").unwrap_or_default();
                    words.clear();
                }
                Piece::Tag { name, .. } if name == "/label" => {
                    if words.trim() == label {
                        ids.push(within.clone());
                    }
                }
                Piece::Text(text) => words.push_str(text),
                Piece::Tag { .. } => {}
            }
        }
        let named = |id: &String| {
            all.iter().find_map(|piece| match piece {
                Piece::Tag { attributes, .. } if get(attributes, "id").as_ref() == Some(id) => {
                    get(attributes, "name")
                }
                Piece::Tag { .. } | Piece::Text(_) => None,
            })
        };
        ids.iter().filter_map(named).collect()
    }

    /// Name and value of the box that these words stand beside.
    #[track_caller]
    fn box_of(&self, words: &str) -> (String, String) {
        let mut found = None;
        let mut said = String::new();
        for piece in pieces(&self.html) {
            match piece {
                Piece::Tag { name, .. } if name == "label" => {
                    found = None;
                    said.clear();
                }
                Piece::Tag { name, attributes } if name == "input" => {
                    let value = get(&attributes, "value").unwrap_or_default();
                    if get(&attributes, "aria-label").as_deref() == Some(words) {
                        return (get(&attributes, "name").expect("a name"), value);
                    }
                    found = get(&attributes, "name").map(|name| (name, value));
                }
                Piece::Tag { name, .. } if name == "/label" && said.trim() == words => {
                    return found.expect("a box within the label");
                }
                Piece::Tag { .. } => {}
                Piece::Text(text) => said.push_str(&text),
            }
        }
        panic!("no box says {words:?}: {}", self.text());
    }

    /// Where the first link of these words leads.
    #[track_caller]
    pub(crate) fn link(&self, words: &str) -> String {
        let found = self.find_link(words);
        found.unwrap_or_else(|| panic!("no link says {words:?}: {}", self.text()))
    }

    /// The same where there may be none.
    pub(crate) fn find_link(&self, words: &str) -> Option<String> {
        let (mut href, mut said) = (None, String::new());
        for piece in pieces(&self.html) {
            match piece {
                Piece::Tag { name, attributes } if name == "a" => {
                    href = get(&attributes, "href");
                    said.clear();
                }
                Piece::Tag { name, .. } if name == "/a" && said.trim() == words => {
                    return href;
                }
                Piece::Tag { .. } => {}
                Piece::Text(text) => said.push_str(&text),
            }
        }
        None
    }

    /// Method, address and fields of the form whose button says these words.
    #[track_caller]
    fn form_with(
        &self,
        button: &str,
        filled: Filled<'_>,
    ) -> (String, String, Vec<(String, String)>) {
        let mut form = Form::default();
        let mut action = None;
        for piece in with_forms_whole(&self.html) {
            match piece {
                Piece::Tag { name, attributes } => {
                    if name == "/button" && form.button_words.trim() == button && !form.wanted {
                        assert!(form.open, "{button:?} is in no form");
                        form.fields.extend(form.button.take());
                        action = form.button_action.take();
                        form.wanted = true;
                    }
                    if name == "/form" && form.wanted {
                        return (form.method, action.unwrap_or(form.action), form.fields);
                    }
                    form.take(&name, &attributes, filled);
                }
                Piece::Text(text) => form.button_words.push_str(&text),
            }
        }
        panic!("no button says {button:?}: {}", self.text());
    }
}
