//! The REST API over HTTP, as the official clients ask it.

mod accounts;
mod envelope;
mod iam;
mod logs;
mod members;
mod tokens;
mod user;
