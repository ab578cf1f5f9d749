//! What many people may do, worked out together: memberships are read group by group, and people
//! who are in the same groups with the same policies of their own are judged once.

use std::collections::{HashMap, HashSet};

use super::super::groups::GroupKey;
use super::super::members::{MemberKey, seq_of};
use super::super::policies::records::{self, Holder};
use super::super::resource_groups::{Scopes, whole_account};
use super::super::sql::{get, list as rows, parsed};
use super::super::tx::ReadTx;
use super::role_name;
use crate::domain::catalogue;
use crate::domain::effective::{Path, Via, evaluate};
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, PermissionGroupId, PolicyId};
use crate::domain::legacy::access::Accesses;
use crate::domain::member::State;
use crate::domain::policy::{Access, ChosenPolicy};
use crate::domain::resource_group::ResourceGroup;

/// Some of the people: those of a group, or those who would be in one that is to be made.
#[derive(Debug, Clone)]
pub enum Circle {
    Group(GroupKey),
    People(Vec<MemberKey>),
}

/// Somebody in one of the circles.
#[derive(Debug, Clone)]
pub struct Reached {
    pub key: MemberKey,
    pub id: MemberId,
    pub user_name: String,
    pub state: State,
    minimal_access: bool,
    /// Which policies of their own they have.
    own: usize,
    /// In which carriers they are.
    set: usize,
}

/// One role of an own policy on one resource group; by which policy is left out, so that it is
/// the same for all who were given the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Own {
    access: String,
    role: PermissionGroupId,
    resource_group: i64,
}

/// Everybody in the circles, and what policies can reach them by.
#[derive(Debug)]
pub struct Crowd {
    /// In the order they were made.
    pub people: Vec<Reached>,
    /// The circles, then all other groups with policies.
    carriers: Vec<Option<GroupKey>>,
    circles: usize,
    /// Each set of carriers is another one and one carrier more; the first is empty.
    sets: Vec<(usize, usize)>,
    own: Vec<Vec<Own>>,
}

/// Policies of each carrier, in the crowd's order: as they are, or as they would be.
pub type Carried = Vec<Vec<ChosenPolicy>>;

/// Where groups with policies have more memberships than this for each of the crowd, its people are
/// asked for their groups, and the groups are not read: so many rows cost what one question does.
const PROBED_FROM: i64 = 24;

impl Crowd {
    /// Reads who is in the circles, and in which other groups with policies they are.
    pub fn of(tx: &ReadTx<'_>, circles: &[Circle]) -> Result<Self> {
        Self::asking_from(tx, circles, PROBED_FROM)
    }

    /// The same, asking people for their groups where there are `from` memberships for each.
    pub(crate) fn asking_from(tx: &ReadTx<'_>, circles: &[Circle], from: i64) -> Result<Self> {
        let held = held(tx, circles)?;
        let keys = each_once(held.concat());
        let mut carriers: Vec<Option<GroupKey>> = circles
            .iter()
            .map(|circle| match circle {
                Circle::Group(group) => Some(*group),
                Circle::People(_) => None,
            })
            .collect();
        let mut sets = Sets::new(keys.len());
        for (carrier, held) in held.iter().enumerate() {
            sets.join(carrier, &keys, held);
        }
        let mut others = with_policies(tx)?;
        let circles_held: HashSet<GroupKey> = carriers.iter().copied().flatten().collect();
        others.retain(|(group, _)| !circles_held.contains(group));
        let known = i64::try_from(keys.len()).unwrap_or(i64::MAX);
        let memberships: i64 = others.iter().map(|(_, members)| members).sum();
        if memberships > known.saturating_mul(from) {
            let first = carriers.len();
            let places = others.iter().zip(first..);
            let places = places.map(|((group, _), at)| (*group, at)).collect();
            sets.join_each(tx, &keys, &places)?;
            carriers.extend(others.into_iter().map(|(group, _)| Some(group)));
        } else {
            for (group, _) in others {
                sets.join(carriers.len(), &keys, &in_group(tx, group)?);
                carriers.push(Some(group));
            }
        }
        let mut owners = Owners::default();
        let mut people = Vec::with_capacity(keys.len());
        for (key, set) in keys.into_iter().zip(sets.of) {
            people.push(reached(tx, key, set, &mut owners)?);
        }
        Ok(Self {
            people,
            carriers,
            circles: circles.len(),
            sets: sets.all,
            own: owners.all,
        })
    }

