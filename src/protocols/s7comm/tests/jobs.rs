//! Jobs: variables, blocks, program invocation.

use super::{DOWNLOAD, READ, exchange, exchanged, packet, session};
use crate::facts::Side::{High, Low};
use crate::protocols::testing::hex;

#[test]
fn reads_tell_every_item_with_its_values() {
    let driver = exchange(&READ);
    let real = f32::from_be_bytes([0xaa, 0xbb, 0xcc, 0xdd]);
    assert_eq!(
        driver.out.operations,
        [format!(
            "read variables: read/0 by low, db-bit 1 16..=16 = [1], db 1 8..=11 = [{}], \
             db 1 4..=7 = [4272799471], db 1 0..=1 = [47806], merker-bit 8..=8 = [1], \
             merker-bit 9..=9 = [1], timer 0..=0 = [9476], counter 0..=0 = [17], ok",
            f64::from(real)
        )]
    );
    let request = &driver.out.messages[0];
    assert!(
        request.contains(
            "item_count=8 items=[{syntax:\"s7any\",area:132,area_name:\"db\",db:1,address:16,\
             transport_size:1,type:\"bit\",count:1},"
        ),
        "{request}"
    );
    let answer = &driver.out.messages[1];
    let word = "{return_code:255,transport_size:4,type:\"byte/word/dword\",values:feadbeef}";
    assert!(answer.contains(word), "{answer}");
}

#[test]
fn items_that_were_refused_are_not_told_as_done() {
    // After icsnpp-s7comm `snap7.pcap` (BSD-3-Clause), frames 53 and 54: the controller takes
    // a flag word and refuses a timer.
    let specs = "120a10040001000083000000 120a101d000100001d000000";
    let driver = exchanged(&[
        packet(1, 26, &format!("0502 {specs}"), "00040010adde 00090002efbe"),
        packet(3, 26, "0502", "ff03"),
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "write variables: write/3 by low, merker 0..=1 = [44510], ok",
            "write variables: write/3 by low, timer 0..=0 = [61374], \
             refused 3 access to the object not allowed",
        ]
    );
    assert!(driver.out.faults.is_empty(), "{:?}", driver.out.faults);
}

#[test]
fn ranges_of_data_blocks_symbols_and_unknown_syntaxes_are_addressed() {
    // Two ranges of DB 68 (1 octet at 358, 2 at 394), DB 1 by symbol, a line of a numerical
    // control, and a syntax that nobody knows, of odd length and filled up.
    let specs = "120cb0020100440166020044018a 1210b2ff8a0e0001aabbccdd2000000900000000
                 1208824000010002 1f01 1203ee0102 00 120a10020001000083000008";
    let specs = specs
        .replace("1210b2", "120eb2")
        .replace("0900000000", "09");
    let driver = exchanged(&[
        packet(1, 7, &format!("0405 {specs}"), ""),
        packet(
            3,
            7,
            "0405",
            "ff090005ff41ff4243 00 0a000000 ff09000111 00 ff0900020102 ff04000822",
        ),
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "read variables: read/0 by low, db 68 358..=358 = 0x41, db 68 394..=395 = 0x4243, \
             nck 16415 2..=2 = 0x11, unknown-syntax 238 \"\\x01\\x02\" = 0x0102, \
             merker 1..=1 = [34], ok",
            "read variables: read/0 by low, db-symbol 1 \"\\xaa\\xbb\\xcc\\xdd \\x00\\x00\\t\", \
             refused 10 object does not exist",
        ]
    );
    assert!(driver.out.faults.is_empty(), "{:?}", driver.out.faults);
}

#[test]
fn more_items_than_an_operation_names_make_several() {
    let specs = "120a10040001000083000000".repeat(40);
    let values = "ff0400101234".repeat(40);
    let driver = exchanged(&[
        packet(1, 1, &format!("0428{specs}"), ""),
        packet(3, 1, "0428", &values),
    ]);
    let items: Vec<usize> = driver
        .out
        .operations
        .iter()
        .map(|line| line.matches("merker 0..=1 = [4660]").count())
        .collect();
    assert_eq!(items, [32, 8]);
}

