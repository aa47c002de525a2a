//! The ceiling of memory: floods that fill every table, under a limit set by the kernel.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use std::path::Path;
use std::process::{Command, Output};
use support::{Frame, Host, Random, datagram, write};

/// The ceiling in KiB, without the mapped capture: 256 MiB.
const CEILING: u32 = 256 * 1024;

/// More conversations and hosts than any table has places for.
const FRAMES: u64 = 40_000;

/// Replays a capture where no more memory than `ceiling` can be had.
fn replay(capture: &Path, ceiling: u32) -> Output {
    let limit = format!("ulimit -d {ceiling} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit])
        .arg(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--events", "/dev/null"])
        .arg(capture);
    command.output().unwrap()
}

/// A client with addresses made up.
fn client(random: &mut Random) -> Host {
    let [a, b, c, d, e, f, g, h] = random.next().to_le_bytes();
    Host {
        mac: [2, d, e, f, g, h],
        ip: [10, a, b, c],
        port: u16::from_le_bytes([d, e]) | 0x8000,
    }
}

#[test]
fn floods_stay_below_the_ceiling() {
    let mut random = Random(1);
    let dns = Host::new(9, 53);
    let query = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x03plc\0\0\x01\0\x01";
    let modbus = Host::new(8, 502);
    let frames: Vec<Frame> = (0..FRAMES)
        .map(|n| {
            let client = client(&mut random);
            let [a, b, c, d, ..] = random.next().to_le_bytes();
            match n % 2 {
                0 => datagram(n * 50_000, client, dns, query),
                // Each writes another value to another register.
                _ => {
                    let write = [0, 1, 0, 0, 0, 6, 1, 6, a, b, c, d];
                    datagram(n * 50_000, client, modbus, &write)
                }
            }
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let capture = folder.path().join("flood.pcap");
    std::fs::write(&capture, write(&frames)).unwrap();
    let output = replay(&capture, CEILING);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    // The limit is a limit.
    assert!(!replay(&capture, CEILING / 16).status.success());
}
