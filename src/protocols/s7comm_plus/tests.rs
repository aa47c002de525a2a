//! Tests of S7comm-plus on octets from captures.

use super::S7commPlus;
use crate::facts::Side::{High, Low};
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// From ITI's `s7-1200-hmi.pcap` (CC-BY-4.0), frames 6, 8, 9, 12 and 15: a panel connects to
/// an S7-1200 and opens a session.
const SET_UP: [&str; 5] = [
    "030000241fe00000011200c1020620c21053494d415449432d524f4f542d484d49c0010a",
    "030000241fd00112000900c0010ac1020620c21053494d415449432d524f4f542d484d49",
    "030000d902f080720100ca31000004ca0000000100000120360000011d00040000000000a1000000d3821f00
     00a3816900151653657276657253657373696f6e5f3130303030303030a3822100150a313a3a3a362e33323a
     3aa38228001508484d492055534552a38229001505534d405254a3822a001508484d4920484f5354a3822b00
     0402a3822c001210000000a3822d0015164f4d532b20666f7220534d4152542052756e74696d65a1000000d3
     817f0000a38169001515537562736372697074696f6e436f6e7461696e6572a2a20000000072010000",
    "0300008902f0807201007a32000004ca00000001361102873e8723a100000120821f0000a38169001500a382
     3200170000013a823b00048200823c00048140823d00048480c040823e00048480c040823f00151b313b3645
     5337203231312d31424533312d30584230203b56332e308240001505323b32383882410003000300a2000000
     0072010000",
    "0300007a02f0807202006b310000054200000002000003be34000003be010182320100170000013a823b0004
     8200823c00048140823d00048480c040823e00048480c040823f0015008240001505323b3238388241000300
     030000000004e88969001200000000896a001300896b000400000000000072020000",
];

/// From icsnpp-s7comm `s7comm_plus.pcap` (BSD-3-Clause), frames 2, 7, 30 and 31: a running
/// session of version 3 with digests.
const NOTIFICATION: &str = "0300007102f080720300622008c83ace381dfdbc42201789dec03b099172858efb6f3e
    f2e5e8ecb8bd2546653370000e51040000000000c98ec148019200000005000e41aa70aa9200000019000e417e538e
    920000001a000e41467956920000001b000e4193eb85000000000072030000";
const RENEWAL: &str = "0300006802f0807203005920e969a95a852ab0e288480ccecb618e48779f4b68a1ce9a9c42cd
    6aa53680068331000004f20000831a70000e4d7470000e5101881d000700ce000004e88969001200000000896a0013
    00896b000400000084eb270000000072030000";
const GET: &str = "0300007902f0807203006a20eeed63815b2cdcb7e899d568a24eb02b45ed2246a88700849f03a87
    2687a7c09310000054c0000831d70000e4d3400000000030e008780809c4d018e32008149028839000081490288390
    1000004e88969001200000000896a001300896b00040000819a730000000072030000";
const GOT: &str =
    "0300005202f08072030043203dcac8ee113108f0defe64eff4faf6106fe1fa3d75064cde9b8314d9f
    1e276a3320000054c0000831d3400010004010200088372030008be04000083a1100000000072030000";

/// A frame of version 2 without its trailer, then one with it.
fn parts(body: &str) -> [Vec<u8>; 2] {
    let body = hex(body);
    let frame = |octets: &[u8], trailer: &[u8]| {
        let held = u16::try_from(octets.len()).unwrap().to_be_bytes();
        let plus = [&[0x72, 2], &held[..], octets, trailer].concat();
        let length = u16::try_from(plus.len() + 7).unwrap().to_be_bytes();
        [&[3, 0], &length[..], &[2, 0xf0, 0x80], &plus].concat()
    };
    let (front, back) = body.split_at(24);
    [frame(front, &[]), frame(back, &[0x72, 2, 0, 0])]
}

fn open(first: &str, midstream: bool) -> Driver {
    let ports = (40_000, 102);
    Driver::open(
        &S7commPlus,
        Carrier::Tcp,
        ports,
        Low,
        &hex(first),
        midstream,
    )
}

fn set_up() -> Driver {
    let mut driver = open(SET_UP[0], false);
    for (octets, side) in SET_UP.iter().zip([Low, High, Low, High, Low]) {
        driver.packet(side, &hex(octets));
    }
    driver
}

#[test]
fn a_session_tells_both_ends() {
    let mut driver = set_up();
    driver.close();
    assert_eq!(driver.out.server, Some(High));
    assert_eq!(
        driver.out.attributes,
        [
            "low Name = HMI HOST",
            "low Description = SM@RT",
            "high OrderNumber = 6ES7 211-1BE31-0XB0",
            "high Firmware = V3.0",
            "high Vendor = Siemens",
            "high Role = plc",
        ]
    );
    assert_eq!(
        driver.out.operations,
        [
            "open session: session/0 by low, object 285..=285, ok",
            "set up session: session/0 by low, object 958..=958, not-seen",
        ]
    );
    let [request, answer, _] = &driver.out.messages[..] else {
        panic!("{:?}", driver.out.messages);
    };
    assert!(
        request.starts_with(
            "low s7comm-plus version=1 opcode=49 opcode_name=\"request\" function=1226 \
             function_name=\"create object\" sequence=1 session=288 object=285 last=true \
             host=\"HMI HOST\" application=\"SM@RT\""
        ),
        "{request}"
    );
    assert!(
        answer.contains("controller=\"1;6ES7 211-1BE31-0XB0 ;V3.0\""),
        "{answer}"
    );
    assert!(driver.out.faults.is_empty());
}

