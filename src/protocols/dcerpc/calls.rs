//! Which interface a call is for: binds name interfaces by number, requests give the number.
//!
//! Used by the sessions of DCE/RPC over TCP and of the pipes of SMB.

use super::wire::{Interface, Pdu, PduType};
use arrayvec::ArrayVec;

/// Interfaces remembered for one connection. A Windows client binds two or three a pipe and
/// has a few pipes open.
const BOUND: usize = 16;

/// The interfaces that were bound.
#[derive(Debug, Default)]
pub(in super::super) struct Calls {
    /// Pipe, number of the context, interface.
    bound: ArrayVec<(u64, u16, Interface), BOUND>,
}

impl Calls {
    /// Takes a PDU of a pipe (0 where there is but one) and tells the interface it calls.
    pub(in super::super) fn see(&mut self, pipe: u64, pdu: &Pdu<'_>) -> Option<Interface> {
        if matches!(pdu.kind, PduType::BIND | PduType::ALTER_CONTEXT) {
            let mut first = None;
            for (context, interface) in pdu.contexts() {
                self.bound
                    .retain(|known| (known.0, known.1) != (pipe, context));
                if self.bound.is_full() {
                    self.bound.remove(0);
                }
                self.bound.push((pipe, context, interface));
                first = first.or(Some(interface));
            }
            return first;
        }
        let called = matches!(pdu.kind, PduType::REQUEST | PduType::RESPONSE);
        let known = self
            .bound
            .iter()
            .rfind(|known| called && (known.0, known.1) == (pipe, pdu.context));
        known.map(|(_, _, interface)| *interface)
    }
}
