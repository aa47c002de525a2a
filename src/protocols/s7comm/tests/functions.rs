//! Functions of userdata: tables, lists in parts, clocks, blocks, pushes.

use super::{exchange, exchanged, packet, session};
use crate::facts::Side::{High, Low};
use crate::protocols::Carrier;
use crate::protocols::s7comm::S7comm;
use crate::protocols::testing::{batter, hex};

#[test]
fn the_controller_itself_tells_that_it_stopped() {
    // From ITI's `step7_s300_stop.pcapng` (CC-BY-4.0).
    let mut driver = exchange(&[
        "0300002102f0803201000035000010000029000000000009505f50524f4752414d",
        "0300001402f08032030000350000010000000029",
    ]);
    driver.packet(
        High,
        &hex("0300003102f080320700000000000800180001120411040300ff0900144304ff8400000000000000009401092153421521"),
    );
    driver.packet(
        High,
        &hex("0300001902f080320700000000000800000100101000000000"),
    );
    assert_eq!(
        driver.out.operations[1..],
        [
            "diagnostic message: state/1 by high,  = 0x4304ff8400000000000000009401092153421521, \
             unacknowledged",
            "plc went to stop: state/4 by high, unacknowledged",
        ]
    );
    assert_eq!(
        driver.out.attributes[2..],
        ["high Mode = stop", "high Mode = stop"]
    );
}

#[test]
fn modified_variables_of_a_table_carry_their_values() {
    // From ITI's `step7_s300_rwVarTab.pcapng` (CC-BY-4.0), frames 1, 2 and 7.
    let mut driver = exchanged(&[
        packet(
            7,
            0x6803,
            "000112081241080000000000",
            "ff090040 00140028 0000000100010006000100010001000100010200 0003
             030100000000 020100000004 100100000008 000900044133851f 00090002dead 0009000101 00",
        ),
        packet(7, 0x6803, "000112081281080200000000", "0a000000"),
    ]);
    let push = packet(
        7,
        0,
        "000112081201080200000000",
        "ff09000e00040006010000020003ffffff00",
    );
    driver.packet(High, &push);
    assert_eq!(
        driver.out.operations,
        [
            "modify variable: write/4 by low, merker 0..=3 = 0x4133851f, merker 4..=5 = 0xdead, \
             input-bit 65..=65 = 0x01, ok"
        ]
    );
    assert_eq!(driver.out.messages.len(), 3);
}

#[test]
fn an_answer_in_parts_is_one_operation_and_shown_whole() {
    // After icsnpp-s7comm `snap7.pcap` (BSD-3-Clause), frames 5 to 8: the list of components,
    // here of two records, the second cut by the border of the parts.
    let station = format!("{:0<64}", "53373330302f45543230304d2073746174696f6e5f31");
    let model = format!("{:0<64}", "435055203331352d3220504e2f4450");
    let driver = exchanged(&[
        packet(7, 0x200, "0001120411440100", "ff090004001c0000"),
        packet(
            7,
            0x200,
            "0001120812840102d5010000",
            &format!("ff09002c 001c000000220002 0001{station} 0007"),
        ),
        packet(7, 0x300, "000112081244010200000000", "0a000000"),
        packet(
            7,
            0x300,
            "0001120812840102d5000000",
            &format!("ff090020 {model}"),
        ),
    ]);
    let [told] = &driver.out.operations[..] else {
        panic!("{:?}", driver.out.operations);
    };
    assert!(
        told.starts_with(
            "read component identification: identify/1 by low, szl 28 0..=0 = 0x001c0000"
        ),
        "{told}"
    );
    assert_eq!(
        driver.out.attributes[1..],
        [
            "high Name = S7300/ET200M station_1",
            "high Model = CPU 315-2 PN/DP"
        ]
    );
    assert!(!driver.out.messages[1].contains("szl_id"));
    assert!(driver.out.messages[3].contains("szl_id=28"));
    assert!(driver.out.messages[3].contains("{index:7,text:\"CPU 315-2 PN/DP\"}"));
    assert!(
        !driver.session.is_waiting(),
        "the fetch of the second part was answered"
    );
}

