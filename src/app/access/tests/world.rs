//! A small account in which much can clash, and random steps in it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::app::groups::by_hand::GroupChange;
use crate::app::members::by_hand::{Invitation, MemberChange};
use crate::app::members::{NewMember, Precondition};
use crate::app::preview::{Change, make};
use crate::app::resource_groups::ResourceGroupChange;
use crate::app::{self, groups, members};
use crate::domain::audit::Action;
use crate::domain::catalogue;
use crate::domain::domains::DomainName;
use crate::domain::error::{Error, Result};
use crate::domain::group::GroupEdit;
use crate::domain::id::{DomainId, GroupId, MemberId, PermissionGroupId, ResourceGroupId};
use crate::domain::member::{Profile, State};
use crate::domain::policy::{Access, NewPolicy, Policy, Target};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope};
use crate::domain::role::custom::{NewRole, PermissionsChange, RoleChange, RolePermission};
use crate::domain::role::{RoleRef, RoleScope};
use crate::domain::text::{GroupName, Label, RoleName};
use crate::store::groups::MembersAfter;
use crate::store::testing::TestDb;
use crate::store::tx::{ReadTx, WriteTx};

/// SplitMix64: repeatable, and good enough to choose by.
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        let at = self.below(from.len() as u64);
        from[usize::try_from(at).expect("a small number")].clone()
    }

    fn some<T: Clone>(&mut self, from: &[T]) -> Vec<T> {
        let chosen = from.iter().filter(|_| self.below(3) == 0);
        chosen.cloned().collect()
    }
}

pub(super) struct World {
    pub(super) db: TestDb,
    pub(super) members: Vec<MemberId>,
    pub(super) groups: Vec<GroupId>,
    pub(super) domains: Vec<DomainId>,
    lists: Vec<ResourceGroupId>,
    account_roles: Vec<PermissionGroupId>,
    domain_roles: Vec<PermissionGroupId>,
    made: u64,
}

/// Something that a use case does.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Change(Change),
    Activate(MemberId, bool),
    DeletePerson(MemberId),
    CreatePerson(String),
    EditGroup(GroupId, Vec<GroupEdit>),
    DeletePushedGroup(GroupId),
    CreateGroup(String),
}

/// An own role on the account and one on domains.
fn own_roles(tx: &WriteTx<'_>) -> Result<[PermissionGroupId; 2]> {
    let mut made = Vec::new();
    for (name, scope) in [("Payers", RoleScope::Account), ("Ops", RoleScope::Domain)] {
        let new = NewRole {
            name: RoleName::parse(name)?,
            description: crate::domain::role::custom::RoleDescription::parse("")?,
            scope,
            permissions: vec![RolePermission::parse("invoices:pay")?],
        };
        made.push(app::roles::create(tx, &new)?.permission_group);
    }
    Ok([made[0], made[1]])
}

impl World {
    pub(super) fn new() -> Self {
        let db = TestDb::new();
        let (domains, lists, own) = db
            .write(|tx| {
                let mut domains = Vec::new();
                for name in ["a.example", "b.example", "c.example"] {
                    domains.push(app::domains::add(tx, &DomainName::parse(name)?, None)?.id);
                }
                let name = Label::parse("Shops")?;
                let both = NewScope::Domains(domains[..2].to_vec());
                let lists = vec![app::resource_groups::create(tx, &name, both)?.id];
                Ok((domains, lists, own_roles(tx)?))
            })
            .expect("domains and roles");
        let role = |name| {
            let role = catalogue::role_by_name(name).expect("a built-in role");
            role.permission_group
        };
        let super_administrator = catalogue::SUPER_ADMINISTRATOR;
        let mut world = Self {
            db,
            members: Vec::new(),
            groups: Vec::new(),
            domains,
            lists,
            account_roles: vec![
                super_administrator,
                super_administrator,
                role("DNS"),
                own[0],
            ],
            domain_roles: vec![role("Domain DNS"), own[1]],
            made: 0,
        };
        for _ in 0..4 {
            world.make_people();
        }
        for _ in 0..3 {
            world.make_group();
        }
        world
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("n{}@corp.example", self.made)
    }

    fn make_people(&mut self) {
        let name = self.name();
        self.take(&Step::CreatePerson(name)).expect("a person");
    }

    fn make_group(&mut self) {
        let name = self.name();
        self.take(&Step::CreateGroup(name)).expect("a group");
    }

    /// Keeps the account peopled, whatever was deleted.
    pub(super) fn refill(&mut self) {
        while self.members.len() < 4 {
            self.make_people();
        }
        while self.groups.len() < 3 {
            self.make_group();
        }
    }

