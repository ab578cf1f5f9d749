//! A form whose session had ended when it came. The sign-in that stands in its place holds it, and
//! the page behind that shows it to whoever signed in, who sends it or does not: it may have been
//! somebody else's. It is in those pages alone, and only where the browser says that a page of
//! ours sent it (T-27).
//!
//! The same is asked where a session stands in the place of the one that the form is of: another
//! tab of the browser signed in meanwhile. Such a form is refused as any other without this
//! session's token; the page that says so holds it.

mod said;
mod whose;

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;

use super::caller::{Caller, Visitor};
use super::chrome::Chrome;
use super::confirming;
use super::cookies::Cookie;
use super::filters;
use super::flash;
use super::form::{self, FORM_BYTES_MAX, Form as Posted, TOKEN_FIELD, local_path};
use super::sessions;
use super::url::{encode, pairs};
use super::view::{Fact, FactValue, Form, Notice, Tone, Unseen};
use super::words::{t, tf};
use super::{Answer, html_as, see_other};
use crate::domain::operator::Email;
use crate::domain::session::SessionSecret;
use crate::http::State;
use crate::http::routes::takes_forms;
use whose::Whose;

/// The most bytes of a form that is kept, and of its address: in the next form signs are written
/// in three, and nobody is signed in who sends them.
const KEPT_BYTES_MAX: usize = FORM_BYTES_MAX / 4;
const ADDRESS_BYTES_MAX: usize = 2048;
/// Where the password was asked for again; what is kept is what waited for it.
const CONFIRM: &str = "/confirm";
/// A code is good once, and for half a minute.
const CODE: &str = "code";
/// Answers to a question, or to a preview, that whoever signs in has not seen: it is asked again.
const ANSWERS: [&str; 2] = ["fingerprint", "sure"];

/// A form that came too late.
#[derive(Debug, Clone)]
pub struct Late {
    /// Where it goes.
    to: String,
    /// Its fields, as a form sends them.
    fields: String,
    /// Whether there were others, which are not kept.
    without: bool,
    /// Whose it is, sealed; nothing where that is not known.
    whose: String,
}

impl Late {
    /// `None` where it is not kept: nothing says that a page of ours sent it, it is too large, or
    /// all that it had was secret.
    async fn of(state: &State, req: &HttpRequest, payload: Payload) -> Option<Self> {
        if !form::surely_ours(state, req) {
            return None;
        }
        let form = form::parsed(state, req, payload, KEPT_BYTES_MAX)
            .await
            .ok()?;
        let late = Self::sent(req, &form, KEPT_BYTES_MAX)?;
        Some(Self {
            whose: whose::sealed(state, req, &form),
            ..late
        })
    }

    /// The form of that request, of at most `max` bytes.
    fn sent(req: &HttpRequest, form: &Posted, max: usize) -> Option<Self> {
        let to = req.uri().path_and_query()?.as_str();
        if req.path() == CONFIRM {
            let sent = pairs(form.get("sent"))?;
            return Self::kept(form.get("to"), &sent, (false, max));
        }
        let sent: Vec<_> = form
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self::kept(to, &sent, (false, max))
    }

    /// As the sign-in's form has it.
    pub fn again(form: &Posted) -> Option<Self> {
        let sent = pairs(form.get("sent"))?;
        let how = (form.ticked("without"), KEPT_BYTES_MAX);
        let late = Self::kept(form.get("to"), &sent, how)?;
        Some(Self {
            whose: form.get("whose").to_owned(),
            ..late
        })
    }

    fn kept(to: &str, sent: &[(String, String)], (without, max): (bool, usize)) -> Option<Self> {
        let path = to.split('?').next().unwrap_or_default();
        let ours = to.len() <= ADDRESS_BYTES_MAX && local_path(to) == to;
        if !ours || path == CONFIRM || !takes_forms(path) {
            return None;
        }
        let own = sent
            .iter()
            .filter(|(name, _)| name != TOKEN_FIELD && !ANSWERS.contains(&name.as_str()));
        let (secret, open): (Vec<_>, Vec<_>) = own.partition(|(name, _)| is_secret(name));
        let open = open.into_iter();
        let fields: Vec<String> = open
            .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
            .collect();
        // What is left of it without them asks for nothing.
        if fields.is_empty() && !secret.is_empty() {
            return None;
        }
        let fields = fields.join("&");
        (fields.len() <= max).then(|| Self {
            to: to.to_owned(),
            fields,
            without: without || !secret.is_empty(),
            whose: String::new(),
        })
    }

    /// The page that it goes to.
    pub fn page(&self) -> &str {
        self.to.split('?').next().unwrap_or_default()
    }

