//! Conditions on `members m`.

use std::sync::LazyLock;

use rusqlite::types::Value;

use super::super::external_ids::MEMBER_OPERAND;
use super::super::legacy::old_names::MEMBERS_GROUP_NAME;
use super::super::roles::name_sql;
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
                let of = ["m.seq", "member", "member_external_ids", MEMBER_OPERAND];
                self.external_id(of, test, place);
            }
            MemberCondition::Active(true) => self.push("m.state = 'active'"),
            MemberCondition::Active(false) => self.push("m.state <> 'active'"),
            MemberCondition::Pending => self.push("m.state = 'pending'"),
            MemberCondition::Present => self.push("m.state <> 'inactive'"),
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
                ("y.account = ? AND y.scim_id = ?", &[account, text(id)]),
            ),
            MemberCondition::GroupName { key } => self.in_group(
                "group_names y JOIN group_members x ON x.grp = y.grp",
                // Its own, unless the connection knows it by an old one: which is an alias.
                (
                    "y.account = ? AND y.name_key = ? AND y.name_key =
                     ifnull((SELECT o.name_key FROM group_old_names o WHERE o.grp = y.grp
                                 AND o.connection = ? AND o.renamed_ms IS NULL),
                            CASE y.kind WHEN 'current' THEN y.name_key END)",
                    &[account, text(key), Value::from(place.connection)],
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
                self.text(&Operand::for_connection(VERSION.as_str(), place), test);
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
        let path = json_path(names);
        if *test == ValueTest::Assigned {
            // An object would be written out as text, only to be there.
            self.push(&format!("json_type(m.document, '{path}') <> 'null'"));
        } else {
            let value = format!("json_extract(m.document, '{path}')");
            self.test(&Operand::of(value), test);
        }
    }

    /// Members of the group that `which` finds in `from`.
    fn in_group(&mut self, from: &str, (which, values): (&str, &[Value])) {
        let values = values.iter().cloned();
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
                let from = format!("json_each(m.document, '{}') e WHERE ", json_path(names));
                self.exists(&from, filter, |sub| {
                    Operand::of(format!("json_extract(e.value, '$.\"{sub}\"')"))
                });
            }
            MemberEntries::Addresses => match self.sets.checked_sub(1) {
                Some(left) => {
                    self.sets = left;
                    self.bind(
                        "m.seq IN (SELECT e.member FROM member_emails e WHERE e.account = ? AND ",
                        [Value::from(place.account)],
                    );
                    self.tests(filter, |sub| {
                        Operand::key(if sub == "type" {
                            "e.kind_key"
                        } else {
                            "e.value_key"
                        })
                    });
                    self.push(")");
                }
                // One person's addresses are found in the document alone.
                None => self.exists(
                    "json_each(m.document, '$.emails') e
                     WHERE json_extract(e.value, '$.value') IS NOT NULL AND ",
                    filter,
                    |sub| Operand::of(format!("json_extract(e.value, '$.\"{sub}\"')")),
                ),
            },
            MemberEntries::Groups { reference_prefix } => self.exists(
                "group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq AND ",
                filter,
                |sub| match sub {
                    "display" => Operand::for_connection(MEMBERS_GROUP_NAME, place),
                    "$ref" => Operand::behind(reference_prefix, "y.scim_id"),
                    _ => Operand::of("y.scim_id"),
                },
            ),
            MemberEntries::DirectRoles => self.roles(OWN_GRANTS, filter),
            MemberEntries::GroupRoles => self.roles(GROUP_GRANTS, filter),
        }
    }

    /// Who is not active holds no role.
    fn roles(&mut self, grants: &str, filter: &Filter<EntryCondition>) {
        self.push("(m.state = 'active' AND ");
        let from = format!("({grants}) r WHERE ");
        self.exists(&from, filter, |_| Operand::of(name_sql("r.id")));
        self.push(")");
    }
}

/// The roles that are effective by the member's own policies.
pub(in crate::store) const OWN_GRANTS: &str = "SELECT r.permission_group AS id
    FROM roles_of_members r WHERE r.member = m.seq
    UNION ALL SELECT x'124b3f784ed20e168bc6bda6be3538a4' WHERE m.minimal_access = 1
        AND NOT EXISTS (SELECT 1 FROM denials_of_members d WHERE d.member = m.seq
            AND d.permission_group = x'124b3f784ed20e168bc6bda6be3538a4')
        AND NOT EXISTS (SELECT 1 FROM denials_of_groups d WHERE d.member = m.seq
            AND d.permission_group = x'124b3f784ed20e168bc6bda6be3538a4')";
/// Those that are by policies of their groups.
pub(in crate::store) const GROUP_GRANTS: &str = "SELECT r.permission_group AS id
    FROM roles_of_groups r WHERE r.member = m.seq";

/// A member's version as its answer has it: see `functions::member_version`.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let name = name_sql("g.id");
    format!(
        "member_version(m.version, m.state,
    (SELECT json_group_array(json_array(y.scim_id, {MEMBERS_GROUP_NAME}) ORDER BY x.grp)
     FROM group_members x JOIN groups y ON y.seq = x.grp WHERE x.member = m.seq),
    (SELECT json_group_array(json_array(name, by_group)) FROM (
        SELECT {name} AS name, 0 AS by_group FROM ({OWN_GRANTS}) g WHERE m.state = 'active'
        UNION ALL
        SELECT {name}, 1 FROM ({GROUP_GRANTS}) g WHERE m.state = 'active')))"
    )
});

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
