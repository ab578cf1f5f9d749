//! An account whose people have their roles by legacy groups that two providers push, and an
//! own, simple model of who may do what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use provost::app;
use provost::domain::brake::Brake;
use provost::domain::catalogue;
use provost::domain::connection::{ProviderKind, SettingsChange};
use provost::domain::id::PermissionGroupId;
use provost::domain::legacy::mapping::legacy_roles;
use provost::domain::policy::{Access, NewPolicy};
use provost::domain::reference::MemberRef;
use serde_json::{Value, json};

use super::providers::{Kind, Provider};
use crate::harness::Random;
use crate::harness::api::Api;
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::text;
use crate::harness::fixtures::roles;

pub(super) const SUPER: &str = "Super Administrator - All Privileges";
pub(super) const MINIMAL: &str = "Minimal Account Access";
/// The role of the group with an old spelling, of the near one, and what the group of another
/// account is to grant: what those groups grant by their conversion, and not by their names.
pub(super) const SPECIAL: [&str; 3] = ["Cloudflare Workers Admin", "DNS", "Billing"];
/// What everybody who has an own denial is denied.
const DENIED: &str = "Analytics";
/// What everybody who has an own policy is given.
const OWN: &str = "Audit Logs Viewer";
const OTHER_ACCOUNT: &str = "00000000000000000000000000000001";

/// What a legacy group grants, and what is decided of it.
pub(super) struct Role {
    /// Granted by its name, and by its conversion.
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
    pub(super) class: &'static str,
    pub(super) decision: Option<Value>,
}

/// Name, class, role by its conversion, decision.
type Special = (String, &'static str, Option<&'static str>, Option<Value>);

#[derive(Default)]
struct Person {
    inactive: bool,
    denied: bool,
    own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Legacy,
    Converted,
}

pub(super) struct Town {
    pub(super) app: TestApp,
    pub(super) api: Api,
    pub(super) okta: Provider,
    pub(super) entra: Provider,
    /// By the group's legacy name.
    pub(super) groups: BTreeMap<String, Role>,
    people: Vec<Person>,
    names: Vec<String>,
    /// How many groups SCIM lists.
    listed: usize,
}

fn group_of(role: &str) -> PermissionGroupId {
    catalogue::role_by_name(role)
        .expect("a role")
        .permission_group
}

impl Town {
    /// With so many people in 1 to 8 of so many groups, half of them pushed by each provider.
    pub(super) fn new(people: usize, groups: usize, seed: u64) -> Self {
        let mut setup = Setup::limits(|limits| limits.token_rps = 0);
        setup.workers = 2;
        let app = setup.spawn();
        let mut random = Random::seeded(seed);
        let mut provider = |kind, connected| {
            Provider::new(kind, app.provider(connected), Random::seeded(random.next()))
        };
        let okta = provider(Kind::Okta, ProviderKind::Okta);
        let entra = provider(Kind::Entra, ProviderKind::Entra);
        for name in ["okta", "entra"] {
            let settings = SettingsChange {
                brake: Some(Brake::Off),
                ..SettingsChange::default()
            };
            app.set_connection(name, settings);
        }
        let mut town = Self {
            api: app.api(),
            app,
            okta,
            entra,
            groups: BTreeMap::new(),
            people: Vec::new(),
            names: Vec::new(),
            listed: 0,
        };
        town.push_groups(groups);
        town.settle(people, &mut random);
        town
    }

    /// Groups whose names grant nothing: name, class, the role that each is to grant, and what
    /// is decided of it.
    fn special(&self) -> Vec<Special> {
        let own = self.app.account.id;
        let decided = |name: &str, choice: &str, role: Option<&str>| {
            let mut decision = json!({ "group": name, "choice": choice });
            if let Some(role) = role {
                decision["role"] = json!(role);
            }
            Some(decision)
        };
        let [alias_role, near_role, other_role] = SPECIAL;
        let alias = format!("CF-{own} - Workers Admin");
        let near = format!("CF-{own}-{near_role}");
        let other = format!("CF-{OTHER_ACCOUNT} - {other_role}");
        let unknown = format!("CF-{own} - Zone Editor");
        let domain = format!("CF-{own} - Domain DNS");
        vec![
            (alias, "alias", Some(alias_role), None),
            (
                near.clone(),
                "near",
                Some(near_role),
                decided(&near, "convert", Some(near_role)),
            ),
            (
                other.clone(),
                "other_account",
                Some(other_role),
                decided(&other, "convert", Some(other_role)),
            ),
            (
                unknown.clone(),
                "unknown_role",
                None,
                decided(&unknown, "rename_only", None),
            ),
            (
                domain.clone(),
                "domain_role",
                None,
                decided(&domain, "skip", None),
            ),
        ]
    }