    /// Takes the step as a write of its own, and learns who came and went by it.
    pub(super) fn take(&mut self, step: &Step) -> Result<()> {
        let taken = step.clone();
        let (member, group) = self.db.write(move |tx| take(tx, &taken))?;
        self.members.extend(member);
        self.groups.extend(group);
        match step {
            Step::DeletePerson(id) | Step::Change(Change::RemoveMember(MemberRef::Id(id))) => {
                self.members.retain(|known| known != id);
            }
            Step::DeletePushedGroup(id) | Step::Change(Change::DeleteGroup(GroupRef::Id(id))) => {
                self.groups.retain(|known| known != id);
            }
            _ => {}
        }
        Ok(())
    }

    fn policies(&self, random: &mut Random, least: u64) -> Vec<NewPolicy> {
        let count = least + random.below(3);
        (0..count).map(|_| self.policy(random)).collect()
    }

    fn policy(&self, random: &mut Random) -> NewPolicy {
        let access = if random.below(4) == 0 {
            Access::Deny
        } else {
            Access::Allow
        };
        let on_account = random.below(3) > 0;
        let (roles, scope) = if on_account {
            (
                &self.account_roles,
                ChosenScope::Inline(NewScope::WholeAccount),
            )
        } else if random.below(2) == 0 {
            (
                &self.domain_roles,
                ChosenScope::Group(random.pick(&self.lists)),
            )
        } else {
            let mut domains = random.some(&self.domains);
            domains.push(random.pick(&self.domains));
            (
                &self.domain_roles,
                ChosenScope::Inline(NewScope::Domains(domains)),
            )
        };
        let mut permission_groups = random.some(roles);
        permission_groups.push(random.pick(roles));
        NewPolicy {
            id: None,
            access,
            permission_groups,
            resource_groups: vec![scope],
        }
    }

    pub(super) fn change(&mut self, random: &mut Random) -> Change {
        let member = MemberRef::Id(random.pick(&self.members));
        let group = GroupRef::Id(random.pick(&self.groups));
        let some = random.some(&self.members);
        let some = some.into_iter().map(MemberId::membership).collect();
        match random.below(13) {
            0 | 1 => Change::MemberPolicies(member, self.policies(random, 1)),
            2 | 3 => Change::GroupPolicies(group, self.policies(random, 0)),
            4 => Change::RemoveMember(member),
            5 => Change::AddToGroup(group, some),
            6 => Change::RemoveFromGroup(group, some),
            7 => Change::SetGroupMembers(group, some),
            8 => Change::DeleteGroup(group),
            9 => Change::Group(
                group,
                GroupChange {
                    name: None,
                    policies: Some(self.policies(random, 0)),
                },
            ),
            10 => Change::Member(
                member,
                MemberChange {
                    accept: true,
                    policies: (random.below(2) == 0).then(|| self.policies(random, 1)),
                },
            ),
            11 => Change::ResourceGroup(
                self.lists[0],
                ResourceGroupChange {
                    name: None,
                    scope: Some(NewScope::Domains(vec![random.pick(&self.domains)])),
                },
            ),
            _ => self.other_change(random),
        }
    }

    fn other_change(&mut self, random: &mut Random) -> Change {
        if random.below(2) == 0 {
            let accepted = random.below(2) == 0;
            let policies = Some(self.policies(random, 1));
            let invitation = Invitation::by_email(&self.name(), accepted, policies);
            return Change::Invite(invitation.expect("an address"));
        }
        let permission = random.pick(&["invoices:pay", "invoices:read", "orders:read"]);
        let permission = RolePermission::parse(permission).expect("a permission");
        let own = self.own_role(random);
        let change = RoleChange {
            permissions: PermissionsChange::Replace(vec![permission]),
            ..RoleChange::default()
        };
        Change::Role(own, change)
    }

    /// One of the account's own.
    pub(super) fn own_role(&self, random: &mut Random) -> RoleRef {
        let own = [self.account_roles[3], self.domain_roles[1]];
        RoleRef::PermissionGroup(random.pick(&own))
    }

    pub(super) fn step(&mut self, random: &mut Random) -> Step {
        let member = random.pick(&self.members);
        let group = random.pick(&self.groups);
        match random.below(12) {
            0 | 1 => Step::Activate(member, false),
            2 => Step::Activate(member, true),
            3 => Step::DeletePerson(member),
            4 => Step::DeletePushedGroup(group),
            5 | 6 => {
                let edit = |random: &mut Random, members: &[MemberId]| match random.below(4) {
                    0 => GroupEdit::AddMembers(random.some(members)),
                    1 => GroupEdit::RemoveMembers(random.some(members)),
                    2 => GroupEdit::ReplaceMembers(random.some(members)),
                    _ => GroupEdit::RemoveAllMembers,
                };
                let count = 1 + random.below(3);
                let edits = (0..count).map(|_| edit(random, &self.members)).collect();
                Step::EditGroup(group, edits)
            }
            _ => Step::Change(self.change(random)),
        }
    }

