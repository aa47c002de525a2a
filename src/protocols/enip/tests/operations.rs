//! What services mean: by class, with the outcome, paired with their replies.

use super::*;

#[test]
fn a_mode_change_is_told_step_by_step() {
    let driver = run(MODE_CHANGE);
    assert_eq!(
        driver.out.operations,
        [
            "lock controller: engineering/4 by low, class 142 1..=1, ok",
            "stop controller (set to program): mode/5 by low, class 142 1..=1, ok",
            "read identity: identify/1 by low, class 1 1..=1 \"attribute 5\" = 0x6030, ok",
            "read identity: identify/1 by low, class 1 1..=1 \"attribute 5\" = 0x7030, ok",
            "unlock controller: engineering/4 by low, class 142 1..=1, ok",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high Mode = run (key: remote)",
            "high Mode = program (key: remote)"
        ]
    );
}

#[test]
fn one_service_number_means_another_thing_for_each_class() {
    let name = |request: &str, reply: &str| {
        let operations = ask(request, reply);
        let (name, _) = operations[0].split_once(':').unwrap();
        name.to_owned()
    };
    assert_eq!(
        name("4c03 91024142 2801 0100", "cc000000 c400 01000000"),
        "read tag"
    );
    assert_eq!(
        name("4c02 206b 2405 0100", "cc000000 c400 01000000"),
        "read tag"
    );
    assert_eq!(
        name("4c04 208e 2401 2074 2401", "cc000000"),
        "unlock controller"
    );
    assert_eq!(
        name("4c02 2037 2401 00", "cc000000"),
        "write file to device"
    );
    assert_eq!(name("4c02 2072 2400 00", "cc000000"), "read monitored data");
    assert_eq!(name("0802 2072 2400", "88000000"), "set up data to monitor");
    assert_eq!(
        name("4c02 2064 2401 00", "cc000000"),
        "class-specific service"
    );
    assert_eq!(
        name("5203 91024142 2801 0100 00000000", "d2000000 c400 01000000"),
        "read tag"
    );
    assert_eq!(name("4d02 2068 2401", "cd000000"), "force I/O");
    assert_eq!(
        name("4d03 91024142 2801 c4000100 01000000", "cd000000"),
        "write tag"
    );
    assert_eq!(
        name("4d02 20a1 2401 00", "cd000000"),
        "update non-volatile storage"
    );
    assert_eq!(name("5503 206b 2500 0100 0100", "d5000000"), "list tags");
    assert_eq!(
        name("5c02 208e 2401", "dc000000"),
        "controller handshake or privilege"
    );
    assert_eq!(
        name("5003 206a 2500 0100 0000", "d0000000"),
        "write program"
    );
    assert_eq!(name("0802 20ac 2400", "88000000"), "create program object");
    assert_eq!(name("0802 2004 2400", "88000000"), "create object");
    assert_eq!(name("0602 208e 2401", "86000000"), "set controller to run");
    assert_eq!(name("0602 2029 2401", "86000000"), "start object");
    assert_eq!(
        name("1003 20f5 2401 3005 00", "90000000"),
        "change network settings"
    );
    assert_eq!(
        name("1003 2004 2464 3003 00", "90000000"),
        "write assembly data"
    );
    assert_eq!(name("4b02 2001 2401", "cb000000"), "flash LEDs");
}

#[test]
fn a_restart_is_not_a_factory_reset() {
    assert_eq!(
        ask("0502 2001 2401 00", "85000000"),
        ["restart device: reset/5 by low, class 1 1..=1, ok"]
    );
    assert_eq!(
        ask("0502 2001 2401 01", "85000000"),
        ["reset device to factory settings: wipe/5 by low, class 1 1..=1, ok"]
    );
    assert_eq!(
        ask("0502 20f6 2401", "85000800"),
        ["reset object: reset/4 by low, class 246 1..=1, refused 8 service not supported"]
    );
}

