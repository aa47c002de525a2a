//! The finished picture: plain data with names, which the terminal shows and JSON holds.
//!
//! It depends on the captures' content alone: file names stand without their folders, and no
//! clock, speed or number of workers is in it. Lists are sorted, keys keep their order.

use super::acts::Told;
use super::blind::{self, BlindSpot};
use super::conversations::{Conversations, Total};
use super::faults::FaultTotal;
use super::ledger::Account;
use super::{Picture, is_industrial, title, words};
use crate::capture::Captures;
use crate::desk::inventory::{Asset, Assets};
use crate::desk::outputs::time::Eve;
use crate::facts::{Class, Host, Stamp, Time};
use crate::flow::DuplicateKind;
use crate::sensor::{Books, Dropped, Outcome, Undecoded};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Write};
use std::time::Duration;

/// The whole picture. As JSON it is what `jaga replay --json` writes.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// The picture in one sentence.
    pub headline: String,
    /// Whether reading was stopped before the end of the captures.
    pub stopped: bool,
    /// The files read, in the order in which they were given.
    pub captures: Vec<Capture>,
    /// The interfaces that the captures describe.
    pub interfaces: Vec<Interface>,
    /// First and last packet time; absent where no packet has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// What became of each frame.
    pub frames: Frames,
    /// Packets that the mirror port sent more than once.
    pub duplicates: Duplicates,
    /// By protocol: industrial ones first, then the most packets first.
    pub protocols: Vec<ProtocolTotal>,
    /// The devices, as `--inventory` writes them.
    pub devices: &'a [Asset],
    /// Who operates which device: the most critical first.
    pub control: Vec<Control>,
    /// What was done: the most critical first.
    pub operations: Vec<Act>,
    /// Operations that are in no list for want of room.
    pub operations_apart: u64,
    /// Broken rules of protocols.
    pub protocol_faults: Vec<FaultTotal>,
    /// What could not be seen, in words.
    pub blind_spots: Vec<BlindSpot>,
    /// Number of conversations.
    pub conversation_count: u64,
    /// What became of all content.
    pub ledger: Account,
    /// Conversations whose ledger does not balance; 0 unless there is an error in Jaga.
    pub unbalanced_conversations: u64,
    /// Every conversation with its ledger, by first packet.
    #[serde(serialize_with = "write_raw", skip_serializing_if = "Option::is_none")]
    pub conversations: Option<String>,
    /// Conversations that are in the totals but not listed, for want of room.
    pub conversations_omitted: u64,
}

impl Summary<'_> {
    /// Writes the summary as one JSON object and a line end.
    ///
    /// # Errors
    /// What the writer says.
    pub fn write_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)
    }
}

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
    /// Frames whose time lies before that of an earlier one.
    pub time_went_back: u64,
    /// Frames without a time.
    pub time_unknown: u64,
    /// Why reading ended before the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub damage: Option<Damage>,
}

/// Where a file cannot be read on.
#[derive(Clone, Debug, Serialize)]
pub struct Damage {
    /// Offset in the file, or in the unpacked stream where it is packed, in octets.
    pub offset: u64,
    /// What is wrong there.
    pub defect: String,
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
    #[serde(serialize_with = "write_time")]
    pub first: Time,
    /// Time of the last, UTC.
    #[serde(serialize_with = "write_time")]
    pub last: Time,
    /// From first to last, in seconds.
    #[serde(serialize_with = "write_seconds")]
    pub seconds: Duration,
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
    /// Frames decoded.
    pub decoded: u64,
    /// Frames processed and not decoded, by reason.
    pub not_decoded: Vec<Reason>,
    /// Conversations ended early because their place was needed.
    pub evicted_conversations: u64,
    /// Errors in Jaga that cost a conversation outside of any frame.
    pub panics: u64,
    /// Whether the two identities hold.
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
}

