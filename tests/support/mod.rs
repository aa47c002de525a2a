//! What several tests share: the shipped captures, a seeded sequence, packets read, made and
//! written, and a replay of them.
//!
//! Each test takes what it needs.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a part of every test that includes it, which none uses whole"
)]

mod packets;

pub(crate) use packets::*;

use jaga::capture::Captures;
use jaga::sensor::{self, Config, Event, Outcome, Progress, Tap, Watch};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// The folder of the shipped captures.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pcaps")
}

/// Every shipped capture, in the order of their paths.
pub(crate) fn captures() -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&folder(), &mut found);
    found.sort();
    assert!(found.len() >= 30, "only {} captures found", found.len());
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
        {
            found.push(path);
        }
    }
}

/// Octets from hexadecimal digits.
pub(crate) fn hex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// A splitmix64 sequence: seeded, so that a failure comes again.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The next number.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.next().is_multiple_of(n)
    }
}

/// Replays packets as one capture and hands every event to `desk`.
pub(crate) fn replay(
    frames: &[Frame],
    tap: Option<&dyn Tap>,
    desk: &mut dyn FnMut(Event),
) -> Outcome {
    let input = Box::new(Cursor::new(write(frames)));
    let captures = Captures::from_reader(&PathBuf::from("-"), input).unwrap();
    let config = Config { workers: 1 };
    let outcome = sensor::replay(
        captures,
        config,
        Watch {
            tap,
            ..Watch::default()
        },
        &Progress::default(),
        &mut |event| {
            desk(event);
        },
    );
    assert_eq!(outcome.imbalance, None, "{:?}", outcome.books);
    outcome
}

/// Every event of a replay of these packets, and the books.
pub(crate) fn events(frames: &[Frame]) -> (Vec<Event>, Outcome) {
    let mut events = Vec::new();
    let outcome = replay(frames, None, &mut |event| events.push(event));
    (events, outcome)
}
