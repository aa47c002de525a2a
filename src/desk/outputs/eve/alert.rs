//! A rule that matched, as Suricata's alert.

use super::Eve;
use super::head::{About, Common, Ends, Head, event_id, timestamp};
use super::operation::{Act, act};
use super::pdu::{self, Pdu};
use crate::desk::report::words;
use crate::facts::{Endpoint, Outcome, Side, Technique, Time, attack};
use crate::rules::engine::Subject;
use crate::rules::rule::Rule;
use crate::sensor::{FindingRecord, OperationRecord};
use data_encoding::BASE64;
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::net::IpAddr;

#[derive(Debug, Serialize)]
pub(super) struct Line<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tx_id: Option<u64>,
    direction: &'static str,
    alert: Alert<'a>,
    #[serde(flatten)]
    pdu: Pdu,
    flow: Flow,
    #[serde(skip_serializing_if = "String::is_empty")]
    payload: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    payload_printable: String,
    stream: u8,
    #[serde(skip_serializing_if = "String::is_empty")]
    packet: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    packet_info: Option<PacketInfo>,
    ot: Ot<'a>,
}

/// Suricata's keys.
#[derive(Debug, Serialize)]
pub(super) struct Alert<'a> {
    pub(super) action: &'static str,
    pub(super) gid: u32,
    pub(super) signature_id: u32,
    pub(super) rev: u32,
    pub(super) signature: &'a str,
    pub(super) category: &'a str,
    pub(super) severity: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<Party>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<Party>,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub(super) metadata: Metadata<'a>,
}

/// Who attacked or was attacked, where the rule says so (`target`).
#[derive(Debug, Serialize)]
pub(super) struct Party {
    ip: IpAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

/// Keys with their values, each a list of texts.
#[derive(Debug, Default)]
pub(super) struct Metadata<'a>(Vec<(&'a str, Vec<String>)>);

impl Metadata<'_> {
    const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Metadata<'a> {
    fn has(&self, key: &str) -> bool {
        !self.values(key).is_empty()
    }

    fn values(&self, key: &str) -> &[String] {
        let found = self.0.iter().find(|(known, _)| *known == key);
        found.map_or(&[], |(_, values)| values)
    }

    /// Adds a value to a key, each once.
    fn add(&mut self, key: &'a str, value: String) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) if values.contains(&value) => {}
            Some((_, values)) => values.push(value),
            None => self.0.push((key, vec![value])),
        }
    }

    /// Adds the values to a key that the rule does not use itself.
    fn add_all(&mut self, key: &'a str, values: impl Iterator<Item = &'static str>) {
        if !self.has(key) {
            values.for_each(|value| self.add(key, value.to_owned()));
        }
    }
}

impl Serialize for Metadata<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, values) in &self.0 {
            map.serialize_entry(key, values)?;
        }
        map.end()
    }
}

/// What the flow came to before the packet.
#[derive(Debug, Serialize)]
struct Flow {
    pkts_toserver: u64,
    pkts_toclient: u64,
    bytes_toserver: u64,
    bytes_toclient: u64,
    #[serde(serialize_with = "timestamp")]
    start: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct PacketInfo {
    linktype: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    linktype_name: Option<&'static str>,
}

#[derive(Debug, Serialize)]
struct Ot<'a> {
    #[serde(flatten)]
    common: Common,
    #[serde(skip_serializing_if = "Option::is_none")]
    asset: Option<Ends>,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation: Option<Act<'a>>,
    #[serde(skip_serializing_if = "String::is_empty")]
    target: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'static str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    soc: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    plant: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    check: String,
}

/// The name of the event of a match.
#[must_use]
pub fn name(record: &FindingRecord) -> String {
    let what = named(record);
    event_id("alert", record.flow.0, record.scene.stamp, what)
}

/// What names a match among the alerts of its flow and packet.
fn named(record: &FindingRecord) -> String {
    let (id, source) = (record.id, record.scene.source);
    format!("{}:{} {source} {}", id.gid, id.sid, record.nth)
}

/// The event of a match.
pub(super) fn alert<'a>(eve: &'a Eve, rule: &'a Rule, record: &'a FindingRecord) -> Line<'a> {
    let scene = &record.scene;
    let operation = record.operation.as_deref();
    let about = About {
        kind: "alert",
        flow: record.flow,
        stamp: scene.stamp,
        source: scene.source,
        destination: scene.destination,
        ip_protocol: scene.ip_protocol,
        tags: record.path.map(|path| path.tags).unwrap_or_default(),
        protocol: scene.speaks,
    };
    let id = rule.id;
    let what = named(record);
    let item = operation.and_then(|operation| operation.items.first());
    let (victim, attacker) = match rule.target_is_source {
        Some(true) => (Some(scene.source), Some(scene.destination)),
        Some(false) => (Some(scene.destination), Some(scene.source)),
        None => (None, None),
    };
    let party = |end: Option<Endpoint>| {
        let end = end?;
        Some(Party {
            ip: end.host.ip()?,
            port: port(scene.ip_protocol, end),
        })
    };
    let says = |key| rule.values(key).collect::<Vec<_>>().join(", ");
    Line {
        head: Head::new(eve, &about),
        tx_id: operation.map(|operation| operation.nth.saturating_sub(1)),
        direction: if scene.to_server() {
            "to_server"
        } else {
            "to_client"
        },
        alert: Alert {
            action: "allowed",
            gid: id.gid,
            signature_id: id.sid,
            rev: id.rev,
            signature: &rule.message,
            category: rule.class.as_ref().map_or("", |(_, text)| text),
            severity: record.severity,
            source: party(attacker),
            target: party(victim),
            metadata: metadata(rule, operation),
        },
        pdu: pdu::of(record),
        flow: flow(record),
        payload: BASE64.encode(&record.payload),
        payload_printable: printable(&record.payload),
        stream: u8::from(record.subject == Subject::Stream),
        packet: BASE64.encode(&record.packet),
        packet_info: (!record.packet.is_empty()).then_some(PacketInfo {
            linktype: record.link,
            linktype_name: link_name(record.link),
        }),
        ot: Ot {
            common: Common::new(eve, ("alert", record.flow.0), scene.stamp, what),
            asset: Ends::of(eve, scene.source, scene.destination),
            why: why(rule, record),
            planned: record.planned.as_deref(),
            target: operation
                .map_or_else(String::new, |operation| words::place(operation.unit, item)),
            value: words::values(item),
            result: operation.map(|operation| operation.outcome.name()),
            operation: operation.map(act),
            soc: says("soc"),
            plant: says("plant"),
            check: says("check"),
        },
    }
}

