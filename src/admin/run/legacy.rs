//! Legacy groups and their migration.

use super::{Run, Sink};
use crate::admin::command::LegacyCommand;
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{DetectedView, LegacyReply, Reply};
use crate::app::legacy;
use crate::domain::account::Account;
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::legacy::plan::ConvertRequest;
use crate::store::tx::{ReadTx, WriteTx};

const RUNS: &str = "provost legacy runs";
const HOW_TO_PLAN: &str = "provost legacy plan --help";

impl Run<'_> {
    pub(super) fn legacy(&self, command: LegacyCommand, sink: Sink<'_>) -> Result<(), Stop> {
        use LegacyReply as R;
        let account = self.the_account()?;
        let of = &account;
        let reply = match command {
            LegacyCommand::Status => self.see(of, legacy::mapping::status).map(R::Status),
            LegacyCommand::Detect => return self.detect(of, sink),
            LegacyCommand::Plan(options) => {
                let id = legacy::plan::new_id(self.db);
                self.read(Some(of.id), |tx| legacy::plan::make(tx, id, &options))
                    .map_err(|error| self.fault(&error, HOW_TO_PLAN))
                    .map(R::Plan)
            }
            LegacyCommand::PreviewConvert(asked) => self
                .see(of, |tx| legacy::convert::preview(tx, &asked))
                .map(|done| done.map_or(R::Ready, R::Run)),
            LegacyCommand::Convert(asked) => self.convert(of, *asked).map(R::Run),
            LegacyCommand::Verify(id) => self
                .see(of, |tx| legacy::verify::verify(tx, id))
                .map(R::Verification),
            LegacyCommand::PreviewUndo(id) => self
                .see(of, |tx| legacy::undo::preview(tx, id))
                .map(R::Undo),
            LegacyCommand::Undo { id, partial } => self
                .carry(of, move |tx| legacy::undo::undo(tx, id, partial))
                .map(R::Undo),
            LegacyCommand::PreviewClose(id) => self
                .see(of, |tx| legacy::close::preview(tx, id))
                .map(R::Closed),
            LegacyCommand::Close { id, anyway } => self
                .carry(of, move |tx| legacy::close::close(tx, id, anyway))
                .map(R::Closed),
            LegacyCommand::Runs => {
                for head in self.see(of, legacy::runs::list)? {
                    sink(Reply::Legacy(Box::new(R::Head(head))))?;
                }
                return Ok(());
            }
            LegacyCommand::Show(id) => self.see(of, |tx| legacy::runs::get(tx, id)).map(R::Run),
        };
        Ok(sink(Reply::Legacy(Box::new(reply?)))?)
    }

    /// Every group, and then what there is in all.
    fn detect(&self, account: &Account, sink: Sink<'_>) -> Result<(), Stop> {
        let found = self.see(account, legacy::inventory::read)?;
        let view = DetectedView {
            mapping: found.mapping,
            groups: found.groups.len(),
            never_used: found.never_used,
            people: found.people,
        };
        for group in found.groups {
            sink(Reply::Legacy(Box::new(LegacyReply::Group(group))))?;
        }
        Ok(sink(Reply::Legacy(Box::new(LegacyReply::Detected(view))))?)
    }

    fn convert(
        &self,
        account: &Account,
        asked: ConvertRequest,
    ) -> Result<crate::domain::legacy::run::Run, Fault> {
        let seat = self
            .db
            .local_seat(self.caller.actor(), Some(account.id))
            .map_err(|error| self.legacy_fault(&error))?;
        let write = self.write_as(Some(account.id));
        legacy::convert::convert(self.db, &seat, write, asked)
            .map_err(|error| self.legacy_fault(&error))
    }

    fn see<T>(
        &self,
        account: &Account,
        f: impl FnOnce(&ReadTx<'_>) -> DomainResult<T>,
    ) -> Result<T, Fault> {
        self.read(Some(account.id), f)
            .map_err(|error| self.legacy_fault(&error))
    }

    fn carry<T: Send + 'static>(
        &self,
        account: &Account,
        f: impl FnOnce(&WriteTx<'_>) -> DomainResult<T> + Send + 'static,
    ) -> Result<T, Fault> {
        self.write(Some(account.id), f)
            .map_err(|error| self.legacy_fault(&error))
    }

    fn legacy_fault(&self, error: &Error) -> Fault {
        self.fault(error, RUNS)
    }
}
