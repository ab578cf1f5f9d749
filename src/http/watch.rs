//! Ends connections that hold on without asking anything. The framework times the first head
//! on a connection and the silence between two requests, and no more: who sends a later head,
//! or a body that nobody reads, byte by byte, or never takes an answer, would stay for ever.

use std::any::Any;
use std::collections::HashMap;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;

use super::observe::stream_of;
use crate::env::Clock;

/// A client that takes an answer more slowly than this, in bytes a second, is not waited for.
const TAKEN_BYTES_PER_SECOND: u64 = 8 * 1024;
/// While a request is being answered its connection has no deadline.
const NEVER: u64 = u64::MAX;

/// All open connections of the server.
pub struct Watch(Arc<Inner>);

struct Inner {
    clock: Clock,
    /// How long a connection may go without a request, in microseconds.
    idle_us: u64,
    next: AtomicU64,
    lines: Mutex<HashMap<u64, Arc<Line>>>,
}

/// A connection, by a descriptor of its own: it can be shut down from another thread.
struct Line {
    socket: TcpStream,
    due_us: AtomicU64,
}

/// What a connection keeps; it is watched until this is dropped.
pub struct Watched {
    key: u64,
    line: Arc<Line>,
    watch: Arc<Inner>,
}

/// A request is being answered.
pub struct Answering {
    line: Arc<Line>,
    watch: Arc<Inner>,
}

impl Watch {
    /// `idle_seconds`: the keep-alive and the time for a head together.
    pub fn new(clock: Clock, idle_seconds: u64) -> Self {
        Self(Arc::new(Inner {
            clock,
            idle_us: idle_seconds.saturating_mul(1_000_000),
            next: AtomicU64::new(0),
            lines: Mutex::default(),
        }))
    }

    /// Watches an accepted connection. `None` when there is no descriptor left to do so.
    pub fn open(&self, io: &dyn Any) -> Option<Watched> {
        let socket = stream_of(io)?.as_fd().try_clone_to_owned().ok()?;
        Some(self.0.watch(TcpStream::from(socket)))
    }

    /// Shuts down what is overdue; how many connections that were.
    pub fn end_overdue(&self) -> usize {
        let now_us = self.0.clock.monotonic_us();
        let lines = self.0.lines();
        let mut ended = 0;
        for line in lines.values() {
            let overdue = line.due_us.load(Ordering::Relaxed) < now_us;
            // An error says that the client was faster.
            if overdue && line.socket.shutdown(Shutdown::Both).is_ok() {
                ended += 1;
            }
        }
        ended
    }
}

impl Inner {
    fn watch(self: &Arc<Self>, socket: TcpStream) -> Watched {
        let line = Arc::new(Line {
            socket,
            due_us: AtomicU64::new(NEVER),
        });
        self.expect_progress(&line, 0);
        let key = self.next.fetch_add(1, Ordering::Relaxed);
        self.lines().insert(key, Arc::clone(&line));
        Watched {
            key,
            line,
            watch: Arc::clone(self),
        }
    }

    fn lines(&self) -> std::sync::MutexGuard<'_, HashMap<u64, Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the client time to take `bytes` and to send its next request.
    fn expect_progress(&self, line: &Line, bytes: u64) {
        let taking_us = (bytes / TAKEN_BYTES_PER_SECOND).saturating_mul(1_000_000);
        let due_us = self.clock.monotonic_us() + self.idle_us.saturating_add(taking_us);
        line.due_us.store(due_us, Ordering::Relaxed);
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.watch.lines().remove(&self.key);
    }
}

impl Watched {
    /// From the head of a request to the head of its answer.
    pub fn answering(&self) -> Answering {
        self.line.due_us.store(NEVER, Ordering::Relaxed);
        Answering {
            line: Arc::clone(&self.line),
            watch: Arc::clone(&self.watch),
        }
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.watch.expect_progress(&self.line, 0);
    }
}

impl Answering {
    /// The body of the answer, watched while it is sent.
    pub fn send(self, body: BoxBody) -> BoxBody {
        match body.size() {
            BodySize::None => body,
            BodySize::Sized(bytes) => {
                let (line, watch) = (Arc::clone(&self.line), Arc::clone(&self.watch));
                drop(self);
                watch.expect_progress(&line, bytes);
                body
            }
            BodySize::Stream => BoxBody::new(Sending {
                body,
                answering: self,
            }),
        }
    }
}

/// A body of unknown length: each piece of it is progress.
struct Sending {
    body: BoxBody,
    answering: Answering,
}

impl MessageBody for Sending {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let piece = Pin::new(&mut self.body).poll_next(cx);
        let due_after = match &piece {
            Poll::Ready(Some(Ok(bytes))) => u64::try_from(bytes.len()).unwrap_or(0),
            Poll::Ready(_) => 0,
            // The database is read: that is not the client's time.
            Poll::Pending => {
                self.answering.line.due_us.store(NEVER, Ordering::Relaxed);
                return piece;
            }
        };
        let Answering { line, watch } = &self.answering;
        watch.expect_progress(line, due_after);
        piece
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let client = TcpStream::connect(address).expect("a connection");
        (client, listener.accept().expect("its other end").0)
    }

    #[test]
    fn a_connection_that_asks_nothing_is_ended_and_one_being_answered_is_not() {
        let watch = Watch::new(Clock::system(), 0);
        let (mut client, server) = pair();
        let watched = watch.0.watch(server);
        let answering = watched.answering();
        assert_eq!(watch.end_overdue(), 0);
        drop(answering);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(watch.end_overdue(), 1);
        assert_eq!(client.read(&mut [0; 1]).expect("the end"), 0);
        drop(watched);
        assert_eq!(watch.end_overdue(), 0);
    }

    #[test]
    fn a_large_answer_gets_time_to_be_taken() {
        let watch = Watch::new(Clock::system(), 0);
        let (_client, server) = pair();
        let watched = watch.0.watch(server);
        let body = BoxBody::new(Bytes::from(vec![0; 100_000]));
        let sent = watched.answering().send(body);
        assert_eq!(sent.size(), BodySize::Sized(100_000));
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert_eq!(watch.end_overdue(), 0);
    }
}
