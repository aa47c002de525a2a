//! What the fuzz targets share: a driver that feeds arbitrary octets to a protocol's session as
//! the sensor does, and holds the session to its contract.

use jaga::facts::{Attribute, Fault, Message, Operation, Side, Stamp, Time, Visitor};
use jaga::protocols::{Carrier, Input, Opening, PROTOCOLS, Probe, Protocol, Sink, Step};

/// Runs one protocol over `data`. The first octet picks the carrier, whether the conversation
/// was running already, and the ports; what follows is cut into packets by a length and a side
/// before each.
pub fn session(name: &str, data: &[u8]) {
    let protocol = PROTOCOLS.iter().find(|p| p.name() == name).expect("a protocol of this name");
    let [control, data @ ..] = data else { return };
    let carriers = protocol.carriers();
    let Some(carrier) = carriers.get(usize::from(control >> 4) % carriers.len().max(1)) else {
        return;
    };
    let port = protocol.ports().first().copied().unwrap_or(0);
    let opening = Opening {
        carrier: *carrier,
        ports: if control & 2 == 0 { (port, 50_000) } else { (40_000, 50_000) },
        side: Side::High,
        octets: data,
        midstream: control & 1 != 0,
    };
    // A session must keep its contract whatever the probe says of these octets.
    if let Probe::Inside { at, .. } = protocol.probe(&opening) {
        assert!(at >= 1 && at < data.len(), "begins at {at} of {}", data.len());
    }
    drive(*protocol, &opening, data);
}

fn drive(protocol: &dyn Protocol, opening: &Opening<'_>, mut data: &[u8]) {
    let mut session = protocol.open(opening);
    let mut sink = Reader { protocol };
    let mut held: (Vec<u8>, Vec<u8>) = Default::default();
    let mut frame = 0;
    let stream = opening.carrier == Carrier::Tcp;
    while let [control, length, rest @ ..] = data {
        let (packet, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        data = rest;
        frame += 1;
        let stamp = Stamp { time: Time::from_parts(frame, 0), frame };
        let side = if control & 1 == 0 { Side::Low } else { Side::High };
        match control >> 5 {
            7 => session.tick(stamp, &mut sink),
            6 => {
                side.of_mut(&mut held).clear();
                session.gap(side, (control & 2 == 0).then_some(u64::from(*length)), &mut sink);
            }
            _ => {
                let buffer = side.of_mut(&mut held);
                buffer.extend_from_slice(packet);
                while !buffer.is_empty() {
                    let cut = control & 4 != 0;
                    let input = Input { side, stamp, octets: buffer, cut };
                    let had = buffer.len();
                    match session.feed(&input, &mut sink) {
                        Step::Pdu(n) | Step::Malformed(n) | Step::Skip(n) => {
                            assert!(n >= 1 && n <= had, "ate {n} of {had}");
                            buffer.drain(..n);
                        }
                        Step::Need(n) => {
                            assert!(stream, "a datagram is all there is");
                            assert!(n > had, "needs {n} and has {had}");
                            break;
                        }
                        Step::Encrypted | Step::Opaque | Step::NotMine => return,
                    }
                }
                if !stream {
                    buffer.clear();
                }
            }
        }
    }
    let end = Stamp { time: Time::from_parts(frame + 1_000, 0), frame };
    session.tick(end, &mut sink);
    session.close(end, &mut sink);
}

/// Reads every field of every message, as rules and JSON would.
struct Reader<'a> {
    protocol: &'a dyn Protocol,
}

impl Sink for Reader<'_> {
    fn message(&mut self, _: Side, message: &dyn Message) {
        let mut index = 0;
        let mut depth = Depth::default();
        while self.protocol.field(index).is_some() {
            message.read(index, &mut depth);
            assert_eq!(depth.0, 0, "field {index} leaves a list or record open");
            index += 1;
        }
        message.read(index, &mut depth);
    }
    fn operation(&mut self, operation: &Operation<'_>) {
        assert!(operation.meaning.criticality <= 5);
        for item in operation.items {
            if let Some((first, last)) = item.target.range {
                assert!(first <= last, "range {first}..={last}");
            }
        }
    }
    fn attribute(&mut self, _: &Attribute<'_>) {}
    fn fault(&mut self, _: Side, _: &'static Fault, _: usize) {}
    fn server(&mut self, _: Side) {}
}

#[derive(Default)]
struct Depth(i32);

impl Visitor for Depth {
    fn unsigned(&mut self, _: u64) {}
    fn signed(&mut self, _: i64) {}
    fn float(&mut self, _: f64) {}
    fn boolean(&mut self, _: bool) {}
    fn text(&mut self, _: &[u8]) {}
    fn octets(&mut self, _: &[u8]) {}
    fn open_list(&mut self) {
        self.0 += 1;
    }
    fn close_list(&mut self) {
        self.0 -= 1;
    }
    fn open_record(&mut self) {
        self.0 += 1;
    }
    fn key(&mut self, _: &'static str) {}
    fn close_record(&mut self) {
        self.0 -= 1;
    }
}
