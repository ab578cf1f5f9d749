//! Policies as forms say them.

use super::*;

fn policy(id: u8, groups: Vec<ResourceGroup>) -> Policy {
    Policy {
        id: PolicyId::from_bytes([id; 16]),
        access: Access::Allow,
        permission_groups: vec![PermissionGroupId::from_bytes([1; 16])],
        resource_groups: groups,
    }
}

fn group(id: u8, adhoc: bool, domains: &[u8]) -> ResourceGroup {
    let domain = |id: &u8| Domain {
        id: DomainId::from_bytes([*id; 16]),
        name: format!("d{id}.example"),
    };
    ResourceGroup {
        id: ResourceGroupId::from_bytes([id; 16]),
        name: "Lab".to_owned(),
        built_in: domains.is_empty(),
        adhoc,
        scope: match domains {
            [] => Scope::WholeAccount,
            some => Scope::Domains(some.iter().map(domain).collect()),
        },
    }
}

#[test]
fn a_form_says_what_the_policy_said() {
    let cases = [
        (vec![group(1, false, &[])], Where::Account),
        (
            vec![group(2, true, &[5, 6])],
            Where::Domains(vec![
                DomainId::from_bytes([5; 16]),
                DomainId::from_bytes([6; 16]),
            ]),
        ),
        (
            vec![group(3, false, &[5])],
            Where::Group(ResourceGroupId::from_bytes([3; 16])),
        ),
        (
            vec![group(3, false, &[5]), group(1, false, &[])],
            Where::AsItIs,
        ),
    ];
    for (groups, on) in cases {
        let before = policy(9, groups);
        let draft = Draft::of(&before);
        assert_eq!(draft.on, on);
        assert_eq!(draft.policy(Some(&before)).id, Some(before.id));
    }
    let both = policy(9, vec![group(3, false, &[5]), group(1, false, &[])]);
    let again = Draft::of(&both).policy(Some(&both));
    assert_eq!(again, same(&both));
}

#[test]
fn what_no_form_offers_is_told_and_never_taken_for_something_else() {
    let role = "01".repeat(16);
    let read = |sent: &[(&str, &str)]| {
        let of = |name: &str| sent.iter().filter(|(known, _)| *known == name).collect();
        Draft::read(|name: &str| {
            let same: Vec<&(&str, &str)> = of(name);
            same.into_iter().map(|(_, value)| *value).collect()
        })
    };
    let draft = read(&[("access", "deny"), ("role", &role), ("scope", "domains")]);
    assert_eq!(draft.access, Access::Deny);
    assert_eq!(draft.roles, [PermissionGroupId::from_bytes([1; 16])]);
    assert_eq!(draft.on, Where::Domains(Vec::new()));
    assert!(!draft.strange);
    assert_eq!(read(&[]), Draft::empty());
    for odd in [("access", "maybe"), ("scope", "zonk"), ("role", "x")] {
        assert!(read(&[odd]).strange, "{odd:?}");
    }
    assert!(read(&[("scope", "domains"), ("domain", "x")]).strange);
}

#[test]
fn policies_are_replaced_in_their_place() {
    let before = [policy(1, vec![group(1, false, &[])]), policy(2, Vec::new())];
    let edited = Draft::empty().policy(Some(&before[0]));
    let all = with(&before, edited);
    assert_eq!(all.len(), 2);
    assert!(all[0].permission_groups.is_empty());
    assert_eq!(with(&before, Draft::empty().policy(None)).len(), 3);
    assert_eq!(without(&before, before[0].id), [same(&before[1])]);
    assert_ne!(seen(&before), seen(&before[..1]));
}
