use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::variable;
use super::world::{Random, Step, World};
use crate::app;
use crate::domain::error::Result;
use crate::domain::id::{MemberId, PermissionGroupId};
use crate::domain::policy::Target;
use crate::domain::preview::{Difference, RoleOn};
use crate::domain::reference::MemberRef;
use crate::store::check::integrity;
use crate::store::grants::HoldersAfter;

/// Changes in one directory, before another one is begun.
const CHANGES_EACH: u64 = 250;

type Atoms = BTreeSet<(PermissionGroupId, Target)>;

/// What the member may do, as the use case says it.
pub(super) fn effective(world: &World, member: MemberId) -> Atoms {
    let which = MemberRef::Id(member);
    let access = world.db.read(|tx| app::access::effective(tx, &which));
    let mut atoms = Atoms::new();
    for role in access.expect("an answer").roles {
        for target in world.targets() {
            if role.scope.covers(target) {
                atoms.insert((role.permission_group, target));
            }
        }
    }
    atoms
}

fn atoms(world: &World, roles: &[RoleOn]) -> Atoms {
    let mut atoms = Atoms::new();
    for role in roles {
        let covered = world.targets().into_iter();
        let covered = covered.filter(|target| role.scope.covers(*target));
        atoms.extend(covered.map(|target| (role.permission_group, target)));
    }
    atoms
}

/// All pages, two members each.
fn previewed(world: &World, change: &app::preview::Change) -> Result<Vec<Difference>> {
    let (mut all, mut after) = (Vec::new(), HoldersAfter::default());
    loop {
        let change = change.clone();
        let page = world
            .db
            .write(move |tx| app::preview::preview(tx, &change, after, 2))?;
        all.extend(page.differences);
        match page.next {
            Some(next) => after = next,
            None => return Ok(all),
        }
    }
}

fn permissions(world: &World) -> BTreeMap<MemberId, BTreeSet<String>> {
    let read = world.db.read(|tx| {
        let mut all = BTreeMap::new();
        for member in &world.members {
            let access = app::access::effective(tx, &MemberRef::Id(*member))?;
            let mut held = BTreeSet::new();
            for role in access.roles.iter().filter(|role| role.is_effective()) {
                let role = crate::store::roles::find_by_group(tx, role.permission_group)?;
                let permissions = role.into_iter().flat_map(|role| role.permissions);
                held.extend(permissions.map(|permission| permission.to_string()));
            }
            all.insert(*member, held);
        }
        Ok(all)
    });
    read.expect("permissions")
}

#[test]
fn a_preview_is_what_happens() {
    let changes = variable("PROVOST_PREVIEW_CHANGES").unwrap_or(250);
    let seed = variable("PROVOST_PREVIEW_SEED")
        .unwrap_or_else(|| u64::from_le_bytes(crate::env::Entropy.bytes()));
    let (mut random, mut world) = (Random(seed), World::new());
    let (mut told, mut refused) = (0, 0);
    for number in 0..changes {
        if number % CHANGES_EACH == CHANGES_EACH - 1 {
            assert_eq!(integrity(&world.db.db).expect("an examination"), Vec::new());
            world = World::new();
        }
        world.refill();
        let step = world.step(&mut random);
        let _ = world.take(&step);
        world.refill();
        let change = world.change(&mut random);
        let before = world.judged();
        let known = world.members.clone();
        let permissions_before = permissions(&world);
        let preview = previewed(&world, &change);
        assert_eq!(
            world.judged(),
            before,
            "seed {seed}: a preview of {change:?} left something"
        );
        match (preview, world.take(&Step::Change(change.clone()))) {
            (Err(preview), Err(error)) => {
                assert_eq!(
                    preview.message(),
                    error.message(),
                    "seed {seed}: {change:?}"
                );
                refused += 1;
            }
            (Ok(preview), Ok(())) => {
                told += preview.len();
                let after = world.judged();
                let what = format!("seed {seed}: {change:?}");
                compare(&world, &preview, &before, &after, &known, &what);
                let after = permissions(&world);
                compare_permissions(&preview, &permissions_before, &after);
            }
            (preview, taken) => panic!("seed {seed}: {change:?}: {preview:?}, then {taken:?}"),
        }
    }
    // Nothing is left of what was only tried, in the audit chain neither.
    assert_eq!(integrity(&world.db.db).expect("an examination"), Vec::new());
    let said = format!("{changes} changes, seed {seed}: {told} told, {refused} refused\n");
    std::io::stderr()
        .write_all(said.as_bytes())
        .expect("stderr");
    assert!(told > 50 && refused > 5, "{said}");
}

fn compare(
    world: &World,
    preview: &[Difference],
    before: &BTreeMap<MemberId, Atoms>,
    after: &BTreeMap<MemberId, Atoms>,
    known: &[MemberId],
    what: &str,
) {
    let nothing = Atoms::new();
    let members: BTreeSet<MemberId> = before.keys().chain(after.keys()).copied().collect();
    for member in &members {
        let was = before.get(member).unwrap_or(&nothing);
        let is = after.get(member).unwrap_or(&nothing);
        let gained: Atoms = is.difference(was).copied().collect();
        let lost: Atoms = was.difference(is).copied().collect();
        // Somebody invited is made anew, under another id.
        let told = match preview {
            [one] if !known.contains(member) => Some(one),
            _ => preview.iter().find(|one| one.member.id == *member),
        };
        let (told_gained, told_lost) = told.map_or_else(Default::default, |told| {
            (atoms(world, &told.gained), atoms(world, &told.lost))
        });
        assert_eq!((told_gained, told_lost), (gained, lost), "{what}");
    }
    assert!(preview.len() <= members.len().max(1), "{what}");
}

fn compare_permissions(
    preview: &[Difference],
    before: &BTreeMap<MemberId, BTreeSet<String>>,
    after: &BTreeMap<MemberId, BTreeSet<String>>,
) {
    for (member, was) in before {
        let Some(is) = after.get(member) else {
            continue;
        };
        let told = preview.iter().find(|one| one.member.id == *member);
        let gained: Vec<String> = is.difference(was).cloned().collect();
        let lost: Vec<String> = was.difference(is).cloned().collect();
        let told = told.map(|told| {
            (
                told.permissions_gained.clone(),
                told.permissions_lost.clone(),
            )
        });
        assert_eq!(told.unwrap_or_default(), (gained, lost));
    }
}
