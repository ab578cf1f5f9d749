//! What readers remember of people's groups and roles, and how they know that it still holds.
//!
//! The writer counts, before and after each commit after which somebody's groups or roles may read
//! differently. A reader that found the same even count before its view of the database began and
//! after it was taken knows that its view is the one of that count: what was read at the same
//! count is what it would read now. Where the counts differ, nothing is remembered, and all is
//! read.

use std::cell::{Ref, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::domain::member::{Beside, GroupOfMember, State};

/// Accounts share counts when there are more of them.
const COUNTS: usize = 64;

/// How often groups and roles of an account's people may have changed, twice; odd while a
/// commit is under way.
#[derive(Debug)]
pub(in crate::store) struct Changes([AtomicU64; COUNTS]);

impl Default for Changes {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; COUNTS])
    }
}

impl Changes {
    pub(in crate::store) fn count(&self, account: i64) -> u64 {
        self.0[place(account)].load(Ordering::SeqCst)
    }

    /// Whether the count is still the one that it was before a view was taken, and the view
    /// therefore the one of that count.
    pub(in crate::store) fn is_still(&self, account: i64, begun: u64) -> bool {
        begun.is_multiple_of(2) && self.count(account) == begun
    }

    /// Before the commit and after it, however it ends.
    pub(in crate::store) fn note(&self, touched: Touched) {
        for (at, count) in self.0.iter().enumerate() {
            if touched.0 & (1 << at) != 0 {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    }
}

fn place(account: i64) -> usize {
    usize::try_from(account.rem_euclid(64)).unwrap_or_default()
}

/// The accounts that one commit counts for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::store) struct Touched(u64);

impl Touched {
    pub(in crate::store) fn add(&mut self, account: Option<i64>) {
        self.0 |= account.map_or(u64::MAX, |account| 1 << place(account));
    }
}

/// Entries of each kind that one reader keeps: when there are more, it begins anew.
const BLOCKS_MAX: usize = 64;
/// Groups and roles of all people together who share them with nobody, each with a text of its
/// own: of each some 200 bytes. Of whoever has more than that alone nothing is kept.
const PEOPLE_PARTS_MAX: usize = 32 * 1024;
const GROUPS_MAX: usize = 1024;
const SETS_MAX: usize = 512;
/// Connections of which it is known whether they are shown old names.
const CONNECTIONS_MAX: usize = 64;
/// Groups of all sets together, whose texts are kept: of each some 250 bytes.
const SET_GROUPS_MAX: usize = 2048;

/// People whose keys differ in their last bits alone are kept side by side, as pages ask for them.
const BLOCK_BITS: u32 = 5;
const BLOCK: usize = 1 << BLOCK_BITS;

/// Where the external id is that the caller's connection has for somebody.
#[derive(Debug)]
pub(in crate::store) enum CallersId {
    InRow,
    /// Known, or known to be none.
    Beside(Option<String>),
}

/// What people have in common who are in the same groups and usual otherwise; nothing where that is
/// the usual too.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Common(pub(in crate::store) Option<Arc<Beside>>);

/// What lies beside a member's row, and is mostly nothing.
#[derive(Debug)]
pub(in crate::store) struct Unusual {
    pub(in crate::store) state: State,
    pub(in crate::store) external_id: CallersId,
    /// `None`: the usual.
    pub(in crate::store) beside: Option<Arc<Beside>>,
}

impl Unusual {
    /// How many groups and roles it holds that nothing else does.
    fn parts_of_its_own(&self) -> usize {
        let alone = self
            .beside
            .as_ref()
            .filter(|all| Arc::strong_count(all) == 1);
        alone.map_or(0, |all| all.groups.len().saturating_add(all.roles.len()))
    }
}

/// A group as answers about its members show it.
#[derive(Debug, Clone)]
pub(in crate::store) struct GroupShown {
    pub(in crate::store) group: Arc<GroupOfMember>,
    pub(in crate::store) has_policies: bool,
}

/// Keys are numbers of our own, which nobody outside chooses.
type Map<K, V> = HashMap<K, Read<V>, BuildHasherDefault<Mixed>>;

#[derive(Debug)]
struct Read<V> {
    at: u64,
    value: V,
}

/// What one reading connection remembers. Names may differ by who asks, so the connection that
/// the caller speaks through is part of each key.
#[derive(Debug, Default)]
pub(in crate::store) struct Memory {
    people: Map<(i64, i64), Box<[Option<Unusual>; BLOCK]>>,
    /// What was kept of groups and roles since people were forgotten last.
    people_parts: usize,
    groups: Map<(i64, i64), GroupShown>,
    /// What those have who are in these groups and usual otherwise; the first number is the
    /// connection.
    sets: Map<Box<[i64]>, Common>,
    set_groups: usize,
    /// Whether a connection knows any group by an old name.
    old_names: Map<i64, bool>,
}

/// A read's way to what is remembered.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Recall<'c> {
    pub(in crate::store) memory: &'c RefCell<Memory>,
    pub(in crate::store) changes: &'c Changes,
    pub(in crate::store) account: i64,
    /// The count before the view was taken.
    pub(in crate::store) begun: u64,
}

/// The same, while it is known of which count the view is.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Known<'c> {
    memory: &'c RefCell<Memory>,
    at: u64,
}

