//! Tests of S7comm on octets from captures and on hand-made ones: who is
//! who, what is S7comm at all, what ends unanswered. Jobs, userdata and broken streams have
//! their own files beside it.

mod functions;
mod jobs;
mod stream;

use super::S7comm;
use crate::facts::Side::{self, High, Low};
use crate::protocols::testing::{Driver, batter, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// From `quickdraw-snort/s7_test.pcap` (MIT), frames 24 to 35: a programming device connects
/// to slot 2 and asks for module and component identification.
const CONNECT: [&str; 4] = [
    "0300001611e00000000c00c1020100c2020102c0010a",
    "0300001611d0000c443100c0010ac1020100c2020102",
    "0300001902f08032010000000000080000f0000001000101e0",
    "0300001b02f080320300000000000800000000f0000001000100f0",
];
const IDENTIFY: [&str; 4] = [
    "0300002102f080320700000000000800080001120411440100ff09000400110001",
    "0300007d02f080320700000000000c0060000112081284010100000000ff09005c00110000001c0003
     000136455337203331322d35414330322d304142302000f600010001
     000636455337203331322d35414330322d304142302000f600010001
     0007202020202020202020202020202020202020202000f656010200",
    "0300002102f080320700000000000800080001120411440100ff090004001c0001",
    "0300002102f080320700000000000c000400011208128401010000d4010a000000",
];

/// Wraps S7comm octets in TPKT and a DT TPDU.
fn dt(s7: &[u8]) -> Vec<u8> {
    let length = u16::try_from(s7.len() + 7).unwrap().to_be_bytes();
    [&[3, 0], &length[..], &[2, 0xf0, 0x80], s7].concat()
}

/// A whole packet with one PDU: kind and, for acknowledgments, no error.
fn packet(rosctr: u8, reference: u16, parameter: &str, data: &str) -> Vec<u8> {
    let (parameter, data) = (hex(parameter), hex(data));
    let length = |octets: &[u8]| u16::try_from(octets.len()).unwrap().to_be_bytes();
    let error: &[u8] = if rosctr == 2 || rosctr == 3 {
        &[0, 0]
    } else {
        &[]
    };
    let head: &[u8] = &[0x32, rosctr, 0, 0];
    dt(&[
        head,
        &reference.to_be_bytes(),
        &length(&parameter),
        &length(&data),
        error,
        &parameter,
        &data,
    ]
    .concat())
}

/// A conversation whose client is the lower end, from its first packet on.
fn session(first: &[u8]) -> Driver {
    Driver::open(&S7comm, Carrier::Tcp, (40_000, 102), Low, first, false)
}

/// Feeds packets that go from low to high and back in turn.
fn exchange(packets: &[&str]) -> Driver {
    exchanged(&packets.iter().map(|p| hex(p)).collect::<Vec<_>>())
}

/// Feeds packets that go from low to high and back in turn.
fn exchanged(packets: &[Vec<u8>]) -> Driver {
    let mut driver = session(&packets[0]);
    let mut side = Low;
    for packet in packets {
        driver.packet(side, packet);
        side = side.other();
    }
    driver
}

fn probe(octets: &str, midstream: bool) -> Probe {
    S7comm.probe(&Opening {
        carrier: Carrier::Tcp,
        ports: (40_000, 102),
        side: Low,
        octets: &hex(octets),
        midstream,
    })
}

#[test]
fn identification_lists_tell_who_the_controller_is() {
    let driver = exchange(&[CONNECT, IDENTIFY].concat());
    assert_eq!(driver.out.server, Some(High));
    assert_eq!(
        driver.out.operations,
        [
            "connect: session/0 unit 2 by low, tsap \"\\x01\\x02\", ok",
            "setup communication: session/0 unit 2 by low, ok",
            &format!(
                "read module identification: identify/1 unit 2 by low, szl 17 1..=1 = 0x{}, ok",
                "00110000001c0003000136455337203331322d35414330322d304142302000f600010001\
                 000636455337203331322d35414330322d304142302000f600010001\
                 0007202020202020202020202020202020202020202000f656010200"
            ),
            "read component identification: identify/1 unit 2 by low, szl 28 1..=1, \
             refused 54273 information function unavailable",
        ]
    );
    assert_eq!(
        driver.out.attributes,
        [
            "high Role = plc",
            "high OrderNumber = 6ES7 312-5AC02-0AB0",
            "high Vendor = Siemens",
            "high Hardware = 1",
            "high Firmware = V1.2.0",
        ]
    );
    assert_eq!(
        driver.out.messages[2],
        "low s7comm rosctr=7 rosctr_name=\"userdata\" reference=0 \
         calling_tsap=0100 called_tsap=0102 connection_type=\"PG\" rack=0 slot=2 \
         type=4 type_name=\"request\" group=4 group_name=\"cpu functions\" subfunction=1 \
         subfunction_name=\"read szl\" sequence=0 return_code=255 szl_id=17 szl_index=1 \
         szl_name=\"module identification\" parameter=0001120411440100 data=ff09000400110001",
    );
    let answer = &driver.out.messages[3];
    assert!(
        answer.contains("{index:7,order_number:\"\",version:\"V1.2.0\"}]"),
        "{answer}"
    );
    assert!(driver.out.faults.is_empty());
}

#[test]
fn probes_tell_s7comm_from_what_shares_its_transport() {
    assert_eq!(probe(CONNECT[0], false), Probe::Unsure);
    assert_eq!(probe(CONNECT[2], false), Probe::Certain);
    assert_eq!(probe(&CONNECT.concat(), true), Probe::Certain);
    let setup = hex(CONNECT[2]);
    for end in 1..setup.len() {
        let digits: String = setup[..end].iter().map(|o| format!("{o:02x}")).collect();
        let probe = probe(&digits, false);
        assert!(
            matches!(probe, Probe::More | Probe::Certain),
            "{end}: {probe:?}"
        );
    }
    // A connection request of MMS may be anything; its session layer decides.
    let mms = "0300001611e00000000100c0010dc2020001c1020001";
    assert_eq!(probe(mms, false), Probe::More);
    assert_eq!(
        probe(&format!("{mms}0300000c02f0800d03000000"), false),
        Probe::NotMine
    );
    // RDP: a cookie, a negotiation request, and later MCS in DT TPDUs.
    assert_eq!(
        probe(
            "0300002622e00000000000436f6f6b69653a206d737473686173683d66726f0d0a0100080003000000",
            false
        ),
        Probe::NotMine
    );
    assert_eq!(probe("0300000c02f0807f65820194", false), Probe::NotMine);
    // S7comm-plus: by its selector, and by its protocol identifier.
    assert_eq!(
        probe(
            "030000231ee00000001100c1020600c20f53494d415449432d524f4f542d4553c0010a",
            false
        ),
        Probe::NotMine
    );
    assert_eq!(
        probe("0300000f02f0807201000072010000", false),
        Probe::NotMine
    );
    assert_eq!(probe("16030100", false), Probe::NotMine);
    assert_eq!(
        probe("16030100", true),
        Probe::More,
        "a running conversation on port 102"
    );
}

#[test]
fn a_connection_that_carries_something_else_is_given_back_untold() {
    for octets in [
        "0300000c02f0800d03000000",
        "0300000f02f0807201000072010000",
        "160301",
    ] {
        let mut driver = exchange(&[CONNECT[0], CONNECT[1]]);
        driver.packet(Low, &hex(octets));
        assert_eq!(driver.steps.last(), Some(&Step::NotMine));
        assert!(driver.out.operations.is_empty());
        assert!(driver.out.messages.is_empty());
        assert!(driver.out.faults.is_empty());
    }
}

#[test]
fn a_refused_connection_names_the_selector_that_was_tried() {
    let mut driver = exchange(&[CONNECT[0], "0300000b06800000004403"]);
    driver.close();
    assert_eq!(
        driver.out.operations,
        ["connect: session/0 unit 2 by low, tsap \"\\x01\\x02\", refused 3 address unknown"]
    );
}

/// From ITI's `wincc_s300_setup-alarm-read-write.pcapng` (CC-BY-4.0), frames 6 and 9: bits,
/// a real, a double word, a word, a timer and a counter.
const READ: [&str; 2] = [
    "0300007302f080320100000002006200000408120a10010001000184000010120a10080001000184000040
     120a10060001000184000020120a10040001000184000000120a10010001000083000008
     120a10010001000083000009120a101d000100001d000000120a101c000100001c000000",
    "0300004902f0803203000000020002003400000408ff0300010100ff070004aabbccddff040020feadbeef
     ff040010babeff0300010100ff0300010100ff0900022504ff0900020011",
];

/// From `dina/cotp/.../s7comm_downloading_block_db1.pcap` (BSD-3-Clause), frames 43 to 59
/// without two of the three parts, with the end that sends each.
const DOWNLOAD: [(Side, &str); 11] = [
    (
        Low,
        "0300003102f080320100000e00002000001a00010000000000095f30413030303031500d31303030353030303030343030",
    ),
    (High, "0300001402f080320300000e000001000000001a"),
    (Low, "0300000702f000"),
    (
        High,
        "0300002302f080320100000500001200001b00000000000000095f3041303030303150",
    ),
    (Low, "0300000702f000"),
    (
        Low,
        "0300005102f0803203000005000002003c00001b00003800fb0401100c010000c7000504010000010100000052545749000000000054657374484d490044415441444200000100c0df0000000000000000",
    ),
    (
        High,
        "0300002302f080320100000700001200001c00000000000000095f3041303030303150",
    ),
    (Low, "0300001402f0803203000007000001000000001c"),
    (
        Low,
        "0300002b02f080320100000f00001a000028000000000000fd000a01003041303030303150055f494e5345",
    ),
    (High, "0300001402f080320300000f0000010000000028"),
    (Low, "0300000702f000"),
];

#[test]
fn requests_without_an_answer_end_in_time() {
    // No answer although the controller is heard.
    let mut driver = exchange(&[READ[0], READ[1], CONNECT[2]]);
    assert!(driver.session.is_waiting());
    driver.tick(61);
    assert_eq!(
        driver.out.operations[1..],
        ["setup communication: session/0 by low, no-answer"]
    );
    assert!(!driver.session.is_waiting());
    // Octets of the controller were lost: the answer may have been among them.
    let mut driver = exchange(&[READ[0], READ[1], CONNECT[2]]);
    driver.gap(High, Some(40));
    driver.tick(61);
    assert_eq!(
        driver.out.operations[1..],
        ["setup communication: session/0 by low, not-seen"]
    );
    // Only the controller is visible.
    let mut driver = session(&hex(READ[1]));
    driver.packet(High, &hex(READ[1]));
    assert_eq!(driver.out.server, Some(High));
    assert_eq!(driver.out.operations.len(), 1);
    assert!(driver.out.operations[0].starts_with("read variables: read/0 by low,  = 0x01,"));
    // More requests than are kept: the oldest make room.
    let mut driver = session(&hex(CONNECT[2]));
    for reference in 0..40u16 {
        let [high, low] = reference.to_be_bytes();
        let mut setup = hex(CONNECT[2]);
        setup[11..13].copy_from_slice(&[high, low]);
        driver.packet(Low, &setup);
    }
    assert_eq!(driver.out.operations.len(), 8);
}

#[test]
fn malformed_pdus_are_told_and_end_nothing() {
    let mut driver = exchange(&[READ[0], READ[1]]);
    for (octets, fault) in [
        (
            "0300000d02f080330400000000",
            "low s7comm.invalid_protocol_id at 7",
        ),
        (
            "0300001102f08032090000000500000000",
            "low s7comm.invalid_rosctr at 7",
        ),
        (
            "0300001102f08032010000000500050000",
            "low s7comm.invalid_length at 7",
        ),
        (
            "0300001302f080320100000005000200000403",
            "low s7comm.invalid_items at 7",
        ),
        ("0300000702ff00ff", "low s7comm.invalid_tpkt at 0"),
    ] {
        driver.out.faults.clear();
        driver.packet(Low, &hex(octets));
        assert_eq!(driver.out.faults.first().map(String::as_str), Some(fault));
    }
    let told = driver.out.operations.len();
    driver.packet(Low, &hex(READ[0]));
    driver.packet(High, &hex(READ[1]));
    assert_eq!(driver.out.operations.len(), told + 1);
}

#[test]
fn nothing_breaks_on_broken_octets() {
    let mut packets: Vec<Vec<u8>> = Vec::new();
    for packet in CONNECT.iter().chain(&IDENTIFY).chain(&READ) {
        packets.push(hex(packet));
    }
    packets.extend(DOWNLOAD.iter().map(|(_, octets)| hex(octets)));
    let packets: Vec<&[u8]> = packets.iter().map(Vec::as_slice).collect();
    batter(&S7comm, Carrier::Tcp, (40_000, 102), &packets);
}

#[test]
fn the_tables_are_whole() {
    let mut names: Vec<&str> = (0..)
        .map_while(|i| S7comm.field(i))
        .map(|f| f.name)
        .collect();
    let count = names.len();
    assert!(names.iter().all(|name| name.starts_with("s7comm.")));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
    assert!(
        S7comm
            .faults()
            .iter()
            .all(|fault| fault.name.starts_with("s7comm."))
    );
    assert!(
        S7comm
            .meanings()
            .iter()
            .all(|meaning| meaning.criticality <= 5)
    );
}
