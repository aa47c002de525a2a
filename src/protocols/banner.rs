//! What a banner or description says of the operating system behind it.
//!
//! Called by the protocols whose servers introduce themselves (SSH, FTP, Telnet, HTTP, SNMP).
//! Says only what is written there.

use super::Sink;
use crate::facts::{Attribute, Property, Side};
use crate::wire::text::find;

/// Words that name a system; the more telling come first.
const SYSTEMS: &[(&str, &str)] = &[
    ("raspbian", "Raspbian"),
    ("ubuntu", "Ubuntu"),
    ("debian", "Debian"),
    ("centos", "CentOS"),
    ("red hat", "Red Hat"),
    ("openwrt", "OpenWrt"),
    ("freebsd", "FreeBSD"),
    ("openbsd", "OpenBSD"),
    ("netbsd", "NetBSD"),
    ("vxworks", "VxWorks"),
    ("qnx", "QNX"),
    ("nucleus", "Nucleus"),
    ("windows ce", "Windows CE"),
    ("microsoft", "Windows"),
    ("windows", "Windows"),
    ("win32", "Windows"),
    ("sunos", "SunOS"),
    ("cisco ios", "Cisco IOS"),
    ("routeros", "RouterOS"),
    ("busybox", "Linux"),
    ("linux", "Linux"),
];

/// Tells the operating system of a side, where its banner names one.
pub(super) fn system(side: Side, banner: &[u8], out: &mut dyn Sink) {
    let named = SYSTEMS
        .iter()
        .find(|(word, _)| find(banner, word.as_bytes()).is_some());
    if let Some((_, system)) = named {
        let attribute = Attribute::of(side, Property::OperatingSystem, system.as_bytes());
        out.attribute(&attribute);
    }
}
