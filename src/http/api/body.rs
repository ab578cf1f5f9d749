//! Reads the bodies of the REST API: strict JSON, every complaint with a pointer to its cause
//! (RFC 6901), and null as good as missing.

use actix_web::{HttpRequest, web};
use serde_json::{Map, Value};

use super::caller::ApiCaller;
use super::error::ApiError;
use crate::domain::actor::Permission;
use crate::domain::text::shown;
use crate::http::body;
use crate::scim::json::{self, JsonLimits};

/// The body of a write. Whoever may not write is told before it is read.
pub async fn read(
    caller: &ApiCaller,
    permission: Permission,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<Value, ApiError> {
    read_up_to(caller, permission, req, payload, &JsonLimits::GENERAL).await
}

/// The same where the body carries a member list.
pub async fn read_up_to(
    caller: &ApiCaller,
    permission: Permission,
    req: &HttpRequest,
    payload: web::Payload,
    limits: &JsonLimits,
) -> Result<Value, ApiError> {
    caller.require(permission)?;
    let settings = caller.state().limits();
    let max = if limits.array_items > JsonLimits::GENERAL.array_items {
        settings.group_body_bytes
    } else {
        settings.scim_body_bytes
    };
    let bytes = body::read(caller.state(), req, payload, max).await?;
    Ok(json::parse(&bytes, limits)?)
}

/// The body of a write that may come without one.
pub async fn optional(
    caller: &ApiCaller,
    permission: Permission,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<Option<Value>, ApiError> {
    caller.require(permission)?;
    let max = caller.state().limits().scim_body_bytes;
    let bytes = body::read(caller.state(), req, payload, max).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    Ok(Some(json::parse(&bytes, &JsonLimits::GENERAL)?))
}

/// The members of an object, and where it stands in the body.
#[derive(Clone)]
pub struct Fields<'v> {
    members: &'v Map<String, Value>,
    pointer: String,
}

impl<'v> Fields<'v> {
    /// Errors: `Field` for what is no object.
    pub fn of(value: &'v Value, pointer: impl Into<String>) -> Result<Self, ApiError> {
        let pointer = pointer.into();
        match value.as_object() {
            Some(members) => Ok(Self { members, pointer }),
            None => Err(wrong(&pointer, "an object")),
        }
    }

    /// Where the member of that name stands.
    pub fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.pointer)
    }

    /// The member, unless it is missing or null.
    pub fn value(&self, name: &str) -> Option<&'v Value> {
        self.members.get(name).filter(|value| !value.is_null())
    }

    pub fn text(&self, name: &str) -> Result<Option<&'v str>, ApiError> {
        let text = |value: &'v Value| {
            value
                .as_str()
                .ok_or_else(|| wrong(&self.at(name), "a string"))
        };
        self.value(name).map(text).transpose()
    }

    pub fn required_text(&self, name: &str) -> Result<&'v str, ApiError> {
        self.text(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn boolean(&self, name: &str) -> Result<Option<bool>, ApiError> {
        let read = |value: &Value| {
            value
                .as_bool()
                .ok_or_else(|| wrong(&self.at(name), "true or false"))
        };
        self.value(name).map(read).transpose()
    }

    pub fn list(&self, name: &str) -> Result<Option<&'v [Value]>, ApiError> {
        let read = |value: &'v Value| {
            let items = value.as_array().map(Vec::as_slice);
            items.ok_or_else(|| wrong(&self.at(name), "an array"))
        };
        self.value(name).map(read).transpose()
    }

    pub fn required_list(&self, name: &str) -> Result<&'v [Value], ApiError> {
        self.list(name)?.ok_or_else(|| self.missing(name))
    }

    pub fn object(&self, name: &str) -> Result<Option<Fields<'v>>, ApiError> {
        let read = |value| Fields::of(value, self.at(name));
        self.value(name).map(read).transpose()
    }

    /// The members themselves.
    pub fn members(&self) -> &'v Map<String, Value> {
        self.members
    }

    /// Reads a text into a value of its own.
    pub fn parsed<T>(
        &self,
        name: &str,
        what: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ApiError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        parse(text).map(Some).ok_or_else(|| {
            ApiError::field(
                self.at(name),
                format!(
                    "{name} is {:?} and must be {what}; correct it.",
                    shown(text)
                ),
            )
        })
    }

    pub fn missing(&self, name: &str) -> ApiError {
        ApiError::field(
            self.at(name),
            format!("{name} is missing; send it with the request."),
        )
    }
}

/// Something of the wrong type.
pub fn wrong(pointer: &str, wanted: &str) -> ApiError {
    let name = if pointer.is_empty() {
        "The body"
    } else {
        pointer
    };
    ApiError::field(pointer, format!("{name} must be {wanted}; correct it."))
}
