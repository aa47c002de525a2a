//! Reads frames, passes over file content, pairs requests with responses.

use super::super::dcerpc::calls::Calls;
use super::super::dcerpc::wire::Pdu;
use super::super::{Input, Session, Sink, Step};
use super::operations::{LOGIN, PIPE, READ as FILE_READ, WRITE, refusal};
use super::version2::{CREATE, SESSION_SETUP, TREE_CONNECT};
use super::wire::{FRAME_HEADER, Frame, Mark, Message, Path, READ, Told, called, next_frame};
use super::{MALFORMED, version1, version2};
use crate::facts::{
    Attribute, Item, Meaning, Operation, Outcome, Property, Side, Stamp, Target, Values,
};
use arrayvec::{ArrayString, ArrayVec};
use std::fmt::Write as _;

/// Messages of a compound that are read; clients chain three or four.
const COMPOUND: usize = 8;

/// Requests kept until they are answered; clients keep a few open.
const PENDING: usize = 16;

/// Shares of pipes remembered; a client connects to one of each server.
const PIPES: usize = 8;

/// Files remembered so that each is told once while it is in use.
const FILES: usize = 32;

/// The response is yet to come (MS-SMB2, 3.3.5.5.3).
const MORE_PROCESSING: u32 = 0xc000_0016;
/// The response comes later (MS-SMB2, 3.3.4.2).
const STATUS_PENDING: u32 = 0x0000_0103;

struct Pending {
    actor: Side,
    id: u64,
    meaning: &'static Meaning,
    name: Path,
    stamp: Stamp,
}

/// One direction.
#[derive(Default)]
struct Way {
    /// Octets of a message that are passed over.
    passing: u64,
    lost: bool,
    encrypted: bool,
}

/// What is kept of one connection.
#[derive(Default)]
pub(super) struct Conversation {
    ways: (Way, Way),
    server: Option<Side>,
    pending: ArrayVec<Pending, PENDING>,
    pipes: ArrayVec<u32, PIPES>,
    /// The last files told: hash of name and kind.
    files: ArrayVec<u64, FILES>,
    /// Interfaces bound in the pipes.
    calls: Calls,
    named: (bool, bool),
}

impl Session for Conversation {
    fn feed(&mut self, input: &Input<'_>, out: &mut dyn Sink) -> Step {
        let octets = input.octets;
        let way = input.side.of_mut(&mut self.ways);
        if way.encrypted {
            return Step::Encrypted;
        }
        if way.passing > 0 {
            let eaten =
                usize::try_from(way.passing).map_or(octets.len(), |left| left.min(octets.len()));
            way.passing -= eaten as u64;
            return Step::Pdu(eaten);
        }
        if way.lost {
            match next_frame(octets) {
                Some(0) => way.lost = false,
                Some(at) => return Step::Skip(at),
                None => return Step::Skip(octets.len()),
            }
        }
        let length = match Frame::read(octets) {
            Ok(None) => return Step::Need(FRAME_HEADER),
            Ok(Some(Frame::Session(length))) => {
                let Some(frame) = octets.get(..FRAME_HEADER + length) else {
                    return Step::Need(FRAME_HEADER + length);
                };
                self.session_service(input.side, frame, out);
                return Step::Pdu(frame.len());
            }
            Ok(Some(Frame::Message(length))) => length,
            Err(()) => return lose(way, input, out),
        };
        let read = FRAME_HEADER + length.min(READ);
        let Some(message) = octets.get(FRAME_HEADER..read) else {
            return Step::Need(read);
        };
        let Some(mark) = Mark::read(message) else {
            return lose(way, input, out);
        };
        let eaten = octets.len().min(FRAME_HEADER + length);
        way.passing = (FRAME_HEADER + length - eaten) as u64;
        way.encrypted = mark == Mark::Encrypted;
        if self.messages(mark, message, input, out) {
            Step::Pdu(eaten)
        } else {
            out.fault(input.side, &MALFORMED, FRAME_HEADER);
            Step::Malformed(eaten)
        }
    }

    fn gap(&mut self, side: Side, lost: Option<u64>, _: &mut dyn Sink) {
        let way = side.of_mut(&mut self.ways);
        // Inside file content a loss of known length hurts nothing.
        match lost {
            Some(lost) if way.passing > 0 && lost <= way.passing => way.passing -= lost,
            _ => {
                way.passing = 0;
                way.lost = true;
            }
        }
    }

    fn tick(&mut self, _: Stamp, _: &mut dyn Sink) {}

