//! Random people and groups in a database, and the same as they are answered.

use std::collections::BTreeSet;
use std::sync::Arc;

use ::provost::app;
use ::provost::domain::catalogue;
use ::provost::domain::connection::ProviderKind;
use ::provost::domain::error::Error;
use ::provost::domain::group::GroupView;
use ::provost::domain::id::GroupScimId;
use ::provost::domain::listing::Listing;
use ::provost::domain::member::MemberView;
use ::provost::domain::text::GroupName;
use ::provost::domain::token::TokenSecret;
use ::provost::scim::filter::Filter;
use ::provost::scim::project::Projection;
use ::provost::scim::schema::{Attribute, ENTERPRISE, GROUP, Kind, Mutability, ResourceType, USER};
use ::provost::scim::{group, user};
use ::provost::store;
use ::provost::store::groups::MembersAfter;
use ::provost::store::tokens::Seat;
use serde_json::{Map, Value, json};

use crate::harness::Random;
use crate::harness::app::{Setup, TestApp};
use crate::harness::client::{ENTERPRISE_URN, GROUP_URN, USER_URN, text};

const PEOPLE: usize = 40;
const GROUPS: usize = 12;
const BASE_URL: &str = "https://provost.example/scim/v2";
/// More than there are of either.
const EVERYTHING: i64 = 1_000;

/// Texts that fold, sort, escape or look like something else.
pub(super) const WORDS: [&str; 30] = [
    "a",
    "A",
    "ab",
    "ada",
    "Ada",
    "ADA",
    "ÄDA",
    "äda",
    "A\u{308}da",
    "Straße",
    "STRASSE",
    "straße",
    "İstanbul",
    "i\u{307}stanbul",
    "ΣΊΣΥΦΟΣ",
    "σίσυφος",
    "ﬁne",
    "FINE",
    "x%y_z*",
    "say \"hi\"",
    "back\\slash",
    "null",
    "true",
    "1",
    "work",
    "Work",
    "home",
    "ｆｏｏ",
    "😀",
    "\u{10ffff}",
];
/// Texts that no name may be, and other attributes may.
pub(super) const ODD: [&str; 6] = ["", " ", "tab\there\nline", "nul\0l", "\u{7f}", "o'brien--"];

pub(super) fn pick<'t, T>(of: &'t [T], random: &mut Random) -> &'t T {
    &of[random.below(of.len())]
}

fn word(random: &mut Random) -> String {
    match random.below(8) {
        0 => (*pick(&ODD, random)).to_owned(),
        1 => format!("{}{}", pick(&WORDS, random), pick(&WORDS, random)),
        _ => (*pick(&WORDS, random)).to_owned(),
    }
}

/// A name that is unique by its number.
fn name(number: usize, random: &mut Random) -> String {
    // What can't be seen, or is not assigned, is in no name.
    let seen = |word: &&&str| !word.contains(['\u{10ffff}', '\u{7f}']);
    let words: Vec<&&str> = WORDS.iter().filter(seen).collect();
    format!("{}{number}{}", pick(&words, random), pick(&words, random))
}

pub(super) struct World {
    app: TestApp,
    seat: Arc<Seat>,
    users: Vec<(String, Value)>,
    groups: Vec<(String, Value)>,
}

impl World {
    pub(super) fn new(random: &mut Random) -> Self {
        let app = Setup::standing_clock().spawn();
        let scim = app.scim();
        let other = app.provider(ProviderKind::Authentik);
        let mut people = Vec::new();
        for number in 0..PEOPLE {
            // What another connection calls them is not ours to see.
            let by = if random.below(5) == 0 { &other } else { &scim };
            people.push(by.made("/Users", &person(number, random)));
            app.pass(i64::try_from(random.below(3)).expect("small"));
        }
        for number in 0..GROUPS {
            let chance = 1 + random.below(6);
            let members: Vec<Value> = people
                .iter()
                .filter(|_| random.below(chance) == 0)
                .map(|id| json!({ "value": id }))
                .collect();
            let members = if number < 2 { Vec::new() } else { members };
            let mut body = json!({
                "schemas": [GROUP_URN], "displayName": name(number, random), "members": members,
            });
            if random.below(2) == 0 {
                body["externalId"] = json!(format!("{}{number}", word(random)));
            }
            let by = if random.below(5) == 0 { &other } else { &scim };
            by.made("/Groups", &body);
            app.pass(i64::try_from(random.below(3)).expect("small"));
        }
        for id in &people {
            if random.below(4) == 0 {
                scim.set_active(id, random.below(2) == 0);
                app.pass(1);
            }
        }
        give_roles(&app, random);
        rename_some(&app, random);
        let secret = TokenSecret::parse(&app.token).expect("a token");
        let (_, seat) = app.db.authenticate(&secret).expect("a seat");
        let mut world = Self {
            app,
            seat,
            users: Vec::new(),
            groups: Vec::new(),
        };
        world.users = world.read(users);
        world.groups = world.read(groups);
        assert_eq!((world.users.len(), world.groups.len()), (PEOPLE, GROUPS));
        world
    }

