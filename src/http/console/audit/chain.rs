//! Whether the chain of the audit log holds: what is known of it, and all of it computed again.

use actix_web::HttpRequest;
use askama::Template;

use super::{below, chrome};
use crate::app;
use crate::domain::actor::Permission;
use crate::domain::audit::ChainState;
use crate::domain::error::Error;
use crate::http::console::caller::AccountCaller;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::{Times, capital, number};
use crate::http::console::view::{Badge, Button, Fact, FactValue, Notice, Tone};
use crate::http::console::words::{t, tf, tn, tnf};
use crate::http::console::{Answer, filters, html};

/// A whole examination is as good as another one for so long: it reads the whole log.
const AS_GOOD_MS: i64 = 10_000;

/// What is known, in a word and in a sentence.
pub fn badge(state: Option<&ChainState>, times: &Times) -> (Badge, String) {
    let Some(state) = state else {
        let badge = Badge::new(Tone::Plain, "clock", t("audit.unchecked"));
        return (badge, t("audit.unchecked_text").to_owned());
    };
    if let Some(fault) = &state.verdict.fault {
        let text = tf("audit.broken", &[&number_of(fault.seq)]);
        return (Badge::new(Tone::Bad, "shield-alert", text), String::new());
    }
    let rows = u64::try_from(state.verdict.rows).unwrap_or(0);
    let ago = times.ago(state.at_ms).text;
    if state.whole {
        let text = tf("audit.checked", &[&tn("audit.checked_all", rows), &ago]);
        let holds = tn("audit.holds_all", rows);
        return (Badge::new(Tone::Ok, "shield-check", holds), text);
    }
    // Of the rows before these nothing is known: no green for them.
    let text = tnf("audit.checked_newest", rows, &[&ago]);
    let examined = tn("audit.examined_newest", rows);
    (Badge::new(Tone::Plain, "shield-check", examined), text)
}

/// Said above the log where the chain is broken: it names the first bad row, and leads there.
pub fn fault(state: Option<&ChainState>, chrome: &Chrome) -> Option<Notice> {
    let fault = state?.verdict.fault.as_ref()?;
    let text = tf("audit.broken_text", &[&capital(&fault.what)]);
    let notice = Notice::new(
        Tone::Bad,
        tf("audit.broken", &[&number_of(fault.seq)]),
        text,
    );
    let at = chrome.path(&format!("/audit/{}", fault.seq));
    Some(notice.icon("shield-alert").action(t("audit.open_row"), at))
}

fn number_of(seq: i64) -> String {
    number(u64::try_from(seq).unwrap_or(0))
}

#[derive(Template)]
#[template(path = "pages/audit/chain.html")]
struct Page {
    chrome: Chrome,
    verdict: Notice,
    facts: Vec<Fact>,
    again: Button,
}

/// `GET /a/{account_id}/audit/chain`: the whole chain, computed again.
pub async fn examine(caller: AccountCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::LogsRead)?;
    let db = caller.state().db().clone();
    let now_ms = db.clock().now_ms();
    let fresh = |state: &ChainState| {
        state.whole && (0..AS_GOOD_MS).contains(&now_ms.saturating_sub(state.at_ms))
    };
    let known = db.chain_state();
    let state = if known.as_ref().is_some_and(fresh) || db.is_examining_chain() {
        known
    } else {
        let examined =
            tokio::task::spawn_blocking(move || app::audit::verify(&db).map(|_| db.chain_state()));
        examined.await.map_err(Error::internal)??
    };
    let chrome = below(chrome(&caller, &req, t("audit.chain")));
    let facts = state.as_ref().map_or_else(Vec::new, |state| {
        let mut facts = vec![
            Fact::time(t("audit.examined"), chrome.times.ago(state.at_ms)),
            Fact::text(t("audit.rows"), number_of(state.verdict.rows)),
            Fact::text(t("audit.last"), number_of(state.verdict.last_seq)),
        ];
        let anchors = state.verdict.anchors;
        let told = if anchors > 0 {
            number_of(anchors)
        } else {
            t("audit.anchors_none").to_owned()
        };
        facts.push(Fact::text(t("audit.anchors"), told));
        facts
    });
    let page = Page {
        verdict: verdict(state.as_ref(), &chrome),
        facts,
        again: Button::new("refresh-cw", t("audit.again"), chrome.path("/audit/chain")),
        chrome,
    };
    html(&req, &page)
}

fn verdict(state: Option<&ChainState>, chrome: &Chrome) -> Notice {
    if let Some(fault) = fault(state, chrome) {
        return fault;
    }
    match state {
        Some(state) if state.whole => {
            Notice::new(Tone::Ok, t("audit.holds"), t("audit.holds_text")).icon("shield-check")
        }
        Some(_) | None => Notice::new(Tone::Plain, t("audit.running"), t("audit.running_text")),
    }
}
