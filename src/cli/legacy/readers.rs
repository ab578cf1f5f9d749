//! Reads the files of a migration: groups of another system, decisions, plans, and people whose
//! changes are confirmed.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::admin::fault::{Fault, exit};
use crate::domain::legacy::plan::{Choice, Decision, FORMAT, ImportGroup, Plan};

/// Largest file of groups or decisions, in bytes: what is read goes to the server as one request.
pub(super) const FILE_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// Largest plan: it names everybody it touches.
const PLAN_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// What is wrong with a file: where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) why: String,
    pub(super) next: &'static str,
}

impl Wrong {
    fn new(why: impl Into<String>, next: &'static str) -> Self {
        Self {
            why: why.into(),
            next,
        }
    }
}

type Found<T> = Result<T, Wrong>;

const CORRECT: &str = "correct the file and repeat the command";

/// The whole file, and what reading it comes to.
pub(super) fn file<T>(path: &Path, read: impl FnOnce(&[u8]) -> Found<T>) -> Result<T, Fault> {
    bounded(path, FILE_BYTES_MAX, read)
}

fn bounded<T>(path: &Path, max: u64, read: impl FnOnce(&[u8]) -> Found<T>) -> Result<T, Fault> {
    let what = || format!("cannot read {}", path.display());
    let mut bytes = Vec::new();
    let taken = File::open(path).and_then(|file| file.take(max + 1).read_to_end(&mut bytes));
    taken
        .map_err(|error| Fault::usage(what(), error.to_string(), "name a file that can be read"))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > max {
        let why = format!("it is larger than {} MiB", max / 1024 / 1024);
        return Err(Fault::usage(
            what(),
            why,
            "split it, and plan the parts apart",
        ));
    }
    // Spreadsheets put it in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    read(bytes).map_err(|wrong| Fault::usage(what(), wrong.why, wrong.next))
}

/// A plan that was written by `legacy plan --out` or `legacy import --out`.
pub(super) fn plan(path: &Path) -> Result<Plan, Fault> {
    const AGAIN: &str = "make the plan again with `provost legacy plan --out FILE`";
    bounded(path, PLAN_BYTES_MAX, |bytes| {
        let plan: Plan = serde_json::from_slice(bytes)
            .map_err(|error| Wrong::new(format!("it is no plan: {error}"), AGAIN))?;
        if plan.format == FORMAT {
            return Ok(plan);
        }
        Err(Wrong::new(
            format!("its format is {:?} and not {FORMAT:?}", plan.format),
            AGAIN,
        ))
    })
    .map_err(|fault| Fault {
        exit_code: exit::USAGE,
        ..fault
    })
}

fn is_json(bytes: &[u8]) -> bool {
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    matches!(first, Some(b'{' | b'['))
}

/// Groups with the userNames of their members: a SCIM `ListResponse` (RFC 7644 3.4.2) or CSV of
/// `group,member`.
pub(super) fn groups(bytes: &[u8]) -> Found<Vec<ImportGroup>> {
    let groups = if is_json(bytes) {
        groups_of_scim(bytes)
    } else {
        groups_of_csv(bytes)
    }?;
    if groups.is_empty() {
        return Err(Wrong::new(
            "it holds no group",
            "give a SCIM list of Groups as JSON, or CSV with the columns group and member",
        ));
    }
    Ok(groups)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ScimGroup {
    display_name: String,
    #[serde(default)]
    members: Vec<ScimMember>,
}

#[derive(Deserialize)]
struct ScimMember {
    #[serde(default)]
    value: Option<String>,
    #[serde(default)]
    display: Option<String>,
}

fn groups_of_scim(bytes: &[u8]) -> Found<Vec<ImportGroup>> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| Wrong::new(format!("it is no JSON: {error}"), CORRECT))?;
    let resources = match &document {
        Value::Array(all) => all,
        Value::Object(list) => match member(list, "Resources").and_then(Value::as_array) {
            Some(all) => all,
            None => {
                return Err(Wrong::new(
                    "it has no array Resources, so it is no SCIM list",
                    "save the answer to GET /Groups as it came",
                ));
            }
        },
        _ => return Err(Wrong::new("it is no SCIM list", CORRECT)),
    };
    let mut names: HashMap<&str, &str> = HashMap::new();
    for resource in resources.iter().filter_map(Value::as_object) {
        let text = |name| member(resource, name).and_then(Value::as_str);
        if let (Some(id), Some(name)) = (text("id"), text("userName")) {
            names.insert(id, name);
        }
    }
    let mut groups = Vec::new();
    for (place, resource) in resources.iter().enumerate() {
        let pointer = format!("/Resources/{place}");
        let Some(object) = resource.as_object() else {
            return Err(Wrong::new(format!("{pointer} is no object"), CORRECT));
        };
        if member(object, "userName").is_some() {
            continue;
        }
        let group: ScimGroup = serde_json::from_value(canonical(object))
            .map_err(|error| Wrong::new(format!("{pointer} is no group: {error}"), CORRECT))?;
        groups.push(ImportGroup {
            members: people(&group.members, &names, &pointer)?,
            name: group.display_name,
        });
    }
    Ok(groups)
}

/// The userNames of a group's members: by id where the list has the people too, else what the
/// provider displays, else a value that is an address.
fn people(
    members: &[ScimMember],
    names: &HashMap<&str, &str>,
    pointer: &str,
) -> Found<Vec<String>> {
    let mut people = Vec::with_capacity(members.len());
    for (place, member) in members.iter().enumerate() {
        let value = member.value.as_deref().unwrap_or_default();
        let display = member
            .display
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        let known = names.get(value).copied().or(display);
        let name = known.or_else(|| Some(value).filter(|value| value.contains('@')));
        let name = name.ok_or_else(|| {
            Wrong::new(
                format!(
                    "{pointer}/members/{place} has the value {value:?} and no display, so it \
                     is not known who that is"
                ),
                "add the people (GET /Users) to the same list of Resources, or give each member a \
                 display",
            )
        })?;
        people.push(name.to_owned());
    }
    Ok(people)
}

