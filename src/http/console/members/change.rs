//! Ending a membership, letting somebody in, and removing them: one question each, that says
//! what happens.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Outcome, address, below, chrome, decide, find};
use crate::app::members::by_hand::MemberChange;
use crate::app::members::shown::ShownMember;
use crate::app::preview::Change;
use crate::domain::actor::Permission;
use crate::domain::member::State;
use crate::http::console::access_preview::AccessPreview;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::view::Form;
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html_as};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Deactivate,
    Activate,
    Remove,
}

impl Act {
    fn path(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Activate => "activate",
            Self::Remove => "remove",
        }
    }

    /// Keys of the title, of the sentence that says what happens, and of what is said
    /// afterwards; the icon; and the key of the title where it can't be done.
    fn words(self, state: State) -> [&'static str; 5] {
        match (self, state) {
            (Self::Deactivate, _) => [
                "members.deactivate_now",
                "members.deactivate_lead",
                "members.deactivated",
                "user-x",
                "members.deactivate_not",
            ],
            (Self::Activate, State::Pending) => [
                "members.accept",
                "members.accept_lead",
                "members.accepted",
                "user-check",
                "members.accept_not",
            ],
            (Self::Activate, State::Active | State::Inactive) => [
                "members.reactivate_now",
                "members.reactivate_lead",
                "members.reactivated",
                "user-check",
                "members.reactivate_not",
            ],
            (Self::Remove, _) => [
                "members.remove_now",
                "members.remove_lead",
                "members.removed",
                "trash-2",
                "members.remove_not",
            ],
        }
    }

    fn change(self, member: &ShownMember) -> Change {
        let which = member.which();
        match self {
            Self::Deactivate => Change::Deactivate(which),
            Self::Activate => {
                let accept = MemberChange {
                    accept: true,
                    policies: None,
                };
                Change::Member(which, accept)
            }
            Self::Remove => Change::RemoveMember(which),
        }
    }
}

#[derive(Template)]
#[template(path = "pages/members/confirm.html")]
struct Confirm {
    chrome: Chrome,
    lead: String,
    /// Why it can't be done; nothing where it can.
    kept: String,
    form: Form,
    preview: Option<AccessPreview>,
    submit: String,
    icon: &'static str,
    kind: &'static str,
    cancel: String,
}

/// `GET /a/{account_id}/members/{member_id}/deactivate`.
pub async fn deactivate(caller: AccountCaller, req: HttpRequest) -> Answer {
    ask(caller, &req, Act::Deactivate, &Sent::default()).await
}

/// `POST /a/{account_id}/members/{member_id}/deactivate`.
pub async fn deactivated(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    ask(posted.caller, &req, Act::Deactivate, &posted.form).await
}

/// `GET /a/{account_id}/members/{member_id}/activate`.
pub async fn activate(caller: AccountCaller, req: HttpRequest) -> Answer {
    ask(caller, &req, Act::Activate, &Sent::default()).await
}

/// `POST /a/{account_id}/members/{member_id}/activate`.
pub async fn activated(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    ask(posted.caller, &req, Act::Activate, &posted.form).await
}

/// `GET /a/{account_id}/members/{member_id}/remove`.
pub async fn remove(caller: AccountCaller, req: HttpRequest) -> Answer {
    ask(caller, &req, Act::Remove, &Sent::default()).await
}

/// `POST /a/{account_id}/members/{member_id}/remove`.
pub async fn removed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    ask(posted.caller, &req, Act::Remove, &posted.form).await
}

async fn ask(caller: AccountCaller, req: &HttpRequest, act: Act, sent: &Sent) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, req)?;
    let [title, lead, done, icon, not] = act.words(member.listed.member.state);
    let asked = tf("members.act_title", &[&t(title), &member.listed.name]);
    let chrome = below(chrome(&caller, req, &asked), &member);
    let at = address(&chrome, &member);
    let mut page = Confirm {
        lead: tf(lead, &[&member.listed.name]),
        kept: String::new(),
        form: Form::new(format!("{at}/{}", act.path())),
        preview: None,
        submit: t(title).to_owned(),
        icon,
        kind: if act == Act::Activate {
            "primary"
        } else {
            "danger"
        },
        cancel: at,
        chrome,
    };
    let status = match decide(&caller, act.change(&member), sent, false).await? {
        Outcome::Saved => {
            let to = match act {
                Act::Remove => page.chrome.path("/members"),
                Act::Deactivate | Act::Activate => page.cancel.clone(),
            };
            return Ok(flash::done(req, &to, &tf(done, &[&member.listed.name]), ""));
        }
        Outcome::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            status
        }
        Outcome::Refused(why, _) => {
            page.chrome.title = tf(not, &[&member.listed.name]);
            page.kept = why;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    html_as(req, status, &page)
}
