//! Members by a part of what they are called.

use aws_lc_rs::digest;
use rusqlite::types::Value;

use super::super::super::sql::{find, get, list as rows};
use super::super::super::tx::{Follows, ReadTx};
use super::{Asked, Few, Found, FoundBy, MembersFound, SearchOrder, within};
use crate::domain::error::Result;
use crate::domain::listing::{Position, SortValue};

/// Four indexes are gone through, and no row is read. Whether an entry is of the account is asked
/// of each, a fifth of the time, and in vain where there is one account: so it is left out there.
pub(super) struct Looks {
    /// In the order of names.
    pub(super) by_name: &'static str,
    pub(super) elsewhere: [&'static str; 3],
}

pub(super) const OF_ACCOUNT: Looks = Looks {
    by_name: "SELECT m.seq FROM members m
     WHERE m.account = ?1 AND m.user_name_key GLOB ?2 ORDER BY m.user_name_key LIMIT ?3",
    elsewhere: [
        "SELECT m.seq FROM members m INDEXED BY members_by_display_name
         WHERE m.account = ?1 AND m.display_name_key IS NOT NULL
           AND m.display_name_key GLOB ?2 LIMIT ?3",
        "SELECT m.seq FROM members m INDEXED BY members_by_shown_name
         WHERE m.account = ?1 AND m.shown_name_key IS NOT NULL
           AND m.shown_name_key GLOB ?2 LIMIT ?3",
        "SELECT e.member FROM member_emails e INDEXED BY member_emails_other
         WHERE e.account = ?1 AND e.other = 1 AND e.value_key GLOB ?2 LIMIT ?3",
    ],
};
pub(super) const OF_THE_ONE: Looks = Looks {
    by_name: "SELECT m.seq FROM members m
     WHERE m.user_name_key GLOB ?2 ORDER BY m.account, m.user_name_key LIMIT ?3",
    elsewhere: [
        "SELECT m.seq FROM members m INDEXED BY members_by_display_name
         WHERE m.display_name_key IS NOT NULL AND m.display_name_key GLOB ?2 LIMIT ?3",
        "SELECT m.seq FROM members m INDEXED BY members_by_shown_name
         WHERE m.shown_name_key IS NOT NULL AND m.shown_name_key GLOB ?2 LIMIT ?3",
        "SELECT e.member FROM member_emails e INDEXED BY member_emails_other
         WHERE e.other = 1 AND e.value_key GLOB ?2 LIMIT ?3",
    ],
};

impl Looks {
    fn in_view(tx: &ReadTx<'_>) -> Result<&'static Self> {
        let more = "SELECT count(*) FROM (SELECT 1 FROM accounts LIMIT 2)";
        let accounts: i64 = get(tx.conn(), more, [], |row| row.get(0))?;
        Ok(if accounts == 1 {
            &OF_THE_ONE
        } else {
            &OF_ACCOUNT
        })
    }
}

/// Where a state or a source is asked for too, many are passed over: so many times as many are
/// read at once as a page shows.
const READ_FOR_ONE: usize = 4;

/// The text of a GLOB that looks for a part. The texts are folded, so nothing is gained by LIKE,
/// which looks for both cases of each letter; `instr` takes twice as long as that.
pub(super) fn glob_part(part: &str) -> String {
    let mut glob = String::with_capacity(part.len() + 2);
    glob.push('*');
    for c in part.chars() {
        if matches!(c, '*' | '?' | '[') {
            glob.extend(['[', c, ']']);
        } else {
            glob.push(c);
        }
    }
    glob.push('*');
    glob
}

/// Those who have a part, each once.
#[derive(Debug, Default)]
pub(super) struct WithPart {
    /// In their userName, and in the order of those.
    named: Vec<i64>,
    /// Elsewhere, in the order they were made.
    others: Vec<i64>,
}

impl WithPart {
    fn len(&self) -> usize {
        self.named.len() + self.others.len()
    }

