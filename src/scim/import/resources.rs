//! A SCIM ListResponse of Groups, and of Users where they are in the same file: members are ids,
//! and only the Users tell whose. Several pages stand in a JSON array, and so may the resources
//! themselves.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Fault, Place, ROWS_MAX, check_name, fault_of};
use crate::domain::legacy::plan::ImportGroup;
use crate::domain::text::shown;

const LIST: &str = "save the answer to GET /Groups as it is, or several of them in a JSON array";
const PAGES: &str = "save all pages (startIndex), and put them into one JSON array";
const USERS: &str =
    "add the answer to GET /Users to the file, with both in a JSON array, so that ids have names";

/// What is read of a file: a list, or several.
enum File {
    One(Page),
    Many(Vec<Page>),
}

#[derive(Default)]
struct Page {
    /// `None`: it is no list.
    resources: Option<Vec<Resource>>,
    total: Option<u64>,
    /// What it is where it is no list.
    itself: Resource,
}

/// A User or a Group, as much of it as matters.
#[derive(Default)]
struct Resource {
    schemas: Vec<String>,
    id: Option<String>,
    user_name: Option<String>,
    display_name: Option<String>,
    members: Option<Vec<Member>>,
}

#[derive(Default)]
struct Member {
    value: Option<String>,
    display: Option<String>,
    kind: Option<String>,
}

/// What is made of an object, member by member; names are compared letter case aside
/// (RFC 7643 2.1).
trait Object: Default {
    const WHAT: &'static str;
    /// Reads the value of that name, or reads over it.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, from: &mut A) -> Result<(), A::Error>;
}

struct Reader<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<T, A::Error> {
        let mut made = T::default();
        let mut names = HashSet::new();
        while let Some(name) = from.next_key::<String>()? {
            let name = name.to_ascii_lowercase();
            made.take(&name, &mut from)?;
            if !names.insert(name.clone()) {
                return Err(A::Error::custom(format_args!(
                    "the name {:?} occurs twice in one object, letter case aside",
                    shown(&name)
                )));
            }
        }
        Ok(made)
    }
}

macro_rules! read_as_object {
    ($($name:ident),*) => {
        $(impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_map(Reader(PhantomData))
            }
        })*
    };
}

read_as_object!(Page, Resource, Member);

impl Object for Page {
    const WHAT: &'static str = "a ListResponse";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, from: &mut A) -> Result<(), A::Error> {
        match name {
            "resources" => self.resources = from.next_value::<Option<Vec<Resource>>>()?,
            "totalresults" => self.total = from.next_value()?,
            _ => self.itself.take(name, from)?,
        }
        Ok(())
    }
}

impl Object for Resource {
    const WHAT: &'static str = "a User or a Group";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, from: &mut A) -> Result<(), A::Error> {
        match name {
            "schemas" => self.schemas = from.next_value::<Option<_>>()?.unwrap_or_default(),
            "id" => self.id = from.next_value()?,
            "username" => self.user_name = from.next_value()?,
            "displayname" => self.display_name = from.next_value()?,
            "members" => self.members = from.next_value()?,
            _ => drop(from.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl Object for Member {
    const WHAT: &'static str = "a member with value and display";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, from: &mut A) -> Result<(), A::Error> {
        match name {
            "value" => self.value = from.next_value()?,
            "display" => self.display = from.next_value()?,
            "type" => self.kind = from.next_value()?,
            _ => drop(from.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = File;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a ListResponse, or an array of them")
            }

            fn visit_map<A: MapAccess<'de>>(self, from: A) -> Result<File, A::Error> {
                Reader::<Page>(PhantomData).visit_map(from).map(File::One)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<File, A::Error> {
                let mut pages = Vec::new();
                while let Some(page) = from.next_element()? {
                    pages.push(page);
                }
                Ok(File::Many(pages))
            }
        }
        from.deserialize_any(Either)
    }
}

impl Resource {
    /// A list may leave the schemas out; what has a userName is a person.
    fn is_user(&self) -> bool {
        self.user_name.is_some()
            || self
                .schemas
                .iter()
                .any(|urn| urn.eq_ignore_ascii_case(crate::scim::USER_URN))
    }
}

/// Each resource with the pointer to it.
fn resources(pages: Vec<(String, Page)>) -> Result<Vec<(String, Resource)>, Fault> {
    let mut all = Vec::new();
    let mut announced: HashMap<Kind, u64> = HashMap::new();
    for (at, page) in pages {
        match page.resources {
            Some(listed) => {
                let most = announced.entry(Kind::of(&listed)).or_default();
                *most = (*most).max(page.total.unwrap_or_default());
                let each = listed.into_iter().enumerate();
                all.extend(each.map(|(number, one)| (format!("{at}/Resources/{number}"), one)));
            }
            None if page.itself.is_user() || page.itself.display_name.is_some() => {
                all.push((at, page.itself));
            }
            None => {
                let what = "there is no list of Resources";
                return Err(Fault::new(Place::Pointer(at), what, LIST));
            }
        }
    }
    for (kind, announced) in announced {
        let there = kind.count(&all);
        if u64::try_from(there).unwrap_or(u64::MAX) < announced {
            let what = format!(
                "it holds {there} {}, and its totalResults says that there are {announced}",
                kind.noun()
            );
            return Err(Fault::new(Place::Whole, what, PAGES));
        }
    }
    if all.len() > ROWS_MAX {
        return Err(Fault::new(
            Place::Whole,
            format!("it holds more than {ROWS_MAX} resources"),
            "split it by groups, and migrate one part after the other",
        ));
    }
    Ok(all)
}

/// What a page lists: its totalResults counts these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Users,
    Groups,
    /// Or nothing.
    Both,
}

impl Kind {
    fn of(listed: &[Resource]) -> Self {
        let users = listed.iter().filter(|one| one.is_user()).count();
        match listed.len() - users {
            0 if users > 0 => Self::Users,
            groups if groups > 0 && users == 0 => Self::Groups,
            _ => Self::Both,
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Users => "Users",
            Self::Groups => "Groups",
            Self::Both => "resources",
        }
    }

