//! Where a Modbus/TCP ADU begins in octets that need not begin with one, and whether octets
//! are Modbus at all.
//!
//! An ADU is believed where its header is plausible, its PDU keeps all rules of its function,
//! and it begins with a packet and ends with one or before another plausible header; or where
//! another whole ADU follows; or where it answers an open request. A header that only looks
//! right is easy to find in registers full of small numbers; all of this together is not.
//!
//! Some devices send nothing but malformed PDUs. Their ADUs are believed by their headers alone
//! where these make a chain: see [`Verdict::Chain`].
//!
//! Linear: each position is judged by its first octets, a whole PDU is read only behind a
//! plausible header, and a chain is followed only where a packet begins.

use super::wire::codes::diagnostic_is_known;
use super::wire::shape::{self, Length};
use super::wire::{self, Body, Direction, MAX_LENGTH, Mbap, Pdu, may_begin_header};

/// How much a PDU says for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
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
    /// A packet that frames an ADU exactly, whose PDU breaks its rules or answers what nobody
    /// asked. One is no proof; but some devices send nothing else, and requests may have been
    /// lost.
    Nearly,
    /// At least two ADUs that frame all octets from a packet's begin to the end of what is
    /// there: for one unit, with transactions that stay or count up. Their PDUs may break their
    /// rules: two such headers fix more than 60 bits, which other octets hardly meet by chance.
    Chain,
    /// No ADU.
    Nothing,
}

/// How far the transactions of two ADUs in a row may be apart: some clients count over all their
/// connections, and few have more than so many.
const AHEAD: u16 = 255;

pub(crate) const BOTH: &[Direction] = &[Direction::Request, Direction::Response];

/// The directions that are possible where at most one is known.
pub(crate) const fn directions(known: Option<Direction>) -> &'static [Direction] {
    match known {
        None => BOTH,
        Some(Direction::Request) => &[Direction::Request],
        Some(Direction::Response) => &[Direction::Response],
    }
}

/// How much a PDU says for itself in one of these directions.
pub(crate) fn grade(pdu: Pdu<'_>, directions: &[Direction]) -> Grade {
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
    let told = header.data();
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
            let data = data.get(..header.data()).unwrap_or(data);
            header.is_plausible(code)
                && grade_start(header, Pdu { code, data }, BOTH) != Grade::Broken
        }
    }
}

/// What is known of the side whose sync is looked for.
pub(crate) struct Search<'s> {
    /// Where in the octets packets begin, which is where most ADUs begin.
    pub(crate) borders: &'s [usize],
    /// Octets that were there when a position was last looked for: no whole ADU begins in
    /// them but perhaps where the search left off.
    pub(crate) seen: usize,
    /// What the side can send.
    pub(crate) directions: &'static [Direction],
    /// Whether all requests are known, as far as can be told, that the side may answer.
    pub(crate) asked: bool,
    /// Whether a response with this header and function octet is waited for.
    pub(crate) expects: &'s dyn Fn(&Mbap, u8) -> bool,
}

impl Search<'_> {
    /// The start of a conversation of which nothing is known.
    pub(crate) const BLIND: Self = Self {
        borders: &[0],
        seen: 0,
        directions: BOTH,
        asked: false,
        expects: &|_, _| false,
    };
}

/// What the octets at a position hold.
enum Look<'a> {
    /// An ADU with a plausible header: header, function octet, grade, and what follows it.
    Whole(Mbap, u8, Grade, &'a [u8]),
    /// What may be the start of one; so many octets are needed.
    Part(usize),
    /// Neither.
    Neither,
}

fn look<'a>(octets: &'a [u8], directions: &[Direction]) -> Look<'a> {
    let Some((header, code)) = Mbap::read(octets) else {
        return if may_begin_header(octets) {
            Look::Part(Mbap::MIN_ADU)
        } else {
            Look::Neither
        };
    };
    if !header.is_plausible(code) || header.length > MAX_LENGTH {
        return Look::Neither;
    }
    let data = octets.get(Mbap::MIN_ADU..).unwrap_or_default();
    match octets.get(header.adu()..) {
        Some(rest) => {
            let data = data.get(..header.data()).unwrap_or(data);
            let grade = grade(Pdu { code, data }, directions);
            Look::Whole(header, code, grade, rest)
        }
        None if grade_start(header, Pdu { code, data }, directions) == Grade::Strong => {
            Look::Part(header.adu())
        }
        None => Look::Neither,
    }
}

