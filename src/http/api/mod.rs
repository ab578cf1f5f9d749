//! The REST API over HTTP, in the shapes of Cloudflare's: each handler extracts, parses, calls
//! one use case and renders.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod body;
pub mod caller;
pub mod connections;
pub mod domains;
pub mod envelope;
pub mod error;
pub mod group_members;
pub mod legacy_groups;
pub mod members;
pub mod memberships;
pub mod openapi;
pub mod paging;
pub mod policies;
pub mod preview;
pub mod provisioning;
pub mod query;
pub mod resource_groups;
pub mod roles;
pub mod sso_connectors;
pub mod tokens;
pub mod user;
pub mod user_groups;

use actix_web::HttpResponse;

use error::ApiError;

/// What every handler gives.
pub type Answer = Result<HttpResponse, ApiError>;
