//! Results of long reads, kept until something changes that they may have been read from: by the
//! same counts as what readers remember of people (see [`recall`](super::recall)), so it holds for
//! whatever follows from groups, roles, policies and people who are there, and for nothing else.
//! Which people there are is counted apart.

use std::any::Any;
use std::sync::{Arc, Mutex, PoisonError};

use super::recall::Changes;
use super::tx::Follows;
use crate::domain::error::Result;

/// Results that are kept; the oldest makes room. Each is to be small: at most some 50 KiB, so that
/// all take less than 1 MiB.
const RESULTS_MAX: usize = 16;

/// Which result: of which read, about what.
type Name = (&'static str, [u8; 16]);

#[derive(Debug, Clone)]
struct Entry {
    account: i64,
    name: Name,
    /// The count at which it was read.
    at: u64,
    value: Arc<dyn Any + Send + Sync>,
}

/// What long reads found, whichever connection they were on.
#[derive(Debug, Default)]
pub(in crate::store) struct Kept(Mutex<Vec<Entry>>);

/// A read's way to what is kept.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Keeping<'c> {
    kept: &'c Kept,
    changes: &'c Changes,
    account: i64,
    /// The count before the view was taken.
    begun: u64,
}

/// The ways of one read, by what a result follows from.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Keepings<'c> {
    pub(in crate::store) access: Keeping<'c>,
    pub(in crate::store) people: Keeping<'c>,
}

impl<'c> Keepings<'c> {
    pub(in crate::store) fn of(&self, follows: Follows) -> &Keeping<'c> {
        match follows {
            Follows::Access => &self.access,
            Follows::People => &self.people,
        }
    }
}

impl<'c> Keeping<'c> {
    /// Before the view is taken.
    pub(in crate::store) fn begin(kept: &'c Kept, changes: &'c Changes, account: i64) -> Self {
        Self {
            kept,
            changes,
            account,
            begun: changes.count(account),
        }
    }

    /// The result of that name as it was read since the last change, else that of `read`. Only for
    /// whoever has read a row already, so that the view is taken.
    ///
    /// Errors: those of `read`.
    pub(in crate::store) fn result<T: Send + Sync + 'static>(
        &self,
        name: Name,
        read: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let is_known = self.changes.is_still(self.account, self.begun);
        if is_known && let Some(value) = self.find(name) {
            return Ok(value);
        }
        let value = Arc::new(read()?);
        if is_known {
            self.keep(name, Arc::clone(&value) as Arc<dyn Any + Send + Sync>);
        }
        Ok(value)
    }

    fn find<T: Send + Sync + 'static>(&self, name: Name) -> Option<Arc<T>> {
        let entries = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |one: &&Entry| one.account == self.account && one.name == name;
        let entry = entries.iter().find(is_it)?;
        let value = (entry.at == self.begun).then(|| Arc::clone(&entry.value))?;
        value.downcast().ok()
    }

    fn keep(&self, name: Name, value: Arc<dyn Any + Send + Sync>) {
        let mut entries = self.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|one| one.account != self.account || one.name != name);
        if entries.len() >= RESULTS_MAX {
            entries.remove(0);
        }
        entries.push(Entry {
            account: self.account,
            name,
            at: self.begun,
            value,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::recall::Touched;
    use super::*;

    #[test]
    fn a_result_is_kept_until_its_account_changes() -> Result<()> {
        let (kept, changes) = (Kept::default(), Changes::default());
        let ask = |account: i64, name: &'static str, value: u32| {
            let keeping = Keeping::begin(&kept, &changes, account);
            keeping
                .result((name, [0; 16]), || Ok(value))
                .map(|found| *found)
        };
        assert_eq!(ask(1, "one", 10)?, 10);
        assert_eq!(ask(1, "one", 11)?, 10);
        assert_eq!(ask(1, "other", 12)?, 12);
        assert_eq!(ask(2, "one", 13)?, 13);
        let mut touched = Touched::default();
        touched.add(Some(1));
        changes.note(touched);
        // While a commit is under way nothing is known.
        assert_eq!(ask(1, "one", 14)?, 14);
        assert_eq!(ask(1, "one", 15)?, 15);
        changes.note(touched);
        assert_eq!(ask(1, "one", 16)?, 16);
        assert_eq!(ask(1, "one", 17)?, 16);
        assert_eq!(ask(2, "one", 18)?, 13);
        Ok(())
    }

    #[test]
    fn the_oldest_result_makes_room() -> Result<()> {
        let (kept, changes) = (Kept::default(), Changes::default());
        let ask = |account: i64, value: i64| {
            let keeping = Keeping::begin(&kept, &changes, account);
            keeping
                .result(("one", [0; 16]), || Ok(value))
                .map(|found| *found)
        };
        for account in 0..=16 {
            assert_eq!(ask(account, account)?, account);
        }
        assert_eq!(ask(16, -1)?, 16);
        assert_eq!(ask(1, -1)?, 1);
        assert_eq!(ask(0, -1)?, -1);
        Ok(())
    }
}