/// All conversations of one protocol.
#[derive(Clone, Debug, Serialize)]
pub struct ProtocolTotal {
    /// The protocol's name, or the carrier's where the content was not recognised.
    pub name: String,
    /// Its name for people.
    pub title: String,
    /// Whether the content was recognised.
    pub recognised: bool,
    /// Whether it controls plants.
    pub industrial: bool,
    /// Conversations.
    pub conversations: u64,
    /// Messages decoded.
    pub messages: u64,
    /// Operations: request and answer together.
    pub operations: u64,
    /// What became of its octets.
    pub ledger: Account,
}

/// Somebody who acts or is acted upon.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Party {
    /// IP address, or MAC address where there is none.
    pub address: String,
    /// The device's name or else its model; empty where neither is known.
    pub name: String,
    /// The device's leading role; empty where none is known.
    pub role: String,
}

/// What one party does to one device over one protocol.
#[derive(Clone, Debug, Serialize)]
pub struct Control {
    /// Who.
    pub actor: Party,
    /// To whom.
    pub device: Party,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Operations in all.
    pub operations: u64,
    /// Operations by class.
    #[serde(serialize_with = "write_classes")]
    pub classes: BTreeMap<Class, u64>,
    /// How many the device refused.
    pub refused: u64,
    /// How many had no answer that could be seen.
    pub unanswered: u64,
    /// The highest criticality among them, 0 to 5.
    pub criticality: u8,
}

/// One kind of operation between two parties over all its repetitions.
#[derive(Clone, Debug, Serialize)]
pub struct Act {
    /// What was done.
    pub operation: &'static str,
    /// Its class.
    pub class: &'static str,
    /// 0 routine to 5 stop, program, firmware, wipe.
    pub criticality: u8,
    /// The protocol's name.
    pub protocol: &'static str,
    /// Who.
    pub actor: Party,
    /// To whom.
    pub device: Party,
    /// How often.
    pub count: u64,
    /// How often the device refused.
    pub refused: u64,
    /// What it answered when it first refused; empty where it did not.
    pub refusal: &'static str,
    /// How often no answer was seen.
    pub unanswered: u64,
    /// Whether the device acknowledged at least one.
    pub acknowledged: bool,
    /// ATT&CK for ICS techniques it can serve.
    pub techniques: Vec<String>,
    /// The first packet that shows it.
    #[serde(serialize_with = "write_stamp")]
    pub first: Stamp,
    /// The last packet that shows it.
    #[serde(serialize_with = "write_stamp")]
    pub last: Stamp,
    /// What it touched, the most frequent first; kept from criticality 3 on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<Target>,
    /// How many of `count` touched targets that are not listed.
    pub elsewhere: u64,
}

/// One target of an act.
#[derive(Clone, Debug, Serialize)]
pub struct Target {
    /// Where it lies: unit, space, addresses, name.
    pub place: String,
    /// What was first written there; empty where nothing was.
    pub value: String,
    /// How many further items the first operation had.
    pub further_items: usize,
    /// How often.
    pub count: u64,
}

/// Everything that the finished picture is made of.
pub(super) fn build<'a>(picture: Picture, assets: &'a Assets, outcome: &Outcome) -> Summary<'a> {
    let Picture {
        mut conversations,
        acts,
        faults,
    } = picture;
    let mut parties = Parties {
        assets,
        known: HashMap::new(),
    };
    let apart = acts.apart;
    let told = acts.into_sorted();
    let operations: Vec<Act> = told.iter().map(|told| act(told, &mut parties)).collect();
    let control = control(&told, &mut parties);
    let omitted = conversations
        .lines
        .as_ref()
        .map_or(0, |lines| lines.omitted);
    let lines = conversations.lines.take();
    let mut summary = Summary {
        headline: String::new(),
        stopped: outcome.stopped,
        captures: captures(&outcome.captures),
        interfaces: interfaces(&outcome.captures),
        span: outcome.span.map(|(first, last)| Span {
            first,
            last,
            seconds: last.since(first),
        }),
        frames: frames(&outcome.books, outcome.balanced),
        duplicates: duplicates(&outcome.books, &conversations.total),
        protocols: protocols(&conversations),
        devices: &assets.assets,
        control,
        operations,
        operations_apart: apart,
        protocol_faults: faults.into_sorted(),
        blind_spots: Vec::new(),
        conversation_count: conversations.total.conversations,
        ledger: Account::whole(conversations.total.ledger.clone()),
        unbalanced_conversations: conversations.unbalanced,
        conversations: lines.map(super::conversations::Lines::into_json),
        conversations_omitted: omitted,
    };
    summary.blind_spots = blind::spots(&summary, &conversations, assets, &mut parties);
    summary.headline = headline(&summary);
    summary
}

