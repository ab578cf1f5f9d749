//! What every page must be, whatever it shows: well-formed, nothing inline, each field with its
//! label, each reference with its target, each word and icon there.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Answer;

const VOID: [&str; 11] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr",
];
/// Attributes that name elements by their id.
const REFERENCES: [&str; 7] = [
    "for",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "list",
    "popovertarget",
    "form",
];
const ICONS: &str = include_str!("../../../static/icons.svg");

/// A tag as it is written.
#[derive(Debug, Default)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    closes: bool,
    /// Closed by itself, as in SVG.
    closed: bool,
}

impl Tag {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// A piece of a page: a tag, or text between tags.
enum Piece {
    Tag(Tag),
    Text(String),
}

/// Everything that is wrong with a page.
pub(crate) fn page_problems(answer: &Answer) -> Vec<String> {
    let mut problems = text_problems(&answer.text());
    let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
    for (name, wanted) in [
        ("content-security-policy", CSP),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        if header(name) != wanted {
            problems.push(format!("{name} is {:?}", header(name)));
        }
    }
    let permissions = header("permissions-policy");
    for closed in [
        "camera=()",
        "geolocation=()",
        "payment=()",
        "publickey-credentials-get=(self)",
    ] {
        if !permissions.contains(closed) {
            problems.push(format!("permissions-policy lacks {closed}"));
        }
    }
    problems
}

/// Written out, so that nobody changes it by accident.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types provost";

/// Everything that is wrong with the text of a page.
pub(crate) fn text_problems(html: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if !html.starts_with("<!doctype html>") {
        problems.push("it does not begin with its doctype".to_owned());
    }
    let pieces = pieces(html, &mut problems);
    balance(&pieces, &mut problems);
    let tags: Vec<&Tag> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Tag(tag) if !tag.closes => Some(tag),
            Piece::Tag(_) | Piece::Text(_) => None,
        })
        .collect();
    ids(&tags, &mut problems);
    for tag in &tags {
        inline(tag, &mut problems);
        icon(tag, &mut problems);
    }
    fields(&pieces, &mut problems);
    forms(&pieces, &mut problems);
    for piece in &pieces {
        if let Piece::Text(text) = piece
            && ["{0}", "{1}", "{n}", "{{", "}}"]
                .iter()
                .any(|raw| text.contains(raw))
        {
            problems.push(format!("a word is not filled in: {text}"));
        }
    }
    let headings = tags.iter().filter(|tag| tag.name == "h1").count();
    if headings != 1 {
        problems.push(format!("{headings} headings of the first level"));
    }
    problems
}

fn pieces(html: &str, problems: &mut Vec<String>) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        if !text.trim().is_empty() {
            found.push(Piece::Text(text.to_owned()));
        }
        if after.starts_with('!') {
            rest = after.split_once('>').map_or("", |(_, rest)| rest);
            continue;
        }
        let Some((tag, after)) = read_tag(after) else {
            problems.push(format!("no tag: <{after:.40}"));
            return found;
        };
        rest = after;
        found.push(Piece::Tag(tag));
    }
    if !rest.trim().is_empty() {
        found.push(Piece::Text(rest.to_owned()));
    }
    found
}

fn read_tag(text: &str) -> Option<(Tag, &str)> {
    let mut tag = Tag::default();
    let text = match text.strip_prefix('/') {
        Some(text) => {
            tag.closes = true;
            text
        }
        None => text,
    };
    let end = text.find(|c: char| !c.is_ascii_alphanumeric())?;
    tag.name = text[..end].to_owned();
    let mut rest = text[end..].trim_start();
    loop {
        if let Some(after) = rest.strip_prefix('>') {
            return Some((tag, after)).filter(|(tag, _)| !tag.name.is_empty());
        }
        if let Some(after) = rest.strip_prefix("/>") {
            tag.closed = true;
            return Some((tag, after));
        }
        let end = rest.find(|c: char| c.is_whitespace() || "=>/".contains(c))?;
        let name = rest[..end].to_owned();
        rest = rest[end..].trim_start();
        let mut value = String::new();
        if let Some(after) = rest.strip_prefix("=\"") {
            let (inner, after) = after.split_once('"')?;
            value = inner.to_owned();
            rest = after.trim_start();
        }
        // Twice the same attribute, or none at all.
        if name.is_empty() || tag.attributes.insert(name, value).is_some() {
            return None;
        }
    }
}

fn balance(pieces: &[Piece], problems: &mut Vec<String>) {
    let mut open: Vec<&str> = Vec::new();
    for piece in pieces {
        let Piece::Tag(tag) = piece else { continue };
        if tag.closes {
            let last = open.pop().unwrap_or("nothing");
            if last != tag.name {
                problems.push(format!("</{}> closes {last}", tag.name));
                return;
            }
        } else if !tag.closed && !VOID.contains(&tag.name.as_str()) {
            open.push(&tag.name);
        }
    }
    if !open.is_empty() {
        problems.push(format!("left open: {open:?}"));
    }
}

