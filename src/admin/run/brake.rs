//! What the brake holds, and the domains of single sign-on.

use super::{Run, Sink};
use crate::admin::command::SsoCommand;
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{DecidedView, Reply};
use crate::app;
use crate::app::brake::HeldAfter;
use crate::domain::brake::{HeldSelection, HeldState};
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::sso_connector::{
    EmailDomain, NewSsoConnector, SsoConnector, SsoConnectorChange,
};
use crate::store::tx::WriteTx;

const CONNECTIONS: &str = "provost connection list";
const HELD: &str = "provost connection held NAME";
const DOMAINS: &str = "provost sso list";
/// Held changes that are read at once.
const HELD_READ: i64 = 500;

impl Run<'_> {
    pub(super) fn connection_held(&self, connection: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let mut after = HeldAfter::default();
        loop {
            let page = self.read(Some(account.id), |tx| {
                app::brake::held_changes(tx, connection, after, HELD_READ)
            });
            let (changes, last) = page.map_err(|error| self.fault(&error, CONNECTIONS))?;
            let read = i64::try_from(changes.len()).unwrap_or(i64::MAX);
            for change in changes {
                sink(Reply::Held(change.into()))?;
            }
            if read < HELD_READ {
                return Ok(());
            }
            after = last;
        }
    }

    pub(super) fn connection_decide(
        &self,
        connection: String,
        state: HeldState,
        which: HeldSelection,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let name = connection.clone();
        let decided = self.write(Some(account.id), move |tx| match state {
            HeldState::Released => app::brake::release(tx, &connection, &which),
            HeldState::Held | HeldState::Discarded => app::brake::discard(tx, &connection, &which),
        });
        let changes = decided.map_err(|error| self.fault(&error, HELD))?;
        Ok(sink(Reply::Decided(DecidedView {
            connection: name,
            state: state.name().to_owned(),
            changes,
        }))?)
    }

    pub(super) fn sso(&self, command: SsoCommand, sink: Sink<'_>) -> Result<(), Stop> {
        match command {
            SsoCommand::List => {
                let account = self.the_account()?;
                let all = self.read(Some(account.id), app::sso_connectors::list);
                for connector in all.map_err(|error| self.sso_fault(&error))? {
                    sink(Reply::Sso(connector.into()))?;
                }
                Ok(())
            }
            SsoCommand::Show { domain } => {
                let account = self.the_account()?;
                let found = self.read(Some(account.id), |tx| {
                    app::sso_connectors::find(tx, &domain)
                });
                let connector = found.map_err(|error| self.sso_fault(&error))?;
                Ok(sink(Reply::Sso(connector.into()))?)
            }
            SsoCommand::Create { domain } => {
                let email_domain =
                    EmailDomain::parse(&domain).map_err(|error| self.sso_fault(&error))?;
                let new = NewSsoConnector {
                    email_domain,
                    begin_verification: true,
                    use_fedramp_language: false,
                };
                self.sso_write(sink, move |tx| app::sso_connectors::create(tx, &new))
            }
            SsoCommand::Set { domain, enabled } => self.sso_write(sink, move |tx| {
                let id = app::sso_connectors::find(tx, &domain)?.id;
                let change = SsoConnectorChange {
                    enabled: Some(enabled),
                    ..SsoConnectorChange::default()
                };
                app::sso_connectors::update(tx, id, &change)
            }),
            SsoCommand::Verify { domain } => self.sso_write(sink, move |tx| {
                let id = app::sso_connectors::find(tx, &domain)?.id;
                app::sso_connectors::verify(tx, id)
            }),
            SsoCommand::Delete { domain } => self.sso_write(sink, move |tx| {
                let id = app::sso_connectors::find(tx, &domain)?.id;
                app::sso_connectors::delete(tx, id)
            }),
        }
    }

    fn sso_write(
        &self,
        sink: Sink<'_>,
        write: impl FnOnce(&WriteTx<'_>) -> DomainResult<SsoConnector> + Send + 'static,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let written = self.write(Some(account.id), write);
        let connector = written.map_err(|error| self.sso_fault(&error))?;
        Ok(sink(Reply::Sso(connector.into()))?)
    }

    fn sso_fault(&self, error: &Error) -> Fault {
        self.fault(error, DOMAINS)
    }
}
