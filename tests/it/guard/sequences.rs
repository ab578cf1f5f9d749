//! Random sequences of requests over SCIM and the API.
//!
//! `PROVOST_GUARD_HTTP_SEQUENCES` sets how many (default 40); the seed is in the message of a
//! failure, and `PROVOST_GUARD_SEED` repeats it. Ids and times differ between runs of one seed.

use std::io::Write;

use serde_json::{Value, json};

use super::{SUPER, SUPER_GROUP, World, is_last};
use crate::harness::client::{Answer, text};
use crate::harness::fixtures::{group, user, with};
use crate::harness::{Random, variable};

const SEQUENCES: u64 = 40;
/// Steps of one sequence.
const STEPS: usize = 6;
/// Sequences in one directory, before another one is begun.
const SEQUENCES_EACH: u64 = 50;
/// The kinds of steps.
const KINDS: usize = 20;

/// What a step is about.
struct Chosen {
    member: String,
    user: String,
    email: String,
    group: String,
    /// The group as SCIM knows it.
    pushed: String,
    pushed_name: String,
    /// Some of the members, by either id.
    members: Vec<String>,
    users: Vec<String>,
}

impl World {
    /// Keeps the account peopled, whatever was deleted.
    fn refill(&mut self) {
        for _ in self.members().len()..4 {
            let name = self.name();
            if self.made.is_multiple_of(2) {
                self.scim.new_user(&name);
            } else {
                let body = json!({ "email": name, "status": "accepted" });
                self.send("POST", "/members", Some(&body)).is(200);
            }
        }
        for _ in self.groups().len()..3 {
            let name = self.name();
            if self.made.is_multiple_of(2) {
                self.scim.new_group(&name, &[]);
            } else {
                let body = json!({ "name": name });
                self.send("POST", "/iam/user_groups", Some(&body)).is(200);
            }
        }
    }

    fn choose(&self, random: &mut Random) -> Chosen {
        let members = self.members();
        let groups = self.groups();
        let pushed = self.scim.get("/Groups?excludedAttributes=members");
        let pushed = pushed.is(200).json()["Resources"].clone();
        let pushed = pushed.as_array().expect("groups");
        let member = &members[random.below(members.len())];
        let one = &pushed[random.below(pushed.len())];
        let some: Vec<_> = members.iter().filter(|_| random.below(3) == 0).collect();
        Chosen {
            member: member.id.clone(),
            user: member.user.clone(),
            email: member.email.clone(),
            group: groups[random.below(groups.len())].id.clone(),
            pushed: text(one, "id"),
            pushed_name: text(one, "displayName"),
            members: some.iter().map(|member| member.id.clone()).collect(),
            users: some.iter().map(|member| member.user.clone()).collect(),
        }
    }

    fn policies(&self, random: &mut Random, least: usize) -> Vec<Value> {
        let count = least + random.below(2);
        let policy = |random: &mut Random| {
            let access = if random.below(4) == 0 {
                "deny"
            } else {
                "allow"
            };
            let is_super = random.below(3) > 0;
            let role = if is_super {
                SUPER_GROUP
            } else {
                self.other_role.as_str()
            };
            self.policy(access, role)
        };
        (0..count).map(|_| policy(random)).collect()
    }

