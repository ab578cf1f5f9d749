//! Adding members by hand: addresses, groups, a policy of their own, and what they get.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Outcome, below_list, chrome, decide_once};
use crate::app::groups::by_hand;
use crate::app::groups::shown::{self as groups, GroupQuery, GroupSource};
use crate::app::members::by_hand::{self as members, Arrival, EMAIL_CHARS_MAX, Invitation};
use crate::app::preview::Change;
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::error::{Kind, Result};
use crate::domain::id::GroupId;
use crate::domain::listing::{Begin, GroupSort};
use crate::domain::policy::NewPolicy;
use crate::domain::reason::Reason;
use crate::domain::reference::GroupRef;
use crate::domain::text::shown;
use crate::http::console::access_preview::AccessPreview;
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::format::list;
use crate::http::console::policy_form::{Draft, Offer, PolicyForm};
use crate::http::console::pressed::Press;
use crate::http::console::tokens::secret::form_key;
use crate::http::console::view::{Choice, FORM_KEY, Field, FieldError, Form, Input, Picks};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html_as};
use crate::store::tx::ReadTx;

/// People who are added at once.
const PEOPLE_MAX: usize = 50;
/// Groups that are offered: by their boxes, and in a list of suggestions.
const GROUPS_BOXES: usize = 24;
/// Addresses that one sentence names.
const TOLD_MAX: usize = 10;
const GROUPS_MAX: i64 = 200;

#[derive(Template)]
#[template(path = "pages/members/add.html")]
struct Add {
    chrome: Chrome,
    form: Form,
    emails: Field,
    at_once: Field,
    groups: Option<Picks>,
    other_group: Option<Field>,
    policy: PolicyForm,
    /// Whether a policy of their own is being given.
    gives: bool,
    preview: Option<AccessPreview>,
    submit: String,
    cancel: String,
}

/// Groups made by hand, by name.
///
/// Errors: `Forbidden`.
pub(super) fn local_groups(tx: &ReadTx<'_>) -> Result<Vec<(GroupId, String)>> {
    let query = GroupQuery {
        source: Some(GroupSource::Local),
        sort: GroupSort::Name,
        ..GroupQuery::default()
    };
    let page = groups::list(tx, &query, Begin::First, GROUPS_MAX)?;
    let found = page.items.into_iter();
    Ok(found.map(|one| (one.group.id, one.group.name)).collect())
}

/// What is wrong with the name of a group; `None` where there is such a group.
///
/// Errors: `Forbidden`.
pub(super) fn unknown_group(caller: &AccountCaller, name: &str) -> Result<Option<String>> {
    let which = GroupRef::Named(name.to_owned());
    match caller.read(|tx| by_hand::find(tx, &which)) {
        Ok(_) => Ok(None),
        Err(error) if error.kind() == Kind::NotFound => Ok(Some(error.message().to_owned())),
        Err(error) => Err(error),
    }
}

/// What the form says.
struct Asked {
    emails: Vec<String>,
    at_once: bool,
    groups: Vec<GroupRef>,
    draft: Draft,
}

fn asked(sent: &Sent) -> Asked {
    let text = sent.get("emails");
    let emails = text.split([',', ';', '\n', '\r', '\t', ' ']);
    let mut seen = Vec::new();
    for email in emails.map(str::trim).filter(|email| !email.is_empty()) {
        if !seen.iter().any(|known| known == email) {
            seen.push(email.to_owned());
        }
    }
    let ids = sent.all("in").into_iter();
    let mut groups: Vec<GroupRef> = ids
        .filter_map(|id| id.parse().ok().map(GroupRef::Id))
        .collect();
    let other = sent.text("group");
    groups.extend(other.map(|name| GroupRef::Named(name.to_owned())));
    Asked {
        emails: seen,
        at_once: sent.ticked("at_once"),
        groups,
        draft: Draft::read(|name| sent.all(name)),
    }
}

/// The first of them, and how many more there are.
fn told<S: AsRef<str>>(emails: &[S]) -> String {
    let quoted = emails.iter().take(TOLD_MAX);
    let mut quoted: Vec<String> = quoted
        .map(|email| format!("“{}”", shown(email.as_ref())))
        .collect();
    let more = emails.len().saturating_sub(TOLD_MAX);
    if more > 0 {
        let more = u64::try_from(more).unwrap_or(u64::MAX);
        quoted.push(tn("members.and_others", more));
    }
    list(&quoted)
}

impl Asked {
    fn gives(&self) -> bool {
        !self.draft.roles.is_empty()
    }

    /// What is wrong, before anybody else is asked.
    fn errors(&self, offer: &Offer) -> Vec<FieldError> {
        let error = |text: String| FieldError {
            id: "f-emails".to_owned(),
            text,
        };
        let mut errors = Vec::new();
        if self.emails.is_empty() {
            errors.push(error(t("members.no_email").to_owned()));
        } else if self.emails.len() > PEOPLE_MAX {
            let most = u64::try_from(PEOPLE_MAX).unwrap_or(0);
            errors.push(error(tn("members.too_many_emails", most)));
        }
        let wrong = |email: &&String| Invitation::by_email(email, false, None).is_err();
        let wrong: Vec<&String> = self.emails.iter().filter(wrong).collect();
        match wrong.as_slice() {
            [] => {}
            [one] => {
                let refused = Invitation::by_email(one, false, None).err();
                let text = refused.map(|refused| refused.message().to_owned());
                errors.extend(text.map(error));
            }
            all => {
                let named = tf("members.bad_emails", &[&EMAIL_CHARS_MAX, &told(all)]);
                errors.push(error(named));
            }
        }
        if self.gives() {
            errors.extend(self.draft.errors(offer));
        }
        errors
    }

