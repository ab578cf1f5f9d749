//! Carries commands out, for the socket and for the command line alike.

mod access;
mod brake;
mod changes;
mod directory;
mod legacy;
mod logs;
mod lookup;
mod machine;
mod operators;
mod roles;

use std::io;

pub use machine::replies_of;

use lookup::Refusal;

use super::caller::Caller;
use super::command::Command;
use super::fault::{Fault, Stop, exit};
use super::reply::{Reply, ServerView};
use super::{PROTOCOL, Request};
use crate::app;
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::brake::HeldSelection;
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::id::AccountId;
use crate::store::Db;
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::{Authority, Write};

/// Where the items of an answer go. An error says that nobody takes them any more.
pub(in crate::admin) type Sink<'s> = &'s mut dyn FnMut(Reply) -> io::Result<()>;

/// Whose command it is, and on which database.
pub(in crate::admin) struct Run<'r> {
    db: &'r Db,
    caller: &'r Caller,
    /// How the server is reached, without a slash at the end.
    server_url: &'r str,
    /// As it was given.
    account: Option<&'r str>,
    command: &'static str,
}

/// Carries `request` out, with its items to `sink` as they come.
///
/// Errors: what went wrong, with its exit code; or that the sink takes no more. What a command
/// changed before that stays changed, except that a single change is whole or not at all.
pub fn run(
    db: &Db,
    caller: &Caller,
    server_url: &str,
    request: Request,
    sink: Sink<'_>,
) -> Result<(), Stop> {
    if request.protocol != PROTOCOL {
        return Err(Fault::new(
            exit::UNAVAILABLE,
            "the running server is of another release than this command",
            format!(
                "it speaks protocol {PROTOCOL}, the command {}",
                request.protocol
            ),
            "restart the server, or use the provost that it was started from",
        )
        .into());
    }
    let run = Run {
        db,
        caller,
        server_url,
        account: request.account.as_deref(),
        command: request.command.name(),
    };
    dispatch(&run, request.command, sink)
}

fn dispatch(run: &Run<'_>, command: Command, sink: Sink<'_>) -> Result<(), Stop> {
    match command {
        Command::Hello => {
            let (version, url) = (env!("CARGO_PKG_VERSION"), run.server_url);
            Ok(sink(Reply::Server(ServerView::new(version, url)))?)
        }
        Command::AccountCreate { name, id } => run.account_create(&name, id, sink),
        Command::AccountList => run.account_list(sink),
        Command::AccountShow => run.account_show(sink),
        Command::AccountSet {
            name,
            reserved_prefix,
        } => run.account_set(name.as_deref(), reserved_prefix, sink),
        Command::ConnectionCreate {
            kind,
            name,
            settings,
        } => run.connection_create(kind, &name, settings, sink),
        Command::ConnectionList => run.connection_list(sink),
        Command::ConnectionShow { connection } => run.connection_show(&connection, sink),
        Command::ConnectionSet {
            connection,
            name,
            settings,
        } => run.connection_set(connection, name.as_deref(), settings, sink),
        Command::ConnectionPause { connection } => run.connection_pause(connection, true, sink),
        Command::ConnectionResume { connection } => run.connection_pause(connection, false, sink),
        Command::ConnectionHeld { connection } => run.connection_held(&connection, sink),
        Command::ConnectionDecide {
            connection,
            state,
            targets,
            until_ms,
        } => {
            let which = HeldSelection::seen(targets, until_ms);
            run.connection_decide(connection, state, which, sink)
        }
        Command::Sso(command) => run.sso(command, sink),
        Command::TokenCreate(new) => run.token_create(new, sink),
        Command::TokenList => run.token_list(sink),
        Command::TokenShow { token } => run.token_show(&token, sink),
        Command::TokenRoll { token, overlap_ms } => run.token_roll(token, overlap_ms, sink),
        Command::TokenRevoke { token } => run.token_revoke(token, sink),
        Command::Operator(command) => operators::run(run, command, sink),
        Command::Directory(command) => directory::run(run, command, sink),
        Command::Legacy(command) => run.legacy(command, sink),
        Command::Change(change) => run.change(change, sink),
        Command::Preview(change) => run.preview(&change, sink),
        Command::RoleList { hidden, own } => run.role_list(hidden, own, sink),
        Command::RoleShow { role } => run.role_show(role, sink),
        Command::RoleCreate(new) => run.role_create(&new, sink),
        Command::RoleDelete { role } => run.role_change(role, app::roles::delete, sink),
        Command::RoleHide { role } => run.role_change(role, app::roles::hide, sink),
        Command::RoleUnhide { role } => run.role_change(role, app::roles::unhide, sink),
        Command::AuditList {
            window,
            action,
            since_ms,
        } => run.audit_list(window, action, since_ms, sink),
        Command::AuditShow { id } => run.audit_show(&id, sink),
        Command::AuditExport { since_ms } => run.audit_export(since_ms, sink),
        Command::AuditVerify => run.audit_verify(sink),
        Command::LogList { window, filter } => run.log_list(window, &filter, sink),
        Command::LogShow { id } => run.log_show(&id, sink),
        Command::LogExport { filter } => run.log_export(&filter, sink),
        Command::BackupCreate { file } => run.backup_create(file, sink),
        Command::BackupVerify { file } => run.backup_verify(&file, sink),
        Command::DbCheck => run.db_check(sink),
    }
}

