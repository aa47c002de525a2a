//! OPC UA on captured and built chunks.

use super::Opcua;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// From icsnpp's `open62541_client-server-getEndpoints.pcap` (BSD-3-Clause).
const HELLO: &str =
    "48454c463800000000000000ffff0000ffff00000000000000000000180000006f70632e7463703a
    2f2f6c6f63616c686f73743a34383430";
const ACKNOWLEDGE: &str = "41434b461c00000000000000ffff0000ffff00000000000000000000";
const OPEN: &str =
    "4f504e4684000000000000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f7267
    2f55412f5365637572697479506f6c696379234e6f6e65ffffffffffffffff01000000010000000100be010000
    60acd99b5595d7010000000000000000ffffffff00000000000000000000000000000001000000ffffffffc0270900";
const ANSWER: &str =
    "4d5347463800000008000000080000000200000002000000 0100af01 eebed99b5595d70101000000
    00000000 00ffffffff000000ffffffff";

fn open(first: &[u8]) -> Driver {
    Driver::open(
        &Opcua,
        Carrier::Tcp,
        (4840, 50_000),
        Side::High,
        first,
        false,
    )
}

/// A message in the clear: channel 8, token 8, sequence, request, structure, header.
fn message(structure: u16, request: u32, status: u32, padding: usize) -> Vec<u8> {
    let mut octets = b"MSGF\0\0\0\0".to_vec();
    octets.extend(hex("08000000 08000000 02000000"));
    octets.extend(request.to_le_bytes());
    octets.extend([1, 0]);
    octets.extend(structure.to_le_bytes());
    octets.extend([0; 12]);
    octets.extend(status.to_le_bytes());
    octets.resize(octets.len() + padding, 0);
    let size = u32::try_from(octets.len()).unwrap().to_le_bytes();
    octets[4..8].copy_from_slice(&size);
    octets
}

#[test]
fn a_channel_tells_endpoint_and_policy() {
    let hello = hex(HELLO);
    let mut driver = open(&hello);
    driver.packet(Side::High, &hello);
    driver.packet(Side::Low, &hex(ACKNOWLEDGE));
    driver.packet(Side::High, &hex(OPEN));
    assert_eq!(
        driver.out.messages,
        [
            "high opcua message=\"hello\" size=56 endpoint=\"opc.tcp://localhost:4840\"",
            "low opcua message=\"acknowledge\" size=28",
            "high opcua message=\"open-channel\" size=132 \
             policy=\"http://opcfoundation.org/UA/SecurityPolicy#None\" channel=0",
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn services_in_the_clear_are_operations() {
    let mut driver = open(&hex(HELLO));
    driver.packet(Side::High, &message(428, 2, 0, 50));
    driver.packet(Side::Low, &hex(ANSWER));
    driver.packet(Side::High, &message(673, 3, 0, 100_000));
    driver.packet(Side::Low, &message(676, 3, 0x801f_0000, 0));
    driver.packet(Side::High, &message(826, 4, 0, 0));
    driver.packet(Side::High, &message(712, 5, 0, 0));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "find servers and endpoints: identify/1 by high, ok",
            "write nodes: write/3 by high, refused 2149515264 BadUserAccessDenied",
            "call method: control/4 by high, not-seen",
        ]
    );
}

#[test]
fn losses_inside_and_between_chunks_are_survived() {
    let write = message(673, 3, 0, 100_000);
    let mut driver = open(&hex(HELLO));
    driver.packet(Side::High, &write[..10_000]);
    driver.gap(Side::High, Some(80_000));
    driver.packet(Side::High, &write[90_000..]);
    driver.gap(Side::High, None);
    driver.packet(Side::High, &[vec![7; 33], message(631, 4, 0, 0)].concat());
    assert_eq!(driver.out.messages.len(), 2);
    assert!(driver.steps.contains(&Step::Skip(33)));
    assert!(driver.out.faults.is_empty());
}

#[test]
fn an_encrypted_message_names_no_service() {
    let mut octets = message(673, 3, 0, 64);
    octets[24..28].copy_from_slice(&[0xd3, 0x11, 0x9c, 0x40]);
    let mut driver = open(&octets);
    driver.packet(Side::High, &octets);
    assert_eq!(
        driver.out.messages,
        ["high opcua message=\"message\" size=108 channel=8"]
    );
}

#[test]
fn only_whole_marks_are_recognised() {
    let probe = |octets: &[u8]| {
        Opcua.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (4840, 50_000),
            side: Side::High,
            octets,
            midstream: false,
        })
    };
    assert_eq!(probe(b"HE"), Probe::More);
    assert_eq!(probe(b"HELP me"), Probe::NotMine);
    assert_eq!(probe(b"HELF\x04\0\0\0"), Probe::NotMine);
    assert_eq!(probe(b"HEAD / HTTP/1.1"), Probe::NotMine);
    assert_eq!(probe(&hex(HELLO)), Probe::Certain);
}

#[test]
fn nothing_breaks_it() {
    let (hello, open, answer) = (hex(HELLO), hex(OPEN), hex(ANSWER));
    batter(
        &Opcua,
        Carrier::Tcp,
        (4840, 1),
        &[&hello, &open, &open, &answer],
    );
}
