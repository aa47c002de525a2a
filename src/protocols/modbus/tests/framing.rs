//! What is Modbus and what is not, where ADUs begin and end, and RTU.

use super::super::{Modbus, rtu};
use super::{CLIENT, PORTS, SERVER, adu, open};
use crate::facts::Side;
use crate::protocols::testing::{Driver, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

const ELSEWHERE: (u16, u16) = (20_000, 50_000);

fn probe_of(carrier: Carrier, ports: (u16, u16), octets: &[u8], midstream: bool) -> Probe {
    Modbus.probe(&Opening {
        carrier,
        ports,
        side: CLIENT,
        octets,
        midstream,
    })
}

fn probe(ports: (u16, u16), octets: &[u8]) -> Probe {
    probe_of(Carrier::Tcp, ports, octets, false)
}

#[test]
fn a_request_is_certain_on_any_port() {
    let read = adu(1, 1, "03 0000 0001");
    assert_eq!(probe(PORTS, &read), Probe::Certain);
    assert_eq!(probe(ELSEWHERE, &read), Probe::Certain);
    assert_eq!(
        probe(ELSEWHERE, &[read.clone(), read].concat()),
        Probe::Certain
    );
}

#[test]
fn every_start_of_a_request_may_become_one() {
    let read = adu(1, 1, "10 0000 0002 04 0001 0002");
    for end in 1..read.len() {
        assert_eq!(probe(ELSEWHERE, &read[..end]), Probe::More, "{end}");
    }
}

/// Octets of zeek's `modbus-and-non-modbus-p502.pcap` (BSD): what else comes on port 502.
#[test]
fn other_protocols_on_the_port_are_not_modbus() {
    for octets in [
        "05000b03100000004800000001000000b810b81000000000",
        "800000287e86ab4a0000000000000002000186a300000003",
        "1603010085010000810303736ff818542129f78f492d9b15",
        "474554202f20485454502f312e310d0a486f73743a203136",
        "4d474c4e44445f3136302e39372e37302e33365f3530320a",
        "0300002b26e00000000000436f6f6b69653a206d73747368",
        "05000b030003008001",
        "800000280003abca01",
    ] {
        assert_eq!(probe(PORTS, &hex(octets)), Probe::NotMine, "{octets}");
        assert_eq!(probe(ELSEWHERE, &hex(octets)), Probe::NotMine, "{octets}");
    }
}

#[test]
fn malformed_content_is_believed_on_the_port_alone() {
    let broken = adu(1, 1, "03 0000 0000");
    assert_eq!(probe(PORTS, &broken), Probe::Unsure);
    assert_eq!(probe(ELSEWHERE, &broken), Probe::NotMine);
}

#[test]
fn functions_without_rules_need_company_on_other_ports() {
    let user = adu(1, 1, "41 0102");
    assert_eq!(probe(PORTS, &user), Probe::Unsure);
    assert_eq!(probe(ELSEWHERE, &user), Probe::More);
    assert_eq!(
        probe(ELSEWHERE, &[user.clone(), user].concat()),
        Probe::Unsure
    );
}

#[test]
fn datagrams_are_whole() {
    let read = adu(1, 1, "03 0000 0001");
    assert_eq!(
        probe_of(Carrier::Udp, ELSEWHERE, &read, false),
        Probe::Certain
    );
    assert_eq!(
        probe_of(Carrier::Udp, ELSEWHERE, &read[..11], false),
        Probe::NotMine
    );
    let mut driver = Driver::open(&Modbus, Carrier::Udp, PORTS, CLIENT, &read, false);
    driver.packet(CLIENT, &[read.clone(), adu(2, 1, "03 0001 0001")].concat());
    driver.packet(SERVER, &adu(2, 1, "03 02 0007"));
    driver.packet(SERVER, &adu(1, 1, "03 02 0006")[..10]);
    driver.packet(SERVER, &[1, 2, 3]);
    assert_eq!(driver.out.operations.len(), 2);
    assert_eq!(
        driver.out.faults,
        [
            "low modbus.invalid_length at 8",
            "low modbus.invalid_length at 4",
            "low modbus.invalid_length at 0",
        ]
    );
}

#[test]
fn a_foreign_protocol_identifier_costs_one_adu() {
    let read = adu(1, 1, "03 0000 0001");
    let mut driver = open(&read);
    let mut foreign = adu(2, 1, "03 0000 0001");
    foreign[3] = 9;
    driver.packet(CLIENT, &[read, foreign, adu(3, 1, "03 0000 0001")].concat());
    assert_eq!(driver.out.faults, ["high modbus.invalid_protocol_id at 2"]);
    assert_eq!(
        driver.steps,
        [Step::Pdu(12), Step::Malformed(12), Step::Pdu(12)]
    );
}

#[test]
fn an_impossible_length_loses_sync_and_the_next_packet_finds_it() {
    let read = adu(1, 1, "03 0000 0001");
    let mut driver = open(&read);
    driver.packet(CLIENT, &read);
    let mut long = adu(2, 1, "03 0000 0001");
    long[4] = 0x7f;
    driver.packet(CLIENT, &long);
    driver.packet(CLIENT, &adu(3, 1, "03 0000 0001"));
    assert_eq!(driver.out.faults, ["high modbus.invalid_length at 4"]);
    let transactions: Vec<_> = driver
        .out
        .messages
        .iter()
        .map(|line| line.contains("transaction=3 "))
        .collect();
    assert_eq!(transactions, [false, true]);
}

#[test]
fn foreign_octets_for_long_end_the_conversation() {
    let read = adu(1, 1, "03 0000 0001");
    let mut driver = open(&read);
    driver.packet(CLIENT, &read);
    for _ in 0..60 {
        driver.packet(CLIENT, &[0x55; 1460]);
    }
    assert_eq!(driver.steps.last(), Some(&Step::NotMine));
    assert_eq!(driver.out.messages.len(), 1);
}

#[test]
fn a_device_that_only_sends_malformed_answers_is_heard_after_a_gap() {
    let read = adu(1, 1, "2B 0E 01 00");
    let mut driver = open(&read);
    driver.packet(CLIENT, &read);
    driver.gap(SERVER, None);
    // The identification of a real device (zeek's modbus-eit.pcap, BSD): level 0, no object.
    driver.packet(SERVER, &adu(1, 1, "2b0e01004db70000000000"));
    assert_eq!(driver.out.messages.len(), 2);
    assert_eq!(driver.out.faults, ["low modbus.invalid_length at 8"]);
}

/// Every answer is an exception with an octet too many (suricata-verify's modbus.pcap).
#[test]
fn a_chain_of_malformed_adus_is_believed_amid_a_conversation_on_the_port() {
    let midstream = |ports, adus: &[Vec<u8>]| probe_of(Carrier::Tcp, ports, &adus.concat(), true);
    let answer = |transaction, unit| adu(transaction, unit, "81 06 00");
    let one = answer(1, 10);
    assert_eq!(
        midstream(PORTS, &[one.clone(), one.clone()]),
        Probe::Certain
    );
    assert_eq!(
        midstream(PORTS, &[one.clone(), answer(2, 10)]),
        Probe::Certain
    );
    assert_eq!(
        midstream(PORTS, &[answer(0xffff, 10), answer(0, 10)]),
        Probe::Certain
    );
    // One alone, another unit, a transaction that goes back, octets that are left over.
    let others: [&[Vec<u8>]; 5] = [
        std::slice::from_ref(&one),
        &[one.clone(), answer(1, 11)],
        &[answer(2, 10), answer(1, 10)],
        &[one.clone(), one.clone(), vec![0]],
        &[adu(1, 0, "00 00"), adu(1, 0, "00 00")],
    ];
    for adus in others {
        assert_eq!(midstream(PORTS, adus), Probe::More, "{adus:02x?}");
    }
    assert_eq!(
        midstream(ELSEWHERE, &[one.clone(), one.clone()]),
        Probe::More
    );
    // Nothing of the chain is lost.
    let chain = [one.clone(), one].concat();
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, PORTS, SERVER, &chain, true);
    driver.packet(SERVER, &chain);
    assert_eq!(driver.steps, [Step::Malformed(10), Step::Malformed(10)]);
}

