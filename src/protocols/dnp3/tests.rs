//! DNP3 on octets of real captures and on frames made after the standard.
//!
//! The captured ones are from zeek (dnp3_read, BSD), suricata-verify (dnp3-select-operate,
//! dnp3-file-del, MIT) and the ITI security tools (auth_control_challenge_response, CC-BY-4.0).

mod operations;
mod pairing;
mod properties;
mod values;

use super::Dnp3;
use super::link;
use crate::facts::Side::{self, High, Low};
use crate::protocols::testing::{Driver, hex};
use crate::protocols::{Carrier, Opening, Probe, Protocol, Step};

/// Control octets of unconfirmed user data from a master and from an outstation.
pub(super) const MASTER: u8 = 0xc4;
pub(super) const OUTSTATION: u8 = 0x44;

/// Reads of classes 1, 2, 3 and 0, from master 3 to outstation 2.
pub(super) const READ: &str = "056414c4020003004503c7c8013c02063c03063c04063c010642ac";

/// Its answer: binary inputs, binary outputs, analog inputs.
pub(super) const READ_ANSWER: &str = "05647444030002006854f4c88100000102000008810181010101d374
    0101010a02000006000000000000011e6ca40100000e01ef030000010300000001ed2178030000012bd1ffff01ed
    03000001e62e41c9000001170d0200000000000001b50c02c650000000000000018a0d0200000000000006930000
    00000000000000000000000000ffff";

/// A frame with its CRCs around user data.
pub(super) fn frame(control: u8, destination: u16, source: u16, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(data.len() + 5).unwrap();
    let mut frame = vec![0x05, 0x64, length, control];
    frame.extend(destination.to_le_bytes());
    frame.extend(source.to_le_bytes());
    frame.extend(link::crc(&frame).to_le_bytes());
    for block in data.chunks(16) {
        frame.extend(block);
        frame.extend(link::crc(block).to_le_bytes());
    }
    frame
}

/// A fragment in one frame from master 1 to outstation 10.
pub(super) fn request(fragment: &str) -> Vec<u8> {
    let mut data = vec![0xc0];
    data.extend(hex(fragment));
    frame(MASTER, 10, 1, &data)
}

/// A fragment in one frame from outstation 10 to master 1.
pub(super) fn answer(fragment: &str) -> Vec<u8> {
    let mut data = vec![0xc0];
    data.extend(hex(fragment));
    frame(OUTSTATION, 1, 10, &data)
}

/// A fragment cut into segments of `size` octets.
fn segments(control: u8, destination: u16, source: u16, fragment: &[u8], size: usize) -> Vec<u8> {
    let count = fragment.chunks(size).count();
    let mut octets = Vec::new();
    for (at, part) in fragment.chunks(size).enumerate() {
        let fir = if at == 0 { 0x40 } else { 0 };
        let fin = if at + 1 == count { 0x80 } else { 0 };
        let mut data = vec![fir | fin | u8::try_from(at % 64).unwrap()];
        data.extend(part);
        octets.extend(frame(control, destination, source, &data));
    }
    octets
}

/// A session over TCP whose first octets are a link status request; the high side is the
/// master.
pub(super) fn session() -> Driver {
    Driver::open(
        &Dnp3,
        Carrier::Tcp,
        (20_000, 49_152),
        High,
        &frame(0xc9, 10, 1, &[]),
        false,
    )
}

fn opening(octets: &[u8], ports: (u16, u16), midstream: bool) -> Opening<'_> {
    Opening {
        carrier: Carrier::Tcp,
        ports,
        side: Low,
        octets,
        midstream,
    }
}

fn message(side: Side, octets: &[u8]) -> String {
    let mut driver = session();
    driver.packet(side, octets);
    assert_eq!(driver.out.faults, Vec::<String>::new());
    driver.out.messages.pop().unwrap()
}

