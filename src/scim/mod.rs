//! How SCIM 2.0 speaks (RFC 7643, RFC 7644). Pure: JSON and query strings in, domain values
//! out, and back. No HTTP, no SQL, no clock.
//!
//! In reading order: [`json`] reads bytes strictly, [`patch`] reads PATCH bodies, [`lex`],
//! [`path`] and [`filter`] read the filter language, [`schema`] is the one attribute table
//! from which everything else follows, [`user`] and [`group`] translate the two resources,
//! [`bulk`] reads many operations in one body, [`import`] the files of a migration, [`asked`] says
//! what a refused change asked for.

pub mod asked;
pub mod bulk;
pub mod cursor;
pub mod discovery;
pub mod error;
pub mod eval;
pub mod filter;
pub mod group;
pub mod import;
pub mod json;
pub mod lex;
pub mod list;
mod lower;
pub mod patch;
pub mod path;
pub mod project;
pub mod quirks;
pub mod schema;
pub mod sort;
pub mod user;
pub mod value;
pub mod write;

#[cfg(test)]
mod vectors;

pub use error::{Error, Result, ScimType};

/// Of every answer, errors included; bare, since clients compare it.
pub const MEDIA_TYPE: &str = "application/scim+json";

pub const USER_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const ENTERPRISE_URN: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub const GROUP_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub const SCHEMA_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
pub const RESOURCE_TYPE_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
pub const CONFIG_URN: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";
pub const ERROR_URN: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
pub const LIST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
pub const BULK_REQUEST_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
pub const BULK_RESPONSE_URN: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
pub const SEARCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub const PATCH_URN: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
