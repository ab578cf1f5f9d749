//! Where signing in leads: to the account, or to the choice of one.

use actix_web::web;

use super::caller::Caller;
use super::error::ConsoleError;
use super::{Answer, see_other};
use crate::app;
use crate::domain::setup::Step;
use crate::http::State;

/// `GET /`.
pub async fn home(state: web::Data<State>, caller: Result<Caller, ConsoleError>) -> Answer {
    let db = state.db();
    if !db.read(&db.own_seat("console"), app::operators::any)? {
        return Ok(see_other("/setup"));
    }
    let caller = caller?;
    let (me, places) = caller.read(app::operators::own::get)?;
    let progress = caller.read(app::setup::progress)?;
    // Whoever was given a place on the command line has it without the first run's steps.
    let begun = places.is_empty() || progress.account.is_some();
    if me.box_administrator && begun && progress.step() != Step::Finished {
        return Ok(see_other("/setup"));
    }
    match places.as_slice() {
        [only] => Ok(see_other(&format!("/a/{}", only.account))),
        _ => Ok(see_other("/accounts")),
    }
}