    /// How many there are; a page that was saved twice counts once.
    fn count(self, all: &[(String, Resource)]) -> usize {
        let mut seen = HashSet::new();
        let fits = |one: &Resource| match self {
            Self::Users => one.is_user(),
            Self::Groups => !one.is_user(),
            Self::Both => true,
        };
        let fitting = all.iter().filter(|(_, one)| fits(one));
        let each = fitting.filter(|(_, one)| match &one.id {
            Some(id) => seen.insert((one.is_user(), id)),
            None => true,
        });
        each.count()
    }
}

pub(super) fn groups(text: &str) -> Result<Vec<ImportGroup>, Fault> {
    let file = serde_json::from_str::<File>(text).map_err(|error| fault_of(&error, LIST))?;
    let pages = match file {
        File::One(page) => vec![(String::new(), page)],
        File::Many(pages) => {
            let each = pages.into_iter().enumerate();
            each.map(|(number, page)| (format!("/{number}"), page))
                .collect()
        }
    };
    let all = resources(pages)?;
    let mut users: HashMap<&str, &str> = HashMap::new();
    for (_, one) in all.iter().filter(|(_, one)| one.is_user()) {
        if let (Some(id), Some(name)) = (&one.id, &one.user_name) {
            users.insert(id, name);
        }
    }
    let groups = all.iter().filter(|(_, one)| !one.is_user());
    let groups = groups.map(|(at, one)| group(at, one, &users));
    let groups: Vec<ImportGroup> = groups.collect::<Result<_, _>>()?;
    if groups.is_empty() {
        return Err(Fault::new(Place::Whole, "it has no Group", LIST));
    }
    Ok(groups)
}

fn group(at: &str, one: &Resource, users: &HashMap<&str, &str>) -> Result<ImportGroup, Fault> {
    let place = || Place::Pointer(format!("{at}/displayName"));
    let name = one.display_name.as_deref().unwrap_or_default();
    check_name(place, "the displayName", name)?;
    let mut seen = HashSet::new();
    let mut members = Vec::new();
    for (number, member) in one.members.iter().flatten().enumerate() {
        let place = || Place::Pointer(format!("{at}/members/{number}"));
        if member
            .kind
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("group"))
        {
            return Err(Fault::new(
                place(),
                "a group is a member of a group",
                "put its people into the outer group, or take it out",
            ));
        }
        let Some(user_name) = name_of(member, users) else {
            let id = shown(member.value.as_deref().unwrap_or_default());
            let what = format!("no User of the file has the id {id:?}, and there is no display");
            return Err(Fault::new(place(), what, USERS));
        };
        check_name(place, "the member's name", user_name)?;
        if seen.insert(user_name) {
            members.push(user_name.to_owned());
        }
    }
    Ok(ImportGroup {
        name: name.to_owned(),
        members,
    })
}

/// Who a member is: by the id, where the file has the User; else what is displayed, unless that is
/// a person's plain name and the value is an address.
fn name_of<'f>(member: &'f Member, users: &HashMap<&'f str, &'f str>) -> Option<&'f str> {
    let value = member.value.as_deref().unwrap_or_default();
    let display = member.display.as_deref();
    let display = display.filter(|text| !text.trim().is_empty());
    let is_address = |text: &&str| text.contains('@');
    let known = users.get(value).copied();
    let known = known.or_else(|| display.filter(is_address));
    let known = known.or_else(|| Some(value).filter(is_address));
    known.or(display)
}
