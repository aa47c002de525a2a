//! What rules keep with every flow: small, and ready for the questions of each packet.
//!
//! What a flow's packets are looked through for hardly changes while it lives, so it is asked of
//! the indexes once and not with each packet. Kept by the sensor; holds no judgement.

use super::{Memory, PacketView, Scene};
use crate::facts::{Side, Time};
use crate::rules::compile::{self, Engine, Needs};

/// What rules keep with one flow.
#[derive(Debug, Default)]
pub struct Trail {
    /// Made at the first thing to remember.
    pub(super) memory: Option<Box<Memory>>,
    /// Since when the low and the high side operate the other; [`Time::ZERO`]: not known.
    pub(super) since: (Time, Time),
    interest: Option<Interest>,
}

/// Whether rules look for anything in what the ends of a flow send, by what is known of it.
#[derive(Clone, Copy, Debug)]
struct Interest {
    /// What the conversation spoke and who was the client when this was found out.
    speaks: Option<&'static str>,
    client: Side,
    /// Rules are filed for packets between these ends: of the low and the high side.
    packets: (bool, bool),
}

/// A packet before its surroundings are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The packet.
    pub view: PacketView<'a>,
    /// Who sent it.
    pub side: Side,
    /// Who is the client.
    pub client: Side,
    /// IANA IP protocol number; 0 for frames without IP.
    pub ip_protocol: u8,
    /// The first packet of its sender in the flow.
    pub first: bool,
    /// What the conversation speaks, where that is known.
    pub speaks: Option<&'static str>,
}

impl Trail {
    /// Octets of one side were not captured or lost.
    pub fn gap(&mut self, side: Side) {
        if let Some(memory) = &mut self.memory {
            memory.gap(side);
        }
    }

    /// Other rules look on from now on: what was kept for those before means nothing to them.
    pub fn forget_rules(&mut self) {
        self.memory = None;
        self.interest = None;
    }

    /// Whether some rule may be about this packet; `scene` tells what surrounds it.
    pub(super) fn may_matter(
        &mut self,
        engine: &Engine,
        brief: &Brief<'_>,
        scene: impl FnOnce() -> Scene,
    ) -> bool {
        let group = compile::packet_group(brief.ip_protocol);
        let shown = || Needs::shown(brief.view.headers, brief.view.octets);
        let loose = engine.loose.get(group);
        let first = engine.first.get(group).filter(|_| brief.first);
        let fresh = self
            .interest
            .filter(|known| is_same(known.speaks, brief.speaks) && known.client == brief.client);
        let interest = match fresh {
            Some(interest) => interest,
            None => *self.interest.insert(Interest::of(engine, group, &scene())),
        };
        *brief.side.of(&interest.packets)
            || first.is_some_and(|first| !first.is_empty())
            || loose.is_some_and(|loose| loose.may_be_about(shown()))
    }
}

/// Whether this is the same name at the same place: a protocol's name stands in one, and a name
/// that is not recognised only costs a question more.
fn is_same(one: Option<&'static str>, other: Option<&'static str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => std::ptr::eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

impl Interest {
    fn of(engine: &Engine, group: usize, scene: &Scene) -> Self {
        let turned = Scene {
            source: scene.destination,
            destination: scene.source,
            side: scene.side.other(),
            ..*scene
        };
        let (low, high) = match scene.side {
            Side::Low => (scene, &turned),
            Side::High => (&turned, scene),
        };
        let filed = |scene: &Scene| {
            let ports = (scene.source.port, scene.destination.port);
            let mut groups = engine
                .packets
                .get(group)
                .into_iter()
                .flat_map(|filed| filed.groups(scene.class(engine), ports, scene.speaks));
            let ends = [scene.source, scene.destination];
            let by_ends = engine
                .loose
                .get(group)
                .is_some_and(|loose| loose.is_filed(ends));
            by_ends || groups.next().is_some()
        };
        Self {
            speaks: scene.speaks,
            client: scene.client,
            packets: (filed(low), filed(high)),
        }
    }
}
