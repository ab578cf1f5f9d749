//! The shapes that have a name.

pub(super) mod iam;
pub(super) mod legacy;

use super::schema::Schema::{
    Any, Boolean, Either, Enum, Id, Integer, List, Map, Nullable, Object, Ref, Text, Time,
};
use super::schema::{Schema, always, maybe};

/// All of them.
pub(super) fn all() -> impl Iterator<Item = &'static (&'static str, Schema)> {
    ALL.iter().chain(iam::ALL).chain(legacy::ALL)
}

const ALL: &[(&str, Schema)] = &[
    ("Message", MESSAGE),
    ("Failure", FAILURE),
    ("PageInfo", PAGE_INFO),
    ("CursorInfo", CURSOR_INFO),
    ("Deleted", Object(&[always("id", Id)])),
    ("Account", ACCOUNT),
    ("AccountUpdate", ACCOUNT_UPDATE),
    ("AddressCondition", ADDRESS_CONDITION),
    ("Token", Object(TOKEN)),
    ("IssuedToken", ISSUED_TOKEN),
    ("NewToken", NEW_TOKEN),
    ("NewTokenPolicy", NEW_TOKEN_POLICY),
    ("TokenPolicy", TOKEN_POLICY),
    ("TokenResources", TOKEN_RESOURCES),
    ("TokenPermissionGroup", TOKEN_PERMISSION_GROUP),
    ("VerifiedToken", VERIFIED_TOKEN),
    ("User", USER),
    ("UserUpdate", USER_UPDATE),
    ("Membership", MEMBERSHIP),
    (
        "MembershipUpdate",
        Object(&[always("status", Enum(&["accepted", "rejected"]))]),
    ),
    ("AuditEntry", AUDIT_ENTRY),
    ("ProductCategory", PRODUCT_CATEGORY),
    ("LegacyAuditEntry", LEGACY_AUDIT_ENTRY),
    ("ProvisioningEntry", PROVISIONING_ENTRY),
    ("Connection", CONNECTION),
    ("ConnectionHealth", CONNECTION_HEALTH),
];

const MESSAGE: Schema = Object(&[
    always("code", Integer),
    always("message", Text),
    maybe("source", Object(&[maybe("pointer", Text)])),
]);

const FAILURE: Schema = Object(&[
    always("success", Boolean),
    always("errors", List(&Ref("Message"))),
    always("messages", List(&Ref("Message"))),
    always("result", Nullable(&Object(&[]))),
]);

const PAGE_INFO: Schema = Object(&[
    always("page", Integer),
    always("per_page", Integer),
    always("count", Integer),
    always("total_count", Integer),
    always("total_pages", Integer),
]);

const CURSOR_INFO: Schema = Object(&[
    always("count", Text),
    maybe("cursor", Text),
    maybe("cursors", Object(&[maybe("after", Text)])),
    maybe(
        "history_status",
        Enum(&["exact", "approximate", "unavailable"]),
    ),
]);

const ACCOUNT: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("type", Enum(&["standard", "enterprise"])),
    always("created_on", Time),
    always(
        "settings",
        Object(&[
            always("abuse_contact_email", Nullable(&Text)),
            always("enforce_twofactor", Boolean),
        ]),
    ),
]);

const ACCOUNT_UPDATE: Schema = Object(&[
    maybe("id", Id),
    always("name", Text),
    maybe("type", Text),
    maybe("settings", Any),
]);

const ADDRESS_CONDITION: Schema = Object(&[maybe(
    "request_ip",
    Object(&[maybe("in", List(&Text)), maybe("not_in", List(&Text))]),
)]);

const TOKEN: &[super::schema::Field] = &[
    always("id", Id),
    always("name", Text),
    always("status", Enum(&["active", "disabled", "expired"])),
    always("policies", List(&Ref("TokenPolicy"))),
    maybe("condition", Ref("AddressCondition")),
    always("issued_on", Time),
    always("modified_on", Time),
    maybe("last_used_on", Time),
    maybe("expires_on", Time),
    maybe("not_before", Time),
];

