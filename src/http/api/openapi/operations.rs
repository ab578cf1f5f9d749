//! What each route takes and gives.

use super::schema::Schema::{self, Boolean, Enum, Integer, Ref, Text};

/// One route, as the description shows it.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: &'static [&'static [Parameter]],
    pub(super) body: Option<Schema>,
    pub(super) answer: Answer,
}

/// The `result` of an answer.
pub(super) enum Answer {
    One(Schema),
    /// A list by page number.
    Page(Schema),
    /// A list in one piece.
    Whole(Schema),
    /// A list by cursor.
    Cursor(Schema),
    /// The envelope without a result.
    Nothing,
    /// This description.
    Document,
}

/// A parameter of the query.
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) schema: Schema,
    pub(super) required: bool,
}

const fn may(name: &'static str, schema: Schema) -> Parameter {
    Parameter {
        name,
        schema,
        required: false,
    }
}

const fn must(name: &'static str, schema: Schema) -> Parameter {
    Parameter {
        name,
        schema,
        required: true,
    }
}

const PAGE: &[Parameter] = &[may("page", Integer), may("per_page", Integer)];
const NAME: &[Parameter] = &[may("name", Text)];
const DIRECTION: &[Parameter] = &[may("direction", Enum(&["asc", "desc"]))];
const MEMBERS: &[Parameter] = &[
    may(
        "order",
        Enum(&["user.first_name", "user.last_name", "user.email", "status"]),
    ),
    may("status", Enum(&["accepted", "pending", "rejected"])),
];
const SPAN: &[Parameter] = &[
    must("since", Text),
    must("before", Text),
    may("cursor", Text),
    may("limit", Integer),
    may("product_category", Schema::List(&Text)),
];
const SPAN_LEGACY: &[Parameter] = &[
    may("since", Text),
    may("before", Text),
    may("id", Text),
    may("action.type", Text),
    may("actor.email", Text),
    may("actor.ip", Text),
    may("hide_user_logs", Boolean),
];

macro_rules! operations {
    ($($method:ident $path:literal $tag:literal $id:literal $summary:literal
       [$($query:expr),*] $($body:literal)? => $answer:expr;)*) => {
        pub(super) const OPERATIONS: &[Operation] = &[$(Operation {
            method: stringify!($method),
            path: $path,
            id: $id,
            tag: $tag,
            summary: $summary,
            query: &[$($query),*],
            body: operations!(@body $($body)?),
            answer: $answer,
        },)*];
    };
    (@body) => { None };
    (@body $body:literal) => { Some(Ref($body)) };
}

