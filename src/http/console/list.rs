//! Lists: what their addresses ask for, and the addresses of what one can go on to. A list is
//! a form that is sent by GET, so every view of it is a link. What an address asks for in vain
//! is left out and told, never an error page.

use actix_web::HttpRequest;

use super::url::{pairs, with_query};
use super::view::{Link, Notice, Sorted, Tone};
use super::words::{t, tf};

/// What a list can be asked for.
pub struct ListSpec {
    /// Names of filters, `q` aside.
    pub filters: &'static [&'static str],
    /// Names of columns that it can be sorted by.
    pub sorts: &'static [&'static str],
    /// One of them, with `-` before it where the list begins at its end.
    pub sort: &'static str,
    /// What else stands in its addresses and is no filter: the row that is open, say.
    pub extras: &'static [&'static str],
}

/// What a list was asked for.
#[derive(Debug, Clone)]
pub struct ListQuery {
    path: String,
    /// `q`, filters and extras that are set.
    set: Vec<(String, String)>,
    extras: &'static [&'static str],
    sort: String,
    sort_default: &'static str,
    after: String,
    notices: Vec<String>,
}

/// Names in every list's addresses.
const Q: &str = "q";
const SORT: &str = "sort";
const AFTER: &str = "after";

impl ListQuery {
    pub fn of(req: &HttpRequest, spec: &ListSpec) -> Self {
        // `/members.csv` is the list `/members` too.
        let path = req.path();
        let path = Export::ALL
            .into_iter()
            .find_map(|form| path.strip_suffix(form.suffix()))
            .unwrap_or(path);
        Self::read(path, req.query_string(), spec)
    }

    fn read(path: &str, query: &str, spec: &ListSpec) -> Self {
        let mut list = Self {
            path: path.to_owned(),
            set: Vec::new(),
            extras: spec.extras,
            sort: spec.sort.to_owned(),
            sort_default: spec.sort,
            after: String::new(),
            notices: Vec::new(),
        };
        let sent = pairs(query).unwrap_or_else(|| {
            list.notices.push(tf("list.unknown", &[&query]));
            Vec::new()
        });
        for (name, value) in sent.into_iter().filter(|(_, value)| !value.is_empty()) {
            let known = |names: &[&str]| names.contains(&name.as_str());
            match name.as_str() {
                SORT if known_sort(&value, spec) => list.sort = value,
                SORT => list.notices.push(tf("list.bad_sort", &[&value])),
                AFTER => list.after = value,
                Q => list.set_once(name, value.trim().to_owned()),
                _ if known(spec.filters) || known(spec.extras) => list.set_once(name, value),
                _ => list.notices.push(tf("list.unknown", &[&name])),
            }
        }
        list
    }

    /// The same of another address: rows that come in later belong to a page that is open.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// The same at its beginning.
    #[must_use]
    pub fn beginning(mut self) -> Self {
        self.after.clear();
        self
    }

    /// Of a name that is sent twice the last one counts, as in the form it came from.
    fn set_once(&mut self, name: String, value: String) {
        self.set.retain(|(known, _)| *known != name);
        self.set.push((name, value));
    }

    /// What is searched for; nothing for nothing.
    pub fn q(&self) -> &str {
        self.get(Q)
    }

    /// The value of a filter or an extra; nothing where it is not set.
    pub fn get(&self, name: &str) -> &str {
        let set = self.set.iter().find(|(known, _)| known == name);
        set.map_or("", |(_, value)| value.as_str())
    }

    /// The value of a filter as what it means. What means nothing is left out and told.
    pub fn pick<T>(&mut self, name: &str, means: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let value = self.get(name).to_owned();
        if value.is_empty() {
            return None;
        }
        let meaning = means(&value);
        if meaning.is_none() {
            self.set.retain(|(known, _)| known != name);
            self.notices.push(tf("list.bad_value", &[&name, &value]));
        }
        meaning
    }

    /// The column that the list is sorted by, and whether it descends.
    pub fn sort(&self) -> (&str, bool) {
        match self.sort.strip_prefix('-') {
            Some(key) => (key, true),
            None => (&self.sort, false),
        }
    }

    /// Where the page begins; nothing for the beginning.
    pub fn after(&self) -> &str {
        &self.after
    }

    /// The place in the address is none: the list begins at its beginning.
    pub fn after_is_bad(&mut self) {
        self.notices.push(tf("list.unknown", &[&AFTER]));
        self.after.clear();
    }

    /// Whether anything narrows the list: an empty list then says so.
    pub fn is_filtered(&self) -> bool {
        let filter = |(name, _): &(String, String)| !self.extras.contains(&name.as_str());
        self.set.iter().any(filter)
    }

    /// Tells what was left out.
    pub fn notice(&self) -> Option<Notice> {
        let text = self.notices.join(" ");
        (!text.is_empty()).then(|| Notice::new(Tone::Warn, t("list.partly"), text))
    }

