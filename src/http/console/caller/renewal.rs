//! What is asked of a session beside its cookie: a second factor where one is due, and a new cookie
//! when the roles changed.

use actix_web::HttpRequest;

use super::{Caller, signed_out};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::error::Kind;
use crate::http::console::cookies;
use crate::http::console::error::ConsoleError;

/// What opens for somebody who has to set a second factor up first.
const BEFORE_FACTOR: [&str; 8] = [
    "/me/factors",
    "/me/factors/begin",
    "/me/factors/confirm",
    "/confirm",
    "/setup",
    "/setup/factor",
    "/login",
    "/logout",
];

impl Caller {
    /// Errors: `FactorNeeded`, which leads to where it is set up.
    pub(super) fn require_factor(&self, req: &HttpRequest) -> Result<(), ConsoleError> {
        let route = req.match_name().unwrap_or_default();
        if self.me.factor_missing && !BEFORE_FACTOR.contains(&route) {
            return Err(ConsoleError::FactorNeeded);
        }
        Ok(())
    }

    /// With another cookie where the roles in this account changed since it was made (T-26).
    pub(super) async fn renewed(mut self, req: &HttpRequest) -> Result<Self, ConsoleError> {
        if self.me.rights.is_none() || self.me.rights == self.known_rights {
            return Ok(self);
        }
        let followed = self
            .write(Permission::OwnOperator, app::sessions::follow_rights)
            .await;
        match followed {
            Ok(Some(secret)) => {
                self.secret = self.state.db().keys().hash_token(secret.reveal());
                cookies::renew(&self.state, req, &secret)?;
                self.cookie = secret;
            }
            Ok(None) => {}
            Err(error) if error.kind() == Kind::Unauthenticated => return Err(signed_out(error)),
            // A disk that is full must not keep people from looking.
            Err(error) => tracing::debug!(?error, "a session's rights were not noted"),
        }
        Ok(self)
    }
}