#[test]
fn a_captured_read_has_its_fields() {
    assert_eq!(
        message(High, &hex(READ)),
        "high dnp3 source=3 destination=2 length=20 link_control=196 from_master=true \
         primary=true fcb=false fcv=false link_function=4 \
         link_function_name=\"unconfirmed user data\" segment_sequence=7 segments=1 fir=true \
         fin=true con=false uns=false sequence=8 function=1 function_name=\"READ\" \
         unsolicited=false objects=[{group:60,variation:2,qualifier:6,count:0},\
         {group:60,variation:3,qualifier:6,count:0},{group:60,variation:4,qualifier:6,count:0},\
         {group:60,variation:1,qualifier:6,count:0}] data=c8013c02063c03063c04063c0106"
    );
}

#[test]
fn a_captured_answer_has_its_objects() {
    let line = message(Low, &hex(READ_ANSWER));
    assert!(line.contains(
        "function=129 function_name=\"RESPONSE\" unsolicited=false iin=0 indications=[] \
         objects=[{group:1,variation:2,qualifier:0,count:9},\
         {group:10,variation:2,qualifier:0,count:7},\
         {group:30,variation:1,qualifier:0,count:15}]"
    ));
    assert!(
        line.contains("{group:30,variation:1,index:3,value:-11989,flags:1}"),
        "{line}"
    );
}

#[test]
fn a_captured_poll_is_one_operation() {
    let mut driver = session();
    driver.packet(High, &hex(READ));
    driver.packet(Low, &hex(READ_ANSWER));
    assert_eq!(
        driver.out.operations,
        [
            "read: read/0 unit 2 by high, class 60 1..=1, class 60 2..=2, class 60 3..=3, \
             class 60 0..=0, binary-input 1 0..=8 = [1, 0, 1, 0, 0, 0, 0, 0, 0], \
             binary-output 10 0..=6 = [0, 0, 0, 0, 0, 0, 0], analog-input 30 0..=14 = \
             [1007, 3, 1005, -11989, 1005, 12006, 134423, 0, 134325, 0, 134538, 0, 0, 0, 0], ok"
        ]
    );
    assert_eq!(driver.out.server, Some(Low));
}

#[test]
fn roles_come_from_function_codes_and_else_from_the_direction_bit() {
    let mut driver = session();
    driver.packet(High, &frame(0xc9, 10, 1, &[]));
    assert_eq!(driver.out.server, Some(Low));
    driver.packet(High, &answer("c1810000"));
    assert_eq!(driver.out.server, Some(High));
    driver.packet(Low, &frame(0x0b, 1, 10, &[]));
    assert_eq!(driver.out.server, Some(High));
    driver.packet(High, &request("c1013c0106"));
    assert_eq!(driver.out.server, Some(Low));
}

#[test]
fn link_frames_without_data_are_messages() {
    let line = message(Low, &frame(0x0b, 1, 10, &[]));
    assert_eq!(
        line,
        "low dnp3 source=10 destination=1 length=5 link_control=11 from_master=false \
         primary=false dfc=false link_function=11 link_function_name=\"link status\""
    );
}

#[test]
fn a_frame_of_a_reserved_link_function_carries_no_fragment() {
    let line = message(High, &frame(0xc5, 10, 1, &hex("c0c0013c0106")));
    assert!(line.ends_with("link_function=5"), "{line}");
}

#[test]
fn a_fragment_of_many_segments_is_one_message() {
    let fragment = [&hex("c1810000 0101010000ff07")[..], &[0x55; 256]].concat();
    let octets = segments(OUTSTATION, 1, 10, &fragment, 50);
    let mut driver = session();
    driver.packet(Low, &octets);
    assert_eq!(driver.out.faults, Vec::<String>::new());
    let line = driver.out.messages.pop().unwrap();
    assert_eq!(driver.out.messages.len(), 0);
    assert!(line.contains(" segments=6 "), "{line}");
    assert!(
        line.contains("{group:1,variation:1,qualifier:1,count:2048}"),
        "{line}"
    );
}

