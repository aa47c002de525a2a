//! What all events have in common: when, who, over what.

use super::Eve;
use super::community::community_id;
use crate::desk::names::Named;
use crate::desk::outputs::time::Eve as Timestamp;
use crate::facts::{Endpoint, Host, Stamp, Time};
use crate::flow::Tags;
use crate::protocols::Carrier;
use crate::sensor::{FlowId, Path};
use serde::{Serialize, Serializer};
use sha1_smol::Sha1;
use std::borrow::Cow;
use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;

/// Octets of an event's name: enough that no two of 2^40 events share one.
const ID: usize = 10;

/// The keys that stand at the top of an event.
#[derive(Debug, Serialize)]
pub(super) struct Head<'a> {
    #[serde(serialize_with = "timestamp")]
    timestamp: Time,
    #[serde(skip_serializing_if = "Option::is_none")]
    flow_id: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pcap_cnt: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pcap_filename: Option<&'a str>,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_iface: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vlan: Vec<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    src_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_ip: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proto: Option<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_proto: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    community_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ether: Option<Ether>,
}

/// The ends of an event without IP addresses, and the MAC addresses of a flow's ends.
#[derive(Debug, Default, Serialize)]
pub(super) struct Ether {
    #[serde(skip_serializing_if = "Option::is_none")]
    src_mac: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest_mac: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) src_macs: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) dest_macs: Vec<String>,
}

/// What a conversation's event is about.
pub(super) struct About {
    pub(super) kind: &'static str,
    pub(super) flow: FlowId,
    pub(super) stamp: Stamp,
    pub(super) source: Endpoint,
    pub(super) destination: Endpoint,
    /// IANA IP protocol number; 0 for frames without IP.
    pub(super) ip_protocol: u8,
    pub(super) tags: Tags,
    pub(super) protocol: Option<&'static str>,
}

impl<'a> Head<'a> {
    /// The head of an event of a conversation.
    pub(super) fn new(eve: &'a Eve, about: &About) -> Self {
        let (source, destination) = (about.source, about.destination);
        let has_ports = matches!(about.ip_protocol, 6 | 17);
        let mac = |host| match host {
            Host::Mac(mac) => Some(mac.to_string()),
            Host::Ip(_) => None,
        };
        let is_link = source.host.ip().is_none();
        Self {
            timestamp: about.stamp.time,
            flow_id: (about.flow.0 != 0).then_some(about.flow.0),
            pcap_cnt: eve.live.is_none().then_some(about.stamp.frame),
            pcap_filename: eve.capture.as_deref(),
            event_type: about.kind,
            host: host(eve),
            in_iface: interface(eve),
            vlan: about.tags.vids().collect(),
            src_ip: source.host.ip(),
            src_port: has_ports.then_some(source.port),
            dest_ip: destination.host.ip(),
            dest_port: has_ports.then_some(destination.port),
            proto: (!is_link && about.ip_protocol != 0).then(|| proto(about.ip_protocol)),
            app_proto: about.protocol,
            community_id: (about.ip_protocol != 0)
                .then(|| community_id(about.ip_protocol, source, destination))
                .flatten(),
            ether: is_link.then(|| Ether {
                src_mac: mac(source.host),
                dest_mac: mac(destination.host),
                ..Ether::default()
            }),
        }
    }

    /// The head of an event that belongs to no conversation.
    pub(super) fn alone(eve: &'a Eve, kind: &'static str, time: Time) -> Self {
        Self {
            timestamp: time,
            flow_id: None,
            pcap_cnt: None,
            pcap_filename: eve.capture.as_deref(),
            event_type: kind,
            host: host(eve),
            in_iface: interface(eve),
            vlan: Vec::new(),
            src_ip: None,
            src_port: None,
            dest_ip: None,
            dest_port: None,
            proto: None,
            app_proto: None,
            community_id: None,
            ether: None,
        }
    }

    /// Says which packet decided it.
    pub(super) fn in_packet(&mut self, eve: &Eve, stamp: Stamp) {
        self.pcap_cnt = eve.live.is_none().then_some(stamp.frame);
    }

