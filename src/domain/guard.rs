//! What the guards say when they refuse: which rule it is, and what to do.

use super::error::{Error, Result};
use super::reason::Reason;
use super::text::shown;

/// The account would go from one effective Super Administrator or more to none.
pub fn last_super_administrator() -> Error {
    Error::forbidden(
        Reason::LastSuperAdministrator,
        "This would leave the account without a Super Administrator, since no other active member \
         would hold \"Super Administrator - All Privileges\" on the entire account; give it to \
         another active member first, and repeat the change.",
    )
}

/// Nobody who can sign in to the console would be an effective Super Administrator any more.
pub fn nobody_signs_in() -> Error {
    Error::forbidden(
        Reason::LastSuperAdministrator,
        "After this no Super Administrator could sign in to the console, since whoever else holds \
         \"Super Administrator - All Privileges\" has no login of it; let another operator work \
         here with this role first, and repeat the change.",
    )
}

/// The caller would give what they do not hold.
pub fn not_held(role: &str, on: &str, whose: &str) -> Error {
    Error::forbidden(
        Reason::RoleNotHeld,
        format!(
            "This would give the role \"{}\" on {on}, which is not held by {whose}; let somebody \
             who holds it give it.",
            shown(role)
        ),
    )
}

/// An operator would change what they may do themselves (T-41).
pub fn own_roles() -> Error {
    Error::forbidden(
        Reason::OwnRoles,
        "This is the member that you work as, and nobody changes their own roles; let another \
         administrator of this account do it.",
    )
}

/// A box administrator would let somebody into an account that others administer.
pub fn no_place() -> Error {
    Error::forbidden(
        Reason::RoleNotHeld,
        "This account has its Super Administrators, and you may not say there who does what; let \
         one of them, or `provost admin create` on the server, do it.",
    )
}

/// The token may change members and groups, but nothing that says what they may do.
pub fn no_policies() -> Error {
    Error::forbidden(
        Reason::PermissionMissing,
        "This caller may change members and groups but no policy and no role; use a token with \
         Account Settings: Edit (Write in the API), or the role Administrator in the console.",
    )
}

/// A provider would change the member that an operator works as.
pub fn member_of_operator(user_name: &str) -> Error {
    Error::forbidden(
        Reason::MemberOfOperator,
        format!(
            "The User \"{}\" belongs to an operator of Provost's console, and no provider \
             changes it; leave it out of the provider's scope, and change it in the console.",
            shown(user_name)
        ),
    )
}

/// A provider manages it: `noun` is what, `kept` what of it is changed there alone.
pub fn managed(noun: &str, name: &str, connection: &str, kept: &str) -> Error {
    Error::forbidden(
        Reason::ManagedByProvider,
        format!(
            "The {noun} \"{}\" is managed by the connection \"{}\", so {kept} changed in that \
             provider alone; only policies are changed here.",
            shown(name),
            shown(connection)
        ),
    )
}

/// `Ok` when the account still has its Super Administrator.
///
/// Errors: `Forbidden`.
pub fn keep_super_administrator(is_left_alone: bool) -> Result<()> {
    if is_left_alone {
        return Err(last_super_administrator());
    }
    Ok(())
}