#[test]
fn written_values_are_told() {
    // ICS-Security-Tools, EIP-ChangePortConfigurationAttempt.pcap, frame 2398: interface
    // control of the Ethernet link set to 100 Mbit/s, forced.
    assert_eq!(
        ask("100320f624013006 02006400", "90000000"),
        [
            "change network settings: configure/4 by low, class 246 1..=1 \"attribute 6\" = 0x02006400, ok"
        ]
    );
    // EIP-ChangeTimeAttempt.pcap, frame 386.
    assert_eq!(
        ask(
            "0402208b240101000600c0325cfff3590400",
            "84000000010006000000"
        ),
        ["set clock: time/3 by low, class 139 1..=1 \"attribute 6\" = 0xc0325cfff3590400, ok"]
    );
    assert_eq!(
        ask("4d04 9105 5365745074 00 ca00 0100 0000c842", "cd000000"),
        ["write tag: write/3 by low, tag \"SetPt\" = [100], ok"]
    );
    assert_eq!(
        ask(
            "5303 91024142 2805 c300 0300 00000000 0100 0200 feff",
            "d300ff01 0521"
        ),
        [
            "write tag: write/3 by low, tag 5..=7 \"AB\" = [1, 2, -2], refused 255 class-specific error"
        ]
    );
}

#[test]
fn a_refused_carrier_refuses_what_it_carried() {
    // ICS-Security-Tools, EIP-IPAddressChangeAttempt.pcap, frames 15 and 51: an empty slot.
    assert_eq!(
        ask(
            "520220062401069a060001022001240101000104",
            "d200010104020100"
        ),
        [
            "read identity: identify/1 unit 4 by low, class 1 1..=1, refused 33816577 unconnected request timed out"
        ]
    );
    assert_eq!(
        ask("0a02 2002 2401 0100 0400 4c02 9102 4142 0100", "8a000800"),
        ["read tag: read/0 by low, tag \"AB\", refused 8 service not supported"]
    );
}

#[test]
fn a_failed_part_fails_alone() {
    let request = "0a02 2002 2401 0200 0600 0e00 4c02 9102 4142 0100 0702 208e 2401";
    let reply = "8a001e00 0200 0600 0e00 cc000000 c100 0100 87000f00";
    assert_eq!(
        ask(request, reply),
        [
            "read tag: read/0 by low, tag \"AB\" = [1, 0], ok",
            "stop controller (set to program): mode/5 by low, class 142 1..=1, refused 15 privilege violation",
        ]
    );
}

#[test]
fn connections_lead_to_slots_until_they_are_closed() {
    let mut driver = run(&[(CLIENT, OPEN), (DEVICE, OPEN_REPLY)]);
    assert_eq!(
        driver.out.operations,
        ["open connection: session/2 unit 0 by low, class 2 1..=1, ok"]
    );
    assert!(
        driver.out.messages[0].contains("originator_vendor=[77] originator_serial=[848636915]")
    );
    let read = hex("0102 2001 2401");
    driver.packet(CLIENT, &connected(0x0079_0301, 7, &read));
    driver.packet(DEVICE, &connected(0x80fe_0013, 7, &hex("81000800")));
    assert_eq!(
        driver.out.operations[1],
        "read identity: identify/1 unit 0 by low, class 1 1..=1, refused 8 service not supported"
    );
    driver.packet(CLIENT, &hex(CLOSE));
    driver.packet(DEVICE, &hex(CLOSE_REPLY));
    driver.packet(CLIENT, &connected(0x0079_0301, 8, &read));
    driver.packet(DEVICE, &connected(0x80fe_0013, 8, &hex("81000800")));
    assert_eq!(
        driver.out.operations[2..],
        [
            "close connection: session/2 unit 0 by low, class 2 1..=1, ok",
            "read identity: identify/1 by low, class 1 1..=1, refused 8 service not supported",
        ]
    );
}

#[test]
fn an_owner_conflict_is_named() {
    let open = &hex(OPEN)[40..];
    let digits: String = open.iter().map(|octet| format!("{octet:02x}")).collect();
    assert_eq!(
        ask(&digits, "d4000101 0601 1400 4d00 f32b9532 0000"),
        [
            "open connection: session/2 unit 0 by low, class 2 1..=1, refused 17170433 ownership conflict"
        ]
    );
}

#[test]
fn connected_messages_are_paired_by_connection_and_count() {
    // Two connections, not seen opened, with the same count at the same time: the first
    // exchange of each teaches which ids belong together.
    let read = hex("0e03 2004 2464 3003");
    let first = connected(1, 10, &read);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.packet(DEVICE, &connected(101, 10, &hex("8e000000 01")));
    driver.packet(CLIENT, &connected(2, 11, &read));
    driver.packet(DEVICE, &connected(102, 11, &hex("8e000000 02")));
    driver.packet(CLIENT, &connected(1, 20, &hex("0e03 2004 2401 3003")));
    driver.packet(CLIENT, &connected(2, 20, &hex("0e03 2004 2402 3003")));
    driver.packet(DEVICE, &connected(102, 20, &hex("8e000000 04")));
    driver.packet(DEVICE, &connected(101, 20, &hex("8e000000 03")));
    assert_eq!(
        driver.out.operations[2..],
        [
            "read attribute: read/0 by low, class 4 2..=2 \"attribute 3\" = 0x04, ok",
            "read attribute: read/0 by low, class 4 1..=1 \"attribute 3\" = 0x03, ok",
        ]
    );
}

