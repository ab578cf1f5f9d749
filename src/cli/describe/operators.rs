//! Operators of the console.

use super::{Described, yes};
use crate::admin::reply::{LinkView, OperatorView};

pub(super) fn operator(view: &OperatorView) -> Described {
    Described {
        noun: "operator",
        fields: vec![
            ("email", view.email.clone()),
            ("name", view.name.clone()),
            ("id", view.id.to_string()),
            ("box_administrator", yes(view.box_administrator)),
            ("disabled", yes(view.disabled)),
            ("password", yes(view.password)),
            ("authenticator", yes(view.authenticator)),
            ("recovery_codes", view.recovery_codes.to_string()),
            ("accounts", view.accounts.join(", ")),
            (
                "last_sign_in",
                view.last_sign_in.clone().unwrap_or_default(),
            ),
            ("created", view.created.clone()),
        ],
        columns: &[
            "email",
            "name",
            "box_administrator",
            "authenticator",
            "accounts",
            "last_sign_in",
        ],
        widths: &[],
    }
}

/// The link itself is printed apart.
pub(super) fn link(view: &LinkView) -> Described {
    match &view.operator {
        Some(of) => operator(of),
        None => Described {
            noun: "link",
            fields: vec![("minutes", view.minutes.to_string())],
            columns: &["minutes"],
            widths: &[],
        },
    }
}
