//! The roles of devices: the one list of their names, for the inventory that gives them, the
//! screen that shows them and the rules that ask for them.

/// A role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role {
    /// As it is written in files and rules.
    pub name: &'static str,
    /// As it is shown to people; rules take it too.
    pub shown: &'static str,
    /// What it says of a device, in one line.
    pub doc: &'static str,
}

/// The role of a device of which nothing tells what it does, or not yet.
pub const UNKNOWN: &str = "unknown";

const fn role(name: &'static str, shown: &'static str, doc: &'static str) -> Role {
    Role { name, shown, doc }
}

/// All roles, by name.
pub static ROLES: &[Role] = &[
    role(
        "access-point",
        "access point",
        "says that it is a wireless access point",
    ),
    role(
        "communications-adapter",
        "communications adapter",
        "says that it is one: brings I/O or a controller to the network",
    ),
    role("drive", "drive", "says that it is one: turns a motor"),
    role(
        "engineering-station",
        "engineering station",
        "reads or changes programs or firmware, or speaks an engineering protocol",
    ),
    role("gateway", "gateway", "sends packets of other hosts on"),
    role(
        "historian",
        "historian",
        "only reads, and more slowly than others, and changes nothing",
    ),
    role(
        "hmi",
        "HMI",
        "gets values all the time, and may change some",
    ),
    role(
        "ied",
        "IED",
        "answers by the data model of IEC 61850, or publishes GOOSE or sampled values",
    ),
    role(
        "industrial-client",
        "industrial client",
        "asks devices for something, and shows no more than that",
    ),
    role(
        "io",
        "remote I/O",
        "exchanges cyclic data with a controller that opened the connection",
    ),
    role(
        "io-controller",
        "io controller",
        "opens cyclic data exchange with devices, as a controller does",
    ),
    role(
        "outstation",
        "outstation",
        "answers a telecontrol protocol (DNP3, IEC 60870-5-104)",
    ),
    role("plc", "controller", "answers another control protocol"),
    role("printer", "printer", "says that it is a printer"),
    role(
        "scanner",
        "scanner",
        "tried the same port on several hosts that did not open it",
    ),
    role("server", "server", "serves a protocol of offices to others"),
    role("switch", "switch", "says that it is a switch or bridge"),
    role("telephone", "telephone", "says that it is a telephone"),
    role(
        UNKNOWN,
        "unknown",
        "nothing tells, or nothing yet when the packet comes",
    ),
    role(
        "workstation",
        "workstation",
        "only a client of the protocols of offices",
    ),
    role(
        "writing-client",
        "writing client",
        "writes or commands without reading all the time: who it is does not show",
    ),
];

/// The role of this name, or shown so, in any case.
#[must_use]
pub fn role_named(text: &str) -> Option<&'static Role> {
    ROLES
        .iter()
        .find(|role| role.name.eq_ignore_ascii_case(text) || role.shown.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_names_of_their_own_in_order() {
        assert!(ROLES.is_sorted_by(|a, b| a.name < b.name));
        for role in ROLES {
            assert_eq!(role_named(role.name), Some(role));
            assert_eq!(role_named(&role.shown.to_uppercase()), Some(role));
        }
        assert_eq!(role_named("controller").map(|role| role.name), Some("plc"));
        assert_eq!(role_named("hmmi"), None);
    }
}
