//! What a migration would do. The plan is worked out, handed out as a document, and worked out
//! again when it is carried out; it is stored nowhere before that.
//!
//! The types are the document: names of fields and values are stable, and fields that hold
//! nothing are left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::connection::ProviderKind;
use crate::domain::id::{
    AccountId, ConnectionId, GroupId, MemberId, MigrationId, PermissionGroupId,
};
use crate::domain::member::State;

/// What stands in `format`: another number is another shape.
pub const FORMAT: &str = "provost.legacy.plan/1";

/// Whether the account's legacy groups grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingState {
    On,
    Off,
}

/// What the name of a group is, seen as a legacy name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The name of a role of the account.
    Exact,
    /// An old spelling of one.
    Alias,
    /// Nearly one: another letter case, other spaces or dashes, look-alikes.
    Near,
    /// The id in it is another account's.
    OtherAccount,
    /// No role has that name.
    UnknownRole,
    /// The role is one of domains, or of single resources: its name never granted anything.
    DomainRole,
}

/// What becomes of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// A user group with a policy for the role.
    Convert,
    /// A user group with a new name, and no policy for a role.
    RenameOnly,
    /// It stays as it is.
    Skip,
}

/// What somebody decided of one group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The group's name as it is, or its id.
    pub group: String,
    /// `None`: as it would be without a decision, or `Convert` where `role` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Another role than the name's: a name or an id, of a role of the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
}

/// A group of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportGroup {
    pub name: String,
    /// userNames.
    pub members: Vec<String>,
}

/// Groups to be made from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The account whose id the names hold.
    pub from_account: AccountId,
    /// Makes those whom nobody knows, inactive. Without it they are left out.
    #[serde(default)]
    pub create_missing: bool,
    pub groups: Vec<ImportGroup>,
}

/// What the plan is made from beside the account.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanOptions {
    /// How new names are made of roles' names, such as `{role} team`; `None`: their plural.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<Decision>,
    /// The plan is for these groups, and not for those that the account has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub import: Option<Import>,
}

/// What somebody decided and did not carry out yet. Nothing else is made from it than what the form
/// of the plan shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptDecisions {
    pub options: PlanOptions,
    /// What the groups were called then that decisions name, by what they are named by.
    pub names: BTreeMap<String, String>,
    /// Milliseconds since 1970, UTC.
    pub kept_ms: i64,
}

/// The connection that manages a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub id: ConnectionId,
    pub name: String,
    pub kind: ProviderKind,
}

/// The policy that a converted group has for its role, on the whole account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPolicy {
    pub role: String,
    pub permission_group: PermissionGroupId,
    /// The group has it already, and it stays.
    pub kept: bool,
}

/// Why a group can't be converted as planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConflictKind {
    /// The new name is another group's, or one that it had before.
    NameTaken,
    /// Two groups of the plan would have the new name, or two of the file the old one but for
    /// letter case.
    NameTwice,
    /// The new name begins with the reserved prefix, or looks so.
    NameReserved,
    /// The new name is none.
    NameInvalid,
    /// The decision names no role of the account.
    NoRole,
    /// A group of the file is in the account already.
    GroupExists,
    /// An earlier migration keeps another old name of the group, and is not closed.
    NotClosed,
    /// The file names somebody in a way that nobody can be called.
    UserNameInvalid,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    pub kind: ConflictKind,
    /// One sentence: what clashes, and what to do.
    pub message: String,
    /// The group that has the new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
}

/// How a group stands in the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupState {
    /// Nobody in it gains or loses anything by it.
    SameAccess,
    /// Its policies change, and somebody in it gains or loses something.
    ChangesAccess,
    /// It waits for a decision.
    Undecided,
    Conflict,
    Skipped,
}

/// A name that another group has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakenName {
    pub name: String,
    /// The user group that has it, or had it and is still found by it; `None`: another group of
    /// the plan is to have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<GroupId>,
    /// What that group is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// One group of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedGroup {
    /// `None`: it is made from a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<GroupId>,
    /// The id that providers know, which stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scim_id: Option<String>,
    pub old_name: String,
    pub class: Class,
    /// One sentence: what the name is, and what differs.
    pub explanation: String,
    /// The name that is meant, of a near one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<String>,
    /// Roles whose names are like that of an unknown one, the likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
    /// The role that the name means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Whether it is a legacy group, which grants by its name while the mapping is on.
    pub mapped: bool,
    /// `None`: no provider manages it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Source>,
    pub members: i64,
    /// `None`: it waits for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_name: Option<String>,
    /// The name that it would have got, had not another group that one: so it has a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_taken: Option<TakenName>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PlannedPolicy>,
    /// Roles that the group grants now and will not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drops: Vec<String>,
    /// Those of the file whom nobody knows: made inactive, or left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conflicts: Vec<Conflict>,
    pub state: GroupState,
}

impl PlanOptions {
    /// Whether they say nothing: the plan is as it is without them.
    pub fn is_empty(&self) -> bool {
        self.template.is_none() && self.decisions.is_empty() && self.import.is_none()
    }
}

impl PlannedGroup {
    /// Whether converting changes it.
    pub fn takes_part(&self) -> bool {
        matches!(self.choice, Some(Choice::Convert | Choice::RenameOnly))
    }
}

/// Several groups of one role. Each goes on as a group of its own: providers push to both, and
/// would overwrite each other's people in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    pub role: String,
    /// The groups' names as they are.
    pub groups: Vec<String>,
    /// One sentence: what is proposed.
    pub proposal: String,
}

/// On what a role is effective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccessScope {
    WholeAccount,
    Domains,
}

