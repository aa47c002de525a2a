//! Writing capsules: the packets with comments, and the manifests.
//!
//! Each capsule is tried before it is kept; one that does not show its alert again is gathered
//! anew with more around it.

use super::conceal::Concealer;
use super::gather::{Kept, ROOM, Reach, gather};
use super::manifest::{Manifest, hash};
use super::{Deriver, Evidence};
use crate::capture::{Captures, LinkType, Writer};
use crate::desk::audit::Sealed;
use crate::rules::rule::Rule;
use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::path::Path;

/// Most octets captured of a frame, as capsules say: no limit.
const WHOLE: u32 = 0;

/// What capsules are made with.
#[derive(Debug)]
pub struct Packing<'a> {
    /// The captures with their hashes.
    pub captures: &'a [Sealed],
    /// The baseline of the run.
    pub baseline: Option<Sealed>,
    /// The zones of the run.
    pub zones: Option<Sealed>,
    /// The rules of the run.
    pub rules: &'a [Rule],
    /// Whether secrets stay as they are.
    pub secrets: bool,
}

/// A capsule that waits to be written.
#[derive(Debug)]
pub struct Packed {
    /// Its name without a suffix.
    pub name: String,
    /// The packets, as pcapng.
    pub capture: Vec<u8>,
    /// The manifest.
    pub manifest: String,
    /// Whether it shows its alert again.
    pub derives: bool,
}

/// Packs a capsule for each of these alerts and hands it to `write`. `open` opens the captures
/// once more, each time they have to be read.
///
/// # Errors
/// What `open` and `write` say.
pub fn pack<E>(
    evidence: &[Evidence],
    packing: &Packing<'_>,
    deriver: &mut Deriver,
    open: &dyn Fn() -> Result<Captures, E>,
    write: &mut dyn FnMut(Packed) -> Result<(), E>,
) -> Result<(), E> {
    let mut left: Vec<&Evidence> = evidence.iter().collect();
    for reach in Reach::ALL {
        if left.is_empty() {
            break;
        }
        let wanted: Vec<(&Evidence, Reach)> = left.iter().map(|one| (*one, reach)).collect();
        let gathered = gather(open()?, &wanted, ROOM);
        let mut again = Vec::new();
        for (evidence, kept) in left.into_iter().zip(gathered) {
            let packed = packed(evidence, kept, packing, deriver);
            let last = Reach::ALL.last() == Some(&reach);
            match packed.derives || last {
                true => write(packed)?,
                false => again.push(evidence),
            }
        }
        left = again;
    }
    Ok(())
}

/// A capsule of these packets.
fn packed(
    evidence: &Evidence,
    mut kept: Vec<Kept>,
    packing: &Packing<'_>,
    deriver: &mut Deriver,
) -> Packed {
    let name = super::name(evidence.gid, evidence.sid, evidence.severity);
    let mut manifest = Manifest::of(evidence);
    if !packing.secrets {
        let mut concealer = Concealer::default();
        for kept in &mut kept {
            manifest.masked += u64::from(concealer.conceal(kept));
        }
    }
    let rules = packing.rules.iter();
    let named = |rule: &&Rule| (rule.id.gid, rule.id.sid) == (evidence.gid, evidence.sid);
    let rule = rules.clone().find(named);
    manifest.rule = rule.map_or_else(String::new, |rule| rule.text.to_string());
    manifest.captures = packing.captures.to_vec();
    manifest.baseline.clone_from(&packing.baseline);
    manifest.zones.clone_from(&packing.zones);
    manifest.packets = kept.iter().map(|kept| kept.frame).collect();
    manifest.file = format!("{name}.pcapng");
    // Memory does not refuse what is written.
    let capture = pcapng(evidence, &kept).unwrap_or_default();
    manifest.sha256 = hash(&capture);
    let octets = Box::new(Cursor::new(capture.clone()));
    if let Ok(captures) = Captures::from_reader(Path::new(&manifest.file), octets) {
        let alerts = deriver.of(captures, &manifest.rule);
        manifest.derives = alerts.iter().any(|alert| manifest.is_shown(alert));
    }
    Packed {
        name,
        capture,
        derives: manifest.derives,
        manifest: manifest.sealed(),
    }
}

/// The packets as pcapng, with comments.
fn pcapng(evidence: &Evidence, kept: &[Kept]) -> io::Result<Vec<u8>> {
    let about = format!(
        "Evidence for sid {}: {}. Packet numbers are those of the captures that the manifest names.",
        evidence.sid, evidence.signature
    );
    let mut writer = Writer::new(Vec::new(), &[&about])?;
    let mut interfaces: BTreeMap<LinkType, u32> = BTreeMap::new();
    for kept in kept {
        let interface = match interfaces.get(&kept.link) {
            Some(known) => *known,
            None => {
                let new = writer.interface(kept.link, WHOLE, "")?;
                interfaces.insert(kept.link, new);
                new
            }
        };
        let number = format!("packet {}", kept.frame);
        let decides = format!(
            "{number}: decides sid {}, {}",
            evidence.sid, evidence.signature
        );
        let comment = match kept.frame == evidence.stamp.frame {
            true => decides,
            false => number,
        };
        writer.frame(
            interface,
            kept.time,
            &kept.octets,
            kept.original,
            &[&comment],
        )?;
    }
    writer.finish()
}
