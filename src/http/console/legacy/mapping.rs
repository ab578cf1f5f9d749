//! Whether the names of legacy groups grant roles: switched on and off, shown before to whom it
//! makes a difference.

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use askama::Template;

use super::told::open_runs as open_runs_of;
use super::undo::Line;
use super::{below, chrome, count, short};
use crate::app::legacy;
use crate::app::preview::{self, Change, Confirmed};
use crate::domain::actor::Permission;
use crate::domain::error::Result;
use crate::domain::legacy::mapping::{Mapping, NameTaken};
use crate::http::console::access_preview::{AccessPreview, COMPARED_MAX};
use crate::http::console::caller::{AccountCaller, Posted};
use crate::http::console::chrome::Chrome;
use crate::http::console::form::query;
use crate::http::console::format::list;
use crate::http::console::url::with_query;
use crate::http::console::view::{Field, Form, Input, Notice, Tone};
use crate::http::console::words::{t, tf, tn};
use crate::http::console::{Answer, filters, flash, html, html_as, refusal};

/// Names that are taken: so many are listed, and so many told once the mapping is on.
const TAKEN_SHOWN: usize = 50;
const TAKEN_TOLD: usize = 5;

#[derive(Template)]
#[template(path = "pages/legacy/mapping.html")]
struct Page {
    chrome: Chrome,
    lead: String,
    form: Form,
    /// Whether the group of Super Administrator is offered too; when it is switched on.
    with_super: Option<Field>,
    preview: Option<AccessPreview>,
    submit: &'static str,
    kind: &'static str,
    /// The legacy groups that are not made, for other groups have their names; nothing for none.
    taken_title: String,
    taken_text: &'static str,
    taken: Vec<Line>,
    taken_more: String,
    /// To offer the group of Super Administrator too, where it is not.
    offer: String,
    cancel: String,
}

/// What the mapping is to be.
#[derive(Clone, Copy)]
struct Switch {
    on: bool,
    with_super: bool,
    /// What it is.
    now: Mapping,
}

impl Switch {
    fn change(self) -> Change {
        if self.on {
            Change::LegacyOn {
                allow_super_administrator: self.with_super,
            }
        } else {
            Change::LegacyOff
        }
    }

    fn to(self) -> &'static str {
        if self.on { "on" } else { "off" }
    }

    /// Whether it would be another mapping than it is.
    fn differs(self) -> bool {
        self.on != self.now.on || self.on && self.with_super && !self.now.super_administrator
    }

    fn done(self) -> &'static str {
        match (self.on, self.now.on) {
            (true, true) => t("legacy.offered_super"),
            (true, false) => t("legacy.switched_on"),
            (false, _) => t("legacy.switched_off"),
        }
    }
}

/// The legacy groups that switching leaves out. It stays the same once that is done.
fn names_taken(caller: &AccountCaller, switch: Switch) -> Result<Vec<NameTaken>> {
    if !switch.on {
        return Ok(Vec::new());
    }
    caller.read(|tx| legacy::mapping::names_taken(tx, switch.with_super))
}

/// A name that a legacy group would have: the role, and where the group is found that has it.
fn line(taken: &NameTaken, chrome: &Chrome) -> Line {
    let group = [("q", taken.group.as_str())];
    Line {
        name: short(&taken.group),
        is_legacy: true,
        href: with_query(&chrome.path("/groups"), group),
        text: tf("legacy.taken_role", &[&taken.role]),
    }
}

/// What is told once the mapping is on, beside that: whose names were taken.
fn told(taken: &[NameTaken]) -> String {
    let more = count(taken.len().saturating_sub(TAKEN_TOLD));
    let mut roles: Vec<String> = taken
        .iter()
        .take(TAKEN_TOLD)
        .map(|one| one.role.clone())
        .collect();
    if more > 0 {
        roles.push(tn("legacy.taken_others", more));
    }
    match roles.as_slice() {
        [] => String::new(),
        roles => tf("legacy.taken_told", &[&list(roles)]),
    }
}

