//! The e-mail domains of an account. Whether the account owns a domain is confirmed by an
//! operator on the server's machine: an appliance may see no public DNS, and believes none.

use crate::domain::actor::{Actor, Permission};
use crate::domain::audit::{Action, Event};
use crate::domain::error::{Error, Result};
use crate::domain::id::SsoConnectorId;
use crate::domain::reason::Reason;
use crate::domain::sso_connector::{
    NewSsoConnector, SsoConnector, SsoConnectorChange, VerificationStatus, domain_of,
};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::{audit, sso_connectors};

/// What the code of a domain begins with.
const CODE_PREFIX: &str = "provost_sso=";
/// So many codes there are: 16 digits.
const CODES: u64 = 10_000_000_000_000_000;

/// Adds a domain, not enabled.
///
/// Errors: `Forbidden`, `Conflict` (the account has it).
pub fn create(tx: &WriteTx<'_>, new: &NewSsoConnector) -> Result<SsoConnector> {
    tx.require(Permission::SsoWrite)?;
    let digits = u64::from_be_bytes(tx.entropy().bytes()) % CODES;
    let code = format!("{CODE_PREFIX}{digits:016}");
    let connector = sso_connectors::insert(tx, new, &code)?;
    let event = event(Action::SsoConnectorCreate, &connector);
    audit::append(tx, event.after(sso_connectors::facts(&connector)))?;
    Ok(connector)
}

/// The account's domains, by name.
///
/// Errors: `Forbidden`.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<SsoConnector>> {
    tx.require(Permission::SsoRead)?;
    sso_connectors::list(tx)
}

/// Errors: `Forbidden`, `NotFound`.
pub fn get(tx: &ReadTx<'_>, id: SsoConnectorId) -> Result<SsoConnector> {
    tx.require(Permission::SsoRead)?;
    sso_connectors::get(tx, id)
}

/// The one of that id, or of that domain.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn find(tx: &ReadTx<'_>, id_or_domain: &str) -> Result<SsoConnector> {
    tx.require(Permission::SsoRead)?;
    sso_connectors::get_named(tx, id_or_domain)
}

/// Changes a domain.
///
/// Errors: `Forbidden`, `NotFound`, `Invalid` (enabling one that is not verified), `Conflict`
/// (enabled in another account).
pub fn update(
    tx: &WriteTx<'_>,
    id: SsoConnectorId,
    change: &SsoConnectorChange,
) -> Result<SsoConnector> {
    tx.require(Permission::SsoWrite)?;
    let before = sso_connectors::get(tx, id)?;
    if change.enabled == Some(true) && before.status != VerificationStatus::Verified {
        return Err(Error::invalid(
            Reason::InvalidValue,
            format!(
                "The domain {} is not verified (its status is {}); verify it before it is \
                 enabled, with `provost sso verify` on the server.",
                before.email_domain,
                before.status.name()
            ),
        ));
    }
    if !sso_connectors::update(tx, &before, change)? {
        return Ok(before);
    }
    recorded(tx, Action::SsoConnectorUpdate, &before)
}

/// Begins the verification, or begins it anew; a verified domain stays verified.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn begin_verification(tx: &WriteTx<'_>, id: SsoConnectorId) -> Result<SsoConnector> {
    tx.require(Permission::SsoWrite)?;
    let before = sso_connectors::get(tx, id)?;
    if before.status == VerificationStatus::Verified {
        return Ok(before);
    }
    sso_connectors::set_status(tx, id, VerificationStatus::Pending)?;
    recorded(tx, Action::SsoConnectorUpdate, &before)
}

/// Confirms that the account owns the domain: for whoever has seen the code in its TXT record,
/// or knows without, and for no token.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn verify(tx: &WriteTx<'_>, id: SsoConnectorId) -> Result<SsoConnector> {
    tx.require(Permission::ConnectionsWrite)?;
    let before = sso_connectors::get(tx, id)?;
    if before.status == VerificationStatus::Verified {
        return Ok(before);
    }
    sso_connectors::set_status(tx, id, VerificationStatus::Verified)?;
    recorded(tx, Action::SsoConnectorVerify, &before)
}

/// Removes a domain; as it was.
///
/// Errors: `Forbidden`, `NotFound`.
pub fn delete(tx: &WriteTx<'_>, id: SsoConnectorId) -> Result<SsoConnector> {
    tx.require(Permission::SsoWrite)?;
    let connector = sso_connectors::get(tx, id)?;
    sso_connectors::delete(tx, id)?;
    let event = event(Action::SsoConnectorDelete, &connector);
    audit::append(tx, event.before(sso_connectors::facts(&connector)))?;
    Ok(connector)
}

/// Keeps a connection whose `require_sso_domain` is on from ending the membership of
/// somebody with this address, unless it is of a verified, enabled domain of the account.
///
/// Errors: `Forbidden`.
pub(in crate::app) fn check_deprovisioning(tx: &ReadTx<'_>, address: &str) -> Result<()> {
    let Actor::Client(client) = tx.actor() else {
        return Ok(());
    };
    if !client.settings.require_sso_domain || sso_connectors::is_enabled(tx, &domain_of(address))? {
        return Ok(());
    }
    Err(Error::forbidden(
        Reason::SsoDomainMissing,
        format!(
            "The address {address:?} is in no verified, enabled SSO domain of this account, and \
             the connection {:?} may deprovision only people of those; add and verify the domain \
             with `provost sso`, or set the connection's require_sso_domain to off.",
            client.connection_name
        ),
    ))
}

fn event(action: Action, connector: &SsoConnector) -> Event {
    Event::new(action, connector.id, connector.email_domain.as_str())
}

fn recorded(tx: &WriteTx<'_>, action: Action, before: &SsoConnector) -> Result<SsoConnector> {
    let after = sso_connectors::get(tx, before.id)?;
    let event = event(action, &after)
        .before(sso_connectors::facts(before))
        .after(sso_connectors::facts(&after));
    audit::append(tx, event)?;
    Ok(after)
}
