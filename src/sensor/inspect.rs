//! The rules as a flow sees them: what surrounds its packets, and what they find.
//!
//! Called by the shard and by the sink of the sessions. Where no rules are loaded there is no
//! [`Inspect`], and nothing here runs.

use super::Tap;
use super::emit::Outbox;
use super::handoff::{Event, FindingRecord, FlowId, OperationRecord, Path};
use super::rounds::Descriptor;
use crate::facts::{Endpoint, Fault, Host, Message, Operation, Side, Stamp};
use crate::flow::{Carrier, End, Key, Ledger, Stage};
use crate::protocols;
use crate::rules;
use crate::rules::engine::{Brief, Hit, Inspector, PacketView, Scene, Subject, Totals, Trail};
use crate::wire::{Headers, Tcp};
use std::sync::Arc;

/// Most octets of a packet that go with a finding: a whole frame of Ethernet and more.
const PACKET: usize = 16 * 1024;

/// The rules, laid over one packet or tick of one flow.
pub(super) struct Inspect<'a> {
    inspector: &'a mut Inspector,
    trail: &'a mut Trail,
    glance: Glance<'a>,
    /// The packet at hand; none on ticks and at the end.
    packet: Option<Evidence<'a>>,
    /// What surrounds it, once that was asked for.
    scene: Option<Scene>,
}

/// A packet with what it was captured on.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    pub(super) view: PacketView<'a>,
    /// Link type of the capture; that of raw IP for a packet put together from fragments.
    pub(super) link: u32,
    /// Its octets go with what is found in it.
    pub(super) kept: bool,
}

/// What a flow is at the packet at hand. Refers to what the flow keeps and copies only what may
/// change before the rules ask for it: few packets are looked at as a whole.
#[derive(Clone, Copy)]
pub(super) struct Glance<'a> {
    id: FlowId,
    key: &'a Key,
    ends: &'a (End, End),
    stage: Stage,
    /// What carries it, where its content can be a protocol's.
    carrier: Option<protocols::Carrier>,
    packets: (u64, u64),
    octets: (u64, u64),
    content: (u64, u64),
}

impl<'a> Glance<'a> {
    #[inline]
    pub(super) const fn new(
        id: FlowId,
        (key, ends): (&'a Key, &'a (End, End)),
        stage: Stage,
        carrier: Option<protocols::Carrier>,
        (a, b): &(Ledger, Ledger),
    ) -> Self {
        Self {
            id,
            key,
            ends,
            stage,
            carrier,
            packets: (a.packets, b.packets),
            octets: (a.octets, b.octets),
            content: (a.delivered, b.delivered),
        }
    }

    /// What carries it, with the tags of either side's packets.
    fn path(&self) -> Option<Path> {
        let (low, high) = self.ends;
        Some(Path {
            carrier: self.carrier?,
            tags: low.tags.or(high.tags).unwrap_or_default(),
        })
    }

    /// Who was heard first.
    fn heard_first(&self) -> Side {
        let heard = |end: &End| end.first.map_or(u64::MAX, |stamp| stamp.frame);
        let (low, high) = self.ends;
        if heard(low) <= heard(high) {
            Side::Low
        } else {
            Side::High
        }
    }

    /// TCP: the handshake is over, or was not seen. Else: both sides were heard.
    fn is_established(&self) -> bool {
        let (low, high) = self.ends;
        match self.key.carrier {
            Carrier::Tcp => {
                self.stage != Stage::Opening || (low.flags | high.flags) & Tcp::SYN == 0
            }
            _ => low.first.is_some() && high.first.is_some(),
        }
    }

    /// Whether the packet at hand is the first of this side.
    const fn is_first(&self, side: Side) -> bool {
        *side.of(&self.packets) <= 1
    }

    /// What surrounds something that `side` sent, in a flow whose `client` is known.
    fn scene(
        &self,
        (side, client): (Side, Side),
        stamp: Stamp,
        speaks: Option<&'static str>,
    ) -> Scene {
        Scene {
            source: self.key.end(side),
            destination: self.key.end(side.other()),
            side,
            client,
            ip_protocol: ip_protocol(self.key),
            established: self.is_established(),
            first: self.is_first(side),
            encrypted: false,
            stamp,
            totals: Totals {
                first: End::first_of(self.ends).time,
                packets: self.packets,
                octets: self.octets,
                content: self.content,
            },
            speaks,
        }
    }
}