    fn change(&self) -> Result<Change> {
        // A policy of their own comes beside the one that everybody gets.
        let policies = self.gives().then(|| {
            let usual = NewPolicy::allow(catalogue::MINIMAL_ACCOUNT_ACCESS);
            vec![usual, self.draft.policy(None)]
        });
        let arrival = |email: &String| {
            let invitation = Invitation::by_email(email, self.at_once, policies.clone())?;
            Ok(Change::Bring(Arrival {
                invitation,
                groups: self.groups.clone(),
            }))
        };
        let all = self.emails.iter().map(arrival);
        Ok(Change::All(all.collect::<Result<_>>()?))
    }
}

fn page(
    caller: &AccountCaller,
    req: &HttpRequest,
    sent: &Sent,
    (asked, offer, errors): (&Asked, &Offer, &[FieldError]),
) -> Result<Add> {
    let chrome = below_list(chrome(caller, req, t("members.add_title")));
    let local = caller.read(local_groups)?;
    let chosen = |id: &GroupId| asked.groups.contains(&GroupRef::Id(*id));
    let boxes = local.iter().take(GROUPS_BOXES);
    let choices: Vec<Choice> = boxes
        .map(|(id, name)| Choice::new(id.to_string(), name).chosen(chosen(id)))
        .collect();
    let wrong = errors.iter().filter(|error| error.id == "f-emails");
    let wrong: Vec<&str> = wrong.map(|error| error.text.as_str()).collect();
    let others = local.iter().skip(GROUPS_BOXES);
    let others: Vec<Choice> = others.map(|(_, name)| Choice::new(name, "")).collect();
    let mut form = Form::new(chrome.path("/members/new")).hidden(FORM_KEY, form_key(caller));
    form.errors = errors.to_vec();
    Ok(Add {
        form,
        emails: Field::area("emails", t("members.emails"), 4)
            .value(sent.get("emails").trim())
            .hint(t("members.emails_hint"))
            .error(wrong.join(" "))
            .autocomplete("off")
            .wide(),
        at_once: Field::check("at_once", t("members.at_once"), asked.at_once)
            .hint(t("members.at_once_hint"))
            .wide(),
        groups: (!choices.is_empty()).then(|| Picks {
            name: "in",
            legend: t("members.add_groups").to_owned(),
            many: true,
            choices,
            hint: t("members.add_groups_hint").to_owned(),
            error: String::new(),
            more: None,
        }),
        other_group: (!others.is_empty()).then(|| {
            Field::combo("group", t("members.other_group"), others)
                .value(sent.get("group"))
                .autocomplete("off")
                .wide()
        }),
        policy: PolicyForm::new(offer, &asked.draft, None, errors),
        gives: asked.gives(),
        preview: None,
        submit: match u64::try_from(asked.emails.len()).unwrap_or(0) {
            0 => t("members.add").to_owned(),
            count => tn("members.add_submit", count),
        },
        cancel: chrome.path("/members"),
        chrome,
    })
}

/// `GET /a/{account_id}/members/new`.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let offer = caller.read(Offer::of)?;
    let sent = Sent::default();
    let page = page(&caller, &req, &sent, (&asked(&sent), &offer, &[]))?;
    html_as(&req, StatusCode::OK, &page)
}

/// That these are members already.
fn there_already(taken: &[String]) -> Option<FieldError> {
    let text = match taken.len() {
        0 => return None,
        1 => tf("members.taken_one", &[&told(taken)]),
        _ => tf("members.taken", &[&told(taken)]),
    };
    let id = "f-emails".to_owned();
    Some(FieldError { id, text })
}

/// `POST /a/{account_id}/members/new`.
pub async fn add(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form: sent } = posted;
    caller.require(Permission::DirectoryWrite)?;
    let offer = caller.read(Offer::of)?;
    let (asked, press) = (asked(&sent), Press::of(&caller, &sent));
    let mut errors = asked.errors(&offer);
    if let Some(name) = sent.text("group") {
        let text = unknown_group(&caller, name)?;
        errors.extend(text.map(|text| FieldError {
            id: "f-group".to_owned(),
            text,
        }));
    }
    // Beside what else is wrong: whoever corrects the list does it once.
    if asked.emails.len() <= PEOPLE_MAX {
        let taken = caller.read(|tx| members::taken(tx, &asked.emails))?;
        if let Some(before) = press.before(&req).filter(|_| !taken.is_empty()) {
            return Ok(before);
        }
        errors.extend(there_already(&taken));
    }
    let mut page = page(&caller, &req, &sent, (&asked, &offer, &errors))?;
    if !errors.is_empty() {
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let count = u64::try_from(asked.emails.len()).unwrap_or(0);
    let title = tn("members.added", count);
    let makes = Some(press.makes(&page.cancel, &title));
    let decided = decide_once(&caller, asked.change()?, &sent, false, makes).await?;
    if !matches!(decided, Outcome::Saved)
        && let Some(before) = press.before(&req)
    {
        return Ok(before);
    }
    let status = match decided {
        Outcome::Saved => {
            let text = if asked.at_once {
                t("members.added_at_once")
            } else {
                t("members.added_pending")
            };
            return Ok(flash::done(&req, &page.cancel, &title, text));
        }
        Outcome::Shown(preview, fingerprint, status) => {
            page.preview = Some(if asked.at_once {
                preview
            } else {
                preview.note(t("members.once_they_accept"))
            });
            page.form = page.form.hidden("fingerprint", fingerprint);
            status
        }
        Outcome::Refused(why, reason) => {
            page.form = if reason == Reason::UserNameTaken {
                page.emails.error = why;
                page.form.errors_of([&page.emails])
            } else {
                page.form.error(why)
            };
            StatusCode::UNPROCESSABLE_ENTITY
        }
    };
    html_as(&req, status, &page)
}
