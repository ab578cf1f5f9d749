//! What may be done. One function is one use case and one transaction's body: the
//! transaction comes first, and the first line asks whether its actor may.

pub mod accounts;
pub mod audit;
pub mod backups;
pub mod brake;
pub mod connections;
pub mod groups;
pub mod members;
pub mod provisioning;
pub mod roles;
pub mod search;
pub mod server;
pub mod sso_connectors;
pub mod tokens;
