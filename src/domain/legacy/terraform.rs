//! The groups of a plan and their policies for Terraform (cloudflare provider, version 5.19 and
//! up), for whoever moves to Cloudflare itself. Who is in them is not written: the identity
//! provider pushes that.

use std::collections::HashSet;
use std::fmt::Write;

use super::plan::{Plan, PlannedPolicy};
use super::{account_of, comment, is_published, left_out, made};
use crate::domain::id::AccountId;

/// The whole file. Roles are found by name where the id is not known to be Cloudflare's.
pub fn file(plan: &Plan) -> String {
    let mut out = head(account_of(plan));
    let mut roles: HashSet<&str> = HashSet::new();
    let mut labels: HashSet<String> = HashSet::new();
    for (group, name) in made(plan) {
        if let Some(policy) = &group.policy
            && !is_published(policy.permission_group)
            && roles.insert(&policy.role)
        {
            out.push_str(&role(&policy.role));
        }
        let label = label(name, &mut labels);
        // Writing to a String does not fail.
        let _never = write!(
            out,
            "\n# {}\nresource \"cloudflare_user_group\" \"{label}\" {{\n  account_id = \
             var.account_id\n  name       = {}\n",
            comment(&group.old_name),
            quoted(name)
        );
        if let Some(policy) = &group.policy {
            out.push_str(&policies(policy));
        }
        out.push_str("}\n");
    }
    for group in left_out(plan) {
        let _never = write!(out, "\n# Left out: {}\n", comment(&group.old_name));
    }
    out
}

fn head(account: AccountId) -> String {
    format!(
        "# User groups and their policies. Members come from the identity provider.\n\
         # The provider takes its token from CLOUDFLARE_API_TOKEN.\n\n\
         terraform {{\n  required_version = \">= 1.2\"\n  required_providers {{\n    cloudflare = \
         {{\n      source  = \"cloudflare/cloudflare\"\n      version = \"~> 5.19\"\n    }}\n  \
         }}\n}}\n\n\
         variable \"account_id\" {{\n  type    = string\n  default = \"{account}\"\n}}\n\n\
         locals {{\n  whole_account = \"com.cloudflare.api.account.${{var.account_id}}\"\n}}\n\n\
         data \"cloudflare_resource_groups\" \"whole_account\" {{\n  account_id = \
         var.account_id\n  name       = local.whole_account\n}}\n"
    )
}

/// How the role is found. A name that is not there ends the run before anything is made.
fn role(name: &str) -> String {
    let missing = format!("The account has no permission group {name}; correct its name.");
    format!(
        "\ndata \"cloudflare_account_permission_groups\" \"{}\" {{\n  account_id = \
         var.account_id\n  name       = {name}\n\n  lifecycle {{\n    postcondition {{\n      \
         condition     = contains(self.result[*].name, {name})\n      \
         error_message = {missing}\n    }}\n  }}\n}}\n",
        role_label(name),
        name = quoted(name),
        missing = quoted(&missing),
    )
}

fn policies(policy: &PlannedPolicy) -> String {
    let id = if is_published(policy.permission_group) {
        format!("\"{}\"", policy.permission_group)
    } else {
        format!(
            "one([for role in data.cloudflare_account_permission_groups.{}.result : role.id if \
             role.name == {}])",
            role_label(&policy.role),
            quoted(&policy.role)
        )
    };
    format!(
        "  policies = [{{\n    access = \"allow\"\n    # {}\n    permission_groups = [{{\n      id = \
         {id}\n    }}]\n    resource_groups = [{{\n      id = one([for scope in \
         data.cloudflare_resource_groups.whole_account.result : scope.id if scope.name == \
         local.whole_account])\n    }}]\n  }}]\n",
        comment(&policy.role)
    )
}

/// Letters and digits of the role's name, and what tells two roles apart that have the same ones.
fn role_label(name: &str) -> String {
    let sum = name.bytes().fold(5381_u32, |sum, byte| {
        sum.wrapping_mul(33).wrapping_add(u32::from(byte))
    });
    format!("role_{}_{sum:08x}", plain(name))
}

