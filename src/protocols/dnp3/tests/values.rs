//! Every form of object: sizes and values.

use super::{answer, request, session};
use crate::facts::Side::{High, Low};

/// The points of an answer with these objects, as the fields print them.
fn points(objects: &str) -> String {
    let mut driver = session();
    driver.packet(Low, &answer(&format!("c1810000 {objects}")));
    assert_eq!(driver.out.faults, Vec::<String>::new(), "{objects}");
    let line = driver.out.messages.pop().unwrap();
    let (_, points) = line.split_once(" points=[").unwrap();
    let (points, _) = points.split_once("] ").unwrap();
    points.to_owned()
}

/// One point, without its group, variation and index.
fn value(group: u8, variation: u8, octets: &str) -> String {
    let text = points(&format!("{group:02x}{variation:02x}1701 05 {octets}"));
    let head = format!("{{group:{group},variation:{variation},index:5,");
    text.strip_prefix(&head)
        .unwrap()
        .trim_end_matches('}')
        .to_owned()
}

#[test]
fn packed_points() {
    assert_eq!(
        points("0101000709 05"),
        "{group:1,variation:1,index:7,value:true},{group:1,variation:1,index:8,value:false},\
         {group:1,variation:1,index:9,value:true}"
    );
    assert_eq!(
        points("0301000004 e4 02").replace("group:3,variation:1,", ""),
        "{index:0,value:\"intermediate\"},{index:1,value:\"off\"},{index:2,value:\"on\"},\
         {index:3,value:\"indeterminate\"},{index:4,value:\"on\"}"
    );
    assert_eq!(
        points("0a01000000 01"),
        "{group:10,variation:1,index:0,value:true}"
    );
}

#[test]
fn binary_points() {
    for (group, variation) in [(1, 2), (2, 1), (10, 2), (11, 1)] {
        assert_eq!(value(group, variation, "81"), "value:true,flags:1");
    }
    assert_eq!(
        value(2, 2, "01 000102030405"),
        "value:false,flags:1,time:5514788471040"
    );
    assert_eq!(value(2, 3, "81 e803"), "value:true,flags:1,delay:1000");
    assert_eq!(value(3, 2, "81"), "value:\"on\",flags:1");
    assert_eq!(value(4, 1, "41"), "value:\"off\",flags:1");
    assert_eq!(
        value(4, 2, "c1 000000000000"),
        "value:\"indeterminate\",flags:1,time:0"
    );
    assert_eq!(
        value(4, 3, "01 0100"),
        "value:\"intermediate\",flags:1,delay:1"
    );
    assert_eq!(value(13, 1, "82"), "value:true,status:2");
    assert_eq!(
        value(13, 2, "00 010000000000"),
        "value:false,status:0,time:1"
    );
}

#[test]
fn a_common_time_dates_the_events_after_it() {
    assert_eq!(
        points("33010701 e80300000000 02031701 05 81 0200"),
        "{group:51,variation:1,time:1000},\
         {group:2,variation:3,index:5,value:true,flags:1,time:1002,delay:2}"
    );
}

#[test]
fn commands() {
    assert_eq!(
        value(12, 1, "a1 02 0a000000 14000000 04"),
        "value:\"trip\",code:161,count:2,on_time:10,off_time:20,clear:true,status:4"
    );
    for (code, name) in [
        (0, "nul"),
        (1, "pulse on"),
        (2, "pulse off"),
        (4, "latch off"),
    ] {
        let text = value(12, 1, &format!("{code:02x} 01 00000000 00000000 00"));
        assert!(text.starts_with(&format!("value:\"{name}\"")), "{text}");
    }
    assert_eq!(value(41, 1, "feffffff 00"), "value:-2,status:0");
    assert_eq!(value(41, 2, "feff 01"), "value:-2,status:1");
    assert_eq!(value(41, 3, "0000803f 00"), "value:1,status:0");
    assert_eq!(value(41, 4, "000000000000f03f 00"), "value:1,status:0");
    assert_eq!(value(43, 1, "01 05000000"), "value:5,status:1");
}