/// Names hosts after their devices.
pub(super) struct Parties<'a> {
    assets: &'a Assets,
    known: HashMap<Host, Party>,
}

impl Parties<'_> {
    /// The party that a host is.
    pub(super) fn of(&mut self, host: Host) -> Party {
        let assets = self.assets;
        let new = || {
            let asset = assets.of(host);
            Party {
                address: host.to_string(),
                name: asset.map_or_else(String::new, name),
                role: asset
                    .and_then(|asset| asset.roles.first())
                    .map_or_else(String::new, |role| role.role.to_owned()),
            }
        };
        self.known.entry(host).or_insert_with(new).clone()
    }
}

/// What people call a device: its name, or else what it is.
pub(super) fn name(asset: &Asset) -> String {
    let names = [&asset.name, &asset.model, &asset.order_number];
    let named = names.into_iter().find(|name| !name.is_empty());
    named.map_or_else(String::new, |name| words::plain(name))
}

fn act(told: &Told, parties: &mut Parties<'_>) -> Act {
    Act {
        operation: told.meaning.name,
        class: told.meaning.class.name(),
        criticality: told.meaning.criticality,
        protocol: told.protocol,
        actor: parties.of(told.actor),
        device: parties.of(told.device),
        count: told.count,
        refused: told.refused,
        refusal: told.refusal,
        unanswered: told.unanswered,
        acknowledged: told.acknowledged,
        techniques: told
            .meaning
            .techniques
            .iter()
            .map(ToString::to_string)
            .collect(),
        first: told.first,
        last: told.last,
        targets: told
            .targets
            .iter()
            .map(|target| Target {
                place: words::place(target.unit, target.item.as_ref()),
                value: words::values(target.item.as_ref()),
                further_items: target.further,
                count: target.count,
            })
            .collect(),
        elsewhere: told.elsewhere,
    }
}

