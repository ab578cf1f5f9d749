//! `/user`: the person behind a member's token.

use actix_web::{HttpRequest, web};
use serde_json::{Value, json};

use super::Answer;
use super::body::{self, Fields};
use super::caller::ApiCaller;
use super::envelope;
use super::error::ApiError;
use crate::app;
use crate::app::user::NameChange;
use crate::domain::account::Account;
use crate::domain::actor::Permission;
use crate::domain::document;
use crate::domain::member::{Member, email_of};

/// What a person can have at Cloudflare and is not kept here.
const NOT_KEPT: [&str; 3] = ["telephone", "country", "zipcode"];
/// The longest name, in characters.
const NAME_CHARS_MAX: usize = 60;

/// The names of the roles that a member holds, each once.
pub fn role_names(member: &Member) -> Vec<&str> {
    let mut names = member.role_names();
    names.sort_unstable();
    names.dedup();
    names
}

fn render(member: &Member, account: &Account) -> Value {
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
        "telephone": Value::Null,
        "country": Value::Null,
        "zipcode": Value::Null,
        "suspended": false,
        "two_factor_authentication_enabled": false,
        "two_factor_authentication_locked": false,
        "has_pro_zones": false,
        "has_business_zones": false,
        "has_enterprise_zones": false,
        "betas": [],
        "organizations": [{
            "id": account.id,
            "name": account.name,
            "permissions": [],
            "roles": role_names(member),
            "status": "member",
        }],
    })
}

pub async fn get(caller: ApiCaller) -> Answer {
    let (member, account) = caller.read(app::user::get)?;
    Ok(envelope::one(render(&member, &account)))
}

pub async fn edit(caller: ApiCaller, req: HttpRequest, payload: web::Payload) -> Answer {
    let body = body::read(&caller, Permission::UserWrite, &req, payload).await?;
    let fields = Fields::of(&body, "")?;
    for name in NOT_KEPT {
        if fields.value(name).is_some() {
            return Err(ApiError::field(
                fields.at(name),
                format!("{name} is not kept here; leave it out."),
            ));
        }
    }
    let name = |part| {
        let fits = |text: &str| (text.chars().count() <= NAME_CHARS_MAX).then(|| text.to_owned());
        fields.parsed(part, "at most 60 characters long", fits)
    };
    let change = NameChange {
        given: name("first_name")?,
        family: name("last_name")?,
    };
    let done = caller
        .write(Permission::UserWrite, move |tx| {
            app::user::rename(tx, &change)
        })
        .await?;
    let shown = done.map(|(member, account)| render(&member, &account));
    Ok(envelope::done(shown))
}
