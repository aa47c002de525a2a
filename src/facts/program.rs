//! Programs and other files as they travel to and from devices: the pieces of a transfer, and
//! what a program tells of itself.
//!
//! Sessions lend the pieces in the order of their packets; who puts them together sits at the
//! desk. Nothing here keeps octets.

use super::endpoint::Side;
use super::operation::{Outcome, Stamp};

/// Which way a program travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// To the device.
    Download,
    /// From the device.
    Upload,
}

impl Way {
    /// The way as it is written.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Upload => "upload",
        }
    }
}

/// What tells one transfer of a conversation from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transfer<'a> {
    /// The name of what travels.
    Name(&'a [u8]),
    /// A number that the device gave it.
    Number(u32),
    /// Nothing: the piece may belong to any.
    Unknown,
}

/// What a piece brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The transfer begins.
    Open {
        /// What travels, as engineers write it.
        name: &'a [u8],
        /// Octets announced, where that is told.
        length: Option<u64>,
        /// When it was made, in seconds since 1970-01-01 by the clock of whoever says so.
        made: Option<u64>,
    },
    /// The octets that come next.
    Octets {
        /// These.
        octets: &'a [u8],
        /// Which piece of the transfer they are, from 0, where the protocol numbers them: then
        /// one that is missing or comes twice shows by itself.
        place: Option<u64>,
        /// Who sends them says that more follow, or does not say.
        more: bool,
    },
    /// Octets are missing here: refused, not answered, or lost on the way to the capture.
    Lost,
    /// The transfer is over.
    Close {
        /// How.
        outcome: Outcome,
        /// The last piece, from 0, by the word of who closes: no more follow.
        last: Option<u64>,
    },
}

/// A piece of a transfer, lent for one call.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Which way it goes; `None` where both may be meant.
    pub way: Option<Way>,
    /// The end that wants the transfer.
    pub actor: Side,
    /// Unit, slot or station behind the device's address.
    pub unit: Option<u32>,
    /// Which transfer of the conversation.
    pub transfer: Transfer<'a>,
    /// What it brings.
    pub step: Step<'a>,
    /// The packet that tells it, where it is another one than that which is being read.
    pub stamp: Option<Stamp>,
}

/// What a program tells of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Legend<'a> {
    /// Its name as engineers write it: `DB10`.
    pub name: String,
    /// Octets that it has by its own word.
    pub length: Option<u64>,
    /// Language it is written in.
    pub language: &'static str,
    /// Who wrote it, as they say.
    pub author: &'a [u8],
    /// The family it belongs to.
    pub family: &'a [u8],
    /// What its author calls it.
    pub title: &'a [u8],
    /// Version, such as `1.2`.
    pub version: String,
    /// When its code was changed, in seconds since 1970-01-01 by the clock of whoever wrote it.
    pub changed: Option<u64>,
    /// When its interface was changed, likewise.
    pub interface_changed: Option<u64>,
    /// Its author keeps others from reading it.
    pub protected: bool,
}
