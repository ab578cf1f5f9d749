//! Why a request was refused, as a closed list, and what to do about it.
//!
//! The provisioning log stores the reason's code; the fix is worked out when it is shown,
//! so that a better wording reaches old rows too.

use super::connection::ProviderKind;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal => $fix:tt;)*) => {
        /// Why a request was refused. The code is what logs and metrics store.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name),*
        }

        impl Reason {
            /// Every reason, for tests that want a text for each.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code),*
                }
            }

            /// One sentence: what the administrator of that provider does about it.
            pub fn fix(self, kind: ProviderKind) -> &'static str {
                match self {
                    $(Self::$name => reasons!(@fix kind $fix)),*
                }
            }

            pub fn from_code(code: &str) -> Option<Self> {
                match code {
                    $($code => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
    (@fix $kind:ident $fix:ident) => { $fix($kind) };
    (@fix $kind:ident $text:literal) => {{
        let _ = $kind;
        $text
    }};
}

reasons! {
    TokenMissing = "token_missing" => new_token;
    TokenUnknown = "token_unknown" => new_token;
    TokenExpired = "token_expired" =>
        "Roll the token with `provost token roll` and put the new value into the provider; \
         the old one overlaps for 24 hours when rolled before it expires.";
    /// A roll made another value of the token, and the time of this one is over.
    TokenReplaced = "token_replaced" =>
        "Put the newer value of the token into the provider; if it is lost, make another one \
         with `provost token roll`.";
    TokenNotYetValid = "token_not_yet_valid" =>
        "Wait until the token's start time, or make one without it.";
    TokenDisabled = "token_disabled" => new_token;
    TokenAddress = "token_address" =>
        "Send from an address that the token's condition allows, or make a token with another \
         condition.";
    /// The token is good, but may not do this.
    PermissionMissing = "permission_missing" =>
        "Use a token with SCIM Provisioning: Edit, as the console or `--template scim` makes it: \
         this one may not do that.";
    /// Another account's, or nobody's: the two are not told apart.
    NotFound = "not_found" => match_anew;
    ConnectionPaused = "connection_paused" =>
        "Resume it on its page in the console, or with `provost connection resume NAME`; the \
         provider tries again by itself.";
    RateLimited = "rate_limited" =>
        "Nothing to do: the provider waits as Retry-After says. Raise limits.token_rps if it \
         happens often.";
    /// Too many people would go at once; the change is held.
    Brake = "brake" =>
        "See with `provost connection held NAME` who would go, then `provost connection release \
         NAME` or `discard`; the provider tries again by itself.";
    BrakeDiscarded = "brake_discarded" =>
        "Take a person back into the provider's scope, or let it go with `provost \
         connection release NAME --target WHO`.";
    /// `require_sso_domain` is on, and the person's address is in none.
    SsoDomainMissing = "sso_domain_missing" =>
        "Add the domain with `provost sso create`, `sso verify` and `sso set --enabled on`, or \
         run `provost connection set NAME --require-sso-domain off`.";
    /// The write queue or the number of requests in flight is full.
    Busy = "busy" =>
        "Nothing to do: the provider tries again. If it happens often, look at the disk's \
         speed.";
    UserNameTaken = "user_name_taken" =>
        "A person with that userName exists, perhaps inactive: let the provider match on \
         userName instead of creating, or rename one of the two.";
    GroupNameTaken = "group_name_taken" =>
        "A group with that name exists: link the provider's group to it, or rename one of the \
         two.";
    ExternalIdTaken = "external_id_taken" =>
        "That externalId belongs to another record of this connection: match on it, or \
         correct the provider's mapping.";
    NameTaken = "name_taken" =>
        "Choose another name.";
    /// A policy names the role.
    RoleInUse = "role_in_use" =>
        "Take the role out of the policies that the detail names first.";
    ReservedPrefix = "reserved_prefix" => other_name;
    /// It grants a role by its form, or nearly does, and may not be this group's.
    LegacyName = "legacy_name" =>
        "Where the detail gives a name, send exactly that, letter for letter; else give the \
         group a name of another kind in the provider, and the role by a policy.";
    /// The migration that gave the group the name was undone.
    LegacyPutBack = "legacy_put_back" => old_name_back;
    /// A legacy group's name says which role it grants.
    LegacyRename = "legacy_rename" => no_renaming;
    /// Legacy groups are always there.
    LegacyDelete = "legacy_delete" =>
        "Remove its members in the provider, or make it a user group with `provost legacy plan` \
         and `convert` first.";
    /// Another connection manages it and `adopt_existing` is `refuse`.
    ManagedElsewhere = "managed_elsewhere" =>
        "Take it out of this provider's scope, or run `provost connection set NAME \
         --adopt-existing adopt` to let this connection take it over.";
    /// The change would leave the account without an effective Super Administrator.
    LastSuperAdministrator = "last_super_administrator" => other_super_administrator;
    /// The change would leave the box without an operator who may administer it.
    LastBoxAdministrator = "last_box_administrator" =>
        "Make another operator a server administrator with `provost admin create` first.";
    /// An operator's member is nobody's but the console's.
    MemberOfOperator = "member_of_operator" =>
        "Take the person out of this provider's scope, or let it match by another userName: this \
         member belongs to an operator of the console.";
    /// A setup or recovery link that is no good (any more).
    LinkUnknown = "link_unknown" =>
        "Make a new link with `provost setup-link` or `provost admin recover`.";
    /// Name and password, or the code of the second factor, don't belong together.
    SignInRefused = "sign_in_refused" =>
        "Enter name and password again, or have a link made with `provost admin recover`.";
    /// A form without its token, or one that another site sent.
    CrossSite = "cross_site" =>
        "Open the page again and send its form from there.";
    /// The password has to be given again first.
    ConfirmationNeeded = "confirmation_needed" =>
        "Give the password again and repeat the action.";
    /// A second factor has to be set up first.
    FactorNeeded = "factor_needed" =>
        "Set up an authenticator at the console, under Your account > Second factor.";
    /// Operators would change their own roles, or keep themselves out.
    OwnRoles = "own_roles" =>
        "Let another Super Administrator make the change.";
    /// A role would be given that the caller does not hold.
    RoleNotHeld = "role_not_held" =>
        "Let somebody who holds the role give it, or use a token made with `--template admin`.";
    /// A provider manages the record: its name, members and existence are changed there.
    ManagedByProvider = "managed_by_provider" =>
        "Change it in the provider, which manages it; only its policies are changed here.";
    /// A policy names a role that the account has not.
    UnknownRole = "unknown_role" =>
        "Choose a role that `provost role list` shows.";
    /// A policy names a resource group, or a resource group a domain, that the account has not.
    UnknownResourceGroup = "unknown_resource_group" =>
        "Choose a resource group or domain of this account.";
    /// A role is given on something it can't apply to.
    RoleScope = "role_scope" =>
        "Give roles of the account on the whole account, and roles of domains on domains.";
    /// Something still names what is to be removed.
    InUse = "in_use" =>
        "Take it out of what the detail names first.";
    /// Something that a migration's plan stands on changed.
    PlanStale = "plan_stale" =>
        "Make the plan again with `provost legacy plan`, look at it, and convert that one.";
    /// A plan has groups to be decided of, or names that clash.
    PlanUnready = "plan_unready" =>
        "Decide what the plan asks for with `provost legacy plan --map FILE`.";
    /// Somebody would gain or lose access by a migration, and nobody said that it may be.
    AccessChanges = "access_changes" =>
        "Look at the people that the plan lists, and confirm each, or decide otherwise.";
    /// A migration is further than what is asked of it, or something was changed since.
    MigrationState = "migration_state" =>
        "Look at the migration with `provost legacy verify RUN`.";
    UpnEmailMismatch = "upn_email_mismatch" =>
        "Map userName and the primary work address to the same attribute, letter case \
         included, or run `provost connection set NAME --strict-upn-email off`.";
    /// A group's member list names somebody who is not in the account.
    UnknownMember = "unknown_member" => assign_first;
    InvalidValue = "invalid_value" =>
        "Correct the attribute mapping that the detail names.";
    InvalidSyntax = "invalid_syntax" =>
        "Correct the attribute mapping that the detail names.";
    InvalidFilter = "invalid_filter" =>
        "Use a filter on the attributes that /Schemas announces, with text in double quotes.";
    /// The path of a PATCH operation is no path.
    PathUnreadable = "path_unreadable" =>
        "Correct the path in the attribute mapping as the detail says; brackets and double quotes \
         in it have to be closed.";
    InvalidPath = "invalid_path" =>
        "Remove the mapping to an attribute that is not announced by /Schemas.";
    NoTarget = "no_target" =>
        "Correct the attribute mapping that the detail names.";
    InvalidCursor = "invalid_cursor" =>
        "Read the list again from its first page, with the same parameters on every page.";
    InvalidCount = "invalid_count" =>
        "Send the same count, a whole number, with every page of a list.";
    Mutability = "mutability" =>
        "Remove the mapping: the attribute is read-only here.";
    /// What an operation of a bulk request refers to is not in the request, or failed.
    BulkReference = "bulk_reference" =>
        "Correct the operation of the same request that the detail names; this one succeeds \
         when that one does.";
    /// If-Match names a version that is no longer the current one.
    Stale = "stale" =>
        "Read the record again and repeat the change.";
    TooMany = "too_many" =>
        "Send the change in smaller parts.";
    TooLarge = "too_large" =>
        "Send the change in smaller parts.";
    MediaType = "media_type" =>
        "Send the body as application/scim+json.";
    ContentEncoding = "content_encoding" =>
        "Switch compression of requests off in the client.";
    BadRequest = "bad_request" =>
        "Correct the request as the detail says.";
    MethodNotAllowed = "method_not_allowed" =>
        "Check the base URL that `provost connection values` prints against the provider's \
         setting.";
    RouteUnknown = "route_unknown" =>
        "Check the base URL that `provost connection values` prints against the provider's \
         setting.";
    /// The body came too slowly, or the request ran into its deadline.
    Timeout = "timeout" =>
        "Nothing to do if it passes; else look at the network between the provider and \
         Provost.";
    Unsupported = "unsupported" =>
        "Check the base URL that `provost connection values` prints against the provider's \
         setting.";
    /// The server does not write: the integrity check or the disk failed.
    ReadOnly = "read_only" =>
        "Run `provost db check`, and restore the newest good backup if it fails.";
    StorageFull = "storage_full" =>
        "Free space on the disk of the data folder; writing goes on by itself.";
    Internal = "internal" =>
        "Look the request id up in the server's log and report it.";
}

/// A new token, and where that provider takes it.
fn new_token(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Make a token with `provost token create` and paste it into Provisioning > \
             Integration > API Token in Okta."
        }
        ProviderKind::Entra => {
            "Make a token with `provost token create` and paste it as Secret Token under \
             Provisioning > Admin Credentials in Entra, then Test Connection."
        }
        ProviderKind::Authentik => {
            "Make a token with `provost token create` and set it as Token of the SCIM provider in \
             authentik."
        }
        ProviderKind::Generic => {
            "Make a token with `provost token create` and give it to the client as its bearer \
             token."
        }
    }
}

