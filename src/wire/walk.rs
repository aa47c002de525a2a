//! The walk through a frame: where the reader stands, where the present layer ends, and what
//! was found so far.
//!
//! Used by the readers of the layers and by nobody outside this room. Nothing here trusts a
//! length: octets are taken through [`Walk::take`], and a length field can only narrow them.

use super::tunnel::{erspan, gre, mpls, pppoe};
use super::{
    Checksums, Headers, Ip, LAYERS, Network, Notes, TUNNELS, Transport, VLANS, ethernet, ip, ipv4,
    ipv6, llc,
};
use crate::facts::Mac;

/// What a layer says comes next.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layer {
    /// An Ethernet header: addresses first.
    Ethernet,
    /// What this Ethernet type stands for.
    Type(u16),
    /// An 802.2 LLC header.
    Llc,
    /// An IP header whose version its first octet tells.
    Ip,
    /// An IPv4 header.
    Ipv4,
    /// An IPv6 header.
    Ipv6,
    /// The payload of an IP header, of this protocol number.
    Payload(u8),
    /// A PPP frame, with or without address and control octets.
    Ppp,
    /// A PPPoE session header.
    Pppoe,
    /// An MPLS label stack.
    Mpls,
    /// A GRE header.
    Gre,
    /// An ERSPAN type II header.
    Erspan2,
    /// An ERSPAN type III header.
    Erspan3,
    /// Nothing: what follows is content.
    End,
}

/// Where the reader stands in a frame. Positions count from the start of the frame.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    /// The frame up to where the octets of the present layer end.
    octets: &'a [u8],
    /// Octets read so far; behind the end of `octets` only where the capture cut options that
    /// need not be read.
    at: usize,
    /// Where the present layer ended on the wire: behind the end of `octets` where the capture
    /// cut it.
    end: usize,
    /// A mirror cut the frame inside: where it ended is not known, so no length is too great.
    open_ended: bool,
    /// The last link header has not led to an IP header: what it carries is the network layer.
    at_link: bool,
    /// What was found.
    pub(super) headers: Headers,
    /// Which checksums are verified.
    pub(super) verify: Checksums,
}

impl<'a> Walk<'a> {
    pub(super) fn new(octets: &'a [u8], original: u32, verify: Checksums) -> Self {
        let end = (original as usize).max(octets.len());
        let mut notes = Notes::default();
        if end > octets.len() {
            notes.add(Notes::CUT);
        }
        Self {
            octets,
            at: 0,
            end,
            open_ended: false,
            at_link: true,
            headers: Headers {
                macs: None,
                vlans: [0; VLANS],
                vlan_count: 0,
                tunnels: 0,
                network: Network::Unreadable,
                transport: Transport::None,
                content: (0, 0),
                missing: 0,
                notes,
            },
            verify,
        }
    }

    /// Reads layer after layer until one says that content follows.
    pub(super) fn follow(&mut self, first: Layer) {
        let mut layer = first;
        for _ in 0..LAYERS {
            layer = match layer {
                Layer::Ethernet => ethernet::read(self),
                Layer::Type(kind) => ethernet::carry(self, kind),
                Layer::Llc => llc::read(self),
                Layer::Ip => ip::read(self),
                Layer::Ipv4 => ipv4::read(self),
                Layer::Ipv6 => ipv6::read(self),
                Layer::Payload(protocol) => ip::carry(self, protocol),
                Layer::Ppp => pppoe::point_to_point(self),
                Layer::Pppoe => pppoe::read(self),
                Layer::Mpls => mpls::read(self),
                Layer::Gre => gre::read(self),
                Layer::Erspan2 => erspan::type_2(self),
                Layer::Erspan3 => erspan::type_3(self),
                Layer::End => return,
            };
        }
        self.note(Notes::TOO_DEEP);
    }

    /// The headers, with the content from where the walk stands. `original` is the length of
    /// the frame, for the note on its size.
    pub(super) fn finish(mut self, original: u32) -> Headers {
        /// Longest untagged Ethernet frame with its check sequence (IEEE 802.3-2022, 3.2.7).
        const FRAME: u32 = 1518;
        let held = self.octets.len();
        self.headers.content = (offset(self.at.min(held)), offset(held));
        self.headers.missing = offset(self.end.saturating_sub(self.at.max(held)));
        if original > FRAME + 4 * u32::from(self.headers.vlan_count) {
            self.note(Notes::OVERSIZED);
        }
        self.headers
    }

    /// Where the reader stands.
    pub(super) const fn at(&self) -> usize {
        self.at
    }

    /// The same as an offset of [`Headers`].
    pub(super) fn offset(&self) -> u32 {
        offset(self.at)
    }

