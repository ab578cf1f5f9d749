//! Migrations that were carried out, as rows: by these they are told, and undone.

use rusqlite::Row;

use super::super::groups::GroupKey;
use super::super::sql::{find as find_row, get, list as rows, parsed, run};
use super::super::tx::{ReadTx, WriteTx};
use super::pushes;
use super::snapshot::PolicyRow;
use crate::domain::error::{Error, Result};
use crate::domain::id::{ConnectionId, GroupId, MemberId, MigrationId, PermissionGroupId};
use crate::domain::legacy::plan::Plan;
use crate::domain::legacy::run::{Progress, RunGroup, RunHead, RunState};
use crate::domain::text::GroupName;

/// The version of the schema that writes down how far connections are when a run ends.
const RECORDED_SINCE: i64 = 13;
/// Most runs that a list shows.
const RUNS_LISTED_MAX: i64 = 1000;

/// A run's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunKey(i64);

/// A run as it is stored.
#[derive(Debug, Clone)]
pub struct Stored {
    pub key: RunKey,
    pub head: RunHead,
    /// The last row of the provisioning log when it was carried out.
    pub provisioned: i64,
    /// Without its people: [`plan`] has them.
    pub outline: Plan,
}

/// A group of a run, with what undoes it.
#[derive(Debug, Clone)]
pub struct Member {
    pub key: GroupKey,
    pub group: RunGroup,
    pub legacy: Option<PermissionGroupId>,
    pub before: Vec<PolicyRow>,
    pub after: Vec<PolicyRow>,
}

const HEAD: &str = "m.seq, m.id, m.state, m.converted_ms, m.undone_ms, m.closed_ms, m.backup,
    (SELECT count(*) FROM legacy_migration_groups x WHERE x.migration = m.seq),
    (SELECT count(*) FROM legacy_migration_groups x
     WHERE x.migration = m.seq AND x.undone_ms IS NOT NULL)";

/// What runs did to the group ?2 of the account ?1: by the group, for there may be many runs of
/// many groups.
const OF_GROUP: &str = "legacy_migration_groups g INDEXED BY legacy_migration_groups_by_group
    CROSS JOIN legacy_migrations m ON m.seq = g.migration
    WHERE m.account = ?1 AND g.grp = ?2";

fn head(row: &Row<'_>) -> rusqlite::Result<(RunKey, RunHead)> {
    let head = RunHead {
        id: row.get(1)?,
        state: parsed(row, 2, RunState::parse)?,
        converted_ms: row.get(3)?,
        undone_ms: row.get(4)?,
        closed_ms: row.get(5)?,
        backup: row.get(6)?,
        groups: row.get(7)?,
        groups_undone: row.get(8)?,
    };
    Ok((RunKey(row.get(0)?), head))
}

/// The account's, the newest first.
pub fn list(tx: &ReadTx<'_>) -> Result<Vec<RunHead>> {
    let sql = format!(
        "SELECT {HEAD} FROM legacy_migrations m WHERE m.account = ?1 ORDER BY m.seq DESC LIMIT ?2"
    );
    let found = rows(tx.conn(), &sql, (tx.account()?, RUNS_LISTED_MAX), head)?;
    Ok(found.into_iter().map(|(_, head)| head).collect())
}

/// The run of that id, in this account, without the plan's people.
pub fn find(tx: &ReadTx<'_>, id: MigrationId) -> Result<Option<Stored>> {
    let sql = format!(
        "SELECT {HEAD}, m.provisioned, m.outline FROM legacy_migrations m
         WHERE m.account = ?1 AND m.id = ?2"
    );
    let found = find_row(tx.conn(), &sql, (tx.account()?, id), |row| {
        let outline: String = row.get(10)?;
        Ok((head(row)?, row.get(9)?, outline))
    })?;
    let Some(((key, head), provisioned, outline)) = found else {
        return Ok(None);
    };
    let outline = serde_json::from_str(&outline).map_err(Error::internal)?;
    Ok(Some(Stored {
        key,
        head,
        provisioned,
        outline,
    }))
}

/// The run's plan with all its people: of each some 200 bytes.
pub fn plan(tx: &ReadTx<'_>, key: RunKey) -> Result<Plan> {
    serde_json::from_str(&plan_text(tx, key)?).map_err(Error::internal)
}

