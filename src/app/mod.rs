//! What may be done. One function is one use case and one transaction's body: the
//! transaction comes first, and the first line asks whether its actor may.

pub mod access;
pub mod accounts;
pub mod audit;
pub mod backups;
pub mod brake;
pub mod connections;
pub mod domains;
pub mod groups;
mod guards;
pub mod legacy;
pub mod members;
pub mod operators;
pub mod overview;
pub mod policies;
pub mod preview;
pub mod provisioning;
pub mod resource_groups;
pub mod roles;
pub mod search;
pub mod server;
pub mod sessions;
pub mod setup;
pub mod sso_connectors;
pub mod summary;
pub mod tokens;
pub mod user;
