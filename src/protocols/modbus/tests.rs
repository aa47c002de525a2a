//! The Modbus room against the standard's examples, real octets and nasty ones.

mod engineering;
mod examples;
mod framing;
mod nasty;
mod pairing;

use super::Modbus;
use crate::facts::Side;
use crate::protocols::testing::{Driver, hex};
use crate::protocols::{Carrier, Protocol};

/// The client of all these tests, on an ephemeral port.
const CLIENT: Side = Side::High;
/// The server.
const SERVER: Side = Side::Low;
/// Ports of (server, client).
const PORTS: (u16, u16) = (502, 50_000);

/// A Modbus/TCP ADU around a PDU given in hexadecimal digits.
fn adu(transaction: u16, unit: u8, pdu: &str) -> Vec<u8> {
    frame(transaction, unit, &hex(pdu))
}

fn frame(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    let mut octets = transaction.to_be_bytes().to_vec();
    octets.extend([0, 0]);
    octets.extend(length.to_be_bytes());
    octets.push(unit);
    octets.extend(pdu);
    octets
}

/// A conversation over TCP seen from its start, which the first octets of the client open.
fn open(first: &[u8]) -> Driver {
    Driver::open(&Modbus, Carrier::Tcp, PORTS, CLIENT, first, false)
}

/// Request and response, opened and fed.
fn ask(request: &str, response: &str) -> Driver {
    let request = adu(1, 17, request);
    let mut driver = open(&request);
    driver.packet(CLIENT, &request);
    driver.packet(SERVER, &adu(1, 17, response));
    driver
}

/// The one operation of a pair, and that nothing was wrong with it.
fn operation(request: &str, response: &str) -> String {
    let mut driver = ask(request, response);
    driver.close();
    assert_eq!(driver.out.faults, [""; 0], "{request} {response}");
    assert_eq!(driver.out.server, Some(SERVER));
    assert_eq!(
        driver.out.operations.len(),
        1,
        "{:?}",
        driver.out.operations
    );
    driver.out.operations.remove(0)
}

/// Names of all fields.
fn field_names() -> Vec<&'static str> {
    (0..)
        .map_while(|index| Modbus.field(index))
        .map(|field| field.name)
        .collect()
}
