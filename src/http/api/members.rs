//! `…/members`: the people of the account, with their roles or policies.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields, wrong};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use super::memberships::status;
use super::paging::{self, Page};
use super::policies::{self, RoleTable};
use super::query::Params;
use crate::app;
use crate::app::members::by_hand::{Invitation, MemberChange};
use crate::app::members::pages::{self, MemberOrder, MemberPage};
use crate::domain::actor::Permission;
use crate::domain::document;
use crate::domain::error::{Error, Result as DomainResult};
use crate::domain::id::{MembershipId, RoleId};
use crate::domain::member::{Member, State, email_of};
use crate::domain::policy::{NewPolicy, Policy};
use crate::domain::reference::MemberRef;
use crate::domain::role::RoleRef;
use crate::domain::text::shown;
use crate::store::tx::ReadTx;

/// Most roles that one body names.
const ROLES_MAX: usize = 500;

/// The person behind a membership.
pub fn render_user(member: &Member) -> Value {
    let attributes = document::attributes(&member.document).unwrap_or_default();
    let name = |part: &str| {
        attributes
            .get("name")
            .and_then(|name| name.get(part)?.as_str())
    };
    json!({
        "id": member.id,
        "email": email_of(&attributes),
        "first_name": name("givenName"),
        "last_name": name("familyName"),
        "two_factor_authentication_enabled": false,
    })
}

/// Both views, roles and policies, always.
pub fn render(member: &Member, policies: &[Policy], roles: &RoleTable) -> Value {
    let user = render_user(member);
    json!({
        "id": member.membership_id(),
        "email": user["email"],
        "status": status(member.state),
        "user": user,
        "roles": roles.roles_of(policies),
        "policies": roles.render_all(policies),
        "api_access_enabled": true,
        "managed_by": member.managed_by,
    })
}

/// The member of the id in the path.
pub fn named(req: &HttpRequest) -> Result<MemberRef, Error> {
    by_id(req.match_info().get("member_id").unwrap_or_default())
}

/// The member of that id; a text that can be no id names nobody.
pub fn by_id(named: &str) -> Result<MemberRef, Error> {
    let id: Result<MembershipId, _> = named.parse();
    id.map(MemberRef::Membership)
        .map_err(|_| Error::not_found("member", named))
}

fn table(tx: &ReadTx<'_>, caller: crate::domain::id::AccountId) -> DomainResult<RoleTable> {
    Ok(RoleTable::new(caller, app::roles::list(tx, true)?))
}

pub async fn list(caller: ApiCaller, req: HttpRequest) -> Answer {
    let params = Params::of(&req)?;
    let page = Page::of(&params, paging::MEMBERS)?;
    let order = match params.get("order") {
        None | Some("") => MemberOrder::Made,
        Some("user.first_name") => MemberOrder::FirstName,
        Some("user.last_name") => MemberOrder::LastName,
        Some("user.email") => MemberOrder::Email,
        Some("status") => MemberOrder::Status,
        Some(_) => {
            return Err(ApiError::field(
                "order",
                "order must be user.first_name, user.last_name, user.email or status; send one \
                 of them.",
            ));
        }
    };
    let state = match params.get("status") {
        None | Some("") => None,
        Some("accepted") => Some(State::Active),
        Some("pending") => Some(State::Pending),
        Some("rejected") => Some(State::Inactive),
        Some(_) => {
            return Err(ApiError::field(
                "status",
                "status must be accepted, pending or rejected; send one of them.",
            ));
        }
    };
    let asked = MemberPage {
        order,
        descending: params.descending()?,
        state,
        offset: page.offset(),
        limit: page.per_page,
    };
    let account = caller.account();
    let (items, total) = caller
        .read_long(move |tx| {
            let (found, total) = pages::page(tx, &asked)?;
            let roles = table(tx, account)?;
            let items = found
                .iter()
                .map(|(member, policies)| render(member, policies, &roles));
            Ok((items.collect::<Vec<Value>>(), total))
        })
        .await?;
    Ok(envelope::page(items, page, total))
}

pub async fn get(caller: ApiCaller, req: HttpRequest) -> Answer {
    let which = named(&req)?;
    let shown = caller.read(|tx| shown_now(tx, &which, caller.account()))?;
    Ok(envelope::one(shown))
}

fn shown_now(
    tx: &ReadTx<'_>,
    which: &MemberRef,
    account: crate::domain::id::AccountId,
) -> DomainResult<Value> {
    let (member, policies) = pages::get(tx, which)?;
    Ok(render(&member, &policies, &table(tx, account)?))
}

