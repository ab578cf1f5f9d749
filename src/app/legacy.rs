//! Legacy groups become user groups: what there is, what would happen, the change itself, what
//! providers make of it, and the way back.

mod beside;
mod check;
pub mod close;
pub mod convert;
pub mod decided;
mod draft;
mod groups;
pub mod inventory;
pub mod mapping;
pub mod plan;
pub mod pushing;
pub mod runs;
pub mod undo;
pub mod verify;

#[cfg(test)]
mod tests;
