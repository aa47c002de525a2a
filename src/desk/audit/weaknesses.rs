//! What is weak on the network without anybody having attacked it: logins in clear text, control
//! without a login, ways to the Internet and past levels, systems without support.
//!
//! Made once at the end from the picture, the devices and the conduits. Each case names the
//! packet that shows it. A kind of weakness is a row of [`KINDS`] and a message of both
//! catalogues.

use super::conduits::Conduit;
use super::logins::{CLEARTEXT, DEFAULT};
use crate::desk::inventory::{Asset, Contradiction};
use crate::desk::report::words::bare;
use crate::desk::report::{Control, Party, Summary};
use crate::facts::Class;
use crate::protocols::PROTOCOLS;
use serde::{Serialize, Serializer};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Most cases of one kind that are listed.
const CASES: usize = 200;

/// The highest level from which the process is controlled, and the lowest of the business: what
/// goes between them passes over the site's own level.
const CONTROL_LEVEL: u8 = 2;
const BUSINESS_LEVEL: u8 = 4;

/// One kind of weakness and where it was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Weakness {
    /// Its name, under which the catalogues have it.
    pub kind: &'static str,
    /// 1 high to 4 information.
    pub severity: u8,
    /// Where it was seen; at most 200.
    pub cases: Vec<Case>,
    /// Cases that are not listed.
    pub omitted: u64,
}

/// One place where a weakness was seen.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// Who, or who asks.
    pub source: Arc<Party>,
    /// Whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<Arc<Party>>,
    /// What was seen.
    pub detail: Detail,
    /// How often; 0 where that says nothing.
    pub count: u64,
    /// The packet that shows it first; 0 where no single one does.
    pub frame: u64,
}

/// What was seen of a weakness: kept so that each language says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A protocol, a version: the same in all languages.
    Text(String),
    /// What a rule says.
    Rule(Arc<str>),
    /// What cannot all be true.
    Contradiction(Contradiction),
    /// A message that broke a rule of its protocol: its name, and what the protocol asks for.
    Fault(&'static str, &'static str),
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Rule(message) => f.write_str(bare(message)),
            Self::Contradiction(told) => told.fmt(f),
            Self::Fault(name, doc) => write!(f, "{name}: {doc}"),
        }
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A kind of weakness.
pub(super) struct Kind {
    pub(super) name: &'static str,
    severity: u8,
    find: fn(&Seen<'_>) -> Vec<Case>,
}

/// Everything that weaknesses are found in.
pub(super) struct Seen<'a> {
    pub(super) picture: &'a Summary<'a>,
    pub(super) conduits: &'a [Conduit],
    /// Logins in clear text and default credentials, each with the number of its rule.
    pub(super) logins: &'a [(u32, Case)],
}

/// All kinds, the gravest first.
pub(super) static KINDS: &[Kind] = &[
    kind("outside-control", 1, |seen| {
        conduits(seen, |c| c.outside && c.industrial && c.answered)
    }),
    kind("default-credentials", 1, default_credentials),
    kind("cleartext-login", 2, |seen| logins(seen, CLEARTEXT)),
    kind("outside", 2, |seen| {
        conduits(seen, |c| c.outside && !c.industrial && c.answered)
    }),
    kind("level-crossing", 2, |seen| conduits(seen, passes_a_level)),
    kind("no-conduit", 2, |seen| conduits(seen, lacks_a_conduit)),
    kind("open-control", 2, open_control),
    kind("command-from-elsewhere", 3, from_elsewhere),
    kind("remote-access", 3, |seen| conduits(seen, is_remote_access)),
    kind("cleartext-service", 3, |seen| conduits(seen, is_cleartext)),
    kind("unsupported-system", 3, unsupported),
    kind("contradiction", 3, contradictions),
    kind("office-service", 4, office_services),
    kind("person-to-person", 4, |seen| {
        conduits(seen, |c| c.answered && c.protocol == "smtp")
    }),
    kind("malformed", 4, malformed),
];

const fn kind(name: &'static str, severity: u8, find: fn(&Seen<'_>) -> Vec<Case>) -> Kind {
    Kind {
        name,
        severity,
        find,
    }
}

/// All weaknesses that show, the gravest first.
pub(super) fn found(seen: &Seen<'_>) -> Vec<Weakness> {
    let weakness = |kind: &Kind| {
        let mut cases = (kind.find)(seen);
        let omitted = cases.len().saturating_sub(CASES) as u64;
        cases.truncate(CASES);
        (!cases.is_empty()).then_some(Weakness {
            kind: kind.name,
            severity: kind.severity,
            cases,
            omitted,
        })
    };
    KINDS.iter().filter_map(weakness).collect()
}

