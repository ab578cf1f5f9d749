//! Rows of lists.

use super::samples::{columns, diff};
use crate::domain::connection::ProviderKind;
use crate::http::console::format::Times;
use crate::http::console::view::{
    Badge, Column, ConnectionRow, Delta, EventRow, Field, Fix, GroupRow, Link, LogRow, MemberRow,
    PlanRow, Prose, Sorted, Source, Spark, TokenRow, Tone, Verdict,
};

const WAVES: [u64; 24] = super::samples::WAVES;

pub(super) fn log_columns() -> Vec<Column> {
    let mut all = columns(&[
        "Time",
        "Request",
        "Subject",
        "What it did",
        "Result",
        "#Took",
    ]);
    all[0].sorted = Some(Sorted::Descending);
    all.push(Column::new("Open").silent());
    all
}

pub(super) fn log(times: &Times) -> Vec<LogRow> {
    let bad = || Badge::new(Tone::Bad, "circle-x", "400 rejected");
    let ok = |status: &str| Badge::new(Tone::Ok, "circle-check", status);
    let held = Badge::new(Tone::Warn, "shield-check", "held");
    [
        (
            "PATCH",
            "/Users/4b1c…",
            "jonas.weber@acme.example",
            "Deactivate and rename",
            bad(),
        ),
        (
            "POST",
            "/Users",
            "noor.haddad@acme.example",
            "Member created",
            ok("201"),
        ),
        (
            "GET",
            "/Users?filter=…",
            "userName eq \"noor.haddad@…\"",
            "No match",
            ok("200"),
        ),
        (
            "PATCH",
            "/Groups/77f2…",
            "Finance EMEA",
            "Would remove 38 of 41 people",
            held,
        ),
        (
            "DELETE",
            "/Groups/3af1…",
            "Old Contractors",
            "6 members lost a role",
            ok("204"),
        ),
    ]
    .into_iter()
    .enumerate()
    .map(|(at, (method, path, subject, effect, result))| LogRow {
        id: format!("01JD7K3{at}"),
        when: times.clock(times.now_ms()),
        method: method.to_owned(),
        path: path.to_owned(),
        subject: subject.to_owned(),
        subject_href: if method == "GET" {
            String::new()
        } else {
            "#subject".to_owned()
        },
        effect: Prose::text(effect),
        result,
        took: "9 ms".to_owned(),
        href: "#open".to_owned(),
        open: at == 0,
    })
    .collect()
}

pub(super) fn verdict() -> Verdict {
    let fix = |text: &'static str, link: &str| Fix {
        text: Prose::of(text),
        link: Some(Link::new(link, "#fix")),
    };
    Verdict {
        title: "Creating a person was rejected: user name and email differ".to_owned(),
        code: "400 invalidValue".to_owned(),
        held: false,
        text: "Entra sent Jonas.Weber@acme.example as userName and jonas.weber@acme.example as \
            email. This account requires them to match, letter case included."
            .to_owned(),
        fixes_title: "Two ways to fix it".to_owned(),
        fixes: vec![
            fix(
                "In Entra, map userName to ToLower([userPrincipalName]).",
                "Show me where",
            ),
            fix(
                "Here, compare userName and email without case.",
                "Change it",
            ),
        ],
    }
}

pub(super) fn deltas() -> Vec<Delta> {
    let delta = |name: &str, before: &str, after: Option<&str>| Delta {
        who: None,
        name: name.to_owned(),
        before: before.to_owned(),
        after: after.map(str::to_owned),
    };
    vec![
        delta(
            "userName",
            "jonas.weber@acme.example",
            Some("Jonas.Weber@acme.example"),
        ),
        delta("active", "true", Some("false")),
        delta("title", "", Some("Engineer")),
        delta("emails[work]", "jonas.weber@acme.example", None),
    ]
}

pub(super) fn members(times: &Times, sync: i64) -> Vec<MemberRow> {
    let row = |name: &str, email: &str, source: Source, state: Badge| MemberRow {
        id: email.to_owned(),
        href: "#member".to_owned(),
        name: name.to_owned(),
        email: email.to_owned(),
        source,
        state,
        groups: "4".to_owned(),
        roles: "12".to_owned(),
        changed: times.ago(sync),
    };
    let okta = Source::provider(ProviderKind::Okta, "Okta Workforce");
    let long = "a.person.with.a.very.long.address@subsidiary.of.acme.example";
    vec![
        row(
            "Maria Lindqvist",
            "maria.lindqvist@acme.example",
            okta.clone(),
            Badge::new(Tone::Ok, "circle-check", "Active"),
        ),
        row(
            "Person With Alongnameindeedwithoutanyspaces",
            long,
            Source::local("Made by hand"),
            Badge::new(Tone::Plain, "pause", "Inactive"),
        ),
    ]
}

pub(super) fn groups(times: &Times, sync: i64) -> Vec<GroupRow> {
    let row = |name: &str, policies: &str, note: Option<Badge>| GroupRow {
        id: name.to_owned(),
        href: "#group".to_owned(),
        name: name.to_owned(),
        source: Source::provider(ProviderKind::Okta, "Okta Workforce"),
        members: "48".to_owned(),
        policies: policies.to_owned(),
        note,
        changed: times.ago(sync),
        locked: String::new(),
    };
    vec![
        row("Platform Engineers", "3", None),
        row(
            "Finance EMEA",
            "0",
            Some(Badge::new(Tone::Warn, "", "Grants nothing")),
        ),
    ]
}