fn flow(record: &FindingRecord) -> Flow {
    let scene = &record.scene;
    let totals = &scene.totals;
    let (client, server) = (scene.client, scene.client.other());
    let end = |side: Side| {
        if side == scene.side {
            scene.source
        } else {
            scene.destination
        }
    };
    Flow {
        pkts_toserver: *client.of(&totals.packets),
        pkts_toclient: *server.of(&totals.packets),
        bytes_toserver: *client.of(&totals.octets),
        bytes_toclient: *server.of(&totals.octets),
        start: totals.first,
        src_ip: end(client).host.ip(),
        dest_ip: end(server).host.ip(),
        src_port: port(scene.ip_protocol, end(client)),
        dest_port: port(scene.ip_protocol, end(server)),
    }
}

/// The port of an end, where its protocol has ports.
fn port(ip_protocol: u8, end: Endpoint) -> Option<u16> {
    matches!(ip_protocol, 6 | 17).then_some(end.port)
}

/// Keys of metadata that are for other readers: those of `ot`, and the captures of tests.
const ELSEWHERE: [&str; 5] = ["soc", "plant", "check", "fires", "silent"];

/// The rule's metadata; techniques come from the operation where the rule names none. What the
/// matrix for ICS calls them, and their tactics, is added where the rule does not.
fn metadata<'a>(rule: &'a Rule, operation: Option<&OperationRecord>) -> Metadata<'a> {
    let mut metadata = Metadata::default();
    for (key, value) in &rule.metadata {
        if !ELSEWHERE.contains(&&**key) {
            metadata.add(key, value.to_string());
        }
    }
    if !metadata.has(TECHNIQUE) {
        let techniques = operation.map_or(&[][..], |operation| operation.meaning.techniques);
        for technique in techniques {
            metadata.add(TECHNIQUE, technique.to_string());
        }
    }
    with_names(metadata)
}

/// What is said of techniques alone.
pub(super) fn techniques<'a>(techniques: &[Technique]) -> Metadata<'a> {
    let mut metadata = Metadata::default();
    for technique in techniques {
        metadata.add(TECHNIQUE, technique.to_string());
    }
    with_names(metadata)
}

/// Adds what the matrix for ICS calls the techniques, and what they serve.
fn with_names(mut metadata: Metadata<'_>) -> Metadata<'_> {
    let entries: Vec<&attack::Entry> = metadata
        .values(TECHNIQUE)
        .iter()
        .filter_map(|id| attack::technique(id))
        .collect();
    let names = entries.iter().map(|entry| entry.name);
    let tactics = || entries.iter().flat_map(|entry| entry.tactics);
    metadata.add_all("mitre_technique_name", names);
    metadata.add_all("mitre_tactic_id", tactics().map(|tactic| tactic.id));
    metadata.add_all("mitre_tactic_name", tactics().map(|tactic| tactic.name));
    metadata
}

/// The name of a link type as Suricata writes it (libpcap's `DLT_` names).
const fn link_name(link: u32) -> Option<&'static str> {
    Some(match link {
        0 => "NULL",
        1 => "EN10MB",
        9 => "PPP",
        12 | 101 => "RAW",
        113 => "LINUX_SLL",
        228 => "IPV4",
        229 => "IPV6",
        276 => "LINUX_SLL2",
        _ => return None,
    })
}

/// The key under which others look for techniques.
const TECHNIQUE: &str = "mitre_technique_id";

/// In what the rule was found, in words.
fn why(rule: &Rule, record: &FindingRecord) -> String {
    let what = match (record.subject, record.operation.as_deref()) {
        (Subject::Operation, Some(operation)) => {
            let place = words::place(operation.unit, operation.items.first());
            let at = if place.is_empty() { "" } else { " at " };
            let how = match operation.outcome {
                Outcome::Refused { name, .. } => format!("refused: {name}"),
                outcome => outcome.name().to_owned(),
            };
            format!(
                "{} asked {} to {}{at}{place} ({how})",
                operation.actor.host, operation.device.host, operation.meaning.name
            )
        }
        (Subject::Packet, _) => "found in one packet".to_owned(),
        (Subject::Stream, _) => "found in the octets of a stream".to_owned(),
        (Subject::Message | Subject::Operation, _) => match record.scene.speaks {
            Some(protocol) => format!("found in a message of {protocol}"),
            None => "found in a message".to_owned(),
        },
        (Subject::Event, _) => "a rule of the protocol was broken".to_owned(),
    };
    format!("rule {}: {what}", rule.id.sid)
}

/// Octets as text, those that cannot be printed as a full stop.
fn printable(octets: &[u8]) -> String {
    let shown = |octet: &u8| match octet {
        b' '..=b'~' | b'\n' | b'\r' => char::from(*octet),
        _ => '.',
    };
    octets.iter().map(shown).collect()
}
