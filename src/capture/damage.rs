//! Damage: where a capture cannot be read on, what is wrong there, and how to mend it.
//!
//! Made by the parsers and the reader; shown by the doors. Never a reason to stop the other
//! inputs.

use super::sniff::Compression;
use std::path::PathBuf;

/// One input could not be read to its end. What stands before `offset` was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: damaged at octet {offset}{}: {defect}", path.display(), unpacked(*compression))]
pub struct Damage {
    /// The file as it was given; `-` for standard input.
    pub path: PathBuf,
    /// Offset of the record or block that cannot be read; in the unpacked stream where the
    /// file is compressed.
    pub offset: u64,
    /// How the file is packed.
    pub compression: Compression,
    /// What is wrong.
    pub defect: Defect,
}

fn unpacked(compression: Compression) -> &'static str {
    match compression {
        Compression::Plain => "",
        Compression::Gzip | Compression::Zstd => " of the unpacked stream",
    }
}

impl Damage {
    /// What the user can do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        self.defect.mend()
    }
}

/// What the file ends inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Part {
    /// The pcap file header.
    #[error("the file header")]
    FileHeader,
    /// The header of a pcap record.
    #[error("a record header")]
    RecordHeader,
    /// A pcap record: header and frame.
    #[error("a record")]
    Record,
    /// The head of a pcapng block.
    #[error("a block header")]
    BlockHeader,
    /// A pcapng block.
    #[error("a block")]
    Block,
}

/// What is wrong with a capture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// The octets end too early.
    #[error("the capture ends inside {part}: {has} of {wants} octets are there")]
    Cut {
        /// Inside of what.
        part: Part,
        /// How long it should be, octets.
        wants: u64,
        /// How much of it is there, octets.
        has: u64,
    },
    /// A frame longer than [`FRAME_MAX`](super::FRAME_MAX).
    #[error("a record claims a frame of {0} octets; at most {max} are possible", max = super::FRAME_MAX)]
    FrameLength(u32),
    /// A block length that is no multiple of four, too short for any block, or too long.
    #[error("a block claims a length of {0} octets, which no block can have")]
    BlockLength(u32),
    /// The length before and behind a block differ.
    #[error("a block has the length {first} before and {last} behind its content")]
    Trailer {
        /// Length before the content.
        first: u32,
        /// Length behind the content.
        last: u32,
    },
    /// A block ends before the fields that its type must have.
    #[error("a block of type {kind:#x} is too short for its content")]
    BlockContent {
        /// The block type.
        kind: u32,
    },
    /// A frame of an interface that its section does not describe.
    #[error("a frame names interface {index}, but its section describes {described}")]
    Interface {
        /// The number of the interface in its section.
        index: u32,
        /// How many interfaces the section describes so far.
        described: usize,
    },
    /// More interfaces than are kept.
    #[error("more than {0} interfaces are described")]
    Interfaces(usize),
    /// A section header without a known byte-order mark.
    #[error("a section header has the byte-order mark {0:#010x}, which is none")]
    ByteOrder(u32),
    /// A format version that is not known.
    #[error("the format version is {0}.{1}, which is not known")]
    Version(u16, u16),
    /// The packed stream is broken.
    #[error("it cannot be unpacked any further: {0}")]
    Packing(String),
    /// The system could not read on.
    #[error("it cannot be read any further: {0}")]
    Reading(String),
    /// The file was replaced or cut while it waited for its turn.
    #[error("the file was changed while it was being read")]
    Changed,
    /// Too many files overlap in time.
    #[error("too many files hold frames of the same time to be read side by side")]
    Overlap,
}

impl Defect {
    pub(super) const fn mend(&self) -> &'static str {
        match self {
            Self::Cut { .. } => {
                "the capture was still being written, or copied in part: copy it again when it is \
                 complete, or accept what is there"
            }
            Self::Packing(_) => {
                "copy the file again; `gzip -t` or `zstd -t` tells whether the copy is whole"
            }
            Self::Reading(_) => "check the disk or the network share, then run again",
            Self::Changed => "run again when nothing writes to it any more",
            Self::Overlap => "merge the files first: `mergecap -w merged.pcapng FILES`",
            Self::Version(..) => "convert it: `editcap -F pcapng FILE new.pcapng`",
            Self::FrameLength(_)
            | Self::BlockLength(_)
            | Self::Trailer { .. }
            | Self::BlockContent { .. }
            | Self::Interface { .. }
            | Self::Interfaces(_)
            | Self::ByteOrder(_) => {
                "octets were changed or lost in copying: copy the file again in binary mode, or \
                 accept what stands before"
            }
        }
    }
}