    /// Those whose names grant nothing are pushed while no prefix keeps anybody from it.
    fn push_groups(&mut self, count: usize) {
        let special = self.special();
        self.app.set_reserved_prefix("");
        for (place, (name, class, role, decision)) in special.into_iter().enumerate() {
            self.provider(place).push(&name);
            let role = Role {
                before: None,
                after: role.map(str::to_owned),
                class,
                decision,
            };
            self.groups.insert(name, role);
        }
        self.app.set_reserved_prefix("CF");
        let body = json!({ "enabled": true, "allow_super_administrator": true });
        let on = self
            .api
            .put(&self.api.at("/legacy_groups/mapping"), &body)
            .result();
        assert_eq!(on["names_taken"], json!([]));
        let first = [SUPER, SPECIAL[1], SPECIAL[2], DENIED];
        let others = legacy_roles().map(|role| role.name.as_str());
        let others =
            others.filter(|name| *name != MINIMAL && *name != OWN && !first.contains(name));
        let exact = first.into_iter().chain(others);
        let left = count - self.groups.len();
        for (place, role) in exact.take(left).enumerate() {
            let name = self.app.legacy_name(role);
            self.provider(place).push(&name);
            let role = Role {
                before: Some(role.to_owned()),
                after: Some(role.to_owned()),
                class: "exact",
                decision: None,
            };
            self.groups.insert(name, role);
        }
        self.listed = self.scim_groups().len();
        assert_eq!(self.groups.len(), count);
    }

    fn provider(&mut self, place: usize) -> &mut Provider {
        if place.is_multiple_of(2) {
            &mut self.okta
        } else {
            &mut self.entra
        }
    }

