//! Transfers under way: their pieces put together in the order of their packets.
//!
//! Bounded in transfers at once and in octets; what has no room is told as not whole.

use crate::facts::{Host, Outcome, Stamp, Way};
use crate::sensor::{FlowId, OwnedStep, OwnedTransfer, PieceRecord};
use sha2::{Digest, Sha256};

/// Most transfers at once in one conversation; controllers allow fewer.
const AT_ONCE: usize = 8;

/// Most transfers at once in all conversations.
const OPEN: usize = 256;

/// Most octets of one program: an S7 block tells its length in six decimal digits; projects of
/// Modicon controllers and firmware sent as DNP3 files take some mebibytes.
const PROGRAM: usize = 16 << 20;

/// Most octets of all programs under way.
const HELD: usize = 64 << 20;

/// Transfers under way.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    open: Vec<Open>,
    /// Octets of all of them.
    held: usize,
}

/// A transfer under way.
#[derive(Debug)]
struct Open {
    flow: FlowId,
    transfer: OwnedTransfer,
    ended: Ended,
    /// Octets were lost, or came in where they do not belong.
    lost: bool,
    /// Its sender said that more follow, or did not say.
    more: bool,
    /// The piece that comes next, where each so far had its number.
    next: Option<u64>,
    /// Octets of the last piece: when it comes again it is the same one.
    piece: usize,
}

/// A transfer that is over.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) protocol: &'static str,
    pub(super) way: Way,
    pub(super) actor: Host,
    pub(super) device: Host,
    pub(super) unit: Option<u32>,
    /// What travelled; empty where its beginning was not seen and nothing else names it.
    pub(super) name: Vec<u8>,
    pub(super) announced: Option<u64>,
    /// When it was made, in seconds since 1970-01-01, by the word of who opened the transfer.
    pub(super) made: Option<u64>,
    /// Its octets, as far as there was room.
    pub(super) octets: Vec<u8>,
    /// How many were seen.
    pub(super) seen: u64,
    /// SHA-256 of the octets.
    pub(super) hash: [u8; 32],
    pub(super) end: Outcome,
    pub(super) first: Stamp,
    pub(super) last: Stamp,
    /// Nothing of it was lost, and its sender has no more.
    sound: bool,
    /// Each piece from the first to the last was there, by their numbers.
    counted: bool,
}

impl Ended {
    /// Whether its octets follow each other without a gap, to the last that its sender had.
    pub(super) const fn is_sound(&self) -> bool {
        self.sound
    }

    /// Whether the numbers of its pieces tell that none of them is missing.
    pub(super) const fn is_counted(&self) -> bool {
        self.sound && self.counted
    }
}

impl Transfers {
    /// Takes a piece; gives what is over with it.
    pub(super) fn take(&mut self, piece: &PieceRecord) -> Vec<Ended> {
        let mut over = Vec::new();
        let place = self.place(piece);
        match &piece.step {
            OwnedStep::Open { name, length, made } => {
                // What begins anew under the same name is another transfer.
                over.extend(place.map(|place| self.remove(place, Outcome::NotSeen)));
                over.extend(self.make_room(piece.flow));
                let mut open = Open::new(piece);
                open.ended.name.clone_from(name);
                (open.ended.announced, open.ended.made) = (*length, *made);
                open.next = Some(0);
                self.open.push(open);
            }
            OwnedStep::Octets {
                octets,
                place: number,
                more,
            } => {
                if piece.transfer == OwnedTransfer::Unknown {
                    self.lose(piece);
                    return over;
                }
                let place = place.unwrap_or_else(|| {
                    over.extend(self.make_room(piece.flow));
                    self.open.push(Open::new(piece));
                    self.open.len() - 1
                });
                let room = HELD.saturating_sub(self.held);
                if let Some(open) = self.open.get_mut(place) {
                    open.ended.last = piece.stamp;
                    if open.follows(octets, *number) {
                        self.held += open.add(octets, *more, room);
                    }
                }
            }
            OwnedStep::Lost => self.lose(piece),
            OwnedStep::Close { outcome, last } => {
                if let Some(open) = place.and_then(|place| self.open.get_mut(place)) {
                    open.ended.last = piece.stamp;
                    open.close(*last);
                }
                over.extend(place.map(|place| self.remove(place, *outcome)));
            }
        }
        over
    }

    /// A conversation is over, or all are: what was under way in it ends unseen.
    pub(super) fn close(&mut self, flow: Option<FlowId>) -> Vec<Ended> {
        let mut over = Vec::new();
        let of = |open: &Open| flow.is_none_or(|flow| open.flow == flow);
        while let Some(place) = self.open.iter().position(of) {
            over.push(self.remove(place, Outcome::NotSeen));
        }
        over
    }

