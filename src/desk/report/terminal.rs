//! The summary on the terminal: 80 columns, one screen.

use super::{Picture, title};
use crate::sensor::{Books, Dropped, Undecoded};
use std::io::{self, Write};

/// Prints the picture.
///
/// # Errors
/// What the writer says.
pub fn print(picture: &Picture, books: &Books, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "{} frames, {} octets, {} conversations",
        books.received, books.octets, picture.conversations
    )?;
    let dropped = Dropped::ALL
        .iter()
        .map(|reason| reason.name())
        .zip(books.dropped);
    let undecoded = Undecoded::ALL
        .iter()
        .map(|reason| reason.name())
        .zip(books.undecoded);
    writeln!(
        out,
        "  processed {}, decoded {}",
        books.processed, books.decoded
    )?;
    for (reason, count) in dropped.chain(undecoded).filter(|(_, count)| *count > 0) {
        writeln!(out, "  {reason} {count}")?;
    }
    writeln!(out, "\nProtocols")?;
    for (name, total) in &picture.protocols {
        writeln!(
            out,
            "  {:<28} {:>6} conversations {:>9} packets {:>9} messages",
            title(name),
            total.conversations,
            total.packets,
            total.messages
        )?;
    }
    writeln!(out, "\nNotable operations")?;
    for notable in picture.notable.values() {
        writeln!(
            out,
            "  {} {:<30} {} -> {}  x{} (frame {})",
            notable.criticality,
            notable.name,
            notable.actor,
            notable.device,
            notable.count,
            notable.first.frame
        )?;
    }
    Ok(())
}
