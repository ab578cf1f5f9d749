//! Adding, editing and removing a member's own policies: previewed, and saved as they were shown.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Outcome, address, below, chrome, decide_once, find};
use crate::app;
use crate::app::members::shown::ShownMember;
use crate::app::preview::Change;
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::PolicyId;
use crate::domain::policy::{NewPolicy, Policy};
use crate::http::console::access_preview::AccessPreview;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::overtaken::{Subject, gone, overtaken};
use crate::http::console::paths::RoleNames;
use crate::http::console::policy_form::{
    Draft, Offer, PolicyForm, scope_said, seen, with, without,
};
use crate::http::console::pressed::{Makes, Press};
use crate::http::console::tokens::secret::form_key;
use crate::http::console::view::{FORM_KEY, FieldError, Form, Input};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, filters, flash, html_as};

#[derive(Template)]
#[template(path = "pages/members/policy.html")]
struct PolicyPage {
    chrome: Chrome,
    lead: String,
    form: Form,
    fields: PolicyForm,
    preview: Option<AccessPreview>,
    cancel: String,
}

/// The policy of the path; `None` where it is not there any more.
///
/// Errors: `NotFound`, for what no policy is called.
fn of_path(req: &HttpRequest, member: &ShownMember) -> Result<Option<Policy>> {
    let id = req.match_info().get("policy_id").unwrap_or_default();
    let unknown = |_| Error::not_found("policy of this member", id);
    let id = id.parse::<PolicyId>().map_err(unknown)?;
    let found = member.policies.iter().find(|policy| policy.id == id);
    Ok(found.cloned())
}

/// Somebody removed it meanwhile.
async fn not_there(caller: &AccountCaller, req: &HttpRequest, member: &ShownMember) -> Answer {
    let chrome = below(chrome(caller, req, t("error.404")), member);
    let at = address(&chrome, member);
    gone(caller, req, subject(&at, member), chrome).await
}

fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    member: &ShownMember,
    before: Option<&Policy>,
    (offer, draft, errors): (&Offer, &Draft, &[FieldError]),
) -> PolicyPage {
    let (title, lead) = match before {
        None => ("members.add_policy", "members.add_policy_lead"),
        Some(_) => ("members.edit_policy", "members.edit_policy_lead"),
    };
    let chrome = below(chrome(caller, req, t(title)), member);
    let at = address(&chrome, member);
    let action = match before {
        None => format!("{at}/policies/new"),
        Some(policy) => format!("{at}/policies/{}", policy.id),
    };
    let mut form = Form::new(action).hidden("seen", seen(&member.policies));
    if before.is_none() {
        form = form.hidden(FORM_KEY, form_key(caller));
    }
    form.errors = errors.to_vec();
    PolicyPage {
        lead: tf(lead, &[&member.listed.name]),
        form,
        fields: PolicyForm::new(offer, draft, before, errors),
        preview: None,
        cancel: at,
        chrome,
    }
}

/// `GET /a/{account_id}/members/{member_id}/policies/new`.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    let offer = caller.read(Offer::of)?;
    let page = page(&caller, &req, &member, None, (&offer, &Draft::empty(), &[]));
    html_as(&req, StatusCode::OK, &page)
}

/// `GET /a/{account_id}/members/{member_id}/policies/{policy_id}`.
pub async fn edit(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &member)? else {
        return not_there(&caller, &req, &member).await;
    };
    let offer = caller.read(Offer::of)?;
    let draft = Draft::of(&policy);
    let page = page(&caller, &req, &member, Some(&policy), (&offer, &draft, &[]));
    html_as(&req, StatusCode::OK, &page)
}

/// `POST /a/{account_id}/members/{member_id}/policies/new`.
pub async fn add(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    save(&caller, &req, &form, member, None).await
}

/// `POST /a/{account_id}/members/{member_id}/policies/{policy_id}`.
pub async fn change(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &member)? else {
        return not_there(&caller, &req, &member).await;
    };
    save(&caller, &req, &form, member, Some(policy)).await
}

