//! Random directories, and random changes of them by the use cases.

mod guard;
mod preview;
mod world;
