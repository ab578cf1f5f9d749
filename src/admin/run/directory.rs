//! Members, groups, policies, domains and resource groups: asking, and adding.

use super::access::attributes;
use super::lookup::{self, Refusal};
use super::{Run, Sink};
use crate::admin::command::{DirectoryCommand, HolderSpec, MemberQuery, NewMember, PolicySpec};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{
    AccessView, ExplanationView, GroupView, MemberView, Named, Names, PolicyView, Reply,
    ResourceGroupView,
};
use crate::app;
use crate::app::members::by_hand::{self as members, Invitation};
use crate::app::members::walk;
use crate::domain::catalogue;
use crate::domain::document;
use crate::domain::error::Result as DomainResult;
use crate::domain::group::Group;
use crate::domain::id::AccountId;
use crate::domain::listing::{Begin, GroupListing};
use crate::domain::member::Member;
use crate::domain::policy::{Access, Policy};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::NewScope;
use crate::domain::role::{RoleHolder, RoleRef};
use crate::domain::text::{GroupName, Label, fold};
use crate::store::grants::HoldersAfter;
use crate::store::groups::MembersAfter;
use crate::store::tx::{ReadTx, WriteTx};

/// Records of one read: none holds the view of the database for long.
const CHUNK: i64 = 200;
/// Members of one look for a role's holders.
const HOLDERS_CHUNK: usize = 200;
/// The source of members whom no connection manages.
const BY_HAND: &str = "hand";