/// A role that somebody has in the end, and on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AccessRole {
    pub role: String,
    pub permission_group: PermissionGroupId,
    pub scope: AccessScope,
    /// The domains; of the whole account, those that are not in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
}

/// Somebody in one of the groups. `before` and `after` are places in [`Plan::access`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPerson {
    pub id: MemberId,
    pub user_name: String,
    pub state: State,
    pub before: usize,
    pub after: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gained: Vec<AccessRole>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<AccessRole>,
    /// Whoever carries the plan out says so of each person whose access changes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub confirmed: bool,
}

impl PlannedPerson {
    pub fn changes(&self) -> bool {
        self.before != self.after
    }
}

/// The plan in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    pub groups: usize,
    pub convert: usize,
    pub rename_only: usize,
    pub skip: usize,
    pub undecided: usize,
    pub conflicts: usize,
    pub memberships: i64,
    /// People in the groups, each once.
    pub people: usize,
    /// Those of the file whom nobody knows, each once.
    pub missing: usize,
    /// Of `people`, whose access stays the same, grows, shrinks; somebody may gain and lose.
    pub same: usize,
    pub gain: usize,
    pub lose: usize,
    pub super_administrators_before: i64,
    pub super_administrators_after: i64,
}

/// What a migration would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`FORMAT`].
    pub format: String,
    pub id: MigrationId,
    /// Of all that the plan stands on: when it is another one, something that matters changed.
    /// Each part is of SHA-256 and in hex; see [`Part`].
    pub fingerprint: String,
    pub account: AccountId,
    pub account_name: String,
    /// RFC 3339.
    pub made_at: String,
    pub mapping: MappingState,
    pub options: PlanOptions,
    pub summary: Summary,
    pub groups: Vec<PlannedGroup>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merges: Vec<Merge>,
    /// Groups of the file whose names are no legacy names; nothing is done for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Everything that somebody may do, each once: [`PlannedPerson`] says whose it is. In the
    /// document: `roles`, each once, and `sets` of places among those.
    #[serde(with = "super::access::document")]
    pub access: Vec<Vec<AccessRole>>,
    /// Everybody in the groups. In an [outline](Plan::outline) nobody, in a plan of changes those
    /// whose access changes; `summary` counts all in either.
    pub people: Vec<PlannedPerson>,
}

/// The parts of a fingerprint, in its order, with a dot between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Options,
    Mapping,
    Groups,
    NewNames,
    Policies,
    Connections,
    People,
}

impl Part {
    pub const ALL: [Self; 7] = [
        Self::Options,
        Self::Mapping,
        Self::Groups,
        Self::NewNames,
        Self::Policies,
        Self::Connections,
        Self::People,
    ];

    /// For a sentence: these changed.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Options => "the decisions",
            Self::Mapping => "the legacy mapping",
            Self::Groups => "the groups or their names",
            Self::NewNames => "the new names",
            Self::Policies => "policies or roles",
            Self::Connections => "the connections",
            Self::People => "whose access would change",
        }
    }

    /// Those in which two fingerprints differ; all of them where one is none.
    pub fn differing(one: &str, other: &str) -> Vec<Self> {
        let (one, other): (Vec<&str>, Vec<&str>) =
            (one.split('.').collect(), other.split('.').collect());
        let all = Self::ALL.len();
        if one.len() != all || other.len() != all {
            return Self::ALL.to_vec();
        }
        let pairs = one.iter().zip(&other);
        Self::ALL
            .into_iter()
            .zip(pairs)
            .filter(|(_, (one, other))| one != other)
            .map(|(part, _)| part)
            .collect()
    }
}

/// What is asked for when a plan is to be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConvertRequest {
    pub id: MigrationId,
    pub fingerprint: String,
    #[serde(default)]
    pub options: PlanOptions,
    /// Those whose access may change, and who are known to.
    #[serde(default)]
    pub confirmed: Vec<MemberId>,
}

impl Plan {
    /// Whether it can be carried out, once the changes of people's access are confirmed.
    pub fn is_ready(&self) -> bool {
        self.summary.undecided == 0 && self.summary.conflicts == 0 && self.takes_part() > 0
    }

    /// The plan without its people and what they may do.
    #[must_use]
    pub fn outline(&self) -> Self {
        Self {
            format: self.format.clone(),
            id: self.id,
            fingerprint: self.fingerprint.clone(),
            account: self.account,
            account_name: self.account_name.clone(),
            made_at: self.made_at.clone(),
            mapping: self.mapping,
            options: self.options.clone(),
            summary: self.summary.clone(),
            groups: self.groups.clone(),
            merges: self.merges.clone(),
            ignored: self.ignored.clone(),
            access: Vec::new(),
            people: Vec::new(),
        }
    }

    /// How many groups it changes.
    pub fn takes_part(&self) -> usize {
        self.summary.convert + self.summary.rename_only
    }

    /// Those whose access it changes.
    pub fn changed_people(&self) -> impl Iterator<Item = &PlannedPerson> {
        self.people.iter().filter(|person| person.changes())
    }

    /// What that place of [`Plan::access`] holds.
    pub fn access_at(&self, place: usize) -> &[AccessRole] {
        self.access.get(place).map_or(&[], Vec::as_slice)
    }

    /// What carries this document out as it is.
    pub fn request(&self) -> ConvertRequest {
        let confirmed = self.people.iter().filter(|person| person.confirmed);
        ConvertRequest {
            id: self.id,
            fingerprint: self.fingerprint.clone(),
            options: self.options.clone(),
            confirmed: confirmed.map(|person| person.id).collect(),
        }
    }
}
