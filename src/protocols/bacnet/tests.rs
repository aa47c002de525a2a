//! BACnet on captured and built datagrams.

use super::Bacnet;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// From icsnpp's `bacnet_services.pcap` (BSD-3-Clause): a write and its acknowledgment, a
/// restart and its refusal, silencing and its refusal.
const WRITE: &str = "810a001f01240003016cff0203020f0c0040006519553e44424800003f490a";
const WRITTEN: &str = "810a000d01080003016c20020f";
const RESTART: &str = "810a001c01240003016cff0203891409001d0900657468657265616c";
const REFUSED: &str = "810a001101080003016c5089149105911a";
const SILENCE: &str = "810a001301240003016cff0203841119012900";

/// From pcapforge's dev-A (CC-BY-4.0): a device introduces itself, directly and passed on.
const I_AM: &str = "810b00180120ffff00ff1000c40200faca2205c491002107";
const PASSED_ON: &str = "8104001e0a72fbb4bac00120ffff00ff1000c40200faca2205c491002107";
/// The same from a device behind a router of NTT's `test.pcap` (BSD-2-Clause).
const ROUTED: &str = "810a001c0128ffff00000d013dfe1000c40200003d2201e09100212a";

fn open(first: &str) -> Driver {
    let ports = (47_808, 47_808);
    Driver::open(&Bacnet, Carrier::Udp, ports, Side::Low, &hex(first), false)
}

/// A unicast with an APDU.
fn unicast(apdu: &str) -> Vec<u8> {
    let apdu = hex(apdu);
    let length = u8::try_from(6 + apdu.len()).unwrap();
    [&[0x81, 0x0a, 0, length, 1, 0], apdu.as_slice()].concat()
}

#[test]
fn a_write_is_told_with_object_property_and_value() {
    let mut driver = open(WRITE);
    driver.packet(Side::Low, &hex(WRITE));
    driver.packet(Side::High, &hex(WRITTEN));
    assert_eq!(
        driver.out.messages[0],
        "low bacnet function=10 apdu=\"confirmed-request\" invoke=2 service=15 \
         object_type=\"analog-output\" instance=101 property=\"present-value\" value=50 \
         priority=10"
    );
    assert_eq!(
        driver.out.operations,
        ["write property: write/3 by low, analog-output 101..=101 \"present-value\" = [50], ok"]
    );
    assert_eq!(driver.out.server, Some(Side::High));
}

#[test]
fn dangerous_services_are_told_with_their_refusal() {
    let mut driver = open(RESTART);
    driver.packet(Side::Low, &hex(RESTART));
    driver.packet(Side::High, &hex(REFUSED));
    driver.packet(Side::Low, &hex(SILENCE));
    driver.packet(Side::High, &unicast("6084 09"));
    driver.packet(Side::Low, &hex(SILENCE));
    driver.tick(60);
    assert_eq!(
        driver.out.operations,
        [
            "reinitialize device: reset/5 by low, refused 26 password failure",
            "device communication control: suppress/5 by low, refused 9 rejected",
            "device communication control: suppress/5 by low, no-answer",
        ]
    );
}

#[test]
fn writes_by_priority_and_to_out_of_service_weigh_more() {
    let mut driver = open(WRITE);
    driver.packet(
        Side::Low,
        &unicast("0203 05 0f 0c00400065 1955 3e 00 3f 4901"),
    );
    driver.packet(Side::Low, &unicast("0203 06 0f 0c00400065 1951 3e 11 3f"));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "write property at life safety priority: force/5 by low, \
             analog-output 101..=101 \"present-value\" = [null], not-seen",
            "take point out of service: force/4 by low, \
             analog-output 101..=101 \"out-of-service\" = [1], not-seen",
        ]
    );
}

#[test]
fn devices_are_told_whoever_carries_their_words() {
    for (datagram, attribute) in [
        (I_AM, "low Vendor = Siemens"),
        (PASSED_ON, "10.114.251.180 Vendor = Siemens"),
    ] {
        let mut driver = open(datagram);
        driver.packet(Side::Low, &hex(datagram));
        assert_eq!(driver.out.attributes, [attribute]);
        assert!(driver.out.messages[0].contains("object_type=\"device\" instance=64202"));
    }
    let mut driver = open(ROUTED);
    driver.packet(Side::Low, &hex(ROUTED));
    assert!(
        driver.out.messages[0].contains("network=13"),
        "{}",
        driver.out.messages[0]
    );
}

#[test]
fn the_device_object_identifies_itself() {
    let single = unicast("30 07 0c 0c 0200faca 19 46 3e 75 07 00 415358313030 3f");
    let multiple = unicast(
        "30 08 0e 0c 0200faca 1e 29 79 4e 75 05 00 41434d45 4f 29 2c 4e 75 04 00 312e32 4f \
         29 4d 4e 75 05 00 43545231 4f 1f",
    );
    let mut driver = open(WRITE);
    driver.packet(Side::High, &single);
    driver.packet(Side::High, &multiple);
    assert_eq!(
        driver.out.attributes,
        [
            "high Model = ASX100",
            "high Vendor = ACME",
            "high Firmware = 1.2",
            "high Name = CTR1",
        ]
    );
}

#[test]
fn names_are_told_in_both_alphabets_and_when_somebody_looks_for_them() {
    // I-Have of device 61, as PLCs answer Who-Has; then of one of its inputs.
    let device = unicast("10 01 c4 0200003d c4 0200003d 75 08 00 53594e45524759");
    let input = unicast("10 01 c4 0200003d c4 00000001 75 05 00 54656d70");
    let wide = unicast("30 07 0c 0c 0200faca 19 4d 3e 75 0d 04 004b 0042 0052 004e 0041 0045 3f");
    let mut driver = open(WRITE);
    driver.packet(Side::High, &device);
    driver.packet(Side::High, &input);
    driver.packet(Side::High, &wide);
    assert_eq!(
        driver.out.attributes,
        ["high Name = SYNERGY", "high Name = KBRNAE"]
    );
}

#[test]
fn a_read_is_told_with_the_value_that_came_back() {
    let mut driver = open(WRITE);
    driver.packet(Side::Low, &unicast("0203 07 0c 0c00000001 1955"));
    driver.packet(
        Side::High,
        &unicast("30 07 0c 0c00000001 1955 3e 4441a00000 3f"),
    );
    assert_eq!(
        driver.out.operations,
        ["read property: read/0 by low, analog-input 1..=1 \"present-value\" = [20], ok"]
    );
}

#[test]
fn a_length_that_is_not_the_datagrams_is_a_fault_and_hides_nothing() {
    let wrong = RESTART.replace("001c", "0011");
    let mut driver = open(&wrong);
    driver.packet(Side::Low, &hex(&wrong));
    driver.packet(Side::High, &hex(REFUSED));
    assert_eq!(driver.steps, [Step::Malformed(28), Step::Pdu(17)]);
    assert_eq!(driver.out.faults, ["low bacnet.malformed_data at 2"]);
    assert_eq!(driver.out.operations.len(), 1);
    let opening = Opening {
        carrier: Carrier::Udp,
        ports: (4711, 50_000),
        side: Side::Low,
        octets: &hex(&wrong),
        midstream: false,
    };
    assert_eq!(Bacnet.probe(&opening), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    let ports = (47_808, 47_808);
    for pair in [[WRITE, WRITTEN], [RESTART, REFUSED], [PASSED_ON, ROUTED]] {
        let [first, second] = pair.map(hex);
        batter(&Bacnet, Carrier::Udp, ports, &[&first, &second]);
    }
}