/// Judges the position at the start of `octets`; `border` where a packet begins there.
fn judge(octets: &[u8], border: bool, search: &Search<'_>) -> Verdict {
    match judge_first(octets, border, search) {
        Verdict::Nothing | Verdict::Nearly if border && is_chain(octets) => Verdict::Chain,
        verdict => verdict,
    }
}

/// Whether octets are a [`Verdict::Chain`]. Function 0 does not exist: where all have it, these
/// are zeros with something between them.
fn is_chain(octets: &[u8]) -> bool {
    let (mut rest, mut links, mut functions) = (octets, 0, 0);
    let mut before: Option<Mbap> = None;
    while let Some((header, code)) = Mbap::read(rest) {
        let follows = before.is_none_or(|last| {
            last.unit == header.unit && header.transaction.wrapping_sub(last.transaction) <= AHEAD
        });
        let Some(behind) = rest.get(header.adu()..) else {
            return false;
        };
        if !(follows && header.is_plausible(code)) {
            return false;
        }
        links += 1;
        functions |= code & 0x7f;
        before = Some(header);
        rest = behind;
    }
    rest.is_empty() && links > 1 && functions != 0
}

/// Judges the ADU at the start of `octets` by its PDU and what follows it.
fn judge_first(octets: &[u8], border: bool, search: &Search<'_>) -> Verdict {
    let (header, code, grade, rest) = match look(octets, search.directions) {
        Look::Whole(header, code, grade, rest) => (header, code, grade, rest),
        Look::Part(n) => return Verdict::Wait(n),
        Look::Neither => return Verdict::Nothing,
    };
    if !rest.is_empty() && !may_begin(rest) {
        return Verdict::Nothing;
    }
    let expected = (search.expects)(&header, code);
    match (border, grade) {
        (_, Grade::Strong) | (true, _) if expected => Verdict::Adu,
        (true, Grade::Broken) if code & 0x7f != 0 => Verdict::Nearly,
        (true, Grade::Weak | Grade::Strong) if rest.is_empty() && search.asked => Verdict::Nearly,
        (true, Grade::Weak | Grade::Strong) if !search.asked => match rest.len() {
            0 | Mbap::MIN_ADU.. => Verdict::Adu,
            _ => Verdict::Wait(header.adu() + Mbap::MIN_ADU),
        },
        (_, Grade::Strong) => match confirm(rest, header.unit, search.directions) {
            Verdict::Wait(n) => Verdict::Wait(header.adu() + n),
            verdict => verdict,
        },
        _ => Verdict::Nothing,
    }
}

/// Whether what follows an ADU found amid octets is a whole one too, for the same unit. A
/// packet's end says nothing there: it may cut the registers that only look like an ADU.
fn confirm(octets: &[u8], unit: u8, directions: &[Direction]) -> Verdict {
    match look(octets, directions) {
        Look::Whole(header, _, Grade::Strong, rest)
            if header.unit == unit && (rest.is_empty() || may_begin(rest)) =>
        {
            Verdict::Adu
        }
        Look::Part(n) if !octets.is_empty() => Verdict::Wait(n),
        _ => Verdict::Nothing,
    }
}

/// Where the next ADU begins, or where one might: position and verdict.
///
/// A whole ADU that keeps its rules is preferred to a chain, and both to the start of an ADU,
/// except at a packet's border. The caller eats what lies before the position, so that each
/// position is judged once on the way to it and once when looking beyond it.
pub(crate) fn next(octets: &[u8], search: &Search<'_>) -> (usize, Verdict) {
    let at = |at: usize| {
        let border = search.borders.contains(&at);
        let rest = octets.get(at..).unwrap_or_default();
        (border, judge(rest, border, search))
    };
    let first = (0..octets.len())
        .map(|position| (position, at(position)))
        .find(|(_, (_, verdict))| *verdict != Verdict::Nothing);
    let Some((position, (border, verdict))) = first else {
        return (octets.len(), Verdict::Nothing);
    };
    if verdict == Verdict::Adu || (border && matches!(verdict, Verdict::Wait(_))) {
        return (position, verdict);
    }
    let mut best = (position, verdict);
    for beyond in search.seen.max(position + 1)..octets.len() {
        match at(beyond) {
            (_, Verdict::Adu) => return (beyond, Verdict::Adu),
            _ if best.1 == Verdict::Chain => {}
            (true, verdict @ Verdict::Wait(_)) => return (beyond, verdict),
            (_, verdict @ (Verdict::Chain | Verdict::Nearly)) => best = (beyond, verdict),
            _ => {}
        }
    }
    best
}
