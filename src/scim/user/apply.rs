//! PATCH of a user: a pure fold of operations over a profile (RFC 7644 3.5.2).

use serde_json::{Map, Value};

use super::super::patch::{Op, OpKind};
use super::super::path::{AttrPath, Path};
use super::super::schema::{ENTERPRISE, Place, ResourceType, Target, USER, find, resolve};
use super::super::value::{self, check_target, type_name};
use super::super::{ENTERPRISE_URN, USER_URN, quirks};
use super::entries::{self, Edit, Tally, set_sub};
use super::{Error, Result, active, extension_type, external_id, finish};
use crate::domain::connection::ProviderKind;
use crate::domain::id::MemberId;
use crate::domain::member::{Attributes, Profile};

/// The profile after all of `ops`, or the first error and no change at all.
///
/// Operations apply one after the other, each to what the one before left, and all or none
/// of them do (RFC 7644 3.5.2).
///
/// Errors: `invalidPath` for what is not announced, `mutability` for what is read-only and
/// for unassigning what is required, `noTarget` for a filtered `replace` that matches
/// nothing (unless `kind` creates it), `invalidValue` for wrong types and two primaries.
pub fn apply(
    ops: &[Op],
    current: &Profile,
    own_id: &MemberId,
    kind: ProviderKind,
) -> Result<Profile> {
    let mut fold = Patch {
        profile: current.clone(),
        own_id,
        kind,
        tally: Tally::new(),
    };
    for op in ops {
        match (&op.path, &op.value) {
            (Some(path), value) => fold.at(op.kind, path, value.as_ref())?,
            (None, Some(value)) => fold.without_path(op.kind, value)?,
            (None, None) => return Err(Error::no_target("An operation has no path; add one.")),
        }
    }
    finish(&mut fold.profile.attributes)?;
    Ok(fold.profile)
}

struct Patch<'a> {
    profile: Profile,
    own_id: &'a MemberId,
    kind: ProviderKind,
    tally: Tally,
}

impl Patch<'_> {
    /// Without a path the target is the resource itself and the value a set of its
    /// attributes (RFC 7644 3.5.2.1, 3.5.2.3). Each name in it is a path: plain, dotted
    /// (Entra) or with a schema's URN. Fixture: `paths_as_names_of_the_value`.
    fn without_path(&mut self, op: OpKind, value: &Value) -> Result<()> {
        let Value::Object(members) = value else {
            return Err(Error::invalid_value(format!(
                "An operation without a path must have an object as its value and has {}; \
                 send one, or a path.",
                type_name(value)
            )));
        };
        for (key, value) in members {
            if quirks::is_ignored_in_value(key) {
                continue;
            }
            if key.eq_ignore_ascii_case("id") {
                self.check_own_id(value)?;
                continue;
            }
            let path = Path::parse(key)?;
            self.at(op, &path, Some(value))?;
        }
        Ok(())
    }

    fn check_own_id(&self, value: &Value) -> Result<()> {
        if value
            .as_str()
            .is_some_and(|id| id == self.own_id.to_string())
        {
            return Ok(());
        }
        Err(Error::mutability(format!(
            "id is {} and can't be changed; leave it out.",
            self.own_id
        )))
    }

    fn at(&mut self, op: OpKind, path: &Path, value: Option<&Value>) -> Result<()> {
        let attr = &path.attr;
        if path.filter.is_none() {
            if attr.is_schema(USER_URN) {
                return match value {
                    Some(value) if op != OpKind::Remove => self.without_path(op, value),
                    _ => Err(Error::mutability(
                        "The core schema of a user can't be removed; name single attributes.",
                    )),
                };
            }
            if attr.is_schema(ENTERPRISE_URN) {
                return self.extension(op, value);
            }
        }
        let core = attr
            .urn
            .as_ref()
            .is_none_or(|urn| urn.eq_ignore_ascii_case(USER_URN));
        if core && quirks::has_no_effect(&attr.name) {
            return Ok(());
        }
        let target = resolve(ResourceType::User, attr).ok_or_else(|| unknown_path(path))?;
        if path.filter.is_some() && !target.attribute.multi {
            return Err(Error::invalid_path(format!(
                "{} has one value and takes no filter; leave the brackets out.",
                target.attribute.name
            )));
        }
        check_target(op, &target, value)?;
        // What stands beside a `remove` says nothing, except which entries to remove.
        let value = if op == OpKind::Remove && !target.attribute.multi {
            None
        } else {
            value
        };
        self.attribute(op, path, target, value)
    }

    fn attribute(
        &mut self,
        op: OpKind,
        path: &Path,
        target: Target,
        value: Option<&Value>,
    ) -> Result<()> {
        let attribute = target.attribute;
        match (target.place, attribute.name) {
            // The only common attribute that is not read-only.
            (Place::Common, _) => {
                self.profile.external_id = external_id(value.unwrap_or(&Value::Null))?;
                return Ok(());
            }
            // Unassigning `active` takes it out of the answers and changes nobody's
            // membership: access neither ends nor begins by accident.
            (Place::Core, "active") => {
                let value = active(value.unwrap_or(&Value::Null))?;
                self.profile.assign_active(value);
                return Ok(());
            }
            (Place::Core | Place::Extension, _) => {}
        }
        let edit = Edit {
            op,
            attribute,
            sub: target.sub,
            filter: path.filter.as_ref(),
            value,
            kind: self.kind,
        };
        let document = &mut self.profile.attributes;
        if target.place == Place::Core {
            return change(document, &edit, &mut self.tally);
        }
        let mut extension = take_extension(document);
        change(&mut extension, &edit, &mut self.tally)?;
        put_extension(document, extension);
        Ok(())
    }

    /// The enterprise extension as a whole, a complex attribute named by its URN: `add` and
    /// `replace` write the sub-attributes they name and leave the others (RFC 7644 3.5.2.3).
    fn extension(&mut self, op: OpKind, value: Option<&Value>) -> Result<()> {
        let members = match (op, value) {
            (OpKind::Remove, _) | (_, None | Some(Value::Null)) => {
                self.profile.attributes.remove(ENTERPRISE_URN);
                return Ok(());
            }
            (_, Some(Value::Object(members))) => members,
            (_, Some(other)) => return Err(extension_type(other)),
        };
        for (key, value) in members {
            if quirks::is_ignored_in_value(key) {
                continue;
            }
            let mut path = Path::parse(key)?;
            if path.attr.urn.is_none() {
                path.attr.urn = Some(ENTERPRISE_URN.to_owned());
            }
            self.at(op, &path, Some(value))?;
        }
        Ok(())
    }
}

