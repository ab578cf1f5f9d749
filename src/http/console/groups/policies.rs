//! Adding, editing and removing a group's policies: previewed, and saved as they were shown.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::show::{PolicyCard, new_card, of_group, page};
use super::{below, chrome, find};
use crate::app::groups::shown::ShownGroup;
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::{Error, Result};
use crate::domain::id::PolicyId;
use crate::domain::policy::{NewPolicy, Policy};
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::overtaken::{Subject, gone, overtaken};
use crate::http::console::policy_form::{
    Draft, Offer, PolicyForm, scope_said, seen, with, without,
};
use crate::http::console::pressed::{Makes, Press};
use crate::http::console::view::{Form, Notice, Tone};
use crate::http::console::words::t;
use crate::http::console::{Answer, filters, flash, html_as, refusal};

/// The policy of the path; `None` where it is not there any more.
///
/// Errors: `NotFound`, for what no policy is called.
fn of_path(req: &HttpRequest, group: &ShownGroup) -> Result<Option<Policy>> {
    let id = req.match_info().get("policy_id").unwrap_or_default();
    let unknown = |_| Error::not_found("policy of this group", id);
    let id = id.parse::<PolicyId>().map_err(unknown)?;
    let found = group.policies.iter().find(|policy| policy.id == id);
    Ok(found.cloned())
}

/// Somebody removed it meanwhile.
async fn not_there(caller: &AccountCaller, req: &HttpRequest, group: &ShownGroup) -> Answer {
    let chrome = below(chrome(caller, req, t("error.404")), &group.group);
    gone(caller, req, subject(&chrome, group), chrome).await
}

/// The form of a policy that is edited.
fn edit_card(
    chrome: &Chrome,
    group: &ShownGroup,
    policy: &Policy,
    offer: &Offer,
    draft: &Draft,
) -> PolicyCard {
    let at = chrome.path(&format!("/groups/{}", group.group.id));
    let action = format!("{at}/policies/{}", policy.id);
    PolicyCard {
        title: t("groups.edit_policy").to_owned(),
        form: Form::new(action).hidden("seen", seen(&group.policies)),
        fields: PolicyForm::new(offer, draft, Some(policy), &[]),
        preview: None,
        submit: t("groups.save_policy"),
        cancel: Some(at),
    }
}

/// `GET /a/{account_id}/groups/{group_id}/policies/{policy_id}`.
pub async fn edit(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &group)? else {
        return not_there(&caller, &req, &group).await;
    };
    let offer = caller.read(Offer::of)?;
    let draft = Draft::of(&policy);
    let card = edit_card(&caller.chrome(), &group, &policy, &offer, &draft);
    let page = page(&caller, &req, group, Some(card))?;
    html_as(&req, StatusCode::OK, &page)
}

/// `POST /a/{account_id}/groups/{group_id}/policies`.
pub async fn add(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    save(&caller, &req, &form, group, None).await
}

/// `POST /a/{account_id}/groups/{group_id}/policies/{policy_id}`.
pub async fn change(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &group)? else {
        return not_there(&caller, &req, &group).await;
    };
    save(&caller, &req, &form, group, Some(policy)).await
}

/// What the form sent comes to.
enum Outcome {
    Saved,
    Shown(AccessPreview, String, StatusCode),
    Refused(String),
}

/// Shows what the policies would change, or sets them if that was shown already. `moved`: they
/// are others than when the form was opened.
async fn outcome(
    caller: &AccountCaller,
    group: &ShownGroup,
    policies: Vec<NewPolicy>,
    form: &Sent,
    (base, makes): (&str, Option<Makes>),
) -> Result<Outcome> {
    let change = Change::GroupPolicies(of_group(group), policies);
    let fingerprint = form.get("fingerprint").to_owned();
    let asks = form.ticked("preview") || fingerprint.is_empty();
    let stale = form.get("seen") != seen(&group.policies);
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            if asks {
                return preview::show(tx, &change, COMPARED_MAX).map(Confirmed::Moved);
            }
            let done = preview::confirm(tx, &change, COMPARED_MAX, &fingerprint)?;
            if let (Confirmed::Made(_), Some(makes)) = (&done, &makes) {
                makes.made();
            }
            Ok(done)
        })
        .await;
    Ok(match done {
        Ok(Confirmed::Made(_)) => Outcome::Saved,
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, base);
            let (preview, status) = if asks && !stale {
                (preview, StatusCode::OK)
            } else {
                (preview.moved(), StatusCode::CONFLICT)
            };
            Outcome::Shown(preview, shown.fingerprint, status)
        }
        Err(error) => Outcome::Refused(refusal(error)?),
    })
}

/// Of whom the log tells who changed the policies.
fn subject(chrome: &Chrome, group: &ShownGroup) -> Subject {
    let group = &group.group;
    Subject {
        ids: [group.id.to_string(), group.scim_id.to_string()],
        made_ms: group.created_ms,
        history: chrome.path(&format!("/groups/{}/history", group.id)),
    }
}

