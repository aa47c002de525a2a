//! Writes pcapng: one section, interfaces with times in nanoseconds, frames with comments
//! (draft-ietf-opsawg-pcapng-03, little-endian).
//!
//! Called by whoever saves frames as evidence, and by tests and generators; never on the way
//! of a packet. The same calls always write the same octets.

use super::frame::LinkType;
use crate::facts::Time;
use std::io::{self, Write};

/// Option of every block: a comment.
const COMMENT: u16 = 1;
/// Option of the section: the program that wrote it.
const APPLICATION: u16 = 4;
/// Option of an interface: its name.
const IF_NAME: u16 = 2;
/// Option of an interface: resolution of its times; 9: nanoseconds.
const IF_TSRESOL: u16 = 9;

/// A pcapng being written.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    interfaces: u32,
    /// The content of the block that is being made.
    content: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a section with comments on the whole capture.
    ///
    /// # Errors
    ///
    /// `out` fails.
    pub fn new(out: W, comments: &[&str]) -> io::Result<Self> {
        let mut writer = Self {
            out,
            interfaces: 0,
            content: Vec::new(),
        };
        writer.put(&0x1a2b_3c4d_u32.to_le_bytes());
        writer.put(&1_u16.to_le_bytes());
        writer.put(&0_u16.to_le_bytes());
        // Length of the section: not told.
        writer.put(&u64::MAX.to_le_bytes());
        writer.comments(comments);
        writer.option(APPLICATION, b"jaga");
        writer.block(0x0a0d_0d0a)?;
        Ok(writer)
    }

    /// Describes an interface and answers its number. An empty name is left out.
    ///
    /// # Errors
    ///
    /// `out` fails.
    pub fn interface(&mut self, link: LinkType, snaplen: u32, name: &str) -> io::Result<u32> {
        self.put(&link.0.to_le_bytes());
        self.put(&[0, 0]);
        self.put(&snaplen.to_le_bytes());
        if !name.is_empty() {
            self.option(IF_NAME, name.as_bytes());
        }
        self.option(IF_TSRESOL, &[9]);
        self.block(1)?;
        let number = self.interfaces;
        self.interfaces = number.saturating_add(1);
        Ok(number)
    }

    /// Writes a frame that was captured on `interface` and had `original` octets on the wire.
    ///
    /// # Errors
    ///
    /// `out` fails, or the frame is longer than a block can be.
    pub fn frame(
        &mut self,
        interface: u32,
        time: Time,
        octets: &[u8],
        original: u32,
        comments: &[&str],
    ) -> io::Result<()> {
        let captured = u32::try_from(octets.len()).map_err(too_long)?;
        self.put(&interface.to_le_bytes());
        let [a, b, c, d, e, f, g, h] = time.nanos().to_le_bytes();
        self.put(&[e, f, g, h]);
        self.put(&[a, b, c, d]);
        self.put(&captured.to_le_bytes());
        self.put(&original.to_le_bytes());
        self.put(octets);
        self.pad();
        self.comments(comments);
        self.block(6)
    }

    /// Writes out what is buffered and gives the output back.
    ///
    /// # Errors
    ///
    /// `out` fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn put(&mut self, octets: &[u8]) {
        self.content.extend_from_slice(octets);
    }

    fn pad(&mut self) {
        let filled = self.content.len().next_multiple_of(4);
        self.content.resize(filled, 0);
    }

    fn comments(&mut self, comments: &[&str]) {
        for comment in comments {
            // As much as an option holds, without half a character.
            let end = comment.floor_char_boundary(usize::from(u16::MAX));
            self.option(COMMENT, comment.get(..end).unwrap_or_default().as_bytes());
        }
    }

    /// An option; a value too long for one is left out.
    fn option(&mut self, code: u16, value: &[u8]) {
        let Ok(length) = u16::try_from(value.len()) else {
            return;
        };
        self.put(&code.to_le_bytes());
        self.put(&length.to_le_bytes());
        self.put(value);
        self.pad();
    }

    /// Writes the block whose content was put together.
    fn block(&mut self, kind: u32) -> io::Result<()> {
        let length = u32::try_from(self.content.len().saturating_add(12)).map_err(too_long)?;
        self.out.write_all(&kind.to_le_bytes())?;
        self.out.write_all(&length.to_le_bytes())?;
        self.out.write_all(&self.content)?;
        self.out.write_all(&length.to_le_bytes())?;
        self.content.clear();
        Ok(())
    }
}

fn too_long(_: std::num::TryFromIntError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "frame too long for a capture")
}
