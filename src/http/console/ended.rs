//! A form whose session had ended when it came. The sign-in that stands in its place holds it, and
//! the page behind that shows it to whoever signed in, who sends it or does not: it may have been
//! somebody else's. It is in those pages alone, and only where the browser says that a page of
//! ours sent it (T-27).

use actix_web::http::StatusCode;
use actix_web::web::Payload;
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use askama::Template;

use super::caller::{Caller, Visitor};
use super::chrome::Chrome;
use super::confirming;
use super::filters;
use super::form::{self, FORM_BYTES_MAX, Form as Posted, TOKEN_FIELD, local_path};
use super::sessions;
use super::url::{encode, pairs};
use super::view::{Fact, FactValue, Form, Unseen};
use super::words::{t, tf};
use super::{Answer, html_as};
use crate::domain::id::AccountId;
use crate::domain::session::SessionSecret;
use crate::domain::text::forbidden_char;
use crate::http::State;
use crate::http::routes::takes_forms;

/// The most bytes of a form that is kept, and of its address: in the next form signs are written
/// in three, and nobody is signed in who sends them.
const KEPT_BYTES_MAX: usize = FORM_BYTES_MAX / 4;
const ADDRESS_BYTES_MAX: usize = 2048;
/// Where the password was asked for again; what is kept is what waited for it.
const CONFIRM: &str = "/confirm";
/// A code is good once, and for half a minute.
const CODE: &str = "code";
/// Characters of one field that are shown.
const SHOWN_CHARS: usize = 400;
/// Fields in which pages keep something for themselves: what was read, what the form is known by.
const OWN: [&str; 4] = ["seen", "once", "was", "opened"];

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
}

impl Late {
    /// `None` where it is not kept: nothing says that a page of ours sent it, it is too large, or
    /// all that it had was secret.
    async fn of(state: &State, req: &HttpRequest, payload: Payload) -> Option<Self> {
        let to = req.uri().path_and_query()?.as_str();
        if !form::surely_ours(state, req) {
            return None;
        }
        let form = form::parsed(state, req, payload, KEPT_BYTES_MAX).await;
        let form = form.ok()?;
        if req.path() == CONFIRM {
            let sent = pairs(form.get("sent"))?;
            return Self::kept(form.get("to"), &sent, false);
        }
        let sent: Vec<_> = form
            .pairs()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self::kept(to, &sent, false)
    }

    /// As the sign-in's form has it.
    pub fn again(form: &Posted) -> Option<Self> {
        let sent = pairs(form.get("sent"))?;
        Self::kept(form.get("to"), &sent, form.ticked("without"))
    }

    fn kept(to: &str, sent: &[(String, String)], without: bool) -> Option<Self> {
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
        (fields.len() <= KEPT_BYTES_MAX).then(|| Self {
            to: to.to_owned(),
            fields,
            without: without || !secret.is_empty(),
        })
    }

    /// The page that it goes to.
    pub fn page(&self) -> &str {
        self.to.split('?').next().unwrap_or_default()
    }

    /// With the sign-in's own form.
    pub fn held(&self, form: Form) -> Form {
        let form = form.hidden("to", &self.to).hidden("sent", &self.fields);
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
        let page = AskToSend {
            chrome: caller.chrome().titled(t("ended.title")),
            lead: lead_of(&caller, &self.to),
            without: self.without,
            facts: facts(&caller, &self),
            back: self.page().to_owned(),
            fields: pairs(&self.fields).unwrap_or_default(),
            to: self.to,
        };
        let mut page = html_as(req, StatusCode::OK, &page)?;
        sessions::set_cookies_of(&lead, &mut page);
        Ok(page)
    }
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
    let visitor = Visitor::of(req).ok()?;
    let mut page = sessions::login_page(&visitor, "", late.page(), Some(&late));
    t("ended.sign_in").clone_into(&mut page.lead);
    let answer = html_as(req, StatusCode::UNAUTHORIZED, &page).ok()?;
    sessions::to_visitor(&visitor, answer).ok()
}

/// That it waits for a button, and what that does.
fn lead_of(caller: &Caller, to: &str) -> String {
    let who = caller.me().email.as_str();
    match confirming::asked_for(caller, to) {
        Some(what) => tf("ended.lead_for", &[&who, &what]),
        None => tf("ended.lead", &[&who]),
    }
}

/// Where it goes, and what was entered, by the names that its fields have.
fn facts(caller: &Caller, late: &Late) -> Vec<Fact> {
    let path = late.page();
    let mut facts = vec![Fact::text(t("ended.page"), place(caller, path))];
    facts.push(Fact::new(
        t("ended.address"),
        FactValue::Code(path.to_owned()),
    ));
    let mut entered: Vec<(String, Vec<String>)> = Vec::new();
    for (name, value) in pairs(&late.fields).unwrap_or_default() {
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if value.is_empty() || OWN.contains(&name.as_str()) {
            continue;
        }
        match entered.iter_mut().find(|(known, _)| *known == name) {
            Some((_, values)) => values.push(value),
            None => entered.push((name, vec![value])),
        }
    }
    facts.extend(
        entered
            .into_iter()
            .map(|(name, values)| Fact::text(label(&name), visible(&values.join(", ")))),
    );
    facts
}

/// As a field is called in the request, which is near to what its page calls it.
fn label(name: &str) -> String {
    let words = name.replace(['_', '.'], " ");
    let mut rest = words.chars();
    let first = rest.next();
    let first = first.map(|c| c.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), rest.as_str())
}

/// The beginning of what was entered, with what can't be seen replaced.
fn visible(text: &str) -> String {
    let seen = |c: char| match forbidden_char(c.encode_utf8(&mut [0; 4])) {
        Some(_) => char::REPLACEMENT_CHARACTER,
        None => c,
    };
    let mut shown: String = text.chars().take(SHOWN_CHARS).map(seen).collect();
    if text.chars().nth(SHOWN_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// What the page is called in the menu, and of which account it is.
fn place(caller: &Caller, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let section = |name: &str| {
        let key = match name {
            "members" => "nav.members",
            "groups" => "nav.groups",
            "roles" => "nav.roles",
            "connections" => "nav.connections",
            "tokens" => "nav.tokens",
            "migrate" => "nav.legacy",
            "settings" => "nav.settings",
            "accounts" => "accounts.title",
            "operators" => "me.operators",
            "me" => "me.label",
            _ => "ended.other",
        };
        t(key).to_owned()
    };
    match parts.as_slice() {
        ["a", account, name, ..] => {
            let there = account.parse::<AccountId>().ok();
            let there = there.and_then(|id| caller.again_in(id).ok());
            match there.as_ref().and_then(Caller::account_name) {
                Some(account) => tf("ended.in_account", &[&section(name), &account]),
                None => section(name),
            }
        }
        [name, ..] => section(name),
        [] => section(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(to: &str, fields: &[(&str, &str)]) -> Option<(String, bool)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let sent: Vec<_> = fields.iter().map(own).collect();
        Late::kept(to, &sent, false).map(|late| (late.fields, late.without))
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
