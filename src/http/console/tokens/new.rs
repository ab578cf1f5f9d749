//! A new token: what it may do, on what, from where and until when; a summary; the value, shown
//! once. Every step is a form that holds all of it, so that nothing is kept here in between.

mod draft;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::rows::{self, PermissionRows};
use super::secret::{FORM_KEY, form_key, once};
use super::{below_list, chrome, networks};
use crate::app::tokens::{self, Whose};
use crate::domain::actor::Permission;
use crate::domain::catalogue;
use crate::domain::id::{AccountId, PermissionGroupId};
use crate::domain::token::AddressCondition;
use crate::domain::token::policy::{Effect, TokenDraft};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::Form as Sent;
use crate::http::console::once::How;
use crate::http::console::url::with_query;
use crate::http::console::view::{
    Choice, Fact, FactValue, Field, FieldError, Form, Input, Notice, Step, Tab, Tone,
};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, confirm_first, filters, html, html_as, refusal};
use draft::{ACCOUNT, Draft, EVERY, SENT, THIS, Whole};

/// Values of `days`.
const DAYS: [&str; 4] = ["30", "90", "365", "never"];

#[derive(Template)]
#[template(path = "pages/tokens/new.html")]
struct New {
    chrome: Chrome,
    steps: Vec<Step>,
    templates: Vec<Tab>,
    form: Form,
    name: Field,
    everything: Option<Notice>,
    /// What a template leaves out that its name might promise.
    reads: Option<Notice>,
    rows: PermissionRows,
    rows_error: String,
    /// Include or exclude, and which accounts.
    resources: Vec<(Field, Field)>,
    from: Field,
    not_from: Field,
    days: Field,
    until: Field,
    cancel: String,
}

#[derive(Template)]
#[template(path = "pages/tokens/summary.html")]
struct Summary {
    chrome: Chrome,
    steps: Vec<Step>,
    lead: String,
    notice: Option<Notice>,
    permissions: Vec<(String, String)>,
    facts: Vec<Fact>,
    form: Form,
    again: Vec<(String, String)>,
}

pub(super) fn steps(current: usize) -> Vec<Step> {
    let step = |title: &str, text: &str| (t(title).to_owned(), t(text).to_owned());
    Step::all(
        current,
        [
            step("tokens.step_rights", "tokens.step_rights_text"),
            step("tokens.step_summary", "tokens.step_summary_text"),
            step("tokens.step_value", "tokens.step_value_text"),
        ],
    )
}

fn templates(at: &str, current: &str) -> Vec<Tab> {
    let tab = |name: &str, key: &str| Tab {
        text: t(key).to_owned(),
        href: with_query(at, [("template", name)]),
        count: String::new(),
        current: current == name,
    };
    vec![
        tab("scim", "tokens.template_scim"),
        tab("read", "tokens.template_read"),
        tab("admin", "tokens.template_admin"),
        tab("", "tokens.template_own"),
    ]
}

fn resource_fields(draft: &Draft) -> Vec<(Field, Field)> {
    const NAMES: [[&str; 4]; 2] = [
        ["effect1", "tokens.effect", "account1", "tokens.account"],
        ["effect2", "tokens.effect2", "account2", "tokens.account2"],
    ];
    type Line<'l> = ([&'static str; 4], &'l (Effect, Whole));
    let field = |(names, (effect, whole)): Line<'_>| {
        let [effect_name, effect_word, account_name, account_word] = names;
        let effects = [
            Choice::new("include", t("tokens.include")).chosen(*effect == Effect::Allow),
            Choice::new("exclude", t("tokens.exclude")).chosen(*effect == Effect::Deny),
        ];
        let wholes = [
            Choice::new("", t("tokens.nothing")).chosen(*whole == Whole::Nothing),
            Choice::new(THIS, t("tokens.this_account")).chosen(*whole == Whole::This),
            Choice::new(EVERY, t("tokens.every_account")).chosen(*whole == Whole::Every),
        ];
        (
            Field::select(effect_name, t(effect_word), effects.into()),
            Field::select(account_name, t(account_word), wholes.into()),
        )
    };
    NAMES.into_iter().zip(&draft.resources).map(field).collect()
}