/// What surrounds a fragment, which belongs to no flow; `None` for what is no IP.
pub(super) fn scene_of_fragment(headers: &Headers, side: Side, stamp: Stamp) -> Option<Scene> {
    let ip = headers.ip()?;
    let end = |address| Endpoint {
        host: Host::Ip(address),
        port: 0,
    };
    Some(Scene {
        source: end(ip.source),
        destination: end(ip.destination),
        side,
        client: side,
        ip_protocol: ip.protocol,
        established: false,
        first: true,
        encrypted: false,
        stamp,
        totals: Totals::default(),
        speaks: None,
    })
}

/// IANA protocol number of what carries the flow; 0 for frames without IP.
pub(super) fn ip_protocol(key: &Key) -> u8 {
    match key.carrier {
        Carrier::Tcp => 6,
        Carrier::Udp => 17,
        Carrier::Icmp if key.low.host.ip().is_some_and(|ip| ip.is_ipv6()) => 58,
        Carrier::Icmp => 1,
        Carrier::Ip(number) => number,
        Carrier::Ether(_) | Carrier::Llc(..) | Carrier::Snap(..) => 0,
    }
}

impl<'a> Evidence<'a> {
    pub(super) fn new(frame: &'a Descriptor, octets: &'a [u8], kept: bool) -> Self {
        let headers = &frame.headers;
        Self {
            view: PacketView { headers, octets },
            link: frame.link,
            kept,
        }
    }
}

impl<'a> Inspect<'a> {
    #[inline]
    pub(super) const fn new(
        inspector: &'a mut Inspector,
        trail: &'a mut Trail,
        glance: Glance<'a>,
        packet: Option<Evidence<'a>>,
    ) -> Self {
        Self {
            inspector,
            trail,
            glance,
            packet,
            scene: None,
        }
    }

    /// Who is the client, where the conversation shows this server.
    fn client(&self, server: Option<Side>) -> Side {
        let glance = &self.glance;
        End::initiator_of(glance.ends)
            .or(server.map(Side::other))
            .unwrap_or_else(|| glance.heard_first())
    }

    /// What surrounds something that `side` sent, with what looks at it. Put together once for
    /// all that a packet holds.
    fn scene(
        &mut self,
        side: Side,
        stamp: Stamp,
        server: Option<Side>,
        speaks: Option<&'static str>,
    ) -> (&Scene, &mut Inspector, &mut Trail) {
        let client = self.client(server);
        let glance = &self.glance;
        let scene = self
            .scene
            .get_or_insert_with(|| glance.scene((side, client), stamp, speaks));
        if scene.side != side {
            // An answer and the request that it belongs to are looked at from both ends.
            std::mem::swap(&mut scene.source, &mut scene.destination);
            (scene.side, scene.first) = (side, glance.is_first(side));
        }
        (scene.client, scene.stamp, scene.speaks) = (client, stamp, speaks);
        (scene, self.inspector, self.trail)
    }

