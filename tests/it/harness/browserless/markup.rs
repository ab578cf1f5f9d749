//! A page as text: its tags, and its forms as a browser would send them.

use std::fmt::Write;

/// A tag of the page, or the text between two.
#[derive(Debug)]
pub(super) enum Piece {
    Tag {
        name: String,
        attributes: Vec<(String, String)>,
    },
    Text(String),
}

/// Fields that were filled in, and boxes that were ticked.
pub(super) type Filled<'f> = (&'f [(String, String)], &'f [(String, String)]);

/// A form while it is read.
#[derive(Default)]
pub(super) struct Form {
    pub(super) open: bool,
    pub(super) wanted: bool,
    pub(super) method: String,
    pub(super) action: String,
    pub(super) fields: Vec<(String, String)>,
    select: String,
    first: Option<String>,
    area: String,
    pub(super) button: Option<(String, String)>,
    /// Where the button sends the form, if it is elsewhere than the form's own address.
    pub(super) button_action: Option<String>,
    pub(super) button_words: String,
}

impl Form {
    pub(super) fn take(&mut self, tag: &str, attributes: &[(String, String)], filled: Filled<'_>) {
        let of = |name| get(attributes, name);
        let given = |name: &str| given(filled, name);
        match tag {
            "form" => {
                *self = Self {
                    open: true,
                    method: of("method").unwrap_or_default(),
                    action: of("action").unwrap_or_default(),
                    ..Self::default()
                };
            }
            "/form" => self.open = false,
            "input" => self.input(attributes, filled),
            "select" => {
                self.first = None;
                self.select = of("name").unwrap_or_default();
                if let Some(value) = given(&self.select) {
                    self.fields.push((std::mem::take(&mut self.select), value));
                }
            }
            "option" if of("selected").is_some() && !self.select.is_empty() => {
                let name = std::mem::take(&mut self.select);
                self.fields.push((name, of("value").unwrap_or_default()));
            }
            "option" if self.first.is_none() => self.first = of("value"),
            // Where none is selected, a browser sends the first.
            "/select" if !self.select.is_empty() => {
                let name = std::mem::take(&mut self.select);
                let first = self.first.take().unwrap_or_default();
                self.fields.push((name, first));
            }
            "textarea" => {
                self.button_words.clear();
                self.area = of("name").unwrap_or_default();
            }
            "/textarea" => {
                let name = std::mem::take(&mut self.area);
                // The first line's end belongs to the tag.
                let written = self.button_words.trim_start_matches('\n').to_owned();
                let value = given(&name).unwrap_or(written);
                self.fields.push((name, value));
            }
            "button" => {
                self.button_words.clear();
                self.button = of("name").zip(of("value"));
                self.button_action = of("formaction");
            }
            _ => {}
        }
    }

    fn input(&mut self, attributes: &[(String, String)], filled: Filled<'_>) {
        let of = |name| get(attributes, name);
        let Some(name) = of("name") else { return };
        let given = given(filled, &name);
        let kind = of("type").unwrap_or_default();
        if !matches!(kind.as_str(), "checkbox" | "radio") {
            let value = given.or(of("value")).unwrap_or_default();
            return self.fields.push((name, value));
        }
        let value = of("value").unwrap_or_default();
        let mut own = filled.1.iter().rev().filter(|(known, _)| *known == name);
        let own = match kind.as_str() {
            // The one that was chosen last is the only one.
            "radio" => own.next().map(|(_, chosen)| *chosen == value),
            _ => own.any(|(_, chosen)| *chosen == value).then_some(true),
        };
        let given = own.or(given.map(|value| !value.is_empty()));
        if given.unwrap_or(of("checked").is_some()) {
            self.fields.push((name, value));
        }
    }
}

/// The page with each control that belongs to a form elsewhere (`form="id"`) at the end of that
/// form.
pub(super) fn with_forms_whole(html: &str) -> Vec<Piece> {
    let (mut own, mut away) = (Vec::new(), Vec::<(String, Vec<Piece>)>::new());
    let mut taking: Option<String> = None;
    for piece in pieces(html) {
        if let Some(end) = &taking {
            let ends = matches!(&piece, Piece::Tag { name, .. } if name == end);
            if let Some((_, taken)) = away.last_mut() {
                taken.push(piece);
            }
            if ends {
                taking = None;
            }
            continue;
        }
        let to = match &piece {
            Piece::Tag { name, attributes } if !name.starts_with('/') => {
                get(attributes, "form").map(|form| (name.clone(), form))
            }
            Piece::Tag { .. } | Piece::Text(_) => None,
        };
        let Some((name, form)) = to else {
            own.push(piece);
            continue;
        };
        if name != "input" {
            taking = Some(format!("/{name}"));
        }
        away.push((form, vec![piece]));
    }
    let mut whole = Vec::new();
    let mut open = None;
    for piece in own {
        if let Piece::Tag { name, attributes } = &piece {
            match name.as_str() {
                "form" => open = get(attributes, "id"),
                "/form" => {
                    for (form, taken) in &mut away {
                        if open.as_deref() == Some(form) {
                            whole.append(taken);
                        }
                    }
                    open = None;
                }
                _ => {}
            }
        }
        whole.push(piece);
    }
    whole
}

/// What was filled into the field of that name.
fn given((filled, _): Filled<'_>, name: &str) -> Option<String> {
    let found = filled.iter().rev().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone())
}

pub(super) fn get(attributes: &[(String, String)], name: &str) -> Option<String> {
    let found = attributes.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.clone())
}

/// The page in pieces. Ours are well-formed: attributes stand in double quotes.
pub(super) fn pieces(html: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    // Where a name may be broken it is one name still.
    let html = html.replace("<wbr>", "");
    let mut rest = html.as_str();
    while let Some(at) = rest.find('<') {
        let text = &rest[..at];
        if !text.is_empty() {
            // What parts two elements of a name is a space, however it is written.
            let is_space = text.trim().is_empty();
            found.push(Piece::Text(if is_space {
                " ".to_owned()
            } else {
                unescaped(text)
            }));
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

pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            write!(out, "%{byte:02X}").expect("a string takes it");
        }
    }
    out
}
