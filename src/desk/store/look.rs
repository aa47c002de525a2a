//! Looks at what is kept, also beside a sensor that runs: changes nothing and locks nothing.

use super::cursor;
use super::open::{cursors, spool};
use super::record::Record;
use super::segment::{self, Found, Walk};
use std::io;
use std::ops::Range;
use std::path::Path;

pub use super::cursor::Place;

/// What a look comes to, in the order of the numbers.
#[derive(Debug)]
pub enum Seen {
    /// A record.
    Record(Record),
    /// Octets of the segment with this first record that are no record.
    Damage(u64, Range<u64>),
    /// So many numbers that no record has: it is damaged, or never came to the disk.
    Gap(u64),
}

/// Looks at all that is kept in a folder; gives its octets.
///
/// # Errors
/// The folder cannot be read, or `each` does not want more.
pub fn look(folder: &Path, each: &mut dyn FnMut(Seen) -> io::Result<()>) -> io::Result<u64> {
    let segments = segment::list(&spool(folder))?;
    let mut next = None;
    for (place, segment) in segments.iter().enumerate() {
        let mut walk = Walk::open(&segment.path)?;
        loop {
            match walk.next()? {
                Found::Record(record) => {
                    let expected = next.unwrap_or(record.number);
                    // What an error of the disk left behind was written once more.
                    if record.number < expected {
                        continue;
                    }
                    if record.number > expected {
                        each(Seen::Gap(record.number - expected))?;
                    }
                    next = Some(record.number + 1);
                    each(Seen::Record(record))?;
                }
                Found::Damage(octets) => each(Seen::Damage(segment.first, octets))?,
                Found::End(rest) => {
                    // The end of the last one may be being written.
                    if !rest.is_empty() && place + 1 < segments.len() {
                        each(Seen::Damage(segment.first, rest))?;
                    }
                    break;
                }
            }
        }
    }
    Ok(segments.iter().map(|segment| segment.octets).sum())
}

/// How far each output has come.
///
/// # Errors
/// The folder cannot be read.
pub fn places(folder: &Path) -> io::Result<Vec<Place>> {
    cursor::list(&cursors(folder))
}