/// The same as it is stored: JSON without spaces.
pub fn plan_text(tx: &ReadTx<'_>, key: RunKey) -> Result<String> {
    Ok(get(
        tx.conn(),
        "SELECT plan FROM legacy_migrations WHERE seq = ?1",
        [key.0],
        |row| row.get(0),
    )?)
}

/// Errors: `NotFound`.
pub fn get_stored(tx: &ReadTx<'_>, id: MigrationId) -> Result<Stored> {
    find(tx, id)?.ok_or_else(|| Error::not_found("migration", id))
}

/// Writes down that the plan is carried out.
pub fn insert(tx: &WriteTx<'_>, plan: &Plan, backup: &str) -> Result<RunKey> {
    let text = |plan: &Plan| serde_json::to_string(plan).map_err(Error::internal);
    let params = (
        plan.id,
        tx.account()?,
        RunState::Converted.name(),
        tx.now_ms(),
        backup,
        pushes::last_row(tx)?,
        text(plan)?,
        text(&plan.outline())?,
    );
    let key = get(
        tx.conn(),
        "INSERT INTO legacy_migrations (id, account, state, converted_ms, backup, provisioned,
             plan, outline)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING seq",
        params,
        |row| row.get(0),
    )?;
    Ok(RunKey(key))
}

/// The groups of a run, in the plan's order.
pub fn groups(tx: &ReadTx<'_>, key: RunKey) -> Result<Vec<Member>> {
    let found: Vec<(Member, String, String)> = rows(
        tx.conn(),
        "SELECT grp, group_id, scim_id, old_name, new_name, made, undone_ms IS NOT NULL, legacy,
             policies_before, policies_after
         FROM legacy_migration_groups WHERE migration = ?1 ORDER BY ordinal",
        [key.0],
        |row| {
            let member = Member {
                key: GroupKey(row.get(0)?),
                group: RunGroup {
                    id: row.get::<_, GroupId>(1)?,
                    scim_id: row.get(2)?,
                    old_name: row.get(3)?,
                    new_name: row.get(4)?,
                    made: row.get(5)?,
                    undone: row.get(6)?,
                },
                legacy: row.get(7)?,
                before: Vec::new(),
                after: Vec::new(),
            };
            Ok((member, row.get(8)?, row.get(9)?))
        },
    )?;
    let whole = |(mut member, before, after): (Member, String, String)| {
        member.before = serde_json::from_str(&before).map_err(Error::internal)?;
        member.after = serde_json::from_str(&after).map_err(Error::internal)?;
        Ok(member)
    };
    found.into_iter().map(whole).collect()
}

/// Adds a group to a run; they are added in the plan's order.
pub fn add_group(tx: &WriteTx<'_>, run_key: RunKey, member: &Member) -> Result<()> {
    let text = |rows: &[PolicyRow]| serde_json::to_string(rows).map_err(Error::internal);
    let (before, after) = (text(&member.before)?, text(&member.after)?);
    run(
        tx.conn(),
        "INSERT INTO legacy_migration_groups (migration, ordinal, grp, group_id, scim_id,
             old_name, new_name, new_name_key, legacy, made, policies_before, policies_after)
         VALUES (?1, (SELECT count(*) FROM legacy_migration_groups WHERE migration = ?1),
             ?2, ?3, ?4, ?5, ?6, fold(?6), ?7, ?8, ?9, ?10)",
        (
            run_key.0,
            member.key.0,
            member.group.id,
            &member.group.scim_id,
            &member.group.old_name,
            &member.group.new_name,
            member.legacy,
            member.group.made,
            before,
            after,
        ),
    )?;
    Ok(())
}

/// Writes down that the group was undone.
pub fn set_group_undone(tx: &WriteTx<'_>, run_key: RunKey, group: GroupId) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE legacy_migration_groups SET undone_ms = ?3 WHERE migration = ?1 AND group_id = ?2",
        (run_key.0, group, tx.now_ms()),
    )?;
    Ok(())
}

/// Writes down how far the connections that push to the group are, before what tells it ends: by
/// the close of its run, or by the undo.
pub fn set_at_end(
    tx: &WriteTx<'_>,
    run_key: RunKey,
    group: GroupId,
    progress: &[Progress],
) -> Result<()> {
    let text = serde_json::to_string(progress).map_err(Error::internal)?;
    run(
        tx.conn(),
        "UPDATE legacy_migration_groups SET at_close = ?3 WHERE migration = ?1 AND group_id = ?2",
        (run_key.0, group, text),
    )?;
    Ok(())
}

