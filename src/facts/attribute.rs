//! What one packet tells about a device, for the inventory.

use super::endpoint::{Host, Mac, Side};

/// Which device a packet speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The device at this end of the conversation that carries the packet.
    Side(Side),
    /// A device named inside the packet, such as the sender of an ARP reply.
    Host(Host),
}

/// Which property is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Property {
    /// The MAC address that goes with this host, told by a protocol that binds the two
    /// (ARP, neighbour discovery, DHCP); the value is the six octets.
    Mac,
    /// An IP address of this host, told by a protocol; the value is 4 or 16 octets.
    Ip,
    /// Manufacturer.
    Vendor,
    /// Product or model name.
    Model,
    /// Manufacturer's order or catalogue number.
    OrderNumber,
    /// Firmware or software version.
    Firmware,
    /// Hardware version.
    Hardware,
    /// Serial number.
    Serial,
    /// Host or station name.
    Name,
    /// Place, plant designation.
    Location,
    /// Free description: sysDescr, HTTP title, banner.
    Description,
    /// Operating system.
    OperatingSystem,
    /// Name of the project or program loaded.
    Project,
    /// Operating mode as the device tells it: `run`, `stop`, key position.
    Mode,
    /// A module of the device; the value is its order number or name.
    Module,
    /// Something that speaks for a role (`plc`, `hmi`, `engineering-station`, `router`,
    /// `switch`, `printer`, `server`, `workstation`); the value is the role.
    Role,
}

/// One property of one device, as one packet told it; lent for one call.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    /// Whose.
    pub subject: Subject,
    /// Unit, slot or station behind the address, where the protocol addresses one.
    pub unit: Option<u32>,
    /// Which property.
    pub property: Property,
    /// Its value: text from the wire (hostile), or octets as the property says.
    pub value: &'a [u8],
}

impl<'a> Attribute<'a> {
    /// A property of the device at one end of the conversation.
    #[must_use]
    pub const fn of(side: Side, property: Property, value: &'a [u8]) -> Self {
        Self {
            subject: Subject::Side(side),
            unit: None,
            property,
            value,
        }
    }

    /// The binding of a host to its MAC address.
    #[must_use]
    pub const fn mac(host: Host, mac: &'a Mac) -> Self {
        Self {
            subject: Subject::Host(host),
            unit: None,
            property: Property::Mac,
            value: &mac.0,
        }
    }
}
