//! The ceiling of memory: floods that fill every table, under a limit set by the kernel.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use std::path::Path;
use std::process::{Command, Output};
use support::{Connection, Frame, Host, Random, datagram, fragments, write};

/// What is promised, in KiB and without the mapped capture: 256 MiB.
const CEILING: u32 = 256 * 1024;

/// What is granted here: an eighth less, for allocators and threads that keep more elsewhere.
const GRANTED: u32 = CEILING / 8 * 7;

/// More conversations, hosts, pairs and acts than any table has places for.
const FRAMES: u64 = 40_000;

/// Replays a capture where no more memory than `limit` can be had.
fn replay(capture: &Path, workers: &str, limit: u32) -> Output {
    let limit = format!("ulimit -d {limit} && exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit])
        .arg(env!("CARGO_BIN_EXE_jaga"))
        .args(["replay", "-q", "--workers", workers])
        .args(["--events", "/dev/null"])
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

/// Queries and writes that nobody answers, each to another register.
fn told(n: u64, random: &mut Random) -> Frame {
    let client = client(random);
    let [a, b, c, d, ..] = random.next().to_le_bytes();
    if n.is_multiple_of(2) {
        let query = b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\x03plc\0\0\x01\0\x01";
        datagram(0, client, Host::new(9, 53), query)
    } else {
        let write = [0, 1, 0, 0, 0, 6, 1, 6, a, b, c, d];
        datagram(0, client, Host::new(8, 502), &write)
    }
}

/// What never becomes whole: a connection's first packet, half a request, a first fragment.
fn begun(n: u64, random: &mut Random) -> Frame {
    let (client, plc) = (client(random), Host::new(8, 502));
    match n % 3 {
        0 => Connection::new(client, plc).frames.swap_remove(0),
        1 => {
            let mut connection = Connection::new(client, plc);
            connection.client(&[0, 1, 0, 0, 0, 60, 1, 3]);
            connection.frames.pop().unwrap()
        }
        _ => fragments(&datagram(0, client, plc, &[7; 1400]), 1000).swap_remove(0),
    }
}

#[test]
fn floods_stay_below_the_ceiling() {
    type Kind = fn(u64, &mut Random) -> Frame;
    let kinds: [(Kind, &str); 2] = [(told, "2"), (begun, "4")];
    let folder = tempfile::tempdir().unwrap();
    for (kind, workers) in kinds {
        let mut random = Random(1);
        let frames: Vec<Frame> = (0..FRAMES)
            .map(|n| Frame {
                nanos: n * 50_000,
                ..kind(n, &mut random)
            })
            .collect();
        let capture = folder.path().join("flood.pcap");
        std::fs::write(&capture, write(&frames)).unwrap();
        let output = replay(&capture, workers, GRANTED);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        // The limit is a limit.
        let refused = replay(&capture, workers, GRANTED / 8);
        let told = String::from_utf8_lossy(&refused.stderr);
        assert!(told.contains("memory allocation"), "{told}");
    }
}
