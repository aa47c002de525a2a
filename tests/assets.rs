//! Asset truth: against the true devices of simulated sites the inventory finds every host with
//! a frame of its own, with MAC, addresses, vendor and role, and invents none.
//!
//! The three shipped sites always run (`pcaps/sites/assets.json`, CC-BY-4.0, an excerpt of the
//! answers that come with the captures); all twelve run where the development data lies beside
//! the repository.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

use jaga::capture::{self, Captures};
use jaga::desk::inventory::{Asset, Assets, Inventory};
use jaga::facts::{Host, Mac};
use jaga::sensor::{self, Event, Progress};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The sites' names of roles, and what we may call them where their behaviour is in the
/// capture.
const ROLES: &[(&str, &[&str])] = &[
    (
        "bmssrv",
        &["hmi", "server", "historian", "industrial-client"],
    ),
    ("dc", &["server"]),
    ("ddc", &["plc"]),
    ("dmz_hist", &["historian", "server"]),
    ("eng", ENGINEERING),
    ("ews", ENGINEERING),
    ("firewall", &["gateway"]),
    ("fw", &["gateway"]),
    ("historian", &["historian"]),
    ("hmi", &["hmi"]),
    ("itpc", &["engineering-station", "workstation"]),
    ("jump", &["server"]),
    ("logix", &["plc"]),
    ("ot_hist", &["historian", "server"]),
    ("pc", &["workstation"]),
    ("pivot", UNPROVEN),
    ("plc", &["plc"]),
    ("rogue", UNPROVEN),
    ("rtac", &["outstation"]),
    ("rtu", &["outstation"]),
    ("s7plc", &["plc"]),
    ("scada", &["hmi", "server"]),
    ("vfd", &["drive", "io"]),
    ("vfd2", &["drive", "io"]),
    ("web", &["server"]),
    ("ws", &["workstation"]),
    ("wsus", &["server"]),
];

/// An engineering station that was only seen to write now and then shows no more than a rogue
/// host that does the same.
const ENGINEERING: &[&str] = &["engineering-station", "workstation", "writing-client"];

/// Roles that name what a host does and not what it is: a host that has no business at the
/// controllers must not be called by the name of one that has.
const UNPROVEN: &[&str] = &[
    "industrial-client",
    "io-controller",
    "scanner",
    "writing-client",
];

