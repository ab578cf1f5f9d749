//! A group's edits in SQL are the same edits folded over a set: after every request, refused
//! ones among them, name, external id, members, their count and the version are the model's.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use provost::app;
use provost::app::groups::NewGroup;
use provost::app::members::Precondition;
use provost::domain::actor::{Permission, Request};
use provost::domain::audit::Action;
use provost::domain::error::{Error, Kind};
use provost::domain::group::{Group, GroupEdit, MemberMatch};
use provost::domain::id::{GroupScimId, MemberId, RequestId};
use provost::domain::text::{ExternalId, GroupName};
use provost::domain::token::TokenSecret;
use provost::store::groups::MembersAfter;
use provost::store::tokens::{Seat, SecretHash};
use provost::store::tx::WriteTx;
use provost::store::writer::{Authority, Write};
use serde_json::json;

use super::check;
use crate::harness::app::TestApp;
use crate::harness::fixtures::{sorted, values};

const PEOPLE: usize = 6;
/// Names and external ids; the last of each is another group's.
const NAMES: [&str; 3] = ["Law", "LAW 2", "Taken"];
const EXTERNAL_IDS: [&str; 3] = ["e1", "e2", "taken"];

/// An edit that names people, names and ids by number.
#[derive(Debug, Clone)]
enum Step {
    Rename(usize),
    SetExternalId(Option<usize>),
    Add(Vec<usize>),
    Remove(Vec<usize>),
    Replace(Vec<usize>),
    RemoveAll,
    RemoveWhere(Choice),
    Require(usize),
}

#[derive(Debug, Clone)]
enum Choice {
    Is(usize),
    Everybody(bool),
    Not(Box<Choice>),
    All(Vec<Choice>),
    Any(Vec<Choice>),
}

fn choice() -> impl Strategy<Value = Choice> {
    let leaf = prop_oneof![
        3 => (0..PEOPLE).prop_map(Choice::Is),
        1 => any::<bool>().prop_map(Choice::Everybody),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Choice::Not(Box::new(inner))),
            vec(inner.clone(), 0..3).prop_map(Choice::All),
            vec(inner, 0..3).prop_map(Choice::Any),
        ]
    })
}

/// One more than there are: nobody's id.
fn people() -> impl Strategy<Value = Vec<usize>> {
    let anybody = prop_oneof![30 => 0..PEOPLE, 1 => Just(PEOPLE)];
    vec(anybody, 0..4)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        1 => prop_oneof![8 => 0..2_usize, 1 => Just(2)].prop_map(Step::Rename),
        1 => proptest::option::of(prop_oneof![8 => 0..2_usize, 1 => Just(2)])
            .prop_map(Step::SetExternalId),
        4 => people().prop_map(Step::Add),
        3 => people().prop_map(Step::Remove),
        2 => people().prop_map(Step::Replace),
        1 => Just(Step::RemoveAll),
        2 => choice().prop_map(Step::RemoveWhere),
        1 => (0..PEOPLE).prop_map(Step::Require),
    ]
}

/// The group as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Model {
    name: &'static str,
    external_id: Option<&'static str>,
    members: BTreeSet<usize>,
}

impl Model {
    /// The kind of the error that it must be refused with.
    fn apply(&mut self, step: &Step) -> Result<(), Kind> {
        match step {
            Step::Rename(2) | Step::SetExternalId(Some(2)) => return Err(Kind::Conflict),
            Step::Rename(name) => self.name = NAMES[*name],
            Step::SetExternalId(id) => self.external_id = id.map(|id| EXTERNAL_IDS[id]),
            Step::Add(who) | Step::Replace(who) if who.contains(&PEOPLE) => {
                return Err(Kind::Invalid);
            }
            Step::Add(who) => self.members.extend(who),
            Step::Remove(who) => self.members.retain(|one| !who.contains(one)),
            Step::Replace(who) => self.members = who.iter().copied().collect(),
            Step::RemoveAll => self.members.clear(),
            Step::RemoveWhere(choice) => self.members.retain(|one| !chooses(choice, *one)),
            Step::Require(one) if self.members.contains(one) => {}
            Step::Require(_) => return Err(Kind::Invalid),
        }
        Ok(())
    }
}

