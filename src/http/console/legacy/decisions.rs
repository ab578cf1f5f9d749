//! What the plan's form says of each group.

use crate::domain::legacy::called::Called;
use crate::domain::legacy::plan::{Choice, Decision, Plan, PlanOptions};
use crate::http::console::form::Form as Sent;

/// Groups that a page has fields for.
pub(super) const GROUPS_MAX: usize = 100;
/// Groups that a form can decide of; others are as without a decision. Forms that lead on carry
/// what was decided on several pages, in four fields for each group.
const READ_MAX: usize = 240;
/// Before the name of a role that is chosen for a group.
const AS_ROLE: &str = "as:";

/// The choice of a role that is written beside it.
pub(super) const ANOTHER: &str = "role";

/// The field that says what a group was called when the form was made.
pub(super) const WAS: &str = "was";

/// What the groups that `options` decide of are called, for [`WAS`].
pub(super) fn called(plan: &Plan) -> impl Iterator<Item = (String, String)> {
    let called = Called::of(&plan.groups);
    plan.options.decisions.iter().filter_map(move |decision| {
        let group = plan.groups.get(called.place(&decision.group)?)?;
        Some((field(WAS, &decision.group), group.old_name.clone()))
    })
}

/// The names of the form's fields for a group.
pub(super) fn field(noun: &str, group: &str) -> String {
    format!("{noun}.{group}")
}

/// The decisions of the form: of each group that it names, what is not as it would be anyway.
pub(super) fn read(form: &Sent) -> PlanOptions {
    let mut decisions: Vec<Decision> = Vec::new();
    for group in form.all("group").into_iter().take(READ_MAX) {
        if decisions.iter().any(|known| known.group == group) {
            continue;
        }
        let text = |noun: &str| form.text(&field(noun, group));
        let (choice, role) = match text("choice") {
            Some("convert") => (Some(Choice::Convert), None),
            Some("rename_only") => (Some(Choice::RenameOnly), None),
            Some("skip") => (Some(Choice::Skip), None),
            Some(ANOTHER) => (None, text("role").map(str::to_owned)),
            Some(other) => (None, other.strip_prefix(AS_ROLE).map(str::to_owned)),
            None => (None, None),
        };
        // A name that nobody touched follows the role.
        let named = text("name").filter(|name| text("shown") != Some(*name));
        let decision = Decision {
            group: group.to_owned(),
            choice,
            role,
            new_name: named.map(str::to_owned),
        };
        if decision.choice.is_some() || decision.role.is_some() || decision.new_name.is_some() {
            decisions.push(decision);
        }
    }
    PlanOptions {
        template: form.text("template").map(str::to_owned),
        decisions,
        import: None,
    }
}

/// Groups of the form that are to have another role, and not which.
pub(super) fn unnamed(form: &Sent) -> Vec<String> {
    let groups = form.all("group").into_iter().take(READ_MAX);
    let is = |group: &&str| {
        let text = |noun: &str| form.text(&field(noun, group));
        text("choice") == Some(ANOTHER) && text("role").is_none()
    };
    groups.filter(is).map(str::to_owned).collect()
}

/// What a form has to send so that these are read again.
pub(super) fn write(options: &PlanOptions) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    if let Some(template) = &options.template {
        fields.push(("template".to_owned(), template.clone()));
    }
    for decision in &options.decisions {
        fields.push(("group".to_owned(), decision.group.clone()));
        if let Some(value) = value_of(decision) {
            fields.push((field("choice", &decision.group), value));
        }
        if let Some(name) = &decision.new_name {
            fields.push((field("name", &decision.group), name.clone()));
        }
    }
    fields
}

/// The value of `choice` for a decision.
pub(super) fn value_of(decision: &Decision) -> Option<String> {
    match (&decision.role, decision.choice) {
        (Some(role), _) => Some(as_role(role)),
        (None, Some(Choice::Convert)) => Some("convert".to_owned()),
        (None, Some(Choice::RenameOnly)) => Some("rename_only".to_owned()),
        (None, Some(Choice::Skip)) => Some("skip".to_owned()),
        (None, None) => None,
    }
}

/// The value of `choice` for another role than the name's.
pub(super) fn as_role(role: &str) -> String {
    format!("{AS_ROLE}{role}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decisions_are_read_as_they_were_written() {
        let sent = "template=%7Brole%7D+team&group=a&choice.a=convert&name.a=X&shown.a=X\
                    &group=b&choice.b=as%3ADNS&name.b=Zone+people&shown.b=Zones\
                    &group=c&choice.c=skip&group=c&choice.c=convert&group=d&name.d=Y&shown.d=Y\
                    &group=e&choice.e=role&role.e=Analytics&group=f&choice.f=role&role.f=";
        let options = read(&Sent::parse(sent.as_bytes()).unwrap_or_default());
        assert_eq!(options.template.as_deref(), Some("{role} team"));
        let told: Vec<_> = options
            .decisions
            .iter()
            .map(|one| (&*one.group, value_of(one), one.new_name.as_deref()))
            .collect();
        assert_eq!(
            told,
            [
                ("a", Some("convert".to_owned()), None),
                ("b", Some("as:DNS".to_owned()), Some("Zone people")),
                ("c", Some("skip".to_owned()), None),
                ("e", Some("as:Analytics".to_owned()), None),
            ]
        );
        let again: Vec<String> = write(&options)
            .iter()
            .map(|(name, value)| crate::http::console::url::with_query("", [(&**name, &**value)]))
            .map(|pair| pair.trim_start_matches('?').to_owned())
            .collect();
        let again = read(&Sent::parse(again.join("&").as_bytes()).unwrap_or_default());
        assert_eq!(again, options);
    }
}