/// A host that did nothing but keep its clock, ask for names, or open an encrypted connection
/// shows no role; then the right answer is none.
const TELLS_NOTHING: &[&str] = &[
    "arp", "dhcp", "dns", "llmnr", "mdns", "netbios", "ntp", "tls",
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Replays a capture; also gives every address that sent a frame, with the MACs it came from.
fn replay(path: &Path) -> (Assets, BTreeMap<IpAddr, BTreeSet<Mac>>) {
    let captures = Captures::open(&[path.to_owned()], capture::Config::default()).unwrap();
    let mut inventory = Inventory::default();
    let mut senders: BTreeMap<IpAddr, BTreeSet<Mac>> = BTreeMap::new();
    let _ = sensor::replay(
        captures,
        sensor::Config { workers: 1 },
        sensor::Watch::default(),
        &Progress::default(),
        &mut |event| {
            inventory.take(&event);
            if let Event::Flow(flow) = &event {
                for (end, host) in [
                    (&flow.ends.0, flow.low.host),
                    (&flow.ends.1, flow.high.host),
                ] {
                    if let (Some(ip), true) = (host.ip(), end.seen.is_some()) {
                        senders.entry(ip).or_default().extend(&end.macs);
                    }
                }
            }
        },
    );
    (inventory.finish(), senders)
}

/// What is wrong with an inventory, line by line.
fn faults(site: &Value, assets: &Assets, senders: &BTreeMap<IpAddr, BTreeSet<Mac>>) -> Vec<String> {
    let mut faults = Vec::new();
    let mut found: BTreeSet<String> = BTreeSet::new();
    for host in site["hosts"].as_array().unwrap() {
        for interface in host["interfaces"].as_array().unwrap() {
            let ip: IpAddr = interface["ip"].as_str().unwrap().parse().unwrap();
            let mac = interface["mac"].as_str().unwrap();
            let name = format!("{} {ip} {mac}", host["role"].as_str().unwrap());
            let Some(asset) = assets.of(Host::Ip(ip)) else {
                if senders.contains_key(&ip) {
                    faults.push(format!("{name}: not found"));
                }
                continue;
            };
            if !found.insert(asset.id.clone()) {
                faults.push(format!("{name}: one device with another: {}", asset.id));
            }
            check(host, ip, mac, asset, senders, &name, &mut faults);
        }
    }
    for asset in assets
        .assets
        .iter()
        .filter(|asset| !found.contains(&asset.id))
    {
        faults.push(format!("invented: {}", shown(asset)));
    }
    faults
}

/// Compares one device with the truth.
fn check(
    host: &Value,
    ip: IpAddr,
    mac: &str,
    asset: &Asset,
    senders: &BTreeMap<IpAddr, BTreeSet<Mac>>,
    name: &str,
    faults: &mut Vec<String>,
) {
    let on_segment = senders
        .get(&ip)
        .is_none_or(|macs| macs.iter().any(|known| known.to_string() == mac));
    let macs: Vec<String> = asset.macs.iter().map(ToString::to_string).collect();
    if on_segment && macs != [mac] {
        faults.push(format!("{name}: MAC {macs:?}"));
    }
    if !on_segment && (!macs.is_empty() || asset.behind.is_none()) {
        faults.push(format!("{name}: behind a router, but {}", shown(asset)));
    }
    let v4: Vec<&IpAddr> = asset.ips.iter().filter(|ip| ip.is_ipv4()).collect();
    if v4 != [&ip] {
        faults.push(format!("{name}: addresses {v4:?}"));
    }
    let vendor = host["vendor"].as_str().unwrap();
    if (on_segment || !asset.vendor.is_empty()) && !plain(&asset.vendor).contains(&plain(vendor)) {
        faults.push(format!("{name}: vendor {} for {vendor}", asset.vendor));
    }
    let theirs = host["role"].as_str().unwrap();
    let theirs =
        theirs.trim_end_matches(|c: char| c.is_ascii_digit() && !theirs.starts_with("vfd"));
    let (_, ours) = ROLES.iter().find(|(role, _)| *role == theirs).unwrap();
    let told = asset.roles.first().map(|role| role.role);
    let silent = asset
        .serves
        .iter()
        .map(|name| name.split('/').next().unwrap())
        .chain(asset.uses.iter().map(String::as_str))
        .all(|name| TELLS_NOTHING.contains(&name));
    if !told.map_or(silent, |told| ours.contains(&told)) {
        faults.push(format!("{name}: role of {}", shown(asset)));
    }
}

fn plain(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

fn shown(asset: &Asset) -> String {
    let roles: Vec<String> = asset
        .roles
        .iter()
        .map(|role| format!("{} ({})", role.role, role.reason))
        .collect();
    format!(
        "{} ips {:?} behind {:?} vendor {} roles {roles:?} serves {:?} uses {:?} contradictions {:?}",
        asset.id,
        asset.ips,
        asset.behind,
        asset.vendor,
        asset.serves,
        asset.uses,
        asset.contradictions
    )
}

fn compare(sites: &[Value], folder: &Path) {
    let mut all = Vec::new();
    for site in sites {
        let capture = site["capture"].as_str().unwrap();
        let (assets, senders) = replay(&folder.join(capture));
        if std::env::var_os("SHOW").is_some() {
            eprintln!("## {capture}");
            for asset in &assets.assets {
                eprintln!("  {}", shown(asset));
            }
        }
        let faults = faults(site, &assets, &senders);
        all.extend(
            faults
                .into_iter()
                .map(|fault| format!("{capture}: {fault}")),
        );
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn the_shipped_sites_are_found_device_by_device() {
    let truth = std::fs::read(root().join("pcaps/sites/assets.json")).unwrap();
    let truth: Value = serde_json::from_slice(&truth).unwrap();
    let sites = truth["sites"].as_array().unwrap();
    assert_eq!(sites.len(), 3);
    compare(sites, &root().join("pcaps/sites"));
}

/// What devices of shipped captures say of themselves, on the device that says it.
#[test]
fn identification_stands_on_the_right_device() {
    let read: [(&str, &str, &[&str]); 5] = [
        (
            "s7comm/s7ident.pcap",
            "172.17.0.2",
            &[
                "6ES7 315-2EH14-0AB0",
                "CPU 315-2 PN/DP",
                "S C-C2UR28922012",
                "V3.2.6",
            ],
        ),
        (
            "s7comm/quickdraw-s7.pcap",
            "192.168.10.90",
            &["6ES7 312-5AC02-0AB0", "V1.2.0"],
        ),
        (
            "modbus/modicon_test.pcap",
            "192.168.63.253",
            &["140 CPU 311 10", "Schneider Electric"],
        ),
        (
            "enip/enip_cip_example.pcap",
            "10.1.1.164",
            &["1756-ENBT/A", "0x00524d8e"],
        ),
        (
            "sites/it-ot-pivot.pcap",
            "10.231.123.19",
            &["6ES7 214-1AG40-0XB0", "V4.5", "Siemens"],
        ),
    ];
    for (capture, address, texts) in read {
        let (assets, _) = replay(&root().join("pcaps").join(capture));
        let right = assets.of(Host::Ip(address.parse().unwrap())).unwrap();
        for text in texts {
            let says = |asset: &Asset| asset.attributes.iter().any(|a| a.value == *text);
            assert!(says(right), "{capture}: {text} is not on {address}");
            let others = assets.assets.iter().filter(|asset| asset.id != right.id);
            assert_eq!(
                others.filter(|asset| says(asset)).count(),
                0,
                "{capture}: {text} is on another device too"
            );
        }
    }
}

#[test]
fn all_sites_are_found_device_by_device() {
    let beside = ["../shared/data", "../../shared/data"].map(|folder| root().join(folder));
    let data = beside.iter().find(|folder| folder.exists());
    let data = data.unwrap_or(&beside[0]);
    let Ok(truth) = std::fs::read_to_string(data.join("labels/pcapforge-assets.jsonl")) else {
        eprintln!(
            "SKIPPED: no development data beside the repository; the shipped sites alone were compared"
        );
        return;
    };
    let sites: Vec<Value> = truth
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(sites.len(), 12);
    compare(&sites, &data.join("captures"));
}

/// `network-spoof.pcap` has a router advertisement of one host.
#[test]
fn who_advertises_itself_as_a_router_is_a_gateway() {
    let path = root().join("pcaps/made/network-spoof.pcap");
    let (assets, _) = replay(&path);
    let is_told = |asset: &&Asset| {
        let mut told = asset.attributes.iter();
        told.any(|told| {
            (told.property, told.source, told.value.as_str()) == ("role", "icmpv6", "router")
        })
    };
    let routers: Vec<&Asset> = assets.assets.iter().filter(is_told).collect();
    assert!(!routers.is_empty());
    for router in routers {
        assert!(
            router.roles.iter().any(|role| role.role == "gateway"),
            "{router:?}"
        );
        assert!(!router.macs.is_empty());
    }
}
