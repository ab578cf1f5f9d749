//! Conditions on `members m`.

use rusqlite::types::Value;

use super::{Builder, Operand, Place, blob, text};
use crate::domain::query::{
    EntryCondition, Filter, MemberCondition, MemberEntries, TextOp, ValueTest,
};

impl Builder {
    pub(super) fn member(&mut self, condition: &MemberCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            MemberCondition::Id(id) => self.bind("m.id = ?", [blob(id)]),
            MemberCondition::IdText { prefix, test } => {
                self.text(&Operand::behind(prefix, "lower(hex(m.id))"), test);
            }
            MemberCondition::UserName(test) => {
                self.in_account(test.op == TextOp::Equals, account);
                self.key("m.user_name_key", test);
                self.push(")");
            }
            MemberCondition::DisplayName(ValueTest::Text(test)) => {
                self.in_account(test.op == TextOp::Equals, account);
                self.key("m.display_name_key", test);
                self.push(")");
            }
            MemberCondition::DisplayName(test) => {
                self.test(&Operand::key("m.display_name_key"), test);
            }
            MemberCondition::ExternalId(test) => {
                self.external_id(["m.seq", "member", "member_external_ids"], test, place);
            }
            MemberCondition::Active(true) => self.push("m.state = 'active'"),
            MemberCondition::Active(false) => self.push("m.state <> 'active'"),
            MemberCondition::Email { key, kind_key } => {
                self.bind(
                    "m.seq IN (SELECT member FROM member_emails
                               WHERE account = ? AND value_key = ?",
                    [account, text(key)],
                );
                if let Some(kind) = kind_key {
                    self.bind(" AND kind_key = ?", [text(kind)]);
                }
                self.push(")");
            }
            MemberCondition::GroupId(id) => self.in_group(
                "groups y JOIN group_members x ON x.grp = y.seq",
                ("y.account = ? AND y.scim_id = ?", [account, text(id)]),
            ),
            MemberCondition::GroupName { key } => self.in_group(
                "group_names y JOIN group_members x ON x.grp = y.grp",
                (
                    "y.account = ? AND y.name_key = ? AND y.kind = 'current'",
                    [account, text(key)],
                ),
            ),
            MemberCondition::Created(instants) => self.within("m.created_ms", *instants),
            MemberCondition::Modified(instants) => {
                self.in_account(instants.is_one(), account);
                let range = if instants.is_one() { "" } else { self.range };
                self.within(&format!("{range}m.modified_ms"), *instants);
                self.push(")");
            }
            MemberCondition::Version(test) => {
                let version = Operand {
                    value: Some(Value::from(place.connection)),
                    ..Operand::of(VERSION)
                };
                self.text(&version, test);
            }
            MemberCondition::Document { names, test } => self.document(names, test),
            MemberCondition::Entry { of, filter } => self.entry(of, filter, place),
        }
    }

    /// Repeating the account lets SQLite take the index in any position; of a range only where
    /// it shall.
    fn in_account(&mut self, is_key: bool, account: Value) {
        let plus = if is_key { "" } else { self.range };
        self.bind(&format!("({plus}m.account = ? AND "), [account]);
    }

    fn document(&mut self, names: &[&'static str], test: &ValueTest) {
        self.clause.needs_document = true;
        let path = json_path(names);
        if *test == ValueTest::Assigned {
            // An object would be written out as text, only to be there.
            self.push(&format!("json_type(d.document, '{path}') <> 'null'"));
        } else {
            let value = format!("json_extract(d.document, '{path}')");
            self.test(&Operand::of(value), test);
        }
    }

    /// Members of the group that `which` finds in `from`.
    fn in_group(&mut self, from: &str, (which, values): (&str, [Value; 2])) {
        if let Some(left) = self.sets.checked_sub(1) {
            self.sets = left;
            self.bind(
                &format!("m.seq IN (SELECT x.member FROM {from} WHERE {which})"),
                values,
            );
        } else {
            self.bind(
                &format!(
                    "EXISTS (SELECT 1 FROM {from} WHERE {which} AND x.member = m.seq LIMIT 1)"
                ),
                values,
            );
        }
    }

    fn entry(&mut self, of: &MemberEntries, filter: &Filter<EntryCondition>, place: Place) {
        match of {
            MemberEntries::Document(names) => {
                self.clause.needs_document = true;
                let from = format!("json_each(d.document, '{}') e WHERE ", json_path(names));
                self.exists(&from, filter, |sub| {
                    Operand::of(format!("json_extract(e.value, '$.\"{sub}\"')"))
                });
            }
            MemberEntries::Addresses => {
                let key = |sub: &str| {
                    Operand::key(if sub == "type" {
                        "e.kind_key"
                    } else {
                        "e.value_key"
                    })
                };
                if let Some(left) = self.sets.checked_sub(1) {
                    self.sets = left;
                    self.bind(
                        "m.seq IN (SELECT e.member FROM member_emails e WHERE e.account = ? AND ",
                        [Value::from(place.account)],
                    );
                    self.tests(filter, key);
                    self.push(")");
                } else {
                    self.exists("member_emails e WHERE e.member = m.seq AND ", filter, key);
                }
            }
            MemberEntries::Groups { reference_prefix } => self.exists(
                "group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq AND ",
                filter,
                |sub| match sub {
                    "display" => Operand::of("y.name"),
                    "$ref" => Operand::behind(reference_prefix, "y.scim_id"),
                    _ => Operand::of("y.scim_id"),
                },
            ),
            MemberEntries::DirectRoles => self.roles(
                "policies p JOIN policy_permission_groups r ON r.policy = p.seq
                 WHERE p.member = m.seq",
                filter,
            ),
            MemberEntries::GroupRoles => self.roles(
                "group_members x JOIN policies p ON p.grp = x.grp
                 JOIN policy_permission_groups r ON r.policy = p.seq WHERE x.member = m.seq",
                filter,
            ),
        }
    }

    /// Who is not active holds no role.
    fn roles(&mut self, from: &str, filter: &Filter<EntryCondition>) {
        self.push("(m.state = 'active' AND ");
        let from = format!("{from} AND p.access = 'allow' AND ");
        self.exists(&from, filter, |_| {
            Operand::of("role_name(r.permission_group)")
        });
        self.push(")");
    }
}

/// A member's version as its answer has it: see `functions::member_version`.
const VERSION: &str = "member_version(m.version,
    (SELECT json_group_array(json_array(y.scim_id, y.name) ORDER BY x.grp)
     FROM group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq),
    (SELECT json_group_array(json_array(lower(hex(id)), by_group)) FROM (
        SELECT r.permission_group AS id, 0 AS by_group FROM policies p
        JOIN policy_permission_groups r ON r.policy = p.seq
        WHERE p.member = m.seq AND p.access = 'allow' AND m.state = 'active'
        UNION ALL
        SELECT r.permission_group, 1 FROM group_members x JOIN policies p ON p.grp = x.grp
        JOIN policy_permission_groups r ON r.policy = p.seq
        WHERE x.member = m.seq AND p.access = 'allow' AND m.state = 'active')),
    (SELECT value FROM member_external_ids WHERE member = m.seq AND connection = ?))";

/// `$."name"."familyName"`: names of the schema hold dots and colons, but no quotes.
pub(in crate::store) fn json_path(names: &[&'static str]) -> String {
    let mut path = String::from("$");
    for name in names {
        path.push_str(".\"");
        path.push_str(name);
        path.push('"');
    }
    path
}
