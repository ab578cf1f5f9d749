//! What answers show of people beside their rows: groups and roles, and of few an external id.
//!
//! Somebody who is looked up alone is asked about. On a page everybody's groups are read at
//! once, and people in the same groups who are usual otherwise have the same, which is worked
//! out for one of them.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::sync::Arc;

use rusqlite::Row;

use super::super::external_ids::external_id_column;
use super::super::legacy::old_names::seen_name;
use super::super::policies;
use super::super::recall::{CallersId, Common, GroupShown, Known, Memory, Recall, Unusual};
use super::super::sql::{get, list as rows, parsed};
use super::super::tx::ReadTx;
use super::{NUMBER_BITS, seq_of};
use crate::domain::member::{Beside, GroupOfMember, RoleOfMember, State};

/// What lies beside the row of somebody unusual.
const SQL_HINTS: &str = concat!(
    "SELECT m.state, m.minimal_access, m.has_policies, m.had_groups, ",
    external_id_column!("m", "member_external_ids", "member"),
    " FROM members m WHERE m.seq = ?1"
);
/// A group as its members' answers show it to the connection `?2`, and whether it carries policies.
macro_rules! group_columns {
    () => {
        concat!(
            "g.scim_id, ",
            seen_name!("g", "?2"),
            ", EXISTS (SELECT 1 FROM policies p WHERE p.grp = g.seq)"
        )
    };
}
const SQL_GROUP: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM groups g WHERE g.seq = ?1"
);
const SQL_GROUPS: &str = concat!(
    "SELECT ",
    group_columns!(),
    " FROM group_members x JOIN groups g ON g.seq = x.grp WHERE x.member = ?1 ORDER BY x.grp"
);
/// Who of these was in groups, and is usual otherwise.
const SQL_PLAIN: &str = "SELECT m.seq FROM members m WHERE m.seq BETWEEN ?1 AND ?2
    AND m.had_groups = 1 AND m.has_policies = 0 AND m.more_external_ids = 0
    AND m.minimal_access = 1 AND m.state = 'active' ORDER BY m.seq";
const SQL_MEMBERSHIPS: &str = "SELECT x.member, x.grp FROM group_members x
    WHERE x.member BETWEEN ?1 AND ?2 ORDER BY x.member, x.grp LIMIT ?3";

/// Most rows that are looked at ahead.
const AHEAD_MAX: i64 = 512;
/// Memberships for each of them: whoever is in more is asked about alone.
const MEMBERSHIPS_PER_ROW: i64 = 16;

/// What the row says of what lies beside it.
#[derive(Clone, Copy)]
pub(super) struct Hints {
    minimal_access: bool,
    has_policies: bool,
    had_groups: bool,
}

impl Hints {
    /// From three columns, the first of which is `at`.
    pub(super) fn of(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            minimal_access: row.get(at)?,
            has_policies: row.get(at + 1)?,
            had_groups: row.get(at + 2)?,
        })
    }
}

/// The rows of a page that are still to come, and what was read for them at once.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    left: i64,
    up: bool,
    /// The keys that the two lists tell of.
    read: Option<RangeInclusive<i64>>,
    plain: Vec<i64>,
    /// Members with their groups, in order.
    memberships: Vec<(i64, i64)>,
    /// The connection and somebody's groups: see [`Known::set`].
    set: Vec<i64>,
    /// Where nothing is remembered from one read to the next.
    memory: RefCell<Memory>,
}

impl Ahead {
    /// So many rows come, in the order of their keys.
    pub(super) fn expect(&mut self, up: bool, limit: i64) {
        (self.up, self.left) = (up, limit);
    }

    /// A row was read.
    pub(super) fn pass(&mut self) {
        self.left -= 1;
    }

    /// Whether the lists tell whether `key` is somebody who is in groups and usual otherwise;
    /// they are read when rows follow that will ask.
    fn is_plain(&mut self, tx: &ReadTx<'_>, key: i64) -> rusqlite::Result<bool> {
        if !self.read.as_ref().is_some_and(|read| read.contains(&key)) {
            if self.left < 2 {
                return Ok(false);
            }
            self.read_from(tx, key)?;
        }
        let is_read = self.read.as_ref().is_some_and(|read| read.contains(&key));
        Ok(is_read && self.plain.binary_search(&key).is_ok())
    }

    fn read_from(&mut self, tx: &ReadTx<'_>, key: i64) -> rusqlite::Result<()> {
        let count = self.left.min(AHEAD_MAX);
        let account = key >> NUMBER_BITS;
        let (mut first, mut last) = if self.up {
            (key, (key + count - 1).min(seq_of(account + 1, 0) - 1))
        } else {
            ((key - count + 1).max(seq_of(account, 0)), key)
        };
        let most = count * MEMBERSHIPS_PER_ROW;
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
        self.memberships = rows(tx.conn(), SQL_MEMBERSHIPS, (first, last, most), read)?;
        if i64::try_from(self.memberships.len()).unwrap_or(i64::MAX) >= most
            && let Some((cut, _)) = self.memberships.last()
        {
            // There may be more of the last one's, and of those behind.
            last = cut - 1;
        }
        self.plain = rows(tx.conn(), SQL_PLAIN, (first, last), |row| row.get(0))?;
        // Who is not told of is asked about alone, and nobody looks ahead for them again.
        (first, last) = (first.min(key), last.max(key));
        self.read = Some(first..=last);
        Ok(())
    }

