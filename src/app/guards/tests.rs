use crate::app::groups::by_hand::GroupChange;
use crate::app::members::by_hand::{Invitation, MemberChange};
use crate::app::resource_groups::ResourceGroupChange;
use crate::app::{self, domains, groups, members, policies, resource_groups};
use crate::domain::actor::{Actor, Client, Permission};
use crate::domain::catalogue;
use crate::domain::connection::{ConnectionSettings, ProviderKind, SettingsChange};
use crate::domain::domains::DomainName;
use crate::domain::error::Result;
use crate::domain::id::{ConnectionId, GroupId, MemberId, PermissionGroupId, TokenId};
use crate::domain::policy::{Access, NewPolicy};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope};
use crate::domain::text::{GroupName, Label};
use crate::domain::token::{Grants, TokenTemplate};
use crate::store::testing::{TestDb, write};
use crate::store::tx::WriteTx;
use crate::store::writer::{Authority, Write};

fn role(name: &str) -> PermissionGroupId {
    let role = catalogue::role_by_name(name).expect("a built-in role");
    role.permission_group
}

fn allow(name: &str) -> Vec<NewPolicy> {
    vec![NewPolicy::allow(role(name))]
}

fn deny(name: &str) -> Vec<NewPolicy> {
    vec![NewPolicy {
        access: Access::Deny,
        ..NewPolicy::allow(role(name))
    }]
}

const SUPER: &str = "Super Administrator - All Privileges";

/// A token with these groups; of a member, when there is one.
fn client(groups: &[PermissionGroupId], member: Option<MemberId>) -> Actor {
    let kind = ProviderKind::Generic;
    Actor::Client(Client {
        token: TokenId::from_bytes([1; 16]),
        token_name: "test".to_owned(),
        secret_hint: "abcd".to_owned(),
        member,
        member_name: None,
        rights: None,
        grants: Grants::from_groups(groups.iter().copied()),
        connection: ConnectionId::from_bytes([2; 16]),
        connection_name: "API".to_owned(),
        connection_kind: kind,
        settings: ConnectionSettings::default_for(kind),
    })
}

fn provisioning() -> Actor {
    client(&[catalogue::SCIM_PROVISIONING], None)
}

fn settings() -> Actor {
    client(&[catalogue::ACCOUNT_SETTINGS_WRITE], None)
}

fn admin() -> Actor {
    client(&catalogue::template_groups(TokenTemplate::Admin), None)
}

type UseCase = Box<dyn FnOnce(&WriteTx<'_>) -> Result<()> + Send>;

struct Account {
    db: TestDb,
    /// Holds DNS.
    ada: MemberId,
    root: MemberId,
    group: GroupId,
}

impl Account {
    fn new() -> Self {
        let db = TestDb::new();
        let invite = |name: &str, policies| {
            let invitation = Invitation::by_email(name, true, policies).expect("an address");
            let made = db.write(|tx| members::by_hand::invite(tx, invitation));
            made.expect("a member").id
        };
        let ada = invite("ada@corp.example", Some(allow("DNS")));
        let root = invite("root@corp.example", Some(allow(SUPER)));
        let made = db.write(|tx| groups::by_hand::make(tx, &GroupName::parse("Team")?, &[]));
        let group = made.expect("a group").1.id;
        Self {
            db,
            ada,
            root,
            group,
        }
    }

    fn of_ada(&self) -> Actor {
        client(&[catalogue::ACCOUNT_SETTINGS_WRITE], Some(self.ada))
    }

    fn of_root(&self) -> Actor {
        client(&[catalogue::ACCOUNT_SETTINGS_WRITE], Some(self.root))
    }

    fn as_actor<T: Send + 'static>(
        &self,
        actor: Actor,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let write = Write {
            authority: Authority::Local {
                actor,
                account: Some(self.db.account.id),
            },
            permission: Permission::DirectoryWrite,
            ..write(None)
        };
        self.db.db.write_blocking(write, f)
    }

    /// What becomes of giving the group these policies.
    fn give(&self, actor: Actor, new: Vec<NewPolicy>) -> Result<(), Reason> {
        let which = GroupRef::Id(self.group);
        let done = self.as_actor(actor, move |tx| policies::set_of_group(tx, &which, &new));
        done.map(|_| ()).map_err(|error| error.reason())
    }

    fn join(&self, actor: Actor) -> Result<(), Reason> {
        let (which, ada) = (GroupRef::Id(self.group), [self.ada.membership()]);
        let done = self.as_actor(actor, move |tx| {
            groups::by_hand::add_people(tx, &which, &ada)
        });
        done.map(|_| ()).map_err(|error| error.reason())
    }
}

