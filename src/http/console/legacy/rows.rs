//! The rows of a plan: what becomes of each group, and what can be decided of it.

use super::decisions::{GROUPS_MAX, as_role, value_of};
use super::{counted, owner, parts};
use crate::app::legacy::pushing::Pushing;
use crate::domain::legacy::plan::{
    Choice as Chosen, Class, ConflictKind, Decision, GroupState, Plan, PlannedGroup, TakenName,
};
use crate::domain::legacy::steps::Pushes;
use crate::domain::text::same_folded;
use crate::http::console::chrome::Chrome;
use crate::http::console::format::number;
use crate::http::console::view::{Badge, Choice, DiffLine, Link, PlanRow, Source as Owner, Tone};
use crate::http::console::words::{t, tf, tn};

/// A group of the plan, with the fields that decide of it.
pub(super) struct GroupRow {
    /// The group's id, which its fields are named after.
    pub id: String,
    pub plan: PlanRow,
    /// What it is called now.
    pub was: String,
    /// Whether it is left out, so that its new name counts for nothing.
    pub stays: bool,
    pub name: String,
    /// The name that was not written by anybody; nothing where it was.
    pub shown: String,
    pub name_error: String,
    /// The page of the group that has the name.
    pub name_of: Option<Link>,
    /// Why it has a number, and the page of the group that has the name without it.
    pub taken: Option<(String, Option<Link>)>,
    pub errors: Vec<String>,
    /// "12 members before and after".
    pub who: String,
    pub choices: Vec<Choice>,
    /// Its choice stands on the card of decisions.
    pub asks: bool,
}

/// A group whose name says too little to go by.
pub(super) struct Question {
    pub id: String,
    /// The group's name, shortened.
    pub name: String,
    /// What is said of the name, which stands before it.
    pub text: String,
    pub hint: String,
    pub choices: Vec<Choice>,
    /// Whether another role than those offered is chosen, and which.
    pub another: bool,
    pub role: String,
    /// What is left to be chosen, once somebody wanted it applied.
    pub error: String,
}

/// A group that waits for somebody, and where on the page it is answered.
pub(super) struct Waits {
    pub href: String,
    pub name: String,
    pub state: Badge,
}

/// Those that wait for a decision, or clash with something.
pub(super) fn waiting<'p>(shown: &'p [&'p PlannedGroup]) -> impl Iterator<Item = Waits> + 'p {
    shown.iter().filter_map(|group| {
        let id = id_of(group);
        let href = match group.state {
            GroupState::Undecided => format!("#q-{id}"),
            GroupState::Conflict => format!("#n-{id}"),
            GroupState::SameAccess | GroupState::ChangesAccess | GroupState::Skipped => {
                return None;
            }
        };
        Some(Waits {
            href,
            name: super::short(&group.old_name),
            state: state(group.state),
        })
    })
}

/// Where on the page the first conflict is solved.
pub(super) fn conflict(shown: &[&PlannedGroup]) -> String {
    let mut all = shown.iter();
    let first = all.find(|group| group.state == GroupState::Conflict);
    first.map_or_else(String::new, |group| format!("#n-{}", id_of(group)))
}

/// What the form asked for, beside its decisions.
#[derive(Default)]
pub(super) struct Asked {
    /// That every row is open.
    pub open: bool,
    /// That the decisions are applied, each of which is there then.
    pub apply: bool,
    /// Groups that are to have another role, and not which.
    pub unnamed: Vec<String>,
}

impl Asked {
    /// The words for what a group lacks.
    fn lacks(&self, group: &PlannedGroup, id: &str) -> Option<&'static str> {
        if group.state != GroupState::Undecided {
            return None;
        }
        if self.unnamed.iter().any(|one| one == id) {
            return Some("legacy.name_the_role");
        }
        self.apply.then_some("legacy.choose_one")
    }

    /// Those of the groups that lack something.
    pub(super) fn lacking<'p>(&self, plan: &'p Plan) -> Vec<&'p PlannedGroup> {
        let groups = plan.groups.iter();
        let lacking = groups.filter(|group| self.lacks(group, &id_of(group)).is_some());
        lacking.collect()
    }
}

/// The groups that the page shows: all of them, or of many those first that wait for somebody,
/// then those that were decided of: so each comes to be decided.
pub(super) fn shown(plan: &Plan) -> Vec<&PlannedGroup> {
    let mut groups: Vec<&PlannedGroup> = plan.groups.iter().collect();
    if groups.len() > GROUPS_MAX {
        groups.sort_by_key(|group| {
            let id = id_of(group);
            let waits = matches!(group.state, GroupState::Undecided | GroupState::Conflict);
            (!waits, decision_of(plan, &id).is_none())
        });
        groups.truncate(GROUPS_MAX);
    }
    groups
}

