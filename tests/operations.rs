//! What the desk is told of operations: packets in, operations, cycles and the summary out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod support;

use jaga::desk::Desk;
use jaga::desk::report::Picture;
use jaga::facts::Scalar;
use jaga::sensor::{Event, OperationRecord, OwnedValues};
use serde_json::Value;
use support::{Connection, Frame, Host, events, replay};

/// A Modbus/TCP ADU of unit 1 unless the PDU is given another.
fn modbus(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    [
        &transaction.to_be_bytes()[..],
        &[0, 0],
        &length.to_be_bytes(),
        &[unit],
        pdu,
    ]
    .concat()
}

/// A Modbus client that asks and a server that answers.
struct Modbus {
    connection: Connection,
    transaction: u16,
}

impl Modbus {
    fn new() -> Self {
        Self {
            connection: Connection::new(Host::new(5, 40_000), Host::new(9, 502)),
            transaction: 0,
        }
    }

    fn ask(&mut self, unit: u8, pdu: &[u8]) {
        self.transaction = self.transaction.wrapping_add(1);
        self.connection.client(&modbus(self.transaction, unit, pdu));
    }

    fn exchange(&mut self, unit: u8, request: &[u8], answer: &[u8]) {
        self.ask(unit, request);
        self.connection
            .server(&modbus(self.transaction, unit, answer));
    }

    /// Reads one register or bit.
    fn read(&mut self, unit: u8, function: u8, address: u16) {
        let [high, low] = address.to_be_bytes();
        let value: &[u8] = match function {
            3 | 4 => &[2, 0, 0],
            _ => &[1, 0],
        };
        let answer = [&[function], value].concat();
        self.exchange(unit, &[function, high, low, 0, 1], &answer);
    }

    /// Writes one register or coil.
    fn write(&mut self, function: u8, address: u16, value: u16) {
        let [a, b] = address.to_be_bytes();
        let [c, d] = value.to_be_bytes();
        let pdu = [function, a, b, c, d];
        self.exchange(1, &pdu, &pdu);
    }
}

fn operations(frames: &[Frame]) -> Vec<OperationRecord> {
    let (events, _) = events(frames);
    let operations = events.into_iter().filter_map(|event| match event {
        Event::Operation(operation) => Some(*operation),
        _ => None,
    });
    operations.collect()
}

fn summary(frames: &[Frame]) -> Value {
    let mut desk = Desk {
        picture: Picture::with_conversations(),
        ..Desk::default()
    };
    let outcome = {
        let desk = &mut desk;
        replay(frames, None, &mut |event| {
            desk.picture.take(&event);
            desk.inventory.take(&event);
        })
    };
    let assets = desk.inventory.finish();
    let mut json = Vec::new();
    let summary = desk.picture.finish(&assets, &outcome);
    summary.write_json(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn a_thousand_kinds_of_reads_hide_no_command() {
    let mut modbus = Modbus::new();
    for address in 0..600 {
        modbus.read(1, 3, address);
    }
    for unit in 0..=255 {
        modbus.read(unit, 1, 0);
        modbus.read(unit, 2, 0);
    }
    for coil in 0..20 {
        modbus.write(5, 100 + coil, 0xff00);
    }
    modbus.exchange(1, &[8, 0, 1, 0, 0], &[8, 0, 1, 0, 0]);
    modbus.ask(1, &[8, 0, 4, 0, 0]);
    let frames = modbus.connection.frames;

    let told = operations(&frames);
    let told = |code: u32| told.iter().filter(|record| record.code == code).count();
    assert_eq!(told(5), 20);
    assert_eq!((told(8 | 1 << 8), told(8 | 4 << 8)), (1, 1));

    let summary = summary(&frames);
    assert_eq!(summary["operations_apart"], 0);
    let count = |name: &str| {
        let acts = summary["operations"].as_array().unwrap().iter();
        let named = acts.filter(|act| act["operation"] == name);
        named.map(|act| act["count"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(count("write single coil"), 20);
    assert_eq!(count("restart communications"), 1);
    assert_eq!(count("force listen only mode"), 1);
    let headline = summary["headline"].as_str().unwrap();
    assert!(!headline.contains("nobody"), "{headline}");
}

#[test]
fn a_request_that_a_device_is_still_at_work_on_is_not_refused() {
    let mut modbus = Modbus::new();
    modbus.exchange(1, &[6, 0, 1, 0, 7], &[0x86, 5]);
    modbus.exchange(1, &[6, 0, 1, 0, 8], &[0x86, 7]);
    let outcomes: Vec<_> = operations(&modbus.connection.frames)
        .iter()
        .map(|record| record.outcome.name())
        .collect();
    assert_eq!(outcomes, ["accepted", "refused"]);
}

/// An S7comm PDU in its COTP and TPKT.
fn s7(pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 7).unwrap();
    [&[3, 0], &length.to_be_bytes()[..], &[2, 0xf0, 0x80], pdu].concat()
}

/// A job that writes one octet of an area, and the answer that it was done.
fn write_octet(connection: &mut Connection, reference: u8, area: u8, value: u8) {
    let job = [
        &[0x32, 1, 0, 0, 0, reference, 0, 14, 0, 5, 5, 1][..],
        &[0x12, 10, 0x10, 2, 0, 1, 0, 0, area, 0, 0, 0],
        &[0, 4, 0, 8, value],
    ];
    connection.client(&s7(&job.concat()));
    let answer = [0x32, 3, 0, 0, 0, reference, 0, 2, 0, 1, 0, 0, 5, 1, 0xff];
    connection.server(&s7(&answer));
}

#[test]
fn a_write_to_a_marker_hides_no_write_to_an_output() {
    let (marker, output) = (0x83, 0x82);
    let mut connection = Connection::new(Host::new(5, 40_001), Host::new(9, 102));
    let cotp = |kind: u8, to: u8| {
        let parameters = [0, 0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10];
        [&[3, 0, 0, 22, 17, kind, 0, to, 0, 1][..], &parameters].concat()
    };
    connection.client(&cotp(0xe0, 0));
    connection.server(&cotp(0xd0, 1));
    write_octet(&mut connection, 1, marker, 1);
    for reference in 2..5 {
        write_octet(&mut connection, reference, output, 1);
    }
    write_octet(&mut connection, 5, output, 0);

    let told = operations(&connection.frames);
    let told: Vec<_> = told
        .iter()
        .filter(|record| record.meaning.criticality >= 3)
        .flat_map(|record| &record.items)
        .map(|item| (item.space, item.values.clone()))
        .collect();
    let octet = |value| OwnedValues::Scalars(vec![Scalar::Unsigned(value)]);
    assert_eq!(
        told,
        [
            ("merker", octet(1)),
            ("output", octet(1)),
            ("output", octet(0))
        ]
    );
}
