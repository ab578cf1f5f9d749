//! Why a name can't be a group's while it grants, or nearly grants, a role.

use super::mapping::Mapping;
use super::name::{NameClass, differences};
use crate::domain::error::Error;
use crate::domain::reason::Reason;
use crate::domain::role::Role;
use crate::domain::text::shown;

/// While the mapping is on: the error for a group to be made, or renamed, that is called so;
/// `None`: nothing is said against the name here.
pub fn of_name(name: &str, class: &NameClass, mapping: Mapping) -> Option<Error> {
    if !mapping.on {
        return None;
    }
    let why = match class {
        NameClass::NotLegacy => return None,
        NameClass::Exact { role } | NameClass::Alias { role, .. } if mapping.offers(role) => {
            format!(
                "is the name of the legacy role group of {}, which no other group may have; link \
                 the group to that one, or choose a name of another kind",
                role.name
            )
        }
        NameClass::Exact { .. } | NameClass::Alias { .. } => {
            "names the legacy role group of Super Administrator, which is offered only after \
             `provost legacy on --allow-super-administrator`; run that, or choose another name"
                .to_owned()
        }
        NameClass::Near {
            role,
            flaws,
            nearest,
        } => {
            // What is not offered would be refused again.
            let first = if mapping.offers(role) {
                ""
            } else {
                "run `provost legacy on --allow-super-administrator` and "
            };
            format!(
                "is nearly the name of a legacy role group, but {}; {first}send exactly \
                 \"{nearest}\", or choose a name of another kind",
                differences(flaws)
            )
        }
        NameClass::OtherAccount { account, within } => format!(
            "names the account {account}, which is not this one; {}choose a name of another kind",
            if could_be_meant(within, mapping) {
                "correct the account id, or "
            } else {
                ""
            }
        ),
        NameClass::UnknownRole { suggestions, .. } => format!(
            "names no role{}; correct the role, or choose a name of another kind",
            meant(suggestions, mapping)
        ),
        NameClass::DomainRole { role } => format!(
            "names {}, which is not granted on the whole account and has no legacy role group; \
             choose another name and grant the role by a policy",
            role.name
        ),
    };
    let name = shown_whole(name);
    Some(Error::invalid(
        Reason::LegacyName,
        format!("The group name \"{name}\" {why}."),
    ))
}

/// A whole legacy name is longer than what is shown of other texts.
fn shown_whole(name: &str) -> String {
    let chars: Vec<char> = name.chars().take(160).collect();
    let parts = chars.chunks(80);
    parts
        .map(|part| shown(&part.iter().collect::<String>()))
        .collect()
}

/// Whether a group of that name would be taken, were it of this account and without its flaws.
fn could_be_meant(class: &NameClass, mapping: Mapping) -> bool {
    match class {
        NameClass::Exact { role }
        | NameClass::Alias { role, .. }
        | NameClass::Near { role, .. } => mapping.offers(role),
        NameClass::UnknownRole { suggestions, .. } => {
            suggestions.iter().any(|role| mapping.offers(role))
        }
        NameClass::OtherAccount { .. } | NameClass::DomainRole { .. } | NameClass::NotLegacy => {
            false
        }
    }
}

fn meant(suggestions: &[&'static Role], mapping: Mapping) -> String {
    let names: Vec<String> = suggestions
        .iter()
        .filter(|role| mapping.offers(role))
        .map(|role| format!("\"{}\"", role.name))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => format!(", the most similar one is {only}"),
        [first @ .., last] => format!(
            ", the most similar ones are {} and {last}",
            first.join(", ")
        ),
    }
}

/// The name of a legacy group says which role it grants.
pub fn rename(name: &str) -> Error {
    Error::immutable_for(
        Reason::LegacyRename,
        format!(
            "\"{name}\" is a legacy role group, whose name says which role it grants and can't be \
             changed; turn off renaming in the provider, or convert it to a user group first."
        ),
    )
}

/// A migration called it so, and was undone.
pub fn put_back(name: &str, sent: &str) -> Error {
    Error::immutable_for(
        Reason::LegacyPutBack,
        format!(
            "The migration that called this group \"{}\" was undone, and it has its old name \
             \"{name}\" again; give it that name back in the provider, or convert it again.",
            shown(sent)
        ),
    )
}