    /// Who may do what, worked out from policies and memberships as doors show them: member by
    /// member, the roles on each domain; the last target stands for all that no policy names.
    pub(super) fn judged(&self) -> BTreeMap<MemberId, BTreeSet<(PermissionGroupId, Target)>> {
        let reaching = self.reaching();
        let mut all = BTreeMap::new();
        for (member, policies) in reaching {
            let mut held = BTreeSet::new();
            let roles = policies.iter().flat_map(|policy| &policy.permission_groups);
            for role in roles {
                for target in self.targets() {
                    if judge(&policies, *role, target) {
                        held.insert((*role, target));
                    }
                }
            }
            all.insert(member, held);
        }
        all
    }

    pub(super) fn targets(&self) -> Vec<Target> {
        let named = self.domains.iter().copied().map(Target::Domain);
        named
            .chain([Target::Domain(DomainId::from_bytes([0xff; 16]))])
            .collect()
    }

    /// How many hold Super Administrator on the whole account, denied by nobody.
    pub(super) fn super_administrators(&self) -> usize {
        let names = |policy: &&Policy| {
            let roles = &policy.permission_groups;
            roles.contains(&catalogue::SUPER_ADMINISTRATOR)
        };
        let is_one = |policies: &&Vec<Policy>| {
            let mut about = policies.iter().filter(names).peekable();
            about.peek().is_some() && about.all(|policy| policy.access == Access::Allow)
        };
        self.reaching().values().filter(is_one).count()
    }

    /// The policies of each active member: their own, and those of their groups.
    fn reaching(&self) -> BTreeMap<MemberId, Vec<Policy>> {
        let read = self.db.read(|tx| {
            let mut reaching = BTreeMap::new();
            for id in &self.members {
                let which = MemberRef::Id(*id);
                if members::by_hand::find(tx, &which)?.state == State::Active {
                    reaching.insert(*id, app::policies::of_member(tx, &which)?);
                }
            }
            for id in &self.groups {
                let which = GroupRef::Id(*id);
                let policies = app::policies::of_group(tx, &which)?;
                for member in people(tx, &which)? {
                    if let Some(reached) = reaching.get_mut(&member) {
                        reached.extend(policies.iter().cloned());
                    }
                }
            }
            Ok(reaching)
        });
        read.expect("policies")
    }
}

fn people(tx: &ReadTx<'_>, which: &GroupRef) -> Result<Vec<MemberId>> {
    let (key, _) = groups::by_hand::find(tx, which)?;
    let (people, _) = groups::by_hand::people(tx, key, MembersAfter::default(), 1_000)?;
    Ok(people.into_iter().map(|person| person.id).collect())
}

fn judge(policies: &[Policy], role: PermissionGroupId, target: Target) -> bool {
    let says = |access| {
        policies.iter().any(|policy| {
            let targets = policy
                .resource_groups
                .iter()
                .flat_map(|on| on.scope.targets());
            policy.access == access
                && policy.permission_groups.contains(&role)
                && targets
                    .into_iter()
                    .any(|on| on == target || on == Target::WholeAccount)
        })
    };
    says(Access::Allow) && !says(Access::Deny)
}

fn profile(name: &str) -> Profile {
    let document = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name,
    });
    Profile {
        active: true,
        external_id: None,
        attributes: document.as_object().cloned().unwrap_or_default(),
    }
}

/// Who was made by it: a member, a group.
fn take(tx: &WriteTx<'_>, step: &Step) -> Result<(Option<MemberId>, Option<GroupId>)> {
    let any = Precondition::default();
    match step {
        Step::Change(change) => {
            let made = make(tx, change)?;
            let made = made
                .into_iter()
                .next()
                .map(|which| members::by_hand::find(tx, &which))
                .transpose()?;
            return Ok((made.map(|member| member.id), None));
        }
        Step::Activate(id, active) => {
            members::edit::<Error>(tx, *id, Action::ScimUserUpdate, &any, |profile| {
                let mut profile = profile.clone();
                profile.assign_active(Some(*active));
                Ok(profile)
            })?;
        }
        Step::DeletePerson(id) => members::delete(tx, *id, &any)?,
        Step::CreatePerson(name) => {
            let member = members::create(tx, NewMember::prepare(profile(name))?)?;
            return Ok((Some(member.id), None));
        }
        Step::EditGroup(id, edits) => {
            let id = (*id).into();
            groups::edit(tx, &id, Action::ScimGroupUpdate, &any, edits, |_, _| {})?;
        }
        Step::DeletePushedGroup(id) => groups::delete(tx, &(*id).into(), &any)?,
        Step::CreateGroup(name) => {
            let (_, group) = groups::by_hand::make(tx, &GroupName::parse(name)?, &[])?;
            return Ok((None, Some(group.id)));
        }
    }
    Ok((None, None))
}
