//! What a mirror port does to traffic must not change what is decoded: packets lost, doubled,
//! swapped, sessions that began before the capture.
//!
//! Each property takes a shipped capture, changes its packets, and compares the PDUs with those
//! of the untouched capture. Changes are drawn from a seeded sequence.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

use jaga::capture::Captures;
use jaga::desk::outputs::decode::Lines;
use jaga::sensor::{self, Config, Event, Progress};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;
use std::path::PathBuf;

/// Captures of the four control protocols, with sessions from their start and from their middle.
const CAPTURES: &[&str] = &[
    "modbus/quickdraw-2.pcap",
    "modbus/icsnpp-example.pcap",
    "s7comm/snap7.pcap",
    "s7comm/s7comm_reading_plc_status.pcap",
    "dnp3/icsnpp-example.pcap",
    "enip/enip_cip_example.pcap",
];

const PROTOCOLS: &[&str] = &["modbus", "s7comm", "dnp3", "enip"];

/// Fields that name a PDU and do not depend on other packets.
const FIELDS: &[&str] = &[
    "modbus.transaction",
    "modbus.unit",
    "modbus.function",
    "modbus.exception",
    "s7comm.rosctr",
    "s7comm.reference",
    "s7comm.function",
    "s7comm.group",
    "s7comm.subfunction",
    "dnp3.source",
    "dnp3.destination",
    "dnp3.function",
    "dnp3.sequence",
    "dnp3.iin",
    "enip.command",
    "enip.session",
    "enip.length",
];

/// A frame with its time in nanoseconds.
#[derive(Clone)]
struct Frame {
    nanos: u64,
    octets: Vec<u8>,
}

fn read(name: &str) -> Vec<Frame> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("pcaps")
        .join(name);
    let mut captures = Captures::open(&[path], jaga::capture::Config::default()).unwrap();
    let mut frames = Vec::new();
    while let Some((block, record)) = captures.next() {
        let octets = record.octets(block).to_vec();
        assert_eq!(record.link.0, 1, "{name} is not an Ethernet capture");
        frames.push(Frame {
            nanos: record.time.nanos(),
            octets,
        });
    }
    frames
}

/// The frames as a pcap file with nanoseconds.
fn write(frames: &[Frame]) -> Vec<u8> {
    let mut file = Vec::new();
    for number in [0xa1b2_3c4d_u32, 0x0004_0002, 0, 0, 262_144, 1] {
        file.extend(number.to_le_bytes());
    }
    for Frame { nanos, octets } in frames {
        let length = u32::try_from(octets.len()).unwrap();
        let seconds = u32::try_from(nanos / 1_000_000_000).unwrap();
        let rest = u32::try_from(nanos % 1_000_000_000).unwrap();
        for number in [seconds, rest, length, length] {
            file.extend(number.to_le_bytes());
        }
        file.extend(octets);
    }
    file
}

/// Each PDU with how often it was decoded and the frames that completed it, and the octets that
/// the ledgers call lost.
struct Decoded {
    pdus: BTreeMap<String, Vec<usize>>,
    lost: u64,
}

fn decode(frames: &[Frame]) -> Decoded {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let lines = Lines::new(own(PROTOCOLS), own(FIELDS), true);
    let input = Box::new(Cursor::new(write(frames)));
    let captures = Captures::from_reader(&PathBuf::from("-"), input).unwrap();
    let mut decoded = Decoded {
        pdus: BTreeMap::new(),
        lost: 0,
    };
    let config = Config { workers: 1 };
    let watch = sensor::Watch {
        tap: Some(&lines),
        ..sensor::Watch::default()
    };
    let outcome = sensor::replay(captures, config, watch, &Progress::default(), &mut {
        |_, event| match event {
            Event::Line(line) => {
                let line: Value = serde_json::from_str(&line).unwrap();
                let key = format!("{} {} {}", line["src"], line["dst"], line["fields"]);
                let frame = usize::try_from(line["frame"].as_u64().unwrap()).unwrap();
                decoded.pdus.entry(key).or_default().push(frame);
            }
            Event::Flow(flow) => decoded.lost += flow.ends.0.ledger.lost + flow.ends.1.ledger.lost,
            _ => {}
        }
    });
    assert_eq!(outcome.imbalance, None);
    decoded
}

impl Decoded {
    fn counts(&self) -> BTreeMap<&str, usize> {
        self.pdus
            .iter()
            .map(|(key, frames)| (key.as_str(), frames.len()))
            .collect()
    }

    fn total(&self) -> usize {
        self.pdus.values().map(Vec::len).sum()
    }

    /// PDUs of `self` that `other` has more often: what `other` made up.
    fn invented_by(&self, other: &Self) -> Vec<String> {
        let mine = self.counts();
        let more = other
            .counts()
            .into_iter()
            .filter(|(key, n)| mine.get(key).is_none_or(|m| n > m));
        more.map(|(key, _)| key.to_owned()).collect()
    }

    /// How many PDUs were completed by one of these frames, counted from 1.
    fn completed_by(&self, frames: &BTreeSet<usize>) -> usize {
        self.pdus
            .values()
            .flatten()
            .filter(|frame| frames.contains(frame))
            .count()
    }
}

/// The next number of a splitmix64 sequence.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn below(state: &mut u64, end: usize) -> usize {
    usize::try_from(next(state) % u64::try_from(end.max(1)).unwrap()).unwrap()
}

/// Random gaps in each capture.
const GAPS: usize = 60;