pub(super) fn all(
    (plan, pushing): (&Plan, &Pushing),
    shown: &[&PlannedGroup],
    chrome: &Chrome,
    open: bool,
) -> Vec<GroupRow> {
    let shown = shown.iter().enumerate();
    let mut rows: Vec<GroupRow> = shown
        .map(|(at, group)| {
            let mut row = row(plan, group, at == 0, chrome);
            row.plan.note = note(group, pushing);
            row
        })
        .collect();
    if open {
        for row in &mut rows {
            row.plan.open = true;
        }
    }
    rows
}

fn id_of(group: &PlannedGroup) -> String {
    group.id.map(|id| id.to_string()).unwrap_or_default()
}

/// Whether the field of the new name is what is wrong.
fn is_of_name(kind: ConflictKind) -> bool {
    match kind {
        ConflictKind::NameTaken
        | ConflictKind::NameTwice
        | ConflictKind::NameReserved
        | ConflictKind::NameInvalid => true,
        ConflictKind::NoRole
        | ConflictKind::GroupExists
        | ConflictKind::NotClosed
        | ConflictKind::UserNameInvalid => false,
    }
}

fn row(plan: &Plan, group: &PlannedGroup, first: bool, chrome: &Chrome) -> GroupRow {
    let id = id_of(group);
    let decision = decision_of(plan, &id);
    let conflicts = |of_name: bool| -> Vec<String> {
        let found = group.conflicts.iter();
        let found = found.filter(|one| is_of_name(one.kind) == of_name);
        found.map(|one| one.message.clone()).collect()
    };
    let written = decision.and_then(|decision| decision.new_name.clone());
    // What is left out gets no name, and keeps the one that was written for it.
    let name = group.new_name.clone().or_else(|| written.clone());
    let (name, written) = (name.unwrap_or_default(), written.is_some());
    let asks = asks(group);
    GroupRow {
        plan: plan_row(group, first, chrome),
        was: group.old_name.clone(),
        stays: group.state == GroupState::Skipped,
        shown: if written { String::new() } else { name.clone() },
        name_error: conflicts(true).join(" "),
        name_of: in_the_way(group, &name, chrome),
        taken: group.name_taken.as_ref().map(|one| taken(one, chrome)),
        errors: conflicts(false),
        who: tn("legacy.who", counted(group.members)),
        choices: if asks {
            Vec::new()
        } else {
            choices(group, decision)
        },
        asks,
        id,
        name,
    }
}

/// The group that has the name which was chosen.
fn in_the_way(group: &PlannedGroup, name: &str, chrome: &Chrome) -> Option<Link> {
    let id = group.conflicts.iter().find_map(|one| one.group)?;
    let at = chrome.path(&format!("/groups/{id}"));
    Some(Link::new(tf("legacy.name_see", &[&name]), at))
}

/// Why a group's new name has a number.
fn taken(one: &TakenName, chrome: &Chrome) -> (String, Option<Link>) {
    let text = match &one.group {
        Some(group) if same_folded(group, &one.name) => tf("legacy.name_taken", &[&one.name]),
        Some(group) => tf("legacy.name_was", &[&one.name, group]),
        None => tf("legacy.name_planned", &[&one.name]),
    };
    let link = one.id.map(|id| {
        let at = chrome.path(&format!("/groups/{id}"));
        Link::new(
            tf(
                "legacy.name_see",
                &[&one.group.as_ref().unwrap_or(&one.name)],
            ),
            at,
        )
    });
    (text, link)
}

fn decision_of<'p>(plan: &'p Plan, id: &str) -> Option<&'p Decision> {
    let mut decisions = plan.options.decisions.iter();
    decisions.find(|decision| decision.group == id)
}

/// Whether its name alone does not say what is to become of it.
fn asks(group: &PlannedGroup) -> bool {
    !matches!(group.class, Class::Exact | Class::Alias)
}

