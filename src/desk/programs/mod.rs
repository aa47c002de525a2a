//! Programs that travelled to and from devices: put together from their pieces, hashed, and told
//! with the engineering work that they were part of.
//!
//! The desk feeds [`Programs`] where somebody asked for it; audits list what came of it, and
//! `jaga diff` holds it against that of another capture. What is not whole is never told as
//! whole: a program has a hash only where each of its octets was seen, once, and in order.

mod changes;
mod transfers;
mod work;

pub use changes::{Known, changes, known};
pub use work::{Engineering, Mode, Step};

use crate::desk::inventory::Seen;
use crate::desk::outputs::time::Seconds;
use crate::facts::{Host, Time, Way};
use crate::protocols::PROTOCOLS;
use crate::sensor::Event;
use data_encoding::HEXLOWER;
use serde::Serialize;
use std::collections::BTreeMap;
use transfers::{Ended, Transfers};
use work::Work;

/// Most programs listed. A large controller holds some hundreds of blocks.
const PROGRAMS: usize = 4_096;

/// Most octets of whole programs kept to be written: those of some hundred controllers.
const KEPT: usize = 256 << 20;

/// A program that travelled, over all transfers that show it alike.
#[derive(Clone, Debug, Serialize)]
pub struct Program {
    /// Whose it is or becomes.
    pub device: String,
    /// Unit, slot or station behind the device's address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<u32>,
    /// Who sent or fetched it.
    pub actor: String,
    /// The protocol.
    pub protocol: &'static str,
    /// `download` to the device, `upload` from it.
    pub direction: &'static str,
    /// Its name as engineers write it: `DB10`; empty where none was seen.
    pub block: String,
    /// Whether every octet of it was seen, once and in order.
    pub whole: bool,
    /// Octets that were seen.
    pub octets: u64,
    /// How many are missing, where that is known and it is not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub missing: Option<u64>,
    /// SHA-256 of its octets; none where it is not whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// How the last step of its transfer ended; `not-seen` where that was not seen.
    pub end: &'static str,
    /// Author, family, name and version that its author gave it.
    pub author: String,
    /// The family it belongs to.
    pub family: String,
    /// What its author calls it.
    pub title: String,
    /// Version.
    pub version: String,
    /// Language it is written in.
    pub language: &'static str,
    /// When its code was changed, by the clock of whoever wrote it: `2014-08-20T11:57:55`.
    pub changed: String,
    /// When its interface was changed, likewise.
    pub interface_changed: String,
    /// Its author keeps others from reading it.
    pub protected: bool,
    /// How often it travelled like this.
    pub count: u64,
    /// The first packet of the first transfer.
    pub first: Seen,
    /// The last packet of the last transfer.
    pub last: Seen,
}

/// What makes two transfers the same program here.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity {
    device: Host,
    unit: Option<u32>,
    block: String,
    way: Way,
    actor: Host,
    /// Hash, or octets that were seen and are missing.
    content: Result<String, (u64, Option<u64>)>,
    end: &'static str,
}

/// Puts programs together.
#[derive(Debug, Default)]
pub struct Programs {
    transfers: Transfers,
    work: Work,
    known: BTreeMap<Identity, Program>,
    /// Octets of whole programs by their hash, where they are to be kept.
    kept: Option<BTreeMap<String, Vec<u8>>>,
    kept_octets: usize,
    omitted: u64,
    not_kept: u64,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Finished {
    /// The programs, by device, block and way.
    pub programs: Vec<Program>,
    /// Transfers that are in none of them for want of room.
    pub omitted: u64,
    /// Engineering work, in the order in which it began.
    pub engineering: Vec<Engineering>,
    /// Work that is not listed for want of room.
    pub engineering_omitted: u64,
    /// Octets of whole programs by their hash, where they were to be kept.
    pub kept: BTreeMap<String, Vec<u8>>,
    /// Whole programs whose octets were not kept for want of room.
    pub not_kept: u64,
}

impl Programs {
    /// Programs whose octets are kept beside their hashes.
    #[must_use]
    pub fn keeping() -> Self {
        Self {
            kept: Some(BTreeMap::new()),
            ..Self::default()
        }
    }