    fn close(&mut self, _: Stamp, out: &mut dyn Sink) {
        for pending in std::mem::take(&mut self.pending) {
            self.tell(&pending, Outcome::NotSeen, None, out);
        }
    }
}

/// Whether a path ends so, whatever the case of its letters.
fn ends_with(path: &[u8], end: &[u8]) -> bool {
    let last = path.len().checked_sub(end.len());
    last.and_then(|at| path.get(at..))
        .is_some_and(|last| last.eq_ignore_ascii_case(end))
}

fn lose(way: &mut Way, input: &Input<'_>, out: &mut dyn Sink) -> Step {
    way.lost = true;
    out.fault(input.side, &MALFORMED, 0);
    Step::Skip(
        next_frame(input.octets)
            .filter(|at| *at > 0)
            .unwrap_or(input.octets.len()),
    )
}

impl Conversation {
    /// A session request names both ends (RFC 1002, 4.3.2).
    fn session_service(&mut self, side: Side, frame: &[u8], out: &mut dyn Sink) {
        if frame.first() != Some(&0x81) {
            return;
        }
        if let Some((called, calling)) = called(frame) {
            self.serves(side.other(), out);
            // Clients that do not know the server's name call it *SMBSERVER.
            for (side, name) in [(side.other(), called.text()), (side, calling.text())] {
                if !name.is_empty() && !name.starts_with(b"*") {
                    out.attribute(&Attribute::of(side, Property::Name, name));
                }
            }
        }
    }

    /// Reads the messages of a frame; says whether all could be read.
    fn messages(
        &mut self,
        mark: Mark,
        octets: &[u8],
        input: &Input<'_>,
        out: &mut dyn Sink,
    ) -> bool {
        match mark {
            Mark::Version1 => match version1::read(octets) {
                Some(message) => self.message(input, message, octets, out),
                None => return false,
            },
            Mark::Encrypted | Mark::Compressed => {
                let message = Message {
                    version: 3,
                    encrypted: mark == Mark::Encrypted,
                    ..Message::default()
                };
                let message = &message;
                out.message(input.side, &Told::Message { message, data: &[] });
            }
            Mark::Version2 => {
                let mut at = 0;
                for _ in 0..COMPOUND {
                    let part = octets.get(at..).unwrap_or_default();
                    let Some((message, next)) = version2::read(part) else {
                        // What follows the first may lie beyond what is read.
                        return at > 0;
                    };
                    self.message(input, message, part, out);
                    if next == 0 {
                        break;
                    }
                    at += next;
                }
            }
        }
        true
    }

    fn message(
        &mut self,
        input: &Input<'_>,
        mut message: Message,
        octets: &[u8],
        out: &mut dyn Sink,
    ) {
        let side = input.side;
        let command = message.command.map(|(command, _)| command);
        message.pipe = match command {
            Some(TREE_CONNECT) => ends_with(&message.path, b"IPC$"),
            _ => self.pipes.contains(&message.tree),
        };
        let message = &message;
        let carried = message.carried.map(|carried| (carried, carried.of(octets)));
        let call = carried.and_then(|(carried, data)| Some((carried.file, Pdu::read(data)?)));
        let data = match (carried, &call) {
            (Some((_, data)), None) if !message.pipe => data,
            _ => &[],
        };
        out.message(side, &Told::Message { message, data });
        if let Some((file, pdu)) = &call {
            let interface = self.calls.see(*file, pdu);
            out.message(side, &Told::Call { pdu, interface });
        }
        let server = if message.response { side } else { side.other() };
        self.serves(server, out);
        self.names(side, message, out);
        if message.response {
            self.response(input, message, out);
        } else {
            self.request(input, message, out);
        }
    }

    fn serves(&mut self, server: Side, out: &mut dyn Sink) {
        if self.server != Some(server) {
            self.server = Some(server);
            out.server(server);
        }
    }

    /// Names and systems that NTLM or an old session setup tell of the sender.
    fn names(&mut self, side: Side, message: &Message, out: &mut dyn Sink) {
        if !message.system.is_empty() {
            let system = Attribute::of(side, Property::OperatingSystem, &message.system);
            out.attribute(&system);
        }
        let Some(ntlm) = &message.ntlm else {
            return;
        };
        if std::mem::replace(side.of_mut(&mut self.named), true) {
            return;
        }
        if !ntlm.host.is_empty() {
            out.attribute(&Attribute::of(side, Property::Name, &ntlm.host));
        }
        if let Some((major, minor, build)) = ntlm.version {
            let mut system = ArrayString::<64>::new();
            // 64 octets hold the longest name and version there can be.
            let _ = match sold_as(major, minor) {
                Some(name) => write!(system, "{name} ({major}.{minor} build {build})"),
                None => write!(system, "Windows {major}.{minor} build {build}"),
            };
            out.attribute(&Attribute::of(
                side,
                Property::OperatingSystem,
                system.as_bytes(),
            ));
        }
    }

