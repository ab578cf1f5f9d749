//! The groups of a plan and their policies as calls of the API, for whoever moves to Cloudflare
//! itself: a script for any shell of POSIX with curl and jq.

use std::fmt::Write;

use super::plan::Plan;
use super::{account_of, comment, is_published, left_out, made};

/// What the script begins with, but for the account.
const HEAD: &str = r#"base=${CLOUDFLARE_BASE_URL:-https://api.cloudflare.com/client/v4}
base=$base/accounts/$account/iam

# Asks the API; what it says of a failure goes to the terminal.
call() {
  answer=$(printf 'Authorization: Bearer %s\n' "$CLOUDFLARE_API_TOKEN" |
    curl -sS --fail-with-body -H @- "$@") || {
    printf '%s\n' "$answer" >&2
    return 1
  }
  printf '%s\n' "$answer"
}

# The id of what has exactly that name in that list; nothing where it is not there.
id_named() {
  found=$(call -G --data-urlencode "name=$2" "$base/$1") || return 1
  printf '%s\n' "$found" |
    jq -r --arg name "$2" '[.result[] | select(.name == $name) | .id] | first // empty'
}

# The same, for what has to be there.
id_of() {
  id=$(id_named "$1" "$2") || return 1
  if [ -z "$id" ]; then
    printf 'The account has nothing called %s in %s; correct its name.\n' "$2" "$1" >&2
    return 1
  fi
  printf '%s\n' "$id"
}

# Makes the group of that name, with a policy for that permission group where there is one.
group() {
  there=$(id_named user_groups "$1") || exit 1
  if [ -n "$there" ]; then
    printf 'Is there already: %s\n' "$1" >&2
    return 0
  fi
  body=$(jq -cn --arg name "$1" --arg role "$2" --arg scope "$whole" '{
    name: $name,
    policies: (if $role == "" then [] else [{
      access: "allow",
      permission_groups: [{id: $role}],
      resource_groups: [{id: $scope}]
    }] end)
  }') || exit 1
  call -X POST -H 'Content-Type: application/json' --data "$body" "$base/user_groups"
}

whole=$(id_of resource_groups "com.cloudflare.api.account.$account")
"#;

/// The whole script. Roles are found by name where the id is not known to be Cloudflare's; a name
/// that is not there ends the script before a group is made.
pub fn script(plan: &Plan) -> String {
    let mut out = format!(
        "#!/bin/sh\n\
         # Makes user groups with their policies; members come from the identity provider.\n\
         # Needs curl, jq, and a token with Account Settings Write in CLOUDFLARE_API_TOKEN.\n\
         # Groups that are there already stay as they are, so it can be run again.\n\
         set -eu\n\
         : \"${{CLOUDFLARE_API_TOKEN:?is not set}}\"\n\
         account=${{CLOUDFLARE_ACCOUNT_ID:-{}}}\n\
         {HEAD}",
        account_of(plan)
    );
    let mut roles: Vec<&str> = Vec::new();
    for (group, _) in made(plan) {
        if let Some(policy) = &group.policy
            && !is_published(policy.permission_group)
            && !roles.contains(&policy.role.as_str())
        {
            roles.push(&policy.role);
            // Writing to a String does not fail.
            let _never = writeln!(
                out,
                "role_{}=$(id_of permission_groups {})",
                roles.len(),
                word(&policy.role)
            );
        }
    }
    for (group, name) in made(plan) {
        let id = group.policy.as_ref().map(|policy| {
            let place = roles.iter().position(|role| *role == policy.role);
            place.map_or_else(
                || policy.permission_group.to_string(),
                |place| format!("\"$role_{}\"", place + 1),
            )
        });
        let _never = write!(
            out,
            "\n# {}\ngroup {} {}\n",
            comment(&group.old_name),
            word(name),
            id.as_deref().unwrap_or("''")
        );
    }
    for group in left_out(plan) {
        let _never = write!(out, "\n# Left out: {}\n", comment(&group.old_name));
    }
    out
}