#[test]
fn counters() {
    for (group, variation) in [(20, 1), (20, 3), (21, 1), (21, 3), (22, 1), (23, 3)] {
        assert_eq!(
            value(group, variation, "01 ffffffff"),
            "value:4294967295,flags:1"
        );
    }
    for (group, variation) in [(20, 2), (20, 4), (21, 2), (22, 4), (23, 2)] {
        assert_eq!(value(group, variation, "01 ffff"), "value:65535,flags:1");
    }
    for (group, variation) in [(20, 5), (20, 7), (21, 9), (21, 11)] {
        assert_eq!(value(group, variation, "01000000"), "value:1");
    }
    for (group, variation) in [(20, 6), (20, 8), (21, 10), (21, 12)] {
        assert_eq!(value(group, variation, "0100"), "value:1");
    }
    for (group, variation) in [(21, 5), (21, 7), (22, 5), (22, 7), (23, 5), (23, 7)] {
        assert_eq!(
            value(group, variation, "01 02000000 030000000000"),
            "value:2,flags:1,time:3"
        );
    }
    for (group, variation) in [(21, 6), (21, 8), (22, 6), (22, 8), (23, 6), (23, 8)] {
        assert_eq!(
            value(group, variation, "01 0200 030000000000"),
            "value:2,flags:1,time:3"
        );
    }
}

#[test]
fn analog_values() {
    for group in [30, 31, 32, 33, 40, 42] {
        assert_eq!(value(group, 1, "01 ffffffff"), "value:-1,flags:1");
        assert_eq!(value(group, 2, "01 ffff"), "value:-1,flags:1");
    }
    for group in [31, 32, 33, 42] {
        assert_eq!(
            value(group, 3, "01 ffffffff 010000000000"),
            "value:-1,flags:1,time:1"
        );
        assert_eq!(
            value(group, 4, "01 ffff 010000000000"),
            "value:-1,flags:1,time:1"
        );
    }
    for (group, variation) in [(30, 3), (31, 5)] {
        assert_eq!(value(group, variation, "feffffff"), "value:-2");
    }
    for (group, variation) in [(30, 4), (31, 6)] {
        assert_eq!(value(group, variation, "feff"), "value:-2");
    }
    for (group, variation) in [
        (30, 5),
        (31, 7),
        (32, 5),
        (33, 5),
        (40, 3),
        (42, 5),
        (32, 5),
    ] {
        assert_eq!(value(group, variation, "01 00002041"), "value:10,flags:1");
    }
    for (group, variation) in [(30, 6), (31, 8), (32, 6), (33, 6), (40, 4), (42, 6)] {
        assert_eq!(
            value(group, variation, "01 0000000000002440"),
            "value:10,flags:1"
        );
    }
    for group in [32, 33, 42] {
        assert_eq!(
            value(group, 7, "01 00002041 010000000000"),
            "value:10,flags:1,time:1"
        );
        let double = value(group, 8, "01 0000000000002440 010000000000");
        assert_eq!(double, "value:10,flags:1,time:1");
    }
    assert_eq!(value(34, 1, "0500"), "value:5");
    assert_eq!(value(34, 2, "05000000"), "value:5");
    assert_eq!(value(34, 3, "00002041"), "value:10");
}

#[test]
fn other_objects() {
    assert_eq!(
        value(50, 2, "010000000000 0a000000"),
        "value:0100000000000a000000"
    );
    assert_eq!(value(52, 2, "6400"), "value:100");
    assert_eq!(value(81, 1, "640101"), "value:640101");
    assert_eq!(value(101, 1, "3412"), "value:1234");
    assert_eq!(value(101, 2, "78563412"), "value:12345678");
    assert_eq!(value(101, 3, "0000000000000099"), "value:9900000000000000");
    assert_eq!(value(102, 1, "ff"), "value:255");
    assert_eq!(value(110, 4, "41424344"), "value:41424344");
    assert_eq!(value(111, 2, "4142"), "value:4142");
    assert_eq!(value(113, 1, "0d"), "value:0d");
    assert_eq!(
        value(121, 1, "01 0200 03000000"),
        "value:020003000000,flags:1"
    );
    assert_eq!(
        value(122, 2, "01 0200 03000000 010000000000"),
        "value:020003000000,flags:1,time:1"
    );
}

