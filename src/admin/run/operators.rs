//! Operators of the console.

use super::lookup;
use super::{Run, Sink};
use crate::admin::command::{NewOperator as Asked, OperatorCommand};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{AloneView, LinkView, OperatorView, Reply, Secret};
use crate::app;
use crate::domain::error::Error;
use crate::domain::id::AccountId;
use crate::domain::operator::{Email, NewOperator, Operator};
use crate::domain::reference::MemberRef;
use crate::domain::setup::Code;
use crate::domain::text::{Label, fold};
use crate::store::tx::{ReadTx, WriteTx};

const OPERATORS: &str = "provost admin list";

pub(super) fn run(run: &Run<'_>, command: OperatorCommand, sink: Sink<'_>) -> Result<(), Stop> {
    use OperatorCommand as C;
    match command {
        C::SetupLink { minutes } => run.setup_link(minutes, sink),
        C::Create(new) => run.operator_create(new, sink),
        C::Assign {
            operator,
            role,
            member,
        } => run.operator_assign(operator, (role, member), sink),
        C::List => run.operator_list(sink),
        C::Unlock { operator } => run.operator_unlock(&operator, sink),
        C::ResetFactors { operator } => {
            run.operator_change(sink, move |tx| app::operators::reset_factors(tx, &operator))
        }
        C::Recover { operator, minutes } => run.operator_recover(&operator, minutes, sink),
        C::SetDisabled { operator, disabled } => run.operator_change(sink, move |tx| {
            app::operators::set_disabled(tx, &operator, disabled)
        }),
        C::Remove { operator } => run.operator_remove(operator, sink),
        C::Weigh { operator } => run.operator_weigh(&operator, sink),
    }
}

