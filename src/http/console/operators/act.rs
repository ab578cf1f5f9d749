//! What is done about an operator: one question each, that says what happens.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use super::{address, below, chrome, find, made_page};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Error;
use crate::domain::operator::Operator;
use crate::domain::text::fold;
use crate::http::console::ask::Ask;
use crate::http::console::caller::{Caller, Posted};
use crate::http::console::view::Form;
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, flash, html, html_as, refusal};
use crate::http::scim::error::HttpFault;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Deactivate,
    Reactivate,
    Reset,
    Unlock,
    SignOut,
    Link,
}

impl Act {
    const ALL: [Self; 6] = [
        Self::Deactivate,
        Self::Reactivate,
        Self::Reset,
        Self::Unlock,
        Self::SignOut,
        Self::Link,
    ];

    fn path(self) -> &'static str {
        match self {
            Self::Deactivate => "deactivate",
            Self::Reactivate => "reactivate",
            Self::Reset => "reset",
            Self::Unlock => "unlock",
            Self::SignOut => "sign-out",
            Self::Link => "link",
        }
    }

    /// Keys of what it is called, of the question, of what happens, and of what is said
    /// afterwards; icon and kind.
    fn words(self) -> [&'static str; 6] {
        match self {
            Self::Deactivate => [
                "operators.deactivate",
                "operators.deactivate_ask",
                "operators.deactivate_lead",
                "operators.deactivated",
                "user-x",
                "danger",
            ],
            Self::Reactivate => [
                "operators.reactivate",
                "operators.reactivate_ask",
                "operators.reactivate_lead",
                "operators.reactivated",
                "user-check",
                "primary",
            ],
            Self::Reset => [
                "operators.reset",
                "operators.reset_ask",
                "operators.reset_lead",
                "operators.reset_done",
                "smartphone",
                "danger",
            ],
            Self::Unlock => [
                "operators.unlock",
                "operators.unlock_ask",
                "operators.unlock_lead",
                "operators.unlocked",
                "clock",
                "primary",
            ],
            Self::SignOut => [
                "operators.sign_out",
                "operators.sign_out_ask",
                "operators.sign_out_lead",
                "operators.signed_out",
                "log-out",
                "danger",
            ],
            Self::Link => [
                "operators.link",
                "operators.link_ask",
                "operators.link_lead",
                "",
                "link",
                "primary",
            ],
        }
    }

    fn of_path(req: &HttpRequest) -> Result<Self, HttpFault> {
        let path = req.match_info().get("act").unwrap_or_default();
        let found = Self::ALL.into_iter().find(|act| act.path() == path);
        found.ok_or(HttpFault::RouteUnknown)
    }
}

fn page(caller: &Caller, req: &HttpRequest, operator: &Operator, act: Act) -> Ask {
    let [title, question, lead, _, icon, kind] = act.words();
    let at = address(operator);
    let fields = match act {
        Act::Link => vec![super::add::minutes_field()],
        Act::Deactivate | Act::Reactivate | Act::Reset | Act::Unlock | Act::SignOut => Vec::new(),
    };
    Ask {
        chrome: below(chrome(caller, req, &tf(question, &[&operator.name])))
            .crumb(&operator.name, &at),
        lead: tf(lead, &[&operator.name]),
        form: Form::new(format!("{at}/{}", act.path())),
        fields,
        submit: t(title).to_owned(),
        kind,
        icon,
        cancel: at,
    }
}

/// `GET /operators/{operator_id}/{act}`.
pub async fn ask(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    let operator = find(&caller, &req)?;
    let act = Act::of_path(&req)?;
    caller.require_confirmed()?;
    html(&req, &page(&caller, &req, &operator, act))
}

/// `POST /operators/{operator_id}/{act}`.
pub async fn act(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::BoxAdministration)?;
    let operator = find(&caller, &req)?;
    let act = Act::of_path(&req)?;
    caller.require_confirmed()?;
    if act == Act::Link {
        let minutes = super::add::minutes(&form);
        let id = operator.id.to_string();
        let made = caller.write(Permission::BoxAdministration, move |tx| {
            app::setup::issue_recovery(tx, &id, minutes)
        });
        return match made.await {
            Ok(code) => made_page(&caller, &req, &operator, (&code, minutes)),
            Err(error) => refused(&caller, &req, (&operator, act), error),
        };
    }
    match done(&caller, &operator, act).await {
        Ok(()) => {
            let [_, _, _, said, ..] = act.words();
            let said = tf(said, &[&operator.name]);
            Ok(flash::done(&req, &address(&operator), &said, ""))
        }
        Err(error) => refused(&caller, &req, (&operator, act), error),
    }
}

fn refused(
    caller: &Caller,
    req: &HttpRequest,
    (operator, act): (&Operator, Act),
    error: Error,
) -> Answer {
    let mut page = page(caller, req, operator, act);
    page.form = page.form.error(refusal(error)?);
    html_as(req, StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn done(caller: &Caller, operator: &Operator, act: Act) -> Result<(), Error> {
    let id = operator.id.to_string();
    let change = caller.write(Permission::BoxAdministration, move |tx| match act {
        Act::Deactivate => app::operators::set_disabled(tx, &id, true).map(drop),
        Act::Reactivate => app::operators::set_disabled(tx, &id, false).map(drop),
        Act::Reset => app::operators::reset_factors(tx, &id).map(drop),
        Act::Unlock => app::operators::unlock(tx, &id).map(drop),
        Act::SignOut => app::operators::end_sessions(tx, &id).map(drop),
        Act::Link => Ok(()),
    });
    change.await?;
    if act == Act::Unlock {
        let sign_ins = caller.state().db().sign_ins();
        sign_ins.unlock(&fold(&operator.email), operator.id);
    }
    Ok(())
}

fn everyone_page(caller: &Caller, req: &HttpRequest) -> Ask {
    Ask {
        chrome: below(chrome(caller, req, t("operators.everyone_ask"))),
        lead: t("operators.everyone_lead").to_owned(),
        form: Form::new("/operators/sign-out"),
        fields: Vec::new(),
        submit: t("operators.everyone").to_owned(),
        kind: "danger",
        icon: "log-out",
        cancel: "/operators".to_owned(),
    }
}

/// `GET /operators/sign-out`.
pub async fn everyone(caller: Caller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    caller.require_confirmed()?;
    html(&req, &everyone_page(&caller, &req))
}

/// `POST /operators/sign-out`: all sessions but this one end.
pub async fn everyone_out(posted: Posted<Caller>, req: HttpRequest) -> Answer {
    let caller = posted.caller;
    caller.require(Permission::BoxAdministration)?;
    caller.require_confirmed()?;
    let ended = caller
        .write(
            Permission::BoxAdministration,
            app::operators::sign_everyone_out,
        )
        .await?;
    let said = tn("operators.everyone_done", u64::try_from(ended).unwrap_or(0));
    Ok(flash::done(&req, "/operators", &said, ""))
}
