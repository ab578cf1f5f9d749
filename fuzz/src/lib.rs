//! What the fuzz targets do with their bytes. `bins/` hands them to libFuzzer; the integration
//! tests of Provost include this folder and feed it every seed and every kept crash.

pub mod cursor;
pub mod filter;
pub mod json_reader;
pub mod patch;
pub mod path;
pub mod query_string;
pub mod token;

/// One target: its name, which is that of its folders of seeds and crashes, and what it does.
pub type Target = (&'static str, fn(&[u8]));

pub const TARGETS: [Target; 7] = [
    ("cursor", cursor::run),
    ("filter", filter::run),
    ("json_reader", json_reader::run),
    ("patch", patch::run),
    ("path", path::run),
    ("query_string", query_string::run),
    ("token", token::run),
];