    /// Takes one event, in packet order.
    pub fn take(&mut self, event: &Event) {
        match event {
            Event::Piece(piece) => {
                self.work.transferring(piece);
                for ended in self.transfers.take(piece) {
                    self.ended(ended);
                }
            }
            Event::Operation(record) => self.work.take(record),
            Event::Cycle(cycle) => self.work.cycle(cycle),
            Event::Flow(flow) => {
                for ended in self.transfers.close(Some(flow.id)) {
                    self.ended(ended);
                }
            }
            _ => {}
        }
    }

    /// The capture ended.
    #[must_use]
    pub fn finish(mut self) -> Finished {
        for ended in self.transfers.close(None) {
            self.ended(ended);
        }
        let (engineering, engineering_omitted) = self.work.finish();
        Finished {
            programs: self.known.into_values().collect(),
            omitted: self.omitted,
            engineering,
            engineering_omitted,
            kept: self.kept.unwrap_or_default(),
            not_kept: self.not_kept,
        }
    }

    /// A transfer is over.
    fn ended(&mut self, ended: Ended) {
        let program = program(&ended);
        self.work.transferred(&ended, &program);
        if let (Some(kept), Some(hash)) = (&mut self.kept, &program.sha256)
            && !kept.contains_key(hash)
        {
            if self.kept_octets + ended.octets.len() <= KEPT {
                self.kept_octets += ended.octets.len();
                kept.insert(hash.clone(), ended.octets);
            } else {
                self.not_kept += 1;
            }
        }
        let identity = Identity {
            device: ended.device,
            unit: ended.unit,
            block: program.block.clone(),
            way: ended.way,
            actor: ended.actor,
            content: match &program.sha256 {
                Some(hash) => Ok(hash.clone()),
                None => Err((program.octets, program.missing)),
            },
            end: program.end,
        };
        if let Some(known) = self.known.get_mut(&identity) {
            known.count += 1;
            known.last = program.last;
        } else if self.known.len() < PROGRAMS {
            self.known.insert(identity, program);
        } else {
            self.omitted += 1;
        }
    }
}

/// What a transfer shows.
fn program(ended: &Ended) -> Program {
    let protocol = PROTOCOLS.iter().find(|one| one.name() == ended.protocol);
    let legend = protocol.and_then(|protocol| protocol.legend(&ended.octets));
    let legend = legend.unwrap_or_default();
    let expected = ended.announced.or(legend.length);
    let whole = ended.is_counted() || ended.is_sound() && expected == Some(ended.seen);
    let missing = expected.and_then(|expected| expected.checked_sub(ended.seen));
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let moment = |seconds: Option<u64>| {
        let time = seconds.map(|seconds| Time::from_parts(seconds, 0));
        time.map_or_else(String::new, |time| Seconds(time).to_string())
    };
    Program {
        device: ended.device.to_string(),
        unit: ended.unit,
        actor: ended.actor.to_string(),
        protocol: ended.protocol,
        direction: ended.way.name(),
        block: match ended.name.is_empty() {
            true => legend.name,
            false => text(&ended.name),
        },
        whole,
        octets: ended.seen,
        missing: missing.filter(|missing| !whole && *missing > 0),
        sha256: whole.then(|| HEXLOWER.encode(&ended.hash)),
        end: ended.end.name(),
        author: text(legend.author),
        family: text(legend.family),
        title: text(legend.title),
        version: legend.version,
        language: legend.language,
        changed: moment(legend.changed.or(ended.made)),
        interface_changed: moment(legend.interface_changed),
        protected: legend.protected,
        count: 1,
        first: ended.first.into(),
        last: ended.last.into(),
    }
}
