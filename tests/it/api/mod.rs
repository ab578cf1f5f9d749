//! The REST API over HTTP, as the official clients ask it.

mod accounts;
mod envelope;
mod logs;
mod tokens;
mod user;