    /// Everybody, in the order they were made.
    fn all(&self) -> Vec<i64> {
        let mut all = [self.named.as_slice(), self.others.as_slice()].concat();
        all.sort_unstable();
        all
    }
}

/// Whose rows are read for a page, and how far they are all who come first.
struct Read {
    few: Few,
    end: Option<Position>,
    /// Whether nobody comes behind them.
    is_all: bool,
}

impl Asked<'_> {
    /// Those who have the part, if they are few: as they were found before, while nobody came, went
    /// or changed.
    pub(super) fn with_part(&self, tx: &ReadTx<'_>, part: &str) -> Result<Option<WithPart>> {
        let account = Value::from(self.account);
        let look = |sql: &str| -> Result<Vec<i64>> {
            let few = Value::from(self.bounds.few + 1);
            let values = [account.clone(), Value::from(glob_part(part)), few];
            Ok(rows(tx.conn(), sql, values, |row| row.get(0))?)
        };
        let looks = Looks::in_view(tx)?;
        let named = look(looks.by_name)?;
        if !within(named.len(), self.bounds.few) {
            return Ok(None);
        }
        let mut sorted = named.clone();
        sorted.sort_unstable();
        let mut others = Vec::new();
        for sql in looks.elsewhere {
            let found = look(sql)?;
            if !within(found.len(), self.bounds.few) {
                return Ok(None);
            }
            others.extend(found);
        }
        others.retain(|key| sorted.binary_search(key).is_err());
        others.sort_unstable();
        others.dedup();
        let mut with = WithPart { named, others };
        // It is kept: what it was collected in is larger.
        with.named.shrink_to_fit();
        with.others.shrink_to_fit();
        Ok(within(with.len(), self.bounds.few).then_some(with))
    }

    /// The page of those who have the part, if they are few.
    pub(super) fn by_part(&self, tx: &ReadTx<'_>, part: &str) -> Result<Option<MembersFound>> {
        // What was found before holds for a view that is taken: so a row is read first.
        let taken = "SELECT 1 FROM accounts WHERE seq = ?1";
        let _: Option<i64> = find(tx.conn(), taken, [self.account], |row| row.get(0))?;
        let text = format!("{} {part}", self.bounds.few);
        let sum = digest::digest(&digest::SHA256, text.as_bytes());
        let mut name = [0; 16];
        name.copy_from_slice(sum.as_ref().get(..16).unwrap_or(&[0; 16]));
        let name = ("members with a part", name);
        let with = tx.kept(Follows::People, name, || self.with_part(tx, part))?;
        match &*with {
            Some(with) => self.page_of(tx, with).map(Some),
            None => Ok(None),
        }
    }

    /// So many of those are read as fill the page, where that is less work than to read them all.
    fn page_of(&self, tx: &ReadTx<'_>, with: &WithPart) -> Result<MembersFound> {
        let page = usize::try_from(self.limit.saturating_add(1)).unwrap_or(usize::MAX);
        let all_pass = self.wanted.state.is_none() && self.connection.is_none();
        let mut most = if all_pass {
            page
        } else {
            page.saturating_mul(READ_FOR_ONE)
        };
        loop {
            let read = self.first(tx, with, most)?;
            let found: Vec<Found> = self.read(tx, &read.few, read.end.as_ref())?;
            if read.is_all || found.len() >= page {
                return Ok(self.page(found));
            }
            most = most.saturating_mul(READ_FOR_ONE);
        }
    }

    /// The first `most` of them beyond the place at least.
    fn first(&self, tx: &ReadTx<'_>, with: &WithPart, most: usize) -> Result<Read> {
        let read = |keys: Vec<i64>, end, is_all| Read {
            few: Few {
                keys,
                found_by: FoundBy::Part,
            },
            end,
            is_all,
        };
        if with.len() <= most {
            return Ok(read(with.all(), None, true));
        }
        if self.wanted.order == SearchOrder::Name
            && with.others.len() <= self.bounds.elsewhere
            && let Some(named) = self.beyond(tx, &with.named)?
        {
            let mut keys: Vec<i64> = named.take(most);
            let last = keys.last().copied().filter(|_| keys.len() == most);
            keys.extend(&with.others);
            let Some(last) = last else {
                return Ok(read(keys, None, true));
            };
            // Behind the last of these there may be others by their name who are not read.
            let key = SortValue::Text(name_of(tx, last)?);
            let end = Position { key, seq: last };
            return Ok(read(keys, Some(end), false));
        }
        let all = with.all();
        let first = if self.is_by_seq() {
            Some(self.first_of(&all, most))
        } else {
            self.first_by_index(tx, &all, most)?
        };
        Ok(match first {
            Some(keys) => {
                let is_all = keys.len() < most;
                read(keys, None, is_all)
            }
            None => read(all, None, true),
        })
    }

