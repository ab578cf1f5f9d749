//! What the values of a row of the log are called: attributes, settings and figures.

use crate::http::console::words::t;

/// The word for a name. One that is not known is spelled plainly: `display_order` as "display
/// order".
pub fn label(name: &str) -> String {
    let known = match name {
        "externalId" | "external_id" => t("key.external_id"),
        "userName" => t("key.user_name"),
        "displayName" => t("key.display_name"),
        "emails" => t("key.emails"),
        "phoneNumbers" => t("key.phones"),
        "expires_on" => t("key.expires"),
        "not_before" => t("key.begins"),
        "hint" => t("key.hint"),
        "legacy_mapping" => t("key.mapping"),
        "super_administrator_offered" => t("key.supers"),
        "schema_version" => t("key.schema"),
        "audit_seq" => t("key.audit_seq"),
        "bytes" => t("key.bytes"),
        "backup" => t("key.backup"),
        "strict_upn_email" => t("key.strict"),
        "attribute_updates" => t("key.updates"),
        "adopt_existing" => t("key.adopt"),
        "require_sso_domain" => t("key.domain"),
        "lost" => t("key.lost"),
        "totp" => t("key.totp"),
        "public_url" => t("key.url"),
        "id" | "ids" => t("key.ids"),
        other => return spelled(other),
    };
    known.to_owned()
}

/// The words for the way to a value within others: entries of a list are numbered from one.
pub(super) fn path_label(path: &str) -> String {
    // A schema has points of its own.
    let path = path.rsplit_once(':').map_or(path, |(_, path)| {
        path.split_once('.').map_or(path, |(_, below)| below)
    });
    let mut told: Vec<String> = Vec::new();
    for part in path.split('.') {
        match (part.parse::<usize>(), told.last_mut()) {
            (Ok(at), Some(last)) => *last = format!("{last} {}", at + 1),
            _ => told.push(label(part)),
        }
    }
    told.join(" › ")
}

/// Words in place of `snake_case` and `camelCase`. A name with a schema before it is its last part.
fn spelled(name: &str) -> String {
    let name = name.rsplit(':').next().unwrap_or(name);
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c == '_' {
            text.push(' ');
        } else if c.is_uppercase() {
            text.push(' ');
            text.extend(c.to_lowercase());
        } else {
            text.push(c);
        }
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_an_administrator_knows() {
        assert_eq!(label("externalId"), "external ID");
        assert_eq!(label("require_sso_domain"), t("key.domain"));
        assert_eq!(label("overlap_seconds"), "overlap seconds");
        assert_eq!(label("preferredLanguage"), "preferred language");
        assert_eq!(label("name"), "name");
        let paths = [
            ("policies.0.roles.1", "policies 1 › roles 2"),
            ("name.givenName", "name › given name"),
            (
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.department",
                "department",
            ),
        ];
        for (path, words) in paths {
            assert_eq!(path_label(path), words);
        }
    }
}
