//! PATCH of a group as edits on rows: nothing is read, so the cost follows the change and
//! not the size of the group.

use serde_json::{Map, Value};

use super::super::ENTERPRISE_URN;
use super::super::filter::{CompareOp, Filter, Literal};
use super::super::patch::{Op, OpKind};
use super::super::path::Path;
use super::super::schema::{Attribute, Place, ResourceType, resolve};
use super::super::value::{check_target, label, type_name, unknown_sub};
use super::super::{GROUP_URN, quirks};
use super::{Error, Result, Unparsable, display_name, external_id, member_ids};
use crate::domain::connection::ProviderKind;
use crate::domain::group::{GroupEdit, MemberMatch, PATCH_ADDS_MAX};
use crate::domain::id::{GroupScimId, MemberId};
use crate::domain::text::fold;

/// Most removals of one PATCH whose filter is not just ids: each looks at every member of the
/// group while all other writes wait.
pub(super) const SCANS_MAX: usize = 8;

/// Compiles the operations of a PATCH, in order.
///
/// Errors: `invalidPath` for what a group has not, `mutability` for what is read-only or
/// immutable, `noTarget` for a filtered `replace` (unless `kind` creates), `invalidValue`,
/// and `tooMany` above [`PATCH_ADDS_MAX`] added members or `SCANS_MAX` scans.
pub fn edits(ops: &[Op], own_id: &GroupScimId, kind: ProviderKind) -> Result<Vec<GroupEdit>> {
    let mut compiler = Compiler {
        own_id,
        kind,
        edits: Vec::with_capacity(ops.len().min(16)),
        adds: 0,
        scans: 0,
    };
    for op in ops {
        match (&op.path, &op.value) {
            (Some(path), value) => compiler.at(op.kind, path, value.as_ref())?,
            (None, Some(value)) => compiler.without_path(op.kind, value)?,
            (None, None) => return Err(Error::no_target("An operation has no path; add one.")),
        }
    }
    Ok(compiler.edits)
}

struct Compiler<'a> {
    own_id: &'a GroupScimId,
    kind: ProviderKind,
    edits: Vec<GroupEdit>,
    adds: usize,
    scans: usize,
}

