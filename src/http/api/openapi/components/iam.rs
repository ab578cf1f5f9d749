//! The shapes of members, roles, policies and groups.

use crate::http::api::openapi::schema::Schema::{
    Any, Boolean, Either, Enum, Id, Integer, List, Map, Nullable, Object, Ref, Text, Time,
};
use crate::http::api::openapi::schema::{Schema, always, maybe};

pub(in crate::http::api::openapi) const ALL: &[(&str, Schema)] = &[
    ("Role", ROLE),
    ("NewRole", NEW_ROLE),
    ("RoleUpdate", ROLE_UPDATE),
    ("PermissionGroup", PERMISSION_GROUP),
    ("ResourceGroup", RESOURCE_GROUP),
    ("ResourceScope", RESOURCE_SCOPE),
    ("NewResourceGroup", NEW_RESOURCE_GROUP),
    ("ResourceGroupUpdate", RESOURCE_GROUP_UPDATE),
    ("Policy", POLICY),
    ("NewPolicy", NEW_POLICY),
    ("Person", PERSON),
    ("Member", MEMBER),
    ("NewMember", NEW_MEMBER),
    ("MemberUpdate", MEMBER_UPDATE),
    ("UserGroup", USER_GROUP),
    ("NewUserGroup", NEW_USER_GROUP),
    ("UserGroupUpdate", USER_GROUP_UPDATE),
    ("GroupMember", GROUP_MEMBER),
    ("GroupMembers", GROUP_MEMBERS),
    ("Domain", NAMED),
    ("NewDomain", NEW_DOMAIN),
    ("SsoConnector", SSO_CONNECTOR),
    ("NewSsoConnector", NEW_SSO_CONNECTOR),
    ("SsoConnectorUpdate", SSO_CONNECTOR_UPDATE),
    ("AccessPath", ACCESS_PATH),
    ("EffectiveRole", EFFECTIVE_ROLE),
    ("MemberPermissions", MEMBER_PERMISSIONS),
    ("Explanation", EXPLANATION),
    ("RoleHolder", ROLE_HOLDER),
    ("PreviewedRequest", PREVIEWED_REQUEST),
    ("Difference", DIFFERENCE),
];

const KEY: Schema = Object(&[
    always("read", Boolean),
    always("write", Boolean),
    always("edit", Boolean),
]);

/// The twelve keys.
pub(super) const PERMISSIONS: Schema = Object(&[
    always("analytics", KEY),
    always("billing", KEY),
    always("cache_purge", KEY),
    always("dns", KEY),
    always("dns_records", KEY),
    always("lb", KEY),
    always("logs", KEY),
    always("organization", KEY),
    always("ssl", KEY),
    always("waf", KEY),
    always("zone_settings", KEY),
    always("zones", KEY),
]);

const ROLE: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("description", Text),
    always("permissions", PERMISSIONS),
    always("permission_group", Object(&[always("id", Id)])),
    always("scope", Enum(&["account", "domains", "resource"])),
    always("editable", Boolean),
    always("hidden", Boolean),
    always("resource_permissions", List(&Text)),
]);

const NEW_ROLE: Schema = Object(&[
    always("name", Text),
    maybe("description", Text),
    maybe("scope", Enum(&["account", "domains"])),
    maybe("resource_permissions", List(&Text)),
]);

const ROLE_UPDATE: Schema = Object(&[
    maybe("name", Text),
    maybe("description", Text),
    maybe("scope", Enum(&["account", "domains"])),
    maybe("resource_permissions", List(&Text)),
    maybe("hidden", Boolean),
]);

const PERMISSION_GROUP: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("status", Text),
    always(
        "meta",
        Object(&[
            always("label", Text),
            always("scopes", Text),
            always("description", Text),
            always("editable", Enum(&["true", "false"])),
            always("category", Text),
        ]),
    ),
    maybe("created_on", Time),
    maybe("modified_on", Time),
]);

const RESOURCE_SCOPE: Schema = Object(&[
    always("key", Text),
    always(
        "objects",
        List(&Object(&[always("key", Text), maybe("name", Text)])),
    ),
]);

const RESOURCE_GROUP: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always(
        "meta",
        Object(&[
            always("editable", Enum(&["true", "false"])),
            maybe("adhoc", Enum(&["true"])),
        ]),
    ),
    always("scope", Ref("ResourceScope")),
]);

const NEW_RESOURCE_GROUP: Schema =
    Object(&[always("name", Text), always("scope", Ref("ResourceScope"))]);

const RESOURCE_GROUP_UPDATE: Schema =
    Object(&[maybe("name", Text), maybe("scope", Ref("ResourceScope"))]);

const POLICY: Schema = Object(&[
    always("id", Id),
    always("access", Enum(&["allow", "deny"])),
    always("permission_groups", List(&Ref("PermissionGroup"))),
    always("resource_groups", List(&Ref("ResourceGroup"))),
]);

const NEW_POLICY: Schema = Object(&[
    maybe("id", Text),
    always("access", Enum(&["allow", "deny"])),
    always("permission_groups", List(&Object(&[always("id", Id)]))),
    always(
        "resource_groups",
        List(&Either(&[
            Object(&[always("id", Id)]),
            Object(&[always("scope", Ref("ResourceScope"))]),
        ])),
    ),
]);

const PERSON: Schema = Object(&[
    always("id", Id),
    always("email", Text),
    always("first_name", Nullable(&Text)),
    always("last_name", Nullable(&Text)),
    always("two_factor_authentication_enabled", Boolean),
]);