fn page(caller: &AccountCaller, req: &HttpRequest, draft: &Draft) -> New {
    let chrome = below_list(chrome(caller, req, t("tokens.create")));
    let at = chrome.path("/tokens/new");
    let day = |value: &'static str| {
        let text = match value.parse() {
            Ok(days) => tn("format.days", days),
            Err(_) => t("tokens.never").to_owned(),
        };
        Choice::new(value, text).chosen(draft.days == value)
    };
    let all = || {
        Notice::new(
            Tone::Warn,
            t("tokens.everything"),
            t("tokens.everything_text"),
        )
    };
    let reads = || Notice::new(Tone::Plain, t("tokens.reads"), t("tokens.reads_text"));
    New {
        steps: steps(0),
        templates: templates(&at, &draft.template),
        form: Form::new(at).hidden("template", &draft.template),
        name: Field::text("name", t("tokens.name"))
            .value(&draft.name)
            .hint(t("tokens.name_hint"))
            .autocomplete("off")
            .required()
            .wide(),
        everything: draft.everything.then(all),
        reads: (draft.template == "read").then(reads),
        rows: rows::of(&draft.groups),
        rows_error: String::new(),
        resources: resource_fields(draft),
        from: Field::text("from", t("tokens.from"))
            .value(&draft.from)
            .placeholder("192.0.2.0/24, 2001:db8::/48")
            .hint(t("tokens.from_hint"))
            .autocomplete("off"),
        not_from: Field::text("not_from", t("tokens.not_from"))
            .value(&draft.not_from)
            .hint(t("tokens.not_from_hint"))
            .autocomplete("off"),
        days: Field::select(
            "days",
            t("tokens.days"),
            DAYS.into_iter().map(day).collect(),
        ),
        until: Field::line("date", "until", t("tokens.until"))
            .value(&draft.until)
            .hint(t("tokens.until_hint")),
        cancel: chrome.path("/tokens"),
        chrome,
    }
}

/// `GET /a/{account_id}/tokens/new?template=…`: the form's fields may stand in the address.
pub async fn new(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::TokensWrite)?;
    caller.require_confirmed()?;
    html(&req, &page(&caller, &req, &Draft::asked(&req)))
}

/// The token that the form asks for; what is wrong goes to the fields.
fn read(page: &mut New, draft: &Draft, caller: &AccountCaller) -> Option<TokenDraft> {
    let times = &page.chrome.times;
    let name = draft.label();
    let (from, not_from) = (
        draft::networks(&draft.from),
        draft::networks(&draft.not_from),
    );
    let expires = draft.expires(caller.now_ms(), times);
    let policies = draft.policies(caller.account());
    let wrong = |field: &mut Field, error: Option<&String>| {
        if let Some(error) = error {
            field.error.clone_from(error);
        }
    };
    wrong(&mut page.name, name.as_ref().err());
    wrong(&mut page.from, from.as_ref().err());
    wrong(&mut page.not_from, not_from.as_ref().err());
    let addresses = from.ok().zip(not_from.ok());
    let addresses = addresses.map(|(allow, deny)| AddressCondition { allow, deny });
    let contradict = addresses.as_ref().and_then(|all| all.check().err());
    let contradict = contradict.map(|error| error.message().to_owned());
    wrong(&mut page.not_from, contradict.as_ref());
    let end = if draft.until.is_empty() {
        &mut page.days
    } else {
        &mut page.until
    };
    wrong(end, expires.as_ref().err());
    if let Some((_, account)) = page.resources.first_mut() {
        wrong(account, policies.as_ref().err());
    }
    if draft.groups.is_empty() {
        t("tokens.no_permission").clone_into(&mut page.rows_error);
    }
    let mut form = std::mem::take(&mut page.form).errors_of([&page.name]);
    if !page.rows_error.is_empty() {
        form.errors.push(FieldError {
            id: page
                .rows
                .asked
                .first()
                .map_or_else(String::new, |row| row.id.clone()),
            text: page.rows_error.clone(),
        });
    }
    let accounts = page.resources.iter().map(|(_, account)| account);
    let rest = [&page.days, &page.until, &page.from, &page.not_from];
    page.form = form.errors_of(accounts.chain(rest));
    let (name, addresses) = (name.ok()?, addresses?);
    let (expires_ms, policies) = (expires.ok()?, policies.ok()?);
    (!draft.groups.is_empty() && contradict.is_none()).then_some(TokenDraft {
        name,
        policies,
        disabled: None,
        not_before_ms: None,
        expires_ms,
        addresses,
    })
}

/// What is named by a resource of a policy, in words.
pub fn resource_name(name: &str, account: AccountId, effect: Effect) -> String {
    let what = match name.strip_prefix(ACCOUNT) {
        Some("*") => t("tokens.every_account").to_owned(),
        Some(id) if id == account.to_string() => t("tokens.this_account").to_owned(),
        Some(_) | None => name.to_owned(),
    };
    taken(&what, effect)
}

