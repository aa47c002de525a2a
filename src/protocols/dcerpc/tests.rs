//! DCE/RPC on built PDUs, laid out after C706, 12.6.4.

use super::DceRpc;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// Binds context 1 to version 2 of the service control manager by the transfer syntax NDR.
const BIND: &str = "05000b03 10000000 4800 0000 07000000 b810b810 00000000 01000000
    0100 01 00 81bb7a36 4498 f135 ad32 98f038001003 02000000
    045d888a eb1c c911 9fe8 08002b104860 02000000";
/// Operation 12 with four octets, then ten of authentication behind its eight of trailer.
const REQUEST: &str = "05000003 10000000 2e00 0a00 08000000 04000000 0100 0c00 deadbeef
    0a060000 00000000 00000000000000000000";
const RESPONSE: &str = "05000203 10000000 1c00 0000 08000000 04000000 0100 0000 00000001";

fn open() -> Driver {
    let bind = hex(BIND);
    let mut driver = Driver::open(
        &DceRpc,
        Carrier::Tcp,
        (135, 50_000),
        Side::High,
        &bind,
        false,
    );
    driver.packet(Side::High, &bind);
    driver
}

#[test]
fn a_call_is_told_with_the_interface_that_was_bound() {
    let mut driver = open();
    for piece in hex(REQUEST).chunks(20) {
        driver.packet(Side::High, piece);
    }
    driver.packet(Side::Low, &hex(RESPONSE));
    assert_eq!(
        driver.out.messages,
        [
            "high dcerpc type=\"bind\" call=7 bind=[\"367abb81-9844-35f1-ad32-98f038001003\"]",
            "high dcerpc type=\"request\" call=8 iface=\"367abb81-9844-35f1-ad32-98f038001003\" \
             iface_version=2 opnum=12",
            "low dcerpc type=\"response\" call=8 \
             iface=\"367abb81-9844-35f1-ad32-98f038001003\" iface_version=2",
        ]
    );
    assert_eq!(
        driver.out.buffer("dcerpc.stub_data"),
        ["high deadbeef", "low 00000001"]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn big_endian_identifiers_read_the_same() {
    let bind = "05000b03 00000000 0048 0000 00000007 10b810b8 00000000 01000000
        0001 01 00 367abb81 9844 35f1 ad32 98f038001003 00000002
        8a885d04 1ceb 11c9 9fe8 08002b104860 00000002";
    let mut driver = open();
    driver.packet(Side::High, &hex(bind));
    assert_eq!(driver.out.messages.first(), driver.out.messages.get(1));
}

#[test]
fn after_a_gap_a_pdu_is_found_at_a_segment_border() {
    let mut driver = open();
    driver.gap(Side::High, None);
    driver.packet(Side::High, &[0x99; 30]);
    driver.packet(Side::High, &hex(REQUEST));
    assert_eq!(driver.steps[1..], [Step::Skip(30), Step::Pdu(46)]);
    assert!(driver.out.faults.is_empty());
    driver.packet(Side::High, &[0x99; 30]);
    assert_eq!(driver.out.faults, ["high dcerpc.malformed_data at 0"]);
}

#[test]
fn only_pdus_are_recognised() {
    let probe = |octets: &[u8]| {
        DceRpc.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (50_000, 50_001),
            side: Side::High,
            octets,
            midstream: true,
        })
    };
    assert_eq!(probe(&hex(BIND)), Probe::Certain);
    assert_eq!(probe(&hex(REQUEST)), Probe::Certain);
    assert_eq!(probe(&hex(REQUEST)[..20]), Probe::Unsure);
    assert_eq!(probe(&[5, 0]), Probe::More);
    for other in ["0501ff", "05640a", "050000031100000020000000", "0400"] {
        let other = [hex(other), vec![0; 16]].concat();
        assert_eq!(probe(&other), Probe::NotMine);
    }
}

#[test]
fn nothing_breaks_it() {
    batter(
        &DceRpc,
        Carrier::Tcp,
        (135, 50_000),
        &[&hex(BIND), &hex(RESPONSE), &hex(REQUEST)],
    );
}
