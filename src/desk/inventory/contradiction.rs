//! What was told of a device that cannot all be true: kept as facts, so that each language says
//! it in its own order.

use crate::facts::{Host, Mac};
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;

/// What cannot all be true. Shown in English; the report says it in other languages too.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contradiction {
    /// Two cards claim an address.
    Claimed {
        /// The address.
        ip: IpAddr,
        /// Who claimed it first, and the packet.
        owner: (Mac, u64),
        /// Who else did, and the packet.
        other: (Mac, u64),
        /// How the other did (ARP, IPv6 neighbour discovery, ...).
        protocol: &'static str,
    },
    /// Two cards sent from an address.
    Used {
        /// The address.
        ip: IpAddr,
        /// Whose it is, and its first packet; 0 where that is not known.
        owner: (Mac, u64),
        /// Who sent from it too, and its first packet; 0 where that is not known.
        other: (Mac, u64),
    },
    /// An address of another network was announced and never used.
    Announced {
        /// The address.
        ip: IpAddr,
        /// Who announced it, and the packet.
        by: (Mac, u64),
        /// Who that is.
        host: Host,
    },
    /// One protocol told several values of one thing.
    Values {
        /// The property.
        property: &'static str,
        /// Unit of the device, where the protocol has units.
        unit: Option<u32>,
        /// The protocol.
        protocol: &'static str,
        /// The values, each with the packet that tells it.
        values: Vec<(String, u64)>,
    },
    /// The device names another maker than its card's.
    Maker {
        /// Whom the device names.
        told: String,
        /// The card.
        mac: Mac,
        /// Whose the card is.
        registered: &'static str,
    },
    /// Several lines of the site's list claim the device: each with what it is told by, the one
    /// that holds first.
    Lines(Vec<(u64, String)>),
    /// The site's list says otherwise.
    List {
        /// The line.
        line: u64,
        /// About what.
        about: Listed,
        /// What the line says.
        said: String,
        /// What the traffic says.
        seen: String,
    },
}

/// What a line of the site's list and the traffic say differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listed {
    /// MAC addresses.
    Mac,
    /// IP addresses.
    Ip,
    /// Serial numbers.
    Serial,
    /// Purdue level.
    Purdue,
    /// What it is called.
    Name,
}

impl Contradiction {
    /// Whether it is about who has an address.
    #[must_use]
    pub const fn is_about_addresses(&self) -> bool {
        matches!(
            self,
            Self::Claimed { .. } | Self::Used { .. } | Self::Announced { .. }
        )
    }

    /// The packet from which on it shows; 0 where no single one does.
    #[must_use]
    pub fn frame(&self) -> u64 {
        match self {
            Self::Claimed { owner, other, .. } | Self::Used { owner, other, .. } => {
                owner.1.max(other.1)
            }
            Self::Announced { by: (_, frame), .. } => *frame,
            Self::Values { values, .. } => {
                let mut frames: Vec<u64> = values.iter().map(|(_, frame)| *frame).collect();
                frames.sort_unstable();
                // The second value is the one that does not fit the first.
                frames.get(1).copied().unwrap_or_default()
            }
            Self::Maker { .. } | Self::Lines(_) | Self::List { .. } => 0,
        }
    }
}

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Claimed {
                ip,
                owner: (owner, first),
                other: (other, frame),
                protocol,
            } => write!(
                f,
                "{ip} is claimed by {owner} (frame {first}) and by {other} ({protocol}, frame \
                 {frame})"
            ),
            Self::Used { ip, owner, other } => {
                let card = |(mac, frame): &(Mac, u64)| match frame {
                    0 => mac.to_string(),
                    frame => format!("{mac} (frame {frame})"),
                };
                write!(f, "{ip} was used by {} and by {}", card(owner), card(other))
            }
            Self::Announced {
                ip,
                by: (mac, frame),
                host,
            } => write!(
                f,
                "{ip} was announced by {mac} (arp, frame {frame}), which is {host}, and nobody \
                 sent from it"
            ),
            Self::Values {
                property,
                unit,
                protocol,
                values,
            } => {
                f.write_str(property)?;
                if let Some(unit) = unit {
                    write!(f, " of unit {unit}")?;
                }
                write!(f, " by {protocol}: ")?;
                let values = values.iter();
                let values = values.map(|(value, frame)| format!("{value} (frame {frame})"));
                f.write_str(&values.collect::<Vec<_>>().join(", "))
            }
            Self::Maker {
                told,
                mac,
                registered,
            } => write!(
                f,
                "the device says it is made by {told}, the MAC {mac} belongs to {registered}"
            ),
            Self::Lines(lines) => {
                let lines = lines
                    .iter()
                    .map(|(line, by)| format!("line {line} by {by}"));
                let lines = lines.collect::<Vec<_>>().join(", ");
                write!(
                    f,
                    "the site's list has this device several times: {lines}; the first holds"
                )
            }
            Self::List {
                line,
                about,
                said,
                seen,
            } => {
                write!(f, "the site's list, line {line}, says ")?;
                match about {
                    Listed::Mac => write!(f, "MAC {said}, seen is {seen}"),
                    Listed::Ip => write!(f, "IP {said}, seen is {seen}"),
                    Listed::Serial => write!(f, "serial {said}, the device says {seen}"),
                    Listed::Purdue => {
                        write!(f, "Purdue level {said}, what it does speaks for {seen}")
                    }
                    Listed::Name => write!(f, "name {said}, the device calls itself {seen}"),
                }
            }
        }
    }
}

impl Serialize for Contradiction {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
