//! Legacy groups and their migration. These are the domain's own documents; only the form of
//! instants differs, in the `json` output (`domain::legacy::document`).

use serde::{Deserialize, Serialize};

use crate::domain::legacy::mapping::MappingStatus;
use crate::domain::legacy::plan::{MappingState, Plan};
use crate::domain::legacy::run::{Closed, LegacyGroup, Run, RunHead, Undo, Verification};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyReply {
    Status(MappingStatus),
    Group(LegacyGroup),
    /// After the groups.
    Detected(DetectedView),
    Plan(Plan),
    Head(RunHead),
    /// Nothing is said against carrying the plan out.
    Ready,
    Run(Run),
    Verification(Verification),
    Undo(Undo),
    Closed(Closed),
}

/// What there is in all.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DetectedView {
    pub mapping: MappingState,
    pub groups: usize,
    /// Legacy groups that are offered, and that nobody ever pushed or is in.
    pub never_used: usize,
    pub people: usize,
}
