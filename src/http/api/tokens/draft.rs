//! Reads a token as it is sent to be made or replaced.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use crate::domain::catalogue;
use crate::domain::id::PermissionGroupId;
use crate::domain::instant::parse_ms;
use crate::domain::text::{Label, shown};
use crate::domain::token::policy::{Effect, GROUPS_MAX, NewTokenPolicy, POLICIES_MAX, TokenDraft};
use crate::domain::token::{AddressCondition, TokenStatus};
use crate::http::api::body::{Fields, wrong};
use crate::http::api::error::ApiError;

/// Most networks of one list of a condition.
const NETWORKS_MAX: usize = 256;

/// `kept`: the condition of the token that is replaced.
pub(super) fn read(body: &Value, kept: Option<&AddressCondition>) -> Result<TokenDraft, ApiError> {
    let fields = Fields::of(body, "")?;
    let name = fields.required_text("name")?;
    let name = Label::parse(name).map_err(|error| ApiError::at("/name", error))?;
    let sent = fields.required_list("policies")?;
    if sent.is_empty() || sent.len() > POLICIES_MAX {
        return Err(ApiError::field(
            "/policies",
            format!("A token has 1 to {POLICIES_MAX} policies; send as many."),
        ));
    }
    let policies = sent.iter().enumerate();
    let policies = policies.map(|(at, sent)| policy(&Fields::of(sent, format!("/policies/{at}"))?));
    let time = |name| fields.parsed(name, "a time like 2026-11-21T08:30:00Z", parse_ms);
    let status = fields.parsed("status", "active, disabled or expired", TokenStatus::parse)?;
    Ok(TokenDraft {
        name,
        policies: policies.collect::<Result<_, _>>()?,
        disabled: match status {
            Some(TokenStatus::Active) => Some(false),
            Some(TokenStatus::Disabled) => Some(true),
            // That follows from its end alone.
            Some(TokenStatus::Expired) | None => None,
        },
        not_before_ms: time("not_before")?,
        expires_ms: time("expires_on")?,
        addresses: condition(&fields, kept)?,
    })
}

fn policy(fields: &Fields<'_>) -> Result<NewTokenPolicy, ApiError> {
    let effect = fields.parsed("effect", "allow or deny", Effect::parse)?;
    let sent = fields.required_list("permission_groups")?;
    if sent.is_empty() || sent.len() > GROUPS_MAX {
        return Err(ApiError::field(
            fields.at("permission_groups"),
            format!("A policy names 1 to {GROUPS_MAX} permission groups; send as many."),
        ));
    }
    let groups = sent.iter().enumerate().map(|(at, sent)| {
        let at = format!("{}/{at}", fields.at("permission_groups"));
        group(&Fields::of(sent, at)?)
    });
    let resources = fields
        .object("resources")?
        .ok_or_else(|| fields.missing("resources"))?;
    Ok(NewTokenPolicy {
        id: fields.text("id")?.and_then(|id| id.parse().ok()),
        effect: effect.ok_or_else(|| fields.missing("effect"))?,
        permission_groups: groups.collect::<Result<_, _>>()?,
        resources: resources.members().clone(),
    })
}

fn group(fields: &Fields<'_>) -> Result<PermissionGroupId, ApiError> {
    let id = fields.required_text("id")?;
    let known = id.parse().ok().and_then(catalogue::token_permission_group);
    known.map(|group| group.id).ok_or_else(|| {
        ApiError::field(
            fields.at("id"),
            format!(
                "There is no token permission group {}; …/tokens/permission_groups lists them.",
                shown(id)
            ),
        )
    })
}

/// The key is written `request_ip` by the SDKs and `request.ip` in prose. What the token has is
/// taken back as it is.
fn condition(
    fields: &Fields<'_>,
    kept: Option<&AddressCondition>,
) -> Result<AddressCondition, ApiError> {
    let Some(condition) = fields.object("condition")? else {
        return Ok(AddressCondition::default());
    };
    let addresses = match condition.object("request_ip")? {
        Some(addresses) => Some(addresses),
        None => condition.object("request.ip")?,
    };
    let Some(addresses) = addresses else {
        return Ok(AddressCondition::default());
    };
    let condition = AddressCondition {
        allow: networks(&addresses, "in")?,
        deny: networks(&addresses, "not_in")?,
    };
    let checked = match kept {
        Some(kept) if *kept == condition => Ok(()),
        _ => condition.check(),
    };
    checked.map_err(|error| ApiError::at(addresses.at("not_in"), error))?;
    Ok(condition)
}

fn networks(fields: &Fields<'_>, name: &str) -> Result<Vec<IpNet>, ApiError> {
    let sent = fields.list(name)?.unwrap_or_default();
    if sent.len() > NETWORKS_MAX {
        return Err(ApiError::field(
            fields.at(name),
            format!("A condition names at most {NETWORKS_MAX} networks; send fewer."),
        ));
    }
    let read = |(at, sent): (usize, &Value)| {
        let pointer = format!("{}/{at}", fields.at(name));
        let text = sent.as_str().ok_or_else(|| wrong(&pointer, "a string"))?;
        let network = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map_err(|_| {
            ApiError::field(
                &pointer,
                format!(
                    "{:?} is no network; write it like 192.0.2.0/24 or 2001:db8::/48.",
                    shown(text)
                ),
            )
        })
    };
    sent.iter().enumerate().map(read).collect()
}
