//! The last Super Administrator stays, by whatever door and in whatever order requests come: two
//! at once, and random sequences of them. Who is one is worked out here from what the API shows
//! of members, groups and policies, and compared with whom the product names.

mod races;
mod sequences;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::api::Api;
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{Answer, Client, text};
use crate::harness::fixtures::values;

/// The role, as `roles` names it, and as policies do.
const SUPER: &str = "33666b9c79b9a5273fc7344ff42f953d";
const SUPER_GROUP: &str = "8e23b19e4e0d44c29d239c5688ba8cbb";
const DNS: &str = "DNS";

/// One account and its two doors.
struct World {
    /// Stops, and is examined, with this.
    _app: TestApp,
    scim: Client,
    api: Api,
    /// The permission group of a role that does not matter.
    other_role: String,
    made: usize,
}

/// A member, as the API shows them.
struct Member {
    id: String,
    user: String,
    email: String,
    active: bool,
    policies: Value,
}

/// A group, as the API shows it.
struct Group {
    id: String,
    name: String,
    policies: Value,
}

impl World {
    fn new() -> Self {
        let mut setup = Setup::limits(|limits| limits.token_rps = 0);
        // Two requests at once shall not wait for one thread.
        setup.workers = 2;
        let app = setup.spawn();
        let (scim, api) = (app.scim(), app.api());
        let dns = format!("/iam/permission_groups?name={DNS}");
        let other_role = text(&api.get(&api.at(&dns)).items()[0], "id");
        Self {
            _app: app,
            scim,
            api,
            other_role,
            made: 0,
        }
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("n{}@corp.example", self.made)
    }

    /// One policy on the whole account.
    fn policy(&self, access: &str, role: &str) -> Value {
        let key = format!("com.cloudflare.api.account.{}", self.api.0.account);
        json!({
            "access": access,
            "permission_groups": [{ "id": role }],
            "resource_groups": [{ "scope": { "key": key, "objects": [{ "key": "*" }] } }],
        })
    }

    fn super_policy(&self) -> Value {
        self.policy("allow", SUPER_GROUP)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.api.send(method, &self.api.at(path), body)
    }

    fn put_policies(&self, path: &str, policies: &[Value]) -> Answer {
        self.send("PUT", path, Some(&json!({ "policies": policies })))
    }

    fn members(&self) -> Vec<Member> {
        let items = self.send("GET", "/members?per_page=1000", None).items();
        let member = |item: &Value| Member {
            id: text(item, "id"),
            user: text(&item["user"], "id"),
            email: text(item, "email"),
            active: item["status"] == "accepted",
            policies: item["policies"].clone(),
        };
        items.iter().map(member).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let path = "/iam/user_groups?per_page=500";
        let items = self.send("GET", path, None).items();
        let group = |item: &Value| Group {
            id: text(item, "id"),
            name: text(item, "name"),
            policies: item["policies"].clone(),
        };
        items.iter().map(group).collect()
    }

    /// The ids of a group's members.
    fn people_in(&self, group: &str) -> BTreeSet<String> {
        let path = format!("/iam/user_groups/{group}/members?per_page=500");
        let items = self.send("GET", &path, None).items();
        items.iter().map(|item| text(item, "id")).collect()
    }

    /// Who is one, worked out from policies and memberships.
    fn super_administrators(&self) -> BTreeSet<String> {
        let (mut allowed, mut denied) = (BTreeSet::new(), BTreeSet::new());
        let members = self.members();
        for member in &members {
            if says(&member.policies, "allow") {
                allowed.insert(member.id.clone());
            }
            if says(&member.policies, "deny") {
                denied.insert(member.id.clone());
            }
        }
        for group in self.groups() {
            let (allows, denies) = (
                says(&group.policies, "allow"),
                says(&group.policies, "deny"),
            );
            if allows {
                allowed.extend(self.people_in(&group.id));
            }
            if denies {
                denied.extend(self.people_in(&group.id));
            }
        }
        let active = members.iter().filter(|member| member.active);
        let active: BTreeSet<String> = active.map(|member| member.id.clone()).collect();
        let left = &(&allowed - &denied) & &active;
        assert_eq!(left, self.named(), "whom the product names");
        left
    }

    /// Whom the product says to be one.
    fn named(&self) -> BTreeSet<String> {
        let holders = self.holders();
        let id = |holder: &Value| text(&holder["member"], "id");
        holders.iter().map(id).collect()
    }

    fn holders(&self) -> Vec<Value> {
        let path = format!("/roles/{SUPER}/holders?limit=1000");
        self.send("GET", &path, None).items()
    }

    /// Puts a member into a group made over SCIM, or takes them out.
    fn push(&self, op: &str, group: &str, users: &[String]) -> Answer {
        let operation = json!([{ "op": op, "path": "members", "value": values(users) }]);
        self.scim.patch_group(group, &operation)
    }
}

/// Whether a policy of this kind names the role.
fn says(policies: &Value, access: &str) -> bool {
    let policies = policies.as_array().expect("policies");
    policies.iter().any(|policy| {
        let groups = policy["permission_groups"].as_array().expect("roles");
        policy["access"] == access && groups.iter().any(|group| group["id"] == SUPER_GROUP)
    })
}

/// Whether it was refused for the sake of the last one, in either dialect.
fn is_last(answer: &Answer) -> bool {
    answer.status == 403 && answer.text().contains("without a Super Administrator")
}
