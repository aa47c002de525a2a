//! What a file is, by its first octets; names and suffixes are never asked.
//!
//! Called when an input is opened.

use super::error::Refusal;
use std::fmt;

/// How many octets are looked at.
pub(super) const HEAD: usize = 16;

/// A capture file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// pcap, times in microseconds or nanoseconds.
    Pcap,
    /// pcap as patched by Alexey Kuznetzov (magic 0xa1b2cd34): each record header carries
    /// eight octets more.
    PcapModified,
    /// pcapng.
    Pcapng,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pcap => "pcap",
            Self::PcapModified => "modified pcap",
            Self::Pcapng => "pcapng",
        })
    }
}

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compression {
    /// Not at all.
    Plain,
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Plain => "plain",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        })
    }
}

/// The packing that the first octets show. Zstandard streams may begin with a skippable frame
/// (magic 0x184d2a50 to 0x184d2a5f).
pub(super) fn compression(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::Plain,
    }
}

impl Format {
    /// The format of a capture that begins so; `None` where these octets are no capture.
    #[must_use]
    pub fn of(head: &[u8]) -> Option<Self> {
        format(head).ok()
    }
}

/// The capture format that the first octets (unpacked) show.
pub(super) fn format(head: &[u8]) -> Result<Format, Refusal> {
    match head {
        [] => Err(Refusal::Empty),
        [0x0a, 0x0d, 0x0d, 0x0a, ..] => Ok(Format::Pcapng),
        [0xa1, 0xb2, 0xc3, 0xd4, ..]
        | [0xd4, 0xc3, 0xb2, 0xa1, ..]
        | [0xa1, 0xb2, 0x3c, 0x4d, ..]
        | [0x4d, 0x3c, 0xb2, 0xa1, ..] => Ok(Format::Pcap),
        [0xa1, 0xb2, 0xcd, 0x34, ..] | [0x34, 0xcd, 0xb2, 0xa1, ..] => Ok(Format::PcapModified),
        _ => Err(refusal(head)),
    }
}

/// Magic numbers of what is often mistaken for a capture, and what it is.
const OTHERS: &[(&[u8], &str, bool)] = &[
    // (first octets, what it is, whether editcap can turn it into a capture)
    (b"%PDF", "a PDF document", false),
    (b"PK\x03\x04", "a ZIP archive: unpack it first", false),
    (
        b"7z\xbc\xaf\x27\x1c",
        "a 7z archive: unpack it first",
        false,
    ),
    (b"Rar!", "a RAR archive: unpack it first", false),
    (b"\xfd7zXZ", "packed with xz: unpack it first", false),
    (b"BZh", "packed with bzip2: unpack it first", false),
    (
        b"\x04\x22\x4d\x18",
        "packed with lz4: unpack it first",
        false,
    ),
    (b"\x1f\x8b", "packed twice: unpack it once", false),
    (b"\x28\xb5\x2f\xfd", "packed twice: unpack it once", false),
    (b"\x1f\x9d", "packed with compress: unpack it first", false),
    (b"snoop\0\0\0", "a Solaris snoop capture", true),
    (b"GMBU", "a Microsoft Network Monitor 2 capture", true),
    (b"RTSS", "a Microsoft Network Monitor 1 capture", true),
    (b"XCP\0", "a NetXRay or Windows Sniffer capture", true),
    (b"TRSNIFF data", "a Sniffer capture", true),
    (b"\xa1\xe2\xcb\x12", "a Navtel capture", true),
    (b"\x12\xcb\xe2\xa1", "a Navtel capture", true),
    (b"\x1c\0\x01\xab", "an Ixia capture", true),
    (b"\xab\x01\0\x1c", "an Ixia capture", true),
    (b"\x1c\0\x01\xac", "an Ixia capture", true),
    (b"\xac\x01\0\x1c", "an Ixia capture", true),
    (b"\x7fELF", "a program", false),
    (b"SQLite format 3", "an SQLite database", false),
    (b"\x89PNG", "a PNG picture", false),
];

fn refusal(head: &[u8]) -> Refusal {
    for (magic, what, convertible) in OTHERS {
        if head.starts_with(magic) {
            return if *convertible {
                Refusal::Convertible(what)
            } else {
                Refusal::Other(what)
            };
        }
    }
    if head.len() < 4 {
        return Refusal::Short(head.len());
    }
    let text = |octet: &u8| matches!(octet, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..);
    let utf8 = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end inside a character.
        Err(error) => error.error_len().is_none(),
    };
    if utf8 && head.iter().all(text) {
        return Refusal::Other("text");
    }
    let mut magic = [0; 4];
    magic.copy_from_slice(head.get(..4).unwrap_or(&[0; 4]));
    Refusal::Unknown(u32::from_be_bytes(magic))
}
