//! Conditions on `groups g`.

use rusqlite::types::Value;

use super::super::external_ids::GROUP_OPERAND;
use super::super::legacy::old_names::GROUP_NAME;
use super::{Builder, Operand, Place, blob, text};
use crate::domain::id::MemberId;
use crate::domain::query::{EntryCondition, Filter, GroupCondition};

impl Builder {
    pub(super) fn group(&mut self, condition: &GroupCondition, place: Place) {
        let account = Value::from(place.account);
        match condition {
            GroupCondition::Id(id) => {
                self.bind("(g.account = ? AND g.scim_id = ?)", [account, text(id)]);
            }
            GroupCondition::IdText { prefix, test } => {
                self.text(&Operand::behind(prefix, "g.scim_id"), test);
            }
            GroupCondition::Name { key } => self.bind(
                "g.seq = (SELECT grp FROM group_names WHERE account = ? AND name_key = ?)",
                [account, text(key)],
            ),
            GroupCondition::NameText(test) => {
                self.text(&Operand::for_connection(GROUP_NAME, place), test);
            }
            GroupCondition::ExternalId(test) => {
                let of = ["g.seq", "grp", "group_external_ids", GROUP_OPERAND];
                self.external_id(of, test, place);
            }
            GroupCondition::Member(id) => self.bind(
                "g.seq IN (SELECT x.grp FROM members y JOIN group_members x ON x.member = y.seq
                           WHERE y.id = ? AND y.account = ?)",
                [blob(id), account],
            ),
            GroupCondition::HasMembers => self.push("g.member_count > 0"),
            GroupCondition::ManagedBy(None) => self.push("g.connection IS NULL"),
            GroupCondition::ManagedBy(Some(connection)) => self.bind(
                "g.connection = (SELECT c.seq FROM connections c WHERE c.id = ?)",
                [Value::from(connection.as_bytes().to_vec())],
            ),
            GroupCondition::HasPolicies => {
                self.push("EXISTS (SELECT 1 FROM policies z WHERE z.grp = g.seq)");
            }
            GroupCondition::Entry {
                reference_prefix,
                filter,
            } => self.group_entry(reference_prefix, filter),
            GroupCondition::Created(instants) => self.within("g.created_ms", *instants),
            GroupCondition::Modified(instants) => self.within("g.modified_ms", *instants),
            GroupCondition::Version(test) => {
                self.text(&Operand::of("('W/\"' || g.version || '\"')"), test);
            }
        }
    }

    fn group_entry(&mut self, prefix: &str, filter: &Filter<EntryCondition>) {
        const ID: &str = "lower(hex(x.member_id))";
        self.push("EXISTS (SELECT 1 FROM group_members x WHERE x.grp = g.seq AND ");
        self.filter(filter, &mut |builder, EntryCondition { sub, test }| {
            match (*sub, test.equal_to().map(str::parse::<MemberId>)) {
                // One look-up, where the id's text would be made of every member's.
                ("value", Some(Ok(id))) => builder.bind(
                    "x.member = (SELECT seq FROM members WHERE id = ?)",
                    [blob(&id)],
                ),
                ("$ref", _) => builder.test(&Operand::behind(prefix, ID), test),
                _ => builder.test(&Operand::of(ID), test),
            }
        });
        self.push(" LIMIT 1)");
    }
}
