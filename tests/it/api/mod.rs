//! The REST API over HTTP, as the official clients ask it.

mod access;
mod accounts;
mod envelope;
mod hostile;
mod iam;
mod legacy;
mod logs;
mod members;
mod own_tokens;
mod sso_connectors;
mod tenants;
mod tokens;
mod user;
