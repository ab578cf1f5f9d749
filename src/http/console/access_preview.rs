//! What a change would do to people's access, in words: for every form that changes access.

use std::collections::BTreeMap;

use super::format::number;
use super::policy_form::domains_text;
use super::view::Link;
use super::words::{t, tf, tn, tnf};
use crate::app::preview::Preview;
use crate::domain::catalogue;
use crate::domain::effective::EffectiveScope;
use crate::domain::preview::{Difference, RoleOn};

/// The most members that are compared for one preview: others wait for the writer that long.
pub const COMPARED_MAX: usize = 200;
/// Sentences of a preview, and people named one by one.
const LINES_MAX: usize = 12;
const PEOPLE_MAX: usize = 50;

/// What is shown before a change is made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessPreview {
    /// Why there is another preview than the one that was confirmed; nothing for none.
    pub moved: String,
    /// What is told of a change that somebody else made meanwhile.
    pub overtaken: Option<Box<Overtaken>>,
    pub title: String,
    /// The same where nothing is saved: something is taken away, or switched.
    pub sure: String,
    pub lines: Vec<AccessLine>,
    /// Whether somebody loses something.
    pub loses: bool,
    pub people_title: String,
    pub people: Vec<PersonLine>,
    pub notes: Vec<String>,
}

/// What somebody else did to what a form is about, since it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Overtaken {
    /// Who it was, and when; nothing where that is not known.
    pub by: String,
    /// What is stored now, which the form is not; nothing for what is only to be made.
    pub stored: String,
    pub history: Option<Link>,
}

/// One sentence, its figure first: **31** gain Cache Purge on the entire account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLine {
    pub lead: String,
    pub text: String,
}

/// What changes for one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLine {
    pub name: String,
    /// Nothing for somebody who is only to be made.
    pub href: String,
    pub gains: Vec<String>,
    pub loses: Vec<String>,
}

impl AccessPreview {
    /// `base` is the account's address, `/a/{id}`.
    pub fn of(preview: &Preview, base: &str) -> Self {
        let affected = count(preview.differences.len());
        let (title, sure) = match affected {
            0 => (
                t("preview.nobody").to_owned(),
                t("preview.sure_nobody").to_owned(),
            ),
            n => (tn("preview.affected", n), tn("preview.sure", n)),
        };
        let loses = |one: &Difference| !one.lost.is_empty() || !one.permissions_lost.is_empty();
        // Who is only to be made has no page yet.
        let base = |number| (number < preview.of_known).then_some(base);
        let people = (0..).zip(&preview.differences).take(PEOPLE_MAX);
        let mut made = Self {
            title,
            sure,
            loses: preview.differences.iter().any(loses),
            people_title: tn("preview.people", affected),
            people: people.map(|(at, one)| person(one, base(at))).collect(),
            ..Self::default()
        };
        made.lines = lines(preview);
        if preview.differences.len() > PEOPLE_MAX {
            made.notes.push(tn("preview.people_cut", count(PEOPLE_MAX)));
        }
        if preview.next.is_some() {
            made.notes.push(tn("preview.cut", count(preview.looked_at)));
        }
        made
    }

    /// Says that this is another one than was confirmed, and why.
    #[must_use]
    pub fn moved(mut self) -> Self {
        t("preview.overtaken").clone_into(&mut self.moved);
        self
    }

    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }
}

fn count(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// How many gain what, and how many lose what: the most telling first.
fn lines(preview: &Preview) -> Vec<AccessLine> {
    // Losses before gains: `false` sorts first.
    let mut sums: BTreeMap<(bool, String), u64> = BTreeMap::new();
    let mut supers = 0_u64;
    for one in &preview.differences {
        for (gains, roles) in [(true, &one.gained), (false, &one.lost)] {
            for role in roles {
                *sums.entry((gains, role_text(role))).or_default() += 1;
            }
        }
        let permissions = [
            (true, &one.permissions_gained),
            (false, &one.permissions_lost),
        ];
        for (gains, names) in permissions {
            for name in names {
                let text = tf("preview.permission", &[name]);
                *sums.entry((gains, text)).or_default() += 1;
            }
        }
        let is_super = |role: &RoleOn| role.permission_group == catalogue::SUPER_ADMINISTRATOR;
        supers += u64::from(one.gained.iter().any(is_super));
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|((gains, _), people)| (*gains, std::cmp::Reverse(*people)));
    let more = sums.len().saturating_sub(LINES_MAX);
    let line = |((gains, what), people): &((bool, String), u64)| {
        let key = if *gains {
            "preview.gain"
        } else {
            "preview.lose"
        };
        AccessLine {
            lead: number(*people),
            text: tnf(key, *people, &[what]),
        }
    };
    let mut lines: Vec<AccessLine> = sums.iter().take(LINES_MAX).map(line).collect();
    let mut say = |lead: String, text: String| lines.push(AccessLine { lead, text });
    if more > 0 {
        say(String::new(), tn("preview.more", count(more)));
    }
    let gains = preview.differences.iter().any(|one| !one.gained.is_empty());
    match supers {
        0 if gains => say(String::new(), t("preview.no_super").to_owned()),
        0 => {}
        n => say(number(n), tn("preview.super", n)),
    }
    let same = count(preview.looked_at.saturating_sub(preview.differences.len()));
    if same > 0 && !preview.differences.is_empty() {
        say(number(same), tn("preview.same", same));
    }
    lines
}

fn person(one: &Difference, base: Option<&str>) -> PersonLine {
    let texts = |roles: &[RoleOn], permissions: &[String]| {
        let permissions = permissions.iter().cloned();
        roles.iter().map(role_text).chain(permissions).collect()
    };
    PersonLine {
        name: one.member.name.clone(),
        href: base.map_or_else(String::new, |base| {
            format!("{base}/members/{}", one.member.membership_id)
        }),
        gains: texts(&one.gained, &one.permissions_gained),
        loses: texts(&one.lost, &one.permissions_lost),
    }
}

/// A role and on what: "DNS on the entire account".
pub fn role_text(role: &RoleOn) -> String {
    tf("preview.role_on", &[&role.name, &scope_text(&role.scope)])
}

/// On what, within a sentence.
pub fn scope_text(scope: &EffectiveScope) -> String {
    match scope {
        EffectiveScope::Nothing => t("preview.on_nothing").to_owned(),
        EffectiveScope::WholeAccount { except } if except.is_empty() => {
            t("preview.on_account").to_owned()
        }
        EffectiveScope::WholeAccount { except } => {
            tf("preview.on_account_but", &[&domains_text(except)])
        }
        EffectiveScope::Domains(domains) => domains_text(domains),
    }
}
