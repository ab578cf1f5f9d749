//! Accounts: the tenants of the box.

use crate::domain::account::{Account, AccountChange, check_reserved_prefix};
use crate::domain::actor::Permission;
use crate::domain::audit::{Action, Event};
use crate::domain::error::Result;
use crate::domain::id::AccountId;
use crate::domain::text::Label;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{accounts, audit};

/// Makes an account with its own connection "API" and its whole-account resource group;
/// `id` keeps an existing id, else one is generated.
///
/// Errors: `Forbidden`, `Conflict` (name or id taken).
pub fn create(tx: &WriteTx<'_>, name: &Label, id: Option<AccountId>) -> Result<Account> {
    tx.require(Permission::BoxAdministration)?;
    let account = accounts::insert(tx, name, id)?;
    let event = Event::new(Action::AccountCreate, account.id, account.name.as_str())
        .after(accounts::facts(&account));
    audit::append(tx, event)?;
    Ok(account)
}

/// All accounts, by name.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<Account>> {
    tx.require(Permission::BoxAdministration)?;
    accounts::list(tx)
}

/// The account of that id, or of that name (letter case aside).
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id_or_name: &str) -> Result<Account> {
    tx.require(Permission::BoxAdministration)?;
    accounts::get_named(tx, id_or_name)
}

/// Changes the account of that id or name.
///
/// Errors: `Forbidden`, `NotFound`, `Conflict` (name taken), `Invalid` (reserved prefix).
pub fn set(tx: &WriteTx<'_>, id_or_name: &str, change: &AccountChange) -> Result<Account> {
    tx.require(Permission::BoxAdministration)?;
    change
        .reserved_prefix
        .as_deref()
        .map_or(Ok(()), check_reserved_prefix)?;
    let before = accounts::get_named(tx, id_or_name)?;
    changed(tx, before, change)
}

fn changed(tx: &WriteTx<'_>, before: Account, change: &AccountChange) -> Result<Account> {
    if !accounts::update(tx, &before, change)? {
        return Ok(before);
    }
    let after = accounts::get(tx, before.id)?;
    let event = Event::new(Action::AccountUpdate, after.id, after.name.as_str())
        .before(accounts::facts(&before))
        .after(accounts::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}

/// The account that the transaction is on.
///
/// Errors: `Forbidden`.
pub fn current(tx: &ReadTx<'_>) -> Result<Account> {
    tx.require(Permission::AccountRead)?;
    accounts::current(tx)
}

/// Gives that account another name.
///
/// Errors: `Forbidden`, `Conflict` (name taken).
pub fn rename_current(tx: &WriteTx<'_>, name: &Label) -> Result<Account> {
    tx.require(Permission::AccountWrite)?;
    let before = accounts::current(tx)?;
    let change = AccountChange {
        name: Some(name.clone()),
        reserved_prefix: None,
    };
    changed(tx, before, &change)
}
