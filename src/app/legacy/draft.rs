//! A plan with what carrying it out needs: the same for whoever asks and for whoever does it.

mod compare;
mod decide;
mod import;
mod names;
mod print;

use std::collections::HashSet;

use crate::domain::error::{Error, Result};
use crate::domain::group::Group;
use crate::domain::id::{AccountId, MemberId, MigrationId};
use crate::domain::instant::print_ms;
use crate::domain::legacy::mapping::has_legacy_group;
use crate::domain::legacy::name::{NameClass, classify, differences};
use crate::domain::legacy::new_name::check_template;
use crate::domain::legacy::plan::{
    Choice, Class, Conflict, ConflictKind, FORMAT, GroupState, MappingState, Merge, Plan,
    PlanOptions, PlannedGroup, Source, Summary,
};
use crate::domain::member::State;
use crate::domain::policy::ChosenPolicy;
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::domain::text::{GroupName, UserName, fold, shown};
use crate::store;
use crate::store::groups::GroupKey;
use crate::store::legacy::candidates;
use crate::store::members::MemberKey;
use crate::store::tx::ReadTx;

pub(super) use compare::is_super_administrator;
use compare::{Compared, compare};

/// Most groups of a plan, and most decisions.
pub(super) const GROUPS_MAX: usize = 10_000;

/// A group of the plan, and what becomes of it.
pub(super) struct Work {
    pub(super) planned: PlannedGroup,
    /// `None`: it is to be made.
    pub(super) existing: Option<(GroupKey, Group)>,
    /// What its name means, where that can be granted.
    pub(super) named_role: Option<&'static Role>,
    /// What its name says where it names no role.
    text: String,
    /// The role that it is to grant.
    pub(super) role: Option<Role>,
    pub(super) new_name: Option<GroupName>,
    /// Of a group to be made: those who are there, and those who are to be made too.
    pub(super) people: Vec<(MemberKey, MemberId)>,
    pub(super) missing: Vec<UserName>,
    pub(super) before: Vec<ChosenPolicy>,
    pub(super) after: Vec<ChosenPolicy>,
}

/// A plan, and the groups that it is about in the same order.
pub(super) struct Draft {
    pub(super) plan: Plan,
    pub(super) work: Vec<Work>,
}

/// Who is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// Everybody in the groups, with what they may do.
    Everybody,
    /// Those in groups whose policies change alone: who is in none of them keeps what they may do,
    /// since nothing that reaches them changes.
    WithChanges,
}

/// What everything is seen against.
pub(super) struct Ground {
    pub(super) account: AccountId,
    account_name: String,
    pub(super) prefix: String,
    mapping: crate::domain::legacy::mapping::Mapping,
    pub(super) sources: Vec<Source>,
}

impl Ground {
    pub(super) fn of(tx: &ReadTx<'_>) -> Result<Self> {
        let account = store::accounts::current(tx)?;
        Ok(Self {
            account: account.id,
            account_name: account.name,
            prefix: account.reserved_prefix,
            mapping: store::legacy::mapping(tx)?,
            sources: candidates::sources(tx)?,
        })
    }

    pub(super) fn mapping(&self) -> MappingState {
        if self.mapping.on {
            MappingState::On
        } else {
            MappingState::Off
        }
    }
}

impl Draft {
    /// Whether a plan with this fingerprint was made with these options.
    ///
    /// Errors: `Internal`.
    pub(super) fn is_planned(fingerprint: &str, options: &PlanOptions) -> Result<bool> {
        let part = fingerprint.split('.').next();
        Ok(part == Some(print::of_options(options)?.as_str()))
    }

    /// Works the plan out. Only one of everybody is carried out; of those with changes alone, the
    /// fingerprint and the numbers are the same.
    ///
    /// Errors: those of [`super::plan::make`].
    pub(super) fn make(
        tx: &ReadTx<'_>,
        id: MigrationId,
        options: &PlanOptions,
        whom: Whom,
    ) -> Result<Self> {
        options.template.as_deref().map_or(Ok(()), check_template)?;
        let ground = Ground::of(tx)?;
        let (mut work, ignored) = match &options.import {
            Some(import) => import::work(tx, &ground, import)?,
            None => (own(tx, &ground, options)?, Vec::new()),
        };
        if work.len().max(options.decisions.len()) > GROUPS_MAX {
            return Err(Error::too_many(format!(
                "A migration takes at most {GROUPS_MAX} groups and decisions; leave some out, and \
                 migrate them next."
            )));
        }
        decide::decide(tx, options, &mut work)?;
        names::choose(tx, &ground, options, &mut work)?;
        let compared = compare(tx, &mut work, whom)?;
        for one in &mut work {
            settle(one);
        }
        let fingerprint = print::fingerprint(tx, &ground, options, &work, &compared)?;
        let summary = summary(&work, &compared);
        let plan = Plan {
            format: FORMAT.to_owned(),
            id,
            fingerprint,
            account: ground.account,
            account_name: ground.account_name.clone(),
            made_at: print_ms(tx.now_ms()),
            mapping: ground.mapping(),
            options: options.clone(),
            summary,
            groups: work.iter().map(|one| one.planned.clone()).collect(),
            merges: merges(&work),
            ignored,
            access: compared.access,
            people: compared.people,
        };
        Ok(Self { plan, work })
    }
}