    fn place(&self, piece: &PieceRecord) -> Option<usize> {
        // What was asked for before it began, and is told late, is not its own.
        let same = |open: &Open| {
            open.flow == piece.flow
                && open.transfer == piece.transfer
                && open.ended.unit == piece.unit
                && open.ended.first <= piece.stamp
        };
        self.open.iter().position(same)
    }

    /// Ends the oldest transfer of the conversation or of all where there are too many.
    fn make_room(&mut self, flow: FlowId) -> Option<Ended> {
        let of_flow = |open: &Open| open.flow == flow;
        let oldest = match self.open.iter().position(of_flow) {
            Some(first) if self.open.iter().filter(|open| of_flow(open)).count() >= AT_ONCE => {
                first
            }
            _ if self.open.len() >= OPEN => 0,
            _ => return None,
        };
        Some(self.remove(oldest, Outcome::NotSeen))
    }

    fn remove(&mut self, place: usize, end: Outcome) -> Ended {
        let open = self.open.remove(place);
        self.held = self.held.saturating_sub(open.ended.octets.len());
        let mut ended = open.ended;
        ended.end = end;
        ended.sound = !open.lost && !open.more;
        ended.counted = open.next.is_some_and(|next| next > 0);
        ended.hash = Sha256::digest(&ended.octets).into();
        ended
    }

    /// Octets are missing: of one transfer, or of any of the conversation's.
    fn lose(&mut self, piece: &PieceRecord) {
        let unknown = piece.transfer == OwnedTransfer::Unknown;
        for open in &mut self.open {
            let same = open.transfer == piece.transfer && open.ended.unit == piece.unit;
            let its_own = unknown || same;
            let earlier = open.ended.first <= piece.stamp;
            open.lost |= open.flow == piece.flow && its_own && earlier && !open.has_all();
        }
    }
}

impl Open {
    fn new(piece: &PieceRecord) -> Self {
        Self {
            flow: piece.flow,
            transfer: piece.transfer.clone(),
            ended: Ended {
                protocol: piece.protocol,
                way: piece.way.unwrap_or(Way::Upload),
                actor: piece.actor,
                device: piece.device,
                unit: piece.unit,
                name: Vec::new(),
                announced: None,
                made: None,
                octets: Vec::new(),
                seen: 0,
                hash: [0; 32],
                end: Outcome::NotSeen,
                first: piece.stamp,
                last: piece.stamp,
                sound: false,
                counted: false,
            },
            lost: false,
            more: false,
            next: None,
            piece: 0,
        }
    }

    /// Whether every octet is there: as many as were announced, or each piece to the last.
    fn has_all(&self) -> bool {
        let counted = self.next.is_some_and(|next| next > 0);
        !self.more && (counted || self.ended.announced == Some(self.ended.seen))
    }

    /// Whether these octets are new. Of a piece that stands elsewhere than next, others are
    /// missing, or it came twice and not alike.
    fn follows(&mut self, octets: &[u8], place: Option<u64>) -> bool {
        let (Some(next), Some(place)) = (self.next, place) else {
            // Picked up midway, or not numbered.
            self.next = None;
            return true;
        };
        if place == next {
            self.next = next.checked_add(1);
            return true;
        }
        let kept = &self.ended.octets;
        let last = kept
            .len()
            .checked_sub(self.piece)
            .and_then(|at| kept.get(at..));
        let again = place.checked_add(1) == Some(next) && last == Some(octets);
        self.lost |= !again;
        !again
    }

    /// Adds octets where there is room; gives how many were kept.
    fn add(&mut self, octets: &[u8], more: bool, room: usize) -> usize {
        let ended = &mut self.ended;
        ended.seen = ended.seen.saturating_add(octets.len() as u64);
        self.more = more;
        let fits = octets.len() <= room && ended.octets.len() + octets.len() <= PROGRAM;
        if self.lost || !fits {
            // What comes behind a gap would stand in the wrong place.
            self.lost = true;
            return 0;
        }
        ended.octets.extend_from_slice(octets);
        self.piece = octets.len();
        octets.len()
    }

    /// Who sent it says that it is over, and perhaps which piece was the last.
    fn close(&mut self, last: Option<u64>) {
        let Some(last) = last else {
            return;
        };
        self.more = false;
        self.lost |= self
            .next
            .is_some_and(|next| last.checked_add(1) != Some(next));
    }
}
