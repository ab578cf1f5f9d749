//! Two requests that together would remove the last two, sent at once.

use serde_json::{Value, json};

use super::{World, is_last};
use crate::harness::at_once;
use crate::harness::client::{Answer, text};

const ROUNDS: usize = 200;
/// Rounds in one directory, before another one is begun: everybody in it is looked at each time.
const ROUNDS_EACH: usize = 10;

/// Ways to take the role from somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Deactivate,
    DeletePerson,
    DropPolicy,
    Deny,
    RemoveMember,
    EmptyPushedGroup,
    DeletePushedGroup,
    DropGroupPolicy,
    EmptyGroup,
    TakeOut,
    DeleteGroup,
}

const WAYS: [Way; 11] = [
    Way::Deactivate,
    Way::DeletePerson,
    Way::DropPolicy,
    Way::Deny,
    Way::RemoveMember,
    Way::EmptyPushedGroup,
    Way::DeletePushedGroup,
    Way::DropGroupPolicy,
    Way::EmptyGroup,
    Way::TakeOut,
    Way::DeleteGroup,
];

/// Somebody who is a Super Administrator by one way alone, and how they shall lose it.
struct Side {
    way: Way,
    member: String,
    user: String,
    /// As REST names it, and as SCIM does.
    group: String,
    pushed: String,
}

impl World {
    /// Makes somebody whom `way` fits.
    fn side(&mut self, way: Way) -> Side {
        let name = self.name();
        let policies = [self.super_policy()];
        let mut side = Side {
            way,
            member: String::new(),
            user: String::new(),
            group: String::new(),
            pushed: String::new(),
        };
        if way == Way::RemoveMember {
            // A provider's people are removed by it alone.
            let body = json!({ "email": name, "status": "accepted", "policies": policies });
            let made = self.send("POST", "/members", Some(&body)).result();
            side.member = text(&made, "id");
            return side;
        }
        side.user = self.scim.new_user(&name);
        let members = self.members();
        let found = members.iter().find(|member| member.user == side.user);
        side.member = found.expect("the new one").id.clone();
        match way {
            Way::Deactivate | Way::DeletePerson | Way::DropPolicy | Way::Deny => {
                let path = format!("/members/{}", side.member);
                self.put_policies(&path, &policies).is(200);
            }
            Way::EmptyPushedGroup | Way::DeletePushedGroup | Way::DropGroupPolicy => {
                let users = std::slice::from_ref(&side.user);
                side.pushed = self.scim.new_group(&name, users);
                let groups = self.groups();
                let found = groups.iter().find(|group| group.name == name);
                side.group = found.expect("the new one").id.clone();
                let path = format!("/iam/user_groups/{}", side.group);
                self.put_policies(&path, &policies).is(200);
            }
            Way::EmptyGroup | Way::TakeOut | Way::DeleteGroup | Way::RemoveMember => {
                let body = json!({ "name": name, "policies": policies });
                let made = self.send("POST", "/iam/user_groups", Some(&body)).result();
                side.group = text(&made, "id");
                let path = format!("/iam/user_groups/{}/members", side.group);
                let body = json!([{ "id": side.member }]);
                self.send("POST", &path, Some(&body)).is(200);
            }
        }
        side
    }

    /// Takes the role from them in their way.
    fn take(&self, side: &Side) -> Answer {
        let member = format!("/members/{}", side.member);
        let group = format!("/iam/user_groups/{}", side.group);
        let user = format!("/Users/{}", side.user);
        match side.way {
            Way::Deactivate => {
                let off = json!([{ "op": "replace", "value": { "active": false } }]);
                self.scim.patch(&user, &off)
            }
            Way::DeletePerson => self.scim.delete(&user),
            Way::DropPolicy => {
                self.put_policies(&member, &[self.policy("allow", &self.other_role)])
            }
            Way::Deny => {
                let deny = self.policy("deny", super::SUPER_GROUP);
                self.put_policies(&member, &[self.super_policy(), deny])
            }
            Way::RemoveMember => self.send("DELETE", &member, None),
            Way::EmptyPushedGroup => {
                let users = std::slice::from_ref(&side.user);
                self.push("remove", &side.pushed, users)
            }
            Way::DeletePushedGroup => self.scim.delete(&format!("/Groups/{}", side.pushed)),
            Way::DropGroupPolicy => self.put_policies(&group, &[]),
            Way::EmptyGroup => self.send("PUT", &format!("{group}/members"), Some(&json!([]))),
            Way::TakeOut => self.send("DELETE", &format!("{group}/members/{}", side.member), None),
            Way::DeleteGroup => self.send("DELETE", &group, None),
        }
    }

    /// Takes the role from everybody but these.
    fn leave(&self, sides: &[Side; 2]) {
        for holder in self.holders() {
            let id = text(&holder["member"], "id");
            if sides.iter().any(|side| side.member == id) {
                continue;
            }
            let way: &Value = &holder["allows"][0]["via"];
            if way["type"] == "group" {
                let path = format!("/iam/user_groups/{}", text(&way["group"], "id"));
                self.put_policies(&path, &[]).is(200);
            } else {
                let path = format!("/members/{id}");
                let other = self.policy("allow", &self.other_role);
                self.put_policies(&path, &[other]).is(200);
            }
        }
    }
}

#[test]
fn of_two_that_would_remove_the_last_two_at_once_exactly_one_is_refused() {
    let mut world = World::new();
    let mut first_won = 0;
    for round in 0..ROUNDS {
        if round % ROUNDS_EACH == ROUNDS_EACH - 1 {
            world = World::new();
        }
        // Each with each, and some again.
        let (one, other) = (WAYS[round % 11], WAYS[round / 11 % 11]);
        let sides = [world.side(one), world.side(other)];
        world.leave(&sides);
        assert_eq!(world.super_administrators().len(), 2, "{one:?}, {other:?}");
        let answers = at_once(2, |i| world.take(&sides[i]));
        let refused: Vec<bool> = answers.iter().map(is_last).collect();
        let done = answers.iter().filter(|a| matches!(a.status, 200 | 204));
        let said = || {
            format!(
                "{one:?}: {}\n{other:?}: {}",
                answers[0].text(),
                answers[1].text()
            )
        };
        assert_eq!(done.count(), 1, "{}", said());
        assert_eq!(refused.iter().filter(|it| **it).count(), 1, "{}", said());
        first_won += usize::from(refused[1]);
        let left = usize::from(refused[1]);
        let left = [&sides[left].member];
        assert!(world.super_administrators().iter().eq(left), "{}", said());
    }
    // Either comes first: they do come at once.
    assert!((1..ROUNDS).contains(&first_won), "{first_won}");
}
