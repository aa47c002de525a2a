//! What people know of their devices: the list of the site (`assets.csv`), and how it is laid
//! over what the traffic shows.
//!
//! `read.rs` reads the list as spreadsheets write it. The inventory gives each device what its
//! line says (`desk/inventory/listed.rs`): what people say stands over what was guessed, and
//! where the two contradict each other both are told. The traffic changes nothing here.

mod read;
#[cfg(test)]
mod tests;

pub use read::{Error, Importance, Wrong};

use crate::facts::{Host, Mac};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The devices as the site lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Site {
    entries: Vec<Entry>,
    macs: BTreeMap<Mac, usize>,
    ips: BTreeMap<IpAddr, usize>,
    /// By serial numbers in capital letters.
    serials: BTreeMap<String, usize>,
    /// What in the list is odd, and no reason to refuse it.
    pub notes: Vec<Wrong>,
}

/// A device as the site lists it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The line of the file.
    pub line: u64,
    /// MAC addresses.
    pub macs: Vec<Mac>,
    /// IP addresses.
    pub ips: Vec<IpAddr>,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// What it is called; empty where that is not said, as all that follow.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// What it is worth to the plant.
    pub importance: Option<Importance>,
    /// The zone that it is in.
    pub zone: String,
    /// Purdue level, 0 to 5.
    pub purdue: Option<u8>,
}

impl Entry {
    /// What it is matched by, for people.
    #[must_use]
    pub fn keys(&self) -> String {
        let macs = self.macs.iter().map(ToString::to_string);
        let ips = self.ips.iter().map(ToString::to_string);
        let serials = self.serials.iter().map(|serial| format!("serial {serial}"));
        macs.chain(ips).chain(serials).collect::<Vec<_>>().join(" ")
    }
}

impl Site {
    /// All lines.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line with this serial number.
    #[must_use]
    pub fn with_serial(&self, serial: &str) -> Option<&Entry> {
        let number = self.serials.get(&serial.trim().to_uppercase());
        self.entries.get(*number?)
    }

    /// The line that names this host by its address.
    #[must_use]
    pub fn of(&self, host: Host) -> Option<&Entry> {
        let number = match host {
            Host::Mac(mac) => self.macs.get(&mac),
            Host::Ip(ip) => self.ips.get(&ip),
        };
        self.entries.get(*number?)
    }
}
