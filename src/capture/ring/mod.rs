//! The kernel's ring of one interface: `AF_PACKET`, `TPACKET_V3`, frames lent in place.
//!
//! Opened, read and closed by `listen`. The kernel fills block after block and hands each over
//! when it is full or after twice [`RETIRE`]; a block goes back to the kernel when the last who
//! holds it lets go. When none is free the kernel drops frames and counts them. Never sends.

mod blocks;
mod records;
mod socket;
mod sockets;

pub(super) use blocks::Lent;
pub(super) use socket::Probe;
pub use sockets::{Sockets, hand_out};

use super::filter::Filter;
use super::frame::{Block, LinkType, Record};
use blocks::Blocks;
use rustix::event::{PollFd, PollFlags};
use socket::Socket;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Octets of a block: four frames merged to the most that IPv4 allows, or some thousand of those
/// that control protocols send.
const BLOCK: u32 = 256 * 1024;

/// Blocks of a ring: 32 MiB an interface, a quarter of a second of a full gigabit link.
const BLOCKS: u32 = 128;

/// How often the kernel looks for blocks to hand over that do not fill. It hands over those that
/// it saw the time before, so that a frame waits twice as long at most.
pub(super) const RETIRE: Duration = Duration::from_millis(20);

/// The ring of one interface.
#[derive(Debug)]
pub(super) struct Ring {
    socket: Socket,
    blocks: Arc<Blocks>,
    /// The block that the kernel fills or hands over next.
    next: usize,
    link: LinkType,
    totals: Totals,
}

/// What the kernel told of a ring since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Frames for the ring, those dropped included.
    pub(super) received: u64,
    /// Frames dropped because no block was free.
    pub(super) dropped: u64,
    /// Frames merged from several by the card or the kernel.
    pub(super) merged: u64,
}

impl Ring {
    /// Opens the ring of the interface of this name, which need not be up. Not one frame gets
    /// into it that the filter leaves out.
    pub(super) fn open(
        name: &str,
        sockets: &Sockets,
        filter: Option<&Filter>,
    ) -> Result<Self, Fault> {
        let retire = u32::try_from(RETIRE.as_millis()).unwrap_or(u32::MAX);
        let mut socket = Socket::new(sockets, (BLOCK, BLOCKS), retire)?;
        let blocks =
            Blocks::map(&socket, BLOCK, BLOCKS).map_err(|error| Fault(Step::Map, error))?;
        if filter.is_some() {
            // What its program is depends on the link, which is known when it listens.
            socket.deafen()?;
        }
        socket.bind(name)?;
        let link = link_type(socket.hardware).ok_or_else(|| {
            Fault(
                Step::Link(socket.hardware),
                io::ErrorKind::Unsupported.into(),
            )
        })?;
        if let Some(filter) = filter {
            let program = filter
                .program(link)
                .ok_or_else(|| Fault(Step::Unfiltered, io::ErrorKind::Unsupported.into()))?;
            socket.filter(&program)?;
        }
        Ok(Self {
            socket,
            blocks,
            next: 0,
            link,
            totals: Totals::default(),
        })
    }

    /// The number of the interface it listens at.
    pub(super) const fn index(&self) -> u32 {
        self.socket.index
    }

    /// What its frames begin with.
    pub(super) const fn link(&self) -> LinkType {
        self.link
    }

    /// Takes the next block that the kernel handed over, and adds its frames to `records`.
    pub(super) fn take(&mut self, interface: u32, records: &mut Vec<Record>) -> Option<Arc<Block>> {
        let mut lent = self.blocks.claim(self.next)?;
        self.next = (self.next + 1) % self.blocks.count().max(1);
        let found = records::read(lent.octets_mut(), self.link, interface, records);
        self.totals.merged = self.totals.merged.saturating_add(found.merged);
        Some(Arc::new(Block::lent(lent)))
    }

    /// What the kernel counted up to now.
    pub(super) fn totals(&mut self) -> Totals {
        let counted = self.socket.counted();
        let totals = &mut self.totals;
        totals.received = totals.received.saturating_add(counted.received.into());
        totals.dropped = totals.dropped.saturating_add(counted.dropped.into());
        *totals
    }

    /// Hears nothing from now on; what waits in the ring can still be taken.
    pub(super) fn deafen(&self) {
        // Where that fails, frames that come until the end are counted and not read.
        let _ = self.socket.deafen();
    }

    /// To wait at: readable when a block was handed over.
    pub(super) fn poll(&self) -> PollFd<'_> {
        PollFd::new(&self.socket, PollFlags::IN)
    }

    /// Takes what went wrong at the socket, so that waiting at it waits again.
    pub(super) fn take_error(&self) {
        self.socket.take_error();
    }
}

/// Packets without a link header (`ARPHRD_RAWIP`).
const RAW_IP: u16 = 519;

/// The link type of the frames of a kind of hardware (`linux/if_arp.h`).
const fn link_type(hardware: u16) -> Option<LinkType> {
    Some(match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => LinkType::ETHERNET,
        libc::ARPHRD_NONE
        | RAW_IP
        | libc::ARPHRD_TUNNEL
        | libc::ARPHRD_TUNNEL6
        | libc::ARPHRD_SIT => LinkType::RAW,
        libc::ARPHRD_IEEE80211 => LinkType::IEEE802_11,
        libc::ARPHRD_IEEE80211_RADIOTAP => LinkType::RADIOTAP,
        _ => return None,
    })
}

/// At what a ring could not be opened, and what the system said.
#[derive(Debug)]
pub(super) struct Fault(pub(super) Step, pub(super) io::Error);

/// What is done to open a ring, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The socket.
    Socket,
    /// The version of the ring.
    Version,
    /// The memory of the ring.
    Ring,
    /// Not to hear what this machine sends.
    Incoming,
    /// Time stamps.
    Time,
    /// The map of the memory.
    Map,
    /// The interface of that name.
    Name,
    /// To listen at it.
    Bind,
    /// What kind of hardware it is.
    Link(u16),
    /// To hear what is for others.
    Promiscuous,
    /// To hear only some frames, or nothing more.
    Filter,
    /// A filter for frames of that link type.
    Unfiltered,
}
