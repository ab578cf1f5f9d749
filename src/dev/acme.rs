//! The account in which much has happened: three providers, policies, legacy groups, tokens, and
//! one day of traffic.

use std::net::SocketAddr;

use actix_web::http::Method;
use serde_json::{Value, json};

use super::door::{Provider, id_of, patch};
use super::names::{
    DEPARTMENTS, DOMAINS, ENTRA_GROUPS, GroupPlan, LAB_GROUPS, LOCAL_GROUPS, Name, OKTA_GROUPS,
    TITLES, people,
};
use super::operators::{ALL, Worker};
use super::{DAY, HOUR, MINUTE, Outcome, Site};
use crate::app;
use crate::app::members::by_hand::Invitation;
use crate::domain::account::AccountChange;
use crate::domain::brake::Brake;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::domains::DomainName;
use crate::domain::id::{AccountId, MemberId};
use crate::domain::policy::{Access, NewPolicy};
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope};
use crate::domain::role::custom::{NewRole, RoleDescription, parse_permissions};
use crate::domain::role::{RoleRef, RoleScope};
use crate::domain::text::{GroupName, Label, RoleName};
use crate::domain::token::{AddressCondition, Expiry, NewOwner, NewToken, TokenTemplate};
use crate::store::tx::WriteTx;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Somebody whom a provider has pushed.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) id: String,
    pub(super) address: String,
    pub(super) active: bool,
}

/// A provider with all that it has pushed.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) provider: Provider,
    /// How its own ids begin.
    ids: &'static str,
    /// Those still to come.
    pub(super) waiting: Vec<Name>,
    pub(super) people: Vec<Person>,
    pub(super) groups: Vec<Pushed>,
}

#[derive(Debug, Clone)]
pub(super) struct Pushed {
    pub(super) id: String,
    /// Places among the provider's people.
    pub(super) members: Vec<usize>,
}

pub(super) struct Acme {
    pub(super) account: AccountId,
    pub(super) ines: Worker,
    pub(super) maria: Worker,
    pub(super) okta: Crowd,
    pub(super) entra: Crowd,
    pub(super) lab: Crowd,
}

/// Everything, from the first operator to the week before the last.
pub(super) fn live(site: &mut Site, account: AccountId) -> Outcome<Acme> {
    let mut workers = Vec::new();
    for cast in &ALL {
        site.pass(3 * HOUR);
        let operator = site.operator(cast)?;
        workers.push(site.place(cast, operator, account)?);
    }
    let (ines, maria) = (workers[0].clone(), workers[2].clone());
    prepare(site, account, &ines)?;
    let mut names = people(&mut site.random, "acme.example", 236);
    let lab_names = names.split_off(226);
    let entra_names = names.split_off(136);
    site.move_to(359 * DAY);
    let mut okta = site.connect(account, ProviderKind::Okta, "Okta Workforce", names)?;
    site.arrive(&mut okta, 112, 20 * MINUTE)?;
    site.push(&mut okta, &OKTA_GROUPS, 9 * HOUR)?;
    site.move_to(276 * DAY);
    let mut lab = site.connect(account, ProviderKind::Authentik, "authentik lab", lab_names)?;
    site.arrive(&mut lab, 10, 5 * MINUTE)?;
    site.push(&mut lab, &LAB_GROUPS, HOUR)?;
    site.move_to(153 * DAY);
    let mut entra = site.connect(
        account,
        ProviderKind::Entra,
        "Microsoft Entra ID",
        entra_names,
    )?;
    site.arrive(&mut entra, 78, 40 * MINUTE)?;
    site.push(&mut entra, &ENTRA_GROUPS, 5 * HOUR)?;
    let mut acme = Acme {
        account,
        ines,
        maria,
        okta,
        entra,
        lab,
    };
    acme.by_hand(site)?;
    acme.legacy(site)?;
    acme.tokens(site)?;
    Ok(acme)
}

