//! Pieces of programs as they leave the hot side.
//!
//! Made only where somebody puts programs together: then each octet of theirs is copied once.

use super::{FlowId, head};
use crate::facts::program::{Step, Transfer, Way};
use crate::facts::{Host, Outcome, Stamp};

/// A piece of a program on its way, owned.
#[derive(Clone, Debug)]
pub struct PieceRecord {
    /// Its conversation.
    pub flow: FlowId,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Which way it goes; `None` where both may be meant.
    pub way: Option<Way>,
    /// Who wants the transfer.
    pub actor: Host,
    /// The device.
    pub device: Host,
    /// Unit, slot or station behind the device's address.
    pub unit: Option<u32>,
    /// Which transfer of the conversation.
    pub transfer: OwnedTransfer,
    /// What it brings.
    pub step: OwnedStep,
    /// The packet that tells it.
    pub stamp: Stamp,
}

/// What tells one transfer of a conversation from the others, owned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnedTransfer {
    /// The name of what travels, the first [`super::OCTETS`] octets of it.
    Name(Vec<u8>),
    /// A number that the device gave it.
    Number(u32),
    /// Nothing: the piece may belong to any.
    Unknown,
}

impl From<Transfer<'_>> for OwnedTransfer {
    fn from(transfer: Transfer<'_>) -> Self {
        match transfer {
            Transfer::Name(name) => Self::Name(head(name)),
            Transfer::Number(number) => Self::Number(number),
            Transfer::Unknown => Self::Unknown,
        }
    }
}

/// What a piece brings, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnedStep {
    /// The transfer begins.
    Open {
        /// What travels, the first [`super::OCTETS`] octets of its name.
        name: Vec<u8>,
        /// Octets announced.
        length: Option<u64>,
        /// When it was made, in seconds since 1970-01-01.
        made: Option<u64>,
    },
    /// The octets that come next: all of them, which are at most those of one PDU.
    Octets {
        /// These.
        octets: Vec<u8>,
        /// Which piece of the transfer they are, from 0.
        place: Option<u64>,
        /// More follow, or nobody says.
        more: bool,
    },
    /// Octets are missing here.
    Lost,
    /// The transfer is over.
    Close {
        /// How.
        outcome: Outcome,
        /// The last piece, from 0, by the word of who closes.
        last: Option<u64>,
    },
}

impl From<Step<'_>> for OwnedStep {
    fn from(step: Step<'_>) -> Self {
        match step {
            Step::Open { name, length, made } => Self::Open {
                name: head(name),
                length,
                made,
            },
            Step::Octets {
                octets,
                place,
                more,
            } => Self::Octets {
                octets: octets.to_vec(),
                place,
                more,
            },
            Step::Lost => Self::Lost,
            Step::Close { outcome, last } => Self::Close { outcome, last },
        }
    }
}