#[test]
fn outstations_behind_one_connection_do_not_mix() {
    let first = segments(OUTSTATION, 1, 10, &hex("c1810000 6e04 1701 07 41424344"), 9);
    let second = segments(OUTSTATION, 1, 11, &hex("c1810000 6e04 1701 07 45464748"), 9);
    let cut = frame(OUTSTATION, 1, 10, &[0; 10]).len();
    let mut driver = session();
    driver.packet(Low, &first[..cut]);
    driver.packet(Low, &second[..cut]);
    driver.packet(Low, &first[cut..]);
    driver.packet(Low, &second[cut..]);
    assert_eq!(driver.out.faults, Vec::<String>::new());
    assert_eq!(driver.out.messages.len(), 2);
    assert!(
        driver.out.messages[0].contains("value:41424344"),
        "{:?}",
        driver.out.messages
    );
    assert!(
        driver.out.messages[1].contains("value:45464748"),
        "{:?}",
        driver.out.messages
    );
}

#[test]
fn a_fragment_that_grows_too_long_is_dropped_once() {
    let octets = segments(MASTER, 10, 1, &[0; 16_185], 249);
    let mut driver = session();
    driver.packet(High, &octets);
    assert_eq!(driver.out.faults, ["high dnp3.too_long_reassembly at 10"]);
    assert_eq!(driver.out.messages.len(), 0);
}

#[test]
fn a_segment_out_of_sequence_drops_its_fragment() {
    let mut driver = session();
    driver.packet(High, &frame(MASTER, 10, 1, &hex("40 c001")));
    driver.packet(High, &frame(MASTER, 10, 1, &hex("82 3c0106")));
    driver.packet(High, &frame(MASTER, 10, 1, &hex("83 3c0106")));
    assert_eq!(driver.out.faults, ["high dnp3.bad_segment_sequence at 10"]);
    assert_eq!(driver.out.messages.len(), 0);
    assert_eq!(driver.steps.last(), Some(&Step::Skip(16)));
}

#[test]
fn damage_costs_the_damaged_frame_only() {
    let good = request("c1013c0106");
    for (at, fault) in [
        (0, "high dnp3.lost_sync at 0"),
        (2, "high dnp3.bad_link_crc at 8"),
        (9, "high dnp3.bad_link_crc at 8"),
        (12, "high dnp3.bad_transport_crc at 10"),
    ] {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        let mut driver = session();
        driver.packet(High, &[&bad[..], &good].concat());
        assert_eq!(driver.out.faults, [fault]);
        assert_eq!(driver.out.messages.len(), 1, "octet {at}");
    }
}

#[test]
fn a_length_below_five_is_a_fault() {
    let mut short = vec![0x05, 0x64, 4, 0xc4, 10, 0, 1, 0];
    short.extend(link::crc(&short).to_le_bytes());
    let mut driver = session();
    driver.packet(High, &[&short[..], &request("c1013c0106")].concat());
    assert_eq!(driver.out.faults, ["high dnp3.len_too_small at 2"]);
    assert_eq!(driver.out.messages.len(), 1);
}