/// As a token, and its secret, this once.
const ISSUED_TOKEN: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("status", Enum(&["active", "disabled", "expired"])),
    always("policies", List(&Ref("TokenPolicy"))),
    maybe("condition", Ref("AddressCondition")),
    always("issued_on", Time),
    always("modified_on", Time),
    maybe("expires_on", Time),
    maybe("not_before", Time),
    always("value", Text),
]);

const NEW_TOKEN: Schema = Object(&[
    always("name", Text),
    always("policies", List(&Ref("NewTokenPolicy"))),
    maybe("condition", Nullable(&Ref("AddressCondition"))),
    maybe("status", Enum(&["active", "disabled", "expired"])),
    maybe("expires_on", Nullable(&Time)),
    maybe("not_before", Nullable(&Time)),
]);

const NEW_TOKEN_POLICY: Schema = Object(&[
    maybe("id", Text),
    always("effect", Enum(&["allow", "deny"])),
    always("permission_groups", List(&Object(&[always("id", Id)]))),
    always("resources", Ref("TokenResources")),
]);

const TOKEN_POLICY: Schema = Object(&[
    always("id", Id),
    always("effect", Enum(&["allow", "deny"])),
    always(
        "permission_groups",
        List(&Object(&[always("id", Id), maybe("name", Text)])),
    ),
    always("resources", Ref("TokenResources")),
]);

const TOKEN_RESOURCES: Schema = Map(&Either(&[Text, Map(&Text)]));

const TOKEN_PERMISSION_GROUP: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always(
        "scopes",
        List(&Enum(&[
            "com.cloudflare.api.account",
            "com.cloudflare.api.account.zone",
            "com.cloudflare.api.user",
            "com.cloudflare.edge.r2.bucket",
        ])),
    ),
    always(
        "category",
        Enum(&[
            "developer_platform",
            "ai_and_machine_learning",
            "dns_and_zones",
            "app_security",
            "rules_and_configuration",
            "cloudflare_one_and_zero_trust",
            "analytics_and_logs",
            "network_services",
            "media",
            "email_and_messaging",
            "cache_and_performance",
            "account_and_billing",
            "other",
        ]),
    ),
    always("is_selectable", Boolean),
]);

const VERIFIED_TOKEN: Schema = Object(&[
    always("id", Id),
    always("status", Enum(&["active", "disabled", "expired"])),
    maybe("expires_on", Time),
    maybe("not_before", Time),
]);

const USER: Schema = Object(&[
    always("id", Id),
    always("email", Text),
    always("first_name", Nullable(&Text)),
    always("last_name", Nullable(&Text)),
    always("telephone", Nullable(&Text)),
    always("country", Nullable(&Text)),
    always("zipcode", Nullable(&Text)),
    always("suspended", Boolean),
    always("two_factor_authentication_enabled", Boolean),
    always("two_factor_authentication_locked", Boolean),
    always("has_pro_zones", Boolean),
    always("has_business_zones", Boolean),
    always("has_enterprise_zones", Boolean),
    always("betas", List(&Text)),
    always(
        "organizations",
        List(&Object(&[
            always("id", Id),
            always("name", Text),
            always("permissions", List(&Text)),
            always("roles", List(&Text)),
            always("status", Enum(&["member", "invited"])),
        ])),
    ),
]);

const USER_UPDATE: Schema = Object(&[
    maybe("first_name", Nullable(&Text)),
    maybe("last_name", Nullable(&Text)),
]);

const MEMBERSHIP: Schema = Object(&[
    always("id", Id),
    always("account", Ref("Account")),
    always("status", Enum(&["accepted", "pending", "rejected"])),
    always("roles", List(&Text)),
    always("permissions", iam::PERMISSIONS),
    // Of one alone, not in the list.
    maybe("policies", List(&Ref("Policy"))),
    always("api_access_enabled", Nullable(&Boolean)),
]);