    /// Those of them beyond the place, who are in the order of names upwards.
    fn beyond<'k>(&self, tx: &ReadTx<'_>, named: &'k [i64]) -> Result<Option<Beyond<'k>>> {
        let descending = self.wanted.descending;
        let Some(place) = self.place else {
            return Ok(Some(Beyond {
                keys: named,
                descending,
            }));
        };
        let SortValue::Text(key) = &place.key else {
            return Ok(None);
        };
        // By halving: few of them are read.
        let (mut from, mut to) = (0, named.len());
        while from < to {
            let at = from + (to - from) / 2;
            let Some(seq) = named.get(at).copied() else {
                break;
            };
            let name = name_of(tx, seq)?;
            let order = (name.as_str(), seq).cmp(&(key.as_str(), place.seq));
            // Whoever is at the place is behind it in neither direction.
            if order.is_lt() || order.is_eq() && !descending {
                from = at + 1;
            } else {
                to = at;
            }
        }
        let (before, behind) = named.split_at(from);
        Ok(Some(Beyond {
            keys: if descending { before } else { behind },
            descending,
        }))
    }
}

/// Keys in the order of names upwards, which are taken in one direction or the other.
struct Beyond<'k> {
    keys: &'k [i64],
    descending: bool,
}

impl Beyond<'_> {
    fn take(&self, most: usize) -> Vec<i64> {
        let keys = self.keys.iter().copied();
        if self.descending {
            keys.rev().take(most).collect()
        } else {
            keys.take(most).collect()
        }
    }
}

fn name_of(tx: &ReadTx<'_>, seq: i64) -> Result<String> {
    Ok(get(
        tx.conn(),
        "SELECT user_name_key FROM members WHERE seq = ?1",
        [seq],
        |row| row.get(0),
    )?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::{BOUNDS, Bounds, MemberSearch, search};
    use super::*;
    use crate::app;
    use crate::domain::listing::Begin;
    use crate::domain::member::State;
    use crate::store::testing::TestDb;

    fn add(db: &TestDb, person: &Value) {
        let attributes = person.as_object().cloned().expect("an object");
        db.write(move |tx| app::members::add(tx, attributes))
            .expect("a member");
    }

    /// Whoever is found elsewhere is read at once, and comes behind those who are read later.
    #[test]
    fn nobody_is_shown_before_those_whose_name_comes_first() {
        let db = TestDb::new();
        let named =
            (0..20).map(|number| json!({ "userName": format!("quill{number:02}@x.example") }));
        let others = ["za", "zb", "zc"].map(
            |name| json!({ "userName": format!("{name}@x.example"), "displayName": "A. Quill" }),
        );
        for person in named.chain(others) {
            add(&db, &person);
        }
        db.attack(
            "UPDATE members SET state = 'inactive'
             WHERE user_name < 'r' AND user_name NOT LIKE 'quill17%'",
        )
        .expect("a change by all rules");
        let wanted = MemberSearch {
            part: Some("quill".to_owned()),
            state: Some(State::Active),
            source: None,
            order: SearchOrder::Name,
            descending: false,
        };
        let page = db.read(|tx| search(tx, &wanted, &Begin::First, 1, BOUNDS));
        let next = page.expect("a page").next.expect("there are more");
        assert_eq!(next.key, SortValue::Text("quill17@x.example".to_owned()));
    }

    /// Three are changed last, of thirty: so from one end they are far off, from the other near.
    #[test]
    fn an_index_is_gone_along_no_farther_than_all_the_rows_would_cost() {
        let db = TestDb::new();
        for number in 0..30 {
            let name = if number < 3 { "quill" } else { "else" };
            add(
                &db,
                &json!({ "userName": format!("{name}{number}@x.example") }),
            );
        }
        db.attack(
            "UPDATE members SET modified_ms = modified_ms + 1000
             WHERE user_name LIKE 'quill%'",
        )
        .expect("a change by all rules");
        let read = |descending: bool, row: usize| {
            let wanted = MemberSearch {
                part: Some("quill".to_owned()),
                state: None,
                source: None,
                order: SearchOrder::Changed,
                descending,
            };
            let read = db.read(|tx| {
                let asked = Asked {
                    account: tx.account()?,
                    wanted: &wanted,
                    connection: None,
                    place: None,
                    limit: 1,
                    bounds: Bounds { row, ..BOUNDS },
                };
                let with = asked.with_part(tx, "quill")?.expect("few");
                let read = asked.first(tx, &with, 2)?;
                Ok((read.few.keys.len(), read.is_all))
            });
            read.expect("members")
        };
        let (two, everybody) = ((2, false), (3, true));
        // Of twenty-seven others, eighteen may be passed over, or all.
        assert_eq!(read(false, 6), everybody);
        assert_eq!(read(false, 20), two);
        assert_eq!(read(true, 1), two);
        assert_eq!(read(true, 0), everybody);
    }
}