const MEMBER: Schema = Object(&[
    always("id", Id),
    always("email", Text),
    always("status", Enum(&["accepted", "pending"])),
    always("user", Ref("Person")),
    always("roles", List(&Ref("Role"))),
    always("policies", List(&Ref("Policy"))),
    always("api_access_enabled", Nullable(&Boolean)),
    always("managed_by", Nullable(&Id)),
]);

const NEW_MEMBER: Schema = Object(&[
    always("email", Text),
    maybe("status", Enum(&["accepted", "pending"])),
    maybe("roles", List(&Id)),
    maybe("policies", List(&Ref("NewPolicy"))),
]);

const MEMBER_UPDATE: Schema = Object(&[
    maybe("status", Enum(&["accepted", "pending"])),
    maybe("roles", List(&Either(&[Id, Object(&[always("id", Id)])]))),
    maybe("policies", List(&Ref("NewPolicy"))),
]);

const USER_GROUP: Schema = Object(&[
    always("id", Id),
    always("name", Text),
    always("status", Text),
    always("created_on", Time),
    always("modified_on", Time),
    always("policies", List(&Ref("Policy"))),
    always("member_count", Integer),
    always("managed_by", Nullable(&Id)),
]);

const NEW_USER_GROUP: Schema = Object(&[
    always("name", Text),
    maybe("policies", List(&Ref("NewPolicy"))),
]);

const USER_GROUP_UPDATE: Schema = Object(&[
    maybe("name", Text),
    maybe("policies", List(&Ref("NewPolicy"))),
]);

const GROUP_MEMBER: Schema = Object(&[
    always("id", Id),
    always("email", Text),
    always("status", Enum(&["accepted", "pending"])),
    maybe("created_at", Time),
    maybe("user", Ref("Person")),
]);

const GROUP_MEMBERS: Schema = List(&Object(&[always("id", Id)]));

const SSO_CONNECTOR: Schema = Object(&[
    always("id", Id),
    always("email_domain", Text),
    always("enabled", Boolean),
    always("use_fedramp_language", Boolean),
    always(
        "verification",
        Object(&[
            always("code", Text),
            always(
                "status",
                Enum(&["awaiting", "pending", "failed", "verified"]),
            ),
        ]),
    ),
    always("created_on", Time),
    always("updated_on", Time),
]);

const NEW_SSO_CONNECTOR: Schema = Object(&[
    always("email_domain", Text),
    maybe("begin_verification", Boolean),
    maybe("use_fedramp_language", Boolean),
]);

const SSO_CONNECTOR_UPDATE: Schema = Object(&[
    maybe("enabled", Boolean),
    maybe("use_fedramp_language", Boolean),
]);

const MEMBER_NAMED: Schema = Object(&[
    always("id", Id),
    always("user_id", Id),
    always("user_name", Text),
    always("state", Enum(&["active", "pending", "inactive"])),
]);

const NAMED: Schema = Object(&[always("id", Id), always("name", Text)]);

const NEW_DOMAIN: Schema = Object(&[maybe("id", Id), always("name", Text)]);

const ACCESS_PATH: Schema = Object(&[
    always("access", Enum(&["allow", "deny"])),
    always("policy", Object(&[always("id", Id)])),
    always(
        "via",
        Object(&[
            always("type", Enum(&["direct", "group"])),
            maybe("group", NAMED),
            maybe("managed_by", Nullable(&NAMED)),
            maybe("added_by", Nullable(&NAMED)),
            maybe("added_on", Time),
        ]),
    ),
    always("resource_groups", List(&Ref("ResourceGroup"))),
]);

const EFFECTIVE_SCOPE: Schema = Object(&[
    always("type", Enum(&["nothing", "account", "domains"])),
    maybe("except", List(&NAMED)),
    maybe("domains", List(&NAMED)),
]);

const EFFECTIVE_ROLE: Schema = Object(&[
    always("permission_group", NAMED),
    always("effective", Boolean),
    always("scope", EFFECTIVE_SCOPE),
    always("allows", List(&Ref("AccessPath"))),
    always("denies", List(&Ref("AccessPath"))),
    always("removal", List(&Map(&Any))),
]);

const MEMBER_PERMISSIONS: Schema = Object(&[
    always("member", MEMBER_NAMED),
    always("roles", List(&Ref("EffectiveRole"))),
]);

const EXPLANATION: Schema = Object(&[
    always("member", MEMBER_NAMED),
    always("role", NAMED),
    always("effective", Boolean),
    always("why_not", Nullable(&Text)),
    always("paths", Nullable(&Ref("EffectiveRole"))),
    always("groups", List(&NAMED)),
]);

const ROLE_HOLDER: Schema = Object(&[
    always("member", MEMBER_NAMED),
    always("permission_group", NAMED),
    always("effective", Boolean),
    always("scope", EFFECTIVE_SCOPE),
    always("allows", List(&Ref("AccessPath"))),
    always("denies", List(&Ref("AccessPath"))),
    always("removal", List(&Map(&Any))),
]);

const PREVIEWED_REQUEST: Schema = Object(&[
    always("method", Enum(&["POST", "PUT", "DELETE"])),
    always("path", Text),
    maybe("body", Any),
]);

const ROLE_ON: Schema = Object(&[
    always("permission_group", NAMED),
    always("scope", EFFECTIVE_SCOPE),
]);

const DIFFERENCE: Schema = Object(&[
    always("member", MEMBER_NAMED),
    always("gained", List(&ROLE_ON)),
    always("lost", List(&ROLE_ON)),
    always("permissions_gained", List(&Text)),
    always("permissions_lost", List(&Text)),
]);
