//! How the body behind a head is delimited, and how it is passed over (RFC 9112, 6 and 7.1).

use super::super::Step;
use super::wire::Head;
use crate::wire::text::{line, trimmed};

/// Longest line that gives a chunk's size: sixteen digits and some extension.
const LONGEST_SIZE: usize = 256;

/// Octets of the line end behind a chunk.
const LINE_END: u64 = 2;

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
        let index = head.index;
        let none = match head.status() {
            None => index.length.is_none() && !index.chunked,
            Some(status) => to_head || matches!(status, 100..=199 | 204 | 304),
        };
        if none {
            Self::Head
        } else if index.chunked {
            Self::ChunkSize
        } else {
            index.length.map_or(Self::Close, Self::of_length)
        }
    }

    const fn of_length(length: u64) -> Self {
        if length == 0 {
            Self::Head
        } else {
            Self::Length(length)
        }
    }

    /// Passes over the next part of a body, and says which of its octets are content; not for
    /// [`Body::Head`] and [`Body::Lost`].
    pub(super) fn pass<'o>(&mut self, octets: &'o [u8]) -> (Step, &'o [u8]) {
        match *self {
            Self::Length(left) => {
                let (eaten, rest) = eat(left, octets);
                *self = Self::of_length(rest);
                (Step::Pdu(eaten), octets.get(..eaten).unwrap_or_default())
            }
            Self::Chunk(left) => {
                let (eaten, rest) = eat(left, octets);
                let (content, _) = eat(left.saturating_sub(LINE_END), octets);
                *self = if rest == 0 {
                    Self::ChunkSize
                } else {
                    Self::Chunk(rest)
                };
                (Step::Pdu(eaten), octets.get(..content).unwrap_or_default())
            }
            Self::ChunkSize => (self.chunk_size(octets), &[]),
            Self::Trailer => (self.trailer(octets), &[]),
            Self::Close => (Step::Pdu(octets.len()), octets),
            Self::Head | Self::Lost => (self.lose(octets.len()), &[]),
        }
    }

    fn trailer(&mut self, octets: &[u8]) -> Step {
        match line(octets) {
            Some((field, length)) => {
                if field.is_empty() {
                    *self = Self::Head;
                }
                Step::Pdu(length)
            }
            None if octets.len() < LONGEST_SIZE => Step::Need(octets.len() + 1),
            None => self.lose(octets.len()),
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
            Some(size) => Self::Chunk(size.saturating_add(LINE_END)),
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
