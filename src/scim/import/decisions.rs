//! Mapping files: what becomes of groups, by their names as they are.
//!
//! JSON: `{"old": "new"}`, or `{"old": {"new_name": …, "choice": …, "role": …}}`, or an array of
//! such objects with the old name as `group`, as a plan holds them. CSV: rows of `group,new_name,
//! choice,role`, of which the last two may be missing.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::csv::{Row, Rows};
use super::{Fault, Place, check_name, fault_of};
use crate::domain::legacy::plan::{Choice, Decision};
use crate::domain::text::shown;

/// What the first column is called where the first row says so.
const HEADERS: [&str; 7] = [
    "old",
    "old name",
    "old_name",
    "group",
    "group_name",
    "displayname",
    "name",
];
const WORDS: &str = "write convert, rename-only, skip, or as-role with a role";
const SHAPE: &str =
    "write each group's name with its new name, or with {\"new_name\", \"choice\", \"role\"}";

/// What is said of one group, as it stands there.
#[derive(Default)]
struct Said<'t> {
    new_name: &'t str,
    decision: &'t str,
    role: &'t str,
}

/// Errors: for an empty name, for a word that is no decision, and where nothing is said.
fn decision(place: impl Fn() -> Place, old: &str, said: &Said<'_>) -> Result<Decision, Fault> {
    check_name(&place, "the group", old)?;
    let some = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
    let word = said.decision.trim();
    let (choice, role) = match word.to_ascii_lowercase().replace('_', "-").as_str() {
        "" => (None, some(said.role)),
        "convert" | "as-role" => (Some(Choice::Convert), some(said.role)),
        "rename-only" | "rename" => (Some(Choice::RenameOnly), None),
        "skip" => (Some(Choice::Skip), None),
        other if other.starts_with("as-role") => {
            let rest = word.get("as-role".len()..).unwrap_or_default();
            let role = rest.trim_start_matches([' ', ':', '=']);
            (Some(Choice::Convert), some(role))
        }
        _ => {
            let what = format!("{:?} is no choice", shown(word));
            return Err(Fault::new(place(), what, WORDS));
        }
    };
    if word.to_ascii_lowercase().starts_with("as") && role.is_none() {
        return Err(Fault::new(place(), "as-role is without a role", WORDS));
    }
    let new_name = some(said.new_name);
    if choice.is_none() && role.is_none() && new_name.is_none() {
        return Err(Fault::new(
            place(),
            "nothing is said of the group",
            "give it a new name, a choice or a role",
        ));
    }
    Ok(Decision {
        group: old.to_owned(),
        choice,
        role,
        new_name,
    })
}

pub(super) fn of_csv(text: &str) -> Result<Vec<Decision>, Fault> {
    let mut made = Vec::new();
    for (number, row) in Rows::of(text).enumerate() {
        let Row { line, fields } = row?;
        let at = |at: usize| fields.get(at).map(String::as_str).unwrap_or_default();
        let first = at(0).trim().to_ascii_lowercase();
        if number == 0 && HEADERS.contains(&&*first) {
            continue;
        }
        if !(2..=4).contains(&fields.len()) {
            return Err(Fault::new(
                Place::Line(line),
                format!("the row has {} fields", fields.len()),
                "write group,new_name,choice,role, with names that hold a comma in quotes",
            ));
        }
        let said = Said {
            new_name: at(1),
            decision: at(2),
            role: at(3),
        };
        made.push(decision(|| Place::Line(line), at(0), &said)?);
    }
    Ok(made)
}

/// The members of an object in their order, equal names too: two decisions about one group are
/// refused where the groups are known.
struct Pairs(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of groups' names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = from.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        from.deserialize_map(Reader)
    }
}

pub(super) fn of_json(text: &str) -> Result<Vec<Decision>, Fault> {
    if text.trim_start().starts_with('[') {
        return of_array(text);
    }
    let Pairs(pairs) = serde_json::from_str(text).map_err(|error| fault_of(&error, SHAPE))?;
    let each = pairs.iter().map(|(old, said)| {
        let place = || Place::Pointer(format!("/{}", old.replace('~', "~0").replace('/', "~1")));
        if let Some(new_name) = said.as_str() {
            let said = Said {
                new_name,
                ..Said::default()
            };
            return decision(place, old, &said);
        }
        let (other, said) = said_of(place, said)?;
        if !other.is_empty() {
            let what = "group is said twice: the name in front is the group's";
            return Err(Fault::new(place(), what, SHAPE));
        }
        decision(place, old, &said)
    });
    each.collect()
}

fn of_array(text: &str) -> Result<Vec<Decision>, Fault> {
    let all: Vec<Value> = serde_json::from_str(text).map_err(|error| fault_of(&error, SHAPE))?;
    let each = all.iter().enumerate().map(|(number, said)| {
        let place = || Place::Pointer(format!("/{number}"));
        let (group, said) = said_of(place, said)?;
        decision(place, group, &said)
    });
    each.collect()
}

/// The group where it is named in the object, and what is said of it.
fn said_of(place: impl Fn() -> Place, said: &Value) -> Result<(&str, Said<'_>), Fault> {
    let Some(members) = said.as_object() else {
        return Err(Fault::new(place(), "neither a text nor an object", SHAPE));
    };
    let (mut group, mut read) = ("", Said::default());
    for (name, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let Some(text) = value.as_str() else {
            let what = format!("{} is no text", shown(name));
            return Err(Fault::new(place(), what, SHAPE));
        };
        match name.as_str() {
            "group" => group = text,
            "name" | "new_name" => read.new_name = text,
            "decision" | "choice" => read.decision = text,
            "role" => read.role = text,
            _ => {
                let what = format!("{:?} is not known", shown(name));
                return Err(Fault::new(place(), what, SHAPE));
            }
        }
    }
    Ok((group, read))
}
