//! The console as people use it, without script.

mod first_run;
mod operators;
mod sessions;
mod sign_in;