async fn outcome(
    caller: &AccountCaller,
    member: &ShownMember,
    policies: Vec<NewPolicy>,
    form: &Sent,
    makes: Option<Makes>,
) -> Result<Outcome> {
    let stale = form.get("seen") != seen(&member.policies);
    let change = Change::MemberPolicies(member.which(), policies);
    decide_once(caller, change, form, stale, makes).await
}

/// Of whom the log tells who changed the policies; `at` is the member's page.
fn subject(at: &str, member: &ShownMember) -> Subject {
    let record = &member.listed.member;
    Subject {
        ids: [record.id.to_string(), member.id().to_string()],
        made_ms: record.created_ms,
        history: format!("{at}/history"),
    }
}

async fn save(
    caller: &AccountCaller,
    req: &HttpRequest,
    form: &Sent,
    member: ShownMember,
    before: Option<Policy>,
) -> Answer {
    let offer = caller.read(Offer::of)?;
    let draft = Draft::read(|name| form.all(name));
    let errors = draft.errors(&offer);
    let before = before.as_ref();
    let mut page = page(caller, req, &member, before, (&offer, &draft, &errors));
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if errors.is_empty() {
        let policies = with(&member.policies, draft.policy(before));
        let title = match before {
            Some(_) => t("members.policy_changed"),
            None => t("members.policy_added"),
        };
        let press = Press::of(caller, form);
        let makes = Some(press.makes(&page.cancel, title));
        let decided = outcome(caller, &member, policies, form, makes).await?;
        if !matches!(decided, Outcome::Saved)
            && let Some(done) = press.before(req)
        {
            return Ok(done);
        }
        match decided {
            Outcome::Saved => return Ok(flash::done(req, &page.cancel, title, "")),
            Outcome::Shown(mut preview, fingerprint, as_status) => {
                status = as_status;
                if form.get("seen") != seen(&member.policies) {
                    let told = overtaken(caller, subject(&page.cancel, &member), before);
                    preview.overtaken = Some(Box::new(told.await?));
                }
                page.preview = Some(preview);
                page.form = page.form.hidden("fingerprint", fingerprint);
            }
            Outcome::Refused(why, _) => page.form = page.form.error(why),
        }
    }
    html_as(req, status, &page)
}

#[derive(Template)]
#[template(path = "pages/members/confirm.html")]
struct Remove {
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

/// `GET /a/{account_id}/members/{member_id}/policies/{policy_id}/remove`: what they would lose.
pub async fn remove(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    let sent = Sent::parse(format!("seen={}", seen(&member.policies)).as_bytes());
    removal(&caller, &req, member, &sent.unwrap_or_default()).await
}

/// `POST /a/{account_id}/members/{member_id}/policies/{policy_id}/remove`.
pub async fn removed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let member = find(&caller, &req)?;
    removal(&caller, &req, member, &form).await
}

async fn removal(
    caller: &AccountCaller,
    req: &HttpRequest,
    member: ShownMember,
    sent: &Sent,
) -> Answer {
    let Some(policy) = of_path(req, &member)? else {
        return not_there(caller, req, &member).await;
    };
    let names = caller.read(|tx| Ok(RoleNames::of(&app::roles::list(tx, true)?)))?;
    let name = names.of_policy(&policy);
    let chrome = below(chrome(caller, req, t("policy.remove_ask")), &member);
    let at = address(&chrome, &member);
    let mut page = Remove {
        lead: tf(
            "members.remove_policy_lead",
            &[&member.listed.name, &name, &scope_said(&policy)],
        ),
        kept: String::new(),
        form: Form::new(format!("{at}/policies/{}/remove", policy.id))
            .hidden("seen", seen(&member.policies)),
        preview: None,
        submit: t("members.remove_policy").to_owned(),
        icon: "trash-2",
        kind: "danger",
        cancel: at,
        chrome,
    };
    let policies = without(&member.policies, policy.id);
    let status = match outcome(caller, &member, policies, sent, None).await? {
        Outcome::Saved => {
            let title = t("members.policy_removed");
            return Ok(flash::done(req, &page.cancel, title, &name));
        }
        Outcome::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            status
        }
        Outcome::Refused(why, _) => {
            t("policy.remove_not").clone_into(&mut page.chrome.title);
            page.kept = why;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    html_as(req, status, &page)
}
