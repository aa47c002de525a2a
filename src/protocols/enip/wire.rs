//! The encapsulation header and the common packet format: octets to views.
//!
//! Called by the probe, the session and the field table. No state, no allocation, no panic.
//! Drawn after the EtherNet/IP Adaptation of CIP (CIP volume 2, edition 1.4), chapter 2; all
//! numbers are little-endian:
//!
//! ```text
//! command:2 length:2 session:4 status:4 sender context:8 options:4 | length octets of data
//! data of SendRRData, SendUnitData: interface handle:4 timeout:2, then items
//! items: count:2, then count times (type:2 length:2 data)
//! ```

use super::names;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Octets of an encapsulation header.
pub(super) const HEADER: usize = 24;

/// Most octets that may follow the header (CIP volume 2, 2-3.1: 65535 less the header).
pub(super) const LENGTH_MAX: u16 = 65_511;

/// Items read of one packet. The standard defines packets of two to four; eight leaves room
/// for the list replies of gateways.
pub(super) const ITEMS: usize = 8;

/// Octets of data that suffice to judge a header: interface handle, timeout, count, an address
/// item of up to 8 octets and the header of the data item.
const JUDGED: usize = 24;

/// An encapsulation command (CIP volume 2, table 2-3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Command(pub u16);

impl Command {
    /// Nothing; keeps the connection alive.
    pub(super) const NOP: Self = Self(0x0000);
    /// Legacy: asks for the targets behind a gateway. Rockwell's software still sends it.
    pub(super) const LIST_TARGETS: Self = Self(0x0001);
    /// Asks for the services of the encapsulation.
    pub(super) const LIST_SERVICES: Self = Self(0x0004);
    /// Asks who is there.
    pub(super) const LIST_IDENTITY: Self = Self(0x0063);
    /// Asks for interfaces other than CIP.
    pub(super) const LIST_INTERFACES: Self = Self(0x0064);
    /// Opens a session.
    pub(super) const REGISTER_SESSION: Self = Self(0x0065);
    /// Closes a session.
    pub(super) const UNREGISTER_SESSION: Self = Self(0x0066);
    /// Carries an unconnected message, answered.
    pub(super) const SEND_RR_DATA: Self = Self(0x006f);
    /// Carries a connected message.
    pub(super) const SEND_UNIT_DATA: Self = Self(0x0070);
    /// Legacy status indication.
    pub(super) const INDICATE_STATUS: Self = Self(0x0072);
    /// Legacy cancel.
    pub(super) const CANCEL: Self = Self(0x0073);

    /// The name, as Suricata's `enip_command` spells it; `unknown` for any other.
    #[must_use]
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::NOP => "nop",
            Self::LIST_TARGETS => "list_targets",
            Self::LIST_SERVICES => "list_services",
            Self::LIST_IDENTITY => "list_identity",
            Self::LIST_INTERFACES => "list_interfaces",
            Self::REGISTER_SESSION => "register_session",
            Self::UNREGISTER_SESSION => "unregister_session",
            Self::SEND_RR_DATA => "send_rr_data",
            Self::SEND_UNIT_DATA => "send_unit_data",
            Self::INDICATE_STATUS => "indicate_status",
            Self::CANCEL => "cancel",
            _ => "unknown",
        }
    }

    /// Whether it asks a device to tell of itself.
    #[must_use]
    pub(super) const fn lists(self) -> bool {
        matches!(
            self,
            Self::LIST_TARGETS | Self::LIST_SERVICES | Self::LIST_IDENTITY | Self::LIST_INTERFACES
        )
    }

    /// Whether it carries CIP messages.
    #[must_use]
    pub(super) const fn carries(self) -> bool {
        matches!(self, Self::SEND_RR_DATA | Self::SEND_UNIT_DATA)
    }
}

/// An encapsulation header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// What is asked or answered.
    pub(super) command: Command,
    /// Octets that follow the header.
    pub(super) length: u16,
    /// The session, as the target handed it out; 0 where none is needed.
    pub(super) session: u32,
    /// 0 in requests and good replies.
    pub(super) status: u32,
    /// Chosen by the sender of a request, returned in the reply.
    pub(super) context: [u8; 8],
    /// Must be 0.
    pub(super) options: u32,
}

