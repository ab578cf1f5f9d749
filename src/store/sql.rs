//! Between SQLite's types and ours: errors, ids, and statements that fetch rows.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef};
use rusqlite::{
    CachedStatement, Connection, ErrorCode, OptionalExtension, Params, Row, ToSql, ffi,
};

use crate::domain::error::{Error, Kind, Result};
use crate::domain::operator::last_box_administrator;
use crate::domain::reason::Reason;
use crate::domain::{guard, id};

/// Seconds a client waits before it repeats what the store could not do just now.
const RETRY_AFTER_SECONDS: u32 = 5;
/// Longest statement that is kept prepared.
const STATEMENT_KEPT_BYTES_MAX: usize = 4 * 1024;

impl From<rusqlite::Error> for Error {
    /// Busy and interrupted are "not now", a full disk is said so, the rest is our fault.
    /// "No rows" is our fault too: whoever expects none uses `find`.
    fn from(error: rusqlite::Error) -> Self {
        let unavailable =
            |message: &'static str, reason| Self::unavailable(reason, message, RETRY_AFTER_SECONDS);
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => unavailable(
                "The database is busy; nothing was changed, send the request again.",
                Reason::Busy,
            )
            .with_source(error),
            Some(ErrorCode::OperationInterrupted) => unavailable(
                "The request took longer than the server allows; ask for less at once.",
                Reason::Timeout,
            )
            .with_source(error),
            Some(ErrorCode::DiskFull) => Self::new(
                Kind::StorageFull,
                Reason::StorageFull,
                "The server's disk is full; nothing was changed, free space and send the request \
                 again.",
            )
            .with_retry_after(RETRY_AFTER_SECONDS)
            .with_source(error),
            Some(ErrorCode::SystemIoFailure | ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
                unavailable(
                    "The server can't write to its disk; nothing was changed, its log has the \
                     cause.",
                    Reason::ReadOnly,
                )
                .with_source(error)
            }
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => unavailable(
                "The database is damaged; an administrator has to restore it from a backup.",
                Reason::ReadOnly,
            )
            .with_source(error),
            _ if is_refused(&error, "last super administrator") => {
                guard::last_super_administrator()
            }
            _ if is_refused(&error, "last box administrator") => last_box_administrator(),
            _ => Self::internal(error),
        }
    }
}

/// Whether a guard of the database refuses, in these words.
fn is_refused(error: &rusqlite::Error, words: &str) -> bool {
    matches!(
        error,
        rusqlite::Error::SqliteFailure(
            ffi::Error { extended_code: ffi::SQLITE_CONSTRAINT_TRIGGER, .. },
            Some(message)
        ) if message == words
    )
}

/// Turns the violation of one unique index into the error that `conflict` makes.
///
/// SQLite names the columns, not the index: `columns` is the text it reports, such as
/// `members.account, members.user_name_key`.
pub(in crate::store) trait OnUnique<T> {
    fn on_unique(self, columns: &str, conflict: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnUnique<T> for rusqlite::Result<T> {
    fn on_unique(self, columns: &str, conflict: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| {
            let unique = matches!(
                error.sqlite_error().map(|e| e.extended_code),
                Some(ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY)
            );
            let named = matches!(
                &error,
                rusqlite::Error::SqliteFailure(_, Some(message))
                    if message.strip_prefix("UNIQUE constraint failed: ") == Some(columns)
            );
            if unique && named {
                conflict()
            } else {
                error.into()
            }
        })
    }
}

/// Runs a statement; how many rows it changed.
pub(in crate::store) fn run(
    conn: &Connection,
    sql: &str,
    params: impl Params,
) -> rusqlite::Result<usize> {
    conn.prepare_cached(sql)?.execute(params)
}

/// The one row, which must be there.
pub(in crate::store) fn get<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_row(params, read);
    keep(statement, sql);
    found
}

/// The row, when there is one.
pub(in crate::store) fn find<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    get(conn, sql, params, read).optional()
}

/// All rows: only for statements that are bounded by a LIMIT or by what they ask for.
pub(in crate::store) fn list<T>(
    conn: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    let mut statement = conn.prepare_cached(sql)?;
    let found = statement.query_map(params, read)?.collect();
    keep(statement, sql);
    found
}

/// Statements of long filters are not kept for the next time: they take much memory, and are
/// hardly ever the same.
fn keep(statement: CachedStatement<'_>, sql: &str) {
    if sql.len() > STATEMENT_KEPT_BYTES_MAX {
        statement.discard();
    }
}

/// The text of a LIKE, with the backslash as its ESCAPE, that looks for a part.
pub(in crate::store) fn like_part(part: &str) -> String {
    let mut like = String::with_capacity(part.len() + 2);
    like.push('%');
    for c in part.chars() {
        if matches!(c, '%' | '_' | '\\') {
            like.push('\\');
        }
        like.push(c);
    }
    like.push('%');
    like
}

macro_rules! id_columns {
    ($($name:ident)*) => {$(
        impl ToSql for id::$name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(ValueRef::Blob(self.as_bytes())))
            }
        }

        impl FromSql for id::$name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                let bytes = value.as_blob()?;
                let bytes = bytes.try_into().map_err(|_| FromSqlError::InvalidBlobSize {
                    expected_size: 16,
                    blob_size: bytes.len(),
                })?;
                Ok(Self::from_bytes(bytes))
            }
        }
    )*};
}

id_columns! {
    AccountId MemberId MembershipId GroupId ConnectionId TokenId PolicyId ResourceGroupId
    DomainId PermissionGroupId RequestId AuditId RoleId SsoConnectorId MigrationId
    OperatorId SessionId
}

/// A text where it lies. Rows that answers copy are checked as text by the thousand, which takes a
/// third of what the standard library needs.
pub(in crate::store) fn text<'r>(row: &'r Row<'_>, column: usize) -> rusqlite::Result<&'r str> {
    match row.get_ref(column)? {
        ValueRef::Text(text) => is_text(column, text),
        other => Ok(other.as_str()?),
    }
}

/// The bytes of a text where it lies, as it was stored: for what is copied into answers and of
/// which nothing is read. Whether they are UTF-8 still is not looked at: all that is stored was a
/// text, and a damaged file has damage that no such look finds.
pub(in crate::store) fn stored_text<'r>(
    row: &'r Row<'_>,
    column: usize,
) -> rusqlite::Result<&'r [u8]> {
    Ok(row.get_ref(column)?.as_bytes()?)
}

/// The same as text, or nothing where there may be none.
pub(in crate::store) fn text_or_null<'r>(
    row: &'r Row<'_>,
    column: usize,
) -> rusqlite::Result<Option<&'r str>> {
    match row.get_ref(column)? {
        ValueRef::Text(text) => is_text(column, text).map(Some),
        other => Ok(other.as_str_or_null()?),
    }
}

/// A text's bytes as text.
pub(in crate::store) fn is_text(column: usize, text: &[u8]) -> rusqlite::Result<&str> {
    simdutf8::basic::from_utf8(text).map_err(|error| {
        let kind = rusqlite::types::Type::Text;
        rusqlite::Error::FromSqlConversionFailure(column, kind, Box::new(error))
    })
}

/// A column whose text is one of a closed list.
pub(in crate::store) fn parsed<T>(
    row: &Row<'_>,
    column: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> rusqlite::Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            column,
            rusqlite::types::Type::Text,
            format!("unknown value {text:?}").into(),
        )
    })
}
