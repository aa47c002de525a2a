//! ISO transport on TCP: TPKT (RFC 1006) and COTP class 0 (ISO/IEC 8073, ITU-T X.224).
//!
//! Used by the sessions of every protocol that rides on it (MMS, S7comm, S7comm-plus). It frames,
//! joins fragments and finds sync again; it never decides which protocol the data is.

use super::Step;
use crate::wire::Octets;

/// Length of a TPKT header (RFC 1006, section 6).
pub(super) const TPKT: usize = 4;

/// Length of a TPKT header with the COTP header of a DT TPDU of class 0.
pub(super) const DT: usize = TPKT + 3;

/// Most octets kept of a TSDU that comes in several DT TPDUs. A TPKT holds at most 65,535
/// octets, and no known user of class 0 sends TSDUs longer than that.
pub(super) const TSDU: usize = 64 * 1024;

/// A transport protocol data unit (X.224, section 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tpdu<'a> {
    /// CR: someone asks for a connection.
    ConnectionRequest(Connection<'a>),
    /// CC: the connection is granted.
    ConnectionConfirm(Connection<'a>),
    /// DR: a connection is refused or ended, with its reason (section 13.5.3).
    Disconnect(u8),
    /// DT: data; `end` is the EOT mark of the last one of a TSDU (section 13.7).
    Data {
        /// The TSDU ends with these octets.
        end: bool,
        /// The user's octets.
        octets: &'a [u8],
    },
    /// ER: the other end sent something invalid, with the reject cause (section 13.12).
    Error(u8),
    /// Any other TPDU, by the upper half of its code.
    Other(u8),
}

/// What a CR or CC TPDU tells (X.224, sections 13.3 and 13.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Connection<'a> {
    /// Calling transport selector (parameter 0xC1).
    pub(super) calling: &'a [u8],
    /// Called transport selector (parameter 0xC2).
    pub(super) called: &'a [u8],
    /// Largest TPDU as a power of two (parameter 0xC0).
    pub(super) size: Option<u8>,
}

/// What stands at the start of some octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame<'a> {
    /// A whole TPKT of this length with this TPDU.
    Whole(usize, Tpdu<'a>),
    /// A whole TPKT of this length whose COTP header cannot be read.
    Malformed(usize),
    /// Too few octets: so many are needed.
    Need(usize),
    /// No TPKT.
    Broken,
}

/// Reads the TPKT at the start of `octets`.
#[must_use]
pub(super) fn frame(octets: &[u8]) -> Frame<'_> {
    let mut o = Octets::new(octets);
    match o.u8() {
        Some(3) => {}
        Some(_) => return Frame::Broken,
        None => return Frame::Need(TPKT),
    }
    let (Some(reserved), Some(length)) = (o.u8(), o.be16()) else {
        return Frame::Need(TPKT);
    };
    let length = usize::from(length);
    if reserved != 0 || length < DT {
        return Frame::Broken;
    }
    match octets.get(TPKT..length) {
        Some(cotp) => tpdu(cotp).map_or(Frame::Malformed(length), |t| Frame::Whole(length, t)),
        None => Frame::Need(length),
    }
}

/// Reads a TPDU: length indicator, code, fixed part, parameters, data.
fn tpdu(cotp: &[u8]) -> Option<Tpdu<'_>> {
    let mut o = Octets::new(cotp);
    let length = usize::from(o.u8()?);
    let mut header = Octets::new(o.take(length)?);
    let code = header.u8()?;
    Some(match code >> 4 {
        0xe => Tpdu::ConnectionRequest(connection(&mut header)?),
        0xd => Tpdu::ConnectionConfirm(connection(&mut header)?),
        0x8 => {
            header.skip(4)?;
            Tpdu::Disconnect(header.u8()?)
        }
        0xf => Tpdu::Data {
            end: header.u8()? & 0x80 != 0,
            octets: o.rest(),
        },
        0x7 => {
            header.skip(2)?;
            Tpdu::Error(header.u8()?)
        }
        other => Tpdu::Other(other),
    })
}

/// Reads what follows the code of a CR or CC: two references, class, parameters.
fn connection<'a>(header: &mut Octets<'a>) -> Option<Connection<'a>> {
    header.skip(5)?;
    let mut connection = Connection::default();
    while !header.is_empty() {
        let code = header.u8()?;
        let length = usize::from(header.u8()?);
        let value = header.take(length)?;
        match (code, value) {
            (0xc0, [size, ..]) => connection.size = Some(*size),
            (0xc1, _) => connection.calling = value,
            (0xc2, _) => connection.called = value,
            _ => {}
        }
    }
    Some(connection)
}

/// Joins the DT TPDUs of one direction to TSDUs.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    held: Vec<u8>,
    state: Held,
}

/// What an [`Assembly`] holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Held {
    /// Nothing, or a TSDU that was already lent.
    #[default]
    Nothing,
    /// The start of a TSDU.
    Start,
    /// A TSDU that grew too long; its rest is dropped.
    TooLong,
}