/// How far a header can be believed, by itself and by the data that follows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// It is no header.
    No,
    /// It may be one.
    Weak,
    /// Its lengths and constants agree with each other in many octets.
    Strong,
    /// More octets are needed: this many in all, from the start of the header.
    More(usize),
}

impl Header {
    /// Reads a header.
    #[must_use]
    pub(super) fn read(octets: &[u8]) -> Option<Self> {
        let mut o = Octets::new(octets);
        Some(Self {
            command: Command(o.le16()?),
            length: o.le16()?,
            session: o.le32()?,
            status: o.le32()?,
            context: o.array()?,
            options: o.le32()?,
        })
    }

    /// Octets of the whole packet.
    #[must_use]
    pub(super) fn total(&self) -> usize {
        HEADER + usize::from(self.length)
    }

    /// Whether command, length and options are such as a header has.
    #[must_use]
    pub(super) fn framed(&self) -> bool {
        self.options == 0 && self.length <= LENGTH_MAX && self.command.name() != "unknown"
    }

    /// Whether all but the command is zero, which says little among zeros.
    const fn is_blank(&self) -> bool {
        self.length == 0 && self.session == 0
    }

    /// Judges the header at the start of `octets` by what follows it there.
    #[must_use]
    pub(super) fn sound(&self, octets: &[u8]) -> Sound {
        if !self.framed() {
            return Sound::No;
        }
        let body = octets.get(HEADER..).unwrap_or_default();
        let whole = usize::from(self.length);
        let body = body.get(..whole).unwrap_or(body);
        if body.len() < whole.min(JUDGED) {
            return Sound::More(HEADER + whole.min(JUDGED));
        }
        let told = names::encapsulation_status(self.status) != "unknown status";
        match self.command {
            _ if !told => Sound::No,
            Command::REGISTER_SESSION => match (whole, body) {
                (4, [1, 0, 0, 0]) => Sound::Strong,
                (4, _) | (0, _) if self.status != 0 => Sound::Weak,
                _ => Sound::No,
            },
            Command::UNREGISTER_SESSION if whole == 0 && self.session != 0 => Sound::Weak,
            Command::UNREGISTER_SESSION => Sound::No,
            command if command.carries() => self.sound_carrier(body),
            Command::LIST_IDENTITY if whole == 0 && self.session == 0 => Sound::Strong,
            command if command.lists() => match whole {
                0 => Sound::Weak,
                _ => chain(body, whole),
            },
            // NOP, IndicateStatus, Cancel: nothing to check them by but a short length.
            _ if whole <= 512 => Sound::Weak,
            _ => Sound::No,
        }
    }

    fn sound_carrier(&self, body: &[u8]) -> Sound {
        if self.length == 0 {
            // An error reply may come without data.
            return match self.status {
                0 => Sound::No,
                _ => Sound::Weak,
            };
        }
        match body.split_first_chunk::<6>() {
            Some(([0, 0, 0, 0, _, _], items)) => {
                chain(items, usize::from(self.length).saturating_sub(6))
            }
            _ => Sound::No,
        }
    }
}

/// Follows the item headers at the start of `body`, of which `whole` octets are promised, as
/// far as they are here.
fn chain(body: &[u8], whole: usize) -> Sound {
    let mut o = Octets::new(body);
    let count = match o.le16() {
        Some(0) if whole == 2 => return Sound::Weak,
        Some(count) if count != 0 && usize::from(count) <= ITEMS => count,
        _ => return Sound::No,
    };
    for index in 0..count {
        let (Some(kind), Some(length)) = (o.le16(), o.le16()) else {
            return if body.len() < whole {
                Sound::Strong
            } else {
                Sound::No
            };
        };
        if index == 0 && !first_item(kind, length) {
            return Sound::No;
        }
        let end = o.at().saturating_add(usize::from(length));
        if end > whole || (index + 1 == count && end != whole) {
            return Sound::No;
        }
        if o.skip(usize::from(length)).is_none() {
            return Sound::Strong;
        }
    }
    Sound::Strong
}

/// What the first item of a packet can be: an address, or the item of a list reply.
const fn first_item(kind: u16, length: u16) -> bool {
    match kind {
        Item::NULL => length == 0,
        Item::CONNECTED_ADDRESS => length == 4,
        Item::SEQUENCED_ADDRESS => length == 8,
        Item::IDENTITY => length >= 34,
        Item::SERVICES => length >= 20,
        Item::LEGACY_TARGET => length >= 16,
        _ => false,
    }
}

