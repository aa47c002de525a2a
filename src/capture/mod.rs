//! Frames in: capture files, folders of them, and pipes, merged by time.
//!
//! Called by the sensor's reader thread (replay) through [`Captures`], and by tests through
//! [`walk`]. Plain files are memory-mapped and their frames lent in place; compressed and
//! streamed input is lent from the block it was read into. Frames travel to other threads as an
//! [`Arc`](std::sync::Arc) of their [`Block`] and a [`Record`] of plain data, never as copies.
//!
//! Nothing here may trust a length, print, or fail because a file is damaged: what stands
//! before the damage is read, and the damage is a fact ([`Damage`]) for the caller to judge.
//!
//! Formats: pcap (draft-ietf-opsawg-pcap-05) and pcapng (draft-ietf-opsawg-pcapng-03), plain or
//! packed as gzip (RFC 1952) or Zstandard (RFC 8878).

mod damage;
mod described;
mod error;
mod filter;
mod frame;
mod gunzip;
mod input;
mod interface;
mod listen;
mod map;
mod merge;
mod open;
mod parser;
mod pcap;
mod pcapng;
mod reader;
mod ring;
mod sniff;
mod write;

#[cfg(test)]
mod tests;

pub use damage::{Damage, Defect, Part};
pub use error::{Error, Refusal};
pub use filter::{Filter, FilterError, Instruction};
pub use frame::{Block, Frame, LinkType, Record};
pub use input::Source;
pub use interface::Interface;
pub use listen::{Change, Gauge, How, Listener, Posture, Refused};
pub use map::when_cut;
pub use merge::Captures;
pub use parser::walk;
pub use ring::{Sockets, hand_out};
pub use sniff::{Compression, Format};
pub use write::Writer;

/// Most octets of one frame. tcpdump and Wireshark capture at most 256 KiB of a packet; a
/// record that claims more is damage, not a frame.
pub const FRAME_MAX: u32 = 256 * 1024;

/// How captures are read.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Map plain files into memory. Without it they are read like a pipe: slower, but safe
    /// against another program that cuts a file short while it is read (a mapped file then
    /// ends this process; see [`when_cut`]).
    pub map: bool,
    /// Asked while a pipe is read: whether to leave it where it is. A pipe may be silent for
    /// ever, and the one who waits at it must be able to go.
    pub leave: fn() -> bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            map: true,
            leave: || false,
        }
    }
}