/// What became of a DT TPDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joined<'a> {
    /// The TSDU is complete.
    Whole(&'a [u8]),
    /// More DT TPDUs belong to it.
    Part,
    /// It is longer than [`TSDU`]; told once.
    TooLong,
}

impl Assembly {
    /// Adds the octets of a DT TPDU.
    pub(super) fn add<'a>(&'a mut self, end: bool, octets: &'a [u8]) -> Joined<'a> {
        match (self.state, end) {
            (Held::Nothing, true) => return Joined::Whole(octets),
            (Held::Nothing, false) if octets.is_empty() => return Joined::Part,
            (Held::Nothing, false) => self.held.clear(),
            (Held::Start, _) => {}
            (Held::TooLong, _) => {
                if end {
                    self.state = Held::Nothing;
                }
                return Joined::Part;
            }
        }
        if self.held.len().saturating_add(octets.len()) > TSDU {
            self.clear();
            if !end {
                self.state = Held::TooLong;
            }
            return Joined::TooLong;
        }
        self.held.extend_from_slice(octets);
        if end {
            self.state = Held::Nothing;
            return Joined::Whole(&self.held);
        }
        self.state = Held::Start;
        Joined::Part
    }

    /// Forgets what is held: octets were lost.
    pub(super) fn clear(&mut self) {
        self.held.clear();
        self.state = Held::Nothing;
    }
}

/// What a protocol says of the octets at the start of a DT TPDU's data while sync is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// They are a PDU of this protocol whose lengths agree with the frame.
    Yes,
    /// They are not.
    No,
    /// So many octets of data are needed to tell.
    More(usize),
}

/// Where sync was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sync {
    /// A PDU begins here.
    At(usize),
    /// Something that may be one begins at `at`; `need` octets from there will tell.
    Maybe {
        /// Where it begins.
        at: usize,
        /// Octets needed from `at` on.
        need: usize,
    },
    /// Nowhere.
    Nowhere,
}

/// Looks for the next DT TPDU whose data `judge` recognises, given the data, its length
/// according to the TPKT, and whether it ends its TSDU.
///
/// What follows it, as far as it is there, must be a TPKT again. Each octet is looked at a
/// constant number of times.
pub(super) fn sync(octets: &[u8], judge: impl Fn(&[u8], usize, bool) -> Verdict) -> Sync {
    for (at, octet) in octets.iter().enumerate() {
        if *octet != 3 {
            continue;
        }
        let here = octets.get(at..).unwrap_or_default();
        match candidate(here, &judge) {
            Verdict::Yes => return Sync::At(at),
            Verdict::No => {}
            Verdict::More(need) => return Sync::Maybe { at, need },
        }
    }
    Sync::Nowhere
}

/// Whether the octets at hand are, or begin with, a TPKT that carries no user's data and
/// cannot well be anything else: a connection request or confirmation whose lengths agree, or
/// an empty DT TPDU.
fn begins(octets: &[u8]) -> bool {
    let length = match (frame(octets), octets) {
        (Frame::Whole(n, Tpdu::Data { octets: [], .. }), _) => n,
        (
            Frame::Whole(n, Tpdu::ConnectionRequest(_) | Tpdu::ConnectionConfirm(_)),
            [_, _, _, _, header, ..],
        ) if usize::from(*header) + TPKT + 1 == n => n,
        _ => return false,
    };
    matches!(octets.get(length..), Some([] | [3] | [3, 0, ..]))
}

/// Judges one place; `More` counts from the start of the TPKT.
fn candidate(here: &[u8], judge: &impl Fn(&[u8], usize, bool) -> Verdict) -> Verdict {
    for (octet, expected) in here
        .iter()
        .zip([Some(3), Some(0), None, None, Some(2), Some(0xf0)])
    {
        if expected.is_some_and(|e| e != *octet) {
            return Verdict::No;
        }
    }
    let Some(&[_, _, high, low, _, _, mark]) = here.first_chunk::<DT>() else {
        return Verdict::More(DT);
    };
    let length = usize::from(u16::from_be_bytes([high, low]));
    let Some(data) = length.checked_sub(DT) else {
        return Verdict::No;
    };
    if mark & 0x7f != 0 {
        return Verdict::No;
    }
    let seen = here.get(DT..).unwrap_or_default();
    let seen = seen.get(..data).unwrap_or(seen);
    match judge(seen, data, mark & 0x80 != 0) {
        Verdict::Yes => {}
        Verdict::No => return Verdict::No,
        Verdict::More(n) if n <= data && n > seen.len() => return Verdict::More(DT + n),
        Verdict::More(_) => return Verdict::No,
    }
    match here.get(length..) {
        None => Verdict::More(length),
        Some([] | [3] | [3, 0, ..]) => Verdict::Yes,
        Some(_) => Verdict::No,
    }
}

/// One direction of a conversation: frames, sync, fragments.
#[derive(Debug, Default)]
pub(super) struct Lane {
    /// Joins fragments.
    pub(super) assembly: Assembly,
    synced: bool,
}

