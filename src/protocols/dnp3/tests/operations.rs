//! Requests and answers to operations: meanings, values, outcomes, indications, attributes.

use super::super::Dnp3;
use super::{OUTSTATION, READ, READ_ANSWER, answer, request, segments, session};
use crate::facts::Side::{High, Low};
use crate::protocols::Carrier;
use crate::protocols::testing::{Driver, hex};

const NONE: [&str; 0] = [];

/// What an exchange over one connection tells, the connection's end included.
pub(super) fn operations(exchange: &[(bool, Vec<u8>)]) -> Vec<String> {
    let mut driver = session();
    for (from_master, octets) in exchange {
        driver.packet(if *from_master { High } else { Low }, octets);
    }
    driver.close();
    assert_eq!(driver.out.faults, NONE);
    driver.out.operations
}

fn exchange(asks: &str, answers: &str) -> Vec<String> {
    operations(&[(true, request(asks)), (false, answer(answers))])
}

#[test]
fn a_captured_select_and_operate_are_two_controls() {
    let mut driver = session();
    driver.packet(
        High,
        &hex("05641ac40200030040f2c6c7030c0128010001000301640000008fda6400000000005b"),
    );
    driver.packet(
        Low,
        &hex("05641c44030002004b91fcc78100000c0128010001000301640001a400006400000000005b"),
    );
    driver.packet(
        High,
        &hex("05641ac40200030040f2c7c8040c012801000100030164000000a9cf6400000000005b"),
    );
    driver.packet(
        Low,
        &hex("05641c44030002004b91fdc88100000c01280100010003016400f70900006400000000005b"),
    );
    assert_eq!(
        driver.out.operations,
        [
            "select: control/4 unit 2 by high, binary-output 12 1..=1 = [latch on], ok",
            "operate: control/4 unit 2 by high, binary-output 12 1..=1 = [latch on], ok",
        ]
    );
}

#[test]
fn a_captured_file_deletion_names_the_file() {
    let mut driver = session();
    driver.packet(
        High,
        &hex(
            "056463c404000300c7eec7c91b46035b0155001a003b000000009ec7000000000000000000000000000000
            00ffff001e00433a2f74656d702f444e504465677d76696365436f6e66696775726174696f930c6e20777269
            7474656e20746f2052656d35206f7465204465766963652e786d6cc48b",
        ),
    );
    driver.packet(
        Low,
        &hex("05641d44030004008308c0c981000046045b010d000000000000b82f00000000001e000056b1"),
    );
    assert_eq!(
        driver.out.operations,
        [
            "delete file: file/4 unit 4 by high, file 70 \"C:/temp/DNPDeviceConfiguration \
             written to Remote Device.xml\", ok"
        ]
    );
}

/// Requests and what is told of them.
const MEANINGS: [(&str, &str); 14] = [
    (
        "c101 3c0206",
        "read: read/0 unit 10 by high, class 60 1..=1, ok",
    ),
    (
        "c101 00fe000000",
        "read device attributes: identify/1 unit 10 by high, \
             device-attribute 0 0..=0, ok",
    ),
    (
        "c101 46055b010800 01000000 02000000",
        "read file block: file/2 unit 10 by high, \
             file 70 2..=2, ok",
    ),
    (
        "c102 32010701 0102030405 06",
        "write time and date: time/3 unit 10 by high, \
             time 50 = [6618611909121], ok",
    ),
    (
        "c102 5001000707 00",
        "clear restart indication: write/1 unit 10 by high, \
             internal-indication 80 7..=7 = 0, ok",
    ),
    (
        "c102 2201000203 0a00 0b00",
        "write analog input deadband: write/3 unit 10 by high, \
             analog-input-deadband 34 2..=3 = [10, 11], ok",
    ),
    (
        "c102 6e03000101 414243",
        "write: write/3 unit 10 by high, octet-string 110 1..=1 = \
             0x414243, ok",
    ),
    (
        "c107 140006",
        "freeze: control/3 unit 10 by high, counter 20, ok",
    ),
    ("c10d", "cold restart: reset/5 unit 10 by high, ok"),
    ("c10e", "warm restart: reset/5 unit 10 by high, ok"),
    (
        "c112 5a015b010300 000161",
        "stop application: mode/5 unit 10 by high, \
             application 90 = 0x000161, ok",
    ),
    (
        "c115 3c02063c0306",
        "disable unsolicited responses: suppress/4 unit 10 by high, \
             class 60 1..=1, class 60 2..=2, ok",
    ),
    (
        "c116 3c01060101000005",
        "assign class: configure/4 unit 10 by high, class 60 0..=0, \
             binary-input 1 0..=5, ok",
    ),
    (
        "c11f 46085b010500 612e786d6c",
        "activate configuration: configure/5 unit 10 by high, \
             file 70 \"a.xml\", ok",
    ),
];

