//! A first file of zones and conduits, made of what a baseline knows.
//!
//! Networks become zones; where some hosts of a network are only operated on, they are the
//! control zone of it. What passed between zones becomes conduits. It allows all that was seen,
//! so that it is a draft for people who know what should be.

use super::{OUTSIDE, masked};
use crate::desk::baseline::{Act, Baseline, Service, Talk};
use crate::facts::{Class, Host, Meaning};
use crate::protocols::PROTOCOLS;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use std::net::IpAddr;

/// Octets of prefix by which addresses are put together: a plant's networks are rarely larger.
const BITS: (u8, u8) = (24, 64);

/// The zone of hosts that were seen without IP.
const LINK: &str = "layer-2";

/// Classes of operations that may pass; none: any.
type Classes = BTreeSet<&'static str>;

/// A zone to be.
#[derive(Default)]
struct Draft {
    controls: BTreeSet<Host>,
    others: BTreeSet<Host>,
}

/// Proposes zones and conduits as the text of a file.
///
/// # Errors
/// What the writer says.
pub fn propose(baseline: &Baseline, out: &mut dyn Write) -> io::Result<()> {
    let drafts = drafts(baseline);
    let mut names: BTreeMap<Host, String> = BTreeMap::new();
    writeln!(
        out,
        "# Zones and conduits, proposed from what was seen: a draft that allows all of it.\n\
         # Name the zones as the plant does, and strike what should not be."
    )?;
    for (network, draft) in &drafts {
        let (control, other) = match network {
            Some((ip, _)) => (format!("control-{ip}"), format!("net-{ip}")),
            None => (LINK.to_owned(), LINK.to_owned()),
        };
        let alone = draft.others.is_empty();
        if let Some((ip, bits)) = network
            && !(alone && draft.controls.is_empty())
        {
            let (name, level) = if alone {
                (&control, "level = 1\n")
            } else {
                (&other, "")
            };
            writeln!(
                out,
                "\n[[zone]]\nname = \"{name}\"\n{level}networks = [\"{ip}/{bits}\"]"
            )?;
        }
        let listed: Vec<&Host> = match network {
            Some(_) if alone => Vec::new(),
            Some(_) => draft.controls.iter().collect(),
            None => draft.controls.union(&draft.others).collect(),
        };
        if !listed.is_empty() {
            let level = if network.is_some() { "level = 1\n" } else { "" };
            writeln!(out, "\n[[zone]]\nname = \"{control}\"\n{level}devices = [")?;
            for host in listed {
                writeln!(out, "    \"{host}\",")?;
            }
            writeln!(out, "]")?;
        }
        names.extend(draft.controls.iter().map(|host| (*host, control.clone())));
        names.extend(draft.others.iter().map(|host| (*host, other.clone())));
    }
    for ((from, to, classes), services) in conduits(baseline, &names) {
        writeln!(out, "\n[[conduit]]\nfrom = \"{from}\"\nto = \"{to}\"")?;
        list("protocols", services.iter().map(String::as_str), out)?;
        if !classes.is_empty() {
            list("operations", classes.iter().copied(), out)?;
        }
    }
    Ok(())
}

fn list<'t>(
    key: &str,
    texts: impl Iterator<Item = &'t str>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let texts: Vec<String> = texts.map(|text| format!("\"{text}\"")).collect();
    writeln!(out, "{key} = [{}]", texts.join(", "))
}

/// The hosts by their networks; hosts without IP by none. Those of the Internet are left out
/// unless they take part in control.
fn drafts(baseline: &Baseline) -> BTreeMap<Option<(IpAddr, u8)>, Draft> {
    let acts = || baseline.acts.keys().filter(|act| is_work(act));
    let actors: BTreeSet<Host> = acts().map(|act| act.actor).collect();
    let served: BTreeSet<Host> = acts().map(|act| act.device).collect();
    let talkers = baseline
        .talks
        .keys()
        .flat_map(|talk| [talk.client, talk.server]);
    let hosts: BTreeSet<Host> = talkers
        .chain(actors.iter().copied())
        .chain(served.iter().copied())
        .collect();
    let mut drafts: BTreeMap<Option<(IpAddr, u8)>, Draft> = BTreeMap::new();
    for host in hosts {
        let takes_part = actors.contains(&host) || served.contains(&host);
        if host.is_group() || host.is_public() && !takes_part {
            continue;
        }
        let network = host.ip().and_then(|ip| {
            let bits = if ip.is_ipv4() { BITS.0 } else { BITS.1 };
            Some((masked(ip, bits)?, bits))
        });
        let draft = drafts.entry(network).or_default();
        if served.contains(&host) && !actors.contains(&host) {
            draft.controls.insert(host);
        } else {
            draft.others.insert(host);
        }
    }
    drafts
}

/// What passed between places: services by both ends and the classes of operations.
fn conduits<'n>(
    baseline: &Baseline,
    names: &'n BTreeMap<Host, String>,
) -> BTreeMap<(&'n str, &'n str, Classes), BTreeSet<String>> {
    let place = |host: Host| names.get(&host).map_or(OUTSIDE, String::as_str);
    let crosses = |one: Host, other: Host| {
        let group = one.is_group() || other.is_group();
        let (from, to) = (place(one), place(other));
        (!group && from != to).then_some((from, to))
    };
    let mut passed: BTreeMap<(&str, &str, String), Classes> = BTreeMap::new();
    for Talk {
        client,
        server,
        service,
    } in baseline.talks.keys()
    {
        if let Some((from, to)) = crosses(*client, *server) {
            passed.entry((from, to, service.to_string())).or_default();
        }
    }
    for act in baseline.acts.keys() {
        if let Some((from, to)) = crosses(act.actor, act.device) {
            let service = Service::Protocol(act.protocol.clone()).to_string();
            let classes = passed.entry((from, to, service)).or_default();
            let known = control(act).map(|meaning| meaning.class.name());
            classes.extend(known);
        }
    }
    let mut conduits: BTreeMap<_, BTreeSet<String>> = BTreeMap::new();
    for ((from, to, service), classes) in passed {
        conduits
            .entry((from, to, classes))
            .or_default()
            .insert(service);
    }
    conduits
}

/// Whether it is done to a device, and not told by one.
fn is_work(act: &Act) -> bool {
    control(act).is_some_and(|meaning| meaning.class != Class::State)
}

/// What an operation over a control protocol means, by its table. Whoever serves pages or files
/// to offices is no controller.
fn control(act: &Act) -> Option<&'static Meaning> {
    let protocol = PROTOCOLS
        .iter()
        .find(|protocol| protocol.name() == act.protocol && protocol.industrial())?;
    let mut meanings = protocol.meanings().iter().copied();
    meanings.find(|meaning| meaning.name == act.operation)
}