/// The CRCs are those of the serial line guide's own polynomial, computed apart.
#[test]
fn rtu_frames_are_proven_by_their_crc() {
    for frame in ["1103006b00037687", "110306022b00000064c8ba", "118302c134"] {
        let octets = hex(frame);
        assert!(rtu::checked(&octets).is_some(), "{frame}");
        for bit in 0..octets.len() * 8 {
            let mut broken = octets.clone();
            broken[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(rtu::checked(&broken), None);
        }
    }
}

fn rtu_driver() -> Driver {
    let request = hex("1103006b00037687");
    assert_eq!(probe(ELSEWHERE, &request[..5]), Probe::More);
    assert_eq!(probe(ELSEWHERE, &request), Probe::Unsure);
    let mut driver = Driver::open(&Modbus, Carrier::Tcp, ELSEWHERE, CLIENT, &request, false);
    for piece in request.chunks(3) {
        driver.packet(CLIENT, piece);
    }
    driver.packet(SERVER, &hex("110306022b00000064c8ba"));
    driver
}

/// All messages of an RTU exchange.
pub(super) fn rtu_messages() -> String {
    rtu_driver().out.messages.join(" ")
}

#[test]
fn rtu_over_tcp_is_read() {
    let mut driver = rtu_driver();
    assert_eq!(
        driver.out.operations,
        [
            "read holding registers: read/0 unit 17 by high, holding-register 107..=109 = [555, 0, 100], ok"
        ]
    );
    // A user-defined function, whose border only the end of the packet tells.
    driver.packet(CLIENT, &hex("114101020304051bab"));
    assert!(driver.out.messages[2].contains("function=65 "));
    // A broadcast has no answer.
    driver.packet(CLIENT, &hex("000500acff004dca"));
    assert!(driver.out.operations[1].ends_with("coil 172..=172 = 1, unacknowledged"));
    assert_eq!(driver.out.server, Some(SERVER));
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn rtu_finds_its_frames_again_after_a_gap() {
    let mut driver = rtu_driver();
    driver.gap(CLIENT, None);
    driver.packet(CLIENT, &hex("6b00037687 1103006b00037687"));
    assert_eq!(driver.out.messages.len(), 3);
    driver.packet(CLIENT, &hex("1103006b00037688"));
    driver.packet(CLIENT, &hex("1103006b00037687"));
    assert_eq!(driver.out.messages.len(), 4);
    assert_eq!(driver.out.faults, ["high modbus.invalid_crc at 0"]);
}

/// A poll of icsnpp's `roc-plus` captures (BSD): the same CRC, another protocol.
#[test]
fn roc_plus_is_not_rtu() {
    let poll = hex("0102030406003a2f");
    assert_eq!(rtu::checked(&poll), Some(0x2f3a));
    assert_eq!(probe(ELSEWHERE, &poll), Probe::NotMine);
}

#[test]
fn text_is_not_rtu() {
    for text in [
        "GET / HTTP/1.1\r\n",
        "SSH-2.0-x\r\n",
        "\u{3}\u{0}\u{0}\u{16}\u{11}",
    ] {
        let probe = probe_of(Carrier::Udp, (Side::Low as u16, 9), text.as_bytes(), false);
        assert_eq!(probe, Probe::NotMine, "{text}");
    }
}