#[test]
fn clocks_blocks_and_passwords() {
    // From icsnpp-s7comm `snap7.pcap` and ITI captures: clock, block list, block info, password.
    let driver = exchange(&[
        "0300001d02f0803207000016000008000400011204114701000a000000",
        "0300002b02f080320700001600000c000e000112081287010200000000ff09000a00191602081451379162",
        "0300002702f0803207000017000008000e0001120411470200ff09000a00191602082308100002",
        "0300002102f080320700001700000c00040001120812870202000000000a000000",
        "0300001d02f0803207000004000008000400011204114301000a000000",
        "0300003d02f080320700000400000c0020000112081283010000000000ff09001c303800013045000030430000304100013042000c304400473046000e",
        "0300002502f0803207000012000008000c0001120411430300ff0900083041303030303142",
        "0300006f02f080320700001200000c0052000112081283030000000000ff09004e0100004a220070700101050a0001000001f400000000029147602bb5029147602bb5001c000000000190545749000000000054657374484d490044415441444200000100c0df0000000000000000",
        "0300002502f0803207000006000008000c0001120411450100ff090008213a1b1d6e681b1d",
        "0300002102f080320700000600000c000400011208128501010000d6020a000000",
    ]);
    let info = "0100004a220070700101050a0001000001f400000000029147602bb5029147602bb5001c000000000190\
                545749000000000054657374484d490044415441444200000100c0df0000000000000000";
    assert_eq!(
        driver.out.operations,
        [
            "read clock: read/0 by low,  = \"2016-02-08T14:51:37.916\", ok",
            "set clock: time/3 by low,  = \"2016-02-08T23:08:10.000\", ok",
            "list blocks: identify/2 by low, ok",
            &format!("read block info: identify/2 by low, block \"DB1\" = 0x{info}, ok"),
            "present password: authenticate/4 by low, refused 54786 incorrect password",
        ]
    );
    assert!(driver.out.messages[5].contains("blocks=[{type:\"OB\",count:1},{type:\"FB\",count:0}"));
    let info = &driver.out.messages[7];
    assert!(
        info.contains(
            "block_author=\"TWI\" block_family=\"TestHMI\" block_name=\"DATADB\" block_version=1"
        ),
        "{info}"
    );
    assert!(
        info.contains("block_language=\"DB\" block_checksum=49375"),
        "{info}"
    );
    assert!(info.contains("info_block=\"DB1\""), "{info}");
}

#[test]
fn force_is_nine_and_sixteen_reads_the_job_list() {
    let table = "ff090013 0002000d 0000 0001 010100000000 0009000101";
    for (subfunction, line) in [
        (
            "09",
            "force variable: force/4 by low, merker 0..=0 = 0x01, not-seen",
        ),
        ("10", "observe program: read/2 by low, not-seen"),
        ("0c", "memory reset: wipe/5 by low, not-seen"),
    ] {
        let request = packet(7, 1, &format!("000112041141{subfunction}00"), table);
        let mut driver = session(&request);
        driver.packet(Low, &request);
        driver.close();
        assert_eq!(driver.out.operations, [line]);
    }
}

/// From ITI's `wincc_s400_production.pcapng` (CC-BY-4.0), frames 133, 134 and 148: ten octets of
/// a data block whenever they change.
const ORDERED: [&str; 2] = [
    "0300002a02f080320700003c00000800110001120411420500ff09000d000101051207b0010a00860058",
    "0300003202f080320700003c00000c0015000112081282050300000000ff0900110001ff09000bff0000000000\
     00ff000000",
];
const CHANGED: &str = "0300003202f080320700000000000c0015000112081202050300000000ff0900110001ff09000bff0000000000\
     00ff000000";

#[test]
fn values_sent_on_change_belong_to_the_items_that_were_ordered() {
    let mut driver = exchange(&ORDERED);
    driver.packet(High, &hex(CHANGED));
    let ended = packet(7, 0x3d, "0001120411420400", "ff0900020503");
    driver.packet(Low, &ended);
    driver.packet(
        High,
        &packet(7, 0x3d, "000112081282040300000000", "0a000000"),
    );
    driver.packet(High, &hex(CHANGED));
    assert_eq!(
        driver.out.operations,
        [
            "subscribe variables: read/0 by low, db 134 88..=97 = 0x000000000000ff000000, ok",
            "cyclic data: read/0 by low, db 134 88..=97 = 0x000000000000ff000000, unacknowledged",
            "unsubscribe variables: read/0 by low, ok",
            "cyclic data: read/0 by low,  = 0x0001ff09000bff000000000000ff000000, unacknowledged",
        ]
    );
}

#[test]
fn what_a_job_ordered_is_not_believed_behind_a_gap() {
    let mut driver = exchange(&ORDERED);
    driver.gap(Low, Some(100));
    driver.packet(High, &hex(CHANGED));
    assert_eq!(
        driver.out.operations[1..],
        ["cyclic data: read/0 by low,  = 0x0001ff09000bff000000000000ff000000, unacknowledged"]
    );
}