async fn save(
    caller: &AccountCaller,
    req: &HttpRequest,
    form: &Sent,
    group: ShownGroup,
    before: Option<Policy>,
) -> Answer {
    let chrome = caller.chrome();
    let offer = caller.read(Offer::of)?;
    let draft = Draft::read(|name| form.all(name));
    let errors = draft.errors(&offer);
    let mut card = match &before {
        Some(policy) => edit_card(&chrome, &group, policy, &offer, &draft),
        None => match new_card(caller, &group, &offer, &draft) {
            Some(card) => card,
            None => return Err(Error::internal("a form that is not offered").into()),
        },
    };
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    if errors.is_empty() {
        let policies = with(&group.policies, draft.policy(before.as_ref()));
        let at = chrome.path(&format!("/groups/{}", group.group.id));
        let title = match &before {
            Some(_) => t("groups.policy_changed"),
            None => t("groups.policy_added"),
        };
        let (press, base) = (Press::of(caller, form), chrome.path(""));
        let how = (base.as_str(), Some(press.makes(&at, title)));
        let decided = outcome(caller, &group, policies, form, how).await?;
        if !matches!(decided, Outcome::Saved)
            && let Some(done) = press.before(req)
        {
            return Ok(done);
        }
        match decided {
            Outcome::Saved => return Ok(flash::done(req, &at, title, "")),
            Outcome::Shown(mut preview, fingerprint, as_status) => {
                status = as_status;
                if form.get("seen") != seen(&group.policies) {
                    let told = overtaken(caller, subject(&chrome, &group), before.as_ref());
                    preview.overtaken = Some(Box::new(told.await?));
                }
                card.preview = Some(preview);
                card.form = card.form.hidden("fingerprint", fingerprint);
            }
            Outcome::Refused(why) => card.form = card.form.error(why),
        }
    } else {
        card.fields = PolicyForm::new(&offer, &draft, before.as_ref(), &errors);
        card.form.errors = errors;
    }
    let mut page = page(caller, req, group, Some(card))?;
    if status == StatusCode::CONFLICT {
        // The preview stands far below, where nobody looks who expects it to be saved.
        let told = Notice::new(
            Tone::Warn,
            t("policy.not_saved"),
            t("policy.not_saved_text"),
        );
        let told = told.action(t("policy.see_preview"), "#preview");
        page.chrome = page.chrome.flash(Some(told));
    }
    html_as(req, status, &page)
}

#[derive(Template)]
#[template(path = "pages/groups/remove_policy.html")]
struct Remove {
    chrome: Chrome,
    name: String,
    scope: String,
    form: Form,
    preview: Option<AccessPreview>,
    cancel: String,
}

fn remove_page(
    caller: &AccountCaller,
    req: &HttpRequest,
    group: &ShownGroup,
    policy: &Policy,
) -> Result<Remove> {
    let names = caller.read(|tx| {
        let roles = crate::app::roles::list(tx, true)?;
        Ok(crate::http::console::paths::RoleNames::of(&roles))
    })?;
    let chrome = chrome(caller, req, t("policy.remove_ask"));
    let at = chrome.path(&format!("/groups/{}", group.group.id));
    Ok(Remove {
        name: names.of_policy(policy),
        scope: scope_said(policy),
        form: Form::new(format!("{at}/policies/{}/remove", policy.id))
            .hidden("seen", seen(&group.policies)),
        preview: None,
        cancel: at,
        chrome: below(chrome, &group.group),
    })
}

/// `GET /a/{account_id}/groups/{group_id}/policies/{policy_id}/remove`: who would lose what.
pub async fn remove(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &group)? else {
        return not_there(&caller, &req, &group).await;
    };
    let page = remove_page(&caller, &req, &group, &policy)?;
    let form = Sent::parse(format!("seen={}", seen(&group.policies)).as_bytes());
    removal(
        &caller,
        &req,
        group,
        &policy,
        page,
        &form.unwrap_or_default(),
    )
    .await
}

/// `POST /a/{account_id}/groups/{group_id}/policies/{policy_id}/remove`.
pub async fn removed(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let group = find(&caller, &req)?;
    let Some(policy) = of_path(&req, &group)? else {
        return not_there(&caller, &req, &group).await;
    };
    let page = remove_page(&caller, &req, &group, &policy)?;
    removal(&caller, &req, group, &policy, page, &form).await
}

async fn removal(
    caller: &AccountCaller,
    req: &HttpRequest,
    group: ShownGroup,
    policy: &Policy,
    mut page: Remove,
    form: &Sent,
) -> Answer {
    let policies = without(&group.policies, policy.id);
    let base = page.chrome.path("");
    let status = match outcome(caller, &group, policies, form, (&base, None)).await? {
        Outcome::Saved => {
            let title = t("groups.policy_removed");
            return Ok(flash::done(req, &page.cancel, title, &page.name));
        }
        Outcome::Shown(preview, fingerprint, status) => {
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", fingerprint);
            status
        }
        Outcome::Refused(why) => {
            page.form.disabled = why;
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    html_as(req, status, &page)
}
