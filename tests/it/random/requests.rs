//! Whole requests: a route, a method, headers, a query string and a body, each of which may be
//! of another request.

use std::fmt;

use provost::domain::account::Account;
use provost::http::routes::{self, Door};
use serde_json::Value;

use super::World;
use super::bodies::{self, Dice};
use super::filters;
use crate::harness::client::{Client, SCIM_TYPE, percent};

/// Beside those of the route table: what may come, and what never will.
const PATHS: [&str; 16] = [
    "/.search",
    "/Users/.search",
    "/Groups/.search",
    "/Bulk",
    "/Me",
    "/Users/",
    "/Groups/{id}/members",
    "/users",
    "/Users/%2e%2e/Groups",
    "/Users/%ff",
    "/Users/..",
    "/Schemas/urn:ietf:params:scim:schemas:core:2.0:User",
    "/ResourceTypes/User",
    "/ServiceProviderConfigs",
    "//Users",
    "",
];
const NUMBERS: [&str; 14] = [
    "-1",
    "0",
    "1",
    "2",
    "3",
    "5",
    "10",
    "50",
    "200",
    "201",
    "5001",
    "1e2",
    "x",
    "99999999999999999999",
];
const METHODS: [&str; 9] = [
    "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "SEARCH",
];

#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) target: String,
    /// Beside Host, the token and the length.
    headers: Vec<(&'static str, String)>,
    pub(super) body: Option<Vec<u8>>,
    is_chunked: bool,
    has_token: bool,
}

impl Request {
    pub(super) fn new(method: &str, target: String, body: Option<Vec<u8>>) -> Self {
        let media = body.iter().map(|_| ("Content-Type", SCIM_TYPE.to_owned()));
        Self {
            method: method.to_owned(),
            target,
            headers: media.collect(),
            body,
            is_chunked: false,
            has_token: true,
        }
    }

    /// As it goes over the wire.
    pub(super) fn bytes(&self, client: &Client) -> Vec<u8> {
        let mut lines = vec![
            format!("{} {} HTTP/1.1", self.method, self.target),
            format!("Host: {}", client.address),
        ];
        if self.has_token {
            lines.push(format!("Authorization: Bearer {}", client.token));
        }
        let headers = self.headers.iter();
        lines.extend(headers.map(|(name, value)| format!("{name}: {value}")));
        let Some(body) = &self.body else {
            return (lines.join("\r\n") + "\r\n\r\n").into_bytes();
        };
        if !self.is_chunked {
            lines.push(format!("Content-Length: {}\r\n\r\n", body.len()));
            return [lines.join("\r\n").as_bytes(), body].concat();
        }
        lines.push("Transfer-Encoding: chunked\r\n\r\n".to_owned());
        let mut bytes = lines.join("\r\n").into_bytes();
        for chunk in body.chunks(100) {
            bytes.extend(format!("{:x}\r\n", chunk.len()).bytes());
            bytes.extend(chunk);
            bytes.extend(b"\r\n");
        }
        bytes.extend(b"0\r\n\r\n");
        bytes
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {:?}", self.method, self.target, self.headers)?;
        match &self.body {
            Some(body) => write!(f, "\n{:.3000}", String::from_utf8_lossy(body)),
            None => Ok(()),
        }
    }
}

pub(super) fn any(dice: &mut Dice<'_>, world: &World, account: &Account) -> Request {
    let base = format!("/client/v4/accounts/{}/scim/v2", account.id);
    let user = format!("/Users/{}", dice.id(&world.users));
    let group = format!("/Groups/{}", dice.id(&world.groups));
    let (method, path) = match dice.below(24) {
        0..=3 => ("POST", "/Users".to_owned()),
        4 | 5 => ("POST", "/Groups".to_owned()),
        6 | 7 => ("GET", dice.pick(&["/Users", "/Groups"]).to_owned()),
        8 => ("GET", user),
        9 => ("GET", group),
        10..=12 => ("PATCH", user),
        13..=15 => ("PATCH", group),
        16 => ("PUT", user),
        17 => ("PUT", group),
        18 => ("DELETE", if dice.one_in(2) { user } else { group }),
        19 => {
            let path = dice.pick(&["/.search", "/Users/.search", "/Groups/.search"]);
            ("POST", path.to_owned())
        }
        20 => ("POST", "/Bulk".to_owned()),
        21 => (dice.pick(&METHODS), "/Me".to_owned()),
        _ => (dice.pick(&METHODS), path(dice, world)),
    };
    let mut request = Request::new(method, format!("{base}{path}"), None);
    if dice.one_in(3) || method == "GET" && dice.one_in(2) {
        request.target.push('?');
        request.target.push_str(&query(dice, world));
    }
    let carries = matches!(method, "POST" | "PUT" | "PATCH");
    if carries && !dice.one_in(40) || dice.one_in(30) {
        request.body = Some(body(dice, world, method, &path));
        request.is_chunked = dice.one_in(10);
    }
    headers(dice, world, &mut request);
    request
}

/// A path of the table, or of those that are not in it.
fn path(dice: &mut Dice<'_>, world: &World) -> String {
    let scim = routes::all().filter(|route| route.door == Door::Scim);
    let mut paths: Vec<&str> = scim.map(|route| route.path).collect();
    paths.extend(PATHS);
    let path = dice.pick(&paths);
    let known = if path.starts_with("/Groups") {
        &world.groups
    } else {
        &world.users
    };
    path.replace("{id}", &dice.id(known))
}