    /// One request of that kind.
    fn step(&mut self, kind: usize, chosen: &Chosen, random: &mut Random) -> Answer {
        let Chosen { users, pushed, .. } = chosen;
        let path = format!("/Users/{}", chosen.user);
        let active = |active: bool| json!([{ "op": "replace", "value": { "active": active } }]);
        match kind {
            0 | 1 => self.scim.patch(&path, &active(false)),
            2 => self.scim.patch(&path, &active(true)),
            3 => self.scim.delete(&path),
            4 => {
                let off = json!({ "active": random.below(2) == 0 });
                self.scim.put(&path, &with(user(&chosen.email), off))
            }
            5 => self.push("add", pushed, users),
            6 => self.push("remove", pushed, users),
            7 => self.push("replace", pushed, users),
            8 => self.scim.delete(&format!("/Groups/{pushed}")),
            9 => {
                let body = group(&chosen.pushed_name, users);
                self.scim.put(&format!("/Groups/{pushed}"), &body)
            }
            10 => {
                let patch = json!({
                    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                    "Operations": active(false),
                });
                let operations = json!([
                    { "method": "PATCH", "path": path, "data": patch },
                    { "method": "DELETE", "path": format!("/Groups/{pushed}") },
                ]);
                self.scim.bulk(&operations, json!({}))
            }
            _ => self.step_of_api(kind, chosen, random),
        }
    }

    fn step_of_api(&mut self, kind: usize, chosen: &Chosen, random: &mut Random) -> Answer {
        let member = format!("/members/{}", chosen.member);
        let group = format!("/iam/user_groups/{}", chosen.group);
        let people = format!("{group}/members");
        let ids: Value = chosen
            .members
            .iter()
            .map(|id| json!({ "id": id }))
            .collect();
        match kind {
            11 | 12 => self.put_policies(&member, &self.policies(random, 1)),
            13 => self.send("PUT", &member, Some(&json!({ "roles": [SUPER] }))),
            14 => self.send("DELETE", &member, None),
            15 => {
                let status = if random.below(2) == 0 {
                    "accepted"
                } else {
                    "pending"
                };
                let policies = self.policies(random, 1);
                let email = self.name();
                let body = json!({ "email": email, "status": status, "policies": policies });
                self.send("POST", "/members", Some(&body))
            }
            16 => self.put_policies(&group, &self.policies(random, 0)),
            17 => self.send("POST", &people, Some(&ids)),
            18 => self.send("PUT", &people, Some(&ids)),
            _ if random.below(2) == 0 => {
                self.send("DELETE", &format!("{people}/{}", chosen.member), None)
            }
            _ => self.send("DELETE", &group, None),
        }
    }
}

#[test]
fn no_sequence_of_requests_leaves_an_account_without_its_super_administrator() {
    let count = variable("PROVOST_GUARD_HTTP_SEQUENCES").unwrap_or(SEQUENCES);
    let seed = variable("PROVOST_GUARD_SEED").unwrap_or_else(Random::seed);
    let mut random = Random::seeded(seed);
    let (mut world, mut had) = (World::new(), false);
    let (mut requests, mut done, mut refused) = (0_u64, 0_u64, 0_u64);
    for sequence in 0..count {
        if sequence % SEQUENCES_EACH == SEQUENCES_EACH - 1 {
            (world, had) = (World::new(), false);
        }
        for _ in 0..STEPS {
            world.refill();
            let chosen = world.choose(&mut random);
            let kind = random.below(KINDS);
            let before = world.super_administrators();
            let answer = world.step(kind, &chosen, &mut random);
            let after = world.super_administrators();
            let said = || format!("seed {seed}, a step of kind {kind}: {}", answer.text());
            had |= !before.is_empty() || !after.is_empty();
            assert!(answer.status < 500, "{}", said());
            assert!(!had || !after.is_empty(), "{}", said());
            requests += 1;
            if answer.status >= 400 {
                assert_eq!(before, after, "{}", said());
            } else {
                done += 1;
            }
            if is_last(&answer) {
                assert!(!before.is_empty(), "{}", said());
                refused += 1;
            }
        }
    }
    let told = format!(
        "{count} sequences, seed {seed}: {requests} requests, {done} done, {refused} refused for \
         the last Super Administrator\n"
    );
    std::io::stderr()
        .write_all(told.as_bytes())
        .expect("stderr");
    // The sequences come to the point; of a short run nobody knows how often.
    assert!(done * 3 > requests, "{told}");
    assert!(refused * 100 > requests || requests < 10_000, "{told}");
}
