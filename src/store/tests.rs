//! The store as a whole, through its front door.

mod activity;
mod audit;
mod backup;
mod check;
mod guard;
mod legacy;
mod migrate;
mod provisioning;
mod query;
mod roles;
mod tokens;
mod turns;
mod writer;