    /// The policies as they are; a circle that is no group has none, and of a group that nobody
    /// of these is in none are read, since they reach nobody here.
    pub fn carried(&self, tx: &ReadTx<'_>) -> Result<Carried> {
        let mut holds = vec![false; self.carriers.len()];
        // The first set is empty.
        for (_, carrier) in self.sets.iter().skip(1) {
            if let Some(holds) = holds.get_mut(*carrier) {
                *holds = true;
            }
        }
        let of = |(carrier, holds): (&Option<GroupKey>, bool)| match carrier {
            Some(group) if holds => policies_of(tx, *group),
            Some(_) | None => Ok(Vec::new()),
        };
        self.carriers.iter().zip(holds).map(of).collect()
    }

    /// The circles that somebody is in, by their places.
    pub fn circles_of(&self, person: &Reached) -> impl Iterator<Item = usize> {
        self.carriers_of(person.set)
            .filter(|carrier| *carrier < self.circles)
    }

    fn carriers_of(&self, set: usize) -> impl Iterator<Item = usize> {
        let above = |set: &usize| self.sets.get(*set).map(|(above, _)| *above);
        std::iter::successors(Some(set), above)
            .take_while(|set| *set != 0)
            .filter_map(|set| self.sets.get(set).map(|(_, carrier)| *carrier))
    }

    /// What each of the people may do where the carriers' policies are `carried`: a place in
    /// `accesses`.
    pub fn access(
        &self,
        tx: &ReadTx<'_>,
        carried: &Carried,
        accesses: &mut Accesses,
    ) -> Result<Vec<usize>> {
        let nothing = accesses.place::<Error>(&[], |_| Ok(String::new()))?;
        let carried: Vec<Vec<(PermissionGroupId, Path)>> =
            carried.iter().map(|policies| paths_of(policies)).collect();
        let mut own = Vec::with_capacity(self.own.len());
        let mut scopes = Scopes::new(tx);
        for grants in &self.own {
            own.push(own_paths(grants, &mut scopes)?);
        }
        let minimal = minimal_path(tx)?;
        let mut names: HashMap<PermissionGroupId, String> = HashMap::new();
        let mut known: HashMap<(bool, usize, usize), usize> = HashMap::new();
        let mut places = Vec::with_capacity(self.people.len());
        for person in &self.people {
            if person.state != State::Active {
                places.push(nothing);
                continue;
            }
            let class = (person.minimal_access, person.own, person.set);
            if let Some(place) = known.get(&class) {
                places.push(*place);
                continue;
            }
            let mut paths: Vec<(PermissionGroupId, Path)> = Vec::new();
            if person.minimal_access {
                paths.push(minimal.clone());
            }
            paths.extend(own.get(person.own).into_iter().flatten().cloned());
            for carrier in self.carriers_of(person.set) {
                paths.extend(carried.get(carrier).into_iter().flatten().cloned());
            }
            let place = accesses.place(&evaluate(true, paths), |role| {
                if let Some(name) = names.get(&role) {
                    return Ok(name.clone());
                }
                let name = role_name(tx, role)?;
                names.insert(role, name.clone());
                Ok::<String, Error>(name)
            })?;
            known.insert(class, place);
            places.push(place);
        }
        Ok(places)
    }
}

/// How many of the account are effective Super Administrators, as the guard counts them.
pub fn super_administrators(tx: &ReadTx<'_>) -> Result<i64> {
    Ok(get(
        tx.conn(),
        "SELECT count(*) FROM (
             SELECT member FROM super_administrators_themselves WHERE account = ?1
             UNION SELECT member FROM super_administrators_by_groups WHERE account = ?1)",
        [tx.account()?],
        |row| row.get(0),
    )?)
}