/// What comes of a chunk of records.
type Each<'e, T> = &'e mut dyn FnMut(&ReadTx<'_>, Vec<T>) -> Result<Vec<Reply>, Refusal>;

pub(super) fn run(run: &Run<'_>, command: DirectoryCommand, sink: Sink<'_>) -> Result<(), Stop> {
    use DirectoryCommand as C;
    match command {
        C::MemberList(query) => run.member_list(&query, sink),
        C::MemberShow { member } => run.answer(sink, |tx| shown_member(tx, &member)),
        C::MemberAdd {
            new,
            pending,
            policy,
        } => run.write_one(sink, move |tx| {
            add_member(tx, new, pending, policy.as_ref())
        }),
        C::MemberAccess { member } => run.member_access(&member, sink),
        C::GroupList { text } => run.group_list(text.as_deref(), sink),
        C::GroupShow { group } => run.answer(sink, |tx| shown_group(tx, &group)),
        C::GroupMembers { group } => run.group_members(&group, sink),
        C::GroupCreate { name, policy } => {
            run.write_one(sink, move |tx| make_group(tx, &name, policy.as_ref()))
        }
        C::PolicyList {
            holder: Some(holder),
            ..
        } => run.policies_of(&holder, sink),
        C::PolicyList { holder: None, all } => run.all_policies(all, sink),
        C::PolicyShow { policy } => run.answer(sink, |tx| shown_policy(tx, &policy)),
        C::DomainList => run.domain_list(sink),
        C::DomainAdd { name, id } => run.write_one(sink, move |tx| {
            let name = crate::domain::domains::DomainName::parse(&name)?;
            let domain = app::domains::add(tx, &name, id)?;
            Ok(Reply::Domain(domain.into()))
        }),
        C::DomainRemove { domain } => run.write_one(sink, move |tx| {
            let removed = app::domains::remove(tx, &domain);
            let domain = removed.map_err(Refusal::next(lookup::DOMAINS))?;
            Ok(Reply::Domain(domain.into()))
        }),
        C::ResourceGroupList => run.resource_group_list(sink),
        C::ResourceGroupShow { resource_group } => run.answer(sink, |tx| {
            Ok(resource_group_reply(lookup::resource_group(
                tx,
                &resource_group,
            )?))
        }),
        C::ResourceGroupCreate { name, domains } => run.write_one(sink, move |tx| {
            let scope = NewScope::Domains(lookup::domains(tx, &domains)?);
            let made = app::resource_groups::create(tx, &Label::parse(&name)?, scope)?;
            Ok(resource_group_reply(made))
        }),
        C::ResourceGroupDelete { resource_group } => run.write_one(sink, move |tx| {
            let group = lookup::resource_group(tx, &resource_group)?;
            let gone = app::resource_groups::delete(tx, group.id)?;
            Ok(resource_group_reply(gone))
        }),
        C::Explain { member, role } => run.answer(sink, |tx| {
            let which = MemberRef::Id(lookup::member(tx, &member)?.id);
            let role = RoleRef::PermissionGroup(lookup::role(tx, &role)?.permission_group);
            let found = app::access::explain(tx, &which, &role)?;
            Ok(Reply::Explanation(Box::new(ExplanationView::from(found))))
        }),
        C::Holders { role } => run.holders(&role, sink),
    }
}

fn resource_group_reply(group: crate::domain::resource_group::ResourceGroup) -> Reply {
    Reply::ResourceGroup(Box::new(ResourceGroupView::from(group)))
}

fn shown_member(tx: &ReadTx<'_>, named: &str) -> Result<Reply, Refusal> {
    let member = lookup::member(tx, named)?;
    let names = lookup::names(tx)?;
    let holder = lookup::of_member(&member);
    let policies = lookup::policies_of(tx, &holder)?.into_iter();
    let policies = policies.map(|policy| PolicyView::new(policy, holder.clone(), &names));
    let policies = Some(policies.collect());
    Ok(Reply::Member(Box::new(MemberView {
        policies,
        ..MemberView::new(member, &names)
    })))
}

fn shown_group(tx: &ReadTx<'_>, named: &str) -> Result<Reply, Refusal> {
    let group = lookup::group(tx, named)?;
    let names = lookup::names(tx)?;
    let holder = lookup::of_group(&group);
    let policies = lookup::policies_of(tx, &holder)?.into_iter();
    let policies = policies.map(|policy| PolicyView::new(policy, holder.clone(), &names));
    let policies = Some(policies.collect());
    Ok(Reply::Group(Box::new(GroupView {
        policies,
        ..GroupView::new(group, &names)
    })))
}

fn shown_policy(tx: &ReadTx<'_>, named: &str) -> Result<Reply, Refusal> {
    let mut found = lookup::policy(tx, named)?;
    let policy = found.all.swap_remove(found.at);
    let view = PolicyView::new(policy, found.holder, &lookup::names(tx)?);
    Ok(Reply::Policy(Box::new(view)))
}

fn add_member(
    tx: &WriteTx<'_>,
    new: NewMember,
    pending: bool,
    policy: Option<&PolicySpec>,
) -> Result<Reply, Refusal> {
    let policy = policy
        .map(|spec| lookup::new_policy(tx, spec))
        .transpose()?;
    let member = members::invite(
        tx,
        Invitation {
            attributes: attributes(new),
            accepted: !pending,
            policies: policy.map(|policy| vec![policy]),
        },
    )?;
    let view = MemberView::new(member, &lookup::names(tx)?);
    Ok(Reply::Member(Box::new(view)))
}

fn make_group(tx: &WriteTx<'_>, name: &str, policy: Option<&PolicySpec>) -> Result<Reply, Refusal> {
    let policy = policy
        .map(|spec| lookup::new_policy(tx, spec))
        .transpose()?;
    let policies: Vec<_> = policy.into_iter().collect();
    let name = GroupName::chosen(name)?;
    let (_, group) = app::groups::by_hand::make(tx, &name, &policies)?;
    let view = GroupView::new(group, &lookup::names(tx)?);
    Ok(Reply::Group(Box::new(view)))
}

/// Whether the text stands in the member's names or addresses.
fn has_text(member: &Member, wanted: &str) -> bool {
    let attributes = document::attributes(&member.document).unwrap_or_default();
    let emails = attributes
        .get("emails")
        .and_then(|emails| emails.as_array());
    let emails = emails.into_iter().flatten();
    let addresses = emails.filter_map(|email| email.get("value")?.as_str());
    let name = attributes.get("displayName").and_then(|name| name.as_str());
    let mut texts = addresses.chain(name).chain([member.user_name.as_str()]);
    texts.any(|text| fold(text).contains(wanted))
}

impl Run<'_> {
    /// One item that is read.
    fn answer(
        &self,
        sink: Sink<'_>,
        f: impl FnOnce(&ReadTx<'_>) -> Result<Reply, Refusal>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let reply = self.read_found(account.id, f);
        Ok(sink(reply.map_err(|refusal| self.refused(refusal))?)?)
    }

    /// One item that comes of a change.
    fn write_one(
        &self,
        sink: Sink<'_>,
        f: impl FnOnce(&WriteTx<'_>) -> Result<Reply, Refusal> + Send + 'static,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let reply = self.write_found(account.id, f);
        Ok(sink(reply.map_err(|refusal| self.refused(refusal))?)?)
    }

    fn look<T>(
        &self,
        account: AccountId,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Fault> {
        let found = self.read_found(account, f);
        found.map_err(|refusal| self.refused(refusal))
    }

    /// All members, in chunks.
    fn walk(&self, account: AccountId, each: Each<'_, Member>, sink: Sink<'_>) -> Result<(), Stop> {
        let mut begin = Begin::First;
        loop {
            let (replies, next) = self.look(account, |tx| {
                let (members, next) = walk::walk(tx, begin.clone(), CHUNK)?;
                Ok((each(tx, members)?, next))
            })?;
            replies.into_iter().try_for_each(&mut *sink)?;
            match next {
                Some(next) => begin = next,
                None => return Ok(()),
            }
        }
    }

    fn member_list(&self, query: &MemberQuery, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let (names, source) = self.look(account.id, |tx| {
            let source = match query.source.as_deref() {
                None => None,
                Some(source) if source.eq_ignore_ascii_case(BY_HAND) => Some(None),
                Some(source) => {
                    let next = "provost connection list";
                    let found = app::connections::find(tx, source);
                    Some(Some(found.map_err(Refusal::next(next))?.id))
                }
            };
            Ok((lookup::names(tx)?, source))
        })?;
        let text = query.text.as_deref().map(fold);
        let state = query.state();
        let wanted = |member: &Member| {
            state.is_none_or(|state| member.state == state)
                && source.is_none_or(|source| member.managed_by == source)
                && text.as_ref().is_none_or(|text| has_text(member, text))
        };
        let mut each = |_: &ReadTx<'_>, members: Vec<Member>| {
            let found = members.into_iter().filter(wanted);
            let views = found.map(|member| MemberView::new(member, &names));
            Ok(views.map(|view| Reply::Member(Box::new(view))).collect())
        };
        self.walk(account.id, &mut each, sink)
    }

    fn member_access(&self, named: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let found = self.look(account.id, |tx| {
            let which = MemberRef::Id(lookup::member(tx, named)?.id);
            Ok(app::access::effective(tx, &which)?)
        })?;
        for role in found.roles {
            let view = AccessView::new(found.member.clone(), role);
            sink(Reply::Access(Box::new(view)))?;
        }
        Ok(())
    }

    /// All user groups, in chunks.
    fn walk_groups(
        &self,
        account: AccountId,
        each: Each<'_, Group>,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let mut listing = GroupListing::first(None, CHUNK);
        listing.span.known_total = Some(0);
        loop {
            let (replies, last) = self.look(account, |tx| {
                let page = app::groups::pages::walk(tx, &listing)?;
                let last = page.positions.into_iter().next_back();
                let groups = page.items.into_iter().map(|(_, group)| group).collect();
                Ok((each(tx, groups)?, last.filter(|_| page.more)))
            })?;
            replies.into_iter().try_for_each(&mut *sink)?;
            match last {
                Some(last) => listing.span.begin = Begin::After(last),
                None => return Ok(()),
            }
        }
    }

    fn group_list(&self, text: Option<&str>, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let names = self.look(account.id, |tx| Ok(lookup::names(tx)?))?;
        let text = text.map(fold);
        let mut each = |_: &ReadTx<'_>, groups: Vec<Group>| {
            let wanted = |name: &str| text.as_ref().is_none_or(|text| fold(name).contains(text));
            let found = groups.into_iter().filter(|group| wanted(&group.name));
            let views = found.map(|group| GroupView::new(group, &names));
            Ok(views.map(|view| Reply::Group(Box::new(view))).collect())
        };
        self.walk_groups(account.id, &mut each, sink)
    }

    fn group_members(&self, named: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let (key, names) = self.look(account.id, |tx| {
            let which = GroupRef::Id(lookup::group(tx, named)?.id);
            let (key, _) = app::groups::by_hand::find(tx, &which)?;
            Ok((key, lookup::names(tx)?))
        })?;
        let mut after = MembersAfter::default();
        loop {
            let (members, last) = self.look(account.id, |tx| {
                let (people, last) = app::groups::by_hand::people(tx, key, after, CHUNK)?;
                let each = people.into_iter();
                let members = each.map(|person| members::find(tx, &MemberRef::Id(person.id)));
                Ok((members.collect::<DomainResult<Vec<Member>>>()?, last))
            })?;
            let read = i64::try_from(members.len()).unwrap_or(i64::MAX);
            for member in members {
                sink(Reply::Member(Box::new(MemberView::new(member, &names))))?;
            }
            if read < CHUNK {
                return Ok(());
            }
            after = last;
        }
    }

    fn policies_of(&self, holder: &HolderSpec, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let replies = self.look(account.id, |tx| {
            let holder = lookup::holder(tx, holder)?;
            policy_replies(tx, &holder, &lookup::names(tx)?)
        })?;
        Ok(replies.into_iter().try_for_each(sink)?)
    }

    /// Those of the groups, then those of the members.
    fn all_policies(&self, all: bool, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let names = self.look(account.id, |tx| Ok(lookup::names(tx)?))?;
        let mut of_groups = |tx: &ReadTx<'_>, groups: Vec<Group>| {
            let mut replies = Vec::new();
            for group in &groups {
                replies.extend(policy_replies(tx, &lookup::of_group(group), &names)?);
            }
            Ok(replies)
        };
        self.walk_groups(account.id, &mut of_groups, &mut *sink)?;
        let mut of_members = |tx: &ReadTx<'_>, members: Vec<Member>| {
            let mut replies = Vec::new();
            for member in &members {
                let holder = lookup::of_member(member);
                // Nearly everybody has nothing but the policy that everybody gets.
                let policies = lookup::policies_of(tx, &holder)?;
                if all || policies.iter().any(is_chosen) {
                    replies.extend(views(policies, &holder, &names));
                }
            }
            Ok(replies)
        };
        self.walk(account.id, &mut of_members, sink)
    }

    fn domain_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let mut after: Option<String> = None;
        loop {
            let found = self.look(account.id, |tx| {
                Ok(app::domains::list(tx, after.as_deref(), CHUNK)?)
            })?;
            let Some(last) = found.last() else {
                return Ok(());
            };
            after = Some(last.name.clone());
            for domain in found {
                sink(Reply::Domain(Named::from(domain)))?;
            }
        }
    }

    fn resource_group_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let mut offset = 0;
        loop {
            let found = self.look(account.id, |tx| {
                Ok(app::resource_groups::list(tx, None, offset, CHUNK)?)
            })?;
            if found.is_empty() {
                return Ok(());
            }
            offset += CHUNK;
            for group in found {
                sink(resource_group_reply(group))?;
            }
        }
    }

    fn holders(&self, named: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let mut after = HoldersAfter::default();
        loop {
            let page = self.look(account.id, |tx| {
                let role = lookup::role(tx, named)?;
                let which = RoleRef::PermissionGroup(role.permission_group);
                Ok(app::access::holders(tx, &which, after, HOLDERS_CHUNK)?)
            })?;
            for holder in page.holders {
                let view = AccessView::new(holder.member, holder.effective);
                sink(Reply::Holder(Box::new(view)))?;
            }
            match page.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }
}

/// Whether a policy is another one than comes with every membership.
fn is_chosen(policy: &Policy) -> bool {
    let usual = [catalogue::MINIMAL_ACCOUNT_ACCESS];
    policy.access == Access::Deny || policy.permission_groups != usual
}

fn policy_replies(
    tx: &ReadTx<'_>,
    holder: &RoleHolder,
    names: &Names,
) -> Result<Vec<Reply>, Refusal> {
    let policies = lookup::policies_of(tx, holder)?;
    Ok(views(policies, holder, names).collect())
}

fn views(policies: Vec<Policy>, holder: &RoleHolder, names: &Names) -> impl Iterator<Item = Reply> {
    policies.into_iter().map(move |policy| {
        let view = PolicyView::new(policy, holder.clone(), names);
        Reply::Policy(Box::new(view))
    })
}
