//! A browser without a screen and without script: it keeps cookies, fills forms by their labels,
//! presses buttons by their words and follows where it is led. What works here works for anybody.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::client::{Answer, Client};

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
}

pub(crate) struct Page {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) html: String,
    pub(crate) answer: Answer,
}

/// A tag of the page, or the text between two.
#[derive(Debug)]
enum Piece {
    Tag {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Text(String),
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
        all.extend(self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
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
            self.filled.clear();
            self.page = Page {
                path,
                status: answer.status,
                html: answer.text(),
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

    /// Presses the button of these words; its form is sent with all that it holds.
    #[track_caller]
    pub(crate) fn press(&mut self, button: &str) -> &Page {
        let (action, fields) = self.page.form_with(button, &self.filled);
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.go("POST", &action, Some(body.join("&")))
    }

    /// The form of that button, as it would be sent: its address and its body.
    #[track_caller]
    pub(crate) fn would_send(&self, button: &str) -> (String, String) {
        let (action, fields) = self.page.form_with(button, &self.filled);
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

    /// What can be read on the page.
    pub(crate) fn text(&self) -> String {
        let body = self.html.find("<body").unwrap_or(0);
        let pieces = pieces(&self.html[body..]).into_iter();
        let words = pieces.filter_map(|piece| match piece {
            Piece::Text(text) => Some(text),
            Piece::Tag { .. } => None,
        });
        words.collect::<Vec<_>>().join(" ")
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
        let mut id = None;
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
                        id = Some(within.clone());
                        break;
                    }
                }
                Piece::Text(text) => words.push_str(text),
                Piece::Tag { .. } => {}
            }
        }
        let id = id.unwrap_or_else(|| panic!("no field is called {label:?}: {}", self.text()));
        let field = all.iter().find_map(|piece| match piece {
            Piece::Tag { attributes, .. } if get(attributes, "id").as_ref() == Some(&id) => {
                get(attributes, "name")
            }
            Piece::Tag { .. } | Piece::Text(_) => None,
        });
        field.expect("a name")
    }

    /// Address and fields of the form whose button says these words.
    #[track_caller]
    fn form_with(
        &self,
        button: &str,
        filled: &[(String, String)],
    ) -> (String, Vec<(String, String)>) {
        let mut form = Form::default();
        for piece in pieces(&self.html) {
            match piece {
                Piece::Tag { name, attributes } => {
                    if name == "/button" && form.button_words.trim() == button {
                        assert!(form.open, "{button:?} is in no form");
                        form.fields.extend(form.button.take());
                        form.wanted = true;
                    }
                    if name == "/form" && form.wanted {
                        return (form.action, form.fields);
                    }
                    form.take(&name, &attributes, filled);
                }
                Piece::Text(text) => form.button_words.push_str(&text),
            }
        }
        panic!("no button says {button:?}: {}", self.text());
    }
}

/// A form while it is read.
#[derive(Default)]
struct Form {
    open: bool,
    wanted: bool,
    action: String,
    fields: Vec<(String, String)>,
    select: String,
    button: Option<(String, String)>,
    button_words: String,
}

impl Form {
    fn take(&mut self, tag: &str, attributes: &[(String, String)], filled: &[(String, String)]) {
        let of = |name| get(attributes, name);
        let given = |name: &str| {
            let found = filled.iter().rev().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        match tag {
            "form" => {
                *self = Self {
                    open: true,
                    action: of("action").unwrap_or_default(),
                    ..Self::default()
                };
            }
            "/form" => self.open = false,
            "input" => {
                let Some(name) = of("name") else { return };
                let given = given(&name);
                match of("type").as_deref() {
                    Some("checkbox") => {
                        let ticked = given.map_or(of("checked").is_some(), |value| !value.is_empty());
                        if ticked {
                            self.fields.push((name, of("value").unwrap_or_default()));
                        }
                    }
                    _ => {
                        let value = given.or(of("value")).unwrap_or_default();
                        self.fields.push((name, value));
                    }
                }
            }
            "select" => {
                self.select = of("name").unwrap_or_default();
                if let Some(value) = given(&self.select) {
                    self.fields.push((std::mem::take(&mut self.select), value));
                }
            }
            "option" if of("selected").is_some() && !self.select.is_empty() => {
                let name = std::mem::take(&mut self.select);
                self.fields.push((name, of("value").unwrap_or_default()));
            }
            "button" => {
                self.button_words.clear();
                self.button = of("name").zip(of("value"));
            }
            _ => {}
        }
    }
}

fn get(attributes: &[(String, String)], name: &str) -> Option<String> {
    let found = attributes.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone())
}

/// The page in pieces. Ours are well-formed: attributes stand in double quotes.
fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        if !rest[..at].trim().is_empty() {
            found.push(Piece::Text(unescaped(&rest[..at])));
        }
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end);
        found.push(tag(&rest[at + 1..end]));
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    found
}

fn tag(text: &str) -> Piece {
    let (name, mut rest) = text.split_once(' ').unwrap_or((text, ""));
    let mut attributes = Vec::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let stop = rest.find(['=', ' ']).unwrap_or(rest.len());
        let name = rest[..stop].trim_end_matches('/').to_owned();
        if let Some(value) = rest[stop..].strip_prefix("=\"") {
            let (value, after) = value.split_once('"').unwrap_or((value, ""));
            attributes.push((name, unescaped(value)));
            rest = after;
        } else {
            attributes.push((name, String::new()));
            rest = &rest[stop..];
        }
    }
    Piece::Tag {
        name: name.trim_end_matches('/').to_owned(),
        attributes,
    }
}

fn unescaped(text: &str) -> String {
    let named = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#34;", "\""),
        ("&#38;", "&"),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#x27;", "'"),
        ("&amp;", "&"),
    ];
    let mut text = text.to_owned();
    for (name, letter) in named {
        text = text.replace(name, letter);
    }
    text
}

pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
