//! What to enter in each provider, in its own words and order.

use crate::domain::connection::{Connection, ProviderKind};
use crate::http::console::view::{Fact, FactValue};
use crate::http::console::words::t;

/// One screen of the provider.
pub struct Screen {
    pub title: &'static str,
    pub facts: Vec<Fact>,
    /// What else is to be known of it; nothing for none.
    pub note: &'static str,
}

fn screen(title: &'static str, facts: Vec<Fact>) -> Screen {
    Screen {
        title,
        facts,
        note: "",
    }
}

fn copied(label: &'static str, value: &str) -> Fact {
    Fact::copy(label, value, t("values.copy"))
}

fn said(label: &'static str, text: &'static str) -> Fact {
    Fact::text(label, text)
}

/// The token is shown once, and never again.
fn token(label: &'static str) -> Fact {
    said(label, t("values.token"))
}

/// The screens of the connection's provider.
pub fn screens(connection: &Connection, url: &str) -> Vec<Screen> {
    match connection.kind {
        ProviderKind::Okta => okta(url),
        ProviderKind::Entra => entra(url, connection.settings.strict_upn_email),
        ProviderKind::Authentik => authentik(url),
        ProviderKind::Generic => generic(url),
    }
}

/// The same beside the token itself, while it is shown.
pub fn screens_beside_token(connection: &Connection, url: &str) -> Vec<Screen> {
    let mut screens = screens(connection, url);
    for fact in screens.iter_mut().flat_map(|screen| &mut screen.facts) {
        if fact.value == FactValue::Text(t("values.token").to_owned()) {
            fact.value = FactValue::Text(t("values.token_above").to_owned());
        }
    }
    screens
}

fn okta(url: &str) -> Vec<Screen> {
    let app = t("values.okta_app");
    vec![
        screen(
            t("values.okta_application"),
            vec![
                copied(t("values.okta_application_name"), app),
                said(t("values.okta_username"), t("values.okta_email")),
            ],
        ),
        screen(
            t("values.okta_integration"),
            vec![
                copied(t("values.okta_base"), url),
                token(t("values.okta_bearer")),
                said(t("values.okta_import"), t("values.off")),
            ],
        ),
        screen(
            t("values.okta_to_app"),
            vec![
                said(t("values.okta_create"), t("values.on")),
                said(t("values.okta_deactivate"), t("values.on")),
            ],
        ),
        Screen {
            note: t("values.okta_note"),
            ..screen(
                t("values.okta_assignments"),
                vec![
                    said(t("values.okta_people"), t("values.okta_assign")),
                    said(t("values.okta_push"), t("values.okta_by_name")),
                ],
            )
        },
    ]
}

fn entra(url: &str, strict: bool) -> Vec<Screen> {
    let active = "Switch([IsSoftDeleted], , \"False\", \"True\", \"True\", \"False\")";
    vec![
        screen(
            t("values.entra_application"),
            vec![said(t("values.entra_kind"), t("values.entra_gallery"))],
        ),
        Screen {
            note: t("values.entra_test"),
            ..screen(
                t("values.entra_credentials"),
                vec![
                    copied(t("values.entra_tenant"), url),
                    token(t("values.entra_secret")),
                ],
            )
        },
        Screen {
            note: if strict { t("values.entra_strict") } else { "" },
            ..screen(
                t("values.entra_mappings"),
                vec![
                    copied("userName", "userPrincipalName"),
                    copied("emails[type eq \"work\"].value", "mail"),
                    copied("active", active),
                ],
            )
        },
        Screen {
            note: t("values.entra_note"),
            ..screen(
                t("values.entra_assignments"),
                vec![said(t("values.entra_status"), t("values.on"))],
            )
        },
    ]
}

fn authentik(url: &str) -> Vec<Screen> {
    vec![
        screen(
            t("values.authentik_provider"),
            vec![
                copied(t("values.authentik_url"), url),
                token(t("values.authentik_token")),
                said(t("values.authentik_mode"), t("values.authentik_default")),
            ],
        ),
        Screen {
            note: t("values.authentik_note"),
            ..screen(
                t("values.authentik_application"),
                vec![said(
                    t("values.authentik_backchannel"),
                    t("values.authentik_add"),
                )],
            )
        },
    ]
}

fn generic(url: &str) -> Vec<Screen> {
    let try_it = format!(
        "curl -sS -o /dev/null -w '%{{http_code}}\\n' -H \"Authorization: Bearer $TOKEN\" \
         '{url}/Users'"
    );
    vec![
        screen(
            t("values.generic_client"),
            vec![
                copied(t("values.generic_base"), url),
                token(t("values.generic_bearer")),
                copied(
                    t("values.generic_config"),
                    &format!("{url}/ServiceProviderConfig"),
                ),
            ],
        ),
        Screen {
            note: t("values.generic_note"),
            ..screen(
                t("values.generic_try"),
                vec![Fact::new(
                    t("values.generic_command"),
                    FactValue::Copy(try_it, t("values.copy").to_owned()),
                )],
            )
        },
    ]
}
