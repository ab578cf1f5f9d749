use super::town::{SUPER, Town, as_role, called, decision, group};
use crate::app::legacy::inventory;
use crate::domain::legacy::plan::{
    Choice, Class, ConflictKind, GroupState, MappingState, Plan, PlanOptions,
};

#[test]
fn a_plan_of_pushed_groups_keeps_everybodys_access() {
    let town = Town::new();
    let before = town.db.dump(&[]);
    let plan = town.planned();
    assert_eq!(town.db.dump(&[]), before, "a plan changes nothing");
    assert!(plan.is_ready());
    assert_eq!(plan.mapping, MappingState::On);
    let summary = &plan.summary;
    assert_eq!((summary.groups, summary.convert, summary.people), (3, 3, 3));
    assert_eq!((summary.same, summary.gain, summary.lose), (3, 0, 0));
    assert_eq!(summary.memberships, 4);
    assert_eq!(
        (
            summary.super_administrators_before,
            summary.super_administrators_after
        ),
        (1, 1)
    );
    let dns = group(&plan, &town.name("DNS"));
    assert_eq!(dns.class, Class::Exact);
    assert_eq!(dns.new_name.as_deref(), Some("DNS Editors"));
    assert_eq!(dns.state, GroupState::SameAccess);
    assert_eq!(dns.members, 1);
    assert!(dns.mapped && dns.policy.as_ref().is_some_and(|policy| policy.kept));
    let source = dns.connection.as_ref().expect("a connection");
    assert_eq!(source.name, "Entra ID");
    let bob = plan.people.iter().find(|one| one.id == town.id("bob"));
    let bob = bob.expect("Bob");
    let roles = plan.access_at(bob.before).iter().map(|role| &*role.role);
    let roles: Vec<&str> = roles.collect();
    assert_eq!(roles, ["Billing", "DNS", "Minimal Account Access"]);
    assert_eq!(bob.before, bob.after);
}

#[test]
fn a_plan_is_a_document() {
    let town = Town::new();
    let plan = town.planned();
    let text = serde_json::to_string(&plan).expect("JSON");
    assert_eq!(serde_json::from_str::<Plan>(&text).expect("a plan"), plan);
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["format"], "provost.legacy.plan/1");
    assert_eq!(value["people"][1]["user_name"], "bob@corp.example");
    let place = value["people"][1]["before"].as_u64().expect("a place");
    let place = usize::try_from(place).expect("a small number");
    let set = value["access"]["sets"][place].as_array().expect("a set");
    assert_eq!(set.len(), 3);
    let wrong = text.replace("\"sets\":[[", "\"sets\":[[99,");
    assert!(serde_json::from_str::<Plan>(&wrong).is_err());
    let again = town.planned();
    assert_ne!(again.id, plan.id);
    assert_eq!(again.fingerprint, plan.fingerprint);
}

#[test]
fn names_that_grant_nothing_wait_for_a_decision() {
    let town = Town::new();
    let near = format!("CF-{} -  DNS", town.db.account.id);
    let unknown = town.name("Zone Editor");
    let domain = town.name("Domain DNS");
    let other = format!("CF-{} - DNS", "0".repeat(32));
    for name in [&near, &unknown, &domain, &other] {
        town.group(name, &["cleo"]);
    }
    town.group("CFO Office", &["cleo"]);
    let plan = town.planned();
    assert_eq!(plan.summary.groups, 7);
    assert_eq!(plan.summary.undecided, 4);
    assert!(!plan.is_ready());
    let class = |name: &str| group(&plan, name).class;
    assert_eq!(class(&near), Class::Near);
    assert_eq!(class(&unknown), Class::UnknownRole);
    assert_eq!(class(&domain), Class::DomainRole);
    assert_eq!(class(&other), Class::OtherAccount);
    let near_one = group(&plan, &near);
    assert_eq!(near_one.nearest.as_deref(), Some(&*town.name("DNS")));
    assert_eq!(near_one.state, GroupState::Undecided);
    assert!(!near_one.mapped);

    let decisions = vec![
        as_role(&near, "DNS"),
        decision(&unknown, Choice::RenameOnly),
        decision(&domain, Choice::Skip),
        decision(&other, Choice::Convert),
    ];
    let plan = town.decided(decisions);
    assert!(plan.is_ready());
    assert_eq!(group(&plan, &near).state, GroupState::ChangesAccess);
    assert_eq!(group(&plan, &unknown).state, GroupState::SameAccess);
    assert_eq!(group(&plan, &domain).state, GroupState::Skipped);
    let zone = group(&plan, &unknown);
    assert_eq!(zone.new_name.as_deref(), Some("Zone Editors"));
    let changed: Vec<_> = plan.changed_people().map(|one| one.id).collect();
    assert_eq!(changed, [town.id("cleo")]);
    let merge = plan.merges.first().expect("three groups of one role");
    assert_eq!((merge.role.as_str(), merge.groups.len()), ("DNS", 3));
    let names: Vec<_> = [town.name("DNS"), near, other]
        .iter()
        .map(|name| group(&plan, name).new_name.clone())
        .collect();
    let wanted = ["DNS Editors", "DNS Editors 2", "DNS Editors 3"];
    assert_eq!(names, wanted.map(|name| Some(name.to_owned())));
}

