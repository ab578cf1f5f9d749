//! Who may do what, and why.

use super::Described;
use crate::admin::reply::{
    AccessView, DifferenceView, ExplanationView, PathView, PreviewedView, roles_text,
};

/// By what they come, each once.
fn texts(paths: &[PathView]) -> String {
    let mut texts: Vec<String> = Vec::new();
    for text in paths.iter().map(PathView::text) {
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    texts.join("; ")
}

fn no_or_yes(truth: bool) -> String {
    if truth { "yes" } else { "no" }.to_owned()
}

fn fields(view: &AccessView) -> Vec<(&'static str, String)> {
    vec![
        ("user_name", view.member.user_name.clone()),
        ("role", view.permission_group.name.clone()),
        ("effective", no_or_yes(view.effective)),
        ("on", view.scope.text()),
        ("by", texts(&view.allows)),
        ("denied_by", texts(&view.denies)),
        ("state", view.member.state.clone()),
        ("membership", view.member.id.to_string()),
        ("permission_group", view.permission_group.id.clone()),
    ]
}

/// One role of a member.
pub(super) fn access(view: &AccessView) -> Described {
    Described {
        noun: "access",
        fields: fields(view),
        columns: &["role", "effective", "on", "by", "denied_by"],
        widths: &[],
    }
}

/// One who holds a role.
pub(super) fn holder(view: &AccessView) -> Described {
    Described {
        noun: "holder",
        fields: fields(view),
        columns: &["user_name", "on", "by", "membership"],
        widths: &[],
    }
}

pub(super) fn explanation(view: &ExplanationView) -> Described {
    let paths = view.paths.as_ref();
    let sentences = |paths: Option<&Vec<PathView>>| {
        let each = paths.into_iter().flatten().map(PathView::sentence);
        each.collect::<Vec<_>>().join("; ")
    };
    let groups: Vec<&str> = view.groups.iter().map(|one| one.name.as_str()).collect();
    Described {
        noun: "explanation",
        fields: vec![
            ("user_name", view.member.user_name.clone()),
            ("role", view.role.name.clone()),
            ("effective", no_or_yes(view.effective)),
            ("on", paths.map(|one| one.scope.text()).unwrap_or_default()),
            ("why_not", view.why_not.clone().unwrap_or_default()),
            ("allows", sentences(paths.map(|one| &one.allows))),
            ("denies", sentences(paths.map(|one| &one.denies))),
            ("groups", groups.join(", ")),
        ],
        columns: &[
            "user_name",
            "role",
            "effective",
            "on",
            "allows",
            "denies",
            "why_not",
        ],
        widths: &[],
    }
}

pub(super) fn difference(view: &DifferenceView) -> Described {
    Described {
        noun: "difference",
        fields: vec![
            ("user_name", view.member.user_name.clone()),
            ("gains", roles_text(&view.gained)),
            ("loses", roles_text(&view.lost)),
            ("may_also", view.permissions_gained.join(" ")),
            ("may_no_more", view.permissions_lost.join(" ")),
            ("membership", view.member.id.to_string()),
        ],
        columns: &["user_name", "gains", "loses", "may_also", "may_no_more"],
        widths: &[],
    }
}

pub(super) fn previewed(view: PreviewedView) -> Described {
    Described {
        noun: "preview",
        fields: vec![
            ("looked_at", view.looked_at.to_string()),
            ("more", no_or_yes(view.more)),
        ],
        columns: &["looked_at", "more"],
        widths: &[],
    }
}
