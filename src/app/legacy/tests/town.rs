//! An account with the mapping on, two providers, and people in legacy groups.

use serde_json::json;

use crate::app::legacy::{convert, mapping, plan};
use crate::app::members::{NewMember, Precondition};
use crate::app::{self, groups, members};
use crate::domain::audit::Action;
use crate::domain::connection::{ProviderKind, SettingsChange};
use crate::domain::effective::Effective;
use crate::domain::error::Result;
use crate::domain::group::GroupEdit;
use crate::domain::id::{GroupScimId, MemberId};
use crate::domain::legacy::plan::{
    Choice, Decision, Plan, PlanOptions, PlannedGroup, PlannedPerson,
};
use crate::domain::legacy::run::Run;
use crate::domain::member::Profile;
use crate::domain::policy::NewPolicy;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::text::{GroupName, Label};
use crate::store::check::integrity;
use crate::store::legacy::candidates;
use crate::store::testing::{TestDb, request, write};
use crate::store::tokens::SecretHash;
use crate::store::tx::WriteTx;
use crate::store::writer::{Authority, Write};

pub(super) const SUPER: &str = "Super Administrator - All Privileges";

/// Tables that a migration writes to and an undo does not take back: logs, and its own record.
pub(super) const LOGS: [&str; 5] = [
    "audit",
    "legacy_migrations",
    "legacy_migration_groups",
    "legacy_migration_people",
    "provisioning",
];

pub(super) struct Town {
    pub(super) db: TestDb,
    pub(super) okta: SecretHash,
    pub(super) entra: SecretHash,
}

impl Town {
    /// Ada is a Super Administrator by her group, Bob in DNS and Billing, Cleo in Billing; the
    /// first is Okta's and the others are Entra's.
    pub(super) fn new() -> Self {
        let town = Self::empty();
        town.write(|tx| mapping::switch_on(tx, true).map(|_| ()));
        for name in ["ada", "bob", "cleo"] {
            town.person(name);
        }
        town.push(town.okta, SUPER, &["ada"]);
        town.push(town.entra, "DNS", &["bob"]);
        town.push(town.entra, "Billing", &["bob", "cleo"]);
        town
    }

