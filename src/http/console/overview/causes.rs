//! Why providers were refused, in as few words as a heading has room for.

use crate::domain::reason::Reason;
use crate::http::console::words::t;

/// Each has words of its own, so that headings tell two causes apart.
pub fn cause(reason: Reason) -> String {
    let words = plain(reason).or_else(|| refusal(reason));
    words.map_or_else(|| protocol(reason), str::to_owned)
}

/// The words for what an administrator knows; `None` for what is wrong with the request or the
/// server, of which a detail says more.
pub fn plain(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::UserNameTaken => t("cause.user_name_taken"),
        Reason::GroupNameTaken => t("cause.group_name_taken"),
        Reason::ExternalIdTaken => t("cause.external_id_taken"),
        Reason::ReservedPrefix => t("cause.reserved_prefix"),
        Reason::LegacyName => t("cause.legacy_name"),
        Reason::LegacyPutBack => t("cause.legacy_put_back"),
        Reason::LegacyRename => t("cause.legacy_rename"),
        Reason::LegacyDelete => t("cause.legacy_delete"),
        Reason::ManagedElsewhere => t("cause.managed_elsewhere"),
        Reason::LastSuperAdministrator => t("cause.last_super"),
        Reason::MemberOfOperator => t("cause.member_of_operator"),
        Reason::UpnEmailMismatch => t("cause.upn_email_mismatch"),
        Reason::SsoDomainMissing => t("cause.sso_domain_missing"),
        Reason::UnknownMember => t("cause.unknown_member"),
        Reason::BrakeDiscarded => t("cause.brake_discarded"),
        Reason::PermissionMissing => t("cause.permission_missing"),
        Reason::ConnectionPaused => t("cause.connection_paused"),
        Reason::NotFound => t("cause.not_found"),
        _ => return None,
    })
}

/// What people at the console, and tokens, are refused for; a provider meets none of it.
fn refusal(reason: Reason) -> Option<&'static str> {
    Some(match reason {
        Reason::ConfirmationNeeded => t("cause.confirmation_needed"),
        Reason::CrossSite => t("cause.cross_site"),
        Reason::FactorNeeded => t("cause.factor_needed"),
        Reason::LastBoxAdministrator => t("cause.last_box"),
        Reason::ManagedByProvider => t("cause.managed_by_provider"),
        Reason::OwnRoles => t("cause.own_roles"),
        Reason::RoleNotHeld => t("cause.role_not_held"),
        Reason::TokenAddress => t("cause.token_address"),
        Reason::TokenReplaced => t("cause.token_replaced"),
        _ => return None,
    })
}

/// What is wrong with the request itself, or with the server.
fn protocol(reason: Reason) -> String {
    let words = match reason {
        Reason::InvalidValue => t("cause.invalid_value"),
        Reason::InvalidSyntax => t("cause.invalid_syntax"),
        Reason::InvalidFilter => t("cause.invalid_filter"),
        Reason::PathUnreadable => t("cause.path_unreadable"),
        Reason::InvalidPath => t("cause.invalid_path"),
        Reason::NoTarget => t("cause.no_target"),
        Reason::Mutability => t("cause.mutability"),
        Reason::InvalidCursor => t("cause.invalid_cursor"),
        Reason::InvalidCount => t("cause.invalid_count"),
        Reason::BulkReference => t("cause.bulk_reference"),
        Reason::Stale => t("cause.stale"),
        Reason::TooMany => t("cause.too_many"),
        Reason::TooLarge => t("cause.too_large"),
        Reason::MediaType => t("cause.media_type"),
        Reason::ContentEncoding => t("cause.content_encoding"),
        Reason::BadRequest => t("cause.bad_request"),
        Reason::MethodNotAllowed => t("cause.method_not_allowed"),
        Reason::RouteUnknown => t("cause.route_unknown"),
        Reason::Timeout => t("cause.timeout"),
        Reason::Unsupported => t("cause.unsupported"),
        Reason::RateLimited => t("cause.rate_limited"),
        Reason::Busy => t("cause.busy"),
        Reason::ReadOnly => t("cause.read_only"),
        Reason::StorageFull => t("cause.storage_full"),
        Reason::Internal => t("cause.internal"),
        // Told by its code where somebody asks for it: no row has it for a cause.
        other => return other.code().replace('_', " "),
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_causes_are_called_the_same() {
        let all: BTreeSet<String> = Reason::ALL.iter().map(|reason| cause(*reason)).collect();
        assert_eq!(all.len(), Reason::ALL.len());
        assert!(all.iter().all(|words| !words.is_empty()), "{all:?}");
    }
}