impl Compiler<'_> {
    /// Without a path the target is the resource itself and the value a set of its
    /// attributes (RFC 7644 3.5.2.1, 3.5.2.3). Okta and authentik send the group's name so,
    /// with its id, externalId or schemas.
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
                if value.as_str() == Some(self.own_id.as_str()) {
                    continue;
                }
                return Err(Error::mutability(format!(
                    "id is {} and can't be changed; leave it out.",
                    self.own_id
                )));
            }
            self.at(op, &Path::parse(key)?, Some(value))?;
        }
        Ok(())
    }

    fn at(&mut self, op: OpKind, path: &Path, value: Option<&Value>) -> Result<()> {
        if path.filter.is_none() && path.attr.is_schema(GROUP_URN) {
            return match value {
                Some(value) if op != OpKind::Remove => self.without_path(op, value),
                _ => Err(Error::mutability(
                    "The core schema of a group can't be removed; name single attributes.",
                )),
            };
        }
        let Some(target) = resolve(ResourceType::Group, &path.attr) else {
            return Err(unknown_path(path));
        };
        let attribute = target.attribute;
        if path.filter.is_some() && !attribute.multi {
            return Err(Error::invalid_path(format!(
                "{} has one value and takes no filter; leave the brackets out.",
                attribute.name
            )));
        }
        check_target(op, &target, value)?;
        // A remove of a single value needs none, and one beside it says nothing.
        let single = if op == OpKind::Remove { None } else { value };
        let single = single.unwrap_or(&Value::Null);
        match (target.place, target.sub) {
            (Place::Common, _) => {
                self.edits
                    .push(GroupEdit::SetExternalId(external_id(single)?));
                Ok(())
            }
            (Place::Core | Place::Extension, _) if attribute.name == "displayName" => {
                self.edits.push(GroupEdit::Rename(display_name(single)?));
                Ok(())
            }
            (Place::Core | Place::Extension, Some(sub)) => Err(Error::mutability(format!(
                "{} can't be changed; remove the member and add another.",
                label(attribute, Some(sub))
            ))),
            (Place::Core | Place::Extension, None) => match &path.filter {
                None => self.members(op, value),
                Some(filter) => self.chosen_members(op, filter, attribute, value),
            },
        }
    }

    /// `members` without a filter. `add` brings new values beside those that are there, and
    /// who is in already changes nothing (RFC 7644 3.5.2.1); `replace` puts all values in the
    /// place of all (3.5.2.3). `remove` with a value removes those (Entra, authentik), with
    /// `[]` nobody, without a value everybody (3.5.2.2).
    fn members(&mut self, op: OpKind, value: Option<&Value>) -> Result<()> {
        match (op, value) {
            (OpKind::Remove, None | Some(Value::Null)) => {
                self.edits.push(GroupEdit::RemoveAllMembers);
            }
            (OpKind::Remove, Some(value)) => {
                self.remove(member_ids(value, Unparsable::PassOver)?);
            }
            (OpKind::Add, value) => {
                let value = value.unwrap_or(&Value::Null);
                let nobody = quirks::values_of_nobody(value);
                if nobody > 0 {
                    self.edits.push(GroupEdit::PassOver(nobody));
                }
                self.add(member_ids(value, Unparsable::PassOverNoIds)?)?;
            }
            (OpKind::Replace, value) => {
                let value = value.unwrap_or(&Value::Null);
                let ids = member_ids(value, Unparsable::Refuse)?;
                self.count(ids.len())?;
                self.edits.push(if ids.is_empty() {
                    GroupEdit::RemoveAllMembers
                } else {
                    GroupEdit::ReplaceMembers(ids)
                });
            }
        }
        Ok(())
    }

    /// `members[…]`. An entry is nothing but an id, which is immutable (RFC 7643 8.7.1): so
    /// `add` makes what the filter asks for, `remove` removes it, and `replace` can only put
    /// an entry in its own place.
    fn chosen_members(
        &mut self,
        op: OpKind,
        filter: &Filter,
        attribute: &'static Attribute,
        value: Option<&Value>,
    ) -> Result<()> {
        let chosen = simplify(match_of(filter, attribute)?);
        let value = value.unwrap_or(&Value::Null);
        match op {
            OpKind::Remove => {
                match only_ids(&chosen) {
                    Some(ids) => self.remove(ids),
                    None => self.remove_where(chosen)?,
                }
                Ok(())
            }
            // Null unassigns what the filter chooses.
            OpKind::Replace if value.is_null() => {
                self.chosen_members(OpKind::Remove, filter, attribute, None)
            }
            OpKind::Add if value.is_null() => Ok(()),
            OpKind::Add | OpKind::Replace => {
                let same = match (&chosen, names_somebody(value)) {
                    (MemberMatch::Is(id), false) => Some(*id),
                    (MemberMatch::Is(id), true) => {
                        (member_ids(value, Unparsable::Refuse)? == [*id]).then_some(*id)
                    }
                    _ => None,
                };
                match same {
                    Some(id) if op == OpKind::Add || self.kind.replace_creates_missing() => {
                        self.add(vec![id])
                    }
                    // By itself, if it is there: "all matching values are replaced", and
                    // without a match it is `noTarget` (3.5.2.3).
                    Some(id) => {
                        self.edits.push(GroupEdit::RequireMember(id));
                        Ok(())
                    }
                    None => Err(Error::mutability(
                        "An entry of members can't be changed; remove the member and add another.",
                    )),
                }
            }
        }
    }

    fn count(&mut self, adds: usize) -> Result<()> {
        self.adds += adds;
        if self.adds > PATCH_ADDS_MAX {
            return Err(Error::too_many(format!(
                "A PATCH adds at most {PATCH_ADDS_MAX} members; send the rest in another."
            )));
        }
        Ok(())
    }

    fn remove_where(&mut self, chosen: MemberMatch) -> Result<()> {
        self.scans += 1;
        if self.scans > SCANS_MAX {
            return Err(Error::too_many(format!(
                "A PATCH removes members by at most {SCANS_MAX} filters that are more than ids; \
                 name the ids, or send several."
            )));
        }
        self.edits.push(GroupEdit::RemoveMembersWhere(chosen));
        Ok(())
    }

    /// The last edit of the members: those of names between do not matter to it.
    fn last_of_members(&mut self) -> Option<&mut GroupEdit> {
        let mut edits = self.edits.iter_mut().rev();
        edits.find(|edit| match edit {
            GroupEdit::Rename(_) | GroupEdit::SetExternalId(_) | GroupEdit::PassOver(_) => false,
            GroupEdit::AddMembers(_)
            | GroupEdit::RemoveMembers(_)
            | GroupEdit::ReplaceMembers(_)
            | GroupEdit::RemoveAllMembers
            | GroupEdit::RemoveMembersWhere(_)
            | GroupEdit::RequireMember(_) => true,
        })
    }

    /// Edits of a kind that follow each other become one: authentik sends an operation per
    /// member. Emptying and filling again is replacing: who was in and still is never left.
    fn add(&mut self, ids: Vec<MemberId>) -> Result<()> {
        self.count(ids.len())?;
        if ids.is_empty() {
            return Ok(());
        }
        match self.last_of_members() {
            Some(GroupEdit::AddMembers(last) | GroupEdit::ReplaceMembers(last)) => {
                last.extend(ids);
            }
            Some(last @ GroupEdit::RemoveAllMembers) => *last = GroupEdit::ReplaceMembers(ids),
            Some(
                GroupEdit::Rename(_)
                | GroupEdit::SetExternalId(_)
                | GroupEdit::PassOver(_)
                | GroupEdit::RemoveMembers(_)
                | GroupEdit::RemoveMembersWhere(_)
                | GroupEdit::RequireMember(_),
            )
            | None => self.edits.push(GroupEdit::AddMembers(ids)),
        }
        Ok(())
    }

    fn remove(&mut self, ids: Vec<MemberId>) {
        if ids.is_empty() {
            return;
        }
        match self.last_of_members() {
            Some(GroupEdit::RemoveMembers(last)) => last.extend(ids),
            _ => self.edits.push(GroupEdit::RemoveMembers(ids)),
        }
    }
}

