//! The picture of a capture: what was seen as a whole, for the summary on the terminal and as
//! JSON.
//!
//! Bounded by what the workers tell; everything that is printed is sorted, so that the same
//! capture gives the same bytes.

mod terminal;

use crate::facts::{Endpoint, Host, Side, Stamp};
use crate::flow::Ledger;
use crate::protocols::PROTOCOLS;
use crate::sensor::{Event, FlowRecord, OperationRecord};
use std::collections::BTreeMap;
pub use terminal::print;

/// Criticality from which on an operation is notable.
const NOTABLE: u8 = 4;

/// All conversations of one protocol together.
#[derive(Clone, Debug, Default)]
pub struct ProtocolTotal {
    /// Conversations.
    pub conversations: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Operations.
    pub operations: u64,
    /// Packets.
    pub packets: u64,
    /// Octets on the wire.
    pub octets: u64,
}

/// One kind of notable operation between two hosts.
#[derive(Clone, Debug)]
pub struct Notable {
    /// Criticality, 4 or 5.
    pub criticality: u8,
    /// What was done.
    pub name: &'static str,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Who did it.
    pub actor: Host,
    /// To whom.
    pub device: Host,
    /// How often it was told.
    pub count: u64,
    /// The first packet that shows it.
    pub first: Stamp,
}

/// What was seen as a whole.
#[derive(Debug, Default)]
pub struct Picture {
    /// By protocol name; conversations without a recognised protocol stand under the carrier.
    pub protocols: BTreeMap<String, ProtocolTotal>,
    /// Notable operations.
    pub notable: BTreeMap<(u8, &'static str, Host, Host), Notable>,
    /// What became of all octets.
    pub ledger: Ledger,
    /// Conversations.
    pub conversations: u64,
}

impl Picture {
    /// Takes one event.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Operation(operation) => self.operation(operation),
            Event::Flow(flow) => self.flow(flow),
            Event::Cycle(_) | Event::Property(_) | Event::Fault(_) | Event::Line(_) => {}
        }
    }

    fn operation(&mut self, operation: &OperationRecord) {
        let meaning = operation.meaning;
        if meaning.criticality < NOTABLE {
            return;
        }
        let Endpoint { host: actor, .. } = operation.actor;
        let Endpoint { host: device, .. } = operation.device;
        self.notable
            .entry((5 - meaning.criticality.min(5), meaning.name, actor, device))
            .and_modify(|notable| notable.count += 1)
            .or_insert(Notable {
                criticality: meaning.criticality,
                name: meaning.name,
                protocol: operation.protocol,
                actor,
                device,
                count: 1,
                first: operation.stamp,
            });
    }

    fn flow(&mut self, flow: &FlowRecord) {
        self.conversations += 1;
        let name = flow
            .protocol
            .map_or_else(|| carrier_name(flow), str::to_owned);
        let total = self.protocols.entry(name).or_default();
        total.conversations += 1;
        total.messages += flow.messages;
        total.operations += flow.operations;
        for side in [Side::Low, Side::High] {
            let ledger = &side.of(&flow.ends).ledger;
            total.packets += ledger.packets;
            total.octets += ledger.octets;
            self.ledger.add(ledger);
        }
    }
}

/// Name of a conversation whose content no protocol recognised.
fn carrier_name(flow: &FlowRecord) -> String {
    use crate::protocols::Carrier;
    match flow.carrier {
        Some(Carrier::Tcp) => "tcp".to_owned(),
        Some(Carrier::Udp) => "udp".to_owned(),
        Some(Carrier::Ether(kind)) => format!("ethernet 0x{kind:04x}"),
        Some(Carrier::Llc(dsap, ssap)) => format!("llc {dsap:02x}/{ssap:02x}"),
        Some(Carrier::Snap(organisation, protocol)) => {
            format!("snap {organisation:06x}/{protocol:04x}")
        }
        None => format!("ip protocol {}", flow.ip_protocol),
    }
}

/// The title of a protocol for people, or its name where it has none.
#[must_use]
pub fn title(name: &str) -> &str {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name() == name)
        .map_or(name, |found| found.title())
}