/// How many people are in the circles, each once.
pub fn how_many(tx: &ReadTx<'_>, circles: &[Circle]) -> Result<usize> {
    Ok(each_once(held(tx, circles)?.concat()).len())
}

/// A group's policies as they are.
pub fn policies_of(tx: &ReadTx<'_>, group: GroupKey) -> Result<Vec<ChosenPolicy>> {
    let policies = records::of(tx, Holder::Group(group))?;
    Ok(policies.into_iter().map(ChosenPolicy::from).collect())
}

/// Who is in each of the circles, in order.
fn held(tx: &ReadTx<'_>, circles: &[Circle]) -> Result<Vec<Vec<i64>>> {
    let of = |circle: &Circle| match circle {
        Circle::Group(group) => in_group(tx, *group),
        Circle::People(people) => Ok(each_once(people.iter().map(|key| key.0).collect())),
    };
    circles.iter().map(of).collect()
}

fn each_once(mut keys: Vec<i64>) -> Vec<i64> {
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The carriers that each of the people is in, as numbers of sets that are told once.
struct Sets {
    of: Vec<usize>,
    all: Vec<(usize, usize)>,
    more: HashMap<(usize, usize), usize>,
}

impl Sets {
    fn new(people: usize) -> Self {
        Self {
            of: vec![0; people],
            all: vec![(0, 0)],
            more: HashMap::new(),
        }
    }

    /// Puts those of `held` among `keys` into the carrier; both are in order. Most groups are
    /// small beside the crowd, so each of theirs is looked for in what is left of it.
    fn join(&mut self, carrier: usize, keys: &[i64], held: &[i64]) {
        let mut from = 0;
        for member in held {
            let left = keys.get(from..).unwrap_or_default();
            // Near by first: of a large group the next one is not far.
            let step = (0..).map(|power| 1_usize << power);
            let far = step.take_while(|step| left.get(*step).is_some_and(|key| key < member));
            let near = far.last().unwrap_or(0);
            let rest = left.get(near..).unwrap_or_default();
            let end = rest.len().min(near + 2);
            let at = near + rest[..end].partition_point(|key| key < member);
            from += at;
            if from >= keys.len() {
                return;
            }
            if keys.get(from) != Some(member) {
                continue;
            }
            self.put(from, carrier);
            from += 1;
        }
    }

    /// Puts each of `keys` into those of the groups' carriers that they are in.
    fn join_each(
        &mut self,
        tx: &ReadTx<'_>,
        keys: &[i64],
        carriers: &HashMap<GroupKey, usize>,
    ) -> Result<()> {
        for (person, key) in keys.iter().enumerate() {
            let groups: Vec<GroupKey> = rows(
                tx.conn(),
                "SELECT grp FROM group_members WHERE member = ?1",
                [key],
                |row| row.get(0).map(GroupKey),
            )?;
            // In the carriers' order, so that who is in the same ones has the same set.
            let mut held: Vec<usize> = groups
                .iter()
                .filter_map(|group| carriers.get(group).copied())
                .collect();
            held.sort_unstable();
            for carrier in held {
                self.put(person, carrier);
            }
        }
        Ok(())
    }

    fn put(&mut self, person: usize, carrier: usize) {
        let Some(set) = self.of.get_mut(person) else {
            return;
        };
        *set = *self.more.entry((*set, carrier)).or_insert_with(|| {
            self.all.push((*set, carrier));
            self.all.len() - 1
        });
    }
}

fn in_group(tx: &ReadTx<'_>, group: GroupKey) -> Result<Vec<i64>> {
    Ok(rows(
        tx.conn(),
        "SELECT member FROM group_members WHERE grp = ?1 ORDER BY member",
        [group.0],
        |row| row.get(0),
    )?)
}

/// The account's groups that have policies, and how many are in each.
fn with_policies(tx: &ReadTx<'_>) -> Result<Vec<(GroupKey, i64)>> {
    let account = tx.account()?;
    Ok(rows(
        tx.conn(),
        "SELECT DISTINCT p.grp, g.member_count FROM policies p CROSS JOIN groups g ON g.seq = p.grp
         WHERE p.grp BETWEEN ?1 AND ?2 ORDER BY p.grp",
        (seq_of(account, 0), seq_of(account + 1, 0)),
        |row| Ok((GroupKey(row.get(0)?), row.get(1)?)),
    )?)
}

#[derive(Default)]
struct Owners {
    all: Vec<Vec<Own>>,
    places: HashMap<Vec<Own>, usize>,
}

impl Owners {
    fn place(&mut self, own: Vec<Own>) -> usize {
        if let Some(place) = self.places.get(&own) {
            return *place;
        }
        self.all.push(own.clone());
        self.places.insert(own, self.all.len() - 1);
        self.all.len() - 1
    }
}

fn reached(tx: &ReadTx<'_>, key: i64, set: usize, owners: &mut Owners) -> Result<Reached> {
    let (id, user_name, state, minimal_access, has_policies) = get(
        tx.conn(),
        "SELECT id, user_name, state, minimal_access, has_policies FROM members WHERE seq = ?1",
        [key],
        |row| {
            let state = parsed(row, 2, State::parse)?;
            let has_policies: bool = row.get(4)?;
            Ok((row.get(0)?, row.get(1)?, state, row.get(3)?, has_policies))
        },
    )?;
    let own = if has_policies {
        own(tx, key)?
    } else {
        Vec::new()
    };
    Ok(Reached {
        key: MemberKey(key),
        id,
        user_name,
        state,
        minimal_access,
        own: owners.place(own),
        set,
    })
}

fn own(tx: &ReadTx<'_>, member: i64) -> Result<Vec<Own>> {
    let mut own: Vec<Own> = rows(
        tx.conn(),
        "SELECT p.access, g.permission_group, r.resource_group
         FROM policies p CROSS JOIN policy_permission_groups g ON g.policy = p.seq
         CROSS JOIN policy_resource_groups r ON r.policy = p.seq WHERE p.member = ?1",
        [member],
        |row| {
            Ok(Own {
                access: row.get(0)?,
                role: row.get(1)?,
                resource_group: row.get(2)?,
            })
        },
    )?;
    own.sort_unstable();
    own.dedup();
    Ok(own)
}

fn path(access: Access, resource_groups: Vec<ResourceGroup>) -> Path {
    // By which policy of whom it comes says nothing of what is left in the end.
    Path {
        access,
        policy: PolicyId::from_bytes([0; 16]),
        via: Via::Direct,
        resource_groups,
    }
}

fn paths_of(policies: &[ChosenPolicy]) -> Vec<(PermissionGroupId, Path)> {
    let of = |policy: &ChosenPolicy| {
        let path = path(policy.access, policy.resource_groups.clone());
        let roles = policy.permission_groups.iter();
        roles.map(|role| (*role, path.clone())).collect::<Vec<_>>()
    };
    policies.iter().flat_map(of).collect()
}

fn own_paths(own: &[Own], scopes: &mut Scopes<'_, '_>) -> Result<Vec<(PermissionGroupId, Path)>> {
    let mut paths = Vec::with_capacity(own.len());
    for one in own {
        let access = Access::parse(&one.access)
            .ok_or_else(|| Error::internal("a policy that neither allows nor denies"))?;
        let resource_group = scopes.get(one.resource_group)?;
        paths.push((one.role, path(access, vec![resource_group])));
    }
    Ok(paths)
}

fn minimal_path(tx: &ReadTx<'_>) -> Result<(PermissionGroupId, Path)> {
    let whole = whole_account(tx)?;
    Ok((
        catalogue::MINIMAL_ACCOUNT_ACCESS,
        path(Access::Allow, vec![whole]),
    ))
}