/// The same of what a line of the form names; `None`: nothing that it offers.
pub fn whole_name(value: &str, effect: Effect) -> Option<String> {
    let what = match value {
        THIS => t("tokens.this_account"),
        EVERY => t("tokens.every_account"),
        _ => return None,
    };
    Some(taken(what, effect))
}

/// It, or all but it.
fn taken(what: &str, effect: Effect) -> String {
    match effect {
        Effect::Allow => what.to_owned(),
        Effect::Deny => tf("tokens.without", &[&what]),
    }
}

fn summary(
    caller: &AccountCaller,
    req: &HttpRequest,
    (sent, draft): (&Sent, &Draft),
    token: &TokenDraft,
) -> Summary {
    let chrome = below_list(chrome(caller, req, t("tokens.summary")));
    let described = |id: PermissionGroupId| {
        let known = catalogue::token_permission_group(id);
        known.map(|known| (known.dashboard_name.clone(), rows::meaning(known)))
    };
    let resources = token.policies.iter().flat_map(|policy| {
        let names = policy.resources.keys();
        names.map(|name| resource_name(name, caller.account(), policy.effect))
    });
    let on: Vec<String> = resources.collect();
    let mut facts = vec![
        Fact::text(t("tokens.name"), token.name.as_str()),
        Fact::text(t("tokens.on"), on.join(", ")),
        match token.expires_ms {
            Some(ms) => Fact::time(t("row.expires"), chrome.times.at(ms)),
            None => Fact::text(t("row.expires"), t("tokens.never")),
        },
    ];
    let from = if token.addresses.allow.is_empty() {
        t("tokens.anywhere").to_owned()
    } else {
        networks(&token.addresses.allow)
    };
    facts.push(Fact::text(t("tokens.from"), from));
    if !token.addresses.deny.is_empty() {
        facts.push(Fact::text(
            t("tokens.not_from"),
            networks(&token.addresses.deny),
        ));
    }
    let all = || {
        Notice::new(
            Tone::Warn,
            t("tokens.everything"),
            t("tokens.everything_text"),
        )
    };
    let no_end = || Notice::new(Tone::Warn, t("tokens.no_end"), t("tokens.no_end_text"));
    let groups = if draft.everything {
        Vec::new()
    } else {
        draft.groups.clone()
    };
    let notice = if draft.everything {
        Some(all())
    } else {
        token.expires_ms.is_none().then(no_end)
    };
    Summary {
        steps: steps(1),
        lead: tf("tokens.summary_lead", &[&token.name.as_str()]),
        notice,
        permissions: groups.into_iter().filter_map(described).collect(),
        facts,
        form: Form::new(chrome.path("/tokens/new")).hidden(FORM_KEY, form_key(caller)),
        again: fields_of(sent),
        chrome,
    }
}

/// What was sent, to be sent again.
fn fields_of(sent: &Sent) -> Vec<(String, String)> {
    let pairs = SENT.iter().flat_map(|name| {
        let values = sent.all(name).into_iter().filter(|value| !value.is_empty());
        values.map(|value| ((*name).to_owned(), value.to_owned()))
    });
    pairs.collect()
}

/// `POST /a/{account_id}/tokens/new`: the summary; with `sure` the token, whose value is shown
/// once on the page that it leads to; with `change` the form again.
pub async fn create(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::TokensWrite)?;
    // What was filled in is kept: nothing of it is secret.
    let sent = fields_of(&form);
    let pairs = sent
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let back = with_query(&caller.chrome().path("/tokens/new"), pairs);
    if let Some(confirm) = confirm_first(&caller, &back) {
        return Ok(confirm);
    }
    let draft = Draft::sent(&form);
    let mut page = page(&caller, &req, &draft);
    if form.ticked("change") {
        return html(&req, &page);
    }
    let Some(token) = read(&mut page, &draft, &caller) else {
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    if !form.ticked("sure") {
        return html(&req, &summary(&caller, &req, (&form, &draft), &token));
    }
    let what = (form.get(FORM_KEY), Permission::TokensWrite, How::Made);
    let done = once(&caller, what, move |tx| {
        tokens::issue(tx, Whose::Account, &token)
    })
    .await;
    match done {
        Ok(answer) => Ok(answer),
        Err(error) => {
            page.form = page.form.error(refusal(error)?);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
