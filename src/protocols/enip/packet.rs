//! One encapsulation packet, or one datagram of implicit messaging, as it was read: the message
//! that other rooms see.
//!
//! Called by the session, which makes it, and the field table, which visits it. Views only; no
//! allocation, no panic.

use super::cip::{self, Inner, Message};
use super::connection::Connections;
use super::faults::{INVALID_CIP, INVALID_PDU, TOO_MANY_SERVICES};
use super::identity::Identity;
use super::wire::{Command, HEADER, Header, Implicit, Item, items};
use crate::facts::Fault;
use crate::wire::Octets;

/// A packet as read.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packet<'a> {
    /// Encapsulation header; none in implicit datagrams.
    pub(super) header: Option<Header>,
    /// Version of the encapsulation, where it is told.
    pub(super) protocol_version: Option<u16>,
    /// Id of the connection, for connected messages and implicit datagrams.
    pub(super) connection: Option<u32>,
    /// Sequence count (connected) or encapsulation sequence number (implicit).
    pub(super) sequence: Option<u32>,
    /// The CIP message; empty where there is none.
    pub(super) cip: &'a [u8],
    /// Data that is not a CIP message: implicit data, or that of a connection of another kind.
    pub(super) data: &'a [u8],
    /// What a list identity reply tells.
    pub(super) identity: Option<Identity<'a>>,
    /// Capability flags and name of the service in a list services reply.
    pub(super) service: Option<(u16, &'a [u8])>,
}

/// What is wrong with a packet, and where.
pub(super) type Broken = Option<(&'static Fault, usize)>;

impl<'a> Packet<'a> {
    /// Reads the packet that `header` begins; `octets` are all of it.
    #[must_use]
    pub(super) fn read(
        header: Header,
        octets: &'a [u8],
        connections: &Connections,
    ) -> (Self, Broken) {
        let body = octets.get(HEADER..).unwrap_or_default();
        let mut packet = Self {
            header: Some(header),
            ..Self::default()
        };
        let broken = match header.command {
            _ if body.is_empty() => None,
            command if command.carries() => packet.carried(body, connections),
            Command::REGISTER_SESSION => {
                packet.protocol_version = Octets::new(body).le16();
                (body.len() != 4).then_some((&INVALID_PDU, HEADER))
            }
            command if command.lists() => packet.listed(body),
            _ => None,
        };
        (packet, broken)
    }

    /// Reads a datagram of implicit messaging.
    #[must_use]
    pub(super) fn implicit(implicit: &Implicit<'a>) -> Self {
        Self {
            connection: Some(implicit.connection),
            sequence: Some(implicit.sequence),
            data: implicit.data,
            ..Self::default()
        }
    }

    fn listed(&mut self, body: &'a [u8]) -> Broken {
        let Some(items) = items(body) else {
            return Some((&INVALID_PDU, HEADER));
        };
        for item in items {
            match item.kind {
                Item::IDENTITY => {
                    self.identity = Identity::item(item.data);
                    let Some(identity) = self.identity else {
                        return Some((&INVALID_PDU, HEADER));
                    };
                    self.protocol_version = identity.protocol_version;
                }
                Item::SERVICES => {
                    let mut o = Octets::new(item.data);
                    self.protocol_version = o.le16();
                    let flags = o.le16();
                    // 16 octets, filled up with zeros.
                    let name = o.rest().split(|octet| *octet == 0).next();
                    self.service = flags.zip(name);
                }
                _ => {}
            }
        }
        None
    }

    fn carried(&mut self, body: &'a [u8], connections: &Connections) -> Broken {
        // Interface handle and time-out come first.
        let items_at = HEADER + 6;
        let Some(items) = body.get(6..).and_then(items) else {
            return Some((&INVALID_PDU, items_at));
        };
        for item in &items {
            let mut o = Octets::new(item.data);
            match item.kind {
                Item::CONNECTED_ADDRESS => self.connection = o.le32(),
                Item::UNCONNECTED_DATA => self.cip = item.data,
                Item::CONNECTED_DATA => {
                    self.sequence = o.le16().map(u32::from);
                    self.connected(o.rest(), connections);
                }
                _ => {}
            }
        }
        self.check(octets_before(body, self.cip))
    }

    /// Decides what the data of a connected message is: CIP on explicit connections and, where
    /// the opening was not seen, whatever reads as CIP from end to end.
    fn connected(&mut self, data: &'a [u8], connections: &Connections) {
        let known = self.connection.and_then(|id| connections.either(id));
        let explicit = match known {
            Some(connection) => connection.explicit,
            None => cip::walk(data, 0, &mut |_, _| ()),
        };
        match explicit {
            true => self.cip = data,
            false => self.data = data,
        }
    }

    fn check(&self, at: usize) -> Broken {
        let mut too_many = false;
        let sound = self.cip.is_empty()
            || cip::walk(self.cip, 0, &mut |_, inner| {
                too_many |= matches!(inner, Inner::Parts(parts) if parts.too_many());
            });
        match (sound, too_many) {
            (_, true) => Some((&TOO_MANY_SERVICES, at)),
            (false, _) => Some((&INVALID_CIP, at)),
            (true, _) => None,
        }
    }

    /// Visits the CIP messages of this packet, outermost first.
    pub(super) fn each(&self, visit: &mut dyn FnMut(&Message<'a>, Inner<'a>)) {
        if !self.cip.is_empty() {
            cip::walk(self.cip, 0, visit);
        }
    }
}

/// Offset in the packet of `part`, which lies at the end of its last item.
fn octets_before(body: &[u8], part: &[u8]) -> usize {
    HEADER + body.len().saturating_sub(part.len())
}
