//! What one packet of address resolution says, whatever its protocol: ARP, neighbour discovery.

use super::attribute::Subject;
use super::endpoint::{Host, Mac};

/// Who has which MAC address, and who asks for whose; one packet, as its content says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Whose MAC address is told; `None` where the sender has no IP address yet.
    pub host: Option<Subject>,
    /// The MAC address told.
    pub mac: Mac,
    /// Whose MAC address is asked for; `None` in what only tells.
    pub asked: Option<Host>,
}