#[test]
fn a_digest_hides_nothing_and_renewals_are_no_writes() {
    let mut driver = open(GET, true);
    for (side, octets) in [
        (High, NOTIFICATION),
        (Low, RENEWAL),
        (Low, GET),
        (High, GOT),
    ] {
        driver.packet(side, &hex(octets));
    }
    driver.close();
    assert_eq!(
        driver.out.operations,
        [
            "notification: read/0 by low, object 1879051857..=1879051857, unacknowledged",
            "get variables: read/0 by low, ok",
            "renew subscription: read/0 by low, object 1879051857..=1879051857, unacknowledged",
        ]
    );
    let got = &driver.out.messages[3];
    assert!(
        got.contains("version=3 opcode=50 opcode_name=\"response\" function=1356"),
        "{got}"
    );
    assert!(
        got.contains("sequence=33565 last=true digest=3dcac8ee113108f0"),
        "{got}"
    );
}

#[test]
fn later_parts_of_a_message_are_no_messages_of_their_own() {
    // The second part begins like a request, which it is not.
    let body = "310000054200000002000003be34000000000101820032013100000542000000020000000034";
    let [front, back] = parts(body);
    let mut driver = set_up();
    driver.packet(Low, &front);
    driver.packet(Low, &back);
    let told = &driver.out.messages[3..];
    assert!(
        told[0].contains("function=1346") && told[0].contains("last=false"),
        "{told:?}"
    );
    assert!(
        !told[1].contains("function") && told[1].contains("last=true"),
        "{told:?}"
    );
    // Lost front: the rest is shown as what it is, octets.
    let mut driver = set_up();
    driver.gap(Low, None);
    let body = "310000054200000002000003be34000000000101820032ffee00000542000000020000000034";
    driver.packet(Low, &parts(body)[1]);
    assert!(!driver.out.messages[3].contains("function"));
    assert!(driver.out.faults.is_empty());
}

#[test]
fn answers_with_an_error_are_refusals() {
    // From ITI's `S7-1511_db3_var1_HMI.pcap` (CC-BY-4.0): the lower 16 bits are -12.
    let mut driver = set_up();
    let answer = "0300001e02f0807202000f3200000542000000023481ffff740072020000";
    let length = format!("{:02x}", answer.len() / 2);
    driver.packet(High, &hex(&answer.replacen("1e", &length, 1)));
    assert_eq!(
        driver.out.operations.last().map(String::as_str),
        Some("set up session: session/0 by low, object 958..=958, refused 65524 error")
    );
}

#[test]
fn reading_ends_where_tls_begins() {
    let mut driver = set_up();
    driver.packet(Low, &hex("0300001002f080160301000401000000"));
    assert_eq!(driver.steps.last(), Some(&Step::Encrypted));
}

#[test]
fn probes() {
    let probe = |octets: &str, midstream| {
        S7commPlus.probe(&Opening {
            carrier: Carrier::Tcp,
            ports: (40_000, 102),
            side: Low,
            octets: &hex(octets),
            midstream,
        })
    };
    assert_eq!(probe(SET_UP[0], false), Probe::Certain);
    assert_eq!(probe(NOTIFICATION, false), Probe::Certain);
    assert_eq!(
        probe(&format!("ffee0300{NOTIFICATION}"), true),
        Probe::found(4, true)
    );
    // What follows may be S7comm yet.
    assert_eq!(probe("0300001902f080", true), Probe::More);
    let s7 = "0300001611e00000000c00c1020100c2020102c0010a";
    assert_eq!(probe(s7, false), Probe::NotMine);
    assert_eq!(
        probe("0300001902f08032010000000000080000f0000001000101e0", false),
        Probe::NotMine
    );
    assert_eq!(probe("0300000c02f0800d03000000", false), Probe::NotMine);
    assert_eq!(probe("160301", true), Probe::NotMine);
    assert_eq!(probe("0300", false), Probe::More);
}

#[test]
fn malformed_frames_are_told_and_end_nothing() {
    let mut driver = set_up();
    for (octets, fault) in [
        (
            "0300000f02f0807202000072020001",
            "low s7comm-plus.invalid_length at 7",
        ),
        (
            "0300000b02f08072090000",
            "low s7comm-plus.invalid_protocol_id at 7",
        ),
        ("0400000702f080", "low s7comm-plus.invalid_tpkt at 0"),
    ] {
        driver.out.faults.clear();
        driver.packet(Low, &hex(octets));
        assert_eq!(driver.out.faults, [fault]);
    }
    let told = driver.out.messages.len();
    driver.packet(Low, &hex(GET));
    assert_eq!(driver.out.messages.len(), told + 1);
}

#[test]
fn nothing_breaks_on_broken_octets() {
    let packets: Vec<Vec<u8>> = SET_UP
        .iter()
        .chain(&[NOTIFICATION, RENEWAL, GET, GOT])
        .map(|p| hex(p))
        .collect();
    let packets: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
    batter(&S7commPlus, Carrier::Tcp, (40_000, 102), &packets);
}
