//! Legacy groups and their migration. These are the domain's own documents; only the form of
//! instants differs, in the `json` output (`domain::legacy::document`).

use serde::{Deserialize, Serialize};

use crate::domain::legacy::mapping::MappingStatus;
use crate::domain::legacy::plan::{MappingState, Plan, PlannedPerson};
use crate::domain::legacy::run::{Closed, LegacyGroup, Run, RunHead, Undo, Verification};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegacyReply {
    Status(MappingStatus),
    Group(LegacyGroup),
    /// After the groups.
    Detected(DetectedView),
    /// Its people come after it, in parts.
    Plan(Plan),
    /// The next of the people of the plan or run before, at most [`PEOPLE_PER_PART`].
    People(Vec<PlannedPerson>),
    Head(RunHead),
    /// Nothing is said against carrying the plan out.
    Ready,
    /// The people of its plan come after it, in parts.
    Run(Run),
    Verification(Verification),
    Undo(Undo),
    Closed(Closed),
}

/// People that a line of an answer holds: a plan names everybody it touches.
pub const PEOPLE_PER_PART: usize = 500;

impl LegacyReply {
    /// The plan in it, whose people are sent apart.
    pub fn plan_mut(&mut self) -> Option<&mut Plan> {
        match self {
            Self::Plan(plan) => Some(plan),
            Self::Run(run) => Some(&mut run.plan),
            Self::Status(_)
            | Self::Group(_)
            | Self::Detected(_)
            | Self::People(_)
            | Self::Head(_)
            | Self::Ready
            | Self::Verification(_)
            | Self::Undo(_)
            | Self::Closed(_) => None,
        }
    }
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
