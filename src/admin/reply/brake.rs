//! What the brake holds, and the domains of single sign-on.

use serde::{Deserialize, Serialize};

use crate::domain::brake::HeldChange;
use crate::domain::id::SsoConnectorId;
use crate::domain::instant::print_ms;
use crate::domain::sso_connector::SsoConnector;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HeldView {
    /// `User` or `Group`.
    pub target_kind: String,
    pub target_id: String,
    pub target_name: String,
    /// `deactivate_user`, `delete_user`, `remove_members` or `delete_group`.
    pub operation: String,
    /// Whose limit was reached: `members` or `privileged`.
    pub meter: String,
    /// How many would go, or lose their privileged role, by it.
    pub people: i64,
    pub tries: i64,
    pub first_tried: String,
    pub last_tried: String,
    /// Of the last try, as the provisioning log names it.
    pub request: String,
    /// `held`, `released` or `discarded`.
    pub state: String,
    /// Of a released one.
    pub passes_until: Option<String>,
}

impl From<HeldChange> for HeldView {
    fn from(change: HeldChange) -> Self {
        Self {
            target_kind: change.target_kind.to_owned(),
            target_id: change.target_id,
            target_name: change.target_name,
            operation: change.operation.name().to_owned(),
            meter: change.meter.name().to_owned(),
            people: change.people,
            tries: change.tries,
            first_tried: print_ms(change.first_ms),
            last_tried: print_ms(change.last_ms),
            request: change.request.to_string(),
            state: change.state.name().to_owned(),
            passes_until: change.until_ms.map(print_ms),
        }
    }
}

/// What became of held changes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DecidedView {
    pub connection: String,
    /// `released` or `discarded`.
    pub state: String,
    pub changes: i64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SsoView {
    pub id: SsoConnectorId,
    pub email_domain: String,
    pub enabled: bool,
    pub use_fedramp_language: bool,
    /// `awaiting`, `pending`, `failed` or `verified`.
    pub verification: String,
    /// What a TXT record of the domain must hold.
    pub code: String,
    pub created: String,
}

impl From<SsoConnector> for SsoView {
    fn from(connector: SsoConnector) -> Self {
        Self {
            id: connector.id,
            email_domain: connector.email_domain,
            enabled: connector.enabled,
            use_fedramp_language: connector.use_fedramp_language,
            verification: connector.status.name().to_owned(),
            code: connector.code,
            created: print_ms(connector.created_ms),
        }
    }
}
