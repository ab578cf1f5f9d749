//! What many people may do, worked out together, is what it is for each of them alone.

use super::variable;
use super::world::{Random, World};
use crate::domain::effective::Effective;
use crate::domain::error::Error;
use crate::domain::id::{GroupId, MemberId};
use crate::domain::legacy::access::Accesses;
use crate::domain::legacy::plan::AccessRole;
use crate::domain::preview::RoleOn;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::store;
use crate::store::grants::bulk::{Circle, Crowd};
use crate::store::tx::ReadTx;

/// Steps in one directory, before another one is begun.
const STEPS_EACH: u64 = 100;

/// What the person may do, asked about them alone; it is the same where nobody asks by which way.
fn alone(tx: &ReadTx<'_>, id: MemberId) -> crate::domain::error::Result<Vec<AccessRole>> {
    let (key, _) = store::members::by_hand::get(tx, &MemberRef::Id(id))?;
    let roles: Vec<Effective> = store::grants::effective(tx, key, None)?;
    let state = store::grants::person(tx, key)?.state;
    let ends = store::grants::Ends::new(tx).of(key, state)?;
    let effective = roles.iter().filter(|role| role.is_effective());
    let same = effective.map(|role| RoleOn {
        permission_group: role.permission_group,
        name: role.name.clone(),
        scope: role.scope.clone(),
    });
    assert_eq!(ends, same.collect::<Vec<_>>());
    let mut accesses = Accesses::default();
    let place = accesses.place::<Error>(&roles, |role| store::grants::role_name(tx, role))?;
    Ok(accesses.at(place).to_vec())
}

fn circle(tx: &ReadTx<'_>, group: GroupId) -> crate::domain::error::Result<Circle> {
    let (key, _) = store::groups::by_hand::get(tx, &GroupRef::Id(group))?;
    Ok(Circle::Group(key))
}

#[test]
fn together_people_have_what_each_of_them_has_alone() {
    let steps = variable("PROVOST_BULK_STEPS").unwrap_or(300);
    let seed = variable("PROVOST_BULK_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(crate::env::Entropy.bytes()));
    let (mut random, mut world) = (Random(seed), World::new());
    for number in 0..steps {
        if number % STEPS_EACH == STEPS_EACH - 1 {
            world = World::new();
        }
        world.refill();
        let step = world.step(&mut random);
        // Many are refused; the directory is what it is then.
        let _ = world.take(&step);
        world.refill();
        let groups = world.groups.clone();
        let split = usize::try_from(random.below(groups.len() as u64)).expect("small");
        let read = world.db.read(|tx| {
            let circles = groups[split..].iter().map(|group| circle(tx, *group));
            let circles = circles.collect::<crate::domain::error::Result<Vec<Circle>>>()?;
            // Reading the groups, and asking the people.
            for crowd in [
                Crowd::asking_from(tx, &circles, i64::MAX)?,
                Crowd::asking_from(tx, &circles, -1)?,
            ] {
                let carried = crowd.carried(tx)?;
                let mut accesses = Accesses::default();
                let places = crowd.access(tx, &carried, &mut accesses)?;
                for (person, place) in crowd.people.iter().zip(places) {
                    assert_eq!(
                        accesses.at(place),
                        alone(tx, person.id)?,
                        "seed {seed}: {person:?} after {step:?}"
                    );
                }
            }
            Ok(())
        });
        read.expect("an answer");
    }
}
