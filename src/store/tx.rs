//! Transactions: the capability to touch the database, with the tenant and the caller in it.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use rusqlite::Connection;

use super::accounts;
use super::brake::Held;
use super::kept::Keepings;
use super::keys::Keys;
use super::ordinals::Ordinals;
use super::recall::Recall;
use crate::domain::actor::{Actor, Permission, Request};
use crate::domain::error::{Error, Result};
use crate::domain::id::{AccountId, AuditId};
use crate::domain::provisioning::{AskedValues, Note, Target};
use crate::env::Entropy;

/// Which rows a transaction may see: one account's, through one connection, or the box's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    pub(in crate::store) account: Option<i64>,
    pub(in crate::store) connection: Option<i64>,
}

/// A consistent view of the database. SQL is reachable through it alone, and only inside the
/// store.
#[derive(Debug)]
pub struct ReadTx<'c> {
    conn: &'c Connection,
    scope: Scope,
    actor: &'c Actor,
    now_ms: i64,
    ordinals: Option<&'c Ordinals>,
    recall: Option<Recall<'c>>,
    keeping: Option<Keepings<'c>>,
}

/// What a result that is kept follows from, and so until when it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// The account's groups, roles, policies and the people who are there: until somebody's groups
    /// or roles may read differently.
    Access,
    /// The account's people alone: until one comes, goes or changes.
    People,
}

impl<'c> ReadTx<'c> {
    pub(in crate::store) fn new(
        conn: &'c Connection,
        scope: Scope,
        actor: &'c Actor,
        now_ms: i64,
    ) -> Self {
        Self {
            conn,
            scope,
            actor,
            now_ms,
            ordinals: None,
            recall: None,
            keeping: None,
        }
    }

    /// With what readers have learned of the numbers of rows.
    pub(in crate::store) fn with_ordinals(self, ordinals: &'c Ordinals) -> Self {
        Self {
            ordinals: Some(ordinals),
            ..self
        }
    }

    /// With what this thread's readers have seen of people's groups and roles.
    pub(in crate::store) fn with_recall(self, recall: Option<Recall<'c>>) -> Self {
        Self { recall, ..self }
    }

    /// With what long reads and searches for people have found.
    pub(in crate::store) fn with_keeping(self, keeping: Option<Keepings<'c>>) -> Self {
        Self { keeping, ..self }
    }

    /// What `read` finds, or found since what it `follows` from last changed. It must follow from
    /// that alone, not from the time, from who asks or from the logs; and be small: a few KiB, and
    /// no more than the 50 of a search that finds as many people as it may.
    /// `name` says which read and about what. A row must have been read before.
    ///
    /// Errors: those of `read`.
    pub fn kept<T: Send + Sync + 'static>(
        &self,
        follows: Follows,
        name: (&'static str, [u8; 16]),
        read: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        match &self.keeping {
            Some(keeping) => keeping.of(follows).result(name, read),
            None => read().map(Arc::new),
        }
    }

    pub(in crate::store) fn recall(&self) -> Option<Recall<'c>> {
        self.recall
    }

    pub(in crate::store) fn ordinals(&self) -> Option<&'c Ordinals> {
        self.ordinals
    }

    /// Every use case asks this first.
    ///
    /// Errors: `Forbidden`.
    pub fn require(&self, permission: Permission) -> Result<()> {
        self.actor.require(permission)
    }

    pub fn actor(&self) -> &Actor {
        self.actor
    }

    /// Milliseconds since 1970, UTC, the same throughout the transaction.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    pub(in crate::store) fn conn(&self) -> &'c Connection {
        self.conn
    }

    /// The account's key; a transaction of the box has none.
    pub(in crate::store) fn account(&self) -> Result<i64> {
        self.scope
            .account
            .ok_or_else(|| Error::internal("a transaction without an account asked for its rows"))
    }

    pub(in crate::store) fn account_or_none(&self) -> Option<i64> {
        self.scope.account
    }

    /// The key of the connection that the caller speaks through.
    pub(in crate::store) fn connection(&self) -> Option<i64> {
        self.scope.connection
    }
}

impl WriteState {
    /// Whether those who were there may read differently.
    pub(in crate::store) fn changes_people(&self) -> bool {
        self.leaves_people != Some(true)
    }
}

#[derive(Debug, Default, Clone)]
pub(in crate::store) struct WriteState {
    pub(in crate::store) note: Note,
    /// The status the client will see, where it is not the route's usual one.
    pub(in crate::store) status: Option<u16>,
    /// The last row of the audit log for a change of this transaction.
    pub(in crate::store) audited: Option<AuditId>,
    pub(in crate::store) credentials_changed: bool,
    /// Whether everybody who was there keeps groups and roles as they read before: nobody says so
    /// but whoever knows.
    pub(in crate::store) leaves_people: Option<bool>,
    /// Whether somebody came to be, though that leaves those who were there.
    pub(in crate::store) makes_people: bool,
    /// A removal that the brake refuses, to be written down once this write is undone.
    pub(in crate::store) held: Option<Held>,
    promised: Option<[u8; 16]>,
}

/// The end of the audit chain as the writer knows it: sequence and hash of the last row.
pub(in crate::store) type AuditTail = Cell<Option<(i64, [u8; 32])>>;

/// What surrounds a write beside its view of the database.
#[derive(Clone, Copy)]
pub(in crate::store) struct Surroundings<'c> {
    pub(in crate::store) request: &'c Request,
    pub(in crate::store) entropy: &'c Entropy,
    pub(in crate::store) keys: &'c Keys,
    pub(in crate::store) audit_tail: &'c AuditTail,
    /// The status of the answer when the write succeeds; 0 where there is no HTTP answer.
    pub(in crate::store) success: u16,
}

