use crate::app::members::by_hand::Invitation;
use crate::app::{domains, groups, members, policies, resource_groups};
use crate::domain::catalogue;
use crate::domain::domains::DomainName;
use crate::domain::error::{Error, Kind};
use crate::domain::id::{DomainId, PermissionGroupId, PolicyId, ResourceGroupId};
use crate::domain::policy::{Access, NewPolicy, Policy};
use crate::domain::reason::Reason;
use crate::domain::reference::{GroupRef, MemberRef};
use crate::domain::resource_group::{ChosenScope, NewScope};
use crate::domain::text::{GroupName, Label};
use crate::store::check::integrity;
use crate::store::testing::{TestDb, write};

fn role(name: &str) -> PermissionGroupId {
    let role = catalogue::role_by_name(name).expect("a built-in role");
    role.permission_group
}

fn allow(name: &str) -> NewPolicy {
    NewPolicy::allow(role(name))
}

fn on(name: &str, domains: &[DomainId]) -> NewPolicy {
    NewPolicy {
        resource_groups: vec![ChosenScope::Inline(NewScope::Domains(domains.to_vec()))],
        ..allow(name)
    }
}

struct Team {
    db: TestDb,
    which: GroupRef,
    domains: Vec<DomainId>,
}

impl Team {
    fn new() -> Self {
        let db = TestDb::new();
        let made = db.write(|tx| {
            let (_, group) = groups::by_hand::make(tx, &GroupName::parse("Team")?, &[])?;
            let mut ids = Vec::new();
            for name in ["a.example", "b.example"] {
                ids.push(domains::add(tx, &DomainName::parse(name)?, None)?.id);
            }
            Ok((GroupRef::Id(group.id), ids))
        });
        let (which, domains) = made.expect("a team");
        Self { db, which, domains }
    }

    fn try_set(&self, new: Vec<NewPolicy>) -> Result<Vec<Policy>, Error> {
        let which = self.which.clone();
        self.db
            .write(move |tx| policies::set_of_group(tx, &which, &new))
    }

    /// What is answered is what is read afterwards.
    fn set(&self, new: Vec<NewPolicy>) -> Vec<Policy> {
        let set = self.try_set(new).expect("policies");
        let read = self.db.read(|tx| policies::of_group(tx, &self.which));
        assert_eq!(read.expect("policies"), set);
        assert_eq!(integrity(&self.db.db).expect("an examination"), Vec::new());
        set
    }

    fn audit_rows(&self) -> i64 {
        let last = self.db.db.verify_audit(None).expect("a verdict");
        last.last_seq
    }

    fn resource_groups(&self) -> Vec<ResourceGroupId> {
        let all = self.db.read(|tx| resource_groups::list(tx, None, 0, 100));
        let all = all.expect("resource groups").into_iter();
        all.map(|group| group.id).collect()
    }
}

fn ids(policies: &[Policy]) -> Vec<PolicyId> {
    policies.iter().map(|policy| policy.id).collect()
}

#[test]
fn policies_keep_their_order_and_unchanged_ones_their_ids() {
    let team = Team::new();
    let both = NewPolicy {
        permission_groups: vec![role("DNS"), role("Analytics")],
        ..allow("DNS")
    };
    let first = team.set(vec![allow("DNS"), both.clone(), allow("Billing")]);
    assert_eq!(first[1].permission_groups, both.permission_groups);
    let [dns, two, billing] = ids(&first)[..] else {
        panic!("three policies");
    };
    let turned = team.set(vec![allow("Billing"), both.clone(), allow("DNS")]);
    assert_eq!(ids(&turned), [billing, two, dns]);
    let rows = team.audit_rows();
    assert_eq!(team.set(vec![allow("Billing"), both, allow("DNS")]), turned);
    assert_eq!(team.audit_rows(), rows, "what changes nothing is no row");
    // Another meaning under a known id, an unknown id, and a new order of the roles.
    let other = NewPolicy {
        permission_groups: vec![role("Analytics"), role("DNS")],
        id: Some(two),
        access: Access::Deny,
        ..allow("DNS")
    };
    let unknown = NewPolicy {
        id: Some(PolicyId::from_bytes([9; 16])),
        ..allow("Cache Purge")
    };
    let changed = team.set(vec![other.clone(), unknown, allow("DNS")]);
    assert_eq!((changed[0].id, changed[2].id), (two, dns));
    assert_eq!(changed[0].permission_groups, other.permission_groups);
    assert_ne!(changed[1].id, PolicyId::from_bytes([9; 16]));
    assert_eq!(team.audit_rows(), rows + 1);
    assert_eq!(team.set(Vec::new()), []);
}

