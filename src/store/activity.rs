//! What is counted in memory: requests of a connection by the hour, the last use of a token,
//! requests without a good credential. Written as sums, so that a read costs no commit.

mod clocks;
mod per_minute;
mod values;

use std::cell::Cell;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Row, params};
use serde_json::json;

use self::clocks::{Clocks, Watched};
use self::per_minute::PerMinute;
use self::values::Values;
use super::sql::{find, get, list, run};
use super::tokens::refused::{Refusals, Written};
use super::tokens::{self, Seat, records};
use super::tx::{ReadTx, WriteTx};
use super::writer::{Authority, Write};
use super::{Db, accounts, audit, connections};
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::audit::{Action, Event};
use crate::domain::connection::{ConnectionHealth, HourSums};
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, RequestId, TokenId};
use crate::domain::instant::print_ms;
use crate::domain::provisioning::{HourOf, Outcome};
use crate::domain::reason::Reason;
use crate::domain::token::refused::Barred;

/// Milliseconds of an hour and of a minute.
const HOUR_MS: i64 = 3_600_000;
pub(in crate::store) const MINUTE_MS: i64 = 60_000;
/// Threads share this many shards: few enough to gather, enough not to wait for each other.
const SHARDS: usize = 8;
/// Sources of refused credentials told apart in one minute; the rest are summed (T-105).
pub const SOURCES_MAX: usize = 4096;
/// A token's last use is noted again after this long, in milliseconds (T-17: within 60 s,
/// the flush's own interval included).
const LAST_USE_GRANULARITY_MS: i64 = 10_000;
/// The longest user agent kept, in characters.
const AGENT_CHARS_MAX: usize = 200;
/// The latest time that was seen is stored at least this often, in milliseconds.
const SEEN_INTERVAL_MS: i64 = 600_000;
/// Requests a minute with values that a roll replaced of which more is told than their number.
const REPLACED_TOLD_MAX: u32 = 10;

/// A request by a known caller, as it is counted.
#[derive(Debug, Clone, Copy)]
pub struct Visit<'a> {
    /// Milliseconds since 1970, UTC.
    pub now_ms: i64,
    /// Whether it asked for a change.
    pub write: bool,
    pub outcome: Outcome,
    /// Whether it was refused by the brake.
    pub held: bool,
    /// Why its token let it in no further: one that is switched off or over is knocked with, not
    /// used. `None`: it did, whatever became of the request then.
    pub barred: Option<Reason>,
    pub address: Option<IpAddr>,
    pub agent: &'a str,
}

/// The counters. Recording takes one uncontended lock and no allocation in the usual case.
#[derive(Debug, Default)]
pub struct Activity {
    shards: [Mutex<Counts>; SHARDS],
    denied: Mutex<Denied>,
    refused_written: Mutex<Written>,
    barred_told: PerMinute,
    replaced_told: PerMinute,
    flushed_ms: AtomicI64,
    clocks: Watched,
}

#[derive(Debug, Default)]
struct Counts {
    hours: HashMap<(i64, i64), Hour>,
    tokens: HashMap<i64, LastUse>,
    /// None without its token among those.
    values: Values,
    refused: Refusals,
}

#[derive(Debug, Clone, Copy, Default)]
struct Hour {
    sums: HourSums,
    last_request_ms: i64,
    last_write_ms: i64,
    last_good_ms: i64,
}

#[derive(Debug, Clone)]
struct LastUse {
    /// Another one may have its key by the time it is written.
    token: TokenId,
    at_ms: i64,
    address: Option<IpAddr>,
    agent: String,
}

/// Requests that were answered 401, by source and minute. `None` is everybody else.
type Denied = HashMap<(Option<IpAddr>, i64), u64>;