/// A write in its own savepoint of the writer's transaction.
pub struct WriteTx<'c> {
    read: ReadTx<'c>,
    around: Surroundings<'c>,
    pub(in crate::store) state: RefCell<WriteState>,
}

impl<'c> Deref for WriteTx<'c> {
    type Target = ReadTx<'c>;

    fn deref(&self) -> &Self::Target {
        &self.read
    }
}

impl<'c> WriteTx<'c> {
    pub(in crate::store) fn new(read: ReadTx<'c>, around: Surroundings<'c>) -> Self {
        Self {
            read,
            around,
            state: RefCell::default(),
        }
    }

    /// A new UUIDv7, for an id of any noun: the promised one first.
    pub fn new_id(&self) -> [u8; 16] {
        let promised = self.state.borrow_mut().promised.take();
        promised.unwrap_or_else(|| self.around.entropy.uuid_v7(self.now_ms()))
    }

    /// The record that this write makes gets the id `promised`, a new UUIDv7 that other writes
    /// have been told already.
    pub fn promise_id(&self, promised: [u8; 16]) {
        self.state.borrow_mut().promised = Some(promised);
    }

    pub fn entropy(&self) -> &Entropy {
        self.around.entropy
    }

    /// Runs `f` and undoes all it wrote: what it returns is what it would have come to.
    ///
    /// Errors: what `f` returns; `Unavailable`, `StorageFull`, `Internal`.
    pub fn rehearse<T>(&self, f: impl FnOnce() -> Result<T>) -> Result<T> {
        let (tail, state) = (self.around.audit_tail.get(), self.state.borrow().clone());
        self.conn().execute_batch("SAVEPOINT rehearsal")?;
        let result = f();
        // Some errors end the whole transaction, and then no savepoint is left.
        if !self.conn().is_autocommit() {
            self.conn()
                .execute_batch("ROLLBACK TO rehearsal; RELEASE rehearsal")?;
        }
        self.around.audit_tail.set(tail);
        self.state.replace(state);
        result
    }

    /// Runs `f` on one account within this transaction of the box: for what makes an account, or
    /// somebody's place in it, as part of something larger. Whoever calls it has asked whether
    /// the actor administers the box.
    ///
    /// Errors: what `f` returns; `NotFound`.
    pub fn on_account<T>(
        &self,
        account: AccountId,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T>,
    ) -> Result<T> {
        let key = accounts::key(self.conn(), account)?;
        let scope = Scope {
            account: Some(key.ok_or_else(|| Error::not_found("account", account))?),
            connection: None,
        };
        let within = WriteTx {
            read: ReadTx::new(self.conn(), scope, self.actor(), self.now_ms()),
            around: self.around,
            state: RefCell::new(self.state.take()),
        };
        let result = f(&within);
        self.state.replace(within.state.into_inner());
        result
    }

    pub fn request(&self) -> &Request {
        self.around.request
    }

    /// A short text that stands for a long one.
    pub fn fingerprint(&self, text: &str) -> String {
        let hash = digest(&SHA256, text.as_bytes());
        HEXLOWER.encode(&hash.as_ref()[..16])
    }

    pub(in crate::store) fn keys(&self) -> &Keys {
        self.around.keys
    }

    pub(in crate::store) fn audit_tail(&self) -> &AuditTail {
        self.around.audit_tail
    }

    /// The status that the client will see; 0 where there is none.
    pub(in crate::store) fn status(&self) -> u16 {
        self.state.borrow().status.unwrap_or(self.around.success)
    }

    /// Says what the request is about, for its row in the provisioning log.
    pub fn note_target(&self, kind: &'static str, id: impl ToString, name: &str) {
        let id = id.to_string();
        let name = name.to_owned();
        self.state.borrow_mut().note.target = Target { kind, id, name };
    }

    /// Says what changed, in a few words.
    pub fn note_change(&self, what: impl Into<String>) {
        self.state.borrow_mut().note.changes.push(what.into());
    }

    /// Says what the request asks for, where it is refused.
    pub fn note_asked(&self, asked: AskedValues) {
        self.state.borrow_mut().note.asked = asked;
    }

    /// Whether a change was noted in these words already.
    pub fn notes_change(&self, what: &str) -> bool {
        self.state
            .borrow()
            .note
            .changes
            .iter()
            .any(|noted| noted == what)
    }

    /// The status of the answer, where it is not the usual one of the route.
    pub fn note_status(&self, status: u16) {
        self.state.borrow_mut().status = Some(status);
    }

    /// The brake refuses this write, which is then remembered as held.
    pub fn hold(&self, held: Held) {
        self.state.borrow_mut().held = Some(held);
    }

    /// Whether anything was changed so far: every change has its audit row.
    pub fn changed(&self) -> bool {
        self.audit_id().is_some()
    }

    /// The row of the audit log that the last change has.
    pub fn audit_id(&self) -> Option<AuditId> {
        self.state.borrow().audited
    }

    /// Says that this write touches nothing that answers about people show.
    pub(in crate::store) fn leaves_people(&self) {
        self.state.borrow_mut().leaves_people.get_or_insert(true);
    }

    /// Tokens, connections or accounts changed: what is remembered of them is forgotten.
    pub(in crate::store) fn credentials_changed(&self) {
        self.state.borrow_mut().credentials_changed = true;
    }
}
