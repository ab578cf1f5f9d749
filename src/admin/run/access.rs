//! Accounts, connections, tokens, members.

use serde_json::{Map, Value, json};

use super::{Run, Sink};
use crate::admin::command::{Expires, NewMember, NewToken};
use crate::admin::fault::{Fault, Stop};
use crate::admin::reply::{
    AccountView, ConnectionView, IssuedView, Reply, RolledToken, Secret, TokenView,
};
use crate::app;
use crate::domain::account::{Account, AccountChange};
use crate::domain::connection::{Connection, ConnectionChange, ProviderKind, SettingsChange};
use crate::domain::error::Result as DomainResult;
use crate::domain::id::{AccountId, MemberId};
use crate::domain::text::{Label, UserName};
use crate::domain::token::{self, Expiry, NewOwner, Token};

const ACCOUNTS: &str = "provost account list";
const CONNECTIONS: &str = "provost connection list";
const TOKENS: &str = "provost token list";
const MEMBERS: &str = "provost member list";

impl Run<'_> {
    fn label(&self, text: &str) -> Result<Label, Fault> {
        Label::parse(text).map_err(|error| {
            let mut fault = self.fault(&error, "");
            "choose another name".clone_into(&mut fault.next);
            fault
        })
    }

    pub(super) fn account_create(
        &self,
        name: &str,
        id: Option<AccountId>,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let name = self.label(name)?;
        let made = self.write(None, move |tx| app::accounts::create(tx, &name, id));
        let account = made.map_err(|error| self.fault(&error, ACCOUNTS))?;
        Ok(sink(Reply::Account(account.into()))?)
    }

    pub(super) fn account_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        let accounts = self.read(None, app::accounts::list);
        for account in accounts.map_err(|error| self.fault(&error, ACCOUNTS))? {
            sink(Reply::Account(account.into()))?;
        }
        Ok(())
    }

    pub(super) fn account_show(&self, sink: Sink<'_>) -> Result<(), Stop> {
        Ok(sink(Reply::Account(self.the_account()?.into()))?)
    }

    pub(super) fn account_set(
        &self,
        name: Option<&str>,
        reserved_prefix: Option<String>,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let name = name.map(|name| self.label(name)).transpose()?;
        let id = self.the_account()?.id.to_string();
        let change = AccountChange {
            name,
            reserved_prefix,
        };
        let set = self.write(None, move |tx| app::accounts::set(tx, &id, &change));
        let account = set.map_err(|error| self.fault(&error, ACCOUNTS))?;
        Ok(sink(Reply::Account(account.into()))?)
    }

    /// Requests are counted in memory first; whoever looks wants those of the last seconds too.
    fn count_requests(&self) {
        if let Err(error) = self.db.flush_activity(false) {
            // The figures are a little older then; a read-only server has no newer ones.
            tracing::debug!(%error, "the counters could not be written");
        }
    }

    fn connection_view(&self, account: &Account, connection: Connection) -> DomainResult<Reply> {
        let tokens = self.read(Some(account.id), app::tokens::list)?;
        self.connection_view_of(account, connection, &tokens)
    }

    /// `tokens` are all of the account's.
    fn connection_view_of(
        &self,
        account: &Account,
        connection: Connection,
        tokens: &[Token],
    ) -> DomainResult<Reply> {
        let id = connection.id.to_string();
        let health = self.read(Some(account.id), |tx| app::connections::health(tx, &id))?;
        let now_ms = self.db.credential_now_ms();
        let mine = |token: &&Token| token.connection.as_deref() == Some(connection.name.as_str());
        let rolled = tokens.iter().filter(mine);
        let rolled = rolled.filter_map(|token| RolledToken::of(token, now_ms));
        let rolled_tokens = rolled.collect();
        let view = ConnectionView::new(connection, &health, account.id, self.server_url);
        Ok(Reply::Connection(ConnectionView {
            rolled_tokens,
            ..view
        }))
    }

    fn token_view(&self, token: Token) -> TokenView {
        TokenView::new(token, self.db.credential_now_ms())
    }

    pub(super) fn connection_create(
        &self,
        kind: ProviderKind,
        name: &str,
        settings: SettingsChange,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let name = self.label(name)?;
        let made = self.write(Some(account.id), move |tx| {
            app::connections::create(tx, kind, &name, &settings)
        });
        let (connection, issued) = made.map_err(|error| self.fault(&error, CONNECTIONS))?;
        // The secret exists from here on: nothing below may fail before it is handed over.
        let health = crate::domain::connection::ConnectionHealth::default();
        let view = ConnectionView::new(connection, &health, account.id, self.server_url);
        Ok(sink(self.issued_reply(account, issued, Some(view)))?)
    }

    pub(super) fn connection_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        self.count_requests();
        let account = self.the_account()?;
        let all = self.read(Some(account.id), |tx| {
            Ok((app::connections::list(tx)?, app::tokens::list(tx)?))
        });
        let (all, tokens) = all.map_err(|error| self.fault(&error, CONNECTIONS))?;
        for connection in all {
            let view = self.connection_view_of(&account, connection, &tokens);
            sink(view.map_err(|error| self.fault(&error, CONNECTIONS))?)?;
        }
        Ok(())
    }

    pub(super) fn connection_show(&self, name: &str, sink: Sink<'_>) -> Result<(), Stop> {
        self.count_requests();
        let account = self.the_account()?;
        let found = self.read(Some(account.id), |tx| app::connections::find(tx, name));
        let view = found.and_then(|connection| self.connection_view(&account, connection));
        Ok(sink(
            view.map_err(|error| self.fault(&error, CONNECTIONS))?,
        )?)
    }

    pub(super) fn connection_set(
        &self,
        connection: String,
        name: Option<&str>,
        settings: SettingsChange,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let name = name.map(|name| self.label(name)).transpose()?;
        let change = ConnectionChange { name, settings };
        let set = self.write(Some(account.id), move |tx| {
            app::connections::set(tx, &connection, &change)
        });
        let view = set.and_then(|connection| self.connection_view(&account, connection));
        Ok(sink(
            view.map_err(|error| self.fault(&error, CONNECTIONS))?,
        )?)
    }

    pub(super) fn connection_pause(
        &self,
        connection: String,
        pause: bool,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let set = self.write(Some(account.id), move |tx| {
            let set = if pause {
                app::connections::pause
            } else {
                app::connections::resume
            };
            set(tx, &connection)
        });
        let view = set.and_then(|connection| self.connection_view(&account, connection));
        Ok(sink(
            view.map_err(|error| self.fault(&error, CONNECTIONS))?,
        )?)
    }

    pub(super) fn token_create(&self, new: NewToken, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let owner = match (new.connection, new.member) {
            (Some(connection), _) => NewOwner::Connection(connection),
            (None, Some(member)) => NewOwner::Member(self.member(account.id, &member)?),
            (None, None) => NewOwner::Account,
        };
        let new = token::NewToken {
            name: self.label(&new.name)?,
            template: new.template,
            owner,
            expires: match new.expires {
                Expires::Days(days) => Expiry::Days(days),
                Expires::At(ms) => Expiry::At(ms),
                Expires::Never => Expiry::Never,
            },
            not_before_ms: new.not_before_ms,
            addresses: new.addresses,
        };
        let made = self.write(Some(account.id), move |tx| app::tokens::create(tx, &new));
        let issued = made.map_err(|error| self.fault(&error, CONNECTIONS))?;
        Ok(sink(self.issued_reply(account, issued, None))?)
    }

    /// By id, else by userName.
    fn member(&self, account: AccountId, named: &str) -> Result<MemberId, Stop> {
        if let Ok(id) = named.parse() {
            return Ok(id);
        }
        let name = UserName::parse(named).map_err(|error| self.fault(&error, MEMBERS))?;
        let found = self.read(Some(account), |tx| {
            app::members::get_by_user_name(tx, &name)
        });
        let member = found.map_err(|error| self.fault(&error, MEMBERS))?;
        Ok(member.id)
    }

    pub(super) fn token_list(&self, sink: Sink<'_>) -> Result<(), Stop> {
        self.count_requests();
        let account = self.the_account()?;
        let all = self.read(Some(account.id), app::tokens::list);
        for token in all.map_err(|error| self.fault(&error, TOKENS))? {
            sink(Reply::Token(self.token_view(token)))?;
        }
        Ok(())
    }

    pub(super) fn token_show(&self, token: &str, sink: Sink<'_>) -> Result<(), Stop> {
        self.count_requests();
        let account = self.the_account()?;
        let found = self.read(Some(account.id), |tx| app::tokens::find(tx, token));
        let token = found.map_err(|error| self.fault(&error, TOKENS))?;
        Ok(sink(Reply::Token(self.token_view(token)))?)
    }

    pub(super) fn token_roll(
        &self,
        token: String,
        overlap_ms: i64,
        sink: Sink<'_>,
    ) -> Result<(), Stop> {
        let account = self.the_account()?;
        let rolled = self.write(Some(account.id), move |tx| {
            app::tokens::roll(tx, &token, overlap_ms)
        });
        let issued = rolled.map_err(|error| self.fault(&error, TOKENS))?;
        Ok(sink(self.issued_reply(account, issued, None))?)
    }

    pub(super) fn token_revoke(&self, token: String, sink: Sink<'_>) -> Result<(), Stop> {
        let account = self.the_account()?;
        let revoked = self.write(Some(account.id), move |tx| app::tokens::revoke(tx, &token));
        let token = revoked.map_err(|error| self.fault(&error, TOKENS))?;
        // All its secrets have ended.
        let view = TokenView {
            old_works_until: None,
            state: "revoked".to_owned(),
            ..self.token_view(token)
        };
        Ok(sink(Reply::Token(view))?)
    }

    fn issued_reply(
        &self,
        account: Account,
        issued: app::tokens::IssuedToken,
        connection: Option<ConnectionView>,
    ) -> Reply {
        Reply::Issued(Box::new(IssuedView {
            secret: Secret::from(&issued.secret),
            token: self.token_view(issued.token),
            account: AccountView::from(account),
            connection,
        }))
    }
}

/// The person in SCIM's attributes (RFC 7643 4.1).
pub(super) fn attributes(new: NewMember) -> Map<String, Value> {
    let mut all = Map::new();
    all.insert(
        "schemas".to_owned(),
        json!(["urn:ietf:params:scim:schemas:core:2.0:User"]),
    );
    all.insert("userName".to_owned(), Value::from(new.user_name));
    let mut name = Map::new();
    let parts = [
        ("givenName", new.given_name),
        ("familyName", new.family_name),
    ];
    for (key, part) in parts {
        if let Some(part) = part {
            name.insert(key.to_owned(), Value::from(part));
        }
    }
    if !name.is_empty() {
        all.insert("name".to_owned(), Value::Object(name));
    }
    if let Some(display_name) = new.display_name {
        all.insert("displayName".to_owned(), Value::from(display_name));
    }
    if let Some(email) = new.email {
        let email = json!([{ "value": email, "type": "work", "primary": true }]);
        all.insert("emails".to_owned(), email);
    }
    all
}
