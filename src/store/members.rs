//! Members: narrow rows to find them by, and one document each.

mod list;

use std::sync::LazyLock;

use rusqlite::Row;

use super::sql::{OnUnique, find, get, list as rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use super::{brake, policies};
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, MembershipId};
use crate::domain::member::{Attributes, GroupOfMember, Member, RoleOfMember, State};
use crate::domain::reason::Reason;
use crate::domain::text::{ExternalId, UserName, fold};

pub use list::list;

/// A member's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberKey(pub(in crate::store) i64);

/// What is stored of a person's attributes, worked out before the write.
#[derive(Debug)]
pub struct Record {
    pub user_name: UserName,
    display_name_key: Option<String>,
    document: String,
    /// Folded address, folded type.
    emails: Vec<(String, Option<String>)>,
}

impl Record {
    /// Errors: `Invalid` when userName breaks its rules.
    pub fn of(attributes: &Attributes) -> Result<Self> {
        let text = |name: &str| attributes.get(name).and_then(serde_json::Value::as_str);
        let user_name = UserName::parse(text("userName").unwrap_or_default())?;
        let emails = attributes
            .get("emails")
            .and_then(serde_json::Value::as_array);
        let part = |email: &serde_json::Value, name| {
            email
                .get(name)
                .and_then(serde_json::Value::as_str)
                .map(fold)
        };
        Ok(Self {
            user_name,
            display_name_key: text("displayName").map(fold),
            document: serde_json::to_string(attributes).map_err(Error::internal)?,
            emails: emails
                .map(|emails| {
                    let with_value = |email| Some((part(email, "value")?, part(email, "type")));
                    emails.iter().filter_map(with_value).collect()
                })
                .unwrap_or_default(),
        })
    }
}

/// The last two say, for a few instructions, whether two more statements are needed.
const COLUMNS: &str = "m.seq, m.id, m.membership_id, m.state, m.user_name, d.document, x.value,
    c.id, m.version, m.created_ms, m.modified_ms,
    EXISTS (SELECT 1 FROM group_members y WHERE y.member = m.seq),
    (SELECT lower(group_concat(hex(r.permission_group), '')) FROM policies p
     JOIN policy_permission_groups r ON r.policy = p.seq
     WHERE p.member = m.seq AND p.access = 'allow')";
const TABLES: &str = "members m JOIN member_documents d ON d.member = m.seq
    LEFT JOIN connections c ON c.seq = m.connection
    LEFT JOIN member_external_ids x ON x.member = m.seq AND x.connection = ?2";

/// The member with that id, in this account.
pub fn find_by_id(tx: &ReadTx<'_>, id: MemberId) -> Result<Option<(MemberKey, Member)>> {
    let found = find(
        tx.conn(),
        &SQL_BY_ID,
        (id, tx.connection(), tx.account()?),
        member_row,
    )?;
    found.map(|found| beside(tx, found)).transpose()
}

/// The member with that name, letter case aside.
pub fn find_by_user_name(tx: &ReadTx<'_>, name: &UserName) -> Result<Option<(MemberKey, Member)>> {
    let key: Option<i64> = find(
        tx.conn(),
        "SELECT seq FROM members WHERE account = ?1 AND user_name_key = ?2",
        (tx.account()?, name.key()),
        |row| row.get(0),
    )?;
    key.map(|key| get_by_key(tx, key)).transpose()
}

fn get_by_key(tx: &ReadTx<'_>, key: i64) -> Result<(MemberKey, Member)> {
    let found = get(tx.conn(), &SQL_BY_KEY, (key, tx.connection()), member_row)?;
    beside(tx, found)
}

static SQL_BY_ID: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM {TABLES} WHERE m.id = ?1 AND m.account = ?3"));
static SQL_BY_KEY: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {COLUMNS} FROM {TABLES} WHERE m.seq = ?1"));

/// A member as one row tells, and whether they are in a group.
struct Read {
    key: i64,
    member: Member,
    in_groups: bool,
}

fn member_row(row: &Row<'_>) -> rusqlite::Result<Read> {
    let state = parsed(row, 3, state_named)?;
    let own: Option<&str> = row.get_ref(12)?.as_str_or_null()?;
    let roles = match own {
        Some(ids) if state == State::Active => policies::own_roles(ids),
        _ => Vec::new(),
    };
    let member = Member {
        id: row.get(1)?,
        membership_id: row.get(2)?,
        state,
        user_name: row.get(4)?,
        document: row.get(5)?,
        external_id: row.get(6)?,
        managed_by: row.get(7)?,
        groups: Vec::new(),
        roles,
        record_version: row.get(8)?,
        created_ms: row.get(9)?,
        modified_ms: row.get(10)?,
    };
    Ok(Read {
        key: row.get(0)?,
        member,
        in_groups: row.get(11)?,
    })
}

