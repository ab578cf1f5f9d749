//! The schema's versions. Each migration runs in one transaction; `PRAGMA user_version` says
//! how far the file is, `schema_migrations` what exactly was applied.

use aws_lc_rs::digest;
use data_encoding::HEXLOWER;
use rusqlite::{Connection, TransactionBehavior};

use super::open::OpenError;

/// A step of the schema: its file name and its SQL.
pub struct Migration {
    pub name: &'static str,
    pub sql: &'static str,
}

/// All of them, in order; version n is the n-th. A test compares the list to the folder.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "0001_create_schema.sql",
        sql: include_str!("../../migrations/0001_create_schema.sql"),
    },
    Migration {
        name: "0002_add_custom_roles.sql",
        sql: include_str!("../../migrations/0002_add_custom_roles.sql"),
    },
    Migration {
        name: "0003_add_access.sql",
        sql: include_str!("../../migrations/0003_add_access.sql"),
    },
    Migration {
        name: "0004_add_brake.sql",
        sql: include_str!("../../migrations/0004_add_brake.sql"),
    },
    Migration {
        name: "0005_add_legacy_groups.sql",
        sql: include_str!("../../migrations/0005_add_legacy_groups.sql"),
    },
    Migration {
        name: "0006_add_legacy_migrations.sql",
        sql: include_str!("../../migrations/0006_add_legacy_migrations.sql"),
    },
    Migration {
        name: "0007_add_operators.sql",
        sql: include_str!("../../migrations/0007_add_operators.sql"),
    },
    Migration {
        name: "0008_add_session_rights.sql",
        sql: include_str!("../../migrations/0008_add_session_rights.sql"),
    },
    Migration {
        name: "0009_add_member_search.sql",
        sql: include_str!("../../migrations/0009_add_member_search.sql"),
    },
    Migration {
        name: "0010_add_migration_outline.sql",
        sql: include_str!("../../migrations/0010_add_migration_outline.sql"),
    },
    Migration {
        name: "0011_leave_taken_names_out.sql",
        sql: include_str!("../../migrations/0011_leave_taken_names_out.sql"),
    },
    Migration {
        name: "0012_count_what_is_held.sql",
        sql: include_str!("../../migrations/0012_count_what_is_held.sql"),
    },
    Migration {
        name: "0013_keep_what_a_close_left.sql",
        sql: include_str!("../../migrations/0013_keep_what_a_close_left.sql"),
    },
    Migration {
        name: "0014_find_shown_names.sql",
        sql: include_str!("../../migrations/0014_find_shown_names.sql"),
    },
    Migration {
        name: "0015_keep_decisions_of_plans.sql",
        sql: include_str!("../../migrations/0015_keep_decisions_of_plans.sql"),
    },
    Migration {
        name: "0016_remember_refused_tokens.sql",
        sql: include_str!("../../migrations/0016_remember_refused_tokens.sql"),
    },
    Migration {
        name: "0017_fold_names_of_undone_migrations.sql",
        sql: include_str!("../../migrations/0017_fold_names_of_undone_migrations.sql"),
    },
    Migration {
        name: "0018_keep_ended_values_of_tokens.sql",
        sql: include_str!("../../migrations/0018_keep_ended_values_of_tokens.sql"),
    },
    Migration {
        name: "0019_note_use_of_token_values.sql",
        sql: include_str!("../../migrations/0019_note_use_of_token_values.sql"),
    },
];

/// The version this binary writes.
pub fn latest() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

pub(in crate::store) fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Refuses a file of a newer Provost, and one whose applied migrations are not ours.
pub(in crate::store) fn check(conn: &Connection) -> Result<i64, OpenError> {
    let found = version(conn)?;
    let known = latest();
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    if found > 0 {
        let mut statement =
            conn.prepare("SELECT version, sha256 FROM schema_migrations ORDER BY version")?;
        let mut rows = statement.query([])?;
        let mut seen = 0;
        while let Some(row) = rows.next()? {
            let (version, sum): (i64, String) = (row.get(0)?, row.get(1)?);
            let migration = usize::try_from(version - 1)
                .ok()
                .and_then(|i| MIGRATIONS.get(i));
            match migration {
                Some(migration) if checksum(migration) == sum => seen += 1,
                Some(migration) => {
                    return Err(OpenError::ChangedMigration(migration.name.to_owned()));
                }
                None => {
                    return Err(OpenError::NewerSchema {
                        found: version,
                        known,
                    });
                }
            }
        }
        if seen != found {
            return Err(OpenError::ChangedMigration(format!("number {}", seen + 1)));
        }
    }
    Ok(found)
}

/// Brings the file to the latest version; each step in its own transaction.
pub(in crate::store) fn apply(conn: &mut Connection, now_ms: i64) -> Result<(), OpenError> {
    let applied = check(conn)?;
    for (index, migration) in MIGRATIONS.iter().enumerate() {
        let version = i64::try_from(index + 1).unwrap_or(i64::MAX);
        if version <= applied {
            continue;
        }
        let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,
                applied_ms INTEGER NOT NULL) STRICT",
        )?;
        tx.execute_batch(migration.sql)?;
        tx.execute(
            "INSERT INTO schema_migrations (version, name, sha256, applied_ms)
             VALUES (?1, ?2, ?3, ?4)",
            (version, migration.name, checksum(migration), now_ms),
        )?;
        tx.pragma_update(None, "user_version", version)?;
        tx.commit()?;
    }
    Ok(())
}

pub(in crate::store) fn checksum(migration: &Migration) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, migration.sql.as_bytes()).as_ref())
}
