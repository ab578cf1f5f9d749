//! What providers were refused of late, and what they sent about the same things since.

use std::collections::{HashMap, HashSet};

use rusqlite::Row;

use crate::domain::connection::{ConnectionRef, ProviderKind};
use crate::domain::error::{Error, Result};
use crate::domain::id::TokenId;
use crate::domain::reason::Reason;
use crate::domain::summary::Refusals;
use crate::store::sql::{find, get, list, parsed};
use crate::store::tx::ReadTx;

/// Causes that are told at most.
const CAUSES_MAX: usize = 200;

/// What a refused request was about: the key of the connection, and whether it is a group.
type Of = (i64, bool);

/// One of the things that were refused for a cause.
struct Object {
    cause: usize,
    group: bool,
    /// Whether a later request about it can have mended it.
    mends: bool,
    /// Whether such a request was accepted.
    accepted: bool,
    /// Its id, where its removal was discarded: what is decided of it now tells more.
    discarded: Option<String>,
}

/// Whether a request that is accepted later about the same thing may have asked again for what was
/// refused. Requests about a group mostly add and remove single people, so that the next one says
/// nothing about whom this one named; and what a guard keeps is not mended by another attribute.
fn mends(reason: Option<Reason>, group: bool) -> bool {
    match reason {
        Some(reason) if reason.is_of_group_name() => true,
        // A discard is mended once it is no more: until then no request does it.
        Some(Reason::ExternalIdTaken | Reason::BrakeDiscarded) => true,
        Some(
            Reason::LastSuperAdministrator | Reason::MemberOfOperator | Reason::ManagedElsewhere,
        ) => false,
        Some(_) | None => !group,
    }
}

/// The rows of a stretch of the log, oldest first, as far as they tell of refusals.
#[derive(Default)]
struct Tally {
    causes: Vec<Cause>,
    by_cause: HashMap<(i64, String), usize>,
    objects: Vec<Object>,
    /// Objects by their names and their ids: requests give one, the other or both. What is only
    /// accepted, which is nearly all, is looked for here and leaves nothing.
    known: HashMap<Of, HashMap<String, Vec<usize>>>,
}

#[derive(Default)]
struct Cause {
    connection: i64,
    reason: String,
    requests: i64,
    others: i64,
    first_ms: i64,
    last_ms: i64,
    /// Tokens that were no good and were not accepted since; `None` for a cause that is not theirs.
    barred: Option<Vec<[u8; 16]>>,
}

