//! What the page of components shows: one of each, in its states.

use super::{Components, rows};
use crate::domain::connection::ProviderKind;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::Times;
use crate::http::console::view::{
    ActiveFilters, Badge, Bucket, Button, Choice, Column, CommitBar, Confirm, DiffLine, Empty,
    Fact, FactValue, Field, FilterChip, Filters, Form, Histogram, Hop, Link, Notice, Pager, Picks,
    Policy, Preview, PreviewLine, Secret, Sorted, Source, Spark, Stat, Step, Tab, Tone,
};

const TONES: [Tone; 5] = [Tone::Plain, Tone::Accent, Tone::Ok, Tone::Warn, Tone::Bad];
pub(super) const WAVES: [u64; 24] = [
    12, 15, 40, 31, 30, 22, 11, 4, 5, 6, 16, 15, 33, 32, 32, 34, 20, 12, 10, 11, 8, 16, 22, 31,
];

pub(super) fn components(chrome: Chrome, times: &Times) -> Components {
    let fields = fields();
    let (buckets, sync) = (buckets(), times.now_ms() - 42_000);
    Components {
        badges: badges(),
        buttons: vec![
            Button::new("user-round-search", "Test a member", "#test"),
            Button::primary("plus", "Add policy", "#add"),
        ],
        notices: notices(),
        sources: sources(),
        tabs: tabs(),
        stats: stats(),
        histogram: histogram(&buckets),
        histogram_low: histogram(&buckets).low(&buckets),
        form_plain: Form::new("#plain"),
        form: Form::new("#form")
            .hidden("fingerprint", "9f2c")
            .errors_of(&fields),
        fields,
        picks: picks(),
        preview: preview(false),
        preview_loss: preview(true),
        confirm: confirm(),
        empty: empty(),
        filters: filters(),
        active: active(),
        pager: pager(),
        exports: ["CSV", "NDJSON"]
            .map(|form| Link::new(form, "#export"))
            .to_vec(),
        log_columns: rows::log_columns(),
        log: rows::log(times),
        verdict: rows::verdict(),
        deltas: rows::deltas(),
        diff: diff(),
        member_columns: columns(&[
            "Name",
            "Source",
            "State",
            "#Groups",
            "#Roles",
            "Last change",
        ]),
        members: rows::members(times, sync),
        group_columns: columns(&["Name", "Source", "#Members", "#Policies", "Last change"]),
        groups: rows::groups(times, sync),
        connection_columns: columns(&[
            "Connection",
            "State",
            "Last sync",
            "24 h",
            "#Rejected",
            "Token",
        ]),
        connections: rows::connections(times, sync),
        token_columns: columns(&["Token", "Permissions", "Last used", "Expires"]),
        tokens: rows::tokens(times, sync),
        events: rows::events(times, sync),
        facts: facts(times, sync),
        hops: hops(),
        policies: policies(),
        steps: steps(),
        plan: rows::plan(),
        commit: commit(),
        secret: secret(),
        chrome,
    }
}

pub(super) fn columns(labels: &[&str]) -> Vec<Column> {
    let column = |(at, label): (usize, &&str)| {
        let column = match label.strip_prefix('#') {
            Some(label) => Column::new(label).number(),
            None => Column::new(*label),
        };
        let sorted = (at == 0).then_some(Sorted::Ascending);
        column.sort((format!("#sort-{at}"), sorted))
    };
    labels.iter().enumerate().map(column).collect()
}

fn badges() -> Vec<Badge> {
    vec![
        Badge::new(Tone::Accent, "lock", "Synced from Okta"),
        Badge::new(Tone::Plain, "pause", "Quiet"),
        Badge::new(Tone::Ok, "check", "Allow"),
        Badge::new(Tone::Warn, "triangle-alert", "Redundant"),
        Badge::new(Tone::Bad, "ban", "Deny"),
        Badge::live("Live"),
    ]
}

fn notices() -> Vec<Notice> {
    let text = "Groups named CF-a3324a08… - Role stop granting roles on 2 December.";
    let notice = |tone: Tone| {
        let notice = Notice::new(tone, "5 legacy groups still grant roles", text);
        match tone {
            Tone::Plain | Tone::Accent => notice,
            Tone::Ok | Tone::Warn | Tone::Bad => notice.action("Preview the migration", "#go"),
        }
    };
    TONES.map(notice).to_vec()
}

fn sources() -> Vec<Source> {
    vec![
        Source::provider(ProviderKind::Okta, "Okta Workforce").leads_to("#okta"),
        Source::provider(ProviderKind::Entra, "Microsoft Entra ID"),
        Source::provider(ProviderKind::Authentik, "authentik lab"),
        Source::provider(ProviderKind::Generic, "Other provider"),
        Source::local("Made by hand"),
    ]
}