fn state_named(name: &str) -> Option<State> {
    [State::Pending, State::Active, State::Inactive]
        .into_iter()
        .find(|s| s.name() == name)
}

/// Adds what comes by groups.
fn beside(tx: &ReadTx<'_>, read: Read) -> Result<(MemberKey, Member)> {
    let Read {
        key,
        mut member,
        in_groups,
    } = read;
    if !in_groups {
        return Ok((MemberKey(key), member));
    }
    member.groups = rows(
        tx.conn(),
        "SELECT g.scim_id, g.name FROM group_members x JOIN groups g ON g.seq = x.grp
         WHERE x.member = ?1 ORDER BY x.grp",
        [key],
        |row| {
            Ok(GroupOfMember {
                scim_id: row.get(0)?,
                name: row.get(1)?,
            })
        },
    )?;
    if member.state == State::Active {
        let list = format!("[{key}]");
        let by_groups = policies::roles_by_groups(tx, &list)?;
        member
            .roles
            .extend(by_groups.into_iter().map(|(_, role)| role));
        member.roles.sort_unstable();
    }
    Ok((MemberKey(key), member))
}

/// The key of a member who may own a token.
///
/// Errors: `NotFound`; `Invalid` for somebody who is not an active member of the account.
pub(in crate::store) fn active_key(tx: &ReadTx<'_>, id: MemberId) -> Result<i64> {
    let found: Option<(i64, String)> = find(
        tx.conn(),
        "SELECT seq, state FROM members WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (key, state) = found.ok_or_else(|| Error::not_found("member", id))?;
    if state == State::Active.name() {
        return Ok(key);
    }
    Err(Error::invalid(
        Reason::InvalidValue,
        format!("The member {id} is {state} and can own no token; activate them first."),
    ))
}

/// Makes a member, managed by the caller's connection when it comes through one.
///
/// Errors: `Conflict` when the name is taken, also by somebody inactive.
pub fn insert(tx: &WriteTx<'_>, record: Record, state: State) -> Result<(MemberKey, Member)> {
    let account = tx.account()?;
    let id = MemberId::from_bytes(tx.new_id());
    let membership_id = MembershipId::from_bytes(tx.new_id());
    let name = &record.user_name;
    run(
        tx.conn(),
        "INSERT INTO members (id, membership_id, account, state, user_name, user_name_key,
             display_name_key, connection, created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)",
        rusqlite::params![
            id,
            membership_id,
            account,
            state.name(),
            name.as_str(),
            name.key(),
            record.display_name_key,
            tx.connection(),
            tx.now_ms(),
        ],
    )
    .on_unique(USER_NAME, || user_name_taken(name))?;
    let key = tx.conn().last_insert_rowid();
    run(
        tx.conn(),
        "INSERT INTO member_documents (member, document) VALUES (?1, ?2)",
        (key, &record.document),
    )?;
    insert_emails(tx, account, key, &record)?;
    run(
        tx.conn(),
        "UPDATE accounts SET member_count = member_count + 1 WHERE seq = ?1",
        [account],
    )?;
    let member = Member {
        id,
        membership_id,
        state,
        user_name: record.user_name.as_str().to_owned(),
        document: record.document,
        external_id: None,
        managed_by: tx.actor().connection(),
        groups: Vec::new(),
        roles: Vec::new(),
        record_version: 1,
        created_ms: tx.now_ms(),
        modified_ms: tx.now_ms(),
    };
    Ok((MemberKey(key), member))
}

const USER_NAME: &str = "members.account, members.user_name_key";

fn user_name_taken(name: &UserName) -> Error {
    Error::conflict(
        Reason::UserNameTaken,
        format!(
            "A User with the userName {:?} exists already, perhaps inactive; find it by userName \
             and update it instead of creating it.",
            name.as_str()
        ),
    )
}

fn insert_emails(tx: &WriteTx<'_>, account: i64, member: i64, record: &Record) -> Result<()> {
    for (ordinal, (value, kind)) in (0_i64..).zip(&record.emails) {
        run(
            tx.conn(),
            "INSERT INTO member_emails (account, value_key, member, ordinal, kind_key)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            (account, value, member, ordinal, kind),
        )?;
    }
    Ok(())
}

