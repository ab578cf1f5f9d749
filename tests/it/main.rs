//! The one integration-test binary: the product from outside, over HTTP and its command line.

#[cfg(test)]
mod api;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod authz;
// The database that it stands on is made by what debug builds alone have.
#[cfg(all(test, debug_assertions))]
mod browser;
#[cfg(test)]
mod cli;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod console;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod guard;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod idp;
#[cfg(test)]
mod legacy;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod random;
#[cfg(test)]
mod scim;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod tidy;
