//! Whether the first octets of a conversation, or those behind a gap, are Modbus.
//!
//! Called through the registry. A port is never proof; the well-known one decides only where
//! the content is malformed or says little.

use super::sync::{BOTH, Grade, Search, Verdict, grade, may_begin, next};
use super::wire::{Mbap, Pdu};
use super::{PORT, rtu};
use crate::protocols::{Carrier, Opening, Probe};

/// How many ADUs of an opening are looked at: two suffice where the content says little.
const LOOKED_AT: usize = 4;

/// Octets of a conversation picked up in its middle that are looked at before giving up: two
/// of the longest ADUs, one of them cut.
const PATIENCE: usize = 520;

/// What walking over the ADUs at the start of an opening found.
#[derive(Default)]
struct Walk {
    strong: usize,
    weak: usize,
    broken: usize,
    /// Only ADUs of eight octets so far.
    short: bool,
    /// The octets end with an ADU or with what may be the start of one.
    chained: bool,
}

fn walk(octets: &[u8]) -> Walk {
    let mut found = Walk {
        short: true,
        ..Walk::default()
    };
    let mut rest = octets;
    for _ in 0..LOOKED_AT {
        let whole = Mbap::read(rest)
            .filter(|(header, code)| header.is_plausible(*code))
            .and_then(|(header, code)| Some((code, rest.split_at_checked(header.adu())?)));
        let Some((code, (adu, behind))) = whole else {
            found.chained = rest.is_empty() || may_begin(rest);
            return found;
        };
        let data = adu.get(Mbap::MIN_ADU..).unwrap_or_default();
        match grade(Pdu { code, data }, BOTH) {
            Grade::Strong => found.strong += 1,
            Grade::Weak => found.weak += 1,
            Grade::Broken => found.broken += 1,
        }
        found.short &= adu.len() == Mbap::MIN_ADU;
        rest = behind;
    }
    found.chained = true;
    found
}

/// Whether an opening is Modbus/TCP.
pub(crate) fn tcp(opening: &Opening<'_>) -> Probe {
    let stream = opening.carrier == Carrier::Tcp;
    if stream && opening.midstream {
        return midstream(opening);
    }
    let well_known = opening.port(PORT);
    let found = walk(opening.octets);
    let any = found.strong + found.weak + found.broken > 0;
    if !any {
        // Malformed content on the well-known port is Modbus still; whole, it shows by its
        // length, and not whole it may yet.
        let header = Mbap::read(opening.octets).is_some_and(|(h, code)| h.is_plausible(code));
        let may = found.chained || (well_known && header);
        return if stream && may {
            Probe::More
        } else {
            Probe::NotMine
        };
    }
    match found {
        Walk {
            chained: true,
            strong: 1..,
            short,
            ..
        } if well_known || !short => Probe::Certain,
        Walk { strong: 1.., .. } if found.chained || well_known => Probe::Unsure,
        Walk { chained: false, .. } => Probe::NotMine,
        _ if well_known => Probe::Unsure,
        Walk {
            weak: 2..,
            broken: 0,
            ..
        } => Probe::Unsure,
        Walk {
            weak: 1, broken: 0, ..
        } if stream => Probe::More,
        _ => Probe::NotMine,
    }
}

fn midstream(opening: &Opening<'_>) -> Probe {
    let well_known = opening.port(PORT);
    match next(opening.octets, &Search::BLIND) {
        (at, Verdict::Adu) if well_known || at == 0 => {
            let strong = walk(opening.octets.get(at..).unwrap_or_default()).strong > 0;
            Probe::found(at, strong || well_known)
        }
        (at, Verdict::Adu) => Probe::found(at, false),
        (at, Verdict::Chain) if well_known => Probe::found(at, true),
        _ if opening.octets.len() < PATIENCE => Probe::More,
        _ => Probe::NotMine,
    }
}

/// Whether an opening is RTU without a Modbus/TCP header.
pub(crate) fn rtu(opening: &Opening<'_>) -> Probe {
    match rtu::find(opening.octets, false, None) {
        rtu::Found::Nothing => Probe::NotMine,
        rtu::Found::Need(_) if opening.carrier == Carrier::Tcp => Probe::More,
        rtu::Found::Need(_) => Probe::NotMine,
        rtu::Found::Frame(size) => {
            let (frame, rest) = opening.octets.split_at_checked(size).unwrap_or_default();
            match rtu::find(rest, false, None) {
                _ if !is_modbus(frame) => Probe::NotMine,
                rtu::Found::Frame(_) => Probe::Certain,
                rtu::Found::Need(_) => Probe::Unsure,
                rtu::Found::Nothing => Probe::NotMine,
            }
        }
    }
}

/// Whether the content of an RTU frame keeps the rules of its function and is not a ROC or
/// ROC Plus message (Emerson), which has the same CRC: its opcode and its length, 0 in polls,
/// lie where a read of bits has the quantity.
fn is_modbus(frame: &[u8]) -> bool {
    let pdu = frame
        .split_last_chunk::<2>()
        .and_then(|(body, _)| body.get(1..)?.split_first());
    let Some((&code, data)) = pdu else {
        return false;
    };
    let looks_like_roc = matches!((code, data), (1 | 2, [_, _, 1..=255, 0]));
    !looks_like_roc && grade(Pdu { code, data }, BOTH) == Grade::Strong
}
