//! Reads zones and conduits.
//!
//! ```toml
//! [[zone]]
//! name = "cell-1"
//! level = 1                                   # Purdue level, 0 to 5; may be left out
//! networks = ["10.1.0.0/16"]
//! vlans = [11]
//! devices = ["10.2.0.7", "00:1b:1b:01:02:03"]
//!
//! [[conduit]]
//! from = "scada"                              # who asks
//! to = "cell-1"                               # who is asked
//! protocols = ["modbus", "tcp/8080"]          # none: any
//! operations = ["read", "write"]              # classes; none: any
//! ```

use super::{Conduit, OUTSIDE, Place, Zone, Zones, masked};
use crate::facts::{Class, Host};
use crate::protocols::PROTOCOLS;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use toml::Spanned;

/// Most zones: far more than anybody draws.
const ZONES: usize = 4_096;

/// A file of zones that cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Error {
    /// Line and column, from 1; none where it is about the whole.
    pub place: Option<(usize, usize)>,
    /// What is wrong.
    pub what: String,
    /// How to mend it.
    pub hint: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "{line}:{column}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Error {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    zone: Vec<Spanned<RawZone>>,
    #[serde(default)]
    conduit: Vec<RawConduit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawZone {
    name: Spanned<String>,
    level: Option<Spanned<i64>>,
    #[serde(default)]
    networks: Vec<Spanned<String>>,
    #[serde(default)]
    vlans: Vec<Spanned<i64>>,
    #[serde(default)]
    devices: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawConduit {
    from: Spanned<String>,
    to: Spanned<String>,
    #[serde(default)]
    protocols: Vec<Spanned<String>>,
    #[serde(default)]
    operations: Vec<Spanned<String>>,
}

/// What is wrong where in the text.
struct Wrong {
    at: Range<usize>,
    what: String,
    hint: String,
}

fn wrong<T>(at: Range<usize>, what: String, hint: impl Into<String>) -> Result<T, Wrong> {
    let hint = hint.into();
    Err(Wrong { at, what, hint })
}

/// Reads the text of a file.
///
/// # Errors
/// The first thing in it that is not as it must be.
pub fn read(text: &str) -> Result<Zones, Error> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let place = |at: usize| {
        let before = text.get(..at).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    };
    let file: File = toml::from_str(text).map_err(|error| Error {
        place: error.span().map(|at| place(at.start)),
        what: error.message().trim().replace('\n', ": "),
        hint: "a zone has name, level, networks, vlans, devices; a conduit from, to, \
               protocols, operations"
            .to_owned(),
    })?;
    if file.zone.is_empty() {
        return Err(Error {
            place: None,
            what: "there is no zone".to_owned(),
            hint: "a zone begins with [[zone]] and has a name; `jaga baseline zones` proposes some"
                .to_owned(),
        });
    }
    zones(&file).map_err(|wrong| Error {
        place: Some(place(wrong.at.start)),
        what: wrong.what,
        hint: wrong.hint,
    })
}

fn zones(file: &File) -> Result<Zones, Wrong> {
    let mut zones = Zones::default();
    for raw in &file.zone {
        zone(&mut zones, raw)?;
    }
    zones.networks.sort_by_key(|(bits, _)| u8::MAX - bits);
    for raw in &file.conduit {
        let conduit = conduit(&zones, raw)?;
        zones.conduits.push(conduit);
    }
    Ok(zones)
}

fn zone(zones: &mut Zones, raw: &Spanned<RawZone>) -> Result<(), Wrong> {
    let (whole, raw) = (raw.span(), raw.get_ref());
    let name = raw.name.get_ref().trim();
    if name.is_empty() || name == OUTSIDE {
        let hint = format!("choose a name; `{OUTSIDE}` are the hosts that are in no zone");
        return wrong(
            raw.name.span(),
            format!("`{name}` is no name of a zone"),
            hint,
        );
    }
    if zones.named(name).is_some() {
        let what = format!("there are two zones `{name}`");
        return wrong(
            raw.name.span(),
            what,
            "put their networks and devices together",
        );
    }
    let number = u16::try_from(zones.zones.len()).ok();
    let Some(number) = number.filter(|number| usize::from(*number) < ZONES) else {
        return wrong(raw.name.span(), format!("more than {ZONES} zones"), "");
    };
    if raw.networks.is_empty() && raw.vlans.is_empty() && raw.devices.is_empty() {
        let hint = "give it networks, vlans or devices";
        return wrong(whole, format!("nothing can be in the zone `{name}`"), hint);
    }
    let level = match &raw.level {
        None => None,
        Some(level) => match u8::try_from(*level.get_ref()) {
            Ok(level @ 0..=5) => Some(level),
            _ => {
                let what = format!("{} is no Purdue level", level.get_ref());
                return wrong(
                    level.span(),
                    what,
                    "0 process, 1 control, 2 and 3 operation, 4 and 5 business",
                );
            }
        },
    };
    zones.zones.push(Zone {
        name: name.to_owned(),
        level,
    });
    let taken = |at, what: &str, other: Option<&Zone>| {
        let other = other.map_or("", |zone| zone.name.as_str());
        wrong(
            at,
            format!("{what} is in the zone `{other}` already"),
            "let it be in one of them",
        )
    };
    for text in &raw.networks {
        let (ip, bits) = network(text)?;
        let known = zones.networks.iter().position(|(known, _)| *known == bits);
        let known = known.unwrap_or_else(|| {
            zones.networks.push((bits, hashbrown::HashMap::default()));
            zones.networks.len() - 1
        });
        let Some((_, networks)) = zones.networks.get_mut(known) else {
            continue;
        };
        if let Some(other) = networks.insert(ip, number) {
            return taken(
                text.span(),
                text.get_ref(),
                zones.zones.get(usize::from(other)),
            );
        }
    }
    for vlan in &raw.vlans {
        let vid = u16::try_from(*vlan.get_ref()).ok();
        let Some(vid) = vid.filter(|vid| (1..=4094).contains(vid)) else {
            let what = format!("{} is no VLAN", vlan.get_ref());
            return wrong(vlan.span(), what, "1 to 4094");
        };
        if let Some(other) = zones.vlans.insert(vid, number) {
            return taken(
                vlan.span(),
                &format!("VLAN {vid}"),
                zones.zones.get(usize::from(other)),
            );
        }
    }
    for text in &raw.devices {
        let Ok(host) = text.get_ref().trim().parse::<Host>() else {
            let what = format!("`{}` is no IP nor MAC address", text.get_ref());
            return wrong(text.span(), what, "as 10.2.0.7 or 00:1b:1b:01:02:03");
        };
        if let Some(other) = zones.devices.insert(host, number) {
            return taken(
                text.span(),
                text.get_ref(),
                zones.zones.get(usize::from(other)),
            );
        }
    }
    Ok(())
}

