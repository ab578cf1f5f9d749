//! The rules on members that take a look into their documents: read in stretches, so that no
//! view of the database is held for long.

use rusqlite::Connection;
use serde_json::Value;

use super::{FINDINGS_PER_CHECK_MAX, Finding};
use crate::domain::document::{self, Draft, Stamp};
use crate::domain::id::MemberId;
use crate::domain::member::shown_name_key;
use crate::domain::text::fold;

/// Members examined in one view.
const STRETCH_MEMBERS: i64 = 500;

struct MemberRow {
    key: i64,
    id: MemberId,
    account: i64,
    user_name: String,
    user_name_key: String,
    display_name_key: Option<String>,
    shown_name_key: Option<String>,
    active: bool,
    stamp: Stamp,
    document: String,
}

/// Examines every member.
pub(in crate::store::check) fn examine(
    conn: &Connection,
    findings: &mut Vec<Finding>,
) -> rusqlite::Result<()> {
    let (mut last, mut told) = (0, 0);
    loop {
        let view = conn.unchecked_transaction()?;
        let members = stretch(&view, last)?;
        let Some(end) = members.last() else {
            return Ok(());
        };
        last = end.key;
        for member in &members {
            let Some(detail) = breach(&view, member)? else {
                continue;
            };
            if told == FINDINGS_PER_CHECK_MAX {
                return Ok(());
            }
            told += 1;
            let detail = format!("member {}: {detail}", member.id);
            findings.push(Finding {
                check: "member_document",
                detail,
            });
        }
    }
}

fn stretch(conn: &Connection, after: i64) -> rusqlite::Result<Vec<MemberRow>> {
    let mut statement = conn.prepare_cached(
        "SELECT m.seq, m.id, m.account, m.user_name, m.user_name_key, m.display_name_key,
                m.document, m.state <> 'inactive', m.created_ms, m.modified_ms, m.version,
                m.shown_name_key
         FROM members m
         WHERE m.seq > ?1 ORDER BY m.seq LIMIT ?2",
    )?;
    let rows = statement.query_map((after, STRETCH_MEMBERS), |row| {
        Ok(MemberRow {
            key: row.get(0)?,
            id: row.get(1)?,
            account: row.get(2)?,
            user_name: row.get(3)?,
            user_name_key: row.get(4)?,
            display_name_key: row.get(5)?,
            document: row.get(6)?,
            active: row.get(7)?,
            stamp: Stamp {
                created_ms: row.get(8)?,
                modified_ms: row.get(9)?,
                version: row.get(10)?,
            },
            shown_name_key: row.get(11)?,
        })
    })?;
    rows.collect()
}

fn breach(conn: &Connection, member: &MemberRow) -> rusqlite::Result<Option<&'static str>> {
    if member.user_name_key != fold(&member.user_name) {
        return Ok(Some("the key of userName is another name's"));
    }
    let Ok(attributes) = document::attributes(&member.document) else {
        return Ok(Some("the document is no JSON object"));
    };
    let draft = Draft::of(&attributes, member.active);
    if draft
        .map(|draft| draft.finish(member.id, member.stamp))
        .ok()
        .as_ref()
        != Some(&member.document)
    {
        return Ok(Some("the document is not written as the record says"));
    }
    let text = |name: &str| attributes.get(name).and_then(Value::as_str);
    if text("userName") != Some(&member.user_name) {
        return Ok(Some("the document holds another userName"));
    }
    if text("displayName").map(fold) != member.display_name_key {
        return Ok(Some("the key of displayName is another name's"));
    }
    if shown_name_key(&attributes) != member.shown_name_key {
        return Ok(Some("the key of the name that is shown is another name's"));
    }
    let emails = attributes.get("emails").and_then(Value::as_array);
    let part = |email: &Value, name| email.get(name).and_then(Value::as_str).map(fold);
    let emails = emails
        .into_iter()
        .flatten()
        .filter_map(|email| Some((part(email, "value")?, part(email, "type"))));
    let mut statement = conn.prepare_cached(
        "SELECT 1 FROM member_emails WHERE account = ?1 AND value_key = ?2 AND member = ?3
         AND ordinal = ?4 AND kind_key IS ?5",
    )?;
    for (ordinal, (value, kind)) in (0_i64..).zip(emails) {
        if !statement.exists((member.account, value, member.key, ordinal, kind))? {
            return Ok(Some(
                "the index of e-mail addresses differs from the document",
            ));
        }
    }
    Ok(None)
}
