//! The first run: how far it has come, and the links that are opened once.

use super::operators;
use super::sql::{find, get as get_row, run};
use super::tx::{ReadTx, WriteTx};
use crate::domain::error::Result;
use crate::domain::id::{AccountId, ConnectionId, OperatorId};
use crate::domain::setup::{Code, Progress};

/// What is stored of a browser's cookie.
pub type BrowserHash = [u8; 32];

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    key: i64,
    /// `None`: to make the first operator. Else whose password it lets choose.
    pub operator: Option<OperatorId>,
}

/// Makes a link, good for so many milliseconds, in place of those for the same purpose.
pub fn insert_link(tx: &WriteTx<'_>, operator: Option<OperatorId>, valid_ms: i64) -> Result<Code> {
    let operator = operator.map(|id| operators::key(tx, id)).transpose()?;
    run(
        tx.conn(),
        "DELETE FROM setup_links WHERE operator IS ?1 OR expires_ms <= ?2",
        (operator, tx.now_ms()),
    )?;
    let code = Code::of_link(&tx.entropy().bytes());
    run(
        tx.conn(),
        "INSERT INTO setup_links (hash, operator, expires_ms) VALUES (?1, ?2, ?3)",
        (
            tx.keys().hash_token(code.reveal()),
            operator,
            tx.now_ms() + valid_ms,
        ),
    )?;
    Ok(code)
}

/// Opens a link for this browser, which is the only one from here on. `None`: it is unknown, too
/// old, or another browser's.
pub fn open_link(tx: &WriteTx<'_>, code: &Code, browser: &BrowserHash) -> Result<Option<Link>> {
    let opened = run(
        tx.conn(),
        "UPDATE setup_links SET browser = ?2
         WHERE hash = ?1 AND expires_ms > ?3 AND (browser IS NULL OR browser = ?2)",
        (tx.keys().hash_token(code.reveal()), browser, tx.now_ms()),
    )?;
    if opened == 0 {
        return Ok(None);
    }
    link_of(tx, browser)
}

/// The link that this browser opened, while it is good.
pub fn link_of(tx: &ReadTx<'_>, browser: &BrowserHash) -> Result<Option<Link>> {
    Ok(find(
        tx.conn(),
        "SELECT l.seq, o.id FROM setup_links l LEFT JOIN operators o ON o.seq = l.operator
         WHERE l.browser = ?1 AND l.expires_ms > ?2",
        (browser, tx.now_ms()),
        |row| {
            Ok(Link {
                key: row.get(0)?,
                operator: row.get(1)?,
            })
        },
    )?)
}

/// Until when a link for the operator can be opened; `None`: there is none.
pub fn link_until(tx: &ReadTx<'_>, operator: OperatorId) -> Result<Option<i64>> {
    Ok(find(
        tx.conn(),
        "SELECT expires_ms FROM setup_links WHERE operator = ?1 AND expires_ms > ?2",
        (operators::key(tx, operator)?, tx.now_ms()),
        |row| row.get(0),
    )?)
}

/// The link has done what it was for.
pub fn spend_link(tx: &WriteTx<'_>, link: Link) -> Result<()> {
    run(
        tx.conn(),
        "DELETE FROM setup_links WHERE seq = ?1",
        [link.key],
    )?;
    Ok(())
}

pub fn progress(tx: &ReadTx<'_>) -> Result<Progress> {
    Ok(get_row(
        tx.conn(),
        "SELECT a.id, s.public_url, s.address_passed, c.id, s.connect_passed, s.finished
         FROM setup s LEFT JOIN accounts a ON a.seq = s.account
         LEFT JOIN connections c ON c.seq = s.connection",
        [],
        |row| {
            Ok(Progress {
                account: row.get(0)?,
                public_url: row.get(1)?,
                address_passed: row.get(2)?,
                connection: row.get(3)?,
                connect_passed: row.get(4)?,
                finished: row.get(5)?,
            })
        },
    )?)
}

pub fn set_account(tx: &WriteTx<'_>, account: AccountId) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE setup SET account = (SELECT seq FROM accounts WHERE id = ?1)",
        [account],
    )?;
    Ok(())
}

/// `None`: as the settings, or the request, say.
pub fn set_public_url(tx: &WriteTx<'_>, url: Option<&str>) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE setup SET public_url = ?1, address_passed = 1",
        [url],
    )?;
    Ok(())
}

/// `None`: none was made here.
pub fn set_connection(tx: &WriteTx<'_>, connection: Option<ConnectionId>) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE setup SET connect_passed = 1,
             connection = (SELECT seq FROM connections WHERE id = ?1)",
        [connection],
    )?;
    Ok(())
}

pub fn finish(tx: &WriteTx<'_>) -> Result<()> {
    run(tx.conn(), "UPDATE setup SET finished = 1", [])?;
    Ok(())
}