#[test]
fn silence_is_not_blindness() {
    let read = unconnected(1, &hex("0102 2001 2401"));
    let mut driver = tcp(&read);
    driver.packet(CLIENT, &read);
    driver.tick(31);
    assert!(
        driver.out.operations[0].ends_with(", not-seen"),
        "the device was never seen"
    );
    driver.packet(DEVICE, &hex(REGISTER_REPLY));
    driver.packet(CLIENT, &read);
    driver.tick(29);
    assert_eq!(driver.out.operations.len(), 2, "not yet");
    driver.tick(2);
    assert!(driver.out.operations[2].ends_with(", no-answer"));
    driver.packet(CLIENT, &read);
    driver.gap(DEVICE, Some(100));
    driver.tick(31);
    assert!(
        driver.out.operations[3].ends_with(", not-seen"),
        "the answer may have been lost"
    );
    driver.packet(CLIENT, &read);
    driver.close();
    assert!(driver.out.operations[4].ends_with(", not-seen"));
}

#[test]
fn an_answer_alone_is_told_too() {
    // ICS-Security-Tools, cip-eth-set-2.pcap.
    let driver = run(&[(
        DEVICE,
        "6f0014000001021200000000ec6d8601701ee10000000000000000000500020000000000b200040090000000",
    )]);
    assert_eq!(
        driver.out.operations,
        ["write attribute: write/3 by low, ok"]
    );
    assert_eq!(driver.out.server, Some(DEVICE));
}

#[test]
fn long_attribute_lists_become_several_operations() {
    let mut request = hex("0302 2001 2401 2800");
    for id in 1..=40_u16 {
        request.extend(id.to_le_bytes());
    }
    let first = unconnected(1, &request);
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.close();
    assert_eq!(driver.out.operations.len(), 2);
    assert!(driver.out.operations[0].contains("\"attribute 32\""));
    assert!(driver.out.operations[1].contains("\"attribute 33\""));
    assert!(driver.out.operations[1].contains("\"attribute 40\""));
}

/// An Execute PCCC request or reply around a PCCC packet.
fn pccc(head: &str, packet: &str) -> String {
    format!("{head} 07 0100 78563412 {packet}")
}

fn ask_pccc(request: &str, reply: &str) -> Vec<String> {
    ask(&pccc("4b02 2067 2401", request), &pccc("cb000000", reply))
}

#[test]
fn pccc_reads_and_writes_name_file_and_element() {
    assert_eq!(
        ask_pccc("0f00 0100 a2 04 07 89 03 00", "4f00 0100 0500 ffff"),
        ["PCCC read: read/0 by low, file 7 3..=4 \"N7:3\" = [5, -1], ok"]
    );
    assert_eq!(
        ask_pccc("0f00 0200 aa 04 08 8a ff0001 00 0000803f", "4f00 0200"),
        ["PCCC write: write/3 by low, file 8 256..=256 \"F8:256\" = [1], ok"]
    );
    assert_eq!(
        ask_pccc("0f00 0200 ab 02 03 85 01 00 1000 1000", "4ff0 0200 0b"),
        [
            "PCCC write: write/3 by low, file 3 1..=1 \"B3:1\" = [16], refused 3056 access denied, improper privilege"
        ]
    );
    assert_eq!(
        ask_pccc("0f00 0300 a2 02 04 86 02 02", "4f00 0300 6400"),
        ["PCCC read: read/0 by low, file 4 2..=2 \"T4:2.2\" = [100], ok"]
    );
}

#[test]
fn pccc_program_files_are_no_data() {
    assert_eq!(
        ask_pccc("0f00 0100 aa 02 02 22 00 00 aabb", "4f00 0100"),
        [
            "PCCC write program file: program-write/5 by low, file 2 0..=0 \"type 34 file 2:0\" = 0xaabb, ok"
        ]
    );
    assert_eq!(
        ask_pccc("0f00 0100 a2 02 02 22 00 00", "4f00 0100 1234"),
        [
            "PCCC read program file: program-read/2 by low, file 2 0..=0 \"type 34 file 2:0\" = 0x1234, ok"
        ]
    );
}

