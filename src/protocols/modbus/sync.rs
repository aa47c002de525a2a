//! Where a Modbus/TCP ADU begins in octets that need not begin with one, and whether octets
//! are Modbus at all.
//!
//! An ADU is believed where its header is plausible, its PDU keeps all rules of its function,
//! and it is followed by the end of the octets or by another plausible header. A header that
//! only looks right is easy to find in registers full of small numbers; all three together
//! are not. Linear: each position is judged by its first octets, and a whole PDU is read only
//! behind a plausible header.

use super::wire::codes::diagnostic_is_known;
use super::wire::shape::{self, Length};
use super::wire::{self, Body, Direction, MAX_LENGTH, Mbap, Pdu, may_begin_header};
use super::{PORT, rtu};
use crate::protocols::{Carrier, Opening, Probe};

/// How much a PDU says for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    /// It breaks a rule of its function.
    Broken,
    /// Its function has no rules to keep.
    Weak,
    /// It keeps the rules of its function.
    Strong,
}

/// What stands at a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// An ADU.
    Adu,
    /// Perhaps an ADU; so many octets are needed to tell.
    Wait(usize),
    /// A packet that frames an ADU exactly, whose PDU breaks its rules. One is no proof; but
    /// some devices send nothing else.
    Nearly,
    /// No ADU.
    Nothing,
}

const BOTH: &[Direction] = &[Direction::Request, Direction::Response];

/// The directions that are possible where at most one is known.
pub(crate) const fn directions(known: Option<Direction>) -> &'static [Direction] {
    match known {
        None => BOTH,
        Some(Direction::Request) => &[Direction::Request],
        Some(Direction::Response) => &[Direction::Response],
    }
}

fn grade(pdu: Pdu<'_>, directions: &[Direction]) -> Grade {
    directions
        .iter()
        .map(|&direction| match wire::read(direction, pdu) {
            (_, Err(_)) => Grade::Broken,
            (parts, Ok(())) => match parts.body {
                Body::Umas(umas) if umas.is_known() => Grade::Strong,
                Body::Diagnostic(_) if !parts.subfunction.is_some_and(diagnostic_is_known) => {
                    Grade::Weak
                }
                _ if pdu.function().is_public() => Grade::Strong,
                _ => Grade::Weak,
            },
        })
        .max()
        .unwrap_or(Grade::Broken)
}

/// The grade of a PDU of which only the start is there.
fn grade_start(header: Mbap, pdu: Pdu<'_>, directions: &[Direction]) -> Grade {
    if pdu.function().0 == 0 {
        return Grade::Broken;
    }
    let told = usize::from(header.length).saturating_sub(2);
    directions
        .iter()
        .map(|&direction| {
            if direction == Direction::Request && pdu.is_exception() {
                return Grade::Broken;
            }
            match shape::length(direction, pdu) {
                Length::Exact(n) if n == told => Grade::Strong,
                Length::After(n) if n <= told => Grade::Strong,
                Length::AtLeast(n) if n <= told => Grade::Weak,
                _ => Grade::Broken,
            }
        })
        .max()
        .unwrap_or(Grade::Broken)
}

/// Whether octets can be the start of an ADU, judged by what is there of it.
pub(crate) fn may_begin(octets: &[u8]) -> bool {
    match Mbap::read(octets) {
        None => may_begin_header(octets),
        Some((header, code)) => {
            let data = octets.get(Mbap::MIN_ADU..).unwrap_or_default();
            let data = data
                .get(..usize::from(header.length).saturating_sub(2))
                .unwrap_or(data);
            header.is_plausible(code)
                && grade_start(header, Pdu { code, data }, BOTH) != Grade::Broken
        }
    }
}

/// What is known of the side whose sync is looked for.
pub(crate) struct Search<'s> {
    /// Where in the octets a packet begins, which is where most ADUs begin.
    pub(crate) border: usize,
    /// What the side can send.
    pub(crate) directions: &'static [Direction],
    /// Whether a response with this header and function octet is waited for.
    pub(crate) expects: &'s dyn Fn(&Mbap, u8) -> bool,
}

impl Search<'_> {
    /// The start of a conversation of which nothing is known.
    const BLIND: Self = Self {
        border: 0,
        directions: BOTH,
        expects: &|_, _| false,
    };
}

