//! Operators: their rows, where they work, and what they sign in with.

pub mod factors;
pub mod places;

use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use super::members::MemberKey;
use super::sql::{OnUnique, find, get as get_row, list as rows, parsed, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::error::Result;
use crate::domain::id::{MemberId, OperatorId};
use crate::domain::operator::{
    NewOperator, Operator, Settings, Theme, Workplace, email_taken, unknown,
};
use crate::domain::text::fold;

/// Most operators a list shows.
const OPERATORS_LISTED_MAX: i64 = 1000;
/// Networks of an operator that are remembered.
const NETWORKS_MAX: i64 = 16;

/// What is asked of somebody who signs in.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the row")]
pub struct Credentials {
    pub id: OperatorId,
    pub email: String,
    pub box_administrator: bool,
    pub disabled: bool,
    /// PHC text; `None`: no password yet.
    pub password: Option<String>,
    pub has_totp: bool,
    /// Whether they have signed in from this network before.
    pub known_network: bool,
}

/// Makes an operator without a password.
///
/// Errors: `Conflict` (address taken).
pub fn insert(tx: &WriteTx<'_>, new: &NewOperator, password: Option<&str>) -> Result<Operator> {
    let id = OperatorId::from_bytes(tx.new_id());
    run(
        tx.conn(),
        "INSERT INTO operators (id, name, email, email_key, box_administrator, password,
             created_ms, modified_ms)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)",
        (
            id,
            new.name.as_str(),
            new.email.as_str(),
            new.email.key(),
            new.box_administrator,
            password,
            tx.now_ms(),
        ),
    )
    .on_unique("operators.email_key", || email_taken(new.email.as_str()))?;
    get(tx, id)
}

const COLUMNS: &str = "SELECT o.id, o.name, o.email, o.box_administrator, o.disabled,
    o.password IS NOT NULL, o.totp IS NOT NULL,
    (SELECT count(*) FROM recovery_codes c WHERE c.operator = o.seq),
    o.theme, o.zone, o.shortcuts, o.signed_in_ms, o.created_ms FROM operators o";

fn operator_row(row: &Row<'_>) -> rusqlite::Result<Operator> {
    Ok(Operator {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        box_administrator: row.get(3)?,
        disabled: row.get(4)?,
        has_password: row.get(5)?,
        has_totp: row.get(6)?,
        recovery_codes: row.get(7)?,
        settings: settings_row(row, 8)?,
        signed_in_ms: row.get(11)?,
        created_ms: row.get(12)?,
    })
}

/// Columns theme, zone, shortcuts from `first` on.
pub(in crate::store) fn settings_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Settings> {
    Ok(Settings {
        theme: parsed(row, first, Theme::parse)?,
        zone: row.get(first + 1)?,
        shortcuts: row.get(first + 2)?,
    })
}

/// Errors: `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: OperatorId) -> Result<Operator> {
    let sql = const_format(COLUMNS, " WHERE o.id = ?1");
    find(tx.conn(), &sql, [id], operator_row)?.ok_or_else(|| unknown(&id.to_string()))
}

/// By id, else by address, letter case aside.
///
/// Errors: `NotFound`.
pub fn get_named(tx: &ReadTx<'_>, id_or_email: &str) -> Result<Operator> {
    if let Ok(id) = id_or_email.parse::<OperatorId>() {
        return get(tx, id);
    }
    let sql = const_format(COLUMNS, " WHERE o.email_key = ?1");
    let key = fold(id_or_email.trim());
    find(tx.conn(), &sql, [key], operator_row)?.ok_or_else(|| unknown(id_or_email))
}

/// All of them, by name.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Operator>> {
    let sql = const_format(COLUMNS, " ORDER BY o.name, o.email_key LIMIT ?1");
    Ok(rows(tx.conn(), &sql, [OPERATORS_LISTED_MAX], operator_row)?)
}

/// Two constants of the code as one statement.
fn const_format(columns: &'static str, rest: &'static str) -> String {
    [columns, rest].concat()
}

/// Whether there is any operator: else the first run is still to come.
pub fn any(tx: &ReadTx<'_>) -> Result<bool> {
    Ok(get_row(
        tx.conn(),
        "SELECT EXISTS (SELECT 1 FROM operators)",
        [],
        |row| row.get(0),
    )?)
}

/// What somebody of that address signs in with; `None`: nobody has it.
pub fn credentials(tx: &ReadTx<'_>, email_key: &str, network: &str) -> Result<Option<Credentials>> {
    Ok(find(
        tx.conn(),
        "SELECT id, email, box_administrator, disabled, password, totp IS NOT NULL,
             EXISTS (SELECT 1 FROM operator_networks n
                 WHERE n.operator = operators.seq AND n.network = ?2)
         FROM operators WHERE email_key = ?1",
        (email_key, network),
        |row| {
            Ok(Credentials {
                id: row.get(0)?,
                email: row.get(1)?,
                box_administrator: row.get(2)?,
                disabled: row.get(3)?,
                password: row.get(4)?,
                has_totp: row.get(5)?,
                known_network: row.get(6)?,
            })
        },
    )?)
}

/// The row's key.
///
/// Errors: `NotFound`.
pub(in crate::store) fn key(tx: &ReadTx<'_>, id: OperatorId) -> Result<i64> {
    let found = find(
        tx.conn(),
        "SELECT seq FROM operators WHERE id = ?1",
        [id],
        |row| row.get(0),
    )?;
    found.ok_or_else(|| unknown(&id.to_string()))
}

