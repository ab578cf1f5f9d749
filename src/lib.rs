//! Provost: the on-premises appliance that decides who is in, and what each person may do.
//!
//! Arrows point inward; a test holds them:
//!
//! ```text
//! domain ← scim ────────┐
//! domain ← store ← app ← http ─┐
//!                  app ← admin ← server ← cli ← main
//! ```

pub mod domain;
pub mod scim;

pub mod env;
pub mod store;

pub mod app;

pub mod admin;
pub mod cli;
pub mod config;
#[cfg(debug_assertions)]
pub mod dev;
pub mod http;
pub mod reach;
pub mod server;
pub mod telemetry;
pub mod tls;
