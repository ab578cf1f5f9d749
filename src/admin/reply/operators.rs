//! Operators, and the links that let them in.

use serde::{Deserialize, Serialize};

use super::{Secret, reveal};
use crate::domain::id::OperatorId;
use crate::domain::instant::print_ms;
use crate::domain::operator::{Operator, Workplace};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the row")]
pub struct OperatorView {
    pub id: OperatorId,
    pub email: String,
    pub name: String,
    pub box_administrator: bool,
    pub disabled: bool,
    pub password: bool,
    pub authenticator: bool,
    pub recovery_codes: i64,
    /// Names of the accounts where they work.
    pub accounts: Vec<String>,
    pub last_sign_in: Option<String>,
    pub created: String,
    /// Where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone: Option<AloneView>,
}

/// What nobody else could do without an operator.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AloneView {
    /// Names of the accounts in which nobody else can sign in as Super Administrator.
    pub accounts: Vec<String>,
    /// Whether they are the last box administrator, who stays.
    pub box_administrator: bool,
}

impl OperatorView {
    pub fn new(operator: Operator, places: Vec<Workplace>) -> Self {
        Self {
            id: operator.id,
            email: operator.email,
            name: operator.name,
            box_administrator: operator.box_administrator,
            disabled: operator.disabled,
            password: operator.has_password,
            authenticator: operator.has_totp,
            recovery_codes: operator.recovery_codes,
            accounts: places.into_iter().map(|place| place.account_name).collect(),
            last_sign_in: operator.signed_in_ms.map(print_ms),
            created: print_ms(operator.created_ms),
            alone: None,
        }
    }
}

/// A link, and whom it is for; nobody: for the first operator.
#[derive(Debug, Serialize, Deserialize)]
pub struct LinkView {
    #[serde(serialize_with = "reveal")]
    pub url: Secret,
    pub minutes: i64,
    pub operator: Option<OperatorView>,
}