/// A network as its first address and the length of its prefix.
fn network(text: &Spanned<String>) -> Result<(IpAddr, u8), Wrong> {
    let said = text.get_ref().trim();
    let (address, bits) = match said.split_once('/') {
        Some((address, bits)) => (address, Some(bits)),
        None => (said, None),
    };
    let read = address.parse::<IpAddr>().ok().and_then(|ip| {
        let most = if ip.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok());
        Some((ip, bits.filter(|bits| *bits <= most)?))
    });
    let Some((ip, bits)) = read else {
        let what = format!("`{said}` is no network");
        return wrong(text.span(), what, "as 10.1.0.0/16 or 10.1.0.7");
    };
    match masked(ip, bits) {
        Some(first) if first == ip => Ok((ip, bits)),
        first => {
            let what = format!("{said} is an address in a network, not the network");
            let hint = first.map_or_else(String::new, |first| format!("write {first}/{bits}"));
            wrong(text.span(), what, hint)
        }
    }
}

fn conduit(zones: &Zones, raw: &RawConduit) -> Result<Conduit, Wrong> {
    let end = |name: &Spanned<String>| -> Result<Place, Wrong> {
        if let Some(place) = zones.named(name.get_ref().trim()) {
            return Ok(place);
        }
        let names = zones.places().map(|(_, zone)| zone.name.as_str());
        let hint = near(name.get_ref(), names.chain([OUTSIDE]));
        wrong(
            name.span(),
            format!("there is no zone `{}`", name.get_ref()),
            hint,
        )
    };
    let (from, to) = (end(&raw.from)?, end(&raw.to)?);
    if from == to {
        let what = "what passes within a zone needs no conduit".to_owned();
        return wrong(raw.to.span(), what, "name two zones, or leave it out");
    }
    let mut services = BTreeSet::new();
    for protocol in &raw.protocols {
        services.insert(service(protocol)?);
    }
    let mut operations = BTreeSet::new();
    for class in &raw.operations {
        let name = class.get_ref().trim();
        let Some(known) = Class::ALL
            .iter()
            .map(|class| class.name())
            .find(|known| *known == name)
        else {
            let hint = near(name, Class::ALL.iter().map(|class| class.name()));
            return wrong(
                class.span(),
                format!("there is no class `{name}` of operations"),
                hint,
            );
        };
        operations.insert(known);
    }
    Ok(Conduit {
        from,
        to,
        services,
        operations,
    })
}

/// A protocol's name, or a port of a carrier.
fn service(text: &Spanned<String>) -> Result<String, Wrong> {
    let said = text.get_ref().trim();
    let is_port = match said.split_once('/') {
        Some(("tcp" | "udp", port)) => port.parse::<u16>().is_ok(),
        Some(("ip", number)) => number.parse::<u8>().is_ok(),
        _ => false,
    };
    let names = || PROTOCOLS.iter().map(|protocol| protocol.name());
    if is_port || names().any(|name| name == said) {
        return Ok(said.to_owned());
    }
    let hint = match near(said, names()) {
        hint if hint.is_empty() => "`jaga fields` lists protocols; a port is tcp/443".to_owned(),
        hint => hint,
    };
    wrong(text.span(), format!("there is no protocol `{said}`"), hint)
}

/// A name that is much like this one.
fn near<'n>(wrong: &str, names: impl Iterator<Item = &'n str>) -> String {
    let near = names
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .min();
    near.map_or_else(String::new, |(_, name)| format!("did you mean `{name}`?"))
}
