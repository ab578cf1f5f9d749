//! What keeps the account safe, what the server was started with, and what Provost is made of.

use actix_web::HttpRequest;
use askama::Template;

use super::{Page, chrome, tabs};
use crate::app;
use crate::config::KnownSetting;
use crate::domain::actor::Permission;
use crate::domain::brake::Brake;
use crate::domain::connection::Connection;
use crate::domain::session::{ABSOLUTE_MS, IDLE_MS, SESSIONS_MAX};
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::connections::brake::{ALL, told};
use crate::http::console::format::bytes;
use crate::http::console::view::{Badge, Fact, FactValue, Link, Source, Tab, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, html};

const PROVISIONING_DAYS: &str = "logs.provisioning_days";

/// A connection and what it may take away at once.
struct BrakeRow {
    source: Source,
    brake: String,
    state: Badge,
    edit: Option<Link>,
}

#[derive(Template)]
#[template(path = "pages/settings/safety.html")]
struct Safety {
    chrome: Chrome,
    tabs: Vec<Tab>,
    brakes: Vec<BrakeRow>,
    /// What is always on.
    guards: [&'static str; 3],
    retention: Vec<Fact>,
    sessions: Vec<Fact>,
}

fn brake(
    connection: &Connection,
    members: i64,
    caller: &AccountCaller,
    chrome: &Chrome,
) -> BrakeRow {
    let at = chrome.path(&format!("/connections/{}", connection.id));
    let set = connection.settings.brake;
    let (brake, state) = match set {
        Brake::Off => (
            t("settings.brake_off").to_owned(),
            Badge::new(Tone::Warn, "triangle-alert", t("settings.off")),
        ),
        Brake::People(0) => (
            t("settings.brake_every").to_owned(),
            Badge::new(Tone::Ok, "hand", t("settings.on")),
        ),
        ALL => (
            t("settings.brake_never").to_owned(),
            Badge::new(Tone::Warn, "triangle-alert", t("settings.holds_nothing")),
        ),
        Brake::People(_) | Brake::Share(_) => (
            tf("settings.brake_more", &[&told(set, members)]),
            Badge::new(Tone::Ok, "hand", t("settings.on")),
        ),
    };
    let writes = caller.allows(Permission::ConnectionsWrite);
    BrakeRow {
        source: Source::provider(connection.kind, &connection.name).leads_to(&at),
        brake,
        state,
        edit: writes.then(|| {
            let text = tf("settings.brake_change", &[&connection.name]);
            Link::new(text, format!("{at}#settings"))
        }),
    }
}

/// `GET /a/{account_id}/settings/safety`.
pub async fn safety(caller: AccountCaller, req: HttpRequest) -> Answer {
    let (connections, members) = caller.read(|tx| {
        let members = app::brake::counted_members(tx)?;
        Ok((app::connections::list(tx)?, members))
    })?;
    let chrome = chrome(&caller, &req);
    let known = caller.state().settings();
    let days = known.iter().find(|one| one.key == PROVISIONING_DAYS);
    let kept = days.map_or_else(String::new, |one| {
        let days = tn("format.days", one.value.parse().unwrap_or_default());
        // How long concerns the account; where that stands is the box's.
        if caller.allows(Permission::BoxAdministration) {
            let by = one.origin.clone();
            let by = by.unwrap_or_else(|| t("settings.by_default").to_owned());
            tf("settings.kept_by", &[&days, &by])
        } else {
            days
        }
    });
    let minutes = |ms: i64| tn("format.minutes", u64::try_from(ms / 60_000).unwrap_or(0));
    let hours = |ms: i64| tn("format.hours", u64::try_from(ms / 3_600_000).unwrap_or(0));
    let page = Safety {
        tabs: tabs(&caller, &chrome, Page::Safety),
        brakes: connections
            .iter()
            .map(|one| brake(one, members, &caller, &chrome))
            .collect(),
        guards: [
            t("settings.guard_super"),
            t("settings.guard_held"),
            t("settings.guard_managed"),
        ],
        retention: vec![
            Fact::text(t("nav.log"), kept),
            Fact::text(t("nav.audit"), t("settings.kept_for_good")),
        ],
        sessions: vec![
            Fact::text(t("settings.idle"), minutes(IDLE_MS)),
            Fact::text(t("settings.absolute"), hours(ABSOLUTE_MS)),
            Fact::text(t("settings.sessions"), SESSIONS_MAX.to_string()),
        ],
        chrome,
    };
    html(&req, &page)
}

/// A setting of the server.
struct ServerRow {
    key: &'static str,
    value: String,
    /// The same as people read it, where that differs.
    said: String,
    origin: String,
    set: bool,
}

struct ServerCard {
    id: &'static str,
    title: &'static str,
    rows: Vec<ServerRow>,
}

#[derive(Template)]
#[template(path = "pages/settings/server.html")]
struct Server {
    chrome: Chrome,
    tabs: Vec<Tab>,
    cards: Vec<ServerCard>,
}

fn origin(setting: &KnownSetting) -> String {
    match &setting.origin {
        Some(origin) => origin.clone(),
        None => t("settings.default").to_owned(),
    }
}

/// A size as people read it, "64 KiB"; nothing for what reads as it is, its unit by its name.
fn said(key: &str, value: &str) -> String {
    match value.parse::<u64>() {
        Ok(size) if key.contains("_bytes") => bytes(size).replace(".0\u{a0}", "\u{a0}"),
        Ok(_) | Err(_) => String::new(),
    }
}

/// `GET /a/{account_id}/settings/server`: the whole box's, so its administrators' alone.
pub async fn server(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::BoxAdministration)?;
    let chrome = chrome(&caller, &req);
    let entered = caller.state().entered_url();
    let row = |one: &KnownSetting| {
        let entered = entered.as_ref().filter(|_| one.key == "http.public_url");
        let (value, origin) = match entered {
            Some(url) if one.value.is_empty() => (url.clone(), t("settings.first_run").to_owned()),
            Some(_) | None => (one.value.clone(), origin(one)),
        };
        ServerRow {
            key: one.key,
            said: said(one.key, &value),
            value,
            set: one.origin.is_some() || entered.is_some(),
            origin,
        }
    };
    let card = |id, title: &str, begins: &[&str]| {
        let all = caller.state().settings().iter();
        let own = all.filter(|one| begins.iter().any(|begin| one.key.starts_with(begin)));
        ServerCard {
            id,
            title: t(title),
            rows: own.map(row).collect(),
        }
    };
    let page = Server {
        tabs: tabs(&caller, &chrome, Page::Server),
        cards: vec![
            card("h-http", "settings.listening", &["http.", "data", "allow_"]),
            card("h-log", "settings.logs", &["log.", "logs."]),
            card("h-limits", "settings.limits", &["limits."]),
        ],
        chrome,
    };
    html(&req, &page)
}

