//! What was read: files, interfaces, what became of each frame, copies of the mirror port.
//!
//! Parts of the [`super::summary::Summary`]; plain data, made once at the end.

use super::conversations::Total;
use super::written;
use crate::capture::{Captures, Source};
use crate::desk::outputs::json::is_zero;
use crate::facts::{Stamp, Time};
use crate::flow::{DuplicateKind, Tags};
use crate::sensor::{self, Books, Dropped, Undecoded};
use serde::Serialize;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

/// One file.
#[derive(Clone, Debug, Serialize)]
pub struct Capture {
    /// Its name without its folder; `-` for standard input.
    pub name: String,
    /// Its format.
    pub format: String,
    /// How it is packed.
    pub compression: String,
    /// Frames in it.
    pub frames: u64,
    /// Octets captured.
    pub octets: u64,
    /// Frames whose time lies before that of the frame before.
    pub time_went_back: u64,
    /// Frames without a time.
    pub time_unknown: u64,
    /// Why reading ended before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
    /// Where reading was stopped, where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Stopped>,
}

/// Where reading of a file was stopped.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Stopped {
    /// Packets of it that were read; 0 where its turn had not come.
    pub packets: u64,
    /// The latest time among them, UTC.
    #[serde(
        serialize_with = "written::write_time",
        skip_serializing_if = "is_unknown"
    )]
    pub time: Time,
}

/// Where a file cannot be read on.
#[derive(Clone, Debug, Serialize)]
pub struct Damage {
    /// Offset in the file, or in the unpacked stream where it is packed, in octets.
    pub offset: u64,
    /// What is wrong there.
    pub defect: String,
}

fn is_unknown(time: &Time) -> bool {
    time.is_unknown()
}

/// A file in a folder that looks like a capture and of which nothing could be read.
#[derive(Clone, Debug, Serialize)]
pub struct LostCapture {
    /// Its name without its folder.
    pub name: String,
    /// Why not.
    pub reason: String,
}

/// An interface that a capture describes.
#[derive(Clone, Debug, Serialize)]
pub struct Interface {
    /// The file that describes it.
    pub capture: String,
    /// Its name on the capturing host; empty where it is not said.
    pub name: String,
    /// The user's description.
    pub description: String,
    /// Number of its link type (LINKTYPE_ registry of tcpdump.org).
    pub link_type: u16,
    /// Most octets captured of a frame; 0: no limit.
    pub snap_length: u32,
    /// Packets it received, by its own statistics; 0 where it gives none.
    pub received: u64,
    /// Packets dropped before they could be captured, by its own statistics.
    pub dropped: u64,
}

/// First and last packet.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Span {
    /// Time of the first, UTC.
    #[serde(serialize_with = "written::write_time")]
    pub first: Time,
    /// Time of the last, UTC.
    #[serde(serialize_with = "written::write_time")]
    pub last: Time,
    /// From first to last, in seconds.
    #[serde(serialize_with = "written::write_seconds")]
    pub seconds: Duration,
    /// Frames that are left out, since each alone was stamped more than a day away from those
    /// around it.
    #[serde(skip_serializing_if = "is_zero")]
    pub stray_frames: u64,
    /// The first of these.
    #[serde(skip)]
    pub(super) stray: Option<Stamp>,
}

impl From<&sensor::Span> for Span {
    fn from(span: &sensor::Span) -> Self {
        Self {
            first: span.first,
            last: span.last,
            seconds: span.last.since(span.first),
            stray_frames: span.strays,
            stray: span.stray,
        }
    }
}

/// What became of each frame: `received = processed + dropped`, `processed = decoded +
/// not_decoded`.
#[derive(Clone, Debug, Serialize)]
pub struct Frames {
    /// Frames received.
    pub received: u64,
    /// Their octets on the wire.
    pub octets: u64,
    /// Frames processed.
    pub processed: u64,
    /// Frames not processed, by reason.
    pub dropped: Vec<Reason>,
    /// Frames of conversations in which something was found of a protocol, and frames without
    /// content. What became of their octets is in `ledger`.
    pub decoded: u64,
    /// Frames processed and not decoded, by reason.
    pub not_decoded: Vec<Reason>,
    /// Conversations ended early because their place was needed.
    pub evicted_conversations: u64,
    /// Errors in Jaga that cost a conversation outside of any frame.
    pub panics: u64,
    /// Whether these identities hold, and that of every conversation's ledger.
    pub balanced: bool,
}