    /// The list as it is, but for one filter or extra; at its beginning. An empty value takes
    /// it away.
    pub fn with(&self, name: &str, value: &str) -> String {
        let mut set = self.set.clone();
        match set.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => set.push((name.to_owned(), value.to_owned())),
        }
        self.address(&self.path, &set, &self.sort, "")
    }

    /// The same page, but for an extra: a row that is opened stays where it is.
    pub fn here_with(&self, name: &str, value: &str) -> String {
        let mut set = self.set.clone();
        set.retain(|(known, _)| known != name);
        set.push((name.to_owned(), value.to_owned()));
        self.address(&self.path, &set, &self.sort, &self.after)
    }

    /// For `Column::sort`: the list in that column's order, reversed where it is that already.
    pub fn sort_by(&self, key: &str) -> (String, Option<Sorted>) {
        let (now, descends) = self.sort();
        let sorted = (now == key).then_some(if descends {
            Sorted::Descending
        } else {
            Sorted::Ascending
        });
        let next = match sorted {
            Some(Sorted::Ascending) => format!("-{key}"),
            Some(Sorted::Descending) | None => key.to_owned(),
        };
        (self.address(&self.path, &self.set, &next, ""), sorted)
    }

    /// The next page.
    pub fn next(&self, cursor: &str) -> String {
        self.address(&self.path, &self.set, &self.sort, cursor)
    }

    /// The first page, from any other.
    pub fn first(&self) -> Option<String> {
        let first = || self.address(&self.path, &self.set, &self.sort, "");
        (!self.after.is_empty()).then(first)
    }

    /// The list without any filter.
    pub fn all(&self) -> String {
        self.address(&self.path, &[], &self.sort, "")
    }

    /// What the filters' form sends beside its fields.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let sort = (self.sort != self.sort_default).then(|| (SORT.to_owned(), self.sort.clone()));
        sort.into_iter().collect()
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole list as it is filtered, as a file.
    pub fn exports(&self) -> Vec<Link> {
        let filters = |(name, _): &&(String, String)| !self.extras.contains(&name.as_str());
        let set: Vec<_> = self.set.iter().filter(filters).cloned().collect();
        let link = |form: Export| {
            let path = format!("{}{}", self.path, form.suffix());
            Link::new(form.word(), self.address(&path, &set, &self.sort, ""))
        };
        Export::ALL.map(link).to_vec()
    }

    fn address(&self, path: &str, set: &[(String, String)], sort: &str, after: &str) -> String {
        let sort = if sort == self.sort_default { "" } else { sort };
        let set = set
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        with_query(path, set.chain([(SORT, sort), (AFTER, after)]))
    }
}

fn known_sort(value: &str, spec: &ListSpec) -> bool {
    let key = value.strip_prefix('-').unwrap_or(value);
    spec.sorts.contains(&key)
}

/// A list as a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Export {
    Csv,
    Json,
    Ndjson,
}

impl Export {
    pub const ALL: [Self; 3] = [Self::Csv, Self::Json, Self::Ndjson];

    /// What the path of the list ends with.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Csv => ".csv",
            Self::Json => ".json",
            Self::Ndjson => ".ndjson",
        }
    }

    pub fn of(req: &HttpRequest) -> Option<Self> {
        let path = req.path();
        Self::ALL
            .into_iter()
            .find(|form| path.ends_with(form.suffix()))
    }

    fn word(self) -> &'static str {
        match self {
            Self::Csv => t("list.csv"),
            Self::Json => t("list.json"),
            Self::Ndjson => t("list.ndjson"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: ListSpec = ListSpec {
        filters: &["state", "source"],
        sorts: &["name", "changed"],
        sort: "-changed",
        extras: &["open"],
    };

    fn read(query: &str) -> ListQuery {
        ListQuery::read("/a/x/members", query, &SPEC)
    }

    #[test]
    fn an_address_says_what_a_list_shows() {
        let list = read("q=+maria+&state=active&sort=name&after=abc&open=r1");
        assert_eq!((list.q(), list.get("state")), ("maria", "active"));
        assert_eq!(list.sort(), ("name", false));
        assert_eq!(list.after(), "abc");
        assert!(list.is_filtered() && list.notice().is_none());
        assert!(!read("open=1").is_filtered());
        assert_eq!(read("").sort(), ("changed", true));
    }

    #[test]
    fn what_is_asked_for_in_vain_is_left_out_and_told() {
        let mut list = read("colour=red&sort=size&state=odd&source=okta");
        let state = list.pick("state", |value| (value == "active").then_some(()));
        assert_eq!(state, None);
        let notice = list.notice().expect("a notice").text;
        for part in ["“colour”", "“size”", "“odd”"] {
            assert!(notice.contains(part), "{notice}");
        }
        assert_eq!(list.all(), "/a/x/members");
        assert_eq!(list.with("source", ""), "/a/x/members");
        assert!(read("q=%zz").notice().is_some());
    }

    #[test]
    fn one_goes_on_from_a_list_without_losing_its_filters() {
        let list = read("state=active&after=abc&open=r1");
        assert_eq!(
            list.next("def"),
            "/a/x/members?state=active&open=r1&after=def"
        );
        assert_eq!(
            list.first().as_deref(),
            Some("/a/x/members?state=active&open=r1")
        );
        assert_eq!(
            list.here_with("open", ""),
            "/a/x/members?state=active&after=abc"
        );
        assert_eq!(list.exports()[0].href, "/a/x/members.csv?state=active");
        assert_eq!(
            list.sort_by("name").0,
            "/a/x/members?state=active&open=r1&sort=name"
        );
        let (href, sorted) = list.sort_by("changed");
        assert_eq!(href, "/a/x/members?state=active&open=r1&sort=changed");
        assert_eq!(sorted, Some(Sorted::Descending));
        let named = read("sort=name");
        assert_eq!(named.sort_by("name").0, "/a/x/members?sort=-name");
        assert_eq!(named.hidden(), [("sort".to_owned(), "name".to_owned())]);
    }
}