#[test]
fn functions_have_their_meaning() {
    for (asks, line) in MEANINGS {
        let mut driver = session();
        driver.packet(High, &request(asks));
        driver.packet(Low, &answer("c1810000"));
        assert_eq!(driver.out.operations, [line]);
    }
}

#[test]
fn commands_carry_their_values_and_status() {
    assert_eq!(
        exchange(
            "c105 0c011702 05 41 01 64000000 00000000 00 07 81 01 64000000 00000000 00",
            "c1810000 0c011702 05 41 01 64000000 00000000 00 07 81 01 64000000 00000000 0c",
        ),
        [
            "direct operate: control/4 unit 10 by high, binary-output 12 5..=5 = [close], \
             binary-output 12 7..=7 = [trip], refused 12 out of range"
        ]
    );
    assert_eq!(
        exchange(
            "c104 290228 0100 0300 e803 00",
            "c1810004 290228 0100 0300 e803 02"
        ),
        [
            "operate: control/4 unit 10 by high, analog-output 41 3..=3 = [1000], refused 2 no \
             select"
        ]
    );
}

#[test]
fn a_command_that_is_cut_off_tells_what_is_there() {
    let mut driver = session();
    driver.packet(
        High,
        &request("ca05 0c0128 0200 0100 02 01 64000000 64000000 00 0200 04 01"),
    );
    driver.close();
    assert_eq!(driver.out.faults, ["high dnp3.truncated_object at 2"]);
    assert_eq!(
        driver.out.operations,
        [
            "direct operate: control/4 unit 10 by high, binary-output 12 1..=1 = [pulse off], \
             not-seen"
        ]
    );
}

#[test]
fn indications_refuse() {
    for (iin, refusal) in [
        ("0001", "refused 256 no function code support"),
        ("0002", "refused 512 object unknown"),
        ("0004", "refused 1024 parameter error"),
        ("0010", "refused 4096 already executing"),
    ] {
        let lines = exchange("c10d", &format!("c181{iin}"));
        assert_eq!(
            lines,
            [format!("cold restart: reset/5 unit 10 by high, {refusal}")]
        );
    }
    assert_eq!(
        exchange(
            "c119 46035b011e00 1a00 0400 000000000000 0000 00000000 00000000 0100 0004 \
             0100 612e6262",
            "c1810000 46045b010d00 00000000 00000000 0004 0100 03"
        ),
        ["open file: file/4 unit 10 by high, file 70 \"a.bb\", refused 3 file not found"]
    );
}