/// What is to be decided on a card of its own.
pub(super) fn questions(plan: &Plan, shown: &[&PlannedGroup], asked: &Asked) -> Vec<Question> {
    let question = |group: &PlannedGroup| {
        let id = id_of(group);
        let decision = decision_of(plan, &id);
        let role = decision.and_then(|decision| decision.role.clone());
        let another = role.filter(|role| !group.suggestions.contains(role));
        let members = match counted(group.members) {
            0 => t("legacy.waiting_nobody").to_owned(),
            n => tn("legacy.waiting_members", n),
        };
        Question {
            name: super::short(&group.old_name),
            text: tf("legacy.names", &[&why_asked(group), &members]),
            hint: match group.suggestions.first() {
                Some(role) => tf("legacy.closest", &[role]),
                None => String::new(),
            },
            error: match asked.lacks(group, &id) {
                None => String::new(),
                Some(key) => tf(key, &[&super::short(&group.old_name)]),
            },
            another: another.is_some() || asked.unnamed.contains(&id),
            role: another.unwrap_or_default(),
            choices: choices(group, decision),
            id,
        }
    };
    let asking = shown.iter().filter(|group| asks(group));
    asking.map(|group| question(group)).collect()
}

/// Why the name says too little, as the rest of a sentence.
fn why_asked(group: &PlannedGroup) -> String {
    match group.class {
        Class::Near => tf("legacy.near", &[&group.explanation]),
        Class::OtherAccount => t("legacy.other_account").to_owned(),
        Class::UnknownRole => t("legacy.unknown_role").to_owned(),
        Class::DomainRole => t("legacy.domain_role").to_owned(),
        Class::Exact | Class::Alias => group.explanation.clone(),
    }
}

fn is_usual(group: &PlannedGroup, choice: &str) -> bool {
    choice == "convert" && !asks(group)
}

/// What can become of the group.
fn choices(group: &PlannedGroup, decision: Option<&Decision>) -> Vec<Choice> {
    let chosen = decision.and_then(value_of).or_else(|| match group.choice {
        Some(Chosen::Convert) => Some("convert".to_owned()),
        Some(Chosen::RenameOnly) => Some("rename_only".to_owned()),
        Some(Chosen::Skip) => Some("skip".to_owned()),
        None => None,
    });
    let choice = |value: String, text: String| {
        let is = chosen.as_deref() == Some(&*value);
        // What its name says is no decision, or a form that nobody touched would send another plan.
        let sent = if is_usual(group, &value) { "" } else { &value };
        Choice::new(sent, text).chosen(is)
    };
    let mut all = Vec::new();
    if let Some(role) = &group.role {
        let text = if asks(group) {
            tf("legacy.map_to", &[role])
        } else {
            tf("legacy.with_policy", &[role])
        };
        // The role of a domain is given by no policy on the whole account.
        if group.class != Class::DomainRole {
            all.push(choice("convert".to_owned(), text));
        }
    }
    let without = t("legacy.without_policy").to_owned();
    all.push(choice("rename_only".to_owned(), without));
    for role in &group.suggestions {
        all.push(choice(as_role(role), tf("legacy.map_to", &[role])));
    }
    // A file or REST may give another role than the name's, which would be lost else.
    if let Some(role) = decision.and_then(|decision| decision.role.as_ref())
        && !asks(group)
    {
        all.push(choice(as_role(role), tf("legacy.with_policy", &[role])));
    }
    all.push(choice("skip".to_owned(), t("legacy.leave_out").to_owned()));
    all
}

fn plan_row(group: &PlannedGroup, first: bool, chrome: &Chrome) -> PlanRow {
    let (prefix, role) = parts(&group.old_name);
    let target = match group.choice {
        Some(Chosen::Skip) => t("legacy.stays").to_owned(),
        _ => group.new_name.clone().unwrap_or_else(|| role.clone()),
    };
    PlanRow {
        prefix,
        role,
        // Within what opens the row nothing else can be pressed.
        source: Owner {
            href: None,
            ..owner(group.connection.as_ref(), chrome)
        },
        target,
        effect: match &group.name_taken {
            Some(taken) => tf("legacy.effect_numbered", &[&effect(group), &taken.name]),
            None => effect(group),
        },
        members: number(counted(group.members)),
        state: state(group.state),
        open: first || !group.conflicts.is_empty() || group.state == GroupState::Undecided,
        diff: diff(group),
        note: String::new(),
        fields: Vec::new(),
        link: None,
    }
}

fn effect(group: &PlannedGroup) -> String {
    match (&group.choice, &group.policy) {
        (Some(Chosen::Skip), _) => t("legacy.nothing_changes").to_owned(),
        (None, _) => t("legacy.undecided").to_owned(),
        (_, Some(policy)) => tf("legacy.allows", &[&policy.role]),
        (_, None) => t("legacy.no_policy").to_owned(),
    }
}

