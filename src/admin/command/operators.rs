//! Commands about operators of the console. No password is among their arguments: links are
//! printed, and passwords chosen in a browser.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OperatorCommand {
    /// A link to make the first operator with.
    SetupLink {
        minutes: i64,
    },
    Create(NewOperator),
    /// Lets somebody who is an operator work in an account.
    Assign {
        operator: String,
        /// Of the member that is made for them there.
        role: Option<String>,
        /// Who is there already, in place of one that is made.
        member: Option<String>,
    },
    List,
    /// Ends the waiting after wrong passwords.
    Unlock {
        operator: String,
    },
    /// Forgets authenticator and recovery codes.
    ResetFactors {
        operator: String,
    },
    /// A link to choose a new password with.
    Recover {
        operator: String,
        minutes: i64,
    },
    /// Whether the operator may sign in.
    SetDisabled {
        operator: String,
        disabled: bool,
    },
    Remove {
        operator: String,
    },
    /// The operator, and what nobody else could do without them.
    Weigh {
        operator: String,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NewOperator {
    pub email: String,
    /// `None`: the address.
    pub name: Option<String>,
    /// Of their member in the account, when there is one.
    pub role: String,
    pub box_administrator: bool,
    /// How long their link is good.
    pub minutes: i64,
}

impl OperatorCommand {
    /// The command as it is typed, without its arguments.
    pub fn name(&self) -> &'static str {
        match self {
            Self::SetupLink { .. } => "setup-link",
            Self::Create(_) => "admin create",
            Self::Assign { .. } => "admin assign",
            Self::List | Self::Weigh { .. } => "admin list",
            Self::Unlock { .. } => "admin unlock",
            Self::ResetFactors { .. } => "admin reset-factors",
            Self::Recover { .. } => "admin recover",
            Self::SetDisabled { disabled: true, .. } => "admin disable",
            Self::SetDisabled { .. } => "admin enable",
            Self::Remove { .. } => "admin remove",
        }
    }

    /// Whether it may begin with a database that it makes.
    pub fn creates(&self) -> bool {
        matches!(self, Self::Create(_))
    }
}
