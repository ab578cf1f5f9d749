//! Groups whose name grants a role, and what becomes of them.

pub mod access;
pub mod new_name;
pub mod plan;
pub mod run;
