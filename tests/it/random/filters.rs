//! Filters and paths: mostly of the grammar, over names that are announced and names that are
//! not.

use std::fmt::Write;

use super::World;
use super::bodies::Dice;

const ATTRIBUTES: [&str; 40] = [
    "userName",
    "USERNAME",
    "active",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "name",
    "name.familyName",
    "name.formatted",
    "displayName",
    "externalId",
    "id",
    "meta",
    "meta.created",
    "meta.lastModified",
    "meta.resourceType",
    "meta.version",
    "meta.location",
    "schemas",
    "groups",
    "groups.value",
    "groups.display",
    "roles",
    "roles.value",
    "members",
    "members.value",
    "members.type",
    "members.$ref",
    "title",
    "addresses.country",
    "phoneNumbers",
    "x509Certificates.value",
    "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "department",
    "manager",
    "password",
    "nothing.of.it",
];
const LISTS: [&str; 9] = [
    "emails",
    "addresses",
    "phoneNumbers",
    "groups",
    "roles",
    "members",
    "x509Certificates",
    "name",
    "userName",
];
const SUBS: [&str; 8] = [
    "value",
    "type",
    "primary",
    "display",
    "$ref",
    "country",
    "familyName",
    "no",
];
const OPERATORS: [&str; 13] = [
    "eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "xx",
];

pub(super) fn attribute(dice: &mut Dice<'_>) -> &'static str {
    dice.pick(&ATTRIBUTES)
}

/// A literal, quoted and escaped as JSON; now and then not.
fn literal(dice: &mut Dice<'_>, world: &World) -> String {
    match dice.below(10) {
        0 => "true".to_owned(),
        1 => "false".to_owned(),
        2 => "null".to_owned(),
        3 => dice.pick(&["1", "-2.5", "1e400", "bare"]).to_owned(),
        4 => format!("\"{}\"", dice.id(&world.users)),
        5 => dice
            .pick(&["\"2026-11-21T00:00:00Z\"", "\"2026-02-30T25:61:61+99:99\""])
            .to_owned(),
        _ => serde_json::Value::from(dice.text()).to_string(),
    }
}

pub(super) fn filter(dice: &mut Dice<'_>, world: &World, depth: usize) -> String {
    match dice.below(if depth == 0 { 6 } else { 12 }) {
        0 => format!("{} pr", attribute(dice)),
        1..=5 => {
            let (name, operator) = (attribute(dice), dice.pick(&OPERATORS));
            format!("{name} {operator} {}", literal(dice, world))
        }
        6 => format!("not ({})", filter(dice, world, depth - 1)),
        7 => format!("({})", filter(dice, world, depth - 1)),
        8 | 9 => {
            let word = dice.pick(&["and", "or", "AND", "xor"]);
            let left = filter(dice, world, depth - 1);
            format!("{left} {word} {}", filter(dice, world, depth - 1))
        }
        _ => entry(dice, world),
    }
}

/// `emails[type eq "work" and …]`.
fn entry(dice: &mut Dice<'_>, world: &World) -> String {
    let mut text = format!("{}[", dice.pick(&LISTS));
    for number in 0..=dice.below(3) {
        if number > 0 {
            text.push_str(dice.pick(&[" and ", " or ", " and not "]));
        }
        let (sub, operator) = (dice.pick(&SUBS), dice.pick(&OPERATORS));
        write!(text, "{sub} {operator} {}", literal(dice, world)).expect("a text grows");
    }
    text.push(']');
    text
}

/// The path of a PATCH operation.
pub(super) fn path(dice: &mut Dice<'_>, world: &World) -> String {
    match dice.below(8) {
        0 => entry(dice, world),
        1 => format!("{}.{}", entry(dice, world), dice.pick(&SUBS)),
        2 => format!("members[value eq \"{}\"]", dice.id(&world.users)),
        3 => dice.text(),
        _ => attribute(dice).to_owned(),
    }
}