/// A word of the shell, in which nothing means anything.
fn word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::catalogue;

    /// A plan that gives each group its role, and leaves one out.
    pub(in crate::domain::legacy) fn plan_of(groups: &[(&str, &str)]) -> Plan {
        let group = |(name, role): &(&str, &str)| {
            let known = catalogue::roles().iter().find(|one| one.name == *role);
            let unknown = "0123456789abcdef0123456789abcdef".to_owned();
            let id = known.map_or(unknown, |role| role.permission_group.to_string());
            json!({
                "old_name": format!("CF-{name}"), "class": "exact", "explanation": "",
                "mapped": true, "members": 0, "choice": "convert", "new_name": name,
                "policy": { "role": role, "permission_group": id, "kept": true },
                "state": "same_access",
            })
        };
        let mut all: Vec<_> = groups.iter().map(group).collect();
        let mut left = group(&("left", ""));
        left["choice"] = json!("skip");
        all.push(left);
        let plan = json!({
            "format": crate::domain::legacy::plan::FORMAT,
            "id": "0123456789abcdef0123456789abcdef", "fingerprint": "",
            "account": "0123456789abcdef0123456789abcdef", "account_name": "", "made_at": "",
            "mapping": "on", "options": {},
            "summary": {
                "groups": 0, "convert": 0, "rename_only": 0, "skip": 0, "undecided": 0,
                "conflicts": 0, "memberships": 0, "people": 0, "missing": 0, "same": 0,
                "gain": 0, "lose": 0, "super_administrators_before": 0,
                "super_administrators_after": 0,
            },
            "groups": all, "access": { "roles": [], "sets": [] }, "people": [],
        });
        serde_json::from_value(plan).expect("a plan")
    }

    #[test]
    fn ids_that_are_not_cloudflares_are_looked_up_before_anything_is_made() {
        let script = script(&plan_of(&[
            ("Owner's", "Super Administrator - All Privileges"),
            ("Readers", "Analytics"),
            ("More", "Analytics"),
        ]));
        let (head, calls) = script.split_once("\n# CF-Owner's\n").expect("a group");
        let looked_up = "role_1=$(id_of permission_groups 'Analytics')\n";
        assert!(head.ends_with(looked_up), "{head}");
        let wanted = "group 'Owner'\\''s' 8e23b19e4e0d44c29d239c5688ba8cbb\n\n# CF-Readers\n\
                      group 'Readers' \"$role_1\"\n\n# CF-More\ngroup 'More' \"$role_1\"\n\n\
                      # Left out: CF-left\n";
        assert_eq!(calls, wanted);
    }

    /// Runs the script with a shell that has neither curl nor jq, but functions that tell what
    /// they were asked for.
    fn words_of_groups(script: &str) -> String {
        let (_, calls) = script.split_once("$account\")\n").expect("a head");
        let told = format!(
            "set -eu\nid_of() {{ printf 'id of %s' \"$2\"; }}\n\
             group() {{ printf '%s\\036%s\\035' \"$1\" \"$2\"; }}\n{calls}"
        );
        let mut shell = Command::new("sh");
        let piped = shell.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().expect("a shell");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(told.as_bytes()).expect("a script");
        drop(stdin);
        let output = child.wait_with_output().expect("an end");
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn the_shell_reads_names_as_they_are(
            name in "([$`'\"\\\\!\n]|\\PC){0,30}", role in "([$`'\"\\\\!]|\\PC){1,30}x",
        ) {
            let script = script(&plan_of(&[(&name, &role)]));
            prop_assert_eq!(words_of_groups(&script), format!("{name}\u{1e}id of {role}\u{1d}"));
        }
    }

    #[test]
    fn the_head_is_shell() {
        let script = script(&plan_of(&[("A", "DNS")]));
        let status = Command::new("sh").args(["-n", "-c", &script]).status();
        assert!(status.expect("a shell").success());
    }
}
