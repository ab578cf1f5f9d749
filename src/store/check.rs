//! Examines the whole database: its pages, its references, and every rule that the schema
//! can't express.

mod access;
mod legacy;
mod members;
mod roles;

use rusqlite::{Connection, ErrorCode};

use super::backup::{examine_pages, examine_references};
use super::{Db, open};
use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;

/// Findings of one check that are told; a broken rule is rarely broken once.
pub const FINDINGS_PER_CHECK_MAX: usize = 20;
/// Audit rows recomputed at the start; `provost audit verify` recomputes all.
const AUDIT_ROWS_AT_START: i64 = 10_000;

/// A rule that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, in snake case.
    pub check: &'static str,
    pub detail: String,
}

/// Rules that one statement answers: it returns a text for each breach.
const RULES: &[(&str, &str)] = &[
    (
        "box_row",
        "SELECT 'the box has no row of its own' WHERE NOT EXISTS (SELECT 1 FROM box)",
    ),
    (
        "account_member_count",
        "SELECT 'account ' || a.name || ' counts ' || a.member_count || ' members and has '
             || (SELECT count(*) FROM members m WHERE m.account = a.seq)
         FROM accounts a
         WHERE a.member_count <> (SELECT count(*) FROM members m WHERE m.account = a.seq)",
    ),
    (
        "account_group_count",
        "SELECT 'account ' || a.name || ' counts ' || a.group_count || ' groups and has '
             || (SELECT count(*) FROM groups g WHERE g.account = a.seq)
         FROM accounts a
         WHERE a.group_count <> (SELECT count(*) FROM groups g WHERE g.account = a.seq)",
    ),
    (
        "account_active_count",
        "SELECT 'account ' || a.name || ' counts ' || a.active_count || ' active members and has '
             || (SELECT count(*) FROM members m WHERE m.account = a.seq AND m.state = 'active')
         FROM accounts a
         WHERE a.active_count
            <> (SELECT count(*) FROM members m WHERE m.account = a.seq AND m.state = 'active')",
    ),
    (
        "account_name_key",
        "SELECT 'account ' || name FROM accounts WHERE name_key <> fold(name)",
    ),
    (
        "account_built_in_connection",
        "SELECT 'account ' || a.name FROM accounts a
         WHERE (SELECT count(*) FROM connections c
                WHERE c.account = a.seq AND c.built_in = 1) <> 1",
    ),
    (
        "account_built_in_resource_group",
        "SELECT 'account ' || a.name FROM accounts a
         WHERE (SELECT count(*) FROM resource_groups r
                WHERE r.account = a.seq AND r.built_in = 1
                  AND r.name = 'com.cloudflare.api.account.' || lower(hex(a.id))) <> 1",
    ),
    (
        "connection_name_key",
        "SELECT 'connection ' || name FROM connections WHERE name_key <> fold(name)",
    ),
    (
        "group_member_count",
        "SELECT 'group ' || g.scim_id || ' counts ' || g.member_count || ' members and has '
             || (SELECT count(*) FROM group_members x WHERE x.grp = g.seq)
         FROM groups g
         WHERE g.member_count <> (SELECT count(*) FROM group_members x WHERE x.grp = g.seq)",
    ),
    (
        "group_member_id",
        "SELECT 'group ' || x.grp || ' holds another id of member ' || lower(hex(m.id))
         FROM group_members x JOIN members m ON m.seq = x.member WHERE x.member_id <> m.id",
    ),
    (
        "group_member_account",
        "SELECT 'group ' || g.scim_id || ' holds member ' || lower(hex(m.id))
         FROM group_members x JOIN members m ON m.seq = x.member JOIN groups g ON g.seq = x.grp
         WHERE m.account <> g.account",
    ),
    (
        "group_current_name",
        "SELECT 'group ' || g.scim_id FROM groups g
         WHERE (SELECT count(*) FROM group_names n WHERE n.grp = g.seq AND n.kind = 'current'
                  AND n.account = g.account AND n.name_key = fold(g.name)) <> 1",
    ),
    (
        "group_name_account",
        "SELECT 'group ' || g.scim_id FROM group_names n JOIN groups g ON g.seq = n.grp
         WHERE n.account <> g.account",
    ),
    (
        "external_id_account",
        "SELECT 'member ' || lower(hex(m.id)) FROM member_external_ids x
         JOIN members m ON m.seq = x.member JOIN connections c ON c.seq = x.connection
         WHERE m.account <> c.account
         UNION ALL
         SELECT 'group ' || g.scim_id FROM group_external_ids x
         JOIN groups g ON g.seq = x.grp JOIN connections c ON c.seq = x.connection
         WHERE g.account <> c.account",
    ),
    (
        "managing_connection_account",
        "SELECT 'member ' || lower(hex(m.id)) FROM members m
         JOIN connections c ON c.seq = m.connection WHERE m.account <> c.account
         UNION ALL
         SELECT 'group ' || g.scim_id FROM groups g
         JOIN connections c ON c.seq = g.connection WHERE g.account <> c.account",
    ),
    (
        "member_inactive_without_policies",
        "SELECT 'member ' || lower(hex(m.id)) FROM members m
         WHERE m.state = 'inactive'
           AND (EXISTS (SELECT 1 FROM grants p WHERE p.member = m.seq)
                OR EXISTS (SELECT 1 FROM tokens t WHERE t.member = m.seq))",
    ),
    (
        "member_active_with_policy",
        "SELECT 'member ' || lower(hex(m.id)) FROM members m
         WHERE m.state = 'active'
           AND NOT EXISTS (SELECT 1 FROM policies p WHERE p.member = m.seq)
           AND m.minimal_access = 0",
    ),
    (
        "member_hints",
        "SELECT 'member ' || lower(hex(m.id)) FROM members m
         WHERE m.has_policies = 0 AND EXISTS (SELECT 1 FROM policies p WHERE p.member = m.seq)
            OR m.had_groups = 0 AND EXISTS (SELECT 1 FROM group_members x WHERE x.member = m.seq)",
    ),
    (
        "external_id_in_row",
        "SELECT 'member ' || lower(hex(m.id)) FROM members m
         WHERE m.external_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM member_external_ids x WHERE x.connection = m.external_connection
             AND x.value = m.external_id AND x.member = m.seq AND x.further = 0)
         UNION ALL
         SELECT 'member ' || lower(hex(m.id)) FROM member_external_ids x
         JOIN members m ON m.seq = x.member
         WHERE x.further = (m.external_connection IS x.connection AND m.external_id IS x.value)
            OR x.further = 1 AND m.more_external_ids = 0
         UNION ALL
         SELECT 'member ' || x.member FROM member_external_ids x
         WHERE NOT EXISTS (SELECT 1 FROM members m WHERE m.seq = x.member)
         UNION ALL
         SELECT 'group ' || g.scim_id FROM groups g
         WHERE g.external_id IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM group_external_ids x WHERE x.connection = g.external_connection
             AND x.value = g.external_id AND x.grp = g.seq AND x.further = 0)
         UNION ALL
         SELECT 'group ' || g.scim_id FROM group_external_ids x JOIN groups g ON g.seq = x.grp
         WHERE x.further = (g.external_connection IS x.connection AND g.external_id IS x.value)
            OR x.further = 1 AND g.more_external_ids = 0
         UNION ALL
         SELECT 'group ' || x.grp FROM group_external_ids x
         WHERE NOT EXISTS (SELECT 1 FROM groups g WHERE g.seq = x.grp)",
    ),
    (
        "email_of_nobody",
        "SELECT 'member ' || e.member FROM member_emails e
         LEFT JOIN members m ON m.seq = e.member AND m.account = e.account
         WHERE NOT EXISTS (
             SELECT 1 FROM json_each(m.document, '$.emails') j
             WHERE fold(json_extract(j.value, '$.value')) = e.value_key
               AND fold(json_extract(j.value, '$.type')) IS e.kind_key)
            OR e.other <> (e.value_key <> m.user_name_key)",
    ),
    (
        "account_last_key",
        "SELECT 'account ' || a.name FROM accounts a
         WHERE a.last_member < (SELECT max(m.seq) - (a.seq << 40) FROM members m
                                WHERE m.account = a.seq)
            OR a.last_group < (SELECT max(g.seq) - (a.seq << 40) FROM groups g
                               WHERE g.account = a.seq)",
    ),
    (
        "tombstone_of_the_living",
        "SELECT 'member ' || lower(hex(m.id)) FROM tombstones t JOIN members m ON m.id = t.id
         UNION ALL
         SELECT 'group ' || g.scim_id FROM tombstones t JOIN groups g ON g.id = t.id",
    ),
    (
        "token_account",
        "SELECT 'token ' || lower(hex(t.id)) FROM tokens t
         LEFT JOIN connections c ON c.seq = t.connection LEFT JOIN members m ON m.seq = t.member
         WHERE t.account <> ifnull(c.account, t.account)
            OR t.account <> ifnull(m.account, t.account)",
    ),
    (
        "token_secret",
        "SELECT 'token ' || lower(hex(t.id)) || ' has no secret' FROM tokens t
         WHERE NOT EXISTS (SELECT 1 FROM token_secrets s WHERE s.token = t.seq AND s.ended = 0)",
    ),
    (
        "token_policy",
        "SELECT 'token ' || lower(hex(t.id)) FROM tokens t
         WHERE NOT EXISTS (SELECT 1 FROM token_policies p
                           JOIN token_policy_permission_groups g ON g.policy = p.seq
                           WHERE p.token = t.seq AND json_valid(p.resources))
            OR json_valid(ifnull(t.addresses, '{}')) = 0",
    ),
    (
        "held_change_target",
        "SELECT 'held change ' || h.seq FROM held_changes h
         JOIN connections c ON c.seq = h.connection
         LEFT JOIN members m ON m.seq = h.member LEFT JOIN groups g ON g.seq = h.grp
         WHERE c.account <> ifnull(m.account, g.account) OR m.state <> 'active'",
    ),
    (
        "sso_connector_domain",
        "SELECT 'SSO connector ' || email_domain FROM sso_connectors
         WHERE email_domain <> fold(email_domain)",
    ),
    (
        "provisioning_account",
        "SELECT 'row ' || p.seq FROM provisioning p JOIN connections c ON c.seq = p.connection
         WHERE c.account <> p.account",
    ),
];

