//! The devices as the page shows them.

use crate::desk::audit::words::Say;
use crate::desk::inventory::Asset;

/// Most devices shown; the others are in the JSON.
const SHOWN: usize = 2_000;

/// Most pieces of evidence shown of one device, and most addresses and services.
const EVIDENCE: usize = 6;
const LISTED: usize = 8;

/// What is told of the identity of a device, whose packets are named.
const TOLD: [&str; 7] = [
    "vendor",
    "model",
    "order_number",
    "firmware",
    "serial",
    "name",
    "operating_system",
];

/// A device.
pub(super) struct Row {
    pub(super) addresses: Vec<String>,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) level: String,
    pub(super) reason: String,
    pub(super) said: Vec<String>,
    pub(super) product: Vec<String>,
    pub(super) versions: Vec<String>,
    pub(super) services: Vec<String>,
    pub(super) evidence: Vec<String>,
}

/// The devices by address, and how many are not shown.
pub(super) fn rows(assets: &[Asset], say: &Say) -> (Vec<Row>, u64) {
    let rows = assets.iter().take(SHOWN).map(|asset| row(asset, say));
    let omitted = assets.len().saturating_sub(SHOWN) as u64;
    (rows.collect(), omitted)
}

fn row(asset: &Asset, say: &Say) -> Row {
    let role = asset.roles.first();
    Row {
        addresses: few(addresses(asset, say)),
        name: asset.name.clone(),
        role: say.of_kind("role", role.map_or("unknown", |role| role.role)),
        level: asset.purdue.map_or_else(String::new, |level| {
            say.of_kind("level-short", &level.to_string())
        }),
        reason: role.map_or_else(String::new, |role| match role.frame {
            Some(frame) => format!("{} (#{frame})", say.reason(&role.reason)),
            None => say.reason(&role.reason),
        }),
        said: said(asset, say),
        product: [
            &asset.vendor,
            &asset.model,
            &asset.order_number,
            &asset.operating_system,
        ]
        .into_iter()
        .filter(|text| !text.is_empty())
        .cloned()
        .chain(few(asset.modules.clone()))
        .collect(),
        versions: versions(asset, say),
        services: few(asset.serves.iter().cloned().collect()),
        evidence: evidence(asset, say),
    }
}

/// What people say of it.
fn said(asset: &Asset, say: &Say) -> Vec<String> {
    let Some(said) = &asset.said else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if !said.owner.is_empty() {
        lines.push(say.fill("owner-short", &[("who", said.owner.clone())]));
    }
    if let Some(importance) = said.importance {
        let worth = say.of_kind("worth", importance.name());
        lines.push(say.fill("importance-short", &[("worth", worth)]));
    }
    if !said.zone.is_empty() {
        lines.push(say.fill("zone-short", &[("zone", said.zone.clone())]));
    }
    lines
}

fn addresses(asset: &Asset, say: &Say) -> Vec<String> {
    let ips = asset.ips.iter().map(ToString::to_string);
    let macs = asset.macs.iter().map(ToString::to_string);
    let behind = asset.behind.filter(|_| asset.macs.is_empty());
    let behind = behind.map(|mac| say.fill("behind", &[("router", mac.to_string())]));
    ips.chain(macs).chain(behind).collect()
}

fn versions(asset: &Asset, say: &Say) -> Vec<String> {
    let told = [
        ("firmware-short", &asset.firmware),
        ("hardware-short", &asset.hardware),
        ("serial-short", &asset.serial),
        ("mode-short", &asset.mode),
    ];
    let told = told.into_iter().filter(|(_, value)| !value.is_empty());
    told.map(|(what, value)| format!("{} {value}", say.say(what)))
        .collect()
}

/// Which packets told what, the first of each property.
fn evidence(asset: &Asset, say: &Say) -> Vec<String> {
    let mut lines = Vec::new();
    for property in TOLD {
        let first = asset
            .attributes
            .iter()
            .find(|told| told.property == property);
        if let Some(told) = first {
            lines.push(format!(
                "{}: {} #{}",
                say.of_kind("property", property),
                told.source,
                told.frame
            ));
        }
    }
    lines.truncate(EVIDENCE);
    if let Some(seen) = &asset.first_seen {
        lines.push(format!("{} #{}", say.say("first-packet"), seen.frame));
    }
    lines
}

/// The first few, and how many more.
fn few(mut all: Vec<String>) -> Vec<String> {
    let more = all.len().saturating_sub(LISTED);
    all.truncate(LISTED);
    if more > 0 {
        all.push(format!("+{more}"));
    }
    all
}