/// Whether a name may be a legacy name: what everybody else's is told by at once.
fn may_be_legacy(name: &str) -> bool {
    let first = name.trim_start().chars().next();
    first.is_some_and(|first| !first.is_ascii() || first.eq_ignore_ascii_case(&'c'))
}

/// The account's groups with legacy names.
///
/// Errors: `Unavailable`.
pub(super) fn named_so(
    tx: &ReadTx<'_>,
    account: AccountId,
) -> Result<Vec<(GroupKey, Group, NameClass)>> {
    let looks = |name: &str| may_be_legacy(name) && classify(name, account) != NameClass::NotLegacy;
    let groups = candidates::list(tx, looks)?;
    let with_class = |(key, group): (GroupKey, Group)| {
        let class = classify(&group.name, account);
        (key, group, class)
    };
    Ok(groups.into_iter().map(with_class).collect())
}

/// Whether a legacy group was only ever offered: nobody pushed it, and nobody is in it.
pub(super) fn is_untouched(group: &Group) -> bool {
    group.legacy.is_some() && group.managed_by.is_none() && group.member_count == 0
}

fn own(tx: &ReadTx<'_>, ground: &Ground, options: &PlanOptions) -> Result<Vec<Work>> {
    let mut work = Vec::new();
    let decided = options.decisions.iter().map(|one| one.group.as_str());
    let decided: HashSet<&str> = decided.collect();
    let is_decided = |group: &Group| {
        decided.contains(&*group.name)
            || decided.contains(group.scim_id.as_str())
            || decided.contains(&*group.id.to_string())
    };
    for (key, group, class) in named_so(tx, ground.account)? {
        if is_untouched(&group) && !is_decided(&group) {
            continue;
        }
        let managed_by = group.managed_by;
        let source = |id| ground.sources.iter().find(|source| source.id == id);
        let mut one = Work::named(&group.name, &class);
        one.planned.id = Some(group.id);
        one.planned.scim_id = Some(group.scim_id.to_string());
        one.planned.mapped = group.legacy.is_some();
        one.planned.members = group.member_count;
        one.planned.connection = managed_by.and_then(source).cloned();
        if group.has_old_names {
            let message = format!(
                "\"{}\" has an old name from an earlier migration, which providers may still \
                 send; close or undo that migration first (`provost legacy runs` lists them).",
                shown(&group.name)
            );
            one.conflict(ConflictKind::NotClosed, message);
        }
        one.existing = Some((key, group));
        work.push(one);
    }
    Ok(work)
}

/// What a class is called in the plan, and what is known of it.
pub(super) struct Seen {
    pub(super) class: Class,
    pub(super) explanation: String,
    pub(super) nearest: Option<String>,
    pub(super) suggestions: Vec<String>,
    /// The role that the name means, where a name can grant it.
    pub(super) role: Option<&'static Role>,
    /// What the name says the role is.
    pub(super) text: String,
}

/// What a legacy name says, in the plan's words.
pub(super) fn seen(name: &str, class: &NameClass) -> Seen {
    match class {
        NameClass::Exact { role } => of_role(
            Class::Exact,
            role,
            format!("It is the name of the role {}.", role.name),
        ),
        NameClass::Alias { role, current } => of_role(
            Class::Alias,
            role,
            format!("It is an old spelling; the name is now {current}."),
        ),
        NameClass::Near {
            role,
            flaws,
            nearest,
        } => Seen {
            nearest: Some(nearest.clone()),
            ..of_role(
                Class::Near,
                role,
                format!(
                    "It grants nothing, since {}; {nearest} is meant.",
                    differences(flaws)
                ),
            )
        },
        NameClass::OtherAccount { account, within } => {
            let inner = seen(name, within);
            Seen {
                class: Class::OtherAccount,
                explanation: format!(
                    "It grants nothing here, since it names the account {account}."
                ),
                ..inner
            }
        }
        NameClass::UnknownRole { text, suggestions } => Seen {
            explanation: format!(
                "It grants nothing, since there is no role \"{}\".",
                shown(text)
            ),
            suggestions: suggestions.iter().map(|role| role.name.clone()).collect(),
            ..no_role(text)
        },
        NameClass::DomainRole { role } => of_role(
            Class::DomainRole,
            role,
            format!(
                "It grants nothing, since the role {} is never granted on the whole account.",
                role.name
            ),
        ),
        NameClass::NotLegacy => no_role(name),
    }
}