#[test]
fn new_names_clash_with_those_that_are_there_and_with_each_other() {
    let town = Town::new();
    town.group("DNS Editors", &[]);
    let plan = town.planned();
    let dns = group(&plan, &town.name("DNS"));
    assert_eq!(dns.new_name.as_deref(), Some("DNS Editors 2"));
    let (dns, billing) = (town.name("DNS"), town.name("Billing"));
    let kinds = |decisions| {
        let plan = town.decided(decisions);
        let conflicts = plan.groups.iter().flat_map(|group| &group.conflicts);
        conflicts.map(|one| one.kind).collect::<Vec<_>>()
    };
    for (name, kind) in [
        ("dns editors", ConflictKind::NameTaken),
        ("CF people", ConflictKind::NameReserved),
        ("\u{421}F people", ConflictKind::NameReserved),
        (" ", ConflictKind::NameInvalid),
    ] {
        assert_eq!(kinds(vec![called(&dns, name)]), [kind], "{name}");
    }
    let both = vec![called(&dns, "Team"), called(&billing, "team")];
    assert_eq!(kinds(both), [ConflictKind::NameTwice; 2]);
    assert_eq!(
        kinds(vec![as_role(&dns, "Domain DNS")]),
        [ConflictKind::NoRole]
    );
    // What is chosen is not given to another group by the way.
    let plan = town.decided(vec![called(&billing, "DNS Editors 2")]);
    let dns = group(&plan, &dns);
    assert_eq!(dns.new_name.as_deref(), Some("DNS Editors 3"));
}

#[test]
fn a_template_makes_names_and_wrong_options_are_refused() {
    let town = Town::new();
    let with = |template: &str| PlanOptions {
        template: Some(template.to_owned()),
        ..PlanOptions::default()
    };
    let plan = town.plan(&with("{role} people")).expect("a plan");
    let names: Vec<_> = plan.groups.iter().map(|one| one.new_name.clone()).collect();
    assert!(names.contains(&Some("DNS people".to_owned())), "{names:?}");
    assert!(town.plan(&with("people")).is_err());
    let dns = town.name("DNS");
    for decisions in [
        vec![decision("CF-nobody", Choice::Skip)],
        vec![decision(&dns, Choice::Skip), called(&dns, "Name servers")],
    ] {
        let options = PlanOptions {
            decisions,
            ..PlanOptions::default()
        };
        let refused = town.plan(&options).expect_err("a wrong decision");
        assert!(refused.message().contains("decision") || refused.message().contains("decide"));
    }
}

#[test]
fn the_inventory_tells_what_is_used_and_what_is_only_offered() {
    let town = Town::new();
    let near = format!("CF-{}-DNS", town.db.account.id);
    town.group(&near, &["cleo"]);
    let found = town.db.read(inventory::read).expect("an inventory");
    assert_eq!(found.mapping, MappingState::On);
    assert_eq!((found.groups.len(), found.people), (4, 3));
    assert!(found.never_used > 50);
    let by_name = |name: &str| {
        let mut named = found.groups.iter().filter(|group| group.name == name);
        named.next().expect("the group")
    };
    let admins = by_name(&town.name(SUPER));
    assert!(admins.mapped && admins.grants);
    let source = admins.connection.as_ref().expect("a connection");
    assert_eq!(source.name, "Okta Workforce");
    let near = by_name(&near);
    assert!(!near.mapped && !near.grants);
    assert_eq!(near.class, Class::Near);
}
