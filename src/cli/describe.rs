//! Each noun as rows and documents.

mod access;
mod brake;
mod directory;
pub(super) mod legacy;
mod operators;

use serde::Serialize;
use serde_json::Value;

use crate::admin::reply::{
    AccountView, AuditView, BackupView, CheckedView, ConnectionView, FindingView, LogView, Reply,
    RoleView, RolledToken, ServerView, TokenView, VerdictView,
};
use crate::domain::token::TokenState;

/// An item, ready to be laid out.
pub(super) struct Described {
    /// Of its schema's name, `provost.<noun>.v1`.
    pub(super) noun: &'static str,
    /// All fields in order; an empty text is one without a value.
    pub(super) fields: Vec<(&'static str, String)>,
    /// Names of those that a row shows.
    columns: &'static [&'static str],
    /// The widths of these where rows are printed one by one.
    pub(super) widths: &'static [usize],
}

impl Described {
    /// The fields of a row, in its order.
    pub(super) fn row(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.columns.iter().map(|column| {
            let field = self.fields.iter().find(|(name, _)| name == column);
            (*column, field.map_or("", |(_, text)| text.as_str()))
        })
    }
}

/// The item as one JSON document; with the schema's name where it stands alone.
pub(super) fn json(reply: &Reply, alone: bool) -> serde_json::Result<String> {
    let noun = describe(reply).noun;
    match reply {
        Reply::Server(view) => document(noun, view, alone),
        Reply::Account(view) => document(noun, view, alone),
        Reply::Connection(view) => document(noun, view, alone),
        Reply::Held(view) => document(noun, view, alone),
        Reply::Decided(view) => document(noun, view, alone),
        Reply::Sso(view) => document(noun, view, alone),
        Reply::Token(view) => document(noun, view, alone),
        // The secret is printed by itself, whatever the form.
        Reply::Issued(view) => document(noun, &view.token, alone),
        Reply::Operator(view) => document(noun, view, alone),
        // As a token's secret.
        Reply::Link(view) => document(noun, &view.operator, alone),
        Reply::Member(view) => document(noun, view, alone),
        Reply::Group(view) => document(noun, view, alone),
        Reply::Policy(view) => document(noun, view, alone),
        Reply::Domain(view) => document(noun, view, alone),
        Reply::ResourceGroup(view) => document(noun, view, alone),
        Reply::Access(view) | Reply::Holder(view) => document(noun, view, alone),
        Reply::Explanation(view) => document(noun, view, alone),
        Reply::Difference(view) => document(noun, view, alone),
        Reply::Previewed(view) => document(noun, view, alone),
        Reply::Role(view) => document(noun, view, alone),
        Reply::Legacy(view) => document(noun, &legacy::value(view), alone),
        Reply::AuditEntry(view) => document(noun, view, alone),
        Reply::AuditVerdict(view) => document(noun, view, alone),
        Reply::LogRow(view) => document(noun, view, alone),
        Reply::Backup(view) => document(noun, view, alone),
        Reply::Finding(view) => document(noun, view, alone),
        Reply::Checked(view) => document(noun, view, alone),
    }
}

#[derive(Serialize)]
struct Document<'v, T> {
    schema: String,
    #[serde(flatten)]
    view: &'v T,
}

fn document<T: Serialize>(noun: &str, view: &T, alone: bool) -> serde_json::Result<String> {
    if !alone {
        return serde_json::to_string(view);
    }
    serde_json::to_string(&Document {
        schema: format!("provost.{noun}.v1"),
        view,
    })
}

