//! S7comm-plus on the wire: frame, header, codes. Views without state.
//!
//! The manufacturer publishes no standard; layout and codes are those that public captures
//! and open descriptions agree on.

use crate::wire::Octets;

/// First octet of every S7comm-plus PDU.
pub(crate) const PROTOCOL_ID: u8 = 0x72;

/// Octets of the frame's header: protocol, version, length.
pub(crate) const HEADER: usize = 4;

/// Version of keep-alives.
pub(crate) const KEEP_ALIVE: u8 = 0xff;

/// A frame: version, what it holds, and whether its message ends here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// 1 session set-up, 2 plain, 3 with a digest, 255 keep-alive.
    pub(crate) version: u8,
    /// Integrity digest of version 3; empty without.
    pub(crate) digest: &'a [u8],
    /// What the frame holds: a message or a part of one.
    pub(crate) body: &'a [u8],
    /// The trailer stands here, so that the message ends.
    pub(crate) last: bool,
}

impl<'a> Frame<'a> {
    /// Reads a TSDU, which must hold exactly one frame; `None` where its lengths do not fit.
    #[must_use]
    pub(crate) fn parse(tsdu: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(tsdu);
        let (_protocol, version, length) = (o.u8()?, o.u8()?, o.be16()?);
        if version == KEEP_ALIVE {
            return Some(Self {
                version,
                digest: &[],
                body: o.rest(),
                last: true,
            });
        }
        let mut held = Octets::new(o.take(length.into())?);
        let last = match o.rest() {
            [] => false,
            [PROTOCOL_ID, v, 0, 0] if *v == version => true,
            _ => return None,
        };
        let digest: &[u8] = if version == 3 {
            let length = usize::from(held.u8()?);
            held.take(length)?
        } else {
            &[]
        };
        Some(Self {
            version,
            digest,
            body: held.rest(),
            last,
        })
    }
}

/// Whether a version is one that is known.
#[must_use]
pub(crate) const fn version_known(version: u8) -> bool {
    matches!(version, 1..=3 | KEEP_ALIVE)
}

/// Kind of message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Opcode(pub u8);

impl Opcode {
    /// A request.
    pub(crate) const REQUEST: Self = Self(0x31);
    /// An answer.
    pub(crate) const RESPONSE: Self = Self(0x32);
    /// Cyclic data, unasked.
    pub(crate) const NOTIFICATION: Self = Self(0x33);
    /// An answer of the second kind.
    pub(crate) const RESPONSE2: Self = Self(0x02);

    /// The kind in words.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::REQUEST => "request",
            Self::RESPONSE => "response",
            Self::NOTIFICATION => "notification",
            Self::RESPONSE2 => "response2",
            _ => "unknown",
        }
    }

    /// Whether this is an answer of either kind.
    #[must_use]
    pub(crate) const fn answers(self) -> bool {
        matches!(self, Self::RESPONSE | Self::RESPONSE2)
    }
}

/// Function of a request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function(pub u16);

impl Function {
    /// Explore objects.
    pub(crate) const EXPLORE: Self = Self(0x04bb);
    /// Create an object: a session, a subscription, a block.
    pub(crate) const CREATE_OBJECT: Self = Self(0x04ca);
    /// Delete an object.
    pub(crate) const DELETE_OBJECT: Self = Self(0x04d4);
    /// Set one variable.
    pub(crate) const SET_VARIABLE: Self = Self(0x04f2);
    /// Set several variables.
    pub(crate) const SET_MULTI: Self = Self(0x0542);
    /// Read what comes as a stream: code of blocks among others.
    pub(crate) const GET_STREAMED: Self = Self(0x0586);

    /// The function in words.
    #[must_use]
    pub(crate) const fn name(self) -> &'static str {
        match self.0 {
            0x04bb => "explore",
            0x04ca => "create object",
            0x04d4 => "delete object",
            0x04f2 => "set variable",
            0x04fc => "get variable",
            0x0506 => "add link",
            0x051a => "remove link",
            0x0524 => "get link",
            0x0542 => "set multi variables",
            0x054c => "get multi variables",
            0x0556 => "begin sequence",
            0x0560 => "end sequence",
            0x056b => "invoke",
            0x057c => "set variable substreamed",
            0x0586 => "get variable substreamed",
            0x0590 => "get variables address",
            0x059a => "abort",
            0x05a9 => "error",
            0x05b3 => "init ssl",
            _ => "unknown",
        }
    }
}