fn of_role(class: Class, role: &'static Role, explanation: String) -> Seen {
    Seen {
        class,
        explanation,
        nearest: None,
        suggestions: Vec::new(),
        role: has_legacy_group(role).then_some(role),
        text: role.name.clone(),
    }
}

fn no_role(text: &str) -> Seen {
    Seen {
        class: Class::UnknownRole,
        explanation: "It is no legacy name.".to_owned(),
        nearest: None,
        suggestions: Vec::new(),
        role: None,
        text: text.to_owned(),
    }
}

impl Work {
    fn named(name: &str, class: &NameClass) -> Self {
        let seen = seen(name, class);
        Self {
            planned: PlannedGroup {
                id: None,
                scim_id: None,
                old_name: name.to_owned(),
                class: seen.class,
                explanation: seen.explanation,
                nearest: seen.nearest,
                suggestions: seen.suggestions,
                role: seen.role.map(|role| role.name.clone()),
                mapped: false,
                connection: None,
                members: 0,
                choice: None,
                new_name: None,
                name_taken: None,
                policy: None,
                drops: Vec::new(),
                missing: Vec::new(),
                conflicts: Vec::new(),
                state: GroupState::SameAccess,
            },
            existing: None,
            named_role: seen.role,
            text: seen.text,
            role: None,
            new_name: None,
            people: Vec::new(),
            missing: Vec::new(),
            before: Vec::new(),
            after: Vec::new(),
        }
    }

    fn conflict(&mut self, kind: ConflictKind, message: String) {
        self.planned.conflicts.push(Conflict {
            kind,
            message,
            group: None,
        });
    }

    pub(super) fn takes_part(&self) -> bool {
        self.planned.takes_part()
    }
}

/// How the group stands, once everything is known of it.
fn settle(one: &mut Work) {
    let changes = one.planned.state == GroupState::ChangesAccess;
    if one.planned.choice == Some(Choice::Skip) {
        one.planned.conflicts.clear();
    }
    one.planned.state = match one.planned.choice {
        None => GroupState::Undecided,
        Some(Choice::Skip) => GroupState::Skipped,
        Some(_) if !one.planned.conflicts.is_empty() => GroupState::Conflict,
        Some(_) if changes => GroupState::ChangesAccess,
        Some(_) => GroupState::SameAccess,
    };
}

fn summary(work: &[Work], compared: &Compared) -> Summary {
    let chosen = |choice| {
        let of = |one: &&Work| one.planned.choice == choice;
        work.iter().filter(of).count()
    };
    let people = &compared.people;
    let changed = people.iter().filter(|person| person.changes()).count();
    // Those too who are left out, and whom no group has any more.
    let mut missing: Vec<String> = work
        .iter()
        .flat_map(|one| &one.planned.missing)
        .map(|name| fold(name))
        .collect();
    missing.sort_unstable();
    missing.dedup();
    Summary {
        groups: work.len(),
        convert: chosen(Some(Choice::Convert)),
        rename_only: chosen(Some(Choice::RenameOnly)),
        skip: chosen(Some(Choice::Skip)),
        undecided: chosen(None),
        conflicts: work.iter().map(|one| one.planned.conflicts.len()).sum(),
        memberships: work.iter().map(|one| one.planned.members).sum(),
        people: compared.everybody,
        missing: missing.len(),
        same: compared.everybody - changed,
        gain: people.iter().filter(|one| !one.gained.is_empty()).count(),
        lose: people.iter().filter(|one| !one.lost.is_empty()).count(),
        super_administrators_before: compared.super_administrators.0,
        super_administrators_after: compared.super_administrators.1,
    }
}

/// Roles that several groups of the plan come to grant.
fn merges(work: &[Work]) -> Vec<Merge> {
    let mut merges: Vec<Merge> = Vec::new();
    for one in work.iter().filter(|one| one.takes_part()) {
        let Some(role) = &one.role else { continue };
        let name = one.planned.old_name.clone();
        match merges.iter_mut().find(|merge| merge.role == role.name) {
            Some(merge) => merge.groups.push(name),
            None => merges.push(Merge {
                role: role.name.clone(),
                groups: vec![name],
                proposal: String::new(),
            }),
        }
    }
    merges.retain(|merge| merge.groups.len() > 1);
    for merge in &mut merges {
        merge.proposal = format!(
            "{} groups are for the role {}; each goes on under a name of its own, so that \
             providers can push to all of them: to have one, put everybody into it in the \
             provider, then delete the others there.",
            merge.groups.len(),
            merge.role
        );
    }
    merges
}

/// Whether somebody is active: only they may do anything.
pub(super) fn is_active(state: State) -> bool {
    state == State::Active
}

/// What is asked is not there, or is there twice.
fn invalid(message: String) -> Error {
    Error::invalid(Reason::InvalidValue, message)
}