pub(super) fn describe(reply: &Reply) -> Described {
    match reply {
        Reply::Server(view) => server(view),
        Reply::Account(view) => account(view),
        Reply::Connection(view) => connection(view),
        Reply::Held(view) => brake::held(view),
        Reply::Decided(view) => brake::decided(view),
        Reply::Sso(view) => brake::sso(view),
        Reply::Token(view) => token(view),
        Reply::Issued(view) => token(&view.token),
        Reply::Operator(view) => operators::operator(view),
        Reply::Link(view) => operators::link(view),
        Reply::Member(view) => directory::member(view),
        Reply::Group(view) => directory::group(view),
        Reply::Policy(view) => directory::policy(view),
        Reply::Domain(view) => directory::domain(view),
        Reply::ResourceGroup(view) => directory::resource_group(view),
        Reply::Access(view) => access::access(view),
        Reply::Holder(view) => access::holder(view),
        Reply::Explanation(view) => access::explanation(view),
        Reply::Difference(view) => access::difference(view),
        Reply::Previewed(view) => access::previewed(*view),
        Reply::Role(view) => role(view),
        Reply::Legacy(view) => legacy::describe(view),
        Reply::AuditEntry(view) => audit_entry(view),
        Reply::AuditVerdict(view) => verdict(view),
        Reply::LogRow(view) => log_row(view),
        Reply::Backup(view) => backup(view),
        Reply::Finding(view) => finding(view),
        Reply::Checked(view) => checked(view),
    }
}

fn server(view: &ServerView) -> Described {
    Described {
        noun: "server",
        fields: vec![
            ("version", view.version.clone()),
            ("base_url", view.base_url.clone()),
        ],
        columns: &["version", "base_url"],
        widths: &[],
    }
}

fn account(view: &AccountView) -> Described {
    Described {
        noun: "account",
        fields: vec![
            ("id", view.id.to_string()),
            ("name", view.name.clone()),
            ("reserved_prefix", view.reserved_prefix.clone()),
            ("members", view.members.to_string()),
            ("groups", view.groups.to_string()),
            ("created", view.created.clone()),
        ],
        columns: &["id", "name", "members", "groups"],
        widths: &[],
    }
}

fn connection(view: &ConnectionView) -> Described {
    let settings = &view.settings;
    let errors = view
        .errors_per_mille_24h
        .map(|share| format!("{}.{} %", share / 10, share % 10));
    // None is nothing to look at.
    let held = match view.held {
        0 => String::new(),
        held => held.to_string(),
    };
    Described {
        noun: "connection",
        fields: vec![
            ("id", view.id.to_string()),
            ("kind", view.kind.name().to_owned()),
            ("name", view.name.clone()),
            (
                "state",
                if view.paused { "paused" } else { "running" }.to_owned(),
            ),
            ("built_in", yes(view.built_in)),
            ("base_url", view.base_url.clone()),
            (
                "strict_upn_email",
                on_off(settings.strict_upn_email).to_owned(),
            ),
            ("attribute_updates", word(&settings.attribute_updates)),
            ("adopt_existing", word(&settings.adopt_existing)),
            (
                "require_sso_domain",
                on_off(settings.require_sso_domain).to_owned(),
            ),
            ("brake", settings.brake.to_string()),
            ("created", view.created.clone()),
            (
                "last_request",
                view.last_request.clone().unwrap_or_default(),
            ),
            ("last_write", view.last_write.clone().unwrap_or_default()),
            ("requests_24h", view.requests_24h.to_string()),
            ("errors_24h", errors.unwrap_or_default()),
            ("held", held),
            ("held_since", view.held_since.clone().unwrap_or_default()),
            ("rolled_tokens", rolled(&view.rolled_tokens)),
        ],
        columns: &[
            "name",
            "kind",
            "state",
            "last_request",
            "requests_24h",
            "errors_24h",
            "held",
            "id",
        ],
        widths: &[],
    }
}

