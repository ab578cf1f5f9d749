//! An operator who is there already is let work in one more account: with a member made for them
//! there, or as one who is there.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};

use super::add::{Place, account_choices, role, role_field};
use super::{address, below, chrome, find};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::id::{AccountId, MembershipId, PermissionGroupId};
use crate::domain::operator::Operator;
use crate::domain::reference::MemberRef;
use crate::http::console::ask::Ask;
use crate::http::console::caller::{Caller, Posted};
use crate::http::console::form::{Form as Sent, query};
use crate::http::console::url::with_query;
use crate::http::console::view::{Field, Form, Notice, Tone};
use crate::http::console::words::{t, tf};
use crate::http::console::{Answer, flash, html, html_as, refusal};

/// The page's address, for a member who is there.
fn address_for(operator: &Operator, (account, member): (AccountId, MembershipId)) -> String {
    let (account, member) = (account.to_string(), member.to_string());
    let asked = [("account", account.as_str()), ("member", member.as_str())];
    with_query(&format!("{}/place", address(operator)), asked)
}

/// Leads whoever wanted to make an operator of somebody who is one to the page that lets that one
/// work as the member.
pub(super) fn instead(
    req: &HttpRequest,
    known: &Operator,
    member: (AccountId, MembershipId),
) -> HttpResponse {
    let title = tf("operators.is_one", &[&known.email]);
    let notice = Notice::new(Tone::Warn, title, t("operators.is_one_text"));
    flash::lead(req, &address_for(known, member), &notice)
}

fn page(
    caller: &Caller,
    req: &HttpRequest,
    (operator, place): (&Operator, &Place),
    sent: Option<&Sent>,
) -> Ask {
    let at = address(operator);
    let mut form = Form::new(format!("{at}/place"));
    let (lead, fields, cancel) = match place {
        Place::Member(of) => {
            form = form
                .hidden("account", of.account.to_string())
                .hidden("member", of.member.to_string());
            let named = [&operator.email, &of.account_name, &of.name, &of.roles];
            let named = named.map(|one| one as &dyn std::fmt::Display);
            let back = format!("/a/{}/members/{}", of.account, of.member);
            (tf("operators.place_member_lead", &named), Vec::new(), back)
        }
        Place::Choice(left) => {
            let value = |name: &str| sent.map_or("", |sent| sent.get(name)).to_owned();
            let choices = account_choices(left, &value("account"));
            let fields = vec![
                Field::select("account", t("operators.account"), choices).required(),
                role_field(&value("role")),
            ];
            let lead = tf("operators.place_lead", &[&operator.name]);
            (lead, fields, at.clone())
        }
    };
    let title = tf("operators.place_title", &[&operator.name]);
    Ask {
        chrome: below(chrome(caller, req, &title)).crumb(&operator.name, &at),
        lead,
        form,
        fields,
        submit: t("operators.place").to_owned(),
        kind: "primary",
        icon: "building-2",
        cancel,
    }
}

/// Where the operator can be let work: never where they do already.
enum Left {
    Some(Place),
    /// What is said on their page instead.
    Nothing(Notice),
}

fn left(caller: &Caller, operator: &Operator, place: Place) -> Result<Left> {
    if operator.disabled {
        let title = tf("operators.place_off", &[&operator.name]);
        return Ok(Left::Nothing(Notice::new(
            Tone::Warn,
            title,
            t("operators.place_off_text"),
        )));
    }
    let works = caller.read(|tx| app::operators::places::of(tx, operator.id))?;
    let is_there = |id: AccountId| works.iter().any(|place| place.account == id);
    Ok(match place {
        Place::Member(of) if is_there(of.account) => Left::Nothing(Notice::new(
            Tone::Warn,
            tf(
                "operators.placed_before",
                &[&operator.name, &of.account_name],
            ),
            t("operators.placed_before_text"),
        )),
        Place::Member(of) => Left::Some(Place::Member(of)),
        Place::Choice(accounts) => {
            let left: Vec<_> = accounts
                .into_iter()
                .filter(|(id, _)| !is_there(*id))
                .collect();
            if left.is_empty() {
                let title = tf("operators.place_nowhere", &[&operator.name]);
                Left::Nothing(Notice::new(
                    Tone::Warn,
                    title,
                    t("operators.place_nowhere_text"),
                ))
            } else {
                Left::Some(Place::Choice(left))
            }
        }
    })
}

/// `GET /operators/{operator_id}/place`, for a member with `?account=…&member=…`.
pub async fn ask(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    let operator = find(&caller, &req)?;
    caller.require_confirmed()?;
    let asked = (query(&req, "account"), query(&req, "member"));
    match left(
        &caller,
        &operator,
        Place::of(&caller, (&asked.0, &asked.1))?,
    )? {
        Left::Some(place) => html(&req, &page(&caller, &req, (&operator, &place), None)),
        Left::Nothing(notice) => Ok(flash::lead(&req, &address(&operator), &notice)),
    }
}

/// `POST /operators/{operator_id}/place`.
pub async fn act(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    let operator = find(&caller, &req)?;
    caller.require_confirmed()?;
    let place = Place::of(&caller, (form.get("account"), form.get("member")))?;
    let place = match left(&caller, &operator, place)? {
        Left::Some(place) => place,
        // Two presses, or somebody else's.
        Left::Nothing(notice) => return Ok(flash::lead(&req, &address(&operator), &notice)),
    };
    let (account, name, given) = match chosen(&place, &form) {
        Ok(chosen) => chosen,
        Err(word) => {
            let mut page = page(&caller, &req, (&operator, &place), Some(&form));
            page.form = page.form.error(t(word));
            return html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let id = operator.id;
    let done = caller.write(Permission::BoxAdministration, move |tx| {
        match given {
            Given::Member(which) => app::operators::places::link_member(tx, id, account, &which),
            Given::Role(role) => app::operators::places::link(tx, id, account, role),
        }
        .map(drop)
    });
    match done.await {
        Ok(()) => {
            let said = tf("operators.placed", &[&operator.name, &name]);
            Ok(flash::done(&req, &address(&operator), &said, ""))
        }
        Err(error) => {
            let why = refusal(error)?;
            let mut page = page(&caller, &req, (&operator, &place), Some(&form));
            page.form = page.form.error(why);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// What the operator is given in the account.
enum Given {
    /// The member whom they are to work as.
    Member(MemberRef),
    /// Of a member that is made for them.
    Role(PermissionGroupId),
}

/// The account, what it is called, and as whom; the word of what is wrong with the form.
fn chosen(
    place: &Place,
    form: &Sent,
) -> std::result::Result<(AccountId, String, Given), &'static str> {
    match place {
        Place::Member(of) => {
            let which = Given::Member(MemberRef::Membership(of.member));
            Ok((of.account, of.account_name.clone(), which))
        }
        Place::Choice(accounts) => {
            let sent = form.get("account");
            let known = accounts.iter().find(|(id, _)| id.to_string() == sent);
            let (account, name) = known.ok_or("operators.bad_account")?;
            Ok((*account, name.clone(), Given::Role(role(form)?)))
        }
    }
}
