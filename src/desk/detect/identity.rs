//! Devices of the plant that say they are another one than before: order number, serial number,
//! firmware, program.
//!
//! Needs nothing learned: a device has one of each. What tells several at once, as a rack does
//! that is asked for its modules, has none that could change.

use super::alert::{Alert, Kind, Scene};
use super::site::Site;
use super::{Detector, Row};
use crate::desk::report::is_industrial;
use crate::facts::{Endpoint, Host, Property, Stamp, Technique};
use crate::flow::Tags;
use crate::rules::kept::Bounded;
use crate::sensor::{Event, FlowId, PropertyRecord};
use std::time::Duration;

/// Most properties kept of all devices, each with its protocol and unit: four of the 16,384
/// devices that the inventory keeps.
const KEPT: usize = 65_536;

/// Octets kept of a value: longer than any order number, version or project name.
const LONGEST: usize = 128;

/// Two values within so long are no change: a module is replaced, a program loaded and a device
/// restarted in more than that, and one reading tells all that it has in less.
const AT_ONCE: Duration = Duration::from_secs(30);

static CHANGED: Kind = Kind {
    sid: 3_950_050,
    name: "identity-changed",
    techniques: &[Technique(857)],
};

pub(super) const ROW: Row = Row {
    name: "identity",
    kinds: &[&CHANGED],
    start: || {
        Box::new(Identity {
            told: Bounded::new(KEPT),
        })
    },
};

/// Whose property, told by which protocol.
type Whose = (Host, Option<u32>, &'static str, Property);

/// What a device said.
#[derive(Debug)]
struct Said {
    value: Box<[u8]>,
    /// The packet that told it first.
    at: Stamp,
    /// It has more than one.
    several: bool,
}

/// Holds what devices say of themselves against what they said before.
#[derive(Debug)]
struct Identity {
    told: Bounded<Whose, Said>,
}

impl Detector for Identity {
    fn take(&mut self, event: &Event, _: &mut Site, alerts: &mut Vec<Alert>) {
        if let Event::Property(record) = event {
            alerts.extend(self.property(record));
        }
    }
}

impl Identity {
    fn property(&mut self, record: &PropertyRecord) -> Option<Alert> {
        let name = named(record.property).filter(|_| is_industrial(record.protocol))?;
        let stamp = record.stamp;
        let whose = (record.host, record.unit, record.protocol, record.property);
        let value: Box<[u8]> = record.value.iter().take(LONGEST).copied().collect();
        let now = Said {
            value,
            at: stamp,
            several: false,
        };
        let Some(said) = self.told.get_mut(&whose) else {
            self.told.entry(whose, now);
            return None;
        };
        if said.value == now.value {
            return None;
        }
        let several = said.several || stamp.time.since(said.at.time) < AT_ONCE;
        let before = std::mem::replace(said, Said { several, ..now });
        if several {
            return None;
        }
        let end = Endpoint {
            host: record.host,
            port: 0,
        };
        let scene = Scene {
            flow: FlowId(0),
            stamp,
            source: end,
            destination: end,
            ip_protocol: 0,
            tags: Tags::default(),
            protocol: Some(record.protocol),
        };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).trim().to_owned();
        let unit = record
            .unit
            .map_or_else(String::new, |unit| unit.to_string());
        let alert = Alert::new(&CHANGED, 2, scene)
            .with("device", record.host.to_string())
            .with("inside", u64::from(record.unit.is_some()))
            .with("unit", unit)
            .with("property", name)
            .with("before", text(&before.value))
            .with("now", text(&record.value))
            .with("since", before.at.time)
            .with("frame", before.at.frame.to_string());
        Some(alert)
    }
}

/// A property of which a device has one, and that changes with its hardware, firmware or program.
const fn named(property: Property) -> Option<&'static str> {
    match property {
        Property::OrderNumber => Some("order-number"),
        Property::Firmware => Some("firmware"),
        Property::Serial => Some("serial"),
        Property::Project => Some("project"),
        _ => None,
    }
}