fn tabs() -> Vec<Tab> {
    let names = [
        ("Policies", "3"),
        ("Members", "48"),
        ("Sync", ""),
        ("History", ""),
    ];
    let tab = |(at, (text, count)): (usize, (&str, &str))| Tab {
        text: text.to_owned(),
        href: format!("#tab-{at}"),
        count: count.to_owned(),
        current: at == 0,
    };
    names.into_iter().enumerate().map(tab).collect()
}

fn stats() -> Vec<Stat> {
    vec![
        Stat::new("Members", "1,284", "this week")
            .up("+12")
            .spark(Spark::new(
                &[1, 2, 2, 3, 4, 4, 6, 8, 9],
                Tone::Ok,
                "Growing",
            )),
        Stat::new("User groups", "36", "24 synced, 12 local").leads_to("#groups"),
        Stat::new("SCIM requests, 24 h", "18,402", "rejected, 1.2%")
            .down("212")
            .spark(Spark::new(&WAVES, Tone::Ok, "Steady")),
        Stat::new("Super Administrators", "4", "Lockout guard on"),
    ]
}

fn buckets() -> Vec<Bucket> {
    let bucket = |(at, good): (usize, &u64)| Bucket {
        label: format!("{at:02}:00"),
        good: good * 30,
        bad: if at > 18 { 90 } else { u64::from(at == 4) },
        held: if at == 12 { 40 } else { 0 },
    };
    WAVES.iter().enumerate().map(bucket).collect()
}

fn histogram(buckets: &[Bucket]) -> Histogram {
    let axis = ["16:00", "22:00", "04:00", "10:00", "now"].map(str::to_owned);
    let words = ("Accepted".to_owned(), "Rejected".to_owned());
    let summary = "Requests per hour over the last 24 hours; rejections begin at 11:00.";
    Histogram::new(buckets, axis.to_vec(), summary, words, "Hour")
}

fn fields() -> Vec<Field> {
    let choices = vec![
        Choice::new("all", "Entire account").chosen(true),
        Choice::new("some", "Selected domains"),
    ];
    vec![
        Field::text("name", "Policy name")
            .value("Cache on-call")
            .required(),
        Field::select("scope", "Scope", choices),
        Field::text("group", "Group name")
            .value("CF-Admins")
            .hint("Not used by another group.")
            .error("“CF-Admins” begins with CF, which is reserved; choose another name."),
        Field::text("display", "Display name")
            .value("Maria Lindqvist")
            .locked("Okta owns this; change it there."),
        Field::combo(
            "used",
            "Group",
            vec![Choice::new("Platform Engineers", "48 members")],
        )
        .placeholder("Platform Engineers"),
        Field::line("date", "until", "Until"),
        Field::area("why", "Description", 3)
            .wide()
            .value("Runs the edge network."),
        Field::check("sure", "Require a second factor", true).hint("Asked at the next sign-in."),
    ]
}

fn picks() -> Vec<Picks> {
    let roles = ["Cache Purge", "Analytics", "Billing", "Firewall"];
    let choice = |(at, role): (usize, &str)| Choice::new(role, role).chosen(at < 2);
    let kinds = ["A group with no policy", "Map to DNS", "Leave it out"];
    vec![
        Picks {
            name: "role",
            legend: "Roles".to_owned(),
            many: true,
            choices: roles.into_iter().enumerate().map(choice).collect(),
            hint: String::new(),
            error: String::new(),
            more: Some(Link::new("All 63 roles", "#roles")),
        },
        Picks {
            name: "become",
            legend: "What should it become?".to_owned(),
            many: false,
            choices: kinds.map(|kind| Choice::new(kind, kind)).to_vec(),
            hint: "DNS is the closest role by name.".to_owned(),
            error: "Choose one of the three.".to_owned(),
            more: None,
        },
    ]
}

fn preview(loses: bool) -> Preview {
    let (title, lead, text) = if loses {
        (
            "If you save this, 4 members lose access",
            "4",
            "lose Billing on the entire account.",
        )
    } else {
        (
            "If you save this, 48 members are affected",
            "31",
            "gain Cache Purge; 17 have it already.",
        )
    };
    Preview {
        title: title.to_owned(),
        lines: vec![
            PreviewLine::new(lead, text),
            PreviewLine::new("", "No one becomes a Super Administrator."),
        ],
        link: Some(Link::new("List all with before and after", "#list")),
        loses,
    }
}

fn filters() -> Filters {
    let any = || {
        vec![
            Choice::new("", "Any"),
            Choice::new("x", "Microsoft Entra ID").chosen(true),
        ]
    };
    Filters {
        action: "/dev/components".to_owned(),
        label: "Filter requests".to_owned(),
        fields: vec![
            Field::line("search", "q", "Person, group or request ID")
                .id("filter-q")
                .placeholder("jonas.weber, DNS Editors"),
            Field::select("connection", "Connection", any()),
            Field::select("outcome", "Outcome", vec![Choice::new("", "Any")]),
        ],
        hidden: vec![("sort".to_owned(), "time".to_owned())],
    }
}