/// Whether a value of `add members[…]` says who, beside the filter.
fn names_somebody(value: &Value) -> bool {
    let names = |entry: &Map<String, Value>| quirks::member(entry, "value").is_some();
    match value {
        Value::Object(entry) => names(entry),
        Value::Array(items) => items.iter().any(|item| item.as_object().is_none_or(names)),
        _ => true,
    }
}

fn unknown_path(path: &Path) -> Error {
    let shown: String = path.attr.to_string().chars().take(200).collect();
    if path.attr.is_schema(ENTERPRISE_URN) {
        return Error::invalid_path(
            "Groups have no enterprise extension; remove the mapping from groups.",
        );
    }
    Error::invalid_path(format!(
        "Groups have no attribute {shown:?}; they have displayName, externalId and members."
    ))
}

/// What a filter on an entry of `members` asks. Entries have an id and the type User.
///
/// Errors: `invalidPath` for names that an entry has not, and for comparisons that have no
/// use on ids.
fn match_of(filter: &Filter, members: &'static Attribute) -> Result<MemberMatch> {
    let each = |parts: &[Filter]| -> Result<Vec<_>> {
        parts.iter().map(|part| match_of(part, members)).collect()
    };
    match filter {
        Filter::And(parts) => Ok(MemberMatch::And(each(parts)?)),
        Filter::Or(parts) => Ok(MemberMatch::Or(each(parts)?)),
        Filter::Not(inner) => Ok(MemberMatch::Not(Box::new(match_of(inner, members)?))),
        Filter::Entry { path, .. } => Err(unknown_sub(members, &path.to_string())),
        Filter::Present(path) => {
            sub_of(path, members)?;
            Ok(MemberMatch::Constant(true))
        }
        Filter::Compare { path, op, value } => {
            let sub = sub_of(path, members)?;
            let equal = match (sub.name, value) {
                ("value", Literal::Text(text)) => match text.parse() {
                    Ok(id) => MemberMatch::Is(id),
                    Err(_) => MemberMatch::Constant(false),
                },
                ("type", Literal::Text(text)) => MemberMatch::Constant(fold(text) == "user"),
                ("$ref", Literal::Text(text)) => match id_of_ref(text) {
                    Some(id) => MemberMatch::Is(id),
                    None => MemberMatch::Constant(false),
                },
                _ => MemberMatch::Constant(false),
            };
            match op {
                CompareOp::Eq => Ok(equal),
                CompareOp::Ne => Ok(MemberMatch::Not(Box::new(equal))),
                _ => Err(Error::invalid_path(format!(
                    "Members are chosen by eq, not by {}; name their ids.",
                    op.name()
                ))),
            }
        }
    }
}