/// Lets the provider forget what it knew of the record.
fn match_anew(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "It is gone here: unassign and assign the person again in Okta, or unlink and push \
             the group again."
        }
        ProviderKind::Entra => {
            "It is gone here: Restart provisioning in Entra, or provision the object on demand, \
             so that it is matched anew."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "It is gone here: let the provider run a full sync, so that it is matched or created \
             anew."
        }
    }
}

/// Away from the prefix.
fn other_name(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Rename the group in Okta, or push it under another name; the prefix is kept for \
             legacy role groups, which grant roles while the legacy mapping is on."
        }
        ProviderKind::Entra => {
            "Rename the group in Entra, or map displayName to an expression without the prefix; \
             it is kept for legacy role groups, which grant roles while the legacy mapping is on."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "Rename the group in the provider; the prefix is kept for legacy role groups, which \
             grant roles while the legacy mapping is on."
        }
    }
}

/// As it was before the migration.
fn old_name_back(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Give the group its old name back in Okta, as the detail has it, or convert it again \
             with `provost legacy plan` and `convert`."
        }
        ProviderKind::Entra => {
            "Give the group its old name back in Entra, as the detail has it, or convert it again \
             with `provost legacy plan` and `convert`."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "Give the group its old name back in the provider, as the detail has it, or convert \
             it again with `provost legacy plan` and `convert`."
        }
    }
}

