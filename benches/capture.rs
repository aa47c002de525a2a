//! Records a second that capture files give, one core, for each way they are read.
//!
//! `cargo bench --bench capture [FILE...]`; without files, two million frames of 60 to 300
//! octets are made in memory and in a temporary folder.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a bench prints its figures and may stop at the first error"
)]

use jaga::capture::{Captures, Config, LinkType, Writer};
use jaga::facts::Time;
use std::hint::black_box;
use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

const FRAMES: u32 = 2_000_000;

fn main() {
    let given: Vec<PathBuf> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with("--"))
        .map(PathBuf::from)
        .collect();
    if !given.is_empty() {
        for path in &given {
            measure(
                path.to_string_lossy().as_ref(),
                std::slice::from_ref(path),
                true,
            );
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (pcap, pcapng) = (classic(), modern());
    let file = |name: &str, octets: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, octets).unwrap();
        path
    };
    let plain = file("a.pcap", &pcap);
    let second = file("b.pcap", &pcap);
    let blocks = file("a.pcapng", &pcapng);
    let zstd = file("a.zst", &zstd::encode_all(&pcap[..], 3).unwrap());
    let gzip = file("a.gz", &gzipped(&pcap));
    by_hand(&pcap);
    measure("pcap, mapped", std::slice::from_ref(&plain), true);
    measure("pcap, read", std::slice::from_ref(&plain), false);
    measure("pcapng, mapped", &[blocks], true);
    measure("two pcap, merged frame by frame", &[plain, second], true);
    measure("pcap, gzip", &[gzip], true);
    measure("pcap, zstd", &[zstd], true);
}

fn measure(name: &str, inputs: &[PathBuf], map: bool) {
    let mut best = f64::INFINITY;
    let (mut frames, mut octets) = (0_u64, 0_u64);
    for _ in 0..5 {
        let start = Instant::now();
        let mut captures = Captures::open(
            inputs,
            Config {
                map,
                ..Config::default()
            },
        )
        .unwrap();
        (frames, octets) = (0, 0);
        while let Some((block, record)) = captures.next() {
            frames += 1;
            octets += u64::from(record.captured);
            black_box(record.octets(block).first());
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{name:32} {frames:>9} frames {:>8.1} M frames/s {:>8.0} MB/s",
        frames as f64 / best / 1e6,
        octets as f64 / best / 1e6
    );
}

/// The least there is to do: a loop over the record headers of a pcap in memory.
fn by_hand(file: &[u8]) {
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        let mut rest = file.get(24..).unwrap();
        while let Some((header, frames)) = rest.split_first_chunk::<16>() {
            let [.., a, b, c, d, _, _, _, _] = *header;
            let (frame, next) = frames.split_at(u32::from_le_bytes([a, b, c, d]) as usize);
            black_box(frame.first());
            rest = next;
        }
        best = best.min(start.elapsed().as_secs_f64());
    }
    println!(
        "{:32} {FRAMES:>9} frames {:>8.1} M frames/s",
        "by hand",
        f64::from(FRAMES) / best / 1e6
    );
}

/// Frame lengths and times, the same on every run.
fn frames() -> impl Iterator<Item = (u32, Vec<u8>)> {
    let mut state = 1_u32;
    (0..FRAMES).map(move |number| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let length = 60 + (state >> 24) % 240;
        let octets = (0..length).map(|i| (i ^ state).to_le_bytes()[0]);
        (number, octets.collect())
    })
}

fn classic() -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1_u32] {
        file.extend(number.to_le_bytes());
    }
    for (number, octets) in frames() {
        let length = u32::try_from(octets.len()).unwrap();
        for number in [
            1_700_000_000 + number / 1_000_000,
            number % 1_000_000,
            length,
            length,
        ] {
            file.extend(number.to_le_bytes());
        }
        file.extend(octets);
    }
    file
}

fn modern() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &[]).unwrap();
    let interface = writer.interface(LinkType::ETHERNET, 0, "eth0").unwrap();
    for (number, octets) in frames() {
        let time = Time::from_parts(1_700_000_000, u64::from(number) * 1000);
        let length = u32::try_from(octets.len()).unwrap();
        writer.frame(interface, time, &octets, length, &[]).unwrap();
    }
    writer.finish().unwrap()
}

fn gzipped(octets: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(octets).unwrap();
    packer.finish().unwrap()
}