/// A request or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call<'a> {
    /// Kind.
    pub(crate) opcode: Opcode,
    /// Function.
    pub(crate) function: Function,
    /// Ties an answer to its request.
    pub(crate) sequence: u16,
    /// Session, of requests only.
    pub(crate) session: Option<u32>,
    /// The flags say that an answer is not asked for; some controllers answer all the same.
    pub(crate) silent: bool,
    /// What follows the header.
    pub(crate) rest: &'a [u8],
}

/// The header of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header<'a> {
    /// A request or an answer.
    Call(Call<'a>),
    /// A notification of this subscription.
    Notification(u32),
}

impl<'a> Header<'a> {
    /// Reads the start of a message; `None` where it is no such start.
    #[must_use]
    pub(crate) fn parse(body: &'a [u8]) -> Option<Self> {
        let mut o = Octets::new(body);
        let opcode = Opcode(o.u8()?);
        if opcode == Opcode::NOTIFICATION {
            return Some(Self::Notification(o.be32()?));
        }
        if opcode != Opcode::REQUEST && !opcode.answers() {
            return None;
        }
        let (reserved, function) = (o.be16()?, Function(o.be16()?));
        let (also, sequence) = (o.be16()?, o.be16()?);
        if reserved != 0 || also != 0 {
            return None;
        }
        let session = match opcode {
            Opcode::REQUEST => Some(o.be32()?),
            _ => None,
        };
        let flags = o.u8()?;
        Some(Self::Call(Call {
            opcode,
            function,
            sequence,
            session,
            silent: opcode == Opcode::REQUEST && flags & 0x40 != 0,
            rest: o.rest(),
        }))
    }

    /// Kind of message.
    #[must_use]
    pub(crate) const fn opcode(&self) -> Opcode {
        match self {
            Self::Call(call) => call.opcode,
            Self::Notification(_) => Opcode::NOTIFICATION,
        }
    }
}

impl Call<'_> {
    /// The object that a request is about, where its place is known.
    #[must_use]
    pub(crate) fn object(&self) -> Option<u32> {
        let placed = matches!(
            self.function,
            Function::EXPLORE
                | Function::CREATE_OBJECT
                | Function::DELETE_OBJECT
                | Function::SET_VARIABLE
                | Function::SET_MULTI
                | Function::GET_STREAMED
        );
        let asks = self.opcode == Opcode::REQUEST;
        (asks && placed).then(|| Octets::new(self.rest).be32())?
    }

    /// The error of an answer: the lower 16 bits of its return value, where negative.
    #[must_use]
    pub(crate) fn error(&self) -> Option<u16> {
        if !self.opcode.answers() {
            return None;
        }
        let (value, _) = vlq(self.rest)?;
        let low = u16::try_from(value & 0xffff).ok()?;
        (low & 0x8000 != 0).then_some(low)
    }
}

/// Reads a number of variable length: seven bits an octet, most significant first; of nine
/// octets the last holds eight. Returns what follows it, too.
#[must_use]
pub(crate) fn vlq(octets: &[u8]) -> Option<(u64, &[u8])> {
    let mut value = 0_u64;
    let mut rest = octets;
    for place in 0..9 {
        let (octet, behind) = rest.split_first()?;
        rest = behind;
        if place == 8 {
            value = value << 8 | u64::from(*octet);
            break;
        }
        value = value << 7 | u64::from(octet & 0x7f);
        if octet & 0x80 == 0 {
            break;
        }
    }
    Some((value, rest))
}

/// The session named by a request that creates one: the container of sessions.
pub(crate) const SESSIONS: u32 = 0x0120;

/// Attribute of a session: name of the client's host.
pub(crate) const HOST: u64 = 0x012a;

/// Attribute of a session: name of the client's program.
pub(crate) const APPLICATION: u64 = 0x0129;

/// Attribute of a session: order number and firmware of the controller.
pub(crate) const CONTROLLER: u64 = 0x013f;

/// The text attribute `id` in the objects of a message: its number, flags 00, type 15, length,
/// text. Numbers of attributes at hand take two octets.
#[must_use]
pub(crate) fn text_attribute(rest: &[u8], id: u64) -> Option<&[u8]> {
    rest.windows(4)
        .enumerate()
        .find_map(|(at, mark)| match mark {
            [0x82, low, 0x00, 0x15] if id == 0x100 | u64::from(*low) => {
                let (length, text) = vlq(rest.get(at + 4..)?)?;
                text.get(..usize::try_from(length).ok()?)
            }
            _ => None,
        })
}
