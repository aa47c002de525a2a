//! How the body behind a head is delimited, and how it is passed over (RFC 9112, 6 and 7.1).

use super::super::Step;
use super::wire::{Head, Start};
use crate::wire::text::{line, trimmed};

/// Octets of a page in which its title is looked for.
const TITLE_WITHIN: u64 = 4096;

/// Longest line that gives a chunk's size: sixteen digits and some extension.
const LONGEST_SIZE: usize = 256;

/// Where one direction stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Body {
    /// A head is next.
    #[default]
    Head,
    /// So many octets of body are left.
    Length(u64),
    /// The size of the next chunk is next.
    ChunkSize,
    /// So many octets of the chunk and the line end behind it are left.
    Chunk(u64),
    /// Fields behind the last chunk, up to an empty line.
    Trailer,
    /// The body lasts until the connection ends.
    Close,
    /// Octets were lost or could not be read: the next head is looked for.
    Lost,
}

impl Body {
    /// The body that follows a head, `None` where none of it can be trusted. `to_head` says that
    /// a HEAD request is answered.
    pub(super) fn after(head: &Head<'_>, to_head: bool) -> Self {
        let none = match head.start {
            Start::Request { .. } => head.length.is_none() && !head.chunked,
            Start::Response { status } => to_head || matches!(status, 100..=199 | 204 | 304),
        };
        if none {
            Self::Head
        } else if head.chunked {
            Self::ChunkSize
        } else {
            head.length.map_or(Self::Close, Self::of_length)
        }
    }

    const fn of_length(length: u64) -> Self {
        if length == 0 {
            Self::Head
        } else {
            Self::Length(length)
        }
    }

    /// Octets that must be there before the title can be looked for, of those to come.
    pub(super) fn title_needs(self) -> usize {
        match self {
            Self::Length(left) | Self::Chunk(left) => {
                usize::try_from(left.min(TITLE_WITHIN)).unwrap_or_default()
            }
            _ => 1,
        }
    }

    /// The part of these octets in which a title is looked for.
    pub(super) fn title_part(octets: &[u8]) -> &[u8] {
        let end = usize::try_from(TITLE_WITHIN).unwrap_or(usize::MAX);
        octets.get(..octets.len().min(end)).unwrap_or_default()
    }

    /// Passes over the next part of a body; not for [`Body::Head`] and [`Body::Lost`].
    pub(super) fn pass(&mut self, octets: &[u8]) -> Step {
        match *self {
            Self::Length(left) => {
                let (eaten, rest) = eat(left, octets);
                *self = Self::of_length(rest);
                Step::Pdu(eaten)
            }
            Self::Chunk(left) => {
                let (eaten, rest) = eat(left, octets);
                *self = if rest == 0 {
                    Self::ChunkSize
                } else {
                    Self::Chunk(rest)
                };
                Step::Pdu(eaten)
            }
            Self::ChunkSize => self.chunk_size(octets),
            Self::Trailer => match line(octets) {
                Some((field, length)) => {
                    if field.is_empty() {
                        *self = Self::Head;
                    }
                    Step::Pdu(length)
                }
                None if octets.len() < LONGEST_SIZE => Step::Need(octets.len() + 1),
                None => self.lose(octets.len()),
            },
            Self::Close => Step::Opaque,
            Self::Head | Self::Lost => self.lose(octets.len()),
        }
    }

    fn chunk_size(&mut self, octets: &[u8]) -> Step {
        let Some((text, length)) = line(octets) else {
            return if octets.len() < LONGEST_SIZE {
                Step::Need(octets.len() + 1)
            } else {
                self.lose(octets.len())
            };
        };
        let digits = text
            .split(|octet| *octet == b';')
            .next()
            .unwrap_or_default();
        let size = std::str::from_utf8(trimmed(digits))
            .ok()
            .and_then(|digits| u64::from_str_radix(digits, 16).ok());
        *self = match size {
            Some(0) => Self::Trailer,
            Some(size) => Self::Chunk(size.saturating_add(2)),
            None => return self.lose(length),
        };
        Step::Pdu(length)
    }

    const fn lose(&mut self, octets: usize) -> Step {
        *self = Self::Lost;
        Step::Skip(octets)
    }

    /// Octets were lost. Inside a body of known length that hurts nothing.
    pub(super) fn gap(&mut self, lost: Option<u64>) {
        *self = match (*self, lost) {
            (Self::Length(left), Some(lost)) if lost <= left => Self::of_length(left - lost),
            (Self::Chunk(left), Some(lost)) if lost < left => Self::Chunk(left - lost),
            (Self::Close, _) => Self::Close,
            _ => Self::Lost,
        };
    }
}

/// How many of these octets belong to what is left, and what is left then.
fn eat(left: u64, octets: &[u8]) -> (usize, u64) {
    let available = octets.len() as u64;
    match usize::try_from(left) {
        Ok(left) if left <= octets.len() => (left, 0),
        _ => (octets.len(), left.saturating_sub(available)),
    }
}
