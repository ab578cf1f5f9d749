//! A page with every component in every state, for whoever builds pages and for the tests of
//! how they look. Debug builds only.

use actix_web::{HttpRequest, web};
use askama::Template;

use super::chrome::{AccountSlot, Chrome, Nav, NavCounts, Theme, Viewer};
use super::format::Times;
use super::view::{
    Badge, Button, Choice, Empty, Field, Form, Input, Notice, Picks, Source, Tab, Tone,
};
use super::{Answer, filters, html};
use crate::domain::connection::ProviderKind;
use crate::domain::id::AccountId;
use crate::http::State;

#[derive(Template)]
#[template(path = "pages/dev/components.html")]
struct Components {
    chrome: Chrome,
    badges: Vec<Badge>,
    buttons: Vec<Button>,
    notices: Vec<Notice>,
    sources: Vec<Source>,
    tabs: Vec<Tab>,
    form: Form,
    fields: Vec<Field>,
    picks: Picks,
    empty: Empty,
}

fn chrome(req: &HttpRequest, now_ms: i64) -> Chrome {
    let theme = match req.query_string() {
        "theme=dark" => Theme::Dark,
        "theme=light" => Theme::Light,
        _ => Theme::System,
    };
    let viewer = Viewer::new("Ines Duarte", "ines@acme.example").theme(theme);
    let account = AccountSlot::new(AccountId::from_bytes([0xa3; 16]), "Acme Industries");
    let counts = NavCounts {
        members: Some(1284),
        groups: Some(36),
        connections: Some(3),
        tokens: Some(7),
        legacy: Some(5),
    };
    Chrome::new(viewer, "csrf", Times::utc(now_ms))
        .account(account, counts)
        .page(Nav::Groups, "Components")
        .crumb("Development", "/dev/components")
        .sync(Some(Badge::live("Okta synced 42 s ago").leads_to("/log")))
}

/// `GET /dev/components`.
pub async fn components(req: HttpRequest, state: web::Data<State>) -> Answer {
    let tones = [Tone::Plain, Tone::Accent, Tone::Ok, Tone::Warn, Tone::Bad];
    let fields = vec![
        Field::text("name", "Policy name")
            .value("Cache on-call")
            .required(),
        Field::email("email", "Email")
            .hint("Where invitations go.")
            .autocomplete("off"),
        Field::text("taken", "Group name")
            .value("CF-1")
            .error("“CF-1” begins with CF, which is reserved; choose another name."),
        Field::text("locked", "Display name")
            .value("Maria")
            .locked("Okta owns this; change it there."),
        Field::select(
            "scope",
            "Scope",
            vec![
                Choice::new("all", "Entire account"),
                Choice::new("some", "Selected domains"),
            ],
        ),
        Field::combo(
            "group",
            "Group",
            vec![Choice::new("a", "Platform Engineers")],
        ),
        Field::area("why", "Description", 3).wide(),
        Field::check("sure", "Require a second factor", true),
    ];
    let page = Components {
        chrome: chrome(&req, state.db().clock().now_ms()),
        badges: tones
            .map(|tone| Badge::new(tone, "circle-check", format!("{tone:?}")))
            .to_vec(),
        buttons: vec![
            Button::primary("plus", "Add policy", "#add"),
            Button::new("download", "Export", "#export"),
        ],
        notices: tones
            .map(|tone| {
                Notice::new(
                    tone,
                    format!("{tone:?} notice"),
                    "What it means, in a sentence.",
                )
                .action("See it", "#see")
            })
            .to_vec(),
        sources: vec![
            Source::provider(ProviderKind::Okta, "Okta Workforce"),
            Source::provider(ProviderKind::Entra, "Microsoft Entra ID").leads_to("#entra"),
            Source::local("This console"),
        ],
        tabs: vec![
            Tab {
                text: "Policies".to_owned(),
                href: "#p".to_owned(),
                count: "3".to_owned(),
                current: true,
            },
            Tab {
                text: "Members".to_owned(),
                href: "#m".to_owned(),
                count: "48".to_owned(),
                current: false,
            },
        ],
        form: Form::new("#")
            .hidden("fingerprint", "abc")
            .errors_of(&fields),
        fields,
        picks: Picks {
            name: "role",
            legend: "Roles".to_owned(),
            many: true,
            choices: vec![
                Choice::new("cache", "Cache Purge").chosen(true),
                Choice::new("billing", "Billing"),
            ],
            hint: String::new(),
            error: String::new(),
            more: None,
        },
        empty: Empty {
            icon: "users",
            title: "No members yet".to_owned(),
            why: "Connect a provider or add one by hand.".to_owned(),
            action: Some(Button::primary("plug", "Connect a provider", "#connect")),
        },
    };
    html(&req, &page)
}
