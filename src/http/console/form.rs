//! Forms as they are sent: their body, and that they come from a page of ours (T-27).

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::Payload;
use data_encoding::HEXLOWER;

use super::error::ConsoleError;
use crate::domain::error::Error;
use crate::domain::reason::Reason;
use crate::http::scim::error::HttpFault;
use crate::http::{State, body};

/// Bytes of a form.
pub const FORM_BYTES_MAX: usize = 64 * 1024;
/// Bytes of a form of somebody who is not signed in.
pub const LOGIN_BYTES_MAX: usize = 4 * 1024;
/// Fields of a form.
const FIELDS_MAX: usize = 1000;
/// The hidden field that every form has.
pub const TOKEN_FIELD: &str = "csrf";
/// What a token has, written in hex digits.
const TOKEN_BYTES: usize = 32;

/// What was sent, in its order.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, String)>);

impl Form {
    /// One field, as a form would send it.
    pub fn of(name: &str, text: &str) -> Self {
        Self(vec![(name.to_owned(), text.to_owned())])
    }

    /// The field's text; nothing when it was not sent.
    pub fn get(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, text)| text)
    }

    /// The same without white space around it; `None` for nothing.
    pub fn text(&self, name: &str) -> Option<&str> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty())
    }

    /// Whether a box was ticked.
    pub fn ticked(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// All fields of that name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let same = self.0.iter().filter(|(known, _)| known == name);
        same.map(|(_, text)| text.as_str()).collect()
    }

    /// All fields and what they hold.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// Reads `application/x-www-form-urlencoded`: what is no UTF-8 is none of ours.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut fields = Vec::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            fields.push((decoded(name)?, decoded(value)?));
            if fields.len() > FIELDS_MAX {
                return None;
            }
        }
        Some(Self(fields))
    }
}

/// One name or value of a query or a form.
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                let digits = std::str::from_utf8(&digits).ok()?;
                // A sign before a digit would be read as a number too.
                let hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
                bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?);
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8(bytes).ok()
}

/// The parameter of the request's query; nothing when it has none, or one that can't be read.
pub fn query(req: &HttpRequest, name: &str) -> String {
    let form = Form::parse(req.query_string().as_bytes()).unwrap_or_default();
    form.get(name).to_owned()
}

/// Refuses a form that another site's page sent, as far as browsers tell.
///
/// Errors: `Forbidden`.
pub fn same_site(state: &State, req: &HttpRequest) -> Result<(), ConsoleError> {
    let text = |name: &str| {
        req.headers()
            .get(name)
            .map(|value| value.to_str().unwrap_or(""))
    };
    let site = text("sec-fetch-site");
    if site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Err(cross_site());
    }
    let Some(origin) = text("origin") else {
        return Ok(());
    };
    let host = req.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    if authority.is_some_and(|authority| !authority.is_empty() && authority == host)
        || origin == state.origin(req)
    {
        return Ok(());
    }
    Err(cross_site())
}

/// Whether a page of ours sent this for sure: a browser says so, and does not leave it out.
pub fn surely_ours(state: &State, req: &HttpRequest) -> bool {
    let headers = req.headers();
    let site = headers.get("sec-fetch-site");
    let told = headers.contains_key(header::ORIGIN) || site.is_some_and(|s| s == "same-origin");
    told && same_site(state, req).is_ok()
}

/// What the token of a form says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// It is bound to what is asked about.
    Here,
    /// It is one, of something else: of the browser's earlier session, say.
    Elsewhere,
    /// There is none, or nothing that could be one.
    Nowhere,
}

/// Compares the form's token, which is to be bound to `about`.
pub fn bound(state: &State, form: &Form, about: &[u8]) -> Bound {
    let sent = HEXLOWER.decode(form.get(TOKEN_FIELD).as_bytes());
    match sent {
        Ok(sent) if state.db().keys().is_form_token(about, &sent) => Bound::Here,
        Ok(sent) if sent.len() == TOKEN_BYTES => Bound::Elsewhere,
        Ok(_) | Err(_) => Bound::Nowhere,
    }
}

/// Reads a form; its token is compared by [`bound`].
///
/// Errors: protocol errors of the body.
pub async fn parsed(
    state: &State,
    req: &HttpRequest,
    payload: Payload,
    max: usize,
) -> Result<Form, ConsoleError> {
    let kind = req.headers().get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(HttpFault::MediaType.into());
    }
    let bytes = body::receive(state, req, payload, max).await?;
    Ok(Form::parse(&bytes).ok_or(HttpFault::BodyBroken)?)
}

/// The value of the token's field.
pub fn token(state: &State, about: &[u8]) -> String {
    HEXLOWER.encode(&state.db().keys().form_token(about))
}

/// The refusal of a form that is not of this browser, or of this session.
pub fn cross_site() -> ConsoleError {
    Error::forbidden(
        Reason::CrossSite,
        "This form did not come from a page of this console, or the page is too old; open the \
         page again and send it from there.",
    )
    .into()
}

/// Where a page leads afterwards, as `next` says: a path of ours, and nothing that a browser
/// could take for another site (`//host`, `/\host`).
pub fn local_path(next: &str) -> &str {
    let plain = next
        .bytes()
        .all(|b| (0x21..0x7f).contains(&b) && b != b'\\');
    let ours = next.starts_with('/') && !next.starts_with("//");
    if plain && ours && !next.starts_with("/login") && !next.starts_with("/logout") {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_as_browsers_send_them() {
        let form = Form::parse(b"a=1+2&b=%C3%A9%26&a=3&c&d=").expect("a form");
        assert_eq!(form.get("a"), "1 2");
        assert_eq!(form.all("a"), ["1 2", "3"]);
        assert_eq!(form.get("b"), "é&");
        assert_eq!(form.text("d"), None);
        assert!(!form.ticked("c"));
        for broken in ["a=%", "a=%2", "a=%zz", "a=%ff", "a=%+1"] {
            assert!(Form::parse(broken.as_bytes()).is_none(), "{broken}");
        }
        let many = "a=1&".repeat(FIELDS_MAX + 1);
        assert!(Form::parse(many.as_bytes()).is_none());
    }

    #[test]
    fn only_paths_of_ours_are_led_to() {
        assert_eq!(local_path("/a/0/members?q=x"), "/a/0/members?q=x");
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/a b",
            "/\t/evil.example",
            "/login?next=/login",
            "evil.example/",
        ] {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
