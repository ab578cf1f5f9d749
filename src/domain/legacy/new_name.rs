//! The names that converted groups get, unless somebody chooses them.

use crate::domain::error::{Error, Result};
use crate::domain::reason::Reason;
use crate::domain::role::RoleAccess;
use crate::domain::text::shown;

/// What a template puts the role's name in place of.
pub const PLACE: &str = "{role}";
/// Longest template, in characters.
pub const TEMPLATE_CHARS_MAX: usize = 200;

/// Words that end a role's name, and what people are called who have it. The first that fits is
/// taken.
const ENDINGS: &[(&str, &str)] = &[
    ("Administrator Read Only", "Read-Only Administrators"),
    ("Admin Read Only", "Read-Only Admins"),
    ("Administrator", "Administrators"),
    ("Admin", "Admins"),
    ("Read Only", "Readers"),
    ("Read-Only", "Readers"),
    ("Read-only", "Readers"),
    ("Read only", "Readers"),
    ("Readonly", "Readers"),
    ("Read", "Readers"),
    ("Write", "Editors"),
    ("Edit", "Editors"),
    ("Reporting", "Reporters"),
    ("Provisioning", "Provisioners"),
    ("Purge", "Purgers"),
    ("Bind", "Binders"),
    ("PII", "PII Readers"),
    ("Share", "Sharers"),
    ("Access", "Access Members"),
    ("Analyst", "Analysts"),
];

/// A name for the group of those who have the role: in the plural, and not the role's own. Of a
/// text that names no role, `access` is `None`.
pub fn of_role(name: &str, access: Option<RoleAccess>) -> String {
    // What the role covers is told by its first part.
    let name = name.split(" - ").next().unwrap_or(name).trim();
    let (name, aside) = parenthesis(name);
    if let Some(aside) = aside
        && ENDINGS.iter().any(|(ending, _)| *ending == aside)
    {
        return plural(&format!("{name} {aside}"), access);
    }
    let people = plural(name, access);
    match aside {
        Some(aside) => format!("{people} ({aside})"),
        None => people,
    }
}

/// The text in front of a last parenthesis, and what is in it.
fn parenthesis(name: &str) -> (&str, Option<&str>) {
    let inner = name.strip_suffix(')').and_then(|rest| rest.split_once('('));
    match inner {
        Some((front, inside)) if !front.trim().is_empty() => (front.trim(), Some(inside.trim())),
        Some(_) | None => (name, None),
    }
}

fn plural(name: &str, access: Option<RoleAccess>) -> String {
    for (ending, people) in ENDINGS {
        let front = name.strip_suffix(ending);
        // Whole words alone.
        if let Some(front) = front
            && (front.is_empty() || front.ends_with(' '))
        {
            return format!("{front}{people}");
        }
    }
    if ["er", "or", "ist"].iter().any(|end| name.ends_with(end)) {
        return format!("{name}s");
    }
    let people = match access {
        Some(RoleAccess::Admin) => "Admins",
        Some(RoleAccess::Write) => "Editors",
        Some(RoleAccess::Read) => "Readers",
        None => "Team",
    };
    format!("{name} {people}")
}

/// The template with the role's name in its place.
pub fn of_template(template: &str, role: &str) -> String {
    template.replace(PLACE, role)
}

/// Errors: `Invalid`.
pub fn check_template(template: &str) -> Result<()> {
    if template.contains(PLACE) && template.chars().count() <= TEMPLATE_CHARS_MAX {
        return Ok(());
    }
    Err(Error::invalid(
        Reason::InvalidValue,
        format!(
            "The template \"{}\" must hold {PLACE} and at most {TEMPLATE_CHARS_MAX} characters, \
             such as \"{PLACE} team\".",
            shown(template)
        ),
    ))
}

/// The name, or the first of "name 2", "name 3", … that is free.
pub fn unique(name: &str, mut is_taken: impl FnMut(&str) -> bool) -> String {
    if !is_taken(name) {
        return name.to_owned();
    }
    let numbered = (2_u32..).map(|number| format!("{name} {number}"));
    numbered
        .into_iter()
        .find(|name| !is_taken(name))
        .unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::domain::catalogue;
    use crate::domain::reserved::looks_reserved;
    use crate::domain::text::{GroupName, fold};

    #[test]
    fn people_are_called_after_their_role() {
        for (role, access, people) in [
            (
                "Super Administrator - All Privileges",
                RoleAccess::Admin,
                "Super Administrators",
            ),
            ("Administrator", RoleAccess::Admin, "Administrators"),
            (
                "Administrator Read Only",
                RoleAccess::Read,
                "Read-Only Administrators",
            ),
            ("DNS", RoleAccess::Write, "DNS Editors"),
            ("Analytics", RoleAccess::Read, "Analytics Readers"),
            ("Audit Logs Viewer", RoleAccess::Read, "Audit Logs Viewers"),
            (
                "AI Search (Read-only)",
                RoleAccess::Read,
                "AI Search Readers",
            ),
            (
                "Zone Versioning Read (Account-Wide)",
                RoleAccess::Read,
                "Zone Versioning Readers (Account-Wide)",
            ),
            ("Thread", RoleAccess::Write, "Thread Editors"),
        ] {
            assert_eq!(of_role(role, Some(access)), people);
        }
        assert_eq!(of_role("Zone Editor", None), "Zone Editors");
        assert_eq!(of_role("Marketing", None), "Marketing Team");
    }

    #[test]
    fn every_role_has_a_group_name_of_its_own_that_is_free_of_the_prefix() {
        let mut seen = HashSet::new();
        for role in catalogue::roles() {
            let name = of_role(&role.name, role.access);
            assert!(!looks_reserved(&name, "CF"), "{name}");
            assert!(GroupName::parse(&name).is_ok(), "{name}");
            assert_ne!(fold(&name), fold(&role.name));
            assert!(seen.insert(fold(&name)), "{name} of {}", role.name);
        }
    }

    #[test]
    fn a_taken_name_is_numbered_and_a_template_holds_the_role() {
        let taken = ["DNS Editors", "DNS Editors 2"];
        let name = unique("DNS Editors", |name| taken.contains(&name));
        assert_eq!(name, "DNS Editors 3");
        assert_eq!(of_template("{role} team", "DNS"), "DNS team");
        assert!(check_template("team").is_err());
        assert!(check_template("{role}").is_ok());
    }
}
