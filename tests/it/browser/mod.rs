//! The console in a real browser: what only a browser can tell. Skipped, with a word about it,
//! where there is none; `PROVOST_BROWSER_TESTS=1` makes that a failure.

mod look;
mod sweep;
mod tour;