impl Run<'_> {
    /// What the database calls this command's write.
    fn write_as<E>(&self, account: Option<AccountId>) -> Write<E> {
        let request = self
            .caller
            .request(self.command, self.db.clock(), self.db.entropy());
        Write {
            authority: Authority::Local {
                actor: self.caller.actor(),
                account,
            },
            permission: Permission::BoxAdministration,
            request,
            log: None,
        }
    }

    fn write<T: Send + 'static>(
        &self,
        account: Option<AccountId>,
        f: impl FnOnce(&WriteTx<'_>) -> DomainResult<T> + Send + 'static,
    ) -> DomainResult<T> {
        self.db.write_blocking(self.write_as(account), f)
    }

    fn read<T>(
        &self,
        account: Option<AccountId>,
        f: impl FnOnce(&ReadTx<'_>) -> DomainResult<T>,
    ) -> DomainResult<T> {
        let seat = self.db.local_seat(self.caller.actor(), account)?;
        self.db.read(&seat, f)
    }

    /// The same for what looks its arguments up.
    fn write_found<T: Send + 'static>(
        &self,
        account: AccountId,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.db.write_blocking(self.write_as(Some(account)), f)
    }

    fn read_found<T>(
        &self,
        account: AccountId,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let seat = self.db.local_seat(self.caller.actor(), Some(account))?;
        self.db.read(&seat, f)
    }

    fn refused(&self, refusal: Refusal) -> Fault {
        self.fault(&refusal.error, refusal.next)
    }

    /// The account that the command is about: the one that was named, else the only one.
    fn the_account(&self) -> Result<Account, Fault> {
        let found = match self.account {
            Some(name) => self
                .read(None, |tx| app::accounts::find(tx, name))
                .map(|one| vec![one]),
            None => self.read(None, app::accounts::list),
        };
        let what = format!("cannot {}", spoken(self.command));
        let mut found =
            found.map_err(|error| Fault::of_error(&error, &what, "provost account list"))?;
        match found.len() {
            1 => Ok(found.swap_remove(0)),
            0 => Err(Fault::new(
                exit::NOT_FOUND,
                what,
                "there is no account yet",
                "provost account create NAME",
            )),
            _ => Err(Fault::usage(
                what,
                "there are several accounts, and the command says none",
                "add --account ID or NAME; `provost account list` shows them",
            )),
        }
    }

    /// The account that was named; `None` for the whole box.
    fn account_or_box(&self) -> Result<Option<AccountId>, Fault> {
        match self.account {
            Some(_) => Ok(Some(self.the_account()?.id)),
            None => Ok(None),
        }
    }

    /// `error` as this command's failure; `next` helps when something was not found.
    fn fault(&self, error: &Error, next: &str) -> Fault {
        let kind = error.kind();
        if matches!(kind, crate::domain::error::Kind::Internal) {
            tracing::error!(command = self.command, ?error, "a command failed");
        }
        Fault::of_error(error, format!("cannot {}", spoken(self.command)), next)
    }
}

/// A command's name as a phrase: `token roll` is "roll the token".
fn spoken(command: &str) -> String {
    match command.split_once(' ') {
        Some(("admin", "list")) => "list the operators".to_owned(),
        Some(("admin", "assign")) => "let the operator work in the account".to_owned(),
        Some(("admin", "unlock")) => "unlock the operator".to_owned(),
        Some(("admin", "reset-factors")) => "reset the operator's factors".to_owned(),
        Some(("admin", verb)) => format!("{verb} the operator"),
        Some(("log", verb)) => format!("{verb} the provisioning log"),
        Some(("audit", verb)) => format!("{verb} the audit log"),
        Some(("db", verb)) => format!("{verb} the database"),
        Some(("explain", "who")) => "say who holds the role".to_owned(),
        Some(("explain", _)) => "explain the role".to_owned(),
        Some(("member", "access")) => "show the member's access".to_owned(),
        Some(("group", "members")) => "list the group's members".to_owned(),
        Some(("group", "add")) => "add to the group".to_owned(),
        Some(("group", "remove")) => "remove from the group".to_owned(),
        Some(("policy", "list")) => "list the policies".to_owned(),
        Some(("resource-group", "list")) => "list the resource groups".to_owned(),
        Some(("resource-group", verb)) => format!("{verb} the resource group"),
        Some(("legacy", "on" | "off")) => {
            format!("switch the legacy mapping {}", &command["legacy ".len()..])
        }
        Some(("legacy", "status")) => "show the legacy mapping".to_owned(),
        Some(("legacy", "detect")) => "look for legacy groups".to_owned(),
        Some(("legacy", "plan")) => "plan the migration".to_owned(),
        Some(("legacy", "convert")) => "convert the groups".to_owned(),
        Some(("legacy", "runs")) => "list the migrations".to_owned(),
        Some(("legacy", verb)) => format!("{verb} the migration"),
        Some((noun, "list")) => format!("list the {noun}s"),
        Some((noun, verb)) => format!("{verb} the {noun}"),
        None if command == "setup-link" => "make a setup link".to_owned(),
        None => command.to_owned(),
    }
}
