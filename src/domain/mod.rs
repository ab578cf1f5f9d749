//! What Provost is: the words of its world, and the rules that need no database.
//!
//! Nothing here knows of HTTP, SQL or SCIM's wire format. `serde_json::Value` is used as
//! the data type of a record's attributes; the one text that is written and read here is the
//! stored one of a person.

pub mod account;
pub mod actor;
pub mod audit;
pub mod brake;
pub mod catalogue;
pub mod connection;
pub mod document;
pub mod domains;
pub mod effective;
pub mod error;
pub mod group;
pub mod guard;
pub mod id;
pub mod instant;
pub mod kept;
pub mod legacy;
pub mod listing;
pub mod member;
pub mod operator;
pub mod overview;
pub mod password;
pub mod policy;
pub mod preview;
pub mod provisioning;
pub mod query;
pub mod reason;
pub mod reference;
pub mod reserved;
pub mod resource_group;
pub mod role;
pub mod session;
pub mod setup;
pub mod sso_connector;
pub mod summary;
pub mod text;
pub mod token;
