//! What the page of components shows: one of each, in its states.

use super::Components;
use crate::domain::connection::ProviderKind;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::Times;
use crate::http::console::view::{
    ActiveFilters, Badge, Bucket, Button, Choice, Column, CommitBar, Confirm, ConnectionRow, Delta,
    DiffLine, Empty, EventRow, Fact, FactValue, Field, FilterChip, Filters, Fix, Form, GroupRow,
    Histogram, Hop, Link, LogRow, MemberRow, Notice, Pager, Picks, PlanRow, Policy, Preview,
    PreviewLine, Secret, Sorted, Source, Spark, Stat, Step, Tab, TokenRow, Tone, Verdict,
};

const TONES: [Tone; 5] = [Tone::Plain, Tone::Accent, Tone::Ok, Tone::Warn, Tone::Bad];
const WAVES: [u64; 24] = [
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
        form: Form::new("#form").hidden("fingerprint", "9f2c").errors_of(&fields),
        fields,
        picks: picks(),
        preview: preview(false),
        preview_loss: preview(true),
        confirm: Confirm {
            id: "sure".to_owned(),
            title: "Remove Edge operations?".to_owned(),
            effect: "31 people lose DNS, Load Balancer and Page Shield.".to_owned(),
            action: "Remove policy".to_owned(),
        },
        empty: Empty {
            icon: "users",
            title: "No members yet".to_owned(),
            why: "Connect a provider or add one by hand.".to_owned(),
            action: Some(Button::primary("plug", "Connect a provider", "#connect")),
        },
        filters: filters(),
        active: active(),
        pager: Pager {
            text: "50 of 6,380, newest first".to_owned(),
            first: Some("#first".to_owned()),
            next: Some("#next".to_owned()),
        },
        exports: ["CSV", "NDJSON"].map(|form| Link::new(form, "#export")).to_vec(),
        log_columns: log_columns(),
        log: log(times),
        verdict: verdict(),
        deltas: deltas(),
        diff: diff(),
        member_columns: columns(&["Name", "Source", "State", "#Groups", "#Roles", "Last change"]),
        members: members(times, sync),
        group_columns: columns(&["Name", "Source", "#Members", "#Policies", "Last change"]),
        groups: groups(times, sync),
        connection_columns: columns(&[
            "Connection", "State", "Last sync", "24 h", "#Rejected", "Token",
        ]),
        connections: connections(times, sync),
        token_columns: columns(&["Token", "Permissions", "Last used", "Expires"]),
        tokens: tokens(times, sync),
        events: events(times, sync),
        facts: facts(times, sync),
        hops: hops(),
        policies: policies(),
        steps: steps(),
        plan: plan(),
        commit: CommitBar {
            label: "Apply the plan".to_owned(),
            title: "Convert 4 groups and 38 members in one transaction.".to_owned(),
            text: "A backup is taken first. If a check fails, nothing is kept.".to_owned(),
            form: "plan".to_owned(),
            action: "Convert 4 groups".to_owned(),
            other: Some(Link::new("Save for later", "#later")),
        },
        secret: Secret {
            label: "Token for Okta Workforce".to_owned(),
            value: "pvs_4Qd8Zk1rT6mWc0Xy9BnHs2Lf7GvJ3pRaUeKo5tYi".to_owned(),
            command: "curl -H \"Authorization: Bearer $TOKEN\" https://provost.acme.example/client/v4/accounts/a3324a08/scim/v2/Users?count=1".to_owned(),
        },
        chrome,
    }
}

fn columns(labels: &[&str]) -> Vec<Column> {
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
        Source::local("Made here"),
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

fn log_columns() -> Vec<Column> {
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

fn log(times: &Times) -> Vec<LogRow> {
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
        effect: effect.to_owned(),
        result,
        took: "9 ms".to_owned(),
        href: "#open".to_owned(),
        open: at == 0,
    })
    .collect()
}

fn verdict() -> Verdict {
    let fix = |text: &str, link: &str| Fix {
        text: text.to_owned(),
        link: Some(Link::new(link, "#fix")),
    };
    Verdict {
        title: "Rejected: userName and email are different strings".to_owned(),
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

fn deltas() -> Vec<Delta> {
    let delta = |name: &str, before: &str, after: Option<&str>| Delta {
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

fn diff() -> Vec<DiffLine> {
    vec![
        DiffLine::gone("legacy mapping “CF-a3324a08… - Administrator” → role Administrator"),
        DiffLine::added("policy “Administrators”  allow Administrator on the entire account"),
        DiffLine::same("12 members, same people, same effective permissions"),
    ]
}

fn members(times: &Times, sync: i64) -> Vec<MemberRow> {
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
            Source::local("Made here"),
            Badge::new(Tone::Plain, "pause", "Inactive"),
        ),
    ]
}

fn groups(times: &Times, sync: i64) -> Vec<GroupRow> {
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

fn connections(times: &Times, sync: i64) -> Vec<ConnectionRow> {
    let row = |source: Source, state: Badge, tone: Tone, token: Badge| ConnectionRow {
        href: "#connection".to_owned(),
        source,
        state,
        last: (tone != Tone::Plain).then(|| times.ago(sync)),
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
            Badge::new(Tone::Warn, "triangle-alert", "Degraded"),
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

fn tokens(times: &Times, sync: i64) -> Vec<TokenRow> {
    let row = |name: &str, used: bool, expires: Badge| TokenRow {
        href: "#token".to_owned(),
        name: name.to_owned(),
        owner: "Account".to_owned(),
        permissions: "SCIM Provisioning: Edit".to_owned(),
        used: used.then(|| times.ago(sync)),
        expires,
    };
    vec![
        row(
            "okta-scim-prod",
            true,
            Badge::new(Tone::Warn, "clock", "in 6 days"),
        ),
        row(
            "terraform-staging",
            false,
            Badge::new(Tone::Plain, "", "never"),
        ),
    ]
}

fn events(times: &Times, sync: i64) -> Vec<EventRow> {
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

fn plan() -> Vec<PlanRow> {
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
