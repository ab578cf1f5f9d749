//! The bodies that tests send.

use serde_json::{Value, json};

use super::client::{Answer, Client, GROUP_URN, USER_URN, text};

/// A person with the least that a provider sends.
pub(crate) fn user(user_name: &str) -> Value {
    json!({
        "schemas": [USER_URN],
        "userName": user_name,
        "emails": [{ "value": user_name, "type": "work", "primary": true }],
    })
}

/// `base` with the members of `more` in place of, or beside, its own.
pub(crate) fn with(base: Value, more: Value) -> Value {
    let (Value::Object(mut base), Value::Object(more)) = (base, more) else {
        return Value::Null;
    };
    base.extend(more);
    Value::Object(base)
}

/// A group with these members, by id.
pub(crate) fn group(name: &str, members: &[String]) -> Value {
    json!({ "schemas": [GROUP_URN], "displayName": name, "members": values(members) })
}

/// `[{"value": id}, …]`.
pub(crate) fn values(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "value": id })).collect()
}

/// What the tests about provisioning do most.
impl Client {
    /// Makes a person; gives the id.
    #[track_caller]
    pub(crate) fn new_user(&self, user_name: &str) -> String {
        self.made("/Users", &user(user_name))
    }

    /// Makes `count` people, `name0@corp.example` and so on; gives their ids.
    #[track_caller]
    pub(crate) fn new_users(&self, name: &str, count: usize) -> Vec<String> {
        (0..count)
            .map(|i| self.new_user(&format!("{name}{i}@corp.example")))
            .collect()
    }

    /// Makes a group; gives the id.
    #[track_caller]
    pub(crate) fn new_group(&self, name: &str, members: &[String]) -> String {
        self.made("/Groups", &group(name, members))
    }

    /// POSTs and wants a 201; gives the id.
    #[track_caller]
    pub(crate) fn made(&self, path: &str, body: &Value) -> String {
        text(&self.post(path, body).is(201).json(), "id")
    }

    #[track_caller]
    pub(crate) fn read_user(&self, id: &str) -> Value {
        self.get(&format!("/Users/{id}")).is(200).json()
    }

    #[track_caller]
    pub(crate) fn read_group(&self, id: &str) -> Value {
        self.get(&format!("/Groups/{id}")).is(200).json()
    }

    /// The ids of a group's members, sorted.
    #[track_caller]
    pub(crate) fn members_of(&self, id: &str) -> Vec<String> {
        members(&self.read_group(id))
    }

    #[track_caller]
    pub(crate) fn patch_user(&self, id: &str, operations: &Value) -> Answer {
        self.patch(&format!("/Users/{id}"), operations)
    }

    #[track_caller]
    pub(crate) fn patch_group(&self, id: &str, operations: &Value) -> Answer {
        self.patch(&format!("/Groups/{id}"), operations)
    }

    #[track_caller]
    pub(crate) fn set_active(&self, id: &str, active: bool) -> Value {
        let operations = json!([{ "op": "replace", "value": { "active": active } }]);
        self.patch_user(id, &operations).is(200).json()
    }
}

/// The ids in `members`, sorted.
#[track_caller]
pub(crate) fn members(group: &Value) -> Vec<String> {
    let members = group["members"].as_array().expect("members");
    let mut ids: Vec<String> = members.iter().map(|member| text(member, "value")).collect();
    ids.sort();
    ids
}

/// The same ids, sorted.
pub(crate) fn sorted(ids: &[String]) -> Vec<String> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids
}

/// The names in a User's `roles`.
pub(crate) fn roles(user: &Value) -> Vec<String> {
    let roles = user["roles"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    roles.iter().map(|role| text(role, "value")).collect()
}

/// The ids in a User's `groups`.
pub(crate) fn groups(user: &Value) -> Vec<String> {
    let groups = user["groups"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    groups.iter().map(|group| text(group, "value")).collect()
}