/// One item of the common packet format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    /// Item type (CIP volume 2, table 2-6.3).
    pub(super) kind: u16,
    /// Its data.
    pub(super) data: &'a [u8],
}

impl Item<'_> {
    /// No address: the message goes unconnected.
    pub(super) const NULL: u16 = 0x0000;
    /// Legacy target, in replies to `list_targets`.
    pub(super) const LEGACY_TARGET: u16 = 0x0001;
    /// Identity, in replies to `list_identity`.
    pub(super) const IDENTITY: u16 = 0x000c;
    /// Connection id of a connected message.
    pub(super) const CONNECTED_ADDRESS: u16 = 0x00a1;
    /// Data of a connected message.
    pub(super) const CONNECTED_DATA: u16 = 0x00b1;
    /// Data of an unconnected message.
    pub(super) const UNCONNECTED_DATA: u16 = 0x00b2;
    /// Services, in replies to `list_services`.
    pub(super) const SERVICES: u16 = 0x0100;
    /// Connection id and sequence number of an implicit message.
    pub(super) const SEQUENCED_ADDRESS: u16 = 0x8002;
}

/// Reads the items that `octets` consist of; `None` where the count or a length does not fit
/// exactly, or where there are more than [`ITEMS`].
#[must_use]
pub(super) fn items(octets: &[u8]) -> Option<ArrayVec<Item<'_>, ITEMS>> {
    let mut o = Octets::new(octets);
    let count = o.le16()?;
    let mut items = ArrayVec::new();
    for _ in 0..count {
        let kind = o.le16()?;
        let length = o.le16()?;
        let data = o.take(usize::from(length))?;
        items.try_push(Item { kind, data }).ok()?;
    }
    o.is_empty().then_some(items)
}

/// A datagram of implicit messaging, as it runs on UDP port 2222: no encapsulation header, a
/// sequenced address and connected data (CIP volume 2, 2-6.3).
#[derive(Clone, Copy, Debug)]
pub(super) struct Implicit<'a> {
    /// Connection id.
    pub(super) connection: u32,
    /// Encapsulation sequence number.
    pub(super) sequence: u32,
    /// What the connection carries, its own sequence count included where its class has one.
    pub(super) data: &'a [u8],
}

impl<'a> Implicit<'a> {
    /// Reads a datagram.
    #[must_use]
    pub(super) fn read(octets: &'a [u8]) -> Option<Self> {
        let items = items(octets)?;
        let [address, data, ..] = items.as_slice() else {
            return None;
        };
        if address.kind != Item::SEQUENCED_ADDRESS || data.kind != Item::CONNECTED_DATA {
            return None;
        }
        let mut o = Octets::new(address.data);
        let (connection, sequence) = (o.le32()?, o.le32()?);
        o.is_empty().then_some(Self {
            connection,
            sequence,
            data: data.data,
        })
    }
}

/// Looks for the next header that can be believed at or behind the start of `octets`, after
/// octets were lost or could not be read. `session` is the handle in use, 0 if none is known.
/// Linear: each place is judged by a bounded number of octets.
#[must_use]
pub(super) fn find(octets: &[u8], session: u32) -> Option<usize> {
    octets.windows(HEADER).enumerate().find_map(|(at, window)| {
        // Cheap refusal first: the upper octet of every command and the options are zero.
        let &[_, 0, .., 0, 0, 0, 0] = window else {
            return None;
        };
        let header = Header::read(window)?;
        let here = octets.get(at..)?;
        let believed = match header.sound(here) {
            Sound::Strong if !header.is_blank() => true,
            Sound::Strong | Sound::Weak => {
                (session != 0 && header.session == session) || followed(here, header.total())
            }
            Sound::More(_) => header.command.carries() || header.command.lists(),
            Sound::No => false,
        };
        believed.then_some(at)
    })
}

/// Whether a strong header stands behind `total` octets.
fn followed(octets: &[u8], total: usize) -> bool {
    let Some(next) = octets.get(total..) else {
        return false;
    };
    Header::read(next)
        .is_some_and(|header| header.sound(next) == Sound::Strong && !header.is_blank())
}