#[test]
fn pccc_functions_of_consequence_are_named() {
    for (request, name) in [
        ("0f00 0100 80 06", "PCCC change CPU mode: mode/5"),
        ("0f00 0100 3a 01", "PCCC change CPU mode: mode/5"),
        ("0f00 0100 57", "PCCC initialize memory: wipe/5"),
        ("0f00 0100 41", "PCCC disable forces: force/4"),
        ("0f00 0100 52", "PCCC download: program-write/5"),
        ("0700 0100 00", "PCCC disable or enable outputs: control/5"),
        ("0f00 0100 8f", "PCCC apply port configuration: configure/4"),
        (
            "0600 0100 00",
            "PCCC echo, counters or link parameters: diagnose/1",
        ),
    ] {
        let operations = ask_pccc(request, "4f00 0100");
        assert_eq!(operations, [format!("{name} by low, ok")]);
    }
}

#[test]
fn pccc_diagnostic_status_tells_the_processor() {
    let request = hex(&pccc("4b02 2067 2401", "0600 0100 03"));
    let reply = hex(&pccc(
        "cb000000",
        "4600 0100 00 ee 31 49 42 313736362d4c45432020 20 0000",
    ));
    let mut driver = tcp(&unconnected(1, &request));
    driver.packet(CLIENT, &unconnected(1, &request));
    driver.packet(DEVICE, &unconnected(1, &reply));
    assert_eq!(
        driver.out.attributes,
        [
            "high Vendor = Rockwell Automation/Allen-Bradley",
            "high Model = 1766-LEC",
            "high Role = plc",
        ]
    );
}

/// A forward open of this transport class with an originator's data of this size, and its path.
fn forward_open(class: u8, size: u16) -> String {
    let parameters = (0x4800 | size).to_le_bytes();
    let [low, high] = parameters;
    format!(
        "5402 2006 2401 0a0e 00000000 01000000 0100 4d00 01020304 03000000 10270000 \
         {low:02x}{high:02x} 10270000 0648 {class:02x} 04 2004 2401 2c14 2c15"
    )
}

#[test]
fn a_connection_that_takes_over_outputs_is_a_command() {
    let opened = "d4000000 01000000 02000000 0100 4d00 01020304 10270000 10270000 0000";
    let name = |class, size| {
        let operations = ask(&forward_open(class, size), opened);
        let (name, _) = operations[0].split_once(" by").unwrap();
        name.to_owned()
    };
    assert_eq!(name(1, 10), "take over cyclic output: control/4");
    // Who only listens sends nothing but the header that keeps the connection alive.
    for (class, size) in [(1, 2), (1, 6), (3, 500)] {
        assert_eq!(
            name(class, size),
            "open connection: session/2",
            "{class} {size}"
        );
    }
}

#[test]
fn the_first_outputs_and_each_change_are_told() {
    let implicit = |connection: u8, data: &str| {
        let data = hex(data);
        let length = u8::try_from(data.len()).unwrap();
        let head = [
            2, 0, 2, 0x80, 8, 0, connection, 0, 0, 0, 1, 0, 0, 0, 0xb1, 0,
        ];
        [&head[..], &[length, 0], &data].concat()
    };
    let first = implicit(1, "0100 01000000 1200 7017");
    let mut driver = Driver::open(&Enip, Carrier::Udp, (2222, 2222), CLIENT, &first, false);
    driver.packet(CLIENT, &first);
    // Inputs: no header, though those of drives begin with zeros.
    driver.packet(DEVICE, &implicit(2, "0100 00000000 1f06 0000 df01"));
    for data in ["0200 01000000 1200 7017", "0300 01000000 1200 7017"] {
        driver.packet(CLIENT, &implicit(1, data));
    }
    driver.packet(DEVICE, &implicit(2, "0200 00000000 1f06 3e00 e101"));
    driver.packet(CLIENT, &implicit(1, "0400 01000000 0000 0000"));
    assert_eq!(
        driver.out.operations.len(),
        2,
        "{:?}",
        driver.out.operations
    );
    for (operation, value) in driver.out.operations.iter().zip(["12007017", "00000000"]) {
        assert!(
            operation.starts_with("set cyclic output: control/4"),
            "{operation}"
        );
        assert!(operation.contains(value), "{operation}");
    }
}