impl Run<'_> {
    fn no_operator(&self, error: &Error) -> Fault {
        self.fault(error, OPERATORS)
    }

    fn link(&self, page: &str, code: &Code) -> Secret {
        Secret::from(format!(
            "{}/{page}?code={}",
            self.server_url,
            *code.grouped()
        ))
    }

    fn setup_link(&self, minutes: i64, sink: Sink<'_>) -> Result<(), Stop> {
        let code = self.write(None, move |tx| app::setup::issue(tx, minutes));
        let code = code.map_err(|error| self.no_operator(&error))?;
        let url = self.link("setup", &code);
        if let Err(error) = self.db.folder().write_setup_url(url.reveal()) {
            tracing::warn!(%error, "the link could not be left in the data folder");
        }
        let operator = None;
        Ok(sink(Reply::Link(Box::new(LinkView {
            url,
            minutes,
            operator,
        })))?)
    }

    /// The account where the operator is to work: the one that was named, else the only one,
    /// else none yet.
    fn workplace(&self) -> Result<Option<AccountId>, Fault> {
        if self.account.is_some() {
            return self.the_account().map(|account| Some(account.id));
        }
        let all = self.read(None, app::accounts::list);
        match all.map_err(|error| self.no_operator(&error))?.as_slice() {
            [] => Ok(None),
            _ => self.the_account().map(|account| Some(account.id)),
        }
    }

    fn operator_create(&self, asked: Asked, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.workplace()?;
        let role = match account {
            Some(id) => {
                let found = self.read_found(id, |tx| lookup::role(tx, &asked.role));
                Some((id, found.map_err(|refusal| self.refused(refusal))?))
            }
            None => None,
        };
        let minutes = asked.minutes;
        let made = self.write(None, move |tx| {
            let email = Email::parse(&asked.email)?;
            let name = asked.name.as_deref().unwrap_or(email.as_str());
            let new = NewOperator {
                name: Label::parse(name)?,
                email: email.clone(),
                box_administrator: asked.box_administrator,
            };
            let operator = app::operators::create(tx, &new)?;
            if let Some((account, role)) = &role {
                app::operators::link(tx, operator.id, *account, role.permission_group)?;
            }
            let code = app::setup::issue_recovery(tx, email.as_str(), minutes)?;
            Ok((operator, code))
        });
        let (operator, code) = made.map_err(|error| self.no_operator(&error))?;
        self.db.folder().remove_setup_url();
        self.answer_link(operator, &code, minutes, sink)
    }

    fn operator_assign(
        &self,
        operator: String,
        (role, member): (Option<String>, Option<String>),
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?.id;
        let found = self.read_found(account, |tx| {
            if let Some(name) = &member {
                return Ok((Some(MemberRef::Id(lookup::member(tx, name)?.id)), None));
            }
            let role = lookup::role(tx, role.as_deref().unwrap_or_default())?;
            Ok((None, Some(role.permission_group)))
        });
        let chosen = found.map_err(|refusal| self.refused(refusal))?;
        self.operator_change(sink, move |tx| {
            let operator = app::operators::find(tx, &operator)?;
            match chosen {
                (Some(which), _) => {
                    app::operators::places::link_member(tx, operator.id, account, &which)?;
                }
                (None, Some(role)) => {
                    app::operators::link(tx, operator.id, account, role)?;
                }
                (None, None) => {}
            }
            Ok(operator)
        })
    }

    fn operator_recover(&self, named: &str, minutes: i64, sink: Sink<'_>) -> Result<(), Stop> {
        let named = named.to_owned();
        let made = self.write(None, move |tx| {
            let code = app::setup::issue_recovery(tx, &named, minutes)?;
            Ok((app::operators::find(tx, &named)?, code))
        });
        let (operator, code) = made.map_err(|error| self.no_operator(&error))?;
        self.answer_link(operator, &code, minutes, sink)
    }

    fn answer_link(
        &self,
        operator: Operator,
        code: &Code,
        minutes: i64,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let url = self.link("recover", code);
        let operator = Some(self.operator_view(operator)?);
        Ok(sink(Reply::Link(Box::new(LinkView {
            url,
            minutes,
            operator,
        })))?)
    }

    fn operator_view(&self, operator: Operator) -> Result<OperatorView, Fault> {
        let id = operator.id;
        let places = self.read(None, |tx: &ReadTx<'_>| app::operators::workplaces(tx, id));
        let places = places.map_err(|error| self.no_operator(&error))?;
        Ok(OperatorView::new(operator, places))
    }

    fn operator_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let all = self.read(None, app::operators::list);
        for operator in all.map_err(|error| self.no_operator(&error))? {
            sink(Reply::Operator(self.operator_view(operator)?))?;
        }
        Ok(())
    }

    fn operator_weigh(&self, named: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let found = self.read(None, |tx: &ReadTx<'_>| {
            let operator = app::operators::find(tx, named)?;
            let rules = |one: &Operator| one.box_administrator && !one.disabled;
            let mut all = app::operators::list(tx)?.into_iter();
            let others = all.any(|one| one.id != operator.id && rules(&one));
            let alone = AloneView {
                accounts: app::operators::places::alone_in(tx, &operator)?,
                box_administrator: rules(&operator) && !others,
            };
            Ok((operator, alone))
        });
        let (operator, alone) = found.map_err(|error| self.no_operator(&error))?;
        let mut view = self.operator_view(operator)?;
        view.alone = Some(alone);
        Ok(sink(Reply::Operator(view))?)
    }

    fn operator_unlock(&self, named: &str, sink: Sink<'_>) -> Result<(), Stop> {
        let which = named.to_owned();
        let found = self.write(None, move |tx| app::operators::unlock(tx, &which));
        let operator = found.map_err(|error| self.no_operator(&error))?;
        // Failures are counted by the server alone; without one there is nothing to forget.
        self.db
            .sign_ins()
            .unlock(&fold(&operator.email), operator.id);
        Ok(sink(Reply::Operator(self.operator_view(operator)?))?)
    }

    fn operator_change(
        &self,
        sink: Sink<'_>,
        change: impl FnOnce(&WriteTx<'_>) -> Result<Operator, Error> + Send + 'static,
    ) -> Result<(), Stop> {
        let operator = self.write(None, change);
        let operator = operator.map_err(|error| self.no_operator(&error))?;
        Ok(sink(Reply::Operator(self.operator_view(operator)?))?)
    }

    fn operator_remove(&self, named: String, sink: Sink<'_>) -> Result<(), Stop> {
        let gone = self.write(None, move |tx| app::operators::remove(tx, &named));
        let gone = gone.map_err(|error| self.no_operator(&error))?;
        Ok(sink(Reply::Operator(OperatorView::new(gone, Vec::new())))?)
    }
}