/// Keycloak writes `Users/<id>`, others the whole address.
fn id_of_ref(text: &str) -> Option<MemberId> {
    let (route, id) = text.rsplit_once('/')?;
    route.ends_with("Users").then(|| id.parse().ok()).flatten()
}

fn sub_of(
    path: &super::super::path::AttrPath,
    members: &'static Attribute,
) -> Result<&'static Attribute> {
    let plain = path.urn.is_none() && path.sub.is_none();
    let sub = members.sub(&path.name).filter(|_| plain);
    sub.ok_or_else(|| unknown_sub(members, &path.to_string()))
}

/// Takes constants out of the connectives.
fn simplify(chosen: MemberMatch) -> MemberMatch {
    match chosen {
        MemberMatch::And(parts) => {
            let mut left = Vec::with_capacity(parts.len());
            for part in parts.into_iter().map(simplify) {
                match part {
                    MemberMatch::Constant(true) => {}
                    MemberMatch::Constant(false) => return MemberMatch::Constant(false),
                    other => left.push(other),
                }
            }
            one_or(left, MemberMatch::Constant(true), MemberMatch::And)
        }
        MemberMatch::Or(parts) => {
            let mut left = Vec::with_capacity(parts.len());
            for part in parts.into_iter().map(simplify) {
                match part {
                    MemberMatch::Constant(false) => {}
                    MemberMatch::Constant(true) => return MemberMatch::Constant(true),
                    other => left.push(other),
                }
            }
            one_or(left, MemberMatch::Constant(false), MemberMatch::Or)
        }
        MemberMatch::Not(inner) => match simplify(*inner) {
            MemberMatch::Constant(value) => MemberMatch::Constant(!value),
            other => MemberMatch::Not(Box::new(other)),
        },
        leaf @ (MemberMatch::Is(_) | MemberMatch::Constant(_)) => leaf,
    }
}

fn one_or(
    mut parts: Vec<MemberMatch>,
    empty: MemberMatch,
    many: fn(Vec<MemberMatch>) -> MemberMatch,
) -> MemberMatch {
    match parts.len() {
        0 => empty,
        1 => parts.remove(0),
        _ => many(parts),
    }
}

/// The ids, when the filter is nothing but ids joined by `or`.
fn only_ids(chosen: &MemberMatch) -> Option<Vec<MemberId>> {
    match chosen {
        MemberMatch::Is(id) => Some(vec![*id]),
        MemberMatch::Constant(false) => Some(Vec::new()),
        MemberMatch::Or(parts) => {
            let mut ids = Vec::with_capacity(parts.len());
            for part in parts {
                ids.extend(only_ids(part)?);
            }
            Some(ids)
        }
        MemberMatch::Constant(true) | MemberMatch::And(_) | MemberMatch::Not(_) => None,
    }
}