/// Examines everything; no finding, and the database is whole. It reads beside the server and
/// holds nobody up.
///
/// Errors: `Unavailable`, `Internal` (the examination itself could not be made).
pub fn integrity(db: &Db) -> Result<Vec<Finding>> {
    examine(db, None)
}

fn examine(db: &Db, audit_rows: Option<i64>) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let conn = open::reader(&db.0.file)?;
    let mut pages = Vec::new();
    let read = examine_pages(&conn, &mut pages);
    findings.extend(pages.into_iter().map(|detail| Finding {
        check: "pages",
        detail,
    }));
    unless_damaged("pages", read, &mut findings)?;
    if !findings.is_empty() {
        // What can't be read right can't be judged.
        return Ok(findings);
    }
    let mut references = Vec::new();
    let read = examine_references(&conn, &mut references);
    let broken = references.into_iter().map(|detail| Finding {
        check: "references",
        detail,
    });
    findings.extend(broken);
    unless_damaged("references", read, &mut findings)?;
    for &(check, sql) in RULES.iter().chain(access::RULES).chain(legacy::RULES) {
        let found = breaches(&conn, check, sql, &mut findings);
        unless_damaged(check, found, &mut findings)?;
    }
    let found = members::examine(&conn, &mut findings);
    unless_damaged("members", found, &mut findings)?;
    let found = roles::examine(&conn, &mut findings);
    unless_damaged("roles", found, &mut findings)?;
    let verdict = db.verify_audit(audit_rows)?;
    findings.extend(verdict.fault.map(|fault| Finding {
        check: "audit_chain",
        detail: format!("row {}: {}", fault.seq, fault.what),
    }));
    Ok(findings)
}