#[test]
fn a_gap_costs_the_pdus_it_overlaps_and_at_most_one_more() {
    let (mut gaps, mut good, mut named) = (0, 0, 0);
    for name in CAPTURES {
        let frames = read(name);
        let whole = decode(&frames);
        let mut state = 1;
        for _ in 0..GAPS {
            let first = below(&mut state, frames.len());
            let length = 1 + below(&mut state, 3);
            let gone: BTreeSet<usize> = (first + 1..=(first + length).min(frames.len())).collect();
            let kept: Vec<Frame> = (1..)
                .zip(&frames)
                .filter(|(number, _)| !gone.contains(number))
                .map(|(_, frame)| frame.clone())
                .collect();
            let left = decode(&kept);
            let invented = whole.invented_by(&left);
            assert!(
                invented.is_empty(),
                "{name} without {gone:?}: false PDUs {invented:?}"
            );
            // A PDU that began in the gap and ends behind it overlaps it too: one a direction.
            let allowed = whole.completed_by(&gone) + 2 + 1;
            gaps += 1;
            let lost = whole.total() - left.total();
            if lost <= allowed {
                good += 1;
            } else {
                println!("{name} without {gone:?}: {lost} PDUs lost, {allowed} allowed");
            }
            named += usize::from(left.lost > whole.lost);
        }
    }
    println!("{good} of {gaps} gaps cost what they may; the ledger shows {named} of them");
    assert!(good * 1000 >= gaps * 999, "{good} of {gaps}");
    assert!(
        named * 4 > gaps,
        "the ledger shows only {named} of {gaps} gaps"
    );
}

#[test]
fn a_session_is_picked_up_anywhere() {
    for name in CAPTURES {
        let frames = read(name);
        let whole = decode(&frames);
        let mut state = 2;
        for _ in 0..20 {
            let cut = below(&mut state, frames.len());
            let rest = decode(&frames[cut..]);
            let invented = whole.invented_by(&rest);
            assert!(
                invented.is_empty(),
                "{name} from frame {}: false PDUs {invented:?}",
                cut + 1
            );
            let gone: BTreeSet<usize> = (1..=cut).collect();
            let due = whole.total() - whole.completed_by(&gone);
            let flows = 4;
            assert!(
                rest.total() + 2 * flows >= due,
                "{name} from frame {}: {} of {due} PDUs",
                cut + 1,
                rest.total()
            );
        }
    }
}

/// A copy of a frame as a mirror port makes it: the same, routed, or with another VLAN tag.
fn copy(frame: &Frame, kind: usize) -> Frame {
    let mut octets = frame.octets.clone();
    match kind {
        1 if octets.get(12..14) == Some(&[8, 0]) && octets.len() > 34 => {
            octets[..12].copy_from_slice(&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]);
            octets[22] = octets[22].saturating_sub(1);
            // The header checksum goes up by what the time to live went down (RFC 1624).
            let sum = u16::from_be_bytes([octets[24], octets[25]]);
            let (sum, carry) = sum.overflowing_add(0x0100);
            octets[24..26].copy_from_slice(&(sum + u16::from(carry)).to_be_bytes());
        }
        2 => {
            octets.splice(12..12, [0x81, 0x00, 0x00, 0x2a]);
        }
        _ => {}
    }
    Frame {
        nanos: frame.nanos + 1_000,
        octets,
    }
}

#[test]
fn doubled_packets_count_once() {
    for name in CAPTURES {
        let frames = read(name);
        let whole = decode(&frames);
        for kind in 0..3 {
            let doubled: Vec<Frame> = frames
                .iter()
                .flat_map(|frame| [frame.clone(), copy(frame, kind)])
                .collect();
            let twice = decode(&doubled);
            assert_eq!(
                whole.counts(),
                twice.counts(),
                "{name}, copies of kind {kind}"
            );
        }
    }
}

/// Both addresses and ports of a TCP or UDP packet over IPv4: its direction.
fn direction(frame: &Frame) -> Option<&[u8]> {
    frame.octets.get(12..14).filter(|kind| *kind == [8, 0])?;
    frame.octets.get(26..38)
}

#[test]
fn swapped_neighbours_of_one_direction_change_nothing() {
    for name in CAPTURES {
        let frames = read(name);
        let whole = decode(&frames);
        let mut state = 3;
        for _ in 0..8 {
            let mut swapped = frames.clone();
            let mut at = 1;
            while at + 1 < swapped.len() {
                let same = direction(&swapped[at]).is_some()
                    && direction(&swapped[at]) == direction(&swapped[at + 1]);
                if same && next(&mut state).is_multiple_of(2) {
                    let (a, b) = (swapped[at].nanos, swapped[at + 1].nanos);
                    swapped.swap(at, at + 1);
                    (swapped[at].nanos, swapped[at + 1].nanos) = (a, b);
                    at += 2;
                } else {
                    at += 1;
                }
            }
            assert_eq!(whole.counts(), decode(&swapped).counts(), "{name}");
        }
    }
}

#[test]
fn one_direction_alone_makes_up_nothing() {
    for name in CAPTURES {
        let frames = read(name);
        let whole = decode(&frames);
        let directions: BTreeSet<Vec<u8>> = frames
            .iter()
            .filter_map(direction)
            .map(<[u8]>::to_vec)
            .collect();
        for gone in directions.iter().take(8) {
            let rest: Vec<Frame> = frames
                .iter()
                .filter(|frame| direction(frame) != Some(gone.as_slice()))
                .cloned()
                .collect();
            let invented = whole.invented_by(&decode(&rest));
            assert!(
                invented.is_empty(),
                "{name} without one direction: {invented:?}"
            );
        }
    }
}
