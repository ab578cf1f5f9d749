use proptest::prelude::*;

use super::*;

const OWN: AccountId = AccountId::from_bytes([0xab; 16]);
const OTHER: AccountId = AccountId::from_bytes([0xcd; 16]);

fn own(rest: &str) -> String {
    format!("CF-{OWN}{rest}")
}

fn named(name: &str) -> &'static Role {
    catalogue::role_by_name(name).expect("a role")
}

#[track_caller]
fn near(name: &str, role: &str, wanted: &[Flaw]) {
    let role = named(role);
    let nearest = print(OWN, role);
    let flaws = wanted.to_vec();
    let class = classify(name, OWN);
    assert_eq!(
        class,
        NameClass::Near {
            role,
            flaws,
            nearest
        },
        "{name:?}"
    );
}

#[test]
fn every_role_of_the_catalogue_is_told_by_its_name_and_by_its_old_spellings() {
    let mut granting = 0;
    for role in catalogue::roles() {
        for spelling in spellings(role) {
            let name = own(&format!(" - {spelling}"));
            let class = classify(&name, OWN);
            let elsewhere = NameClass::OtherAccount {
                account: OWN,
                within: Box::new(class.clone()),
            };
            assert_eq!(classify(&name, OTHER), elsewhere);
            if !has_legacy_group(role) {
                assert_eq!(class, NameClass::DomainRole { role });
            } else if *spelling == role.name {
                granting += 1;
                assert_eq!(class, NameClass::Exact { role });
                assert_eq!(print(OWN, role), name);
            } else {
                let current = print(OWN, role);
                assert_eq!(class, NameClass::Alias { role, current });
            }
        }
    }
    assert_eq!(granting, legacy_roles().count());
}

#[test]
fn each_near_miss_is_told_apart_from_the_others() {
    use Flaw::*;
    let id = OWN.to_string();
    let capitals = id.to_ascii_uppercase();
    for (name, role, flaw) in [
        (format!(" {}", own(" - DNS")), "DNS", OuterSpace),
        (own(" - DNS "), "DNS", OuterSpace),
        (format!("cf-{id} - DNS"), "DNS", PrefixCase),
        (format!("Cf-{id} - DNS"), "DNS", PrefixCase),
        (format!("CF-{capitals} - DNS"), "DNS", AccountCase),
        (format!("CF-{} - DNS", &id[1..]), "DNS", AccountLength),
        (format!("CF-{id}0 - DNS"), "DNS", AccountLength),
        (own(" - dns"), "DNS", RoleCase),
        (
            own(" - administrator Read only"),
            "Administrator Read Only",
            RoleCase,
        ),
        (own("-DNS"), "DNS", MissingSpace),
        (own(" -DNS"), "DNS", MissingSpace),
        (own("- DNS"), "DNS", MissingSpace),
        (own(" - CachePurge"), "Cache Purge", MissingSpace),
        (own("  - DNS"), "DNS", ExtraSpace),
        (own(" -  DNS"), "DNS", ExtraSpace),
        (format!("CF- {id} - DNS"), "DNS", ExtraSpace),
        (own(" - Cache  Purge"), "Cache Purge", ExtraSpace),
        (own("\u{a0}- DNS"), "DNS", SpecialSpace),
        (own(" - Cache\u{2009}Purge"), "Cache Purge", SpecialSpace),
        (own(" \u{2013} DNS"), "DNS", SpecialDash),
        (own(" \u{2014} DNS"), "DNS", SpecialDash),
        (format!("CF\u{2011}{id} - DNS"), "DNS", SpecialDash),
        (own(" DNS"), "DNS", Separator),
        (own("DNS"), "DNS", Separator),
        (own(": DNS"), "DNS", Separator),
        (own("_DNS"), "DNS", Separator),
        (own(" -- DNS"), "DNS", Separator),
        (format!("CF{id} - DNS"), "DNS", Separator),
        (format!("CF_{id} - DNS"), "DNS", Separator),
        (format!("\u{421}F-{id} - DNS"), "DNS", LookAlike),
        (format!("\u{ff23}\u{ff26}-{id} - DNS"), "DNS", LookAlike),
        (own(" - DN\u{405}"), "DNS", LookAlike),
        (own(" - D\u{200b}NS"), "DNS", Invisible),
        (format!("\u{feff}CF-{id} - DNS"), "DNS", Invisible),
    ] {
        near(&name, role, &[flaw]);
    }
}

