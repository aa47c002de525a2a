//! Octets to frames of the session service, and what all versions of a message have in common.

use super::super::Probe;
use super::super::dcerpc::wire::{Interface, Pdu};
use super::super::netbios::wire::Name as NetBiosName;
use crate::wire::Octets;
use arrayvec::ArrayVec;

/// Octets of a frame before its message.
pub(super) const FRAME_HEADER: usize = 4;

/// Octets of a message that are read: headers, names and security blobs lie in them; the rest
/// of long messages is file content.
pub(super) const READ: usize = 4096;

/// A path or file name as UTF-8, cut where it is full.
pub(super) type Path = ArrayVec<u8, 256>;

/// A user, domain or host name as UTF-8.
pub(super) type Name = ArrayVec<u8, 64>;

/// What a frame carries (RFC 1002, 4.3.1; MS-SMB2, 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// A message of so many octets.
    Message(usize),
    /// A session request, its answers or a keep-alive, of so many octets.
    Session(usize),
}

impl Frame {
    /// Reads a frame header; `Err` where there can be none.
    pub(super) fn read(octets: &[u8]) -> Result<Option<Self>, ()> {
        let mut o = Octets::new(octets);
        let Some(kind) = o.u8() else {
            return Ok(None);
        };
        if !matches!(kind, 0x00 | 0x81..=0x85) {
            return Err(());
        }
        let Some(length) = o.be24().and_then(|length| usize::try_from(length).ok()) else {
            return Ok(None);
        };
        match (kind, length) {
            (0x00, 32..) => Ok(Some(Self::Message(length))),
            // Requests hold two names of 34 octets with their scopes.
            (0x81, 68..=512) | (0x82 | 0x85, 0) | (0x83, 1) | (0x84, 6) => {
                Ok(Some(Self::Session(length)))
            }
            _ => Err(()),
        }
    }
}

/// The marks with which messages begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Version1,
    Version2,
    /// Version 3, encrypted (MS-SMB2, 2.2.41).
    Encrypted,
    /// Version 3.1.1, compressed (MS-SMB2, 2.2.42).
    Compressed,
}

impl Mark {
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        match message {
            [0xff, b'S', b'M', b'B', ..] => Some(Self::Version1),
            [0xfe, b'S', b'M', b'B', ..] => Some(Self::Version2),
            [0xfd, b'S', b'M', b'B', ..] => Some(Self::Encrypted),
            [0xfc, b'S', b'M', b'B', ..] => Some(Self::Compressed),
            _ => None,
        }
    }
}

/// Whether octets begin with a frame that holds a message or opens a session.
pub(super) fn probe(octets: &[u8]) -> Probe {
    match Frame::read(octets) {
        Err(()) => Probe::NotMine,
        Ok(None) => Probe::More,
        Ok(Some(Frame::Message(_))) => match octets.get(FRAME_HEADER..FRAME_HEADER + 4) {
            Some(mark) if Mark::read(mark).is_some() => Probe::Certain,
            Some(_) => Probe::NotMine,
            None => match octets.get(FRAME_HEADER..) {
                Some([]) => Probe::More,
                Some([0xfc..=0xff, rest @ ..]) if b"SMB".starts_with(rest) => Probe::More,
                _ => Probe::NotMine,
            },
        },
        Ok(Some(Frame::Session(length))) if octets.first() == Some(&0x81) => {
            match octets.get(..FRAME_HEADER + length) {
                Some(frame) if called(frame).is_some() => Probe::Certain,
                Some(_) => Probe::NotMine,
                None => Probe::More,
            }
        }
        Ok(Some(Frame::Session(_))) => Probe::Unsure,
    }
}

/// The called and the calling name of a session request (RFC 1002, 4.3.2).
pub(super) fn called(frame: &[u8]) -> Option<(NetBiosName, NetBiosName)> {
    let (called, next) = NetBiosName::read(frame, FRAME_HEADER)?;
    let (calling, _) = NetBiosName::read(frame, next)?;
    Some((called, calling))
}

/// Where in lost octets the next frame with a message begins.
pub(super) fn next_frame(octets: &[u8]) -> Option<usize> {
    let mut marks = octets.windows(FRAME_HEADER + 4).enumerate();
    marks
        .find(|(_, window)| {
            window.first() == Some(&0) && window.get(FRAME_HEADER..).and_then(Mark::read).is_some()
        })
        .map(|(at, _)| at)
}

/// How a file or pipe is to be opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Access {
    /// Rights asked for (MS-SMB2, 2.2.13.1).
    pub(super) desired: u32,
    /// Create options (MS-SMB2, 2.2.13).
    pub(super) options: u32,
}

impl Access {
    /// Write or append data, delete, or the generic rights that hold them.
    const CHANGES: u32 = 0x0000_0002 | 0x0000_0004 | 0x0001_0000 | 0x4000_0000 | 0x1000_0000;
    const READS: u32 = 0x0000_0001 | 0x8000_0000;
    const DIRECTORY: u32 = 0x0000_0001;

    pub(super) const fn changes(self) -> bool {
        self.desired & Self::CHANGES != 0
    }

    /// Whether content may be read or changed, and not only a name looked up.
    pub(super) const fn matters(self) -> bool {
        (self.changes() || self.desired & Self::READS != 0) && self.options & Self::DIRECTORY == 0
    }
}

/// One message, of any version, as far as it matters.
#[derive(Clone, Debug, Default)]
pub(super) struct Message {
    /// 1, 2 or 3; 3 only where it shows: encrypted or compressed.
    pub(super) version: u8,
    pub(super) encrypted: bool,
    pub(super) command: Option<(u16, &'static str)>,
    pub(super) response: bool,
    /// NT status (MS-ERREF, 2.3).
    pub(super) status: u32,
    /// Pairs request and response: message identifier, or multiplex identifier.
    pub(super) id: u64,
    pub(super) tree: u32,
    pub(super) dialect: Option<u16>,
    /// Share or file.
    pub(super) path: Path,
    pub(super) access: Option<Access>,
    /// The response to a tree connect says that the share holds pipes.
    pub(super) pipes: bool,
    pub(super) ntlm: Option<super::ntlm::Ntlm>,
    /// Native operating system of a version 1 session setup.
    pub(super) system: Name,
    /// The path is that of a pipe, or of the share that holds them.
    pub(super) pipe: bool,
    pub(super) carried: Option<Carried>,
}

/// What a message writes to a file or pipe, or read from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Carried {
    /// The open file: a digest of its identifier; 0 where the message does not say.
    pub(super) file: u64,
    /// Where the octets begin, from the header on, and how many there are.
    pub(super) at: usize,
    pub(super) length: usize,
}

impl Carried {
    /// The octets, as far as they were read.
    pub(super) fn of<'a>(&self, message: &'a [u8]) -> &'a [u8] {
        let rest = message.get(self.at..).unwrap_or_default();
        rest.get(..self.length.min(rest.len())).unwrap_or_default()
    }
}

/// What is told: a message with what it carries, or a call in a pipe.
#[derive(Debug)]
pub(super) enum Told<'a> {
    Message {
        message: &'a Message,
        data: &'a [u8],
    },
    Call {
        pdu: &'a Pdu<'a>,
        interface: Option<Interface>,
    },
}