/// What is there before any provider is.
fn prepare(site: &Site, account: AccountId, ines: &Worker) -> Outcome {
    site.write_as(ines.at_console(), Some(account), |tx| {
        for name in DOMAINS {
            app::domains::add(tx, &DomainName::parse(name)?, None)?;
        }
        Ok(())
    })?;
    site.pass(5 * DAY);
    let roles = [
        (
            "Invoice Approver",
            "Approves invoices up to the limit of the cost centre.",
            ["invoices:read", "invoices:approve", "vendors:read"],
        ),
        (
            "Change Board Member",
            "Votes on changes of production.",
            ["changes:read", "changes:vote", "calendar:read"],
        ),
        (
            "Badge Desk",
            "Prints badges and ends them.",
            ["badges:read", "badges:print", "badges:end"],
        ),
    ];
    for (name, description, permissions) in roles {
        site.pass(HOUR);
        let new = NewRole {
            name: RoleName::parse(name)?,
            description: RoleDescription::parse(description)?,
            scope: RoleScope::Account,
            permissions: parse_permissions(permissions)?,
        };
        site.write_as(ines.at_console(), Some(account), move |tx| {
            app::roles::create(tx, &new)
        })?;
    }
    for name in ["Cloudchamber Admin", "Cloudchamber Admin Read Only"] {
        site.write_as(ines.at_console(), Some(account), move |tx| {
            app::roles::hide(tx, &RoleRef::Named(name.to_owned()))
        })?;
    }
    Ok(())
}

impl Site {
    pub(super) fn connect(
        &mut self,
        account: AccountId,
        kind: ProviderKind,
        name: &str,
        waiting: Vec<Name>,
    ) -> Outcome<Crowd> {
        let label = Label::parse(name)?;
        let settings = SettingsChange {
            // Few enough that a day has something to hold.
            brake: (kind == ProviderKind::Entra).then_some(Brake::People(10)),
            ..SettingsChange::default()
        };
        let (_, token) = self.write(Some(account), move |tx| {
            app::connections::create(tx, kind, &label, &settings)
        })?;
        let told = format!("{}_TOKEN", kind.name().to_uppercase());
        if self.seeded.get(&told).is_none() {
            self.seeded.tell(&told, token.secret.reveal());
        }
        let (agent, ids, address) = match kind {
            ProviderKind::Okta => ("Okta SCIM Client 1.0.0", "00u", ([198, 51, 100, 24], 40411)),
            ProviderKind::Entra => ("Azure-AD-SCIM", "e7", ([203, 0, 113, 90], 50122)),
            ProviderKind::Authentik => ("goauthentik.io", "ak", ([192, 0, 2, 33], 33100)),
            ProviderKind::Generic => ("scim/1", "g", ([192, 0, 2, 80], 41000)),
        };
        Ok(Crowd {
            provider: Provider {
                base: format!("/client/v4/accounts/{account}/scim/v2"),
                token: token.secret.reveal().to_owned(),
                agent,
                address: SocketAddr::from(address),
            },
            ids,
            waiting,
            people: Vec::new(),
            groups: Vec::new(),
        })
    }

    /// Lets that many people come, one after the other.
    pub(super) fn arrive(&mut self, crowd: &mut Crowd, count: usize, apart: i64) -> Outcome {
        for _ in 0..count.min(crowd.waiting.len()) {
            let between = self.random.milliseconds(apart);
            self.pass(between);
            self.hire(crowd)?;
        }
        Ok(())
    }

    /// Lets the next one come.
    pub(super) fn hire(&mut self, crowd: &mut Crowd) -> Outcome {
        if crowd.waiting.is_empty() {
            return Ok(());
        }
        let name = crowd.waiting.remove(0);
        let number = crowd.people.len();
        let department = *self.random.one_of(&DEPARTMENTS);
        let body = json!({
            "schemas": [USER, ENTERPRISE],
            "userName": name.address,
            "externalId": format!("{}{:06x}{:04}", crowd.ids, self.random.below(1 << 24), number),
            "displayName": format!("{} {}", name.given, name.family),
            "name": { "givenName": name.given, "familyName": name.family },
            "emails": [{ "value": name.address, "type": "work", "primary": true }],
            "title": self.random.one_of(&TITLES),
            "active": true,
            ENTERPRISE: {
                "department": department,
                "employeeNumber": format!("{}", 10_200 + self.random.below(700)),
                "costCenter": format!("CC-{}", 100 + self.random.below(40)),
            },
        });
        let made = self
            .door
            .done(&crowd.provider, &Method::POST, "/Users", &body)?;
        crowd.people.push(Person {
            id: id_of(&made),
            address: name.address,
            active: true,
        });
        Ok(())
    }

    pub(super) fn push(&mut self, crowd: &mut Crowd, plans: &[GroupPlan], apart: i64) -> Outcome {
        for plan in plans {
            let between = self.random.milliseconds(apart);
            self.pass(between);
            self.push_one(crowd, plan.name, plan.people)?;
        }
        Ok(())
    }