#[test]
fn all_flaws_of_a_name_are_told() {
    use Flaw::*;
    let name = format!(" cf-{}\u{2013}dns", OWN.to_string().to_uppercase());
    let all = [
        OuterSpace,
        PrefixCase,
        AccountCase,
        RoleCase,
        MissingSpace,
        SpecialDash,
    ];
    near(&name, "DNS", &all);
    assert_eq!(
        differences(&[PrefixCase, RoleCase, Invisible]),
        "CF is not in capital letters, the role is in other letter case and it has a character \
         that can't be seen"
    );
    let texts: std::collections::HashSet<String> = Flaw::ALL.iter().map(Flaw::to_string).collect();
    let codes: std::collections::HashSet<&str> = Flaw::ALL.iter().map(|flaw| flaw.code()).collect();
    assert_eq!(
        (texts.len(), codes.len()),
        (Flaw::ALL.len(), Flaw::ALL.len())
    );
}

#[test]
fn roles_hold_the_separator_themselves() {
    let role = named("Super Administrator - All Privileges");
    assert_eq!(classify(&print(OWN, role), OWN), NameClass::Exact { role });
    let dash = own(" - Super Administrator \u{2013} All Privileges");
    near(&dash, &role.name, &[Flaw::SpecialDash]);
    // An old spelling with another flaw has the current spelling as its nearest name.
    near(
        &own(" - super Administrator"),
        &role.name,
        &[Flaw::RoleCase],
    );
}

#[test]
fn what_is_no_role_is_unknown_and_the_nearest_are_suggested() {
    let unknown = |rest: &str| match classify(&own(rest), OWN) {
        NameClass::UnknownRole { text, suggestions } => {
            let names: Vec<&str> = suggestions.iter().map(|role| role.name.as_str()).collect();
            (text, names)
        }
        other => panic!("{other:?}"),
    };
    let (text, names) = unknown(" - Admnistrator");
    assert_eq!((text.as_str(), names[0]), ("Admnistrator", "Administrator"));
    assert_eq!(unknown(" - Zaraz Reed").1[0], "Zaraz Read only");
    assert_eq!(unknown(" - Chief Parking Officer").1, Vec::<&str>::new());
    for rest in ["", " ", " -", " - ", " -  "] {
        assert_eq!(unknown(rest), (String::new(), Vec::new()), "{rest:?}");
    }
    assert!(
        unknown(" - Administrator Read Only r1")
            .1
            .contains(&"Administrator Read Only")
    );
    let long = format!(" - {}", "x".repeat(100_000));
    assert_eq!(unknown(&long).1, Vec::<&str>::new());
}

#[test]
fn a_role_on_domains_was_never_granted_by_a_name() {
    let role = named("Domain DNS");
    assert_eq!(
        classify(&own(" - Domain DNS"), OWN),
        NameClass::DomainRole { role }
    );
    assert_eq!(
        classify(&own("-domain dns"), OWN),
        NameClass::DomainRole { role }
    );
}

#[test]
fn other_names_are_just_names() {
    let id = OWN.to_string();
    for name in [
        "",
        "C",
        "CF",
        "CFO Office",
        "CF Night Shift",
        "CF - DNS",
        "Team CF",
        "DNS",
        &id,
        &format!("{id} - DNS"),
        &format!("XF-{id} - DNS"),
        "CF-0123456789abcdef - DNS",
        "CF-zzzz456789abcdef0123456789abcdef - DNS",
    ] {
        assert_eq!(classify(name, OWN), NameClass::NotLegacy, "{name:?}");
    }
}

