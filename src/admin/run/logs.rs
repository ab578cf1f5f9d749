//! The audit log and the provisioning log.

use super::{Run, Sink};
use crate::admin::command::{LogFilter, Window as Asked};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{AuditView, LogView, Reply};
use crate::app;
use crate::domain::audit::{AuditFilter, AuditRow};
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::id::AccountId;
use crate::domain::provisioning::{Outcome, ProvisioningFilter};
use crate::domain::query::{Start, Window};

/// Rows of one read: none holds the view of the database for long.
const CHUNK_ROWS: i64 = 500;
/// Most rows that a tail starts with.
const TAIL_ROWS_MAX: u32 = 10_000;

const AUDIT: &str = "provost audit tail";
const LOG: &str = "provost log tail";

impl Run<'_> {
    pub(super) fn audit_list(
        &self,
        asked: Asked,
        action: Option<String>,
        since_ms: Option<i64>,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.account_or_box()?;
        let filter = AuditFilter { action, since_ms };
        let read = |window| self.read(account, |tx| app::audit::list(tx, &filter, window));
        let fault = |error: &Error| self.fault(error, AUDIT);
        walk(asked, read, |row| row.seq, fault, &mut |row| {
            Ok(sink(audit_reply(self, row)?)?)
        })
    }

    pub(super) fn audit_show(&self, id: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.account_or_box()?;
        let row = self.read(account, |tx| app::audit::show(tx, id));
        let row = row.map_err(|error| self.fault(&error, AUDIT))?;
        Ok(sink(audit_reply(self, row)?)?)
    }

    pub(super) fn audit_export(&self, since_ms: Option<i64>, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.account_or_box()?;
        self.record_export(account, "audit", since_ms)?;
        let filter = AuditFilter {
            action: None,
            since_ms,
        };
        let read = |window| self.read(account, |tx| app::audit::list(tx, &filter, window));
        let fault = |error: &Error| self.fault(error, AUDIT);
        let all = Asked::After(0);
        walk(all, read, |row| row.seq, fault, &mut |row| {
            Ok(sink(audit_reply(self, row)?)?)
        })
    }

    pub(super) fn audit_verify(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let verdict = app::audit::verify(self.db).map_err(|error| self.fault(&error, AUDIT))?;
        Ok(sink(Reply::AuditVerdict(verdict.into()))?)
    }

    pub(super) fn log_list(
        &self,
        asked: Asked,
        filter: &LogFilter,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.account_for(filter)?;
        let filter = log_filter(filter)?;
        let read = |window| self.read(account, |tx| app::provisioning::list(tx, &filter, window));
        let fault = |error: &Error| self.fault(error, LOG);
        walk(asked, read, |row| row.seq, fault, &mut |row| {
            Ok(sink(Reply::LogRow(Box::new(LogView::from(row))))?)
        })
    }

    pub(super) fn log_show(&self, id: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.account_or_box()?;
        let row = self.read(account, |tx| app::provisioning::show(tx, id));
        let row = row.map_err(|error| self.fault(&error, LOG))?;
        Ok(sink(Reply::LogRow(Box::new(row.into())))?)
    }

    pub(super) fn log_export(&self, filter: &LogFilter, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.account_for(filter)?;
        log_filter(filter)?;
        self.record_export(account, "provisioning", filter.since_ms)?;
        self.log_list(Asked::After(0), filter, sink)
    }

    /// A connection's name means something in one account only.
    fn account_for(&self, filter: &LogFilter) -> Result<Option<AccountId>, Fault> {
        match &filter.connection {
            Some(_) => Ok(Some(self.the_account()?.id)),
            None => self.account_or_box(),
        }
    }

    fn record_export(
        &self,
        account: Option<AccountId>,
        log: &'static str,
        since_ms: Option<i64>,
    ) -> Result<(), Fault> {
        let recorded = self.write(account, move |tx| {
            app::audit::record_export(tx, log, since_ms)
        });
        recorded.map_err(|error| self.fault(&error, AUDIT))
    }
}

fn log_filter(filter: &LogFilter) -> Result<ProvisioningFilter, Fault> {
    let outcome = filter.outcome.as_deref().map(|name| {
        Outcome::parse(name).ok_or_else(|| {
            Fault::usage(
                "cannot search the provisioning log",
                format!("{name:?} is no outcome"),
                "use applied, unchanged, refused or failed",
            )
        })
    });
    Ok(ProvisioningFilter {
        connection: filter.connection.clone(),
        outcome: outcome.transpose()?,
        since_ms: filter.since_ms,
    })
}

fn audit_reply(run: &Run<'_>, row: AuditRow) -> Result<Reply, Fault> {
    let seq = row.seq;
    let view = AuditView::try_from(row).map_err(|error| {
        tracing::error!(seq, %error, "an audit row holds no JSON");
        Fault::new(
            super::exit::CHECK_FAILED,
            format!("cannot {}", super::spoken(run.command)),
            format!("row {seq} was damaged"),
            "provost audit verify",
        )
    })?;
    Ok(Reply::AuditEntry(view))
}

/// Hands the rows of a log to `each`, oldest first, in chunks.
fn walk<R>(
    asked: Asked,
    read: impl Fn(Window) -> DomainResult<Vec<R>>,
    seq: impl Fn(&R) -> i64,
    fault: impl Fn(&Error) -> Fault,
    each: &mut dyn FnMut(R) -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut after = match asked {
        Asked::Last(count) => {
            let limit = i64::from(count.min(TAIL_ROWS_MAX));
            let newest = read(Window {
                from: Start::Newest,
                limit,
            });
            let newest = newest.map_err(|error| fault(&error))?;
            return newest.into_iter().rev().try_for_each(each);
        }
        Asked::After(seq) => seq,
    };
    loop {
        let rows = read(Window {
            from: Start::After(after),
            limit: CHUNK_ROWS,
        });
        let rows = rows.map_err(|error| fault(&error))?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = seq(last);
        rows.into_iter().try_for_each(&mut *each)?;
    }
}
