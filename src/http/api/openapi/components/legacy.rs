//! The shapes of legacy groups and of their migration.

use crate::http::api::openapi::schema::Schema::{
    Boolean, Enum, Id, Integer, List, Nullable, Object, Ref, Text, Time,
};
use crate::http::api::openapi::schema::{Field, Schema, always, maybe};

pub(in crate::http::api::openapi) const ALL: &[(&str, Schema)] = &[
    ("LegacyMapping", LEGACY_MAPPING),
    (
        "LegacyMappingUpdate",
        Object(&[
            always("enabled", Boolean),
            maybe("allow_super_administrator", Boolean),
        ]),
    ),
    ("LegacyInventory", LEGACY_INVENTORY),
    ("LegacyGroup", LEGACY_GROUP),
    ("MigrationOptions", Object(OPTIONS)),
    ("MigrationDecision", DECISION),
    ("MigrationImport", IMPORT),
    ("MigrationRequest", REQUEST),
    ("MigrationPlan", PLAN),
    ("PlannedGroup", PLANNED_GROUP),
    ("PlannedPerson", PLANNED_PERSON),
    ("AccessRole", ACCESS_ROLE),
    ("MigrationSource", SOURCE),
    ("MigrationSummary", SUMMARY),
    ("Migration", MIGRATION),
    ("MigrationHead", Object(HEAD)),
    ("MigratedGroup", Object(MIGRATED_GROUP)),
    ("PersonDifference", PERSON_DIFFERENCE),
    ("Verification", VERIFICATION),
    ("VerifiedGroup", VERIFIED_GROUP),
    ("Undo", UNDO),
    ("UndoRequest", Object(&[maybe("partial", Boolean)])),
    ("ClosedMigration", CLOSED),
    ("CloseRequest", Object(&[maybe("anyway", Boolean)])),
];

const CLASSES: Schema = Enum(&[
    "exact",
    "alias",
    "near",
    "other_account",
    "unknown_role",
    "domain_role",
]);
const CHOICES: Schema = Enum(&["convert", "rename_only", "skip"]);
const MAPPING: Schema = Enum(&["on", "off"]);

const LEGACY_MAPPING: Schema = Object(&[
    always("enabled", Boolean),
    always("super_administrator_offered", Boolean),
    always("groups", Integer),
    always("groups_pushed", Integer),
    always("memberships", Integer),
    always("groups_converted", Integer),
    maybe("made", Integer),
    maybe("restored", Integer),
    maybe(
        "names_taken",
        List(&Object(&[always("role", Text), always("group", Text)])),
    ),
    maybe("ended", Integer),
    maybe("hidden", Integer),
]);

const SOURCE: Schema = Object(&[always("id", Id), always("name", Text), always("kind", Text)]);

const LEGACY_INVENTORY: Schema = Object(&[
    always("mapping", MAPPING),
    always("groups", List(&Ref("LegacyGroup"))),
    always("never_used", Integer),
    always("people", Integer),
]);

const LEGACY_GROUP: Schema = Object(&[
    always("id", Id),
    always("scim_id", Text),
    always("name", Text),
    always("class", CLASSES),
    always("explanation", Text),
    always("nearest", Nullable(&Text)),
    always("suggestions", List(&Text)),
    always("role", Nullable(&Text)),
    always("mapped", Boolean),
    always("grants", Boolean),
    always("connection", Nullable(&Ref("MigrationSource"))),
    always("members", Integer),
    always("created_on", Time),
    always("modified_on", Time),
    always(
        "last_push",
        Nullable(&Object(&[
            always("at", Time),
            always("connection", Text),
            always("accepted", Boolean),
        ])),
    ),
]);

const OPTIONS: &[Field] = &[
    maybe("template", Text),
    maybe("decisions", List(&Ref("MigrationDecision"))),
    maybe("import", Ref("MigrationImport")),
];

const DECISION: Schema = Object(&[
    always("group", Text),
    maybe("choice", Nullable(&CHOICES)),
    maybe("role", Nullable(&Text)),
    maybe("new_name", Nullable(&Text)),
]);

const IMPORT: Schema = Object(&[
    always("from_account", Id),
    maybe("create_missing", Boolean),
    always(
        "groups",
        List(&Object(&[
            always("name", Text),
            always("members", List(&Text)),
        ])),
    ),
]);

const REQUEST: Schema = Object(&[
    always("id", Id),
    always("fingerprint", Text),
    maybe("options", Object(OPTIONS)),
    maybe("confirmed", List(&Id)),
]);

const PLAN: Schema = Object(&[
    always("format", Text),
    always("id", Id),
    always("fingerprint", Text),
    always("account", Id),
    always("account_name", Text),
    always("made_at", Time),
    always("mapping", MAPPING),
    always("options", Object(OPTIONS)),
    always("summary", Ref("MigrationSummary")),
    always("groups", List(&Ref("PlannedGroup"))),
    maybe(
        "merges",
        List(&Object(&[
            always("role", Text),
            always("groups", List(&Text)),
            always("proposal", Text),
        ])),
    ),
    maybe("ignored", List(&Text)),
    always(
        "access",
        Object(&[
            always("roles", List(&Ref("AccessRole"))),
            always("sets", List(&List(&Integer))),
        ]),
    ),
    always("people", List(&Ref("PlannedPerson"))),
]);

const SUMMARY: Schema = Object(&[
    always("groups", Integer),
    always("convert", Integer),
    always("rename_only", Integer),
    always("skip", Integer),
    always("undecided", Integer),
    always("conflicts", Integer),
    always("memberships", Integer),
    always("people", Integer),
    always("missing", Integer),
    always("same", Integer),
    always("gain", Integer),
    always("lose", Integer),
    always("super_administrators_before", Integer),
    always("super_administrators_after", Integer),
]);