    /// What is left of the present layer.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.octets.get(self.at..).unwrap_or_default()
    }

    /// The octets from `start`, a position reached before, to the end of the present layer.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        self.octets.get(start..).unwrap_or_default()
    }

    /// Octets left of the present layer by its own account, captured or not.
    pub(super) const fn left(&self) -> usize {
        self.end.saturating_sub(self.at)
    }

    /// Whether the capture holds the present layer to its end.
    pub(super) const fn is_whole(&self) -> bool {
        self.end <= self.octets.len()
    }

    /// Takes `N` octets; where they do not suffice, notes why and stays where it is.
    #[inline]
    pub(super) fn take<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let taken = self.rest().first_chunk::<N>();
        if taken.is_some() {
            self.at += N;
        } else {
            self.lack();
        }
        taken
    }

    /// The next `N` octets without taking them.
    #[inline]
    pub(super) fn peek<const N: usize>(&self) -> Option<&'a [u8; N]> {
        self.rest().first_chunk::<N>()
    }

    /// The next `N` octets without taking them; where they do not suffice, notes why.
    pub(super) fn peek_or_note<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        let seen = self.peek::<N>();
        if seen.is_none() {
            self.lack();
        }
        seen
    }

    /// Passes over `n` octets that need not be read and may not have been captured.
    pub(super) fn pass(&mut self, n: usize) {
        self.at = self.at.saturating_add(n).min(self.end);
    }

    /// Passes over `n` octets; where they do not suffice, notes why and stays where it is.
    pub(super) fn skip(&mut self, n: usize) -> Option<()> {
        if n <= self.rest().len() {
            self.at += n;
            Some(())
        } else {
            self.lack();
            None
        }
    }

    /// Stands at `position` again, which was reached before.
    pub(super) fn back_to(&mut self, position: usize) {
        self.at = position.min(self.at);
    }

    /// The present layer says that it ends at `end`. What lies behind is padding or a trailer.
    ///
    /// A layer that claims to reach past the one around it is not believed: a receiver drops
    /// such a packet, and octets that were never sent must not be waited for.
    pub(super) fn ends_at(&mut self, end: usize) {
        if end > self.end && !self.open_ended {
            self.note(Notes::BAD_LENGTH);
            return;
        }
        if let Some(octets) = self.octets.get(..end) {
            self.octets = octets;
        }
        self.end = end.max(self.at);
    }

    /// The last `n` octets of the present layer are a trailer.
    pub(super) fn drop_trailer(&mut self, n: usize) {
        self.ends_at(self.end.saturating_sub(n));
    }

    /// A mirror cut the frame inside this layer.
    pub(super) const fn cut_by_mirror(&mut self) {
        self.note(Notes::CUT);
        self.open_ended = true;
    }

    /// Adds a fact.
    pub(super) const fn note(&mut self, fact: Notes) {
        self.headers.notes.add(fact);
    }

    /// Notes that octets do not suffice, unless they are only not captured.
    fn lack(&mut self) {
        if self.is_whole() && !self.open_ended {
            self.note(Notes::SHORT);
        }
    }

    /// A length field or offset does not fit; content is everything from `start` on.
    pub(super) fn malformed(&mut self, start: usize) -> Layer {
        self.back_to(start);
        self.note(Notes::BAD_LENGTH);
        Layer::End
    }

    /// A version or code that is not known; content is everything from `start` on.
    pub(super) fn unknown(&mut self, start: usize) -> Layer {
        self.back_to(start);
        self.note(Notes::UNKNOWN);
        Layer::End
    }

    /// Goes on with `inner` in a further tunnel, or stops where there were too many.
    pub(super) fn enter(&mut self, inner: Layer) -> Layer {
        if self.headers.tunnels >= TUNNELS {
            self.note(Notes::TOO_DEEP);
            return Layer::End;
        }
        self.headers.tunnels += 1;
        inner
    }

    /// Keeps the addresses of an Ethernet header.
    pub(super) const fn set_macs(&mut self, source: Mac, destination: Mac) {
        self.at_link = true;
        self.headers.macs = Some((source, destination));
    }

    /// Keeps a VLAN identifier; 0 is none.
    pub(super) fn add_vlan(&mut self, vlan: u16) {
        if vlan == 0 {
            return;
        }
        let count = usize::from(self.headers.vlan_count);
        if let Some(slot) = self.headers.vlans.get_mut(count) {
            *slot = vlan;
            self.headers.vlan_count += 1;
        } else {
            self.note(Notes::TOO_DEEP);
        }
    }

    /// Keeps an IP header.
    pub(super) const fn set_ip(&mut self, ip: Ip) {
        self.at_link = false;
        self.headers.network = Network::Ip(ip);
        self.headers.transport = Transport::None;
    }

    /// The frame carries this and no IP; what follows is content. Inside a tunnel without a
    /// link header of its own the IP header around it stays the innermost thing known.
    pub(super) const fn settle(&mut self, network: Network) -> Layer {
        if self.at_link {
            self.headers.network = network;
            self.headers.transport = Transport::None;
        } else {
            self.note(Notes::UNKNOWN);
        }
        Layer::End
    }
}

/// A position as [`Headers`] keeps it. No capture format holds a frame past four GiB.
fn offset(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
