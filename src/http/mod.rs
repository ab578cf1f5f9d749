//! Who is asking, and in which dialect: the HTTP doors over the use cases.

pub mod api;
pub mod assets;
pub mod body;
pub mod caller;
mod compress;
pub mod console;
pub mod error;
pub mod health;
pub mod knocks;
pub mod limits;
pub mod metrics;
pub mod observe;
pub mod routes;
pub mod scim;
pub mod state;
pub mod watch;

pub use state::State;
