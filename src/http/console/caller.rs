//! Who looks at a page, as typed extractors: a handler that has one knows who it is. A handler of
//! a form has a [`Posted`], which has compared the form's token too.
//!
//! [`Visitor`] is anybody; [`Caller`] an operator who is signed in; [`AccountCaller`] one who
//! works in the account of the path. What they may do there is asked again inside each write.

mod posted;
mod renewal;

pub use posted::{Posted, Sender};

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::around;
use super::chrome::{AccountSlot, Chrome, NavCounts, Viewer};
use super::cookies::{self, Cookie};
use super::error::ConsoleError;
use super::flash;
use super::form;
use super::format::{self, Times};
use super::view::{Link, Notice};
use crate::app;
use crate::domain::actor::{MemberRights, Permission, Request, SignedIn};
use crate::domain::error::{Error, Kind, Result};
use crate::domain::id::{AccountId, SessionId};
use crate::domain::operator::Settings;
use crate::domain::reason::Reason;
use crate::domain::session::{Session, SessionSecret};
use crate::http::State;
use crate::http::caller::{Known, account_of, request_of, state_of};
use crate::store::Db;
use crate::store::sessions::ConsoleSeat;
use crate::store::tokens::{Seat, SecretHash};
use crate::store::tx::{ReadTx, WriteTx};
use crate::store::writer::{Authority, Write};

/// People who are named as those who could help.
const HOLDERS_NAMED_MAX: usize = 5;
/// The header of a page that asks for itself again while nobody does anything: an open tab is no
/// sign of its operator (T-26). A feed that connects again is known by what it accepts.
const BY_ITSELF: &str = "x-by-itself";
type Extraction<T> = Pin<Box<dyn Future<Output = std::result::Result<T, ConsoleError>>>>;

/// Whoever opens a page that needs nobody to be signed in. Their forms are bound to a cookie of
/// this browser.
pub struct Visitor {
    pub state: State,
    pub request: Request,
    /// The cookie's value: sent, or a new one that the answer has to set.
    pub browser: String,
    pub is_new: bool,
}

impl FromRequest for Visitor {
    type Error = ConsoleError;
    type Future = std::future::Ready<std::result::Result<Self, ConsoleError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::of(req))
    }
}

/// The same, whose form holds another one: see [`super::ended`].
pub struct Returning(pub Visitor);

impl FromRequest for Returning {
    type Error = ConsoleError;
    type Future = std::future::Ready<std::result::Result<Self, ConsoleError>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Visitor::of(req).map(Self))
    }
}

impl Visitor {
    pub(super) fn of(req: &HttpRequest) -> std::result::Result<Self, ConsoleError> {
        let (state, request) = (state_of(req)?, request_of(req)?);
        let sent = Cookie::Browser.read(&state, req);
        let sent = sent.filter(|value| cookies::is_browser(value));
        let is_new = sent.is_none();
        let browser = sent.map_or_else(|| cookies::new_browser(&state), str::to_owned);
        Ok(Self {
            state,
            request,
            browser,
            is_new,
        })
    }

    /// What stands for the cookie in the database, and what tickets are bound to.
    pub fn browser_hash(&self) -> [u8; 32] {
        self.state.db().keys().hash_token(&self.browser)
    }

    fn about(&self) -> Vec<u8> {
        [b"browser ".as_slice(), self.browser.as_bytes()].concat()
    }

    pub fn chrome(&self, title: impl Into<String>) -> Chrome {
        let mut chrome = Chrome::bare(title, Times::utc(self.state.db().clock().now_ms()));
        chrome.csrf = form::token(&self.state, &self.about());
        chrome
    }
}

/// An operator who is signed in.
pub struct Caller {
    state: State,
    request: Request,
    secret: SecretHash,
    cookie: SessionSecret,
    seat: Arc<Seat>,
    me: SignedIn,
    session: Session,
    name: String,
    settings: Settings,
    account: Option<(AccountId, String)>,
    /// What the roles in the account came to when the cookie was made.
    known_rights: Option<MemberRights>,
    /// What the last form did.
    told: Option<Notice>,
}

impl FromRequest for Caller {
    type Error = ConsoleError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move { Self::of(&req, None).await })
    }
}

/// Has an address at which there is nothing told within the console, to whoever is signed in.
pub(in crate::http) async fn told_within(req: &HttpRequest) {
    let looks = matches!(req.method().as_str(), "GET" | "HEAD");
    let mut parts = req.path().split('/').skip(1);
    let account = match (parts.next(), parts.next()) {
        (Some("a"), Some(id)) => id.parse().ok(),
        _ => None,
    };
    if looks && let Err(error) = Caller::of(req, account).await {
        tracing::trace!(?error, "nothing there, and nobody of the account who asks");
    }
}

/// An operator in the account of the path, where they have a role.
pub struct AccountCaller(Caller);

impl Deref for AccountCaller {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.0
    }
}