    /// Says at which interface.
    pub(super) const fn at(&mut self, interface: &'a str) {
        self.in_iface = Some(interface);
    }

    /// Adds the MAC addresses of both ends.
    pub(super) fn macs(&mut self, source: Vec<String>, destination: Vec<String>) {
        if !source.is_empty() || !destination.is_empty() {
            let ether = self.ether.get_or_insert_default();
            ether.src_macs = source;
            ether.dest_macs = destination;
        }
    }
}

/// The sensor that tells an event of a live run.
fn host(eve: &Eve) -> Option<&str> {
    eve.live.as_ref().map(|live| live.host.as_str())
}

/// The interface of a live run that listens at one.
fn interface(eve: &Eve) -> Option<&str> {
    eve.live.as_ref()?.interface.as_deref()
}

/// IANA protocol number of what carried a message; 0 for frames without IP.
pub(super) const fn ip_protocol(path: &Path) -> u8 {
    match path.carrier {
        Carrier::Tcp => 6,
        Carrier::Udp => 17,
        Carrier::Icmpv6 => 58,
        Carrier::Ether(_) | Carrier::Llc(..) | Carrier::Snap(..) => 0,
    }
}

/// The name of an IP protocol as Suricata writes it.
fn proto(number: u8) -> Cow<'static, str> {
    Cow::Borrowed(match number {
        1 => "ICMP",
        2 => "IGMP",
        6 => "TCP",
        17 => "UDP",
        47 => "GRE",
        50 => "ESP",
        51 => "AH",
        58 => "IPV6-ICMP",
        88 => "EIGRP",
        89 => "OSPF",
        103 => "PIM",
        112 => "VRRP",
        132 => "SCTP",
        other => return Cow::Owned(other.to_string()),
    })
}

/// What people know of both ends of an alert.
#[derive(Debug, Serialize)]
pub(super) struct Ends {
    #[serde(skip_serializing_if = "Option::is_none")]
    src: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dest: Option<Named>,
}

impl Ends {
    /// None where people know neither.
    pub(super) fn of(eve: &Eve, source: Endpoint, destination: Endpoint) -> Option<Self> {
        let [src, dest] = [source, destination].map(|end| eve.names.of(end.host));
        (src.is_some() || dest.is_some()).then_some(Self { src, dest })
    }
}

/// What stands under `ot` in every event.
#[derive(Debug, Serialize)]
pub(super) struct Common {
    event_id: String,
    /// The capture gives the packet no time, nor one before it: the timestamp means nothing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    time_unknown: bool,
    /// Where the sensor stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<Arc<str>>,
}

impl Common {
    /// The name of an event is the same in every run, and that of no other event. `what` names
    /// it among the events of its kind, flow and packet.
    pub(super) fn new(
        eve: &Eve,
        (kind, flow): (&str, u64),
        stamp: Stamp,
        what: impl Display,
    ) -> Self {
        Self {
            event_id: event_id(kind, flow, stamp, what),
            time_unknown: stamp.time.is_unknown(),
            site: eve.live.as_ref().and_then(|live| live.site.clone()),
        }
    }
}

/// The name of an event.
pub(super) fn event_id(kind: &str, flow: u64, stamp: Stamp, what: impl Display) -> String {
    let name = format!(
        "{kind} {flow} {} {} {what}",
        stamp.frame,
        stamp.time.nanos()
    );
    let digest = Sha1::from(name).digest().bytes();
    super::super::json::hex(digest.first_chunk::<ID>().unwrap_or(&[0; ID]))
}

/// A time as events write it.
pub(super) fn timestamp<S: Serializer>(time: &Time, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Timestamp(*time))
}

/// Nanoseconds as microseconds.
pub(super) const fn micros(nanos: u64) -> u64 {
    nanos / 1_000
}

/// A packet that is evidence.
#[derive(Debug, Serialize)]
pub(super) struct Packet {
    #[serde(serialize_with = "timestamp")]
    time: Time,
    frame: u64,
}

impl From<Stamp> for Packet {
    fn from(Stamp { time, frame }: Stamp) -> Self {
        Self { time, frame }
    }
}
