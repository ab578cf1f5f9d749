//! A new operator: for a member who is there already, or with a member made for them.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::{address, below, chrome, made_page, place, roles};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::catalogue::{ADMINISTRATOR, ADMINISTRATOR_READ_ONLY, SUPER_ADMINISTRATOR};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{AccountId, MembershipId, PermissionGroupId};
use crate::domain::operator::{Email, NewOperator, Operator};
use crate::domain::reason::Reason;
use crate::domain::reference::MemberRef;
use crate::domain::setup::LINK_MINUTES_MAX;
use crate::domain::text::Label;
use crate::http::console::ask::Ask;
use crate::http::console::caller::{Caller, Posted};
use crate::http::console::error::ConsoleError;
use crate::http::console::form::{Form as Sent, query};
use crate::http::console::setup::checked;
use crate::http::console::view::{Choice, Field, Form, Notice, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, flash, html, html_as, refusal};
use crate::store::operators::places::Placed;

/// How long a link may be good, in minutes, and what that is called.
const MINUTES: [(i64, &str); 3] = [
    (LINK_MINUTES_MAX, "operators.minutes_1440"),
    (240, "operators.minutes_240"),
    (30, "operators.minutes_30"),
];

/// The roles that say what one may do at the console.
const ROLES: [(PermissionGroupId, &str); 3] = [
    (ADMINISTRATOR_READ_ONLY, "Administrator Read Only"),
    (ADMINISTRATOR, "Administrator"),
    (SUPER_ADMINISTRATOR, "Super Administrator - All Privileges"),
];

pub(super) fn minutes_field() -> Field {
    let choices = MINUTES.map(|(minutes, word)| Choice::new(minutes.to_string(), t(word)));
    Field::select("minutes", t("operators.minutes"), choices.into())
}

pub(super) fn minutes(form: &Sent) -> i64 {
    let sent = form.get("minutes").parse::<i64>().ok();
    let known = sent.filter(|sent| MINUTES.iter().any(|(known, _)| known == sent));
    known.unwrap_or(LINK_MINUTES_MAX)
}

/// A member who is to sign in.
pub(super) struct Existing {
    pub account: AccountId,
    pub account_name: String,
    pub member: MembershipId,
    pub name: String,
    email: String,
    pub roles: String,
}

/// Where an operator is to work.
pub(super) enum Place {
    Member(Existing),
    /// The accounts that the caller works in.
    Choice(Vec<(AccountId, String)>),
}

impl Place {
    /// As the address, or the form, says it.
    ///
    /// Errors: `NotFound` for a member, or an account, that the caller does not see.
    pub(super) fn of(
        caller: &Caller,
        (account, member): (&str, &str),
    ) -> std::result::Result<Self, ConsoleError> {
        if member.is_empty() {
            let (_, places) = caller.read(app::operators::own::get)?;
            let known = places.into_iter();
            let known = known.map(|place| (place.account, place.account_name));
            return Ok(Self::Choice(known.collect()));
        }
        let unknown = |_| Error::not_found("member", member);
        let account: AccountId = account.parse().map_err(unknown)?;
        let id: MembershipId = member.parse().map_err(unknown)?;
        let there = caller.again_in(account)?;
        there.require(Permission::DirectoryWrite)?;
        let which = MemberRef::Membership(id);
        let (shown, access) = there.read(|tx| {
            let shown = app::members::shown::get(tx, &which)?;
            Ok((shown, app::access::effective(tx, &which)?))
        })?;
        let (_, places) = caller.read(app::operators::own::get)?;
        let name = places.into_iter().find(|place| place.account == account);
        let mut effective = access.roles;
        effective.retain(crate::domain::effective::Effective::is_effective);
        let placed = Placed {
            account,
            account_name: name.map(|place| place.account_name).unwrap_or_default(),
            member: access.member,
            roles: effective,
            rights: crate::domain::actor::MemberRights::Own,
        };
        Ok(Self::Member(Existing {
            account,
            roles: roles(&placed),
            account_name: placed.account_name,
            member: id,
            name: shown.listed.name,
            email: shown.listed.email,
        }))
    }
}

