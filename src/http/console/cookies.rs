//! The console's cookies: of a session, and of a browser that is not signed in yet.

use actix_web::dev::ServiceResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};
use data_encoding::HEXLOWER;

use crate::domain::error::{Error, Result};
use crate::domain::session::SessionSecret;
use crate::http::State;

/// The two kinds. Over TLS their names say that no other host and no plain HTTP can set them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cookie {
    /// The session's secret, until it ends.
    Session,
    /// Random: what forms of signing in and of the first run are bound to.
    Browser,
}

impl Cookie {
    fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-pvx",
            (Self::Session, false) => "pvx",
            (Self::Browser, true) => "__Host-pvb",
            (Self::Browser, false) => "pvb",
        }
    }

    /// What the browser sent.
    pub fn read<'r>(self, state: &State, req: &'r HttpRequest) -> Option<&'r str> {
        let name = self.name(state.is_https());
        let sent = req.headers().get_all(header::COOKIE);
        let pairs = sent
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'));
        pairs
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The header that sets it. It ends with the browser, or sooner with the server's row.
    pub fn set(self, state: &State, value: &str) -> Result<(HeaderName, HeaderValue)> {
        let secure = state.is_https();
        let flag = if secure { "; Secure" } else { "" };
        let name = self.name(secure);
        let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{flag}");
        let value = HeaderValue::from_str(&text).map_err(Error::internal)?;
        Ok((header::SET_COOKIE, value))
    }

    /// The header that takes it away.
    pub fn clear(self, state: &State) -> Result<(HeaderName, HeaderValue)> {
        let (name, value) = self.set(state, "")?;
        let text = value.to_str().map_err(Error::internal)?;
        let gone = HeaderValue::from_str(&format!("{text}; Max-Age=0"));
        Ok((name, gone.map_err(Error::internal)?))
    }
}

/// The header of a session's cookie that became another one on the way.
struct Renewed(HeaderValue);

/// Has the answer, whichever it will be, set the session's new cookie.
///
/// Errors: `Internal`.
pub fn renew(state: &State, req: &HttpRequest, secret: &SessionSecret) -> Result<()> {
    let (_, value) = Cookie::Session.set(state, secret.reveal())?;
    req.extensions_mut().insert(Renewed(value));
    Ok(())
}

/// Sets it, unless the answer sets that cookie itself.
pub(in crate::http) fn hand_out<B>(res: &mut ServiceResponse<B>) {
    let renewed = res.request().extensions_mut().remove::<Renewed>();
    let Some(Renewed(value)) = renewed else {
        return;
    };
    let name = |value: &HeaderValue| {
        let name = value.as_bytes().split(|b| *b == b'=').next();
        name.map(<[u8]>::to_vec)
    };
    let mut set = res.headers().get_all(header::SET_COOKIE);
    if !set.any(|other| name(other) == name(&value)) {
        res.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// A new value of [`Cookie::Browser`].
pub fn new_browser(state: &State) -> String {
    HEXLOWER.encode(&state.db().entropy().bytes::<16>())
}

/// Whether a text can be a value of ours.
pub fn is_browser(value: &str) -> bool {
    value.len() == 32 && value.bytes().all(|b| b.is_ascii_hexdigit())
}