/// Which rights a body gives: policies win over roles.
enum Rights {
    AsTheyAre,
    Policies(Vec<NewPolicy>),
    /// One policy for each, on the whole account.
    Roles(Vec<(RoleId, String)>),
}

impl Rights {
    fn of(fields: &Fields<'_>, caller: &ApiCaller) -> Result<Self, ApiError> {
        if let Some(policies) = policies::read(fields, caller.account())? {
            return Ok(Self::Policies(policies));
        }
        let Some(sent) = fields.list("roles")? else {
            return Ok(Self::AsTheyAre);
        };
        if sent.len() > ROLES_MAX {
            return Err(ApiError::field(
                fields.at("roles"),
                format!("A member is given at most {ROLES_MAX} roles at once; send fewer."),
            ));
        }
        let role = |(at, sent): (usize, &Value)| {
            let pointer = format!("{}/{at}", fields.at("roles"));
            let text = sent.as_str().or_else(|| sent.get("id")?.as_str());
            let text = text.ok_or_else(|| wrong(&pointer, "a role's id, or an object with one"))?;
            let id = text.parse().map_err(|_| {
                let message = format!("{} is no role's id; GET …/roles lists them.", shown(text));
                ApiError::field(&pointer, message)
            })?;
            Ok((id, pointer))
        };
        let roles = sent.iter().enumerate().map(role);
        Ok(Self::Roles(roles.collect::<Result<_, ApiError>>()?))
    }

    fn into_policies(self, caller: &ApiCaller) -> Result<Option<Vec<NewPolicy>>, ApiError> {
        match self {
            Self::AsTheyAre => Ok(None),
            Self::Policies(policies) => Ok(Some(policies)),
            Self::Roles(roles) => {
                let policy = |(id, pointer): (RoleId, String)| {
                    let found = caller.read(|tx| app::roles::get(tx, &RoleRef::Id(id)));
                    let role = found.map_err(|_| {
                        let message = format!(
                            "There is no role {id} in this account; GET …/roles lists them."
                        );
                        ApiError::field(pointer, message)
                    })?;
                    Ok(NewPolicy::allow(role.permission_group))
                };
                let policies = roles.into_iter().map(policy);
                Ok(Some(policies.collect::<Result<_, ApiError>>()?))
            }
        }
    }
}

/// `accepted` or `pending`.
fn accepted(fields: &Fields<'_>) -> Result<Option<bool>, ApiError> {
    fields.parsed("status", "accepted or pending", |text| match text {
        "accepted" => Some(true),
        "pending" => Some(false),
        _ => None,
    })
}

/// Whom a POST makes a member.
pub fn read_invitation(fields: &Fields<'_>, caller: &ApiCaller) -> Result<Invitation, ApiError> {
    let email = fields.required_text("email")?;
    let accepted = accepted(fields)?.unwrap_or(false);
    let policies = Rights::of(fields, caller)?.into_policies(caller)?;
    Invitation::by_email(email, accepted, policies)
        .map_err(|error| ApiError::at(fields.at("email"), error))
}

/// What a PUT changes.
pub fn read_change(fields: &Fields<'_>, caller: &ApiCaller) -> Result<MemberChange, ApiError> {
    Ok(MemberChange {
        accept: accepted(fields)?.unwrap_or(false),
        policies: Rights::of(fields, caller)?.into_policies(caller)?,
    })
}

pub async fn create(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let invitation = read_invitation(&Fields::of(&body, "")?, &caller)?;
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            let member = app::members::by_hand::invite(tx, invitation)?;
            shown_now(tx, &MemberRef::Id(member.id), account)
        })
        .await?;
    Ok(envelope::done(done))
}

pub async fn update(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::DirectoryWrite, &req, payload).await?;
    let which = named(&req)?;
    let known = which.clone();
    caller.read(|tx| pages::get(tx, &known))?;
    let change = read_change(&Fields::of(&body, "")?, &caller)?;
    let account = caller.account();
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            pages::get(tx, &which)?;
            app::members::by_hand::change(tx, &which, &change)?;
            shown_now(tx, &which, account)
        })
        .await?;
    Ok(envelope::done(done))
}

pub async fn delete(caller: ApiCaller, req: HttpRequest) -> Answer {
    caller.require(Permission::DirectoryWrite)?;
    let which = named(&req)?;
    let done = caller
        .write(Permission::DirectoryWrite, move |tx| {
            app::members::by_hand::remove(tx, &which)
        })
        .await?;
    Ok(envelope::done(
        done.map(|member| json!({ "id": member.membership_id() })),
    ))
}