#[test]
fn device_attributes_by_data_type() {
    let value = |octets: &str| {
        let text = points(&format!("00d3000000 {octets}"));
        let head = "{group:0,variation:211,index:0,";
        text.strip_prefix(head)
            .unwrap()
            .trim_end_matches('}')
            .to_owned()
    };
    assert_eq!(value("0102 4142"), "value:\"AB\"");
    assert_eq!(value("0202 0102"), "value:513");
    assert_eq!(value("0302 feff"), "value:-2");
    assert_eq!(value("0404 00002041"), "value:10");
    assert_eq!(value("0408 0000000000002440"), "value:10");
    assert_eq!(value("0502 0102"), "value:0102");
    assert_eq!(value("0706 010000000000"), "value:1");
    assert_eq!(value("fe04 f201f300"), "value:f201f300");
}

#[test]
fn objects_that_state_their_size() {
    for group in [82, 83, 85, 87, 88, 90, 91, 114, 115, 120] {
        let text = points(&format!("{group:02x}015b02 0100 aa 0200 bbcc"));
        let head = format!("{{group:{group},variation:1,");
        assert_eq!(text, format!("{head}value:aa}},{head}value:bbcc}}"));
    }
}

#[test]
fn file_objects() {
    let mut driver = session();
    driver.packet(
        High,
        &request(
            "c102 46055b010c00 04030201 05000080 61626364 46025b011200 0c00 0300 0f00 0300 \
             00000000 626f62 707764",
        ),
    );
    assert_eq!(driver.out.faults, Vec::<String>::new());
    let line = driver.out.messages.pop().unwrap();
    assert!(line.contains("file_name=[\"bob\"] files=[{handle:16909060,block:5},{name:\"bob\"}]"));
}

#[test]
fn qualifiers() {
    let objects = |fragment: &str| {
        let mut driver = session();
        driver.packet(High, &request(fragment));
        assert_eq!(driver.out.faults, Vec::<String>::new(), "{fragment}");
        driver.close();
        driver.out.operations.remove(0)
    };
    for (qualifier, range) in [
        ("00 02 03", "2..=3"),
        ("01 0200 0300", "2..=3"),
        ("02 02000000 03000000", "2..=3"),
        ("03 02 03", "2..=3"),
        ("04 0200 0300", "2..=3"),
        ("05 02000000 03000000", "2..=3"),
    ] {
        let line = objects(&format!("c1011e01 {qualifier}"));
        assert!(
            line.contains(&format!("analog-input 30 {range}, not-seen")),
            "{line}"
        );
    }
    for qualifier in ["06", "07 05", "08 0500", "09 05000000"] {
        let line = objects(&format!("c1011e01 {qualifier}"));
        assert!(line.contains("analog-input 30, not-seen"), "{line}");
    }
    for qualifier in ["17 01 05", "28 0100 0500", "39 01000000 05000000"] {
        let line = objects(&format!("c102 6601 {qualifier} ff"));
        assert!(
            line.contains("unsigned-integer 102 5..=5 = [255]"),
            "{line}"
        );
        let line = objects(&format!("c101 6601 {qualifier}"));
        assert!(line.contains("unsigned-integer 102"), "{line}");
    }
    for qualifier in ["4b 01 02", "5b 01 0200", "6b 01 02000000", "47 01 02"] {
        let line = objects(&format!("c102 7201 {qualifier} 4142"));
        assert!(
            line.contains("extended-octet-string 114 = 0x4142"),
            "{line}"
        );
    }
}
