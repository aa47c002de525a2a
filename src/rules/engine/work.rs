//! Room that evaluations work in, and the tests of buffers run there.

use super::fields::Gathered;
use super::octets::{Run, Variables};
use super::packet::PacketView;
use super::transform;
use crate::facts::Message;
use crate::rules::compile::{self, BufferPlan, Source, VARIABLES};

/// Room that evaluations work in.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) slots: Vec<Gathered>,
    pub(super) decoded: Vec<u8>,
    pub(super) spare: Vec<u8>,
    /// A buffer of octets after its transforms.
    changed: Vec<u8>,
    pub(super) variables: Variables,
}

impl Work {
    /// Whether the tests of all buffers of a packet hold.
    pub(super) fn packet_buffers(
        &mut self,
        buffers: &[BufferPlan],
        packet: &PacketView<'_>,
    ) -> bool {
        self.variables = [0; VARIABLES];
        self.decoded.clear();
        buffers.iter().all(|buffer| {
            let octets = match buffer.source {
                Source::Header(header) => packet.header(header),
                _ => packet.content(),
            };
            self.buffer(buffer, octets)
        })
    }

    /// Whether the tests of one buffer hold of these octets, or of what base64 left.
    pub(super) fn buffer(&mut self, buffer: &BufferPlan, octets: &[u8]) -> bool {
        if matches!(buffer.source, Source::Base64) {
            let decoded = std::mem::take(&mut self.decoded);
            let holds = !decoded.is_empty()
                && Run::new(
                    &decoded,
                    &buffer.steps,
                    &mut self.variables,
                    &mut self.decoded,
                )
                .holds();
            self.decoded = decoded;
            return holds;
        }
        if buffer.transforms.is_empty() {
            return Run::new(
                octets,
                &buffer.steps,
                &mut self.variables,
                &mut self.decoded,
            )
            .holds();
        }
        self.changed.clear();
        self.changed.extend_from_slice(octets);
        transform::apply(&buffer.transforms, &mut self.changed, &mut self.spare);
        Run::new(
            &self.changed,
            &buffer.steps,
            &mut self.variables,
            &mut self.decoded,
        )
        .holds()
    }

    /// Whether the tests of all buffers of a message hold; of several elements of one buffer
    /// it must be all tests of one element.
    pub(super) fn message_buffers(
        &mut self,
        buffers: &[BufferPlan],
        messages: &compile::Messages,
        message: &dyn Message,
    ) -> bool {
        self.variables = [0; VARIABLES];
        self.decoded.clear();
        buffers.iter().all(|buffer| {
            let Source::Fields(_, places) = &buffer.source else {
                return self.buffer(buffer, &[]);
            };
            let protocol = message.protocol();
            let place = places.iter().find(|(known, _)| *known == protocol);
            let Some((slot, gathered)) = place.and_then(|(_, place)| {
                Some((messages.slots.get(*place)?, self.slots.get_mut(*place)?))
            }) else {
                return false;
            };
            if !gathered.ready {
                gathered.fill(message, slot, &mut self.spare);
            }
            let (variables, decoded) = (&mut self.variables, &mut self.decoded);
            gathered
                .elements()
                .any(|element| Run::new(element, &buffer.steps, variables, decoded).holds())
        })
    }
}

impl Gathered {
    /// Reads a buffer of the message, with its transforms.
    pub(super) fn fill(
        &mut self,
        message: &dyn Message,
        slot: &compile::Slot,
        spare: &mut Vec<u8>,
    ) {
        self.read(message, &slot.fields);
        if !slot.transforms.is_empty() {
            self.change(spare, |octets, spare| {
                transform::apply(&slot.transforms, octets, spare);
            });
        }
    }
}
