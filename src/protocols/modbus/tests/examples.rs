//! Every public function, with the example of its section in the Application Protocol
//! V1.1b3 where it has one.

use super::{CLIENT, SERVER, adu, ask, field_names, open, operation};

/// Request, response, and the operation they make.
const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "01 0013 0013",
        "01 03 CD6B05",
        "read coils: read/0 unit 17 by high, coil 19..=37 = 1011001111010110101, ok",
    ),
    (
        "02 00C4 0016",
        "02 03 ACDB35",
        "read discrete inputs: read/0 unit 17 by high, discrete-input 196..=217 = 0011010111011011101011, ok",
    ),
    (
        "03 006B 0003",
        "03 06 022B00000064",
        "read holding registers: read/0 unit 17 by high, holding-register 107..=109 = [555, 0, 100], ok",
    ),
    (
        "04 0008 0001",
        "04 02 000A",
        "read input registers: read/0 unit 17 by high, input-register 8..=8 = [10], ok",
    ),
    (
        "05 00AC FF00",
        "05 00AC FF00",
        "write single coil: write/3 unit 17 by high, coil 172..=172 = 1, ok",
    ),
    (
        "06 0001 0003",
        "06 0001 0003",
        "write single register: write/3 unit 17 by high, holding-register 1..=1 = [3], ok",
    ),
    (
        "07",
        "07 6D",
        "read exception status: diagnose/1 unit 17 by high, ok",
    ),
    (
        "08 0000 A537",
        "08 0000 A537",
        "return query data: diagnose/1 unit 17 by high, ok",
    ),
    (
        "08 0001 0000",
        "08 0001 0000",
        "restart communications: reset/4 unit 17 by high, ok",
    ),
    (
        "08 0001 FF00",
        "08 0001 FF00",
        "restart communications and clear event log: reset/4 unit 17 by high, ok",
    ),
    (
        "08 000A 0000",
        "08 000A 0000",
        "clear counters and diagnostic register: clear-log/4 unit 17 by high, ok",
    ),
    (
        "08 000B 0000",
        "08 000B 0117",
        "return diagnostic counter: diagnose/1 unit 17 by high, ok",
    ),
    (
        "0B",
        "0B FFFF 0108",
        "get communication event counter: diagnose/1 unit 17 by high, ok",
    ),
    (
        "0C",
        "0C 08 0000 0108 0121 2000",
        "get communication event log: diagnose/1 unit 17 by high, ok",
    ),
    (
        "0F 0013 000A 02 CD01",
        "0F 0013 000A",
        "write multiple coils: write/3 unit 17 by high, coil 19..=28 = 1011001110, ok",
    ),
    (
        "10 0001 0002 04 000A 0102",
        "10 0001 0002",
        "write multiple registers: write/3 unit 17 by high, holding-register 1..=2 = [10, 258], ok",
    ),
    (
        "11",
        "11 05 2AFF 312E30",
        "report server id: identify/1 unit 17 by high, ok",
    ),
    (
        "14 0E 06 0004 0001 0002 06 0003 0009 0002",
        "14 0C 05 06 0DFE 0020 05 06 33CD 0040",
        "read file record: file/2 unit 17 by high, file 4 1..=2 = [3582, 32], file 3 9..=10 = [13261, 64], ok",
    ),
    (
        "15 0D 06 0004 0007 0003 06AF 04BE 100D",
        "15 0D 06 0004 0007 0003 06AF 04BE 100D",
        "write file record: file/4 unit 17 by high, file 4 7..=9 = [1711, 1214, 4109], ok",
    ),
    (
        "16 0004 00F2 0025",
        "16 0004 00F2 0025",
        "mask write register: write/3 unit 17 by high, holding-register 4..=4 = 0x00f20025, ok",
    ),
    (
        "17 0003 0006 000E 0003 06 00FF 00FF 00FF",
        "17 0C 00FE 0ACD 0001 0003 000D 00FF",
        "read/write multiple registers: write/3 unit 17 by high, holding-register 14..=16 = [255, 255, 255], holding-register 3..=8 = [254, 2765, 1, 3, 13, 255], ok",
    ),
    (
        "18 04DE",
        "18 0006 0002 01B8 1284",
        "read fifo queue: read/1 unit 17 by high, fifo 1246..=1246 = [440, 4740], ok",
    ),
    (
        "2B 0D 010203",
        "2B 0D 010203",
        "canopen general reference: other/3 unit 17 by high, ok",
    ),
    (
        "2B 0E 01 00",
        "2B 0E 01 01 00 00 03 00 04 41636D65 01 05 502D313030 02 04 56322E31",
        "read device identification: identify/1 unit 17 by high, ok",
    ),
    (
        "41 0102",
        "41 03",
        "user-defined function: other/3 unit 17 by high, ok",
    ),
    (
        "5B 00",
        "5B 00",
        "reserved function: other/3 unit 17 by high, ok",
    ),
    (
        "01 04A1 0001",
        "81 02",
        "read coils: read/0 unit 17 by high, coil 1185..=1185, refused 2 illegal data address",
    ),
];

#[test]
fn each_function_makes_its_operation() {
    for (request, response, expected) in EXAMPLES {
        assert_eq!(&operation(request, response), expected);
    }
}