    /// Nobody is there, and the mapping is off.
    pub(super) fn empty() -> Self {
        let db = TestDb::new();
        let connect = |kind, name: &'static str| {
            let settings = SettingsChange::default();
            let made = db.write(move |tx| {
                app::connections::create(tx, kind, &Label::parse(name)?, &settings)
            });
            let (_, issued) = made.expect("a connection");
            db.db.authenticate(&issued.secret).expect("a token").0
        };
        let okta = connect(ProviderKind::Okta, "Okta Workforce");
        let entra = connect(ProviderKind::Entra, "Entra ID");
        Self { db, okta, entra }
    }

    pub(super) fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> T {
        self.db.write(f).expect("a write")
    }

    /// As the provider.
    pub(super) fn send<T: Send + 'static>(
        &self,
        secret: SecretHash,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let write = Write {
            authority: Authority::Token {
                secret,
                account: self.db.account.id,
            },
            permission: crate::domain::actor::Permission::ScimWrite,
            request: request(),
            log: None,
        };
        self.db.db.write_blocking(write, f)
    }

    /// Somebody whom Entra provisioned.
    pub(super) fn person(&self, name: &str) -> MemberId {
        let name = format!("{name}@corp.example");
        let document = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name, "emails": [{ "primary": true, "type": "work", "value": name }],
        });
        let profile = Profile {
            active: true,
            external_id: None,
            attributes: document.as_object().cloned().expect("an object"),
        };
        let made = self.send(self.entra, move |tx| {
            members::create(tx, NewMember::prepare(profile)?)
        });
        made.expect("a person").id
    }

    pub(super) fn id(&self, name: &str) -> MemberId {
        let which = MemberRef::Named(format!("{name}@corp.example"));
        let found = self.db.read(|tx| members::by_hand::find(tx, &which));
        found.expect("a member").id
    }

    /// The legacy name of a role.
    pub(super) fn name(&self, role: &str) -> String {
        format!("CF-{} - {role}", self.db.account.id)
    }

    /// The SCIM id of the group that answers to that name.
    pub(super) fn scim_id(&self, name: &str) -> GroupScimId {
        let name = name.to_owned();
        let account = self.db.account.id;
        let found = self.db.read(|tx| {
            let key = candidates::named(tx, &name)?;
            let all = candidates::list(tx, |_| true)?;
            Ok(all.into_iter().find(|(one, _)| Some(*one) == key))
        });
        let (_, group) = found
            .expect("groups")
            .unwrap_or_else(|| panic!("{name} in {account}"));
        group.scim_id
    }

    /// A provider adds people to the legacy group of the role, or to the group of that name.
    pub(super) fn push(&self, secret: SecretHash, role: &str, people: &[&str]) {
        let id = self.scim_id(&self.name(role));
        self.edit(secret, &id, self.adding(people)).expect("a push");
    }

    pub(super) fn adding(&self, people: &[&str]) -> GroupEdit {
        GroupEdit::AddMembers(people.iter().map(|name| self.id(name)).collect())
    }

    pub(super) fn edit(&self, by: SecretHash, id: &GroupScimId, edit: GroupEdit) -> Result<()> {
        let id = id.clone();
        let edits = vec![edit];
        self.send(by, move |tx| {
            let (action, any) = (Action::ScimGroupUpdate, Precondition::default());
            groups::edit(tx, &id, action, &any, &edits, |_, _| {}).map(|_| ())
        })
    }

    /// Entra deletes the group.
    pub(super) fn delete(&self, name: &str) {
        let id = self.scim_id(name);
        let gone = self.send(self.entra, move |tx| {
            groups::delete(tx, &id, &Precondition::default())
        });
        gone.expect("a push");
    }

    /// A group of exactly that name, which no door would let in now.
    pub(super) fn group(&self, name: &str, people: &[&str]) {
        let (name, people) = (name.to_owned(), self.adding(people));
        self.write(move |tx| {
            let (key, _) = crate::store::groups::insert(tx, &GroupName::parse(&name)?)?;
            if let GroupEdit::AddMembers(ids) = people {
                crate::store::groups::add_members(tx, key, &ids)?;
            }
            Ok(())
        });
    }

    /// The role as the own policy of somebody made by hand.
    pub(super) fn by_hand(&self, name: &str, role: &str) {
        let role = crate::domain::catalogue::role_by_name(role).expect("a role");
        let policies = Some(vec![NewPolicy::allow(role.permission_group)]);
        let address = format!("{name}@corp.example");
        let invitation = members::by_hand::Invitation::by_email(&address, true, policies);
        let invitation = invitation.expect("an address");
        self.write(|tx| members::by_hand::invite(tx, invitation));
    }

    /// The plan of everybody; that of the changes alone must say the same.
    pub(super) fn plan(&self, options: &PlanOptions) -> Result<Plan> {
        let id = plan::new_id(&self.db.db);
        let whole = self.db.read(|tx| plan::make(tx, id, options));
        let changes = self.db.read(|tx| plan::changes(tx, id, options));
        match (&whole, &changes) {
            (Ok(whole), Ok(changes)) => {
                assert_eq!(changes.outline(), whole.outline());
                let told = |plan: &Plan| -> Vec<_> {
                    let of = |one: &PlannedPerson| {
                        let access = |place| plan.access_at(place).to_vec();
                        (one.id, access(one.before), access(one.after))
                    };
                    plan.changed_people().map(of).collect()
                };
                assert_eq!(told(changes), told(whole));
                assert_eq!(changes.people.len(), changes.changed_people().count());
            }
            (whole, changes) => assert_eq!(whole.is_ok(), changes.is_ok()),
        }
        whole
    }

    pub(super) fn planned(&self) -> Plan {
        self.plan(&PlanOptions::default()).expect("a plan")
    }

    pub(super) fn decided(&self, decisions: Vec<Decision>) -> Plan {
        let options = PlanOptions {
            decisions,
            ..PlanOptions::default()
        };
        self.plan(&options).expect("a plan")
    }

    pub(super) fn convert(&self, plan: &Plan) -> Result<Run> {
        let write = write(Some(self.db.account.id));
        convert::convert(&self.db.db, &self.db.seat(), write, plan.request())
    }

    /// The roles that somebody has in the end, but the one that everybody has.
    pub(super) fn roles(&self, name: &str) -> Vec<String> {
        let which = MemberRef::Id(self.id(name));
        let access = self.db.read(|tx| app::access::effective(tx, &which));
        let roles = access.expect("access").roles.into_iter();
        let effective = roles.filter(Effective::is_effective);
        let names = effective.map(|role| role.name);
        let mut names: Vec<String> = names
            .filter(|name| name != "Minimal Account Access")
            .collect();
        names.sort_unstable();
        names
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        let which = GroupRef::Named(name.to_owned());
        self.db.read(|tx| groups::by_hand::find(tx, &which)).is_ok()
    }

    /// Files in the backups' folder.
    pub(super) fn backups(&self) -> usize {
        let folder = self.db.path().join("backups");
        std::fs::read_dir(folder).map_or(0, Iterator::count)
    }

    pub(super) fn check(&self) {
        assert_eq!(integrity(&self.db.db).expect("an examination"), Vec::new());
    }
}

pub(super) fn decision(group: &str, choice: Choice) -> Decision {
    Decision {
        group: group.to_owned(),
        choice: Some(choice),
        ..Decision::default()
    }
}

pub(super) fn as_role(group: &str, role: &str) -> Decision {
    Decision {
        group: group.to_owned(),
        role: Some(role.to_owned()),
        ..Decision::default()
    }
}

pub(super) fn called(group: &str, new_name: &str) -> Decision {
    Decision {
        group: group.to_owned(),
        new_name: Some(new_name.to_owned()),
        ..Decision::default()
    }
}

/// The plan's group of that old name.
pub(super) fn group<'p>(plan: &'p Plan, old_name: &str) -> &'p PlannedGroup {
    let found = plan.groups.iter().find(|group| group.old_name == old_name);
    found.unwrap_or_else(|| panic!("{old_name} in {:?}", plan.groups))
}

/// Everybody whose access changes is said to be known.
pub(super) fn confirm(mut plan: Plan) -> Plan {
    for person in &mut plan.people {
        person.confirmed = person.changes();
    }
    plan
}
