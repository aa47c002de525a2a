//! Tests of EtherNet/IP, CIP and PCCC on octets of captures and of the standard's own examples.
//!
//! Captures: `icsnpp-enip` (BSD-3-Clause), `suricata-verify` (MIT-style), `ipal_transcriber`
//! (MIT), `ICS-Security-Tools` (CC-BY-4.0, Information Trust Institute).

mod hostile;
mod operations;
mod probes;
mod properties;
mod reading;
mod tables;

use super::Enip;
use crate::facts::Side;
use crate::protocols::testing::{Driver, hex};
use crate::protocols::{Carrier, Protocol, Step};

const CLIENT: Side = Side::Low;
const DEVICE: Side = Side::High;
const PORTS: (u16, u16) = (50_000, 44_818);

/// `icsnpp-enip`, enip_cip_example.pcap, frames 2 and 4: what RSLogix asks all the time.
const POLL: &str = "7000ba0000010211000000000000000000000000000000000000000001000200a1000400010b7c00b100a60089070a02200224010b00180022002c0036004c005800640072007c008a0094000302200124010100050003022069240001000b0003022073240101000200030220ac240107000100020003000500070009000a000303206825002024010013000302207024010200120013000302208e240103000300080010000302206924000100090003022068240003000f0018001900030220772401010002000302208b240101000600";
const POLL_REPLY: &str = "70000d0100010211000000000000000000000000000000000000000000000200a10004002800fe80b100f90089078a0000000b001800240030003c0074007f009500ad00b900d500e1008300000001000500000060308300000001000b00000003008300000001000200000000008300000007000100000005000200000001000300000095291f04050000000000070000000200000009000000010001000a0000008422df488300000001001300000000830000000200120000000000000013000000000000008300000003000300000014000800000000001000000001008300000001000900000000008300000003000f0000000000180000000000000019000000000000008300000001000200000002018300000001000600000073b4ea05f4590400";

/// `ipal_transcriber`, cip.pcapng, frames 1 to 4: a session, then a tag read through slot 0.
const REGISTER: &str = "65000400000000000000000000000000000000000000000001000000";
const REGISTER_REPLY: &str = "65000400d00a91000000000000000000000000000000000001000000";
const TAG_READ: &str = "6f002c00d00a910000000000300000000000000000000000000000000800020000000000b2001c00520220062401059d0e004c0591084649543230313a32010001000100";
const TAG_READ_REPLY: &str = "6f001a00d00a910000000000300000000000000000000000000000000800020000000000b2000a00cc000000ca00cdcc1c40";

/// `ICS-Security-Tools`, EIP-RebootorRestart.pcap, frames 21 and 22: a connection to the
/// controller in slot 0, opened.
const OPEN: &str = "6f0040000001021100000000c69b02002008e10000000000000000002000020000000000b200300054022006240107f9140000801300fe8014004d00f32b95320000000000127a00f44300127a00f443a303010020022401";
const OPEN_REPLY: &str = "6f002e000001021100000000c69b02002008e10000000000000000002000020000000000b2001e00d4000000010379001300fe8014004d00f32b953200127a0000127a000000";
/// The same, frames 31 and 32: closed again.
const CLOSE: &str = "6f0028000001021100000000da9b02002008e10000000000000000002000020000000000b20018004e022006240107f914004d00f32b95320300010020022401";
const CLOSE_REPLY: &str = "6f001e000001021100000000da9b02002008e10000000000000000002000020000000000b2000e00ce00000014004d00f32b95320000";

