//! A person's stored text: the answer that everybody gets, but for what differs by who asks or
//! changes without the person (`externalId`, `groups`, `roles`, `meta.location`). Answers copy
//! it instead of putting it together: a page has hundreds of people.
//!
//! `{"id":"…","active":true,…,"meta":{"resourceType":"User","created":"…","lastModified":"…",
//! "version":"W/\"3\""}}`: `id` comes first, then `active`, unless a client unassigned it, and
//! `meta` last. Between them are the attributes, sorted by name.

use serde_json::Value;

use super::id::MemberId;
use super::instant;
use super::member::{ACTIVE, Attributes};

const ID: &str = "id";
const META: &str = "meta";
/// How every document begins, up to the id's 32 digits.
const START: &str = "{\"id\":\"";
const ID_DIGITS: usize = 32;
/// What stands where the id will be.
const NO_ID: &str = "00000000000000000000000000000000";
/// How every document ends, behind the version's number.
const END: &str = "\\\"\"}}";
/// How the text of attributes begins when `active` is unassigned, and only then.
const UNASSIGNED: &str = "{\"active\":null,";
/// Room for `meta`.
const META_BYTES: usize = 160;

/// When a record was made and changed last (milliseconds since 1970, UTC), and how often: from
/// 1 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub created_ms: i64,
    pub modified_ms: i64,
    pub version: i64,
}

/// A document that lacks its `id` and `meta`: the rest can be worked out before the writer is asked.
#[derive(Debug, Clone)]
pub struct Draft(String);

impl Draft {
    /// Errors: as serde's, which writing a map of texts can't have.
    pub fn of(attributes: &Attributes, active: bool) -> serde_json::Result<Self> {
        let text = serde_json::to_string(attributes)?;
        let (active, inner) = match (text.strip_prefix(UNASSIGNED), active) {
            (Some(inner), _) => ("\",", inner),
            (None, true) => ("\",\"active\":true,", &text[1..]),
            (None, false) => ("\",\"active\":false,", &text[1..]),
        };
        let inner = inner.strip_suffix('}').unwrap_or(inner);
        let mut draft = String::with_capacity(inner.len() + ID_DIGITS + META_BYTES);
        draft.push_str(START);
        draft.push_str(NO_ID);
        draft.push_str(active);
        draft.push_str(inner);
        draft.push_str(",\"meta\":{\"resourceType\":\"User\",\"created\":\"");
        Ok(Self(draft))
    }

    /// The document.
    pub fn finish(self, id: MemberId, stamp: Stamp) -> String {
        let mut text = self.0;
        text.replace_range(START.len()..START.len() + ID_DIGITS, id.to_hex().as_str());
        instant::push_ms(&mut text, stamp.created_ms);
        text.push_str("\",\"lastModified\":\"");
        instant::push_ms(&mut text, stamp.modified_ms);
        text.push_str("\",\"version\":\"W/\\\"");
        text.push_str(&stamp.version.to_string());
        text.push_str(END);
        text
    }
}

/// The attributes that a document holds.
///
/// Errors: the text is no JSON object.
pub fn attributes(document: &str) -> serde_json::Result<Attributes> {
    let mut attributes: Attributes = serde_json::from_str(document)?;
    attributes.remove(ID);
    attributes.remove(META);
    if attributes.remove(ACTIVE).is_none() {
        attributes.insert(ACTIVE.to_owned(), Value::Null);
    }
    Ok(attributes)
}

/// A document's parts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Parts<'d> {
    /// `{"id":"…"`.
    pub start: &'d str,
    /// The id's digits.
    pub id: &'d str,
    /// From the comma behind the id to the end of the version's number.
    pub rest: &'d str,
}

/// The parts of a document; all are empty of a text that is none.
pub fn parts(document: &str) -> Parts<'_> {
    const END_OF_START: usize = START.len() + ID_DIGITS + 1;
    let Some((start, rest)) = document.split_at_checked(END_OF_START) else {
        return Parts::default();
    };
    let id = start
        .strip_prefix(START)
        .and_then(|id| id.strip_suffix('"'));
    match (id, rest.strip_suffix(END)) {
        (Some(id), Some(rest)) => Parts { start, id, rest },
        _ => Parts::default(),
    }
}

/// How often the record was written: 0 of a text that is no document.
pub fn version(document: &str) -> i64 {
    let rest = document.strip_suffix(END).unwrap_or_default();
    let digits = rest.bytes().rev().take_while(u8::is_ascii_digit).count();
    rest[rest.len() - digits..].parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STAMP: Stamp = Stamp {
        created_ms: 0,
        modified_ms: 1_700_000_000_120,
        version: 31,
    };

    fn attributes_of(value: Value) -> Attributes {
        value.as_object().cloned().unwrap_or_default()
    }

    fn document(value: Value, active: bool) -> String {
        let draft = Draft::of(&attributes_of(value), active).expect("JSON");
        draft.finish(MemberId::from_bytes([0xab; 16]), STAMP)
    }

    #[test]
    fn a_document_is_an_answer_and_gives_its_attributes_back() {
        let ada = json!({"schemas": ["u"], "userName": "ada}", "zone": "{\"\\"});
        let text = document(ada.clone(), true);
        let meta = json!({
            "resourceType": "User", "created": "1970-01-01T00:00:00.000Z",
            "lastModified": "2023-11-14T22:13:20.120Z", "version": "W/\"31\"",
        });
        let mut whole = attributes_of(ada.clone());
        whole.insert("active".to_owned(), json!(true));
        whole.insert("id".to_owned(), json!("ab".repeat(16)));
        whole.insert("meta".to_owned(), meta);
        assert_eq!(serde_json::from_str(&text).ok(), Some(Value::Object(whole)));
        assert_eq!(attributes(&text).ok(), Some(attributes_of(ada)));
        let Parts { start, id, rest } = parts(&text);
        assert_eq!(format!("{{\"id\":\"{id}\""), start);
        assert!(rest.starts_with(",\"active\":true,\"schemas\""));
        assert!(rest.ends_with("\"W/\\\"31"));
        assert_eq!(parts("{}"), Parts::default());
        assert_eq!((version(&text), version("{}")), (31, 0));
    }

    #[test]
    fn an_active_that_was_unassigned_is_not_there() {
        let ada = json!({"active": null, "userName": "ada"});
        let text = document(ada.clone(), true);
        assert!(parts(&text).rest.starts_with(",\"userName\""), "{text}");
        assert_eq!(attributes(&text).ok(), Some(attributes_of(ada)));
        let inactive = document(json!({"userName": "ada"}), false);
        assert!(parts(&inactive).rest.starts_with(",\"active\":false,"));
    }
}