static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SHARD: Cell<usize> = Cell::new(NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hour {
    fn add(&mut self, other: &Self) {
        self.sums.add(&other.sums);
        self.last_request_ms = self.last_request_ms.max(other.last_request_ms);
        self.last_write_ms = self.last_write_ms.max(other.last_write_ms);
        self.last_good_ms = self.last_good_ms.max(other.last_good_ms);
    }
}

impl Counts {
    fn merge(&mut self, other: Self) {
        for (key, hour) in other.hours {
            self.hours.entry(key).or_default().add(&hour);
        }
        for (token, last) in other.tokens {
            match self.tokens.get(&token) {
                Some(known) if known.at_ms >= last.at_ms => {}
                Some(_) | None => {
                    self.tokens.insert(token, last);
                }
            }
        }
        self.values.merge(other.values);
        self.refused.merge(other.refused);
    }

    fn used(&mut self, seat: &Seat, visit: &Visit<'_>) {
        let (Some(token), Some(client)) = (seat.token, seat.client()) else {
            return;
        };
        if let Some(reason) = visit.barred {
            if let Some(why) = Barred::of(reason) {
                self.refused.add((token, client.token), why, visit);
            }
            return;
        }
        if let Some(value) = seat.value {
            self.values.used(value, visit.now_ms);
        }
        let fresh = self.tokens.get(&token).is_some_and(|last| {
            last.token == client.token
                && visit.now_ms - last.at_ms < LAST_USE_GRANULARITY_MS
                && last.address == visit.address
        });
        if !fresh {
            let agent = visit.agent.chars().take(AGENT_CHARS_MAX).collect();
            let last = LastUse {
                token: client.token,
                at_ms: visit.now_ms,
                address: visit.address,
                agent,
            };
            self.tokens.insert(token, last);
        }
    }

    fn is_empty(&self) -> bool {
        self.hours.is_empty() && self.tokens.is_empty() && self.refused.is_empty()
    }
}

impl Activity {
    /// Counts a request of a caller that was let in, or refused for what it asked.
    pub fn record(&self, seat: &Seat, visit: &Visit<'_>) {
        let shard = SHARD.with(Cell::get);
        let mut counts = lock(&self.shards[shard]);
        if let Some(connection) = seat.scope.connection {
            let hour = visit.now_ms.div_euclid(HOUR_MS);
            let entry = counts.hours.entry((connection, hour)).or_default();
            entry.last_request_ms = entry.last_request_ms.max(visit.now_ms);
            match visit.outcome {
                Outcome::Refused if visit.held => entry.sums.held += 1,
                Outcome::Refused => entry.sums.refused += 1,
                Outcome::Failed => entry.sums.failed += 1,
                Outcome::Applied | Outcome::Unchanged => {
                    entry.last_good_ms = entry.last_good_ms.max(visit.now_ms);
                    if visit.write {
                        entry.sums.writes += 1;
                        entry.last_write_ms = entry.last_write_ms.max(visit.now_ms);
                    } else {
                        entry.sums.reads += 1;
                    }
                }
            }
        }
        counts.used(seat, visit);
    }

    /// Notes the last use of a token, or that it was refused, by a request that is counted for no
    /// connection.
    pub fn used(&self, seat: &Seat, visit: &Visit<'_>) {
        let shard = SHARD.with(Cell::get);
        lock(&self.shards[shard]).used(seat, visit);
    }

    /// Counts a request that was answered 401. A flood fills one row a source and minute.
    pub fn record_denied(&self, address: Option<IpAddr>, now_ms: i64) {
        let minute = now_ms.div_euclid(MINUTE_MS);
        let mut denied = lock(&self.denied);
        let key = (address.map(|address| address.to_canonical()), minute);
        let known = denied.len() < SOURCES_MAX || denied.contains_key(&key);
        let key = if known { key } else { (None, minute) };
        *denied.entry(key).or_default() += 1;
    }

    /// Whether the audit log is to have a row of a request that the token's addresses bar: of the
    /// first one in each minute. How many there were, the token tells.
    pub fn tells_barred(&self, seat: &Seat, now_ms: i64) -> bool {
        let told = |token| self.barred_told.admits(token, now_ms, 1);
        seat.token.is_none_or(told)
    }

    /// Whether the connection counts a request that came with a value which a roll replaced, and
    /// the provisioning log has its row: of the first ones in each minute. Whoever holds such a
    /// value must neither fill the log nor make the connection look ill.
    pub fn tells_replaced(&self, seat: &Seat, now_ms: i64) -> bool {
        let told = |token| self.replaced_told.admits(token, now_ms, REPLACED_TOLD_MAX);
        seat.token.is_none_or(told)
    }

    fn take(&self, now_ms: i64, all: bool) -> Taken {
        let mut counts = Counts::default();
        for shard in &self.shards {
            counts.merge(std::mem::take(&mut *lock(shard)));
        }
        if !all {
            let wait = counts
                .refused
                .wait(&mut lock(&self.refused_written), now_ms);
            lock(&self.shards[0]).refused.merge(wait);
        }
        // The minute that runs gets one row, when it is over.
        let minute = now_ms.div_euclid(MINUTE_MS);
        let mut denied = Vec::new();
        lock(&self.denied).retain(|&(address, at), &mut count| {
            let over = all || at != minute;
            if over {
                denied.push((address, at, count));
            }
            !over
        });
        denied.sort_unstable_by_key(|&(address, at, _)| (at, address));
        Taken {
            counts,
            denied,
            step: None,
        }
    }

    fn put_back(&self, taken: Taken) {
        lock(&self.shards[0]).merge(taken.counts);
        let mut denied = lock(&self.denied);
        for (address, minute, count) in taken.denied {
            *denied.entry((address, minute)).or_default() += count;
        }
    }
}

#[derive(Debug)]
struct Taken {
    counts: Counts,
    denied: Vec<(Option<IpAddr>, i64, u64)>,
    step: Option<i64>,
}

impl Db {
    /// Writes what was counted since the last call; nothing to write makes no commit. To be
    /// called every few seconds, and with `all` before the end: then the minute that runs is
    /// written too.
    ///
    /// Errors: as [`Db::write`]; what was counted is then kept for the next call.
    pub fn flush_activity(&self, all: bool) -> Result<()> {
        let activity = &self.0.activity;
        let now_ms = self.0.clock.now_ms();
        let steady_ms = i64::try_from(self.0.clock.monotonic_us() / 1000).unwrap_or(i64::MAX);
        let mut taken = activity.take(now_ms, all);
        let clocks = Clocks {
            wall_ms: now_ms,
            steady_ms,
        };
        let seen_ms = self.0.last_seen_ms.load(Ordering::Relaxed);
        taken.step = activity.clocks.step(clocks, seen_ms);
        let quiet = taken.counts.is_empty() && taken.denied.is_empty() && taken.step.is_none();
        let since = now_ms.saturating_sub(activity.flushed_ms.load(Ordering::Relaxed));
        if quiet && since.abs() < SEEN_INTERVAL_MS {
            return Ok(());
        }
        let taken = Arc::new(taken);
        let writing = Arc::clone(&taken);
        let write = self.own_write("activity");
        let written = self.write_blocking(write, move |tx| flush(tx, &writing));
        match &written {
            Ok(()) => activity.flushed_ms.store(now_ms, Ordering::Relaxed),
            Err(_) => {
                if let Some(taken) = Arc::into_inner(taken) {
                    activity.put_back(taken);
                }
            }
        }
        written
    }

    /// A write that Provost makes by itself; `why` names the reason in the audit log.
    pub fn own_write(&self, why: &'static str) -> Write<Error> {
        Write {
            authority: Authority::Local {
                actor: Actor::System { why },
                account: None,
            },
            permission: Permission::BoxAdministration,
            request: Request {
                id: RequestId::from_bytes(self.0.entropy.uuid_v7(self.0.clock.now_ms())),
                method: "SYSTEM".into(),
                uri: why.into(),
                user_agent: "".into(),
                address: None,
                started_us: self.0.clock.monotonic_us(),
            },
            log: None,
        }
    }
}

fn flush(tx: &WriteTx<'_>, taken: &Taken) -> Result<()> {
    tx.require(Permission::BoxAdministration)?;
    for (&(connection, hour), sums) in &taken.counts.hours {
        add_hour(tx, connection, hour, sums)?;
    }
    for (&token, last) in &taken.counts.tokens {
        let address = last
            .address
            .map(|address| address.to_canonical().to_string());
        let whose = (token, last.token);
        records::touch_last_used(tx, whose, last.at_ms, address.as_deref(), &last.agent)?;
    }
    taken.counts.values.write(tx)?;
    for (token, refused) in taken.counts.refused.all() {
        tokens::refused::note(tx, token, refused)?;
    }
    for &(address, minute, count) in &taken.denied {
        let source = address.map_or_else(|| "other".to_owned(), |address| address.to_string());
        let event = Event::new(Action::RequestDenied, &source, source.as_str())
            .after(json!({ "requests": count, "minute": print_ms(minute * MINUTE_MS) }))
            .refused();
        audit::append(tx, event)?;
    }
    if let Some(step) = taken.step {
        let event =
            Event::new(Action::ClockStep, "clock", "clock").after(json!({ "milliseconds": step }));
        audit::append(tx, event)?;
    }
    tx.leaves_people();
    accounts::touch_last_seen(tx)
}

fn add_hour(tx: &WriteTx<'_>, connection: i64, hour: i64, sums: &Hour) -> Result<()> {
    // Over a SELECT: a connection may have gone since it was counted.
    run(
        tx.conn(),
        "INSERT INTO connection_activity (connection, hour, reads, writes, refused, failed,
             last_request_ms, last_write_ms, held, last_good_ms)
         SELECT seq, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM connections WHERE seq = ?1
         ON CONFLICT (connection, hour) DO UPDATE SET
             reads = reads + excluded.reads, writes = writes + excluded.writes,
             refused = refused + excluded.refused, failed = failed + excluded.failed,
             last_request_ms = max(last_request_ms, excluded.last_request_ms),
             last_write_ms = max(last_write_ms, excluded.last_write_ms),
             held = held + excluded.held,
             last_good_ms = max(last_good_ms, excluded.last_good_ms)",
        params![
            connection,
            hour,
            sums.sums.reads,
            sums.sums.writes,
            sums.sums.refused,
            sums.sums.failed,
            sums.last_request_ms,
            sums.last_write_ms,
            sums.sums.held,
            sums.last_good_ms,
        ],
    )?;
    Ok(())
}