/// Kinds that were looked for and do not show, in their order: those of logins where rules watched
/// for them, and conduits where zones were given.
pub(super) fn absent(found: &[Weakness], logins: bool, zones: bool) -> Vec<&'static str> {
    let is_sought = |name: &str| match name {
        "default-credentials" | "cleartext-login" => logins,
        "no-conduit" => zones,
        _ => true,
    };
    let names = KINDS.iter().map(|kind| kind.name);
    names
        .filter(|name| is_sought(name) && found.iter().all(|weak| weak.kind != *name))
        .collect()
}

/// Conduits that this is true of.
fn conduits(seen: &Seen<'_>, is_weak: fn(&Conduit) -> bool) -> Vec<Case> {
    let weak = seen.conduits.iter().filter(|conduit| is_weak(conduit));
    weak.map(|conduit| Case {
        source: Arc::clone(&conduit.client),
        destination: Some(Arc::clone(&conduit.server)),
        detail: Detail::Text(match conduit.port {
            0 => conduit.protocol.to_owned(),
            port => format!("{} {port}", conduit.protocol),
        }),
        count: conduit.conversations,
        frame: conduit.first.frame,
    })
    .collect()
}

/// Whether it passes between zones and no conduit is for it.
fn lacks_a_conduit(conduit: &Conduit) -> bool {
    let passage = conduit.passage.as_ref();
    conduit.answered && passage.is_some_and(|passage| !passage.allowed)
}

/// Whether it joins a device of the business with one of those that control the process.
fn passes_a_level(conduit: &Conduit) -> bool {
    let (Some(one), Some(other)) = conduit.levels else {
        return false;
    };
    conduit.answered && one.min(other) <= CONTROL_LEVEL && one.max(other) >= BUSINESS_LEVEL
}

/// Protocols that let somebody work on a machine from elsewhere.
fn is_remote_access(conduit: &Conduit) -> bool {
    conduit.answered && matches!(conduit.protocol, "rdp" | "ssh" | "telnet" | "vnc")
}

/// Protocols of offices that encrypt neither login nor content.
fn is_cleartext(conduit: &Conduit) -> bool {
    let clear = ["ftp", "http", "smtp", "snmp", "telnet", "tftp", "vnc"];
    conduit.answered && clear.contains(&conduit.protocol)
}

/// Protocols that take a command from whoever sends it. DNP3 and BACnet have secure forms; what
/// is listed here was seen without.
const OPEN: [&str; 7] = [
    "bacnet", "dnp3", "enip", "iec104", "mms", "modbus", "s7comm",
];

/// Whom a device obeyed in a protocol without a login. What it refused or left without an answer
/// does not show that it obeys, nor does a pair that authenticates itself.
fn open_control(seen: &Seen<'_>) -> Vec<Case> {
    obeyed(seen, |pair| {
        OPEN.contains(&pair.protocol) && !pair.classes.contains_key(&Class::Authenticate)
    })
}

/// Whom a device obeyed in a control protocol although the sender is in another network. Rests on
/// addresses alone, not on guessed levels: networks are taken to be a /24, which is what plants
/// give out, or a /64.
fn from_elsewhere(seen: &Seen<'_>) -> Vec<Case> {
    let controls = |name| {
        let known = PROTOCOLS.iter().find(|protocol| protocol.name() == name);
        known.is_some_and(|protocol| protocol.industrial())
    };
    obeyed(seen, |pair| {
        let networks = (network(&pair.actor), network(&pair.device));
        let apart = matches!(networks, (Some(one), Some(other)) if one != other);
        apart && controls(pair.protocol)
    })
}

/// The network that an address is in; `None` for a MAC address, and for one of the link itself.
fn network(party: &Party) -> Option<u64> {
    match party.address.parse().ok()? {
        IpAddr::V4(ip) => (!ip.is_link_local()).then_some(u64::from(ip.to_bits() >> 8)),
        IpAddr::V6(ip) => {
            let prefix = u64::try_from(ip.to_bits() >> 64).ok();
            prefix.filter(|_| !ip.is_unicast_link_local())
        }
    }
}

/// Who commanded whom, of the pairs that this is true of, where the device did what it was told.
fn obeyed(seen: &Seen<'_>, is_asked: impl Fn(&Control) -> bool) -> Vec<Case> {
    let pairs = seen.picture.control.iter();
    pairs
        .filter(|pair| pair.commands() && is_asked(pair))
        .filter_map(|pair| {
            let acts = seen.picture.operations.iter().filter(|act| {
                act.criticality >= 3
                    && (act.carried_out > 0 || act.accepted)
                    && (act.protocol, &act.actor, &act.device)
                        == (pair.protocol, &pair.actor, &pair.device)
            });
            let frame = acts.clone().map(|act| act.first.frame).min()?;
            Some(Case {
                source: Arc::clone(&pair.actor),
                destination: Some(Arc::clone(&pair.device)),
                detail: Detail::Text(pair.protocol.to_owned()),
                count: acts.map(|act| act.carried_out.max(1)).sum(),
                frame,
            })
        })
        .collect()
}