/// What was written down of a group when its old name ended.
pub struct End {
    /// When it was undone; milliseconds since 1970, UTC.
    pub undone_ms: Option<i64>,
    /// How far the connections were that pushed to it. Of an undone group, those that have not
    /// sent its old name since.
    pub pushing: Vec<Progress>,
}

/// Of the groups of a run, in the order of [`groups`].
pub fn ends(tx: &ReadTx<'_>, key: RunKey) -> Result<Vec<End>> {
    let found: Vec<(Option<i64>, String)> = rows(
        tx.conn(),
        "SELECT undone_ms, at_close FROM legacy_migration_groups
         WHERE migration = ?1 ORDER BY ordinal",
        [key.0],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let read = |(undone_ms, text): (Option<i64>, String)| -> Result<End> {
        Ok(End {
            undone_ms,
            pushing: progress_of(&text)?,
        })
    };
    found.into_iter().map(read).collect()
}

fn progress_of(text: &str) -> Result<Vec<Progress>> {
    serde_json::from_str(text).map_err(Error::internal)
}

/// Whether a run that was closed then wrote down how far its connections were: earlier versions
/// did not.
pub fn recorded_at(tx: &ReadTx<'_>, closed_ms: i64) -> Result<bool> {
    let since: Option<i64> = find_row(
        tx.conn(),
        "SELECT applied_ms FROM schema_migrations WHERE version = ?1",
        [RECORDED_SINCE],
        |row| row.get(0),
    )?;
    Ok(since.is_none_or(|since| since <= closed_ms))
}

/// The names that migrations gave the group and that were taken back.
pub fn names_taken_back(tx: &ReadTx<'_>, key: GroupKey) -> Result<Vec<String>> {
    Ok(rows(
        tx.conn(),
        &format!("SELECT g.new_name FROM {OF_GROUP} AND g.undone_ms IS NOT NULL"),
        (tx.account()?, key.0),
        |row| row.get(0),
    )?)
}

/// Whether a later run of the group was undone too.
pub fn undone_again(tx: &ReadTx<'_>, run_key: RunKey, key: GroupKey) -> Result<bool> {
    Ok(get(
        tx.conn(),
        &format!(
            "SELECT EXISTS (SELECT 1 FROM {OF_GROUP} AND g.migration > ?3
                            AND g.undone_ms IS NOT NULL)"
        ),
        (tx.account()?, key.0, run_key.0),
        |row| row.get(0),
    )?)
}

/// The old name of a group that has it again since the undo of a migration that had called it
/// `name`.
pub fn put_back(tx: &ReadTx<'_>, name: &GroupName) -> Result<Option<String>> {
    Ok(find_row(
        tx.conn(),
        "SELECT g.old_name
         FROM legacy_migration_groups g INDEXED BY legacy_migration_groups_undone
         JOIN legacy_migrations m ON m.seq = g.migration
         JOIN groups x ON x.seq = g.grp
         WHERE g.undone_ms IS NOT NULL AND g.new_name_key = ?2
           AND m.account = ?1 AND x.scim_id = g.scim_id AND x.name = g.old_name
         LIMIT 1",
        (tx.account()?, name.key()),
        |row| row.get(0),
    )?)
}

/// Whether the group had that name before a migration.
pub fn had_name(tx: &ReadTx<'_>, key: GroupKey, name: &GroupName) -> Result<bool> {
    Ok(get(
        tx.conn(),
        &format!("SELECT EXISTS (SELECT 1 FROM {OF_GROUP} AND g.old_name = ?3)"),
        (tx.account()?, key.0, name.as_str()),
        |row| row.get(0),
    )?)
}

/// What the user group is called now that had that name before a migration.
pub fn called_before(tx: &ReadTx<'_>, name: &GroupName) -> Result<Option<String>> {
    Ok(find_row(
        tx.conn(),
        "SELECT x.name
         FROM legacy_migration_groups g
         JOIN legacy_migrations m ON m.seq = g.migration
         JOIN groups x ON x.seq = g.grp
         WHERE g.undone_ms IS NULL AND g.old_name = ?2 AND m.account = ?1
           AND x.scim_id = g.scim_id AND x.legacy IS NULL AND x.name <> g.old_name
         ORDER BY g.migration DESC LIMIT 1",
        (tx.account()?, name.as_str()),
        |row| row.get(0),
    )?)
}