fn rolled(tokens: &[RolledToken]) -> String {
    let one = |token: &RolledToken| {
        let (name, until) = (&token.name, &token.old_works_until);
        format!("{name}: old secret works until {until}")
    };
    tokens.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// Whether it works; one that does not yet says from when on.
fn token_state(view: &TokenView) -> String {
    match &view.not_before {
        Some(begin) if view.state == TokenState::NotYetValid.name() => {
            format!("not before {begin}")
        }
        _ => view.state.clone(),
    }
}

fn token(view: &TokenView) -> Described {
    let networks = |nets: &[ipnet::IpNet]| {
        nets.iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    Described {
        noun: "token",
        fields: vec![
            ("id", view.id.to_string()),
            ("name", view.name.clone()),
            (
                "owner",
                view.connection
                    .clone()
                    .unwrap_or_else(|| view.owner.clone()),
            ),
            ("ends_in", view.hint.clone()),
            ("may", view.permission_groups.join(", ")),
            ("state", token_state(view)),
            ("disabled", yes(view.disabled)),
            ("not_before", view.not_before.clone().unwrap_or_default()),
            (
                "expires",
                view.expires.clone().unwrap_or_else(|| "never".to_owned()),
            ),
            (
                "old_works_until",
                view.old_works_until.clone().unwrap_or_default(),
            ),
            ("only_from", networks(&view.addresses.allow)),
            ("not_from", networks(&view.addresses.deny)),
            ("created", view.created.clone()),
            ("last_used", view.last_used.clone().unwrap_or_default()),
            (
                "last_address",
                view.last_used_address.clone().unwrap_or_default(),
            ),
        ],
        columns: &[
            "name",
            "owner",
            "ends_in",
            "state",
            "expires",
            "last_used",
            "id",
        ],
        widths: &[],
    }
}

fn role(view: &RoleView) -> Described {
    let used_by = view.used_by.iter();
    let used_by: Vec<String> = used_by
        .map(|one| format!("{} {}", one.kind, one.name))
        .collect();
    Described {
        noun: "role",
        fields: vec![
            ("name", view.name.clone()),
            (
                "kind",
                if view.built_in { "built-in" } else { "own" }.to_owned(),
            ),
            ("scope", view.scope.name().to_owned()),
            ("description", view.description.clone()),
            ("permissions", view.permissions.join(" ")),
            ("hidden", yes(view.hidden)),
            ("category", view.category.clone()),
            ("access", view.access.as_ref().map(word).unwrap_or_default()),
            ("also_called", view.aliases.join(", ")),
            ("id", view.id.map(|id| id.to_string()).unwrap_or_default()),
            ("permission_group", view.permission_group.to_string()),
            ("label", view.label.clone()),
            ("created", view.created.clone().unwrap_or_default()),
            ("modified", view.modified.clone().unwrap_or_default()),
            (
                "policies",
                view.policies.map(|n| n.to_string()).unwrap_or_default(),
            ),
            ("used_by", used_by.join(", ")),
        ],
        columns: &["name", "kind", "scope", "hidden", "permission_group"],
        widths: &[],
    }
}

fn audit_entry(view: &AuditView) -> Described {
    let entry: Value = serde_json::from_str(view.entry.get()).unwrap_or_default();
    let text = |pointer: &str| {
        let value = entry.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let json = |pointer: &str| match entry.pointer(pointer) {
        None | Some(Value::Null) => String::new(),
        Some(value) => value.to_string(),
    };
    let actor = ["/actor/email", "/actor/token_name", "/actor/id"]
        .iter()
        .map(|pointer| text(pointer))
        .find(|found| !found.is_empty());
    Described {
        noun: "audit_entry",
        fields: vec![
            ("seq", view.seq.to_string()),
            ("at", view.at.clone()),
            ("result", text("/action/result")),
            ("action", text("/action/description")),
            ("actor", actor.unwrap_or_default()),
            ("type", text("/resource/type")),
            ("resource", text("/resource/name")),
            ("resource_id", text("/resource/id")),
            ("before", json("/resource/request")),
            ("after", json("/resource/response")),
            ("method", text("/raw/method")),
            ("uri", text("/raw/uri")),
            ("request", text("/raw/cf_ray_id")),
            ("id", view.id.to_string()),
            ("hash", view.hash.clone()),
        ],
        columns: &["seq", "at", "result", "action", "actor", "resource"],
        widths: &[6, 24, 7, 20, 20, 0],
    }
}

fn verdict(view: &VerdictView) -> Described {
    Described {
        noun: "audit_verdict",
        fields: vec![
            (
                "result",
                if view.good { "whole" } else { "broken" }.to_owned(),
            ),
            ("rows", view.rows.to_string()),
            ("last_seq", view.last_seq.to_string()),
            ("anchors", view.anchors.to_string()),
            (
                "bad_seq",
                view.bad_seq.map(|seq| seq.to_string()).unwrap_or_default(),
            ),
            ("fault", view.fault.clone().unwrap_or_default()),
        ],
        columns: &["result", "rows", "last_seq", "anchors", "bad_seq", "fault"],
        widths: &[],
    }
}

fn log_row(view: &LogView) -> Described {
    let target = format!("{} {}", view.target_kind, view.target_name);
    let why = if view.detail.is_empty() {
        view.changes.join(", ")
    } else {
        view.detail.clone()
    };
    Described {
        noun: "log_row",
        fields: vec![
            ("seq", view.seq.to_string()),
            ("at", view.at.clone()),
            ("outcome", view.outcome.clone()),
            ("status", view.status.to_string()),
            ("connection", view.connection.clone().unwrap_or_default()),
            (
                "kind",
                view.kind
                    .map(|kind| kind.name().to_owned())
                    .unwrap_or_default(),
            ),
            ("method", view.method.clone()),
            ("uri", view.uri.clone()),
            ("target", target.trim().to_owned()),
            ("target_id", view.target_id.clone()),
            ("what", why),
            ("reason", view.reason.clone().unwrap_or_default()),
            ("scim_type", view.scim_type.clone()),
            ("fix", view.fix.clone().unwrap_or_default()),
            ("address", view.address.clone().unwrap_or_default()),
            (
                "token",
                view.token.map(|id| id.to_string()).unwrap_or_default(),
            ),
            ("request", view.request.clone()),
            ("duration_us", view.duration_us.to_string()),
        ],
        columns: &[
            "seq",
            "at",
            "outcome",
            "status",
            "connection",
            "method",
            "target",
            "what",
        ],
        widths: &[6, 24, 9, 3, 12, 6, 30, 0],
    }
}

fn backup(view: &BackupView) -> Described {
    Described {
        noun: "backup",
        fields: vec![
            ("file", view.file.clone()),
            ("manifest", view.manifest.clone()),
            ("bytes", view.bytes.to_string()),
            ("sha256", view.sha256.clone()),
            ("schema_version", view.schema_version.to_string()),
            ("audit_seq", view.audit_seq.to_string()),
            ("key_file", view.key_file.clone()),
        ],
        columns: &["file", "bytes", "sha256"],
        widths: &[],
    }
}

fn finding(view: &FindingView) -> Described {
    Described {
        noun: "finding",
        fields: vec![
            ("check", view.check.clone()),
            ("detail", view.detail.clone()),
        ],
        columns: &["check", "detail"],
        widths: &[28, 0],
    }
}

fn checked(view: &CheckedView) -> Described {
    Described {
        noun: "check",
        fields: vec![
            ("result", if view.good { "good" } else { "bad" }.to_owned()),
            ("examined", view.what.clone()),
            ("findings", view.findings.to_string()),
        ],
        columns: &["result", "examined", "findings"],
        widths: &[28, 0, 0],
    }
}

fn yes(truth: bool) -> String {
    if truth {
        "yes".to_owned()
    } else {
        String::new()
    }
}

pub(super) fn on_off(truth: bool) -> &'static str {
    if truth { "on" } else { "off" }
}

/// A closed enum as it is written in JSON.
pub(super) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => text,
        Ok(_) | Err(_) => String::new(),
    }
}
