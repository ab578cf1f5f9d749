//! An account where things go wrong: one Super Administrator, a provider that is refused most of
//! what it sends, one that is paused, one that the brake stopped, tokens that have ended; and a
//! migration of legacy groups that can still be undone.

use actix_web::http::Method;
use serde_json::json;

use super::acme::{Crowd, replace};
use super::door::patch;
use super::names::{Name, people};
use super::operators::Worker;
use super::{DAY, MINUTE, Outcome, Site, TROUBLE};
use crate::app;
use crate::domain::actor::{Actor, Permission};
use crate::domain::connection::ProviderKind;
use crate::domain::id::{AccountId, OperatorId};
use crate::domain::legacy::plan::{ConvertRequest, PlanOptions};
use crate::domain::text::Label;
use crate::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use crate::store::writer::{Authority, Write};

pub(super) struct Trouble {
    account: AccountId,
    worker: Worker,
    okta: Crowd,
    entra: Crowd,
}

/// Up to the last hour.
pub(super) fn begin(site: &mut Site, operator: OperatorId) -> Outcome<Trouble> {
    site.move_to(10 * DAY);
    let (account, worker) = site.account_of_one("Globex", TROUBLE, operator)?;
    let mut names = people(&mut site.random, "globex.example", 40);
    let entra_names: Vec<Name> = names.split_off(18);
    let mut okta = site.connect(account, ProviderKind::Okta, "Okta", names)?;
    let mut entra = site.connect(account, ProviderKind::Entra, "Entra ID", entra_names)?;
    site.arrive(&mut okta, 16, MINUTE)?;
    site.arrive(&mut entra, 20, MINUTE)?;
    converted(site, account, &worker, &mut okta)?;
    let token = NewToken {
        name: Label::parse("nightly-report")?,
        template: TokenTemplate::Read,
        owner: NewOwner::Account,
        expires: Expiry::Days(2),
        not_before_ms: None,
        addresses: AddressCondition::default(),
    };
    site.write_as(worker.at_console(), Some(account), move |tx| {
        app::tokens::create(tx, &token)
    })?;
    Ok(Trouble {
        account,
        worker,
        okta,
        entra,
    })
}

impl Trouble {
    /// The last hour.
    pub(super) fn end(&mut self, site: &mut Site) -> Outcome {
        site.move_to(50 * MINUTE);
        refusals(site, &self.okta)?;
        for person in &self.entra.people {
            site.pass(2_000);
            let path = format!("/Users/{}", person.id);
            let body = replace("active", false);
            site.door
                .send(&self.entra.provider, &Method::PATCH, &path, Some(&body));
        }
        site.write_as(self.worker.at_console(), Some(self.account), |tx| {
            app::connections::pause(tx, "Okta")
        })?;
        let okta = &self.okta.provider;
        site.door.refused(okta, &Method::GET, "/Users", None)
    }
}

/// Legacy groups become user groups, and the provider has not sent new names yet.
fn converted(site: &mut Site, account: AccountId, worker: &Worker, okta: &mut Crowd) -> Outcome {
    site.write_as(worker.at_console(), Some(account), |tx| {
        app::legacy::mapping::switch_on(tx, false)
    })?;
    for (role, count) in [("DNS", 5), ("Analytics", 7), ("Firewall", 3)] {
        site.pass(MINUTE);
        site.push_one(okta, &format!("CF-{account} - {role}"), count)?;
    }
    site.move_to(9 * DAY);
    let options = PlanOptions::default();
    let id = app::legacy::plan::new_id(&site.db);
    let plan = site.read(account, |tx| app::legacy::plan::make(tx, id, &options))?;
    let asked = ConvertRequest {
        id,
        fingerprint: plan.fingerprint,
        options,
        confirmed: Vec::new(),
    };
    let actor: Actor = worker.at_console();
    let seat = site.db.local_seat(actor.clone(), Some(account))?;
    let write = Write {
        request: site.request(&actor, Some(account)),
        authority: Authority::Local {
            actor,
            account: Some(account),
        },
        permission: Permission::DirectoryWrite,
        log: None,
    };
    app::legacy::convert::convert(&site.db, &seat, write, asked)?;
    Ok(())
}

/// Everything that a wrong mapping at a provider can be refused for.
fn refusals(site: &mut Site, okta: &Crowd) -> Outcome {
    let taken = &okta.people[0].address;
    let user = |name: &str| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name,
        })
    };
    let path = format!("/Users/{}", okta.people[1].id);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "cf everything",
    });
    let unknown = format!("/Users/{}", "0".repeat(32));
    for _ in 0..6 {
        for (method, path, body) in [
            (Method::POST, "/Users", user(taken)),
            (Method::POST, "/Users", user("")),
            (Method::PATCH, path.as_str(), replace("shoeSize", 44)),
            (
                Method::PATCH,
                path.as_str(),
                patch(json!([{ "op": "copy" }])),
            ),
            (Method::PATCH, unknown.as_str(), replace("title", "Nobody")),
            (Method::POST, "/Groups", group.clone()),
        ] {
            site.pass(4_000);
            site.door
                .refused(&okta.provider, &method, path, Some(&body))?;
        }
    }
    Ok(())
}
