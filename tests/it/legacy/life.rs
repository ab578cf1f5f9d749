//! The whole life of a migration at scale. `PROVOST_LEGACY_PEOPLE` sets for how many people; with
//! 5,000 there are 60 legacy groups, else 20. The seed is printed, and `PROVOST_LEGACY_SEED`
//! repeats it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use provost::env::Clock;
use serde_json::{Value, json};

use super::providers::{Kind, Provider};
use super::tables::{LOGS, dump, same};
use super::town::{Phase, Town};
use crate::harness::client::{Answer, text};
use crate::harness::{Random, eventually, variable};

/// Pushes of each provider before a conversion is asked for, and after it.
const PUSHES: usize = 10;

/// One migration, as its plan said and as it was carried out.
pub(super) struct Planned {
    pub(super) plan: Value,
    /// What is sent to carry it out.
    pub(super) request: Value,
}

impl Planned {
    fn id(&self) -> String {
        text(&self.plan, "id")
    }

    /// The new name of a group, by its old one.
    fn new_name(&self, old: &str) -> Option<String> {
        let groups = self.plan["groups"].as_array().expect("groups");
        let group = groups.iter().find(|group| group["old_name"] == old);
        let name = &group.expect("a group")["new_name"];
        name.as_str().map(str::to_owned)
    }
}

impl Town {
    pub(super) fn legacy(&self, path: &str) -> String {
        self.api.at(&format!("/legacy_groups{path}"))
    }

    fn run(&self, of: &Planned, path: &str) -> String {
        self.legacy(&format!("/runs/{}{path}", of.id()))
    }

    /// Plans, and compares the plan with the model.
    #[track_caller]
    pub(super) fn plan(&self) -> Planned {
        let decisions: Vec<&Value> = self
            .groups
            .values()
            .filter_map(|role| role.decision.as_ref())
            .collect();
        let options = json!({ "decisions": decisions });
        let plan = self.api.post(&self.legacy("/plan"), &options).result();
        let planned = plan["groups"].as_array().expect("groups");
        assert_eq!(planned.len(), self.groups.len());
        let mut members: BTreeMap<&str, usize> = BTreeMap::new();
        for group in self.okta.groups.iter().chain(&self.entra.groups) {
            members.insert(&group.old, group.members.len());
        }
        for group in planned {
            let old = text(group, "old_name");
            assert_eq!(group["class"], self.groups[&old].class, "{old}");
            assert_eq!(group["members"], members[old.as_str()], "{old}");
        }
        let mut gaining = BTreeMap::new();
        for person in plan["people"].as_array().expect("people") {
            assert!(person["lost"].is_null(), "{person}");
            let gained = person["gained"]
                .as_array()
                .map(Vec::as_slice)
                .unwrap_or_default();
            let gained: BTreeSet<String> = gained.iter().map(|role| text(role, "role")).collect();
            if !gained.is_empty() {
                gaining.insert(text(person, "id"), gained);
            }
        }
        let expected = self.gaining();
        assert_eq!(gaining, expected, "whose access changes");
        let confirmed: Vec<&String> = expected.keys().collect();
        let request = json!({ "id": plan["id"], "fingerprint": plan["fingerprint"],
                              "options": options, "confirmed": confirmed });
        Planned { plan, request }
    }

    fn convert(&self, planned: &Planned) -> Answer {
        self.api.post(&self.legacy("/convert"), &planned.request)
    }

    /// Converts while both providers push; gives how many pushes came in between.
    #[track_caller]
    fn convert_among_pushes(&mut self, planned: &Planned) -> usize {
        let groups = [self.quiet(&self.okta), self.quiet(&self.entra)];
        let counts = [AtomicUsize::new(0), AtomicUsize::new(0)];
        let ended = AtomicBool::new(false);
        let (api, convert) = (&self.api, self.legacy("/convert"));
        let providers = [&mut self.okta, &mut self.entra];
        std::thread::scope(|scope| {
            for ((provider, groups), count) in providers.into_iter().zip(&groups).zip(&counts) {
                let ended = &ended;
                scope.spawn(move || {
                    let _guard = EndsWith(ended);
                    while !ended.load(Ordering::Acquire) {
                        provider.change_something(groups);
                        count.fetch_add(1, Ordering::AcqRel);
                    }
                });
            }
            let _guard = EndsWith(&ended);
            let now = || [0, 1].map(|i| counts[i].load(Ordering::Acquire));
            let more = |than: [usize; 2]| {
                eventually("both providers to push", || {
                    assert!(!ended.load(Ordering::Acquire), "a push failed");
                    now()
                        .iter()
                        .zip(than)
                        .all(|(now, then)| *now >= then + PUSHES)
                });
            };
            more([0, 0]);
            let before = now();
            let run = api.post(&convert, &planned.request).result();
            let after = now();
            assert_eq!(
                (&run["id"], &run["state"]),
                (&planned.plan["id"], &json!("converted"))
            );
            more(after);
            after.iter().sum::<usize>() - before.iter().sum::<usize>()
        })
    }

