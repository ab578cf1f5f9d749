//! Migrations of a small account, through their use cases.

mod importing;
mod planning;
mod refusing;
mod town;
mod undoing;
mod verifying;
