//! DCP on captured octets: discovery, setting, refusal, and real-time frames by name.

use super::Profinet;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Step};

/// ITI's `ChangeIPUsingDCP.pcap` (CC-BY-4.0): discovery, its answer, an address set, its answer.
const IDENTIFY_ALL: &str = "fefe05000100000100010004ffff000000000000";
const IDENTIFIED: &str = "feff0501010000010000005e 0205001c 0000010101020201020202030204
    0205033d0501050205030504ffff 02010005 0000494e4300 0202000b 00005832 30382d42524f4400
    02030006 0000002a0a01 02040004 00000100 0102000e 0001c0a80006ffffff00c0a80001";
const SET_IP: &str = "fefd0400010000010000 0012 0102000e 0001c0a8000affffff00c0a80001 0000";
const SET_ANSWER: &str = "fefd0401010000010000 0008 05040003 010200 00 000000";

/// In the form of the set in `set_attack.pcap` of the same kind: a new name, and its refusal.
const SET_NAME: &str = "fefd040000000001 0000 000e 02020009 00016d616c6c6f7279 00";
const REFUSED: &str = "fefd040100000001 0000 0008 05040003 020206 00";

fn open(first: &str) -> Driver {
    let carrier = Carrier::Ether(0x8892);
    Driver::open(&Profinet, carrier, (0, 0), Side::Low, &hex(first), false)
}

#[test]
fn a_station_that_is_found_describes_itself() {
    let mut driver = open(IDENTIFY_ALL);
    driver.packet(Side::Low, &hex(IDENTIFY_ALL));
    driver.packet(Side::High, &hex(IDENTIFIED));
    assert_eq!(
        driver.out.messages[0],
        "low profinet frame=\"dcp\" service=\"identify\" response=false xid=16777217 \
         subjects=[\"all\"]"
    );
    assert!(
        driver.out.messages[1].ends_with(
            "name_of_station=\"X208-BROD\" station_type=\"INC\" vendor_id=42 device_id=2561 \
             role=1 ip=\"192.168.0.6\""
        ),
        "{}",
        driver.out.messages[1]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high Name = X208-BROD",
            "high Model = INC",
            "high Vendor = Siemens",
            "high Ip = \\xc0\\xa8\\x00\\x06",
            "high Role = io-device",
        ]
    );
    assert_eq!(
        driver.out.operations,
        ["dcp identify all: identify/1 by low, unacknowledged"]
    );
    assert_eq!(driver.out.server, Some(Side::High));
}

#[test]
fn setting_name_and_address_is_told_with_value_and_outcome() {
    let mut driver = open(SET_IP);
    driver.packet(Side::Low, &hex(SET_IP));
    driver.packet(Side::High, &hex(SET_ANSWER));
    driver.packet(Side::Low, &hex(SET_NAME));
    driver.packet(Side::High, &hex(REFUSED));
    driver.packet(Side::Low, &hex(SET_NAME));
    driver.tick(10);
    driver.packet(Side::Low, &hex("fefd040000000002 0000 0006 05060002 0001"));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "dcp set ip address: configure/5 by low, ip-parameter = \
             \"192.168.0.10 mask 255.255.255.0 gateway 192.168.0.1\", ok",
            "dcp set name of station: configure/5 by low, name-of-station = \"mallory\", \
             refused 6 in operation, set not possible",
            "dcp set name of station: configure/5 by low, name-of-station = \"mallory\", \
             no-answer",
            "dcp reset to factory settings: wipe/5 by low, reset-to-factory, not-seen",
        ]
    );
}

#[test]
fn a_get_lists_subjects_and_is_answered() {
    let mut driver = open("fefd030000000007 0000 0004 0202 0102");
    driver.packet(Side::Low, &hex("fefd030000000007 0000 0004 0202 0102"));
    driver.packet(
        Side::High,
        &hex("fefd030100000007 0000 0008 02020004 00006131"),
    );
    assert!(
        driver.out.messages[0].contains("subjects=[\"name-of-station\",\"ip-parameter\"]"),
        "{}",
        driver.out.messages[0]
    );
    assert_eq!(driver.out.operations, ["dcp get: identify/1 by low, ok"]);
    assert_eq!(driver.out.attributes, ["high Name = a1"]);
}

#[test]
fn cyclic_frames_are_named_once_a_direction() {
    let cyclic = "8001 808080808080 1234 35 00";
    let mut driver = open(cyclic);
    for _ in 0..100 {
        driver.packet(Side::Low, &hex(cyclic));
        driver.packet(Side::High, &hex(cyclic));
    }
    driver.packet(Side::Low, &hex(SET_NAME));
    assert_eq!(
        driver.out.messages[..2],
        [
            "low profinet frame=\"cyclic-data\" frame_id=32769",
            "high profinet frame=\"cyclic-data\" frame_id=32769",
        ]
    );
    assert_eq!(driver.out.messages.len(), 3);
}

#[test]
fn blocks_that_run_out_of_the_frame_are_a_fault() {
    let mut driver = open(SET_NAME);
    let broken = hex("fefd040000000001 0000 0006 0202000900016d61");
    driver.packet(Side::Low, &broken);
    assert_eq!(driver.steps, [Step::Malformed(broken.len())]);
    assert_eq!(driver.out.faults, ["low profinet.malformed_dcp at 0"]);
}

#[test]
fn nothing_breaks_it() {
    let carrier = Carrier::Ether(0x8892);
    batter(
        &Profinet,
        carrier,
        (0, 0),
        &[&hex(IDENTIFY_ALL), &hex(IDENTIFIED)],
    );
    batter(
        &Profinet,
        carrier,
        (0, 0),
        &[&hex(SET_IP), &hex(SET_ANSWER)],
    );
    batter(&Profinet, carrier, (0, 0), &[&hex(SET_NAME), &hex(REFUSED)]);
}