impl FromRequest for AccountCaller {
    type Error = ConsoleError;
    type Future = Extraction<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let caller = Caller::of(&req, Some(account_of(&req))).await?;
            // Whoever has no role here sees nothing of it.
            caller.require(Permission::AccountRead)?;
            Ok(Self(caller))
        })
    }
}

impl AccountCaller {
    pub fn account(&self) -> AccountId {
        let account = self.0.account.as_ref();
        account.map_or(AccountId::from_bytes([0; 16]), |(id, _)| *id)
    }
}

impl Caller {
    async fn of(
        req: &HttpRequest,
        account: Option<AccountId>,
    ) -> std::result::Result<Self, ConsoleError> {
        let (state, request) = (state_of(req)?, request_of(req)?);
        let cookie = Cookie::Session.read(&state, req);
        let cookie = cookie.and_then(SessionSecret::parse);
        let cookie = cookie.ok_or(ConsoleError::SignedOut)?;
        let found = state.db().console_seat(&cookie, None);
        let (secret, on_box) = found.map_err(signed_out)?;
        let caller = Self::seated(state, request, (secret, cookie), on_box)?;
        // From here on errors are told within the console.
        req.extensions_mut().insert(caller.chrome());
        caller.require_factor(req)?;
        let mut caller = match account {
            None => caller,
            Some(account) => caller.in_account(account)?.renewed(req).await?,
        };
        caller.told = flash::told(req);
        req.extensions_mut().insert(Known {
            seat: Arc::clone(&caller.seat),
            logged: Arc::<AtomicBool>::default(),
        });
        req.extensions_mut().insert(caller.chrome());
        let accepts = req.headers().get(header::ACCEPT);
        let feeds = accepts.is_some_and(|types| types == "text/event-stream");
        let by_itself = feeds || req.headers().contains_key(BY_ITSELF);
        if !by_itself && caller.session.seen_is_old(caller.now_ms()) {
            let seen = caller
                .write(Permission::OwnOperator, app::sessions::touch)
                .await;
            // A disk that is full must not keep people from looking.
            if let Err(error) = seen {
                tracing::debug!(?error, "a session's last request was not noted");
            }
        }
        Ok(caller)
    }

    fn seated(
        state: State,
        request: Request,
        (secret, cookie): (SecretHash, SessionSecret),
        found: ConsoleSeat,
    ) -> Result<Self> {
        let me = found.seat.actor.own_operator()?.clone();
        Ok(Self {
            state,
            request,
            secret,
            cookie,
            me,
            session: found.session,
            name: found.name,
            settings: found.settings,
            account: found.seat.account.zip(found.account_name),
            known_rights: found.known_rights,
            told: None,
            seat: Arc::new(found.seat),
        })
    }

    /// Whoever has just signed in.
    pub fn entered(
        visitor: &Visitor,
        session: &SessionSecret,
    ) -> std::result::Result<Self, ConsoleError> {
        let found = visitor.state.db().console_seat(session, None);
        let (secret, found) = found.map_err(signed_out)?;
        let cookie = SessionSecret::parse(session.reveal()).ok_or(ConsoleError::SignedOut)?;
        let (state, request) = (visitor.state.clone(), visitor.request.clone());
        Ok(Self::seated(state, request, (secret, cookie), found)?)
    }

    /// The same caller in an account where they work.
    pub fn in_account(self, account: AccountId) -> std::result::Result<Self, ConsoleError> {
        self.moved_to(Some(account))
    }

    /// The same caller on the box.
    pub fn on_box(self) -> std::result::Result<Self, ConsoleError> {
        self.moved_to(None)
    }

    fn moved_to(self, account: Option<AccountId>) -> std::result::Result<Self, ConsoleError> {
        let found = self.state.db().console_seat(&self.cookie, account);
        let (secret, found) = found.map_err(signed_out)?;
        Ok(Self::seated(
            self.state,
            self.request,
            (secret, self.cookie),
            found,
        )?)
    }

    /// Another caller: the same one, in an account where they work.
    pub fn again_in(&self, account: AccountId) -> std::result::Result<Self, ConsoleError> {
        let found = self.state.db().console_seat(&self.cookie, Some(account));
        let (secret, found) = found.map_err(signed_out)?;
        let cookie = SessionSecret::parse(self.cookie.reveal());
        let cookie = cookie.ok_or(ConsoleError::SignedOut)?;
        let (state, request) = (self.state.clone(), self.request.clone());
        Ok(Self::seated(state, request, (secret, cookie), found)?)
    }

    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn request(&self) -> &Request {
        &self.request
    }

    /// What the account is called in which they work here.
    pub fn account_name(&self) -> Option<&str> {
        self.account.as_ref().map(|(_, name)| name.as_str())
    }

    /// Who it is, and what they may do.
    pub fn me(&self) -> &SignedIn {
        &self.me
    }