/// The caller's connection sent the name that the group has again since an undo, or one that means
/// the same role: nothing is asked of it any more.
pub fn given_back(
    tx: &WriteTx<'_>,
    key: GroupKey,
    (name, means_role): (&GroupName, bool),
) -> Result<()> {
    let undone: Vec<(i64, i64, String)> = rows(
        tx.conn(),
        &format!(
            "SELECT g.migration, g.ordinal, g.at_close FROM {OF_GROUP}
               AND g.undone_ms IS NOT NULL AND g.at_close <> '[]' AND (?4 OR g.old_name = ?3)"
        ),
        (tx.account()?, key.0, name.as_str(), means_role),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if undone.is_empty() {
        return Ok(());
    }
    let caller = caller(tx)?;
    for (migration, ordinal, text) in undone {
        let mut pushing = progress_of(&text)?;
        let noted = pushing.len();
        pushing.retain(|one| Some(one.connection.id) != caller);
        if pushing.len() == noted {
            continue;
        }
        set_pushing(tx, (migration, ordinal), &pushing)?;
    }
    Ok(())
}

/// The caller's connection sent a name of the group that is not its old one: where it had not
/// before its migration was closed, it has now.
pub fn followed(tx: &WriteTx<'_>, key: GroupKey, name: &GroupName) -> Result<()> {
    let closed: Vec<(i64, i64, String)> = rows(
        tx.conn(),
        &format!(
            "SELECT g.migration, g.ordinal, g.at_close FROM {OF_GROUP} AND m.state = 'closed'
               AND g.undone_ms IS NULL AND g.at_close <> '[]' AND fold(g.old_name) <> ?3"
        ),
        (tx.account()?, key.0, name.key()),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    if closed.is_empty() {
        return Ok(());
    }
    let caller = caller(tx)?;
    for (migration, ordinal, text) in closed {
        let mut pushing = progress_of(&text)?;
        let mut waiting = pushing.iter_mut().filter(|one| one.waits_for_name());
        let Some(one) = waiting.find(|one| Some(one.connection.id) == caller) else {
            continue;
        };
        one.followed_ms = Some(tx.now_ms());
        set_pushing(tx, (migration, ordinal), &pushing)?;
    }
    Ok(())
}

/// The connection of whoever writes.
fn caller(tx: &WriteTx<'_>) -> Result<Option<ConnectionId>> {
    Ok(find_row(
        tx.conn(),
        "SELECT id FROM connections WHERE seq = ?1",
        [tx.connection()],
        |row| row.get(0),
    )?)
}

fn set_pushing(
    tx: &WriteTx<'_>,
    (migration, ordinal): (i64, i64),
    pushing: &[Progress],
) -> Result<()> {
    let text = serde_json::to_string(pushing).map_err(Error::internal)?;
    run(
        tx.conn(),
        "UPDATE legacy_migration_groups SET at_close = ?3 WHERE migration = ?1 AND ordinal = ?2",
        (migration, ordinal, text),
    )?;
    Ok(())
}

/// Adds somebody whom the run made.
pub fn add_person(tx: &WriteTx<'_>, run_key: RunKey, id: MemberId) -> Result<()> {
    run(
        tx.conn(),
        "INSERT INTO legacy_migration_people (migration, member) VALUES (?1, ?2)",
        (run_key.0, id),
    )?;
    Ok(())
}

/// Those whom the run made, in the order of their ids.
pub fn people(tx: &ReadTx<'_>, key: RunKey) -> Result<Vec<MemberId>> {
    Ok(rows(
        tx.conn(),
        "SELECT member FROM legacy_migration_people WHERE migration = ?1 ORDER BY member",
        [key.0],
        |row| row.get(0),
    )?)
}

/// Ends the run.
pub fn set_state(tx: &WriteTx<'_>, key: RunKey, state: RunState) -> Result<()> {
    run(
        tx.conn(),
        "UPDATE legacy_migrations SET state = ?2,
             undone_ms = CASE ?2 WHEN 'undone' THEN ?3 END,
             closed_ms = CASE ?2 WHEN 'closed' THEN ?3 END
         WHERE seq = ?1",
        (key.0, state.name(), tx.now_ms()),
    )?;
    Ok(())
}