    /// Pushes a group with so many people, chosen by chance.
    pub(super) fn push_one(&mut self, crowd: &mut Crowd, name: &str, count: usize) -> Outcome {
        let mut members: Vec<usize> = (0..crowd.people.len()).collect();
        for place in 0..members.len() {
            let other = place + self.random.below(members.len() - place);
            members.swap(place, other);
        }
        members.truncate(count);
        let values: Vec<Value> = members
            .iter()
            .map(|&place| json!({ "value": crowd.people[place].id }))
            .collect();
        let body = json!({
            "schemas": [GROUP],
            "displayName": name,
            "externalId": format!("{}g{:07x}", crowd.ids, self.random.below(1 << 28)),
            "members": values,
        });
        let made = self
            .door
            .done(&crowd.provider, &Method::POST, "/Groups", &body)?;
        crowd.groups.push(Pushed {
            id: id_of(&made),
            members,
        });
        Ok(())
    }

    /// Gives a group what its plan says.
    pub(super) fn grant(&self, account: AccountId, worker: &Worker, plan: &GroupPlan) -> Outcome {
        if plan.roles.is_empty() {
            return Ok(());
        }
        let (name, roles, on, denied) = (plan.name, plan.roles, plan.on, plan.denied);
        self.write_as(worker.at_console(), Some(account), move |tx| {
            let mut policies = vec![policy(tx, Access::Allow, roles, on)?];
            if !denied.is_empty() {
                policies.push(policy(tx, Access::Deny, &[denied], "")?);
            }
            let group = GroupRef::Named(name.to_owned());
            app::policies::set_of_group(tx, &group, &policies)
        })?;
        Ok(())
    }
}

fn policy(tx: &WriteTx<'_>, access: Access, roles: &[&str], on: &str) -> Outcome<NewPolicy> {
    let mut permission_groups = Vec::new();
    for role in roles {
        let role = app::roles::get(tx, &RoleRef::Named((*role).to_owned()))?;
        permission_groups.push(role.permission_group);
    }
    let scope = if on.is_empty() {
        NewScope::WholeAccount
    } else {
        NewScope::Domains(vec![app::domains::find(tx, on)?.id])
    };
    Ok(NewPolicy {
        id: None,
        access,
        permission_groups,
        resource_groups: vec![ChosenScope::Inline(scope)],
    })
}

impl Acme {
    /// What operators did: policies, groups and people of their own.
    fn by_hand(&mut self, site: &mut Site) -> Outcome {
        site.move_to(60 * DAY);
        for plan in OKTA_GROUPS.iter().chain(&ENTRA_GROUPS).chain(&LAB_GROUPS) {
            let between = site.random.milliseconds(7 * HOUR);
            site.pass(between);
            site.grant(self.account, &self.ines, plan)?;
        }
        for plan in &LOCAL_GROUPS {
            site.pass(2 * HOUR);
            let (name, count) = (GroupName::parse(plan.name)?, plan.people);
            let first = site.random.below(self.okta.people.len() - count);
            let chosen: Vec<MemberId> = self.okta.people[first..first + count]
                .iter()
                .filter_map(|person| person.id.parse().ok())
                .collect();
            site.write_as(self.ines.at_console(), Some(self.account), move |tx| {
                let (_, made) = app::groups::by_hand::make(tx, &name, &[])?;
                let chosen: Vec<_> = chosen.iter().map(|id| id.membership()).collect();
                app::groups::by_hand::add_people(tx, &GroupRef::Id(made.id), &chosen)
            })?;
            site.grant(self.account, &self.ines, plan)?;
        }
        for (address, accepted) in [
            ("auditor@ledger-partners.example", true),
            ("pentest@harbour-security.example", true),
            ("interim.cfo@acme.example", true),
            ("new.hire@acme.example", false),
            ("board.secretary@acme.example", false),
        ] {
            site.pass(30 * MINUTE);
            let invited = Invitation::by_email(address, accepted, None)?;
            site.write_as(self.maria.at_console(), Some(self.account), |tx| {
                app::members::by_hand::invite(tx, invited)
            })?;
        }
        self.own_policies(site)
    }

    /// Policies of single people.
    fn own_policies(&self, site: &Site) -> Outcome {
        let given = [
            (
                "auditor@ledger-partners.example",
                "Administrator Read Only",
                "",
            ),
            ("pentest@harbour-security.example", "Firewall", ""),
            ("interim.cfo@acme.example", "Billing", ""),
        ];
        for (who, role, on) in given {
            site.pass(20 * MINUTE);
            site.write_as(self.ines.at_console(), Some(self.account), move |tx| {
                let member = MemberRef::Named(who.to_owned());
                let mut policies = vec![
                    policy(tx, Access::Allow, &["Minimal Account Access"], "")?,
                    policy(tx, Access::Allow, &[role], on)?,
                ];
                if who.starts_with("pentest") {
                    policies.push(policy(tx, Access::Deny, &["DNS"], "")?);
                }
                app::policies::set_of_member(tx, &member, &policies)
            })?;
        }
        Ok(())
    }