#[test]
fn what_everybody_has_is_a_policy_like_the_others() {
    let db = TestDb::new();
    let invitation = Invitation::by_email("ada@corp.example", true, None).expect("an address");
    let ada = db.write(|tx| members::by_hand::invite(tx, invitation));
    let ada = MemberRef::Id(ada.expect("a member").id);
    let set = |new: Vec<NewPolicy>| {
        let which = ada.clone();
        let set = db.write(move |tx| policies::set_of_member(tx, &which, &new));
        let set = set.expect("policies");
        let read = db.read(|tx| policies::of_member(tx, &ada));
        assert_eq!(read.expect("policies"), set);
        assert_eq!(integrity(&db.db).expect("an examination"), Vec::new());
        set
    };
    let minimal = || allow("Minimal Account Access");
    let own = db.read(|tx| policies::of_member(tx, &ada)).expect("one");
    assert_eq!(set(vec![minimal()]), own);
    let two = set(vec![minimal(), allow("DNS")]);
    assert_eq!(two[0], own[0]);
    let turned = set(vec![allow("DNS"), minimal()]);
    assert_eq!(ids(&turned), [two[1].id, own[0].id]);
    assert_eq!(set(vec![minimal()]), own);
    // Its id stands for it alone.
    let other = NewPolicy {
        id: Some(own[0].id),
        ..allow("DNS")
    };
    assert_ne!(set(vec![other])[0].id, own[0].id);
    let none = db.write({
        let which = ada.clone();
        move |tx| policies::set_of_member(tx, &which, &[])
    });
    assert!(none.is_err(), "a member has at least one");
}

#[test]
fn the_same_scope_gets_the_same_resource_group_as_long_as_it_is_needed() {
    let team = Team::new();
    let (a, b) = (team.domains[0], team.domains[1]);
    let before = team.resource_groups();
    let set = team.set(vec![on("Domain DNS", &[a, b]), on("Domain DNS", &[b, a])]);
    let group = |at: usize| set[at].resource_groups[0].id;
    assert_ne!(group(0), group(1), "each is shown in its own order");
    assert!(set[0].resource_groups[0].adhoc);
    let again = team.set(vec![on("Cache Domain Purge", &[a, b, a])]);
    assert_eq!(again[0].resource_groups[0].id, group(0));
    let used = team.db.write(|tx| domains::remove(tx, "a.example"));
    assert_eq!(
        used.map_err(|error| error.reason()).err(),
        Some(Reason::InUse)
    );
    team.set(Vec::new());
    assert_eq!(team.resource_groups(), before);
    team.db
        .write(|tx| domains::remove(tx, "a.example"))
        .expect("nobody needs it");
}

#[test]
fn roles_are_given_on_what_they_apply_to() {
    let team = Team::new();
    let refused = |new: NewPolicy, reason: Reason, words: &[&str]| {
        let error = team.try_set(vec![new]).expect_err("it is refused");
        assert_eq!(
            (error.kind(), error.reason()),
            (Kind::Invalid, reason),
            "{error}"
        );
        for word in words {
            assert!(error.message().contains(word), "{error}");
        }
    };
    let domains = &team.domains;
    let whole = team.resource_groups()[0].to_string();
    refused(
        allow("Domain DNS"),
        Reason::RoleScope,
        &["Domain DNS", "domains", &whole],
    );
    refused(
        on("DNS", domains),
        Reason::RoleScope,
        &["\"DNS\"", "the whole account"],
    );
    let mixed = NewPolicy {
        permission_groups: vec![role("Domain DNS"), role("DNS")],
        ..on("DNS", domains)
    };
    refused(mixed, Reason::RoleScope, &["\"DNS\""]);
    let single = NewPolicy::allow(role("Worker Admin"));
    refused(single, Reason::RoleScope, &["single resources"]);
    let unknown = PermissionGroupId::from_bytes([5; 16]);
    let id = unknown.to_string();
    refused(NewPolicy::allow(unknown), Reason::UnknownRole, &[&id]);
    let nobody = DomainId::from_bytes([5; 16]);
    refused(
        on("Domain DNS", &[nobody]),
        Reason::UnknownResourceGroup,
        &[&id],
    );
    refused(
        on("Domain DNS", &[]),
        Reason::InvalidValue,
        &["at least one domain"],
    );
    // Another account's is as unknown as nobody's.
    let other = team.db.db.write_blocking(write(None), |tx| {
        crate::app::accounts::create(tx, &Label::parse("Other")?, None)
    });
    let other = other.expect("another account").id;
    let theirs = team.db.db.write_blocking(write(Some(other)), |tx| {
        Ok(resource_groups::list(tx, None, 0, 1)?[0].id)
    });
    let theirs = theirs.expect("their own");
    let with = |id| NewPolicy {
        resource_groups: vec![ChosenScope::Group(id)],
        ..allow("DNS")
    };
    let id = theirs.to_string();
    refused(with(theirs), Reason::UnknownResourceGroup, &[&id]);
    assert_eq!(team.set(Vec::new()), []);
    let built_in = team.resource_groups()[0];
    assert_eq!(team.set(vec![with(built_in)]).len(), 1);
}
