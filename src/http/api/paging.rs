//! Which part of a list is asked for. What is out of range is clamped, not refused.

use data_encoding::BASE64URL_NOPAD;

use super::error::ApiError;
use super::query::Params;

/// No list has so many rows.
const OFFSET_MAX: i64 = 1 << 40;

/// A page by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// From 1.
    pub page: i64,
    pub per_page: i64,
}

/// The sizes that a route's pages may have.
#[derive(Debug, Clone, Copy)]
pub struct Sizes {
    pub default: i64,
    pub min: i64,
    pub max: i64,
}

/// Accounts, roles and tokens.
pub const SMALL: Sizes = Sizes {
    default: 20,
    min: 5,
    max: 50,
};
/// Members: larger pages than the real API has.
pub const MEMBERS: Sizes = Sizes {
    default: 20,
    min: 5,
    max: 1_000,
};
/// User groups, and their members.
pub const GROUPS: Sizes = Sizes {
    default: 100,
    min: 1,
    max: 500,
};
/// Logs.
pub const LOGS: Sizes = Sizes {
    default: 100,
    min: 1,
    max: 1_000,
};

impl Page {
    /// `page` and `per_page`; a number may come as `2.0`.
    ///
    /// Errors: `Field` for what is no number.
    pub fn of(params: &Params, sizes: Sizes) -> Result<Self, ApiError> {
        let page = params.number("page")?.unwrap_or(1);
        let per_page = params.number("per_page")?.unwrap_or(sizes.default);
        Ok(Self {
            page: page.max(1),
            per_page: per_page.clamp(sizes.min, sizes.max),
        })
    }

    /// Rows before the page; beyond all that any list has, they are no more.
    pub fn offset(self) -> i64 {
        (self.page - 1)
            .saturating_mul(self.per_page)
            .min(OFFSET_MAX)
    }

    /// The part of what is there already that the page shows.
    pub fn cut<T>(self, items: Vec<T>) -> (Vec<T>, i64) {
        let total = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let count = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        let shown = items
            .into_iter()
            .skip(count(self.offset()))
            .take(count(self.per_page));
        (shown.collect(), total)
    }
}

/// Where a page of a log begins: behind the row of that number. It is no secret, since the
/// account is not in it.
pub fn cursor(seq: i64) -> String {
    BASE64URL_NOPAD.encode(format!("after:{seq}").as_bytes())
}

/// The row number of the `cursor` that was sent.
///
/// Errors: `Field` for one that no list gave.
pub fn read_cursor(params: &Params) -> Result<Option<i64>, ApiError> {
    let Some(sent) = params.get("cursor").filter(|sent| !sent.is_empty()) else {
        return Ok(None);
    };
    let read = BASE64URL_NOPAD.decode(sent.as_bytes()).ok();
    let seq = read
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|text| text.strip_prefix("after:")?.parse().ok());
    seq.map(Some).ok_or_else(|| {
        ApiError::field(
            "cursor",
            "The cursor is none that this list gave; read the list again from its first page.",
        )
    })
}