fn active() -> ActiveFilters {
    let chip = |text: &str| FilterChip {
        text: text.to_owned(),
        without: "#without".to_owned(),
    };
    ActiveFilters {
        total: "6,380 requests, 207 rejected".to_owned(),
        chips: vec![chip("Microsoft Entra ID"), chip("Last 24 hours")],
        aside: "Times in UTC.".to_owned(),
        aside_link: Some(Link::new("Change", "/me/appearance")),
    }
}

fn facts(times: &Times, sync: i64) -> Vec<Fact> {
    vec![
        Fact::new("Source", FactValue::Source(sources().swap_remove(0))),
        Fact::time("Last change from Okta", times.ago(sync)),
        Fact::copy(
            "Group ID",
            "7148c1e4d9f247f5b6dcd3ef20f998f9",
            "Copy group ID",
        ),
        Fact::new(
            "External ID",
            FactValue::Code("00g1k9x4c2LqAcme417".to_owned()),
        ),
        Fact::new(
            "Used by",
            FactValue::Links(vec![Link::new("Grafana", "#g"), Link::new("Bastion", "#b")]),
        ),
        Fact::new(
            "State",
            FactValue::Badge(Badge::new(Tone::Ok, "check", "Active")),
        ),
        Fact::text("Created", times.at(sync).text),
    ]
}

fn hops() -> Vec<Hop> {
    vec![
        Hop::new("Member", "Maria Lindqvist").leads_to("#maria"),
        Hop::new("Pushed by Okta on 12 Mar 2025, 09:14", "Platform Engineers"),
        Hop::new("Policy, allow", "Edge operations"),
        Hop::new("Role on the entire account", "DNS"),
    ]
}

fn policies() -> Vec<Policy> {
    let policy = |at: usize, name: &str, badges: Vec<Badge>, roles: &[&str], meta: &str| Policy {
        id: format!("p{at}"),
        name: name.to_owned(),
        badges,
        roles: roles.iter().map(|role| Link::new(*role, "#role")).collect(),
        scope: "Entire account".to_owned(),
        meta: meta.to_owned(),
        edit: Some("#edit".to_owned()),
        remove: (at > 1).then(|| "#remove".to_owned()),
    };
    let allow = || Badge::new(Tone::Ok, "check", "Allow");
    let redundant = Badge::new(Tone::Warn, "triangle-alert", "Redundant");
    vec![
        policy(
            1,
            "Edge operations",
            vec![allow()],
            &["DNS", "Load Balancer", "Page Shield"],
            "Added by Ines Duarte 38 min ago.",
        ),
        policy(
            2,
            "Firewall for staging",
            vec![allow(), redundant],
            &["Firewall"],
            "Every member already has Firewall on both domains, so removing this changes nothing.",
        ),
    ]
}

fn steps() -> Vec<Step> {
    let steps = [
        ("Detect", "5 groups, 41 members"),
        ("Preview", "Check every change"),
        ("Convert", "One transaction"),
        ("Verify", "Undo for 30 days"),
    ];
    Step::all(
        1,
        steps.map(|(title, text)| (title.to_owned(), text.to_owned())),
    )
}

fn confirm() -> Confirm {
    Confirm {
        id: "sure".to_owned(),
        title: "Remove Edge operations?".to_owned(),
        effect: "31 people lose DNS, Load Balancer and Page Shield.".to_owned(),
        action: "Remove policy".to_owned(),
    }
}

fn empty() -> Empty {
    Empty {
        icon: "users",
        title: "No members yet".to_owned(),
        why: "Connect a provider or add one by hand.".to_owned(),
        action: Some(Button::primary("plug", "Connect a provider", "#connect")),
    }
}

fn pager() -> Pager {
    Pager {
        text: "50 of 6,380, newest first".to_owned(),
        first: Some("#first".to_owned()),
        next: Some("#next".to_owned()),
    }
}

fn commit() -> CommitBar {
    CommitBar {
        label: "Apply the plan".to_owned(),
        title: "Convert 4 groups and 38 members in one transaction.".to_owned(),
        text: "A backup is taken first. If a check fails, nothing is kept.".to_owned(),
        form: "plan".to_owned(),
        action: "Convert 4 groups".to_owned(),
        other: Some(Link::new("Save for later", "#later")),
    }
}

fn secret() -> Secret {
    Secret {
        label: "Token for Okta Workforce".to_owned(),
        value: "pvs_4Qd8Zk1rT6mWc0Xy9BnHs2Lf7GvJ3pRaUeKo5tYi".to_owned(),
        command: "curl -H \"Authorization: Bearer $TOKEN\" https://provost.acme.example/client/v4/accounts/a3324a08/scim/v2/Users?count=1".to_owned(),
    }
}

pub(super) fn diff() -> Vec<DiffLine> {
    vec![
        DiffLine::gone("legacy mapping “CF-a3324a08… - Administrator” → role Administrator"),
        DiffLine::added("policy “Administrators”  allow Administrator on the entire account"),
        DiffLine::same("12 members, same people, same effective permissions"),
    ]
}
