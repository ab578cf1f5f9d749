use std::io::Write;

use super::variable;
use super::world::{Random, World};
use crate::app;
use crate::domain::id::MemberId;
use crate::domain::member::RoleOfMember;
use crate::domain::reason::Reason;
use crate::domain::reference::MemberRef;
use crate::store::check::integrity;

/// Steps of one sequence.
const STEPS: u64 = 6;
/// Sequences in one directory, before another one is begun.
const SEQUENCES_EACH: u64 = 100;

#[test]
fn no_sequence_of_steps_leaves_an_account_without_its_super_administrator() {
    let sequences = variable("PROVOST_GUARD_SEQUENCES").unwrap_or(200);
    let seed = variable("PROVOST_GUARD_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(crate::env::Entropy.bytes()));
    let mut random = Random(seed);
    let (mut world, mut had, mut refused) = (World::new(), false, 0);
    for sequence in 0..sequences {
        if sequence % SEQUENCES_EACH == SEQUENCES_EACH - 1 {
            assert_eq!(integrity(&world.db.db).expect("an examination"), Vec::new());
            (world, had) = (World::new(), false);
        }
        for _ in 0..STEPS {
            world.refill();
            let step = world.step(&mut random);
            let before = world.super_administrators();
            let taken = world.take(&step);
            let after = world.super_administrators();
            had |= before > 0 || after > 0;
            assert!(!had || after > 0, "seed {seed}: {step:?}");
            if let Err(error) = taken {
                assert_eq!(before, after, "seed {seed}: {step:?}: {error}");
                if error.reason() == Reason::LastSuperAdministrator {
                    assert!(before > 0, "seed {seed}: {step:?}");
                    refused += 1;
                }
            }
        }
    }
    let told = format!("{sequences} sequences, seed {seed}: {refused} steps refused\n");
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("stderr");
    // The sequences come to the point.
    assert!(refused > sequences / 20, "seed {seed}: {refused} refused");
}

#[test]
fn what_is_effective_is_what_policies_and_memberships_say() {
    let seed = u64::from_le_bytes(crate::env::Entropy.bytes());
    let (mut random, mut world) = (Random(seed), World::new());
    for _ in 0..150 {
        world.refill();
        let step = world.step(&mut random);
        // A refusal leaves everything as it was.
        let _ = world.take(&step);
        let judged = world.judged();
        for member in &world.members {
            let found = super::preview::effective(&world, *member);
            let expected = judged.get(member).cloned().unwrap_or_default();
            assert_eq!(found, expected, "seed {seed}: {step:?}");
            let (shown, told) = roles_shown(&world, *member);
            assert_eq!(shown, told, "seed {seed}: {step:?}");
        }
    }
}

/// The roles of a person as SCIM shows them, and as access is explained.
fn roles_shown(world: &World, member: MemberId) -> (Vec<RoleOfMember>, Vec<RoleOfMember>) {
    let read = world.db.read(|tx| {
        let shown = app::members::get(tx, member)?.beside.roles;
        let access = app::access::effective(tx, &MemberRef::Id(member))?;
        let mut told: Vec<RoleOfMember> = Vec::new();
        for role in &access.roles {
            let name = role.name.clone();
            told.extend(role.kinds().map(|path| RoleOfMember {
                name: name.clone(),
                path,
            }));
        }
        told.sort_unstable();
        told.dedup();
        Ok((shown, told))
    });
    read.expect("roles")
}
