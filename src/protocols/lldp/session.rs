//! Tells an LLDP data unit and what it says of its sender.

use super::super::{Input, Sink, Step};
use super::INVALID;
use super::wire::{Capabilities, Id, Unit};
use crate::facts::{Attribute, Property, Side};
use crate::wire::text::trimmed;
use std::net::IpAddr;

pub(super) fn feed(input: &Input<'_>, out: &mut dyn Sink) -> Step {
    let length = input.octets.len();
    let unit = Unit::read(input.octets);
    if let Some(unit) = &unit {
        out.message(input.side, unit);
        // A unit with no time to live takes back what was told before (802.1AB, 8.5.4).
        if unit.time_to_live > 0 {
            tell(input.side, unit, out);
        }
    }
    match unit {
        Some(unit) if unit.sound => Step::Pdu(length),
        _ if input.cut => Step::Skip(length),
        _ => {
            out.fault(input.side, &INVALID, 0);
            Step::Malformed(length)
        }
    }
}

fn tell(side: Side, unit: &Unit<'_>, out: &mut dyn Sink) {
    let mut text = |property, value| {
        let value = trimmed(value);
        if !value.is_empty() {
            out.attribute(&Attribute::of(side, property, value));
        }
    };
    text(Property::Name, unit.name());
    text(Property::Description, unit.system_description);
    text(Property::Vendor, unit.manufacturer);
    text(Property::Model, unit.model);
    text(Property::Serial, unit.serial);
    text(Property::Hardware, unit.hardware);
    text(Property::Firmware, unit.firmware);
    if unit.firmware.is_empty() {
        text(Property::Firmware, unit.software);
    }
    if let Some(columns) = unit.identification() {
        text(Property::Model, columns.device);
        text(Property::OrderNumber, columns.order_number);
        text(Property::Serial, columns.serial);
        text(Property::Hardware, columns.hardware);
        text(Property::Firmware, &columns.version());
    }
    if let Id::Mac(mac) = unit.chassis
        && !mac.is_zero()
    {
        out.attribute(&Attribute::of(side, Property::Mac, &mac.0));
    }
    for address in unit.management.iter().filter(|ip| !ip.is_unspecified()) {
        match address {
            IpAddr::V4(ip) => out.attribute(&Attribute::of(side, Property::Ip, &ip.octets())),
            IpAddr::V6(ip) => out.attribute(&Attribute::of(side, Property::Ip, &ip.octets())),
        }
    }
    roles(side, unit.enabled.unwrap_or_default(), out);
}

/// A router that also bridges is told as a router.
fn roles(side: Side, Capabilities(enabled): Capabilities, out: &mut dyn Sink) {
    let role: &[u8] = if enabled & Capabilities::ROUTER != 0 {
        b"router"
    } else if enabled & Capabilities::ACCESS_POINT != 0 {
        b"access-point"
    } else if enabled & Capabilities::TELEPHONE != 0 {
        b"telephone"
    } else if enabled & Capabilities::BRIDGE != 0 {
        b"switch"
    } else {
        return;
    };
    out.attribute(&Attribute::of(side, Property::Role, role));
}