/// Acts added up by actor, device and protocol.
fn control(acts: &[Told], parties: &mut Parties<'_>) -> Vec<Control> {
    let mut pairs: BTreeMap<(Host, Host, &'static str), Control> = BTreeMap::new();
    for told in acts.iter().filter(|told| is_industrial(told.protocol)) {
        let key = (told.actor, told.device, told.protocol);
        let pair = pairs.entry(key).or_insert_with(|| Control {
            actor: parties.of(told.actor),
            device: parties.of(told.device),
            protocol: told.protocol,
            operations: 0,
            classes: BTreeMap::new(),
            refused: 0,
            unanswered: 0,
            criticality: 0,
        });
        pair.operations += told.count;
        *pair.classes.entry(told.meaning.class).or_default() += told.count;
        pair.refused += told.refused;
        pair.unanswered += told.unanswered;
        pair.criticality = pair.criticality.max(told.meaning.criticality);
    }
    let mut pairs: Vec<Control> = pairs.into_values().collect();
    // Stable: ties stay in the order of actor, device and protocol.
    pairs.sort_by_key(|pair| std::cmp::Reverse((pair.criticality, pair.operations)));
    pairs
}

fn captures(captures: &Captures) -> Vec<Capture> {
    captures
        .sources()
        .map(|source| Capture {
            name: file_name(&source.path),
            format: source.format.to_string(),
            compression: source.compression.to_string(),
            frames: source.frames,
            octets: source.octets,
            time_went_back: source.backward,
            time_unknown: source.untimed,
            damage: source.damage.as_ref().map(|damage| Damage {
                offset: damage.offset,
                defect: damage.defect.to_string(),
            }),
        })
        .collect()
}

fn interfaces(captures: &Captures) -> Vec<Interface> {
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

fn frames(books: &Books, balanced: bool) -> Frames {
    let dropped = Dropped::ALL.iter().map(|reason| reason.name());
    let not_decoded = Undecoded::ALL.iter().map(|reason| reason.name());
    Frames {
        received: books.received,
        octets: books.octets,
        processed: books.processed,
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

fn duplicates(books: &Books, total: &Total) -> Duplicates {
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
    }
}

fn protocols(conversations: &Conversations) -> Vec<ProtocolTotal> {
    let mut protocols: Vec<ProtocolTotal> = conversations
        .by_name
        .iter()
        .map(|(name, total)| ProtocolTotal {
            title: title(name).to_owned(),
            name: name.clone(),
            recognised: total.recognised,
            industrial: total.industrial,
            conversations: total.conversations,
            messages: total.messages,
            operations: total.operations,
            ledger: Account::whole(total.ledger.clone()),
        })
        .collect();
    // Stable: ties stay in the order of names.
    protocols.sort_by_key(|total| {
        (
            !total.industrial,
            !total.recognised,
            std::cmp::Reverse(total.ledger.ledger.packets),
        )
    });
    protocols
}

/// Roles of devices that act on the process itself.
const CONTROLLERS: [&str; 4] = ["plc", "outstation", "drive", "io"];

/// The picture in one sentence.
fn headline(summary: &Summary<'_>) -> String {
    let devices = summary.devices.len() as u64;
    if summary.frames.received == 0 {
        return "The capture holds no packets.".to_owned();
    }
    let controllers = summary
        .devices
        .iter()
        .filter(|asset| {
            asset
                .roles
                .first()
                .is_some_and(|r| CONTROLLERS.contains(&r.role))
        })
        .count() as u64;
    let writers: BTreeSet<&Party> = summary
        .control
        .iter()
        .filter(|pair| pair.criticality >= 3)
        .map(|pair| &pair.actor)
        .collect();
    let notable = summary
        .operations
        .iter()
        .filter(|act| act.criticality >= super::acts::NOTABLE);
    let notable = notable.count() as u64;
    let of_them = match controllers {
        0 => String::new(),
        n => format!(
            ", {} of them {}",
            words::grouped(n),
            one_many(n, "a controller", "controllers")
        ),
    };
    let writers = match writers.len() as u64 {
        0 if !summary.protocols.iter().any(|total| total.industrial) => {
            "no control protocol was seen".to_owned()
        }
        0 if summary.control.is_empty() => "no operation on a controller was seen".to_owned(),
        0 if summary.operations_apart > 0 => "not all that was done was told apart".to_owned(),
        0 => "nobody was seen to change anything".to_owned(),
        n => {
            let stations = words::count(n, "station", "stations");
            let verbs = one_many(n, "writes to or commands", "write to or command");
            format!("{stations} {verbs} devices")
        }
    };
    let look = match notable {
        0 => String::new(),
        n => format!(
            "; {} to look at",
            words::count(n, "kind of operation", "kinds of operation")
        ),
    };
    format!(
        "{}{of_them}; {writers}{look}.",
        words::count(devices, "device", "devices")
    )
}

const fn one_many(n: u64, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}

/// A packet as JSON: its time and its number.
pub(super) fn write_stamp<S: Serializer>(stamp: &Stamp, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(2))?;
    map.serialize_entry("time", &Eve(stamp.time).to_string())?;
    map.serialize_entry("frame", &stamp.frame)?;
    map.end()
}

fn write_time<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Eve(*time))
}

fn write_seconds<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs_f64())
}

fn write_classes<S: Serializer>(
    classes: &BTreeMap<Class, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(classes.iter().map(|(class, count)| (class.name(), count)))
}

/// JSON that was made before.
fn write_raw<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let raw = text
        .as_deref()
        .map(serde_json::from_str::<&serde_json::value::RawValue>);
    match raw {
        Some(Ok(raw)) => raw.serialize(serializer),
        Some(Err(error)) => Err(serde::ser::Error::custom(error)),
        None => serializer.serialize_none(),
    }
}
