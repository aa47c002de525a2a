//! Names of services by their well-known port, for conversations whose content told nothing.
//!
//! A port is a hint and never proof; whoever shows such a name says that it is one.

use crate::protocols::{Carrier, PROTOCOLS};

/// Industrial services that are named by their port as long as no decoder reads them (IANA
/// service name registry; where it has none, the makers' manuals).
const INDUSTRIAL: &[(u16, &str)] = &[
    (102, "iso-tsap"),
    (789, "crimson"),
    (1089, "ff-annunc"),
    (1090, "ff-fms"),
    (1091, "ff-sm"),
    (1911, "fox"),
    (1962, "pcworx"),
    (2222, "enip-io"),
    (2404, "iec104"),
    (2455, "codesys"),
    (4712, "synchrophasor"),
    (4713, "synchrophasor"),
    (4840, "opcua"),
    (5006, "melsec"),
    (5007, "melsec"),
    (5094, "hart-ip"),
    (9600, "fins"),
    (11740, "codesys"),
    (18245, "ge-srtp"),
    (18246, "ge-srtp"),
    (20547, "proconos"),
    (34962, "profinet-rt"),
    (34963, "profinet-rt"),
    (34964, "profinet-cm"),
    (34980, "ethercat"),
    (47808, "bacnet"),
    (48898, "ads"),
];

/// Other services by their port.
const OFFICE: &[(u16, &str)] = &[
    (88, "kerberos"),
    (135, "msrpc"),
    (389, "ldap"),
    (464, "kpasswd"),
    (514, "syslog"),
    (546, "dhcpv6"),
    (547, "dhcpv6"),
    (636, "ldaps"),
    (1433, "mssql"),
    (1521, "oracle"),
    (1883, "mqtt"),
    (3268, "ldap"),
    (3306, "mysql"),
    (5432, "postgresql"),
    (5985, "winrm"),
    (8530, "wsus"),
    (8883, "mqtts"),
];

/// The service that this port usually carries.
pub(super) fn named(carrier: Option<Carrier>, port: u16) -> Option<&'static str> {
    let carrier = carrier?;
    let mut listed = PROTOCOLS
        .iter()
        .filter(|protocol| {
            protocol.carriers().contains(&carrier) && protocol.ports().contains(&port)
        })
        .map(|protocol| protocol.name());
    let mut table = INDUSTRIAL.iter().chain(OFFICE);
    let by_table = table.find(|(number, _)| *number == port);
    let by_table = by_table.map(|(_, name)| *name);
    match (listed.next(), listed.next()) {
        // Of several protocols that share a port, the port names none.
        (Some(first), Some(_)) => by_table.or(Some(first)),
        (first, _) => first.or(by_table),
    }
}

/// Whether a service controls plants.
pub(super) fn is_industrial(name: &str) -> bool {
    INDUSTRIAL.iter().any(|(_, listed)| *listed == name)
        || PROTOCOLS
            .iter()
            .any(|protocol| protocol.name() == name && protocol.industrial())
}
