//! Everything that the database holds, for comparing before with after.

use rusqlite::Connection;
use rusqlite::types::ValueRef;

/// Logs, and a migration's own record: what a migration writes to and an undo leaves.
pub(super) const LOGS: [&str; 7] = [
    "audit",
    "provisioning",
    "connection_activity",
    "legacy_migrations",
    "legacy_migration_groups",
    "legacy_migration_people",
    // The link that a server without an operator prints when it starts.
    "setup_links",
];

/// Columns that say when a credential was last used, how late it is, which every request may
/// change, and how often the server was started.
const USE: [&str; 11] = [
    "boots",
    "last_used_ms",
    "last_used_address",
    "last_used_agent",
    "used_ms",
    "refused_ms",
    "refused_since_ms",
    "refused_count",
    "refused_why",
    "refused_address",
    "last_seen_ms",
];

/// Every row of every table but those of `without`, sorted, as text.
pub(super) fn dump(sql: &Connection, without: &[&str]) -> Vec<String> {
    let mut tables = sql
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .expect("a query");
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .and_then(Iterator::collect)
        .expect("tables");
    let mut all = Vec::new();
    for table in tables
        .iter()
        .filter(|name| !without.contains(&name.as_str()))
    {
        all.extend(rows(sql, table));
    }
    all
}

fn rows(sql: &Connection, table: &str) -> Vec<String> {
    let mut query = sql
        .prepare(&format!("SELECT * FROM {table}"))
        .expect("a query");
    let columns: Vec<String> = query.column_names().map(str::to_owned).collect();
    let mut rows: Vec<String> = query
        .query_map([], |row| {
            let mut text = format!("{table}:");
            for (place, column) in columns.iter().enumerate() {
                if USE.contains(&column.as_str()) {
                    continue;
                }
                let value = match row.get_ref(place)? {
                    ValueRef::Text(value) => String::from_utf8_lossy(value).into_owned(),
                    other => format!("{other:?}"),
                };
                text.extend([" ", column, "=", &value]);
            }
            Ok(text)
        })
        .and_then(Iterator::collect)
        .expect("rows");
    rows.sort_unstable();
    rows
}

/// Two dumps are the same; else the first rows that are in one alone.
#[track_caller]
pub(super) fn same(one: &[String], other: &[String], what: &str) {
    if one == other {
        return;
    }
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        let alone = these.iter().filter(|row| !those.contains(row));
        alone.take(5).cloned().collect()
    };
    panic!(
        "{what}: {:#?} became {:#?}",
        only(one, other),
        only(other, one)
    );
}