    /// Looks at the packet at hand.
    pub(super) fn packet(
        &mut self,
        (side, stamp): (Side, Stamp),
        server: Option<Side>,
        (speaks, encrypted): (Option<&'static str>, bool),
    ) {
        let Some(packet) = self.packet else {
            return;
        };
        let glance = &self.glance;
        let client = self.client(server);
        let brief = Brief {
            view: packet.view,
            side,
            client,
            ip_protocol: ip_protocol(glance.key),
            first: glance.is_first(side),
            speaks,
        };
        let scene = || Scene {
            encrypted,
            ..glance.scene((side, client), stamp, speaks)
        };
        self.inspector.packet(&brief, scene, self.trail);
    }

    /// Looks at the next octets of a stream.
    pub(super) fn stream(
        &mut self,
        octets: &[u8],
        (side, stamp): (Side, Stamp),
        server: Option<Side>,
        speaks: Option<&'static str>,
    ) {
        let (scene, inspector, trail) = self.scene(side, stamp, server, speaks);
        inspector.stream(scene, octets, trail);
    }

    /// Octets of one side were not captured whole, or `lost`.
    pub(super) fn gap(&mut self, (side, stamp): (Side, Stamp), lost: bool) {
        self.trail.gap(side);
        if lost {
            let (scene, inspector, trail) = self.scene(side, stamp, None, None);
            inspector.gap(scene, trail);
        }
    }

    /// The ends opened a new connection.
    pub(super) fn restart(&mut self) {
        self.inspector.restart(self.trail);
    }

    /// Whether nothing was found that is not handed over.
    #[inline]
    pub(super) fn is_settled(&self) -> bool {
        self.inspector.is_settled()
    }

    /// Decides what waited for the conversation's protocol to be known, and hands over what was
    /// found.
    pub(super) fn settle(&mut self, speaks: Option<&'static str>, out: &mut Outbox<'_>) {
        self.inspector.settle(speaks, self.trail);
        if let Some(speaks) = speaks {
            self.inspector.name_protocol(speaks);
        }
        self.tell(out, None);
    }

    /// Looks at a message; what the tap makes of it goes with what is found in it.
    pub(super) fn message(
        &mut self,
        message: &dyn Message,
        (side, stamp): (Side, Stamp),
        server: Option<Side>,
        tap: Option<&dyn Tap>,
        out: &mut Outbox<'_>,
    ) {
        let protocol = message.protocol();
        let (scene, inspector, trail) = self.scene(side, stamp, server, Some(protocol));
        inspector.message(scene, message, trail);
        inspector.name_protocol(protocol);
        while let Some(hit) = self.inspector.next_hit() {
            let pdu = match (hit.subject, tap) {
                (Subject::Message, Some(tap)) => tap.evidence(message),
                _ => None,
            };
            if let Some(finding) = self.finding(hit, None, pdu) {
                out.push(Event::Finding(Box::new(finding)));
            }
        }
    }

    /// Looks at an operation; true where something was found, which [`Inspect::tell`] hands
    /// over.
    pub(super) fn operation(
        &mut self,
        operation: &Operation<'_>,
        (stamp, protocol): (Stamp, &'static str),
        server: Option<Side>,
    ) -> bool {
        let (scene, inspector, trail) = self.scene(operation.actor, stamp, server, Some(protocol));
        inspector.operation(scene, operation, trail);
        inspector.name_protocol(protocol);
        inspector.has_hits()
    }

    /// Looks at a fault.
    pub(super) fn fault(
        &mut self,
        fault: &'static Fault,
        (side, stamp): (Side, Stamp),
        server: Option<Side>,
        protocol: &'static str,
        out: &mut Outbox<'_>,
    ) {
        let (scene, inspector, trail) = self.scene(side, stamp, server, Some(protocol));
        inspector.fault(scene, fault, trail);
        self.tell(out, None);
    }

    /// Hands over what was found; in `operation`, where that is given.
    pub(super) fn tell(&mut self, out: &mut Outbox<'_>, operation: Option<&Arc<OperationRecord>>) {
        while let Some(hit) = self.inspector.next_hit() {
            let operation = operation.filter(|_| hit.subject == Subject::Operation);
            if let Some(finding) = self.finding(hit, operation, None) {
                out.push(Event::Finding(Box::new(finding)));
            }
        }
    }

    fn finding(
        &self,
        hit: Hit,
        operation: Option<&Arc<OperationRecord>>,
        pdu: Option<Box<str>>,
    ) -> Option<FindingRecord> {
        let whence = (self.glance.id, self.glance.path());
        finding(self.inspector, hit, whence, self.packet, operation, pdu)
    }
}

/// Looks at a fragment, which belongs to no flow, and hands over what was found in it.
pub(super) fn fragment(
    inspector: &mut Inspector,
    evidence: Evidence<'_>,
    (side, stamp): (Side, Stamp),
    id: FlowId,
    out: &mut Outbox<'_>,
) {
    let Some(scene) = scene_of_fragment(evidence.view.headers, side, stamp) else {
        return;
    };
    inspector.fragment(&scene, &evidence.view);
    inspector.settle(None, &mut Trail::default());
    while let Some(hit) = inspector.next_hit() {
        if let Some(finding) = finding(inspector, hit, (id, None), Some(evidence), None, None) {
            out.push(Event::Finding(Box::new(finding)));
        }
    }
}

/// What is told of a hit, in a flow that is carried so.
fn finding(
    inspector: &Inspector,
    hit: Hit,
    (flow, path): (FlowId, Option<Path>),
    packet: Option<Evidence<'_>>,
    operation: Option<&Arc<OperationRecord>>,
    pdu: Option<Box<str>>,
) -> Option<FindingRecord> {
    let rule = inspector.engine().rule(hit.rule)?;
    let head = |octets: &[u8]| octets.iter().take(PACKET).copied().collect();
    let act = operation.map(|record| (record.meaning, record.outcome));
    let kept = packet.filter(|packet| packet.kept);
    Some(FindingRecord {
        rule: hit.rule,
        id: rule.id,
        message: Arc::clone(&rule.message),
        severity: rules::severity(rule, act),
        seen: rules::severity(rule, act),
        nth: 0,
        planned: None,
        subject: hit.subject,
        flow,
        scene: hit.scene,
        marks: hit.marks,
        path,
        operation: operation.cloned(),
        pdu,
        payload: kept.map_or_else(Vec::new, |packet| head(packet.view.content())),
        packet: kept.map_or_else(Vec::new, |packet| head(packet.view.octets)),
        link: packet.map_or(0, |packet| packet.link),
    })
}
