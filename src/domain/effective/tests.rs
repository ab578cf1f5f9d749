use proptest::prelude::*;

use super::*;
use crate::domain::id::{DomainId, ResourceGroupId};
use crate::domain::resource_group::ResourceGroup;

const ROLE: PermissionGroupId = PermissionGroupId::from_bytes([1; 16]);

fn domain(number: u8) -> Domain {
    Domain {
        id: DomainId::from_bytes([number; 16]),
        name: format!("d{number}.example"),
    }
}

/// Empty: the whole account.
fn on(domains: &[u8]) -> ResourceGroup {
    let scope = if domains.is_empty() {
        Scope::WholeAccount
    } else {
        Scope::Domains(domains.iter().map(|number| domain(*number)).collect())
    };
    ResourceGroup {
        id: ResourceGroupId::from_bytes([0; 16]),
        name: String::new(),
        built_in: domains.is_empty(),
        adhoc: false,
        scope,
    }
}

fn group(number: u8) -> Via {
    let id = GroupId::from_bytes([number; 16]);
    Via::Group(GroupLink {
        id,
        scim_id: id.into(),
        name: format!("group {number}"),
        managed_by: None,
        added_by: None,
        added_ms: 0,
    })
}

fn path(access: Access, policy: u8, via: Via, domains: &[u8]) -> (PermissionGroupId, Path) {
    let path = Path {
        access,
        policy: PolicyId::from_bytes([policy; 16]),
        via,
        resource_groups: vec![on(domains)],
    };
    (ROLE, path)
}

fn the_role(paths: Vec<(PermissionGroupId, Path)>) -> Effective {
    evaluate(true, paths).remove(0)
}

#[test]
fn a_denial_by_any_path_wins() {
    let role = the_role(vec![
        path(Access::Allow, 1, Via::Direct, &[]),
        path(Access::Deny, 2, group(1), &[]),
    ]);
    assert_eq!(role.scope, EffectiveScope::Nothing);
    assert_eq!((role.allows.len(), role.denies.len()), (1, 1));
    assert!(role.removal.is_empty() && role.kinds().next().is_none());
}

#[test]
fn a_denial_of_some_domains_leaves_the_others() {
    let role = the_role(vec![
        path(Access::Allow, 1, Via::Direct, &[1, 2]),
        path(Access::Allow, 2, group(1), &[2]),
        path(Access::Deny, 3, group(2), &[2]),
    ]);
    assert_eq!(role.scope, EffectiveScope::Domains(vec![domain(1)]));
    // The group's allow is denied whole, so it is neither a way in nor to be taken away.
    assert_eq!(
        role.removal,
        [Edge::OwnPolicy(PolicyId::from_bytes([1; 16]))]
    );
    assert_eq!(role.kinds().collect::<Vec<_>>(), [RolePath::Direct]);
    let role = the_role(vec![
        path(Access::Allow, 1, Via::Direct, &[]),
        path(Access::Deny, 3, group(2), &[2]),
    ]);
    let except = vec![domain(2)];
    assert_eq!(role.scope, EffectiveScope::WholeAccount { except });
    assert!(!role.is_unrestricted());
}

#[test]
fn who_is_not_active_may_do_nothing() {
    let kept = vec![path(Access::Allow, 1, Via::Direct, &[])];
    let roles = evaluate(false, kept);
    assert!(!roles[0].is_effective() && roles[0].allows.len() == 1);
}

#[test]
fn a_group_that_denies_too_is_not_left_for_it() {
    // Out of the group, the denial of domain 2 would go and their own policy reach it.
    let role = the_role(vec![
        path(Access::Allow, 1, group(1), &[1]),
        path(Access::Deny, 2, group(1), &[2]),
        path(Access::Allow, 3, Via::Direct, &[2]),
    ]);
    let policy = PolicyId::from_bytes([1; 16]);
    let group = GroupId::from_bytes([1; 16]);
    assert_eq!(role.removal, [Edge::GroupPolicy(group, policy)]);
}

/// What is left of the paths when an edge is taken away.
fn without(edges: &[Edge], paths: &[(PermissionGroupId, Path)]) -> Vec<(PermissionGroupId, Path)> {
    let cut = |path: &Path| {
        edges.iter().any(|edge| match edge {
            Edge::OwnPolicy(policy) | Edge::GroupPolicy(_, policy) => path.policy == *policy,
            Edge::Membership(group) => path.group() == Some(*group),
        })
    };
    let left = paths.iter().filter(|(_, path)| !cut(path));
    left.cloned().collect()
}

fn effective(paths: &[(PermissionGroupId, Path)]) -> bool {
    let roles = evaluate(true, paths.to_vec());
    roles.iter().any(Effective::is_effective)
}

prop_compose! {
    fn some_paths()(
        parts in prop::collection::vec(
            (any::<bool>(), 0_u8..4, prop::collection::vec(1_u8..5, 0..3)),
            1..9,
        ),
    ) -> Vec<(PermissionGroupId, Path)> {
        let paths = parts.into_iter().zip(1_u8..);
        paths
            .map(|((allows, via, domains), policy)| {
                let access = if allows { Access::Allow } else { Access::Deny };
                let via = if via == 0 { Via::Direct } else { group(via) };
                path(access, policy, via, &domains)
            })
            .collect()
    }
}

/// Whether the role is effective on that target, worked out another way.
fn holds(paths: &[(PermissionGroupId, Path)], target: Target) -> bool {
    let reaches = |access, target| {
        paths
            .iter()
            .any(|(_, path)| path.access == access && path.targets().any(|of| of == target))
    };
    let everywhere = Target::WholeAccount;
    (reaches(Access::Allow, everywhere) || reaches(Access::Allow, target))
        && !reaches(Access::Deny, everywhere)
        && !reaches(Access::Deny, target)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_left_is_what_is_allowed_and_not_denied(paths in some_paths()) {
        let role = the_role(paths.clone());
        for number in 1..5 {
            let target = Target::Domain(domain(number).id);
            prop_assert_eq!(role.scope.covers(target), holds(&paths, target));
        }
        // A domain that nobody names is of the account all the same.
        let unnamed = Target::Domain(domain(9).id);
        prop_assert_eq!(role.scope.covers(unnamed), holds(&paths, unnamed));
    }

    #[test]
    fn the_named_edges_end_it_and_fewer_do_not(paths in some_paths()) {
        let role = the_role(paths.clone());
        prop_assert_eq!(role.removal.is_empty(), !role.is_effective());
        prop_assert!(!effective(&without(&role.removal, &paths)));
        for kept in 0..role.removal.len() {
            let mut fewer = role.removal.clone();
            fewer.remove(kept);
            prop_assert!(effective(&without(&fewer, &paths)));
        }
    }

    #[test]
    fn a_way_in_is_named_exactly_when_something_of_it_is_left(paths in some_paths()) {
        let role = the_role(paths);
        let kinds: HashSet<bool> = role.kinds().map(|kind| kind == RolePath::Direct).collect();
        let own = role.removal.iter().any(|edge| matches!(edge, Edge::OwnPolicy(_)));
        prop_assert_eq!(kinds.contains(&true), own);
        prop_assert_eq!(!kinds.is_empty(), role.is_effective());
    }
}
