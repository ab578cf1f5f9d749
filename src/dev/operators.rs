//! Who signs in.

use std::net::{IpAddr, Ipv4Addr};

use super::{Outcome, PASSWORD, Site};
use crate::app;
use crate::app::operators::own;
use crate::domain::actor::{Actor, MemberRights, SignedIn};
use crate::domain::catalogue;
use crate::domain::error::Error;
use crate::domain::id::{AccountId, MemberId, OperatorId, PermissionGroupId, SessionId};
use crate::domain::operator::{Email, NewOperator};
use crate::domain::password::Password;
use crate::domain::text::Label;
use crate::store;

/// What operators look at the console with, and from where.
pub(super) const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 20, 4, 17));

/// An operator, and what they may do wherever they work.
pub(super) struct Cast {
    pub(super) name: &'static str,
    pub(super) email: &'static str,
    role: PermissionGroupId,
    rights: MemberRights,
    /// Under which name tools are told the address.
    told: &'static str,
}

pub(super) const ALL: [Cast; 5] = [
    Cast {
        name: "Ines Duarte",
        email: "ines.duarte@acme.example",
        role: catalogue::SUPER_ADMINISTRATOR,
        rights: MemberRights::Everything,
        told: "SUPER",
    },
    Cast {
        name: "Tomás Reyes",
        email: "tomas.reyes@acme.example",
        role: catalogue::SUPER_ADMINISTRATOR,
        rights: MemberRights::Everything,
        told: "SECOND_SUPER",
    },
    Cast {
        name: "Maria Lindqvist",
        email: "maria.lindqvist@acme.example",
        role: catalogue::ADMINISTRATOR,
        rights: MemberRights::Administers,
        told: "ADMINISTRATOR",
    },
    Cast {
        name: "Sergei Ivanov",
        email: "sergei.ivanov@acme.example",
        role: catalogue::ADMINISTRATOR_READ_ONLY,
        rights: MemberRights::Reads,
        told: "READER",
    },
    Cast {
        name: "Aiko Mori",
        email: "aiko.mori@acme.example",
        role: catalogue::MINIMAL_ACCOUNT_ACCESS,
        rights: MemberRights::Own,
        told: "NOBODY",
    },
];

/// An operator at work in an account.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) operator: OperatorId,
    email: &'static str,
    member: MemberId,
    rights: MemberRights,
}

impl Site {
    /// Makes this operator, who works in no account yet.
    pub(super) fn operator(&mut self, cast: &Cast) -> Outcome<OperatorId> {
        let new = NewOperator {
            name: Label::parse(cast.name)?,
            email: Email::parse(cast.email)?,
            box_administrator: false,
        };
        let made = self.write(None, move |tx| app::operators::create(tx, &new))?;
        let id = made.id;
        let password = Password::typed(PASSWORD)
            .ok_or_else(|| Error::internal("the password of the seed is none"))?;
        let passwords = self.db.passwords();
        let hash = self.door.wait_for(passwords.hash(&password))?;
        self.write(None, move |tx| {
            store::operators::set_password(tx, id, &hash)
        })?;
        self.seeded.tell(cast.told, cast.email);
        Ok(id)
    }

    /// Signs in, once, before anything else is done at the console; whoever must have an
    /// authenticator sets one up then, and its secret is told.
    fn sign_in(&mut self, cast: &Cast, operator: OperatorId) -> Outcome {
        let actor = Actor::Operator(SignedIn {
            operator,
            email: cast.email.to_owned(),
            session: SessionId::from_bytes(self.db.entropy().uuid_v7(self.db.clock().now_ms())),
            box_administrator: false,
            factor_missing: false,
            member: None,
            rights: None,
        });
        let with_factor = cast.rights == MemberRights::Everything;
        let secret = self.write_as(actor, None, move |tx| {
            if own::get(tx)?.0.signed_in_ms.is_some() {
                return Ok(None);
            }
            let password = store::operators::password(tx, operator)?;
            app::sessions::begin(tx, password.as_deref(), None)?;
            if !with_factor {
                return Ok(None);
            }
            let secret = own::begin_totp(tx)?;
            own::confirm_totp(tx, &secret.code_at(tx.now_ms()))?;
            Ok(Some(secret.to_base32()))
        })?;
        if let Some(secret) = secret {
            self.seeded
                .tell(&format!("{}_TOTP", cast.told), secret.as_str());
        }
        Ok(())
    }

    pub(super) fn place(
        &mut self,
        cast: &Cast,
        operator: OperatorId,
        account: AccountId,
    ) -> Outcome<Worker> {
        let role = cast.role;
        let member = self.write(None, move |tx| {
            app::operators::link(tx, operator, account, role)
        })?;
        self.sign_in(cast, operator)?;
        Ok(Worker {
            operator,
            email: cast.email,
            member: member.id,
            rights: cast.rights,
        })
    }

    /// An account in which the first of them is Super Administrator, and alone.
    pub(super) fn account_of_one(
        &mut self,
        name: &str,
        (told, id): (&str, &str),
        operator: OperatorId,
    ) -> Outcome<(AccountId, Worker)> {
        let account = self.account(name, id)?.id;
        self.seeded.tell(told, account);
        let worker = self.place(&ALL[0], operator, account)?;
        Ok((account, worker))
    }
}

impl Worker {
    /// The same person, as the console would have them.
    pub(super) fn at_console(&self) -> Actor {
        Actor::Operator(SignedIn {
            operator: self.operator,
            email: self.email.to_owned(),
            session: SessionId::from_bytes([0; 16]),
            box_administrator: false,
            factor_missing: false,
            member: Some(self.member),
            rights: Some(self.rights),
        })
    }
}
