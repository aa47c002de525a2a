//! CIP messages: message router requests and replies, and the messages inside them.
//!
//! Called by the session, the exchanges and the field table. No state, no allocation, no panic.
//! After the Common Industrial Protocol (CIP volume 1, edition 3.3), 2-4:
//!
//! ```text
//! request: service:1 path size in words:1 path, data
//! reply:   service|0x80:1 reserved:1 general status:1 size in words:1 additional status, data
//! ```

use super::path::Path;
use crate::wire::Octets;

/// Services unpacked of one multiple service packet. A connection of 4002 octets, the largest
/// that controllers open, holds fewer of the smallest that name an object (12 octets).
pub(super) const SERVICES: usize = 512;

/// How deep messages may lie in one another: an unconnected send that carries a multiple
/// service packet is 3 deep, one more for a gateway.
pub(super) const DEPTH: u8 = 4;

/// Services by number; from 0x4B on the same number means another thing for each class.
pub(super) mod service {
    /// Common: all attributes.
    pub(crate) const GET_ATTRIBUTES_ALL: u8 = 0x01;
    /// Common: all attributes, written.
    pub(crate) const SET_ATTRIBUTES_ALL: u8 = 0x02;
    /// Common: some attributes.
    pub(crate) const GET_ATTRIBUTE_LIST: u8 = 0x03;
    /// Common: some attributes, written.
    pub(crate) const SET_ATTRIBUTE_LIST: u8 = 0x04;
    /// Common: several services in one message.
    pub(crate) const MULTIPLE_SERVICE_PACKET: u8 = 0x0a;
    /// Common: one attribute.
    pub(crate) const GET_ATTRIBUTE_SINGLE: u8 = 0x0e;
    /// Common: one attribute, written.
    pub(crate) const SET_ATTRIBUTE_SINGLE: u8 = 0x10;
    /// PCCC object: executes a PCCC command.
    pub(crate) const EXECUTE_PCCC: u8 = 0x4b;
    /// Symbols: reads a tag.
    pub(crate) const READ_TAG: u8 = 0x4c;
    /// Symbols: writes a tag.
    pub(crate) const WRITE_TAG: u8 = 0x4d;
    /// Symbols: changes single bits of a tag.
    pub(crate) const MODIFY_TAG: u8 = 0x4e;
    /// Symbols: reads a tag in pieces.
    pub(crate) const READ_TAG_FRAGMENTED: u8 = 0x52;
    /// Symbols: writes a tag in pieces.
    pub(crate) const WRITE_TAG_FRAGMENTED: u8 = 0x53;
    /// Symbols: lists the tags.
    pub(crate) const INSTANCE_ATTRIBUTE_LIST: u8 = 0x55;
    /// Connection Manager: closes a connection.
    pub(crate) const FORWARD_CLOSE: u8 = 0x4e;
    /// Connection Manager: passes a message on.
    pub(crate) const UNCONNECTED_SEND: u8 = 0x52;
    /// Connection Manager: opens a connection.
    pub(crate) const FORWARD_OPEN: u8 = 0x54;
    /// Connection Manager: opens a connection of more than 511 octets.
    pub(crate) const LARGE_FORWARD_OPEN: u8 = 0x5b;
}

/// Classes that the reader itself must know.
pub(super) mod class {
    /// Who the device is.
    pub(crate) const IDENTITY: u32 = 0x01;
    /// Passes requests on to the other objects.
    pub(crate) const MESSAGE_ROUTER: u32 = 0x02;
    /// Opens and closes connections.
    pub(crate) const CONNECTION_MANAGER: u32 = 0x06;
    /// Carries PCCC commands (Rockwell).
    pub(crate) const PCCC: u32 = 0x67;
    /// Tags of a Logix controller.
    pub(crate) const SYMBOL: u32 = 0x6b;
    /// Data that engineering software polls to show values (Logix, as captures show it).
    pub(crate) const MONITOR: u32 = 0x72;
    /// What is taken before a change and given back after it (Logix, as captures show it).
    pub(crate) const LOCK: u32 = 0x74;
    /// The Logix controller itself.
    pub(crate) const CONTROLLER: u32 = 0x8e;
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    /// Service number, 1 to 0x7f.
    pub(super) service: u8,
    /// What it is asked of.
    pub(super) path: Path<'a>,
    /// Parameters of the service.
    pub(super) data: &'a [u8],
}

/// A reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reply<'a> {
    /// Service number without its reply bit.
    pub(super) service: u8,
    /// General status.
    pub(super) status: u8,
    /// Additional status words.
    pub(super) additional: &'a [u8],
    /// What the service answers.
    pub(super) data: &'a [u8],
}

impl Reply<'_> {
    /// First word of the additional status.
    #[must_use]
    pub(super) fn extended(&self) -> Option<u16> {
        Octets::new(self.additional).le16()
    }
}