pub(super) fn connections(times: &Times, sync: i64) -> Vec<ConnectionRow> {
    let row = |source: Source, state: Badge, tone: Tone, token: Badge| ConnectionRow {
        about: "",
        href: "#connection".to_owned(),
        source,
        state,
        brake: (tone == Tone::Plain).then(|| Badge::new(Tone::Warn, "hand", "Brake off")),
        last: (tone != Tone::Plain).then(|| times.ago(sync)),
        asked: if tone == Tone::Warn {
            "last request 4 s ago".to_owned()
        } else {
            String::new()
        },
        spark: Spark::new(&WAVES, tone, "Steady, 12,022 requests"),
        rejected: "0.04%".to_owned(),
        token,
    };
    vec![
        row(
            Source::provider(ProviderKind::Okta, "Okta Workforce"),
            Badge::new(Tone::Ok, "circle-check", "Healthy"),
            Tone::Ok,
            Badge::new(Tone::Warn, "clock", "6 days left"),
        ),
        row(
            Source::provider(ProviderKind::Entra, "Microsoft Entra ID"),
            Badge::new(Tone::Warn, "triangle-alert", "Some errors"),
            Tone::Warn,
            Badge::new(Tone::Plain, "", "212 days left"),
        ),
        row(
            Source::provider(ProviderKind::Authentik, "authentik lab"),
            Badge::new(Tone::Plain, "pause", "Quiet"),
            Tone::Plain,
            Badge::new(Tone::Bad, "circle-x", "Expired"),
        ),
    ]
}

pub(super) fn tokens(times: &Times, sync: i64) -> Vec<TokenRow> {
    let row = |name: &str, used: bool, expires: Badge| TokenRow {
        href: "#token".to_owned(),
        name: name.to_owned(),
        owner: "Account".to_owned(),
        permissions: "SCIM Provisioning: Edit".to_owned(),
        used: used.then(|| times.ago(sync)),
        expires,
        early: None,
        begins: String::new(),
        old: String::new(),
        refused: String::new(),
    };
    vec![
        row(
            "okta-scim-prod",
            true,
            Badge::new(Tone::Warn, "clock", "in 6 days"),
        ),
        TokenRow {
            early: Some(Badge::new(Tone::Warn, "clock", "Not valid yet")),
            begins: "Works from 24 Nov 2026, 09:48 on".to_owned(),
            ..row(
                "terraform-staging",
                false,
                Badge::new(Tone::Plain, "", "never"),
            )
        },
    ]
}

pub(super) fn events(times: &Times, sync: i64) -> Vec<EventRow> {
    let row = |icon, class, subject: &str, verb: &str, object: &str, undo: &str| EventRow {
        icon,
        class,
        subject: subject.to_owned(),
        subject_href: "#subject".to_owned(),
        verb: verb.to_owned(),
        object: object.to_owned(),
        object_href: String::new(),
        sub: "Okta, gains DNS and Load Balancer".to_owned(),
        when: times.ago(sync),
        undo: undo.to_owned(),
    };
    vec![
        row(
            "user-plus",
            "ok",
            "noor.haddad@acme.example",
            "joined",
            "Platform Engineers",
            "",
        ),
        row(
            "user-x",
            "mute",
            "t.okafor@acme.example",
            "deactivated",
            "",
            "",
        ),
        row(
            "shield-check",
            "mute",
            "Edge operations",
            "added to",
            "Platform Engineers",
            "#undo",
        ),
    ]
}

pub(super) fn plan() -> Vec<PlanRow> {
    let row = |role: &str, target: &str, effect: &str, state: Badge, open: bool| PlanRow {
        prefix: "CF-a3324a08… - ".to_owned(),
        role: role.to_owned(),
        source: Source::provider(ProviderKind::Okta, "Okta Workforce"),
        target: target.to_owned(),
        effect: effect.to_owned(),
        members: "12".to_owned(),
        state,
        open,
        diff: diff(),
        note: "Okta pushes this group under its old name until you rename it there.".to_owned(),
        fields: vec![
            Field::text("n1", "New group name")
                .id(format!("name-{target}"))
                .value(target)
                .hint("Cannot begin with CF. Not used by another group."),
        ],
        link: Some(Link::new("12 members before and after", "#members")),
    };
    vec![
        row(
            "Administrator",
            "Administrators",
            "Allow Administrator, entire account",
            Badge::new(Tone::Ok, "equal", "Same access"),
            true,
        ),
        row(
            "Super Administrator - All Privileges",
            "Super-Administrators",
            "Allow Super Administrator, entire account",
            Badge::new(Tone::Ok, "equal", "Same access"),
            false,
        ),
        row(
            "Zone Editor",
            "Zone-Editors",
            "No policy",
            Badge::new(Tone::Warn, "triangle-alert", "Decide"),
            false,
        ),
    ]
}
