//! The groups and policies of a plan for another place: as Terraform, and as requests.

use std::fmt::Write as _;

use serde_json::json;

use crate::domain::legacy::plan::{Choice, Plan, PlannedGroup};
use crate::telemetry::is_unsafe;

fn groups(plan: &Plan) -> impl Iterator<Item = (&PlannedGroup, &str)> {
    plan.groups.iter().filter_map(|group| {
        let name = group.new_name.as_deref()?;
        let made = matches!(group.choice, Some(Choice::Convert | Choice::RenameOnly));
        made.then_some((group, name))
    })
}

/// Groups with their policies for version 5 of the `cloudflare` provider. Who is in them is not
/// written: the identity provider pushes that.
pub(super) fn terraform(plan: &Plan) -> String {
    let mut out = format!(
        "# User groups of account {account}, planned {made} ({id}).\n\
         # People come by the identity provider, and are not managed here.\n\n\
         terraform {{\n  required_providers {{\n    cloudflare = {{\n      \
         source  = \"cloudflare/cloudflare\"\n      version = \"~> 5\"\n    }}\n  }}\n}}\n\n\
         variable \"account_id\" {{\n  type    = string\n  default = {quoted}\n}}\n\n\
         variable \"whole_account_resource_group_id\" {{\n  type        = string\n  \
         description = \"Of the account itself, from GET \
         /accounts/<account_id>/iam/resource_groups\"\n}}\n",
        account = plan.account,
        made = plan.made_at,
        id = plan.id,
        quoted = hcl(&plan.account.to_string()),
    );
    for (number, (group, name)) in groups(plan).enumerate() {
        // Writing to a String can't fail.
        let _ = write!(
            out,
            "\nresource \"cloudflare_user_group\" \"group_{number}\" {{\n  \
             # {}\n  account_id = var.account_id\n  name       = {}\n",
            comment(&group.old_name),
            hcl(name),
        );
        if let Some(policy) = &group.policy {
            let _ = write!(
                out,
                "  policies = [{{\n    access            = \"allow\"\n    \
                 # {}\n    permission_groups = [{{ id = {} }}]\n    \
                 resource_groups   = [{{ id = var.whole_account_resource_group_id }}]\n  }}]\n",
                comment(&policy.role),
                hcl(&policy.permission_group.to_string()),
            );
        }
        out.push_str("}\n");
    }
    out
}

/// The same as a script of requests for curl.
pub(super) fn api_calls(plan: &Plan) -> String {
    let mut out = format!(
        "#!/bin/sh\n# Makes the user groups of plan {}; people are not put into them.\nset -eu\n\
         : \"${{API_TOKEN:?a token that may edit user groups}}\"\n\
         : \"${{API_BASE:=https://api.cloudflare.com/client/v4}}\"\n\
         : \"${{ACCOUNT_ID:={}}}\"\n\
         : \"${{RESOURCE_GROUP_ID:?of the whole account, from GET \
         /accounts/ACCOUNT_ID/iam/resource_groups}}\"\n",
        plan.id, plan.account,
    );
    for (group, name) in groups(plan) {
        let mut body = json!({ "name": name });
        if let Some(policy) = &group.policy {
            // The shell puts its own value in; no name has a control character.
            body["policies"] = json!([{
                "access": "allow",
                "permission_groups": [{ "id": policy.permission_group }],
                "resource_groups": [{ "id": "\u{1}" }],
            }]);
        }
        let text = shell(&body.to_string());
        let text = text.replace("\"\\u0001\"", "\"'\"$RESOURCE_GROUP_ID\"'\"");
        let _ = write!(
            out,
            "\n# {}\ncurl --fail-with-body -sS -X POST \
             \"$API_BASE/accounts/$ACCOUNT_ID/iam/user_groups\" \\\n  \
             -H \"Authorization: Bearer $API_TOKEN\" -H 'Content-Type: application/json' \\\n  \
             --data {text}\n",
            comment(&group.old_name),
        );
    }
    out
}

/// A comment ends with its line, and nothing in it steers a terminal.
fn comment(text: &str) -> String {
    let plain = |c: char| if is_unsafe(c) { ' ' } else { c };
    text.chars().map(plain).collect()
}

/// A string of HCL: with its escapes, and nothing that begins a template.
fn hcl(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    // $${ and %%{ stand for themselves.
    out.replace("${", "$${").replace("%{", "%%{")
}

/// One word of a POSIX shell.
fn shell(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_stands_for_itself_in_hcl() {
        assert_eq!(hcl("a\"b\\c"), "\"a\\\"b\\\\c\"");
        assert_eq!(hcl("${x} %{if} $x"), "\"$${x} %%{if} $x\"");
        assert_eq!(hcl("a\nb\u{1}"), "\"a\\nb\\u0001\"");
    }

    #[test]
    fn a_comment_is_one_line() {
        assert_eq!(comment("a\n}\r\nresource"), "a }  resource");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_shell_reads_the_word_as_it_is(text in "[^\u{0}]{0,40}") {
            let script = format!("printf %s {}", shell(&text));
            let output = Command::new("sh").arg("-c").arg(script).output().expect("a shell");
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), text);
        }
    }
}