/// Attribute names have no letter case (RFC 7643 2.1).
fn member<'v>(object: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let exact = object.get(name);
    exact.or_else(|| {
        let mut all = object.iter();
        all.find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    })
}

fn canonical(object: &Map<String, Value>) -> Value {
    let mut group = Map::new();
    for name in ["displayName", "members"] {
        if let Some(value) = member(object, name).filter(|value| !value.is_null()) {
            group.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(group)
}

fn records(bytes: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::None)
        .from_reader(bytes)
}

/// The fields of each line, with its number from 1; empty lines are passed over.
fn rows(bytes: &[u8]) -> impl Iterator<Item = Found<(u64, csv::StringRecord)>> {
    records(bytes).into_records().map(|record| {
        let record = record.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            let why = match error.kind() {
                csv::ErrorKind::Utf8 { .. } => format!("line {line} is no UTF-8"),
                _ => format!("line {line} is no CSV: {error}"),
            };
            Wrong::new(why, "save the file as CSV in UTF-8, and repeat the command")
        })?;
        let line = record.position().map_or(0, csv::Position::line);
        Ok((line, record))
    })
}

fn is_header(record: &csv::StringRecord) -> bool {
    let first = record.get(0).unwrap_or_default().trim();
    ["group", "group_name", "old_name", "displayname"]
        .iter()
        .any(|name| first.eq_ignore_ascii_case(name))
}

fn groups_of_csv(bytes: &[u8]) -> Found<Vec<ImportGroup>> {
    let mut groups: Vec<ImportGroup> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for (number, row) in rows(bytes).enumerate() {
        let (line, record) = row?;
        if number == 0 && is_header(&record) {
            continue;
        }
        if record.len() > 2 {
            let why = format!("line {line} has {} fields and not 2", record.len());
            return Err(Wrong::new(why, "put names with commas in double quotes"));
        }
        let group = record.get(0).unwrap_or_default();
        if group.is_empty() {
            let why = format!("line {line} names no group");
            return Err(Wrong::new(why, CORRECT));
        }
        let place = *places.entry(group.to_owned()).or_insert_with(|| {
            groups.push(ImportGroup {
                name: group.to_owned(),
                members: Vec::new(),
            });
            groups.len() - 1
        });
        let member = record.get(1).unwrap_or_default().trim();
        if let Some(group) = groups.get_mut(place)
            && !member.is_empty()
        {
            group.members.push(member.to_owned());
        }
    }
    Ok(groups)
}

/// What was decided of groups: JSON (an object of old and new names, or an array of decisions as
/// a plan holds them) or CSV of `group,new_name,choice,role`, the last two optional.
pub(super) fn decisions(bytes: &[u8]) -> Found<Vec<Decision>> {
    if is_json(bytes) {
        return decisions_of_json(bytes);
    }
    let mut decisions = Vec::new();
    for (number, row) in rows(bytes).enumerate() {
        let (line, record) = row?;
        if number == 0 && is_header(&record) {
            continue;
        }
        let field = |place| {
            let text = record.get(place).unwrap_or_default();
            Some(text.to_owned()).filter(|text: &String| !text.trim().is_empty())
        };
        let Some(group) = field(0) else {
            return Err(Wrong::new(format!("line {line} names no group"), CORRECT));
        };
        if record.len() > 4 {
            let why = format!("line {line} has {} fields and not 2 to 4", record.len());
            return Err(Wrong::new(why, "put names with commas in double quotes"));
        }
        let choice = field(2).map(|text| choice(text.trim(), line)).transpose()?;
        decisions.push(Decision {
            group,
            new_name: field(1),
            choice,
            role: field(3),
        });
    }
    Ok(decisions)
}

fn choice(text: &str, line: u64) -> Found<Choice> {
    let plain = text.replace('-', "_").to_ascii_lowercase();
    serde_json::from_value(Value::String(plain)).map_err(|_| {
        Wrong::new(
            format!("line {line} has the choice {text:?}"),
            "write convert, rename-only or skip",
        )
    })
}

fn decisions_of_json(bytes: &[u8]) -> Found<Vec<Decision>> {
    let document: Value = serde_json::from_slice(bytes)
        .map_err(|error| Wrong::new(format!("it is no JSON: {error}"), CORRECT))?;
    let all = match document {
        Value::Array(all) => all,
        Value::Object(names) => {
            let decision = |(group, new_name): (String, Value)| {
                let Value::String(new_name) = new_name else {
                    return Err(Wrong::new(
                        format!("the new name of {group:?} is no string"),
                        CORRECT,
                    ));
                };
                Ok(Decision {
                    group,
                    new_name: Some(new_name),
                    ..Decision::default()
                })
            };
            return names.into_iter().map(decision).collect();
        }
        _ => return Err(Wrong::new("it is neither an object nor an array", CORRECT)),
    };
    let decision = |(place, value)| {
        serde_json::from_value(value)
            .map_err(|error| Wrong::new(format!("/{place} is no decision: {error}"), CORRECT))
    };
    all.into_iter().enumerate().map(decision).collect()
}

/// One person a line.
pub(super) fn people_of_list(bytes: &[u8]) -> Found<Vec<String>> {
    let text = str::from_utf8(bytes).map_err(|error| {
        Wrong::new(format!("it is no UTF-8: {error}"), "save the file in UTF-8")
    })?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
