//! A connection to a collector, in the clear or over TLS, and what may have to be sent over the
//! next one.

use super::tls::{Peer, Secret};
use crate::desk::outputs::outlet::Sink;
use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

/// Messages and octets that are kept to be sent again, and for how long.
pub(super) const WINDOW: (usize, usize, Duration) = (4096, 1024 * 1024, Duration::from_secs(60));

/// How long a connection, and a write to it, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a collector may take at the end to read what is on its way.
const FAREWELL: Duration = Duration::from_secs(2);

/// Least and greatest time between two attempts to connect.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(500), Duration::from_secs(30));

/// A connection that is lost before this time was none: a server may refuse a certificate only
/// after it seems to be open (RFC 8446, 4.4.2.4).
const STANDS: Duration = Duration::from_secs(2);

/// A connection, and what may have to be sent over the next one.
pub(super) struct Stream {
    address: String,
    /// Who must answer over TLS; none where it is in the clear.
    peer: Option<Peer>,
    line: Option<Line>,
    /// Since when it is open.
    since: Instant,
    /// Why there is none.
    trouble: Option<String>,
    window: VecDeque<Kept>,
    /// Messages of the window that were sent over this connection: the first ones.
    sent: usize,
    octets: usize,
    pause: Duration,
    tried: Option<Instant>,
}

/// A framed message, and when it was sent.
struct Kept(Vec<u8>, Option<Instant>);

impl Stream {
    pub(super) fn new(address: String, peer: Option<Peer>) -> Self {
        Self {
            address,
            peer,
            line: None,
            since: Instant::now(),
            trouble: None,
            window: VecDeque::new(),
            sent: 0,
            octets: 0,
            pause: BACK_OFF.0,
            tried: None,
        }
    }

    /// Sends what was not sent over this connection, which is opened if it is time to.
    fn send(&mut self) {
        self.connect();
        let Some(line) = &mut self.line else {
            return;
        };
        for Kept(message, when) in self.window.iter_mut().skip(self.sent) {
            if let Err(error) = line.send(message) {
                self.lose(&error);
                return;
            }
            *when = Some(Instant::now());
            self.sent += 1;
        }
        // What was sent long ago over a connection that still stands has arrived.
        while let Some(Kept(message, Some(when))) = self.window.front()
            && when.elapsed() > WINDOW.2
            && self.sent > 0
        {
            self.octets = self.octets.saturating_sub(message.len());
            self.window.pop_front();
            self.sent -= 1;
        }
    }

    /// Notices a connection that was closed, and opens a new one if it is time to.
    fn connect(&mut self) {
        if let Some(line) = &mut self.line {
            match line.look() {
                Ok(()) if self.since.elapsed() > STANDS => {
                    self.pause = BACK_OFF.0;
                    self.trouble = None;
                }
                Ok(()) => {}
                Err(error) => self.lose(&error),
            }
        }
        let soon = |tried: Instant| tried.elapsed() < self.pause;
        if self.line.is_some() || self.tried.is_some_and(soon) {
            return;
        }
        self.tried = Some(Instant::now());
        match self.open() {
            Ok(line) => {
                self.line = Some(line);
                self.since = Instant::now();
            }
            Err(error) => self.lose(&error),
        }
    }

    fn open(&self) -> io::Result<Line> {
        let stream = open(&self.address)?;
        Ok(match &self.peer {
            None => Line::Open(stream),
            Some(peer) => Line::Secret(Box::new(peer.greet(stream)?)),
        })
    }

    /// The connection is gone: all that is kept is to be sent again.
    fn lose(&mut self, error: &io::Error) {
        self.line = None;
        self.sent = 0;
        self.pause = (self.pause * 2).min(BACK_OFF.1);
        self.trouble = Some(match &self.peer {
            Some(peer) => peer.reason(error),
            None => error.to_string(),
        });
    }
}

impl Sink for Stream {
    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        let mut message = octets.len().to_string().into_bytes();
        message.push(b' ');
        message.extend(octets);
        self.octets += message.len();
        self.window.push_back(Kept(message, None));
        self.send();
        // What was never sent is not let go: as long as it is there no more are taken.
        while (self.window.len() > WINDOW.0 || self.octets > WINDOW.1)
            && let Some(Kept(_, Some(_))) = self.window.front()
            && let Some(Kept(message, _)) = self.window.pop_front()
        {
            self.octets = self.octets.saturating_sub(message.len());
            self.sent = self.sent.saturating_sub(1);
        }
        Ok(())
    }

    fn idle(&mut self) {
        self.send();
    }

    fn works(&self) -> bool {
        self.line.is_some()
    }

    fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    fn takes(&mut self) -> bool {
        self.send();
        self.line.is_some()
    }

    fn unsettled(&mut self) -> io::Result<usize> {
        Ok(self.window.len())
    }

    fn close(&mut self) -> u64 {
        self.tried = None;
        self.send();
        let unsent = self.window.iter().filter(|Kept(_, when)| when.is_none());
        let unsent = unsent.count() as u64;
        let Some(line) = self.line.take() else {
            return unsent;
        };
        // A collector that closes its end has read all to the end; one that does not, or not
        // soon, may get this again.
        if line.end().is_ok() {
            self.window.clear();
            self.octets = 0;
        }
        self.sent = 0;
        unsent
    }
}

/// An open connection.
enum Line {
    Open(TcpStream),
    Secret(Box<Secret>),
}

impl Line {
    fn send(&mut self, octets: &[u8]) -> io::Result<()> {
        match self {
            Self::Open(stream) => stream.write_all(octets),
            Self::Secret(secret) => secret.send(octets),
        }
    }

    /// Looks whether the other end has closed it. Collectors never answer.
    fn look(&mut self) -> io::Result<()> {
        let stream = match self {
            Self::Open(stream) => stream,
            Self::Secret(secret) => return secret.look(),
        };
        stream.set_nonblocking(true)?;
        let peeked = stream.peek(&mut [0]);
        stream.set_nonblocking(false)?;
        match peeked {
            Ok(0) => Err(closed()),
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Says that nothing comes any more, and waits until the other end has read all.
    fn end(self) -> io::Result<()> {
        let mut stream = match self {
            Self::Open(stream) => stream,
            Self::Secret(secret) => secret.bye()?,
        };
        stream.shutdown(Shutdown::Write)?;
        stream.set_read_timeout(Some(FAREWELL))?;
        let began = Instant::now();
        let mut octets = [0; 512];
        while stream.read(&mut octets)? > 0 {
            if began.elapsed() > FAREWELL {
                return Err(ErrorKind::TimedOut.into());
            }
        }
        Ok(())
    }
}

/// What is said of a connection that the other end has closed.
pub(super) fn closed() -> io::Error {
    io::Error::new(ErrorKind::ConnectionAborted, "it has closed the connection")
}

fn open(address: &str) -> io::Result<TcpStream> {
    let mut last = ErrorKind::AddrNotAvailable.into();
    for place in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}
