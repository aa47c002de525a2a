//! What is taken for EtherNet/IP and what is not.

use super::*;
use crate::protocols::Probe;

#[test]
fn packets_are_recognised_on_any_port() {
    for digits in [REGISTER, TAG_READ, OPEN, POLL, POLL_REPLY] {
        let octets = hex(digits);
        assert_eq!(
            probe(Carrier::Tcp, (40_000, 9_999), false, &octets),
            Probe::Certain
        );
        assert_eq!(
            probe(Carrier::Tcp, (40_000, 9_999), true, &octets),
            Probe::Certain
        );
    }
    let identity = hex("63000000000000000000000000000000c1debed100000000");
    assert_eq!(
        probe(Carrier::Udp, (40_000, 9_999), false, &identity),
        Probe::Certain
    );
}

#[test]
fn a_beginning_asks_for_more() {
    let octets = hex(TAG_READ);
    for end in 1..48 {
        assert_eq!(
            probe(Carrier::Tcp, PORTS, false, &octets[..end]),
            Probe::More,
            "{end} octets"
        );
    }
    assert_eq!(
        probe(Carrier::Tcp, PORTS, false, &octets[..48]),
        Probe::Certain
    );
}

#[test]
fn other_protocols_are_left_alone_on_its_port() {
    for octets in [
        &b"GET / HTTP/1.1\r\nHost: plc\r\n\r\n"[..],
        b"HTTP/1.0 200 OK\r\nServer: GoAhead\r\n\r\n<html></html>",
        b"\x16\x03\x01\x00\xc4\x01\x00\x00\xc0\x03\x03abcdefghijklmnopqrstuvwxyz012345",
        b"\x00\x1d\xaa\xbb\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03plc\x05plant\x00\x00\x01\x00\x01",
        b"\xaa\xbb\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03plc\x05plant\x00\x00\x01\x00\x01",
        b"hello\nis anybody there?\nls -la /root\n",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"\x00\x01\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a\x00\x02\x00\x00\x00\x06\x01\x03\x00\x00\x00\x0a",
        b"\x03\x00\x00\x16\x11\xe0\x00\x00\x00\x01\x00\xc1\x02\x01\x00\xc2\x02\x01\x02\xc0\x01\x0a",
        b"\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21\x05\x64\x05\xc0\x01\x00\x00\x04\xe9\x21\x05\x64\x05\xc0",
    ] {
        for carrier in [Carrier::Tcp, Carrier::Udp] {
            assert_eq!(probe(carrier, PORTS, false, octets), Probe::NotMine, "{octets:?}");
        }
        assert_eq!(probe(Carrier::Tcp, (40_000, 502), true, octets), Probe::NotMine);
    }
}

#[test]
fn zeros_are_a_nop_at_best() {
    assert_eq!(probe(Carrier::Tcp, PORTS, false, &[0; 64]), Probe::Unsure);
    assert_eq!(
        probe(Carrier::Tcp, (40_000, 9_999), false, &[0; 64]),
        Probe::NotMine
    );
    assert_eq!(
        probe(Carrier::Udp, (40_000, 9_999), false, &[0; 24]),
        Probe::NotMine
    );
}

#[test]
fn a_command_among_zeros_is_not_believed_in_the_middle_of_something() {
    // Phasors (IEEE C37.118) of 0 with a number between them.
    let mut octets = [0; 128];
    octets[30] = 0x63;
    let told = probe(Carrier::Tcp, (4712, 10_470), true, &octets);
    assert_eq!(told, Probe::NotMine);
}

#[test]
fn lengths_that_disagree_are_not_believed() {
    let mut octets = hex(TAG_READ);
    octets[2] ^= 1;
    assert_eq!(probe(Carrier::Tcp, PORTS, false, &octets), Probe::NotMine);
    let mut octets = hex(REGISTER);
    octets[24] = 9;
    assert_eq!(probe(Carrier::Tcp, PORTS, false, &octets), Probe::NotMine);
}

#[test]
fn a_conversation_is_joined_in_its_middle() {
    let packets = conversation();
    let stream: Vec<u8> = packets
        .iter()
        .filter(|(side, _)| *side == CLIENT)
        .flat_map(|(_, octets)| octets.clone())
        .collect();
    for start in 1..200 {
        let part = &stream[start..];
        // Never a certainty inside other octets: zeros of another protocol read as a header.
        let told = probe(Carrier::Tcp, (40_000, 9_999), true, part);
        assert!(told.is_claim(), "{told:?}");
        assert!(!matches!(told, Probe::Inside { certain: true, .. }));
        let mut driver = Driver::open(&Enip, Carrier::Tcp, PORTS, CLIENT, part, true);
        driver.packet(CLIENT, part);
        // Of the packets behind the start at most one is not found again.
        let mut at = 0;
        let whole = packets
            .iter()
            .filter(|(side, _)| *side == CLIENT)
            .filter(|(_, octets)| {
                at += octets.len();
                at - octets.len() >= start
            })
            .count();
        assert!(driver.out.messages.len() + 1 >= whole, "from {start}");
        assert!(driver.out.messages.len() <= whole, "from {start}");
        assert!(driver.out.faults.is_empty());
    }
}
