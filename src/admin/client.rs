//! The command line's end of the local door.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use super::fault::{Fault, Stop, exit};
use super::reply::Reply;
use super::socket::Reach;
use super::{Line, Request, SOCKET_FILE};

/// The longest line of an answer, in bytes: the plan of a migration names everybody it touches,
/// with some 250 bytes each, and an account may have a million people.
const LINE_BYTES_MAX: u64 = 512 * 1024 * 1024;

/// A way to the running server.
#[derive(Debug)]
pub struct Client(UnixStream);

impl Client {
    /// `None` when no server answers in that data folder.
    pub fn connect(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(SOCKET_FILE);
        let stream = Reach::of(&path).and_then(|reach| UnixStream::connect(reach.path()));
        match stream {
            Ok(stream) => Ok(Some(Self(stream))),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Sends `request` and hands each item of the answer to `sink`.
    ///
    /// Errors: the server's fault; that the server went away; what `sink` returns.
    pub fn call(
        self,
        request: &Request,
        sink: &mut dyn FnMut(Reply) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let mut stream = self.0;
        let mut line = serde_json::to_vec(request).map_err(io::Error::other)?;
        line.push(b'\n');
        stream.write_all(&line).map_err(|error| lost(&error))?;
        let mut reader = BufReader::new(stream);
        loop {
            let mut line = zeroize::Zeroizing::new(Vec::new());
            let mut bounded = io::Read::take(&mut reader, LINE_BYTES_MAX);
            bounded
                .read_until(b'\n', &mut line)
                .map_err(|error| lost(&error))?;
            if line.is_empty() {
                return Err(lost(&io::ErrorKind::UnexpectedEof.into()).into());
            }
            match serde_json::from_slice(&line).map_err(|error| lost(&error.into()))? {
                Line::Item(reply) => sink(*reply)?,
                Line::End => return Ok(()),
                Line::Error(fault) => return Err(fault.into()),
            }
        }
    }
}

fn lost(error: &io::Error) -> Fault {
    Fault::new(
        exit::UNAVAILABLE,
        "lost the running server before it answered",
        error.to_string(),
        "look at the server's log, then see whether the command took effect before repeating it",
    )
}
