//! What detectors may ask of the devices on the network, without knowing who keeps them.

use super::endpoint::Host;
use super::time::Time;

/// The devices, as far as the traffic up to now tells.
pub trait Assets {
    /// Whether the device has this role (`plc`, `hmi`, `engineering-station`, ...).
    fn has_role(&self, host: Host, role: &str) -> bool;

    /// Whether the device was seen to speak a protocol, as server or as client.
    fn speaks(&self, host: Host, protocol: &str, as_server: bool) -> bool;

    /// Whether the name of its vendor holds this text, which is in lower case.
    fn is_made_by(&self, host: Host, vendor: &str) -> bool;

    /// Whether it lies in this zone of the site.
    fn is_in_zone(&self, host: Host, zone: &str) -> bool;

    /// When a device was first operated; by this host, where one is given. `None` where it was
    /// not, or where too many hosts did to keep them all.
    fn first_operation(&self, device: Host, by: Option<Host>) -> Option<Time>;

    /// When it was first seen; `None` where it is not known at all.
    fn first_seen(&self, host: Host) -> Option<Time>;
}