/// What a [`Lane`] makes of the octets at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// A TPKT of this length with this TPDU.
    Tpdu(usize, Tpdu<'a>),
    /// A TPKT of this length whose COTP header cannot be read.
    Malformed(usize),
    /// Sync is sought, or octets are missing: hand this to the caller.
    Step(Step),
    /// Sync was lost here; so many octets are to be skipped.
    Broken(usize),
}

impl Lane {
    /// A direction whose first octets begin a TPKT, or one in the middle of things.
    #[must_use]
    pub(super) fn new(midstream: bool) -> Self {
        Self {
            assembly: Assembly::default(),
            synced: !midstream,
        }
    }

    /// Octets were lost.
    pub(super) fn gap(&mut self) {
        self.synced = false;
        self.assembly.clear();
    }

    /// Reads what stands at the start of `octets`, which are not empty.
    pub(super) fn next<'a>(
        &mut self,
        octets: &'a [u8],
        judge: impl Fn(&[u8], usize, bool) -> Verdict,
    ) -> Event<'a> {
        if !self.synced && begins(octets) {
            self.synced = true;
        }
        if !self.synced {
            match sync(octets, judge) {
                Sync::At(0) => self.synced = true,
                Sync::At(at) => {
                    self.synced = true;
                    return Event::Step(Step::Skip(at));
                }
                Sync::Maybe { at: 0, need } => {
                    return Event::Step(Step::Need(need.max(octets.len() + 1)));
                }
                Sync::Maybe { at, .. } => return Event::Step(Step::Skip(at)),
                Sync::Nowhere => return Event::Step(Step::Skip(octets.len())),
            }
            return Self::read(octets).unwrap_or(Event::Broken(1));
        }
        if let Some(event) = Self::read(octets) {
            return event;
        }
        self.gap();
        let behind = octets.get(1..).unwrap_or_default();
        Event::Broken(match sync(behind, judge) {
            Sync::At(at) => {
                self.synced = true;
                1 + at
            }
            Sync::Maybe { at, .. } => 1 + at,
            Sync::Nowhere => octets.len(),
        })
    }

    fn read(octets: &[u8]) -> Option<Event<'_>> {
        Some(match frame(octets) {
            Frame::Whole(n, tpdu) => Event::Tpdu(n, tpdu),
            Frame::Malformed(n) => Event::Malformed(n),
            Frame::Need(n) => Event::Step(Step::Need(n.max(octets.len() + 1))),
            Frame::Broken => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocols::testing::hex;

    #[test]
    fn connection_request_tells_its_selectors() {
        // A CR of a programming device for rack 0, slot 2 (hand-made after RFC 1006).
        let cr = hex("0300001611e00000000f00c1020100c2020102c0010a");
        let Frame::Whole(22, Tpdu::ConnectionRequest(c)) = frame(&cr) else {
            panic!("{:?}", frame(&cr));
        };
        assert_eq!(c.calling, [1, 0]);
        assert_eq!(c.called, [1, 2]);
        assert_eq!(c.size, Some(10));
        for n in 0..cr.len() {
            assert!(matches!(frame(&cr[..n]), Frame::Need(m) if m > n), "{n}");
        }
    }

    #[test]
    fn a_cotp_header_longer_than_its_tpkt_is_malformed() {
        assert_eq!(frame(&hex("0300000711e000")), Frame::Malformed(7));
        assert_eq!(frame(&hex("03000006ffff")), Frame::Broken);
        assert_eq!(frame(&hex("160301")), Frame::Broken);
    }

    #[test]
    fn fragments_join_and_stay_bounded() {
        let mut assembly = Assembly::default();
        assert_eq!(assembly.add(false, b""), Joined::Part);
        assert_eq!(assembly.add(false, b"ab"), Joined::Part);
        assert_eq!(assembly.add(true, b"cd"), Joined::Whole(b"abcd"));
        assert_eq!(assembly.add(true, b"ef"), Joined::Whole(b"ef"));
        let part = vec![0; 40_000];
        assert_eq!(assembly.add(false, &part), Joined::Part);
        assert_eq!(assembly.add(false, &part), Joined::TooLong);
        assert_eq!(assembly.add(true, &part), Joined::Part);
        assert_eq!(assembly.add(true, b"gh"), Joined::Whole(b"gh"));
    }

    #[test]
    fn sync_is_found_behind_rubbish_and_verified_by_what_follows() {
        let judge = |data: &[u8], length: usize, _: bool| match data {
            [] => Verdict::More(1),
            [0x32, ..] if length == 2 => Verdict::Yes,
            _ => Verdict::No,
        };
        let pdu = hex("0300000902f0803200");
        let mut octets = hex("030300ff");
        octets.extend_from_slice(&pdu);
        assert_eq!(sync(&octets, judge), Sync::At(4));
        octets.push(0x55);
        assert_eq!(sync(&octets, judge), Sync::Nowhere);
        octets.pop();
        octets.pop();
        assert_eq!(sync(&octets, judge), Sync::Maybe { at: 4, need: 9 });
        octets.truncate(6);
        assert_eq!(sync(&octets, judge), Sync::Maybe { at: 4, need: DT });
    }
}