#[test]
fn a_token_gives_what_its_kind_may_give() {
    let account = Account::new();
    let not_held = Err(Reason::RoleNotHeld);
    let (dns, sa) = (allow("DNS"), allow(SUPER));
    assert_eq!(
        account.give(provisioning(), dns.clone()),
        Err(Reason::PermissionMissing)
    );
    assert_eq!(account.give(settings(), dns.clone()), Ok(()));
    assert_eq!(account.give(settings(), sa.clone()), not_held);
    assert_eq!(account.give(admin(), sa.clone()), Ok(()));
    // What is there already is not given once more.
    let both = [sa.clone(), allow("Analytics")].concat();
    assert_eq!(account.give(settings(), both), Ok(()));
    assert_eq!(account.give(settings(), Vec::new()), Ok(()));
    assert_eq!(account.give(account.of_ada(), dns), Ok(()));
    assert_eq!(account.give(account.of_ada(), allow("Analytics")), not_held);
    assert_eq!(account.give(account.of_root(), sa), Ok(()));
}

#[test]
fn taking_a_denial_back_is_giving() {
    let account = Account::new();
    assert_eq!(account.give(settings(), deny(SUPER)), Ok(()));
    let not_held = Err(Reason::RoleNotHeld);
    assert_eq!(account.give(settings(), Vec::new()), not_held);
    assert_eq!(account.give(account.of_ada(), Vec::new()), not_held);
    let which = GroupRef::Id(account.group);
    let removed = account.as_actor(settings(), move |tx| groups::by_hand::remove(tx, &which));
    assert_eq!(
        removed.map(|_| ()).map_err(|error| error.reason()),
        not_held
    );
    assert_eq!(account.give(admin(), Vec::new()), Ok(()));
}

#[test]
fn nobody_gives_themselves_what_they_do_not_hold() {
    let account = Account::new();
    let ada = MemberRef::Id(account.ada);
    let own = account.as_actor(account.of_ada(), move |tx| {
        policies::set_of_member(tx, &ada, &allow(SUPER))
    });
    let own = own.map_err(|error| error.reason());
    assert_eq!(own.err(), Some(Reason::RoleNotHeld));
    // Nor by going into a group that has it.
    assert_eq!(account.give(admin(), allow("Analytics")), Ok(()));
    assert_eq!(account.join(account.of_ada()), Err(Reason::RoleNotHeld));
    assert_eq!(account.give(admin(), allow(SUPER)), Ok(()));
    for actor in [account.of_ada(), settings(), provisioning()] {
        assert_eq!(account.join(actor), Err(Reason::RoleNotHeld));
    }
    assert_eq!(account.give(admin(), allow("Analytics")), Ok(()));
    assert_eq!(account.join(provisioning()), Ok(()));
}

#[test]
fn a_member_gives_on_domains_what_they_hold_there() {
    let account = Account::new();
    let ada = MemberRef::Id(account.ada);
    let domain_dns = |scope| {
        vec![NewPolicy {
            resource_groups: vec![ChosenScope::Inline(scope)],
            ..NewPolicy::allow(role("Domain DNS"))
        }]
    };
    let made = account.db.write(move |tx| {
        let mut made = Vec::new();
        for name in ["a.example", "b.example"] {
            made.push(domains::add(tx, &DomainName::parse(name)?, None)?.id);
        }
        let list = NewScope::Domains(made[..1].to_vec());
        let list = resource_groups::create(tx, &Label::parse("List")?, list)?.id;
        let held = domain_dns(NewScope::Domains(made[..1].to_vec()));
        policies::set_of_member(tx, &ada, &held)?;
        Ok((made, list))
    });
    let (ids, list) = made.expect("domains");
    let on = |from: &[_]| domain_dns(NewScope::Domains(from.to_vec()));
    assert_eq!(
        account.give(account.of_ada(), on(&ids)),
        Err(Reason::RoleNotHeld)
    );
    assert_eq!(account.give(account.of_ada(), on(&ids[..1])), Ok(()));
    // Nor by letting a list that somebody has it on cover more.
    let by_list = vec![NewPolicy {
        resource_groups: vec![ChosenScope::Group(list)],
        ..NewPolicy::allow(role("Domain DNS"))
    }];
    assert_eq!(account.give(account.of_ada(), by_list), Ok(()));
    let wider = ResourceGroupChange {
        name: None,
        scope: Some(NewScope::Domains(ids)),
    };
    let update = |actor| {
        let wider = wider.clone();
        let done = account.as_actor(actor, move |tx| resource_groups::update(tx, list, &wider));
        done.map(|_| ()).map_err(|error| error.reason())
    };
    assert_eq!(update(account.of_ada()), Err(Reason::RoleNotHeld));
    assert_eq!(update(provisioning()), Err(Reason::PermissionMissing));
    assert_eq!(update(settings()), Ok(()));
}