#[test]
fn what_does_not_fit_one_operation_becomes_several() {
    let points: String = (0..70).map(|at| format!("{:02x}81", at * 2)).collect();
    let lines = exchange("c101 3c0206", &format!("c1810000 02011746 {points}"));
    assert_eq!(lines.len(), 3);
    let items = |line: &String| line.matches(", ").count() - 1;
    assert_eq!(lines.iter().map(items).collect::<Vec<_>>(), [32, 32, 7]);

    let fragment = [
        &hex("c1810000 1e04010000ff01")[..],
        &hex("00010200").repeat(256),
    ]
    .concat();
    let mut driver = session();
    driver.packet(High, &request("c101 1e0406"));
    driver.packet(Low, &segments(OUTSTATION, 1, 10, &fragment, 249));
    let row = "analog-input 30 0..=511 = [256, 2, 256, ";
    let lines = &driver.out.operations;
    assert!(lines.len() == 1 && lines[0].contains(row), "{lines:?}");

    let points = (0..300_u16).flat_map(|at| [at.to_le_bytes(), [7, 0]].concat());
    let fragment: Vec<u8> = hex("c1810000 1e04282c01")
        .into_iter()
        .chain(points)
        .collect();
    let mut driver = session();
    driver.packet(High, &request("c101 1e0406"));
    driver.packet(Low, &segments(OUTSTATION, 1, 10, &fragment, 249));
    let lines = driver.out.operations;
    assert_eq!(lines.len(), 2);
    let (first, second) = (
        "analog-input 30 0..=255 = [7, 7, ",
        "analog-input 30 256..=299 = [7, ",
    );
    assert!(lines[0].contains(first), "{}", &lines[0]);
    assert!(lines[1].contains(second), "{}", &lines[1]);
}

#[test]
fn indications_are_told_when_they_rise() {
    let polls = |iins: &[&str]| {
        let mut driver = session();
        for (at, iin) in iins.iter().enumerate() {
            driver.packet(High, &request(&format!("c{at}013c0206")));
            driver.packet(Low, &answer(&format!("c{at}81{iin}")));
        }
        driver
            .out
            .operations
            .retain(|line| !line.starts_with("read"));
        driver.out.operations
    };
    assert_eq!(
        polls(&["8000", "8000", "0000", "9000", "1028"]),
        [
            "device restarted: state/2 unit 10 by low, unacknowledged",
            "device restarted: state/2 unit 10 by low, unacknowledged",
            "device needs the time: state/1 unit 10 by low, unacknowledged",
            "configuration corrupt: state/3 unit 10 by low, unacknowledged",
            "event buffer overflow: state/2 unit 10 by low, unacknowledged",
        ]
    );
    assert_eq!(
        polls(&["6000"]),
        [
            "device in trouble: state/3 unit 10 by low, unacknowledged",
            "outputs in local mode: state/2 unit 10 by low, unacknowledged",
        ]
    );
}

#[test]
fn device_attributes_identify_the_outstation() {
    let mut driver = session();
    driver.packet(High, &request("c101 00fe000000"));
    driver.packet(
        Low,
        &answer(
            "c1810000 00fc000000 0103 534531 00fa000000 0104 52545536 00f8000000 0102 3432
             00f2000000 0103 312e32 00f3000000 0101 42 00f7000000 0102 4e31 00f5000000 0102 4c31
             00ef000000 0201 05 00f6000000 0100",
        ),
    );
    assert_eq!(driver.out.faults, NONE);
    assert_eq!(
        driver.out.attributes,
        [
            "low unit 10 Vendor = SE1",
            "low unit 10 Model = RTU6",
            "low unit 10 Serial = 42",
            "low unit 10 Firmware = 1.2",
            "low unit 10 Hardware = B",
            "low unit 10 Name = N1",
            "low unit 10 Location = L1",
        ]
    );
    assert!(
        driver.out.operations[0].contains("device-attribute 0 250..=250 = \"RTU6\""),
        "{:?}",
        driver.out.operations
    );
}

#[test]
fn one_connection_in_both_directions_of_time() {
    let poll = hex(READ);
    let mut driver = Driver::open(&Dnp3, Carrier::Udp, (20_000, 20_000), Low, &poll, false);
    driver.packet(Low, &poll);
    driver.packet(High, &hex(READ_ANSWER));
    assert_eq!(driver.out.server, Some(High));
    assert!(driver.out.operations[0].starts_with("read: read/0 unit 2 by low"));
}
