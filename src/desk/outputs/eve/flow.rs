//! A conversation at its end: Suricata's flow, and under `ot` what became of its octets.

use super::Eve;
use super::head::{About, Common, Head, micros, timestamp};
use crate::desk::outputs::json::is_zero;
use crate::facts::{Fault, Side, Time};
use crate::flow::{DuplicateKind, Ledger, Range};
use crate::sensor::{EndRecord, FlowEnd, FlowRecord};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    flow: Flow,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<Tcp>,
    ot: Ot,
}

/// Suricata's keys.
#[derive(Debug, Serialize)]
struct Flow {
    pkts_toserver: u64,
    pkts_toclient: u64,
    bytes_toserver: u64,
    bytes_toclient: u64,
    #[serde(serialize_with = "timestamp")]
    start: Time,
    #[serde(serialize_with = "timestamp")]
    end: Time,
    /// Seconds.
    age: u64,
    state: &'static str,
    reason: &'static str,
    alerted: bool,
}

/// Suricata's keys: flags in hexadecimal, and those that were set.
#[derive(Debug, Serialize)]
struct Tcp {
    tcp_flags: String,
    tcp_flags_ts: String,
    tcp_flags_tc: String,
    #[serde(flatten)]
    set: BTreeMap<&'static str, bool>,
}

/// Names of the TCP flags, from the lowest bit on (RFC 9293, 3.1).
const FLAGS: [&str; 8] = ["fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"];

#[derive(Debug, Serialize)]
struct Ot {
    #[serde(flatten)]
    common: Common,
    end: &'static str,
    server: &'static str,
    industrial: bool,
    midstream: bool,
    one_way: bool,
    messages: u64,
    operations: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<Faults>,
    ledger: Ledgers,
}

#[derive(Clone, Debug, Serialize)]
struct Faults {
    name: &'static str,
    count: u64,
    direction: &'static str,
}

#[derive(Debug, Serialize)]
struct Ledgers {
    to_server: Account,
    to_client: Account,
}

/// A ledger; what is zero is left out.
#[derive(Debug, Serialize)]
struct Account {
    content: u64,
    decoded: u64,
    opaque: u64,
    lost: u64,
    #[serde(skip_serializing_if = "is_zero")]
    encrypted: u64,
    #[serde(skip_serializing_if = "is_zero")]
    malformed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    skipped: u64,
    #[serde(skip_serializing_if = "is_zero")]
    cut: u64,
    #[serde(skip_serializing_if = "is_zero")]
    discarded: u64,
    #[serde(skip_serializing_if = "is_zero")]
    retransmitted: u64,
    #[serde(skip_serializing_if = "is_zero")]
    out_of_order: u64,
    #[serde(skip_serializing_if = "is_zero")]
    ambiguous: u64,
    #[serde(skip_serializing_if = "is_zero")]
    gaps: u64,
    #[serde(skip_serializing_if = "is_zero")]
    breaks: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranges: Vec<Lost>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    duplicates: BTreeMap<&'static str, u64>,
    /// The longest time without a packet.
    silence_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hop_limit: Option<u8>,
}

/// A stretch of TCP sequence numbers that the capture does not hold.
#[derive(Debug, Serialize)]
struct Lost {
    first: u32,
    octets: u32,
}

/// The event of a conversation that ended; a rule `alerted` in it.
pub(super) fn flow<'a>(eve: &'a Eve, record: &FlowRecord, alerted: bool) -> Line<'a> {
    let client = client(record);
    let ends = &record.ends;
    let (from, to) = (client.of(ends), client.other().of(ends));
    let (first, last) = record.seen;
    let hosts = (record.low, record.high);
    let content = from.ledger.content + to.ledger.content;
    let about = About {
        kind: "flow",
        flow: record.id,
        stamp: last,
        source: *client.of(&hosts),
        destination: *client.other().of(&hosts),
        ip_protocol: record.ip_protocol,
        tags: if from.seen.is_some() {
            from.tags
        } else {
            to.tags
        },
        // Suricata's word for content that no protocol claims.
        protocol: record.protocol.or((content > 0).then_some("failed")),
    };
    let mut head = Head::new(eve, &about);
    head.macs(macs(from), macs(to));
    Line {
        head,
        flow: Flow {
            pkts_toserver: from.ledger.packets,
            pkts_toclient: to.ledger.packets,
            bytes_toserver: from.ledger.octets,
            bytes_toclient: to.ledger.octets,
            start: first.time,
            end: last.time,
            age: last.time.since(first.time).as_secs(),
            state: state(record),
            reason: match record.end {
                FlowEnd::Closed | FlowEnd::Idle => "timeout",
                FlowEnd::Evicted => "forced",
                FlowEnd::Capture => "shutdown",
            },
            alerted,
        },
        tcp: (record.ip_protocol == 6).then(|| tcp(record, client)),
        ot: ot(eve, record, client),
    }
}