/// Its own name, or the way to another.
fn no_renaming(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Switch Rename groups off under Push Groups > Settings in Okta, or make it a user \
             group with `provost legacy plan` and `convert`; then it may be renamed."
        }
        ProviderKind::Entra => {
            "Give the group its old name back in Entra, or make it a user group with `provost \
             legacy plan` and `convert`; then it may be renamed."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "Give the group its old name back in the provider, or make it a user group with \
             `provost legacy plan` and `convert`; then it may be renamed."
        }
    }
}

/// Somebody else first.
fn other_super_administrator(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Give another active member the role \"Super Administrator - All Privileges\" in \
             Provost, or add one to the pushed group, then repeat the change in Okta."
        }
        ProviderKind::Entra => {
            "Give another active member the role \"Super Administrator - All Privileges\" in \
             Provost, or add one to the provisioned group; Entra repeats the change by itself."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "Give another active member the role \"Super Administrator - All Privileges\" in \
             Provost first, then let the provider sync again."
        }
    }
}

/// People before their groups.
fn assign_first(kind: ProviderKind) -> &'static str {
    match kind {
        ProviderKind::Okta => {
            "Assign the person to the application first: only people who were provisioned can be \
             in a group."
        }
        ProviderKind::Entra => {
            "Assign the person (or the group they are in) to the enterprise application first; \
             the next cycle adds them to the group."
        }
        ProviderKind::Authentik | ProviderKind::Generic => {
            "Provision the person first: a group takes only members of this account."
        }
    }
}

