//! Members, groups, policies, domains and resource groups.

use super::{Described, yes};
use crate::admin::reply::{GroupView, MemberView, Named, PolicyView, ResourceGroupView};

const BY_HAND: &str = "hand";

fn managed(by: Option<&String>) -> String {
    by.map_or_else(|| BY_HAND.to_owned(), Clone::clone)
}

fn listed(policies: Option<&Vec<PolicyView>>) -> String {
    let texts = policies.into_iter().flatten().map(PolicyView::text);
    texts.collect::<Vec<_>>().join("; ")
}

pub(super) fn member(view: &MemberView) -> Described {
    Described {
        noun: "member",
        fields: vec![
            ("id", view.id.to_string()),
            ("user_name", view.user_name.clone()),
            ("email", view.email.clone()),
            (
                "display_name",
                view.display_name.clone().unwrap_or_default(),
            ),
            ("state", view.state.clone()),
            ("source", managed(view.managed_by.as_ref())),
            ("roles", view.roles.join(", ")),
            ("groups", view.groups.join(", ")),
            ("policies", listed(view.policies.as_ref())),
            ("created", view.created.clone()),
            ("modified", view.modified.clone()),
            ("membership", view.membership.to_string()),
        ],
        columns: &["id", "user_name", "state", "roles", "source"],
        widths: &[],
    }
}

pub(super) fn group(view: &GroupView) -> Described {
    Described {
        noun: "group",
        fields: vec![
            ("id", view.id.to_string()),
            ("name", view.name.clone()),
            ("members", view.members.to_string()),
            ("source", managed(view.managed_by.as_ref())),
            ("policies", listed(view.policies.as_ref())),
            ("created", view.created.clone()),
            ("modified", view.modified.clone()),
            ("scim_id", view.scim_id.clone()),
        ],
        columns: &["id", "name", "members", "source"],
        widths: &[],
    }
}

pub(super) fn policy(view: &PolicyView) -> Described {
    let roles: Vec<&str> = view
        .permission_groups
        .iter()
        .map(|role| role.name.as_str())
        .collect();
    Described {
        noun: "policy",
        fields: vec![
            ("id", view.id.to_string()),
            ("kind", view.holder.kind.clone()),
            ("holder", view.holder.name.clone()),
            ("access", view.access.clone()),
            ("roles", roles.join(", ")),
            ("on", view.on()),
            ("holder_id", view.holder.id.clone()),
        ],
        columns: &["id", "kind", "holder", "access", "roles", "on"],
        widths: &[],
    }
}

pub(super) fn domain(view: &Named) -> Described {
    Described {
        noun: "domain",
        fields: vec![("id", view.id.clone()), ("name", view.name.clone())],
        columns: &["id", "name"],
        widths: &[],
    }
}

pub(super) fn resource_group(view: &ResourceGroupView) -> Described {
    Described {
        noun: "resource_group",
        fields: vec![
            ("id", view.id.to_string()),
            ("name", view.name.clone()),
            ("covers", view.scope.text()),
            ("built_in", yes(view.built_in)),
            ("adhoc", yes(view.adhoc)),
        ],
        columns: &["id", "name", "covers"],
        widths: &[],
    }
}
