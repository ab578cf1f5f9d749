//! Members: a row each, with the person's document in it.

mod beside;
pub mod by_hand;
mod list;
mod rows;
pub mod search;
pub mod shown;

use super::external_ids::{self, OF_MEMBERS};
use super::sql::{OnUnique, find, get, run};
use super::tx::{ReadTx, WriteTx};
use super::{policies, roles};
use crate::domain::document::{self, Draft, Stamp};
use crate::domain::error::{Error, Result};
use crate::domain::id::{MemberId, PermissionGroupId};
use crate::domain::member::{Attributes, Beside, Member, Profile, State, shown_name_key};
use crate::domain::reason::Reason;
use crate::domain::text::{ExternalId, UserName, fold};

pub use list::list;
pub use rows::{find_by_id, find_by_user_name, show};

/// A member's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberKey(pub(in crate::store) i64);

impl MemberKey {
    /// To tell members apart by.
    pub fn number(self) -> i64 {
        self.0
    }
}

/// Bits of a member's or a group's `seq` below the account's key.
pub(in crate::store) const NUMBER_BITS: u32 = 40;

/// The key of an account's record by its number, which is counted from 1.
pub(in crate::store) fn seq_of(account: i64, number: i64) -> i64 {
    account << NUMBER_BITS | number
}

/// The least and the greatest key that a record of the account can have.
pub(in crate::store) fn seqs_of(account: i64) -> [i64; 2] {
    [seq_of(account, 0), seq_of(account + 1, 0) - 1]
}

/// What is stored of a person's attributes, worked out before the write.
#[derive(Debug)]
pub struct Record {
    pub user_name: UserName,
    display_name_key: Option<String>,
    /// Of the name that is shown of the person, where that is not displayName.
    shown_name_key: Option<String>,
    external_id: Option<ExternalId>,
    draft: Draft,
    emails: Vec<Email>,
}

/// An address as it is looked up.
#[derive(Debug, PartialEq, Eq)]
struct Email {
    value_key: String,
    kind_key: Option<String>,
}

impl Record {
    /// Errors: `Invalid` when userName breaks its rules.
    pub fn of(profile: &Profile) -> Result<Self> {
        let attributes = &profile.attributes;
        let user_name = UserName::parse(profile.text("userName").unwrap_or_default())?;
        Ok(Self {
            user_name,
            display_name_key: profile.text("displayName").map(fold),
            shown_name_key: shown_name_key(attributes),
            external_id: profile.external_id.clone(),
            draft: Draft::of(attributes, profile.active).map_err(Error::internal)?,
            emails: emails_of(attributes),
        })
    }
}

fn emails_of(attributes: &Attributes) -> Vec<Email> {
    let emails = attributes
        .get("emails")
        .and_then(serde_json::Value::as_array);
    let part = |email: &serde_json::Value, name| {
        email
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(fold)
    };
    let with_value = |email| {
        Some(Email {
            value_key: part(email, "value")?,
            kind_key: part(email, "type"),
        })
    };
    let emails = emails.into_iter().flatten();
    emails.filter_map(with_value).collect()
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

/// Makes a member, managed by the caller's connection when it comes through one; somebody active
/// with the role that every member has.
///
/// Errors: `Conflict` when the name is taken, also by somebody inactive, or the external id.
pub fn insert(tx: &WriteTx<'_>, record: Record, state: State) -> Result<(MemberKey, Member)> {
    let account = tx.account()?;
    let id = MemberId::from_bytes(tx.new_id());
    run(
        tx.conn(),
        "UPDATE accounts SET member_count = member_count + 1, last_member = last_member + 1
         WHERE seq = ?1",
        [account],
    )?;
    let number = get(
        tx.conn(),
        "SELECT last_member FROM accounts WHERE seq = ?1",
        [account],
        |row| row.get(0),
    )?;
    let key = seq_of(account, number);
    let stamp = Stamp {
        created_ms: tx.now_ms(),
        modified_ms: tx.now_ms(),
        version: 1,
    };
    let name = &record.user_name;
    let document = record.draft.finish(id, stamp);
    let external_id = record.external_id.as_ref();
    run(
        tx.conn(),
        "INSERT INTO members (seq, id, account, state, minimal_access, external_connection,
             external_id, connection, created_ms, modified_ms, user_name, user_name_key,
             display_name_key, shown_name_key, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11, ?12, ?13, ?14)",
        rusqlite::params![
            key,
            id,
            account,
            state.name(),
            state == State::Active,
            external_id.and(tx.connection()),
            external_id.map(ExternalId::as_str),
            tx.connection(),
            stamp.created_ms,
            name.as_str(),
            name.key(),
            record.display_name_key,
            record.shown_name_key,
            document,
        ],
    )
    .on_unique(USER_NAME, || user_name_taken(name, UPDATE_IT))?;
    insert_emails(tx, account, key, (name, &record.emails))?;
    if let Some(external_id) = external_id {
        external_ids::add_own(tx, &OF_MEMBERS, key, external_id)?;
    }
    let mut beside = Beside::default();
    if state == State::Active {
        beside.roles.push(policies::minimal_access());
    }
    let member = Member {
        id,
        state,
        user_name: name.as_str().to_owned(),
        document,
        external_id: external_id.map(|id| id.as_str().to_owned()),
        managed_by: tx.actor().connection(),
        beside,
        record_version: stamp.version,
        created_ms: stamp.created_ms,
        modified_ms: stamp.modified_ms,
    };
    Ok((MemberKey(key), member))
}

