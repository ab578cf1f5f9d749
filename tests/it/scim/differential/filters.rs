//! Random filters over every announced attribute, whose values are mostly those of a resource
//! that is there.

use ::provost::scim::filter::{CompareOp, Filter, Literal};
use ::provost::scim::path::AttrPath;
use ::provost::scim::schema::{Attribute, COMMON, Kind, Place, ResourceType};
use serde_json::Value;

use super::world::{ODD, WORDS, World, pick};
use crate::harness::Random;

/// A filter that, more often than not, the resource `anchor` passes.
struct Draw<'w> {
    resource: ResourceType,
    anchor: &'w Value,
}

/// An attribute, or with `sub` a part of it.
#[derive(Clone, Copy)]
struct Aim {
    place: Place,
    attribute: &'static Attribute,
    sub: Option<&'static Attribute>,
}

pub(super) fn draw(world: &World, resource: ResourceType, random: &mut Random) -> Filter {
    let (_, anchor) = pick(world.of(resource), random);
    Draw { resource, anchor }.filter(3, random)
}

impl Draw<'_> {
    fn filter(&self, depth: usize, random: &mut Random) -> Filter {
        match random.below(if depth == 0 { 6 } else { 11 }) {
            0..5 => {
                let aim = self.aim(random);
                let values = values(aim, self.anchor);
                comparison(aim.leaf(), self.path(aim, random), &values, random)
            }
            5 => self.entry(random),
            6 | 7 => Filter::And(self.several(depth, random)),
            8 | 9 => Filter::Or(self.several(depth, random)),
            _ => Filter::Not(Box::new(self.filter(depth - 1, random))),
        }
    }

    fn several(&self, depth: usize, random: &mut Random) -> Vec<Filter> {
        let count = 2 + random.below(2);
        (0..count).map(|_| self.filter(depth - 1, random)).collect()
    }

    fn aim(&self, random: &mut Random) -> Aim {
        let mut tables = vec![
            (Place::Common, COMMON),
            (Place::Core, self.resource.core().attributes),
        ];
        if let Some(extension) = self.resource.extension() {
            tables.push((Place::Extension, extension.attributes));
        }
        let all: Vec<(Place, &'static Attribute)> = tables
            .iter()
            .flat_map(|(place, table)| table.iter().map(|attribute| (*place, attribute)))
            .collect();
        let (place, attribute) = *pick(&all, random);
        let has_parts = !attribute.subs.is_empty() && random.below(5) > 0;
        let sub = has_parts.then(|| pick(attribute.subs, random));
        Aim {
            place,
            attribute,
            sub,
        }
    }

    fn path(&self, aim: Aim, random: &mut Random) -> AttrPath {
        let urn = match (aim.place, self.resource.extension()) {
            (Place::Extension, Some(extension)) => extension.urn,
            _ => self.resource.core().urn,
        };
        let unknown = random.below(60) == 0;
        AttrPath {
            urn: (random.below(4) == 0).then(|| cased(urn, random)),
            name: if unknown {
                "shoeSize".to_owned()
            } else {
                cased(aim.attribute.name, random)
            },
            sub: aim.sub.map(|sub| cased(sub.name, random)),
        }
    }

    /// `attribute[…]`.
    fn entry(&self, random: &mut Random) -> Filter {
        let aim = loop {
            let aim = self.aim(random);
            if !aim.attribute.subs.is_empty() || random.below(40) == 0 {
                break Aim { sub: None, ..aim };
            }
        };
        let entries = values(aim, self.anchor);
        let entry = match entries.as_slice() {
            [] => &Value::Null,
            entries => pick(entries, random),
        };
        Filter::Entry {
            path: self.path(aim, random),
            filter: Box::new(in_brackets(aim.attribute, entry, 2, random)),
        }
    }
}

impl Aim {
    fn leaf(self) -> &'static Attribute {
        self.sub.unwrap_or(self.attribute)
    }
}

fn in_brackets(
    attribute: &'static Attribute,
    entry: &Value,
    depth: usize,
    random: &mut Random,
) -> Filter {
    let several = |random: &mut Random| {
        let part = |_| in_brackets(attribute, entry, depth - 1, random);
        (0..2).map(part).collect()
    };
    match random.below(if depth == 0 || attribute.subs.is_empty() {
        4
    } else {
        8
    }) {
        0..4 => {
            let sub = match attribute.subs {
                [] => attribute,
                subs => pick(subs, random),
            };
            let path = AttrPath {
                urn: None,
                name: cased(sub.name, random),
                sub: None,
            };
            let values: Vec<&Value> = entry.get(sub.name).into_iter().collect();
            comparison(
                sub,
                path,
                &values.into_iter().cloned().collect::<Vec<_>>(),
                random,
            )
        }
        4 | 5 => Filter::And(several(random)),
        6 => Filter::Or(several(random)),
        _ => Filter::Not(Box::new(in_brackets(attribute, entry, depth - 1, random))),
    }
}

