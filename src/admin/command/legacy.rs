//! About legacy groups and their migration.

use serde::{Deserialize, Serialize};

use crate::domain::id::MigrationId;
use crate::domain::legacy::plan::{ConvertRequest, PlanOptions};

/// Switching the mapping is a [`super::Change`], since it may change access.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyCommand {
    Status,
    Detect,
    Plan(Box<PlanOptions>),
    /// Whether the plan would be refused, or was carried out before.
    PreviewConvert(Box<ConvertRequest>),
    Convert(Box<ConvertRequest>),
    Verify(MigrationId),
    /// What an undo would do.
    PreviewUndo(MigrationId),
    Undo {
        id: MigrationId,
        /// All but the groups that something keeps from it.
        partial: bool,
    },
    /// What closing would end.
    PreviewClose(MigrationId),
    Close {
        id: MigrationId,
        /// Although a connection still pushes under an old name.
        anyway: bool,
    },
    Runs,
    Show(MigrationId),
}

impl LegacyCommand {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status => "legacy status",
            Self::Detect => "legacy detect",
            Self::Plan(_) => "legacy plan",
            Self::PreviewConvert(_) | Self::Convert(_) => "legacy convert",
            Self::Verify(_) => "legacy verify",
            Self::PreviewUndo(_) | Self::Undo { .. } => "legacy undo",
            Self::PreviewClose(_) | Self::Close { .. } => "legacy close",
            Self::Runs => "legacy runs",
            Self::Show(_) => "legacy show",
        }
    }
}