#[test]
fn uploads_keep_the_block_they_opened() {
    // After icsnpp-s7comm `snap7.pcap` (BSD-3-Clause), frames 17 to 22, the block shortened.
    let driver = exchanged(&[
        packet(1, 8, "1d00000000000000095f3042303030303041", ""),
        packet(3, 8, "1d000100000000070730303030323136", ""),
        packet(1, 9, "1e00000000000007", ""),
        packet(3, 9, "1e00", "000400fb70700302"),
        packet(1, 10, "1f00000000000007", ""),
        packet(3, 10, "1f", ""),
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "upload block: program-read/2 by low, block \"SDB0\", ok",
            "upload block: program-read/2 by low, block \"SDB0\" = 0x70700302, ok",
            "upload block: program-read/2 by low, block \"SDB0\", ok",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        ["low Role = engineering-station", "high Role = plc"]
    );
    assert!(driver.out.messages[1].contains("upload_id=7 block_length=216"));
    assert!(driver.out.messages[3].contains("more=false block_data=70700302"));
}

#[test]
fn whoever_opened_a_download_is_its_actor() {
    let first = hex(DOWNLOAD[0].1);
    let mut driver = session(&first);
    for (side, octets) in DOWNLOAD {
        driver.packet(side, &hex(octets));
    }
    assert_eq!(
        driver.out.operations,
        [
            "download block: program-write/5 by low, block \"DB1\", ok",
            "download block: program-write/5 by low, block \"DB1\" = \
             0x0401100c010000c7000504010000010100000052545749000000000054657374484d49004441544144\
             4200000100c0df0000000000000000, ok",
            "download block: program-write/5 by low, block \"DB1\", ok",
            "activate downloaded block: program-write/5 by low, block \"DB1\", ok",
        ]
    );
    assert_eq!(driver.out.server, Some(High));
    let request = &driver.out.messages[0];
    assert!(
        request.contains(
            "filename=\"_0A00001P\" block_type=\"DB\" block_number=1 filesystem=\"passive\" \
             load_length=500 block_length=400"
        ),
        "{request}"
    );
    // The same from the middle on: the PLC's own job comes first.
    let mut driver = session(&hex(DOWNLOAD[3].1));
    for (side, octets) in &DOWNLOAD[3..] {
        driver.packet(*side, &hex(octets));
    }
    assert_eq!(driver.out.server, Some(High));
    assert!(driver.out.operations[0].contains("by low, block \"DB1\" = 0x0401100c"));
}

#[test]
fn organization_blocks_and_hardware_configuration_are_named() {
    for (kind, meaning, name) in [
        ("3038", "download organization block", "OB1"),
        ("3042", "download hardware configuration", "SDB1"),
        ("3043", "download block", "FC1"),
    ] {
        let file = format!("1a00000000000000095f{kind}303030303150");
        let request = packet(1, 14, &file, "");
        let mut driver = session(&request);
        driver.packet(Low, &request);
        driver.close();
        let line = format!("{meaning}: program-write/5 by low, block \"{name}\", not-seen");
        assert_eq!(driver.out.operations, [line]);
    }
}

#[test]
fn starts_stops_and_services_are_told_by_name() {
    // From icsnpp-s7comm `snap7.pcap` (BSD-3-Clause), frames 57 to 64, and a refused start.
    let driver = exchange(&[
        "0300002102f080320100001c000010000029000000000009505f50524f4752414d",
        "0300001402f080320300001c0000010000000029",
        "0300002302f080320100001d000012000028000000000000fd00024550055f4d4f4455",
        "0300001402f080320300001d0000010000000028",
        "0300002102f080320100001e000010000028000000000000fd0000055f47415242",
        "0300001402f080320300001e0000010000000028",
        "0300002702f080320100001f000016000028000000000000fd0002432009505f50524f4752414d",
        "0300001402f080320300001f0000010000000028",
        "0300002502f0803201000020000014000028000000000000fd000009505f50524f4752414d",
        "0300001302f08032020000200000000000d241",
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "stop plc: mode/5 by low, pi-service \"P_PROGRAM\", ok",
            "copy ram to rom: program-write/5 by low, pi-service \"_MODU\" = \"EP\", ok",
            "compress memory: engineering/4 by low, pi-service \"_GARB\", ok",
            "start plc (cold restart): mode/5 by low, pi-service \"P_PROGRAM\" = \"C \", ok",
            "start plc (warm restart): mode/5 by low, pi-service \"P_PROGRAM\", \
             refused 53825 function not permitted at the current protection level",
        ]
    );
}