    /// What somebody has who is in groups and usual otherwise.
    fn common(
        &mut self,
        tx: &ReadTx<'_>,
        key: i64,
        known: Option<Known<'_>>,
    ) -> rusqlite::Result<Common> {
        let start = self
            .memberships
            .partition_point(|(member, _)| *member < key);
        let theirs = self.memberships[start..].iter();
        let groups = theirs.take_while(|(member, _)| *member == key);
        self.set.clear();
        self.set.push(caller(tx));
        self.set.extend(groups.map(|(_, group)| *group));
        let known = known.unwrap_or(Known::of_one_read(&self.memory));
        if let Some(common) = known.set(&self.set) {
            return Ok(common);
        }
        let mut groups = Vec::with_capacity(self.set.len() - 1);
        let mut by_policies = false;
        for group in &self.set[1..] {
            let shown = group_shown(tx, *group, known)?;
            by_policies |= shown.has_policies;
            groups.push(shown.group);
        }
        let beside = Beside::new(groups, roles(tx, key, true, by_policies)?);
        let beside = (!beside.is_usual(State::Active)).then(|| Arc::new(beside.keeping()));
        let common = Common(beside);
        known.learn_set(&self.set, &common);
        Ok(common)
    }
}

/// The connection that the caller speaks through, as part of a key.
fn caller(tx: &ReadTx<'_>) -> i64 {
    tx.connection().unwrap_or_default()
}

/// What `show` makes of what lies beside the row of somebody unusual.
pub(super) fn show_unusual<T>(
    tx: &ReadTx<'_>,
    key: i64,
    ahead: &mut Ahead,
    show: impl FnOnce(&Unusual) -> T,
) -> rusqlite::Result<T> {
    // A row was read, so the view is taken.
    let known = tx.recall().as_ref().and_then(Recall::known);
    let person = (key, caller(tx));
    if let Some(found) = known.and_then(|known| known.person(person)) {
        return Ok(show(&found));
    }
    let unusual = if ahead.is_plain(tx, key)? {
        Unusual {
            state: State::Active,
            external_id: CallersId::InRow,
            beside: ahead.common(tx, key, known)?.0,
        }
    } else {
        read_unusual(tx, key)?
    };
    let shown = show(&unusual);
    if let Some(known) = known {
        known.learn_person(person, unusual);
    }
    Ok(shown)
}

fn read_unusual(tx: &ReadTx<'_>, key: i64) -> rusqlite::Result<Unusual> {
    get(tx.conn(), SQL_HINTS, (key, tx.connection()), |row| {
        let state = parsed(row, 0, State::named)?;
        let beside = read_beside(tx, key, state, Hints::of(row, 1)?)?;
        Ok(Unusual {
            state,
            external_id: CallersId::Beside(row.get(4)?),
            beside: (!beside.is_usual(state)).then(|| Arc::new(beside)),
        })
    })
}

pub(super) fn read_beside(
    tx: &ReadTx<'_>,
    key: i64,
    state: State,
    hints: Hints,
) -> rusqlite::Result<Beside> {
    // Many groups carry no policy, and then there is nothing more to ask.
    let mut by_policies = hints.has_policies;
    let mut groups = Vec::new();
    if hints.had_groups {
        groups = rows(tx.conn(), SQL_GROUPS, (key, tx.connection()), |row| {
            by_policies |= row.get::<_, bool>(2)?;
            Ok(Arc::new(GroupOfMember {
                scim_id: row.get(0)?,
                name: row.get(1)?,
            }))
        })?;
    }
    let roles = match state {
        State::Active => roles(tx, key, hints.minimal_access, by_policies)?,
        State::Pending | State::Inactive => Vec::new(),
    };
    Ok(Beside::new(groups, roles))
}

/// The roles of somebody active, sorted.
fn roles(
    tx: &ReadTx<'_>,
    key: i64,
    minimal_access: bool,
    by_policies: bool,
) -> rusqlite::Result<Vec<RoleOfMember>> {
    let mut roles = Vec::new();
    if minimal_access && !(by_policies && policies::denies_minimal_access(tx, key)?) {
        roles.push(policies::minimal_access());
    }
    if by_policies {
        roles.extend(policies::roles_by_policies(tx, key)?);
        roles.sort_unstable();
        roles.dedup();
    }
    Ok(roles)
}

fn group_shown(tx: &ReadTx<'_>, group: i64, known: Known<'_>) -> rusqlite::Result<GroupShown> {
    let key = (group, caller(tx));
    if let Some(shown) = known.group(key) {
        return Ok(shown);
    }
    let shown = get(tx.conn(), SQL_GROUP, (group, tx.connection()), |row| {
        let group = GroupOfMember {
            scim_id: row.get(0)?,
            name: row.get(1)?,
        };
        Ok(GroupShown {
            group: Arc::new(group),
            has_policies: row.get(2)?,
        })
    })?;
    known.learn_group(key, &shown);
    Ok(shown)
}
