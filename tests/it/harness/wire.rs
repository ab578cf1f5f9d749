//! HTTP by hand, for what a well-behaved client can't be made to send.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use ureq::http::{HeaderMap, HeaderName, HeaderValue};

use super::client::Answer;

const PATIENCE: Duration = Duration::from_secs(20);

/// A connection on which bytes go out as they are.
pub(crate) struct Wire {
    stream: TcpStream,
    /// Read and not yet part of an answer.
    rest: Vec<u8>,
}

impl Wire {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).expect("the server listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        stream.set_nodelay(true).expect("no delay");
        Self {
            stream,
            rest: Vec::new(),
        }
    }

    /// False when the server has closed the connection.
    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// The next answer; `None` when the connection was closed without one.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        let head_end = loop {
            if let Some(at) = find(&self.rest, b"\r\n\r\n") {
                break at + 4;
            }
            if !self.more() {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&self.rest[..head_end]).into_owned();
        self.rest.drain(..head_end);
        let mut lines = head.lines();
        let status_line = lines.next().unwrap_or_default();
        let status = status_line
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).expect("a header's name"),
                HeaderValue::from_str(value).expect("a header's value"),
            );
        }
        let status = status.expect("a status line");
        let length = headers
            .get("content-length")
            .and_then(|value| value.to_str().ok());
        let body = match length.and_then(|text| text.parse().ok()) {
            _ if matches!(status, 204 | 304) => Vec::new(),
            Some(length) => self.take(length),
            None if headers.contains_key("transfer-encoding") => self.chunks(),
            None => {
                while self.more() {}
                std::mem::take(&mut self.rest)
            }
        };
        Some(Answer {
            status,
            headers,
            body,
        })
    }

    /// Whether anything comes in that time.
    pub(crate) fn answers_within(&mut self, patience: Duration) -> bool {
        self.stream
            .set_read_timeout(Some(patience))
            .expect("a time-out");
        let came = self.stream.peek(&mut [0]).is_ok();
        self.stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time-out");
        came
    }

    /// Whether the server closes the connection without another byte.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.rest.is_empty() && !self.more()
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        while self.rest.len() < length && self.more() {}
        let length = length.min(self.rest.len());
        self.rest.drain(..length).collect()
    }

    fn chunks(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            let Some(line_end) = find(&self.rest, b"\r\n") else {
                if self.more() {
                    continue;
                }
                return body;
            };
            let size = String::from_utf8_lossy(&self.rest[..line_end]).into_owned();
            let size = usize::from_str_radix(size.trim(), 16).expect("a chunk's size");
            self.rest.drain(..line_end + 2);
            let chunk = self.take(size + 2);
            if size == 0 {
                return body;
            }
            body.extend_from_slice(&chunk[..size.min(chunk.len())]);
        }
    }

    /// Reads on; false at the end of the stream.
    fn more(&mut self) -> bool {
        let mut part = [0; 16 * 1024];
        match self.stream.read(&mut part) {
            Ok(0) => false,
            Ok(count) => {
                self.rest.extend_from_slice(&part[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => {
                assert!(
                    error.kind() == ErrorKind::Interrupted,
                    "no answer came: {error}"
                );
                true
            }
        }
    }
}

/// One connection, these bytes, the answer to them.
pub(crate) fn exchange(address: SocketAddr, bytes: impl AsRef<[u8]>) -> Option<Answer> {
    let mut wire = Wire::connect(address);
    // A refusal may come, and the connection go, before everything was sent.
    wire.write(bytes);
    wire.answer()
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len())
        .position(|window| window == needle)
}