/// What the resource has there, the entries of a list one by one.
fn values(aim: Aim, of: &Value) -> Vec<Value> {
    let container = match aim.place {
        Place::Extension => {
            let urn = ResourceType::User
                .extension()
                .map(|extension| extension.urn);
            urn.and_then(|urn| of.get(urn))
        }
        Place::Common | Place::Core => Some(of),
    };
    let found = container.and_then(|container| container.get(aim.attribute.name));
    let found = match found {
        Some(Value::Array(items)) => items.clone(),
        Some(value) => vec![value.clone()],
        None => Vec::new(),
    };
    match aim.sub {
        Some(sub) => found
            .iter()
            .filter_map(|value| value.get(sub.name).cloned())
            .collect(),
        None => found,
    }
}

fn comparison(
    attribute: &'static Attribute,
    path: AttrPath,
    values: &[Value],
    random: &mut Random,
) -> Filter {
    if random.below(8) == 0 {
        return Filter::Present(path);
    }
    let value = match values {
        [] => None,
        values => Some(pick(values, random)),
    };
    // A complex value stands for its `value`.
    let value = value.map(|value| value.get("value").unwrap_or(value));
    let kind = attribute.value_sub().map_or(attribute.kind, |sub| sub.kind);
    let equality = [CompareOp::Eq, CompareOp::Ne];
    let unordered = matches!(kind, Kind::Boolean | Kind::Binary) && random.below(25) > 0;
    let op = if unordered || random.below(3) == 0 {
        *pick(&equality, random)
    } else {
        *pick(&CompareOp::ALL, random)
    };
    Filter::Compare {
        path,
        op,
        value: literal(kind, op, value, random),
    }
}

fn literal(kind: Kind, op: CompareOp, value: Option<&Value>, random: &mut Random) -> Literal {
    match (random.below(20), kind, value) {
        (0, _, _) => Literal::Null,
        (1, _, _) => Literal::Number(44.into()),
        (2, _, _) => Literal::Bool(random.below(2) == 0),
        (3 | 4, _, _) => Literal::Text((*pick(&WORDS, random)).to_owned()),
        (5, _, _) => Literal::Text((*pick(&ODD, random)).to_owned()),
        (6, Kind::Boolean, Some(Value::Bool(value))) => {
            Literal::Text(cased(&value.to_string(), random))
        }
        (_, Kind::Boolean, Some(Value::Bool(value))) => Literal::Bool(*value),
        (_, Kind::Boolean, _) => Literal::Bool(random.below(2) == 0),
        (_, Kind::DateTime, Some(Value::String(text))) => Literal::Text(instant(text, random)),
        (_, _, Some(Value::String(text))) => Literal::Text(part(text, op, random)),
        _ => Literal::Text((*pick(&WORDS, random)).to_owned()),
    }
}

/// The same instant, or one close to it, in some spelling.
fn instant(text: &str, random: &mut Random) -> String {
    let at: jiff::Timestamp = text.parse().expect("an instant");
    let nanoseconds = *pick(
        &[0, 0, 0, 1_000_000, -1_000_000, 300_000, -1, 5_000_000],
        random,
    );
    let at = at + jiff::SignedDuration::from_nanos(nanoseconds);
    match random.below(3) {
        0 => at.to_string(),
        1 => at.to_string().trim_end_matches('Z').to_owned(),
        _ => {
            let zone = jiff::tz::Offset::constant(-3).to_time_zone();
            at.to_zoned(zone)
                .strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
                .to_string()
        }
    }
}

/// As much of a text as the operator looks at, now and then in other letters.
fn part(text: &str, op: CompareOp, random: &mut Random) -> String {
    let chars: Vec<char> = text.chars().collect();
    let (from, to) = match op {
        CompareOp::Sw => (0, random.below(chars.len() + 1)),
        CompareOp::Ew => (random.below(chars.len() + 1), chars.len()),
        CompareOp::Co => {
            let from = random.below(chars.len() + 1);
            (from, from + random.below(chars.len() - from + 1))
        }
        CompareOp::Eq
        | CompareOp::Ne
        | CompareOp::Gt
        | CompareOp::Ge
        | CompareOp::Lt
        | CompareOp::Le => (0, chars.len()),
    };
    let part: String = chars[from..to].iter().collect();
    match random.below(4) {
        0 => part.to_uppercase(),
        1 => part.to_lowercase(),
        _ => part,
    }
}

/// ASCII letters in either case.
fn cased(text: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => text.to_ascii_uppercase(),
        1 => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    }
}