impl Reason {
    /// Whether the token itself was no good: it let nobody in.
    pub fn is_of_credential(self) -> bool {
        matches!(
            self,
            Self::TokenExpired
                | Self::TokenReplaced
                | Self::TokenNotYetValid
                | Self::TokenDisabled
                | Self::TokenAddress
        )
    }

    /// Whether what is accepted later for the same group, of the same connection, leaves nobody
    /// anything to do: its name was refused, which may have been asked for again, or everything was
    /// for a while, and whoever hears that tries again.
    pub fn is_settled_by_next(self) -> bool {
        self.is_of_group_name() || matches!(self, Self::ConnectionPaused)
    }

    /// Whether it was the name of a group that was refused: what is accepted later for the same
    /// group may have asked again for it.
    pub fn is_of_group_name(self) -> bool {
        matches!(
            self,
            Self::GroupNameTaken
                | Self::ReservedPrefix
                | Self::LegacyName
                | Self::LegacyRename
                | Self::LegacyPutBack
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_found_again() {
        for &reason in Reason::ALL {
            assert_eq!(Reason::from_code(reason.code()), Some(reason));
        }
    }

    #[test]
    fn every_reason_has_a_fix_for_every_provider() {
        for &reason in Reason::ALL {
            for kind in ProviderKind::ALL {
                let fix = reason.fix(kind);
                assert!(fix.ends_with('.'), "{fix}");
            }
        }
    }
}