    /// Both providers make their people, then push who is in which group.
    fn settle(&mut self, count: usize, random: &mut Random) {
        self.names = (0..count).map(|i| format!("p{i}@corp.example")).collect();
        let names = &self.names;
        let makes = |provider: &Provider, from: usize| -> Vec<String> {
            let own = names.iter().skip(from).step_by(2);
            own.map(|name| provider.provision(name)).collect()
        };
        let (okta, entra) = (&self.okta, &self.entra);
        let (even, odd) = std::thread::scope(|scope| {
            let even = scope.spawn(|| makes(okta, 0));
            let odd = scope.spawn(|| makes(entra, 1));
            (even.join().expect("people"), odd.join().expect("people"))
        });
        let of = |i: usize| {
            if i.is_multiple_of(2) {
                &even[i / 2]
            } else {
                &odd[i / 2]
            }
        };
        let ids: Arc<Vec<String>> = Arc::new((0..count).map(|i| of(i).clone()).collect());
        self.okta.ids = Arc::clone(&ids);
        self.entra.ids = ids;
        let all = self.groups.len();
        let mut members = vec![Vec::new(); all];
        for person in 0..count {
            let mut mine = BTreeSet::new();
            for _ in 0..=random.below(8) {
                mine.insert(random.below(all));
            }
            for group in mine {
                members[group].push(person);
            }
        }
        let split = self.okta.groups.len();
        let (for_okta, for_entra) = members.split_at(split);
        let (okta, entra) = (&mut self.okta, &mut self.entra);
        let pushes = |provider: &mut Provider, members: &[Vec<usize>]| {
            for (group, people) in members.iter().enumerate() {
                provider.add(group, people);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| pushes(okta, for_okta));
            scope.spawn(|| pushes(entra, for_entra));
        });
        self.people_differ(count);
    }

    /// Some are inactive, some have policies of their own, one denies.
    fn people_differ(&mut self, count: usize) {
        for i in 0..count {
            let person = Person {
                inactive: i % 25 == 7,
                denied: i % 20 == 11,
                own: i % 10 == 3,
            };
            if person.inactive {
                self.provider(i).deactivate(i);
            } else if person.denied || person.own {
                self.own_policies(i, &person);
            }
            self.people.push(person);
        }
    }

    fn own_policies(&self, person: usize, of: &Person) {
        let mut policies = vec![NewPolicy::allow(group_of(MINIMAL))];
        if of.own {
            policies.push(NewPolicy::allow(group_of(OWN)));
        }
        if of.denied {
            policies.push(NewPolicy {
                access: Access::Deny,
                ..NewPolicy::allow(group_of(DENIED))
            });
        }
        let who = MemberRef::Id(self.okta.ids[person].parse().expect("an id"));
        self.app
            .write(move |tx| app::policies::set_of_member(tx, &who, &policies));
    }

    /// The roles of everybody, as the model has them.
    pub(super) fn expected(&self, phase: Phase) -> Vec<BTreeSet<String>> {
        let mut all: Vec<BTreeSet<String>> = self
            .people
            .iter()
            .map(|person| {
                let own = person.own.then_some(OWN);
                [MINIMAL]
                    .into_iter()
                    .chain(own)
                    .map(str::to_owned)
                    .collect()
            })
            .collect();
        for group in self.okta.groups.iter().chain(&self.entra.groups) {
            let role = &self.groups[&group.old];
            let granted = match phase {
                Phase::Legacy => &role.before,
                Phase::Converted => &role.after,
            };
            for person in granted
                .as_ref()
                .map_or(&BTreeSet::new(), |_| &group.members)
            {
                all[*person].extend(granted.clone());
            }
        }
        for (person, roles) in self.people.iter().zip(&mut all) {
            if person.inactive {
                roles.clear();
            }
            if person.denied {
                roles.remove(DENIED);
            }
        }
        all
    }

    /// Those whose roles the conversion changes: their ids and what each gains.
    pub(super) fn gaining(&self) -> BTreeMap<String, BTreeSet<String>> {
        let before = self.expected(Phase::Legacy);
        let after = self.expected(Phase::Converted);
        let mut gaining = BTreeMap::new();
        for ((id, before), after) in self.okta.ids.iter().zip(before).zip(after) {
            assert!(before.is_subset(&after), "nobody loses anything");
            if before != after {
                gaining.insert(id.clone(), after.difference(&before).cloned().collect());
            }
        }
        gaining
    }

    /// Everybody's roles, and everything else that a client sees, is as the model has it.
    #[track_caller]
    pub(super) fn check(&self, phase: Phase, what: &str) {
        self.check_access(phase, what);
        self.check_groups(what);
    }

    #[track_caller]
    fn check_access(&self, phase: Phase, what: &str) {
        let expected = self.expected(phase);
        let place: BTreeMap<&String, usize> = self
            .okta
            .ids
            .iter()
            .enumerate()
            .map(|(i, id)| (id, i))
            .collect();
        let query = "count=200&attributes=userName,active,roles";
        let mut seen = 0;
        for page in self.app.scim().by_cursor("Users", query) {
            for user in page["Resources"].as_array().expect("Resources") {
                let at = place[&text(user, "id")];
                let found: BTreeSet<String> = roles(user).into_iter().collect();
                assert_eq!(
                    found, expected[at],
                    "{what}: the roles of {}",
                    self.names[at]
                );
                assert_eq!(user["active"], json!(!self.people[at].inactive));
                seen += 1;
            }
        }
        assert_eq!(seen, self.names.len());
        // The other door, which judges each person by itself.
        for at in (0..self.names.len()).step_by(self.names.len() / 20) {
            let path = self
                .api
                .at(&format!("/members/{}/permissions", self.membership(at)));
            let permissions = self.api.get(&path).result();
            let all = permissions["roles"].as_array().expect("roles");
            let effective = all.iter().filter(|role| role["effective"] == true);
            let found: BTreeSet<String> = effective
                .map(|role| {
                    assert_eq!(role["scope"]["type"], "account");
                    text(&role["permission_group"], "name")
                })
                .collect();
            assert_eq!(
                found, expected[at],
                "{what}: the permissions of {}",
                self.names[at]
            );
        }
    }

    fn membership(&self, person: usize) -> String {
        let who = MemberRef::Id(self.okta.ids[person].parse().expect("an id"));
        let found = self.app.read(|tx| app::members::by_hand::find(tx, &who));
        found.membership_id().to_string()
    }

    fn scim_groups(&self) -> Vec<Value> {
        let query = "count=200&excludedAttributes=members";
        let pages = self.app.scim().by_cursor("Groups", query);
        let items = |page: &Value| page["Resources"].as_array().cloned().unwrap_or_default();
        pages.iter().flat_map(items).collect()
    }

    /// No group is there twice, each provider sees its groups by the names that it sends, and
    /// their members are those that it sent.
    #[track_caller]
    fn check_groups(&self, what: &str) {
        let groups = self.scim_groups();
        assert_eq!(groups.len(), self.listed, "{what}: how many groups");
        let names: BTreeSet<String> = groups
            .iter()
            .map(|group| text(group, "displayName"))
            .collect();
        assert_eq!(names.len(), groups.len(), "{what}: two have one name");
        for provider in [&self.okta, &self.entra] {
            for group in &provider.groups {
                let found = provider.find(&group.name);
                assert_eq!(found, [(group.id.clone(), group.name.clone())], "{what}");
                let mut members: Vec<String> = group
                    .members
                    .iter()
                    .map(|i| provider.ids[*i].clone())
                    .collect();
                members.sort();
                assert_eq!(self.app.scim().members_of(&group.id), members, "{what}");
            }
        }
    }

    /// Those of a provider's groups that change nobody's access by their conversion, and don't
    /// have anything to do with those that do.
    pub(super) fn quiet(&self, provider: &Provider) -> Vec<usize> {
        let is_quiet = |name: &String| {
            let role = &self.groups[name];
            let after = role.after.as_deref().unwrap_or_default();
            role.before.is_some() && after != SUPER && !SPECIAL.contains(&after)
        };
        let groups = provider.groups.iter().enumerate();
        groups
            .filter(|(_, group)| is_quiet(&group.old))
            .map(|(place, _)| place)
            .collect()
    }

    /// The group with the near name: whether it is Okta's, and its place there.
    pub(super) fn near(&self) -> (bool, usize) {
        let find = |provider: &Provider| {
            let mut groups = provider.groups.iter();
            groups.position(|group| self.groups[&group.old].class == "near")
        };
        let okta = find(&self.okta).map(|place| (true, place));
        let entra = || find(&self.entra).map(|place| (false, place));
        okta.or_else(entra).expect("a near one")
    }
}
