//! Shipped captures with octets changed at random replay to their end: no panic, no hang, and
//! the books balance.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use jaga::capture::Captures;
use jaga::sensor::{self, Config, Progress};
use std::fs;
use std::io::Cursor;
use std::time::{Duration, Instant};
use support::{Random, captures};

/// Mutations of each capture, half of them with 1 % and half with 5 % of the octets changed.
const ROUNDS: u64 = 20;

/// The longest that one mutated capture may take in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where the frames of a pcap file lie; nothing for other formats.
fn frames(file: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut frames = Vec::new();
    if !file.starts_with(&[0xd4, 0xc3, 0xb2, 0xa1]) {
        return frames;
    }
    let mut at = 24;
    while let Some(length) = file.get(at + 8..at + 12) {
        let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
        frames.push(at + 16..(at + 16 + length).min(file.len()));
        at += 16 + length;
    }
    frames
}

/// Changes one octet in `one_in`: in the frames alone, or anywhere behind the file's head.
fn mutate(file: &mut [u8], one_in: u64, frames: &[std::ops::Range<usize>], random: &mut Random) {
    let anywhere = 24..file.len();
    let within = if frames.is_empty() || random.one_in(2) {
        std::slice::from_ref(&anywhere)
    } else {
        frames
    };
    for octet in within.iter().flat_map(Clone::clone) {
        if random.one_in(one_in) {
            file[octet] = random.next().to_le_bytes()[0];
        }
    }
}

#[test]
fn mutated_captures_replay_to_their_end() {
    let (mut replayed, mut refused) = (0_u64, 0_u64);
    for path in &captures() {
        let file = fs::read(path).unwrap();
        let frames = frames(&file);
        for round in 0..ROUNDS {
            let mut mutated = file.clone();
            let mut random = Random(round);
            mutate(
                &mut mutated,
                if round % 2 == 0 { 100 } else { 20 },
                &frames,
                &mut random,
            );
            let begun = Instant::now();
            let input = Box::new(Cursor::new(mutated));
            let Ok(captures) = Captures::from_reader(path, input) else {
                refused += 1;
                continue;
            };
            let config = Config { workers: 2 };
            let outcome = sensor::replay(
                captures,
                config,
                sensor::Watch::default(),
                &Progress::default(),
                &mut |_| {},
            );
            let what = format!("{}, round {round}: {:?}", path.display(), outcome.books);
            assert_eq!(outcome.imbalance, None, "{what}");
            assert_eq!(outcome.books.panics, 0, "{what}");
            assert_eq!(
                outcome.books.dropped[sensor::Dropped::Panic as usize],
                0,
                "{what}"
            );
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: took {:?}",
                begun.elapsed()
            );
            replayed += 1;
        }
    }
    println!("{replayed} mutated captures replayed, {refused} refused as no captures any more");
    assert!(replayed > 20 * refused);
}