    fn verification(&self, planned: &Planned) -> Value {
        let found = self.api.get(&self.run(planned, "/verification")).result();
        assert_eq!(found["unexplained"], json!([]));
        assert_eq!(found["refusals"], json!([]));
        found
    }

    #[track_caller]
    fn undo(&self, planned: &Planned) -> Value {
        let undone = self
            .api
            .post(&self.run(planned, "/undo"), &json!({}))
            .result();
        assert_eq!(undone["run"]["state"], "undone");
        assert_eq!(undone["blockers"], json!([]));
        let people = undone["people"].as_array().expect("people");
        let losing: BTreeMap<String, BTreeSet<String>> = people
            .iter()
            .map(|person| {
                let lost = person["lost"].as_array().expect("roles");
                let lost = lost.iter().map(|role| text(role, "role")).collect();
                (text(person, "id"), lost)
            })
            .collect();
        assert_eq!(losing, self.gaining(), "whose access the undo changes");
        undone
    }

    fn providers(&mut self) -> [&mut Provider; 2] {
        [&mut self.okta, &mut self.entra]
    }
}

/// Tells the others when its thread ends, however it does.
struct EndsWith<'a>(&'a AtomicBool);

impl Drop for EndsWith<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

struct Steps {
    clock: Clock,
    told: String,
}

impl Steps {
    fn done(&mut self, what: &str) {
        let seconds = self.clock.monotonic_us() / 1_000_000;
        self.told.push_str(&format!("\n  {seconds:>4} s  {what}"));
    }
}

#[test]
fn a_migration_lives_between_two_providers_and_nobody_notices() {
    let people = variable("PROVOST_LEGACY_PEOPLE").unwrap_or(500);
    let people = usize::try_from(people).expect("a size");
    let seed = variable("PROVOST_LEGACY_SEED").unwrap_or_else(Random::seed);
    let groups = if people >= 5000 { 60 } else { 20 };
    let mut steps = Steps {
        clock: Clock::system(),
        told: format!("legacy: {people} people, {groups} groups; seed {seed}"),
    };
    let mut town = Town::new(people, groups, seed);
    town.check(Phase::Legacy, "pushed");
    steps.done("pushed");

    there_and_back(&town);
    steps.done("planned, converted and undone, every table as before");

    let planned = town.plan();
    let among = town.convert_among_pushes(&planned);
    town.check(Phase::Converted, "converted");
    steps.done(&format!(
        "converted again among pushes, {among} of them meanwhile"
    ));
    verify(&mut town, &planned);
    town.check(Phase::Converted, "verified");
    steps.done("verified, one has renamed");
    go_back(&mut town, &planned);
    town.check(Phase::Legacy, "undone");
    steps.done("undone");

    let planned = town.plan();
    let among = town.convert_among_pushes(&planned);
    town.check(Phase::Converted, "converted again");
    steps.done(&format!("converted a third time, {among} pushes meanwhile"));
    close(&mut town, &planned);
    town.check(Phase::Converted, "closed");
    steps.done("closed\n");
    // Past the test runner's capture: the figures are wanted when the test passes.
    std::io::stderr()
        .write_all(steps.told.as_bytes())
        .expect("standard error");
}

/// Nobody pushes: what an undo leaves is what was there before, byte for byte.
fn there_and_back(town: &Town) {
    let sql = town.app.sql();
    let before = dump(&sql, &LOGS);
    let planned = town.plan();
    same(&before, &dump(&sql, &LOGS), "the plan");
    let run = town.convert(&planned).result();
    assert_eq!(run["state"], "converted");
    let converted = dump(&sql, &LOGS);
    assert_ne!(before, converted);
    town.check(Phase::Converted, "converted quietly");
    // A second time changes nothing, logs included.
    let counted = ["connection_activity"];
    let all = dump(&sql, &counted);
    assert_eq!(town.convert(&planned).result(), run);
    same(&all, &dump(&sql, &counted), "the second conversion");
    let undone = town.undo(&planned);
    assert_eq!(undone["kept"], json!([]));
    same(&before, &dump(&sql, &LOGS), "the conversion and its undo");
    town.check(Phase::Legacy, "undone quietly");
}