    pub fn session(&self) -> &Session {
        &self.session
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    pub fn now_ms(&self) -> i64 {
        self.state.db().credential_now_ms()
    }

    /// The value of the cookie that was sent, for an answer that changes its attributes alone.
    pub fn cookie(&self) -> &SessionSecret {
        &self.cookie
    }

    /// Whether they may: for what a page shows or leaves out. Use cases ask again.
    pub fn allows(&self, permission: Permission) -> bool {
        self.seat.actor.allows(permission)
    }

    /// The same where the page is nothing without.
    ///
    /// Errors: `Denied`, with the roles that would allow it and, for whoever may know, people who
    /// can sign in and have one of them.
    pub fn require(&self, permission: Permission) -> std::result::Result<(), ConsoleError> {
        self.seat
            .actor
            .require(permission)
            .map_err(|error| self.denied(permission, error))
    }

    fn denied(&self, permission: Permission, error: Error) -> ConsoleError {
        let roles = MemberRights::roles_for(permission);
        let mut holders = Vec::new();
        if !roles.is_empty() && self.allows(Permission::DirectoryRead) {
            let found = self.read(|tx| app::operators::places::who_may(tx, permission));
            let base = self.chrome().path("/members");
            for member in found
                .unwrap_or_default()
                .into_iter()
                .take(HOLDERS_NAMED_MAX)
            {
                let id = member.membership_id;
                holders.push(Link::new(member.name, format!("{base}/{id}")));
            }
        }
        ConsoleError::Denied {
            error,
            roles: roles.into_iter().map(str::to_owned).collect(),
            holders,
        }
    }

    /// Dangerous actions want the password to have been given within five minutes (T-28): asked
    /// by the page with the form, and again by what it sends.
    ///
    /// Errors: `Unconfirmed`, which leads to the password's page and back.
    pub fn require_confirmed(&self) -> std::result::Result<(), ConsoleError> {
        if self.session.is_confirmed(self.now_ms()) {
            Ok(())
        } else {
            Err(ConsoleError::Unconfirmed)
        }
    }

    /// What surrounds the page: the viewer, the account, the token of forms.
    pub fn chrome(&self) -> Chrome {
        let theme = super::chrome::Theme::of(self.settings.theme);
        let viewer = Viewer::new(&self.name, &self.me.email)
            .theme(theme)
            .keys(self.settings.shortcuts)
            .standing(self.me.standing());
        let zone = format::zone(&self.settings.zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let times = Times::new(zone, self.state.db().clock().now_ms());
        let chrome = Chrome::new(viewer, form::token(&self.state, &self.about()), times);
        let chrome = match &self.account {
            // Without counts a page is one all the same; whoever may not read them is shown none.
            Some((id, name)) => {
                let slot = AccountSlot::new(*id, name);
                match self.read(app::overview::counts) {
                    Ok(counts) => around::of_account(chrome, slot, counts),
                    Err(_) => chrome.account(slot, NavCounts::default()),
                }
            }
            None => chrome,
        };
        around::of_box(chrome, self.state.db().condition()).flash(self.told.clone())
    }

    fn about(&self) -> Vec<u8> {
        bound_to(self.session.id)
    }

    /// Whether a form has the token of this session.
    pub fn sent(&self, form: &form::Form) -> bool {
        form::bound(&self.state, form, &self.about()) == form::Bound::Here
    }

    /// A bounded read, on this thread.
    pub fn read<T>(&self, f: impl FnOnce(&ReadTx<'_>) -> Result<T>) -> Result<T> {
        self.state.db().read(&self.seat, f)
    }

    /// A read that may take long, on the pool.
    pub async fn read_long<T: Send + 'static>(
        &self,
        f: impl FnOnce(&ReadTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.state.db().read_long(Arc::clone(&self.seat), f).await
    }

    /// A write; session, operator and `permission` are judged again when its turn comes.
    pub async fn write<T: Send + 'static>(
        &self,
        permission: Permission,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let write = self.authorized(permission);
        let work = move |tx: &WriteTx<'_>| {
            // The row of the audit log names the status of the answer.
            tx.note_status(303);
            f(tx)
        };
        self.state.db().write(write, work).await
    }

    /// A use case that takes long and makes its write itself: see [`State::work`].
    pub async fn work<T: Send + 'static>(
        &self,
        permission: Permission,
        f: impl FnOnce(&Db, &Seat, Write<Error>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (seat, write) = (Arc::clone(&self.seat), self.authorized(permission));
        self.state.work(seat, write, f).await
    }

    fn authorized(&self, permission: Permission) -> Write<Error> {
        Write {
            authority: Authority::Session {
                secret: self.secret,
                account: self.seat.account,
            },
            permission,
            request: self.request.clone(),
            log: None,
        }
    }
}

/// What the token of a session's forms is bound to.
pub(super) fn bound_to(session: SessionId) -> Vec<u8> {
    [b"session ".as_slice(), session.as_bytes()].concat()
}

/// Whoever is no longer signed in is led to the sign-in page; other errors stay what they are.
fn signed_out(error: Error) -> ConsoleError {
    if error.kind() == Kind::Unauthenticated && error.reason() == Reason::SignInRefused {
        ConsoleError::SignedOut
    } else {
        error.into()
    }
}
