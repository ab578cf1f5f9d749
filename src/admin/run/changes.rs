//! What may change somebody's access: what it would do, and doing it.

use super::lookup::{self, Found, Refusal};
use super::roles::read_change;
use super::{Run, Sink};
use crate::admin::command::{Change, PolicySet, ResourceGroupSet, access};
use crate::admin::fault::Stop;
use crate::admin::reply::{
    GroupView, LegacyReply, MemberView, PolicyView, PreviewedView, Reply, ResourceGroupView,
};
use crate::app;
use crate::app::groups::by_hand::{self as groups, GroupChange};
use crate::app::members::by_hand::{self as members, MemberChange};
use crate::app::preview;
use crate::app::resource_groups::ResourceGroupChange;
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::id::{MembershipId, ResourceGroupId};
use crate::domain::member::Member;
use crate::domain::policy::{NewPolicy, Policy};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{NewScope, Scope};
use crate::domain::role::{RoleHolder, RoleRef};
use crate::domain::text::{GroupName, Label};
use crate::store::grants::HoldersAfter;
use crate::store::tx::{ReadTx, WriteTx};

/// Members of one turn in the writer: that long others wait.
const TURN_MEMBERS: usize = 200;
/// Members who are looked at before a preview ends.
const PREVIEW_MEMBERS_MAX: usize = 10_000;

impl Run<'_> {
    /// What the change would do to people's access, and that nothing was left out.
    pub(super) fn preview(&self, change: &Change, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let mut after = HoldersAfter::default();
        let mut looked_at = 0;
        loop {
            let change = change.clone();
            let turn = self.write_found(account.id, move |tx| rehearse(tx, &change, after));
            let turn = turn.map_err(|refusal| self.refused(refusal))?;
            for difference in turn.differences {
                sink(Reply::Difference(Box::new(difference.into())))?;
            }
            looked_at += TURN_MEMBERS;
            match turn.next {
                Some(next) if looked_at < PREVIEW_MEMBERS_MAX => after = next,
                next => {
                    let more = next.is_some();
                    return Ok(sink(Reply::Previewed(PreviewedView { looked_at, more }))?);
                }
            }
        }
    }

    pub(super) fn change(&self, change: Change, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let done = self.write_found(account.id, move |tx| perform(tx, &change));
        Ok(sink(done.map_err(|refusal| self.refused(refusal))?)?)
    }
}

/// What is shown of the change once it is made.
enum Shown {
    Member(MemberRef),
    Group(GroupRef),
    /// The policy in that place.
    Policy(RoleHolder, usize),
    /// What is there no more.
    Gone(Box<Reply>),
    ResourceGroup(ResourceGroupId),
    Role(RoleRef),
    /// Whether names grant.
    Mapping,
}

fn rehearse(
    tx: &WriteTx<'_>,
    change: &Change,
    after: HoldersAfter,
) -> Result<preview::Preview, Refusal> {
    let (change, _) = meant(tx, change)?;
    Ok(preview::preview(tx, &change, after, TURN_MEMBERS)?)
}

fn perform(tx: &WriteTx<'_>, change: &Change) -> Result<Reply, Refusal> {
    let (change, shown) = meant(tx, change)?;
    preview::make(tx, &change)?;
    Ok(show(tx, shown)?)
}

fn show(tx: &ReadTx<'_>, shown: Shown) -> DomainResult<Reply> {
    match shown {
        Shown::Member(which) => member_reply(tx, members::find(tx, &which)?),
        Shown::Group(which) => {
            let (_, group) = groups::find(tx, &which)?;
            let view = GroupView::new(group, &lookup::names(tx)?);
            Ok(Reply::Group(Box::new(view)))
        }
        Shown::Policy(holder, at) => {
            let policy = lookup::policies_of(tx, &holder)?.into_iter().nth(at);
            let policy = policy.ok_or_else(|| Error::internal("a policy that was just made"))?;
            policy_reply(tx, policy, holder)
        }
        Shown::Gone(reply) => Ok(*reply),
        Shown::ResourceGroup(id) => {
            let view = ResourceGroupView::from(app::resource_groups::get(tx, id)?);
            Ok(Reply::ResourceGroup(Box::new(view)))
        }
        Shown::Role(which) => {
            let role = app::roles::get(tx, &which)?;
            Ok(Reply::Role(Box::new(role.into())))
        }
        Shown::Mapping => {
            let status = app::legacy::mapping::status(tx)?;
            Ok(Reply::Legacy(Box::new(LegacyReply::Status(status))))
        }
    }
}