const PLANNED_GROUP: Schema = Object(&[
    maybe("id", Id),
    maybe("scim_id", Text),
    always("old_name", Text),
    always("class", CLASSES),
    always("explanation", Text),
    maybe("nearest", Text),
    maybe("suggestions", List(&Text)),
    maybe("role", Text),
    always("mapped", Boolean),
    maybe("connection", Ref("MigrationSource")),
    always("members", Integer),
    maybe("choice", CHOICES),
    maybe("new_name", Text),
    maybe(
        "name_taken",
        Object(&[always("name", Text), maybe("id", Id), maybe("group", Text)]),
    ),
    maybe(
        "policy",
        Object(&[
            always("role", Text),
            always("permission_group", Id),
            always("kept", Boolean),
        ]),
    ),
    maybe("drops", List(&Text)),
    maybe("missing", List(&Text)),
    maybe(
        "conflicts",
        List(&Object(&[
            always("kind", Text),
            always("message", Text),
            maybe("group", Id),
        ])),
    ),
    always(
        "state",
        Enum(&[
            "same_access",
            "changes_access",
            "undecided",
            "conflict",
            "skipped",
        ]),
    ),
]);

const ACCESS_ROLE: Schema = Object(&[
    always("role", Text),
    always("permission_group", Id),
    always("scope", Enum(&["whole_account", "domains"])),
    maybe("domains", List(&Text)),
]);

const PLANNED_PERSON: Schema = Object(&[
    always("id", Id),
    always("user_name", Text),
    always("state", Enum(&["pending", "active", "inactive"])),
    always("before", Integer),
    always("after", Integer),
    maybe("gained", List(&Ref("AccessRole"))),
    maybe("lost", List(&Ref("AccessRole"))),
    maybe("confirmed", Boolean),
]);

const HEAD: &[Field] = &[
    always("id", Id),
    always("state", Enum(&["converted", "undone", "closed"])),
    always("converted_on", Time),
    always("undone_on", Nullable(&Time)),
    always("closed_on", Nullable(&Time)),
    always("backup", Text),
    always("groups", Integer),
    always("groups_undone", Integer),
];

const MIGRATED_GROUP: &[Field] = &[
    always("id", Id),
    always("scim_id", Text),
    always("old_name", Text),
    always("new_name", Text),
    always("made", Boolean),
    always("undone", Boolean),
];

const MIGRATION: Schema = Object(&[
    always("id", Id),
    always("state", Enum(&["converted", "undone", "closed"])),
    always("converted_on", Time),
    always("undone_on", Nullable(&Time)),
    always("closed_on", Nullable(&Time)),
    always("backup", Text),
    always("groups", Integer),
    always("groups_undone", Integer),
    always("converted", List(&Ref("MigratedGroup"))),
    always(
        "skipped",
        List(&Object(&[
            always("old_name", Text),
            always("explanation", Text),
        ])),
    ),
    always("summary", Ref("MigrationSummary")),
    maybe("plan", Ref("MigrationPlan")),
]);

const PERSON_DIFFERENCE: Schema = Object(&[
    always("id", Id),
    always("user_name", Text),
    always("gained", List(&Ref("AccessRole"))),
    always("lost", List(&Ref("AccessRole"))),
]);

const VERIFICATION: Schema = Object(&[
    always("run", Object(HEAD)),
    always("verified", Boolean),
    always("people", Integer),
    always("as_planned", Integer),
    always("changed_since", List(&Ref("PersonDifference"))),
    always("unexplained", List(&Ref("PersonDifference"))),
    always("groups", List(&Ref("VerifiedGroup"))),
    always(
        "refusals",
        List(&Object(&[
            always("at", Time),
            always("connection", Text),
            always("group", Text),
            always("detail", Text),
        ])),
    ),
    always("kept", KEPT),
]);

const KEPT: Schema = List(&Object(&[
    always("group", Ref("MigratedGroup")),
    always("of_run", Boolean),
    always("other", Nullable(&Id)),
    always("message", Text),
]));

const VERIFIED_GROUP: Schema = Object(&[
    always("id", Id),
    always("scim_id", Text),
    always("old_name", Text),
    always("new_name", Text),
    always("made", Boolean),
    always("undone", Boolean),
    always("name", Nullable(&Text)),
    always("other", Nullable(&Id)),
    always("members", Integer),
    always("confirmed", Boolean),
    always(
        "connections",
        List(&Object(&[
            always("connection", Ref("MigrationSource")),
            always("pushes", Boolean),
            always("confirmed", Boolean),
            always("waits_for_name", Boolean),
            always("old_name_sent_on", Nullable(&Time)),
            always("new_name_sent_on", Nullable(&Time)),
        ])),
    ),
    always("connections_recorded", Boolean),
]);

const UNDO: Schema = Object(&[
    always("run", Object(HEAD)),
    always("groups", List(&Ref("MigratedGroup"))),
    always(
        "blockers",
        List(&Object(&[
            always("group", Ref("MigratedGroup")),
            always("message", Text),
        ])),
    ),
    always("kept", KEPT),
    always("people", List(&Ref("PersonDifference"))),
]);

const CLOSED: Schema = Object(&[
    always("run", Object(HEAD)),
    always("names_ended", Integer),
    always(
        "without_new_name",
        List(&Object(&[
            always("group", Ref("MigratedGroup")),
            always("name", Text),
            always("other", Nullable(&Id)),
            always("connections", List(&Ref("MigrationSource"))),
        ])),
    ),
]);