/// How many frames for one reason.
#[derive(Clone, Debug, Serialize)]
pub struct Reason {
    /// The reason.
    pub reason: &'static str,
    /// Frames.
    pub frames: u64,
}

/// Packets that the mirror port sent more than once, by kind.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Duplicates {
    /// All of them.
    pub packets: u64,
    /// By kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Which VLANs repeat each other, the most copies first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vlans: Vec<VlanCopies>,
}

/// Copies between two VLANs.
#[derive(Clone, Debug, Serialize)]
pub struct VlanCopies {
    /// The tags of one: `10`, stacked `100.10`, or `untagged`.
    pub one: String,
    /// The tags of the other.
    pub other: String,
    /// Packets that came in both.
    pub packets: u64,
}

/// The files of a run, that was `stopped` or not.
pub(super) fn captures(captures: &Captures, stopped: bool) -> Vec<Capture> {
    let left = |source: &&Source| stopped && source.was_left();
    captures
        .sources()
        .map(|source| Capture {
            name: file_name(&source.path),
            format: source.form(),
            compression: source.compression.to_string(),
            frames: source.frames,
            octets: source.octets,
            time_went_back: source.backward,
            time_unknown: source.untimed,
            damage: source
                .damage
                .as_ref()
                .filter(|_| !left(&source))
                .map(|damage| Damage {
                    offset: damage.offset,
                    defect: damage.defect.to_string(),
                }),
            stopped: left(&source).then(|| Stopped {
                packets: source.frames,
                time: source.last.unwrap_or_default(),
            }),
        })
        .collect()
}

pub(super) fn lost(captures: &Captures) -> Vec<LostCapture> {
    captures
        .skipped()
        .iter()
        .filter(|error| error.loses_a_capture())
        .filter_map(|error| {
            Some(LostCapture {
                name: file_name(error.path()?),
                reason: error.reason(),
            })
        })
        .collect()
}

pub(super) fn interfaces(captures: &Captures) -> Vec<Interface> {
    let names: Vec<String> = captures.sources().map(|s| file_name(&s.path)).collect();
    captures
        .interfaces()
        .iter()
        .map(|interface| Interface {
            capture: names.get(interface.source).cloned().unwrap_or_default(),
            name: interface.name.clone(),
            description: interface.description.clone(),
            link_type: interface.link.0,
            snap_length: interface.snaplen,
            received: interface.received,
            dropped: interface.dropped,
        })
        .collect()
}

fn file_name(path: &std::path::Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

pub(super) fn frames(books: &Books, balanced: bool) -> Frames {
    let dropped = Dropped::ALL.iter().map(|reason| reason.name());
    let not_decoded = Undecoded::ALL.iter().map(|reason| reason.name());
    Frames {
        received: books.received,
        octets: books.octets,
        processed: books.processed(),
        dropped: reasons(dropped, &books.dropped),
        decoded: books.decoded,
        not_decoded: reasons(not_decoded, &books.undecoded),
        evicted_conversations: books.evicted,
        panics: books.panics,
        balanced,
    }
}

fn reasons(names: impl Iterator<Item = &'static str>, counts: &[u64]) -> Vec<Reason> {
    names
        .zip(counts)
        .map(|(reason, frames)| Reason {
            reason,
            frames: *frames,
        })
        .collect()
}

/// The tags of a frame as they are written.
pub(in crate::desk) fn vlan(tags: Tags) -> String {
    let vids: Vec<String> = tags.vids().map(|vid| vid.to_string()).collect();
    match vids.is_empty() {
        true => "untagged".to_owned(),
        false => vids.join("."),
    }
}

pub(super) fn duplicates(
    books: &Books,
    total: &Total,
    copies: &BTreeMap<(Tags, Tags), u64>,
) -> Duplicates {
    let mut vlans: Vec<VlanCopies> = copies
        .iter()
        .map(|((one, other), packets)| VlanCopies {
            one: vlan(*one),
            other: vlan(*other),
            packets: *packets,
        })
        .collect();
    vlans.sort_by_key(|pair| Reverse(pair.packets));
    let packets = Dropped::ALL
        .iter()
        .zip(books.dropped)
        .find(|(reason, _)| **reason == Dropped::Duplicate)
        .map_or(0, |(_, count)| count);
    Duplicates {
        packets,
        kinds: DuplicateKind::ALL
            .iter()
            .map(|kind| (kind.name(), total.ledger.duplicates.of(*kind)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        vlans,
    }
}
