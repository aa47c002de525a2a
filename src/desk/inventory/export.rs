//! The inventory as JSON and as CSV.
//!
//! The CSV begins with the asset fields that CISA recommends (Foundations for OT Cybersecurity:
//! Asset Inventory Guidance, August 2025), each with what was observed or `unknown`.

use super::asset::{Asset, Assets};
use crate::desk::outputs::csv::Table;
use std::fmt::Write as _;
use std::io::{self, Write};

/// What stands where nothing was observed.
const UNKNOWN: &str = "unknown";

/// Reads a column off a device.
type Read = fn(&Asset) -> String;

/// The columns: CISA's fields, then ours.
const COLUMNS: [(&str, Read); 33] = [
    ("asset_number", |a| a.id.clone()),
    ("role_type", |a| {
        list(a.roles.iter().map(|role| role.role.to_owned()))
    }),
    ("hostname", |a| a.name.clone()),
    ("mac_address", mac),
    ("ip_address", |a| {
        list(a.ips.iter().map(ToString::to_string))
    }),
    ("active_protocols", protocols),
    // Only the owner knows what a device is worth to the plant.
    ("asset_criticality", |a| {
        let said = a.said.as_ref().and_then(|said| said.importance);
        said.map_or_else(String::new, |worth| worth.name().to_owned())
    }),
    ("manufacturer", |a| a.vendor.clone()),
    ("model", model),
    ("operating_system", |a| a.operating_system.clone()),
    ("physical_location", |a| a.location.clone()),
    ("ports_services", |a| list(a.serves.iter().cloned())),
    // Names of accounts are not gathered.
    ("user_accounts", |_| String::new()),
    ("logging", logging),
    ("order_number", |a| a.order_number.clone()),
    ("firmware", |a| a.firmware.clone()),
    ("hardware", |a| a.hardware.clone()),
    ("serial", |a| a.serial.clone()),
    ("modules", |a| list(a.modules.iter().cloned())),
    ("mode", |a| a.mode.clone()),
    ("role_reason", |a| {
        list(a.roles.iter().map(|role| role.reason.to_string()))
    }),
    ("purdue_level", |a| {
        a.purdue.map_or_else(String::new, |level| level.to_string())
    }),
    ("vlans", |a| list(a.vlans.iter().map(ToString::to_string))),
    ("behind", |a| {
        a.behind.map_or_else(String::new, |mac| mac.to_string())
    }),
    ("uses", |a| list(a.uses.iter().cloned())),
    ("peers", |a| {
        list(
            a.peers
                .iter()
                .map(|peer| format!("{} ({})", peer.host, peer.packets)),
        )
    }),
    ("first_seen", |a| {
        a.first_seen
            .as_ref()
            .map_or_else(String::new, |seen| seen.time.clone())
    }),
    ("last_seen", |a| {
        a.last_seen
            .as_ref()
            .map_or_else(String::new, |seen| seen.time.clone())
    }),
    ("packets", |a| a.packets.to_string()),
    ("octets", |a| a.octets.to_string()),
    ("contradictions", contradictions),
    ("owner", |a| {
        let said = a.said.as_ref();
        said.map_or_else(String::new, |said| said.owner.clone())
    }),
    ("zone", |a| {
        let said = a.said.as_ref();
        said.map_or_else(String::new, |said| said.zone.clone())
    }),
];

impl Assets {
    /// Writes the inventory as one JSON object, with line breaks so that it can be compared.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        crate::desk::outputs::json::write_pretty(self, out)?;
        writeln!(out)
    }

    /// Writes the inventory as CSV (RFC 4180), one device a line.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_csv(&self, out: &mut dyn Write) -> io::Result<()> {
        write_csv(&self.assets, out)
    }
}

/// Writes devices as CSV, one a line.
///
/// # Errors
/// What the writer says.
pub fn write_csv(assets: &[Asset], out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(out, COLUMNS.map(|(name, _)| name))?;
    for asset in assets {
        table.row(COLUMNS.map(|(_, read)| told(read(asset))))?;
    }
    table.finish()
}

/// What was observed, or that nothing was.
fn told(value: String) -> String {
    match value.is_empty() {
        true => UNKNOWN.to_owned(),
        false => value,
    }
}

/// Several values in one field.
fn list(values: impl Iterator<Item = String>) -> String {
    values.fold(String::new(), |mut text, value| {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&value);
        text
    })
}

/// What contradicts itself; that nothing does is an observation too.
fn contradictions(asset: &Asset) -> String {
    if asset.contradictions.is_empty() {
        "none".to_owned()
    } else {
        list(asset.contradictions.iter().map(ToString::to_string))
    }
}

/// The model, or the order number that stands for it.
fn model(asset: &Asset) -> String {
    if asset.model.is_empty() {
        asset.order_number.clone()
    } else {
        asset.model.clone()
    }
}

/// The MAC, or the router that hides it.
fn mac(asset: &Asset) -> String {
    let mut text = list(asset.macs.iter().map(ToString::to_string));
    if let (true, Some(router)) = (asset.macs.is_empty(), asset.behind) {
        // Writing to a string does not fail.
        let _ = write!(text, "{UNKNOWN}, behind {router}");
    }
    text
}

/// Protocols served and used, each once.
fn protocols(asset: &Asset) -> String {
    let served = asset
        .serves
        .iter()
        .map(|name| name.split('/').next().unwrap_or_default());
    let used = asset.uses.iter().map(String::as_str);
    let names: std::collections::BTreeSet<&str> = served.chain(used).collect();
    list(names.into_iter().map(str::to_owned))
}

/// Whether the device was seen sending its log somewhere.
fn logging(asset: &Asset) -> String {
    let sends = asset.uses.contains("syslog");
    if sends {
        "sends syslog".to_owned()
    } else {
        String::new()
    }
}
