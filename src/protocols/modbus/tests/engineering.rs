//! UMAS: octets of `modicon_test.pcap` (ITI ICS-Security-Tools, CC-BY-4.0), a Modicon Quantum
//! being read out, and requests after published studies.

use super::{CLIENT, SERVER, frame, open};
use crate::protocols::testing::{Driver, hex};

/// Request and response in hexadecimal digits, whole ADUs.
const CAPTURED: &[(&str, &str)] = &[
    (
        "000000000004005a0002",
        "000000000032005a00fe10ff5a010100000070020000270009000800000000000e3134302043505520\
         333131203130010101000000001100",
    ),
    (
        "000300000005005a000300",
        "000300000033005a00fe020500009888010000020500009888010000020c3b0c0e01de07020c3b0c0e\
         01de07080000000850726f6a65637400",
    ),
    (
        "00130000000d005a0020001400280600000c00",
        "001300000013005a00fe000c00000000000000000000000000",
    ),
    (
        "001600000018005a0010434c00000f555345522d37313445373446323142",
        "001600000005005a00fe01",
    ),
    (
        "002300000008005a01330001fb00",
        "00230000000a005a01fe000137300000",
    ),
    (
        "002400000008005a013400010100",
        "002400000048005a01fe00004000415058000001020130011037583d11b0d56f1b0601000000000000\
         000000000002000000010000000000100100000000000000000f010000000093e04cc20000",
    ),
];

fn captured() -> Driver {
    let mut driver = open(&hex(CAPTURED[0].0));
    for (request, response) in CAPTURED {
        driver.packet(CLIENT, &hex(request));
        driver.packet(SERVER, &hex(response));
    }
    driver
}

/// All messages of the captured exchange.
pub(super) fn messages() -> String {
    captured().out.messages.join(" ")
}

#[test]
fn a_read_out_is_told_step_by_step() {
    let driver = captured();
    let operations = &driver.out.operations;
    for (operation, expected) in operations.iter().zip([
        "umas read identity: identify/1 unit 0 by high, ok",
        "umas read project info: identify/2 unit 0 by high, ok",
        "umas read memory block: memory-read/2 unit 0 by high, umas-memory 20 1576..=1587 = 0x000000000000000000000000, ok",
        "umas reserve controller: authenticate/4 unit 0 by high, umas-reservation \"USER-714E74F21B\", ok",
        "umas read program from controller: program-read/2 unit 0 by high, ok",
        "umas read program from controller: program-read/2 unit 0 by high, umas-program-block 1..=1 = 0x41505800",
    ]) {
        assert!(operation.starts_with(expected), "{operation}");
    }
    assert_eq!(operations.len(), CAPTURED.len());
    assert_eq!(driver.out.faults, [""; 0]);
}

#[test]
fn controller_and_station_are_identified() {
    assert_eq!(
        captured().out.attributes,
        [
            "low Vendor = Schneider Electric",
            "low Model = 140 CPU 311 10",
            "low Firmware = 2.70",
            "low Role = plc",
            "low Project = Project",
            "high Name = USER-714E74F21B",
            "high Role = engineering-station",
        ]
    );
}

/// "Upload" and "download" mean the opposite of what everybody else means.
#[test]
fn upload_writes_the_program_and_download_reads_it() {
    for (codes, class) in [
        ([0x30, 0x31, 0x32], "program-write/5"),
        ([0x33, 0x34, 0x35], "program-read/2"),
    ] {
        for code in codes {
            assert!(
                told(&[0x5a, 1, code, 0, 1, 2, 0, 1, 0, 0xab], &[0x5a, 1, 0xfe]).contains(class)
            );
        }
    }
    let block = told(&[0x5a, 1, 0x31, 0, 1, 2, 0, 1, 0, 0xab], &[0x5a, 1, 0xfe]);
    assert!(
        block.ends_with("umas-program-block 2..=2 = 0xab, ok"),
        "{block}"
    );
}

#[test]
fn start_and_stop_change_the_mode() {
    let start = told(&[0x5a, 1, 0x40, 0xff, 0], &[0x5a, 1, 0xfe]);
    assert_eq!(start, "umas start controller: mode/5 unit 0 by high, ok");
    let stop = told(&[0x5a, 1, 0x41, 0xff, 0], &[0x5a, 1, 0xfd, 0x81]);
    assert_eq!(
        stop,
        "umas stop controller: mode/5 unit 0 by high, refused 129 umas error"
    );
}

#[test]
fn frames_longer_than_modbus_allows_are_taken_for_umas_alone() {
    let mut answer = vec![0x5a, 1, 0xfe, 0, 0xe8, 0x03];
    answer.resize(6 + 1000, 7);
    let long = told(&[0x5a, 1, 0x20, 0, 1, 0, 0, 0, 0, 0, 0xe8, 3], &answer);
    assert!(long.contains("umas-memory 1 0..=999 = 0x0707"), "{long}");
}

#[test]
fn an_answer_without_its_request_names_no_function() {
    let mut driver = open(&frame(1, 0, &[0x5a, 0, 2]));
    driver.packet(SERVER, &hex(CAPTURED[0].1));
    assert_eq!(
        driver.out.operations,
        ["umas function: engineering/2 unit 0 by high, ok"]
    );
    assert_eq!(driver.out.attributes, [""; 0]);
}

fn told(request: &[u8], response: &[u8]) -> String {
    let request = frame(7, 0, request);
    let mut driver = open(&request);
    driver.packet(CLIENT, &request);
    driver.packet(SERVER, &frame(7, 0, response));
    driver.out.operations.pop().unwrap()
}