/// Logins that these rules told of.
fn logins(seen: &Seen<'_>, rules: &[u32]) -> Vec<Case> {
    let told = seen.logins.iter().filter(|(sid, _)| rules.contains(sid));
    told.map(|(_, case)| case.clone()).collect()
}

/// Default credentials where the device answered: what nobody answered let nobody in.
fn default_credentials(seen: &Seen<'_>) -> Vec<Case> {
    let mut cases = logins(seen, DEFAULT);
    cases.retain(|case| {
        seen.conduits.iter().any(|conduit| {
            let ends = (&conduit.client, Some(&conduit.server));
            let turned = (&conduit.server, Some(&conduit.client));
            let told = (&case.source, case.destination.as_ref());
            conduit.answered
                && matches!(conduit.protocol, "snmp" | "vnc")
                && (told == ends || told == turned)
        })
    });
    cases
}

/// Devices with something to tell each.
fn devices(seen: &Seen<'_>, tell: impl Fn(&Asset) -> Vec<(Detail, u64)>) -> Vec<Case> {
    let mut cases = Vec::new();
    for asset in seen.picture.devices {
        let party = Arc::new(Party::of_asset(asset));
        cases.extend(tell(asset).into_iter().map(|(detail, frame)| Case {
            source: Arc::clone(&party),
            destination: None,
            detail,
            count: 0,
            frame,
        }));
    }
    cases
}

fn unsupported(seen: &Seen<'_>) -> Vec<Case> {
    devices(seen, |asset| {
        let told = asset.attributes.iter();
        let systems = told.filter(|told| told.property == "operating_system");
        let old = systems.filter(|told| is_unsupported(&told.value));
        old.map(|told| (Detail::Text(told.value.clone()), told.frame))
            .take(1)
            .collect()
    })
}

/// Whether a system by its own words gets no repairs from its maker any more (Windows before
/// 10 and Server 2016; Microsoft's lifecycle pages, the last of them in October 2023).
fn is_unsupported(system: &str) -> bool {
    let Some((_, rest)) = system.split_once("Windows ") else {
        return false;
    };
    let rest = rest.strip_prefix("Server ").unwrap_or(rest);
    let old = [
        "NT", "95", "98", "2000", "2002", "XP", "2003", "Vista", "2008", "7", "8", "2012", "4.",
        "5.", "6.",
    ];
    old.iter().any(|old| {
        let after = rest.strip_prefix(old);
        after.is_some_and(|after| {
            old.ends_with('.') || !after.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}

fn contradictions(seen: &Seen<'_>) -> Vec<Case> {
    devices(seen, |asset| {
        let told = asset.contradictions.iter();
        let detail = |told: &Contradiction| Detail::Contradiction(told.clone());
        told.map(|told| (detail(told), told.frame())).collect()
    })
}

/// Controllers that serve what offices do.
fn office_services(seen: &Seen<'_>) -> Vec<Case> {
    devices(seen, |asset| {
        if !asset.acts_on_the_process() {
            return Vec::new();
        }
        let office = ["ftp/", "http/", "smb/", "snmp/", "telnet/", "tftp/", "vnc/"];
        let serves = asset.serves.iter();
        let served = serves.filter(|served| office.iter().any(|name| served.starts_with(name)));
        served
            .map(|served| (Detail::Text(served.clone()), 0))
            .collect()
    })
}

/// What broke the rules of its protocol.
fn malformed(seen: &Seen<'_>) -> Vec<Case> {
    let faults = seen.picture.protocol_faults.iter();
    let party = |address: &str| {
        Arc::new(Party {
            address: address.to_owned(),
            ..Party::default()
        })
    };
    faults
        .map(|fault| Case {
            source: party(&fault.source),
            destination: Some(party(&fault.destination)),
            detail: Detail::Fault(fault.fault, fault.doc),
            count: fault.count,
            frame: fault.first.frame,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_without_support_are_told_from_others() {
        for old in [
            "Windows XP",
            "Windows XP (5.1 build 2600)",
            "Windows 7 or Server 2008 R2 (6.1 build 7601)",
            "Windows 2002 Service Pack 3 2600",
            "Windows Server 2003 3790",
            "Windows 7",
        ] {
            assert!(is_unsupported(old), "{old}");
        }
        for new in [
            "Windows 10",
            "Windows 10.0 build 19041",
            "Windows Server 2019",
            "Linux 2.6",
            "Windows 80",
        ] {
            assert!(!is_unsupported(new), "{new}");
        }
    }
}