const AUDIT_ENTRY: Schema = Object(&[
    always("id", Id),
    always("account", Object(&[always("id", Id), always("name", Text)])),
    always(
        "action",
        Object(&[
            always("description", Text),
            always("result", Enum(&["success", "failure"])),
            always("time", Time),
            always("type", Enum(&["create", "delete", "update", "view"])),
        ]),
    ),
    always(
        "actor",
        Object(&[
            always("id", Text),
            always(
                "type",
                Enum(&[
                    "account",
                    "cloudflare_admin",
                    "delegated_service",
                    "system",
                    "user",
                ]),
            ),
            always(
                "context",
                Enum(&[
                    "api",
                    "api_key",
                    "api_token",
                    "dash",
                    "oauth",
                    "origin_ca_key",
                ]),
            ),
            maybe("email", Text),
            maybe("ip_address", Text),
            maybe("token_id", Id),
            maybe("token_name", Text),
        ]),
    ),
    always(
        "raw",
        Object(&[
            always("cf_ray_id", Id),
            always("method", Text),
            maybe("status_code", Integer),
            always("uri", Text),
            always("user_agent", Text),
        ]),
    ),
    always(
        "resource",
        Object(&[
            always("id", Text),
            always("name", Text),
            always("product", Text),
            always("type", Text),
            always("scope", Any),
            always("request", Any),
            always("response", Any),
        ]),
    ),
    // What is this server's own.
    always(
        "provost",
        Object(&[
            maybe("connection", Text),
            maybe("token_secret", Text),
            maybe("member", Id),
            maybe("session", Text),
            maybe("why", Text),
        ]),
    ),
]);

const PRODUCT_CATEGORY: Schema = Object(&[
    always("value", Text),
    always("label", Text),
    always(
        "products",
        List(&Object(&[always("value", Text), always("label", Text)])),
    ),
]);

const LEGACY_AUDIT_ENTRY: Schema = Object(&[
    always("id", Id),
    always("when", Time),
    always(
        "action",
        Object(&[
            always("type", Text),
            always("result", Boolean),
            always("info", Text),
        ]),
    ),
    always(
        "actor",
        Object(&[
            always("id", Text),
            always("email", Nullable(&Text)),
            always("ip", Nullable(&Text)),
            always("type", Enum(&["user", "admin", "Cloudflare"])),
        ]),
    ),
    always("interface", Text),
    always("metadata", Any),
    always("newValue", Text),
    always("oldValue", Text),
    always("owner", Object(&[always("id", Id)])),
    always(
        "resource",
        Object(&[always("id", Text), always("type", Text)]),
    ),
]);

const PROVISIONING_ENTRY: Schema = Object(&[
    always("id", Text),
    always("time", Time),
    always(
        "connection",
        Nullable(&Object(&[
            always("id", Id),
            always("name", Text),
            always("kind", Text),
        ])),
    ),
    always("token_id", Nullable(&Id)),
    always("request_id", Id),
    always("method", Text),
    always("uri", Text),
    always("ip_address", Nullable(&Text)),
    always(
        "target",
        Object(&[
            always("type", Text),
            always("id", Text),
            always("name", Text),
        ]),
    ),
    always(
        "outcome",
        Enum(&["applied", "unchanged", "refused", "failed"]),
    ),
    always("status_code", Integer),
    always("scim_type", Text),
    always("reason", Nullable(&Text)),
    always("detail", Text),
    always("fix", Nullable(&Text)),
    always("changes", List(&Text)),
    always("duration_us", Integer),
]);

const CONNECTION: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("kind", Enum(&["okta", "entra", "authentik", "generic"])),
    always("paused", Boolean),
    always("built_in", Boolean),
    always("created_on", Time),
    always(
        "settings",
        Object(&[
            always("strict_upn_email", Boolean),
            always("attribute_updates", Enum(&["store", "ignore"])),
            always("adopt_existing", Enum(&["adopt", "refuse"])),
            always("require_sso_domain", Boolean),
            always("brake", Text),
        ]),
    ),
    maybe("health", Ref("ConnectionHealth")),
]);

const CONNECTION_HEALTH: Schema = Object(&[
    always("last_request_on", Nullable(&Time)),
    always("last_write_on", Nullable(&Time)),
    always("error_per_mille", Nullable(&Integer)),
    always("held", Integer),
    always("held_since", Nullable(&Time)),
    always(
        "hours",
        List(&Object(&[
            always("reads", Integer),
            always("writes", Integer),
            always("refused", Integer),
            always("failed", Integer),
            always("held", Integer),
        ])),
    ),
]);