    fn request(&mut self, input: &Input<'_>, message: &Message, out: &mut dyn Sink) {
        let command = message.command.map(|(command, _)| command);
        let (meaning, name) = match (command, &message.ntlm, message.access) {
            (Some(SESSION_SETUP), Some(ntlm), _) if !ntlm.user.is_empty() => {
                (&LOGIN, ntlm.user.iter().copied().collect())
            }
            (Some(CREATE), _, Some(_)) if self.pipes.contains(&message.tree) => {
                (&PIPE, message.path.clone())
            }
            (Some(CREATE), _, Some(access)) if access.matters() && !message.path.is_empty() => {
                let meaning = if access.changes() { &WRITE } else { &FILE_READ };
                (meaning, message.path.clone())
            }
            _ => return,
        };
        if self.pending.is_full() {
            let oldest = self.pending.remove(0);
            self.tell(&oldest, Outcome::NotSeen, None, out);
        }
        self.pending.push(Pending {
            actor: input.side,
            id: message.id,
            meaning,
            name,
            stamp: input.stamp,
        });
    }

    fn response(&mut self, input: &Input<'_>, message: &Message, out: &mut dyn Sink) {
        let command = message.command.map(|(command, _)| command);
        if command == Some(TREE_CONNECT) && message.pipes && !self.pipes.contains(&message.tree) {
            if self.pipes.is_full() {
                self.pipes.remove(0);
            }
            self.pipes.push(message.tree);
        }
        if matches!(message.status, MORE_PROCESSING | STATUS_PENDING) {
            return;
        }
        let asked = self
            .pending
            .iter()
            .position(|pending| pending.id == message.id && pending.actor != input.side);
        if let Some(pending) = asked.map(|at| self.pending.remove(at)) {
            // The upper two bits tell success and information from warning and error.
            let outcome = if message.status >> 30 < 2 {
                Outcome::Done
            } else {
                Outcome::Refused {
                    code: message.status,
                    name: refusal(message.status),
                }
            };
            self.tell(&pending, outcome, Some(input.stamp), out);
        }
    }

    /// Tells an operation; of files each kind of use once, as long as it is remembered.
    fn tell(
        &mut self,
        pending: &Pending,
        outcome: Outcome,
        answered: Option<Stamp>,
        out: &mut dyn Sink,
    ) {
        if *pending.meaning != LOGIN && !self.is_new(pending, outcome) {
            return;
        }
        let space = match pending.meaning.class {
            crate::facts::Class::Authenticate => "user",
            crate::facts::Class::Session => "pipe",
            _ => "file",
        };
        let item = Item {
            target: Target {
                space,
                name: &pending.name,
                ..Target::default()
            },
            values: Values::None,
            before: Values::None,
        };
        out.operation(&Operation {
            meaning: pending.meaning,
            code: pending.meaning.criticality.into(),
            actor: pending.actor,
            unit: None,
            items: &[item],
            outcome,
            requested: Some(pending.stamp),
            answered,
        });
    }

    fn is_new(&mut self, pending: &Pending, outcome: Outcome) -> bool {
        // FNV-1a: short names, no adversary gains by a collision more than silence on one file.
        let kind = [
            pending.meaning.criticality,
            u8::from(outcome == Outcome::Done),
        ];
        let hash = pending
            .name
            .iter()
            .chain(&kind)
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, octet| {
                (hash ^ u64::from(*octet)).wrapping_mul(0x0100_0000_01b3)
            });
        if self.files.contains(&hash) {
            return false;
        }
        if self.files.is_full() {
            self.files.remove(0);
        }
        self.files.push(hash);
        true
    }
}

/// What versions of Windows NT up to 6.3 are sold as: one of a workstation and one of a server share
/// most (Microsoft, Operating System Version; MS-NLMP 2.2.2.10). From 10.0 on the version tells no
/// more than itself.
const fn sold_as(major: u8, minor: u8) -> Option<&'static str> {
    Some(match (major, minor) {
        (5, 0) => "Windows 2000",
        (5, 1) => "Windows XP",
        (5, 2) => "Windows Server 2003",
        (6, 0) => "Windows Vista or Server 2008",
        (6, 1) => "Windows 7 or Server 2008 R2",
        (6, 2) => "Windows 8 or Server 2012",
        (6, 3) => "Windows 8.1 or Server 2012 R2",
        _ => return None,
    })
}
