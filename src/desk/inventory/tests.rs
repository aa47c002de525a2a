//! Tests of the inventory on hand-made events: who is one device, and what it does.

mod export;
mod identity;
mod listed;
mod roles;

use super::{Asset, Assets, Inventory};
use crate::facts::{Class, Endpoint, Host, Mac, Meaning, Outcome, Property, Side, Stamp, Time};
use crate::flow::Tags;
use crate::protocols::Carrier;
use crate::sensor::{
    Cycle, EndRecord, Event, FlowEnd, FlowId, FlowRecord, Novelty, OperationRecord, Path,
    PropertyRecord, Spread,
};

/// A scene that events are put into, each in a packet of its own.
#[derive(Default)]
struct Scene {
    inventory: Inventory,
    frame: u64,
}

/// One end of a hand-made conversation.
#[derive(Clone, Copy)]
struct End {
    host: Host,
    port: u16,
    mac: Option<Mac>,
    hop_limit: u8,
    /// It sent packets.
    sends: bool,
}

/// A host that sends from this card with this hop limit.
fn end(host: &str, mac: u8, hop_limit: u8) -> End {
    End {
        host: Host::Ip(host.parse().unwrap()),
        port: 0,
        mac: Some(card(mac)),
        hop_limit,
        sends: true,
    }
}

/// A host that never sends.
fn silent(host: &str) -> End {
    End {
        sends: false,
        mac: None,
        ..end(host, 0, 0)
    }
}

impl End {
    fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    fn record(self, stamp: Stamp) -> EndRecord {
        let mut record = EndRecord::default();
        if self.sends {
            record.macs = self.mac.into_iter().collect();
            record.hop_limit = Some(self.hop_limit);
            record.seen = Some((stamp, stamp));
            record.ledger.packets = 10;
            record.ledger.content = 100;
        }
        record
    }
}

/// A card of a maker of computers (Dell).
fn card(last: u8) -> Mac {
    Mac([0x00, 0x14, 0x22, 0, 0, last])
}

impl Scene {
    fn stamp(&mut self) -> Stamp {
        self.frame += 1;
        Stamp {
            time: Time::from_parts(self.frame, 0),
            frame: self.frame,
        }
    }

    /// A conversation: `client` opened it to `server`.
    fn flow(&mut self, carrier: Carrier, protocol: Option<&'static str>, client: End, server: End) {
        let stamp = self.stamp();
        let point = |end: End| Endpoint {
            host: end.host,
            port: end.port,
        };
        let turned = point(client) > point(server);
        let ends = if turned {
            (server, client)
        } else {
            (client, server)
        };
        let opener = if turned { Side::High } else { Side::Low };
        let flags = |end: End| if end.sends { 0x12 } else { 0 };
        let tcp = carrier == Carrier::Tcp;
        self.inventory.take(&Event::Flow(Box::new(FlowRecord {
            id: FlowId(self.frame),
            low: point(ends.0),
            high: point(ends.1),
            carrier: Some(carrier),
            ip_protocol: 6,
            protocol,
            industrial: false,
            server: protocol.map(|_| opener.other()),
            initiator: tcp.then_some(opener),
            ends: (ends.0.record(stamp), ends.1.record(stamp)),
            seen: (stamp, stamp),
            flags: (flags(ends.0), flags(ends.1)),
            messages: 0,
            operations: 0,
            midstream: false,
            end: FlowEnd::Capture,
        })));
    }

    /// A TCP conversation over a port, its protocol recognised.
    fn tcp(&mut self, protocol: &'static str, client: End, server: End) {
        self.flow(Carrier::Tcp, Some(protocol), client, server);
    }

    /// Some packets from one host to another, of which nothing is known.
    fn packets(&mut self, from: End, to: End) {
        self.flow(Carrier::Udp, None, from.port(40_000), to.port(40_001));
    }

    /// An ARP packet: the card says that the address is its own.
    fn arp(&mut self, mac: Mac, address: &str) {
        let sender = End {
            host: Host::Mac(mac),
            mac: Some(mac),
            ..end("0.0.0.0", 0, 0)
        };
        let everybody = End {
            host: Host::Mac(Mac([0xff; 6])),
            sends: false,
            ..sender
        };
        self.flow(Carrier::Ether(0x0806), Some("arp"), sender, everybody);
        let host = Host::Ip(address.parse().unwrap());
        self.tell("arp", host, Property::Mac, &mac.0);
    }

    /// A packet tells a property.
    fn tell(&mut self, protocol: &'static str, host: Host, property: Property, value: &[u8]) {
        let stamp = self.stamp();
        self.inventory
            .take(&Event::Property(Box::new(PropertyRecord {
                stamp,
                protocol,
                host,
                mac: None,
                unit: None,
                property,
                value: value.to_vec(),
            })));
    }

    /// An operation that one host did to another so often, every so many seconds.
    fn act(&mut self, meaning: &'static Meaning, actor: End, device: End, count: u64, every: u64) {
        let stamp = self.stamp();
        let flow = FlowId(self.frame);
        self.inventory
            .take(&Event::Operation(Box::new(OperationRecord {
                flow,
                fold: 0,
                merged: false,
                nth: 1,
                path: Path {
                    carrier: Carrier::Tcp,
                    tags: Tags::NONE,
                },
                novelty: Novelty::First,
                protocol: "modbus",
                meaning,
                code: 3,
                actor: Endpoint {
                    host: actor.host,
                    port: 40_000,
                },
                device: Endpoint {
                    host: device.host,
                    port: 502,
                },
                unit: None,
                items: Vec::new(),
                outcome: Outcome::Done,
                requested: Some(stamp),
                answered: Some(stamp),
                stamp,
            })));
        let mut interval = Spread::default();
        (1..count).for_each(|_| interval.add(every * 1_000_000_000));
        self.inventory.take(&Event::Cycle(Box::new(Cycle {
            flow,
            fold: 0,
            merged: false,
            count,
            first: stamp,
            last: stamp,
            interval,
            response: Spread::default(),
            changes: 0,
            done: 0,
            refused: 0,
            unanswered: 0,
        })));
    }

    fn finish(&self) -> Assets {
        self.inventory.finish()
    }
}

/// The device that an address belongs to.
fn of<'a>(assets: &'a Assets, address: &str) -> &'a Asset {
    let host = Host::Ip(address.parse().unwrap());
    assets.of(host).unwrap_or_else(|| panic!("{address}"))
}

/// What contradicts itself about a device, in words.
fn told(asset: &Asset) -> Vec<String> {
    let told = asset.contradictions.iter();
    told.map(ToString::to_string).collect()
}

const fn meaning(name: &'static str, class: Class) -> Meaning {
    Meaning {
        name,
        class,
        criticality: 0,
        techniques: &[],
    }
}