#[test]
fn faults_of_fragments_are_told() {
    for (octets, fault) in [
        (request("c1"), "high dnp3.short_fragment at 1"),
        (answer("c18100"), "low dnp3.short_fragment at 3"),
        (request("c1223c0106"), "high dnp3.unknown_function at 1"),
        (request("c1810000"), "high dnp3.bad_direction at 3"),
        (answer("c101"), "low dnp3.bad_direction at 3"),
        (
            answer("c1810000 fe010001 05"),
            "low dnp3.unknown_object at 4",
        ),
        (
            answer("c1810000 0102000001 8181 1e01000001 00"),
            "low dnp3.truncated_object at 11",
        ),
        (answer("c1810000 0102000100 81"), "low dnp3.bad_range at 4"),
        (
            answer("c1810000 0102000000 81 1e09000000 00"),
            "low dnp3.unknown_object at 10",
        ),
        (answer("c1810000 01020a0000"), "low dnp3.bad_qualifier at 4"),
        (
            answer("c1810000 0101170100ff"),
            "low dnp3.bad_qualifier at 4",
        ),
        (answer("c1810000 0102"), "low dnp3.truncated_object at 4"),
        (
            answer("c1810000 0101 02 00000000 00400000"),
            "low dnp3.too_many_points at 4",
        ),
    ] {
        let mut driver = session();
        let side = if fault.starts_with("high") { High } else { Low };
        driver.packet(side, &octets);
        assert_eq!(driver.out.faults, [fault]);
        assert_eq!(driver.steps, [Step::Malformed(octets.len())], "{fault}");
        assert_eq!(
            driver.out.messages.len(),
            1,
            "the fragment counts all the same"
        );
    }
}

#[test]
fn more_headers_than_allowed_are_a_fault() {
    let fragment = [&hex("c101")[..], &hex("3c0106").repeat(2_049)].concat();
    let mut driver = session();
    driver.packet(High, &segments(MASTER, 10, 1, &fragment, 249));
    assert_eq!(driver.out.faults, ["high dnp3.too_many_objects at 6146"]);
}

#[test]
fn a_datagram_may_hold_several_frames_and_may_end_too_soon() {
    let poll = [hex(READ), hex(READ)].concat();
    let mut driver = Driver::open(&Dnp3, Carrier::Udp, (20_000, 49_152), High, &poll, false);
    driver.packet(High, &poll);
    assert_eq!(driver.out.messages.len(), 2);
    assert_eq!(driver.out.faults, Vec::<String>::new());
    for end in 1..hex(READ).len() {
        driver.packet(High, &hex(READ)[..end]);
        assert_eq!(driver.out.faults.len(), end);
    }
    assert_eq!(driver.out.messages.len(), 2);
}

#[test]
fn probes_ask_for_proof() {
    let good = hex(READ);
    let mut bad = good.clone();
    bad[8] ^= 1;
    let tail = [&good[12..], &good].concat();
    let probe = |octets: &[u8], port, midstream| Dnp3.probe(&opening(octets, (port, 9), midstream));
    assert_eq!(probe(&good, 7, false), Probe::Certain);
    assert_eq!(probe(&good[..1], 7, false), Probe::More);
    assert_eq!(probe(&good[..9], 7, false), Probe::More);
    assert_eq!(probe(&bad, 7, false), Probe::NotMine);
    assert_eq!(probe(&bad, 20_000, false), Probe::More);
    assert_eq!(
        probe(&[&bad[..], &good].concat(), 20_000, false),
        Probe::found(bad.len(), true)
    );
    let rest = good.len() - 12;
    assert_eq!(probe(&tail, 7, true), Probe::found(rest, true));
    assert_eq!(probe(&tail, 7, false), Probe::NotMine);
    assert_eq!(probe(&good[12..], 7, true), Probe::NotMine);
    assert_eq!(probe(&[0x05; 400], 20_000, true), Probe::NotMine);
    assert_eq!(probe(b"GET / HTTP/1.1\r\n", 20_000, false), Probe::More);
    assert_eq!(probe(b"GET / HTTP/1.1\r\n", 80, false), Probe::NotMine);
}

#[test]
fn the_tables_are_sound() {
    let mut index = 0;
    while let Some(field) = Dnp3.field(index) {
        assert!(
            field.name.starts_with("dnp3.") && !field.doc.is_empty(),
            "{}",
            field.name
        );
        index += 1;
    }
    assert!(index > 25);
    for meaning in Dnp3.meanings() {
        assert!(meaning.criticality <= 5, "{}", meaning.name);
    }
    for fault in Dnp3.faults() {
        assert!(fault.name.starts_with("dnp3.") && !fault.doc.is_empty());
    }
}
