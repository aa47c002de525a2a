//! What each step of a packet's way costs, one core: reading the capture, the headers, the
//! flow's key, duplicates, the flow table, TCP in order, and the whole replay, of which what is
//! left over is the protocols and what they find.
//!
//! `cargo bench --bench steps [CAPTURE]`; without a capture `make_capture.py` builds one of
//! 40 MB from the shipped captures. Each line is the best of five runs up to and with that step,
//! in processor time, so that other load on the machine changes little. `replay.py` measures the
//! whole command against tcpdump.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at the first error"
)]

use jaga::capture::{Block, Captures, Config, Record};
use jaga::facts::Stamp;
use jaga::flow::{Budget, Connection, Duplicates, Flow, Packet, Segment, Table};
use jaga::sensor::{self, Progress};
use jaga::wire::{self, Checksums, SHARDS, Transport};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Runs of each step.
const RUNS: usize = 5;

/// Megabytes of the capture that is built.
const MEGABYTES: &str = "40";

/// The steps, in the order in which a packet meets them.
const STEPS: [&str; 6] = [
    "capture read",
    "+ headers",
    "+ key and shard",
    "+ duplicates",
    "+ flow table",
    "+ TCP in order",
];

/// One shard as a worker holds it, up to the protocols.
struct Shard {
    duplicates: Duplicates,
    table: Table<Connection>,
    budget: Budget,
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let given = std::env::args().skip(1).find(|a| !a.starts_with("--"));
    let path = given.map_or_else(|| made(folder.path()), PathBuf::from);
    println!("{:20} {:>9} {:>12}", "", "ns/packet", "packets/s");
    let mut last = 0.0;
    for (steps, name) in STEPS.into_iter().enumerate() {
        last = tell(name, last, || walk(&path, steps));
    }
    tell("whole replay", last, || replay(&path));
}

/// Measures one line and prints it, with what it adds to the one before.
fn tell(name: &str, before: f64, run: impl Fn() -> u64) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..RUNS {
        let start = now();
        let packets = run();
        best = best.min((now() - start) / packets as f64);
    }
    println!(
        "{name:20} {best:>9.1} {:>12.0}   (+{:.1})",
        1e9 / best,
        best - before
    );
    best
}

/// Processor time of this thread in nanoseconds, or the clock's where the kernel does not tell.
fn now() -> f64 {
    thread_local!(static BEGIN: Instant = Instant::now());
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|stat| stat.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| BEGIN.with(|begin| begin.elapsed().as_nanos() as f64))
}

/// Builds the capture.
fn made(folder: &Path) -> PathBuf {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/make_capture.py");
    let path = folder.join("bench.pcap");
    let built = Command::new("python3")
        .args([script.as_os_str(), path.as_os_str()])
        .args(["--megabytes", MEGABYTES])
        .status();
    assert!(built.unwrap().success(), "make_capture.py failed");
    path
}

/// Walks over all frames as reader and worker do, up to and with the given step.
fn walk(path: &Path, steps: usize) -> u64 {
    let mut captures = Captures::open(&[path.to_owned()], Config::default()).unwrap();
    let mut shards: Vec<Shard> = (0..SHARDS)
        .map(|_| Shard {
            duplicates: Duplicates::new(1),
            table: Table::new(1),
            budget: Budget::default(),
        })
        .collect();
    let mut packets = 0;
    while let Some((block, record)) = captures.next() {
        packets += 1;
        frame(block, &record, packets, steps, &mut shards);
    }
    packets
}

fn frame(block: &Block, record: &Record, number: u64, steps: usize, shards: &mut [Shard]) {
    let octets = record.octets(block);
    if steps == 0 {
        black_box(octets.first());
        return;
    }
    let link = u32::from(record.link.0);
    let headers = wire::read(link, octets, record.original, Checksums::Header);
    if steps == 1 {
        black_box(&headers);
        return;
    }
    let stamp = Stamp {
        time: record.time,
        frame: number,
    };
    let Some(packet) = Packet::new(&headers, record.original, stamp) else {
        return;
    };
    let shard = shards.get_mut(usize::from(wire::shard(&headers))).unwrap();
    if steps == 2 {
        black_box((&packet, &shard));
        return;
    }
    if shard.duplicates.seen(&packet, octets).is_some() || steps == 3 {
        return;
    }
    let found = shard.table.lookup(&packet, &mut |_, _| {}).unwrap();
    let Transport::Tcp(tcp) = headers.transport else {
        return;
    };
    if steps == 4 {
        return;
    }
    let segment = Segment::new(&tcp, headers.content(octets), headers.missing, stamp);
    let Flow { ledgers, owner, .. } = found.flow;
    owner.push(
        packet.side,
        &segment,
        ledgers,
        &mut shard.budget,
        &mut |_, chunk| {
            black_box(&chunk);
        },
    );
}

/// The whole replay with one worker, its events let go.
fn replay(path: &Path) -> u64 {
    let captures = Captures::open(&[path.to_owned()], Config::default()).unwrap();
    let config = sensor::Config { workers: 1 };
    let outcome = sensor::replay(
        captures,
        config,
        sensor::Watch::default(),
        &Progress::default(),
        &mut |event| {
            black_box(event);
        },
    );
    assert_eq!(outcome.imbalance, None);
    outcome.books.received
}
