//! Rules on fragments of IP packets, which have neither ports nor a conversation: those rules
//! that ask for fragmentation or for what headers hold. All others see the whole datagram.

use super::marks::About;
use super::{Bench, Memory, PacketView, Scene, version_fits};
use crate::rules::compile::Engine;

impl Bench {
    /// Looks at a fragment; its bits are kept for nothing, as no flow owns it.
    pub(super) fn fragment(&mut self, engine: &Engine, scene: &Scene, packet: &PacketView<'_>) {
        self.candidates.clear();
        self.candidates.extend_from_slice(&engine.fragments);
        let mut memory: Option<Box<Memory>> = None;
        self.each(engine, |bench, number, plan, rule| {
            let part = &plan.octets;
            let fits = rule.flow.fragments != Some(false)
                && version_fits(rule.over, packet)
                && scene.fits(plan, rule, None)
                && part.tests.iter().all(|test| packet.holds(test));
            if fits && bench.work.packet_buffers(&part.buffers, packet) {
                bench.matched(engine, number, About::Packet, scene, &mut memory);
            }
        });
    }
}