impl Tally {
    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        let connection: i64 = row.get(0)?;
        let of = match row.get_ref(2)?.as_str()? {
            "User" => Some((connection, false)),
            "Group" => Some((connection, true)),
            _ => None,
        };
        let names = [row.get_ref(4)?.as_str()?, row.get_ref(3)?.as_str()?];
        match row.get_ref(1)?.as_str()? {
            "refused" => {
                let reason = row.get_ref(5)?.as_str()?;
                if reason != Reason::Brake.code() {
                    let told = (reason, row.get(6)?, row.get(7)?);
                    self.refused(connection, of, names, told);
                }
            }
            "applied" | "unchanged" => {
                if let Some(token) = row.get::<_, Option<[u8; 16]>>(7)? {
                    let barred = self.causes.iter_mut().filter_map(|one| one.barred.as_mut());
                    barred.for_each(|all| all.retain(|one| *one != token));
                }
                if let Some(known) = of.and_then(|of| self.known.get(&of)) {
                    let found = names.into_iter().filter_map(|name| known.get(name));
                    for object in found.flatten() {
                        let object = &mut self.objects[*object];
                        object.accepted = object.mends;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn refused(
        &mut self,
        connection: i64,
        of: Option<Of>,
        names: [&str; 2],
        (reason, at_ms, token): (&str, i64, Option<[u8; 16]>),
    ) {
        let next = self.causes.len();
        let key = (connection, reason.to_owned());
        let at = *self.by_cause.entry(key).or_insert(next);
        if at == next {
            self.causes.push(Cause {
                connection,
                reason: reason.to_owned(),
                first_ms: at_ms,
                barred: Reason::from_code(reason)
                    .is_some_and(Reason::is_of_credential)
                    .then(Vec::new),
                ..Cause::default()
            });
        }
        let cause = &mut self.causes[at];
        if let (Some(barred), Some(token)) = (&mut cause.barred, token)
            && !barred.contains(&token)
        {
            barred.push(token);
        }
        cause.requests += 1;
        cause.first_ms = cause.first_ms.min(at_ms);
        cause.last_ms = cause.last_ms.max(at_ms);
        let id = names[1];
        let mut names = names.into_iter().filter(|name| !name.is_empty());
        // Its name tells it, or else its id.
        let (Some(of), Some(first)) = (of, names.next()) else {
            cause.others += 1;
            return;
        };
        let known = self.known.entry(of).or_default();
        let same = known.get(first).into_iter().flatten();
        let mut same = same.filter(|one| self.objects[**one].cause == at);
        if let Some(object) = same.next().copied() {
            self.objects[object].accepted = false;
            return;
        }
        let object = self.objects.len();
        let code = Reason::from_code(reason);
        self.objects.push(Object {
            cause: at,
            group: of.1,
            mends: mends(code, of.1),
            accepted: false,
            discarded: (code == Some(Reason::BrakeDiscarded)).then(|| id.to_owned()),
        });
        for name in [first].into_iter().chain(names) {
            known.entry(name.to_owned()).or_default().push(object);
        }
    }

    /// The most frequent first.
    fn told(self, tx: &ReadTx<'_>) -> Result<Vec<Refusals>> {
        // People, groups, those of both about which something was accepted since, and those of
        // which the reason is gone without that.
        let mut counts = vec![[0_i64; 4]; self.causes.len()];
        let discarded = still_discarded(tx, &self.objects)?;
        for one in &self.objects {
            let [people, groups, accepted, lifted] = &mut counts[one.cause];
            let connection = self.causes[one.cause].connection;
            let stays = |id: &String| {
                // What has no id can't be looked for.
                id.is_empty() || discarded.contains(&(connection, id.clone()))
            };
            let stays = one.discarded.as_ref().map(stays);
            if stays == Some(false) && !one.accepted {
                *lifted += 1;
                continue;
            }
            *people += i64::from(!one.group);
            *groups += i64::from(one.group);
            *accepted += i64::from(one.accepted && stays != Some(true));
        }
        let mut all: Vec<_> = self.causes.iter().zip(counts).collect();
        all.sort_by_key(|(cause, _)| std::cmp::Reverse(cause.requests));
        all.truncate(CAUSES_MAX);
        let one = |(cause, [people, groups, accepted, lifted]): (&Cause, [i64; 4])| {
            let (connection, kind) = named(tx, cause.connection)?;
            let token_accepted = match &cause.barred {
                Some(tokens) => used_since(tx, tokens, cause.last_ms)?,
                None => false,
            };
            Ok(Refusals {
                connection,
                kind,
                reason: Reason::from_code(&cause.reason),
                requests: cause.requests,
                people,
                groups,
                others: cause.others,
                accepted,
                lifted,
                token_accepted,
                first_ms: cause.first_ms,
                last_ms: cause.last_ms,
            })
        };
        all.into_iter().map(one).collect()
    }
}

/// Whose removals are refused for good still, of those that were: by connection and id. What was
/// released, or taken back by the provider, or is out, is no more.
fn still_discarded(tx: &ReadTx<'_>, objects: &[Object]) -> Result<HashSet<(i64, String)>> {
    let ids: Vec<&String> = objects
        .iter()
        .filter_map(|one| one.discarded.as_ref())
        .collect();
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let ids = serde_json::to_string(&ids).map_err(Error::internal)?;
    let found: Vec<(i64, String)> = list(
        tx.conn(),
        "SELECT h.connection, j.value FROM json_each(?1) j
         JOIN members m ON m.id = unhex(j.value) AND m.account = ?2
         JOIN held_changes h ON h.member = m.seq
         WHERE h.state = 'discarded'
         UNION ALL
         SELECT h.connection, j.value FROM json_each(?1) j
         JOIN groups g ON g.account = ?2 AND g.scim_id = j.value
         JOIN held_changes h ON h.grp = g.seq
         WHERE h.state = 'discarded'",
        (ids, tx.account()?),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(found.into_iter().collect())
}

/// Whether each of these tokens let somebody in after that: reads leave no row in the log.
fn used_since(tx: &ReadTx<'_>, tokens: &[[u8; 16]], after_ms: i64) -> Result<bool> {
    for token in tokens {
        if !token_used_since(tx, TokenId::from_bytes(*token), after_ms)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the token let somebody in after that.
pub fn token_used_since(tx: &ReadTx<'_>, token: TokenId, after_ms: i64) -> Result<bool> {
    let used = find(
        tx.conn(),
        "SELECT 1 FROM tokens WHERE id = ?1 AND account = ?3 AND last_used_ms > ?2",
        (token, after_ms, tx.account()?),
        |_| Ok(()),
    )?;
    Ok(used.is_some())
}

fn named(tx: &ReadTx<'_>, connection: i64) -> Result<(ConnectionRef, ProviderKind)> {
    Ok(get(
        tx.conn(),
        "SELECT id, name, kind FROM connections WHERE seq = ?1",
        [connection],
        |row| {
            let named = ConnectionRef {
                id: row.get(0)?,
                name: row.get(1)?,
            };
            Ok((named, parsed(row, 2, ProviderKind::parse)?))
        },
    )?)
}

/// What was refused since then among the last `looked` rows of the log: by connection and reason,
/// the most frequent first. Not what a brake holds: the connections tell of it.
pub fn refusals(tx: &ReadTx<'_>, since_ms: i64, looked: i64) -> Result<Vec<Refusals>> {
    let mut tally = Tally::default();
    let _: Vec<()> = list(
        tx.conn(),
        "SELECT connection, outcome, target_kind, target_id, target_name, reason, at_ms, token
         FROM provisioning
         -- From the first refusal on: mostly there is none.
         WHERE seq >= (SELECT min(seq) FROM provisioning
                       WHERE seq > (SELECT max(seq) FROM provisioning) - ?1 AND account = ?2
                         AND at_ms >= ?3 AND outcome = 'refused' AND reason <> ?4)
           AND account = ?2 AND at_ms >= ?3 AND connection IS NOT NULL
         ORDER BY seq",
        (looked, tx.account()?, since_ms, Reason::Brake.code()),
        |row| tally.add(row),
    )?;
    tally.told(tx)
}
