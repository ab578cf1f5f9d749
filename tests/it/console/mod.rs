//! The console as people use it, without script.

mod first_run;
mod groups;
mod operators;
mod roles;
mod sessions;
mod shell;
mod sign_in;