fn page(caller: &Caller, req: &HttpRequest, place: &Place, sent: Option<&Sent>) -> Ask {
    let value = |name: &str| sent.map_or("", |sent| sent.get(name)).trim().to_owned();
    let mut form = Form::new("/operators/new");
    let (mut name, mut email) = (value("name"), value("email"));
    let mut lead = t("operators.new_lead").to_owned();
    let mut fields = Vec::new();
    let cancel = match place {
        Place::Member(of) => {
            form = form
                .hidden("account", of.account.to_string())
                .hidden("member", of.member.to_string());
            lead = tf(
                "operators.new_member_lead",
                &[&of.name, &of.account_name, &of.roles],
            );
            if sent.is_none() {
                name.clone_from(&of.name);
                email.clone_from(&of.email);
            }
            format!("/a/{}/members/{}", of.account, of.member)
        }
        Place::Choice(accounts) => {
            fields = choices(accounts, &value("account"), &value("role"));
            "/operators".to_owned()
        }
    };
    let mut all = vec![
        Field::text("name", t("operators.name"))
            .value(name)
            .autocomplete("off")
            .required(),
        Field::email("email", t("operators.email"))
            .value(email)
            .hint(t("operators.email_hint"))
            .autocomplete("off")
            .required(),
    ];
    all.append(&mut fields);
    let ticked = sent.is_some_and(|sent| sent.ticked("box"));
    all.push(Field::check("box", t("operators.box_check"), ticked));
    all.push(minutes_field());
    Ask {
        chrome: below(chrome(caller, req, t("operators.add"))),
        lead,
        form,
        fields: all,
        submit: t("operators.add").to_owned(),
        kind: "primary",
        icon: "user-plus",
        cancel,
    }
}

fn choices(accounts: &[(AccountId, String)], account: &str, role: &str) -> Vec<Field> {
    let mut places = account_choices(accounts, account);
    places.push(Choice::new("", t("operators.nowhere")));
    vec![
        Field::select("account", t("operators.account"), places).hint(t("operators.account_hint")),
        role_field(role),
    ]
}

pub(super) fn account_choices(accounts: &[(AccountId, String)], chosen: &str) -> Vec<Choice> {
    let choice = |(id, name): &(AccountId, String)| {
        Choice::new(id.to_string(), name).chosen(id.to_string() == chosen)
    };
    accounts.iter().map(choice).collect()
}

pub(super) fn role_field(chosen: &str) -> Field {
    let roles = ROLES.map(|(id, name)| {
        let id = id.to_string();
        let is_chosen = id == chosen;
        Choice::new(id, name).chosen(is_chosen)
    });
    Field::select("role", t("operators.role"), roles.into())
}

/// The role that was chosen: the least one where none was; the word of what is wrong with it.
pub(super) fn role(form: &Sent) -> std::result::Result<PermissionGroupId, &'static str> {
    let Some(sent) = form.text("role") else {
        return Ok(ADMINISTRATOR_READ_ONLY);
    };
    let known = ROLES.iter().find(|(id, _)| id.to_string() == sent);
    known.map(|(id, _)| *id).ok_or("operators.bad_role")
}

/// `GET /operators/new`, for a member with `?account=…&member=…`.
pub async fn new(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    caller.require_confirmed()?;
    let asked = (query(&req, "account"), query(&req, "member"));
    let place = Place::of(&caller, (&asked.0, &asked.1))?;
    html(&req, &page(&caller, &req, &place, None))
}

/// Where the form sends the new operator.
enum Chosen {
    Nowhere,
    New(AccountId, PermissionGroupId),
    Member(AccountId, MemberRef),
}

fn chosen(place: &Place, form: &Sent) -> std::result::Result<Chosen, &'static str> {
    let accounts = match place {
        Place::Member(of) => {
            return Ok(Chosen::Member(of.account, MemberRef::Membership(of.member)));
        }
        Place::Choice(accounts) => accounts,
    };
    let Some(account) = form.text("account") else {
        return Ok(Chosen::Nowhere);
    };
    let known = |(id, _): &&(AccountId, String)| id.to_string() == account;
    let account = accounts.iter().find(known).ok_or("operators.bad_account")?;
    Ok(Chosen::New(account.0, role(form)?))
}