fn ids(tags: &[&Tag], problems: &mut Vec<String>) {
    let mut known = BTreeSet::new();
    for id in tags.iter().filter_map(|tag| tag.get("id")) {
        if id.is_empty() || !known.insert(id) {
            problems.push(format!("the id {id:?} is there twice, or empty"));
        }
    }
    for tag in tags {
        for attribute in REFERENCES {
            for id in tag.get(attribute).unwrap_or_default().split_whitespace() {
                if !known.contains(id) {
                    problems.push(format!("{attribute}={id:?} names nothing"));
                }
            }
        }
        let target = tag.get("data-confirm").or(tag.get("data-swap"));
        if let Some(id) = target.and_then(|target| target.strip_prefix('#'))
            && !known.contains(id)
        {
            problems.push(format!("the script would look for #{id} in vain"));
        }
    }
}

fn inline(tag: &Tag, problems: &mut Vec<String>) {
    for (name, value) in &tag.attributes {
        let addressed = ["href", "src", "action", "formaction"].contains(&name.as_str());
        let runs = value
            .trim_start()
            .to_ascii_lowercase()
            .starts_with("javascript:");
        if name == "style" || name.starts_with("on") || addressed && runs {
            problems.push(format!("<{} {name}={value:?}>", tag.name));
        }
    }
    if tag.name == "style" || tag.name == "script" && tag.get("src").is_none() {
        problems.push(format!("<{}> is inline", tag.name));
    }
    for attribute in ["src", "href", "action"] {
        let value = tag.get(attribute).unwrap_or_default();
        let foreign = value.contains("//") && (tag.name != "a" || attribute != "href");
        if foreign {
            problems.push(format!("<{}> loads from elsewhere: {value}", tag.name));
        }
    }
    if tag.name == "img" && tag.get("alt").is_none() {
        problems.push("a picture says nothing".to_owned());
    }
}

fn icon(tag: &Tag, problems: &mut Vec<String>) {
    let Some(href) = tag.get("href").filter(|_| tag.name == "use") else {
        return;
    };
    let id = href.rsplit('#').next().unwrap_or_default();
    if !href.starts_with("/static/icons.") || !ICONS.contains(&format!("id=\"{id}\"")) {
        problems.push(format!("there is no icon {href}"));
    }
}

/// Each field that is seen has a label.
fn fields(pieces: &[Piece], problems: &mut Vec<String>) {
    let labelled: BTreeSet<&str> = pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Tag(tag) if tag.name == "label" => tag.get("for"),
            Piece::Tag(_) | Piece::Text(_) => None,
        })
        .collect();
    let mut within = false;
    for piece in pieces {
        let Piece::Tag(tag) = piece else { continue };
        if tag.name == "label" {
            within = !tag.closes;
        }
        let hidden = tag.get("type") == Some("hidden");
        let field = ["input", "select", "textarea"].contains(&tag.name.as_str());
        if !field || hidden || tag.closes {
            continue;
        }
        let named = tag.get("aria-label").is_some() || tag.get("aria-labelledby").is_some();
        if !within && !named && !tag.get("id").is_some_and(|id| labelled.contains(id)) {
            problems.push(format!("no label: {:?}", tag.attributes));
        }
    }
}

/// Each form that changes something says whose session it belongs to; each other says where
/// it leads.
fn forms(pieces: &[Piece], problems: &mut Vec<String>) {
    let mut form: Option<(&Tag, bool)> = None;
    for piece in pieces {
        let Piece::Tag(tag) = piece else { continue };
        match (tag.name.as_str(), tag.closes) {
            ("form", false) => form = Some((tag, false)),
            ("form", true) => {
                if let Some((tag, bound)) = form.take()
                    && tag.get("method") == Some("post")
                    && !bound
                {
                    problems.push(format!("a form without a token: {:?}", tag.attributes));
                }
            }
            ("input", _) if tag.get("name") == Some("csrf") => {
                form = form.map(|(tag, _)| (tag, true));
            }
            _ => {}
        }
    }
}

#[test]
fn the_check_of_pages_sees_what_is_wrong() {
    let page = |body: &str| {
        let html = format!("<!doctype html><html lang=\"en\"><body><h1>x</h1>{body}</body></html>");
        text_problems(&html)
    };
    let good = "<form method=\"post\"><input type=\"hidden\" name=\"csrf\"><label>a <input></label>\
        <label for=\"b\">b</label><input id=\"b\"></form><br><svg><path d=\"M0\"/></svg>";
    assert!(page(good).is_empty(), "{:?}", page(good));
    for bad in [
        "<p>",
        "<p></div>",
        "<p a=\"1\" a=\"2\"></p>",
        "<p style=\"color:red\"></p>",
        "<p onclick=\"x()\"></p>",
        "<script>x()</script>",
        "<style>p{}</style>",
        "<a href=\"JavaScript:x()\">x</a>",
        "<img src=\"/x\">",
        "<script src=\"https://cdn.example/x.js\"></script>",
        "<p id=\"a\"></p><p id=\"a\"></p>",
        "<label for=\"nobody\">x</label>",
        "<input name=\"x\">",
        "<form method=\"post\"></form>",
        "<form data-confirm=\"#gone\"></form>",
        "<svg><use href=\"/static/icons.0.svg#i-nothing\"/></svg>",
        "<p>{0} members</p>",
        "<h1>again</h1>",
    ] {
        assert!(!page(bad).is_empty(), "{bad}");
    }
}