    /// As they are answered, by id.
    pub(super) fn of(&self, resource: ResourceType) -> &[(String, Value)] {
        match resource {
            ResourceType::User => &self.users,
            ResourceType::Group => &self.groups,
        }
    }

    /// Whom the database finds; `None`: the filter is refused.
    pub(super) fn find(&self, resource: ResourceType, filter: &Filter) -> Option<BTreeSet<String>> {
        let ids: Vec<String> = match resource {
            ResourceType::User => {
                let lowered = user::lower(filter, BASE_URL).ok()?;
                let listing = Listing::first(Some(lowered), EVERYTHING);
                let mut id = |member: &MemberView<'_>| member.id().to_owned();
                self.read(|tx| app::members::list(tx, &listing, &mut id))
                    .items
            }
            ResourceType::Group => {
                let lowered = group::lower(filter, BASE_URL).ok()?;
                let listing = Listing::first(Some(lowered), EVERYTHING);
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("an id");
                let mut id = |group: &GroupView<'_>| text(group.scim_id);
                self.read(|tx| app::groups::list(tx, &listing, &mut id))
                    .items
            }
        };
        let found: BTreeSet<String> = ids.iter().cloned().collect();
        assert_eq!(found.len(), ids.len(), "{filter} finds somebody twice");
        Some(found)
    }