#[test]
fn what_a_provider_manages_keeps_its_name_its_members_and_its_existence() {
    let account = Account::new();
    let (ada, group) = (account.ada, account.group);
    account
        .db
        .write(|tx| {
            let (kind, settings) = (ProviderKind::Okta, SettingsChange::default());
            app::connections::create(tx, kind, &Label::parse("Okta")?, &settings)?;
            Ok(())
        })
        .expect("a connection");
    account
        .db
        .attack(
            "UPDATE groups SET connection = (SELECT max(seq) FROM connections);
             UPDATE members SET connection = (SELECT max(seq) FROM connections)",
        )
        .expect("both are managed");
    let refused = |f: UseCase| {
        let error = account.db.write(f).expect_err("it is managed");
        assert_eq!(error.reason(), Reason::ManagedByProvider);
        assert!(error.message().contains("\"Okta\""), "{error}");
    };
    let which = move || GroupRef::Id(group);
    refused(Box::new(move |tx| {
        let change = GroupChange {
            name: Some(GroupName::parse("Other")?),
            policies: None,
        };
        groups::by_hand::change(tx, &which(), &change).map(|_| ())
    }));
    let one = [ada.membership()];
    refused(Box::new(move |tx| {
        groups::by_hand::add_people(tx, &which(), &one).map(|_| ())
    }));
    refused(Box::new(move |tx| {
        groups::by_hand::remove_people(tx, &which(), &one).map(|_| ())
    }));
    refused(Box::new(move |tx| {
        groups::by_hand::set_people(tx, &which(), &one).map(|_| ())
    }));
    refused(Box::new(move |tx| {
        groups::by_hand::remove(tx, &which()).map(|_| ())
    }));
    refused(Box::new(move |tx| {
        members::by_hand::remove(tx, &MemberRef::Id(ada)).map(|_| ())
    }));
    let policies_alone = account.db.write(move |tx| {
        let change = GroupChange {
            name: Some(GroupName::parse("Team")?),
            policies: Some(allow("DNS")),
        };
        groups::by_hand::change(tx, &which(), &change)?;
        let change = MemberChange {
            accept: true,
            policies: Some(allow("Analytics")),
        };
        members::by_hand::change(tx, &MemberRef::Id(ada), &change)
    });
    assert!(policies_alone.is_ok(), "{policies_alone:?}");
}

#[test]
fn the_names_of_legacy_groups_grant_what_whoever_switches_them_on_may_give() {
    let account = Account::new();
    let switch = |actor: Actor, allow_super_administrator: bool| {
        let done = account.as_actor(actor, move |tx| {
            app::legacy::mapping::switch_on(tx, allow_super_administrator)
        });
        done.map(|on| on.made).map_err(|error| error.reason())
    };
    let missing = Err(Reason::PermissionMissing);
    assert_eq!(switch(provisioning(), false), missing);
    assert_eq!(switch(account.of_ada(), false), Err(Reason::RoleNotHeld));
    assert_eq!(switch(settings(), true), Err(Reason::RoleNotHeld));
    assert_eq!(switch(settings(), false).map(|made| made > 50), Ok(true));
    assert_eq!(switch(settings(), true), Err(Reason::RoleNotHeld));
    assert_eq!(switch(account.of_root(), true), Ok(1));
    // Nobody is in the groups, so there is nothing to be lost.
    let switch_off = |actor: Actor| {
        let done = account.as_actor(actor, app::legacy::mapping::switch_off);
        done.map(|off| off.ended).map_err(|error| error.reason())
    };
    assert_eq!(
        switch_off(provisioning()).map(|_| 0),
        Err(Reason::PermissionMissing)
    );
    assert_eq!(switch_off(account.of_ada()), Ok(0));
    assert_eq!(switch(admin(), true).map(|made| made > 50), Ok(true));
}
