//! What a role rests on: kept as facts, so that each language says it in its own order.

use crate::facts::Class;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::Duration;

/// What a role rests on. Shown in English; the report says it in other languages too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Forwards packets of so many other hosts.
    Forwards(usize),
    /// Its MAC is one of those that routers share, by this protocol (VRRP, HSRP).
    VirtualRouter(&'static str),
    /// Answers requests.
    Answers {
        /// Protocol of the requests.
        protocol: &'static str,
        /// How many asked.
        clients: usize,
    },
    /// Exchanges implicit I/O with so many controllers, and is asked for nothing else.
    ImplicitIo(usize),
    /// Opened connections for implicit I/O to so many devices.
    OpensIo(usize),
    /// Does what only engineering does.
    Engineers {
        /// The first such operation.
        operation: &'static str,
        /// Its protocol.
        protocol: &'static str,
        /// Its kind.
        class: Class,
    },
    /// Serves, and is a client too.
    AlsoClient {
        /// Of how many devices.
        devices: usize,
        /// The first operation.
        operation: &'static str,
    },
    /// Only reads, and less often than others.
    OnlyReads {
        /// How often; none where values are reported as they change.
        every: Option<Duration>,
        /// From how many devices.
        devices: usize,
    },
    /// Gets values regularly.
    Polls {
        /// How often; none where values are reported as they change.
        every: Option<Duration>,
        /// From how many devices.
        devices: usize,
        /// The first operation that changes something.
        change: Option<&'static str>,
    },
    /// Changes something without polling.
    Changes {
        /// The first operation that does.
        operation: &'static str,
        /// Its protocol.
        protocol: &'static str,
        /// On how many devices.
        devices: usize,
    },
    /// Asked for something now and then.
    Asked {
        /// So many devices.
        devices: usize,
        /// The first operation.
        operation: &'static str,
    },
    /// Tried a TCP port of host after host.
    Probed {
        /// The port.
        port: u16,
        /// How many did not open it.
        hosts: usize,
    },
    /// Its order number tells.
    OrderNumber(String),
    /// Answers on the port of an industrial service whose content is not decoded.
    AnswersOnPort {
        /// The port.
        port: u16,
        /// Whose port that is.
        service: &'static str,
    },
    /// Exchanges data on the port of an industrial service, and its maker makes no computers.
    SharesPort {
        /// The port.
        port: u16,
        /// Whose port that is.
        service: &'static str,
        /// Who made the device.
        maker: String,
    },
    /// A client of an industrial service whose content is not decoded.
    ClientOnPort {
        /// No other client sends more.
        busiest: bool,
        /// Of how many devices.
        devices: usize,
        /// The port.
        port: u16,
        /// Whose port that is.
        service: &'static str,
    },
    /// What it is called.
    Name(String),
    /// Lets others in by this protocol and goes on to others by it.
    JumpHost(&'static str),
    /// Serves what offices use.
    Serves {
        /// The protocols.
        protocols: Vec<&'static str>,
        /// To how many hosts.
        clients: usize,
        /// Whether ports alone say so.
        by_port: bool,
    },
    /// Serves this and nothing else.
    ServesOnly(&'static str),
    /// Is a client of these and serves nothing.
    OnlyClient(Vec<&'static str>),
    /// It was said outright.
    Says {
        /// In which protocol.
        protocol: &'static str,
        /// What was said.
        role: &'static str,
    },
    /// One and the other.
    Both(Box<[Self; 2]>),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const BY_PORT: &str = "alone; its content is not decoded";
        let pace = |every: &Option<Duration>| {
            every.as_ref().map_or_else(
                || "as they are reported".to_owned(),
                |every| format!("every {}", short(*every)),
            )
        };
        match self {
            Self::Forwards(1) => f.write_str("packets of another host come from its MAC"),
            Self::Forwards(hosts) => {
                write!(f, "packets of {hosts} other hosts come from its MAC")
            }
            Self::VirtualRouter(protocol) => {
                write!(f, "its MAC is a virtual router's ({protocol})")
            }
            Self::Answers { protocol, clients } => {
                let clients = count(*clients, "client");
                write!(f, "answers {protocol} requests of {clients}")
            }
            Self::ImplicitIo(controllers) => write!(
                f,
                "exchanges implicit I/O with {} that opened the connection, and is asked for \
                 nothing else: a drive or remote I/O",
                count(*controllers, "controller")
            ),
            Self::OpensIo(devices) => write!(
                f,
                "opened connections to {} and exchanges implicit I/O, as a controller does",
                count(*devices, "device")
            ),
            Self::Engineers {
                operation,
                protocol,
                class,
            } => write!(f, "{operation} over {protocol} ({})", class.name()),
            Self::AlsoClient { devices, operation } => {
                let devices = count(*devices, "device");
                write!(f, "is also a client of {devices}: {operation}")
            }
            Self::OnlyReads { every, devices } => write!(
                f,
                "only reads, {} of {} that others read more often, and changes nothing",
                pace(every),
                count(*devices, "device")
            ),
            Self::Polls {
                every,
                devices,
                change,
            } => {
                let devices = count(*devices, "device");
                write!(f, "gets values {} of {devices}", pace(every))?;
                change.map_or(Ok(()), |change| write!(f, " and does {change}"))
            }
            Self::Changes {
                operation,
                protocol,
                devices,
            } => write!(
                f,
                "does {operation} on {} over {protocol} without polling; what it is, and whether \
                 it may, does not show",
                count(*devices, "device")
            ),
            Self::Asked { devices, operation } => {
                write!(f, "asked {}: {operation}", count(*devices, "device"))
            }
            Self::Probed { port, hosts } => {
                let hosts = count(*hosts, "host");
                write!(f, "tried TCP port {port} on {hosts} that did not open it")
            }
            Self::OrderNumber(number) => write!(f, "by its order number {number}"),
            Self::AnswersOnPort { port, service } => {
                write!(f, "answers on port {port}: by the port {service} {BY_PORT}")
            }
            Self::SharesPort {
                port,
                service,
                maker,
            } => write!(
                f,
                "exchanges data on port {port}, and {maker} makes no computers: by the port \
                 {service} {BY_PORT}"
            ),
            Self::ClientOnPort {
                busiest,
                devices,
                port,
                service,
            } => {
                let client = if *busiest { "busiest client" } else { "client" };
                let devices = count(*devices, "device");
                write!(
                    f,
                    "{client} of {devices} on port {port}: by the port {service} {BY_PORT}"
                )
            }
            Self::Name(name) => write!(f, "only its name hints at it: {name}"),
            Self::JumpHost(protocol) => write!(
                f,
                "lets others in over {protocol} and goes on to others over it: a jump host"
            ),
            Self::Serves {
                protocols,
                clients,
                by_port,
            } => {
                write!(
                    f,
                    "serves {} to {}",
                    protocols.join(", "),
                    count(*clients, "host")
                )?;
                match by_port {
                    true => write!(f, ", by the port {BY_PORT}"),
                    false => Ok(()),
                }
            }
            Self::ServesOnly(protocol) => write!(f, "serves nothing but {protocol}"),
            Self::OnlyClient(protocols) => write!(f, "only a client, of {}", protocols.join(", ")),
            Self::Says { protocol, role } => write!(f, "{protocol} says so: {role}"),
            Self::Both(both) => {
                let [one, other] = both.as_ref();
                write!(f, "{one}; {other}")
            }
        }
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A number of things in words.
fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// A period in seconds or, below one, in milliseconds.
fn short(period: Duration) -> String {
    let tenths = period.saturating_add(Duration::from_millis(50)).as_millis() / 100;
    if tenths >= 10 {
        format!("{}.{} s", tenths / 10, tenths % 10)
    } else {
        format!("{} ms", period.as_millis())
    }
}
