//! Addresses of the console's pages: found by following links, so that a new page is visited as
//! soon as something leads to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use provost::http::routes::{self, Door, Route};

use crate::harness::browserless::Browser;

/// A page to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stop {
    /// As it stands in the table of routes.
    pub(super) route: &'static str,
    pub(super) path: String,
    /// Of those of the route.
    pub(super) number: usize,
}

impl Stop {
    /// A name for files.
    pub(super) fn name(&self) -> String {
        let path = self.route.replace("/a/{account_id}", "");
        let path = path.split(':').next().unwrap_or_default();
        let mut name: String = path
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
            .collect();
        while name.contains("--") {
            name = name.replace("--", "-");
        }
        let name = name.trim_matches('-').to_owned();
        let name = if name.is_empty() {
            "overview".to_owned()
        } else {
            name
        };
        let asked = if self.path.contains('?') {
            "-asked"
        } else {
            ""
        };
        match self.number {
            0 => format!("{name}{asked}"),
            number => format!("{name}{asked}-{number}"),
        }
    }
}

/// The pages of the console: what is answered to a GET and is a page.
pub(super) fn pages() -> impl Iterator<Item = &'static Route> {
    let of_pages = |route: &&Route| {
        let file = route.path.contains("{form:") || route.path.contains("{file}");
        let stream = route.path.ends_with("/live");
        route.door == Door::Console && route.method == "GET" && !file && !stream
    };
    routes::all().filter(of_pages)
}

/// The route of a path: the one with the most segments written out.
pub(super) fn route_of(path: &str) -> Option<&'static str> {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').collect();
    let fits = |route: &&Route| {
        let own: Vec<&str> = route.path.split('/').collect();
        own.len() == segments.len()
            && own.iter().zip(&segments).all(|(own, found)| {
                let free = own.starts_with('{') && !found.is_empty();
                own == found || free && !found.contains('.')
            })
    };
    let written = |route: &&Route| {
        let segments = route.path.split('/');
        segments.filter(|segment| !segment.starts_with('{')).count()
    };
    pages()
        .filter(fits)
        .max_by_key(written)
        .map(|route| route.path)
}

/// These addresses, and what following links from them on leads to: of each route that is not
/// among them one address without a query and one with. What is no page of its own is left out.
#[track_caller]
pub(super) fn follow(browser: &mut Browser, starts: &[String], below: &str) -> Vec<Stop> {
    let mut found: BTreeMap<(&'static str, bool), Vec<String>> = BTreeMap::new();
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next: VecDeque<String> = starts.iter().cloned().collect();
    while let Some(path) = next.pop_front() {
        let Some(route) = route_of(&path) else {
            continue;
        };
        let key = (route, path.contains('?'));
        let wanted = starts.contains(&path) || !found.contains_key(&key);
        if !wanted || !seen.insert(path.clone()) {
            continue;
        }
        let page = browser.open(&path);
        let (status, at, html) = (page.status, page.path.clone(), page.html.clone());
        let stays = at.split('?').next() == path.split('?').next();
        if status == 200 && stays {
            found.entry(key).or_default().push(path);
        }
        let links = links(&html).into_iter();
        let inside = |path: &String| {
            let own = path.starts_with(below) || !path.starts_with("/a/");
            own && !path.starts_with("/static/")
        };
        next.extend(links.filter(inside));
    }
    let mut stops = Vec::new();
    for ((route, _), paths) in found {
        stops.extend(paths.into_iter().enumerate().map(|(number, path)| Stop {
            route,
            path,
            number,
        }));
    }
    stops
}

/// Where the links of a page lead, within the console.
pub(super) fn links(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in html.match_indices(" href=\"/") {
        let rest = &html[at + " href=\"".len()..];
        let path = rest.split('"').next().unwrap_or_default();
        let path = path.split('#').next().unwrap_or_default();
        found.push(path.replace("&#38;", "&").replace("&amp;", "&"));
    }
    found
}