fn chooses(choice: &Choice, one: usize) -> bool {
    match choice {
        Choice::Is(other) => *other == one,
        Choice::Everybody(all) => *all,
        Choice::Not(inner) => !chooses(inner, one),
        Choice::All(parts) => parts.iter().all(|part| chooses(part, one)),
        Choice::Any(parts) => parts.iter().any(|part| chooses(part, one)),
    }
}

/// The people of an account, by number, and a connection's token.
struct World<'a> {
    app: &'a TestApp,
    ids: Vec<MemberId>,
}

impl<'a> World<'a> {
    fn new(app: &'a TestApp) -> Self {
        let ids = app.people(PEOPLE);
        let parsed = ids.iter().map(|id| id.parse().expect("an id"));
        let mut world = Self {
            app,
            ids: parsed.collect(),
        };
        world.ids.push(MemberId::from_bytes([0xee; 16]));
        world.made(NAMES[2], Some(EXTERNAL_IDS[2]));
        world
    }

    fn chosen(&self, who: &[usize]) -> Vec<MemberId> {
        who.iter().map(|one| self.ids[*one]).collect()
    }

    fn matching(&self, choice: &Choice) -> MemberMatch {
        let each = |parts: &[Choice]| parts.iter().map(|part| self.matching(part)).collect();
        match choice {
            Choice::Is(one) => MemberMatch::Is(self.ids[*one]),
            Choice::Everybody(all) => MemberMatch::Constant(*all),
            Choice::Not(inner) => MemberMatch::Not(Box::new(self.matching(inner))),
            Choice::All(parts) => MemberMatch::And(each(parts)),
            Choice::Any(parts) => MemberMatch::Or(each(parts)),
        }
    }

    fn edit(&self, step: &Step) -> GroupEdit {
        match step {
            Step::Rename(name) => GroupEdit::Rename(group_name(NAMES[*name])),
            Step::SetExternalId(id) => {
                GroupEdit::SetExternalId(id.map(|id| external_id(EXTERNAL_IDS[id])))
            }
            Step::Add(who) => GroupEdit::AddMembers(self.chosen(who)),
            Step::Remove(who) => GroupEdit::RemoveMembers(self.chosen(who)),
            Step::Replace(who) => GroupEdit::ReplaceMembers(self.chosen(who)),
            Step::RemoveAll => GroupEdit::RemoveAllMembers,
            Step::RemoveWhere(choice) => GroupEdit::RemoveMembersWhere(self.matching(choice)),
            Step::Require(one) => GroupEdit::RequireMember(self.ids[*one]),
        }
    }

    fn authenticated(&self) -> (SecretHash, Arc<Seat>) {
        let secret = TokenSecret::parse(&self.app.token).expect("a token");
        self.app.db.authenticate(&secret).expect("a seat")
    }

    /// A write through the connection: external ids belong to one.
    fn write<T: Send + 'static>(
        &self,
        f: impl FnOnce(&WriteTx<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (secret, _) = self.authenticated();
        let write = Write {
            authority: Authority::Token {
                secret,
                account: self.app.account.id,
            },
            permission: Permission::ScimWrite,
            request: Request {
                id: RequestId::from_bytes([7; 16]),
                method: "PATCH".into(),
                uri: "law".into(),
                user_agent: "".into(),
                address: None,
                started_us: 0,
            },
            log: None,
        };
        self.app.db.write_blocking(write, f)
    }

    fn made(&self, name: &str, id: Option<&str>) -> Group {
        let new = NewGroup {
            name: group_name(name),
            external_id: id.map(external_id),
            members: Vec::new(),
        };
        let made = self.write(move |tx| app::groups::create(tx, &new));
        made.expect("a group").1
    }

    /// The group as it is stored, its members read two at a time.
    fn read(&self, id: &GroupScimId) -> (Group, Vec<MemberId>) {
        let (_, seat) = self.authenticated();
        let got = self.app.db.read(&seat, |tx| app::groups::get(tx, id));
        let (key, group) = got.expect("the group");
        let mut members = Vec::new();
        let mut after = MembersAfter::default();
        loop {
            let (page, next) = self.app.read(|tx| app::groups::members(tx, key, after, 2));
            members.extend_from_slice(&page);
            if page.len() < 2 {
                return (group, members);
            }
            after = next;
        }
    }