/// `POST /operators/new`: shows the link this once.
pub async fn add(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    caller.require_confirmed()?;
    let place = Place::of(&caller, (form.get("account"), form.get("member")))?;
    let mut page = page(&caller, &req, &place, Some(&form));
    let name = checked(&mut page.fields[0], Label::parse(form.get("name").trim()));
    let email = checked(&mut page.fields[1], Email::parse(form.get("email")));
    let place = chosen(&place, &form);
    let (Some(name), Some(email), Ok(place)) = (name, email, &place) else {
        page.form = page.form.errors_of(&page.fields);
        if let Err(word) = place {
            page.form = page.form.error(t(word));
        }
        return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let new = NewOperator {
        name,
        email,
        box_administrator: form.ticked("box"),
    };
    let minutes = minutes(&form);
    match make(&caller, new, place, minutes).await {
        Ok((operator, code)) => made_page(&caller, &req, &operator, (&code, minutes)),
        Err(error) if error.kind() == Kind::NotFound => Err(error.into()),
        Err(error) => {
            // Of the address, or of the member who is to sign in.
            let sent = form.get("email").trim();
            let known = caller.read(|tx| app::operators::find(tx, sent)).ok();
            let known = known.filter(|_| error.reason() == Reason::NameTaken);
            if let Some(one) = &known
                && let Some(on) = known_before(&caller, &req, (one, place), &form)?
            {
                return Ok(on);
            }
            let is_known = known.is_some();
            let why = refusal(error)?;
            page.form = if is_known {
                page.fields[1].error = why;
                page.form.errors_of(&page.fields)
            } else {
                page.form.error(why)
            };
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// Where somebody leads who is an operator already: to their page where this form, or one like
/// it, was sent before and did all that it asks for (two presses, or the way back and one more);
/// to be let work as the member where it names one. `None`: the address is somebody else's.
fn known_before(
    caller: &Caller,
    req: &HttpRequest,
    (known, place): (&Operator, &Chosen),
    form: &Sent,
) -> Result<Option<HttpResponse>> {
    let works = caller.read(|tx| app::operators::places::of(tx, known.id))?;
    let is_there = match place {
        Chosen::Nowhere => true,
        Chosen::New(account, _) => works.iter().any(|one| one.account == *account),
        Chosen::Member(account, which) => works.iter().any(|one| {
            let member = MemberRef::Membership(one.member.membership_id);
            one.account == *account && member == *which
        }),
    };
    let waits = !known.has_password && !known.disabled;
    let same = known.name.as_str() == form.get("name").trim()
        && known.box_administrator == form.ticked("box");
    Ok(match place {
        _ if waits && same && is_there => Some(added_before(req, known)),
        Chosen::Member(account, MemberRef::Membership(member)) => {
            Some(place::instead(req, known, (*account, *member)))
        }
        Chosen::Nowhere | Chosen::New(..) | Chosen::Member(..) => None,
    })
}

/// The first answer, with the link, may not have been seen: their page makes another one.
fn added_before(req: &HttpRequest, known: &Operator) -> HttpResponse {
    let title = tf("operators.added_before", &[&known.name]);
    let notice = Notice::new(Tone::Warn, title, t("operators.added_before_text"));
    flash::lead(req, &address(known), &notice)
}

async fn make(
    caller: &Caller,
    new: NewOperator,
    place: &Chosen,
    minutes: i64,
) -> Result<(Operator, crate::domain::setup::Code)> {
    let (account, role, member) = match place {
        Chosen::Nowhere => (None, None, None),
        Chosen::New(account, role) => (Some(*account), Some(*role), None),
        Chosen::Member(account, which) => (Some(*account), None, Some(which.clone())),
    };
    caller
        .write(Permission::BoxAdministration, move |tx| {
            let operator = app::operators::create(tx, &new)?;
            if let (Some(account), Some(role)) = (account, role) {
                app::operators::places::link(tx, operator.id, account, role)?;
            }
            if let (Some(account), Some(which)) = (account, &member) {
                app::operators::places::link_member(tx, operator.id, account, which)?;
            }
            let id = operator.id.to_string();
            let code = app::setup::issue_recovery(tx, &id, minutes)?;
            Ok((operator, code))
        })
        .await
}
