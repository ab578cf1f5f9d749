//! A page shows of everybody what they are shown alone, and both show what is so now.

use std::collections::BTreeMap;

use super::variable;
use super::world::{Random, Step, World};
use crate::app;
use crate::app::groups::by_hand::GroupChange;
use crate::app::preview::Change;
use crate::domain::group::GroupEdit;
use crate::domain::id::MemberId;
use crate::domain::listing::{Begin, MemberListing, MemberSort, Order, Position, Span};
use crate::domain::member::{MemberView, State};
use crate::domain::reference::GroupRef;
use crate::domain::role::custom::RoleChange;
use crate::domain::text::{GroupName, RoleName};
use crate::store::check::integrity;
use crate::store::testing::TestDb;

/// All that an answer shows of somebody.
#[derive(Debug, PartialEq, Eq)]
struct Shown {
    state: State,
    document: String,
    external_id: Option<String>,
    groups: Vec<(String, String)>,
    roles: Vec<String>,
    version: String,
}

fn shown(member: &MemberView<'_>) -> (MemberId, Shown) {
    let beside = member.beside.cloned().unwrap_or_default();
    let groups = beside.groups.iter();
    let shown = Shown {
        state: member.state,
        document: member.document.to_owned(),
        external_id: member.external_id.map(str::to_owned),
        groups: groups
            .map(|group| (group.scim_id.clone(), group.name.clone()))
            .collect(),
        roles: beside
            .roles
            .iter()
            .map(|role| format!("{role:?}"))
            .collect(),
        version: member.version().to_string(),
    };
    (member.id().parse().expect("an id"), shown)
}

type People = BTreeMap<MemberId, Shown>;

/// As the writer reads them, who remembers nothing.
fn as_they_are(world: &World) -> People {
    let ids = world.members.clone();
    let read = world.db.write(move |tx| {
        let one = |id| Ok(shown(&app::members::get(tx, id)?.view()));
        ids.into_iter().map(one).collect()
    });
    read.expect("people")
}

fn alone(world: &World) -> People {
    let one = |id: &MemberId| {
        let read = world.db.read(|tx| app::members::show(tx, *id, shown));
        read.expect("a person")
    };
    world.members.iter().map(one).collect()
}

/// Page after page of `limit`, forwards or, from the end, backwards.
fn by_pages(db: &TestDb, order: &Order<MemberSort>, limit: i64, backward: bool) -> People {
    let mut people = People::new();
    let mut begin = if backward { Begin::Last } else { Begin::First };
    loop {
        let listing = MemberListing {
            filter: None,
            order: order.clone(),
            span: Span {
                begin,
                limit,
                known_total: None,
            },
        };
        let page = db
            .read(|tx| app::members::list(tx, &listing, &mut shown))
            .expect("a page");
        people.extend(page.items);
        let next: Option<&Position> = if backward {
            page.positions.first()
        } else {
            page.positions.last()
        };
        match next.filter(|_| page.more) {
            Some(place) if backward => begin = Begin::Before(place.clone()),
            Some(place) => begin = Begin::After(place.clone()),
            None => return people,
        }
    }
}

/// A step of the world, or a name that changes: many of those, since they are shown of others.
fn step(world: &mut World, random: &mut Random, round: u64) -> Step {
    match random.below(6) {
        0 => {
            let group = GroupRef::Id(random.pick(&world.groups));
            let name = GroupName::parse(&format!("Renamed {round}")).expect("a name");
            let change = GroupChange {
                name: Some(name),
                policies: None,
            };
            Step::Change(Change::Group(group, change))
        }
        1 => {
            let name = RoleName::parse(&format!("Role {round}")).expect("a name");
            let change = RoleChange {
                name: Some(name),
                ..RoleChange::default()
            };
            Step::Change(Change::Role(world.own_role(random), change))
        }
        _ => world.step(random),
    }
}

#[test]
fn a_page_shows_of_everybody_what_is_so_now() {
    let rounds = variable("PROVOST_PAGES_ROUNDS").unwrap_or(600);
    let seed = variable("PROVOST_PAGES_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(crate::env::Entropy.bytes()));
    let (mut random, mut world) = (Random(seed), World::new());
    let mut in_groups = 0;
    for round in 0..rounds {
        world.refill();
        let step = step(&mut world, &mut random, round);
        // A refusal leaves everything as it was.
        let _ = world.take(&step);
        let wanted = as_they_are(&world);
        let order = Order {
            key: random.pick(&[MemberSort::Made, MemberSort::Made, MemberSort::UserName]),
            descending: random.below(3) == 0,
        };
        let (limit, backward) = (random.pick(&[1, 2, 3, 100]), random.below(3) == 0);
        let told = format!("seed {seed}, round {round}, {order:?}, {limit}, {backward}: {step:?}");
        // Also a second time, when all is remembered.
        for _ in 0..2 {
            assert_eq!(
                by_pages(&world.db, &order, limit, backward),
                wanted,
                "{told}"
            );
            assert_eq!(alone(&world), wanted, "{told}");
        }
        in_groups += wanted.values().filter(|one| !one.groups.is_empty()).count();
    }
    assert_eq!(integrity(&world.db.db).expect("an examination"), Vec::new());
    assert!(in_groups > 0, "seed {seed}: nobody was in a group");
}

#[test]
fn whoever_is_in_very_many_groups_is_shown_in_all_of_them() {
    let mut world = World::new();
    let people = world.members.clone();
    for number in 0..70 {
        let name = format!("Many {number}");
        world.take(&Step::CreateGroup(name)).expect("a group");
        let group = *world.groups.last().expect("a group");
        // The second is in all, the others in few.
        let members = match number {
            0..4 => people.clone(),
            _ => vec![people[1]],
        };
        let edit = GroupEdit::AddMembers(members);
        world
            .take(&Step::EditGroup(group, vec![edit]))
            .expect("members");
    }
    let wanted = as_they_are(&world);
    assert_eq!(wanted[&people[1]].groups.len(), 70);
    for descending in [false, true] {
        let order = Order {
            key: MemberSort::Made,
            descending,
        };
        for limit in [2, 3, 4, 100] {
            let seen = by_pages(&world.db, &order, limit, false);
            assert_eq!(seen, wanted, "{descending}, {limit}");
            // What is remembered is forgotten by a write.
            world.refill();
            let group = world.groups[0];
            let edit = GroupEdit::AddMembers(Vec::new());
            world
                .take(&Step::EditGroup(group, vec![edit]))
                .expect("nothing");
        }
    }
}
