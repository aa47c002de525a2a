//! The finished picture: plain data with names, which the terminal shows and JSON holds.
//!
//! It depends on the captures' content alone: file names stand without their folders, and no
//! clock, speed or number of workers is in it. Lists are sorted, keys keep their order.

use super::alerts::AlertTotal;
use super::blind::{self, BlindSpot};
use super::conversations::Conversations;
use super::faults::FaultTotal;
use super::incidents::IncidentTotal;
use super::input::{self, Capture, Duplicates, Frames, Interface, LostCapture, Span};
use super::ledger::Account;
use super::who::{self, Act, Control, Parties, Party};
use super::{Picture, title, words, written};
use crate::desk::inventory::{Asset, Assets};
use crate::desk::windows;
use crate::sensor::Outcome;
use serde::Serialize;
use std::collections::BTreeSet;
use std::io::{self, Write};

/// The whole picture. As JSON it is what `jaga replay --json` writes.
#[derive(Debug, Serialize)]
pub struct Summary<'a> {
    /// The picture in one sentence.
    pub headline: String,
    /// Whether reading was stopped before the end of the captures.
    pub stopped: bool,
    /// The files read, in the order in which they were given.
    pub captures: Vec<Capture>,
    /// Files that look like captures and could not be read at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub captures_lost: Vec<LostCapture>,
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
    /// How many rules looked at the traffic.
    pub rules_watched: u64,
    /// What they found: the gravest first.
    pub alerts: Vec<AlertTotal>,
    /// What the alerts come to, as stories: the most urgent first; at most 1,024.
    pub incidents: Vec<IncidentTotal>,
    /// Incidents that are not listed for want of room.
    pub incidents_omitted: u64,
    /// What became of planned work, where windows of it were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned: Option<windows::Report>,
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
    #[serde(
        serialize_with = "written::write_raw",
        skip_serializing_if = "Option::is_none"
    )]
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

/// Everything that the finished picture is made of.
pub(super) fn build<'a>(picture: Picture, assets: &'a Assets, outcome: &Outcome) -> Summary<'a> {
    let Picture {
        mut conversations,
        acts,
        faults,
        copies,
        alerts,
        incidents,
        planned,
    } = picture;
    let mut parties = Parties::new(assets);
    let apart = acts.apart;
    let told = acts.into_sorted();
    let control = who::control(&told, &mut parties);
    let operations: Vec<Act> = told
        .into_iter()
        .map(|told| who::act(told, &mut parties))
        .collect();
    let omitted = conversations
        .lines
        .as_ref()
        .map_or(0, |lines| lines.omitted);
    let lines = conversations.lines.take();
    let mut summary = Summary {
        headline: String::new(),
        stopped: outcome.stopped,
        captures: input::captures(&outcome.captures, outcome.stopped),
        captures_lost: input::lost(&outcome.captures),
        interfaces: input::interfaces(&outcome.captures),
        span: outcome.span.as_ref().map(Span::from),
        frames: input::frames(&outcome.books, outcome.imbalance.is_none()),
        duplicates: input::duplicates(&outcome.books, &conversations.total, &copies),
        protocols: protocols(&conversations),
        devices: &assets.assets,
        control,
        operations,
        operations_apart: apart,
        rules_watched: alerts
            .rules
            .as_ref()
            .map_or(0, |rules| rules.rules().len() as u64),
        alerts: alerts.into_sorted(&mut parties),
        incidents_omitted: incidents.omitted,
        incidents: incidents.into_sorted(&mut parties),
        planned,
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

/// Roles of devices that act on the process itself, for one and for many.
const FIELD: [(&str, &str, &str); 5] = [
    ("plc", "controller", "controllers"),
    ("outstation", "outstation", "outstations"),
    ("ied", "IED", "IEDs"),
    ("drive", "drive", "drives"),
    ("io", "remote I/O", "remote I/O"),
];

/// The picture in one sentence.
fn headline(summary: &Summary<'_>) -> String {
    let devices = summary.devices.len() as u64;
    if summary.frames.received == 0 {
        return "The capture holds no packets.".to_owned();
    }
    let writers: BTreeSet<&Party> = summary
        .control
        .iter()
        .filter(|pair| pair.commands())
        .map(|pair| &*pair.actor)
        .collect();
    let (tried, done): (Vec<&Act>, Vec<&Act>) = summary
        .operations
        .iter()
        .filter(|act| act.criticality >= super::acts::NOTABLE)
        .partition(|act| act.is_refused());
    let writers = match writers.len() as u64 {
        0 if !summary.protocols.iter().any(|total| total.industrial) => {
            "no control protocol that Jaga knows was seen".to_owned()
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
    let kinds =
        |acts: &[&Act]| words::count(acts.len() as u64, "kind of operation", "kinds of operation");
    let look = match (done.len(), tried.len()) {
        (0, 0) => String::new(),
        (0, _) => format!("; {} attempted in vain", kinds(&tried)),
        (_, 0) => format!("; {} to look at", kinds(&done)),
        (_, n) => format!(
            "; {} to look at, {} attempted in vain",
            kinds(&done),
            words::grouped(n as u64)
        ),
    };
    format!(
        "{}{}; {writers}{look}.",
        words::count(devices, "device", "devices"),
        field(summary.devices)
    )
}

/// How many devices of each kind act on the process, named as in the list of devices.
fn field(devices: &[Asset]) -> String {
    let kinds = FIELD.iter().filter_map(|(role, one, many)| {
        let leads = |asset: &Asset| asset.roles.first().is_some_and(|first| first.role == *role);
        let has = |asset: &&Asset| asset.acts_on_the_process() && leads(asset);
        let count = devices.iter().filter(has).count() as u64;
        (count > 0).then(|| (count, words::count(count, one, many)))
    });
    let (counts, kinds): (Vec<u64>, Vec<String>) = kinds.unzip();
    let all: u64 = counts.iter().sum();
    match all {
        0 => String::new(),
        _ if all == devices.len() as u64 => format!(": {}", kinds.join(" and ")),
        _ => format!(", among them {}", kinds.join(" and ")),
    }
}

const fn one_many(n: u64, one: &'static str, many: &'static str) -> &'static str {
    if n == 1 { one } else { many }
}
