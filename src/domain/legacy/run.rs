//! A migration that was carried out: what it did, what providers have made of it, and what can
//! still be undone.

use serde::{Deserialize, Serialize};

use super::plan::{AccessRole, Class, MappingState, Plan, Source};
use crate::domain::id::{GroupId, MemberId, MigrationId};
use crate::domain::text::shown;

/// A group with a legacy name, whether it grants anything or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegacyGroup {
    pub id: GroupId,
    pub scim_id: String,
    pub name: String,
    pub class: Class,
    /// One sentence: what the name is, and what differs.
    pub explanation: String,
    /// The name that is meant, of a near one.
    pub nearest: Option<String>,
    /// Roles whose names are like that of an unknown one.
    pub suggestions: Vec<String>,
    pub role: Option<String>,
    /// Whether it is a legacy group, which grants by its name while the mapping is on.
    pub mapped: bool,
    /// Whether it grants a role now.
    pub grants: bool,
    pub connection: Option<Source>,
    pub members: i64,
    /// Milliseconds since 1970, UTC.
    pub created_ms: i64,
    pub modified_ms: i64,
    /// The last write of a provider to it, among the newest rows of the provisioning log.
    pub last_push: Option<LastPush>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastPush {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The connection's name.
    pub connection: String,
    pub accepted: bool,
}

/// What there is to migrate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    pub mapping: MappingState,
    /// By name.
    pub groups: Vec<LegacyGroup>,
    /// Legacy groups that are offered, and that nobody ever pushed or is in.
    pub never_used: usize,
    /// People in the groups, each once.
    pub people: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Converted,
    Undone,
    Closed,
}

impl RunState {
    pub const ALL: [Self; 3] = [Self::Converted, Self::Undone, Self::Closed];

    pub fn name(self) -> &'static str {
        match self {
            Self::Converted => "converted",
            Self::Undone => "undone",
            Self::Closed => "closed",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A run as lists show it. Times are milliseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunHead {
    pub id: MigrationId,
    pub state: RunState,
    pub converted_ms: i64,
    pub undone_ms: Option<i64>,
    pub closed_ms: Option<i64>,
    /// The backup that was made before, on the server.
    pub backup: String,
    /// How many groups it converted, and how many of those were undone again.
    pub groups: i64,
    pub groups_undone: i64,
}

/// A group that a run converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunGroup {
    pub id: GroupId,
    pub scim_id: String,
    pub old_name: String,
    pub new_name: String,
    /// Made from a file by the run.
    pub made: bool,
    pub undone: bool,
}

/// A migration that was carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    pub head: RunHead,
    pub groups: Vec<RunGroup>,
    /// The plan as it was carried out.
    pub plan: Plan,
}

/// How far a connection is with a group's new name. Times are milliseconds since 1970, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub connection: Source,
    /// Whether the connection pushes to the group: it manages it, has an id of its own for it,
    /// or wrote to it since. Of the others nothing is expected.
    pub pushes: bool,
    /// The last write under the old name.
    pub seen_ms: Option<i64>,
    /// When it sent another name.
    pub renamed_ms: Option<i64>,
    /// When it first did after the close, where it had not before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub followed_ms: Option<i64>,
}

impl Progress {
    /// A push has arrived since, under whichever name.
    pub fn is_confirmed(&self) -> bool {
        self.seen_ms.is_some() || self.other_name_ms().is_some()
    }

    /// When it sent another name, before the close or after it.
    pub fn other_name_ms(&self) -> Option<i64> {
        self.renamed_ms.or(self.followed_ms)
    }

    /// It is expected to send a new name, and has not.
    pub fn waits_for_name(&self) -> bool {
        self.pushes && self.other_name_ms().is_none()
    }
}

/// How a converted group fares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifiedGroup {
    pub group: RunGroup,
    /// Its name now; `None`: it was deleted since.
    pub name: Option<String>,
    /// Another group, that answers to the name which the run gave, where this one has another.
    pub other: Option<GroupId>,
    pub members: i64,
    /// How far they are; of a closed run, how far they were at the close, and which of them
    /// followed since.
    pub connections: Vec<Progress>,
    /// Whether that is known: versions before did not write down what a close left.
    pub recorded: bool,
}

impl VerifiedGroup {
    /// Every connection that pushes to it has done so since.
    pub fn is_confirmed(&self) -> bool {
        let mut pushing = self.connections.iter().filter(|one| one.pushes);
        self.name.is_some() && pushing.all(Progress::is_confirmed)
    }
}

/// Somebody whose access is not what it was, or would be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonDifference {
    pub id: MemberId,
    pub user_name: String,
    pub gained: Vec<AccessRole>,
    pub lost: Vec<AccessRole>,
}

/// A push to a converted group that was refused since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The connection's name.
    pub connection: String,
    /// The group's SCIM id; empty where it was to be made.
    pub group: String,
    /// What the group was to be called, else what it was called then.
    #[serde(default)]
    pub name: String,
    /// The number of its row of the provisioning log.
    #[serde(default)]
    pub row: i64,
    pub detail: String,
}

/// What was found of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    pub head: RunHead,
    /// People of the plan who are still there, and how many have what the plan said.
    pub people: usize,
    pub as_planned: usize,
    /// Those who have something else because of what changed since: memberships, policies,
    /// their state. At most [`DIFFERENCES_TOLD_MAX`].
    pub changed_since: Vec<PersonDifference>,
    /// Those who have something else, and the change of the groups is why: nobody, unless
    /// a group's policies were changed since. At most [`DIFFERENCES_TOLD_MAX`].
    pub unexplained: Vec<PersonDifference>,
    pub groups: Vec<VerifiedGroup>,
    /// The newest refusals, at most [`REFUSALS_TOLD_MAX`].
    pub refusals: Vec<Refused>,
    /// What an undo left to be done at providers, and did not put back, while it is so.
    pub kept: Vec<Kept>,
}

