//! The console as people use it, without script.

mod audit;
mod connections;
mod factors;
mod first_run;
mod groups;
mod hostile;
mod legacy;
mod members;
mod operators;
mod overview;
mod provisioning;
mod roles;
mod sessions;
mod settings;
mod shell;
mod sign_in;
mod tokens;
