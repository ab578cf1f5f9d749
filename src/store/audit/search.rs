//! Searching the audit log: any of its fields, newest or oldest first.

use rusqlite::params_from_iter;
use rusqlite::types::Value as Sql;

use super::audit_row;
use crate::domain::audit::{AuditCondition, AuditField, AuditRow, AuditSearch};
use crate::domain::error::Result;
use crate::domain::id::AuditId;
use crate::store::sql::{find, get, list};
use crate::store::tx::ReadTx;

/// Where a field stands in a row.
fn column(field: AuditField) -> &'static str {
    match field {
        AuditField::Id => "(entry ->> '$.id')",
        AuditField::AccountName => "(SELECT a.name FROM accounts a WHERE a.seq = audit.account)",
        AuditField::ActionDescription => "(entry ->> '$.action.description')",
        AuditField::ActionResult => "(entry ->> '$.action.result')",
        AuditField::ActionType => "(entry ->> '$.action.type')",
        AuditField::ActorContext => "(entry ->> '$.actor.context')",
        AuditField::ActorEmail => "(entry ->> '$.actor.email')",
        AuditField::ActorId => "(entry ->> '$.actor.id')",
        AuditField::ActorAddress => "(entry ->> '$.actor.ip_address')",
        AuditField::ActorTokenId => "(entry ->> '$.actor.token_id')",
        AuditField::ActorTokenName => "(entry ->> '$.actor.token_name')",
        AuditField::ActorType => "(entry ->> '$.actor.type')",
        AuditField::RequestId => "(entry ->> '$.raw.cf_ray_id')",
        AuditField::Method => "(entry ->> '$.raw.method')",
        AuditField::StatusCode => "CAST(entry ->> '$.raw.status_code' AS TEXT)",
        AuditField::Uri => "(entry ->> '$.raw.uri')",
        AuditField::ResourceId => "(entry ->> '$.resource.id')",
        AuditField::ResourceProduct => "(entry ->> '$.resource.product')",
        AuditField::ResourceScope => "(entry ->> '$.resource.scope')",
        AuditField::ResourceType => "(entry ->> '$.resource.type')",
        AuditField::ZoneId => "(entry ->> '$.zone.id')",
        AuditField::ZoneName => "(entry ->> '$.zone.name')",
    }
}

/// The conditions as SQL and what is bound in them: all text is of this file, every value is
/// bound. A row without the field is none of any texts.
fn conditions(tx: &ReadTx<'_>, search: &AuditSearch) -> Result<(String, Vec<Sql>)> {
    let mut sql = "account = ?1 AND at_ms >= ?2 AND at_ms < ?3".to_owned();
    let mut bound = vec![
        Sql::Integer(tx.account()?),
        Sql::Integer(search.since_ms),
        Sql::Integer(search.before_ms),
    ];
    for AuditCondition {
        field,
        values,
        negated,
    } in &search.conditions
    {
        let list: serde_json::Value = values.iter().map(String::as_str).collect();
        bound.push(Sql::Text(list.to_string()));
        let (column, place) = (column(*field), bound.len());
        let within = format!("{column} IN (SELECT value FROM json_each(?{place}))");
        if *negated {
            sql.push_str(&format!(" AND ({column} IS NULL OR NOT {within})"));
        } else {
            sql.push_str(" AND ");
            sql.push_str(&within);
        }
    }
    Ok((sql, bound))
}

/// Rows that match, as many as the search asks for.
pub fn list_found(tx: &ReadTx<'_>, search: &AuditSearch) -> Result<Vec<AuditRow>> {
    let (mut sql, mut bound) = conditions(tx, search)?;
    if let Some(seq) = search.after_seq {
        bound.push(Sql::Integer(seq));
        let compare = if search.oldest_first { '>' } else { '<' };
        sql.push_str(&format!(" AND seq {compare} ?{}", bound.len()));
    }
    let order = if search.oldest_first { "ASC" } else { "DESC" };
    bound.push(Sql::Integer(search.limit));
    bound.push(Sql::Integer(search.offset));
    let (limit, offset) = (bound.len() - 1, bound.len());
    let rows = list(
        tx.conn(),
        &format!(
            "SELECT seq, id, at_ms, entry, hash FROM audit WHERE {sql}
             ORDER BY seq {order} LIMIT ?{limit} OFFSET ?{offset}"
        ),
        params_from_iter(bound),
        audit_row,
    )?;
    Ok(rows)
}

/// How many rows match.
pub fn count_found(tx: &ReadTx<'_>, search: &AuditSearch) -> Result<i64> {
    let (sql, bound) = conditions(tx, search)?;
    Ok(get(
        tx.conn(),
        &format!("SELECT count(*) FROM audit WHERE {sql}"),
        params_from_iter(bound),
        |row| row.get(0),
    )?)
}

/// The resource that a row of the account is about: its id and its kind.
pub fn resource_of(tx: &ReadTx<'_>, id: AuditId) -> Result<Option<(String, String)>> {
    Ok(find(
        tx.conn(),
        "SELECT entry ->> '$.resource.id', entry ->> '$.resource.type' FROM audit
         WHERE id = ?1 AND account = ?2",
        (id, tx.account()?),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?)
}