/// A label that no other group has.
fn label(name: &str, taken: &mut HashSet<String>) -> String {
    let plain = format!("group_{}", plain(name));
    let numbered = (2..).map(|number| format!("{plain}_{number}"));
    let mut all = std::iter::once(plain.clone()).chain(numbered);
    let free = all.find(|label| !taken.contains(label)).unwrap_or(plain);
    taken.insert(free.clone());
    free
}

fn plain(name: &str) -> String {
    let letter = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let plain: String = name.chars().take(60).map(letter).collect();
    plain.trim_matches('_').to_owned()
}

/// A string of HCL: neither its quotes nor its templates mean anything.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' => {
                out.push(c);
                if chars.peek() == Some(&'{') {
                    out.push(c);
                }
            }
            c if c.is_control() => {
                // Writing to a String does not fail.
                let _never = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::calls::tests::plan_of;
    use super::*;

    #[test]
    fn a_name_can_be_no_code() {
        for (name, wanted) in [
            ("DNS Editors", "\"DNS Editors\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("${x}", "\"$${x}\""),
            ("$${x} 5%", "\"$$${x} 5%\""),
            ("%{if}", "\"%%{if}\""),
            ("a\nb\u{1}", "\"a\\nb\\u0001\""),
        ] {
            assert_eq!(quoted(name), wanted);
        }
        let mut taken = HashSet::new();
        assert_eq!(label("DNS Editors", &mut taken), "group_dns_editors");
        assert_eq!(label("DNS, Editors!", &mut taken), "group_dns__editors");
        assert_eq!(label("dns editors", &mut taken), "group_dns_editors_2");
        assert_eq!(label("Ж\"}", &mut taken), "group_");
        assert_ne!(role_label("A-B"), role_label("A B"));
    }

    #[test]
    fn ids_that_are_not_cloudflares_are_looked_up_by_name() {
        let known = "\"8e23b19e4e0d44c29d239c5688ba8cbb\"";
        let file = file(&plan_of(&[
            ("Owners", "Super Administrator - All Privileges"),
            ("Readers", "Analytics"),
            ("More readers", "Analytics"),
        ]));
        assert!(file.contains(&format!("      id = {known}\n")), "{file}");
        let looked_up = "data \"cloudflare_account_permission_groups\"";
        assert_eq!(file.matches(looked_up).count(), 1, "{file}");
        assert!(file.contains("  name       = \"Analytics\"\n"));
        assert_eq!(file.matches(" if role.name == ").count(), 2);
        assert!(file.contains("\n# Left out: CF-left\n"), "{file}");
    }

    /// What HCL reads: `None` where it is not one string, or one with a template in it.
    fn read_back(text: &str) -> Option<String> {
        let inner = text.strip_prefix('"')?.strip_suffix('"')?;
        let mut chars = inner.chars().peekable();
        let mut out = String::new();
        while let Some(c) = chars.next() {
            match c {
                '\\' => match chars.next()? {
                    'n' => out.push('\n'),
                    'r' => out.push('\r'),
                    't' => out.push('\t'),
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        out.push(char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?);
                    }
                    c @ ('"' | '\\') => out.push(c),
                    _ => return None,
                },
                '"' => return None,
                c if c.is_control() => return None,
                '$' | '%' => {
                    if chars.peek() == Some(&'{') {
                        return None;
                    }
                    out.push(c);
                    let mut ahead = chars.clone();
                    if ahead.next() == Some(c) && ahead.next() == Some('{') {
                        // $${ and %%{ stand for what follows the first sign.
                        chars.next();
                    }
                }
                c => out.push(c),
            }
        }
        Some(out)
    }

    proptest! {
        #[test]
        fn hcl_reads_the_name_as_it_is(text in "([${%}\"\\\\\n]|\\PC|\u{1}){0,30}") {
            prop_assert_eq!(read_back(&quoted(&text)), Some(text));
        }

        #[test]
        fn no_name_leaves_its_comment(text in any::<String>()) {
            let ends_line = |c: char| c.is_control() || c == '\u{2028}';
            prop_assert!(!comment(&text).contains(ends_line));
        }
    }
}
