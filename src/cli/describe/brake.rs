//! What the brake holds, and the domains of single sign-on.

use super::{Described, on_off, yes};
use crate::admin::reply::{DecidedView, HeldView, SsoView};

pub(super) fn held(view: &HeldView) -> Described {
    Described {
        noun: "held_change",
        fields: vec![
            ("state", view.state.clone()),
            ("operation", view.operation.clone()),
            ("target", view.target_name.clone()),
            ("target_kind", view.target_kind.clone()),
            ("target_id", view.target_id.clone()),
            ("people", view.people.to_string()),
            ("meter", view.meter.clone()),
            ("tries", view.tries.to_string()),
            ("first_tried", view.first_tried.clone()),
            ("last_tried", view.last_tried.clone()),
            ("request", view.request.clone()),
            (
                "passes_until",
                view.passes_until.clone().unwrap_or_default(),
            ),
        ],
        columns: &[
            "state",
            "operation",
            "target",
            "people",
            "tries",
            "first_tried",
            "last_tried",
        ],
        widths: &[],
    }
}

pub(super) fn decided(view: &DecidedView) -> Described {
    Described {
        noun: "held_decision",
        fields: vec![
            ("connection", view.connection.clone()),
            ("state", view.state.clone()),
            ("changes", view.changes.to_string()),
        ],
        columns: &["connection", "state", "changes"],
        widths: &[],
    }
}

pub(super) fn sso(view: &SsoView) -> Described {
    Described {
        noun: "sso_connector",
        fields: vec![
            ("id", view.id.to_string()),
            ("email_domain", view.email_domain.clone()),
            ("enabled", on_off(view.enabled).to_owned()),
            ("verification", view.verification.clone()),
            ("code", view.code.clone()),
            ("fedramp_language", yes(view.use_fedramp_language)),
            ("created", view.created.clone()),
        ],
        columns: &["email_domain", "enabled", "verification", "code", "id"],
        widths: &[],
    }
}
