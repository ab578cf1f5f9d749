//! SCIM over HTTP: each handler extracts, parses, calls one use case and renders.

pub mod bulk;
pub mod discovery;
pub mod error;
pub mod groups;
pub mod me;
pub mod members_stream;
pub mod operation;
pub mod request;
pub mod respond;
pub mod search;
pub mod users;
pub mod walk;