operations! {
    GET "/openapi.json" "description" "describe" "This description" [] => Answer::Document;
    GET "/accounts" "accounts" "accounts_list" "The account of the token"
        [PAGE, NAME, DIRECTION] => Answer::Page(Ref("Account"));
    POST "/accounts" "accounts" "accounts_create"
        "Refused: accounts are made on the server's command line"
        [] => Answer::One(Ref("Account"));
    GET "/accounts/{account_id}" "accounts" "accounts_get" "One account"
        [] => Answer::One(Ref("Account"));
    PUT "/accounts/{account_id}" "accounts" "accounts_update" "Rename an account"
        [] "AccountUpdate" => Answer::One(Ref("Account"));
    GET "/accounts/{account_id}/tokens" "tokens" "tokens_list" "Tokens of the account"
        [PAGE, NAME, DIRECTION, &[may("include_expired", Boolean)]]
        => Answer::Page(Ref("Token"));
    POST "/accounts/{account_id}/tokens" "tokens" "tokens_create" "Make a token"
        [] "NewToken" => Answer::One(Ref("IssuedToken"));
    GET "/accounts/{account_id}/tokens/permission_groups" "tokens" "tokens_permission_groups"
        "What a token can be given"
        [NAME, &[may("scope", Text)]] => Answer::Whole(Ref("TokenPermissionGroup"));
    GET "/accounts/{account_id}/tokens/verify" "tokens" "tokens_verify"
        "Whether the token of this request is good"
        [] => Answer::One(Ref("VerifiedToken"));
    GET "/accounts/{account_id}/tokens/{token_id}" "tokens" "tokens_get" "One token"
        [] => Answer::One(Ref("Token"));
    PUT "/accounts/{account_id}/tokens/{token_id}" "tokens" "tokens_update" "Replace a token"
        [] "NewToken" => Answer::One(Ref("Token"));
    DELETE "/accounts/{account_id}/tokens/{token_id}" "tokens" "tokens_delete" "End a token"
        [] => Answer::One(Ref("Deleted"));
    PUT "/accounts/{account_id}/tokens/{token_id}/value" "tokens" "tokens_roll"
        "Give a token another secret; the old one ends at once"
        [] => Answer::One(Text);
    GET "/accounts/{account_id}/members" "members" "members_list" "Members"
        [PAGE, DIRECTION, MEMBERS] => Answer::Page(Ref("Member"));
    POST "/accounts/{account_id}/members" "members" "members_create"
        "Invite somebody, or make them a member at once"
        [] "NewMember" => Answer::One(Ref("Member"));
    GET "/accounts/{account_id}/members/{member_id}" "members" "members_get" "One member"
        [] => Answer::One(Ref("Member"));
    PUT "/accounts/{account_id}/members/{member_id}" "members" "members_update"
        "Replace a member's roles or policies, or accept them"
        [] "MemberUpdate" => Answer::One(Ref("Member"));
    DELETE "/accounts/{account_id}/members/{member_id}" "members" "members_delete"
        "Remove a member" [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/members/{member_id}/permissions" "access" "members_permissions"
        "What a member may do in the end, and why" [] => Answer::One(Ref("MemberPermissions"));
    GET "/accounts/{account_id}/explain" "access" "explain"
        "Why a member has a role, or has not"
        [&[must("member", Text), must("role", Text)]] => Answer::One(Ref("Explanation"));
    POST "/accounts/{account_id}/preview" "access" "preview"
        "What a request would do to people's access"
        [&[may("cursor", Text), may("limit", Integer)]] "PreviewedRequest"
        => Answer::Cursor(Ref("Difference"));
    GET "/accounts/{account_id}/roles" "roles" "roles_list" "Roles"
        [PAGE] => Answer::Page(Ref("Role"));
    POST "/accounts/{account_id}/roles" "roles" "roles_create"
        "Make a role of the account's own" [] "NewRole" => Answer::One(Ref("Role"));
    GET "/accounts/{account_id}/roles/{role_id}" "roles" "roles_get" "One role"
        [] => Answer::One(Ref("Role"));
    PUT "/accounts/{account_id}/roles/{role_id}" "roles" "roles_update"
        "Change a role of the account's own, or hide a built-in one"
        [] "RoleUpdate" => Answer::One(Ref("Role"));
    DELETE "/accounts/{account_id}/roles/{role_id}" "roles" "roles_delete"
        "Delete a role of the account's own that no policy names"
        [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/roles/{role_id}/holders" "access" "roles_holders"
        "Who holds a role, and how"
        [&[may("cursor", Text), may("limit", Integer)]] => Answer::Cursor(Ref("RoleHolder"));
    GET "/accounts/{account_id}/iam/permission_groups" "iam" "permission_groups_list"
        "Roles as policies name them"
        [PAGE, NAME, &[may("id", Text), may("label", Text)]]
        => Answer::Page(Ref("PermissionGroup"));
    GET "/accounts/{account_id}/iam/permission_groups/{permission_group_id}" "iam"
        "permission_groups_get" "One role as policies name it"
        [] => Answer::One(Ref("PermissionGroup"));
    GET "/accounts/{account_id}/iam/resource_groups" "iam" "resource_groups_list"
        "What policies apply to" [NAME, &[may("id", Text)]]
        => Answer::Whole(Ref("ResourceGroup"));
    POST "/accounts/{account_id}/iam/resource_groups" "iam" "resource_groups_create"
        "Name a list of domains" [] "NewResourceGroup" => Answer::One(Ref("ResourceGroup"));
    GET "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" "iam"
        "resource_groups_get" "One resource group" [] => Answer::One(Ref("ResourceGroup"));
    PUT "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" "iam"
        "resource_groups_update" "Change a resource group"
        [] "ResourceGroupUpdate" => Answer::One(Ref("ResourceGroup"));
    DELETE "/accounts/{account_id}/iam/resource_groups/{resource_group_id}" "iam"
        "resource_groups_delete" "Delete a resource group that no policy names"
        [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/iam/user_groups" "iam" "user_groups_list" "User groups"
        [PAGE, NAME, DIRECTION, &[may("id", Text), may("fuzzyName", Text)]]
        => Answer::Page(Ref("UserGroup"));
    POST "/accounts/{account_id}/iam/user_groups" "iam" "user_groups_create"
        "Make a user group" [] "NewUserGroup" => Answer::One(Ref("UserGroup"));
    GET "/accounts/{account_id}/iam/user_groups/{user_group_id}" "iam" "user_groups_get"
        "One user group" [] => Answer::One(Ref("UserGroup"));
    PUT "/accounts/{account_id}/iam/user_groups/{user_group_id}" "iam" "user_groups_update"
        "Rename a user group, or replace its policies"
        [] "UserGroupUpdate" => Answer::One(Ref("UserGroup"));
    DELETE "/accounts/{account_id}/iam/user_groups/{user_group_id}" "iam" "user_groups_delete"
        "Delete a user group" [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" "iam"
        "group_members_list" "Who is in a user group"
        [PAGE, DIRECTION, &[may("fuzzyEmail", Text)]] => Answer::Page(Ref("GroupMember"));
    POST "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" "iam"
        "group_members_create" "Add members" [] "GroupMembers"
        => Answer::Whole(Ref("GroupMember"));
    PUT "/accounts/{account_id}/iam/user_groups/{user_group_id}/members" "iam"
        "group_members_update" "Replace all members" [] "GroupMembers"
        => Answer::Whole(Ref("GroupMember"));
    GET "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}" "iam"
        "group_members_get" "One member of a user group" [] => Answer::One(Ref("GroupMember"));
    DELETE "/accounts/{account_id}/iam/user_groups/{user_group_id}/members/{member_id}" "iam"
        "group_members_delete" "Take a member out" [] => Answer::One(Ref("GroupMember"));
    GET "/accounts/{account_id}/domains" "domains" "domains_list"
        "The account's domains, by name" [PAGE, NAME] => Answer::Page(Ref("Domain"));
    POST "/accounts/{account_id}/domains" "domains" "domains_create" "Add a domain"
        [] "NewDomain" => Answer::One(Ref("Domain"));
    GET "/accounts/{account_id}/domains/{domain_id}" "domains" "domains_get" "One domain"
        [] => Answer::One(Ref("Domain"));
    DELETE "/accounts/{account_id}/domains/{domain_id}" "domains" "domains_delete"
        "Remove a domain that no resource group names" [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/sso_connectors" "sso" "sso_list" "SSO connectors"
        [] => Answer::Whole(Ref("SsoConnector"));
    POST "/accounts/{account_id}/sso_connectors" "sso" "sso_create" "Add an e-mail domain"
        [] "NewSsoConnector" => Answer::One(Ref("SsoConnector"));
    GET "/accounts/{account_id}/sso_connectors/{sso_connector_id}" "sso" "sso_get"
        "One SSO connector" [] => Answer::One(Ref("SsoConnector"));
    PATCH "/accounts/{account_id}/sso_connectors/{sso_connector_id}" "sso" "sso_update"
        "Enable or change an SSO connector" [] "SsoConnectorUpdate"
        => Answer::One(Ref("SsoConnector"));
    DELETE "/accounts/{account_id}/sso_connectors/{sso_connector_id}" "sso" "sso_delete"
        "Remove an SSO connector" [] => Answer::One(Ref("Deleted"));
    POST "/accounts/{account_id}/sso_connectors/{sso_connector_id}/begin_verification" "sso"
        "sso_begin_verification" "Begin to verify the domain" [] => Answer::Nothing;
    GET "/accounts/{account_id}/legacy_groups" "legacy groups" "legacy_groups_list"
        "Groups whose names grant roles, or look so" [] => Answer::One(Ref("LegacyInventory"));
    GET "/accounts/{account_id}/legacy_groups/mapping" "legacy groups" "legacy_mapping_get"
        "Whether names grant" [] => Answer::One(Ref("LegacyMapping"));
    PUT "/accounts/{account_id}/legacy_groups/mapping" "legacy groups" "legacy_mapping_update"
        "Let names grant, or not" [] "LegacyMappingUpdate" => Answer::One(Ref("LegacyMapping"));
    POST "/accounts/{account_id}/legacy_groups/mapping/preview" "legacy groups"
        "legacy_mapping_preview" "Who would gain or lose what by that"
        [&[may("cursor", Text), may("limit", Integer)]] "LegacyMappingUpdate"
        => Answer::Cursor(Ref("Difference"));
    POST "/accounts/{account_id}/legacy_groups/plan" "legacy groups" "legacy_plan"
        "What a migration would do; changes nothing"
        [] "MigrationOptions" => Answer::One(Ref("MigrationPlan"));
    POST "/accounts/{account_id}/legacy_groups/convert" "legacy groups" "legacy_convert"
        "Carry a plan out, after a backup"
        [] "MigrationRequest" => Answer::One(Ref("Migration"));
    GET "/accounts/{account_id}/legacy_groups/runs" "legacy groups" "legacy_runs_list"
        "Migrations that were carried out" [] => Answer::Whole(Ref("MigrationHead"));
    GET "/accounts/{account_id}/legacy_groups/runs/{migration_id}" "legacy groups"
        "legacy_runs_get" "One migration, with its plan" [] => Answer::One(Ref("Migration"));
    GET "/accounts/{account_id}/legacy_groups/runs/{migration_id}/verification" "legacy groups"
        "legacy_verify" "Whether access is as planned, and what providers have sent since"
        [] => Answer::One(Ref("Verification"));
    GET "/accounts/{account_id}/legacy_groups/runs/{migration_id}/undo" "legacy groups"
        "legacy_undo_preview" "What an undo would do" [] => Answer::One(Ref("Undo"));
    POST "/accounts/{account_id}/legacy_groups/runs/{migration_id}/undo" "legacy groups"
        "legacy_undo" "Undo a migration" [] "UndoRequest" => Answer::One(Ref("Undo"));
    GET "/accounts/{account_id}/legacy_groups/runs/{migration_id}/close" "legacy groups"
        "legacy_close_preview" "Who would still push under an old name"
        [] => Answer::One(Ref("ClosedMigration"));
    POST "/accounts/{account_id}/legacy_groups/runs/{migration_id}/close" "legacy groups"
        "legacy_close" "End the old names" [] "CloseRequest"
        => Answer::One(Ref("ClosedMigration"));
    GET "/user" "user" "user_get" "The person behind the token" [] => Answer::One(Ref("User"));
    PATCH "/user" "user" "user_edit" "Change their name" [] "UserUpdate"
        => Answer::One(Ref("User"));
    GET "/user/tokens" "user" "user_tokens_list" "Their tokens"
        [PAGE, NAME, DIRECTION, &[may("include_expired", Boolean)]]
        => Answer::Page(Ref("Token"));
    POST "/user/tokens" "user" "user_tokens_create" "Make a token of theirs"
        [] "NewToken" => Answer::One(Ref("IssuedToken"));
    GET "/user/tokens/permission_groups" "user" "user_tokens_permission_groups"
        "What their tokens can be given"
        [NAME, &[may("scope", Text)]] => Answer::Whole(Ref("TokenPermissionGroup"));
    GET "/user/tokens/verify" "user" "user_tokens_verify"
        "Whether the member's token of this request is good"
        [] => Answer::One(Ref("VerifiedToken"));
    GET "/user/tokens/{token_id}" "user" "user_tokens_get" "One token of theirs"
        [] => Answer::One(Ref("Token"));
    PUT "/user/tokens/{token_id}" "user" "user_tokens_update" "Replace a token of theirs"
        [] "NewToken" => Answer::One(Ref("Token"));
    DELETE "/user/tokens/{token_id}" "user" "user_tokens_delete" "End a token of theirs"
        [] => Answer::One(Ref("Deleted"));
    PUT "/user/tokens/{token_id}/value" "user" "user_tokens_roll"
        "Give a token of theirs another secret; the old one ends at once"
        [] => Answer::One(Text);
    GET "/memberships" "memberships" "memberships_list" "Their memberships"
        [PAGE, NAME, DIRECTION, &[may("account.name", Text), may("status", Text)]]
        => Answer::Page(Ref("Membership"));
    GET "/memberships/{membership_id}" "memberships" "memberships_get" "One membership"
        [] => Answer::One(Ref("Membership"));
    PUT "/memberships/{membership_id}" "memberships" "memberships_update"
        "Keep a membership, or leave" [] "MembershipUpdate" => Answer::One(Ref("Membership"));
    DELETE "/memberships/{membership_id}" "memberships" "memberships_delete" "Leave"
        [] => Answer::One(Ref("Deleted"));
    GET "/accounts/{account_id}/logs/audit" "logs" "audit_list"
        "The audit log; a name of a field, or that with .not, picks rows"
        [SPAN, DIRECTION] => Answer::Cursor(Ref("AuditEntry"));
    GET "/accounts/{account_id}/logs/audit/product_categories" "logs" "audit_product_categories"
        "The products of the audit log"
        [] => Answer::Whole(Ref("ProductCategory"));
    GET "/accounts/{account_id}/logs/audit/{id}/history" "logs" "audit_history"
        "What happened to what an entry is about"
        [SPAN, DIRECTION] => Answer::Cursor(Ref("AuditEntry"));
    GET "/accounts/{account_id}/audit_logs" "logs" "audit_list_legacy"
        "The audit log in its older shape"
        [PAGE, SPAN_LEGACY, DIRECTION] => Answer::Page(Ref("LegacyAuditEntry"));
    GET "/accounts/{account_id}/provisioning_log" "logs" "provisioning_list"
        "What identity providers asked for, and what came of it"
        [&[may("connection", Text), may("outcome", Text), may("since", Text),
           may("cursor", Text), may("limit", Integer)], DIRECTION]
        => Answer::Cursor(Ref("ProvisioningEntry"));
    GET "/accounts/{account_id}/connections" "connections" "connections_list"
        "The identity providers of the account"
        [PAGE] => Answer::Page(Ref("Connection"));
    GET "/accounts/{account_id}/connections/{connection_id}" "connections" "connections_get"
        "One identity provider, and how it fares"
        [] => Answer::One(Ref("Connection"));
}