fn hour_row(row: &Row<'_>) -> rusqlite::Result<(i64, HourSums)> {
    let sums = HourSums {
        reads: row.get(1)?,
        writes: row.get(2)?,
        refused: row.get(3)?,
        failed: row.get(4)?,
        held: row.get(5)?,
    };
    Ok((row.get(0)?, sums))
}

/// The last 24 hours of a connection, oldest first; the last entry is the hour that runs.
pub(super) fn last_day(tx: &ReadTx<'_>, connection: i64) -> Result<[HourSums; 24]> {
    let now_hour = tx.now_ms().div_euclid(HOUR_MS);
    let rows: Vec<(i64, HourSums)> = list(
        tx.conn(),
        "SELECT hour, reads, writes, refused, failed, held FROM connection_activity
         WHERE connection = ?1 AND hour BETWEEN ?2 AND ?3",
        (connection, now_hour - 23, now_hour),
        hour_row,
    )?;
    let mut hours = [HourSums::default(); 24];
    for (hour, sums) in rows {
        let index = usize::try_from(hour - (now_hour - 23)).unwrap_or_default();
        if let Some(slot) = hours.get_mut(index) {
            *slot = sums;
        }
    }
    Ok(hours)
}

/// How a connection fares, as far as it was written.
pub fn health(tx: &ReadTx<'_>, id: ConnectionId) -> Result<ConnectionHealth> {
    let key = connections::key(tx, id)?;
    // The hours are never taken away, so the end is where to look. A provider that only reads, or
    // is always refused, is looked through, but not by every page.
    let last = find(
        tx.conn(),
        "SELECT (SELECT last_request_ms FROM connection_activity
                 WHERE connection = ?1 ORDER BY hour DESC LIMIT 1),
                (SELECT last_write_ms FROM connection_activity
                 WHERE connection = ?1 AND last_write_ms > 0 ORDER BY hour DESC LIMIT 1),
                (SELECT last_good_ms FROM connection_activity
                 WHERE connection = ?1 AND last_good_ms > 0 ORDER BY hour DESC LIMIT 1)",
        [key],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let (request, write, good): (Option<i64>, Option<i64>, Option<i64>) = last.unwrap_or_default();
    let hours = last_day(tx, key)?;
    let (held, held_since_ms) = get(
        tx.conn(),
        "SELECT count(*), min(first_ms) FROM held_changes
         WHERE connection = ?1 AND state = 'held'",
        [key],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let time = |ms: Option<i64>| ms.filter(|&ms| ms > 0);
    Ok(ConnectionHealth {
        last_request_ms: time(request),
        last_write_ms: time(write),
        last_good_ms: time(good),
        hours,
        held,
        held_since_ms,
    })
}

/// The sums of the last `hours` hours, the one that runs included, oldest first.
///
/// Errors: `NotFound` (connection).
pub fn by_hour(
    tx: &ReadTx<'_>,
    connection: Option<ConnectionId>,
    hours: i64,
) -> Result<Vec<HourOf>> {
    let key = match connection {
        Some(id) => Some(connections::key(tx, connections::get(tx, id)?.id)?),
        None => None,
    };
    let now_hour = tx.now_ms().div_euclid(HOUR_MS);
    Ok(list(
        tx.conn(),
        "SELECT a.hour, sum(a.reads), sum(a.writes), sum(a.refused), sum(a.failed),
                sum(a.held)
         FROM connections c JOIN connection_activity a ON a.connection = c.seq
         WHERE c.account = ?1 AND (?2 IS NULL OR c.seq = ?2) AND a.hour > ?3 AND a.hour <= ?4
         GROUP BY a.hour ORDER BY a.hour",
        (tx.account()?, key, now_hour - hours, now_hour),
        hour_row,
    )?)
}