#[test]
fn many_jobs_stay_bounded() {
    let mut driver = session(&hex(ORDERED[0]));
    for number in 0..=255_u8 {
        let mut order = hex(ORDERED[0]);
        order[11] = number;
        driver.packet(Low, &order);
        let mut grant = hex(ORDERED[1]);
        grant[11] = number;
        grant[24] = number;
        driver.packet(High, &grant);
    }
    let told = driver.out.operations.len();
    for number in [0, 255] {
        let mut push = hex(CHANGED);
        push[24] = number;
        driver.packet(High, &push);
    }
    assert!(!driver.out.operations[told].contains("db 134"));
    assert!(driver.out.operations[told + 1].contains("db 134"));
}

#[test]
fn alarms_tell_their_events_states_and_values() {
    // From ITI's `wincc_s400_production.pcapng` (CC-BY-4.0), frames 17 to 19 and 351.
    let mut driver = exchange(&[
        "0300002902f0803207\
         00000a00000800100001120411441300ff09000c000112081a00093400000002",
        "0300005702f080320700000a00000c003a000112081284138a00000000ff0900360001ff0900300a0000020000\
         002f0000cfcf0a000002000000af0001fefe0a000002000000bb0004fffb0a000002000000c20030ffcf",
    ]);
    driver.packet(
        High,
        &hex(
            "0300006302f0803207000000000008004a0001120411040500ff09004694010600272039754001120a16\
              08000000af0000fefeff0400100001ff040010ffffff040010ffffff040010ffffff040010ffffff0400\
              10ffffff040010ffffff040010ffff",
        ),
    );
    driver.packet(
        High,
        &hex(
            "0300006702f0803207000000000008004e0001120411040600ff09004a94010600474269754001120a16\
              030000000101000101ff0401000000000000000000000000000000000000000000000000000000000000\
              000000ff04002000000000ff04002000000000",
        ),
    );
    assert_eq!(
        driver.out.operations,
        [
            "query alarms: alarm/1 by low, alarm 47..=47 = [0], alarm 175..=175 = [1], \
             alarm 187..=187 = [4], alarm 194..=194 = [48], ok",
            "alarm indication: alarm/1 by high, alarm 175..=175 = [0], unacknowledged",
            "alarm indication: alarm/1 by high, alarm 1..=1 = [1], unacknowledged",
        ]
    );
    let [_, query, alarm, notify] = &driver.out.messages[..] else {
        panic!("{:?}", driver.out.messages);
    };
    assert!(
        query.contains(
            "{event:187,state:4,acknowledged_going:255,acknowledged_coming:251,values:[]}"
        ),
        "{query}"
    );
    assert!(
        alarm.contains(
            "alarms=[{event:175,state:0,acknowledged_going:254,acknowledged_coming:254,\
             values:[0001,ffff,ffff,ffff,ffff,ffff,ffff,ffff]}] \
             alarm_time=\"1994-01-06T00:27:20.397\""
        ),
        "{alarm}"
    );
    assert!(notify.contains("00000000,00000000]"), "{notify}");
}

/// Messages of every form, their beginnings and mutations.
#[test]
fn nothing_breaks_orders_and_alarms() {
    let alarm = packet(
        7,
        0,
        "0001120411040500",
        "ff090020 940106002720397540 01 120a1602000000af0000fefe ff0400100001 ff040008ff00",
    );
    let query = packet(
        7,
        0,
        "000112081284138a00000000",
        "ff090012 0001ff09000c 0a000002000000af0001fefe",
    );
    let acknowledge = packet(7, 1, "0001120411440b00", "ff09000c090112081900000000afff01");
    let (order, grant, push) = (hex(ORDERED[0]), hex(ORDERED[1]), hex(CHANGED));
    batter(
        &S7comm,
        Carrier::Tcp,
        (40_000, 102),
        &[
            &order,
            &grant,
            &acknowledge,
            &push,
            &acknowledge,
            &alarm,
            &acknowledge,
            &query,
        ],
    );
}

#[test]
fn acknowledgments_and_locks_name_their_events() {
    let driver = exchanged(&[
        packet(7, 1, "0001120411440b00", "ff09000c090112081900000000afff01"),
        packet(7, 1, "0001120812840b0100000000", "ff090003 0901ff"),
        packet(7, 2, "0001120411440700", "ff09000c000112081500000000afff01"),
        packet(7, 2, "000112081284070100000000", "ff0900030001ff"),
        packet(7, 3, "0001120411440800", "ff0900020000"),
        packet(7, 3, "000112081284080100000000", "ff0900020000"),
    ]);
    assert_eq!(
        driver.out.operations,
        [
            "acknowledge alarm: alarm/3 by low, alarm 175..=175, ok",
            "lock alarms: suppress/4 by low, alarm 175..=175, ok",
            "unlock alarms: alarm/3 by low, ok",
        ]
    );
    assert!(
        driver.out.messages[0]
            .contains("{event:175,acknowledged_going:255,acknowledged_coming:1,values:[]}")
    );
}