/// Title, button and lead of the page, and how dangerous the button is.
fn asks(switch: Switch) -> ([&'static str; 3], &'static str) {
    match (switch.on, switch.now.on) {
        (false, _) => (
            [
                "legacy.switch_off_title",
                "legacy.switch_off",
                "legacy.off_lead",
            ],
            "primary",
        ),
        (true, false) => (
            [
                "legacy.switch_on_title",
                "legacy.switch_on",
                "legacy.on_lead",
            ],
            "primary",
        ),
        // Whoever may push that group makes anybody a Super Administrator.
        (true, true) => (
            [
                "legacy.offer_title",
                "legacy.offer_super",
                "legacy.offer_lead",
            ],
            "danger",
        ),
    }
}

/// Migrations that could be undone, and not any more once the mapping is off.
fn open_runs(caller: &AccountCaller, switch: Switch) -> Result<u64> {
    if switch.on {
        return Ok(0);
    }
    let runs = caller.read(legacy::runs::list)?;
    Ok(count(open_runs_of(&runs)))
}

fn page(caller: &AccountCaller, switch: Switch) -> Result<(Page, Vec<NameTaken>)> {
    let names = names_taken(caller, switch)?;
    let ([title, submit, lead], kind) = asks(switch);
    let chrome = below(chrome(caller, t(title)));
    let at = chrome.path("/migrate/mapping");
    let mut form = Form::new(&at).hidden("to", switch.to());
    let mut with_super = None;
    if switch.on && switch.now.on {
        form = form.hidden("super_administrator", "1");
    } else if switch.on {
        let label = t("legacy.with_super");
        let field = Field::check("super_administrator", label, switch.with_super);
        with_super = Some(field.hint(t("legacy.with_super_hint")));
    }
    let page = Page {
        taken_title: match count(names.len()) {
            0 => String::new(),
            n => tn("legacy.taken", n),
        },
        taken_text: t("legacy.taken_text"),
        taken: names
            .iter()
            .take(TAKEN_SHOWN)
            .map(|one| line(one, &chrome))
            .collect(),
        taken_more: match names.len().saturating_sub(TAKEN_SHOWN) {
            0 => String::new(),
            more => tn("legacy.taken_more", count(more)),
        },
        lead: match open_runs(caller, switch)? {
            0 => tf(lead, &[&caller.account()]),
            open => format!("{} {}", t(lead), tn("legacy.off_undo", open)),
        },
        form,
        with_super,
        preview: None,
        submit: t(submit),
        kind,
        offer: if switch.on || switch.now.super_administrator {
            String::new()
        } else {
            format!("{at}?to=on")
        },
        cancel: chrome.path("/migrate"),
        chrome,
    };
    Ok((page, names))
}

/// The page with the preview of the switch.
async fn previewed(caller: &AccountCaller, switch: Switch) -> Result<Page> {
    let ((mut page, _), change) = (page(caller, switch)?, switch.change());
    let shown = caller
        .write(Permission::AccountWrite, move |tx| {
            preview::show(tx, &change, COMPARED_MAX)
        })
        .await;
    match shown {
        Ok(shown) => {
            let preview = AccessPreview::of(&shown.preview, &page.chrome.path(""));
            if preview.loses {
                page.kind = "danger";
            }
            page.preview = Some(preview);
            page.form = page.form.hidden("fingerprint", shown.fingerprint);
        }
        Err(error) => page.form = page.form.error(refusal(error)?),
    }
    Ok(page)
}

/// `GET /a/{account_id}/migrate/mapping`: to the other state, or `to=on` to offer more.
pub async fn show(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::AccountWrite)?;
    let now = caller.read(legacy::mapping::status)?.mapping;
    let offers = now.on && !now.super_administrator && query(&req, "to") == "on";
    let switch = Switch {
        on: !now.on || offers,
        with_super: offers,
        now,
    };
    html(&req, &previewed(&caller, switch).await?)
}

/// `POST /a/{account_id}/migrate/mapping`.
pub async fn switch(posted: Posted<AccountCaller>, req: HttpRequest) -> Answer {
    let Posted { caller, form } = posted;
    caller.require(Permission::AccountWrite)?;
    let now = caller.read(legacy::mapping::status)?.mapping;
    let on = form.get("to") == "on";
    let with_super = on && form.ticked("super_administrator");
    let switch = Switch {
        on,
        with_super,
        now,
    };
    if !switch.differs() {
        // Somebody else was quicker.
        let text = if now.on {
            t("legacy.mapping_on")
        } else {
            t("legacy.mapping_off")
        };
        let at = caller.chrome().path("/migrate");
        let notice = Notice::new(Tone::Plain, t("legacy.is_so"), text);
        return Ok(flash::lead(&req, &at, &notice));
    }
    if form.ticked("preview") {
        return html(&req, &previewed(&caller, switch).await?);
    }
    let (wanted, fingerprint) = (switch.change(), form.get("fingerprint").to_owned());
    let done = caller
        .write(Permission::AccountWrite, move |tx| {
            preview::confirm(tx, &wanted, COMPARED_MAX, &fingerprint)
        })
        .await;
    let (mut page, taken) = page(&caller, switch)?;
    match done {
        Ok(Confirmed::Made(_)) => {
            let told = told(&taken);
            Ok(flash::done(&req, &page.cancel, switch.done(), &told))
        }
        Ok(Confirmed::Moved(shown)) => {
            let preview = AccessPreview::of(&shown.preview, &page.chrome.path(""));
            page.preview = Some(preview.moved());
            page.form = page.form.hidden("fingerprint", shown.fingerprint);
            html_as(&req, StatusCode::CONFLICT, &page)
        }
        Err(error) => {
            let heading = t("legacy.not_switched");
            page.form = page.form.refusal(heading).error(refusal(error)?);
            html_as(&req, StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
