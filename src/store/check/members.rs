//! The rules on members that take a look into their documents: read in stretches, so that no
//! view of the database is held for long.

use std::collections::HashMap;

use rusqlite::Connection;
use serde_json::Value;

use super::{FINDINGS_PER_CHECK_MAX, Finding};
use crate::domain::id::MemberId;
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
    document: Option<String>,
}

/// An account, a folded address and its folded type, as `member_emails` keeps them.
type Email = (i64, String, Option<String>);

/// Examines every member.
pub(in crate::store::check) fn examine(
    conn: &Connection,
    findings: &mut Vec<Finding>,
) -> rusqlite::Result<()> {
    let (mut last, mut told) = (0, 0);
    loop {
        let view = conn.unchecked_transaction()?;
        let members = stretch(&view, last)?;
        let (Some(first), Some(end)) = (members.first(), members.last()) else {
            return Ok(());
        };
        let mut emails = emails(&view, first.key, end.key)?;
        drop(view);
        last = end.key;
        for member in &members {
            let stored = emails.remove(&member.key).unwrap_or_default();
            let Some(detail) = breach(member, &stored) else {
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
                d.document
         FROM members m LEFT JOIN member_documents d ON d.member = m.seq
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
        })
    })?;
    rows.collect()
}

fn emails(conn: &Connection, first: i64, last: i64) -> rusqlite::Result<HashMap<i64, Vec<Email>>> {
    let mut statement = conn.prepare_cached(
        "SELECT member, account, value_key, kind_key FROM member_emails
         WHERE member BETWEEN ?1 AND ?2 ORDER BY member, ordinal",
    )?;
    let mut rows = statement.query((first, last))?;
    let mut emails: HashMap<i64, Vec<Email>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let email = (row.get(1)?, row.get(2)?, row.get(3)?);
        emails.entry(row.get(0)?).or_default().push(email);
    }
    Ok(emails)
}

fn breach(member: &MemberRow, stored: &[Email]) -> Option<&'static str> {
    if member.user_name_key != fold(&member.user_name) {
        return Some("the key of userName is another name's");
    }
    let Some(text) = &member.document else {
        return Some("there is no document");
    };
    let Ok(Value::Object(document)) = serde_json::from_str::<Value>(text) else {
        return Some("the document is no JSON object");
    };
    let text = |name: &str| document.get(name).and_then(Value::as_str);
    if text("userName") != Some(&member.user_name) {
        return Some("the document holds another userName");
    }
    if text("displayName").map(fold) != member.display_name_key {
        return Some("the key of displayName is another name's");
    }
    let part = |email: &Value, name| email.get(name).and_then(Value::as_str).map(fold);
    let written: Vec<Email> = document
        .get("emails")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|email| Some((member.account, part(email, "value")?, part(email, "type"))))
        .collect();
    (written != stored).then_some("the index of e-mail addresses differs from the document")
}