    /// With the sign-in's own form.
    pub fn held(&self, form: Form) -> Form {
        let form = form.hidden("to", &self.to).hidden("sent", &self.fields);
        let form = form.hidden("whose", &self.whose);
        if self.without {
            form.hidden("without", "1")
        } else {
            form
        }
    }

    /// The page that shows it to whoever has signed in.
    pub fn shown(self, visitor: &Visitor, req: &HttpRequest, secret: &SessionSecret) -> Answer {
        let lead = sessions::signed_in(&visitor.state, secret, "/")?;
        let caller = Caller::entered(visitor, secret)?;
        let mut page = self.asked(&caller, req, (StatusCode::OK, Why::Ended))?;
        sessions::set_cookies_of(&lead, &mut page);
        Ok(page)
    }

    /// The question, to somebody who is signed in. Whoever has to set a second factor up first
    /// does that before any page.
    fn asked(self, caller: &Caller, req: &HttpRequest, (status, why): (StatusCode, Why)) -> Answer {
        if caller.me().factor_missing {
            let notice = Notice::new(Tone::Warn, t("ended.factor"), t("ended.factor_text"));
            return Ok(flash::lead(req, "/me/factors", &notice));
        }
        let page = AskToSend {
            chrome: caller.chrome().titled(t("ended.title")),
            lead: lead_of(caller, &self, why),
            without: self.without,
            facts: said::facts(caller, &self),
            back: self.page().to_owned(),
            fields: pairs(&self.fields).unwrap_or_default(),
            to: self.to,
        };
        html_as(req, status, &page)
    }

    /// The sign-in that holds it.
    fn sign_in(&self, visitor: &Visitor, req: &HttpRequest, email: &str) -> Answer {
        let mut page = sessions::login_page(visitor, email, self.page(), Some(self));
        t("ended.sign_in").clone_into(&mut page.lead);
        let answer = html_as(req, StatusCode::UNAUTHORIZED, &page)?;
        sessions::to_visitor(visitor, answer)
    }
}

/// Why a form waits.
#[derive(Clone, Copy)]
enum Why {
    /// Nobody was signed in when it came.
    Ended,
    /// The same, and another tab signed in before this one did.
    Meanwhile,
    /// The same, as somebody else than was to sign in here.
    Another,
    /// Its page is of an earlier session of this browser.
    Earlier,
}

#[derive(Template)]
#[template(path = "pages/ended.html")]
struct AskToSend {
    chrome: Chrome,
    lead: String,
    without: bool,
    facts: Vec<Fact>,
    to: String,
    fields: Vec<(String, String)>,
    back: String,
}

fn is_secret(name: &str) -> bool {
    Unseen::is_one(name) || name == CODE
}

/// Keeps the form of a request that nobody is signed in for.
pub(in crate::http::console) async fn keep(state: &State, req: &HttpRequest, payload: Payload) {
    if let Some(late) = Late::of(state, req, payload).await {
        req.extensions_mut().insert(late);
    }
}

/// The sign-in in place of the answer to a form, which it holds.
pub(in crate::http::console) fn instead(req: &HttpRequest) -> Option<HttpResponse> {
    let late = req.extensions().get::<Late>().cloned()?;
    late.sign_in(&Visitor::of(req).ok()?, req, "").ok()
}

/// What is answered in place of the refusal of a form that has the token of another session.
struct InPlace(HttpResponse);

/// Keeps that answer.
pub(in crate::http::console) fn answer_in_place(req: &HttpRequest, answer: HttpResponse) {
    req.extensions_mut().insert(InPlace(answer));
}

/// That answer, where there is one.
pub(in crate::http::console) fn in_place(req: &HttpRequest) -> Option<HttpResponse> {
    let kept = req.extensions_mut().remove::<InPlace>();
    kept.map(|InPlace(answer)| answer)
}

/// For a form of the session that was before this one in the same browser.
pub(in crate::http::console) fn of_earlier(
    caller: &Caller,
    req: &HttpRequest,
    form: &Posted,
) -> Option<HttpResponse> {
    let late = Late::sent(req, form, FORM_BYTES_MAX)?;
    let how = (StatusCode::FORBIDDEN, Why::Earlier);
    late.asked(caller, req, how).ok()
}

