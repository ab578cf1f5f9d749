//! What the last form did, told once on the page it led to. It travels in a cookie of the
//! browser that sent the form, and only to it: it says what its sender did, grants nothing and
//! is shown as text.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use data_encoding::BASE64URL_NOPAD;

use super::see_other;
use super::url::is_local;
use super::view::{Notice, Tone};
use crate::http::State;

/// Over TLS its name says that no other host and no plain HTTP can set it.
const COOKIES: [(bool, &str); 2] = [(true, "__Host-provost_said"), (false, "provost_said")];
/// The longest that is told.
const BYTES_MAX: usize = 1500;

/// Leads on after a change, and says there what was done: "Converted 4 groups".
pub fn done(req: &HttpRequest, location: &str, title: &str, text: &str) -> HttpResponse {
    lead(req, location, &Notice::new(Tone::Ok, title, text))
}

/// Leads on, and tells something there.
pub fn lead(req: &HttpRequest, location: &str, notice: &Notice) -> HttpResponse {
    let mut answer = see_other(location);
    // One that is too long is not told rather than cut: half a sentence may say the opposite.
    if let Some(value) = pack(notice).filter(|value| value.len() <= BYTES_MAX) {
        set(req, &mut answer, &value, "");
    }
    answer
}

/// What the last form did, if this browser has not been told yet. `console::html` forgets it.
pub fn told(req: &HttpRequest) -> Option<Notice> {
    unpack(sent(req)?)
}

/// Forgets what was told, once a page is sent.
pub(in crate::http) fn forget(req: &HttpRequest, answer: &mut HttpResponse) {
    if sent(req).is_some() {
        set(req, answer, "", "; Max-Age=0");
    }
}

/// What the browser sent.
fn sent(req: &HttpRequest) -> Option<&str> {
    let name = cookie(req);
    req.headers()
        .get_all(header::COOKIE)
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim_start().split_once('='))
        .find_map(|(known, value)| (known == name).then_some(value))
}

fn is_secure(req: &HttpRequest) -> bool {
    let state = req.app_data::<web::Data<State>>();
    state.is_some_and(|state| state.is_https())
}

fn cookie(req: &HttpRequest) -> &'static str {
    let found = COOKIES.iter().find(|(secure, _)| *secure == is_secure(req));
    found.map_or("", |(_, name)| name)
}

fn set(req: &HttpRequest, answer: &mut HttpResponse, value: &str, more: &str) {
    let secure = if is_secure(req) { "; Secure" } else { "" };
    let cookie = cookie(req);
    let text = format!("{cookie}={value}; Path=/; HttpOnly; SameSite=Lax{more}{secure}");
    if let Ok(header) = HeaderValue::from_str(&text) {
        answer.headers_mut().append(header::SET_COOKIE, header);
    }
}

fn pack(notice: &Notice) -> Option<String> {
    let (text, href) = notice
        .action
        .as_ref()
        .map_or(("", ""), |action| (&action.text, &action.href));
    let parts = [notice.tone.class(), &notice.title, &notice.text, text, href];
    let json = serde_json::to_vec(&parts).ok()?;
    Some(BASE64URL_NOPAD.encode(&json))
}

fn unpack(value: &str) -> Option<Notice> {
    let json = BASE64URL_NOPAD.decode(value.as_bytes()).ok()?;
    let [tone, title, text, action, href]: [String; 5] = serde_json::from_slice(&json).ok()?;
    let tones = [Tone::Plain, Tone::Accent, Tone::Ok, Tone::Warn, Tone::Bad];
    let tone = tones.into_iter().find(|known| known.class() == tone)?;
    let notice = Notice::new(tone, title, text);
    Some(if is_local(&href) {
        notice.action(action, href)
    } else {
        notice
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_arrives() {
        let notice = Notice::new(Tone::Ok, "Saved “é”", "31 gain it.").action("Undo", "/a/x/undo");
        assert_eq!(unpack(&pack(&notice).expect("packed")), Some(notice));
        let away = Notice::new(Tone::Bad, "x", "").action("here", "https://evil.example");
        let told = unpack(&pack(&away).expect("packed")).expect("told");
        assert_eq!(told.action, None);
        assert_eq!(unpack("%%"), None);
        assert_eq!(unpack("e30"), None);
    }
}
