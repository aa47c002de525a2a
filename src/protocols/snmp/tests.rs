//! SNMP on captured and built messages.

use super::Snmp;
use super::wire::dotted;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Step};

/// Frames 32 and 33 of ITI's `Sample_File_MMS_and_GOOSE.pcap` (CC-BY-4.0), two objects of eight.
const GET: &str = "3035 020101 04067075626c6963 a028 020320ce62 020100 020100 301b
    300e060a2b060102010202010801 0500 3009 06052b06010201 0500";
const ANSWER: &str = "3036 020101 04067075626c6963 a229 020320ce62 020100 020100 301c
    300f060a2b060102010202010801 020101 3009 06052b06010201 8000";

fn open(first: &[u8]) -> Driver {
    Driver::open(&Snmp, Carrier::Udp, (161, 1076), Side::High, first, false)
}

/// Puts length octets right, so that the samples above can be written without counting.
fn sequence(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let contents = parts.concat();
    let length = u8::try_from(contents.len()).unwrap();
    [vec![tag, 0x81, length], contents].concat()
}

fn binding(object: &str, value: &str) -> Vec<u8> {
    let object = hex(object);
    let length = u8::try_from(object.len()).unwrap();
    sequence(0x30, &[vec![6, length], object, hex(value)])
}

fn message(kind: u8, request: u8, error: u8, bindings: &[Vec<u8>]) -> Vec<u8> {
    let fixed = vec![2, 1, request, 2, 1, error, 2, 1, 0];
    let pdu = sequence(kind, &[fixed, sequence(0x30, bindings)]);
    sequence(0x30, &[hex("020100 0407 70726976617465"), pdu])
}

#[test]
fn a_poll_is_told_once_and_paired() {
    let (get, answer) = (hex(GET), hex(ANSWER));
    let mut driver = open(&get);
    for _ in 0..3 {
        driver.packet(Side::High, &get);
        driver.packet(Side::Low, &answer);
    }
    assert_eq!(
        driver.out.messages[..2],
        [
            "high snmp version=\"2c\" community=\"public\" pdu=\"get\" request=2149986 \
             oid=[\"1.3.6.1.2.1.2.2.1.8.1\",\"1.3.6.1.2.1\"]",
            "low snmp version=\"2c\" community=\"public\" pdu=\"response\" request=2149986 \
             error=0 oid=[\"1.3.6.1.2.1.2.2.1.8.1\",\"1.3.6.1.2.1\"] value=[1,\"\"]",
        ]
    );
    assert_eq!(driver.out.buffer("snmp.pdu_type")[..2], ["high 0", "low 2"]);
    assert_eq!(
        driver.out.operations,
        [
            "snmp get: read/0 by high, object \"1.3.6.1.2.1.2.2.1.8.1\", \
             object \"1.3.6.1.2.1\", ok"
        ]
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn the_system_group_describes_the_agent() {
    let system = message(
        0xa2,
        7,
        0,
        &[
            binding("2b06010201010100", "0408 4c696e7578 2076 31"),
            binding("2b06010201010200", "0609 2b06010401c3730101"),
            binding("2b06010201010500", "0404 53573031"),
            binding("2b06010201010600", "0405 48616c6c31"),
            binding("2b06010201 2f010101010b01", "0404 41433031"),
        ],
    );
    let mut driver = open(&system);
    driver.packet(Side::Low, &system);
    assert_eq!(
        driver.out.attributes,
        [
            "low Description = Linux v1",
            "low OperatingSystem = Linux",
            "low Vendor = Moxa",
            "low Name = SW01",
            "low Location = Hall1",
            "low Serial = AC01",
        ]
    );
}

#[test]
fn each_set_is_told_with_its_value_and_outcome() {
    let object = "2b060102010202010703";
    let set = message(0xa3, 9, 0, &[binding(object, "020102")]);
    let refused = message(0xa2, 9, 17, &[binding(object, "020102")]);
    let mut driver = open(&set);
    driver.packet(Side::High, &set);
    driver.packet(Side::Low, &refused);
    driver.packet(Side::High, &set);
    driver.tick(60);
    driver.packet(Side::High, &set);
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "snmp set: configure/3 by high, object \"1.3.6.1.2.1.2.2.1.7.3\" = [2], \
             refused 17 notWritable",
            "snmp set: configure/3 by high, object \"1.3.6.1.2.1.2.2.1.7.3\", no-answer",
            "snmp set: configure/3 by high, object \"1.3.6.1.2.1.2.2.1.7.3\", not-seen",
        ]
    );
}

#[test]
fn a_report_of_version_3_tells_engine_and_mac() {
    let engine = hex("80001f8803 001b1b7a9c01");
    let security = sequence(
        0x30,
        &[
            vec![4, 11],
            engine.clone(),
            hex("020101 020102 0405 6d65746572 0400 0400"),
        ],
    );
    let pdu = sequence(0xa8, &[hex("020101 020100 020100"), sequence(0x30, &[])]);
    let report = sequence(
        0x30,
        &[
            hex("020103"),
            sequence(0x30, &[hex("020101 020300ffe3 040100 020103")]),
            sequence(4, &[security]),
            sequence(0x30, &[vec![4, 11], engine, hex("0400"), pdu]),
        ],
    );
    let mut driver = open(&report);
    driver.packet(Side::Low, &report);
    assert_eq!(
        driver.out.messages,
        [
            "low snmp version=\"3\" user=\"meter\" engine=80001f8803001b1b7a9c01 \
             pdu=\"report\" request=1 oid=[]"
        ]
    );
    assert_eq!(
        driver.out.attributes,
        ["low Mac = \\x00\\x1b\\x1bz\\x9c\\x01"]
    );
}

#[test]
fn object_identifiers_are_cut_and_never_overflow() {
    assert_eq!(
        dotted(&hex("2b060104018f51")).as_slice(),
        b"1.3.6.1.4.1.2001"
    );
    assert_eq!(dotted(&hex("8837")).as_slice(), b"2.999");
    assert_eq!(dotted(&[0x7f; 200]).len(), 128);
    assert_eq!(dotted(&[0xff; 200]).len(), 0);
}

#[test]
fn a_message_that_does_not_fill_its_datagram_is_a_fault() {
    let get = hex(GET);
    let mut driver = open(&get);
    driver.packet(Side::High, &get[..get.len() - 1]);
    assert_eq!(driver.steps, [Step::Malformed(get.len() - 1)]);
    assert_eq!(driver.out.faults, ["high snmp.malformed_data at 0"]);
}

#[test]
fn nothing_breaks_it() {
    let set = message(0xa3, 9, 0, &[binding("2b060102010202010703", "020102")]);
    batter(&Snmp, Carrier::Udp, (161, 1076), &[&hex(GET), &hex(ANSWER)]);
    batter(&Snmp, Carrier::Udp, (161, 1076), &[&set]);
}
