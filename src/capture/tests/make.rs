//! Captures made by hand after the standards, in both byte orders.

use crate::capture::{Captures, Config, Damage, Defect, Record, walk};
use std::io::{Cursor, Read, Write};
use std::path::{Path, PathBuf};

/// A capture file in the making, in one byte order, with the places where things begin.
#[derive(Clone, Debug, Default)]
pub(super) struct Make {
    pub(super) big: bool,
    pub(super) octets: Vec<u8>,
    /// Where each record or block ends, and how many frames stand before that.
    pub(super) borders: Vec<(usize, usize)>,
    frames: usize,
}

impl Make {
    pub(super) fn new(big: bool) -> Self {
        Self {
            big,
            ..Self::default()
        }
    }

    pub(super) fn u16(mut self, number: u16) -> Self {
        let raw = if self.big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        };
        self.octets.extend(raw);
        self
    }

    pub(super) fn u32(mut self, number: u32) -> Self {
        let raw = if self.big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        };
        self.octets.extend(raw);
        self
    }

    pub(super) fn u64(mut self, number: u64) -> Self {
        let raw = if self.big {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        };
        self.octets.extend(raw);
        self
    }

    pub(super) fn raw(mut self, octets: &[u8]) -> Self {
        self.octets.extend(octets);
        self
    }

    fn border(mut self, frame: bool) -> Self {
        self.frames += usize::from(frame);
        self.borders.push((self.octets.len(), self.frames));
        self
    }

    /// A pcap file header, version 2.4.
    pub(super) fn pcap(self, magic: u32, link: u32) -> Self {
        self.u32(magic)
            .u16(2)
            .u16(4)
            .u64(0)
            .u32(262_144)
            .u32(link)
            .border(false)
    }

    /// A pcap record.
    pub(super) fn record(self, seconds: u32, fraction: u32, original: u32, frame: &[u8]) -> Self {
        self.u32(seconds)
            .u32(fraction)
            .u32(length(frame))
            .u32(original)
            .raw(frame)
            .border(true)
    }

    /// A record of the modified format.
    pub(super) fn modified(self, seconds: u32, fraction: u32, frame: &[u8]) -> Self {
        self.u32(seconds)
            .u32(fraction)
            .u32(length(frame))
            .u32(length(frame))
            .u32(2)
            .raw(&[0x08, 0, 4, 0])
            .raw(frame)
            .border(true)
    }

    /// A pcapng block; `content` is padded.
    pub(super) fn block(self, kind: u32, content: &Self, frame: bool) -> Self {
        let mut content = content.octets.clone();
        content.resize(content.len().next_multiple_of(4), 0);
        let total = length(&content) + 12;
        self.u32(kind)
            .u32(total)
            .raw(&content)
            .u32(total)
            .border(frame)
    }

    /// A section header; from here on in this byte order.
    pub(super) fn section(mut self, big: bool) -> Self {
        self.big = big;
        let content = Self::new(big).u32(0x1a2b_3c4d).u16(1).u16(0).u64(u64::MAX);
        self.block(0x0a0d_0d0a, &content, false)
    }

    /// An interface description with options.
    pub(super) fn interface(self, link: u16, snaplen: u32, options: &[(u16, &[u8])]) -> Self {
        let mut content = Self::new(self.big).u16(link).u16(0).u32(snaplen);
        for (code, value) in options {
            content = content.option(*code, value);
        }
        self.block(1, &content, false)
    }

    pub(super) fn option(mut self, code: u16, value: &[u8]) -> Self {
        self = self
            .u16(code)
            .u16(u16::try_from(value.len()).unwrap())
            .raw(value);
        self.octets.resize(self.octets.len().next_multiple_of(4), 0);
        self
    }

    /// The content of an enhanced packet block, padded, without options.
    pub(super) fn enhanced_content(&self, interface: u32, units: u64, frame: &[u8]) -> Self {
        let mut content = Self::new(self.big)
            .u32(interface)
            .u32(u32::try_from(units >> 32).unwrap())
            .u32(u32::try_from(units & 0xffff_ffff).unwrap())
            .u32(length(frame))
            .u32(length(frame) + 100)
            .raw(frame);
        let padded = content.octets.len().next_multiple_of(4);
        content.octets.resize(padded, 0);
        content
    }

    /// An enhanced packet block; the frame was 100 octets longer on the wire.
    pub(super) fn enhanced(self, interface: u32, units: u64, frame: &[u8]) -> Self {
        let content = self.enhanced_content(interface, units, frame);
        self.block(6, &content, true)
    }

    /// A simple packet block.
    pub(super) fn simple(self, original: u32, frame: &[u8]) -> Self {
        let content = Self::new(self.big).u32(original).raw(frame);
        self.block(3, &content, true)
    }

    /// An obsolete packet block.
    pub(super) fn packet(self, interface: u16, drops: u16, units: u64, frame: &[u8]) -> Self {
        let content = Self::new(self.big)
            .u16(interface)
            .u16(drops)
            .u32(u32::try_from(units >> 32).unwrap())
            .u32(u32::try_from(units & 0xffff_ffff).unwrap())
            .u32(length(frame))
            .u32(length(frame))
            .raw(frame);
        self.block(2, &content, true)
    }
}