/// Judges the position at the start of `octets`; `border` where a packet begins there.
fn judge(octets: &[u8], border: bool, search: &Search<'_>) -> Verdict {
    let directions = search.directions;
    let Some((header, code)) = Mbap::read(octets) else {
        return if may_begin_header(octets) {
            Verdict::Wait(Mbap::MIN_ADU)
        } else {
            Verdict::Nothing
        };
    };
    if !header.is_plausible(code) || header.length > MAX_LENGTH {
        return Verdict::Nothing;
    }
    let least = if border { Grade::Weak } else { Grade::Strong };
    let size = header.adu();
    let Some((adu, rest)) = octets.split_at_checked(size) else {
        let data = octets.get(Mbap::MIN_ADU..).unwrap_or_default();
        return if grade_start(header, Pdu { code, data }, directions) >= least {
            Verdict::Wait(size)
        } else {
            Verdict::Nothing
        };
    };
    let data = adu.get(Mbap::MIN_ADU..).unwrap_or_default();
    let chained = rest.is_empty() || may_begin(rest);
    if grade(Pdu { code, data }, directions) < least {
        return match border && chained && code & 0x7f != 0 {
            true if (search.expects)(&header, code) => Verdict::Adu,
            true => Verdict::Nearly,
            false => Verdict::Nothing,
        };
    }
    // Eight octets with nothing behind them are little evidence in the middle of data.
    let alone = rest.is_empty() && size == Mbap::MIN_ADU && !border;
    let undecided = !rest.is_empty() && rest.len() < Mbap::MIN_ADU;
    match chained {
        true if alone || undecided => Verdict::Wait(size + Mbap::MIN_ADU),
        true => Verdict::Adu,
        false => Verdict::Nothing,
    }
}

/// Where the next ADU begins, or where one might: position and verdict.
///
/// A whole ADU is preferred to the start of one, except at a packet's border.
pub(crate) fn next(octets: &[u8], search: &Search<'_>) -> (usize, Verdict) {
    let mut waiting = None;
    let mut nearly = None;
    for at in 0..octets.len() {
        let rest = octets.get(at..).unwrap_or_default();
        let border = at == search.border;
        match judge(rest, border, search) {
            Verdict::Adu => return (at, Verdict::Adu),
            verdict @ Verdict::Wait(_) if border => return (at, verdict),
            verdict @ Verdict::Wait(_) if waiting.is_none() => waiting = Some((at, verdict)),
            Verdict::Nearly => nearly = Some((at, Verdict::Nearly)),
            Verdict::Wait(_) | Verdict::Nothing => {}
        }
    }
    nearly
        .or(waiting)
        .unwrap_or((octets.len(), Verdict::Nothing))
}

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
pub(crate) fn probe_mbap(opening: &Opening<'_>) -> Probe {
    let stream = opening.carrier == Carrier::Tcp;
    if stream && opening.midstream {
        return probe_midstream(opening);
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

fn probe_midstream(opening: &Opening<'_>) -> Probe {
    let well_known = opening.port(PORT);
    match next(opening.octets, &Search::BLIND) {
        (at, Verdict::Adu) if well_known || at == 0 => {
            let strong = walk(opening.octets.get(at..).unwrap_or_default()).strong > 0;
            if strong || well_known {
                Probe::Certain
            } else {
                Probe::Unsure
            }
        }
        (_, Verdict::Adu) => Probe::Unsure,
        (_, Verdict::Nearly) if well_known && walk(opening.octets).broken > 1 => Probe::Unsure,
        _ if opening.octets.len() < PATIENCE => Probe::More,
        _ => Probe::NotMine,
    }
}

/// Whether an opening is RTU without a Modbus/TCP header.
pub(crate) fn probe_rtu(opening: &Opening<'_>) -> Probe {
    match rtu::find(opening.octets, false) {
        rtu::Found::Nothing => Probe::NotMine,
        rtu::Found::Need(_) if opening.carrier == Carrier::Tcp => Probe::More,
        rtu::Found::Need(_) => Probe::NotMine,
        rtu::Found::Frame(size) => {
            let rest = opening.octets.get(size..).unwrap_or_default();
            match rtu::find(rest, false) {
                rtu::Found::Frame(_) => Probe::Certain,
                rtu::Found::Need(_) => Probe::Unsure,
                rtu::Found::Nothing => Probe::NotMine,
            }
        }
    }
}