    fn read<T>(&self, f: impl FnOnce(&::provost::store::tx::ReadTx<'_>) -> Result<T, Error>) -> T {
        self.app.db.read(&self.seat, f).expect("a read")
    }
}

fn users(tx: &::provost::store::tx::ReadTx<'_>) -> Result<Vec<(String, Value)>, Error> {
    let everybody = Listing::first(None, EVERYTHING);
    let page = app::members::list(tx, &everybody, &mut |member| {
        let mut text = String::new();
        user::render(member, BASE_URL, &mut text);
        let value = serde_json::from_str(&text).expect("JSON");
        (member.id().to_owned(), value)
    })?;
    Ok(page.items)
}

fn groups(tx: &::provost::store::tx::ReadTx<'_>) -> Result<Vec<(String, Value)>, Error> {
    let found = app::groups::list_whole(tx, &Listing::first(None, EVERYTHING))?.items;
    let mut rendered = Vec::new();
    for (key, of) in found {
        let limit = i64::try_from(PEOPLE).expect("small");
        let (members, _) = app::groups::members(tx, key, MembersAfter::default(), limit)?;
        let text = group::render_projected(&of, &members, BASE_URL, &Projection::all());
        let value = serde_json::from_str(&text).expect("JSON");
        rendered.push((of.scim_id.to_string(), value));
    }
    Ok(rendered)
}

fn person(number: usize, random: &mut Random) -> Value {
    let mut body = attributes(USER.attributes, random);
    body.insert("schemas".to_owned(), json!([USER_URN]));
    body.insert("userName".to_owned(), json!(name(number, random)));
    if random.below(2) == 0 {
        let id = format!("{}{number}{}", word(random), word(random));
        body.insert("externalId".to_owned(), json!(id));
    }
    if random.below(2) == 0 {
        let extension = attributes(ENTERPRISE.attributes, random);
        body.insert(ENTERPRISE_URN.to_owned(), Value::Object(extension));
    }
    Value::Object(body)
}

fn attributes(table: &'static [Attribute], random: &mut Random) -> Map<String, Value> {
    let mut map = Map::new();
    for attribute in table {
        if attribute.mutability == Mutability::ReadOnly || random.below(5) < 2 {
            continue;
        }
        let value = if attribute.multi {
            let mut entries: Vec<Value> = (0..random.below(4))
                .map(|_| Value::Object(attributes(attribute.subs, random)))
                .collect();
            // One of them at most may be primary.
            for entry in entries.iter_mut().skip(1) {
                if entry["primary"] == true {
                    entry["primary"] = json!(false);
                }
            }
            Value::Array(entries)
        } else {
            match attribute.kind {
                Kind::Complex => Value::Object(attributes(attribute.subs, random)),
                Kind::Boolean => json!(random.below(2) == 0),
                Kind::Binary => json!(*pick(&["AA==", "YWI=", "ywI=", "/+8="], random)),
                Kind::String | Kind::Reference | Kind::DateTime => json!(word(random)),
            }
        };
        map.insert(attribute.name.to_owned(), value);
    }
    map
}

/// Gives some groups other names, by which neither connection knows them; ours then learns of
/// some. Nobody asks for a name that is not shown: it would find the group all the same.
fn rename_some(app: &TestApp, random: &mut Random) {
    let scim = app.scim();
    let shown = scim.get("/Groups").is(200).json();
    for (number, group) in shown["Resources"]
        .as_array()
        .into_iter()
        .flatten()
        .enumerate()
    {
        if random.below(3) > 0 {
            continue;
        }
        let (id, old) = (text(group, "id"), text(group, "displayName"));
        let new = format!("{}renamed{number}", name(number, random));
        let parsed = GroupName::parse(&new).expect("a name");
        let scim_id = GroupScimId::parse(&id).expect("an id");
        app.write(move |tx| {
            let (key, _) = store::groups::find_by_id(tx, &scim_id)?.expect("a group");
            store::groups::rename(tx, key, &parsed)?;
            store::legacy::old_names::keep(tx, key, &old)
        });
        if random.below(3) == 0 {
            let sent = json!([{ "op": "replace", "path": "displayName", "value": new }]);
            scim.patch(&format!("/Groups/{id}"), &sent).is(200);
        }
    }
}

/// Policies beside those that provisioning gives: of groups, of people, and some that deny.
fn give_roles(app: &TestApp, random: &mut Random) {
    assert_eq!(GROUP.attributes.len(), 2);
    let roles: Vec<Vec<u8>> = catalogue::roles()
        .iter()
        // Without Super Administrator, the last of which the database would keep.
        .skip(1)
        .take(4)
        .map(|role| role.permission_group.as_bytes().to_vec())
        .chain([vec![7; 16]])
        .collect();
    let sql = app.sql();
    sql.execute(
        "INSERT INTO custom_roles (id, permission_group, account, name, name_key, description,
             scope, permissions, created_ms, modified_ms)
         SELECT randomblob(16), ?1, seq, 'Approvers', 'approvers', '', 'account', '[]', 0, 0
         FROM accounts LIMIT 1",
        [vec![7; 16]],
    )
    .expect("a role of the account's own");
    let policy = |owner: &str, key: i64, access: &str, role: &[u8]| {
        sql.execute(
            &format!(
                "INSERT INTO policies (seq, id, account, {owner}, access, ordinal, created_ms)
                 SELECT (account << 40) + 1000000 + (SELECT count(*) FROM policies),
                     randomblob(16), account, seq, ?2, 1, 0 FROM {owner}s WHERE seq = ?1"
            )
            .replace("FROM grps", "FROM groups"),
            (key, access),
        )
        .expect("a policy");
        let policy = sql.last_insert_rowid();
        sql.execute(
            "INSERT INTO policy_permission_groups (policy, ordinal, permission_group)
             VALUES (?1, 0, ?2)",
            (policy, role),
        )
        .expect("its role");
        sql.execute(
            "INSERT INTO policy_resource_groups (policy, ordinal, resource_group)
             SELECT ?1, 0, seq FROM resource_groups
             WHERE account = (SELECT account FROM policies WHERE seq = ?1) AND built_in = 1",
            [policy],
        )
        .expect("its resources");
    };
    for (owner, keys) in [
        ("grp", "SELECT seq FROM groups"),
        ("member", "SELECT seq FROM members WHERE state = 'active'"),
    ] {
        let mut keys = sql.prepare(keys).expect("a query");
        let keys: Vec<i64> = keys
            .query_map([], |row| row.get(0))
            .and_then(Iterator::collect)
            .expect("keys");
        for key in keys {
            if random.below(3) == 0 {
                let access = if random.below(4) == 0 {
                    "deny"
                } else {
                    "allow"
                };
                policy(owner, key, access, pick::<Vec<u8>>(&roles, random));
            }
        }
    }
}