/// Bits of legacy names, right and wrong, so that random texts are often nearly one.
fn bits() -> impl Strategy<Value = String> {
    let id = OWN.to_string();
    let fixed = prop_oneof![
        Just("CF".to_owned()),
        Just("cf".to_owned()),
        Just("-".to_owned()),
        Just(" - ".to_owned()),
        Just(" ".to_owned()),
        Just("\u{a0}".to_owned()),
        Just("\u{2013}".to_owned()),
        Just("\u{200b}".to_owned()),
        Just("\u{421}".to_owned()),
        Just("DNS".to_owned()),
        Just("Super Administrator - All Privileges".to_owned()),
        Just("Trust And Safety".to_owned()),
        Just(id.to_ascii_uppercase()),
        Just(OTHER.to_string()),
        Just(id[..31].to_owned()),
        Just(id),
        "\\PC{0,3}",
        ".{0,3}",
    ];
    proptest::collection::vec(fixed, 0..8).prop_map(|bits| bits.concat())
}

#[test]
fn what_people_read_as_a_legacy_name_is_told_by_its_look_alikes() {
    let id = OWN.to_string();
    let upper = id.to_uppercase();
    for (name, flaws) in [
        (format!("CF-{id} - Firewall"), &[][..]),
        (format!("cf-{upper} - \u{c9}quipe"), &[]),
        (format!("CF-{id} \u{2013} Firewall"), &[Flaw::SpecialDash]),
        (format!("CF-{id} \u{2014} Firewall"), &[Flaw::SpecialDash]),
        (format!("CF\u{2212}{id} - Firewall"), &[Flaw::SpecialDash]),
        (
            format!("CF-{id}\u{a0}\u{2011} x"),
            &[Flaw::SpecialSpace, Flaw::SpecialDash],
        ),
        (format!("\u{421}F-{id} - Firewall"), &[Flaw::LookAlike]),
    ] {
        assert_eq!(reads_as_legacy(&name).as_deref(), Some(flaws), "{name}");
    }
    for name in [
        "CFO - Office".to_owned(),
        "CF \u{2013} Firewall".to_owned(),
        format!("CF-{id}\u{2013}Firewall"),
        format!("CF-{id} \u{2013} "),
        format!("DF-{id} - Firewall"),
    ] {
        assert_eq!(reads_as_legacy(&name), None, "{name}");
    }
}

proptest! {
    /// Any text has a class, and only the right name is exact.
    #[test]
    fn parsing_is_total_and_exact_is_exact(name in prop_oneof![bits(), ".{0,60}"]) {
        match classify(&name, OWN) {
            NameClass::Exact { role } => prop_assert_eq!(print(OWN, role), name),
            NameClass::Alias { role, current } => {
                prop_assert_eq!(print(OWN, role), &*current);
                let old = role.aliases.iter().map(|alias| format!("CF-{OWN} - {alias}"));
                prop_assert!(old.into_iter().any(|old| old == name));
            }
            NameClass::Near { role, flaws, nearest } => {
                prop_assert!(!flaws.is_empty());
                prop_assert_ne!(&nearest, &name);
                prop_assert_eq!(classify(&nearest, OWN), NameClass::Exact { role });
            }
            NameClass::OtherAccount { account, within } => {
                prop_assert_ne!(account, OWN);
                prop_assert_eq!(classify(&name, account), *within);
            }
            NameClass::UnknownRole { suggestions, .. } => {
                prop_assert!(suggestions.into_iter().all(has_legacy_group));
            }
            NameClass::DomainRole { role } => prop_assert!(!has_legacy_group(role)),
            NameClass::NotLegacy => {}
        }
    }

    #[test]
    fn a_letter_changed_makes_another_class(
        which in any::<proptest::sample::Index>(),
        at in any::<proptest::sample::Index>(),
        c in any::<char>(),
    ) {
        let all: Vec<&'static Role> = legacy_roles().collect();
        let role = all[which.index(all.len())];
        let mut letters: Vec<char> = print(OWN, role).chars().collect();
        let place = at.index(letters.len());
        let same = std::mem::replace(&mut letters[place], c) == c;
        let other: String = letters.into_iter().collect();
        prop_assert_eq!(classify(&other, OWN) == NameClass::Exact { role }, same);
    }

    #[test]
    fn a_distance_is_one(a in "[a-d]{0,8}", b in "[a-d]{0,8}", c in "[a-d]{0,8}") {
        let far = 99;
        prop_assert_eq!(distance(&a, &b, far), distance(&b, &a, far));
        prop_assert_eq!(distance(&a, &b, far) == 0, a == b);
        prop_assert!(distance(&a, &c, far) <= distance(&a, &b, far) + distance(&b, &c, far));
    }
}
