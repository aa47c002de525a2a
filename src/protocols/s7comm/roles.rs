//! Who is who in a conversation, told by what each side sends and never by ports.
//!
//! Called by the session for each PDU; tells each role once.

use super::session::Link;
use super::wire::{Function, Pdu, Rosctr, Userdata, group};
use crate::facts::{Attribute, Property, Side};
use crate::protocols::Sink;

/// Which roles were told.
#[derive(Debug, Default)]
pub(crate) struct Roles {
    server: Option<Side>,
    plc: bool,
    operator: bool,
    engineer: bool,
}

impl Roles {
    /// Tells what a PDU sent by `side` shows. `caller` sent the connection request, where that
    /// was just seen: then it is the client, whatever it sends.
    pub(crate) fn tell(
        &mut self,
        side: Side,
        pdu: &Pdu<'_>,
        userdata: Option<&Userdata<'_>>,
        caller: Option<Side>,
        link: &Link,
        out: &mut dyn Sink,
    ) {
        let by_plc = pdu.function().is_some_and(Function::sent_by_plc);
        let asks = pdu.rosctr == Rosctr::JOB || userdata.is_some_and(|u| u.kind.is_request());
        let client = if asks == by_plc { side.other() } else { side };
        let server = match (caller, self.server) {
            (Some(caller), _) => caller.other(),
            (None, Some(server)) => server,
            (None, None) => client.other(),
        };
        if self.server != Some(server) {
            self.server = Some(server);
            out.server(server);
        }
        if side == server && !asks {
            once(&mut self.plc, server, b"plc", out);
        }
        // Connection resources: 1 programming device, 2 operator panel, 3 others.
        if link.place().is_some_and(|(kind, ..)| kind == 2) {
            once(&mut self.operator, server.other(), b"hmi", out);
        }
        let engineers = match (pdu.function(), userdata) {
            (Some(Function(0x1a..=0x1f | 0x28 | 0x29)), _) => true,
            (_, Some(u)) => u.group == group::PROGRAMMER,
            _ => false,
        };
        if engineers && asks {
            once(&mut self.engineer, client, b"engineering-station", out);
        }
    }
}

/// Tells a role unless it was told.
fn once(told: &mut bool, side: Side, role: &[u8], out: &mut dyn Sink) {
    if !std::mem::replace(told, true) {
        out.attribute(&Attribute::of(side, Property::Role, role));
    }
}
