//! Which side is the server, told by what the two sides send.
//!
//! Most PDUs fit only as a request or only as a response. Each such PDU is a vote, and so is
//! an echo from the side that did not speak first; the well-known port counts as a few votes
//! before anything was seen. One malformed PDU therefore turns nothing around, and a wrong
//! first guess is outvoted.

use super::wire::Direction;
use crate::facts::Side;

/// What the well-known port is worth: less than two PDUs that say otherwise.
const PORT: i8 = 3;
/// Up to here the votes are so few that a PDU's own shape counts for more.
const FIRM: i8 = 2;
/// More votes than this are not counted, so that a role can change in the end.
const MOST: i8 = 8;

/// The count: positive where the low side is the server.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Roles {
    votes: i8,
}

impl Roles {
    /// Starts from the ports: (low, high).
    pub(crate) fn new(ports: (u16, u16), well_known: u16) -> Self {
        let votes = match (ports.0 == well_known, ports.1 == well_known) {
            (true, false) => PORT,
            (false, true) => -PORT,
            _ => 0,
        };
        Self { votes }
    }

    /// The side that is the server, as far as it is known.
    pub(crate) const fn server(self) -> Option<Side> {
        match self.votes {
            0 => None,
            1.. => Some(Side::Low),
            _ => Some(Side::High),
        }
    }

    /// Whether enough spoke for the roles to weigh more than one PDU.
    pub(crate) const fn is_firm(self) -> bool {
        self.votes.unsigned_abs() > FIRM.unsigned_abs()
    }

    /// What `side` sends as far as it is known.
    pub(crate) fn direction(self, side: Side) -> Option<Direction> {
        self.server().map(|server| {
            if server == side {
                Direction::Response
            } else {
                Direction::Request
            }
        })
    }

    /// A PDU of `side` could only be of this direction.
    pub(crate) fn vote(&mut self, side: Side, direction: Direction) {
        let low = (side == Side::Low) == (direction == Direction::Response);
        let vote = if low { 1 } else { -1 };
        self.votes = (self.votes + vote).clamp(-MOST, MOST);
    }
}