    /// Applies the requests one after the other to the new group and to the model.
    fn holds(&self, id: &GroupScimId, requests: &[Vec<Step>]) -> TestCaseResult {
        let mut model = Model {
            name: NAMES[0],
            external_id: None,
            members: BTreeSet::new(),
        };
        let (mut stored, _) = self.read(id);
        for steps in requests {
            let mut next = model.clone();
            let expected = steps.iter().try_for_each(|step| next.apply(step));
            let edits: Vec<GroupEdit> = steps.iter().map(|step| self.edit(step)).collect();
            let target = id.clone();
            let answer = self.write(move |tx| {
                let (action, any) = (Action::ScimGroupUpdate, Precondition::default());
                app::groups::edit(tx, &target, action, &any, &edits, |_, _| ()).map(|_| ())
            });
            let answer = answer.map_err(|error| error.kind());
            prop_assert_eq!(answer, expected, "{:?}", steps);
            if expected.is_err() {
                next = model.clone();
            }
            let (group, members) = self.read(id);
            self.is(&group, &members, &next)?;
            // What comes to nothing is no change.
            let moved = group.record_version != stored.record_version;
            prop_assert_eq!(moved, next != model, "{:?}", steps);
            (model, stored) = (next, group);
        }
        Ok(())
    }

    /// Compares what is stored with the model.
    fn is(&self, group: &Group, members: &[MemberId], model: &Model) -> TestCaseResult {
        let wanted: BTreeSet<MemberId> = model.members.iter().map(|one| self.ids[*one]).collect();
        let found: BTreeSet<MemberId> = members.iter().copied().collect();
        prop_assert_eq!(members.len(), found.len(), "somebody is in twice");
        prop_assert_eq!(&found, &wanted);
        prop_assert_eq!(usize::try_from(group.member_count), Ok(found.len()));
        prop_assert_eq!(&group.name, model.name);
        prop_assert_eq!(group.external_id.as_deref(), model.external_id);
        Ok(())
    }
}

fn group_name(text: &str) -> GroupName {
    GroupName::parse(text).expect("a name")
}

fn external_id(text: &str) -> ExternalId {
    ExternalId::parse(text).expect("an id")
}

#[test]
fn edits_in_sql_are_the_same_edits_folded_over_a_set() {
    let app = TestApp::spawn();
    let world = World::new(&app);
    let requests = vec(vec(step(), 1..5), 1..12);
    check(&requests, |requests| {
        let id = world.made(NAMES[0], None).scim_id;
        let held = world.holds(&id, &requests);
        let any = Precondition::default();
        let deleted = world.write(move |tx| app::groups::delete(tx, &id, &any));
        prop_assert!(deleted.is_ok());
        held
    });
}

#[test]
fn adding_members_and_removing_them_leaves_who_was_in() {
    let app = TestApp::spawn();
    let scim = app.scim();
    let ids = app.people(PEOPLE);
    let who = || proptest::sample::subsequence(ids.clone(), 0..=PEOPLE);
    check(&(who(), who()), |(members, added)| {
        let group = scim.new_group("Law", &members);
        let add = json!({ "op": "add", "path": "members", "value": values(&added) });
        let remove = json!({ "op": "remove", "path": "members", "value": values(&added) });
        let left: Vec<String> = members
            .iter()
            .filter(|id| !added.contains(id))
            .cloned()
            .collect();
        let before = scim.get(&format!("/Groups/{group}")).etag();
        let both = scim.patch_group(&group, &json!([add, remove])).is(200);
        prop_assert_eq!(scim.members_of(&group), sorted(&left));
        prop_assert_eq!(both.etag() == before, left.len() == members.len());
        scim.patch_group(&group, &json!([add])).is(200);
        scim.patch_group(&group, &json!([remove])).is(200);
        prop_assert_eq!(scim.members_of(&group), sorted(&left));
        scim.delete(&format!("/Groups/{group}")).is(204);
        Ok(())
    });
}
