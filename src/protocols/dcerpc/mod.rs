//! DCE/RPC over TCP (C706; MS-RPCE): which interface is called by which operation. OPC DA and
//! the administration of Windows use it.
//!
//! Called by the sensor's conversations; SMB reads the PDUs in its pipes through `wire` and
//! `calls`. Each fragment is told by itself.

pub(super) mod calls;
pub(super) mod wire;

#[cfg(test)]
mod tests;

use super::{Carrier, Input, Opening, Probe, Protocol, Session, Sink, Step};
use crate::facts::{Fault, Field, Kind, Meaning, Message, Side, Stamp, Visitor};
use calls::Calls;
use wire::{HEADER, Interface, Pdu, PduType};

/// Distributed Computing Environment / Remote Procedure Calls.
pub(super) struct DceRpc;

const NAME: &str = "dcerpc";

const MALFORMED: Fault = Fault {
    name: "dcerpc.malformed_data",
    doc: "Version 5, a known PDU type and a fragment length that holds the header (C706, 12.6.3)",
};

impl Protocol for DceRpc {
    fn name(&self) -> &'static str {
        NAME
    }

    fn title(&self) -> &'static str {
        "DCE Remote Procedure Call"
    }

    fn carriers(&self) -> &'static [Carrier] {
        &[Carrier::Tcp]
    }

    fn industrial(&self) -> bool {
        false
    }

    fn ports(&self) -> &'static [u16] {
        &[135]
    }

    fn field(&self, index: usize) -> Option<&'static Field> {
        FIELDS.get(index).map(|(field, _)| field)
    }

    fn meanings(&self) -> &'static [&'static Meaning] {
        &[]
    }

    fn faults(&self) -> &'static [&'static Fault] {
        &[&MALFORMED]
    }

    fn probe(&self, opening: &Opening<'_>) -> Probe {
        wire::probe(opening.octets)
    }

    fn open(&self, _: &Opening<'_>) -> Box<dyn Session> {
        Box::<Conversation>::default()
    }
}

// -- session --

/// What is kept of one connection.
#[derive(Default)]
struct Conversation {
    calls: Calls,
    server: Option<Side>,
    /// Sides that have lost the PDU borders.
    lost: (bool, bool),
}

/// What is told of a PDU.
#[derive(Debug)]
struct Told<'a> {
    pdu: Pdu<'a>,
    interface: Option<Interface>,
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let lost = input.side.of_mut(&mut self.lost);
        let header = match Pdu::header(input.octets) {
            Ok(Some(header)) => header,
            Ok(None) => return Step::Need(HEADER.max(input.octets.len() + 1)),
            Err(()) => {
                if !std::mem::replace(lost, true) {
                    out.fault(input.side, &MALFORMED, 0);
                }
                return Step::Skip(input.octets.len());
            }
        };
        let Some(fragment) = input.octets.get(..header.length) else {
            return Step::Need(header.length);
        };
        *lost = false;
        if let (None, Some(from_server)) = (self.server, header.kind.is_from_server()) {
            let server = if from_server {
                input.side
            } else {
                input.side.other()
            };
            self.server = Some(server);
            out.server(server);
        }
        let Some(pdu) = Pdu::read(fragment) else {
            out.fault(input.side, &MALFORMED, HEADER);
            return Step::Malformed(header.length);
        };
        let interface = self.calls.see(0, &pdu);
        out.message(input.side, &Told { pdu, interface });
        Step::Pdu(header.length)
    }

    fn gap(&mut self, side: Side, _: Option<u64>, _: &mut dyn Sink) {
        // What follows need not begin with a PDU: no fault if it does not.
        *side.of_mut(&mut self.lost) = true;
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, _: &mut dyn Sink) {}
}

// -- fields --

type Row = (Field, fn(&Told<'_>, &mut dyn Visitor));

static FIELDS: &[Row] = &[
    (
        Field::new("dcerpc.type", Kind::Text, "Type of PDU (C706, 12.6.4)"),
        |t, out| out.any_text(t.pdu.kind.name().unwrap_or_default().as_bytes()),
    ),
    (
        Field::new(
            "dcerpc.call",
            Kind::Unsigned,
            "Number that pairs response and request (C706, 12.6.3)",
        ),
        |t, out| out.unsigned(t.pdu.call.into()),
    ),
    (
        Field::new(
            "dcerpc.iface",
            Kind::Text,
            "Interface called, as a UUID, where its bind was seen (C706, 12.6.4.9)",
        ),
        |t, out| {
            if let Some(interface) = t.interface.filter(|_| t.is_call()) {
                out.text(&interface.text());
            }
        },
    ),
    (
        Field::new(
            "dcerpc.iface_version",
            Kind::Unsigned,
            "Major version of the interface (C706, 12.6.3.1)",
        ),
        |t, out| {
            let version = t.interface.filter(|_| t.is_call()).map(|i| i.version);
            out.any_unsigned(version);
        },
    ),
    (
        Field::new(
            "dcerpc.bind",
            Kind::List,
            "Interfaces that a bind asks for, as UUIDs (C706, 12.6.4.3)",
        ),
        |t, out| {
            let mut contexts = t.pdu.contexts().peekable();
            if contexts.peek().is_some() {
                out.open_list();
                contexts.for_each(|(_, interface)| out.text(&interface.text()));
                out.close_list();
            }
        },
    ),
    (
        Field::new(
            "dcerpc.opnum",
            Kind::Unsigned,
            "Number of the operation called (C706, 12.6.4.9)",
        ),
        |t, out| out.any_unsigned(t.pdu.opnum),
    ),
    (
        Field::derived(
            "dcerpc.stub_data",
            Kind::Octets,
            "Arguments of a request, results of a response (C706, 14)",
        ),
        |t, out| {
            if !t.pdu.stub.is_empty() {
                out.octets(t.pdu.stub);
            }
        },
    ),
];

impl Told<'_> {
    fn is_call(&self) -> bool {
        matches!(self.pdu.kind, PduType::REQUEST | PduType::RESPONSE)
    }
}

impl Message for Told<'_> {
    fn protocol(&self) -> &'static str {
        NAME
    }

    fn read(&self, index: usize, out: &mut dyn Visitor) {
        if let Some((_, read)) = FIELDS.get(index) {
            read(self, out);
        }
    }
}
