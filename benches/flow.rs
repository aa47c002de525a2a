//! What the flow room costs a packet, one core: duplicates, table, and TCP in order, for polls
//! between many host pairs as the worker sees them.
//!
//! `cargo bench --bench flow [PAIRS]`: host pairs with one connection each, 400 by default.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a bench prints its figures and may stop at the first error"
)]

use jaga::facts::{Stamp, Time};
use jaga::flow::{Budget, Connection, Duplicates, Flow, Packet, Segment, Table};
use jaga::wire::{self, Checksums, SHARDS, Transport};
use std::hint::black_box;
use std::time::Instant;

/// Frames, half of them requests and half answers.
const FRAMES: u32 = 400_000;

/// Packets before the clock starts: the tables take their memory.
const WARM_UP: u64 = 40_000;

/// One shard as a worker holds it.
struct Shard {
    duplicates: Duplicates,
    table: Table<Connection>,
    budget: Budget,
}

fn main() {
    let given = std::env::args().find_map(|argument| argument.parse().ok());
    let pairs = given.unwrap_or(400);
    let frames = polls(pairs);
    let octets = frames.octets.len() / frames.ends.len();
    let count = frames.ends.len();
    println!("{count} frames, {pairs} host pairs, mean {octets} octets");
    for (steps, name) in [
        "headers",
        "+ key and shard",
        "+ duplicates",
        "+ table",
        "+ TCP in order",
    ]
    .into_iter()
    .enumerate()
    {
        let best = (0..15)
            .map(|_| run(&frames, steps))
            .fold(f64::INFINITY, f64::min);
        println!("{name:16} {best:6.1} ns a packet");
    }
}

/// Walks over all frames as a worker does, up to the given step.
fn run(frames: &Frames, steps: usize) -> f64 {
    let mut shards: Vec<Shard> = (0..SHARDS)
        .map(|_| Shard {
            duplicates: Duplicates::new(1),
            table: Table::new(1),
            budget: Budget::default(),
        })
        .collect();
    let mut delivered = 0;
    let mut begin = 0;
    let mut start = Instant::now();
    for (number, end) in (0_u64..).zip(&frames.ends) {
        if number == WARM_UP {
            start = Instant::now();
        }
        let frame = frames.octets.get(begin..*end).unwrap();
        begin = *end;
        let length = u32::try_from(frame.len()).unwrap();
        let headers = wire::read(1, frame, length, Checksums::Header);
        if steps == 0 {
            black_box(&headers);
            continue;
        }
        let stamp = Stamp {
            time: Time::from_nanos(1_000_000_000 + number * 10_000),
            frame: number,
        };
        let packet = Packet::new(&headers, length, stamp).unwrap();
        let shard = shards.get_mut(usize::from(wire::shard(&headers))).unwrap();
        if steps == 1 {
            black_box((&packet, &shard));
            continue;
        }
        if shard.duplicates.seen(&packet, frame).is_some() {
            unreachable!("the polls have no copies");
        }
        if steps == 2 {
            continue;
        }
        let found = shard.table.lookup(&packet, &mut |_, _| {}).unwrap();
        let Transport::Tcp(tcp) = headers.transport else {
            continue;
        };
        if steps == 3 {
            continue;
        }
        let segment = Segment::new(&tcp, headers.content(frame), headers.missing, stamp);
        let Flow { ledgers, owner, .. } = found.flow;
        owner.push(
            packet.side,
            &segment,
            ledgers,
            &mut shard.budget,
            &mut |_, chunk| {
                black_box(&chunk);
                delivered += 1;
            },
        );
    }
    let time = start.elapsed().as_nanos();
    black_box(delivered);
    time as f64 / (frames.ends.len() as f64 - WARM_UP as f64)
}

/// Frames one behind the other, as in a capture.
#[derive(Default)]
struct Frames {
    octets: Vec<u8>,
    ends: Vec<usize>,
}

/// Polls of 12 octets and answers of 29 in TCP over IPv4 over Ethernet, all pairs in turn.
fn polls(pairs: u32) -> Frames {
    let mut frames = Frames::default();
    let mut add = |frame: Vec<u8>| {
        frames.octets.extend(frame);
        frames.ends.push(frames.octets.len());
    };
    for round in 0..FRAMES / 2 / pairs {
        for pair in 0..pairs {
            let at = (1000 + round * 12, 5000 + round * 29);
            add(frame(pair, round, true, at, &[7; 12]));
            add(frame(pair, round, false, (at.1, at.0 + 12), &[9; 29]));
        }
    }
    frames
}

fn frame(pair: u32, round: u32, asks: bool, numbers: (u32, u32), content: &[u8]) -> Vec<u8> {
    let client = [10, 0, 0, 1];
    let [.., high, low] = pair.to_be_bytes();
    let server = [10, 1, high, low];
    let (from, to, ports) = if asks {
        (client, server, [0xc0, 0x01, 0x01, 0xf6])
    } else {
        (server, client, [0x01, 0xf6, 0xc0, 0x01])
    };
    let mut frame = vec![
        2, 0, to[1], to[2], to[3], 1, 2, 0, from[1], from[2], from[3], 1,
    ];
    frame.extend([8, 0, 0x45, 0]);
    frame.extend(u16::try_from(40 + content.len()).unwrap().to_be_bytes());
    frame.extend(((round + 1) as u16).to_be_bytes());
    frame.extend([0x40, 0, 64, 6, 0, 0]);
    frame.extend(from);
    frame.extend(to);
    frame.extend(ports);
    frame.extend(numbers.0.to_be_bytes());
    frame.extend(numbers.1.to_be_bytes());
    frame.extend([0x50, 0x18, 4, 0, 0, 0, 0, 0]);
    frame.extend(content);
    frame
}