#[test]
fn fields_of_a_read_and_its_answer() {
    let driver = ask("03 006B 0003", "03 06 022B00000064");
    assert_eq!(
        driver.out.messages,
        [
            "high modbus framing=\"tcp\" request=true transaction=1 protocol_id=0 length=6 \
             unit=17 function=3 function_name=\"read holding registers\" address=107 quantity=3 \
             data=006b0003",
            "low modbus framing=\"tcp\" request=false transaction=1 protocol_id=0 length=9 \
             unit=17 function=3 function_name=\"read holding registers\" address=107 quantity=3 \
             values=[555,0,100] data=06022b00000064 request_frame=1 response_time=0.01",
        ]
    );
}

#[test]
fn an_exception_keeps_the_function_and_names_the_reason() {
    let driver = ask("06 0001 0003", "86 04");
    let answer = &driver.out.messages[1];
    for part in [
        " function=6 ",
        " exception=4 ",
        " exception_name=\"server device failure\" ",
        " address=1 ",
    ] {
        assert!(answer.contains(part), "{answer}");
    }
}

#[test]
fn identification_objects_become_attributes() {
    let driver = ask(
        "2B 0E 02 00",
        "2B 0E 02 82 00 00 05 00 02 4178 01 02 5031 02 04 56342E35 05 03 4D3538 06 03 4F7665",
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low unit 17 Vendor = Ax",
            "low unit 17 OrderNumber = P1",
            "low unit 17 Firmware = V4.5",
            "low unit 17 Model = M58",
            "low unit 17 Project = Ove",
        ]
    );
}

/// Octets of quickdraw's `modbus_test_data_part1.pcap` (MIT), frames 40 and 41.
#[test]
fn server_id_tells_mode_and_text() {
    let request = adu(0, 10, "11");
    let mut driver = open(&request);
    driver.packet(CLIENT, &request);
    driver.packet(
        SERVER,
        &adu(0, 10, "111200ff57696e6770617468204c696d69746564"),
    );
    assert_eq!(
        driver.out.attributes,
        [
            "low unit 10 Description = Wingpath Limited",
            "low unit 10 Mode = run",
        ]
    );
}

#[test]
fn more_file_records_than_an_operation_holds_are_told_as_two() {
    let groups = "06 0001 0000 0001".repeat(35);
    let records = "03 06 0007".repeat(35);
    let mut driver = ask(&format!("14 F5 {groups}"), &format!("14 8C {records}"));
    driver.close();
    let items: usize = driver
        .out
        .operations
        .iter()
        .map(|operation| operation.matches("file 1 0..=0 = [7]").count())
        .sum();
    assert_eq!((driver.out.operations.len(), items), (2, 35));
}

#[test]
fn every_field_is_seen() {
    let mut seen = String::new();
    for (request, response, _) in EXAMPLES {
        seen += &ask(request, response).out.messages.join(" ");
    }
    seen += &super::engineering::messages();
    seen += &super::framing::rtu_messages();
    for name in field_names() {
        let short = name.strip_prefix("modbus.").unwrap();
        assert!(seen.contains(&format!(" {short}=")), "{name} is never set");
    }
}

#[test]
fn names_are_unique_and_documented() {
    use crate::protocols::Protocol as _;
    let mut names = field_names();
    names.extend(super::Modbus.faults().iter().map(|fault| fault.name));
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
    let mut meanings: Vec<_> = super::Modbus.meanings().iter().map(|m| m.name).collect();
    let all = meanings.len();
    meanings.sort_unstable();
    meanings.dedup();
    assert_eq!(meanings.len(), all);
}

#[test]
fn rules_that_are_broken_are_named() {
    for (request, response, fault) in [
        ("05 00AC 1234", "85 03", "high modbus.invalid_value at 10"),
        ("03 0000 007E", "83 03", "high modbus.invalid_value at 10"),
        (
            "0F 0000 000A 01 FF",
            "8F 03",
            "high modbus.invalid_value at 12",
        ),
        (
            "10 0000 0002 04 0001",
            "90 03",
            "high modbus.invalid_length at 8",
        ),
        (
            "03 0000 0001 00",
            "83 03",
            "high modbus.invalid_length at 8",
        ),
        (
            "03 0000 0001",
            "83 09",
            "low modbus.invalid_exception_code at 8",
        ),
        ("03 0000 0001", "83 02 00", "low modbus.invalid_length at 8"),
        (
            "03 0000 0002",
            "03 02 0001",
            "low modbus.value_mismatch at 8",
        ),
        (
            "06 0001 0003",
            "06 0001 0004",
            "low modbus.value_mismatch at 8",
        ),
        (
            "03 0000 0001",
            "04 02 0001",
            "low modbus.value_mismatch at 7",
        ),
        ("00 01", "80 01", "high modbus.invalid_function_code at 7"),
        (
            "14 07 05 0001 0000 0001",
            "94 02",
            "high modbus.invalid_value at 9",
        ),
        ("2B 0E 05 00", "AB 03", "high modbus.invalid_value at 9"),
    ] {
        let driver = ask(request, response);
        assert!(
            driver.out.faults.iter().any(|told| told == fault),
            "{request}: {:?}",
            driver.out.faults
        );
    }
}
