//! Policies of tokens: which permission groups, on which resources.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::domain::error::Result;
use crate::domain::id::{MemberId, PermissionGroupId, PolicyId};
use crate::domain::token::policy::{Effect, NewTokenPolicy, TokenPolicy, check_resources};
use crate::store::accounts;
use crate::store::sql::{list as list_rows, parsed, run};
use crate::store::tx::WriteTx;

/// The policies of a token, in the order sent.
pub(in crate::store) fn list(conn: &Connection, token: i64) -> Result<Vec<TokenPolicy>> {
    let rows = list_rows(
        conn,
        "SELECT seq, id, effect, resources FROM token_policies WHERE token = ?1
         ORDER BY ordinal",
        [token],
        |row| {
            let resources: Map<String, Value> =
                parsed(row, 3, |text| serde_json::from_str(text).ok())?;
            let policy = TokenPolicy {
                id: row.get(1)?,
                effect: parsed(row, 2, Effect::parse)?,
                permission_groups: Vec::new(),
                resources,
            };
            Ok((row.get::<_, i64>(0)?, policy))
        },
    )?;
    let with_groups = |(key, mut policy): (i64, TokenPolicy)| {
        policy.permission_groups = list_rows(
            conn,
            "SELECT permission_group FROM token_policy_permission_groups WHERE policy = ?1
             ORDER BY ordinal",
            [key],
            |row| row.get(0),
        )?;
        Ok(policy)
    };
    rows.into_iter().map(with_groups).collect()
}

/// One allow policy on the whole account.
pub(in crate::store) fn insert_one(
    tx: &WriteTx<'_>,
    token: i64,
    groups: Vec<PermissionGroupId>,
) -> Result<()> {
    let account = accounts::current(tx)?.id;
    let resource = format!("{}{account}", accounts::RESOURCE_PREFIX);
    let policy = NewTokenPolicy {
        id: None,
        effect: Effect::Allow,
        permission_groups: groups,
        resources: Map::from_iter([(resource, Value::from("*"))]),
    };
    insert(tx, token, 0, PolicyId::from_bytes(tx.new_id()), &policy)
}

/// Puts these in the place of all; one that names an id of the token keeps it.
///
/// Errors: `Invalid` (resources).
pub(in crate::store) fn replace(
    tx: &WriteTx<'_>,
    token: i64,
    member: Option<MemberId>,
    policies: &[NewTokenPolicy],
) -> Result<()> {
    let account = accounts::current(tx)?.id;
    let mut known: Vec<PolicyId> = list(tx.conn(), token)?.iter().map(|p| p.id).collect();
    run(
        tx.conn(),
        "DELETE FROM token_policies WHERE token = ?1",
        [token],
    )?;
    for (ordinal, policy) in (0_i64..).zip(policies) {
        check_resources(&policy.resources, account, member)?;
        // Each id once, however often it was sent.
        let kept = known.iter().position(|id| Some(*id) == policy.id);
        let id = match kept {
            Some(place) => known.swap_remove(place),
            None => PolicyId::from_bytes(tx.new_id()),
        };
        insert(tx, token, ordinal, id, policy)?;
    }
    Ok(())
}

fn insert(
    tx: &WriteTx<'_>,
    token: i64,
    ordinal: i64,
    id: PolicyId,
    policy: &NewTokenPolicy,
) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO token_policies (id, token, ordinal, effect, resources)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            id,
            token,
            ordinal,
            policy.effect.name(),
            Value::Object(policy.resources.clone()).to_string(),
        ),
    )?;
    let key = tx.conn().last_insert_rowid();
    for (ordinal, group) in (0_i64..).zip(&policy.permission_groups) {
        run(
            tx.conn(),
            "INSERT INTO token_policy_permission_groups (policy, ordinal, permission_group)
             VALUES (?1, ?2, ?3)",
            (key, ordinal, group),
        )?;
    }
    Ok(())
}

/// What the audit log keeps of a policy.
pub(in crate::store) fn facts(policy: &TokenPolicy) -> Value {
    json!({
        "effect": policy.effect.name(),
        "permission_groups": policy.permission_groups,
        "resources": policy.resources,
    })
}
