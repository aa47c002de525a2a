//! CIP connections: forward open and close, and the table of connections known on a
//! conversation.
//!
//! Called by the exchanges and the session. Bounded; no panic. After CIP volume 1, 3-5.5.

use super::cip::{Request, class, service};
use super::path::Path;
use crate::wire::Octets;

/// Connections remembered for one conversation. Controllers hold 32 to 256 in all, over many
/// conversations; where more are open the oldest is forgotten and its messages are paired by
/// sequence count alone.
pub(super) const CONNECTIONS: usize = 64;

/// A forward open or large forward open request.
#[derive(Clone, Copy, Debug)]
pub(super) struct ForwardOpen<'a> {
    /// Connection serial number, the originator's vendor id and serial number.
    pub(super) triad: Triad,
    /// Requested packet intervals in microseconds: originator to target, target to originator.
    pub(super) intervals: (u32, u32),
    /// Octets that the originator will send each time, at most.
    pub(super) produced: u32,
    /// Transport class in bits 0 to 3, trigger in bits 4 to 6, direction in bit 7.
    pub(super) transport: u8,
    /// Where the connection leads.
    pub(super) path: Path<'a>,
}

/// What names a connection for good (CIP volume 1, 3-5.5.1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Triad {
    /// Connection serial number.
    pub(super) connection: u16,
    /// The originator's vendor id.
    pub(super) vendor: u16,
    /// The originator's serial number.
    pub(super) serial: u32,
}

impl Triad {
    fn read(o: &mut Octets<'_>) -> Option<Self> {
        Some(Self {
            connection: o.le16()?,
            vendor: o.le16()?,
            serial: o.le32()?,
        })
    }
}

impl<'a> ForwardOpen<'a> {
    /// The forward open that a request is, if it is one.
    #[must_use]
    pub(super) fn of(request: &Request<'a>) -> Option<Self> {
        let opens = opens(request.service) && request.path.is(class::CONNECTION_MANAGER);
        let large = request.service == service::LARGE_FORWARD_OPEN;
        opens.then(|| Self::read(request.data, large))?
    }

    /// Reads the parameters of a forward open; `large` where they are 32 bits wide.
    fn read(data: &'a [u8], large: bool) -> Option<Self> {
        let mut o = Octets::new(data);
        // Priority and time-out ticks.
        o.skip(2)?;
        // The ids proposed; those in the reply count.
        o.skip(8)?;
        let triad = Triad::read(&mut o)?;
        // Time-out multiplier and three reserved octets.
        o.skip(4)?;
        let to_target = o.le32()?;
        let produced = produced(&mut o, large)?;
        let to_originator = o.le32()?;
        o.skip(if large { 4 } else { 2 })?;
        let transport = o.u8()?;
        let words = usize::from(o.u8()?);
        let path = Path(o.take(words * 2)?);
        Some(Self {
            triad,
            intervals: (to_target, to_originator),
            produced,
            transport,
            path,
        })
    }

    /// Whether the originator takes over outputs of the target: a cyclic connection (class 0, 1)
    /// on which it sends more than the sequence count and the run or idle header, with which
    /// those that only listen keep their connection alive.
    #[must_use]
    pub(super) const fn takes_over(&self) -> bool {
        let overhead = match self.transport & 0x0f {
            0 => 4,
            1 => 6,
            _ => return false,
        };
        self.produced > overhead
    }

    /// Whether CIP messages will run on it: class 2 or 3 to the message router, or to no
    /// object in particular.
    #[must_use]
    pub(super) fn explicit(&self) -> bool {
        let class = self.path.address().class;
        matches!(self.transport & 0x0f, 2 | 3)
            && matches!(class, None | Some(class::MESSAGE_ROUTER))
    }
}

/// The size in network connection parameters (CIP volume 1, 3-5.5.1.1): 9 bits of 16, or 16 of
/// 32; 0 where the type says that there is no connection that way.
fn produced(o: &mut Octets<'_>, large: bool) -> Option<u32> {
    let (kind, size) = if large {
        let parameters = o.le32()?;
        (parameters >> 29 & 3, parameters & 0xffff)
    } else {
        let parameters = u32::from(o.le16()?);
        (parameters >> 13 & 3, parameters & 0x01ff)
    };
    Some(if kind == 0 { 0 } else { size })
}

/// The connection ids and the triad in the reply to a forward open.
#[must_use]
pub(super) fn opened(data: &[u8]) -> Option<((u32, u32), Triad)> {
    let mut o = Octets::new(data);
    let ids = (o.le32()?, o.le32()?);
    Some((ids, Triad::read(&mut o)?))
}

/// The triad and the path of a forward close request.
#[must_use]
pub(super) fn close(data: &[u8]) -> Option<(Triad, Path<'_>)> {
    let mut o = Octets::new(data);
    o.skip(2)?;
    let triad = Triad::read(&mut o)?;
    let words = usize::from(o.u8()?);
    o.skip(1)?;
    Some((triad, Path(o.take(words * 2)?)))
}

/// Whether that service of the Connection Manager opens a connection.
#[must_use]
pub(super) const fn opens(code: u8) -> bool {
    matches!(code, service::FORWARD_OPEN | service::LARGE_FORWARD_OPEN)
}

/// Where the connection leads that a request opens or closes; `None` for other requests.
#[must_use]
pub(super) fn leads<'a>(request: &Request<'a>) -> Option<Path<'a>> {
    match request.service {
        service::FORWARD_CLOSE if request.path.is(class::CONNECTION_MANAGER) => {
            close(request.data).map(|(_, path)| path)
        }
        _ => ForwardOpen::of(request).map(|open| open.path),
    }
}

/// A connection known on this conversation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connection {
    /// Id on which requests run: originator to target.
    pub(super) requests: u32,
    /// Id on which replies run: target to originator.
    pub(super) replies: u32,
    /// Its name; all zero where the opening was not seen.
    pub(super) triad: Triad,
    /// CIP messages run on it.
    pub(super) explicit: bool,
    /// The slot it leads to.
    pub(super) unit: Option<u32>,
}

/// The connections of one conversation, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Connections(Vec<Connection>);

impl Connections {
    /// Octets that they take on the heap.
    pub(super) const fn octets(&self) -> usize {
        self.0.capacity() * size_of::<Connection>()
    }

    /// Remembers a connection; one with the same ids is replaced.
    pub(super) fn add(&mut self, connection: Connection) {
        self.0.retain(|known| {
            known.requests != connection.requests && known.replies != connection.replies
        });
        if self.0.len() >= CONNECTIONS {
            self.0.remove(0);
        }
        self.0.push(connection);
    }

    /// Forgets a closed connection.
    pub(super) fn remove(&mut self, triad: Triad) {
        self.0.retain(|known| known.triad != triad);
    }

    /// The connection on which requests run under this id.
    #[must_use]
    pub(super) fn by_requests(&self, id: u32) -> Option<&Connection> {
        self.0.iter().find(|known| known.requests == id)
    }

    /// The connection on which replies run under this id.
    #[must_use]
    pub(super) fn by_replies(&self, id: u32) -> Option<&Connection> {
        self.0.iter().find(|known| known.replies == id)
    }

    /// The connection that has this id in either direction.
    #[must_use]
    pub(super) fn either(&self, id: u32) -> Option<&Connection> {
        self.by_requests(id).or_else(|| self.by_replies(id))
    }
}