/// Okta renames its groups, Entra goes on as before; the last push of all makes it verified.
fn verify(town: &mut Town, planned: &Planned) {
    let skipped = planned.new_name_is_missing();
    let mut open: BTreeSet<String> = town.groups.keys().cloned().collect();
    open.retain(|old| !skipped.contains(old));
    let unconfirmed = |found: &Value| -> BTreeSet<String> {
        let groups = found["groups"].as_array().expect("groups");
        let open = groups.iter().filter(|group| group["confirmed"] == false);
        open.map(|group| text(group, "old_name")).collect()
    };
    let found = town.verification(planned);
    let mut left = unconfirmed(&found);
    assert!(!left.is_empty() && left.is_subset(&open), "{left:?}");
    assert_eq!(found["verified"], false);
    for provider in town.providers() {
        for place in 0..provider.groups.len() {
            let old = provider.groups[place].old.clone();
            match (provider.kind, planned.new_name(&old)) {
                (Kind::Okta, Some(new)) => provider.rename(place, &new, false),
                (Kind::Entra, Some(_)) if left.contains(&old) => {}
                (Kind::Okta, None) | (Kind::Entra, _) => provider.tell_name(place),
            }
            if provider.kind == Kind::Okta {
                left.remove(&old);
            }
        }
    }
    // What is open now is Entra's, and its next change of somebody's membership tells of each.
    let found = town.verification(planned);
    assert_eq!(unconfirmed(&found), left);
    let mine = town.entra.groups.iter().enumerate();
    let places: Vec<usize> = mine
        .filter(|(_, group)| left.contains(&group.old))
        .map(|(place, _)| place)
        .collect();
    for place in places {
        assert_eq!(town.verification(planned)["verified"], false);
        let members = &town.entra.groups[place].members;
        let again: Vec<usize> = members.iter().copied().take(3).collect();
        town.entra.add(place, &again);
    }
    let found = town.verification(planned);
    assert_eq!(found["verified"], true, "{:#?}", unconfirmed(&found));
    for group in found["groups"].as_array().expect("groups") {
        for one in group["connections"].as_array().expect("connections") {
            let pushes = one["pushes"] == true;
            let waits = pushes && one["connection"]["kind"] == "entra";
            assert_eq!(one["waits_for_name"], json!(waits), "{one}");
        }
    }
}

impl Planned {
    /// Old names of groups that stay as they are.
    fn new_name_is_missing(&self) -> BTreeSet<String> {
        let groups = self.plan["groups"].as_array().expect("groups");
        let skipped = groups.iter().filter(|group| group["choice"] == "skip");
        skipped.map(|group| text(group, "old_name")).collect()
    }
}

/// Undone although Okta sends new names: it is told, and its administrator takes them back.
fn go_back(town: &mut Town, planned: &Planned) {
    let undone = town.undo(planned);
    let kept = undone["kept"].as_array().expect("what stays");
    let renamed = |one: &&Value| text(one, "message").contains("sends the new name");
    let pushed = town.okta.groups.iter();
    let renamed_in_okta = pushed.filter(|group| group.name != group.old).count();
    assert_eq!(kept.iter().filter(renamed).count(), renamed_in_okta);
    for place in 0..town.okta.groups.len() {
        let group = &town.okta.groups[place];
        let (old, new) = (group.old.clone(), group.name.clone());
        if town.groups[&old].class == "exact" {
            let detail = town.okta.try_rename(place, &new).refused(400, "mutability");
            assert!(detail.contains(&old), "{detail}");
        }
        town.okta.rename(place, &old, false);
    }
    let found = town.api.get(&town.run(planned, "/verification")).result();
    assert_eq!(found["unexplained"], json!([]));
}

/// Closing waits for new names; Entra sends them, Okta does not, and is shown them in the end.
fn close(town: &mut Town, planned: &Planned) {
    let path = town.run(planned, "/close");
    let message = town.api.post(&path, &json!({})).fails(409, 1004);
    assert!(
        message.contains("okta") && message.contains("entra"),
        "{message}"
    );
    for place in 0..town.entra.groups.len() {
        if let Some(new) = planned.new_name(&town.entra.groups[place].old) {
            town.entra.rename(place, &new, place.is_multiple_of(3));
        }
    }
    town.check(Phase::Converted, "the other one has renamed");
    let message = town.api.post(&path, &json!({})).fails(409, 1004);
    assert!(
        message.contains("okta") && !message.contains("entra"),
        "{message}"
    );
    let closed = town.api.post(&path, &json!({ "anyway": true })).result();
    assert_eq!(closed["run"]["state"], "closed");
    town.api
        .post(&town.run(planned, "/undo"), &json!({}))
        .fails(409, 1004);
    for place in 0..town.okta.groups.len() {
        let old = town.okta.groups[place].old.clone();
        let Some(new) = planned.new_name(&old) else {
            continue;
        };
        assert_eq!(town.okta.find(&old), [], "{old} has ended");
        let refused = town.okta.try_rename(place, &old);
        assert!(matches!(refused.status, 400 | 409), "{}", refused.text());
        town.okta.rename(place, &new, false);
    }
    for provider in town.providers() {
        for place in 0..provider.groups.len() {
            provider.tell_name(place);
        }
    }
}