/// The stored hash of the operator's password.
pub fn password(tx: &ReadTx<'_>, id: OperatorId) -> Result<Option<String>> {
    Ok(get_row(
        tx.conn(),
        "SELECT password FROM operators WHERE seq = ?1",
        [key(tx, id)?],
        |row| row.get(0),
    )?)
}

pub fn set_password(tx: &WriteTx<'_>, id: OperatorId, hash: &str) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE operators SET password = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key(tx, id)?, hash, tx.now_ms()),
    )?;
    Ok(())
}

pub fn set_name(tx: &WriteTx<'_>, id: OperatorId, name: &str) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE operators SET name = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key(tx, id)?, name, tx.now_ms()),
    )?;
    Ok(())
}

pub fn set_settings(tx: &WriteTx<'_>, id: OperatorId, settings: &Settings) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE operators SET theme = ?2, zone = ?3, shortcuts = ?4 WHERE seq = ?1",
        (
            key(tx, id)?,
            settings.theme.name(),
            &settings.zone,
            settings.shortcuts,
        ),
    )?;
    Ok(())
}

/// Errors: `Forbidden` (the last box administrator).
pub fn set_disabled(tx: &WriteTx<'_>, id: OperatorId, disabled: bool) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE operators SET disabled = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key(tx, id)?, disabled, tx.now_ms()),
    )?;
    Ok(())
}

/// Errors: `Forbidden` (the last box administrator).
pub fn set_box_administrator(tx: &WriteTx<'_>, id: OperatorId, is_one: bool) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE operators SET box_administrator = ?2, modified_ms = ?3 WHERE seq = ?1",
        (key(tx, id)?, is_one, tx.now_ms()),
    )?;
    Ok(())
}

/// Removes the operator; their members stay.
///
/// Errors: `Forbidden` (the last box administrator).
pub fn delete(tx: &WriteTx<'_>, id: OperatorId) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM operators WHERE seq = ?1",
        [key(tx, id)?],
    )?;
    Ok(())
}

/// Remembers where the operator signed in from, and when.
pub(in crate::store) fn note_sign_in(tx: &WriteTx<'_>, operator: i64, network: &str) -> Result<()> {
    let (conn, now) = (tx.conn(), tx.now_ms());
    run(
        conn,
        "UPDATE operators SET signed_in_ms = ?2 WHERE seq = ?1",
        (operator, now),
    )?;
    run(
        conn,
        "INSERT INTO operator_networks (operator, network, last_ms) VALUES (?1, ?2, ?3)
         ON CONFLICT (operator, network) DO UPDATE SET last_ms = excluded.last_ms",
        (operator, network, now),
    )?;
    run(
        conn,
        "DELETE FROM operator_networks WHERE operator = ?1 AND network NOT IN
             (SELECT network FROM operator_networks WHERE operator = ?1
              ORDER BY last_ms DESC LIMIT ?2)",
        (operator, NETWORKS_MAX),
    )?;
    Ok(())
}

/// Where the operator works, by the account's name.
pub fn workplaces(tx: &ReadTx<'_>, id: OperatorId) -> Result<Vec<Workplace>> {
    Ok(rows(
        tx.conn(),
        "SELECT a.id, a.name, m.id FROM operator_members o
         JOIN accounts a ON a.seq = o.account JOIN members m ON m.seq = o.member
         WHERE o.operator = ?1 ORDER BY a.name_key",
        [key(tx, id)?],
        |row| {
            Ok(Workplace {
                account: row.get(0)?,
                account_name: row.get(1)?,
                member: row.get(2)?,
            })
        },
    )?)
}

/// Gives the operator that member of the transaction's account.
pub fn link(tx: &WriteTx<'_>, id: OperatorId, member: MemberKey) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO operator_members (operator, account, member) VALUES (?1, ?2, ?3)",
        (key(tx, id)?, tx.account()?, member.0),
    )?;
    Ok(())
}

/// The operator's member in the transaction's account.
pub fn member_of(tx: &ReadTx<'_>, id: OperatorId) -> Result<Option<(MemberKey, MemberId)>> {
    member_in(tx.conn(), key(tx, id)?, tx.account()?)
}

pub(in crate::store) fn member_in(
    conn: &Connection,
    operator: i64,
    account: i64,
) -> Result<Option<(MemberKey, MemberId)>> {
    Ok(find(
        conn,
        "SELECT m.seq, m.id FROM operator_members o JOIN members m ON m.seq = o.member
         WHERE o.operator = ?1 AND o.account = ?2",
        (operator, account),
        |row| Ok((MemberKey(row.get(0)?), row.get(1)?)),
    )?)
}

/// Whose member it is; `None`: no operator's.
pub fn of_member(tx: &ReadTx<'_>, member: MemberKey) -> Result<Option<String>> {
    Ok(find(
        tx.conn(),
        "SELECT p.email FROM operator_members o JOIN operators p ON p.seq = o.operator
         WHERE o.member = ?1",
        [member.0],
        |row| row.get(0),
    )?)
}

/// What the audit log keeps of an operator.
pub fn facts(operator: &Operator) -> Value {
    json!({
        "name": operator.name,
        "email": operator.email,
        "box_administrator": operator.box_administrator,
        "disabled": operator.disabled,
    })
}
