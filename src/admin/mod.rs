//! The local door: commands of this machine's own administrators, over a Unix socket while a
//! server runs, else on the database itself. Both ways run [`fn@run`].
//!
//! A line of JSON asks, lines of JSON answer: any number of items, then an end or an error.

pub mod caller;
pub mod client;
pub mod command;
pub mod fault;
pub mod reply;
mod run;
pub mod socket;

use serde::{Deserialize, Serialize};

pub use run::{replies_of, run};

use command::Command;
use fault::Fault;
use reply::Reply;

/// Moves when a request or a reply changes its meaning: client and server are the same binary,
/// but not always the same release.
pub const PROTOCOL: u32 = 1;

/// The socket's name in the data folder.
pub const SOCKET_FILE: &str = "admin.sock";

/// The longest request, in bytes: a plan of groups from a file carries the file's content.
pub const REQUEST_BYTES_MAX: usize = 32 * 1024 * 1024;

/// One command, and the account it is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub protocol: u32,
    /// Id or name; `None`: the only account there is, or the whole box for what concerns it.
    pub account: Option<String>,
    pub command: Command,
}

impl Request {
    pub fn new(account: Option<&str>, command: Command) -> Self {
        Self {
            protocol: PROTOCOL,
            account: account.map(str::to_owned),
            command,
        }
    }
}

/// A line of an answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    // Boxed: an item is many times the size of the others.
    Item(Box<Reply>),
    End,
    Error(Fault),
}
