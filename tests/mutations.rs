//! Shipped captures with octets changed at random replay to their end: no panic, no hang, and
//! the books balance.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use jaga::capture::Captures;
use jaga::sensor::{self, Config, Progress};
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Mutations of each capture, half of them with 1 % and half with 5 % of the octets changed.
const ROUNDS: u64 = 20;

/// The longest that one mutated capture may take in an unoptimised build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

fn captures(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            captures(&path, found);
        } else if path
            .extension()
            .is_some_and(|e| e == "pcap" || e == "pcapng")
        {
            found.push(path);
        }
    }
    found.sort();
}

/// The next number of a splitmix64 sequence: seeded, so that a failure comes again.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

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
fn mutate(file: &mut [u8], one_in: u64, frames: &[std::ops::Range<usize>], state: &mut u64) {
    let anywhere = 24..file.len();
    let within = if frames.is_empty() || next(state).is_multiple_of(2) {
        std::slice::from_ref(&anywhere)
    } else {
        frames
    };
    for octet in within.iter().flat_map(Clone::clone) {
        if next(state).is_multiple_of(one_in) {
            file[octet] = next(state).to_le_bytes()[0];
        }
    }
}

#[test]
fn mutated_captures_replay_to_their_end() {
    let mut paths = Vec::new();
    captures(
        &PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pcaps"),
        &mut paths,
    );
    assert!(paths.len() >= 30, "only {} captures found", paths.len());
    let (mut replayed, mut refused) = (0_u64, 0_u64);
    for path in &paths {
        let file = fs::read(path).unwrap();
        let frames = frames(&file);
        // Large captures repeat themselves: a fifth of the rounds finds what there is.
        let rounds = if file.len() > 500_000 {
            ROUNDS / 5
        } else {
            ROUNDS
        };
        for round in 0..rounds {
            let mut mutated = file.clone();
            let mut state = round;
            mutate(
                &mut mutated,
                if round % 2 == 0 { 100 } else { 20 },
                &frames,
                &mut state,
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
                &mut |_, _| {},
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