fn length(octets: &[u8]) -> u32 {
    u32::try_from(octets.len()).unwrap()
}

/// A frame as it was handed out, without the place it was lent from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) nanos: u64,
    pub(super) time_known: bool,
    pub(super) octets: Vec<u8>,
    pub(super) original: u32,
    pub(super) link: u16,
    pub(super) interface: u32,
}

fn seen(record: &Record, octets: &[u8]) -> Seen {
    Seen {
        nanos: record.time.nanos(),
        time_known: record.time_known,
        octets: octets.to_vec(),
        original: record.original,
        link: record.link.0,
        interface: record.interface,
    }
}

/// All frames of captures, and the damage.
pub(super) fn drain(captures: &mut Captures) -> (Vec<Seen>, Vec<Damage>) {
    let mut frames = Vec::new();
    while let Some((block, record)) = captures.next() {
        assert_eq!(record.octets(block).len(), record.captured as usize);
        frames.push(seen(&record, record.octets(block)));
    }
    assert!(captures.next().is_none());
    (frames, captures.damages().cloned().collect())
}

/// All frames of a file.
pub(super) fn file(path: &Path, map: bool) -> (Vec<Seen>, Vec<Damage>) {
    let mut captures = Captures::open(
        &[path.to_owned()],
        Config {
            map,
            ..Config::default()
        },
    )
    .unwrap();
    drain(&mut captures)
}

/// Hands out a few octets at a time, as a slow pipe does.
#[derive(Debug)]
pub(super) struct Trickle(pub(super) Cursor<Vec<u8>>, pub(super) usize);

impl Read for Trickle {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        assert!(!into.is_empty(), "an empty read");
        let end = into.len().min(self.1);
        self.0.read(&mut into[..end])
    }
}

pub(super) fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(octets).unwrap();
    packer.finish().unwrap()
}

/// Reads a capture in memory, from a mapped file, from a file that is not mapped, from a pipe
/// that trickles, and packed both ways, and asserts that all tell the same.
pub(super) fn everyway(octets: &[u8]) -> (Vec<Seen>, Option<(u64, Defect)>) {
    let mut frames = Vec::new();
    let damage = walk(octets, &mut |record, octets| {
        frames.push(seen(record, octets));
    })
    .unwrap();
    // What has no time is given one by the reader of files.
    let mut before = 0;
    for frame in &mut frames {
        if frame.time_known {
            before = frame.nanos;
        } else {
            frame.nanos = before;
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("capture");
    let mut ways: Vec<(Vec<Seen>, Vec<Damage>)> = Vec::new();
    std::fs::write(&path, octets).unwrap();
    ways.push(file(&path, true));
    ways.push(file(&path, false));
    std::fs::write(&path, gzip(octets)).unwrap();
    ways.push(file(&path, true));
    std::fs::write(&path, zstd::encode_all(octets, 1).unwrap()).unwrap();
    ways.push(file(&path, true));
    for size in [1, 7, 4096] {
        let pipe = Trickle(Cursor::new(octets.to_vec()), size);
        let mut captures = Captures::from_reader(Path::new("-"), Box::new(pipe)).unwrap();
        ways.push(drain(&mut captures));
    }
    for (number, (way, damages)) in ways.into_iter().enumerate() {
        assert_eq!(way, frames, "way {number}");
        let damages: Vec<_> = damages.into_iter().map(|d| (d.offset, d.defect)).collect();
        let expected: Vec<_> = damage.clone().into_iter().collect();
        assert_eq!(damages, expected, "way {number}");
    }
    (frames, damage)
}

/// A file in a folder.
pub(super) fn put(folder: &Path, name: &str, octets: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, octets).unwrap();
    path
}