/// People that a verification names.
pub const DIFFERENCES_TOLD_MAX: usize = 100;
/// Refusals that a verification names.
pub const REFUSALS_TOLD_MAX: usize = 20;

impl Verification {
    /// Access is as planned, every provider has pushed since, and nothing was refused. After the
    /// end nobody is waited for, and what is left of an undone run was deleted.
    pub fn is_verified(&self) -> bool {
        let is_confirmed = |one: &VerifiedGroup| match self.head.state {
            RunState::Closed => one.name.is_some(),
            RunState::Converted => one.is_confirmed(),
            RunState::Undone => true,
        };
        self.unexplained.is_empty()
            && self.refusals.is_empty()
            && self.groups_left().all(is_confirmed)
    }

    /// Groups that were not undone; of an undone run, those that were deleted before.
    pub fn groups_left(&self) -> impl Iterator<Item = &VerifiedGroup> {
        self.groups.iter().filter(|group| !group.group.undone)
    }
}

/// Something that was changed since, and that keeps a group from being undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocker {
    pub group: RunGroup,
    pub cause: BlockedBy,
}

impl Blocker {
    /// One sentence: what was changed, and what to do.
    pub fn message(&self) -> String {
        let name = shown(&self.group.new_name);
        match &self.cause {
            BlockedBy::Renamed { now, other: false } => format!(
                "\"{name}\" was renamed since to \"{}\"; give it its name back first.",
                shown(now)
            ),
            BlockedBy::Renamed { now, other: true } => format!(
                "\"{name}\" was renamed since to \"{}\", and another group is called \"{name}\" \
                 now; rename that one first, then give this one its name back.",
                shown(now)
            ),
            BlockedBy::Policies => format!(
                "the policies of \"{name}\" were changed since; make them what the migration left, \
                 first."
            ),
            BlockedBy::Managed => format!(
                "\"{name}\" was made by the migration, and a provider manages it since; delete it \
                 there instead."
            ),
            BlockedBy::People => format!(
                "\"{name}\" was made by the migration, and people were added to it since; take \
                 them out, or delete the group by hand instead."
            ),
            BlockedBy::RoleTaken => format!(
                "there is another legacy group of the role of \"{name}\" since; remove that one \
                 first."
            ),
            BlockedBy::SuperAdministratorNotOffered => format!(
                "\"{name}\" would be a legacy group again, and the mapping does not offer the \
                 group of Super Administrator since; let it offer that one too, first."
            ),
            BlockedBy::MappingSwitched { on } => {
                let (is, was) = if *on { ("on", "off") } else { ("off", "on") };
                format!(
                    "\"{name}\" would be a legacy group again, and the mapping was switched {is} \
                     since; switch it {was} for its role first."
                )
            }
        }
    }
}

/// What keeps a group from being undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BlockedBy {
    /// It has the name `now`; `other`: another group has the one that the run gave.
    Renamed {
        now: String,
        other: bool,
    },
    Policies,
    /// Made by the run, and a provider manages it.
    Managed,
    /// Made by the run, and people were added to it.
    People,
    /// Another legacy group has its role.
    RoleTaken,
    /// The mapping is on, and does not offer the group of that role.
    SuperAdministratorNotOffered,
    /// The mapping is as it was not at the conversion.
    MappingSwitched {
        on: bool,
    },
}

impl BlockedBy {
    /// Whether it is mended where the mapping is set.
    pub fn is_of_mapping(&self) -> bool {
        matches!(
            self,
            Self::SuperAdministratorNotOffered | Self::MappingSwitched { .. }
        )
    }
}

/// Something that was changed since, and stays when the group is undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub group: RunGroup,
    /// It is told of the run as a whole: `group` is but the first of it.
    #[serde(default)]
    pub of_run: bool,
    /// Another group that it is about: it has the name which the migration gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<GroupId>,
    /// The group itself was deleted since.
    #[serde(default)]
    pub gone: bool,
    /// One sentence.
    pub message: String,
}

impl Kept {
    /// Of a group that was deleted since: no undo makes it again, and it keeps none from its end.
    pub fn deleted(group: RunGroup) -> Self {
        let message = format!(
            "\"{}\" was deleted since, and is not made again.",
            shown(&group.new_name)
        );
        Self {
            group,
            of_run: false,
            other: None,
            gone: true,
            message,
        }
    }
}

/// What an undo would do, or did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// As it is after the undo.
    pub head: RunHead,
    /// The groups that are undone by it.
    pub groups: Vec<RunGroup>,
    pub blockers: Vec<Blocker>,
    pub kept: Vec<Kept>,
    /// Whose access it changes.
    pub people: Vec<PersonDifference>,
}

impl Undo {
    /// Whether nothing is left but to end the run: each of its groups was undone, or deleted since.
    pub fn only_ends(&self) -> bool {
        self.head.state == RunState::Converted && self.groups.is_empty() && self.blockers.is_empty()
    }
}

/// A group whose new name some connections that push have not sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsent {
    pub group: RunGroup,
    /// Its name now.
    pub name: String,
    /// Another group, that answers to the name which the run gave, where this one has another.
    pub other: Option<GroupId>,
    /// Those connections.
    pub waiting: Vec<Progress>,
}

/// What ending the old names did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    pub head: RunHead,
    /// Old names that ended.
    pub names: usize,
    /// Groups whose new names some connections that push have not sent.
    pub without_new_name: Vec<Unsent>,
}