/// Who is the client: as the protocol tells or, where it does not, who opened the conversation
/// or was seen first.
fn client(record: &FlowRecord) -> Side {
    let told = record.server.map(Side::other).or(record.initiator);
    let first = match (record.ends.0.seen, record.ends.1.seen) {
        (Some((low, _)), Some((high, _))) if high.frame < low.frame => Side::High,
        (None, Some(_)) => Side::High,
        _ => Side::Low,
    };
    told.unwrap_or(first)
}

fn macs(end: &EndRecord) -> Vec<String> {
    end.macs.iter().map(ToString::to_string).collect()
}

fn is_one_way(record: &FlowRecord) -> bool {
    record.ends.0.seen.is_none() || record.ends.1.seen.is_none()
}

fn state(record: &FlowRecord) -> &'static str {
    match record.end {
        FlowEnd::Closed => "closed",
        _ if is_one_way(record) => "new",
        _ => "established",
    }
}

fn tcp(record: &FlowRecord, client: Side) -> Tcp {
    let (low, high) = record.flags;
    let all = low | high;
    let hexadecimal = |flags: u8| format!("{flags:02x}");
    Tcp {
        tcp_flags: hexadecimal(all),
        tcp_flags_ts: hexadecimal(*client.of(&record.flags)),
        tcp_flags_tc: hexadecimal(*client.other().of(&record.flags)),
        set: (0..)
            .zip(FLAGS)
            .filter(|(bit, _)| all >> bit & 1 == 1)
            .map(|(_, name)| (name, true))
            .collect(),
    }
}

fn ot(eve: &Eve, record: &FlowRecord, client: Side) -> Ot {
    let (from, to) = (client.of(&record.ends), client.other().of(&record.ends));
    let faults = |end: &EndRecord, direction| {
        let told = |(fault, count): &(&'static Fault, u64)| Faults {
            name: fault.name,
            count: *count,
            direction,
        };
        end.faults.iter().map(told).collect::<Vec<_>>()
    };
    Ot {
        common: Common::new(eve, ("flow", record.id.0), record.seen.0, 0),
        end: match record.end {
            FlowEnd::Closed => "closed",
            FlowEnd::Idle => "idle",
            FlowEnd::Evicted => "evicted",
            FlowEnd::Capture => "capture",
        },
        server: match (record.server, record.initiator) {
            (Some(_), _) => "protocol",
            (None, Some(_)) => "handshake",
            (None, None) => "first-packet",
        },
        industrial: record.industrial,
        midstream: record.midstream,
        one_way: is_one_way(record),
        messages: record.messages,
        operations: record.operations,
        faults: [faults(from, "to_server"), faults(to, "to_client")].concat(),
        ledger: Ledgers {
            to_server: account(from),
            to_client: account(to),
        },
    }
}

fn account(end: &EndRecord) -> Account {
    let ledger: &Ledger = &end.ledger;
    let duplicates = DuplicateKind::ALL.into_iter();
    Account {
        content: ledger.content,
        decoded: ledger.decoded,
        opaque: ledger.opaque,
        lost: ledger.lost,
        encrypted: ledger.encrypted,
        malformed: ledger.malformed,
        skipped: ledger.skipped,
        cut: ledger.cut,
        discarded: ledger.discarded,
        retransmitted: ledger.retransmitted,
        out_of_order: ledger.out_of_order,
        ambiguous: ledger.ambiguous,
        gaps: ledger.gaps,
        breaks: ledger.breaks,
        ranges: ledger.ranges.iter().map(lost).collect(),
        duplicates: duplicates
            .map(|kind| (kind.name(), ledger.duplicates.of(kind)))
            .filter(|(_, count)| *count > 0)
            .collect(),
        silence_us: micros(u64::try_from(ledger.silence.as_nanos()).unwrap_or(u64::MAX)),
        hop_limit: end.hop_limit,
    }
}

const fn lost(range: &Range) -> Lost {
    Lost {
        first: range.first,
        octets: range.octets,
    }
}