    /// Groups whose names grant roles, and some that nearly do.
    fn legacy(&mut self, site: &mut Site) -> Outcome {
        site.move_to(30 * DAY);
        let own = self.account;
        self.set_prefix(site, "")?;
        let other = "f037e56e89293a057740de681ac9abbe";
        for (name, count) in [
            (format!("CF-{own} - Zone Editor"), 3),
            (format!("CF-{own} -  Analytics"), 4),
            (format!("CF-{other} - Firewall"), 2),
            (format!("CF-{own} - Domain Administrator"), 2),
        ] {
            site.pass(3 * MINUTE);
            site.push_one(&mut self.entra, &name, count)?;
        }
        self.set_prefix(site, "CF")?;
        site.write_as(self.ines.at_console(), Some(own), |tx| {
            app::legacy::mapping::switch_on(tx, true)
        })?;
        for (role, count) in [
            ("Administrator", 12),
            ("Super Administrator - All Privileges", 4),
            ("Audit Logs Viewer", 9),
        ] {
            site.pass(11 * MINUTE);
            let name = format!("CF-{own} - {role}");
            site.push_one(&mut self.okta, &name, count)?;
        }
        for (role, count) in [("DNS", 13), ("Billing", 6)] {
            site.pass(11 * MINUTE);
            let name = format!("CF-{own} - {role}");
            site.push_one(&mut self.entra, &name, count)?;
        }
        Ok(())
    }

    /// The last week, but for its last day.
    pub(super) fn week(&mut self, site: &mut Site) -> Outcome {
        site.move_to(7 * DAY);
        site.arrive(&mut self.okta, 9, 11 * HOUR)?;
        site.arrive(&mut self.entra, 4, 9 * HOUR)
    }

    fn set_prefix(&self, site: &Site, prefix: &str) -> Outcome {
        let change = AccountChange {
            reserved_prefix: Some(prefix.to_owned()),
            ..AccountChange::default()
        };
        let account = self.account.to_string();
        site.write(None, move |tx| app::accounts::set(tx, &account, &change))?;
        Ok(())
    }

    fn tokens(&self, site: &mut Site) -> Outcome {
        site.move_to(21 * DAY);
        let office: Option<ipnet::IpNet> = "10.20.0.0/16".parse().ok();
        let new = |name: &str, template, days| -> Outcome<NewToken> {
            Ok(NewToken {
                name: Label::parse(name)?,
                template,
                owner: NewOwner::Account,
                expires: Expiry::Days(days),
                not_before_ms: None,
                addresses: AddressCondition::default(),
            })
        };
        let mut from_office = new("siem-export", TokenTemplate::Read, 180)?;
        from_office.addresses.allow.extend(office);
        let tokens = [
            (
                "TERRAFORM_TOKEN",
                new("terraform-staging", TokenTemplate::Admin, 365)?,
            ),
            ("SIEM_TOKEN", from_office),
            ("READ_TOKEN", new("access-review", TokenTemplate::Read, 90)?),
            (
                "CI_TOKEN",
                new("ci-directory-sync", TokenTemplate::Scim, 26)?,
            ),
            (
                "EXPIRED_TOKEN",
                new("old-importer", TokenTemplate::Scim, 14)?,
            ),
        ];
        for (told, token) in tokens {
            site.pass(HOUR);
            let issued = site.write_as(self.ines.at_console(), Some(self.account), move |tx| {
                app::tokens::create(tx, &token)
            })?;
            site.seeded.tell(told, issued.secret.reveal());
        }
        let revoked = new("laptop-of-olga", TokenTemplate::Read, 365)?;
        site.write_as(self.ines.at_console(), Some(self.account), move |tx| {
            app::tokens::create(tx, &revoked)
        })?;
        site.pass(2 * DAY);
        site.write_as(self.ines.at_console(), Some(self.account), |tx| {
            app::tokens::revoke(tx, "laptop-of-olga")
        })?;
        Ok(())
    }
}

/// A change of somebody.
pub(super) fn replace(path: &str, value: impl Into<Value>) -> Value {
    patch(json!([{ "op": "replace", "path": path, "value": value.into() }]))
}