fn take_extension(document: &mut Attributes) -> Map<String, Value> {
    match document.remove(ENTERPRISE_URN) {
        Some(Value::Object(extension)) => extension,
        _ => Map::new(),
    }
}

fn put_extension(document: &mut Attributes, extension: Map<String, Value>) {
    if !extension.is_empty() {
        document.insert(ENTERPRISE_URN.to_owned(), Value::Object(extension));
    }
}

fn unknown_path(path: &Path) -> Error {
    let AttrPath { urn, name, sub } = &path.attr;
    let known = urn
        .is_none()
        .then(|| find(USER.attributes, name).or_else(|| find(ENTERPRISE.attributes, name)));
    match (known.flatten(), sub) {
        (Some(attribute), Some(sub)) if !attribute.subs.is_empty() => {
            value::unknown_sub(attribute, sub)
        }
        (Some(attribute), Some(_)) => Error::invalid_path(format!(
            "{} has no sub-attributes; correct the mapping.",
            attribute.name
        )),
        _ => {
            let shown: String = path.attr.to_string().chars().take(200).collect();
            Error::invalid_path(format!(
                "Users have no attribute {shown:?}; remove the mapping, /Schemas lists what \
                 there is."
            ))
        }
    }
}

/// Changes one attribute in `container`, which is the document or its extension.
fn change(container: &mut Map<String, Value>, edit: &Edit<'_>, tally: &mut Tally) -> Result<()> {
    let attribute = edit.attribute;
    if attribute.multi {
        let list = match container.remove(attribute.name) {
            Some(Value::Array(list)) => list,
            _ => Vec::new(),
        };
        let list = entries::apply(list, edit, tally)?;
        if !list.is_empty() {
            container.insert(attribute.name.to_owned(), Value::Array(list));
        }
        return Ok(());
    }
    if !attribute.subs.is_empty() {
        let old = match container.remove(attribute.name) {
            Some(Value::Object(map)) => map,
            _ => Map::new(),
        };
        let map = change_complex(old, edit)?;
        if !map.is_empty() {
            container.insert(attribute.name.to_owned(), Value::Object(map));
        }
        return Ok(());
    }
    // A single value is replaced, by `add` too (3.5.2.1); null unassigns it (RFC 7643 2.5).
    match value::simple(attribute, None, edit.value.unwrap_or(&Value::Null))? {
        Some(value) => container.insert(attribute.name.to_owned(), value),
        None => container.remove(attribute.name),
    };
    Ok(())
}

/// A single complex attribute takes a set of sub-attributes: those named are added or
/// replaced, those not named stay (RFC 7644 3.5.2.1, 3.5.2.3). One that is left without any
/// is unassigned (3.5.2.2).
fn change_complex(mut map: Map<String, Value>, edit: &Edit<'_>) -> Result<Map<String, Value>> {
    let attribute = edit.attribute;
    let value = edit.value.unwrap_or(&Value::Null);
    match (edit.op, edit.sub) {
        (OpKind::Remove, Some(sub)) => {
            map.remove(sub.name);
        }
        (OpKind::Remove, None) => map.clear(),
        (OpKind::Add | OpKind::Replace, Some(sub)) => set_sub(&mut map, attribute, sub, value)?,
        (OpKind::Add | OpKind::Replace, None) => match quirks::only_entry(attribute, value) {
            Value::Null => map.clear(),
            value => entries::merge(&mut map, attribute, value)?,
        },
    }
    Ok(map)
}