fn member_reply(tx: &ReadTx<'_>, member: Member) -> DomainResult<Reply> {
    let view = MemberView::new(member, &lookup::names(tx)?);
    Ok(Reply::Member(Box::new(view)))
}

fn policy_reply(tx: &ReadTx<'_>, policy: Policy, holder: RoleHolder) -> DomainResult<Reply> {
    let view = PolicyView::new(policy, holder, &lookup::names(tx)?);
    Ok(Reply::Policy(Box::new(view)))
}

fn of_member(tx: &ReadTx<'_>, named: &str) -> Result<MemberRef, Refusal> {
    lookup::membership(tx, named).map(MemberRef::Membership)
}

fn of_group(tx: &ReadTx<'_>, named: &str) -> Result<GroupRef, Refusal> {
    lookup::group(tx, named).map(|group| GroupRef::Id(group.id))
}

fn let_in() -> MemberChange {
    MemberChange {
        accept: true,
        policies: None,
    }
}

/// Finds what the change names.
fn meant(tx: &ReadTx<'_>, change: &Change) -> Result<(preview::Change, Shown), Refusal> {
    use preview::Change as C;
    let (change, shown) = match change {
        Change::MemberSet { member, policy } => {
            let which = of_member(tx, member)?;
            let policies = vec![lookup::new_policy(tx, policy)?];
            let change = C::MemberPolicies(which.clone(), policies);
            (change, Shown::Member(which))
        }
        Change::MemberActivate { member } => {
            let which = of_member(tx, member)?;
            (C::Member(which.clone(), let_in()), Shown::Member(which))
        }
        Change::MemberDeactivate { member } => {
            let which = of_member(tx, member)?;
            (C::Deactivate(which.clone()), Shown::Member(which))
        }
        Change::MemberRemove { member } => {
            let member = lookup::member(tx, member)?;
            let which = MemberRef::Id(member.id);
            let gone = Shown::Gone(Box::new(member_reply(tx, member)?));
            (C::RemoveMember(which), gone)
        }
        Change::GroupRename { group, name } => rename_group(tx, group, name)?,
        Change::GroupDelete { group } => {
            let which = of_group(tx, group)?;
            let gone = show(tx, Shown::Group(which.clone()))?;
            (C::DeleteGroup(which), Shown::Gone(Box::new(gone)))
        }
        Change::GroupAdd { group, members } => {
            let (which, ids) = group_and_people(tx, group, members)?;
            (C::AddToGroup(which.clone(), ids), Shown::Group(which))
        }
        Change::GroupRemove { group, members } => {
            let (which, ids) = group_and_people(tx, group, members)?;
            (C::RemoveFromGroup(which.clone(), ids), Shown::Group(which))
        }
        Change::PolicyAdd { holder, policy } => {
            let holder = lookup::holder(tx, holder)?;
            let before = lookup::policies_of(tx, &holder)?;
            let mut all: Vec<NewPolicy> = before.iter().map(lookup::same).collect();
            all.push(lookup::new_policy(tx, policy)?);
            let change = replaced(&holder, all);
            (change, Shown::Policy(holder, before.len()))
        }
        Change::PolicySet(set) => set_policy(tx, set)?,
        Change::PolicyRemove { policy } => remove_policy(tx, lookup::policy(tx, policy)?)?,
        Change::ResourceGroupSet(set) => set_resource_group(tx, set)?,
        Change::RoleSet(set) => {
            let which = RoleRef::PermissionGroup(lookup::role(tx, &set.role)?.permission_group);
            let change = C::Role(which.clone(), read_change(set)?);
            (change, Shown::Role(which))
        }
        Change::LegacyOn {
            allow_super_administrator: allow,
        } => (legacy_on(*allow), Shown::Mapping),
        Change::LegacyOff => (C::LegacyOff, Shown::Mapping),
    };
    Ok((change, shown))
}

