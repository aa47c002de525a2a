//! What answers tell of the device: identification objects, server id, UMAS identity.

use super::umas::Umas;
use super::wire::{Body, Parts};
use crate::facts::{Attribute, Property, Side};
use crate::protocols::Sink;

/// Tells what `answer`, sent by `server`, says of the device; `asked` is the request.
pub(crate) fn tell(
    server: Side,
    unit: u8,
    asked: Option<&Parts<'_>>,
    answer: &Parts<'_>,
    out: &mut dyn Sink,
) {
    let device = Device { server, unit };
    match answer.body {
        Body::Identification(identification) => {
            for object in identification.objects() {
                if let Some(property) = property(object.id) {
                    device.has(property, object.value.trim_ascii(), out);
                }
            }
        }
        Body::ServerId(id) => {
            if let Some(text) = id.text() {
                device.has(Property::Description, text, out);
            }
            if let Some(running) = id.running() {
                let mode: &[u8] = if running { b"run" } else { b"stop" };
                device.has(Property::Mode, mode, out);
            }
        }
        Body::Umas(umas) => {
            if let Some(Body::Umas(request)) = asked.map(|parts| parts.body) {
                device.controller(request, umas, out);
            }
        }
        _ => {}
    }
}

/// The property that an identification object tells (Application Protocol V1.1b3, 6.21).
const fn property(object: u8) -> Option<Property> {
    match object {
        0 => Some(Property::Vendor),
        1 => Some(Property::OrderNumber),
        2 => Some(Property::Firmware),
        3 => Some(Property::Description),
        4 | 5 => Some(Property::Model),
        6 => Some(Property::Project),
        _ => None,
    }
}

struct Device {
    server: Side,
    unit: u8,
}

impl Device {
    fn has(&self, property: Property, value: &[u8], out: &mut dyn Sink) {
        if value.is_empty() {
            return;
        }
        // Units 0 and 255 are the addressed device itself (Messaging on TCP/IP V1.0b, 4.4.2).
        let behind = !matches!(self.unit, 0 | 255);
        out.attribute(&Attribute {
            unit: behind.then_some(u32::from(self.unit)),
            ..Attribute::of(self.server, property, value)
        });
    }

    /// What UMAS tells: only Schneider Electric's controllers speak it, and only their
    /// engineering software reserves them.
    fn controller(&self, request: Umas<'_>, answer: Umas<'_>, out: &mut dyn Sink) {
        if let Some(identity) = answer.identity(request) {
            self.has(Property::Vendor, b"Schneider Electric", out);
            self.has(Property::Model, identity.model, out);
            if let Some(firmware) = identity.firmware(&mut [0; 5]) {
                self.has(Property::Firmware, firmware, out);
            }
            self.has(Property::Role, b"plc", out);
        }
        if let Some(project) = answer.project(request) {
            self.has(Property::Project, project, out);
        }
        if let Some(owner) = request.owner().filter(|owner| !owner.is_empty()) {
            let client = self.server.other();
            out.attribute(&Attribute::of(client, Property::Name, owner));
            let role = b"engineering-station";
            out.attribute(&Attribute::of(client, Property::Role, role));
        }
    }
}