fn query(dice: &mut Dice<'_>, world: &World) -> String {
    if dice.one_in(12) {
        let seed = seed(dice, world, "query_string");
        let seed = if dice.one_in(2) {
            dice.mangled(seed)
        } else {
            seed
        };
        // What can't stand in a request line is for the tests of heads.
        return seed
            .into_iter()
            .filter(|b| b.is_ascii_alphanumeric() || b"%&=+-._~:,$".contains(b))
            .map(char::from)
            .collect();
    }
    let mut parameters = Vec::new();
    let mut add = |name: &str, value: &str| parameters.push(format!("{name}={}", percent(value)));
    if dice.one_in(2) {
        let filter = match dice.below(8) {
            0 => String::from_utf8_lossy(&seed(dice, world, "filter")).into_owned(),
            _ => filters::filter(dice, world, 3),
        };
        add("filter", &filter);
    }
    for name in ["startIndex", "count"] {
        if dice.one_in(4) {
            add(name, dice.pick(&NUMBERS));
        }
    }
    if dice.one_in(4) {
        add("sortBy", filters::attribute(dice));
    }
    if dice.one_in(6) {
        add(
            "sortOrder",
            dice.pick(&["ascending", "descending", "Descending", "x"]),
        );
    }
    if dice.one_in(4) {
        let names = [filters::attribute(dice), filters::attribute(dice)];
        let name = dice.pick(&["attributes", "excludedAttributes"]);
        add(name, &names.join(","));
    }
    if dice.one_in(5) {
        let cursor = match dice.below(3) {
            0 => String::new(),
            1 => dice.text(),
            _ => dice.id(&world.cursors),
        };
        add("cursor", &cursor.chars().take(500).collect::<String>());
    }
    if dice.one_in(20) {
        add(dice.pick(&["x", "count", "filter", ""]), "1");
    }
    parameters.join("&")
}

/// Mostly what belongs to the route; now and then with one thing wrong, of another route, or
/// of a fuzz target.
fn body(dice: &mut Dice<'_>, world: &World, method: &str, path: &str) -> Vec<u8> {
    if dice.one_in(10) {
        let target = if method == "PATCH" {
            "patch"
        } else {
            "json_reader"
        };
        let mut bytes = seed(dice, world, target);
        if target == "patch" && !bytes.is_empty() {
            bytes.remove(0);
        }
        return if dice.one_in(2) {
            dice.mangled(bytes)
        } else {
            bytes
        };
    }
    let other = if dice.one_in(20) { dice.below(5) } else { 9 };
    let mut body: Value = match (other, method) {
        (0, _) | (9, "PATCH") => bodies::patch(dice, world),
        (1, _) => bodies::group(dice, world),
        (2, _) => bodies::search(dice, world),
        (3, _) => bodies::bulk(dice, world),
        (9, _) if path.ends_with(".search") => bodies::search(dice, world),
        (9, _) if path == "/Bulk" => bodies::bulk(dice, world),
        (9, _) if path.starts_with("/Groups") => bodies::group(dice, world),
        _ => bodies::user(dice, world),
    };
    if dice.one_in(4) {
        bodies::corrupted(dice, &mut body);
    }
    let bytes = body.to_string().into_bytes();
    if dice.one_in(20) {
        dice.mangled(bytes)
    } else {
        bytes
    }
}

fn seed(dice: &mut Dice<'_>, world: &World, target: &str) -> Vec<u8> {
    let seeds = &world.seeds[target];
    seeds[dice.below(seeds.len())].clone()
}

fn headers(dice: &mut Dice<'_>, world: &World, request: &mut Request) {
    let mut add = |name, value: String| request.headers.push((name, value));
    if request.body.is_some() {
        let media = match dice.below(12) {
            0 => Some("application/json"),
            1 => Some("application/scim+json; charset=utf-8"),
            2 => dice.pick(&[None, Some("text/plain"), Some("x"), Some("application/xml")]),
            _ => Some(SCIM_TYPE),
        };
        if let Some(media) = media {
            add("Content-Type", media.to_owned());
        }
    }
    let tag = match dice.below(4) {
        0 => "*".to_owned(),
        1 => dice
            .pick(&["", "W/\"1\"", "x", "\"a\", W/\"b-c\"", ","])
            .to_owned(),
        _ => dice.id(&world.tags),
    };
    if dice.one_in(8) {
        add(dice.pick(&["If-Match", "If-None-Match"]), tag);
    }
    if dice.one_in(8) {
        let accept = dice.pick(&[SCIM_TYPE, "*/*", "text/html", "application/json;q=0", "?"]);
        add("Accept", accept.to_owned());
    }
    if dice.one_in(30) {
        add(
            "Accept-Encoding",
            dice.pick(&["gzip", "br, identity;q=0"]).to_owned(),
        );
    }
    if dice.one_in(60) {
        request.has_token = false;
        let value = dice.pick(&["Bearer x", "Basic eDp4", "Bearer", "pvs_x", ""]);
        request.headers.push(("Authorization", value.to_owned()));
    }
}