fn legacy_on(allow_super_administrator: bool) -> preview::Change {
    preview::Change::LegacyOn {
        allow_super_administrator,
    }
}

fn rename_group(
    tx: &ReadTx<'_>,
    group: &str,
    name: &str,
) -> Result<(preview::Change, Shown), Refusal> {
    let which = of_group(tx, group)?;
    let change = GroupChange {
        name: Some(GroupName::chosen(name)?),
        policies: None,
    };
    let shown = Shown::Group(which.clone());
    Ok((preview::Change::Group(which, change), shown))
}

fn group_and_people(
    tx: &ReadTx<'_>,
    group: &str,
    members: &[String],
) -> Result<(GroupRef, Vec<MembershipId>), Refusal> {
    let which = of_group(tx, group)?;
    let ids = members.iter().map(|named| lookup::membership(tx, named));
    Ok((which, ids.collect::<Result<_, _>>()?))
}

/// The holder's policies become these.
fn replaced(holder: &RoleHolder, all: Vec<NewPolicy>) -> preview::Change {
    match holder {
        RoleHolder::Member { id, .. } => {
            preview::Change::MemberPolicies(MemberRef::Membership(*id), all)
        }
        RoleHolder::Group { id, .. } => preview::Change::GroupPolicies(GroupRef::Id(*id), all),
    }
}

fn set_policy(tx: &ReadTx<'_>, set: &PolicySet) -> Result<(preview::Change, Shown), Refusal> {
    let found = lookup::policy(tx, &set.policy)?;
    let mut all: Vec<NewPolicy> = found.all.iter().map(lookup::same).collect();
    let Some(policy) = all.get_mut(found.at) else {
        return Err(Error::internal("a place without a policy").into());
    };
    if let Some(deny) = set.deny {
        policy.access = access(deny);
    }
    let groups = &mut policy.permission_groups;
    if let Some(roles) = &set.roles {
        *groups = lookup::roles(tx, roles)?;
    } else {
        let gone = lookup::roles(tx, &set.remove)?;
        groups.retain(|id| !gone.contains(id));
        groups.extend(lookup::roles(tx, &set.add)?);
    }
    if groups.is_empty() {
        // Without its last role it would say nothing.
        return remove_policy(tx, found);
    }
    if let Some(scopes) = &set.scopes {
        policy.resource_groups = lookup::scopes(tx, scopes)?;
    }
    let shown = Shown::Policy(found.holder.clone(), found.at);
    Ok((replaced(&found.holder, all), shown))
}

fn remove_policy(tx: &ReadTx<'_>, found: Found) -> Result<(preview::Change, Shown), Refusal> {
    let Found {
        holder,
        mut all,
        at,
    } = found;
    let gone = all.remove(at);
    let change = replaced(&holder, all.iter().map(lookup::same).collect());
    let gone = policy_reply(tx, gone, holder)?;
    Ok((change, Shown::Gone(Box::new(gone))))
}

fn set_resource_group(
    tx: &ReadTx<'_>,
    set: &ResourceGroupSet,
) -> Result<(preview::Change, Shown), Refusal> {
    let group = lookup::resource_group(tx, &set.resource_group)?;
    let scope = match &set.domains {
        Some(domains) => Some(lookup::domains(tx, domains)?),
        None if set.add.is_empty() && set.remove.is_empty() => None,
        None => {
            let gone = lookup::domains(tx, &set.remove)?;
            let mut domains = match &group.scope {
                Scope::WholeAccount => Vec::new(),
                Scope::Domains(domains) => domains.iter().map(|domain| domain.id).collect(),
            };
            domains.retain(|id| !gone.contains(id));
            domains.extend(lookup::domains(tx, &set.add)?);
            Some(domains)
        }
    };
    let change = ResourceGroupChange {
        name: set.name.as_deref().map(Label::parse).transpose()?,
        scope: scope.map(NewScope::Domains),
    };
    let shown = Shown::ResourceGroup(group.id);
    Ok((preview::Change::ResourceGroup(group.id, change), shown))
}