impl<'c> Recall<'c> {
    /// For whoever has read a row already, so that the view is taken.
    pub(in crate::store) fn known(&self) -> Option<Known<'c>> {
        let is_same = self.changes.is_still(self.account, self.begun);
        is_same.then_some(Known {
            memory: self.memory,
            at: self.begun,
        })
    }
}

impl<'c> Known<'c> {
    /// For one read alone, which sees one view throughout.
    pub(in crate::store) fn of_one_read(memory: &'c RefCell<Memory>) -> Self {
        Self { memory, at: 0 }
    }

    pub(in crate::store) fn person(&self, key: (i64, i64)) -> Option<Ref<'c, Unusual>> {
        let (block, at) = place_in_block(key);
        let found = Ref::filter_map(self.memory.borrow(), |memory| {
            self.current(memory.people.get(&block))?[at].as_ref()
        });
        found.ok()
    }

    pub(in crate::store) fn learn_person(&self, key: (i64, i64), value: Unusual) {
        let (block, at) = place_in_block(key);
        let parts = value.parts_of_its_own();
        if parts > PEOPLE_PARTS_MAX {
            return;
        }
        let mut memory = self.memory.borrow_mut();
        let full = memory.people.len() >= BLOCKS_MAX && !memory.people.contains_key(&block);
        if full || memory.people_parts + parts > PEOPLE_PARTS_MAX {
            memory.people.clear();
            memory.people_parts = 0;
        }
        memory.people_parts += parts;
        let nobody = || self.read(Box::new([const { None }; BLOCK]));
        let people = memory.people.entry(block).or_insert_with(nobody);
        if people.at != self.at {
            *people = nobody();
        }
        people.value[at] = Some(value);
    }

    pub(in crate::store) fn group(&self, key: (i64, i64)) -> Option<GroupShown> {
        let memory = self.memory.borrow();
        self.current(memory.groups.get(&key)).cloned()
    }

    pub(in crate::store) fn learn_group(&self, key: (i64, i64), value: &GroupShown) {
        let mut memory = self.memory.borrow_mut();
        if memory.groups.len() >= GROUPS_MAX {
            memory.groups.clear();
        }
        memory.groups.insert(key, self.read(value.clone()));
    }

    pub(in crate::store) fn set(&self, key: &[i64]) -> Option<Common> {
        let memory = self.memory.borrow();
        self.current(memory.sets.get(key)).cloned()
    }

    pub(in crate::store) fn learn_set(&self, key: &[i64], value: &Common) {
        let mut memory = self.memory.borrow_mut();
        memory.set_groups += key.len();
        if memory.sets.len() >= SETS_MAX || memory.set_groups > SET_GROUPS_MAX {
            memory.sets.clear();
            memory.set_groups = key.len();
        }
        memory.sets.insert(key.into(), self.read(value.clone()));
    }

    pub(in crate::store) fn old_names(&self, connection: i64) -> Option<bool> {
        let memory = self.memory.borrow();
        self.current(memory.old_names.get(&connection)).copied()
    }

    pub(in crate::store) fn learn_old_names(&self, connection: i64, are_shown: bool) {
        let mut memory = self.memory.borrow_mut();
        if memory.old_names.len() >= CONNECTIONS_MAX {
            memory.old_names.clear();
        }
        memory.old_names.insert(connection, self.read(are_shown));
    }

    fn current<'m, V>(&self, read: Option<&'m Read<V>>) -> Option<&'m V> {
        read.filter(|read| read.at == self.at)
            .map(|read| &read.value)
    }

    fn read<V>(&self, value: V) -> Read<V> {
        Read { at: self.at, value }
    }
}