/// A message router message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Message<'a> {
    /// A request.
    Request(Request<'a>),
    /// A reply.
    Reply(Reply<'a>),
}

impl<'a> Message<'a> {
    /// Reads a message; `None` where it cannot be one.
    #[must_use]
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        let service = o.u8()?;
        if service & 0x80 == 0 {
            let words = o.u8()?;
            let path = Path(o.take(usize::from(words).saturating_mul(2))?);
            let request = Request {
                service,
                path,
                data: o.rest(),
            };
            return (service != 0 && path.sound()).then_some(Self::Request(request));
        }
        if o.u8()? != 0 {
            return None;
        }
        let status = o.u8()?;
        let words = o.u8()?;
        let additional = o.take(usize::from(words).saturating_mul(2))?;
        Some(Self::Reply(Reply {
            service: service & 0x7f,
            status,
            additional,
            data: o.rest(),
        }))
    }

    /// The messages inside: of an unconnected send or a multiple service packet.
    #[must_use]
    pub(super) fn inner(&self) -> Inner<'a> {
        match self {
            Self::Request(request) => match request.service {
                service::UNCONNECTED_SEND if request.path.is(class::CONNECTION_MANAGER) => {
                    UnconnectedSend::read(request.data).map_or(Inner::Broken, Inner::Sent)
                }
                service::MULTIPLE_SERVICE_PACKET => {
                    Parts::read(request.data).map_or(Inner::Broken, Inner::Parts)
                }
                _ => Inner::None,
            },
            Self::Reply(reply) => match (reply.service, reply.status) {
                (service::MULTIPLE_SERVICE_PACKET, 0 | 0x1e) => {
                    Parts::read(reply.data).map_or(Inner::Broken, Inner::Parts)
                }
                _ => Inner::None,
            },
        }
    }
}

/// What lies in a message.
#[derive(Clone, Copy, Debug)]
pub(super) enum Inner<'a> {
    /// Nothing.
    None,
    /// Something that cannot be read.
    Broken,
    /// One message that is to be passed on.
    Sent(UnconnectedSend<'a>),
    /// Several messages.
    Parts(Parts<'a>),
}

/// An unconnected send (CIP volume 1, table 3-5.29).
#[derive(Clone, Copy, Debug)]
pub(super) struct UnconnectedSend<'a> {
    /// The message to pass on.
    pub(super) message: &'a [u8],
    /// Where to.
    pub(super) route: Path<'a>,
}

impl<'a> UnconnectedSend<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(data);
        // Priority, tick time, time-out ticks.
        o.skip(2)?;
        let length = usize::from(o.le16()?);
        let message = o.take(length)?;
        o.skip(length % 2)?;
        let words = usize::from(o.u8()?);
        o.skip(1)?;
        let route = Path(o.take(words * 2)?);
        Some(Self { message, route })
    }
}

/// The messages of a multiple service packet (CIP volume 1, A-4.10): count, offsets from the
/// count on, messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    data: &'a [u8],
    count: usize,
    next: usize,
}

impl<'a> Parts<'a> {
    fn read(data: &'a [u8]) -> Option<Self> {
        let count = usize::from(Octets::new(data).le16()?);
        let table = count.checked_mul(2)?.checked_add(2)?;
        (count > 0 && table <= data.len()).then_some(Self {
            data,
            count,
            next: 0,
        })
    }

    /// Whether there are more than [`SERVICES`], of which the rest is not read.
    #[must_use]
    pub(super) const fn too_many(&self) -> bool {
        self.count > SERVICES
    }

    fn offset(&self, index: usize) -> Option<usize> {
        let mut o = Octets::new(self.data);
        o.skip(index.checked_mul(2)?.checked_add(2)?)?;
        Some(usize::from(o.le16()?))
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    /// The next message; empty where its offsets do not rise, so that no octet is read twice.
    fn next(&mut self) -> Option<&'a [u8]> {
        let index = self.next;
        if index >= self.count.min(SERVICES) {
            return None;
        }
        self.next += 1;
        let start = self.offset(index)?;
        let end = match index + 1 == self.count {
            true => self.data.len(),
            false => self.offset(index + 1)?,
        };
        let least = self.count * 2 + 2;
        let part = (start >= least).then(|| self.data.get(start..end));
        Some(part.flatten().unwrap_or_default())
    }
}

/// Visits a message and the messages inside it, outermost first, as deep as [`DEPTH`]. Answers
/// whether all of them could be read.
pub(super) fn walk<'a>(
    octets: &'a [u8],
    depth: u8,
    visit: &mut dyn FnMut(&Message<'a>, Inner<'a>),
) -> bool {
    let Some(message) = Message::read(octets) else {
        return false;
    };
    let inner = message.inner();
    visit(&message, inner);
    match inner {
        Inner::None => true,
        _ if depth + 1 >= DEPTH => false,
        Inner::Broken => false,
        Inner::Sent(send) => walk(send.message, depth + 1, visit) & send.route.sound(),
        Inner::Parts(parts) => {
            let whole = !parts.too_many();
            parts.fold(whole, |sound, part| walk(part, depth + 1, visit) & sound)
        }
    }
}