/// For a sign-in that is not of this browser any more: another tab signed in before it. What was
/// entered there to sign in with is looked at by nobody.
pub(in crate::http::console) fn of_overtaken(
    visitor: &Visitor,
    req: &HttpRequest,
    form: &Posted,
) -> Option<HttpResponse> {
    let cookie = Cookie::Session.read(&visitor.state, req);
    let secret = cookie.and_then(SessionSecret::parse);
    let caller = secret.and_then(|secret| Caller::entered(visitor, &secret).ok());
    let of_session = caller.as_ref().is_some_and(|caller| caller.sent(form));
    if of_session {
        // Its token is of no page that signs in.
        return None;
    }
    let answer = match (caller, Late::again(form)) {
        (Some(caller), Some(late)) => {
            let why = if is_another(&caller, form) {
                Why::Another
            } else {
                Why::Meanwhile
            };
            late.asked(&caller, req, (StatusCode::OK, why))
        }
        (Some(caller), None) => Ok(on_as(&caller, req, form)),
        // It signed out again, or was away for too long.
        (None, Some(late)) => late.sign_in(visitor, req, form.get("email")),
        (None, None) => return None,
    };
    answer.ok()
}

/// Whether somebody else was to be signed in than is. The code's page has no address.
fn is_another(caller: &Caller, form: &Posted) -> bool {
    let key = |text: &str| Email::parse(text).ok().map(|email| email.key().to_owned());
    let given = key(form.get("email"));
    given.is_some() && given != key(&caller.me().email)
}

/// Leads on; nobody goes on as somebody else without being told.
fn on_as(caller: &Caller, req: &HttpRequest, form: &Posted) -> HttpResponse {
    let next = local_path(form.get("next"));
    if !is_another(caller, form) {
        return see_other(next);
    }
    let title = tf("ended.signed_in_as", &[&caller.me().email.as_str()]);
    let text = tf("ended.signed_in_text", &[&form.get("email").trim()]);
    flash::lead(req, next, &Notice::new(Tone::Warn, title, text))
}

/// Whose it is, that it waits for a button, and what that does.
fn lead_of(caller: &Caller, late: &Late, why: Why) -> String {
    let who = caller.me().email.as_str();
    let what = confirming::asked_for(caller, &late.to);
    let said = |plain: &str, named: &str| match &what {
        Some(what) => tf(named, &[&who, what]),
        None => tf(plain, &[&who]),
    };
    let lead = match (why, whose::told(caller, &late.whose)) {
        (Why::Earlier, _) => said("ended.earlier", "ended.earlier_for"),
        (_, Whose::Unknown) => said("ended.lead", "ended.lead_for"),
        (_, Whose::Own) => said("ended.own", "ended.own_for"),
        (_, Whose::Others(form)) => match &what {
            Some(what) => tf("ended.others_for", &[&who, &form, what]),
            None => tf("ended.others", &[&who, &form]),
        },
    };
    match why {
        Why::Meanwhile => format!("{} {lead}", t("ended.meanwhile")),
        Why::Another => format!("{} {lead}", t("ended.another")),
        Why::Ended | Why::Earlier => lead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(to: &str, fields: &[(&str, &str)]) -> Option<(String, bool)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let sent: Vec<_> = fields.iter().map(own).collect();
        let kept = Late::kept(to, &sent, (false, KEPT_BYTES_MAX));
        kept.map(|late| (late.fields, late.without))
    }

    #[test]
    fn only_forms_of_the_console_are_kept() {
        let account = "0".repeat(32);
        for path in [
            "/accounts",
            "/me/profile",
            &format!("/a/{account}/groups/new"),
            &format!("/a/{account}/connections/new/okta?x=1"),
            &format!("/a/{account}/migrate/plan.csv"),
        ] {
            assert!(kept(path, &[("name", "x")]).is_some(), "{path}");
        }
        for path in [
            "",
            "/",
            "/login",
            "/login/again",
            "/logout",
            "/confirm",
            "/recover",
            "/nothing/here",
            "//evil.example/accounts",
            "https://evil.example/accounts",
            "/a/../accounts",
            "/a/x/groups/%2e%2e/rename",
            "/client/v4/accounts",
            &format!("/a/{account}/connections/new/other"),
            &format!("/accounts?{}", "x".repeat(ADDRESS_BYTES_MAX)),
        ] {
            assert_eq!(kept(path, &[("name", "x")]), None, "{path}");
        }
    }

    #[test]
    fn secrets_and_what_is_too_large_are_not_kept() {
        let form = [("csrf", "1"), ("name", "é &"), ("password", "secret")];
        let found = kept("/accounts", &form).expect("kept");
        assert_eq!(found, ("name=%C3%A9%20%26".to_owned(), true));
        // A button alone is a form too; one that has nothing but secrets is none any more.
        let button = kept("/operators/sign-out", &[("csrf", "1")]);
        assert_eq!(button, Some((String::new(), false)));
        for name in ["current", "again", "password", "code"] {
            assert_eq!(kept("/me/password", &[(name, "x")]), None, "{name}");
        }
        let long = "x".repeat(KEPT_BYTES_MAX);
        assert_eq!(kept("/accounts", &[("name", &long)]), None);
    }
}
