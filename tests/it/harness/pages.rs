//! Lists read page by page, each way there is.

use serde_json::Value;

use super::client::{Client, text};

/// The ids of a page.
#[track_caller]
pub(crate) fn ids(page: &Value) -> Vec<String> {
    let items = page["Resources"].as_array().expect("Resources");
    items.iter().map(|item| text(item, "id")).collect()
}

#[track_caller]
pub(crate) fn total(page: &Value) -> usize {
    let total = page["totalResults"].as_u64().expect("a total");
    usize::try_from(total).expect("a usize")
}

/// A cursor of the page, where it has one.
pub(crate) fn cursor(page: &Value, name: &str) -> Option<String> {
    page.get(name).map(|_| text(page, name))
}

impl Client {
    /// A page by cursor; `query` is the rest of the parameters.
    #[track_caller]
    pub(crate) fn page_at(&self, kind: &str, query: &str, cursor: &str) -> Value {
        let answer = self.get(&format!("/{kind}?cursor={cursor}&{query}"));
        answer.is(200).json()
    }

    /// All pages by cursor.
    #[track_caller]
    pub(crate) fn by_cursor(&self, kind: &str, query: &str) -> Vec<Value> {
        let mut pages = vec![self.page_at(kind, query, "")];
        while let Some(next) = pages.last().and_then(|page| cursor(page, "nextCursor")) {
            pages.push(self.page_at(kind, query, &next));
            assert!(pages.len() < 1000, "it never ends");
        }
        pages
    }

    /// From the last page back to the first, in the order of the list.
    #[track_caller]
    pub(crate) fn back(&self, kind: &str, query: &str, last: &Value) -> Vec<Value> {
        let mut pages = vec![last.clone()];
        while let Some(before) = pages.last().and_then(|page| cursor(page, "previousCursor")) {
            pages.push(self.page_at(kind, query, &before));
            assert!(pages.len() < 1000, "it never ends");
        }
        pages.reverse();
        pages
    }

    #[track_caller]
    pub(crate) fn page_from(&self, kind: &str, query: &str, start: usize, count: usize) -> Value {
        let path = format!("/{kind}?startIndex={start}&count={count}&{query}");
        self.get(&path).is(200).json()
    }

    /// All ids by index, as clients read: until the number passes the total. `between` is called
    /// after each page.
    #[track_caller]
    pub(crate) fn by_index(
        &self,
        kind: &str,
        query: &str,
        count: usize,
        mut between: impl FnMut(usize),
    ) -> Vec<String> {
        let mut read = Vec::new();
        loop {
            let page = self.page_from(kind, query, read.len() + 1, count);
            let here = ids(&page);
            assert!(!here.is_empty() || read.len() >= total(&page), "no end");
            read.extend(here);
            assert!(read.len() < 10_000, "it never ends");
            if read.len() >= total(&page) {
                return read;
            }
            between(read.len());
        }
    }
}

/// The ids of pages, one after the other.
#[track_caller]
pub(crate) fn all_ids(pages: &[Value]) -> Vec<String> {
    pages.iter().flat_map(ids).collect()
}