/// `ICS-Security-Tools`, EIP-RemoteModeChangeAttempt.pcap, frames 417 to 431: lock, stop, the
/// status asked twice, unlock.
const MODE_CHANGE: &[(Side, &str)] = &[
    (
        CLIENT,
        "7000210000010212000000000000000000000000000000000000000001000200a10004000139dd00b1000d00ae284b04208e24012074240100",
    ),
    (
        DEVICE,
        "70001a0000010212000000000000000000000000000000000000000000000200a10004001c00fe80b1000600ae28cb000000",
    ),
    (
        CLIENT,
        "70001c0000010212000000000000000000000000000000000000000001000200a10004000139dd00b1000800b0280702208e2401",
    ),
    (
        DEVICE,
        "70001a0000010212000000000000000000000000000000000000000000000200a10004001c00fe80b1000600b02887000000",
    ),
    (
        CLIENT,
        "7000200000010212000000000000000000000000000000000000000001000200a10004000139dd00b1000c00b12803022001240101000500",
    ),
    (
        DEVICE,
        "7000220000010212000000000000000000000000000000000000000000000200a10004001c00fe80b1000e00b128830000000100050000006030",
    ),
    (
        CLIENT,
        "7000200000010212000000000000000000000000000000000000000001000200a10004000139dd00b1000c00b22803022001240101000500",
    ),
    (
        DEVICE,
        "7000220000010212000000000000000000000000000000000000000000000200a10004001c00fe80b1000e00b228830000000100050000007030",
    ),
    (
        CLIENT,
        "7000200000010212000000000000000000000000000000000000000001000200a10004000139dd00b1000c00b3284c04208e240120742401",
    ),
    (
        DEVICE,
        "70001a0000010212000000000000000000000000000000000000000000000200a10004001c00fe80b1000600b328cc000000",
    ),
];

/// A whole conversation out of the pieces above, in order.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let mut packets: Vec<(Side, Vec<u8>)> = [
        (CLIENT, REGISTER),
        (DEVICE, REGISTER_REPLY),
        (CLIENT, TAG_READ),
        (DEVICE, TAG_READ_REPLY),
        (CLIENT, OPEN),
        (DEVICE, OPEN_REPLY),
        (CLIENT, POLL),
        (DEVICE, POLL_REPLY),
        (CLIENT, CLOSE),
        (DEVICE, CLOSE_REPLY),
    ]
    .into_iter()
    .map(|(side, digits)| (side, hex(digits)))
    .collect();
    packets.extend(
        MODE_CHANGE
            .iter()
            .map(|(side, digits)| (*side, hex(digits))),
    );
    packets
}

/// A session on TCP, opened by the first of these octets.
fn tcp(first: &[u8]) -> Driver {
    Driver::open(&Enip, Carrier::Tcp, PORTS, CLIENT, first, false)
}

/// Hands over packets and answers the driver.
fn run(packets: &[(Side, &str)]) -> Driver {
    let first = hex(packets[0].1);
    let mut driver = Driver::open(&Enip, Carrier::Tcp, PORTS, packets[0].0, &first, false);
    for (side, digits) in packets {
        driver.packet(*side, &hex(digits));
    }
    driver
}

/// An unconnected message in its encapsulation.
fn unconnected(context: u8, cip: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0xb2, 0];
    body.extend(u16::try_from(cip.len()).unwrap().to_le_bytes());
    body.extend(cip);
    packet(0x6f, 0x0102, context, &body)
}

/// A connected message in its encapsulation.
fn connected(connection: u32, count: u16, cip: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, 0, 0, 0, 0, 2, 0, 0xa1, 0, 4, 0];
    body.extend(connection.to_le_bytes());
    body.extend([0xb1, 0]);
    body.extend(u16::try_from(cip.len() + 2).unwrap().to_le_bytes());
    body.extend(count.to_le_bytes());
    body.extend(cip);
    packet(0x70, 0x0102, 0, &body)
}

fn packet(command: u16, session: u32, context: u8, body: &[u8]) -> Vec<u8> {
    let mut octets = command.to_le_bytes().to_vec();
    octets.extend(u16::try_from(body.len()).unwrap().to_le_bytes());
    octets.extend(session.to_le_bytes());
    octets.extend([0; 4]);
    octets.extend([context, 0, 0, 0, 0, 0, 0, 0]);
    octets.extend([0; 4]);
    octets.extend(body);
    octets
}

/// The operations of one unconnected request and its reply, both CIP in hexadecimal digits.
fn ask(request: &str, reply: &str) -> Vec<String> {
    let first = unconnected(1, &hex(request));
    let mut driver = tcp(&first);
    driver.packet(CLIENT, &first);
    driver.packet(DEVICE, &unconnected(1, &hex(reply)));
    assert_eq!(driver.out.faults, Vec::<String>::new());
    assert_eq!(driver.steps, [Step::Pdu(first.len()), driver.steps[1]]);
    driver.out.operations
}

fn probe(carrier: Carrier, ports: (u16, u16), midstream: bool, octets: &[u8]) -> super::Probe {
    Enip.probe(&crate::protocols::Opening {
        carrier,
        ports,
        side: CLIENT,
        octets,
        midstream,
    })
}