fn breaches(
    conn: &Connection,
    check: &'static str,
    sql: &str,
    findings: &mut Vec<Finding>,
) -> rusqlite::Result<()> {
    let mut statement = conn.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut told = 0;
    while told < FINDINGS_PER_CHECK_MAX
        && let Some(row) = rows.next()?
    {
        findings.push(Finding {
            check,
            detail: row.get(0)?,
        });
        told += 1;
    }
    Ok(())
}

/// A damaged page met on the way is a finding; another failure ends the examination.
fn unless_damaged(
    check: &'static str,
    done: rusqlite::Result<()>,
    findings: &mut Vec<Finding>,
) -> Result<()> {
    let Err(error) = done else { return Ok(()) };
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            findings.push(Finding {
                check,
                detail: error.to_string(),
            });
            Ok(())
        }
        _ => Err(Error::from(error)),
    }
}

impl Db {
    /// Examines the database on a thread of its own, beside the serving. When something is
    /// wrong the server turns read-only and its log says what.
    pub fn integrity_check_beside(&self) {
        let db = self.clone();
        let spawned = std::thread::Builder::new()
            .name("integrity".to_owned())
            .spawn(move || db.integrity_check());
        if let Err(error) = spawned {
            tracing::error!(%error, "the integrity check could not be started");
        }
    }

    fn integrity_check(&self) {
        let started_us = self.clock().monotonic_us();
        let findings = match examine(self, Some(AUDIT_ROWS_AT_START)) {
            Ok(findings) => findings,
            // Busy or stopping says nothing of the file; anything else does.
            Err(error) if matches!(error.reason(), Reason::Busy | Reason::Timeout) => {
                tracing::warn!(?error, "the integrity check could not be made");
                return;
            }
            Err(error) => {
                self.set_damaged();
                tracing::error!(
                    ?error,
                    "the database could not be read to its end and the server is read-only; \
                     look at the disk, and restore the newest good backup"
                );
                return;
            }
        };
        if findings.is_empty() {
            let milliseconds = self.clock().monotonic_us().saturating_sub(started_us) / 1000;
            tracing::info!(milliseconds, "the database passed its integrity check");
            return;
        }
        self.set_damaged();
        for finding in &findings {
            tracing::error!(
                check = finding.check,
                detail = finding.detail,
                "damage found"
            );
        }
        tracing::error!(
            "the database failed its integrity check and the server is read-only; \
             restore the newest good backup"
        );
    }
}