fn place_in_block((member, caller): (i64, i64)) -> ((i64, i64), usize) {
    let at = usize::try_from(member & ((1 << BLOCK_BITS) - 1)).unwrap_or_default();
    ((member >> BLOCK_BITS, caller), at)
}

/// A hash of few numbers in few steps: rotate, mix, multiply.
#[derive(Debug, Default)]
struct Mixed(u64);

impl Mixed {
    fn mix(&mut self, number: u64) {
        let mixed = (self.0.rotate_left(26) ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let (numbers, rest) = bytes.as_chunks::<8>();
        for number in numbers {
            self.mix(u64::from_le_bytes(*number));
        }
        for byte in rest {
            self.mix(u64::from(*byte));
        }
    }

    fn write_i64(&mut self, number: i64) {
        self.mix(number.cast_unsigned());
    }

    fn write_usize(&mut self, number: usize) {
        self.mix(u64::try_from(number).unwrap_or(u64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Unusual {
        Unusual {
            state: State::Pending,
            external_id: CallersId::InRow,
            beside: None,
        }
    }

    #[test]
    fn what_was_read_holds_until_a_commit_begins_that_may_change_it() {
        let (changes, memory) = (Changes::default(), RefCell::default());
        let read = |account| Recall {
            memory: &memory,
            changes: &changes,
            account,
            begun: changes.count(account),
        };
        let mut touched = Touched::default();
        touched.add(Some(3));
        let (before, of_another) = (read(3), read(4));
        let key = (7, 0);
        let known = before.known().expect("nothing happens");
        known.learn_person(key, somebody());
        let again = read(3).known().expect("nothing happens");
        assert!(again.person(key).is_some());
        assert!(again.person((8, 0)).is_none() && again.person((7, 1)).is_none());
        changes.note(touched);
        let during = read(3);
        assert!(before.known().is_none() && during.known().is_none());
        changes.note(touched);
        assert!(before.known().is_none() && during.known().is_none());
        let after = read(3).known().expect("nothing happens any more");
        assert!(after.person(key).is_none());
        // What was read before goes with the first that is read now.
        after.learn_person((8, 0), somebody());
        assert!(after.person(key).is_none() && after.person((8, 0)).is_some());
        assert!(of_another.known().is_some());
        // A change of the whole box.
        touched.add(None);
        changes.note(touched);
        assert!(of_another.known().is_none());
    }

    #[test]
    fn one_reader_remembers_so_much_and_no_more() {
        let memory = RefCell::default();
        let known = Known::of_one_read(&memory);
        let group = GroupShown {
            group: Arc::new(GroupOfMember {
                scim_id: String::new(),
                name: String::new(),
            }),
            has_policies: false,
        };
        for number in 0..20_000 {
            known.learn_person((number, 0), somebody());
            known.learn_group((number, 0), &group);
            known.learn_set(&[0, number, number + 1], &Common::default());
            assert!(known.person((number, 0)).is_some() && known.group((number, 0)).is_some());
            assert!(known.set(&[0, number, number + 1]).is_some());
        }
        // People who are in many groups are no more than fit in, and the last one is.
        let in_groups = |count| Unusual {
            beside: Some(Arc::new(Beside::new(
                vec![Arc::clone(&group.group); count],
                Vec::new(),
            ))),
            ..somebody()
        };
        for number in 0..100 {
            known.learn_person((number, 0), in_groups(1000));
            assert!(known.person((number, 0)).is_some());
        }
        let kept = (0..100).filter(|number| known.person((*number, 0)).is_some());
        assert!(kept.count() * 1000 <= PEOPLE_PARTS_MAX);
        known.learn_person((100, 0), in_groups(PEOPLE_PARTS_MAX + 1));
        assert!(known.person((100, 0)).is_none());
        let memory = memory.borrow();
        assert!(memory.people.len() <= BLOCKS_MAX && memory.groups.len() <= GROUPS_MAX);
        let groups: usize = memory.sets.keys().map(|key| key.len()).sum();
        assert!(memory.sets.len() <= SETS_MAX && groups <= SET_GROUPS_MAX);
    }
}