/// Writes changed attributes.
///
/// Errors: `Conflict` when the new name is taken.
pub fn update(tx: &WriteTx<'_>, key: MemberKey, record: &Record) -> Result<()> {
    let name = &record.user_name;
    run(
        tx.conn(),
        "UPDATE members SET user_name = ?2, user_name_key = ?3, display_name_key = ?4
         WHERE seq = ?1",
        (key.0, name.as_str(), name.key(), &record.display_name_key),
    )
    .on_unique(USER_NAME, || user_name_taken(name))?;
    run(
        tx.conn(),
        "UPDATE member_documents SET document = ?2 WHERE member = ?1",
        (key.0, &record.document),
    )?;
    run(
        tx.conn(),
        "DELETE FROM member_emails WHERE member = ?1",
        [key.0],
    )?;
    insert_emails(tx, tx.account()?, key.0, record)
}

/// Counts the version up and writes the time.
pub fn touch(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE members SET version = version + 1, modified_ms = ?2 WHERE seq = ?1",
        (key.0, tx.now_ms()),
    )?;
    Ok(())
}

/// Puts the member under the caller's connection.
pub fn adopt(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE members SET connection = ?2 WHERE seq = ?1",
        (key.0, tx.connection()),
    )?;
    Ok(())
}

/// Sets, or with `None` clears, the caller's connection's own id for the person.
///
/// Errors: `Conflict` when the connection has it for somebody else.
pub fn set_external_id(tx: &WriteTx<'_>, key: MemberKey, id: Option<&ExternalId>) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM member_external_ids WHERE member = ?1 AND connection = ?2",
        (key.0, tx.connection()),
    )?;
    id.map_or(Ok(()), |id| add_external_id(tx, key, id))
}

/// Sets it for somebody who has none yet.
///
/// Errors: as [`set_external_id`].
pub fn add_external_id(tx: &WriteTx<'_>, key: MemberKey, id: &ExternalId) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO member_external_ids (connection, value, member) VALUES (?1, ?2, ?3)",
        (tx.connection(), id.as_str(), key.0),
    )
    .on_unique("member_external_ids.connection, member_external_ids.value", || {
        Error::conflict(
            Reason::ExternalIdTaken,
            format!(
                "Another User of this connection has the externalId {:?}; find it by externalId \
                 and update it, or send another one.",
                id.as_str()
            ),
        )
    })?;
    Ok(())
}

/// Makes the person a member of the account, with the role that every member has.
pub fn activate(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE members SET state = 'active' WHERE seq = ?1",
        [key.0],
    )?;
    brake::note_return(tx, key)?;
    policies::grant_minimal_access(tx, key.0)?;
    Ok(())
}

/// Gives the role that every member has, to somebody who was just made; the role as answers
/// show it.
pub fn give_minimal_access(tx: &WriteTx<'_>, key: MemberKey) -> Result<RoleOfMember> {
    policies::give_minimal_access(tx, key.0)?;
    Ok(policies::minimal_access())
}

/// Ends the membership: their own policies and tokens go at once, the record and the group
/// memberships stay. Returns the roles that were dropped.
pub fn deactivate(tx: &WriteTx<'_>, key: MemberKey) -> Result<Vec<String>> {
    run(
        tx.conn(),
        "UPDATE members SET state = 'inactive' WHERE seq = ?1",
        [key.0],
    )?;
    drop_tokens(tx, key)?;
    policies::drop_of_member(tx, key.0)
}

fn drop_tokens(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    if run(tx.conn(), "DELETE FROM tokens WHERE member = ?1", [key.0])? > 0 {
        tx.credentials_changed();
    }
    Ok(())
}

/// Removes the member over every door; tombstones keep the ids from being used again.
pub fn delete(tx: &WriteTx<'_>, key: MemberKey, member: &Member) -> Result<()> {
    let (account, now_ms) = (tx.account()?, tx.now_ms());
    // Who reads a group this person was in must see that it changed.
    run(
        tx.conn(),
        "UPDATE groups SET version = version + 1, modified_ms = ?2,
             member_count = member_count - 1
         WHERE seq IN (SELECT grp FROM group_members WHERE member = ?1)",
        (key.0, now_ms),
    )?;
    run(
        tx.conn(),
        "DELETE FROM group_members WHERE member = ?1",
        [key.0],
    )?;
    drop_tokens(tx, key)?;
    let tombstone = "INSERT INTO tombstones (id, account, kind, deleted_ms)
                     VALUES (?1, ?2, ?3, ?4)";
    run(tx.conn(), tombstone, (member.id, account, "member", now_ms))?;
    run(
        tx.conn(),
        tombstone,
        (member.membership_id, account, "membership", now_ms),
    )?;
    run(tx.conn(), "DELETE FROM members WHERE seq = ?1", [key.0])?;
    run(
        tx.conn(),
        "UPDATE accounts SET member_count = member_count - 1 WHERE seq = ?1",
        [account],
    )?;
    Ok(())
}
