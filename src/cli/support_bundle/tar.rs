//! A tar archive being written: plain files in the form of POSIX.1-1988 (`ustar`), which every
//! tar reads.

use std::io::{self, Write};

/// Octets of a block.
const BLOCK: usize = 512;

/// Zeros, for what does not fill a block.
const ZEROS: [u8; BLOCK] = [0; BLOCK];

/// An archive.
pub(super) struct Tar<W> {
    out: W,
    /// The time of all files, in seconds since 1970.
    time: u64,
}

impl<W: Write> Tar<W> {
    pub(super) const fn new(out: W, time: u64) -> Self {
        Self { out, time }
    }

    /// Adds a file; its name has at most 100 octets.
    pub(super) fn add(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.out
            .write_all(&header(name, content.len(), self.time)?)?;
        self.out.write_all(content)?;
        let rest = content.len().next_multiple_of(BLOCK) - content.len();
        self.out.write_all(ZEROS.get(..rest).unwrap_or_default())
    }

    /// Ends the archive.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.out.write_all(&ZEROS)?;
        self.out.write_all(&ZEROS)?;
        Ok(self.out)
    }
}

/// The header of a file that its owner alone may read.
fn header(name: &str, length: usize, time: u64) -> io::Result<[u8; BLOCK]> {
    let mut block = ZEROS;
    let fields: [(usize, usize, String); 9] = [
        (0, 100, name.to_owned()),
        (100, 8, "0000600\0".to_owned()),
        (108, 8, "0000000\0".to_owned()),
        (116, 8, "0000000\0".to_owned()),
        (124, 12, format!("{length:011o}\0")),
        (136, 12, format!("{time:011o}\0")),
        // The checksum is that of a header with blanks in its place.
        (148, 8, " ".repeat(8)),
        (156, 1, "0".to_owned()),
        (257, 8, "ustar\u{0}00".to_owned()),
    ];
    for (at, most, text) in fields {
        put(&mut block, at, most, &text)?;
    }
    let sum: u32 = block.iter().map(|octet| u32::from(*octet)).sum();
    put(&mut block, 148, 8, &format!("{sum:06o}\0 "))?;
    Ok(block)
}

fn put(block: &mut [u8; BLOCK], at: usize, most: usize, text: &str) -> io::Result<()> {
    let place = block.get_mut(at..at + text.len());
    match place.filter(|place| place.len() <= most) {
        Some(place) => {
            place.copy_from_slice(text.as_bytes());
            Ok(())
        }
        None => Err(io::Error::other(format!("too long for an archive: {text}"))),
    }
}