/// Something in the binary, and under which licence.
struct Licence {
    what: &'static str,
    name: &'static str,
    text: &'static str,
}

#[derive(Template)]
#[template(path = "pages/settings/about.html")]
struct About {
    chrome: Chrome,
    tabs: Vec<Tab>,
    facts: Vec<Fact>,
    licences: Vec<Licence>,
    crates_title: String,
    crates: Vec<Crate>,
}

/// A crate in the binary.
struct Crate {
    name: &'static str,
    version: &'static str,
    licence: &'static str,
}

/// Made by `scripts/licences`; a test holds it to Cargo.lock.
const CRATES: &str = include_str!("../../../../docs/crates.txt");
/// What stands over the crates that are in the binary.
const IN_BINARY: &str = "# In the binary";

fn crates() -> Vec<Crate> {
    let lines = CRATES.lines().skip_while(|line| *line != IN_BINARY).skip(1);
    let of_binary = lines.take_while(|line| !line.starts_with('#'));
    let one = |line: &'static str| {
        let (name, rest) = line.split_once(' ')?;
        let (version, licence) = rest.split_once(' ')?;
        Some(Crate {
            name,
            version,
            licence,
        })
    };
    of_binary.filter_map(one).collect()
}

/// `GET /a/{account_id}/settings/about`.
pub async fn about(caller: AccountCaller, req: HttpRequest) -> Answer {
    let chrome = chrome(&caller, &req);
    let crates = crates();
    let page = About {
        crates_title: tn(
            "settings.crates_in",
            u64::try_from(crates.len()).unwrap_or(0),
        ),
        crates,
        tabs: tabs(&caller, &chrome, Page::About),
        facts: vec![
            Fact::text(t("settings.version"), env!("CARGO_PKG_VERSION")),
            Fact::text(t("settings.licence"), env!("CARGO_PKG_LICENSE")),
            Fact::new(
                t("settings.api"),
                FactValue::Links(vec![Link::new("openapi.json", "/client/v4/openapi.json")]),
            ),
        ],
        licences: vec![
            Licence {
                what: "Provost",
                name: env!("CARGO_PKG_LICENSE"),
                text: include_str!("../../../../LICENSE"),
            },
            Licence {
                what: "Inter",
                name: "OFL-1.1",
                text: include_str!("../../../../static/vendor/inter.txt"),
            },
            Licence {
                what: "Lucide",
                name: "ISC",
                text: include_str!("../../../../static/vendor/lucide.txt"),
            },
        ],
        chrome,
    };
    html(&req, &page)
}