/// What is to be done with somebody new who is there already.
const UPDATE_IT: &str = "find it by userName and update it instead of creating it";
const USER_NAME: &str = "members.account, members.user_name_key";

/// `then`: what the client may do.
fn user_name_taken(name: &UserName, then: &str) -> Error {
    Error::conflict(
        Reason::UserNameTaken,
        format!(
            "A User with the userName {:?} exists already, perhaps inactive; {then}.",
            name.as_str()
        ),
    )
}

fn insert_emails(
    tx: &WriteTx<'_>,
    account: i64,
    member: i64,
    (name, emails): (&UserName, &[Email]),
) -> Result<()> {
    for (
        ordinal,
        Email {
            value_key,
            kind_key,
        },
    ) in (0_i64..).zip(emails)
    {
        let other = value_key != name.key();
        run(
            tx.conn(),
            "INSERT INTO member_emails (account, value_key, member, ordinal, kind_key, other)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (account, value_key, member, ordinal, kind_key, other),
        )?;
    }
    Ok(())
}

fn remove_emails(tx: &WriteTx<'_>, account: i64, member: i64, emails: &[Email]) -> Result<()> {
    for (ordinal, email) in (0_i64..).zip(emails) {
        run(
            tx.conn(),
            "DELETE FROM member_emails
             WHERE account = ?1 AND value_key = ?2 AND member = ?3 AND ordinal = ?4",
            (account, &email.value_key, member, ordinal),
        )?;
    }
    Ok(())
}

/// Writes what the person `was`, with the attributes `before`, anew: attributes, `active`,
/// external id, state; and counts the version up.
///
/// Errors: `Conflict` when the new name, or the external id, is taken.
pub fn update(
    tx: &WriteTx<'_>,
    key: MemberKey,
    (was, before): (&Member, &Attributes),
    record: Record,
    state: State,
) -> Result<()> {
    let account = tx.account()?;
    let emails = emails_of(before);
    // Each is told apart from the userName.
    if emails != record.emails || was.user_name != record.user_name.as_str() {
        remove_emails(tx, account, key.0, &emails)?;
        let record = (&record.user_name, &*record.emails);
        insert_emails(tx, account, key.0, record)?;
    }
    if was.external_id.as_deref() != record.external_id.as_ref().map(ExternalId::as_str) {
        external_ids::set(tx, &OF_MEMBERS, key.0, record.external_id.as_ref())?;
    }
    let stamp = Stamp {
        created_ms: was.created_ms,
        modified_ms: tx.now_ms(),
        version: was.record_version + 1,
    };
    let name = &record.user_name;
    run(
        tx.conn(),
        "UPDATE members SET state = ?2, version = ?3, modified_ms = ?4, user_name = ?5,
             user_name_key = ?6, display_name_key = ?7, document = ?8,
             shown_name_key = ?9
         WHERE seq = ?1",
        (
            key.0,
            state.name(),
            stamp.version,
            stamp.modified_ms,
            name.as_str(),
            name.key(),
            &record.display_name_key,
            record.draft.finish(was.id, stamp),
            &record.shown_name_key,
        ),
    )
    .on_unique(USER_NAME, || {
        user_name_taken(
            name,
            "rename or remove that one first, or send another userName",
        )
    })?;
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

/// Gives somebody who becomes a member of the account the role that every member has.
pub fn activate(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    policies::grant_minimal_access(tx, key.0)
}

/// Ends the membership of somebody whose state says so already: their own policies and tokens
/// go at once, the record and the group memberships stay. Returns the roles that were dropped.
pub fn deactivate(tx: &WriteTx<'_>, key: MemberKey) -> Result<Vec<String>> {
    drop_tokens(tx, key)?;
    let dropped: Vec<PermissionGroupId> = policies::drop_of_member(tx, key.0)?;
    let names = dropped.into_iter().map(|id| roles::name_of(tx, id));
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

fn drop_tokens(tx: &WriteTx<'_>, key: MemberKey) -> Result<()> {
    if run(tx.conn(), "DELETE FROM tokens WHERE member = ?1", [key.0])? > 0 {
        tx.credentials_changed();
    }
    Ok(())
}

/// Removes the member over every door; a tombstone keeps the id from being used again.
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
    external_ids::remove_all(tx, &OF_MEMBERS, key.0)?;
    let emails = emails_of(&document::attributes(&member.document).map_err(Error::internal)?);
    remove_emails(tx, account, key.0, &emails)?;
    // The membership's id goes with the person's.
    run(
        tx.conn(),
        "INSERT INTO tombstones (id, account, kind, deleted_ms) VALUES (?1, ?2, 'member', ?3)",
        (member.id, account, now_ms),
    )?;
    run(tx.conn(), "DELETE FROM members WHERE seq = ?1", [key.0])?;
    run(
        tx.conn(),
        "UPDATE accounts SET member_count = member_count - 1 WHERE seq = ?1",
        [account],
    )?;
    Ok(())
}
