//! Whose a late form is: whoever had the session that its token is of, as long as that has its row.

use actix_web::HttpRequest;
use data_encoding::HEXLOWER;

use crate::app;
use crate::domain::id::OperatorId;
use crate::domain::session::SessionSecret;
use crate::http::State;
use crate::http::console::caller::{Caller, bound_to};
use crate::http::console::cookies::Cookie;
use crate::http::console::form::{Bound, Form, bound};
use crate::http::console::words::{t, tf};

/// For what it is sealed.
const ABOUT: &[u8] = b"late form";

/// As whoever signed in may know it.
pub(super) enum Whose {
    Unknown,
    Own,
    /// Somebody else's; how it is called.
    Others(String),
}

/// The operator, sealed: anybody may look at the sign-in that holds it. Nothing for nobody known.
pub(super) fn sealed(state: &State, req: &HttpRequest, form: &Form) -> String {
    let seal = |id: OperatorId| state.db().keys().seal(ABOUT, id.as_bytes());
    let owner = owner(state, req, form);
    owner.map_or_else(String::new, |id| HEXLOWER.encode(&seal(id)))
}

fn owner(state: &State, req: &HttpRequest, form: &Form) -> Option<OperatorId> {
    let secret = SessionSecret::parse(Cookie::Session.read(state, req)?)?;
    let (session, operator) = state.db().session_of(&secret).ok()??;
    let is_its = bound(state, form, &bound_to(session)) == Bound::Here;
    is_its.then_some(operator)
}

/// Operators are known by name to who looks after the server alone.
pub(super) fn told(caller: &Caller, sealed: &str) -> Whose {
    let Some(owner) = opened(caller, sealed) else {
        return Whose::Unknown;
    };
    if owner == caller.me().operator {
        return Whose::Own;
    }
    let found = caller.read(|tx| app::operators::find(tx, &owner.to_string()));
    Whose::Others(match found {
        Ok(operator) => tf("ended.whose", &[&operator.name]),
        Err(_) => t("ended.anothers").to_owned(),
    })
}

fn opened(caller: &Caller, sealed: &str) -> Option<OperatorId> {
    let sealed = HEXLOWER.decode(sealed.as_bytes()).ok()?;
    let bytes = caller.state().db().keys().unseal(ABOUT, &sealed)?;
    Some(OperatorId::from_bytes(bytes.try_into().ok()?))
}
