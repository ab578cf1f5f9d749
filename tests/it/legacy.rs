//! The migration of legacy groups through the front door: its whole life between two providers,
//! kills in its middle, and what it refuses.

mod crash;
mod life;
mod providers;
mod refusals;
mod tables;
mod town;
