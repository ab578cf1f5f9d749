//! Members as they are read: most are shown as they lie there, and few are read to be changed.

use std::sync::LazyLock;

use rusqlite::Row;

use super::super::external_ids::external_id_column;
use super::super::legacy::old_names::seen_name;
use super::super::policies;
use super::super::sql::{find, get, list as rows, parsed};
use super::super::tx::ReadTx;
use super::MemberKey;
use crate::domain::error::Result;
use crate::domain::id::MemberId;
use crate::domain::member::{Beside, GroupOfMember, Member, MemberView, State};
use crate::domain::text::UserName;

/// What [`shape`] reads of `members m`; `?2` is the caller's connection.
pub(super) const COLUMNS: &str = "m.seq, m.unusual, m.document,
    CASE WHEN m.external_connection = ?2 THEN m.external_id END";

static SQL_BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM members m WHERE m.id = ?1 AND m.account = ?3"));
/// What lies beside the row of somebody unusual.
const SQL_HINTS: &str = concat!(
    "SELECT m.state, m.minimal_access, m.has_policies, m.had_groups, ",
    external_id_column!("m", "member_external_ids", "member"),
    " FROM members m WHERE m.seq = ?1"
);
/// A member with what only a change asks for.
const SQL_WHOLE: &str = concat!(
    "SELECT m.seq, m.id, m.state, m.minimal_access, m.has_policies, m.had_groups, ",
    external_id_column!("m", "member_external_ids", "member"),
    ", m.version, m.document, m.user_name, m.created_ms, m.modified_ms,
       (SELECT c.id FROM connections c WHERE c.seq = m.connection)
     FROM members m WHERE m.id = ?1 AND m.account = ?3"
);

/// What `show` makes of the member with that id, in this account.
pub fn show<T>(
    tx: &ReadTx<'_>,
    id: MemberId,
    show: impl FnOnce(&MemberView<'_>) -> T,
) -> Result<Option<T>> {
    let params = (id, tx.connection(), tx.account()?);
    let found = find(tx.conn(), &SQL_BY_ID, params, |row| shape(tx, row, show))?;
    Ok(found.map(|(_, shown)| shown))
}

/// What `show` makes of a row of [`COLUMNS`], and the row's key.
pub(super) fn shape<T>(
    tx: &ReadTx<'_>,
    row: &Row<'_>,
    show: impl FnOnce(&MemberView<'_>) -> T,
) -> rusqlite::Result<(i64, T)> {
    let key = row.get(0)?;
    let usual = MemberView {
        state: State::Active,
        document: row.get_ref(2)?.as_str()?,
        external_id: row.get_ref(3)?.as_str_or_null()?,
        beside: None,
    };
    if row.get(1)? {
        let (state, external_id, beside) = read_unusual(tx, key)?;
        let shown = show(&MemberView {
            state,
            external_id: external_id.as_deref(),
            beside: (!beside.is_usual(state)).then_some(&beside),
            ..usual
        });
        return Ok((key, shown));
    }
    Ok((key, show(&usual)))
}

fn read_unusual(tx: &ReadTx<'_>, key: i64) -> rusqlite::Result<(State, Option<String>, Beside)> {
    get(tx.conn(), SQL_HINTS, (key, tx.connection()), |row| {
        let state = parsed(row, 0, State::named)?;
        let beside = read_beside(tx, key, state, Hints::of(row, 1)?)?;
        Ok((state, row.get(4)?, beside))
    })
}

/// What the row says of what lies beside it.
#[derive(Clone, Copy)]
struct Hints {
    minimal_access: bool,
    has_policies: bool,
    had_groups: bool,
}

impl Hints {
    /// From three columns, the first of which is `at`.
    fn of(row: &Row<'_>, at: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            minimal_access: row.get(at)?,
            has_policies: row.get(at + 1)?,
            had_groups: row.get(at + 2)?,
        })
    }
}

fn read_beside(tx: &ReadTx<'_>, key: i64, state: State, hints: Hints) -> rusqlite::Result<Beside> {
    let mut beside = Beside::default();
    // Many groups carry no policy, and then there is nothing more to ask.
    let mut by_policies = hints.has_policies;
    if hints.had_groups {
        beside.groups = rows(
            tx.conn(),
            concat!(
                "SELECT g.scim_id, ",
                seen_name!("g", "?2"),
                ", EXISTS (SELECT 1 FROM policies p WHERE p.grp = x.grp)
                 FROM group_members x JOIN groups g ON g.seq = x.grp
                 WHERE x.member = ?1 ORDER BY x.grp"
            ),
            (key, tx.connection()),
            |row| {
                by_policies |= row.get::<_, bool>(2)?;
                Ok(GroupOfMember {
                    scim_id: row.get(0)?,
                    name: row.get(1)?,
                })
            },
        )?;
    }
    if state == State::Active {
        if hints.minimal_access && !(by_policies && policies::denies_minimal_access(tx, key)?) {
            beside.roles.push(policies::minimal_access());
        }
        if by_policies {
            beside.roles.extend(policies::roles_by_policies(tx, key)?);
            beside.roles.sort_unstable();
            beside.roles.dedup();
        }
    }
    Ok(beside)
}

/// The member with that id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: MemberId) -> Result<Option<(MemberKey, Member)>> {
    let params = (id, tx.connection(), tx.account()?);
    let found = find(tx.conn(), SQL_WHOLE, params, |row| {
        let key = row.get(0)?;
        let state = parsed(row, 2, State::named)?;
        let member = Member {
            id: row.get(1)?,
            state,
            beside: read_beside(tx, key, state, Hints::of(row, 3)?)?,
            external_id: row.get(6)?,
            record_version: row.get(7)?,
            document: row.get(8)?,
            user_name: row.get(9)?,
            created_ms: row.get(10)?,
            modified_ms: row.get(11)?,
            managed_by: row.get(12)?,
        };
        Ok((MemberKey(key), member))
    })?;
    Ok(found)
}

/// The member with that name, letter case aside.
pub fn find_by_user_name(tx: &ReadTx<'_>, name: &UserName) -> Result<Option<(MemberKey, Member)>> {
    let id: Option<MemberId> = find(
        tx.conn(),
        "SELECT id FROM members WHERE account = ?1 AND user_name_key = ?2",
        (tx.account()?, name.key()),
        |row| row.get(0),
    )?;
    match id {
        Some(id) => find_by_id(tx, id),
        None => Ok(None),
    }
}