/// The same of a group that is to be made with that name.
pub fn put_back_anew(name: &str, sent: &str) -> Error {
    let sent = shown(sent);
    Error::conflict(
        Reason::LegacyPutBack,
        format!(
            "The migration that called the group \"{name}\" \"{sent}\" was undone, and it has its \
             old name again: a second group \"{sent}\" would grant nothing and stand in its way; \
             link the group in the provider to \"{name}\", convert that one again, or choose \
             another name."
        ),
    )
}

/// The group had that name before a migration, and has another one now.
pub fn had(name: &str, now: &str) -> Error {
    let (name, now) = (shown_whole(name), shown(now));
    Error::invalid(
        Reason::LegacyName,
        format!(
            "The group's old name \"{name}\" has ended: it is the user group \"{now}\" now, and \
             names of that form are kept for legacy role groups; rename it in the provider to \
             \"{now}\"."
        ),
    )
}

/// Another group had it.
pub fn migrated(name: &str, now: &str) -> Error {
    let (name, now) = (shown_whole(name), shown(now));
    Error::invalid(
        Reason::LegacyName,
        format!(
            "The group name \"{name}\" was that of the group that a migration made the user group \
             \"{now}\"; link the group in the provider to \"{now}\", or choose a name of another \
             kind."
        ),
    )
}

/// Legacy groups are always there.
pub fn delete(name: &str) -> Error {
    Error::immutable_for(
        Reason::LegacyDelete,
        format!(
            "\"{name}\" is a legacy role group and can't be deleted; remove its members, or \
             convert it to a user group first."
        ),
    )
}

/// A group answers to the name already.
pub fn taken(name: &str) -> Error {
    Error::conflict(
        Reason::GroupNameTaken,
        format!(
            "A Group that answers to the displayName {name:?} exists already; find it by \
             displayName and update it, or choose another name."
        ),
    )
}

/// The legacy group of that name was made a user group, and its old name has ended.
pub fn converted(name: &str, now: &str) -> Error {
    Error::conflict(
        Reason::LegacyName,
        format!(
            "The legacy role group {name:?} was made the user group {now:?}; link the group to \
             that one, or choose another name."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AccountId;
    use crate::domain::legacy::name::classify;

    const OWN: AccountId = AccountId::from_bytes([0xab; 16]);
    const ON: Mapping = Mapping {
        on: true,
        super_administrator: false,
    };

    fn detail(rest: &str) -> String {
        let name = format!("CF-{OWN}{rest}");
        let refused = of_name(&name, &classify(&name, OWN), ON);
        let detail = refused.map(|error| error.message().to_owned());
        detail.unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (rest, said) in [
            ("-dns", format!("\"CF-{OWN} - DNS\"")),
            (
                "-dns",
                "the role is in other letter case and a space is missing".to_owned(),
            ),
            (
                " - Adminstrator",
                "most similar one is \"Administrator\"".to_owned(),
            ),
            (
                " - Domain DNS",
                "Domain DNS, which is not granted on the whole account".to_owned(),
            ),
            (
                " - Super Administrator - All Privileges",
                "--allow-super-administrator".to_owned(),
            ),
            (
                " - super administrator - All Privileges",
                "--allow-super-administrator` and send exactly".to_owned(),
            ),
        ] {
            let detail = detail(rest);
            assert!(detail.contains(&said), "{detail}");
            assert!(detail.ends_with('.') && !detail.contains(".."), "{detail}");
        }
        let other = "CF-cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd - DNS";
        let refused =
            of_name(other, &classify(other, OWN), ON).map(|error| error.message().to_owned());
        assert!(refused.is_some_and(|detail| detail.contains("names the account cdcd")));
        assert!(of_name(other, &classify(other, OWN), Mapping::default()).is_none());
        // Nothing is proposed that would be refused again.
        let other = "CF-cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd - Domain DNS";
        let refused = of_name(other, &classify(other, OWN), ON);
        let said = refused.map(|error| error.message().to_owned());
        assert!(said.is_some_and(|detail| !detail.contains("correct the account id")));
        assert!(!detail(" - Super Administratr - All Privileges").contains("similar"));
        assert!(of_name("CFO", &classify("CFO", OWN), ON).is_none());
    }
}