fn state(state: GroupState) -> Badge {
    match state {
        GroupState::SameAccess => Badge::new(Tone::Ok, "equal", t("legacy.same_access")),
        GroupState::ChangesAccess => {
            Badge::new(Tone::Warn, "triangle-alert", t("legacy.changes_access"))
        }
        GroupState::Undecided => Badge::new(Tone::Warn, "triangle-alert", t("legacy.decide")),
        GroupState::Conflict => Badge::new(Tone::Bad, "circle-x", t("legacy.conflict")),
        GroupState::Skipped => Badge::new(Tone::Plain, "minus", t("legacy.left_out")),
    }
}

/// What changes, line by line.
fn diff(group: &PlannedGroup) -> Vec<DiffLine> {
    // What waits for a decision, or stays, does not differ from what is.
    if !group.takes_part() {
        return Vec::new();
    }
    let members = tn("legacy.diff_members", counted(group.members));
    let old = super::short(&group.old_name);
    let mut lines = Vec::new();
    match &group.role {
        Some(role) if group.mapped => {
            lines.push(DiffLine::gone(tf("legacy.diff_mapping", &[&old, role])));
        }
        _ => lines.push(DiffLine::gone(tf("legacy.diff_name", &[&old]))),
    }
    let new = group.new_name.clone().unwrap_or_default();
    lines.push(DiffLine::added(match &group.connection {
        Some(source) => tf("legacy.diff_group_of", &[&new, &source.name]),
        None => tf("legacy.diff_group", &[&new]),
    }));
    for role in &group.drops {
        lines.push(DiffLine::gone(tf("legacy.diff_drops", &[role])));
    }
    if let Some(policy) = &group.policy {
        let text = tf("legacy.diff_policy", &[&policy.role]);
        lines.push(if policy.kept {
            DiffLine::same(text)
        } else {
            DiffLine::added(text)
        });
    }
    lines.push(DiffLine::same(match group.state {
        GroupState::SameAccess => tf("legacy.diff_same", &[&members]),
        _ => members,
    }));
    lines
}

fn note(group: &PlannedGroup, pushing: &Pushing) -> String {
    let mut parts = Vec::new();
    if group.class == Class::Alias {
        parts.push(group.explanation.clone());
    }
    if let Some(source) = group.connection.as_ref().filter(|_| group.takes_part()) {
        let key = match pushing.of(source) {
            Pushes::Arrive | Pushes::Unknown | Pushes::Ended => "legacy.keeps_pushing",
            Pushes::Paused => "legacy.keeps_pushing_paused",
            Pushes::NoToken => "legacy.keeps_pushing_tokenless",
        };
        parts.push(tf(key, &[&source.name]));
        parts.push(t("legacy.rename_then").to_owned());
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A plan of so many groups of one role; the last waits for a decision, and one before it was
    /// decided of.
    fn plan(groups: u128) -> Plan {
        let id = |at: u128| format!("{:032x}", at + 1);
        let group = |at: u128| {
            let waits = at + 1 == groups;
            json!({
                "id": id(at), "old_name": format!("CF-{at}"), "class": "exact",
                "explanation": "", "mapped": true, "members": 0,
                "state": if waits { "undecided" } else { "same_access" },
            })
        };
        let all: Vec<_> = (0..groups).map(group).collect();
        let plan = json!({
            "format": "", "id": id(0), "fingerprint": "", "account": id(0), "account_name": "",
            "made_at": "", "mapping": "on",
            "options": { "decisions": [{ "group": id(groups - 2), "choice": "skip" }] },
            "summary": {
                "groups": 0, "convert": 0, "rename_only": 0, "skip": 0, "undecided": 0,
                "conflicts": 0, "memberships": 0, "people": 0, "missing": 0, "same": 0,
                "gain": 0, "lose": 0, "super_administrators_before": 0,
                "super_administrators_after": 0,
            },
            "groups": all, "access": { "roles": [], "sets": [] }, "people": [],
        });
        serde_json::from_value(plan).expect("a plan")
    }

    fn names(plan: &Plan) -> Vec<&str> {
        let shown = shown(plan);
        shown.iter().map(|group| group.old_name.as_str()).collect()
    }

    #[test]
    fn of_many_groups_those_come_first_that_somebody_decides_of() {
        assert_eq!(names(&plan(3)), ["CF-0", "CF-1", "CF-2"]);
        let many = plan(500);
        let names = names(&many);
        assert_eq!(names.len(), GROUPS_MAX);
        assert_eq!(names[..3], ["CF-499", "CF-498", "CF-0"]);
    }
}
