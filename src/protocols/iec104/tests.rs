//! IEC 60870-5-104 on captured APDUs and after losses.

use super::Iec104;
use crate::facts::Side;
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// From pcapforge's dev-A (CC-BY-4.0): start, interrogation, single points, a command.
const START: &str = "680407000000";
const STARTED: &str = "68040b000000";
const INTERROGATE: &str = "680e0200020064010600ab0000000014";
const INTERROGATED: &str = "680e0200040064010700ab0000000014";
const COMMAND: &str = "680e000000002d010600ab0074170080";
const CONFIRMED: &str = "680e000002002d010700ab0074170080";
/// Two measured values, cut from a longer ASDU of the same capture, and a sequence of points.
const MEASURED: &str = "681a0600 0400 0d02 1400 ab00 d10700 0000204100 d20700 00e2aa4600";
const POINTS: &str = "68100400 0400 0183 1400 ab00 e90300 010001";

fn open(first: &str) -> Driver {
    let ports = (2404, 50_000);
    Driver::open(&Iec104, Carrier::Tcp, ports, Side::High, &hex(first), false)
}

#[test]
fn commands_are_paired_with_their_confirmations() {
    let mut driver = open(START);
    for (asked, answered) in [
        (START, STARTED),
        (INTERROGATE, INTERROGATED),
        (COMMAND, CONFIRMED),
    ] {
        driver.packet(Side::High, &hex(asked));
        driver.packet(Side::Low, &hex(answered));
    }
    assert_eq!(
        driver.out.operations,
        [
            "start data transfer: session/0 by high, ok",
            "general interrogation: read/1 unit 171 by high, information-object 0..=0 = [20], ok",
            "select before operate: control/3 unit 171 by high, information-object \
             6004..=6004 = [0], ok",
        ]
    );
    assert_eq!(
        driver.out.messages[4],
        "high iec104 format=\"i\" send=0 receive=0 type=45 type_name=\"C_SC_NA_1\" cause=6 \
         cause_name=\"activation\" originator=0 common_address=171 count=1 address=[6004] \
         value=[false]"
    );
    assert_eq!(driver.out.server, Some(Side::Low));
}

#[test]
fn an_execute_that_is_refused_or_not_answered_is_told() {
    let execute = COMMAND.replace("74170080", "74170001");
    let mut driver = open(&execute);
    driver.packet(Side::High, &hex(&execute));
    driver.packet(Side::Low, &hex(&execute.replace("0600ab", "4700ab")));
    driver.packet(Side::High, &hex(&execute));
    driver.packet(Side::Low, &hex(&execute.replace("0600ab", "2f00ab")));
    driver.packet(Side::High, &hex(&execute));
    driver.tick(60);
    driver.packet(Side::High, &hex("680413000000"));
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "switching command: control/4 unit 171 by high, information-object 6004..=6004 = [1], \
             refused 7 negative confirmation",
            "switching command: control/4 unit 171 by high, information-object 6004..=6004 = [1], \
             refused 47 unknown-object-address",
            "switching command: control/4 unit 171 by high, information-object 6004..=6004 = [1], \
             no-answer",
            "stop data transfer: suppress/4 by high, not-seen",
        ]
    );
}

#[test]
fn process_data_is_told_with_addresses_and_values() {
    let mut driver = open(START);
    driver.packet(Side::Low, &hex(MEASURED));
    driver.packet(Side::Low, &hex(POINTS));
    assert!(
        driver.out.messages[0].ends_with("count=2 address=[2001,2002] value=[10,21873]"),
        "{}",
        driver.out.messages[0]
    );
    assert!(
        driver.out.messages[1].ends_with("address=[1001,1002,1003] value=[true,false,true]"),
        "{}",
        driver.out.messages[1]
    );
    assert!(driver.out.operations.is_empty());
}

#[test]
fn the_next_apdu_is_found_after_a_gap_even_behind_a_start_character() {
    let mut driver = open(START);
    driver.gap(Side::Low, None);
    let rest = [hex("0020416868046800"), hex(MEASURED), hex(POINTS)].concat();
    driver.packet(Side::Low, &rest);
    assert_eq!(driver.steps, [Step::Skip(8), Step::Pdu(28), Step::Pdu(18)]);
    assert_eq!(driver.out.messages.len(), 2);
    assert!(driver.out.faults.is_empty());
}

#[test]
fn an_asdu_with_fewer_objects_than_it_counts_is_a_fault() {
    let mut driver = open(START);
    driver.packet(Side::Low, &hex(&POINTS.replace("0183", "0184")));
    assert_eq!(driver.steps, [Step::Malformed(18)]);
    assert_eq!(driver.out.faults, ["low iec104.malformed_asdu at 6"]);
}

#[test]
fn a_start_character_alone_proves_nothing() {
    let probe = |digits: &str, midstream| {
        Iec104.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (2404, 50_000),
            side: Side::Low,
            octets: &hex(digits),
            midstream,
        })
    };
    assert_eq!(probe(START, false), Probe::Certain);
    assert_eq!(probe("6804", false), Probe::More);
    assert_eq!(probe("680407000001", false), Probe::NotMine);
    assert_eq!(probe("686c6c6f2068656c6c6f", false), Probe::NotMine);
    assert_eq!(
        probe(&format!("00204168{COMMAND}"), true),
        Probe::found(4, true)
    );
    // Encrypted octets: a private type, whose length nothing tells.
    let private = COMMAND.replace("2d01", "9541");
    assert_eq!(probe(&format!("0020{private}"), true), Probe::NotMine);
    assert_eq!(probe(&format!("00204168{COMMAND}"), false), Probe::NotMine);
}

#[test]
fn nothing_breaks_it() {
    let packets = [START, INTERROGATE, COMMAND, CONFIRMED, MEASURED, POINTS].map(hex);
    let packets = packets.each_ref().map(Vec::as_slice);
    batter(&Iec104, Carrier::Tcp, (2404, 50_000), &packets);
}
